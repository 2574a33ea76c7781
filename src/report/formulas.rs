//! What formulas say of each queue, beside what was simulated, as tables.

use super::format;
use super::table::{Cell, Row, Table};
use crate::experiment::{AnalyticQueue, AnalyticRow, Summary};
use crate::metric::Metric;

/// A table for each queue that a formula speaks of, and a sentence for the others.
pub(super) fn formulas(summary: &Summary) -> Vec<Table> {
    let several = summary.analytic.len() > 1;
    let (some, none): (Vec<_>, Vec<_>) = summary.analytic.iter().partition(|q| q.none.is_none());
    let mut tables: Vec<Table> = some.iter().map(|q| table(q, several)).collect();
    let mut sentences = Vec::new();
    if let Some(words) = left_out(&summary.analytic) {
        sentences.push(format!("The formulas leave out: {words}."));
    }
    for queue in none {
        let why = queue.none.as_deref().unwrap_or_default();
        sentences.push(format!("No formula for queue {}: {why}.", queue.queue));
    }
    let note = sentences.join(" ");
    match tables.last_mut() {
        Some(last) => last.note = note,
        None if note.is_empty() => {}
        None => tables.push(Table {
            title: "Formulas".to_owned(),
            columns: Vec::new(),
            rows: Vec::new(),
            note,
        }),
    }
    tables
}

/// What the formulas leave out of the queues, each once; with the queue's name where
/// it is not left out of all of them.
pub(crate) fn left_out(queues: &[AnalyticQueue]) -> Option<String> {
    let some: Vec<_> = queues.iter().filter(|q| q.none.is_none()).collect();
    let mut words: Vec<(&str, Vec<&str>)> = Vec::new();
    for queue in &some {
        for word in &queue.left_out {
            match words.iter_mut().find(|(w, _)| w == word) {
                Some((_, of)) => of.push(&queue.queue),
                None => words.push((word, vec![&queue.queue])),
            }
        }
    }
    let each = words.iter().map(|(word, of)| match of.len() {
        n if n == some.len() => (*word).to_owned(),
        _ => format!("{word} ({})", of.join(", ")),
    });
    let each: Vec<_> = each.collect();
    (!each.is_empty()).then(|| each.join("; "))
}

fn table(queue: &AnalyticQueue, several: bool) -> Table {
    let mut names: Vec<&str> = Vec::new();
    for row in &queue.rows {
        if !names.contains(&row.formula) {
            names.push(row.formula);
        }
    }
    let first = names.first().copied().unwrap_or_default();
    let of_first = queue.rows.iter().filter(|r| r.formula == first);
    let rows = of_first.map(|row| {
        let same = |name: &&str| {
            let mut all = queue.rows.iter();
            let found = all.find(|r| r.formula == *name && r.metric == row.metric);
            found.map_or_else(Cell::default, |r| by_formula(r.value, r.unit))
        };
        let mut cells = vec![simulated(row)];
        cells.extend(names.iter().map(same));
        Row { label: label(row), metric: Some(row.metric), cells }
    });
    let heads = std::iter::once("simulated").chain(names.iter().copied());
    Table {
        title: match several {
            true => format!("Formulas, {}", queue.queue),
            false => "Formulas".to_owned(),
        },
        columns: heads.map(str::to_owned).collect(),
        rows: rows.collect(),
        note: String::new(),
    }
}

fn label(row: &AnalyticRow) -> String {
    match (row.metric, row.threshold_s) {
        (Metric::ServiceLevel, Some(s)) => format!("answered in {} (SL3)", format::value(s, "s")),
        (Metric::Asa, _) => "average speed of answer".to_owned(),
        (Metric::AbandonmentRate, _) => "abandonment".to_owned(),
        _ => "agents busy".to_owned(),
    }
}

fn simulated(row: &AnalyticRow) -> Cell {
    let interval = row.ci.filter(|_| row.simulated.is_some());
    Cell {
        interval: interval.map_or_else(String::new, |ci| format::interval(ci, row.unit)),
        ..by_formula(row.simulated, row.unit)
    }
}

fn by_formula(value: Option<f64>, unit: &str) -> Cell {
    Cell {
        value: value.map_or("-".to_owned(), |v| format::value(v, unit)),
        interval: String::new(),
    }
}
