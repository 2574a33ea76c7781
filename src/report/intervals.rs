//! The grid as tables: by interval, day or week, a table for each queue and team.
//!
//! A terminal shows as many columns as it has room for; JSON and CSV have all of them, each
//! number with its interval.

use super::format;
use super::grid::{Right, csv_line, csv_number, markdown};
use crate::domain::Grain;
use crate::experiment::{Figure, GRID_SCHEMA, Grid, GridColumn, GridRow, Summary};
use crate::time::SimDuration;
use serde_json::{Map, Value, json};

/// What a cell is worth a colour for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing.
    Plain,
    /// What is promised holds.
    Good,
    /// It does not, or agents are short.
    Bad,
}

/// A column of a terminal's table: its head, and how soon it goes where there is no room;
/// those with 0 never do.
const SHOWN: [(GridColumn, &str, u8); GridColumn::COUNT] = [
    (GridColumn::Offered, "offered", 0),
    (GridColumn::Answered, "answered", 9),
    (GridColumn::Abandoned, "lost", 10),
    (GridColumn::ServiceLevel, "in time", 0),
    (GridColumn::TargetHeld, "holds", 3),
    (GridColumn::AbandonmentRate, "left", 2),
    (GridColumn::Asa, "ASA", 1),
    (GridColumn::Waiting, "waiting", 8),
    (GridColumn::Required, "need", 0),
    (GridColumn::Scheduled, "sched", 6),
    (GridColumn::OnQueue, "there", 0),
    (GridColumn::Net, "net", 0),
    (GridColumn::Occupancy, "busy", 4),
];

/// A queue or team, for a day where rows are intervals.
struct Part<'g> {
    title: String,
    rows: Vec<&'g GridRow>,
}

/// The grid as text. `paint` puts colour on a cell.
pub(crate) fn text(
    grid: &Grid,
    width: usize,
    paint: &dyn Fn(&str, Tone) -> String,
    bold: &dyn Fn(&str) -> String,
) -> String {
    let mut out = String::new();
    for part in parts(grid) {
        out += &format!("\n{}\n", bold(&format::plain(&part.title)));
        let columns = columns(grid, &part);
        let (kept, cells) = fitting(grid, &part, columns, width.saturating_sub(2));
        let mut rows = vec![heads(&kept)];
        rows.extend(cells);
        let count = rows.first().map_or(0, Vec::len);
        let widest = |c: usize| rows.iter().map(|r| r[c].0.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(widest).collect();
        for row in &rows {
            let mut line = String::from(" ");
            for (place, ((cell, tone), width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - cell.chars().count());
                let cell = paint(cell, *tone);
                line += &match place {
                    0 => format!(" {cell}{padding}"),
                    _ => format!(" {padding}{cell}"),
                };
            }
            out += line.trim_end();
            out.push('\n');
        }
    }
    out
}

/// What the heads of the tables mean, for below them.
pub(crate) fn legend(grid: &Grid) -> String {
    let people = match grid.by {
        Grain::Interval => "agents",
        Grain::Day | Grain::Week => "agent hours",
    };
    format!(
        "in time: SL3 of those who join in this time, ± half of its confidence interval; holds: share of replications in which it meets the target; left: abandonment; need, sched, there, net: {people} required by formula, with a shift, on the queue, and on the queue less required. JSON and CSV have all columns with their intervals."
    )
}

/// The grid in Markdown, with all columns that hold anything.
pub(crate) fn grid_markdown(grid: &Grid) -> String {
    let mut out = String::new();
    for part in parts(grid) {
        let columns = columns(grid, &part);
        let mut rows = vec![heads(&columns)];
        rows.extend(part.rows.iter().map(|row| cells(grid, row, &columns)));
        let bare = |row: Vec<(String, Tone)>| row.into_iter().map(|(text, _)| text).collect();
        let rows: Vec<Vec<String>> = rows.into_iter().map(bare).collect();
        out += &format!("## {}\n\n{}\n", part.title, markdown(&rows, Right::AllButFirst));
    }
    out
}

/// Rows in which anything happens, by queue or team and by day.
fn parts(grid: &Grid) -> Vec<Part<'_>> {
    let mut parts: Vec<(String, Part<'_>)> = Vec::new();
    for row in grid.rows.iter().filter(|row| row.is_live()) {
        let name = row.queue.as_deref().or(row.team.as_deref()).unwrap_or_default();
        let of = if row.queue.is_some() { "" } else { "team " };
        let date = match grid.by {
            Grain::Interval => day_of(row).unwrap_or_default(),
            Grain::Day | Grain::Week => String::new(),
        };
        let date = if date.is_empty() { date } else { format!(", {date}") };
        let level = row.threshold_s.map_or_else(String::new, |s| {
            let within = SimDuration::from_s(s);
            let target = row.target.map(|t| format!(", target {}", format::value(t, "ratio")));
            format!("  in time: within {within}{}", target.unwrap_or_default())
        });
        let key = format!("{of}{name}{date}");
        match parts.last_mut().filter(|(last, _)| *last == key) {
            Some((_, part)) => part.rows.push(row),
            None => {
                parts.push((key.clone(), Part { title: key + &level, rows: vec![row] }));
            }
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// `Mon 2026-03-02`; none of those who join after all intervals.
fn day_of(row: &GridRow) -> Option<String> {
    let (date, _) = row.start.split_once(' ')?;
    Some(with_weekday(date))
}

fn with_weekday(date: &str) -> String {
    match date.parse::<jiff::civil::Date>() {
        Ok(day) => format!("{} {date}", day.strftime("%a")),
        Err(_) => date.to_owned(),
    }
}

/// The columns in which a part has anything.
fn columns(grid: &Grid, part: &Part<'_>) -> Vec<(GridColumn, &'static str, u8)> {
    let any = |column: GridColumn| part.rows.iter().any(|row| row.value(column).is_some());
    let shown = SHOWN.into_iter().filter(|(column, ..)| any(*column));
    // Hours of those who wait are no number that anybody plans with.
    shown
        .filter(|(column, ..)| grid.by == Grain::Interval || *column != GridColumn::Waiting)
        .collect()
}

fn heads(columns: &[(GridColumn, &'static str, u8)]) -> Vec<(String, Tone)> {
    let mut heads = vec![("from".to_owned(), Tone::Plain)];
    for (column, head, _) in columns {
        heads.push(((*head).to_owned(), Tone::Plain));
        if *column == GridColumn::ServiceLevel {
            heads.push(("±".to_owned(), Tone::Plain));
        }
    }
    heads
}

/// The columns that fit, and their cells.
#[allow(clippy::type_complexity, reason = "a table of cells, named where it is used")]
fn fitting(
    grid: &Grid,
    part: &Part<'_>,
    mut columns: Vec<(GridColumn, &'static str, u8)>,
    width: usize,
) -> (Vec<(GridColumn, &'static str, u8)>, Vec<Vec<(String, Tone)>>) {
    loop {
        let rows: Vec<_> = part.rows.iter().map(|row| cells(grid, row, &columns)).collect();
        let heads = heads(&columns);
        let widest = |c: usize| {
            let all = rows.iter().map(|r| r[c].0.chars().count());
            all.chain([heads[c].0.chars().count()]).max().unwrap_or(0)
        };
        let used: usize = (0..heads.len()).map(|c| widest(c) + 1).sum();
        let first = columns.iter().enumerate().max_by_key(|(_, (.., goes))| *goes);
        match first.map(|(place, (.., goes))| (place, *goes)) {
            Some((place, goes)) if used > width && goes > 0 => drop(columns.remove(place)),
            _ => return (columns, rows),
        }
    }
}

/// A row's label and cells.
fn cells(
    grid: &Grid,
    row: &GridRow,
    columns: &[(GridColumn, &'static str, u8)],
) -> Vec<(String, Tone)> {
    let label = match (grid.by, row.start.split_once(' ')) {
        (Grain::Interval, Some((_, clock))) => clock.to_owned(),
        (Grain::Day, _) => with_weekday(&row.start),
        _ => row.start.clone(),
    };
    let mut cells = vec![(label, Tone::Plain)];
    for (column, ..) in columns {
        let figure = row.figure(*column);
        let unit = column.unit(grid.by);
        let shown = figure.value.map_or_else(|| "-".to_owned(), |v| short(v, unit));
        let shown = match column {
            GridColumn::Net => figure.value.map_or(shown, |v| format!("{v:+.1}")),
            _ => shown,
        };
        cells.push((shown, tone(*column, row, &figure)));
        if *column == GridColumn::ServiceLevel {
            let half = figure.ci.map(|[low, high]| format!("{:.1}", 50.0 * (high - low)));
            cells.push((half.unwrap_or_else(|| "-".to_owned()), Tone::Plain));
        }
    }
    cells
}

fn tone(column: GridColumn, row: &GridRow, figure: &Figure) -> Tone {
    match (column, figure.value, row.target) {
        (GridColumn::ServiceLevel, Some(v), Some(target)) if v < target => Tone::Bad,
        (GridColumn::ServiceLevel, Some(_), Some(_)) => Tone::Good,
        (GridColumn::Net, Some(v), _) if v < -0.05 => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// A value in few characters.
fn short(value: f64, unit: &str) -> String {
    match unit {
        "ratio" => format!("{:.1}%", 100.0 * value),
        "s" => format::value(value, "s").replace(' ', ""),
        _ if value.abs() < 999.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// The grid as JSON.
pub(crate) fn grid_json(summary: &Summary, grid: &Grid) -> Value {
    let row = |row: &GridRow| {
        let mut object = Map::new();
        object.insert("start".to_owned(), json!(row.start));
        object.insert("queue".to_owned(), json!(row.queue));
        object.insert("team".to_owned(), json!(row.team));
        object.insert("threshold_s".to_owned(), json!(row.threshold_s));
        object.insert("target".to_owned(), json!(row.target));
        for (column, figure) in GridColumn::ALL.iter().zip(&row.figures) {
            object.insert(column.name().to_owned(), json!(figure));
        }
        Value::Object(object)
    };
    json!({
        "schema": GRID_SCHEMA,
        "version": summary.version,
        "scenario": summary.scenario,
        "seed": summary.seed,
        "replications": summary.replications,
        "confidence": summary.confidence,
        "by": grid.by,
        "interval_s": grid.interval_s,
        "rows": grid.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

/// The grid as CSV: each number with its interval and the spread of single replications.
pub(crate) fn grid_csv(summary: &Summary, grid: &Grid) -> String {
    let mut heads: Vec<String> =
        ["by", "start", "queue", "team", "threshold_s", "target"].map(str::to_owned).to_vec();
    for column in GridColumn::ALL {
        let name = column.name();
        heads.extend(["", "_low", "_high", "_sd"].map(|end| format!("{name}{end}")));
    }
    heads.push("scenario".to_owned());
    let mut out = csv_line(heads);
    for row in &grid.rows {
        let name = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut fields = vec![
            grid.by.name().to_owned(),
            row.start.clone(),
            name(&row.queue),
            name(&row.team),
            csv_number(row.threshold_s),
            csv_number(row.target),
        ];
        for figure in &row.figures {
            let end = |place: usize| figure.ci.map(|ci| ci[place]);
            fields.extend([figure.value, end(0), end(1), figure.sd].map(csv_number));
        }
        fields.push(summary.scenario.name.clone());
        out += &csv_line(fields);
    }
    out
}
