//! Durations and series in tables: by their names, so that a metric more or less moves
//! nothing, and what another version measured is known as such.

use crate::event::Header;
use crate::experiment::{Pool, SeriesName};
use crate::log::ReadTable;
use crate::projection::{HistogramKey, TURN_DURATIONS};
use std::collections::{BTreeMap, BTreeSet};

/// The columns that name a duration.
pub(super) const DURATION: [&str; 5] = ["duration", "definition", "party", "queue", "segment"];
/// The columns that name a series.
pub(super) const SERIES: [&str; 4] = ["interval", "queue", "team", "series"];

/// A name, column by column.
pub(super) type Name<const N: usize> = [Option<String>; N];

/// The name of a duration, in the order of [`DURATION`].
pub(super) fn duration(header: &Header, key: HistogramKey) -> Name<5> {
    use HistogramKey::{FirstResponse, Handling, ToResolution};
    let (name, queue, segment) = match key {
        HistogramKey::WaitAnswered(queue, segment) => ("wait_answered", Some(queue), segment),
        HistogramKey::WaitAbandoned(queue, segment) => ("wait_abandoned", Some(queue), segment),
        HistogramKey::WaitOpen(queue, segment) => ("wait_open", Some(queue), segment),
        HistogramKey::Turn(what, segment) => {
            let named = TURN_DURATIONS.iter().find(|(of, _)| *of == what);
            (named.map_or("", |(_, metric)| metric.name()), None, segment)
        }
        FirstResponse(_, _, segment) | Handling(_, segment) | ToResolution(_, _, segment) => {
            ("", None, segment)
        }
    };
    let time = key.by_party().map(|(time, _)| time);
    let queue = queue.and_then(|q| header.queues.get(q.index()));
    [
        Some(time.map_or(name, |t| t.metric.name()).to_owned()),
        time.and_then(|t| t.definition).map(|d| d.name().to_owned()),
        time.map(|t| t.party.name().to_owned()),
        queue.map(|q| q.name.clone()),
        header.segments.get(segment.index()).cloned(),
    ]
}

/// The name of a series, in the order of [`SERIES`].
fn series(of: &SeriesName) -> Name<4> {
    [Some(of.interval.clone()), of.queue.clone(), of.team.clone(), Some(of.series.to_owned())]
}

/// What the rows of a table are of, and what of them is not known here.
pub(super) struct Rows<T> {
    /// One for each row.
    pub(super) known: Vec<Option<T>>,
    /// The names of the others, without where they were measured.
    pub(super) unknown: BTreeSet<String>,
}

/// What the rows of the table of durations are of.
pub(super) fn durations(header: &Header, table: &ReadTable, pool: &Pool<'_>) -> Rows<HistogramKey> {
    let keys = pool.histogram_keys.iter();
    if table.text("duration").is_empty() {
        // Until they had names, the table held the key as the program printed it, at first
        // without the word for the time on the clock.
        let places = keys.flat_map(|key| {
            let now = format!("{key:?}");
            [([Some(now.replacen("Wall, ", "", 1))], *key), ([Some(now)], *key)]
        });
        return rows(table, ["histogram"], 0, &places.collect());
    }
    let places = keys.map(|key| (duration(header, *key), *key));
    rows(table, DURATION, 0, &places.collect())
}

/// What the rows of the table of series are of.
pub(super) fn intervals(table: &ReadTable, pool: &Pool<'_>) -> Rows<SeriesName> {
    let names = pool.series_names().into_iter();
    let places = names.map(|name| (series(&name), name));
    rows(table, SERIES, 3, &places.collect())
}

/// Looks each row up. `told` is the column that says what was measured.
fn rows<const N: usize, T: Clone>(
    table: &ReadTable,
    columns: [&str; N],
    told: usize,
    places: &BTreeMap<Name<N>, T>,
) -> Rows<T> {
    let columns = columns.map(|name| table.text(name));
    let count = columns.iter().map(|c| c.len()).max().unwrap_or_default();
    let mut rows = Rows { known: Vec::with_capacity(count), unknown: BTreeSet::new() };
    for row in 0..count {
        let name = columns.map(|column| column.get(row).cloned().flatten());
        let found = places.get(&name).cloned();
        if found.is_none() {
            rows.unknown.extend(name[told].clone());
        }
        rows.known.push(found);
    }
    rows
}
