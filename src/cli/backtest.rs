//! `convoq backtest`: a scenario learned from the first days of a record simulates the
//! others, beside what happened and what simple forecasts say.

use super::replay::{can_be_replayed, days_of, observed, scenario_of, simulated, within_s};
use super::{Failure, Format, OK, guard, print, print_json};
use crate::backtest::{
    Baseline, Kept, Known, Measure, MeasureTest, Parts, Record, Staffing, Sums, bands, by_interval,
    judge, span_of, total,
};
use crate::event::Header;
use crate::log::Run;
use crate::observed::Observed;
use crate::report::{Backtested, backtest_csv, backtest_json, backtest_text, json};
use crate::time::{SimTime, Span};
use clap::Args;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Halvings of the range in which the wrap-up is looked for.
const HALVINGS: u32 = 8;

#[derive(Args, Debug)]
pub(super) struct BacktestArgs {
    /// The run directory: a record that was imported, or a simulation
    run: PathBuf,
    /// Days to learn from, from 1: `1..12`
    #[arg(long, value_name = "DAYS")]
    fit: String,
    /// Later days to simulate and compare: `13..19`
    #[arg(long, value_name = "DAYS")]
    hold: String,
    /// Replications
    #[arg(short = 'n', long, value_name = "N", default_value = "20", value_parser = guard::from_one)]
    replications: NonZeroU32,
    /// Format of standard output; csv has the intervals
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What is known of the record.
struct Learned<'r> {
    header: &'r Header,
    was: &'r Observed,
    fit: (usize, usize),
    hold: (usize, usize),
    learned: Record,
    within_s: f64,
}

pub(super) fn run(args: &BacktestArgs) -> Result<u8, Failure> {
    let run = Run::open(&args.run)?;
    let header = &run.manifest.header;
    let fit = days_of(header, "--fit", Some(&args.fit))?;
    let hold = days_of(header, "--hold", Some(&args.hold))?;
    if hold.0 <= fit.1 {
        return Err(Failure::wrong(
            format!("--hold {}: it begins before --fit {} ends", args.hold, args.fit),
            "learn from the first days and hold out later ones, as --fit 1..12 --hold 13..19",
        ));
    }
    let was = observed(&run)?;
    let learned = Record::of(&was, span_of(header, fit));
    can_be_replayed(&args.run, &learned)?;
    let within_s = within_s(header, &learned);
    let tested = Learned { header, was: &was, fit, hold, learned, within_s }.test(args)?;
    match args.format {
        Format::Text => print(&backtest_text(&tested, false)),
        Format::Markdown => print(&backtest_text(&tested, true)),
        Format::Csv => print(&backtest_csv(&tested)),
        Format::Json => print_json(&json(&backtest_json(&tested))),
    }?;
    Ok(OK)
}

impl Learned<'_> {
    fn parts<'p>(
        &'p self,
        record: &'p Record,
        days: (usize, usize),
        more_wrap_up_s: f64,
    ) -> Parts<'p> {
        Parts {
            header: self.header,
            record,
            learned: &self.learned,
            days,
            kept: Kept::Times,
            staffing: &Staffing::Recorded,
            more_wrap_up_s,
        }
    }

    /// Sums of intervals of one replication of a scenario made of a record.
    fn sums(
        &self,
        files: &[(String, String)],
        replications: u32,
    ) -> Result<Vec<Vec<Sums>>, Failure> {
        let scenario = scenario_of(files, &[])?;
        let whole = Span { start: SimTime::ZERO, end: scenario.horizon };
        let one = |n| {
            let seen = simulated(&scenario, scenario.seed, n);
            by_interval(&seen, &scenario.header, whole, self.within_s)
        };
        Ok((0..replications).map(one).collect())
    }

    /// The wrap-up that no column shows: with which as many leave as were seen to on the
    /// days learned from. None where wrap-ups are recorded, or nobody left.
    fn hidden_wrap_up_s(&self) -> Result<Option<f64>, Failure> {
        let contacts = &self.learned.contacts;
        let is_recorded = contacts.iter().any(|c| c.wrap_up.is_some_and(|w| w.0 > 0));
        let sums =
            by_interval(self.was, self.header, span_of(self.header, self.fit), self.within_s);
        let left = Measure::Abandonment.value(&total(&sums)).unwrap_or(0.0);
        if is_recorded || left <= 0.0 {
            return Ok(None);
        }
        let (mut low_s, mut high_s) = (0.0, 2.0 * self.aht_s());
        for _ in 0..HALVINGS {
            let middle_s = (low_s + high_s) / 2.0;
            let files = self.parts(&self.learned, self.fit, middle_s).files();
            let simulated = self.sums(&files, 1)?;
            let leave = simulated.first().map(|s| total(s));
            let leave = leave.and_then(|s| Measure::Abandonment.value(&s)).unwrap_or(0.0);
            let end = if leave < left { &mut low_s } else { &mut high_s };
            *end = middle_s;
        }
        Ok(Some((low_s + high_s) / 2.0))
    }

    /// Mean time of an agent on a contact with its recorded wrap-up, seconds.
    fn aht_s(&self) -> f64 {
        let of = |c: &crate::backtest::Came| Some((c.work? + c.wrap_up?).as_s());
        let all: Vec<f64> = self.learned.contacts.iter().filter_map(of).collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    }

    fn test(&self, args: &BacktestArgs) -> Result<Backtested, Failure> {
        let (header, span) = (self.header, span_of(self.header, self.hold));
        let record = Record::of(self.was, span);
        can_be_replayed(&args.run, &record)?;
        let wrap_up_s = self.hidden_wrap_up_s()?;
        let files = self.parts(&record, self.hold, wrap_up_s.unwrap_or(0.0)).files();
        let replications = self.sums(&files, args.replications.get())?;
        let was = by_interval(self.was, header, span, self.within_s);
        let aht_s = self.aht_s() + wrap_up_s.unwrap_or(0.0);
        let known = self.known(aht_s);
        let measures = Measure::ALL.into_iter().filter(|m| *m != Measure::Volume);
        let said: Vec<_> = measures
            .map(|measure| {
                let (said, bands) = bands(measure, &replications);
                (measure, said, bands)
            })
            .collect();
        let tests = said.iter().map(|(measure, said, bands)| MeasureTest {
            measure: *measure,
            simulated: judge(*measure, &was, said, Some(bands)),
            baselines: Baseline::ALL.map(|baseline| {
                let said = self.simply(&known, baseline, *measure, &was);
                judge(*measure, &was, &said, None)
            }),
        });
        let tests = tests.collect();
        let first = (span.start.0 / header.interval.0.max(1)) as usize;
        let label = |n: usize| header.interval_labels.get(first + n).cloned().unwrap_or_default();
        let all = |n: usize| {
            let of = replications.iter().filter_map(|r| r.get(n)).copied();
            total(&of.collect::<Vec<_>>())
        };
        Ok(Backtested {
            name: args.run.display().to_string(),
            fit: args.fit.clone(),
            hold: args.hold.clone(),
            replications: args.replications.get(),
            within_s: self.within_s,
            aht_s,
            wrap_up_s,
            labels: (0..was.len()).map(label).collect(),
            day_of: (0..was.len()).map(|n| self.day_of(span, n)).collect(),
            is: (0..was.len()).map(all).collect(),
            was,
            said,
            tests,
            record,
        })
    }

    /// The day of an interval of a span, from 0.
    fn day_of(&self, span: Span, n: usize) -> usize {
        let at = span.start.0 + n as u64 * self.header.interval.0;
        let after = self.header.day_starts.partition_point(|start| start.0 <= at);
        after.saturating_sub(1)
    }

    fn weekday(&self, day: usize) -> usize {
        let start = self.header.start_date.parse::<jiff::civil::Date>();
        start.map_or(0, |d| (d.weekday().to_monday_zero_offset() as usize + day) % 7)
    }

    /// Intervals of days on which anybody came.
    fn known(&self, aht_s: f64) -> Known {
        let days = (self.fit.0..=self.fit.1).map(|day| {
            let span = span_of(self.header, (day, day));
            (self.weekday(day), by_interval(self.was, self.header, span, self.within_s))
        });
        Known {
            days: days.filter(|(_, sums)| total(sums).offered > 0.0).collect(),
            aht_s,
            patience_s: self.learned.mean_patience_s(),
            interval_s: self.header.interval.as_s(),
            within_s: self.within_s,
        }
    }

    /// What a baseline says of all intervals held out.
    fn simply(
        &self,
        known: &Known,
        baseline: Baseline,
        measure: Measure,
        was: &[Sums],
    ) -> Vec<Option<f64>> {
        let span = span_of(self.header, self.hold);
        let mut said = Vec::with_capacity(was.len());
        for day in self.hold.0..=self.hold.1 {
            let of_day = |n: &usize| self.day_of(span, *n) == day;
            let sums: Vec<Sums> = (0..was.len()).filter(of_day).map(|n| was[n]).collect();
            said.extend(known.said(baseline, measure, self.weekday(day), &sums));
        }
        said
    }
}
