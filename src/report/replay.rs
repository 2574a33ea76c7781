//! A record beside its replay, as text, CSV, JSON and Markdown.

use super::format::value;
use super::grid::{csv_line, csv_number, figures, figures_markdown};
use crate::backtest::{Measure, Record, Sums, WaitErrors, total};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A record and its replay.
#[derive(Clone, Debug)]
pub(crate) struct Replayed {
    /// What the run calls itself.
    pub(crate) name: String,
    /// Who was there, in words.
    pub(crate) staffing: String,
    /// Threshold of the service level, seconds.
    pub(crate) within_s: f64,
    /// The record, as far as counts that it leaves out.
    pub(crate) record: Record,
    /// Label of each interval.
    pub(crate) labels: Vec<String>,
    /// Sums of each interval, as it was.
    pub(crate) was: Vec<Sums>,
    /// The same of the replay.
    pub(crate) is: Vec<Sums>,
    /// Intervals of a day; the first day begins with the first interval.
    pub(crate) day_of: Vec<usize>,
    /// Errors of single waits; none where somebody else was there.
    pub(crate) waits: WaitErrors,
}

/// How a value of a measure reads.
pub(super) fn shown(measure: Measure, v: Option<f64>) -> String {
    match (v, measure) {
        (None, _) => "-".to_owned(),
        (Some(v), Measure::Volume) => value(v.round(), "count"),
        (Some(v), Measure::MeanWait) => value(v, "s"),
        (Some(v), _) => value(v, "ratio"),
    }
}

pub(super) fn title(measure: Measure, within_s: f64) -> String {
    match measure {
        Measure::Volume => "contacts".to_owned(),
        Measure::ServiceLevel => format!("answered in {}", value(within_s, "s")),
        Measure::MeanWait => "mean wait".to_owned(),
        Measure::Abandonment => "left".to_owned(),
        Measure::Occupancy => "occupancy".to_owned(),
    }
}

/// The sums of each day with its first label, without days on which nobody came.
fn days(r: &Replayed) -> Vec<(String, Sums, Sums)> {
    let mut days: Vec<(usize, String, Sums, Sums)> = Vec::new();
    for (n, label) in r.labels.iter().enumerate() {
        let day = r.day_of.get(n).copied().unwrap_or(0);
        if days.last().is_none_or(|(last, ..)| *last != day) {
            let date = label.split(' ').next().unwrap_or_default();
            days.push((day, date.to_owned(), Sums::default(), Sums::default()));
        }
        if let Some((.., was, is)) = days.last_mut() {
            *was += r.was.get(n).copied().unwrap_or_default();
            *is += r.is.get(n).copied().unwrap_or_default();
        }
    }
    let days = days.into_iter().map(|(_, date, was, is)| (date, was, is));
    days.filter(|(_, was, is)| was.offered > 0.0 || is.offered > 0.0).collect()
}

/// What it comes to, for people.
pub(crate) fn replay_text(r: &Replayed, is_markdown: bool) -> String {
    let table = if is_markdown { figures_markdown } else { figures };
    let mut text = format!("{}: {} contacts came to a queue", r.name, r.record.contacts.len());
    let _ = writeln!(text, "; staffing of the replay: {}", r.staffing);
    text += &left_out(&r.record);
    let (was, is) = (total(&r.was), total(&r.is));
    let mut rows = vec![["", "as it was", "replayed"].map(str::to_owned).to_vec()];
    for measure in Measure::ALL {
        let cell = |s: &Sums| shown(measure, measure.value(s));
        rows.push(vec![title(measure, r.within_s), cell(&was), cell(&is)]);
    }
    text += "\n";
    text += &table(&rows);
    let w = &r.waits;
    let _ = writeln!(
        text,
        "\nEach wait: {} contacts were answered in both, {} in one only; mean absolute error {:.2} s, 99% within {:.2} s, largest {:.2} s",
        w.both, w.one, w.mae_s, w.p99_s, w.max_s
    );
    text += "\n";
    text += &table(&by_day(r));
    text
}

fn by_day(r: &Replayed) -> Vec<Vec<String>> {
    let mut head = vec!["day".to_owned(), "contacts".to_owned()];
    let pairs = [Measure::ServiceLevel, Measure::MeanWait, Measure::Abandonment];
    for measure in pairs {
        head.extend([title(measure, r.within_s), "replayed".to_owned()]);
    }
    let mut rows = vec![head];
    for (date, was, is) in days(r) {
        let mut row = vec![date, value(was.offered, "count")];
        for measure in pairs {
            row.extend([&was, &is].map(|s| shown(measure, measure.value(s))));
        }
        rows.push(row);
    }
    rows
}

/// What the record does not have, or has otherwise.
pub(super) fn left_out(record: &Record) -> String {
    let mut text = String::new();
    if record.without_queue > 0 {
        let _ = writeln!(
            text,
            "{} contacts never came to a queue and are left out",
            record.without_queue
        );
    }
    if record.concurrent > 0 {
        let _ = writeln!(
            text,
            "{} were taken by an agent who had another one by the stamps: they are played one after the other",
            record.concurrent
        );
    }
    if record.in_parts > 0 {
        let _ = writeln!(
            text,
            "{} had several agents one after the other: their work is replayed as one piece",
            record.in_parts
        );
    }
    text
}

/// A row for each interval, what was beside what is replayed.
pub(crate) fn replay_csv(r: &Replayed) -> String {
    let mut head = vec!["interval_start".to_owned()];
    for measure in Measure::ALL {
        head.extend([measure.name().to_owned(), format!("{}_replayed", measure.name())]);
    }
    let mut text = csv_line(head);
    for (n, label) in r.labels.iter().enumerate() {
        let sums = |all: &[Sums]| all.get(n).copied().unwrap_or_default();
        let mut row = vec![label.clone()];
        for measure in Measure::ALL {
            row.extend([sums(&r.was), sums(&r.is)].map(|s| csv_number(measure.value(&s))));
        }
        text += &csv_line(row);
    }
    text
}

/// Everything but the intervals, which are in the CSV.
pub(crate) fn replay_json(r: &Replayed) -> Value {
    let values = |s: &Sums| {
        let pairs = Measure::ALL.map(|m| (m.name().to_owned(), json!(m.value(s))));
        Value::Object(pairs.into_iter().collect())
    };
    let day = |(date, was, is): &(String, Sums, Sums)| json!({"date": date, "was": values(was), "replayed": values(is)});
    let w = &r.waits;
    json!({
        "schema": "convoq.replay/1",
        "version": env!("CARGO_PKG_VERSION"),
        "run": r.name,
        "staffing": r.staffing,
        "threshold_s": r.within_s,
        "contacts": r.record.contacts.len(),
        "without_queue": r.record.without_queue,
        "in_parts": r.record.in_parts,
        "was": values(&total(&r.was)),
        "replayed": values(&total(&r.is)),
        "waits": {"both": w.both, "one": w.one, "mae_s": w.mae_s, "p99_s": w.p99_s, "max_s": w.max_s},
        "days": days(r).iter().map(day).collect::<Vec<_>>(),
    })
}
