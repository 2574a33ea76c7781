//! The tables that terminal, Markdown and HTML print alike.
//!
//! Rows are metrics, columns are queues, segments, parties or teams. Whatever
//! was not measured is left out: first cells, then rows, columns and tables.

use super::format;
use super::formulas::formulas;
use super::lines::{self, Line, Show};
use super::rows::{Query, find};
use super::table::{Cell, Row, Table};
use crate::domain::Dimension;
use crate::experiment::{MetricRow, SPREAD_MIN, Summary, TOO_FEW};
use crate::metric::Metric;
use crate::time::SimDuration;

/// All tables of a summary, in the order of a customer's way through it.
pub(crate) fn tables(summary: &Summary) -> Vec<Table> {
    let about = &summary.about;
    let parties = ["bot".to_owned(), "human".to_owned()];
    [
        build(summary, "The bot under load", Dimension::Segment, &about.segments, &lines::load()),
        build(summary, "Waits", Dimension::Queue, &about.queues, &lines::waits()),
        build(summary, "Resolution", Dimension::Segment, &about.segments, &lines::resolution()),
        build(summary, "Times", Dimension::Party, &parties, &lines::times()),
        build(summary, "People", Dimension::Team, &about.teams, &lines::people()),
        build(summary, "Satisfaction", Dimension::Party, &parties, &lines::satisfaction()),
        cost(summary),
    ]
    .into_iter()
    .flatten()
    .chain(formulas(summary))
    .collect()
}

/// The few numbers that open a page.
pub(crate) fn headline(summary: &Summary) -> Option<Table> {
    let mut rows = Vec::new();
    // A wait over several queues would mix what answers at once with what answers later.
    let mixed = summary.about.queues.len() > 1;
    let lines = lines::headline().into_iter();
    for (label, query) in lines.filter(|(_, q)| !mixed || q.metric != Metric::Wait) {
        if let Some(found) = find(query, summary) {
            rows.push(Row {
                label: with_currency(label, found.unit, summary),
                metric: Some(query.metric),
                cells: vec![Cell::of(found)],
            });
        }
    }
    (!rows.is_empty()).then_some(Table {
        title: "Headline".to_owned(),
        columns: vec!["value".to_owned()],
        rows,
        note: String::new(),
    })
}

/// What single replications look like, where the intervals of the other tables say
/// how well their mean is known. Says so where there are too few of them.
pub(crate) fn singles(summary: &Summary) -> Option<Table> {
    let title = match summary.about.days {
        0 | 1 => "Single days".to_owned(),
        days => format!("Single replications of {days} days"),
    };
    let mut rows = Vec::new();
    let mut put = |label: String, found: Option<&MetricRow>| {
        if let Some((found, points)) = found.and_then(|row| Some((row, row.spread?))) {
            let cells = (0..points.len()).map(|i| point(found, points[i], i));
            rows.push(Row {
                label: with_currency(&label, found.unit, summary),
                metric: Some(found.which.metric),
                cells: cells.collect(),
            });
        }
    };
    let queues = &summary.about.queues;
    for queue in queues {
        let query = lines::service_level().narrowed(Dimension::Queue, Some(queue));
        let found = find(query, summary);
        let within = found.and_then(|row| row.which.threshold_s);
        let within =
            within.map_or_else(|| "time".to_owned(), |s| SimDuration::from_s(s).to_string());
        let label = match queues.len() {
            1 => format!("answered in {within} (SL3)"),
            _ => format!("in {within} (SL3), {queue}"),
        };
        put(label, found);
    }
    for (label, query) in lines::singles() {
        put(label.to_owned(), find(query, summary));
    }
    let columns = ["5% point", "50% point", "95% point"].map(str::to_owned);
    if !rows.is_empty() {
        return Some(Table { title, columns: columns.to_vec(), rows, note: String::new() });
    }
    let few = (2..SPREAD_MIN as u32).contains(&summary.replications);
    few.then(|| Table {
        title,
        columns: Vec::new(),
        rows: vec![Row {
            label: "5%, 50% and 95% points".to_owned(),
            metric: None,
            cells: vec![Cell {
                value: TOO_FEW.to_owned(),
                interval: format!("({SPREAD_MIN} replications are needed)"),
            }],
        }],
        note: String::new(),
    })
}

/// A point of the spread with its interval.
fn point(row: &MetricRow, value: f64, place: usize) -> Cell {
    let ci = row.spread_ci.and_then(|all| all[place]);
    Cell {
        value: format::value(value, row.unit),
        interval: ci.map_or_else(|| format!("[{TOO_FEW}]"), |ci| format::interval(ci, row.unit)),
    }
}

/// The cost table: one column, and the currency in its title.
fn cost(summary: &Summary) -> Option<Table> {
    let mut table = build(summary, "Cost", Dimension::Segment, &[], &lines::cost())?;
    if !summary.about.currency.is_empty() {
        table.title = format!("Cost ({})", summary.about.currency);
    }
    Some(table)
}

/// Looks every line up in every column and leaves out what is empty.
fn build(
    summary: &Summary,
    title: &str,
    dimension: Dimension,
    names: &[String],
    lines: &[Line],
) -> Option<Table> {
    // "All" first. One queue or segment alone is all; its rows may be filed under either.
    let mut columns = vec![None];
    if names.len() > 1 {
        columns.extend(names.iter().map(|name| Some(name.as_str())));
    }
    let lone = (names.len() == 1).then(|| names[0].as_str());
    let grid = Grid { summary, dimension, lone };
    let mut rows: Vec<Row> = Vec::new();
    for &(label, query, show) in lines {
        let zero = |column: &Option<&str>| grid.find(query, *column).is_none_or(|r| r.value == 0.0);
        if matches!(show, Show::NonZero) && columns.iter().all(zero) {
            continue;
        }
        let cells: Vec<Cell> = columns.iter().map(|c| grid.cell(query, show, *c)).collect();
        if cells.iter().any(|c| !c.value.is_empty()) {
            rows.push(Row { label: label.to_owned(), metric: Some(query.metric), cells });
        }
    }
    let mut heads: Vec<String> =
        columns.iter().map(|column| column.unwrap_or("all").to_owned()).collect();
    drop_empty_columns(&mut heads, &mut rows);
    if heads.len() == 1 && heads[0] == "all" {
        heads = lone.map_or_else(Vec::new, |name| vec![name.to_owned()]);
    }
    (!rows.is_empty()).then(|| Table {
        title: by(title, dimension, heads.len()),
        columns: heads,
        rows,
        note: String::new(),
    })
}

/// Where the numbers of a table stand.
struct Grid<'s> {
    summary: &'s Summary,
    /// What its columns are.
    dimension: Dimension,
    /// The one queue, segment or team, where there is one.
    lone: Option<&'s str>,
}

impl<'s> Grid<'s> {
    /// The row in a column; `None` is the column of all.
    fn find(&self, query: Query<'_>, column: Option<&str>) -> Option<&'s MetricRow> {
        let of = |name: &str| find(query.narrowed(self.dimension, Some(name)), self.summary);
        match column {
            Some(name) => of(name),
            None => find(query, self.summary).or_else(|| of(self.lone?)),
        }
    }

    fn cell(&self, query: Query<'_>, show: Show, column: Option<&str>) -> Cell {
        let Some(row) = self.find(query, column) else {
            return Cell::default();
        };
        let bare = |value: String| Cell { value, interval: String::new() };
        let find = |other| self.find(other, column);
        match show {
            Show::Metric | Show::NonZero => Cell::of(row),
            Show::FineUnless(other) if find(other).is_some_and(|o| same(o, row)) => Cell::default(),
            Show::Fine | Show::FineUnless(_) => {
                Cell::shown(row, format::fine, format::fine_interval)
            }
            Show::Threshold => row
                .which
                .threshold_s
                .map_or_else(Cell::default, |s| bare(SimDuration::from_s(s).to_string())),
            Show::Times(other) => find(other).map_or_else(Cell::default, |second| {
                bare(format::value(row.value * second.value, row.unit))
            }),
        }
    }
}

fn drop_empty_columns(heads: &mut Vec<String>, rows: &mut [Row]) {
    for column in (0..heads.len()).rev() {
        if rows.iter().all(|row| row.cells[column].value.is_empty()) {
            heads.remove(column);
            rows.iter_mut().for_each(|row| {
                row.cells.remove(column);
            });
        }
    }
}

/// Whether two metrics have one value, or both none.
fn same(one: &MetricRow, other: &MetricRow) -> bool {
    one.value.to_bits() == other.value.to_bits()
}

fn by(title: &str, dimension: Dimension, columns: usize) -> String {
    match columns {
        0 | 1 => title.to_owned(),
        _ => format!("{title} by {}", dimension.name()),
    }
}

/// A label with the currency, where the value is money.
fn with_currency(label: &str, unit: &str, summary: &Summary) -> String {
    if unit == "currency" && !summary.about.currency.is_empty() {
        format!("{label} ({})", summary.about.currency)
    } else {
        label.to_owned()
    }
}
