//! Counts by interval as days, and which days are open.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds of a day by the clock on the wall.
pub(super) const DAY_S: u32 = 86_400;
/// Fewest days from the first to the last count: two of each weekday.
pub(super) const LEAST_DAYS: i64 = 14;
/// A first or last day with less than this share of the intervals of other days is cut.
const WHOLE: f64 = 0.8;

/// Counts of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The local date.
    pub date: Date,
    /// Contacts of each interval from midnight on; intervals without a row have none.
    pub counts: Vec<f64>,
}

impl Day {
    /// Contacts of the day.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.counts.iter().sum()
    }
}

/// Why counts cannot be forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// No count is above zero.
    Empty,
    /// The length of an interval, seconds, does not divide a day.
    Step(u32),
    /// So many days lie between the first and the last count, with both.
    Short(i64),
}

/// Counts by interval of the days on which anybody came.
#[derive(Clone, Debug)]
pub struct History {
    /// Length of an interval, seconds; it divides a day.
    pub step_s: u32,
    /// Days with contacts, in their order.
    pub days: Vec<Day>,
    /// Days at the ends of the file that are there in part only, and left out.
    pub cut: Vec<Date>,
    /// Which weekdays are open, from Monday: at least half of their dates have contacts.
    pub(super) weekdays: [bool; 7],
    /// Dates to come on which nobody will come.
    pub(super) closed_ahead: BTreeSet<Date>,
    open: BTreeSet<Date>,
}

impl History {
    /// Days of counts `(start of an interval, count)`; equal starts are added up. `step_s`
    /// is the least distance of two rows where it is not given.
    ///
    /// # Errors
    /// Why there is nothing to learn from.
    pub fn of(rows: &[(DateTime, f64)], step_s: Option<u32>) -> Result<Self, Unusable> {
        let step_s = step_s.unwrap_or_else(|| least_distance_s(rows));
        if step_s == 0 || !DAY_S.is_multiple_of(step_s) {
            return Err(Unusable::Step(step_s));
        }
        let mut by_date: BTreeMap<Date, (Vec<f64>, u32)> = BTreeMap::new();
        for (at, count) in rows {
            let slots = (DAY_S / step_s) as usize;
            let (counts, rows) = by_date.entry(at.date()).or_insert((vec![0.0; slots], 0));
            let slot = (second_of_day(*at) / step_s) as usize;
            counts[slot] += count;
            *rows += 1;
        }
        let cut = ends_in_part(&by_date);
        by_date.retain(|date, (counts, _)| !cut.contains(date) && counts.iter().any(|c| *c > 0.0));
        let days = by_date.into_iter().map(|(date, (counts, _))| Day { date, counts }).collect();
        Self::of_days(step_s, days, cut)
    }

    fn of_days(step_s: u32, days: Vec<Day>, cut: Vec<Date>) -> Result<Self, Unusable> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Err(Unusable::Empty);
        };
        let span = days_between(first.date, last.date) + 1;
        if span < LEAST_DAYS {
            return Err(Unusable::Short(span));
        }
        let mut all = [0_u32; 7];
        let mut with = [0_u32; 7];
        for date in first.date.series(1.day()).take_while(|d| *d <= last.date) {
            all[weekday(date)] += 1;
        }
        days.iter().for_each(|day| with[weekday(day.date)] += 1);
        let mut weekdays = [false; 7];
        (0..7).for_each(|w| weekdays[w] = with[w] * 2 >= all[w] && with[w] > 0);
        let open = days.iter().map(|d| d.date).collect();
        Ok(Self { step_s, days, cut, weekdays, open, closed_ahead: BTreeSet::new() })
    }

    /// The first date to come.
    #[must_use]
    pub fn next_date(&self) -> Date {
        let last = self.days.last().map_or(Date::MIN, |d| d.date);
        last.saturating_add(1.day())
    }

    /// Number of days from the first to the last, closed ones among them.
    pub(super) fn span_days(&self) -> i64 {
        self.days.first().map_or(0, |first| days_between(first.date, self.next_date()))
    }

    /// How many of the days lie before a date.
    pub(super) fn before(&self, date: Date) -> usize {
        self.days.partition_point(|d| d.date < date)
    }

    /// Whether anybody comes on a date: of the past, whether anybody came; of those to
    /// come, whether the weekday is open and the date not said to be closed.
    pub(super) fn is_open(&self, date: Date) -> bool {
        if date < self.next_date() {
            return self.open.contains(&date);
        }
        self.weekdays[weekday(date)] && !self.closed_ahead.contains(&date)
    }

    /// Whether the last date of an open weekday before this one was closed.
    pub(super) fn follows_closed(&self, date: Date) -> bool {
        let Some(first) = self.days.first() else {
            return false;
        };
        let mut before = date.saturating_sub(1.day());
        while before > first.date && !self.weekdays[weekday(before)] {
            before = before.saturating_sub(1.day());
        }
        before > first.date && !self.is_open(before)
    }

    /// Dates of open weekdays on which nobody came.
    #[must_use]
    pub fn closed(&self) -> Vec<Date> {
        let Some(first) = self.days.first() else {
            return Vec::new();
        };
        let dates = first.date.series(1.day()).take_while(|d| *d < self.next_date());
        dates.filter(|d| self.weekdays[weekday(*d)] && !self.open.contains(d)).collect()
    }
}

/// Monday is 0.
pub(super) fn weekday(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

/// Days from one date to another.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

fn second_of_day(at: DateTime) -> u32 {
    let part = |n: i8| u32::try_from(n).unwrap_or(0);
    part(at.hour()) * 3600 + part(at.minute()) * 60 + part(at.second())
}

/// The least distance between rows of a day, a whole day where each has one.
fn least_distance_s(rows: &[(DateTime, f64)]) -> u32 {
    let mut starts: Vec<DateTime> = rows.iter().map(|r| r.0).collect();
    starts.sort_unstable();
    let pairs = starts.windows(2).filter(|w| w[0].date() == w[1].date() && w[0] != w[1]);
    let least = pairs.map(|w| second_of_day(w[1]) - second_of_day(w[0])).min();
    least.unwrap_or(DAY_S)
}

/// The first and the last date, where they have clearly fewer rows than other days.
fn ends_in_part(days: &BTreeMap<Date, (Vec<f64>, u32)>) -> Vec<Date> {
    let mut rows: Vec<u32> = days.values().map(|(_, rows)| *rows).collect();
    rows.sort_unstable();
    let usual = rows.get(rows.len() / 2).copied().unwrap_or(0);
    let ends = [days.first_key_value(), days.last_key_value()];
    let in_part = |rows: u32| f64::from(rows) < WHOLE * f64::from(usual);
    let mut cut: Vec<Date> = ends
        .into_iter()
        .flatten()
        .filter(|(date, (_, rows))| {
            // A short weekday is short every week: only one that is shorter than its like is cut.
            let like = days.iter().filter(|(d, _)| weekday(**d) == weekday(**date) && d != date);
            let most = like.map(|(_, (_, rows))| *rows).max().unwrap_or(usual);
            in_part(*rows) && f64::from(*rows) < WHOLE * f64::from(most)
        })
        .map(|(date, _)| *date)
        .collect();
    cut.dedup();
    cut
}
