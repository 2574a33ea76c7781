//! Moments of a run, as people write and read them.

use super::Failure;
use crate::event::Header;
use crate::scenario::file::Scalar;
use crate::scenario::units;
use crate::time::SimTime;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

fn zone(header: &Header) -> TimeZone {
    TimeZone::get(&header.zone).unwrap_or(TimeZone::UTC)
}

/// The local time of a moment, as `2026-03-02 08:30:12.250`.
pub(super) fn label(header: &Header, at: SimTime) -> String {
    let us = i64::try_from(at.0).unwrap_or(i64::MAX);
    let unix = header.epoch_s.saturating_mul(1_000_000).saturating_add(us);
    match Timestamp::from_microsecond(unix) {
        Ok(time) => {
            let local: Zoned = time.to_zoned(zone(header));
            local.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
        }
        Err(_) => format!("{:.3} s", at.as_s()),
    }
}

/// The date of the first such weekday of the run: `mon` is 2026-03-02.
fn date_of_weekday(header: &Header, name: &str) -> Option<Date> {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let wanted = NAMES.iter().position(|n| n.eq_ignore_ascii_case(name))?;
    let days = header.day_starts.len().saturating_sub(1);
    let start: Date = header.start_date.parse().ok()?;
    start
        .series(1.day())
        .take(days)
        .find(|date| date.weekday().to_monday_zero_offset() as usize == wanted)
}

/// A moment: a length of time from the start of the run, a local time, or a weekday
/// and a time of day.
pub(super) fn parse(header: &Header, text: &str) -> Result<SimTime, Failure> {
    if let Ok(length) = units::duration(&Scalar::Text(text.to_owned())) {
        return Ok(SimTime::ZERO + length);
    }
    let day = &header.start_date;
    let whole = if text.len() <= 8 && text.contains(':') {
        format!("{day}T{text}")
    } else if let Some((name, time)) = text.trim().split_once(' ')
        && let Some(date) = date_of_weekday(header, name)
    {
        format!("{date}T{}", time.trim())
    } else {
        text.trim().replace(' ', "T")
    };
    let date_only =
        whole.parse::<jiff::civil::Date>().map(|d| d.to_datetime(jiff::civil::time(0, 0, 0, 0)));
    let local = whole.parse::<DateTime>().or(date_only);
    let zoned = local.and_then(|l| l.to_zoned(zone(header)));
    let us = zoned.map(|z| z.timestamp().as_microsecond() - header.epoch_s * 1_000_000);
    us.ok().and_then(|us| u64::try_from(us).ok()).map(SimTime).ok_or_else(|| {
        Failure::invalid(format!(
            "error: `{text}` is no time of this run\n  help: a length from its start, as 8h30m, or a local time, as \"{day} 08:30\""
        ))
    })
}
