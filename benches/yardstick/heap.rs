//! What one writes in an afternoon: a binary heap of timed events, times in float
//! seconds, numbers drawn when needed, timers that go stale instead of being cancelled.

use super::best::histogram_us;
use super::draws::{Ahead, Draws, OnDemand};
use super::{LoopResult, SERVERS};
use hdrhistogram::Histogram;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// The model on `std::collections::BinaryHeap`.
pub fn heap_loop(customers: u64, seed: u64) -> LoopResult {
    Centre::new(customers, OnDemand::new(seed)).run()
}

/// The same, on the numbers that [`super::best_loop`] draws from this seed.
pub(super) fn heap_loop_on_best_draws(customers: u64, seed: u64) -> LoopResult {
    Centre::new(customers, Ahead::new(seed)).run()
}

/// What is due.
#[derive(Clone, Copy)]
enum Kind {
    Arrival,
    BotEnd { arrived_s: f64, escalates: bool },
    PatienceEnd { ticket: u64 },
    ServiceEnd { arrived_s: f64 },
}

/// An entry of the calendar: earliest first, then in the order of planning.
struct Event {
    time_s: f64,
    seq: u64,
    kind: Kind,
}

impl Ord for Event {
    /// Reversed, as the standard heap gives out its greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = other.time_s.partial_cmp(&self.time_s);
        by_time.unwrap_or(Ordering::Equal).then_with(|| other.seq.cmp(&self.seq))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

/// A place in the queue.
struct Waiting {
    arrived_s: f64,
    queued_s: f64,
    gave_up: bool,
}

/// All state of a run.
struct Centre<D> {
    customers: u64,
    arrived: u64,
    draws: D,
    calendar: BinaryHeap<Event>,
    seq: u64,
    queue: VecDeque<Waiting>,
    /// Ticket of the head of the queue: tickets below it were called.
    head_ticket: u64,
    idle: u32,
    events: u64,
    served: u64,
    abandoned: u64,
    wait_sum_s: f64,
    waits: Histogram<u64>,
    stays: Histogram<u64>,
}

impl<D: Draws> Centre<D> {
    fn new(customers: u64, draws: D) -> Self {
        Self {
            customers,
            arrived: 0,
            draws,
            calendar: BinaryHeap::new(),
            seq: 0,
            queue: VecDeque::new(),
            head_ticket: 0,
            idle: SERVERS,
            events: 0,
            served: 0,
            abandoned: 0,
            wait_sum_s: 0.0,
            waits: histogram_us(),
            stays: histogram_us(),
        }
    }

    fn run(mut self) -> LoopResult {
        if self.customers > 0 {
            let first_s = self.draws.gap_s();
            self.plan(first_s, Kind::Arrival);
        }
        while let Some(Event { time_s, kind, .. }) = self.calendar.pop() {
            match kind {
                Kind::Arrival => self.arrive(time_s),
                Kind::BotEnd { arrived_s, escalates: false } => self.resolve(time_s, arrived_s),
                Kind::BotEnd { arrived_s, escalates: true } => self.escalate(time_s, arrived_s),
                Kind::PatienceEnd { ticket } => self.lose_patience(time_s, ticket),
                Kind::ServiceEnd { arrived_s } => self.end_service(time_s, arrived_s),
            }
        }
        std::hint::black_box(&self.stays);
        LoopResult {
            customers: self.customers,
            calendar_events: self.events,
            abandoned: self.abandoned,
            served: self.served,
            wait_p99_s: self.waits.value_at_quantile(0.99) as f64 / 1e6,
            mean_wait_s: self.wait_sum_s / (self.served + self.abandoned) as f64,
        }
    }

    fn plan(&mut self, time_s: f64, kind: Kind) {
        self.seq += 1;
        self.calendar.push(Event { time_s, seq: self.seq, kind });
    }

    fn arrive(&mut self, now_s: f64) {
        self.events += 1;
        self.arrived += 1;
        let escalates = self.draws.escalates();
        let bot_s = self.draws.bot_s();
        self.plan(now_s + bot_s, Kind::BotEnd { arrived_s: now_s, escalates });
        let gap_s = self.draws.gap_s();
        if self.arrived < self.customers {
            self.plan(now_s + gap_s, Kind::Arrival);
        }
    }

    fn resolve(&mut self, now_s: f64, arrived_s: f64) {
        self.events += 1;
        self.stays.saturating_record(micros(now_s - arrived_s));
    }

    fn escalate(&mut self, now_s: f64, arrived_s: f64) {
        self.events += 1;
        if self.idle > 0 {
            self.idle -= 1;
            self.begin_service(now_s, arrived_s, 0.0);
        } else {
            let ticket = self.head_ticket + self.queue.len() as u64;
            self.queue.push_back(Waiting { arrived_s, queued_s: now_s, gave_up: false });
            let patience_s = self.draws.patience_s();
            self.plan(now_s + patience_s, Kind::PatienceEnd { ticket });
        }
    }

    fn lose_patience(&mut self, now_s: f64, ticket: u64) {
        if ticket < self.head_ticket {
            // Served meanwhile: a stale timer, which changes nothing.
            return;
        }
        self.events += 1;
        let waiting = &mut self.queue[(ticket - self.head_ticket) as usize];
        waiting.gave_up = true;
        let (waited_s, stayed_s) = (now_s - waiting.queued_s, now_s - waiting.arrived_s);
        self.abandoned += 1;
        self.record_wait(waited_s);
        self.stays.saturating_record(micros(stayed_s));
    }

    fn end_service(&mut self, now_s: f64, arrived_s: f64) {
        self.events += 1;
        self.served += 1;
        self.stays.saturating_record(micros(now_s - arrived_s));
        while let Some(waiting) = self.queue.pop_front() {
            self.head_ticket += 1;
            if !waiting.gave_up {
                self.begin_service(now_s, waiting.arrived_s, now_s - waiting.queued_s);
                return;
            }
        }
        self.idle += 1;
    }

    fn begin_service(&mut self, now_s: f64, arrived_s: f64, waited_s: f64) {
        self.record_wait(waited_s);
        let service_s = self.draws.service_s();
        self.plan(now_s + service_s, Kind::ServiceEnd { arrived_s });
    }

    fn record_wait(&mut self, waited_s: f64) {
        self.waits.saturating_record(micros(waited_s));
        self.wait_sum_s += waited_s;
    }
}

fn micros(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}
