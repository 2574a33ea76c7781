//! The days of the run, from `time`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::scenario::file::Time;
use crate::scenario::problem::Problem;
use crate::time::{DAY_US, MOST_DAYS, SimDuration};

use super::calendar::Calendar;
use super::zone;

/// The days of the run; after a problem some days, so that the rest can be checked.
pub fn calendar(time: &Time, problems: &mut Vec<Problem>) -> Calendar {
    let date = time.start.0.to_string();
    let start = date.trim().parse::<Date>().unwrap_or_else(|_| {
        let message = format!("`{date}` is not a date");
        problems.push(Problem::error("E0205", "time.start", message).help("write `2026-03-02`"));
        Date::constant(2026, 1, 5)
    });
    let zone = zone(&time.zone, problems);
    let half_hour = SimDuration::from_s(1800.0);
    let told = problems.iter().any(|p| p.path == "time.interval");
    let mut interval = if told { half_hour } else { time.interval.0 };
    let drain = time.drain.0;
    if interval < SimDuration::from_s(1.0) || !DAY_US.is_multiple_of(interval.0) {
        let message = format!("{interval} does not divide a day");
        let problem = Problem::error("E0404", "time.interval", message);
        problems.push(problem.help("choose 5m, 10m, 15m, 30m, 1h, ..."));
        interval = half_hour;
    }
    let days = time.days.clamp(1, MOST_DAYS);
    Calendar::new(start, days, zone, interval, drain).unwrap_or_else(|| {
        let message = format!("`{date}` is beyond the calendar");
        problems.push(Problem::error("E0205", "time.start", message).help("choose another date"));
        Calendar::plain(days, interval, drain)
    })
}

fn zone(name: &str, problems: &mut Vec<Problem>) -> TimeZone {
    problems.extend(zone::still(name, "time.zone"));
    TimeZone::get(name).unwrap_or_else(|_| {
        problems.push(zone::unknown(name, "time.zone"));
        TimeZone::UTC
    })
}
