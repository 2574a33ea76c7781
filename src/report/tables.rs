//! The tables that terminal, Markdown and HTML print alike.
//!
//! Rows are metrics, columns are queues, segments, parties or teams. Whatever
//! was not measured is left out: first cells, then rows, columns and tables.

use super::format;
use super::rows::{Dimension, Query};
use crate::experiment::{MetricRow, Summary};
use crate::time::SimDuration;

/// A table, ready to print.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// What it is about, as `Waits by queue`.
    pub(crate) title: String,
    /// Heads of the columns after the label; empty for a lone column that needs none.
    pub(crate) columns: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Row>,
}

/// One row of a table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What it says.
    pub(crate) label: String,
    /// The term of the glossary that explains it.
    pub(crate) term: &'static str,
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
    fn of(row: &MetricRow) -> Self {
        let interval = row.ci.filter(|ci| ci.iter().all(|end| end.is_finite()));
        Self {
            value: format::value(row.value, row.unit),
            interval: interval.map_or_else(String::new, |ci| format::interval(ci, row.unit)),
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

/// What a row of a table shows.
#[derive(Clone, Copy)]
enum Show {
    /// A metric.
    Metric,
    /// A metric, unless it is zero in every column.
    NonZero,
    /// The threshold that a service level was measured at.
    Threshold,
    /// The product with a second metric: exact for ratios of sums over each other.
    Times(Query<'static>),
}

type Line = (&'static str, &'static str, Query<'static>, Show);

/// A line that shows a metric under a label.
fn line(label: &'static str, query: Query<'static>) -> Line {
    (label, query.name(), query, Show::Metric)
}

/// A line that is left out where it is zero.
fn non_zero(label: &'static str, query: Query<'static>) -> Line {
    (label, query.name(), query, Show::NonZero)
}

/// All tables of a summary, in the order of a customer's way through it.
pub(crate) fn tables(summary: &Summary) -> Vec<Table> {
    let about = &summary.about;
    let parties = ["bot".to_owned(), "human".to_owned()];
    [
        build(summary, "Waits", Dimension::Queue, &about.queues, &waits()),
        build(
            summary,
            "Resolution",
            Dimension::Segment,
            &about.segments,
            &resolution(),
        ),
        build(summary, "Times", Dimension::Party, &parties, &times()),
        build(summary, "People", Dimension::Team, &about.teams, &people()),
        build(
            summary,
            "Satisfaction",
            Dimension::Party,
            &parties,
            &satisfaction(),
        ),
        cost(summary),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The few numbers that open a page, with what single replications look like.
pub(crate) fn headline(summary: &Summary) -> Option<Table> {
    let q = Query::of;
    let lines = [
        ("contacts", q("arrivals")),
        ("wait p90", q("wait_s").stat("p90")),
        ("abandonment", q("abandonment_rate")),
        ("bot involvement", q("involvement_rate")),
        ("ROAR", q("roar")),
        ("true ROAR", q("true_roar")),
        ("first response, people", q("frt_s").party("human")),
        ("time to resolution, people", q("ttr_s").party("human")),
        ("first-contact resolution", q("fcr")),
        ("CSAT", q("csat")),
        ("cost per contact", q("cost_per_contact")),
        ("cost per true resolution", q("cost_per_true_resolution")),
    ];
    let mut rows = Vec::new();
    for (label, query) in lines {
        if let Some(found) = query.find(summary) {
            let points = found.spread.map_or_else(String::new, |points| {
                points.map(|p| format::value(p, found.unit)).join(" · ")
            });
            let spread = Cell {
                value: points,
                interval: String::new(),
            };
            rows.push(Row {
                label: with_currency(label, found.unit, summary),
                term: query.name(),
                cells: vec![Cell::of(found), spread],
            });
        }
    }
    let mut columns = vec!["value".to_owned()];
    if rows.iter().any(|row| !row.cells[1].value.is_empty()) {
        columns.push("single replications: 5%, 50%, 95% points".to_owned());
    } else {
        rows.iter_mut().for_each(|row| row.cells.truncate(1));
    }
    (!rows.is_empty()).then_some(Table {
        title: "Headline".to_owned(),
        columns,
        rows,
    })
}

fn waits() -> Vec<Line> {
    let q = Query::of;
    let level = q("service_level").definition("SL3");
    vec![
        line("offered", q("offered")),
        line("answered in time (SL3)", level),
        ("  within", "service_level", level, Show::Threshold),
        line("average speed of answer", q("asa_s")),
        line("wait p50", q("wait_s").stat("p50")),
        line("wait p90", q("wait_s").stat("p90")),
        line("wait p95", q("wait_s").stat("p95")),
        line("had to wait", q("wait_probability")),
        line("abandonment", q("abandonment_rate").definition("known")),
        non_zero(
            "abandonment, silent too",
            q("abandonment_rate").definition("true"),
        ),
        non_zero("did not join", q("balked")),
        non_zero("found no room", q("blocked")),
        non_zero("turned away", q("turned_away")),
        non_zero("waiting at the end", q("backlog")),
    ]
}

fn resolution() -> Vec<Line> {
    let q = Query::of;
    let involved = q("involvement_rate");
    let of_involved = q("resolution_rate").party("bot");
    let rate = "involvement_rate";
    vec![
        line("contacts", q("arrivals")),
        line("bot involvement", involved),
        line("x its resolution rate", of_involved),
        (
            "= automation rate",
            rate,
            involved,
            Show::Times(of_involved),
        ),
        line("ROAR (with articles)", q("roar")),
        line("true ROAR", q("true_roar")),
        line("bot's share of ROAR", q("bot_share")),
        line("answers per involved", q("answered_turns")),
        line("containment", q("containment_rate")),
        line("false containment", q("false_containment_rate")),
        line("deflection", q("deflection_rate")),
        line("bypass of the bot", q("bypass_rate")),
        line("people truly resolve", q("resolution_rate").party("human")),
        line("FCR, by issue", q("fcr").definition("issue")),
        line("FCR, in the window", q("fcr").definition("window")),
        line("repeat contacts", q("repeat_rate")),
        line("transfers per contact", q("transfers_per_contact")),
    ]
}

fn times() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("first response, mean", q("frt_s")),
        line("first response p50", q("frt_s").stat("p50")),
        line("first response p90", q("frt_s").stat("p90")),
        line("first response p95", q("frt_s").stat("p95")),
        line("time to resolution, mean", q("ttr_s")),
        line("time to resolution p50", q("ttr_s").stat("p50")),
        line("time to resolution p90", q("ttr_s").stat("p90")),
        line("handle time, mean", q("aht_s")),
        line("handle time p90", q("aht_s").stat("p90")),
    ]
}

fn people() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("agents on the queue", q("staffed")),
        line(
            "occupancy (agent busy)",
            q("occupancy").definition("agent_busy"),
        ),
        line("occupancy (slots)", q("occupancy").definition("slots")),
        line(
            "occupancy (workload)",
            q("occupancy").definition("workload"),
        ),
        line("utilisation of paid time", q("utilisation")),
        line("contacts per busy agent", q("concurrency")),
    ]
}

fn satisfaction() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("CSAT", q("csat")),
        line("customer effort (CES)", q("ces")),
        line("NPS", q("nps")),
        line("answered the survey", q("response_rate")),
    ]
}

/// The cost table: one column, and the currency in its title.
fn cost(summary: &Summary) -> Option<Table> {
    let q = Query::of;
    let lines = [
        line("total", q("cost").definition("total")),
        line("wages", q("cost").definition("wages")),
        line("bot", q("cost").definition("bot")),
        line("contacts", q("cost").definition("contacts")),
        line("per contact", q("cost_per_contact")),
        line("per true resolution", q("cost_per_true_resolution")),
        line("return on the bot (ROI)", q("roi")),
    ];
    let mut table = build(summary, "Cost", Dimension::Segment, &[], &lines)?;
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
    let mut rows: Vec<Row> = Vec::new();
    for &(label, term, query, show) in lines {
        let cells: Vec<Cell> = columns
            .iter()
            .map(|column| cell(summary, query, show, dimension, *column, lone))
            .collect();
        let zero = |c: &Cell| c.value.is_empty() || c.value.starts_with('0') && is_zero(&c.value);
        let hidden = matches!(show, Show::NonZero) && cells.iter().all(zero);
        if !hidden && cells.iter().any(|c| !c.value.is_empty()) {
            rows.push(Row {
                label: label.to_owned(),
                term,
                cells,
            });
        }
    }
    let mut heads: Vec<String> = columns
        .iter()
        .map(|column| column.unwrap_or("all").to_owned())
        .collect();
    drop_empty_columns(&mut heads, &mut rows);
    if heads.len() == 1 && heads[0] == "all" {
        heads = lone.map_or_else(Vec::new, |name| vec![name.to_owned()]);
    }
    (!rows.is_empty()).then(|| Table {
        title: by(title, dimension, heads.len()),
        columns: heads,
        rows,
    })
}

fn cell(
    summary: &Summary,
    query: Query<'_>,
    show: Show,
    dimension: Dimension,
    column: Option<&str>,
    lone: Option<&str>,
) -> Cell {
    let find = |query: Query<'_>| match column {
        Some(name) => query.along(dimension, name).find(summary),
        None => query
            .find(summary)
            .or_else(|| query.along(dimension, lone?).find(summary)),
    };
    let Some(row) = find(query) else {
        return Cell::default();
    };
    let bare = |value: String| Cell {
        value,
        interval: String::new(),
    };
    match show {
        Show::Metric | Show::NonZero => Cell::of(row),
        Show::Threshold => row
            .threshold_s
            .map_or_else(Cell::default, |s| bare(SimDuration::from_s(s).to_string())),
        Show::Times(other) => find(other).map_or_else(Cell::default, |second| {
            bare(format::value(row.value * second.value, row.unit))
        }),
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

/// Whether a printed value is zero: `0`, `0.0%`, `0.00`.
fn is_zero(value: &str) -> bool {
    value.chars().all(|c| matches!(c, '0' | '.' | '%'))
}

fn by(title: &str, dimension: Dimension, columns: usize) -> String {
    let of = match dimension {
        _ if columns < 2 => return title.to_owned(),
        Dimension::Queue => "queue",
        Dimension::Segment => "segment",
        Dimension::Team => "team",
        Dimension::Party => "party",
    };
    format!("{title} by {of}")
}

/// A label with the currency, where the value is money.
fn with_currency(label: &str, unit: &str, summary: &Summary) -> String {
    if unit == "currency" && !summary.about.currency.is_empty() {
        format!("{label} ({})", summary.about.currency)
    } else {
        label.to_owned()
    }
}
