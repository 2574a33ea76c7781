//! The shape of the JSON of `convoq forecast`.

use super::{list, natural, number, object, text, whole};
use serde_json::{Value, json};

/// Of `forecast --format json`.
#[must_use]
pub fn forecast_schema() -> Value {
    let ends = fields! { contacts | low_90 | high_90: number(), };
    let with = |name: &'static str| object(&[&[(name, text())], &ends[..]].concat());
    let score = object! { method: text(), wmape | bias | winkler | coverage: number(), };
    let fields = fields! {
        weeks | interval_s | trials: natural(),
        method | terms: text(),
        scores: json!({ "type": ["array", "null"], "items": score }),
        day_cv | dispersion: number(),
        closed | cut: list(text()),
        days: list(with("date")),
        intervals: list(with("interval_start")),
    };
    let about = "Volumes of the weeks to come, and scores on weeks held out. See docs/backtest.md.";
    whole("convoq forecast", "convoq.forecast/1", about, &fields)
}
