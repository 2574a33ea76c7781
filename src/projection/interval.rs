//! The running interval of a run.

use crate::event::Header;
use crate::time::SimTime;

/// Which interval runs, for folds that close one when the next begins.
#[derive(Clone, Copy, Debug)]
pub struct IntervalClock {
    /// Number of the running interval; after the last one that of intervals.
    pub current: usize,
    end: SimTime,
    length_us: u64,
    count: usize,
}

impl IntervalClock {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self {
            current: 0,
            end: SimTime(header.interval.0),
            length_us: header.interval.0,
            count: header.interval_labels.len(),
        }
    }

    /// The running interval, if it has ended by `at`, and when it did; the next one runs
    /// then.
    #[must_use]
    #[inline]
    pub fn ended(&mut self, at: SimTime) -> Option<(usize, SimTime)> {
        if at < self.end || self.current >= self.count {
            return None;
        }
        let ended = (self.current, self.end);
        self.current += 1;
        self.end = SimTime(self.end.0 + self.length_us);
        Some(ended)
    }

    /// The interval of a moment.
    #[must_use]
    #[inline]
    pub fn of(&self, at: SimTime) -> usize {
        if at.0 + self.length_us >= self.end.0 && at < self.end {
            self.current // nearly always the running interval: no division
        } else {
            (at.0 / self.length_us) as usize
        }
    }
}
