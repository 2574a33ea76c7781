//! A back-test as text, CSV, JSON and Markdown: what was beside what was simulated, and how
//! far each is trusted.

use super::format::value;
use super::grid::{csv_line, csv_number, figures, figures_markdown};
use super::replay::{left_out, shown, title};
use crate::backtest::{
    Baseline, COVERS, FEWEST, Judged, Measure, MeasureTest, Record, Sums, Trust, total,
};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A back-test.
#[derive(Clone, Debug)]
pub(crate) struct Backtested {
    /// What the run calls itself.
    pub(crate) name: String,
    /// Days from which laws were learned, and days that were simulated, as they were asked.
    pub(crate) fit: String,
    /// The second of these.
    pub(crate) hold: String,
    /// Replications.
    pub(crate) replications: u32,
    /// Threshold of the service level, seconds.
    pub(crate) within_s: f64,
    /// Mean handle time that was learned, seconds.
    pub(crate) aht_s: f64,
    /// Wrap-up that no column shows and that brings the abandonment that was seen, seconds;
    /// none where it was not looked for.
    pub(crate) wrap_up_s: Option<f64>,
    /// The record of the days held out, as far as counts that it leaves out.
    pub(crate) record: Record,
    /// Label of each interval.
    pub(crate) labels: Vec<String>,
    /// The day of each interval.
    pub(crate) day_of: Vec<usize>,
    /// Sums of each interval, as it was.
    pub(crate) was: Vec<Sums>,
    /// The same of all replications together.
    pub(crate) is: Vec<Sums>,
    /// Values by measure and interval, and their bands.
    pub(crate) said: Vec<Said>,
    /// How far they are off, beside the baselines.
    pub(crate) tests: Vec<MeasureTest>,
}

/// A measure, its value in each interval, and the bands of these.
pub(crate) type Said = (Measure, Vec<Option<f64>>, Vec<Option<[f64; 2]>>);

/// Errors read in points, seconds or contacts.
fn error(measure: Measure, v: f64, signed: bool) -> String {
    let sign = if signed && v >= 0.0 { "+" } else { "" };
    match measure {
        Measure::MeanWait => format!("{sign}{v:.1} s"),
        Measure::Volume => format!("{sign}{v:.1}"),
        _ => format!("{sign}{:.1} pt", v * 100.0),
    }
}

fn mae(measure: Measure, judged: Option<&Judged>) -> String {
    judged.map_or("-".to_owned(), |j| error(measure, j.mae, false))
}

/// What decides on a measure, in words.
fn decisions(measure: Measure) -> &'static str {
    match measure {
        Measure::Volume => "volumes",
        Measure::ServiceLevel => "staffing to a service level",
        Measure::MeanWait => "promises about waits",
        Measure::Abandonment => "how many give up",
        Measure::Occupancy => "how busy agents are",
    }
}

fn verdict(test: &MeasureTest, wrap_up_found: bool) -> String {
    let decisions = decisions(test.measure);
    let words = match test.trust(wrap_up_found) {
        Trust::Unknown => return format!("  {decisions}: nothing to compare\n"),
        Trust::TooFew => {
            return format!("  {decisions}: not judged, of fewer than {FEWEST} intervals\n");
        }
        Trust::NotRecorded => {
            return format!("  {decisions}: not judged, the record has no wrap-up\n");
        }
        Trust::Worse => "do not trust it over the simple way",
        Trust::ForComparing => {
            "better than the simple ways: compare by it, promise nothing from it"
        }
        Trust::Trusted => "trust it",
    };
    let off = |j: &Judged| error(test.measure, j.mae, false);
    let own = test.simulated.as_ref().map_or_else(String::new, off);
    let beside = test.best_baseline().map_or("no baseline has a value".to_owned(), |(way, j)| {
        format!("{} {}", way.words(), off(j))
    });
    let coverage = test.simulated.as_ref().and_then(|simulated| simulated.coverage);
    let held =
        |c: f64, what: &str| format!("; its intervals are {what} ({:.0}% of 90%)", c * 100.0);
    let covered = coverage.map_or_else(String::new, |c| match c {
        c if c < COVERS[0] => held(c, "too narrow"),
        c if c > COVERS[1] => held(c, "wide"),
        _ => String::new(),
    });
    format!("  {decisions}: {words} (off by {own} in an interval, {beside}){covered}\n")
}

/// For people.
pub(crate) fn backtest_text(b: &Backtested, is_markdown: bool) -> String {
    let table = if is_markdown { figures_markdown } else { figures };
    let mut text = format!(
        "{}: learned from days {}, days {} simulated {} times with the contacts and the people that were there\n",
        b.name, b.fit, b.hold, b.replications
    );
    let _ = writeln!(text, "Handle time {} with wrap-up", value(b.aht_s, "s"));
    if let Some(s) = b.wrap_up_s {
        let _ = writeln!(
            text,
            "The record has no wrap-up: {} of it bring the abandonment that was seen on the days learned from",
            value(s, "s")
        );
    }
    text += &left_out(&b.record);
    text += "\nErrors by interval: mean absolute error, and of the simulation the mean error\n";
    let mut rows = vec![
        ["", "simulated", "bias", "in the 90%", "persistence", "mean profile", "Erlang A"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for test in &b.tests {
        let s = test.simulated.as_ref();
        let mut row = vec![title(test.measure, b.within_s), mae(test.measure, s)];
        row.push(s.map_or("-".to_owned(), |j| error(test.measure, j.bias, true)));
        let coverage = s.and_then(|j| j.coverage);
        row.push(coverage.map_or("-".to_owned(), |c| format!("{:.0}%", c * 100.0)));
        row.extend(test.baselines.iter().map(|j| mae(test.measure, j.as_ref())));
        rows.push(row);
    }
    text += &table(&rows);
    text += "\nFor which decisions the scenario may be trusted\n";
    let found = b.wrap_up_s.is_some();
    b.tests.iter().for_each(|test| text += &verdict(test, found));
    text += "\n";
    text += &table(&by_day(b));
    text
}

fn by_day(b: &Backtested) -> Vec<Vec<String>> {
    let measures =
        [Measure::ServiceLevel, Measure::MeanWait, Measure::Abandonment, Measure::Occupancy];
    let mut head = vec!["day".to_owned(), "contacts".to_owned()];
    for measure in measures {
        head.extend([title(measure, b.within_s), "simulated".to_owned()]);
    }
    let mut rows = vec![head];
    let mut days: Vec<usize> = b.day_of.clone();
    days.dedup();
    for day in days {
        let of_day = |sums: &[Sums]| {
            let inside = sums.iter().zip(&b.day_of).filter(|(_, d)| **d == day);
            total(&inside.map(|(s, _)| *s).collect::<Vec<_>>())
        };
        let (was, is) = (of_day(&b.was), of_day(&b.is));
        if was.offered <= 0.0 {
            continue;
        }
        let first = b.day_of.iter().position(|d| *d == day).unwrap_or(0);
        let label = b.labels.get(first).map_or("", String::as_str);
        let date = label.split(' ').next().unwrap_or_default();
        let mut row = vec![date.to_owned(), value(was.offered, "count")];
        for measure in measures {
            row.extend([&was, &is].map(|s| shown(measure, measure.value(s))));
        }
        rows.push(row);
    }
    rows
}

/// A row for each interval.
pub(crate) fn backtest_csv(b: &Backtested) -> String {
    let mut head = vec!["interval_start".to_owned()];
    for (measure, ..) in &b.said {
        let name = measure.name();
        head.extend(["", "_simulated", "_low_90", "_high_90"].map(|end| format!("{name}{end}")));
    }
    let mut text = csv_line(head);
    for (n, label) in b.labels.iter().enumerate() {
        let mut row = vec![label.clone()];
        for (measure, said, bands) in &b.said {
            let was = b.was.get(n).and_then(|s| measure.value(s));
            let band = bands.get(n).copied().flatten();
            row.extend([was, said.get(n).copied().flatten()].map(csv_number));
            row.extend([band.map(|b| b[0]), band.map(|b| b[1])].map(csv_number));
        }
        text += &csv_line(row);
    }
    text
}

/// Errors and totals.
pub(crate) fn backtest_json(b: &Backtested) -> Value {
    let judged = |j: Option<&Judged>| {
        j.map(|j| json!({"intervals": j.intervals, "mae": j.mae, "bias": j.bias, "coverage": j.coverage}))
    };
    let test = |t: &MeasureTest| {
        let baselines = Baseline::ALL.iter().zip(&t.baselines);
        let baselines = baselines.map(|(b, j)| (b.name().to_owned(), json!(judged(j.as_ref()))));
        json!({
            "measure": t.measure.name(),
            "simulated": judged(t.simulated.as_ref()),
            "baselines": Value::Object(baselines.collect()),
            "is_best": t.is_best(),
            "trust": t.trust(b.wrap_up_s.is_some()).name(),
        })
    };
    let values = |s: &Sums| {
        let pairs = Measure::ALL.iter().filter(|m| **m != Measure::Volume);
        Value::Object(pairs.map(|m| (m.name().to_owned(), json!(m.value(s)))).collect())
    };
    json!({
        "schema": "convoq.backtest/1",
        "version": env!("CARGO_PKG_VERSION"),
        "run": b.name,
        "fit_days": b.fit,
        "hold_days": b.hold,
        "replications": b.replications,
        "threshold_s": b.within_s,
        "aht_s": b.aht_s,
        "wrap_up_found_s": b.wrap_up_s,
        "contacts": total(&b.was).offered,
        "was": values(&total(&b.was)),
        "simulated": values(&total(&b.is)),
        "tests": b.tests.iter().map(test).collect::<Vec<_>>(),
    })
}
