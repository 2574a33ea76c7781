//! Queues: who was offered, answered, lost, and how long each waited.

use super::{Book, Gauge, IntervalClock, Projection, Visit, VisitEnd};
use crate::counters;
use crate::domain::TransferReason;
use crate::event::{Envelope, Event, Header};
use crate::id::QueueId;
use crate::time::SimTime;

/// Largest number of service-level thresholds of a queue.
pub const THRESHOLDS: usize = 6;

counters! {
    /// Counters of one queue and one combination of segment, channel and intent.
    ServiceCell {
        /// Contacts that joined the queue or were lost at its door.
        offered: u64,
        /// Joined, no agent had room, and an agent took them later.
        waited_answered: u64,
        /// Taken by an agent while the customer was there.
        answered: u64,
        /// Left the queue with a sign, before any agent had them.
        abandoned: u64,
        /// Left the queue without a sign.
        abandoned_silently: u64,
        /// Left it within the short-abandon time.
        short_abandoned: u64,
        /// Did not join.
        balked: u64,
        /// Found it full.
        refused: u64,
        /// Went on to another queue after waiting.
        flowed_out: u64,
        /// Left the queue after a shift end had taken them from an agent.
        broken_off: u64,
        /// Waiting for their first agent when the run ended.
        open: u64,
        /// Of these: their wait was beyond each threshold.
        open_beyond: [u64; THRESHOLDS],
        /// Their waits so far, microseconds.
        wait_open_us: f64,
        /// Waits of the answered, microseconds.
        wait_answered_us: f64,
        /// Waits of those who left, microseconds.
        wait_abandoned_us: f64,
        /// Answered within each threshold.
        answered_within: [u64; THRESHOLDS],
        /// Left within each threshold.
        abandoned_within: [u64; THRESHOLDS],
        /// Parts of contacts that agents ended.
        handled: u64,
        /// Time of agents on them with wrap-up, on the wall clock, microseconds.
        handling_us: f64,
    }
}

counters! {
    /// Counters of one queue in one interval.
    QueueInterval {
        /// Contacts that joined in the interval.
        offered: f64,
        /// Of these: had to wait.
        waited: f64,
        /// Of these: answered.
        answered: f64,
        /// Of these: answered within the queue's watched threshold.
        answered_within: f64,
        /// Of these: left the queue, with or without a sign.
        lost: f64,
        /// Waits of the answered, microseconds.
        wait_answered_us: f64,
        /// Left in this interval.
        abandoned: f64,
        /// Left in this interval after a shift end had taken them from an agent.
        broken_off: f64,
        /// Waits of the contacts that joined in the interval, microseconds. Who waits at
        /// the end of the run counts with the wait so far.
        wait_us: f64,
        /// These waits.
        waits: f64,
        /// Of these: open, and within the queue's watched threshold so far.
        undecided: f64,
        /// Contacts waiting, integral in microseconds.
        waiting_us: f64,
        /// Contacts waiting at the end of the interval.
        waiting_at_end: f64,
    }
}

/// Everything about queues.
#[derive(Clone, Debug)]
pub struct Service {
    /// `cells[index[queue][combination]]`.
    index: Vec<Vec<u32>>,
    /// Queue and combination of each cell.
    pub keys: Vec<(QueueId, u32)>,
    /// The counters.
    pub cells: Vec<ServiceCell>,
    /// Counters by interval and queue; the last is of those who join after all intervals.
    pub intervals: Vec<Vec<QueueInterval>>,
    /// Contacts waiting, by queue; empty ones, whose customer has left unnoticed, too.
    pub waiting: Vec<Gauge>,
    /// Customers who wait when the run ends, by queue.
    pub backlog: Vec<u64>,
    /// By queue: offered, less each way in which such a contact can leave the queue.
    /// The audit counts on its own who should be left.
    pub left_over: Vec<i64>,
    interval: IntervalClock,
}

impl Service {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let queues = header.queues.len();
        let combinations = header.segments.len() * header.channels.len() * header.intents.len();
        let row = vec![QueueInterval::default(); queues];
        Self {
            index: vec![vec![u32::MAX; combinations]; queues],
            keys: Vec::new(),
            cells: Vec::new(),
            intervals: vec![row; header.interval_labels.len() + 1],
            waiting: vec![Gauge::default(); queues],
            backlog: vec![0; queues],
            left_over: vec![0; queues],
            interval: IntervalClock::new(header),
        }
    }

    #[inline]
    fn cell(&mut self, queue: QueueId, combination: u32) -> &mut ServiceCell {
        let at = &mut self.index[queue.index()][combination as usize];
        if *at == u32::MAX {
            *at = self.cells.len() as u32;
            self.cells.push(ServiceCell::default());
            self.keys.push((queue, combination));
        }
        &mut self.cells[*at as usize]
    }

    #[inline]
    fn interval_of(&mut self, at: SimTime, queue: QueueId) -> Option<&mut QueueInterval> {
        let row = self.interval.of(at).min(self.intervals.len() - 1);
        self.intervals.get_mut(row).map(|queues| &mut queues[queue.index()])
    }

    #[cold]
    fn close_interval(&mut self, header: &Header, (row, end): (usize, SimTime)) {
        for (interval, gauge) in self.intervals[row].iter_mut().zip(&mut self.waiting) {
            gauge.read(end, header.measured);
            interval.waiting_us += gauge.take();
            interval.waiting_at_end += gauge.level;
        }
    }

    /// A contact is offered to a queue, if the event says so.
    #[inline]
    fn offer(&mut self, book: &Book, env: &Envelope) {
        let r = book.get(env.slot);
        if let Some(queue) = book.offered(env).filter(|_| r.measured) {
            self.left_over[queue.index()] += 1;
            self.cell(queue, r.cell).offered += 1;
            if let Some(interval) = self.interval_of(book.offered_at(env), queue) {
                interval.offered += 1.0;
            }
        }
    }

    /// A contact's stay in a queue ends, if the event says so.
    #[inline]
    fn end_visit(&mut self, header: &Header, book: &Book, env: &Envelope) {
        let Some(v) = book.visit(header, env).filter(|v| v.measured) else {
            return;
        };
        self.left_over[v.queue.index()] -= i64::from(v.end != VisitEnd::BrokenOff);
        match v.end {
            VisitEnd::Answered => self.answered(header, &v),
            VisitEnd::Left { silent } => self.left(header, &v, silent, env.at),
            VisitEnd::BrokenOff => {
                self.cell(v.queue, v.cell).broken_off += 1;
                if let Some(interval) = self.interval_of(env.at, v.queue) {
                    interval.broken_off += 1.0;
                }
            }
            VisitEnd::Balked => self.cell(v.queue, v.cell).balked += 1,
            VisitEnd::Refused => self.cell(v.queue, v.cell).refused += 1,
            VisitEnd::FlowedOut => self.cell(v.queue, v.cell).flowed_out += 1,
            VisitEnd::Open => {}
        }
    }

    #[inline]
    fn answered(&mut self, header: &Header, v: &Visit) {
        let thresholds = &header.queues[v.queue.index()].thresholds;
        let cell = self.cell(v.queue, v.cell);
        cell.answered += 1;
        cell.waited_answered += u64::from(v.waited);
        cell.wait_answered_us += v.wait.0 as f64;
        for (within, threshold) in cell.answered_within.iter_mut().zip(thresholds) {
            *within += u64::from(v.within(threshold));
        }
        if let Some(interval) = self.add_wait(v) {
            let watched = header.queues[v.queue.index()].watched_threshold();
            let in_time = watched.is_some_and(|t| v.within(&t));
            interval.answered += 1.0;
            interval.wait_answered_us += v.wait.0 as f64;
            interval.answered_within += f64::from(u8::from(in_time));
        }
    }

    fn left(&mut self, header: &Header, v: &Visit, silent: bool, at: SimTime) {
        let thresholds = &header.queues[v.queue.index()].thresholds;
        let cell = self.cell(v.queue, v.cell);
        cell.abandoned += u64::from(!silent);
        cell.abandoned_silently += u64::from(silent);
        cell.short_abandoned += u64::from(v.within(&header.short_abandon));
        cell.wait_abandoned_us += v.wait.0 as f64;
        for (within, threshold) in cell.abandoned_within.iter_mut().zip(thresholds) {
            *within += u64::from(v.within(threshold));
        }
        if let Some(interval) = self.interval_of(at, v.queue) {
            interval.abandoned += 1.0;
        }
        if let Some(interval) = self.add_wait(v) {
            interval.lost += 1.0;
        }
    }

    /// Adds a wait to the interval in which it began.
    #[inline]
    fn add_wait(&mut self, v: &Visit) -> Option<&mut QueueInterval> {
        let interval = self.interval_of(v.joined, v.queue)?;
        interval.waited += f64::from(u8::from(v.waited));
        interval.wait_us += v.wait.0 as f64;
        interval.waits += 1.0;
        Some(interval)
    }

    /// The run ends: who still waits has waited at least so long.
    fn close(&mut self, header: &Header, book: &Book, env: &Envelope) {
        for gauge in &mut self.waiting {
            gauge.read(env.at, header.measured);
        }
        for r in book.waiting() {
            self.backlog[r.queue.index()] += 1;
        }
        for v in book.open_visits(header, env.at).filter(|v| v.measured) {
            let thresholds = &header.queues[v.queue.index()].thresholds;
            let cell = self.cell(v.queue, v.cell);
            cell.open += 1;
            cell.wait_open_us += v.wait.0 as f64;
            for (beyond, threshold) in cell.open_beyond.iter_mut().zip(thresholds) {
                *beyond += u64::from(!v.within(threshold));
            }
            if let Some(interval) = self.add_wait(&v) {
                let watched = header.queues[v.queue.index()].watched_threshold();
                let early = watched.is_none_or(|t| v.within(&t));
                interval.undecided += f64::from(u8::from(early));
            }
        }
    }
}

impl Projection for Service {
    #[inline(always)]
    fn apply(&mut self, header: &Header, book: &Book, env: &Envelope) {
        while let Some(ended) = self.interval.ended(env.at) {
            self.close_interval(header, ended);
        }
        match env.event {
            Event::Queued { queue, .. } => {
                self.waiting[queue.index()].change(env.at, 1.0, header.measured);
                self.offer(book, env);
            }
            Event::Assigned { .. } => {
                let queue = book.get(env.slot).queue;
                self.waiting[queue.index()].change(env.at, -1.0, header.measured);
                self.end_visit(header, book, env);
            }
            Event::Abandoned { silent } => {
                if !silent {
                    let queue = book.get(env.slot).queue;
                    self.waiting[queue.index()].change(env.at, -1.0, header.measured);
                }
                self.end_visit(header, book, env);
            }
            Event::Balked { .. } | Event::Refused { .. } => {
                self.offer(book, env);
                self.end_visit(header, book, env);
            }
            Event::Transferred { from, to, reason: TransferReason::Overflow } => {
                self.waiting[from.index()].change(env.at, -1.0, header.measured);
                self.waiting[to.index()].change(env.at, 1.0, header.measured);
                self.end_visit(header, book, env);
                self.offer(book, env);
            }
            Event::HandlingEnded { .. } | Event::WrapUpEnded { .. } => {
                if let Some(h) = book.handled(header, env).filter(|h| h.measured && !h.gone) {
                    let cell = self.cell(h.queue, h.cell);
                    cell.handled += 1;
                    cell.handling_us += h.visit_us as f64;
                }
            }
            Event::RunEnded => self.close(header, book, env),
            _ => {}
        }
    }
}
