//! The stretches of time that series and grids add up: intervals, days, weeks.

use crate::domain::Grain;
use crate::event::Header;
use std::ops::Range;

/// Label of the contacts that join a queue after all intervals, at the end of a run.
pub(super) const LATER: &str = "later";

/// A stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    /// Of what length.
    pub(super) grain: Grain,
    /// Local start of an interval, local date of a day, `2026-W10` of a week.
    pub(super) label: String,
    /// The intervals in it. Days and weeks have those that are measured.
    pub(super) intervals: Range<usize>,
}

/// All intervals, what comes after them, all days, and all weeks.
pub(super) fn cells(header: &Header) -> Vec<Cell> {
    let labels = &header.interval_labels;
    let label = |i: usize| labels.get(i).map_or(LATER, String::as_str).to_owned();
    let one = |i: usize| Cell { grain: Grain::Interval, label: label(i), intervals: i..i + 1 };
    let mut all: Vec<Cell> = (0..=labels.len()).map(one).collect();
    let first = first_measured(header);
    for (grain, name) in [(Grain::Day, day as fn(&str) -> String), (Grain::Week, week)] {
        for (i, label) in labels.iter().enumerate().skip(first) {
            let label = name(label);
            match all.last_mut().filter(|cell| cell.grain == grain && cell.label == label) {
                Some(cell) => cell.intervals.end = i + 1,
                None => all.push(Cell { grain, label, intervals: i..i + 1 }),
            }
        }
    }
    all
}

/// The first interval that begins in the measured window.
pub(super) fn first_measured(header: &Header) -> usize {
    (header.measured.0.0).div_ceil(header.interval.0.max(1)) as usize
}

/// The local date of an interval.
fn day(label: &str) -> String {
    label.split(' ').next().unwrap_or_default().to_owned()
}

/// The week of an interval, from Monday on.
fn week(label: &str) -> String {
    let day = day(label);
    match day.parse::<jiff::civil::Date>() {
        Ok(date) => {
            let week = date.iso_week_date();
            format!("{}-W{:02}", week.year(), week.week())
        }
        Err(_) => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR_US, SimDuration, SimTime};

    #[test]
    fn a_day_has_its_intervals_and_a_week_begins_on_monday() {
        let days = ["2026-03-07", "2026-03-08", "2026-03-09"];
        let labels = days.iter().flat_map(|day| [0, 12].map(|h| format!("{day} {h:02}:00")));
        let header = Header {
            interval_labels: labels.collect(),
            interval: SimDuration(12 * HOUR_US),
            measured: (SimTime(12 * HOUR_US), SimTime(72 * HOUR_US)),
            ..Header::default()
        };
        let of = |grain: Grain| -> Vec<(String, Range<usize>)> {
            let all = cells(&header).into_iter().filter(|c| c.grain == grain);
            all.map(|c| (c.label, c.intervals)).collect()
        };
        assert_eq!(of(Grain::Interval).len(), 7);
        assert_eq!(of(Grain::Interval)[6], (LATER.to_owned(), 6..7));
        // The warm-up ends at noon of the Saturday.
        let days = [("2026-03-07", 1..2), ("2026-03-08", 2..4), ("2026-03-09", 4..6)];
        assert_eq!(of(Grain::Day), days.map(|(label, all)| (label.to_owned(), all)));
        let weeks = [("2026-W10", 1..4), ("2026-W11", 4..6)];
        assert_eq!(of(Grain::Week), weeks.map(|(label, all)| (label.to_owned(), all)));
    }
}
