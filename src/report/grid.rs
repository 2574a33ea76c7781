//! Tables of finished cells, the head first: aligned for a terminal, Markdown, and CSV.

use crate::domain::Dimension;
use crate::metric::{Definition, Stat, Which};
use crate::safe_text;

/// Which columns are set to the right.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Right<'c> {
    /// None of them.
    None,
    /// All but the first: a name and its numbers.
    AllButFirst,
    /// Those with these numbers, from 0.
    These(&'c [usize]),
}

impl Right<'_> {
    fn has(self, column: usize) -> bool {
        match self {
            Self::None => false,
            Self::AllButFirst => column > 0,
            Self::These(columns) => columns.contains(&column),
        }
    }
}

/// Columns of equal width, two spaces apart, each line after `indent` spaces.
pub(crate) fn aligned(rows: &[Vec<String>], right: Right<'_>, indent: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| match right.has(column) {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        let line = " ".repeat(indent) + &cells.collect::<Vec<_>>().join("  ");
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// The same as a Markdown table.
pub(crate) fn markdown(rows: &[Vec<String>], right: Right<'_>) -> String {
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<_> = row.iter().map(|c| c.replace('|', "\\|")).collect();
        text += &format!("| {} |\n", cells.join(" | "));
        if number == 0 {
            let rule = |column| if right.has(column) { "---:|" } else { "---|" };
            let rules: String = (0..row.len()).map(rule).collect();
            text += &format!("|{rules}\n");
        }
    }
    text
}

/// Names and their numbers, for a terminal.
pub(crate) fn figures(rows: &[Vec<String>]) -> String {
    aligned(rows, Right::AllButFirst, 2)
}

/// Names and their numbers, in Markdown.
pub(crate) fn figures_markdown(rows: &[Vec<String>]) -> String {
    markdown(rows, Right::AllButFirst)
}

/// A field of a CSV line, in quotes where it must be (RFC 4180). What a spreadsheet
/// would take for a formula gets an apostrophe.
pub(crate) fn csv_field(text: &str) -> String {
    let text = &*safe_text::cell(text);
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// Fields as a line of CSV.
pub(crate) fn csv_line(fields: impl IntoIterator<Item = String>) -> String {
    let fields: Vec<_> = fields.into_iter().map(|f| csv_field(&f)).collect();
    fields.join(",") + "\n"
}

/// A number as CSV has it: the shortest digits that read back as the same; empty where
/// there is none.
pub(crate) fn csv_number(value: Option<f64>) -> String {
    let value = value.filter(|v| v.is_finite());
    value.map_or_else(String::new, |v| v.to_string())
}

/// Columns of [`which_fields`].
pub(crate) fn which_columns() -> Vec<&'static str> {
    let dimensions = Dimension::ALL.map(Dimension::name);
    [&["metric", "definition", "threshold_s"], &dimensions[..], &["stat"]].concat()
}

/// What a CSV line says of which number it is.
pub(crate) fn which_fields(which: &Which) -> Vec<String> {
    let word = |w: Option<&str>| w.unwrap_or_default().to_owned();
    let mut fields = vec![
        which.metric.name().to_owned(),
        word(which.definition.map(Definition::name)),
        csv_number(which.threshold_s),
    ];
    fields.extend(Dimension::ALL.map(|by| word(which.of_one(by))));
    fields.push(word(which.stat.map(Stat::name)));
    fields
}
