//! The days of the run, from `time`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::scenario::file::{Dur, Time};
use crate::scenario::problem::Problem;
use crate::scenario::units;
use crate::time::{DAY_US, SimDuration};

use super::calendar::Calendar;
use super::zone;

/// The days of the run; after a problem some days, so that the rest can be checked.
pub fn calendar(time: &Time) -> (Calendar, Vec<Problem>) {
    let mut problems = Vec::new();
    let date = time.start.0.to_string();
    let start = date.trim().parse::<Date>().unwrap_or_else(|_| {
        let message = format!("`{date}` is not a date");
        problems.push(Problem::error("E0205", "time.start", message).help("write `2026-03-02`"));
        Date::constant(2026, 1, 5)
    });
    if !(1..=200).contains(&time.days) {
        let message = format!("{} days", time.days);
        problems.push(Problem::error("E0211", "time.days", message).help("give 1 to 200 days"));
    }
    let zone = zone(time.zone.as_deref().unwrap_or("UTC"), &mut problems);
    let half_hour = SimDuration::from_s(1800.0);
    let mut interval = length(time.interval.as_ref(), half_hour, "time.interval", &mut problems);
    let drain = length(time.drain.as_ref(), SimDuration::ZERO, "time.drain", &mut problems);
    if interval < SimDuration::from_s(1.0) || !DAY_US.is_multiple_of(interval.0) {
        let message = format!("{interval} does not divide a day");
        let problem = Problem::error("E0404", "time.interval", message);
        problems.push(problem.help("choose 5m, 10m, 15m, 30m, 1h, ..."));
        interval = half_hour;
    }
    let days = time.days.clamp(1, 200);
    let calendar = Calendar::new(start, days, zone, interval, drain).unwrap_or_else(|| {
        let message = format!("`{date}` is beyond the calendar");
        problems.push(Problem::error("E0205", "time.start", message).help("choose another date"));
        Calendar::plain(days, interval, drain)
    });
    (calendar, problems)
}

fn zone(name: &str, problems: &mut Vec<Problem>) -> TimeZone {
    problems.extend(zone::still(name, "time.zone"));
    TimeZone::get(name).unwrap_or_else(|_| {
        problems.push(zone::unknown(name, "time.zone"));
        TimeZone::UTC
    })
}

fn length(
    value: Option<&Dur>,
    default: SimDuration,
    path: &str,
    problems: &mut Vec<Problem>,
) -> SimDuration {
    match value.map_or(Ok(default), |v| units::duration(&v.0)) {
        Ok(length) => length,
        Err(e) => {
            problems.push(Problem::error("E0201", path, e.message).help(e.help));
            default
        }
    }
}
