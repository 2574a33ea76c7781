//! Spans of the run, and opening hours made of them.

use super::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

/// A half-open span of run time `[start, end)`; a pair of moments in files.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "(SimTime, SimTime)", into = "(SimTime, SimTime)")]
pub struct Span {
    /// First moment inside.
    pub start: SimTime,
    /// First moment after.
    pub end: SimTime,
}

impl Span {
    /// Whether the moment lies inside.
    #[must_use]
    pub fn contains(&self, at: SimTime) -> bool {
        self.start <= at && at < self.end
    }

    /// From its start to its end.
    #[must_use]
    pub fn length(&self) -> SimDuration {
        self.end.since(self.start)
    }
}

impl From<(SimTime, SimTime)> for Span {
    fn from((start, end): (SimTime, SimTime)) -> Self {
        Self { start, end }
    }
}

impl From<Span> for (SimTime, SimTime) {
    fn from(span: Span) -> Self {
        (span.start, span.end)
    }
}

/// A set of spans, sorted and disjoint: opening hours, bot hours.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hours(pub Vec<Span>);

impl Hours {
    /// Whether the moment lies in one of the spans.
    #[must_use]
    pub fn contains(&self, at: SimTime) -> bool {
        let after = self.0.partition_point(|s| s.start <= at);
        after > 0 && at < self.0[after - 1].end
    }

    /// The first moment after `at` at which an open span ends.
    #[must_use]
    pub fn next_end(&self, at: SimTime) -> Option<SimTime> {
        let next = self.0.partition_point(|s| s.end <= at);
        self.0.get(next).map(|span| span.end)
    }

    /// Whether an open span ends at the moment.
    #[must_use]
    pub fn ends_at(&self, at: SimTime) -> bool {
        let place = self.0.partition_point(|s| s.end < at);
        self.0.get(place).is_some_and(|span| span.end == at)
    }

    /// The open time between two moments.
    #[must_use]
    pub fn open_between(&self, from: SimTime, to: SimTime) -> SimDuration {
        let first = self.0.partition_point(|s| s.end <= from);
        let mut open = SimDuration::ZERO;
        for span in self.0[first..].iter().take_while(|s| s.start < to) {
            open += span.end.min(to).since(span.start.max(from));
        }
        open
    }

    /// The moment at which `open` of open time has passed since `from`;
    /// [`SimTime::NEVER`] when the spans end before that.
    #[must_use]
    pub fn advance(&self, from: SimTime, open: SimDuration) -> SimTime {
        let first = self.0.partition_point(|s| s.end <= from);
        let mut left = open.0;
        for span in &self.0[first..] {
            let start = span.start.max(from);
            let length = span.end.since(start).0;
            if left <= length {
                return start + SimDuration(left);
            }
            left -= length;
        }
        SimTime::NEVER
    }
}
