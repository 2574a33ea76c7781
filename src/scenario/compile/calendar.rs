//! Local time of the scenario and time of the run, with daylight saving.

use jiff::civil::{self, Date};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::scenario::units::{self, Wrong};
use crate::time::{DAY_US, SECOND_US, SimDuration, SimTime, Span};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What the clock does at a local time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// The time comes once.
    Steady,
    /// The time does not exist: clocks go forward over it.
    Skips,
    /// The time comes twice: clocks go back over it.
    Repeats,
}

/// A time of a file.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Microseconds from the start of the run; of a time that comes twice the first
    /// and the second, of one that does not exist what clocks show in its place.
    pub at: [i64; 2],
    /// The time as it is written, where it has no offset.
    pub local: Option<civil::DateTime>,
    /// What the clock does then.
    pub clock: Clock,
}

/// The days of a run.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The zone.
    pub zone: TimeZone,
    /// First local date.
    pub start: Date,
    /// Local midnight of the first day.
    pub epoch: Timestamp,
    /// Starts of the days, and the horizon last.
    pub starts: Vec<SimTime>,
    /// Length of a reporting interval.
    pub interval: SimDuration,
    /// End of the demand.
    pub horizon: SimTime,
    /// End of the run.
    pub end: SimTime,
}

impl Calendar {
    /// The calendar of `days` days from a date on.
    pub fn new(
        start: Date,
        days: u32,
        zone: TimeZone,
        interval: SimDuration,
        drain: SimDuration,
    ) -> Option<Self> {
        let first = start.to_zoned(zone.clone()).ok()?.timestamp();
        let mut starts = Vec::new();
        for day in 0..=i64::from(days) {
            let date = start.checked_add(day.days()).ok()?;
            let at = date.to_zoned(zone.clone()).ok()?.timestamp();
            starts.push(SimTime((at.as_microsecond() - first.as_microsecond()) as u64));
        }
        let horizon = *starts.last()?;
        Some(Calendar {
            zone,
            start,
            epoch: first,
            starts,
            interval,
            horizon,
            end: horizon + drain,
        })
    }

    /// Days of 24 hours in UTC, where nothing better can be made.
    pub fn plain(days: u32, interval: SimDuration, drain: SimDuration) -> Self {
        let starts: Vec<SimTime> = (0..=u64::from(days)).map(|d| SimTime(d * DAY_US)).collect();
        let horizon = SimTime(u64::from(days) * DAY_US);
        Calendar {
            zone: TimeZone::UTC,
            start: Date::constant(1970, 1, 1),
            epoch: Timestamp::UNIX_EPOCH,
            starts,
            interval,
            horizon,
            end: horizon + drain,
        }
    }

    /// From the midnight of a day to the next one.
    pub fn day(&self, day: u32) -> Span {
        Span { start: self.starts[day as usize], end: self.starts[day as usize + 1] }
    }

    /// Number of days.
    pub fn days(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// The local date of a day.
    pub fn date(&self, day: u32) -> Date {
        self.start.saturating_add(i64::from(day).days())
    }

    /// The day of the week, 0 = Monday.
    pub fn weekday(&self, day: u32) -> usize {
        self.date(day).weekday().to_monday_zero_offset() as usize
    }

    /// The day of a moment before the horizon.
    pub fn day_of(&self, at: SimTime) -> u32 {
        let after = self.starts.partition_point(|s| *s <= at) as u32;
        after.saturating_sub(1).min(self.days() - 1)
    }

    /// The moment of a local time of a day, in seconds since midnight; 86,400 is the end of the day.
    pub fn local(&self, day: u32, seconds: u32) -> Result<SimTime, Wrong> {
        self.resolve(day, seconds, true)
    }

    /// Seconds that the clock shows at a moment, counted from the midnight of a day
    /// before it: past 86,400 on later days.
    pub fn clock_s(&self, day: u32, at: SimTime) -> u32 {
        // The ends of days are those of the calendar, as in `resolve`.
        if let Ok(after) = self.starts.binary_search(&at) {
            return (after as u32).saturating_sub(day) * 86_400;
        }
        self.shown_s(day, at)
    }

    /// As [`Calendar::clock_s`], at the ends of days too what the clock shows.
    fn shown_s(&self, day: u32, at: SimTime) -> u32 {
        let Some(local) = self.shown(at) else {
            return 0;
        };
        let midnight = self.date(day).at(0, 0, 0, 0);
        let passed = local.duration_since(midnight).as_secs();
        u32::try_from(passed).unwrap_or(0)
    }

    fn stamp_of(&self, at: SimTime) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.epoch.as_microsecond() + at.0 as i64).ok()
    }

    /// What the clock shows at a moment.
    fn shown(&self, at: SimTime) -> Option<civil::DateTime> {
        Some(self.stamp_of(at)?.to_zoned(self.zone.clone()).datetime())
    }

    /// The parts of a day between changes of the clock, each with the seconds that the
    /// clock shows when it begins. Most days have one.
    pub fn parts_of_day(&self, day: u32) -> Vec<(Span, u32)> {
        let Span { start, end } = self.day(day);
        let mut cuts = vec![start];
        if let Some(first) = self.stamp_of(start) {
            let changes = self
                .zone
                .following(first)
                .map(|change| change.timestamp().as_microsecond() - self.epoch.as_microsecond());
            let inside = changes.take_while(|us| *us < end.0 as i64);
            cuts.extend(inside.map(|us| SimTime(us.unsigned_abs())));
        }
        cuts.push(end);
        let spans = cuts.windows(2).map(|w| Span { start: w[0], end: w[1] });
        spans.map(|span| (span, self.shown_s(day, span.start))).collect()
    }

    /// Whether days name the day before the run.
    pub fn names_eve(&self, text: &str) -> bool {
        let eve = self.start.saturating_sub(1.days());
        let weekday = eve.weekday().to_monday_zero_offset() as usize;
        let names = |part: &str| match part.parse::<Date>() {
            Ok(date) => date == eve,
            Err(_) => weekdays(part).is_ok_and(|set| set[weekday]),
        };
        text.split(',').map(str::trim).any(names)
    }

    /// As [`Calendar::local`]; a time that clocks skip is moved on by what they skip.
    pub fn lenient(&self, day: u32, seconds: u32) -> SimTime {
        self.resolve(day, seconds, false).unwrap_or(self.horizon)
    }

    fn resolve(&self, day: u32, seconds: u32, strict: bool) -> Result<SimTime, Wrong> {
        // Some zones change their clocks at midnight: the ends of a day are those of the calendar.
        let index = day as usize;
        match seconds {
            0 => return Ok(self.starts[index]),
            86_400.. => return Ok(self.starts[index + 1]),
            _ => {}
        }
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let local = self.date(day).at(h as i8, m as i8, s as i8, 0);
        self.instant(local, &self.zone, strict).map(|at| SimTime(at.max(0) as u64))
    }

    /// Microseconds from the start of the run to a local time, which may lie outside of it.
    fn instant(&self, local: civil::DateTime, zone: &TimeZone, strict: bool) -> Result<i64, Wrong> {
        let ambiguous = zone.to_ambiguous_timestamp(local);
        if strict && matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
            let message = format!("{local} does not exist: clocks go forward over it");
            let help = "choose a time before or after the change of the clocks";
            return Err(Wrong::new("E0402", message.replace('T', " "), help));
        }
        let at = ambiguous
            .compatible()
            .map_err(|e| Wrong::new("E0205", e.to_string(), "choose another date"))?;
        Ok(at.as_microsecond() - self.epoch.as_microsecond())
    }

    /// When the clock of a day shows the times between two: never, where it skips them,
    /// or twice. In the order of time.
    pub fn shown_between(&self, day: u32, from_s: u32, to_s: u32) -> Vec<Span> {
        let mut spans = Vec::new();
        for (part, shown_s) in self.parts_of_day(day) {
            let until_s = shown_s + (part.length().0 / SECOND_US) as u32;
            let (begins, ends) = (from_s.max(shown_s), to_s.min(until_s));
            let at = |s: u32| part.start + SimDuration(u64::from(s - shown_s) * SECOND_US);
            if begins < ends {
                spans.push(Span { start: at(begins), end: at(ends) });
            }
        }
        spans
    }

    /// A stamp of a file: local in `zone`, or with its own offset.
    pub fn stamp(&self, text: &str, zone: &TimeZone) -> Option<Stamp> {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Stamp {
                at: [at.as_microsecond() - self.epoch.as_microsecond(); 2],
                local: None,
                clock: Clock::Steady,
            });
        }
        let text = text.replace('/', "-");
        let local: civil::DateTime = text.parse().ok()?;
        let ambiguous = zone.to_ambiguous_timestamp(local);
        let clock = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => Clock::Steady,
            AmbiguousOffset::Gap { .. } => Clock::Skips,
            AmbiguousOffset::Fold { .. } => Clock::Repeats,
        };
        let later = match clock {
            Clock::Repeats => zone.to_ambiguous_timestamp(local).later(),
            _ => zone.to_ambiguous_timestamp(local).compatible(),
        };
        let us = |at: Timestamp| at.as_microsecond() - self.epoch.as_microsecond();
        Some(Stamp {
            at: [us(ambiguous.compatible().ok()?), us(later.ok()?)],
            local: Some(local),
            clock,
        })
    }

    /// Parses days: `mon`, `mon-fri`, `mon,wed`, `daily`, `2026-03-04`. Numbers of days of the run.
    pub fn parse_days(&self, text: &str) -> Result<Vec<u32>, Wrong> {
        let mut chosen = vec![false; self.days() as usize];
        for part in text.split(',').map(str::trim) {
            if let Ok(date) = part.parse::<Date>() {
                let day = self.day_of_date(date)?;
                chosen[day as usize] = true;
                continue;
            }
            let week = weekdays(part)?;
            for day in 0..self.days() {
                chosen[day as usize] |= week[self.weekday(day)];
            }
        }
        Ok((0..self.days()).filter(|d| chosen[*d as usize]).collect())
    }

    /// The number of the day of a date.
    pub fn day_of_date(&self, date: Date) -> Result<u32, Wrong> {
        let days = self.start.until(date).map_or(-1, |span| span.get_days());
        u32::try_from(days).ok().filter(|d| *d < self.days()).ok_or_else(|| {
            let last = self.date(self.days() - 1);
            let help = format!("the run is from {} to {last}", self.start);
            Wrong::new("E0403", format!("{date} is not in the run"), help)
        })
    }

    /// Parses a moment: `wed 13:00`, `day 2 13:00`, `2026-03-04 13:00`.
    pub fn moment(&self, text: &str) -> Result<SimTime, Wrong> {
        let text = text.trim();
        let bad = || {
            let help = "write `wed 13:00`, `day 2 13:00` or `2026-03-04 13:00`";
            Wrong::new("E0205", format!("`{text}` is not a moment"), help)
        };
        if let Ok(local) = text.parse::<civil::DateTime>() {
            return self.within(self.instant(local, &self.zone, true)?, text);
        }
        let (day, clock) = text.rsplit_once(' ').ok_or_else(bad)?;
        let seconds = units::clock(&clock.into())?;
        let day = day.trim();
        let number = if let Some(number) = day.strip_prefix("day") {
            let n: u32 = number.trim().parse().map_err(|_| bad())?;
            n.checked_sub(1).filter(|d| *d < self.days())
        } else {
            let week = WEEKDAYS.iter().position(|w| *w == day.to_lowercase()).ok_or_else(bad)?;
            (0..self.days()).find(|d| self.weekday(*d) == week)
        };
        let number = number.ok_or_else(|| self.outside(text))?;
        self.within(self.local(number, seconds)?.0 as i64, text)
    }

    fn within(&self, at: i64, text: &str) -> Result<SimTime, Wrong> {
        match u64::try_from(at) {
            Ok(at) if SimTime(at) < self.end => Ok(SimTime(at)),
            _ => Err(self.outside(text)),
        }
    }

    fn outside(&self, text: &str) -> Wrong {
        let last = self.date(self.days() - 1);
        let help = format!("the run is from {} to the end of {last}", self.start);
        Wrong::new("E0403", format!("`{text}` is not in the run"), help)
    }

    /// A moment as local time, `2026-03-02 08:00`.
    pub fn label(&self, at: SimTime) -> String {
        let Some(local) = self.shown(at) else {
            return String::new();
        };
        let short = format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute());
        if local.second() == 0 { short } else { format!("{short}:{:02}", local.second()) }
    }
}

/// Parses days of the week into a set.
pub fn weekdays(text: &str) -> Result<[bool; 7], Wrong> {
    let text = text.trim().to_lowercase();
    if text == "daily" {
        return Ok([true; 7]);
    }
    let index = |name: &str| {
        WEEKDAYS.iter().position(|w| *w == name.trim()).ok_or_else(|| {
            let help = "write `mon`, `mon-fri`, `mon,wed,fri`, `daily` or a date `2026-03-04`";
            Wrong::new("E0205", format!("`{text}` is not a day"), help)
        })
    };
    let mut set = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((a, b)) => (index(a)?, index(b)?),
            None => (index(part)?, index(part)?),
        };
        // `sat-mon` goes round the end of the week.
        let length = (last + 7 - first) % 7;
        (0..=length).for_each(|n| set[(first + n) % 7] = true);
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(start: &str, days: u32) -> Calendar {
        let zone = TimeZone::get("Europe/Bucharest").unwrap();
        Calendar::new(
            start.parse().unwrap(),
            days,
            zone,
            SimDuration::from_s(1800.0),
            SimDuration::ZERO,
        )
        .unwrap()
    }

    #[test]
    fn days_have_23_or_25_hours_when_clocks_change() {
        let hours =
            |c: &Calendar, day: usize| c.starts[day + 1].since(c.starts[day]).as_s() / 3600.0;
        assert_eq!(hours(&calendar("2026-03-28", 3), 1), 23.0);
        assert_eq!(hours(&calendar("2026-10-24", 3), 1), 25.0);
        let spring = calendar("2026-03-29", 1);
        assert_eq!(spring.local(0, 3 * 3600 + 1800).unwrap_err().code, "E0402");
        assert_eq!(spring.local(0, 5 * 3600).unwrap(), SimTime(4 * 3600 * 1_000_000));
        // A fold takes the first of the two.
        let autumn = calendar("2026-10-25", 1);
        assert_eq!(autumn.local(0, 3 * 3600 + 1800).unwrap(), SimTime(12_600 * 1_000_000));
        assert_eq!(autumn.label(SimTime(12_600 * 1_000_000)), "2026-10-25 03:30");
    }

    #[test]
    fn moments_and_days() {
        let c = calendar("2026-03-02", 5);
        let wednesday = SimTime((2 * 24 + 13) * 3600 * 1_000_000);
        for text in ["wed 13:00", "day 3 13:00", "2026-03-04 13:00", "2026-03-04T13:00"] {
            assert_eq!(c.moment(text).unwrap(), wednesday, "{text}");
        }
        assert_eq!(c.moment("sat 13:00").unwrap_err().code, "E0403");
        assert_eq!(c.moment("2026-04-04 13:00").unwrap_err().code, "E0403");
        assert_eq!(c.moment("noon").unwrap_err().code, "E0205");
        assert_eq!(c.parse_days("mon,wed-thu").unwrap(), [0, 2, 3]);
        assert_eq!(c.parse_days("2026-03-06").unwrap(), [4]);
        assert_eq!(c.parse_days("sun-mon").unwrap(), [0]);
        assert!(c.parse_days("someday").is_err());
    }
}
