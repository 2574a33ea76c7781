//! What intervals were like, of what happened and of what was simulated alike.

use super::record::{Record, WaitEnd};
use crate::event::Header;
use crate::observed::{Observed, Part};
use crate::time::{SimTime, Span};

/// Sums of an interval, of the contacts that joined a queue in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Contacts that came.
    pub offered: f64,
    /// Of these: answered.
    pub answered: f64,
    /// Of the answered: within the threshold.
    pub within: f64,
    /// Of these: left.
    pub left: f64,
    /// Sum of the waits of the answered, seconds.
    pub wait_s: f64,
    /// Time in which agents had a contact or its wrap-up, seconds.
    pub busy_s: f64,
    /// Time of agents on the queue, seconds.
    pub staffed_s: f64,
}

/// A number of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Contacts that came.
    Volume,
    /// Answered within the threshold by those who came (SL3).
    ServiceLevel,
    /// Mean wait of the answered (ASA), seconds.
    MeanWait,
    /// Left by those who came.
    Abandonment,
    /// Time with a contact by time on the queue.
    Occupancy,
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; 5] = [
        Measure::Volume,
        Measure::ServiceLevel,
        Measure::MeanWait,
        Measure::Abandonment,
        Measure::Occupancy,
    ];

    /// Its name in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Measure::Volume => "volume",
            Measure::ServiceLevel => "service_level",
            Measure::MeanWait => "mean_wait_s",
            Measure::Abandonment => "abandonment_rate",
            Measure::Occupancy => "occupancy",
        }
    }

    /// Numerator and denominator in sums; the denominator is its weight as well.
    #[must_use]
    pub fn of(self, s: &Sums) -> (f64, f64) {
        match self {
            Measure::Volume => (s.offered, 1.0),
            Measure::ServiceLevel => (s.within, s.offered),
            Measure::MeanWait => (s.wait_s, s.answered),
            Measure::Abandonment => (s.left, s.offered),
            Measure::Occupancy => (s.busy_s, s.staffed_s),
        }
    }

    /// Its value; none where nobody came, was answered or was there.
    #[must_use]
    pub fn value(self, s: &Sums) -> Option<f64> {
        let (numerator, denominator) = self.of(s);
        (denominator > 0.0).then(|| numerator / denominator)
    }
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.offered += other.offered;
        self.answered += other.answered;
        self.within += other.within;
        self.left += other.left;
        self.wait_s += other.wait_s;
        self.busy_s += other.busy_s;
        self.staffed_s += other.staffed_s;
    }
}

/// Sums of equal intervals of a span, in their order.
#[must_use]
pub fn by_interval(seen: &Observed, header: &Header, span: Span, within_s: f64) -> Vec<Sums> {
    let length_us = header.interval.0.max(1);
    let count = span.length().0.div_ceil(length_us) as usize;
    let mut sums = vec![Sums::default(); count];
    let record = Record::of(seen, span);
    for c in &record.contacts {
        let Some(s) = sums.get_mut((c.at.since(span.start).0 / length_us) as usize) else {
            continue;
        };
        let answered = f64::from(u8::from(c.end == WaitEnd::Answered));
        let wait_s = c.waited.as_s();
        s.offered += 1.0;
        s.answered += answered;
        s.within += answered * f64::from(u8::from(wait_s <= within_s));
        s.left += f64::from(u8::from(c.end == WaitEnd::Left));
        s.wait_s += answered * wait_s;
    }
    for (_, on) in &record.spans {
        spread(&mut sums, *on, span, length_us, |s, us| s.staffed_s += us * 1e-6);
    }
    for part in &seen.parts {
        let busy = busy_span(part, seen.until);
        spread(&mut sums, busy, span, length_us, |s, us| s.busy_s += us * 1e-6);
    }
    sums
}

/// From taking a contact to the end of its wrap-up.
fn busy_span(part: &Part, until: SimTime) -> Span {
    let end = part.wrapped_up.or(part.ended).unwrap_or(until);
    Span { start: part.assigned, end }
}

/// Gives each interval its part of a stretch of time.
fn spread(
    sums: &mut [Sums],
    on: Span,
    span: Span,
    length_us: u64,
    mut add: impl FnMut(&mut Sums, f64),
) {
    let (start, end) = (on.start.max(span.start), on.end.min(span.end));
    let mut at = start;
    while at < end {
        let number = at.since(span.start).0 / length_us;
        let next = SimTime(span.start.0 + (number + 1) * length_us).min(end);
        if let Some(s) = sums.get_mut(number as usize) {
            add(s, next.since(at).0 as f64);
        }
        at = next;
    }
}

/// All of them together.
#[must_use]
pub fn total(sums: &[Sums]) -> Sums {
    let mut all = Sums::default();
    sums.iter().for_each(|s| all += *s);
    all
}
