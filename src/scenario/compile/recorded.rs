//! Recorded demand: counts and times from CSV files.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::scenario::file::{Counts, Moment, Named, Scalar, Times, TimesCsv};
use crate::scenario::numerals::written_otherwise;
use crate::time::{SimDuration, SimTime};

use super::calendar::{Clock, Stamp};
use super::cx::Cx;
use super::table::Table;

/// Rows of a file in hours that clocks skip or show twice.
#[derive(Default)]
struct ClockChanges {
    skipped: usize,
    first_skipped: Option<(usize, DateTime)>,
    /// Read as the first and as the second of the two.
    twice: [usize; 2],
    first_twice: Option<(usize, DateTime)>,
}

impl ClockChanges {
    fn note(&mut self, row: usize, stamp: &Stamp, second: bool) {
        let here = stamp.local.map(|local| (row, local));
        match stamp.clock {
            Clock::Steady => {}
            Clock::Skips => {
                self.skipped += 1;
                self.first_skipped = self.first_skipped.or(here);
            }
            Clock::Repeats => {
                self.twice[usize::from(second)] += 1;
                self.first_twice = self.first_twice.or(here);
            }
        }
    }
}

/// `2026-10-25 02:00:00`.
fn written(local: DateTime) -> String {
    local.to_string().replace('T', " ")
}

/// `, and 3 more rows likewise`.
fn more_rows(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        2 => ", and one more row likewise".to_owned(),
        n => format!(", and {} more rows likewise", n - 1),
    }
}

impl Cx<'_> {
    /// The zone of a name, or the scenario's.
    fn zone_or(&mut self, name: Option<&str>, path: &str) -> TimeZone {
        let Some(name) = name else {
            return self.calendar.zone.clone();
        };
        match TimeZone::get(name) {
            Ok(zone) => zone,
            Err(_) => {
                self.push(super::zone::unknown(name, path));
                self.calendar.zone.clone()
            }
        }
    }

    /// Times of a column, from the start of the run. Rows on which the clock changes
    /// are told: where the times of the file go back within an hour that comes twice,
    /// its second time has begun.
    fn stamps(
        &mut self,
        table: &Table,
        column: usize,
        zone: &TimeZone,
        path: &str,
    ) -> Option<Vec<i64>> {
        let mut stamps = Vec::with_capacity(table.rows.len());
        let mut changes = ClockChanges::default();
        let mut before: Option<Stamp> = None;
        let mut second = false;
        for (n, row) in table.rows.iter().enumerate() {
            let text = row.get(column).unwrap_or_default();
            let Some(stamp) = self.calendar.stamp(text, zone) else {
                let message = format!("{}: `{text}` is not a time", table.place(n));
                return self.refuse(
                    "E0604",
                    path,
                    message,
                    "write times as `2026-03-02 08:00` or `2026-03-02T08:00:00Z`",
                );
            };
            let back = |b: &Stamp| b.clock == Clock::Repeats && b.local > stamp.local;
            second = stamp.clock == Clock::Repeats && (second || before.as_ref().is_some_and(back));
            let at = stamp.at[usize::from(second)];
            if (0..self.calendar.horizon.0 as i64).contains(&at) {
                changes.note(n, &stamp, second);
            }
            before = Some(stamp);
            stamps.push(at);
        }
        self.tell_changes(table, &changes, path);
        Some(stamps)
    }

    /// Says which rows lie in an hour that clocks skip or show twice, and how they were read.
    fn tell_changes(&mut self, table: &Table, changes: &ClockChanges, path: &str) {
        let help = "write times with their offset, as `2026-10-25T02:30:00+01:00`, or give the `zone` that the file is in";
        if let Some((row, local)) = changes.first_skipped {
            let local = written(local);
            let message = format!(
                "{}: {local} does not exist, because clocks go forward over it; read as the time that they show instead{}",
                table.place(row),
                more_rows(changes.skipped)
            );
            self.warn("W0601", path, message, help);
        }
        if let Some((row, local)) = changes.first_twice {
            let ([once, again], local) = (changes.twice, written(local));
            let message = format!(
                "{}: {local} comes twice, because clocks go back; {once} rows of such times are read as the first, {again} as the second{}",
                table.place(row),
                if again == 0 {
                    ", since the file shows the hour once"
                } else {
                    ", since the times of the file go back"
                }
            );
            self.warn("W0601", path, message, help);
        }
    }

    /// Leaves the rows in a table that have these values in other columns.
    fn keep_rows(&mut self, table: &mut Table, rows: &Named<Scalar>, path: &str) -> Option<()> {
        for (name, value) in &rows.0 {
            let column =
                self.column(table, Some(name), "filter", &format!("{path}.rows.{name}"))?;
            let value = value.to_string();
            table.rows.retain(|row| row.get(column) == Some(value.as_str()));
        }
        Some(())
    }

    /// Counts of a CSV file: length of an interval and counts by its start, sorted.
    pub fn csv_counts(
        &mut self,
        counts: &Counts,
        file: &str,
        path: &str,
    ) -> Option<(SimDuration, Vec<(SimTime, f64)>)> {
        let mut table = self.table(file, &format!("{path}.csv"))?;
        self.keep_rows(&mut table, &counts.rows, path)?;
        let time = self.column(&table, counts.time.as_deref(), "times", &format!("{path}.time"))?;
        let count =
            self.column(&table, counts.count.as_deref(), "counts", &format!("{path}.count"))?;
        let zone = self.zone_or(counts.zone.as_deref(), &format!("{path}.zone"));
        let stamps = self.stamps(&table, time, &zone, path)?;
        let mut rows = Vec::new();
        for (n, (at, row)) in stamps.iter().zip(&table.rows).enumerate() {
            match row.get(count).unwrap_or_default().parse::<f64>() {
                Ok(c) if c >= 0.0 && c.is_finite() => rows.push((*at, c)),
                _ => {
                    let message =
                        format!("{}: the count is not a number from 0 on", table.place(n));
                    let cell = row.get(count).unwrap_or_default();
                    let help = written_otherwise(cell)
                        .unwrap_or_else(|| "write counts as 12 or 12.5".into());
                    return self.refuse("E0604", path, message, help);
                }
            }
        }
        rows.sort_by_key(|r| r.0);
        rows.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1 += later.1;
            }
            same
        });
        let step = match &counts.interval {
            Some(interval) => interval.0,
            None => {
                let least = rows.windows(2).map(|w| w[1].0 - w[0].0).min();
                least.map_or(self.calendar.interval, |us| SimDuration(us.unsigned_abs()))
            }
        };
        let inside =
            rows.into_iter().filter_map(|(at, c)| Some((SimTime(u64::try_from(at).ok()?), c)));
        Some((step, inside.collect()))
    }

    /// Exact times, sorted; those outside the run are left out.
    pub fn recorded(&mut self, times: &Times, path: &str) -> Vec<SimTime> {
        let mut found = match times {
            Times::List(list) => self.listed_times(list, path),
            Times::Csv(source) => {
                let zone = self.zone_or(source.zone.as_deref(), &format!("{path}.zone"));
                let stamps =
                    self.table(&source.csv, &format!("{path}.csv")).and_then(|mut table| {
                        self.keep_rows(&mut table, &source.rows, path)?;
                        let time = Some(source.time.as_str());
                        let column = self.column(&table, time, "times", &format!("{path}.time"))?;
                        self.stamps(&table, column, &zone, path)
                    });
                let all = stamps.unwrap_or_default();
                self.tell_outside(&all, source, path);
                all.into_iter().filter_map(|at| u64::try_from(at).ok()).map(SimTime).collect()
            }
        };
        let horizon = self.calendar.horizon;
        found.retain(|at| *at < horizon);
        found.sort_unstable();
        if found.is_empty() && self.clean(path) {
            self.error(
                "E0601",
                path,
                "no recorded time lies in the run",
                "check the dates and `time.start`",
            );
        }
        found
    }

    /// Every row is a contact: says how many were read, and how many lie in the run.
    fn tell_outside(&mut self, stamps: &[i64], source: &TimesCsv, path: &str) {
        let run = 0..self.calendar.horizon.0 as i64;
        let inside = stamps.iter().filter(|at| run.contains(at)).count();
        let (read, outside) = (stamps.len(), stamps.len() - inside);
        if inside == 0 || outside == 0 {
            return; // all are used, or the error says that none is
        }
        let message = format!(
            "`{}`: {read} rows read, {inside} of them in the run, {outside} outside of it",
            source.csv
        );
        let help = "every row is a contact that begins: choose days with `time`, and rows of a log of events with `rows`";
        self.warn("W0602", path, message, help);
    }

    fn listed_times(&mut self, list: &[Moment], path: &str) -> Vec<SimTime> {
        list.iter()
            .enumerate()
            .filter_map(|(n, at)| self.moment(at, &format!("{path}[{n}]")))
            .collect()
    }
}
