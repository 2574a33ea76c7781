//! The summary in a terminal, or in a file that looks like one.
//!
//! What makes the numbers doubtful comes first, then the targets, then the
//! tables, then how to make the same numbers again. No line needs colour to be
//! understood.

use super::format::{self, plain};
use super::intervals::{self, Tone};
use super::sparkline::sparklines;
use super::table::{Cell, Table};
use super::tables::{singles, tables};
use crate::doubt::Doubt;
use crate::experiment::{BATCH_MEANS, Grid, Series, Summary, TargetRow, Verdict};

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Columns of the terminal. Below 60, 60.
    pub width: usize,
}

impl Default for TextOptions {
    /// Without colour, 100 columns: what a pipe gets.
    fn default() -> Self {
        Self { color: false, width: 100 }
    }
}

/// Prints a summary as text.
#[must_use]
pub fn text(summary: &Summary, options: &TextOptions) -> String {
    let mut page = Page { out: String::new(), color: options.color, width: options.width.max(60) };
    page.warnings(&summary.warnings);
    page.head(summary);
    page.targets(&summary.targets);
    if summary.about.load.is_none() {
        page.day(&summary.series);
    }
    for table in singles(summary).into_iter().chain(tables(summary)) {
        page.table(&table);
    }
    page.foot(summary);
    page.out
}

/// Prints a summary's targets and its grid as text.
#[must_use]
pub fn grid_text(summary: &Summary, grid: &Grid, options: &TextOptions) -> String {
    let mut page = Page { out: String::new(), color: options.color, width: options.width.max(60) };
    page.warnings(&summary.warnings);
    page.head(summary);
    page.targets(&summary.targets);
    page.grid(grid);
    page.foot(summary);
    page.out
}

/// ANSI codes in use.
const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

struct Page {
    out: String,
    color: bool,
    width: usize,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn warnings(&mut self, warnings: &[Doubt]) {
        for warning in warnings {
            let lines = wrap(&plain(&warning.to_string()), self.width - 9);
            for (i, text) in lines.iter().enumerate() {
                let mark = if i == 0 { "WARNING" } else { "       " };
                let mark = self.paint(mark, YELLOW);
                self.line(&format!("{mark}  {text}"));
            }
        }
        if !warnings.is_empty() {
            self.line("");
        }
    }

    fn head(&mut self, summary: &Summary) {
        let name = plain(&summary.scenario.name);
        let name = self.paint(&name, BOLD);
        let facts = plain(&format::facts(summary).join(", "));
        if width(&plain(&summary.scenario.name)) + 2 + width(&facts) <= self.width {
            self.line(&format!("{name}  {facts}"));
        } else {
            self.line(&name);
            for line in wrap(&facts, self.width) {
                self.line(&line);
            }
        }
        if summary.replications > 1 {
            self.line(&format!(
                "{} confidence intervals in brackets; counts and costs are per replication",
                format::level(summary.confidence)
            ));
        } else if summary.metrics.iter().any(|m| m.note == Some(BATCH_MEANS)) {
            self.line(&format!(
                "{} confidence intervals by batch means in brackets",
                format::level(summary.confidence)
            ));
        }
        for remark in format::remarks(summary) {
            for line in wrap(&plain(&remark), self.width) {
                self.line(&line);
            }
        }
    }

    fn targets(&mut self, targets: &[TargetRow]) {
        if targets.is_empty() {
            return;
        }
        self.line("");
        let title = self.paint("TARGETS", BOLD);
        self.line(&format!("{title}  {}", format::tally(targets)));
        let longest = |of: fn(&TargetRow) -> usize| targets.iter().map(of).max().unwrap_or(0);
        let words = longest(|t| format::verdict(t.verdict).1.len());
        let names = longest(|t| width(&plain(&t.target))).min(self.width / 2);
        let values = longest(|t| width(&format::measured(t)));
        for target in format::worst_first(targets) {
            let (glyph, word) = format::verdict(target.verdict);
            let color = match target.verdict {
                Verdict::Met => GREEN,
                Verdict::Missed => RED,
                Verdict::Undecided | Verdict::NotMeasured => YELLOW,
            };
            let mark = self.paint(&format!("{glyph} {word:words$}"), color);
            let name = pad(&plain(&target.target), names);
            let value = pad(&format::measured(target), values);
            // The mark's colour codes take no room.
            let indent = 6 + words;
            let mut line = format!("  {mark}  {name}");
            let mut used = indent + width(&name);
            for part in std::iter::once(value).chain(format::worst(target)) {
                if used + 2 + width(&part) > self.width {
                    self.line(&line);
                    line = format!("{:indent$}{part}", "");
                    used = indent + width(&part);
                } else {
                    line.push_str("  ");
                    line.push_str(&part);
                    used += 2 + width(&part);
                }
            }
            self.line(&line);
        }
    }

    /// Prints a table; columns that do not fit beside each other go below.
    fn table(&mut self, table: &Table) {
        let labels = table.rows.iter().map(|row| width(&row.label) + 5);
        let label = labels.max().unwrap_or(0).max(width(&table.title) + 2);
        let count = table.rows.first().map_or(0, |row| row.cells.len());
        let shapes: Vec<Shape> = (0..count).map(|c| Shape::of(table, c)).collect();
        let mut from = 0;
        while from < count {
            let mut to = from + 1;
            let mut used = label + shapes[from].width();
            while to < count && used + 2 + shapes[to].width() <= self.width {
                used += 2 + shapes[to].width();
                to += 1;
            }
            self.block(table, &shapes, from..to, label);
            from = to;
        }
        if table.note.is_empty() {
            return;
        }
        if count == 0 {
            let title = self.paint(&table.title.to_uppercase(), BOLD);
            self.line("");
            self.line(&title);
        }
        for line in wrap(&plain(&table.note), self.width - 2) {
            self.line(&format!("  {line}"));
        }
    }

    fn block(&mut self, table: &Table, shapes: &[Shape], columns: Columns, label: usize) {
        self.line("");
        let title = self.paint(&table.title.to_uppercase(), BOLD);
        let mut head = format!("{title}{:1$}", "", label - width(&table.title));
        for c in columns.clone() {
            if let Some(name) = table.columns.get(c) {
                head.push_str(&pad(&cut(&plain(name), shapes[c].width()), shapes[c].width() + 2));
            }
        }
        self.line(&head);
        for row in &table.rows {
            let cells = &row.cells[columns.clone()];
            if cells.iter().all(|cell| cell.value.is_empty()) {
                continue;
            }
            let dots = ".".repeat(label - width(&row.label) - 4);
            let mut text = format!("  {} {dots} ", row.label);
            for (cell, shape) in cells.iter().zip(&shapes[columns.clone()]) {
                text.push_str(&shape.print(cell));
            }
            self.line(&text);
        }
    }

    /// The mean day in bars.
    fn day(&mut self, series: &Series) {
        let Some(found) = sparklines(series) else { return };
        self.line("");
        let title = self.paint("THE DAY", BOLD);
        self.line(&title);
        let lines = found
            .lines
            .iter()
            .map(|[label, bars, end]| [&plain(label), bars, end].map(String::clone));
        let lines: Vec<[String; 3]> = lines.collect();
        let widest = |c: usize| lines.iter().map(|line| width(&line[c])).max().unwrap_or(0);
        let (names, bars, ends) = (widest(0), widest(1), widest(2));
        // The name gives way first: the bars are what is looked at.
        let room = self.width.saturating_sub(bars + ends + 6).max(8);
        let names = names.min(room);
        for [label, line, end] in &lines {
            let label = pad(&cut(label, names), names);
            self.line(&format!("  {label}  {}  {end}", pad(line, bars)));
        }
        self.line(&format!("  {}", found.about));
    }

    fn grid(&mut self, grid: &Grid) {
        let paint = |text: &str, tone: Tone| match tone {
            Tone::Plain => text.to_owned(),
            Tone::Good => self.paint(text, GREEN),
            Tone::Bad => self.paint(text, RED),
        };
        let text = intervals::text(grid, self.width, &paint, &|text| self.paint(text, BOLD));
        self.out += &text;
        self.line("");
        for line in wrap(&intervals::legend(grid), self.width) {
            self.line(&line);
        }
    }

    fn foot(&mut self, summary: &Summary) {
        self.line("");
        let hash: String = plain(&summary.scenario.sha256).chars().take(12).collect();
        self.line(&format!(
            "Made by    convoq {}, scenario {hash}, seed {}",
            summary.version, summary.seed
        ));
        if !summary.about.reproduce.is_empty() {
            self.line(&format!("Reproduce  {}", plain(&summary.about.reproduce)));
        }
    }
}

type Columns = std::ops::Range<usize>;

/// Widths of a column: values are aligned right, intervals left.
struct Shape {
    head: usize,
    value: usize,
    interval: usize,
}

impl Shape {
    fn of(table: &Table, column: usize) -> Self {
        let longest = |of: fn(&Cell) -> &str| {
            let cells = table.rows.iter().map(|row| width(of(&row.cells[column])));
            cells.max().unwrap_or(0)
        };
        Self {
            head: table.columns.get(column).map_or(0, |name| width(name).min(24)),
            value: longest(|cell| &cell.value).max(1),
            interval: longest(|cell| &cell.interval),
        }
    }

    fn width(&self) -> usize {
        let gap = usize::from(self.interval > 0);
        self.head.max(self.value + gap + self.interval)
    }

    fn print(&self, cell: &Cell) -> String {
        let value = if cell.value.is_empty() { "-" } else { &cell.value };
        let right = " ".repeat(self.value.saturating_sub(width(value)));
        pad(&format!("{right}{value} {}", cell.interval), self.width() + 2)
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, to: usize) -> String {
    format!("{text}{:1$}", "", to.saturating_sub(width(text)))
}

/// Cuts a long name, and shows that it did.
fn cut(text: &str, to: usize) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    let kept: String = text.chars().take(to.saturating_sub(1)).collect();
    kept + "~"
}

/// Breaks text into lines of at most `limit` characters, at spaces.
fn wrap(text: &str, limit: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && width(&lines[last]) + 1 + width(word) > limit {
            lines.push(word.to_owned());
        } else {
            let line = &mut lines[last];
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn doubts_come_first_then_targets_then_tables_then_how_to_reproduce() {
        let page = text(&sample::summary(), &TextOptions::default());
        let lines: Vec<&str> = page.lines().collect();
        assert!(lines[0].starts_with("WARNING  the queue 'chat' grows"), "{page}");
        let place = |start: &str| {
            let found = lines.iter().position(|line| line.starts_with(start));
            found.unwrap_or_else(|| unreachable!("no {start} in\n{page}"))
        };
        let order = ["TARGETS", "WAITS", "RESOLUTION", "TIMES", "PEOPLE", "COST (EUR)"];
        assert!(order.windows(2).all(|w| place(w[0]) < place(w[1])), "{page}");
        assert!(!page.contains("SATISFACTION"), "nothing of it was measured");
        assert_eq!(lines[lines.len() - 1], "Reproduce  convoq simulate week.yaml -n 30 --seed 42");
    }

    #[test]
    fn the_numbers_stand_in_their_columns() {
        let page = text(&sample::summary(), &TextOptions::default());
        for line in [
            "TARGETS  ✓ 1 met, ✗ 1 MISSED, - 1 not measured",
            "  ✗ MISSED        service_level(queue=chat, within=60s) >= 80%  74.1% [73.0, 75.2]",
            "                  worst Mon 13:00 (58.0%)",
            "WAITS BY QUEUE             chat                  email",
            "  answered in time (SL3) . 74.1% [73.0, 75.2]    98.1% [97.0, 99.2]",
            "    within ...............    1m                   24h",
            "  = automation rate .....  9.9%                     -      -",
            "  true ROAR .............  8.0%                  3.2%  11.3%",
            "  occupancy (slots) . 71.3%",
            "  total ... 12,345 [12,100, 12,590]",
        ] {
            assert!(page.contains(&format!("{line}\n")), "no {line:?} in\n{page}");
        }
    }

    #[test]
    fn a_precision_says_whether_it_is_reached_and_what_is_known_least() {
        let page = text(&sample::precise(), &TextOptions::default());
        let line = "precision 1% reached: NO, at 30 replications; least well known service_level(queue=chat,\nwithin=60s): ± 1.10 pt, 1.00 pt wanted\n";
        assert!(page.contains(line), "{page}");
    }

    #[test]
    fn a_generator_near_its_limit_is_told_of_and_warned_of() {
        let used = |thread_s| crate::event::GeneratorFacts {
            wall_s: 10.0,
            process_s: thread_s + 0.5,
            thread_s,
        };
        let mut summary = sample::summary();
        summary.set_generator(Some(used(8.4)));
        assert_eq!(summary.warnings.len(), 1);
        let page = text(&summary, &TextOptions::default());
        let head = "\nthe load generator used 89.0% of a core, 84.0% in its one sending thread\n";
        assert!(page.contains(head), "{page}");
        summary.set_generator(Some(used(8.6)));
        assert!(summary.warnings[1].to_string().contains("busy 86% of the time"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut summary = sample::summary();
        for row in &mut summary.metrics {
            row.ci = Some([row.value * 0.9, row.value * 1.1]);
        }
        summary.warnings.push(Doubt::OfScenario { warning: "many words ".repeat(30) });
        for columns in [80, 100] {
            let options = TextOptions { color: false, width: columns };
            let page = text(&summary, &options);
            let widest = page.lines().map(width).max().unwrap_or(0);
            assert!(widest <= columns, "{widest} in\n{page}");
        }
        // Three columns with intervals fit beside each other: all, B2B, B2C.
        let page = text(&summary, &TextOptions::default());
        assert_eq!(page.matches("RESOLUTION BY SEGMENT").count(), 1, "{page}");
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let mut summary = sample::summary();
        summary.scenario.name = "a\u{1b}[2Jb".to_owned();
        let plain = text(&summary, &TextOptions::default());
        assert!(!plain.contains('\u{1b}'));
        let options = TextOptions { color: true, width: 100 };
        let mut bare = text(&summary, &options);
        for code in [BOLD, RED, GREEN, YELLOW, "0"] {
            bare = bare.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(bare, plain);
    }
}
