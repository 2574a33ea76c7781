//! What a change at a fork does: unchanged and changed beside each other.

use super::difference::{NUMBERS, cell, change, columns, fields, label, signed};
use super::format::{self, plain};
use super::grid::{self, csv_line};
use crate::experiment::{Difference, Summary, TargetRow};
use crate::metric::{Definition, Metric, Which};
use serde::Serialize;
use std::collections::BTreeSet;

/// A fork with a change, beside what would have followed without it.
#[derive(Debug, Serialize)]
pub struct ForkSummary<'s> {
    /// Name and version of its JSON.
    pub schema: &'static str,
    /// Local time of the fork.
    pub at: String,
    /// Futures; 1 = the run's own.
    pub futures: u32,
    /// What follows without the change.
    pub unchanged: &'s Summary,
    /// What follows with it.
    pub changed: &'s Summary,
    /// Over the whole replication, its past included.
    pub whole: Vec<Difference>,
    /// Over the contacts and the time from the fork on.
    pub from_fork: Vec<Difference>,
}

impl ForkSummary<'_> {
    /// Name and version of the JSON.
    pub const SCHEMA: &'static str = "convoq.fork/1";
}

/// The metrics that are printed, with their definitions: over everything, and those
/// of a queue for each queue. Those that are not here are in the JSON and the CSV.
const HEADLINES: [Which<&str>; 17] = [
    Which::of(Metric::Arrivals),
    Which::of(Metric::Offered),
    Which::of(Metric::ServiceLevel),
    Which::of(Metric::Wait),
    Which::of(Metric::Wait).definition(Definition::Abandoned),
    Which::of(Metric::AbandonmentRate),
    Which::of(Metric::Roar),
    Which::of(Metric::TrueRoar),
    Which::of(Metric::Fcr).definition(Definition::Gross),
    Which::of(Metric::Occupancy).definition(Definition::Slots),
    Which::of(Metric::Utilisation),
    Which::of(Metric::Csat),
    Which::of(Metric::Cost),
    Which::of(Metric::Cost).definition(Definition::Wages),
    Which::of(Metric::Cost).definition(Definition::Contacts),
    Which::of(Metric::Cost).definition(Definition::Bot),
    Which::of(Metric::CostPerContact),
];

fn is_headline(d: &Difference) -> bool {
    // Of every queue and every team.
    let whole = Which { queue: None, team: None, ..d.which.clone() };
    HEADLINES.iter().any(|h| h.asks_for(&whole))
}

/// Rows of four cells: metric, unchanged, changed, difference.
fn rows(differences: &[Difference]) -> Vec<Vec<String>> {
    let queues: BTreeSet<_> = differences.iter().filter_map(|d| d.which.queue.as_ref()).collect();
    // Of one queue the same numbers would stand there twice.
    let shown = differences.iter().filter(|d| is_headline(d));
    let shown = shown.filter(|d| d.which.queue.is_none() || queues.len() > 1);
    let row = |d: &Difference| {
        vec![label(d), cell(d.unchanged, d.unit), cell(d.changed, d.unit), change(d)]
    };
    shown.map(row).collect()
}

fn target_rows(fork: &ForkSummary<'_>) -> Vec<Vec<String>> {
    let both = fork.unchanged.targets.iter().zip(&fork.changed.targets);
    both.filter(|(a, b)| a.target == b.target)
        .map(|(a, b)| {
            let difference = a.value.zip(b.value).map(|(a, b)| b - a);
            let difference = difference.map_or("-".to_owned(), |v| signed(v, b.unit));
            let said = |t: &TargetRow| {
                format!("{} {}", cell(t.value, t.unit), format::verdict(t.verdict).1)
            };
            vec![plain(&b.target), said(a), said(b), difference]
        })
        .collect()
}

/// The tables: the head of each has its title.
fn sections(fork: &ForkSummary<'_>) -> Vec<Vec<Vec<String>>> {
    let all = [
        ("Targets, whole run", target_rows(fork)),
        ("Whole run", rows(&fork.whole)),
        ("From the fork on", rows(&fork.from_fork)),
    ];
    let some = all.into_iter().filter(|(_, rows)| !rows.is_empty());
    some.map(|(title, rows)| {
        let head = [title, "unchanged", "changed", "difference"];
        let head = head.map(str::to_owned).to_vec();
        std::iter::once(head).chain(rows).collect()
    })
    .collect()
}

fn note(fork: &ForkSummary<'_>) -> String {
    match fork.futures {
        1 => format!(
            "Fork at {}: the run's own future with and without the change. The differences are exact for this day and say nothing of others; -n 100 draws other futures.",
            plain(&fork.at)
        ),
        n => format!(
            "Fork at {}: {n} futures of the same past, each with and without the change. {} confidence intervals of the paired differences in brackets.",
            plain(&fork.at),
            format::level(fork.changed.confidence)
        ),
    }
}

/// The differences as text.
#[must_use]
pub fn fork_text(fork: &ForkSummary<'_>) -> String {
    let mut text = format!("\n{}\n", note(fork));
    for mut rows in sections(fork) {
        rows[0][0] = rows[0][0].to_uppercase();
        text += &format!("\n{}", grid::aligned(&rows, NUMBERS, 0));
    }
    text
}

/// The differences as Markdown.
#[must_use]
pub fn fork_markdown(fork: &ForkSummary<'_>) -> String {
    let mut text = format!("\n{}\n", note(fork));
    for rows in sections(fork) {
        text += &format!("\n{}", grid::markdown(&rows, NUMBERS));
    }
    text
}

/// All differences as CSV.
#[must_use]
pub fn fork_csv(fork: &ForkSummary<'_>) -> String {
    let mut text = format!("window,{}\n", columns());
    for (window, differences) in [("whole", &fork.whole), ("from_fork", &fork.from_fork)] {
        for d in differences {
            let window = std::iter::once(window.to_owned());
            text += &csv_line(window.chain(fields(d)));
        }
    }
    text
}
