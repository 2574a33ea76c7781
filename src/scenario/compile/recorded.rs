//! Recorded demand: counts and times from CSV files.

use jiff::tz::TimeZone;

use crate::scenario::file::{Counts, Moment, Times};
use crate::scenario::numerals::written_otherwise;
use crate::time::{SimDuration, SimTime};

use super::cx::Cx;
use super::table::Table;

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

    /// Times of a column, from the start of the run, with the number of their row.
    fn stamps(
        &mut self,
        table: &Table,
        column: usize,
        zone: &TimeZone,
        path: &str,
    ) -> Option<Vec<i64>> {
        let mut stamps = Vec::with_capacity(table.rows.len());
        for (n, row) in table.rows.iter().enumerate() {
            let text = row.get(column).unwrap_or_default();
            match self.calendar.stamp(text, zone) {
                Some(at) => stamps.push(at),
                None => {
                    let message = format!("{}: `{text}` is not a time", table.place(n));
                    self.error(
                        "E0604",
                        path,
                        message,
                        "write times as `2026-03-02 08:00` or `2026-03-02T08:00:00Z`",
                    );
                    return None;
                }
            }
        }
        Some(stamps)
    }

    /// Counts of a CSV file: length of an interval and counts by its start, sorted.
    pub fn csv_counts(
        &mut self,
        counts: &Counts,
        file: &str,
        path: &str,
    ) -> Option<(SimDuration, Vec<(SimTime, f64)>)> {
        let mut table = self.table(file, &format!("{path}.csv"))?;
        for (name, value) in &counts.rows.0 {
            let column =
                self.column(&table, Some(name), "filter", &format!("{path}.rows.{name}"))?;
            let value = value.to_string();
            table
                .rows
                .retain(|row| row.get(column) == Some(value.as_str()));
        }
        let time = self.column(
            &table,
            counts.time.as_deref(),
            "times",
            &format!("{path}.time"),
        )?;
        let count = self.column(
            &table,
            counts.count.as_deref(),
            "counts",
            &format!("{path}.count"),
        )?;
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
                    self.error("E0604", path, message, help);
                    return None;
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
            Some(interval) => self.positive_dur(interval, &format!("{path}.interval"))?,
            None => {
                let least = rows.windows(2).map(|w| w[1].0 - w[0].0).min();
                least.map_or(self.calendar.interval, |us| SimDuration(us.unsigned_abs()))
            }
        };
        let inside = rows
            .into_iter()
            .filter_map(|(at, c)| Some((SimTime(u64::try_from(at).ok()?), c)));
        Some((step, inside.collect()))
    }

    /// Exact times, sorted; those outside the run are left out.
    pub fn recorded(&mut self, times: &Times, path: &str) -> Vec<SimTime> {
        let mut found = match times {
            Times::List(list) => self.listed_times(list, path),
            Times::Csv(source) => {
                let zone = self.zone_or(source.zone.as_deref(), &format!("{path}.zone"));
                let stamps = self
                    .table(&source.csv, &format!("{path}.csv"))
                    .and_then(|table| {
                        let column = self.column(
                            &table,
                            Some(&source.time),
                            "times",
                            &format!("{path}.time"),
                        )?;
                        self.stamps(&table, column, &zone, path)
                    });
                let all = stamps.unwrap_or_default();
                all.into_iter()
                    .filter_map(|at| u64::try_from(at).ok())
                    .map(SimTime)
                    .collect()
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

    fn listed_times(&mut self, list: &[Moment], path: &str) -> Vec<SimTime> {
        list.iter()
            .enumerate()
            .filter_map(|(n, at)| self.moment(at, &format!("{path}[{n}]")))
            .collect()
    }
}
