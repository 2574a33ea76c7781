//! `convoq report`: what a run on disk says, folded again.

use super::simulate::{exit_code, render, summary, write_report};
use super::{Failure, Format, OK, ReportArgs, print};
use crate::experiment::{Pool, Summary};
use crate::log::{LogError, Run, RunState};
use crate::projection::{Everything, Replication};
use crate::run::record;
use std::fmt::Write as _;

pub(super) fn run(args: &ReportArgs) -> Result<u8, Failure> {
    let mut summaries = Vec::new();
    for path in &args.runs {
        let run = Run::open(path)?;
        let pool = pool(&run, args.quiet)?;
        let manifest = &run.manifest;
        let (seed, confidence) = (manifest.seed, manifest.confidence);
        let reproduce = manifest.reproduce.clone();
        let doubt = run.doubt();
        summaries.push(summary(
            &pool,
            seed,
            confidence,
            reproduce,
            &manifest.warnings,
            doubt,
        ));
    }
    if let [one] = summaries.as_slice() {
        write_report(one, args.report.as_deref(), args.quiet)?;
        print(&render(one, args.format))?;
        let code = exit_code(one, false);
        return Ok(code);
    }
    if args.report.is_some() {
        return Err(Failure::invalid(
            "error: --report writes one run\n  help: name one run, or leave --report out",
        ));
    }
    let names: Vec<_> = args.runs.iter().map(|r| r.display().to_string()).collect();
    print(&side_by_side(&names, &summaries, args.format))?;
    Ok(OK)
}

/// The pool of a run: folded from its events where all of them are there, else
/// taken from its tables.
pub(super) fn pool(run: &Run, quiet: bool) -> Result<Pool<'_>, Failure> {
    let manifest = &run.manifest;
    if manifest.state == RunState::Running {
        let path = run.path().display();
        return Err(Failure::invalid(format!(
            "error: {path}: the run is not finished: it is being written, or its writer died\n  help: `convoq log recover {path}` completes it"
        )));
    }
    let done = manifest.totals.replications;
    let kept = run.replications();
    let whole = (0..done).all(|n| kept.binary_search_by_key(&n, |(number, _)| *number).is_ok());
    let (pool, from) = if whole && done > 0 {
        (fold(run, done)?, "events")
    } else {
        (record::pool_of(run)?, "tables")
    };
    if !quiet {
        eprintln!(
            "{}: folded from the {from} of {done} replications",
            run.path().display()
        );
    }
    Ok(pool)
}

/// Folds the events of the replications below `done`.
fn fold(run: &Run, done: u32) -> Result<Pool<'_>, LogError> {
    let header = &run.manifest.header;
    let mut pool = Pool::new(header, run.manifest.planned);
    let mut current: Option<(u32, Everything, u64)> = None;
    run.events(&|number| number < done, &mut |number, events, _| {
        if current.as_ref().is_none_or(|(n, ..)| *n != number) {
            if let Some((_, everything, count)) = current.take() {
                pool.add(&Replication::finish(header, everything, count));
            }
            current = Some((number, Everything::new(header), 0));
        }
        if let Some((_, everything, count)) = &mut current {
            everything.apply_all(header, events);
            *count += events.len() as u64;
        }
    })?;
    if let Some((_, everything, count)) = current {
        pool.add(&Replication::finish(header, everything, count));
    }
    Ok(pool)
}

/// The metrics over everything of several runs, a column for each.
fn side_by_side(names: &[String], summaries: &[Summary], format: Format) -> String {
    if format == Format::Json {
        return serde_json::to_string_pretty(summaries).unwrap_or_default() + "\n";
    }
    let mut rows: Vec<Vec<String>> = vec![[vec!["metric".to_owned()], names.to_vec()].concat()];
    let plain = summaries.first().map(|s| s.metrics.as_slice());
    let whole = plain
        .unwrap_or_default()
        .iter()
        .filter(|r| r.segment.is_none() && r.channel.is_none() && r.intent.is_none());
    for row in whole {
        let parts = [
            Some(row.metric.to_string()),
            row.definition.map(|d| d.to_string()),
            row.queue.clone(),
            row.team.clone(),
            row.party.map(|p| p.to_string()),
            row.stat.map(|s| s.to_string()),
        ];
        let label: Vec<_> = parts.into_iter().flatten().collect();
        let mut cells = vec![label.join(" ")];
        cells.extend(summaries.iter().map(|s| {
            let found = s.metrics.iter().find(|r| {
                (r.metric == row.metric && r.definition == row.definition && r.queue == row.queue)
                    && (r.segment.is_none() && r.channel.is_none() && r.intent.is_none())
                    && (r.team == row.team && r.party == row.party && r.stat == row.stat)
                    && r.threshold_s == row.threshold_s
            });
            found.map_or("-".to_owned(), |r| number(r.value, r.ci))
        }));
        rows.push(cells);
    }
    write_rows(&rows, format)
}

fn number(value: f64, ci: Option<[f64; 2]>) -> String {
    match ci {
        Some([low, high]) => format!("{value:.4} [{low:.4}, {high:.4}]"),
        None => format!("{value:.4}"),
    }
}

fn write_rows(rows: &[Vec<String>], format: Format) -> String {
    let mut text = String::new();
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .map(|c| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0))
        .collect();
    for (number, row) in rows.iter().enumerate() {
        match format {
            Format::Csv => {
                let cells: Vec<_> = row
                    .iter()
                    .map(|c| format!("\"{}\"", c.replace('"', "\"\"")))
                    .collect();
                let _ = writeln!(text, "{}", cells.join(","));
            }
            Format::Markdown => {
                let _ = writeln!(text, "| {} |", row.join(" | "));
                if number == 0 {
                    let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
                }
            }
            _ => {
                let cells: Vec<_> = row
                    .iter()
                    .zip(&widths)
                    .map(|(cell, width)| format!("{cell:<width$}"))
                    .collect();
                let _ = writeln!(text, "{}", cells.join("  ").trim_end());
            }
        }
    }
    text
}
