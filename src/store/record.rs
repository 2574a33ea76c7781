//! A pool as tables of a run directory, and back.

mod names;

use crate::domain::Dimension;
use crate::event::Header;
use crate::experiment::{Pool, PoolNumbers};
use crate::log::{LogError, ReadTable, Run, Table, Totals, Values};
use crate::metric::Metric;
use crate::projection::{Everything, Measure, MetricKey, Replication};
use crate::time::SimDuration;
use std::collections::{BTreeMap, BTreeSet};

/// What the tables add up, for the manifest.
#[must_use]
pub fn totals(numbers: &PoolNumbers) -> Totals {
    Totals {
        replications: numbers.replications,
        events: numbers.events,
        open: numbers.open,
        violation_count: numbers.violation_count,
        violations: numbers.violations.clone(),
    }
}

/// The tables of a pool: `measures`, `durations`, `intervals`.
#[must_use]
pub fn tables(header: &Header, pool: &Pool<'_>, numbers: &PoolNumbers) -> Vec<Table> {
    vec![measures(header, &pool.keys, numbers), durations(header, numbers), intervals(numbers)]
}

fn whole<T>(items: &[T], value: impl Fn(&T) -> i64) -> Values {
    Values::Whole(items.iter().map(value).collect())
}

fn real<T>(items: &[T], value: impl Fn(&T) -> f64) -> Values {
    Values::Real(items.iter().map(value).collect())
}

fn text<T>(items: &[T], value: impl Fn(&T) -> Option<String>) -> Values {
    Values::Text(items.iter().map(value).collect())
}

fn measures(header: &Header, keys: &[MetricKey], numbers: &PoolNumbers) -> Table {
    let measured = keys.iter().zip(&numbers.measures);
    let rows: Vec<(u32, &MetricKey, Measure)> =
        measured.flat_map(|(key, all)| (0..).zip(all).map(move |(n, m)| (n, key, *m))).collect();
    let mut columns = vec![
        ("replication", whole(&rows, |r| r.0.into())),
        ("metric", text(&rows, |r| Some(r.1.metric.name().to_owned()))),
        ("definition", text(&rows, |r| r.1.definition.map(|d| d.name().to_owned()))),
        ("threshold_us", whole(&rows, |r| r.1.threshold.map_or(-1, |t| t.0 as i64))),
    ];
    columns.extend(
        Dimension::ALL
            .map(|by| (by.name(), text(&rows, |r| r.1.of_one(by, header).map(str::to_owned)))),
    );
    columns.extend([
        ("unit", text(&rows, |r| Some(r.1.metric.unit().name().to_owned()))),
        ("ratio", whole(&rows, |r| r.1.ratio.into())),
        ("numerator", real(&rows, |r| r.2.num)),
        ("denominator", real(&rows, |r| r.2.den)),
    ]);
    Table { name: "measures", columns }
}

fn durations(header: &Header, numbers: &PoolNumbers) -> Table {
    let rows = &numbers.histograms;
    let named: Vec<_> = rows.iter().map(|r| names::duration(header, r.1)).collect();
    let mut columns = vec![("group", whole(rows, |r| r.0 as i64))];
    for (place, name) in names::DURATION.into_iter().enumerate() {
        columns.push((name, text(&named, |n| n[place].clone())));
    }
    columns.push(("value", whole(rows, |r| r.2 as i64)));
    columns.push(("count", whole(rows, |r| r.3 as i64)));
    Table { name: "durations", columns }
}

fn intervals(numbers: &PoolNumbers) -> Table {
    let rows = &numbers.sums;
    Table {
        name: "intervals",
        columns: vec![
            ("interval", text(rows, |r| Some(r.0.interval.clone()))),
            ("queue", text(rows, |r| r.0.queue.clone())),
            ("team", text(rows, |r| r.0.team.clone())),
            ("series", text(rows, |r| Some(r.0.series.to_owned()))),
            ("x", real(rows, |r| r.1[0])),
            ("y", real(rows, |r| r.1[1])),
            ("xx", real(rows, |r| r.1[2])),
            ("xy", real(rows, |r| r.1[3])),
            ("yy", real(rows, |r| r.1[4])),
        ],
    }
}

/// Folds the events of the chosen replications, whatever the files that hold them.
///
/// # Errors
/// When a file is damaged or missing.
pub fn fold<'r>(run: &'r Run, chosen: &[u32]) -> Result<Pool<'r>, LogError> {
    let header = &run.manifest.header;
    let mut pool = Pool::new(header, run.manifest.planned);
    let mut order = chosen.iter().copied().peekable();
    let mut early: BTreeMap<u32, Replication> = BTreeMap::new();
    let mut current: Option<(u32, Everything, u64)> = None;
    let mut close = |done: Option<(u32, Everything, u64)>| {
        if let Some((number, everything, count)) = done {
            early.insert(number, Replication::finish(header, everything, count));
        }
        // Sums of floats depend on the order, which is that of the numbers.
        while let Some(next) = order.peek().and_then(|n| early.remove(n)) {
            pool.add(&next);
            order.next();
        }
    };
    run.events(&|number| chosen.contains(&number), &mut |number, events, _| {
        if current.as_ref().is_none_or(|(n, ..)| *n != number) {
            close(current.take());
            current = Some((number, Everything::new(header), 0));
        }
        if let Some((_, everything, count)) = &mut current {
            everything.apply_all(header, events);
            *count += events.len() as u64;
        }
    })?;
    close(current);
    Ok(pool)
}

/// The replications of an unfinished run that a report can use: those from the
/// first on that have ended. Where none has, the first that has begun, with the
/// moment of its latest event, microseconds.
///
/// # Errors
/// When a file is damaged or missing.
pub fn usable(run: &Run) -> Result<(Vec<u32>, Option<u64>), LogError> {
    let (kept, finished) = (run.replications(), run.finished());
    let ended = |n: &u32| finished.binary_search(n).is_ok();
    let whole: Vec<u32> = kept.iter().map(|(n, _)| *n).take_while(ended).collect();
    let Some((first, _)) = kept.first().filter(|_| whole.is_empty()) else {
        return Ok((whole, None));
    };
    let mut latest = 0;
    run.events(&|n| n == *first, &mut |_, events, _| {
        latest = events.last().map_or(latest, |e| e.at.0);
    })?;
    Ok((vec![*first], Some(latest)))
}

/// The pool that a run keeps in its tables, and the names of what this version does not
/// know of them.
///
/// # Errors
/// When a table is damaged, or does not fit the manifest.
pub fn pool_of(run: &Run) -> Result<(Pool<'_>, BTreeSet<String>), LogError> {
    let manifest = &run.manifest;
    let (numbers, unknown) = read_numbers(run)?;
    let pool = Pool::from_numbers(&manifest.header, &numbers).map_err(|what| {
        let version = &manifest.version;
        let what = format!("its tables are of another version ({version}): {what}");
        LogError::damaged(run.path(), what)
    })?;
    Ok((pool, unknown))
}

fn read_numbers(run: &Run) -> Result<(PoolNumbers, BTreeSet<String>), LogError> {
    let (manifest, totals) = (&run.manifest, &run.manifest.totals);
    let header = &manifest.header;
    let table = run.table("measures")?;
    let (nums, dens) = (table.real("numerator"), table.real("denominator"));
    let rows = nums.iter().zip(dens);
    let all: Vec<_> = rows.map(|(&num, &den)| Measure { num, den }).collect();
    let each = totals.replications.max(1) as usize;
    let (mut keys, mut measures, mut unknown) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (number, of_metric) in all.chunks(each).enumerate() {
        match key(header, &table, number * each) {
            Ok(key) => {
                keys.push(key);
                measures.push(of_metric.to_vec());
            }
            Err(name) => drop(unknown.insert(name)),
        }
    }
    let empty = Pool::new(header, manifest.planned);
    let table = run.table("durations")?;
    let durations = names::durations(header, &table, &empty);
    let columns = ["group", "value", "count"].map(|name| table.whole(name));
    let histograms = durations.known.iter().enumerate().filter_map(|(row, key)| {
        let cell = |c: usize| columns[c].get(row).copied().unwrap_or(0);
        Some((cell(0) as usize, (*key)?, cell(1) as u64, cell(2) as u64))
    });
    let histograms = histograms.collect();
    let table = run.table("intervals")?;
    let intervals = names::intervals(&table, &empty);
    let columns = ["x", "y", "xx", "xy", "yy"].map(|name| table.real(name));
    let sums = intervals.known.into_iter().enumerate();
    let sums = sums.filter_map(|(row, name)| {
        let cells = columns.map(|c| c.get(row).copied().unwrap_or(f64::NAN));
        Some((name?, cells))
    });
    let numbers = PoolNumbers {
        planned: manifest.planned,
        replications: totals.replications,
        events: totals.events,
        open: totals.open,
        violation_count: totals.violation_count,
        violations: totals.violations.clone(),
        keys,
        measures,
        histograms,
        sums: sums.collect(),
    };
    unknown.extend(durations.unknown.into_iter().chain(intervals.unknown));
    Ok((numbers, unknown))
}

/// The metric of a row, or the name that this version does not know.
fn key(header: &Header, table: &ReadTable, row: usize) -> Result<MetricKey, String> {
    let word = |column: &str| table.text(column).get(row).cloned().flatten();
    let whole = |column: &str| table.whole(column).get(row).copied().unwrap_or(-1);
    let name = word("metric").unwrap_or_default();
    let Some(metric) = Metric::find(&name) else {
        return Err(name);
    };
    let definition = word("definition").map(|word| metric.definition(&word).ok_or(word));
    let key = MetricKey {
        definition: definition.transpose().map_err(|word| format!("{name} {word}"))?,
        threshold: u64::try_from(whole("threshold_us")).ok().map(SimDuration),
        ratio: whole("ratio") == 1,
        ..MetricKey::of(metric)
    };
    Ok(Dimension::ALL.into_iter().fold(key, |key, by| match word(by.name()) {
        Some(one) => key.narrowed(by, &one, header),
        None => key,
    }))
}
