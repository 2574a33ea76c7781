//! The days and intervals of a run, by the clock on the wall.

use crate::event::Header;
use crate::time::{DAY_US, SimTime};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::ops::Range;

/// Words of the days of the week, from Monday.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A run's calendar.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Moments at which days begin, and the last one ends.
    starts: Vec<SimTime>,
    first: Date,
    /// Minute of the day at which each interval begins.
    minutes: Vec<u32>,
    interval_us: u64,
}

impl Calendar {
    /// That of a run.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        let clock = |label: &String| {
            let (hour, minute) = label.rsplit(' ').next()?.split_once(':')?;
            Some(hour.parse::<u32>().ok()? * 60 + minute.parse::<u32>().ok()?)
        };
        Self {
            starts: header.day_starts.clone(),
            first: header.start_date.parse().unwrap_or(Date::constant(2000, 1, 3)),
            minutes: header.interval_labels.iter().map(|l| clock(l).unwrap_or(0)).collect(),
            interval_us: header.interval.0.max(1),
        }
    }

    /// Number of days.
    #[must_use]
    pub fn days(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The day that a moment lies in, from 0.
    #[must_use]
    pub fn day(&self, at: SimTime) -> Option<usize> {
        let after = self.starts.partition_point(|start| *start <= at);
        (1..self.starts.len()).contains(&after).then(|| after - 1)
    }

    /// The first moment of a day, and the first after it.
    #[must_use]
    pub fn span(&self, day: usize) -> Range<SimTime> {
        self.starts[day]..self.starts[day + 1]
    }

    /// The first moment of days, and the first after them; of those that there are.
    #[must_use]
    pub fn of_days(&self, days: &Range<usize>) -> Range<SimTime> {
        let (start, end) = (days.start, days.end.min(self.days()));
        match start < end {
            true => self.starts[start]..self.starts[end],
            false => SimTime::ZERO..SimTime::ZERO,
        }
    }

    /// The date of a day.
    #[must_use]
    pub fn date(&self, day: usize) -> Date {
        self.first.saturating_add((day as i64).days())
    }

    /// Number of the day in the week, 0 for Monday.
    #[must_use]
    pub fn weekday(&self, day: usize) -> usize {
        self.date(day).weekday().to_monday_zero_offset() as usize
    }

    /// Intervals of an ordinary day.
    #[must_use]
    pub fn bins(&self) -> usize {
        DAY_US.div_ceil(self.interval_us) as usize
    }

    /// Length of an interval, minutes.
    #[must_use]
    pub fn interval_min(&self) -> f64 {
        self.interval_us as f64 / 60e6
    }

    /// The interval of the day that a moment lies in, by what the clock shows.
    #[must_use]
    pub fn bin(&self, at: SimTime) -> usize {
        let label = self.minutes.get((at.0 / self.interval_us) as usize).copied().unwrap_or(0);
        let bin = u64::from(label) * 60_000_000 / self.interval_us;
        (bin as usize).min(self.bins() - 1)
    }

    /// The minute of the day that the clock shows.
    #[must_use]
    pub fn minute(&self, at: SimTime) -> f64 {
        let begun = at.0 / self.interval_us;
        let label = self.minutes.get(begun as usize).copied().unwrap_or(0);
        f64::from(label) + (at.0 - begun * self.interval_us) as f64 / 60e6
    }
}
