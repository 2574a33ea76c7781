//! The audit: laws that every run must obey, checked while it runs.
//!
//! A violation is a defect of convoq or a damaged log, never a property of a
//! scenario; reports put it on top. The laws (docs/architecture.md): every
//! contact ends exactly once or is open, Little's law holds pathwise and to the
//! microsecond, agents work what contacts hold, nobody works who is not there,
//! whoever came to a queue left it in one way or waits, and time at work is time on
//! the queue or off it. Where a projection counts the same, the two must agree.

mod parts;

use parts::{Little, Place, Step, Worker};

use super::{Book, Projection, Resolution, Service, Staffing};
use crate::domain::TransferReason;
use crate::event::{EVENTS_AT_ONE_MOMENT, Envelope, Event, Header};
use crate::id::{AgentId, QueueId, SlotId};
use crate::time::SimTime;

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
    /// A fork may end duties whose time was paid, or lengthen others.
    forked: bool,
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
            forked: false,
        }
    }

    #[cold]
    fn violated(&mut self, env: &Envelope, law: &str) {
        self.count += 1;
        if self.violations.len() < KEPT {
            let what = format!("{law} (event {} at {} us: {:?})", env.seq, env.at.0, env.event);
            self.violations.push(what);
        }
    }

    #[inline(always)]
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
                measured: false,
                empty: false,
                handed_back: false,
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
        let counts = place.counts();
        let little = &mut self.queues[queue.index()];
        little.read(env.at);
        little.waiting += 1;
        little.customers += i64::from(counts);
    }

    fn leave(&mut self, env: &Envelope) {
        let place = *self.place(env.slot);
        let (queue, joined) = (place.queue, place.joined);
        let Some(little) = self.queues.get_mut(queue.index()) else {
            return;
        };
        little.read(env.at);
        if little.waiting == 0 {
            self.violated(env, "nobody leaves an empty queue");
            return;
        }
        little.waiting -= 1;
        little.customers -= i64::from(place.counts());
        little.waits += u128::from(env.at.since(joined).0);
    }

    /// A customer leaves without a sign: the contact keeps its place in the queue.
    fn left_silently(&mut self, env: &Envelope) {
        let place = self.place(env.slot);
        let found = (place.step, place.empty);
        let (queue, counted) = (place.queue, place.counts());
        place.empty = true;
        if found != (Step::Waiting, false) {
            self.violated(env, "only who waits can leave the queue");
        } else if let Some(little) = self.queues.get_mut(queue.index()) {
            little.customers -= i64::from(counted);
        }
    }

    #[inline(always)]
    fn contact(&mut self, header: &Header, env: &Envelope) {
        match env.event {
            Event::ArticleViewed { .. } => {
                self.step(env, Step::Gone, Step::Reading, "a place is free before it is taken");
                self.place(env.slot).planned = false;
            }
            Event::ContactStarted { .. } => {
                let place = self.place(env.slot);
                let fits = matches!(place.step, Step::Gone | Step::Reading);
                (place.step, place.planned) = (Step::Moving, false);
                let (from, to) = header.measured;
                place.measured = from <= env.at && env.at < to;
                (place.empty, place.handed_back) = (false, false);
                self.started += 1;
                if !fits {
                    self.violated(env, "a place is free before it is taken");
                }
            }
            Event::ArticleSolved => {
                self.step(env, Step::Reading, Step::Gone, "an article solves before contact");
            }
            Event::Queued { queue, .. } => {
                self.step(env, Step::Moving, Step::Waiting, "a contact is in one queue at a time");
                self.join(env, queue);
            }
            Event::Abandoned { silent: false } => {
                self.step(env, Step::Waiting, Step::Moving, "only who waits can leave the queue");
                self.leave(env);
            }
            Event::Abandoned { silent: true } => self.left_silently(env),
            Event::Transferred { to, .. } if self.place(env.slot).step == Step::Waiting => {
                self.leave(env);
                self.join(env, to);
            }
            Event::Assigned { .. } => {
                self.step(env, Step::Waiting, Step::Served, "agents take contacts from queues");
                self.leave(env);
            }
            Event::HandlingEnded { left_s, .. } => {
                self.place(env.slot).handed_back = left_s > 0.0;
                self.step(env, Step::Served, Step::Moving, "agents end what they have begun");
            }
            Event::ReturnPlanned { .. } => self.place(env.slot).planned = true,
            Event::ContactEnded { .. } => {
                self.step(env, Step::Moving, Step::Gone, "a contact ends exactly once");
                self.ended += 1;
            }
            _ => {}
        }
    }

    #[inline(always)]
    fn agent(&mut self, header: &Header, book: &Book, env: &Envelope) {
        match env.event {
            Event::Assigned { agent, work_s, concurrency } => {
                let team = &header.teams[header.agent_teams[agent.index()] as usize];
                let pauses = team.pauses(book.get(env.slot).channel);
                let tasks = self.taken(header, agent, work_s, pauses, env);
                let most = team.max_contacts + u16::from(pauses);
                if tasks > most || tasks != concurrency {
                    self.violated(env, "no agent has more contacts than allowed");
                }
            }
            Event::HandlingEnded { agent, wrap_up_s, left_s } => {
                let empty = self.place(env.slot).empty;
                let worker = self.worker(header, agent, env);
                worker.held_s += wrap_up_s;
                worker.cut |= left_s > 0.0;
                worker.empty = worker.empty.saturating_sub(u16::from(empty));
                if wrap_up_s <= 0.0 {
                    worker.pausing = worker.pausing.filter(|(slot, _)| *slot != env.slot);
                    self.task_ended(env, agent);
                }
            }
            Event::WrapUpEnded { agent, .. } => {
                // Other wrap-ups stand still while a contact pauses them.
                self.worker(header, agent, env).pausing = None;
                self.task_ended(env, agent);
            }
            Event::ShiftStarted { agent, .. } | Event::BreakEnded { agent } => {
                let worker = self.worker(header, agent, env);
                worker.count(header, env.at);
                (worker.present, worker.takes_more) = (true, true);
                worker.off = false;
                worker.at_work |= matches!(env.event, Event::ShiftStarted { .. });
            }
            Event::ShiftEnded { agent } | Event::BreakStarted { agent, .. } => {
                let worker = self.worker(header, agent, env);
                worker.count(header, env.at);
                (worker.present, worker.takes_more) = (false, false);
                worker.off = matches!(env.event, Event::BreakStarted { .. });
                worker.at_work &= worker.off;
                if worker.tasks > 0 {
                    self.violated(env, "nobody leaves running contacts alone");
                }
            }
            // A changed scenario has other speeds, another future other work.
            Event::Forked { .. } => {
                self.forked = true;
                self.workers.iter_mut().for_each(|w| w.cut |= w.tasks > 0);
            }
            _ => {}
        }
    }

    /// The agent takes a contact; returns how many the agent has now.
    fn taken(
        &mut self,
        header: &Header,
        agent: AgentId,
        work_s: f64,
        pauses: bool,
        env: &Envelope,
    ) -> u16 {
        let empty = self.place(env.slot).empty;
        let worker = self.worker(header, agent, env);
        worker.tasks += 1;
        worker.empty += u16::from(empty);
        worker.held_s += if empty { 0.0 } else { work_s };
        let takes = worker.present && worker.takes_more && worker.pausing.is_none();
        if pauses {
            worker.pausing = Some((env.slot, empty));
        }
        let tasks = worker.tasks;
        if !takes {
            self.violated(env, "agents take contacts only while they are on the queue");
        }
        tasks
    }

    /// The agent, with the work done until now.
    fn worker(&mut self, header: &Header, agent: AgentId, env: &Envelope) -> &mut Worker {
        let team = &header.teams[header.agent_teams[agent.index()] as usize];
        let worker = &mut self.workers[agent.index()];
        let working = worker.working();
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

    fn close(&mut self, header: &Header, env: &Envelope) {
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
                self.violated(env, "Little's law: contacts waiting in time equal waits in sum");
            }
        }
        for agent in 0..self.workers.len() {
            let worker = &mut self.workers[agent];
            worker.count(header, env.at);
            if worker.at_work_us != worker.on_queue_us + worker.off_us {
                self.violated(env, "time at work is time on the queue or off it");
            }
        }
    }

    /// Compares what the audit sees with what other projections count.
    #[inline(always)]
    pub(super) fn agree(
        &mut self,
        header: &Header,
        env: &Envelope,
        service: &Service,
        resolution: &Resolution,
        staffing: &Staffing,
    ) {
        self.agree_on_queues(env, service);
        if matches!(env.event, Event::RunEnded) {
            self.agree_at_end(header, env, resolution, staffing);
        }
    }

    /// What came to a queue has left it in one of its ways or waits: the service
    /// projection's counts leave over just those whom the audit sees waiting.
    #[inline(always)]
    fn agree_on_queues(&mut self, env: &Envelope, service: &Service) {
        let queues = match env.event {
            Event::Queued { queue, .. } => [queue, queue],
            Event::Transferred { from, to, reason: TransferReason::Overflow } => [from, to],
            Event::Assigned { .. } | Event::Abandoned { .. } => {
                [self.place(env.slot).queue, self.place(env.slot).queue]
            }
            _ => return,
        };
        let differs = queues.iter().any(|q| {
            let seen = self.queues.get(q.index()).map(|little| little.customers);
            seen.is_some() && seen != service.left_over.get(q.index()).copied()
        });
        if differs {
            self.violated(
                env,
                "who came to a queue was answered, left, went on or waits, and no two of these",
            );
        }
    }

    /// At the end of the run: contacts end in one outcome or are open, and the time on
    /// the queue that reports divide by is that of the agents' own days.
    fn agree_at_end(
        &mut self,
        header: &Header,
        env: &Envelope,
        resolution: &Resolution,
        staffing: &Staffing,
    ) {
        let open = |p: &&Place| {
            let live = matches!(p.step, Step::Moving | Step::Waiting | Step::Served);
            live && p.measured && !p.empty
        };
        let open = self.places.iter().filter(open).count() as u64;
        let (mut begun, mut ended) = (0, 0);
        for cell in &resolution.cells {
            begun += cell.contacts;
            ended += cell.outcomes.iter().sum::<u64>();
        }
        if begun != ended + open {
            self.violated(env, "arrivals end in one outcome or are open");
        }
        for (team, totals) in staffing.totals.iter().enumerate() {
            let of_team =
                |(agent, _): &(usize, &Worker)| usize::from(header.agent_teams[*agent]) == team;
            let workers = self.workers.iter().enumerate().filter(of_team);
            let (mut on_queue_us, mut at_work_us) = (0, 0);
            for (_, worker) in workers {
                on_queue_us += worker.on_queue_us;
                at_work_us += worker.at_work_us;
            }
            // Sums of whole microseconds: exact as floats for centuries of agents' time.
            if on_queue_us as f64 != totals.staffed_us {
                self.violated(env, "time on the queue is that of its agents");
            }
            if !self.forked && at_work_us as f64 > totals.paid_us {
                self.violated(env, "time at work is paid, on the queue or off it");
            }
        }
    }
}

impl Projection for Audit {
    #[inline(always)]
    fn apply(&mut self, header: &Header, book: &Book, env: &Envelope) {
        self.order(env);
        if env.slot != SlotId::NONE {
            self.contact(header, env);
        }
        self.agent(header, book, env);
        if matches!(env.event, Event::RunEnded) {
            self.close(header, env);
        }
    }
}
