//! simrs: one component, boxed events.

use super::{Draws, Measured, SERVERS};
use simrs::{Component, ComponentId, Key, Scheduler, Simulation, State};
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Debug)]
enum Event {
    Arrival,
    BotEnd { arrived: Duration },
    PatienceEnd { ticket: u64 },
    ServiceEnd { arrived: Duration },
}

/// A place in the queue.
struct Waiting {
    arrived: Duration,
    queued: Duration,
    gave_up: bool,
}

struct Queue {
    draws: Draws,
    to_come: u64,
    waiting: VecDeque<Waiting>,
    /// Ticket of the head of the queue: tickets below it were called.
    head_ticket: u64,
    idle: u32,
    measured: Measured,
}

struct Centre {
    queue: Key<Queue>,
}

impl Component for Centre {
    type Event = Event;

    fn process_event(
        &self,
        this: ComponentId<Event>,
        event: &Event,
        scheduler: &mut Scheduler,
        state: &mut State,
    ) {
        let now = scheduler.time();
        let queue = state.get_mut(self.queue).expect("the queue");
        match *event {
            Event::Arrival => {
                queue.to_come -= 1;
                scheduler.schedule(queue.draws.bot(), this, Event::BotEnd { arrived: now });
                if queue.to_come > 0 {
                    scheduler.schedule(queue.draws.gap(), this, Event::Arrival);
                }
            }
            Event::BotEnd { arrived } if !queue.draws.escalates() => {
                queue.measured.left(now - arrived);
            }
            Event::BotEnd { arrived } if queue.idle > 0 => {
                queue.idle -= 1;
                queue.measured.waited(Duration::ZERO);
                scheduler.schedule(queue.draws.service(), this, Event::ServiceEnd { arrived });
            }
            Event::BotEnd { arrived } => {
                let ticket = queue.head_ticket + queue.waiting.len() as u64;
                queue.waiting.push_back(Waiting { arrived, queued: now, gave_up: false });
                scheduler.schedule(queue.draws.patience(), this, Event::PatienceEnd { ticket });
            }
            Event::PatienceEnd { ticket } => {
                let place = ticket.checked_sub(queue.head_ticket);
                if let Some(waiting) = place.and_then(|p| queue.waiting.get_mut(p as usize)) {
                    waiting.gave_up = true;
                    queue.measured.abandoned += 1;
                    queue.measured.waited(now - waiting.queued);
                    queue.measured.left(now - waiting.arrived);
                }
            }
            Event::ServiceEnd { arrived } => {
                queue.measured.left(now - arrived);
                loop {
                    let Some(next) = queue.waiting.pop_front() else {
                        queue.idle += 1;
                        break;
                    };
                    queue.head_ticket += 1;
                    if !next.gave_up {
                        queue.measured.waited(now - next.queued);
                        let end = Event::ServiceEnd { arrived: next.arrived };
                        scheduler.schedule(queue.draws.service(), this, end);
                        break;
                    }
                }
            }
        }
    }
}

pub fn run(customers: u64, seed: u64) -> Measured {
    let mut simulation = Simulation::default();
    let mut draws = Draws::new(seed);
    let first = draws.gap();
    let queue = simulation.state.insert(Queue {
        draws,
        to_come: customers,
        waiting: VecDeque::new(),
        head_ticket: 0,
        idle: SERVERS,
        measured: Measured::new(),
    });
    let centre = simulation.components.add_component(Centre { queue });
    simulation.schedule(first, centre, Event::Arrival);
    while simulation.step() {}
    simulation.state.remove(queue).expect("the queue").measured
}
