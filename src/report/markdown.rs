//! The summary as Markdown with GitHub's tables: for pull requests and step summaries.

use super::format::{self, facts, level, worst};
use super::table::Table;
use super::tables::{headline, singles, tables};
use crate::experiment::{Summary, TargetRow};
use crate::safe_text::is_obeyed;

/// Prints a summary as Markdown.
#[must_use]
pub fn markdown(summary: &Summary) -> String {
    let mut out = format!("# {}\n\n", safe(&summary.scenario.name));
    for warning in &summary.warnings {
        out.push_str(&format!("> **Warning:** {}\n>\n", safe(&warning.to_string())));
    }
    if !summary.warnings.is_empty() {
        out.push('\n');
    }
    out.push_str(&safe(&facts(summary).join(", ")));
    out.push_str(".\n");
    for remark in format::remarks(summary) {
        out.push_str(&format!("\n{}.\n", safe(&remark)));
    }
    targets(&mut out, &summary.targets, summary.confidence);
    let top = headline(summary).into_iter().chain(singles(summary));
    for table in &top.chain(tables(summary)).collect::<Vec<_>>() {
        section(&mut out, table);
    }
    out.push_str(&format!(
        "\nMade by convoq {}, scenario `{}`, seed {}.\n",
        summary.version,
        code(&summary.scenario.sha256),
        summary.seed
    ));
    if !summary.about.reproduce.is_empty() {
        out.push_str(&format!("Reproduce: `{}`\n", code(&summary.about.reproduce)));
    }
    out
}

fn targets(out: &mut String, targets: &[TargetRow], confidence: f64) {
    if targets.is_empty() {
        return;
    }
    out.push_str(&format!("\n## Targets: {}\n\n", format::tally(targets)));
    out.push_str(&format!(
        "| verdict | target | measured [{}] | worst interval |\n|---|---|---|---|\n",
        level(confidence)
    ));
    for target in format::worst_first(targets) {
        let (glyph, word) = format::verdict(target.verdict);
        out.push_str(&format!(
            "| {glyph} {word} | `{}` | {} | {} |\n",
            code(&target.target),
            safe(&format::measured(target)),
            safe(&worst(target).unwrap_or_default()),
        ));
    }
}

fn section(out: &mut String, table: &Table) {
    out.push_str(&format!("\n## {}\n\n", safe(&table.title)));
    if !table.rows.is_empty() {
        rows(out, table);
    }
    if !table.note.is_empty() {
        let line = if table.rows.is_empty() { "" } else { "\n" };
        out.push_str(&format!("{line}{}\n", safe(&table.note)));
    }
}

fn rows(out: &mut String, table: &Table) {
    out.push_str("|  |");
    let count = table.rows.first().map_or(0, |row| row.cells.len());
    for column in 0..count {
        let head = table.columns.get(column).map_or("", String::as_str);
        out.push_str(&format!(" {} |", safe(head)));
    }
    out.push_str("\n|---|");
    out.push_str(&"---:|".repeat(count));
    out.push('\n');
    for row in &table.rows {
        out.push_str(&format!("| {} |", safe(row.label.trim_start())));
        for cell in &row.cells {
            out.push_str(&format!(" {} |", safe(&cell.text())));
        }
        out.push('\n');
    }
}

/// Text in which nothing is Markdown or HTML, and which stays in its table cell.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '~' | '|' | '!' => {
                out.push('\\');
                out.push(c);
            }
            // An interval [73.0, 75.2] is no link unless a link follows.
            '(' if out.ends_with(']') => out.push_str("\\("),
            c if is_obeyed(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text inside a code span of a table.
fn code(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '`' => "'".to_owned(),
            '|' => "\\|".to_owned(),
            c if is_obeyed(c) => " ".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_targets_come_first_and_the_missed_one_first_of_them() {
        let page = markdown(&sample::summary());
        assert!(page.contains("## Targets: ✓ 1 met, ✗ 1 MISSED, - 1 not measured\n"), "{page}");
        assert!(
            page.contains(
                "| ✗ MISSED | `service_level(queue=chat, within=60s) >= 80%` \
                 | 74.1% [73.0, 75.2] | worst Mon 13:00 (58.0%) |"
            ),
            "{page}"
        );
        assert!(page.contains("| true ROAR | 8.0% | 3.2% | 11.3% |"), "{page}");
        assert!(page.ends_with("Reproduce: `convoq simulate week.yaml -n 30 --seed 42`\n"));
    }

    #[test]
    fn every_table_is_rectangular() {
        let page = markdown(&sample::summary());
        let mut bars = None;
        for line in page.lines() {
            let count = line.starts_with('|').then(|| line.replace("\\|", "").matches('|').count());
            if let (Some(a), Some(b)) = (bars, count) {
                assert_eq!(a, b, "{line}");
            }
            bars = count;
        }
    }

    #[test]
    fn names_stay_names() {
        let mut summary = sample::summary();
        summary.scenario.name = "<img src=x> | [a](http://b) `c`".to_owned();
        let page = markdown(&summary);
        assert!(page.starts_with("# &lt;img src=x> \\| [a]\\(http://b) \\`c\\`\n"), "{page}");
    }
}
