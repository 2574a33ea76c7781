//! A table that terminal, Markdown and HTML print alike.

use super::format;
use crate::experiment::{AT_LEAST, MetricRow};
use crate::metric::Metric;

/// A table, ready to print.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// What it is about, as `Waits by queue`.
    pub(crate) title: String,
    /// Heads of the columns after the label; empty for a lone column that needs none.
    pub(crate) columns: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// What is to be said below; empty where nothing is.
    pub(crate) note: String,
}

/// One row of a table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What it says.
    pub(crate) label: String,
    /// The metric that it is about.
    pub(crate) metric: Option<Metric>,
    /// One cell for each column.
    pub(crate) cells: Vec<Cell>,
}

/// A value and its interval, both empty where nothing was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    /// The value with its unit.
    pub(crate) value: String,
    /// Its confidence interval in brackets.
    pub(crate) interval: String,
}

impl Cell {
    pub(super) fn of(row: &MetricRow) -> Self {
        let value = |v| format::value(v, row.unit);
        Self::shown(row, value, |ci| format::interval(ci, row.unit))
    }

    /// A row with its value and its interval shown so.
    pub(super) fn shown(
        row: &MetricRow,
        value: impl Fn(f64) -> String,
        interval: impl Fn([f64; 2]) -> String,
    ) -> Self {
        if let Some(note) = row.note.filter(|_| !row.value.is_finite()) {
            return Self { value: note.to_owned(), interval: String::new() };
        }
        let ci = row.ci.filter(|ci| ci.iter().all(|end| end.is_finite()));
        let at_least = if row.note == Some(AT_LEAST) { ">= " } else { "" };
        Self {
            value: at_least.to_owned() + &value(row.value),
            interval: ci.map_or_else(String::new, interval),
        }
    }

    /// Value and interval in one piece of text, `-` for nothing.
    pub(crate) fn text(&self) -> String {
        match (self.value.is_empty(), self.interval.is_empty()) {
            (true, _) => "-".to_owned(),
            (false, true) => self.value.clone(),
            (false, false) => format!("{} {}", self.value, self.interval),
        }
    }
}
