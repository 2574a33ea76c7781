//! The summary as JSON, and the schema that promises its shape.

use crate::experiment::{SUMMARY_SCHEMA, Summary};
use serde_json::{Value, json as object};

/// Prints a summary as indented JSON with one newline at the end.
///
/// Fields come in the order of the struct, so equal summaries give equal
/// bytes. Numbers that are not finite become `null`.
#[must_use]
pub fn json(summary: &Summary) -> String {
    // Serialising plain structs with string keys into memory has no way to
    // fail; should serde find one, the reader sees it instead of half a summary.
    let text = serde_json::to_string_pretty(summary)
        .unwrap_or_else(|error| object!({ "error": error.to_string() }).to_string());
    text + "\n"
}

/// The JSON Schema (draft-07) of what [`json`] prints.
///
/// A change that breaks a reader raises the number in `schema`; a new field does not.
#[must_use]
pub fn json_schema() -> Value {
    object!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "convoq summary",
        "description": "The result of an experiment over one scenario. Metrics are defined in docs/metrics.md.",
        "type": "object",
        "required": [
            "schema", "version", "scenario", "seed", "replications", "confidence",
            "percentile_rounding", "metrics", "targets", "warnings", "precision", "analytic",
        ],
        "properties": {
            "schema": { "const": SUMMARY_SCHEMA },
            "version": { "type": "string", "description": "Version of convoq." },
            "scenario": {
                "type": "object",
                "required": ["name", "sha256"],
                "properties": {
                    "name": { "type": "string" },
                    "sha256": {
                        "type": "string",
                        "description": "Of the scenario as run, after overrides.",
                    },
                },
            },
            "seed": { "type": "integer", "minimum": 0 },
            "replications": { "type": "integer", "minimum": 0 },
            "confidence": {
                "type": "number",
                "exclusiveMinimum": 0,
                "exclusiveMaximum": 1,
                "description": "Confidence of the intervals.",
            },
            "percentile_rounding": {
                "type": "number",
                "description": "By which share a percentile or greatest value of a duration (stat p50 to max) may be too high at most; means are exact.",
            },
            "metrics": { "type": "array", "items": metric_schema() },
            "targets": { "type": "array", "items": target_schema() },
            "warnings": {
                "type": "array",
                "items": { "type": "string" },
                "description": "What makes these numbers doubtful, most serious first.",
            },
            "precision": precision_schema(),
            "analytic": { "type": "array", "items": analytic_schema() },
            "generator": generator_schema(),
        },
    })
}

fn metric_schema() -> Value {
    object!({
        "type": "object",
        "description": "One number. A dimension that is null means all together.",
        "required": [
            "metric", "definition", "threshold_s", "queue", "segment", "channel", "intent",
            "party", "team", "stat", "value", "ci", "se", "spread", "spread_ci", "unit",
            "numerator", "denominator", "note",
        ],
        "properties": {
            "metric": { "type": "string" },
            "definition": {
                "type": ["string", "null"],
                "description": "Which of several definitions, as SL3.",
            },
            "threshold_s": number("Threshold that the definition needs, seconds."),
            "queue": { "type": ["string", "null"] },
            "segment": { "type": ["string", "null"] },
            "channel": { "type": ["string", "null"] },
            "intent": { "type": ["string", "null"] },
            "party": { "enum": ["bot", "human", null] },
            "team": { "type": ["string", "null"] },
            "stat": { "enum": ["mean", "p50", "p90", "p95", "p99", "p99.9", "max", null] },
            "value": number("Ratio of sums, pooled quantile, or mean per replication; null where n is too small, which the note says."),
            "ci": numbers(2, "Confidence interval of the value."),
            "se": number("Standard error of the value."),
            "spread": numbers(3, "5 %, 50 % and 95 % points of single replications; null with fewer than 20: n too small."),
            "spread_ci": {
                "type": ["array", "null"],
                "description": "Confidence intervals of these points, by order statistics; null for a point where n is too small.",
                "items": numbers(2, "Of one point."),
                "minItems": 3,
                "maxItems": 3,
            },
            "unit": { "enum": ["ratio", "s", "count", "currency", "score", "per_contact"] },
            "numerator": number("Sum over replications, where the value is a ratio of sums."),
            "denominator": number("Sum over replications, where the value is a ratio of sums."),
            "note": { "enum": ["n too small", "n too small for an interval", "at least", "batch means", null] },
        },
    })
}

fn target_schema() -> Value {
    object!({
        "type": "object",
        "required": ["target", "value", "ci", "unit", "verdict", "worst", "with_open"],
        "properties": {
            "target": { "type": "string", "description": "As written in the scenario." },
            "value": number("The measured value."),
            "ci": numbers(2, "Confidence interval of the value."),
            "unit": { "type": "string" },
            "verdict": { "enum": ["met", "missed", "undecided", "not_measured"] },
            "worst": {
                "type": ["array", "null"],
                "description": "Local start of the interval that misses most, and its value.",
                "items": [{ "type": "string" }, { "type": ["number", "null"] }],
                "minItems": 2,
                "maxItems": 2,
            },
            "with_open": number("The value with those who still wait at the end, whom the metric leaves out, where the target is not met for that."),
        },
    })
}

fn generator_schema() -> Value {
    object!({
        "type": "object",
        "description": "What the load generator used of the machine in the measured window; only of a load test.",
        "required": ["process_share", "thread_share"],
        "properties": {
            "process_share": number("Processor time of the process / wall-clock time: 1 is one core."),
            "thread_share": number("The same of the one thread that sends and receives."),
        },
    })
}

fn analytic_schema() -> Value {
    object!({
        "type": "object",
        "description": "What formulas say of a queue beside the simulation.",
        "required": ["queue", "none", "rows", "left_out"],
        "properties": {
            "queue": { "type": "string" },
            "none": { "type": ["string", "null"], "description": "Why no formula applies; null where one does." },
            "rows": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": [
                        "formula", "metric", "definition", "threshold_s", "unit", "value",
                        "simulated", "ci",
                    ],
                    "properties": {
                        "formula": { "type": "string", "description": "As in docs/erlang.md." },
                        "metric": { "type": "string" },
                        "definition": { "type": ["string", "null"] },
                        "threshold_s": number("Threshold that the definition needs, seconds."),
                        "unit": { "enum": ["ratio", "s"] },
                        "value": number("By the formula; null where it covers too few of the contacts."),
                        "simulated": number("By the simulation; null where it measures nothing of the kind."),
                        "ci": numbers(2, "Confidence interval of the simulated value."),
                    },
                },
            },
            "left_out": {
                "type": "array",
                "items": { "type": "string" },
                "description": "What the formulas leave out and the simulation has.",
            },
        },
    })
}

fn precision_schema() -> Value {
    object!({
        "type": ["object", "null"],
        "description": "Whether the precision that --precision asked for is reached; null without it.",
        "required": ["asked", "reached", "replications", "confidence", "metrics"],
        "properties": {
            "asked": { "type": "string", "description": "As 1% or 2%,1pt." },
            "reached": { "type": "boolean" },
            "replications": {
                "type": "integer",
                "minimum": 0,
                "description": "Those that it took, or that were not enough.",
            },
            "confidence": {
                "type": "number",
                "description": "Confidence that all intervals hold together (Bonferroni).",
            },
            "metrics": {
                "type": "array",
                "description": "What was looked at, the least well known first.",
                "items": {
                    "type": "object",
                    "required": ["metric", "value", "half_width", "wanted", "unit"],
                    "properties": {
                        "metric": { "type": "string", "description": "As a target names it." },
                        "value": number("Its value."),
                        "half_width": number("Half the width of its interval."),
                        "wanted": number("The half-width that was asked for."),
                        "unit": { "type": "string" },
                    },
                },
            },
        },
    })
}

fn number(description: &str) -> Value {
    object!({ "type": ["number", "null"], "description": description })
}

fn numbers(count: u32, description: &str) -> Value {
    object!({
        "type": ["array", "null"],
        "description": description,
        "items": { "type": ["number", "null"] },
        "minItems": count,
        "maxItems": count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// Checks the parts of draft-07 that the schema uses.
    fn check(schema: &Value, value: &Value, at: &str) {
        if let Some(wanted) = schema.get("const") {
            assert_eq!(value, wanted, "{at}");
        }
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
            assert!(allowed.contains(value), "{at}: {value}");
        }
        if let Some(kind) = schema.get("type") {
            let name = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(n) if n.is_u64() && kind == "integer" => "integer",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            let fits = kind == name || kind.as_array().is_some_and(|k| k.contains(&name.into()));
            assert!(fits, "{at}: {value} is not {kind}");
        }
        if let (Some(properties), Some(fields)) =
            (schema.get("properties").and_then(Value::as_object), value.as_object())
        {
            // The promised fields and the printed ones are the same.
            let mut promised: Vec<&str> = schema["required"]
                .as_array()
                .expect("objects list their fields")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let mut printed: Vec<&str> = fields.keys().map(String::as_str).collect();
            promised.sort_unstable();
            printed.sort_unstable();
            assert_eq!(promised, printed, "{at}");
            for (name, field) in fields {
                check(&properties[name], field, &format!("{at}.{name}"));
            }
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            for (i, value) in values.iter().enumerate() {
                let item = items.get(i).filter(|_| items.is_array()).unwrap_or(items);
                check(item, value, &format!("{at}[{i}]"));
            }
        }
    }

    #[test]
    fn what_is_printed_fits_the_schema() {
        let text = json(&sample::summary());
        let value: Value = serde_json::from_str(&text).expect("is JSON");
        check(&json_schema(), &value, "summary");
        assert_eq!(value["schema"], "convoq.summary/1");
        assert_eq!(value["targets"][0]["verdict"], "missed");
        assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
        assert_eq!(text, json(&sample::summary()));
    }

    #[test]
    fn a_precision_fits_the_schema() {
        let summary = sample::precise();
        let value: Value = serde_json::from_str(&json(&summary)).expect("is JSON");
        check(&json_schema(), &value, "summary");
        assert_eq!(value["precision"]["asked"], "1%");
        assert_eq!(value["precision"]["metrics"][0]["half_width"], 0.011);
    }

    #[test]
    fn a_metric_row_has_the_fields_of_the_design() {
        let value: Value = serde_json::from_str(&json(&sample::summary())).expect("is JSON");
        let row = value["metrics"]
            .as_array()
            .and_then(|rows| rows.iter().find(|row| row["metric"] == "service_level"))
            .expect("has a service level");
        assert_eq!(row["definition"], "SL3");
        assert_eq!(row["threshold_s"], 60.0);
        assert_eq!(row["segment"], Value::Null);
        assert_eq!(row["unit"], "ratio");
        assert_eq!(row["ci"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn numbers_that_are_not_finite_become_null() {
        let mut summary = sample::summary();
        summary.metrics[0].value = f64::NAN;
        summary.metrics[0].ci = Some([f64::NEG_INFINITY, 1.0]);
        let value: Value = serde_json::from_str(&json(&summary)).expect("is JSON");
        assert_eq!(value["metrics"][0]["value"], Value::Null);
        assert_eq!(value["metrics"][0]["ci"][0], Value::Null);
        check(&json_schema(), &value, "summary");
    }
}
