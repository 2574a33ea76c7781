//! Moments of a run as local wall clock: RFC 3339 with the offset of that moment.

use crate::event::{Cell, Header};
use crate::time::SimTime;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// The clock on the wall where the scenario plays.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    zone: TimeZone,
    epoch_us: i64,
}

impl Clock {
    pub(super) fn new(header: &Header) -> Self {
        Self {
            zone: TimeZone::get(&header.zone).unwrap_or(TimeZone::UTC),
            epoch_us: header.epoch_s.saturating_mul(1_000_000),
        }
    }

    /// Unix microseconds of a moment of the run.
    pub(super) fn unix_us(&self, at: SimTime) -> i64 {
        let us = i64::try_from(at.0).unwrap_or(i64::MAX);
        self.epoch_us.saturating_add(us)
    }

    /// The cell of a moment on the wall clock.
    pub(super) fn wall<'a>(&self, at: SimTime) -> Cell<'a> {
        Cell::Moment(self.unix_us(at))
    }

    /// Appends a moment as `2026-03-02T08:30:12.250000+02:00`. Always six places,
    /// so that moments of one offset sort as text.
    pub(super) fn write(&self, unix_us: i64, text: &mut String) {
        let Ok(moment) = Timestamp::from_microsecond(unix_us) else {
            return; // beyond the years that a calendar has
        };
        let offset = self.zone.to_offset(moment);
        let local = offset.to_datetime(moment);
        let minutes = offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        let _ = write!(
            text,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}{sign}{hours:02}:{minutes:02}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
            local.subsec_nanosecond() / 1000,
        );
    }

    /// [`Clock::write`] into a new text.
    pub(super) fn text(&self, at: SimTime) -> String {
        let mut text = String::with_capacity(32);
        self.write(self.unix_us(at), &mut text);
        text
    }
}
