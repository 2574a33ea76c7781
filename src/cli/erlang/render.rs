//! Answers as text, JSON, CSV and Markdown.

use super::Format;
use super::notes::{assumptions, warnings};
use super::question::Question;
use super::rows::{Row, render_s, render_value};
use super::solve::{Found, table};
use crate::analytic::Setting;
use crate::metric::{Definition, Metric, Stat};
use crate::report::grid::{figures, figures_markdown};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The answer in a format.
pub(super) fn render(question: &Question, found: &Found, format: Option<Format>) -> String {
    match format.unwrap_or(Format::Text) {
        Format::Text => text(question, found),
        Format::Json => {
            let value = object(question, found);
            serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
        }
        Format::Csv => csv(question, found),
        Format::Markdown => markdown(question, found),
    }
}

/// What was asked, in one line.
fn head(question: &Question, setting: &Setting) -> String {
    let load = setting.rate * setting.aht_s;
    format!(
        "{}: {:.2} contacts/h of {} each, {load:.2} erlangs",
        question.title,
        setting.rate * 3600.0,
        render_s(setting.aht_s),
    )
}

fn text(question: &Question, found: &Found) -> String {
    let mut text = String::new();
    if let Some((setting, _)) = found.answers.last() {
        let _ = writeln!(text, "{}", head(question, setting));
    }
    if let Some(words) = &found.words {
        let _ = writeln!(text, "{words}");
    }
    text.push('\n');
    let columns = table(question, found);
    text += &if question.agents.0 == question.agents.1 {
        side_by_side(found, &columns)
    } else {
        figures(&range(found, &columns))
    };
    let _ = write!(text, "\n{}", definition(question));
    let _ = writeln!(text, "Assumes: {}.", assumptions(question).join("; "));
    for warning in warnings(question, found) {
        let _ = writeln!(text, "Beware: {warning}.");
    }
    text
}

/// Which service level a plain `service_level` is.
fn definition(question: &Question) -> String {
    let asked = question.target.as_ref();
    let asked = asked.and_then(|t| t.which.definition).unwrap_or(Definition::SL3);
    let meaning = match asked {
        Definition::SL1 => "answered or given up in time / all",
        Definition::SL2 => "answered in time / answered",
        Definition::SL4 => "answered in time / (all - given up in time)",
        Definition::SL7 => "those whose wait without giving up is in time / all",
        _ => "answered in time / all",
    };
    let name = asked.name();
    format!("Service level here is {name}: {meaning}; the other definitions stand beside it.\n")
}

/// One or two answers: a line for each number.
fn side_by_side(found: &Found, columns: &[Vec<Row>]) -> String {
    let Some(longest) = columns.iter().max_by_key(|c| c.len()) else {
        return String::new();
    };
    let mut rows = Vec::new();
    let agents = |n: u32| format!("{n} agents");
    let mut head = vec![String::new()];
    head.extend(found.answers.iter().map(|(s, _)| agents(s.agents)));
    rows.push(head);
    for row in longest {
        let mut line = vec![row.label.clone()];
        line.extend(columns.iter().map(|column| {
            let same = column.iter().find(|r| r.label == row.label);
            same.map_or("-".to_owned(), |r| render_value(r.value, r.unit))
        }));
        rows.push(line);
    }
    figures(&rows)
}

/// A table with a line for each number of agents.
fn range(found: &Found, columns: &[Vec<Row>]) -> Vec<Vec<String>> {
    let shown = |r: &&Row| {
        let levels = r.metric != Metric::ServiceLevel.name()
            || matches!(r.definition, Some(Definition::SL3 | Definition::SL2));
        levels && (r.metric != Metric::Wait.name() || r.stat == Some(Stat::P95))
    };
    let longest = columns.iter().max_by_key(|c| c.len());
    let titles: Vec<&str> =
        longest.into_iter().flatten().filter(shown).map(|r| r.label.as_str()).collect();
    let short = |title: &&str| {
        let from = title.find('(').unwrap_or(0);
        let name = title[from..].trim_matches(['(', ')']);
        if title.contains("(SL") || title.contains("(ASA") {
            name.to_owned()
        } else {
            (*title).to_owned()
        }
    };
    let mut head = vec!["agents".to_owned()];
    head.extend(titles.iter().map(short));
    let mut rows = vec![head];
    for ((setting, _), column) in found.answers.iter().zip(columns) {
        let mut line = vec![setting.agents.to_string()];
        line.extend(titles.iter().map(|title| {
            let row = column.iter().find(|r| r.label == *title);
            row.map_or("unstable".to_owned(), |r| render_value(r.value, r.unit))
        }));
        rows.push(line);
    }
    rows
}

fn markdown(question: &Question, found: &Found) -> String {
    let mut text = String::new();
    if let Some((setting, _)) = found.answers.last() {
        let _ = writeln!(text, "{}\n", head(question, setting));
    }
    if let Some(words) = &found.words {
        let _ = writeln!(text, "{words}\n");
    }
    let columns = table(question, found);
    let rows = if question.agents.0 != question.agents.1 {
        range(found, &columns)
    } else {
        let labels = columns.iter().max_by_key(|c| c.len());
        let mut head = vec!["metric".to_owned()];
        head.extend(found.answers.iter().map(|(s, _)| format!("{} agents", s.agents)));
        let mut rows = vec![head];
        for row in labels.into_iter().flatten() {
            let mut line = vec![row.label.clone()];
            line.extend(columns.iter().map(|c| {
                let same = c.iter().find(|r| r.label == row.label);
                same.map_or("-".to_owned(), |r| render_value(r.value, r.unit))
            }));
            rows.push(line);
        }
        rows
    };
    text += &figures_markdown(&rows);
    let _ = write!(text, "\n{}", definition(question));
    let _ = writeln!(text, "Assumes: {}.", assumptions(question).join("; "));
    for warning in warnings(question, found) {
        let _ = writeln!(text, "\n**Beware:** {warning}.");
    }
    text
}

fn csv(question: &Question, found: &Found) -> String {
    let mut text =
        "agents,calls_per_h,aht_s,metric,definition,stat,threshold_s,value,unit\n".to_owned();
    for ((setting, _), rows) in found.answers.iter().zip(table(question, found)) {
        for row in rows {
            let _ = writeln!(
                text,
                "{},{},{},{},{},{},{},{},{}",
                setting.agents,
                setting.rate * 3600.0,
                setting.aht_s,
                row.metric,
                row.definition.map_or("", Definition::name),
                row.stat.map_or("", Stat::name),
                row.threshold_s.map_or(String::new(), |t| t.to_string()),
                row.value,
                row.unit
            );
        }
    }
    text
}

fn object(question: &Question, found: &Found) -> Value {
    let columns = table(question, found);
    let answers = found.answers.iter().zip(columns).map(|((setting, answer), rows)| {
        let metrics: Vec<Value> = rows
            .iter()
            .map(|r| {
                json!({
                    "metric": r.metric, "definition": r.definition, "stat": r.stat,
                    "threshold_s": r.threshold_s, "value": r.value, "unit": r.unit,
                })
            })
            .collect();
        json!({
            "agents": setting.agents,
            "calls_per_h": setting.rate * 3600.0,
            "aht_s": setting.aht_s,
            "within_s": setting.within_s,
            "load_erlangs": setting.rate * setting.aht_s,
            "stable": answer.is_ok(),
            "exact": answer.as_ref().is_ok_and(|a| a.exact),
            "metrics": metrics,
        })
    });
    let solved = found.value.map(|(name, value)| json!({"name": name, "value": value}));
    json!({
        "schema": "convoq.erlang/1",
        "version": env!("CARGO_PKG_VERSION"),
        "formula": question.command,
        "target": question.target.as_ref().map(|t| t.text.clone()),
        "solved": solved,
        "missed": found.missed,
        "answers": answers.collect::<Vec<_>>(),
        "assumptions": assumptions(question),
        "warnings": warnings(question, found),
    })
}
