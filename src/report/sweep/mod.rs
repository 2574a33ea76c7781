//! A sweep as tables of data, as text, and as a study.

mod columns;
mod findings;
mod identified;
mod study;
mod text;

pub use columns::{
    Cells, Column, columns_csv, study_effects, study_json, study_rows, sweep_effects, sweep_json,
    sweep_rows,
};
pub use identified::{study_markdown, study_text};
pub use study::sweep_markdown;
pub use text::sweep_text;

use super::format;
use crate::experiment::{Effect, Estimate, Sweep};

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
