//! A sweep as tables of data, as text, and as a study.

mod columns;
mod findings;
mod identified;
mod study;
mod text;

pub use columns::{Cells, Column, columns_csv};

use super::format;
use crate::experiment::{Effect, Estimate, Study, Sweep, SweptPoint};

/// What is printed of a sweep, or of a study under several calibrations.
pub trait Swept {
    /// One row for each point, replication and metric. Shares are 0 to 1, times seconds;
    /// `value` is empty where nothing was observed.
    fn rows(&self) -> Vec<Column>;
    /// One row for each effect.
    fn effects(&self) -> Vec<Column>;
    /// Everything as one JSON object.
    fn json(&self) -> String;
    /// For a terminal.
    fn text(&self) -> String;
    /// As a study in Markdown, of a factorial with two values of each factor.
    fn markdown(&self) -> String;
}

impl Swept for Sweep {
    fn rows(&self) -> Vec<Column> {
        columns::sweep_rows(self)
    }

    fn effects(&self) -> Vec<Column> {
        columns::sweep_effects(self)
    }

    fn json(&self) -> String {
        format!("{:#}\n", columns::object(self))
    }

    fn text(&self) -> String {
        text::sweep_text(self)
    }

    fn markdown(&self) -> String {
        study::sweep_markdown(self)
    }
}

/// The tables of all calibrations one under the other; the JSON is that of the first, with
/// the rows and effects of all, and the identified sets.
impl Swept for Study {
    fn rows(&self) -> Vec<Column> {
        columns::stacked(self, columns::sweep_rows)
    }

    fn effects(&self) -> Vec<Column> {
        columns::stacked(self, columns::sweep_effects)
    }

    fn json(&self) -> String {
        columns::study_json(self)
    }

    fn text(&self) -> String {
        identified::study_text(self)
    }

    fn markdown(&self) -> String {
        identified::study_markdown(self)
    }
}

/// A metric at a point with its interval.
fn measured(sweep: &Sweep, point: &SweptPoint, metric: usize) -> String {
    let unit = sweep.metrics.get(metric).map_or("", |m| m.unit);
    let estimate = point.estimate(metric, sweep.confidence);
    let ci = estimate.ci.map(|ci| format!(" {}", format::interval(ci, unit)));
    format::value(estimate.value, unit) + &ci.unwrap_or_default()
}

/// The same with the closed formula, where there is one.
fn beside_exact(sweep: &Sweep, point: &SweptPoint, metric: usize) -> String {
    let unit = sweep.metrics.get(metric).map_or("", |m| m.unit);
    let exact = point.exact.get(metric).filter(|e| e.is_finite());
    let exact = exact.map(|e| format!(" (closed formula {})", format::value(*e, unit)));
    measured(sweep, point, metric) + &exact.unwrap_or_default()
}

/// A difference with its interval: `+3.1 points [2.8, 3.4]`.
fn difference(estimate: &Estimate, unit: &str) -> String {
    if !estimate.value.is_finite() {
        return "not measured".to_owned();
    }
    let amount = match unit {
        "ratio" => format!("{} points", signed(100.0 * estimate.value)),
        _ => {
            let sign = if estimate.value < 0.0 { "" } else { "+" };
            format!("{sign}{}", format::value(estimate.value, unit))
        }
    };
    match estimate.ci {
        None => amount,
        Some([low, high]) if unit == "ratio" => {
            let ends = [low, high].map(|end| signed(100.0 * end));
            let ends = ends.map(|end| end.trim_start_matches('+').to_owned());
            format!("{amount} [{}]", ends.join(", "))
        }
        Some(ci) => format!("{amount} {}", format::interval(ci, unit)),
    }
}

/// Two decimals with a sign; what rounds to zero has none of minus.
fn signed(value: f64) -> String {
    let text = format!("{value:+.2}");
    if text == "-0.00" { "+0.00".to_owned() } else { text }
}

/// A size without a sign, in the unit of differences: `3.10 points [2.81, 3.37]`.
fn size(estimate: &Estimate, unit: &str) -> String {
    let text = difference(estimate, unit);
    text.trim_start_matches('+').to_owned()
}

/// Effects of one metric and one kind, the largest first.
fn largest<'e>(effects: &'e [Effect], metric: usize, kind: &str) -> Vec<&'e Effect> {
    let mine = effects.iter().filter(|e| e.metric == metric && e.kind == kind);
    let mut mine: Vec<&Effect> = mine.collect();
    let size = |e: &Effect| {
        let size = e.estimate.value.abs();
        if size.is_finite() { size } else { -1.0 }
    };
    mine.sort_by(|a, b| size(b).total_cmp(&size(a)));
    mine
}

/// The name of a factor as it is given.
fn factor_name(sweep: &Sweep, factor: usize) -> &str {
    sweep.factors.get(factor).map_or("", |f| f.name.as_str())
}

/// The name of a factor in Markdown, a variant without the word.
fn label(sweep: &Sweep, factor: usize) -> String {
    let name = factor_name(sweep, factor);
    format!("`{}`", study::cell(name.strip_prefix("variant:").unwrap_or(name)))
}

/// A bar of up to `width` cells.
fn bar(share: f64, width: usize) -> String {
    let cells = (share.clamp(0.0, 1.0) * width as f64).round();
    "■".repeat(if cells.is_finite() { cells as usize } else { 0 })
}
