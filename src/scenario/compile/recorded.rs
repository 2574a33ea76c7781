//! Recorded demand: counts and times from CSV files.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::scenario::RecordedContact;
use crate::scenario::file::{Counts, Named, Scalar, Times, TimesCsv};
use crate::scenario::numerals::written_otherwise;
use crate::scenario::units::Wrong;
use crate::time::{SimDuration, SimTime};

use super::at::{At, at};
use super::calendar::{Clock, Stamp};
use super::cx::Cx;
use super::table::Table;

/// A contact of a file.
type Recorded = (SimTime, RecordedContact);

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
    fn zone_or(&mut self, given: At<Option<String>>) -> TimeZone {
        if let Some(name) = given.given() {
            match TimeZone::get(&name) {
                Ok(zone) => return zone,
                Err(_) => self.push(super::zone::unknown(&name, &name.path)),
            }
        }
        self.calendar.zone.clone()
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
        let stamps = table.read(column, |cell| {
            let help = "write times as `2026-03-02 08:00` or `2026-03-02T08:00:00Z`";
            let wrong = || Wrong::new("E0604", format!("`{cell}` is not a time"), help);
            self.calendar.stamp(cell, zone).ok_or_else(wrong)
        });
        let stamps = self.right(path, stamps)?;
        let mut changes = ClockChanges::default();
        let mut before: Option<&Stamp> = None;
        let mut second = false;
        let mut times = Vec::with_capacity(stamps.len());
        for (n, stamp) in stamps.iter().enumerate() {
            let back = |b: &Stamp| b.clock == Clock::Repeats && b.local > stamp.local;
            second = stamp.clock == Clock::Repeats && (second || before.is_some_and(back));
            let at = stamp.at[usize::from(second)];
            if (0..self.calendar.horizon.0 as i64).contains(&at) {
                changes.note(n, stamp, second);
            }
            before = Some(stamp);
            times.push(at);
        }
        self.tell_changes(table, &changes, path);
        Some(times)
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
    fn keep_rows(&mut self, table: &mut Table, rows: &At<Named<Scalar>>) -> Option<()> {
        for (name, value) in rows.each() {
            let column = self.column(table, Some(name.value), "filter", &name.path)?;
            let value = value.to_string();
            table.rows.retain(|row| row.get(column) == Some(value.as_str()));
        }
        Some(())
    }

    /// Counts of a CSV file: length of an interval and counts by its start, sorted.
    pub fn csv_counts(
        &mut self,
        counts: &At<Counts>,
        file: &At<String>,
    ) -> Option<(SimDuration, Vec<(SimTime, f64)>)> {
        let mut table = self.table(file)?;
        self.keep_rows(&mut table, &at!(counts.rows))?;
        let time = self.column_of(&table, at!(counts.time), "times")?;
        let count = self.column_of(&table, at!(counts.count), "counts")?;
        let zone = self.zone_or(at!(counts.zone));
        let stamps = self.stamps(&table, time, &zone, &counts.path)?;
        let read = table.read(count, |cell| {
            let number = cell.parse().ok().filter(|c: &f64| *c >= 0.0 && c.is_finite());
            number.ok_or_else(|| {
                let help = written_otherwise(cell);
                let help = help.unwrap_or_else(|| "write counts as 12 or 12.5".into());
                Wrong::new("E0604", "the count is not a number from 0 on", help)
            })
        });
        let mut rows: Vec<(i64, f64)> =
            stamps.into_iter().zip(self.right(&counts.path, read)?).collect();
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

    /// Exact times, sorted, with what else is known of each; those outside the run are
    /// left out.
    pub fn recorded(&mut self, times: &At<Times>) -> (Vec<SimTime>, Vec<RecordedContact>) {
        let path = &times.path;
        let (mut found, known): (Vec<Recorded>, bool) = match times.value {
            Times::List(list) => {
                let list = At::new(list, path);
                let moments = list.each().filter_map(|at| self.moment(&at));
                (moments.map(|at| (at, RecordedContact::default())).collect(), false)
            }
            Times::Csv(source) => {
                let source = At::new(source, path);
                (self.csv_contacts(&source).unwrap_or_default(), source.knows_more())
            }
        };
        let horizon = self.calendar.horizon;
        found.retain(|(at, _)| *at < horizon);
        // Stable: of equal times the order of the file is kept.
        found.sort_by_key(|(at, _)| *at);
        if found.is_empty() && self.clean(path) {
            let help = "check the dates and `time.start`";
            self.error("E0601", path, "no recorded time lies in the run", help);
        }
        let (times, contacts) = found.into_iter().unzip();
        (times, if known { contacts } else { Vec::new() })
    }

    fn csv_contacts(&mut self, source: &At<TimesCsv>) -> Option<Vec<Recorded>> {
        let zone = self.zone_or(at!(source.zone));
        let mut table = self.table(&at!(source.csv))?;
        self.keep_rows(&mut table, &at!(source.rows))?;
        let time = at!(source.time);
        let column = self.column(&table, Some(time.value), "times", &time.path)?;
        let stamps = self.stamps(&table, column, &zone, &source.path)?;
        self.tell_outside(&stamps, source);
        let contacts = self.contacts_of(&table, source);
        let moment = |at: i64| u64::try_from(at).ok().map(SimTime);
        let rows = stamps.into_iter().zip(contacts);
        Some(rows.filter_map(|(at, contact)| Some((moment(at)?, contact))).collect())
    }

    /// Every row is a contact: says how many were read, and how many lie in the run.
    fn tell_outside(&mut self, stamps: &[i64], source: &At<TimesCsv>) {
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
        self.warn("W0602", &source.path, message, help);
    }
}
