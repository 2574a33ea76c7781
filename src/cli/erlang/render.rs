//! Answers as text, JSON, CSV and Markdown.

use super::Format;
use super::notes::{assumptions, doubts};
use super::question::Question;
use super::rows::{Row, render_s, render_value};
use super::solve::{Found, table};
use crate::analytic::Setting;
use crate::metric::{Definition, Metric, Stat};
use crate::report::grid::{figures, figures_markdown};
use crate::report::json;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The answer in a format.
pub(super) fn render(question: &Question, found: &Found, format: Option<Format>) -> String {
    match format.unwrap_or(Format::Text) {
        Format::Text => page(question, found, false),
        Format::Json => json(&object(question, found)),
        Format::Csv => csv(question, found),
        Format::Markdown => page(question, found, true),
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

/// The answer for people.
fn page(question: &Question, found: &Found, is_markdown: bool) -> String {
    let end = if is_markdown { "\n\n" } else { "\n" };
    let asked = found.answers.last().map(|(setting, _)| head(question, setting));
    let mut text: String =
        asked.iter().chain(&found.words).map(|line| line.clone() + end).collect();
    let columns = table(question, found);
    let title = if is_markdown { "metric" } else { "" };
    let rows = match question.agents.0 == question.agents.1 {
        true => side_by_side(title, found, &columns),
        false => range(found, &columns),
    };
    text += &match is_markdown {
        true => figures_markdown(&rows),
        false => format!("\n{}", figures(&rows)),
    };
    let _ = write!(text, "\n{}", definition(question));
    let _ = writeln!(text, "Assumes: {}.", assumptions(question).join("; "));
    for doubt in doubts(question, found) {
        let beware = if is_markdown { "\n**Beware:**" } else { "Beware:" };
        let _ = writeln!(text, "{beware} {doubt}.");
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

/// A number of an answer, by its label; `none` where the answer does not have it.
fn cell(column: &[Row], label: &str, none: &str) -> String {
    let row = column.iter().find(|r| r.label == label);
    row.map_or(none.to_owned(), |r| render_value(r.value, r.unit))
}

/// The answer that has most numbers.
fn longest(columns: &[Vec<Row>]) -> &[Row] {
    columns.iter().max_by_key(|c| c.len()).map_or(&[], Vec::as_slice)
}

/// One or two answers: a line for each number.
fn side_by_side(title: &str, found: &Found, columns: &[Vec<Row>]) -> Vec<Vec<String>> {
    let agents = found.answers.iter().map(|(s, _)| format!("{} agents", s.agents));
    let head = std::iter::once(title.to_owned()).chain(agents).collect();
    let line = |row: &Row| {
        let cells = columns.iter().map(|column| cell(column, &row.label, "-"));
        std::iter::once(row.label.clone()).chain(cells).collect()
    };
    std::iter::once(head).chain(longest(columns).iter().map(line)).collect()
}

/// A table with a line for each number of agents.
fn range(found: &Found, columns: &[Vec<Row>]) -> Vec<Vec<String>> {
    let shown = |r: &&Row| {
        let levels = r.metric != Metric::ServiceLevel.name()
            || matches!(r.definition, Some(Definition::SL3 | Definition::SL2));
        levels && (r.metric != Metric::Wait.name() || r.stat == Some(Stat::P95))
    };
    let titles: Vec<&str> =
        longest(columns).iter().filter(shown).map(|r| r.label.as_str()).collect();
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
        line.extend(titles.iter().map(|title| cell(column, title, "unstable")));
        rows.push(line);
    }
    rows
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
        json!({
            "agents": setting.agents,
            "calls_per_h": setting.rate * 3600.0,
            "aht_s": setting.aht_s,
            "within_s": setting.within_s,
            "load_erlangs": setting.rate * setting.aht_s,
            "stable": answer.is_ok(),
            "exact": answer.as_ref().is_ok_and(|a| a.exact),
            "metrics": rows,
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
        "warnings": doubts(question, found),
    })
}
