//! Small tables of finished cells: aligned for a terminal, or Markdown.

/// Columns of equal width, two spaces apart; those in `right` are set to the right.
pub(crate) fn aligned(head: &[String], rows: &[Vec<String>], right: &[usize]) -> String {
    let cells = |column: usize| {
        let all = rows
            .iter()
            .map(move |r| r.get(column))
            .chain([head.get(column)]);
        all.flatten()
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(cells).collect();
    let mut text = String::new();
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width - cell.chars().count());
            line += &match right.contains(&column) {
                true => format!("{pad}{cell}  "),
                false => format!("{cell}{pad}  "),
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// The same as a Markdown table.
pub(crate) fn markdown(head: &[String], rows: &[Vec<String>], right: &[usize]) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<_> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = |column: usize| {
        if right.contains(&column) {
            "---:|"
        } else {
            "---|"
        }
    };
    let rules: String = (0..head.len()).map(rule).collect();
    let mut text = line(head) + "|" + &rules + "\n";
    for row in rows {
        text += &line(row);
    }
    text
}

/// A field of a CSV line, in quotes where it must be.
pub(crate) fn csv_field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
