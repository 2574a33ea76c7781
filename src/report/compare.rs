//! Systems beside a standard: what a change buys, and whether it may be chance.

use super::difference::{NUMBERS, cell, change, columns, fields, label};
use super::format::{self, plain};
use super::grid::{self, csv_line, csv_number};
use crate::experiment::{ComparedRow, ComparedSystem, Difference, Finding, ScenarioRef};
use crate::metric::Metric;
use serde::Serialize;

/// A comparison as it is printed.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// Name and version of its JSON.
    pub schema: &'static str,
    /// Version of convoq.
    pub version: &'static str,
    /// Scenario of the standard.
    pub scenario: ScenarioRef,
    /// What the others are compared with.
    pub standard: String,
    /// Seed.
    pub seed: u64,
    /// Replications of each system.
    pub replications: u32,
    /// Confidence of the intervals, as 0.95.
    pub confidence: f64,
    /// Margin of equivalence, a share.
    pub margin: Option<f64>,
    /// The others.
    pub systems: Vec<ComparedSystem>,
    /// What makes the numbers doubtful.
    pub warnings: Vec<String>,
    /// The command that makes the same numbers again.
    #[serde(skip)]
    pub reproduce: String,
}

impl Comparison {
    fn head(&self) -> String {
        format!(
            "{}: {} replications, seed {}; every system meets the same customers",
            plain(&self.scenario.name),
            self.replications,
            self.seed
        )
    }

    fn notes(&self) -> Vec<String> {
        let tests: usize = self.systems.iter().map(|s| shown(s).count()).sum();
        let level = format::level(self.confidence);
        let mut notes = vec![format!(
            "{level} confidence intervals of the paired differences in brackets; findings hold together at {level} (Holm, {tests} differences)."
        )];
        if self.replications >= 10 {
            notes.push("Means and shares are adjusted to the work that customers bring on average, in all systems alike; `simulate` prints them as they fell.".to_owned());
        }
        notes.extend(self.margin.map(|margin| {
            format!("Equivalent: the difference is smaller than {:.3} points of a share, or {:.3} % of another value.", 100.0 * margin, 100.0 * margin)
        }));
        notes.extend(self.systems.iter().filter_map(pairing));
        notes
    }
}

/// What pairing gained, on the metric of the first row: both widths.
fn pairing(system: &ComparedSystem) -> Option<String> {
    let known = |r: &&ComparedRow| r.difference.ci.is_some() && r.width_ratio > Some(0.0);
    let mut rows = shown(system).filter(known).peekable();
    let first = rows.peek().copied();
    let row = rows.find(|r| r.difference.which.metric == Metric::ServiceLevel).or(first)?;
    let (d, ratio) = (&row.difference, row.width_ratio?);
    let [low, high] = d.ci?;
    let half = (high - low) / 2.0;
    let width = |half: f64| match d.unit {
        "ratio" => format!("±{:.2} points", 100.0 * half),
        unit => format!("±{}", format::value(half, unit)),
    };
    let needed = row.independent_replications.unwrap_or_default();
    Some(format!(
        "{} of {}: {} with the same customers, {} with independent seeds ({ratio:.2} times as wide; those would have needed {needed} replications).",
        label(d),
        plain(&system.name),
        width(half),
        width(half / ratio),
    ))
}

/// The rows that are printed; all are in the JSON and the CSV.
fn shown(system: &ComparedSystem) -> impl Iterator<Item = &ComparedRow> {
    system.rows.iter().filter(|row| row.finding.is_some())
}

/// A difference with its sign and interval; of shares in points.
fn points(d: &Difference) -> String {
    match d.unit {
        "ratio" => change(d).replace('%', " pt"),
        _ => change(d),
    }
}

fn words(row: &ComparedRow) -> String {
    let word = match row.finding {
        Some(Finding::Better) => "better",
        Some(Finding::Worse) => "WORSE",
        Some(Finding::Higher) => "higher",
        Some(Finding::Lower) => "lower",
        Some(Finding::Equivalent) => "equivalent",
        Some(Finding::NotDetected) => "no detectable difference",
        Some(Finding::Same) => "the same",
        Some(Finding::NotMeasured) | None => "not measured",
    };
    let detected = matches!(
        row.finding,
        Some(Finding::Better | Finding::Worse | Finding::Higher | Finding::Lower)
    );
    match row.within_margin {
        Some(true) if detected => format!("{word}, by less than the margin"),
        _ => word.to_owned(),
    }
}

fn table(comparison: &Comparison, system: &ComparedSystem) -> Vec<Vec<String>> {
    let head = vec![
        "metric".to_owned(),
        plain(&comparison.standard),
        plain(&system.name),
        "difference".to_owned(),
        "finding".to_owned(),
    ];
    let row = |row: &ComparedRow| {
        let d = &row.difference;
        vec![label(d), cell(d.unchanged, d.unit), cell(d.changed, d.unit), points(d), words(row)]
    };
    std::iter::once(head).chain(shown(system).map(row)).collect()
}

/// The comparison as text.
#[must_use]
pub fn compare_text(comparison: &Comparison) -> String {
    let mut text = comparison.head() + "\n";
    for warning in &comparison.warnings {
        text += &format!("! {}\n", plain(warning));
    }
    for system in &comparison.systems {
        let rows = table(comparison, system);
        text += &format!("\n{}", grid::aligned(&rows, NUMBERS, 0));
    }
    text.push('\n');
    for note in comparison.notes() {
        text += &format!("{note}\n");
    }
    text + &format!("\nagain: {}\n", plain(&comparison.reproduce))
}

/// The comparison as Markdown.
#[must_use]
pub fn compare_markdown(comparison: &Comparison) -> String {
    let mut text = format!("{}\n", comparison.head());
    for warning in &comparison.warnings {
        text += &format!("\n**{}**\n", plain(warning));
    }
    for system in &comparison.systems {
        let rows = table(comparison, system);
        text += &format!("\n{}", grid::markdown(&rows, NUMBERS));
    }
    for note in comparison.notes() {
        text += &format!("\n{note}\n");
    }
    text
}

/// All rows as CSV, one line for each system and metric.
#[must_use]
pub fn compare_csv(comparison: &Comparison) -> String {
    let mut text = format!(
        "system,standard,{},se,independent_se,p,p_adjusted,finding,within_margin\n",
        columns()
    );
    for system in &comparison.systems {
        for row in &system.rows {
            let d = &row.difference;
            let finding = row.finding.and_then(|f| serde_json::to_value(f).ok());
            let finding = finding.as_ref().and_then(|f| f.as_str());
            let names = [system.name.clone(), comparison.standard.clone()];
            let rest = [
                csv_number(d.se),
                csv_number(d.independent_se),
                csv_number(row.p),
                csv_number(row.p_adjusted),
                finding.unwrap_or_default().to_owned(),
                row.within_margin.map_or(String::new(), |w| w.to_string()),
            ];
            text += &csv_line(names.into_iter().chain(fields(d)).chain(rest));
        }
    }
    text
}
