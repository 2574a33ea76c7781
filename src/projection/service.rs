//! Queues: who was offered, answered, lost, and how long each waited.

use super::{Book, Gauge, Projection, Record};
use crate::counters;
use crate::domain::TransferReason;
use crate::event::{Envelope, Event, Header};
use crate::id::QueueId;
use crate::time::{SimDuration, SimTime};

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
        /// Of these: answered within the queue's own threshold.
        answered_within: f64,
        /// Left in this interval.
        abandoned: f64,
        /// Left in this interval after a shift end had taken them from an agent.
        broken_off: f64,
        /// Waits of the contacts that joined in the interval, microseconds. Who waits at
        /// the end of the run counts with the wait so far.
        wait_us: f64,
        /// These waits.
        waits: f64,
        /// Of these: open, and within the queue's own threshold so far.
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
    /// Counters by interval and queue.
    pub intervals: Vec<Vec<QueueInterval>>,
    /// Contacts waiting, by queue; empty ones, whose customer has left unnoticed, too.
    pub waiting: Vec<Gauge>,
    /// Customers who wait when the run ends, by queue.
    pub backlog: Vec<u64>,
    /// By queue: offered, less each way in which such a contact can leave the queue.
    /// The audit counts on its own who should be left.
    pub left_over: Vec<i64>,
    interval_us: u64,
    next_boundary: SimTime,
    current: usize,
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
            intervals: vec![row; header.interval_labels.len()],
            waiting: vec![Gauge::default(); queues],
            backlog: vec![0; queues],
            left_over: vec![0; queues],
            interval_us: header.interval.0,
            next_boundary: SimTime(header.interval.0),
            current: 0,
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
        let row = if at.0 + self.interval_us >= self.next_boundary.0 && at < self.next_boundary {
            self.current // nearly always the running interval: no division
        } else {
            (at.0 / self.interval_us) as usize
        };
        self.intervals.get_mut(row).map(|queues| &mut queues[queue.index()])
    }

    #[cold]
    fn close_interval(&mut self, header: &Header) {
        let row = self.current;
        for (queue, gauge) in self.waiting.iter_mut().enumerate() {
            gauge.read(self.next_boundary, header.measured);
            let waiting_us = gauge.take();
            if let Some(interval) = self.intervals.get_mut(row) {
                interval[queue].waiting_us += waiting_us;
                interval[queue].waiting_at_end += gauge.level;
            }
        }
        self.current += 1;
        self.next_boundary = SimTime(self.next_boundary.0 + self.interval_us);
    }

    fn queued(&mut self, header: &Header, r: &Record, env: &Envelope, queue: QueueId) {
        self.waiting[queue.index()].change(env.at, 1.0, header.measured);
        if r.measured && !r.handed_back {
            self.left_over[queue.index()] += 1;
            self.cell(queue, r.cell).offered += 1;
            if let Some(interval) = self.interval_of(env.at, queue) {
                interval.offered += 1.0;
            }
        }
    }

    fn answered(&mut self, header: &Header, r: &Record, env: &Envelope) {
        self.waiting[r.queue.index()].change(env.at, -1.0, header.measured);
        if !r.measured || r.gone || r.handed_back {
            return;
        }
        let wait = queue_wait(header, r, env.at);
        let facts = &header.queues[r.queue.index()];
        self.left_over[r.queue.index()] -= 1;
        let cell = self.cell(r.queue, r.cell);
        cell.answered += 1;
        cell.waited_answered += u64::from(env.at > r.joined);
        cell.wait_answered_us += wait.0 as f64;
        for (within, threshold) in cell.answered_within.iter_mut().zip(&facts.thresholds) {
            *within += u64::from(wait <= *threshold);
        }
        let in_time = facts.thresholds.first().is_some_and(|t| wait <= *t);
        if let Some(interval) = self.interval_of(r.joined, r.queue) {
            interval.answered += 1.0;
            interval.answered_within += f64::from(u8::from(in_time));
            interval.waited += f64::from(u8::from(env.at > r.joined));
            interval.wait_us += wait.0 as f64;
            interval.waits += 1.0;
        }
    }

    fn abandoned(&mut self, header: &Header, r: &Record, env: &Envelope, silent: bool) {
        if !silent {
            self.waiting[r.queue.index()].change(env.at, -1.0, header.measured);
        }
        if !r.measured {
            return;
        }
        if r.handed_back {
            self.cell(r.queue, r.cell).broken_off += 1;
            if let Some(interval) = self.interval_of(env.at, r.queue) {
                interval.broken_off += 1.0;
            }
            return;
        }
        self.left_over[r.queue.index()] -= 1;
        let wait = queue_wait(header, r, env.at);
        let thresholds = &header.queues[r.queue.index()].thresholds;
        let cell = self.cell(r.queue, r.cell);
        cell.abandoned += u64::from(!silent);
        cell.abandoned_silently += u64::from(silent);
        cell.short_abandoned += u64::from(wait <= header.short_abandon);
        cell.wait_abandoned_us += wait.0 as f64;
        for (within, threshold) in cell.abandoned_within.iter_mut().zip(thresholds) {
            *within += u64::from(wait <= *threshold);
        }
        if let Some(interval) = self.interval_of(env.at, r.queue) {
            interval.abandoned += 1.0;
        }
        if let Some(interval) = self.interval_of(r.joined, r.queue) {
            interval.waited += 1.0;
            interval.wait_us += wait.0 as f64;
            interval.waits += 1.0;
        }
    }

    fn lost_at_door(&mut self, r: &Record, env: &Envelope, queue: QueueId, refused: bool) {
        // A contact that waits and is refused found no place to go on to: it stays.
        if !r.measured || r.waiting {
            return;
        }
        let cell = self.cell(queue, r.cell);
        cell.offered += 1;
        cell.refused += u64::from(refused);
        cell.balked += u64::from(!refused);
        if let Some(interval) = self.interval_of(env.at, queue) {
            interval.offered += 1.0;
        }
    }

    fn flowed(&mut self, header: &Header, r: &Record, env: &Envelope, from: QueueId, to: QueueId) {
        self.waiting[from.index()].change(env.at, -1.0, header.measured);
        self.waiting[to.index()].change(env.at, 1.0, header.measured);
        if r.measured && !r.handed_back && !r.gone {
            self.left_over[from.index()] -= 1;
            self.left_over[to.index()] += 1;
            self.cell(from, r.cell).flowed_out += 1;
            self.cell(to, r.cell).offered += 1;
            if let Some(interval) = self.interval_of(env.at, to) {
                interval.offered += 1.0;
            }
        }
    }
}

impl Service {
    /// A part of a contact that an agent has ended, with its wrap-up.
    fn handled(&mut self, r: &Record, handling_us: u64) {
        if r.measured && !r.gone {
            let cell = self.cell(r.queue, r.cell);
            cell.handled += 1;
            cell.handling_us += handling_us as f64;
        }
    }

    /// The run ends: who still waits has waited at least so long.
    fn close(&mut self, header: &Header, book: &Book, env: &Envelope) {
        for gauge in &mut self.waiting {
            gauge.read(env.at, header.measured);
        }
        for r in book.waiting() {
            self.backlog[r.queue.index()] += 1;
            if !r.measured || r.handed_back {
                continue;
            }
            let wait = queue_wait(header, r, env.at);
            let thresholds = &header.queues[r.queue.index()].thresholds;
            let cell = self.cell(r.queue, r.cell);
            cell.open += 1;
            cell.wait_open_us += wait.0 as f64;
            for (beyond, threshold) in cell.open_beyond.iter_mut().zip(thresholds) {
                *beyond += u64::from(wait > *threshold);
            }
            let early = thresholds.first().is_none_or(|t| wait <= *t);
            if let Some(interval) = self.interval_of(r.joined, r.queue) {
                interval.waited += f64::from(u8::from(env.at > r.joined));
                interval.wait_us += wait.0 as f64;
                interval.waits += 1.0;
                interval.undecided += f64::from(u8::from(early));
            }
        }
    }
}

/// The wait since joining the queue, on the queue's clock.
#[must_use]
#[inline]
pub fn queue_wait(header: &Header, r: &Record, at: SimTime) -> SimDuration {
    let facts = &header.queues[r.queue.index()];
    if !facts.open_hours_clock {
        return at.since(r.joined);
    }
    open_between(&header.channel_hours[facts.clock_channel as usize], r.joined, at)
}

/// Open time between two moments.
#[must_use]
pub(super) fn open_between(
    hours: &[(SimTime, SimTime)],
    from: SimTime,
    to: SimTime,
) -> SimDuration {
    let first = hours.partition_point(|(_, end)| *end <= from);
    let mut open = SimDuration::ZERO;
    for (start, end) in hours[first..].iter().take_while(|(start, _)| *start < to) {
        open += (*end).min(to).since((*start).max(from));
    }
    open
}

impl Projection for Service {
    #[inline]
    fn apply(&mut self, header: &Header, book: &Book, env: &Envelope) {
        while env.at >= self.next_boundary && self.current < self.intervals.len() {
            self.close_interval(header);
        }
        match env.event {
            Event::Queued { queue, .. } => self.queued(header, book.get(env.slot), env, queue),
            Event::Assigned { .. } => self.answered(header, book.get(env.slot), env),
            Event::Abandoned { silent } => self.abandoned(header, book.get(env.slot), env, silent),
            Event::Balked { queue } => self.lost_at_door(book.get(env.slot), env, queue, false),
            Event::Refused { queue } => self.lost_at_door(book.get(env.slot), env, queue, true),
            Event::Transferred { from, to, reason: TransferReason::Overflow } => {
                self.flowed(header, book.get(env.slot), env, from, to);
            }
            Event::HandlingEnded { left_s, wrap_up_s, .. } if left_s <= 0.0 && wrap_up_s <= 0.0 => {
                let r = book.get(env.slot);
                self.handled(r, Book::handled_us(header, r, env.at).0);
            }
            Event::WrapUpEnded { agent, place } => {
                if let Some(w) = book.wrap_up(agent, place) {
                    self.handled(&w.of, w.visit_us + env.at.since(w.since).0);
                }
            }
            Event::RunEnded => self.close(header, book, env),
            _ => {}
        }
    }
}
