//! How far a number may go, as text, JSON, CSV and Markdown.

use super::grid::csv_field;
use super::roster::{targets, wanted};
use crate::planning::{Certainty, FieldAnswer};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The answer for people, with its tables as `table` makes them.
pub(crate) fn limit_text(answer: &FieldAnswer, table: impl Fn(&[Vec<String>]) -> String) -> String {
    let mut text = String::new();
    let (ask, field, limit) = (&answer.ask, &answer.field, &answer.limit);
    let end = if limit.more_helps { "least" } else { "greatest" };
    let _ = writeln!(text, "{}, {}: the {end} value for\n", ask.scenario, field.path);
    text += &wanted(ask, "runs");
    let _ = writeln!(
        text,
        "\n{} = {} (now {})",
        field.path,
        field.write(limit.value),
        field.write(field.now)
    );
    match limit.beyond {
        Some(beyond) => {
            let _ = writeln!(text, "at {} it is missed.", field.write(beyond));
        }
        None => {
            text +=
                "It is met to the end of the range that the scenario allows, or that was tried.\n"
        }
    }
    let said = |value: Option<f64>| value.map_or("no value tried".to_owned(), |v| field.write(v));
    let _ = writeln!(
        text,
        "Met for certain (95 %) at {}, missed for certain at {}; between them {} runs do not tell.\n",
        said(limit.certain),
        said(limit.certain_miss),
        ask.replications
    );
    let mut head = vec!["value".to_owned()];
    head.extend((1..=ask.targets.len()).map(|n| format!("target {n}")));
    head.extend(["met".to_owned(), "certain".to_owned()]);
    let mut rows = vec![head];
    for tried in &limit.tried {
        let mut row = vec![field.write(tried.value)];
        row.extend(answer.values_at(tried.value).iter().map(|v| format!("{v:.4}")));
        row.push(if tried.met { "yes" } else { "no" }.to_owned());
        row.push(word(tried.certainty).to_owned());
        rows.push(row);
    }
    text += &table(&rows);
    let _ = writeln!(text, "\nreproduce: {}", ask.reproduce);
    text
}

/// One row for each value and target.
pub(crate) fn limit_csv(answer: &FieldAnswer) -> String {
    let mut text = "path,value,unit,target,target_value,met,certain\n".to_owned();
    for tried in &answer.limit.tried {
        for (target, value) in answer.ask.targets.iter().zip(answer.values_at(tried.value)) {
            let _ = writeln!(
                text,
                "{},{},{},{},{value},{},{}",
                csv_field(&answer.field.path),
                tried.value,
                answer.field.unit.trim(),
                csv_field(&target.text),
                tried.met,
                word(tried.certainty)
            );
        }
    }
    text
}

/// The answer for programs.
pub(crate) fn limit_json(answer: &FieldAnswer) -> Value {
    let tried = answer.limit.tried.iter().map(|t| {
        json!({"value": t.value, "targets": answer.values_at(t.value), "met": t.met, "certain": word(t.certainty)})
    });
    json!({
        "schema": "convoq.solve/1",
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": {"name": answer.ask.scenario},
        "targets": targets(&answer.ask),
        "path": answer.field.path,
        "unit": answer.field.unit.trim(),
        "now": answer.field.now,
        "value": answer.limit.value,
        "beyond": answer.limit.beyond,
        "more_helps": answer.limit.more_helps,
        "certain": answer.limit.certain,
        "certain_miss": answer.limit.certain_miss,
        "runs": answer.ask.replications,
        "seed": answer.ask.seed,
        "tried": tried.collect::<Vec<_>>(),
        "reproduce": answer.ask.reproduce,
    })
}

fn word(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Met => "met",
        Certainty::Undecided => "undecided",
        Certainty::Missed => "missed",
    }
}
