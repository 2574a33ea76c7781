//! Real time: what is due happens when its moment comes, and a real bot answers.
//!
//! The same engine as in virtual time writes the same events; the two drivers
//! differ only in where time and the bot's answers come from. Over the simulated
//! bot they write the same events, whatever the clock does.

use super::clock::{Alarm, Clock};
use super::real_bot::RealBot;
use super::unsent::Unsent;
use crate::doubt::Doubt;
use crate::engine::{BotRequest, Engine, answer};
use crate::event::Envelope;
use crate::scenario::Scenario;
use crate::time::{SimDuration, SimTime};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Events are handed on at least so often, so that whoever watches sees them.
const GLANCE: Duration = Duration::from_millis(50);

/// Who answers the customers' messages.
#[derive(Debug)]
pub enum Bot {
    /// The scenario's bot.
    Simulated,
    /// A real one.
    Real(Box<RealBot>),
}

/// How a run in real time goes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Until then the run is its own past: it happens at once, with the simulated bot.
    pub from: SimTime,
    /// Customers come until then.
    pub horizon: SimTime,
    /// Time of the run to wall-clock time.
    pub speed: f64,
    /// Longest time, of the run, for what is under way to end after a stop.
    pub grace: SimDuration,
    /// Whether to use the system's exact timer.
    pub exact: bool,
}

/// What the driver hands on, and what it asks whether to go on.
pub trait Watch {
    /// The next events, with the wall clock of each in Unix microseconds; `None` for the past.
    fn events(&mut self, events: &[Envelope], wall_us: &[Option<i64>]);
    /// Called several times a second; a doubt stops the run.
    fn glance(&mut self, bot: &Bot) -> Result<(), Doubt>;
}

/// How a run in real time ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// All was done, or the drain was over.
    Whole,
    /// It was stopped by `stop`.
    Stopped,
    /// The watch had an objection, which is what is to be said of the run.
    Refused(Doubt),
}

/// Plays the first replication in real time. Ends when the run does, or as soon after the
/// horizon as nobody is there any more.
pub async fn play_real_time(
    scenario: &Scenario,
    seed: u64,
    bot: &mut Bot,
    pace: Pace,
    watch: &mut dyn Watch,
    stop: &AtomicBool,
) -> End {
    let mut run = RealTime::new(scenario, Engine::new(scenario, seed, 0), pace);
    run.play_past(watch);
    run.clock = Clock::start(pace.from, pace.speed);
    let end = run.play(bot, watch, stop).await;
    let at = run.clock.now().min(scenario.end);
    if let Bot::Real(real) = bot {
        run.note_all_unsent(real, at);
    }
    run.engine.end(at);
    run.hand_on(watch);
    end
}

struct RealTime<'s> {
    scenario: &'s Scenario,
    engine: Engine<'s>,
    pace: Pace,
    clock: Clock,
    alarm: Alarm,
    /// Events of the outbox that the bot has seen.
    seen: usize,
    /// The first contact of the real part: those before it talk with the simulated bot.
    first_real: u32,
    wall_us: Vec<Option<i64>>,
}

impl<'s> RealTime<'s> {
    fn new(scenario: &'s Scenario, engine: Engine<'s>, pace: Pace) -> Self {
        Self {
            scenario,
            engine,
            pace,
            clock: Clock::start(pace.from, pace.speed),
            alarm: Alarm::new(pace.exact),
            seen: 0,
            first_real: 0,
            wall_us: Vec::new(),
        }
    }

    /// The time before the window, at once.
    fn play_past(&mut self, watch: &mut dyn Watch) {
        while self.engine.next_due().is_some_and(|due| due < self.pace.from) {
            self.engine.step();
            while let Some(request) = self.engine.out().requests.pop() {
                self.simulate(&request);
            }
            let events = &mut self.engine.out().events;
            if events.len() >= 512 {
                watch.events(events, &[]);
                events.clear();
            }
        }
        let events = &mut self.engine.out().events;
        watch.events(events, &[]);
        events.clear();
        self.first_real = self.engine.state().next_conversation();
    }

    fn simulate(&mut self, request: &BotRequest) {
        let (at, reply) = answer(self.scenario, self.engine.streams(), request);
        self.engine.deliver(request.slot, request.conversation, at, reply);
    }

    async fn play(&mut self, bot: &mut Bot, watch: &mut dyn Watch, stop: &AtomicBool) -> End {
        let mut stopped: Option<SimTime> = None;
        let mut glance = tokio::time::Instant::now();
        loop {
            self.take_replies(bot);
            let now = self.clock.now();
            if stopped.is_none() && stop.load(Ordering::Relaxed) {
                self.engine.stop_arrivals();
                stopped = Some(now);
            }
            self.step_until(now, bot);
            if tokio::time::Instant::now() >= glance {
                glance = tokio::time::Instant::now() + GLANCE;
                self.hand_on(watch);
                if let Err(what) = watch.glance(bot) {
                    return End::Refused(what);
                }
            }
            let drained = now >= self.pace.horizon || stopped.is_some();
            let over = self.engine.state().ended || (drained && self.engine.is_empty());
            let late = stopped.is_some_and(|at| now.since(at) > self.pace.grace);
            if over || late {
                let ended = stopped.map_or(End::Whole, |_| End::Stopped);
                return ended;
            }
            self.wait(bot, glance).await;
        }
    }

    /// Everything that is due by now.
    fn step_until(&mut self, now: SimTime, bot: &mut Bot) {
        while self.engine.next_due().is_some_and(|due| due <= now) {
            if let Bot::Real(real) = bot {
                self.note_unsent(real);
            }
            self.engine.step();
            if let Bot::Real(real) = bot {
                for envelope in &self.engine.out().events[self.seen..] {
                    real.see(envelope);
                }
            }
            self.seen = self.engine.out().events.len();
            for n in 0..self.engine.out().requests.len() {
                let request = self.engine.out().requests[n];
                match bot {
                    Bot::Real(real) if request.conversation.0 >= self.first_real => {
                        let contact = self.engine.state().contacts.get(request.slot);
                        let (segment, language) = (contact.segment, contact.language);
                        let intended = self.clock.instant(request.at);
                        real.ask(&request, segment, language, intended);
                    }
                    _ => self.simulate(&request),
                }
            }
            self.engine.out().requests.clear();
            self.take_replies(bot);
        }
    }

    /// Before a customer gives up, or the run ends: what has not left yet never will.
    fn note_unsent(&mut self, real: &RealBot) {
        if let Some((conversation, at)) = self.engine.gives_up_next() {
            if let Some(unsent) = real.unsent(conversation) {
                self.note(&unsent, at);
            }
        } else if self.engine.ends_next() {
            self.note_all_unsent(real, self.scenario.end);
        }
    }

    fn note_all_unsent(&mut self, real: &RealBot, at: SimTime) {
        for unsent in real.all_unsent() {
            self.note(&unsent, at);
        }
    }

    /// Says of a message that it never left.
    fn note(&mut self, unsent: &Unsent, at: SimTime) {
        let Unsent { slot, conversation, facts } = *unsent;
        self.engine.note_turn(slot, conversation, at, facts);
    }

    /// Hands the engine all replies that are there.
    fn take_replies(&mut self, bot: &mut Bot) {
        let Bot::Real(real) = bot else { return };
        while let Some(reply) = real.try_reply() {
            let ended = self.clock.moment(reply.ended);
            let known = self.clock.moment(reply.known);
            self.engine.deliver_measured(
                reply.slot,
                reply.conversation,
                (ended, known),
                reply.reply,
                Some(reply.facts),
            );
        }
    }

    /// Waits for the next due thing, the next reply, or the next glance.
    async fn wait(&mut self, bot: &mut Bot, glance: tokio::time::Instant) {
        let due = self.engine.next_due().unwrap_or(self.scenario.end);
        let until = self.clock.instant(due).min(glance);
        match bot {
            Bot::Simulated => self.alarm.until(until).await,
            Bot::Real(real) => {
                tokio::select! {
                    () = self.alarm.until(until) => {}
                    () = real.has_reply() => {}
                }
            }
        }
    }

    fn hand_on(&mut self, watch: &mut dyn Watch) {
        let events = &mut self.engine.out().events;
        let walls = events.iter().map(|e| Some(self.clock.unix_us(e.at)));
        self.wall_us.clear();
        self.wall_us.extend(walls);
        watch.events(events, &self.wall_us);
        events.clear();
        self.seen = 0;
    }
}
