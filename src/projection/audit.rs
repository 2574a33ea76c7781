//! The audit: laws that every run must obey, checked while it runs.
//!
//! A violation is a defect of convoq or a damaged log, never a property of a
//! scenario; reports put it on top. The laws (docs/architecture.md): every
//! contact ends exactly once or is open, Little's law holds pathwise and to the
//! microsecond, agents work what contacts hold, nobody works who is not there.

use super::{Book, Projection};
use crate::event::{EVENTS_AT_ONE_MOMENT, Envelope, Event, Header};
use crate::id::{AgentId, QueueId, SlotId};
use crate::time::SimTime;

/// How far a contact has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Gone,
    Reading,
    Moving,
    Waiting,
    Served,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    step: Step,
    planned: bool,
    /// Whether the customer has left without a sign.
    empty: bool,
    queue: QueueId,
    joined: SimTime,
}

/// Pathwise Little's law of one queue, in contact-microseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Little {
    waiting: u64,
    since: SimTime,
    area: u128,
    waits: u128,
}

#[derive(Clone, Copy, Debug, Default)]
struct Worker {
    present: bool,
    takes_more: bool,
    tasks: u16,
    /// Of these: chats whose customer has left. They are held, and nobody works on them.
    empty: u16,
    since: SimTime,
    /// Work done since the agent was last without a contact, by the curve, seconds.
    done_s: f64,
    /// Work that the contacts since then held, seconds.
    held_s: f64,
    /// A shift end cut work off: the balance of this busy period is not known.
    cut: bool,
    ended: u32,
}

/// The audit of one replication.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The first violations, in words.
    pub violations: Vec<String>,
    /// How many violations there were.
    pub count: u64,
    /// Contacts that began.
    pub started: u64,
    /// Contacts that ended.
    pub ended: u64,
    /// Contacts open at the end of the run.
    pub open: u64,
    next_seq: u64,
    last: SimTime,
    /// Number of the first event of the running moment.
    moment: u64,
    places: Vec<Place>,
    queues: Vec<Little>,
    workers: Vec<Worker>,
}

/// Violations that are kept in words.
const KEPT: usize = 10;

impl Audit {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self {
            violations: Vec::new(),
            count: 0,
            started: 0,
            ended: 0,
            open: 0,
            next_seq: 0,
            last: SimTime::ZERO,
            moment: 0,
            places: Vec::new(),
            queues: vec![Little::default(); header.queues.len()],
            workers: vec![Worker::default(); header.agent_teams.len()],
        }
    }

    #[cold]
    fn violated(&mut self, env: &Envelope, law: &str) {
        self.count += 1;
        if self.violations.len() < KEPT {
            let what = format!(
                "{law} (event {} at {} us: {:?})",
                env.seq, env.at.0, env.event
            );
            self.violations.push(what);
        }
    }

    #[inline]
    fn order(&mut self, env: &Envelope) {
        if env.seq != self.next_seq {
            self.violated(env, "events are numbered without gaps");
        }
        if env.at < self.last {
            self.violated(env, "time does not run backwards");
        }
        if env.cause > env.seq {
            self.violated(env, "causes come before their effects");
        }
        if env.at != self.last {
            self.moment = env.seq;
        }
        if env.seq.saturating_sub(self.moment) == EVENTS_AT_ONE_MOMENT {
            self.violated(env, "time goes on: this event repeats at one moment");
        }
        self.next_seq = env.seq + 1;
        self.last = env.at;
    }

    #[inline]
    fn place(&mut self, slot: SlotId) -> &mut Place {
        let place = slot.index();
        if place >= self.places.len() {
            let empty = Place {
                step: Step::Gone,
                planned: false,
                empty: false,
                queue: QueueId::NONE,
                joined: SimTime::ZERO,
            };
            self.places.resize(place + 1, empty);
        }
        &mut self.places[place]
    }

    #[inline]
    fn step(&mut self, env: &Envelope, from: Step, to: Step, law: &str) {
        let place = self.place(env.slot);
        let found = place.step;
        place.step = to;
        if found != from {
            self.violated(env, law);
        }
    }

    fn join(&mut self, env: &Envelope, queue: QueueId) {
        let place = self.place(env.slot);
        place.queue = queue;
        place.joined = env.at;
        let little = &mut self.queues[queue.index()];
        little.read(env.at);
        little.waiting += 1;
    }

    fn leave(&mut self, env: &Envelope) {
        let (queue, joined) = (self.place(env.slot).queue, self.place(env.slot).joined);
        let Some(little) = self.queues.get_mut(queue.index()) else {
            return;
        };
        little.read(env.at);
        if little.waiting == 0 {
            self.violated(env, "nobody leaves an empty queue");
            return;
        }
        little.waiting -= 1;
        little.waits += u128::from(env.at.since(joined).0);
    }

    fn contact(&mut self, env: &Envelope) {
        match env.event {
            Event::ArticleViewed { .. } => {
                self.step(
                    env,
                    Step::Gone,
                    Step::Reading,
                    "a place is free before it is taken",
                );
                self.place(env.slot).planned = false;
            }
            Event::ContactStarted { .. } => {
                let place = self.place(env.slot);
                let fits = matches!(place.step, Step::Gone | Step::Reading);
                (place.step, place.planned, place.empty) = (Step::Moving, false, false);
                self.started += 1;
                if !fits {
                    self.violated(env, "a place is free before it is taken");
                }
            }
            Event::ArticleSolved => {
                self.step(
                    env,
                    Step::Reading,
                    Step::Gone,
                    "an article solves before contact",
                );
            }
            Event::Queued { queue, .. } => {
                self.step(
                    env,
                    Step::Moving,
                    Step::Waiting,
                    "a contact is in one queue at a time",
                );
                self.join(env, queue);
            }
            Event::Abandoned { silent: false } => {
                self.step(
                    env,
                    Step::Waiting,
                    Step::Moving,
                    "only who waits can leave the queue",
                );
                self.leave(env);
            }
            Event::Abandoned { silent: true } => self.place(env.slot).empty = true,
            Event::Transferred { to, .. } if self.place(env.slot).step == Step::Waiting => {
                self.leave(env);
                self.join(env, to);
            }
            Event::Assigned { .. } => {
                self.step(
                    env,
                    Step::Waiting,
                    Step::Served,
                    "agents take contacts from queues",
                );
                self.leave(env);
            }
            Event::HandlingEnded { .. } => {
                self.step(
                    env,
                    Step::Served,
                    Step::Moving,
                    "agents end what they have begun",
                );
            }
            Event::ReturnPlanned { .. } => self.place(env.slot).planned = true,
            Event::ContactEnded { .. } => {
                self.step(env, Step::Moving, Step::Gone, "a contact ends exactly once");
                self.ended += 1;
            }
            _ => {}
        }
    }

    fn agent(&mut self, header: &Header, env: &Envelope) {
        match env.event {
            Event::Assigned {
                agent,
                work_s,
                concurrency,
            } => {
                let most = header.teams[header.agent_teams[agent.index()] as usize].max_contacts;
                let empty = self.place(env.slot).empty;
                let worker = self.worker(header, agent, env);
                worker.tasks += 1;
                worker.empty += u16::from(empty);
                worker.held_s += if empty { 0.0 } else { work_s };
                let (there, tasks) = (worker.present && worker.takes_more, worker.tasks);
                if !there {
                    self.violated(env, "agents take contacts only while they are on the queue");
                }
                if tasks > most || tasks != concurrency {
                    self.violated(env, "no agent has more contacts than allowed");
                }
            }
            Event::HandlingEnded {
                agent,
                wrap_up_s,
                left_s,
            } => {
                let empty = self.place(env.slot).empty;
                let worker = self.worker(header, agent, env);
                worker.held_s += wrap_up_s;
                worker.cut |= left_s > 0.0;
                worker.empty = worker.empty.saturating_sub(u16::from(empty));
                if wrap_up_s <= 0.0 {
                    self.task_ended(env, agent);
                }
            }
            Event::WrapUpEnded { agent, .. } => {
                self.worker(header, agent, env);
                self.task_ended(env, agent);
            }
            Event::ShiftStarted { agent, .. } | Event::BreakEnded { agent } => {
                let worker = self.worker(header, agent, env);
                (worker.present, worker.takes_more) = (true, true);
            }
            Event::ShiftEnded { agent } | Event::BreakStarted { agent, .. } => {
                let worker = self.worker(header, agent, env);
                (worker.present, worker.takes_more) = (false, false);
                if worker.tasks > 0 {
                    self.violated(env, "nobody leaves running contacts alone");
                }
            }
            // A changed scenario has other speeds, another future other work.
            Event::Forked { .. } => self.workers.iter_mut().for_each(|w| w.cut |= w.tasks > 0),
            _ => {}
        }
    }

    /// The agent, with the work done until now.
    fn worker(&mut self, header: &Header, agent: AgentId, env: &Envelope) -> &mut Worker {
        let team = &header.teams[header.agent_teams[agent.index()] as usize];
        let worker = &mut self.workers[agent.index()];
        let working = worker.tasks.saturating_sub(worker.empty);
        if working > 0 {
            let solo = team.productivity(1, worker.since);
            let now = team.productivity(working, worker.since);
            worker.done_s += now / solo * (env.at.0 - worker.since.0) as f64 * 1e-6;
        }
        worker.since = env.at;
        worker
    }

    /// At the end of a busy period the agent has done just the work that the
    /// contacts held, up to the rounding of each end to a microsecond.
    fn task_ended(&mut self, env: &Envelope, agent: AgentId) {
        let worker = &mut self.workers[agent.index()];
        worker.tasks = worker.tasks.saturating_sub(1);
        worker.ended += 1;
        if worker.tasks > 0 {
            return;
        }
        let allowed_s = 1e-9 * worker.held_s + 4e-6 * f64::from(worker.ended);
        let kept = worker.cut || (worker.done_s - worker.held_s).abs() <= allowed_s;
        (worker.done_s, worker.held_s, worker.cut, worker.ended) = (0.0, 0.0, false, 0);
        if !kept {
            self.violated(env, "agents do just the work that contacts hold");
        }
    }

    fn close(&mut self, env: &Envelope) {
        for place in &self.places {
            let there = matches!(place.step, Step::Moving | Step::Waiting | Step::Served);
            self.open += u64::from(there && !place.empty);
            self.ended += u64::from(there && place.empty);
            if place.step == Step::Waiting
                && let Some(little) = self.queues.get_mut(place.queue.index())
            {
                little.waits += u128::from(env.at.since(place.joined).0);
            }
        }
        if self.started != self.ended + self.open {
            self.violated(env, "every contact ends once or is open");
        }
        for queue in 0..self.queues.len() {
            self.queues[queue].read(env.at);
            if self.queues[queue].area != self.queues[queue].waits {
                self.violated(
                    env,
                    "Little's law: contacts waiting in time equal waits in sum",
                );
            }
        }
    }
}

impl Little {
    #[inline]
    fn read(&mut self, at: SimTime) {
        self.area += u128::from(self.waiting) * u128::from(at.since(self.since).0);
        self.since = at;
    }
}

impl Projection for Audit {
    #[inline]
    fn apply(&mut self, header: &Header, _book: &Book, env: &Envelope) {
        self.order(env);
        if env.slot != SlotId::NONE {
            self.contact(env);
        }
        self.agent(header, env);
        if env.event == Event::RunEnded {
            self.close(env);
        }
    }
}
