//! JSON of summaries, comparisons and answers.

use serde::Serialize;
use serde_json::json as object;

/// Prints a summary, or what another command found, as indented JSON with one newline at the end.
///
/// Fields come in the order of the struct, so equal summaries give equal
/// bytes. Numbers that are not finite become `null`.
#[must_use]
pub fn json(value: &impl Serialize) -> String {
    // Serialising plain structs with string keys into memory has no way to
    // fail; should serde find one, the reader sees it instead of half a summary.
    let text = serde_json::to_string_pretty(value)
        .unwrap_or_else(|error| object!({ "error": error.to_string() }).to_string());
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{json_schema, sample};
    use serde_json::Value;

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
