//! Time in integer microseconds.
//!
//! All results are exact and comparable, on every machine, because no float
//! ever holds a moment. A moment counts from the start of the run: local
//! midnight of the scenario's first day.

mod hours;

pub use hours::{Hours, Span};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Microseconds in a second.
pub const SECOND_US: u64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR_US: u64 = 3_600 * SECOND_US;
/// Days of a run at most: ten years.
pub const MOST_DAYS: u32 = 3660;
/// Microseconds in a day of 24 hours.
pub const DAY_US: u64 = 24 * HOUR_US;

/// A moment: microseconds since the start of the run.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimTime(pub u64);

/// A length of time in microseconds, never negative.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SimDuration(pub u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Later than every moment of a run: "not planned".
    pub const NEVER: Self = Self(u64::MAX);

    /// Seconds since the start, for reports.
    #[must_use]
    pub fn as_s(self) -> f64 {
        self.0 as f64 / SECOND_US as f64
    }

    /// The time passed since `earlier`, zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than every run: "without end".
    pub const FOREVER: Self = Self(u64::MAX);

    /// Rounds seconds to the nearest microsecond; negative and NaN become zero.
    #[must_use]
    pub fn from_s(seconds: f64) -> Self {
        Self((seconds * SECOND_US as f64 + 0.5) as u64)
    }

    /// The length in seconds, for distributions and reports.
    #[must_use]
    pub fn as_s(self) -> f64 {
        self.0 as f64 / SECOND_US as f64
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    /// Saturates, so that `FOREVER` after any moment is `NEVER`.
    fn add(self, rhs: SimDuration) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub<SimTime> for SimTime {
    type Output = SimDuration;
    fn sub(self, rhs: SimTime) -> SimDuration {
        self.since(rhs)
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl fmt::Display for SimDuration {
    /// Writes `1h02m03s`, `45s`, `1.2s` or `350ms`: the units of scenario files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / SECOND_US;
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match (h, m) {
            (0, 0) if self.0 < SECOND_US => write!(f, "{}ms", self.0 / 1000),
            (0, 0) if !self.0.is_multiple_of(SECOND_US) => write!(f, "{:.1}s", self.as_s()),
            (0, 0) => write!(f, "{s}s"),
            (0, _) if s == 0 => write!(f, "{m}m"),
            (0, _) => write!(f, "{m}m{s:02}s"),
            _ if m == 0 && s == 0 => write!(f, "{h}h"),
            _ if s == 0 => write!(f, "{h}h{m:02}m"),
            _ => write!(f, "{h}h{m:02}m{s:02}s"),
        }
    }
}
