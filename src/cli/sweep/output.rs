//! Where the results of a sweep go.

use super::vary::Vary;
use super::{CACHE, DesignName, SweepArgs, TableFormat};
use crate::cli::guard::grouped;
use crate::cli::{Failure, print};
use crate::experiment::Sweep;
use crate::log::{Values, write_parquet};
use crate::report::{self, Cells, Column};
use crate::run::Counts;
use crate::scenario::Loaded;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// What cannot be written is told before anything runs.
pub(super) fn check(args: &SweepArgs, varies: &[Vary]) -> Result<(), Failure> {
    if args.format == TableFormat::Parquet && args.out.is_none() {
        return Err(Failure::invalid(
            "error: --format parquet: a terminal cannot show it\n  help: name a file with --out",
        ));
    }
    if args.out.is_some() && args.format == TableFormat::Text {
        return Err(Failure::invalid(
            "error: --out: the text goes to standard output\n  help: choose --format csv, json or parquet for the file",
        ));
    }
    let two_level = args.design == DesignName::Factorial && varies.iter().all(|v| v.count() == 2);
    if args.report.is_some() && !(two_level && varies.len() <= 12) {
        return Err(Failure::invalid(
            "error: --report: a study needs a factorial with two values of each of at most 12 factors\n  help: give PATH=LOW,HIGH or variant:NAME for each",
        ));
    }
    Ok(())
}

/// A text field of the scenario file.
pub(super) fn text_of(loaded: &Loaded, field: &str) -> String {
    let text = loaded.expanded.get(field).and_then(|v| v.as_str());
    text.unwrap_or_default().trim().to_owned()
}

/// What was computed and what was found, and what the cache could not do.
pub(super) fn notes(args: &SweepArgs, sweep: &Sweep, counts: Counts) {
    let violations: u64 = sweep.points.iter().map(|p| p.violations).sum();
    if violations > 0 {
        eprintln!("AUDIT FAILED: {violations} violations; do not use these numbers");
    }
    if args.quiet {
        return;
    }
    let Counts {
        done,
        found,
        computed,
        damaged,
        unwritten,
    } = counts;
    let all = sweep.design.len();
    let fresh = done - found;
    eprintln!(
        "{} of {} points: {found} found in {CACHE}, {fresh} computed ({computed} replications)",
        grouped(done),
        grouped(all),
    );
    if damaged > 0 {
        eprintln!("note: {damaged} damaged entries of {CACHE} were computed again");
    }
    if unwritten > 0 {
        eprintln!("note: {unwritten} results could not be kept under {CACHE}");
    }
}

/// Prints and writes what was asked for.
pub(super) fn write(args: &SweepArgs, sweep: &Sweep) -> Result<(), Failure> {
    if let Some(path) = &args.report {
        let text = report::sweep_markdown(sweep);
        put(path, text.as_bytes())?;
        if !args.quiet {
            eprintln!("report: {}", path.display());
        }
    }
    let Some(path) = &args.out else {
        return print(&match args.format {
            TableFormat::Csv => report::columns_csv(&report::sweep_rows(sweep)),
            TableFormat::Json => report::sweep_json(sweep),
            TableFormat::Text | TableFormat::Parquet => report::sweep_text(sweep),
        });
    };
    let (rows, effects) = (report::sweep_rows(sweep), report::sweep_effects(sweep));
    let beside = beside(path);
    match args.format {
        TableFormat::Parquet => {
            parquet(path, rows)?;
            parquet(&beside, effects)?;
        }
        TableFormat::Json => put(path, report::sweep_json(sweep).as_bytes())?,
        TableFormat::Csv | TableFormat::Text => {
            put(path, report::columns_csv(&rows).as_bytes())?;
            put(&beside, report::columns_csv(&effects).as_bytes())?;
        }
    }
    if !args.quiet {
        eprintln!("rows: {}", path.display());
    }
    print(&report::sweep_text(sweep))
}

/// `grid.csv` as `grid-effects.csv`.
fn beside(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(ending) => format!("{stem}-effects.{}", ending.to_string_lossy()),
        None => format!("{stem}-effects"),
    };
    path.with_file_name(name)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot be made", folder.display()))?;
    }
    std::fs::write(path, bytes)
        .with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok(())
}

fn parquet(path: &Path, columns: Vec<Column>) -> Result<(), Failure> {
    let columns: Vec<(String, Values)> = columns
        .into_iter()
        .map(|column| {
            let values = match column.cells {
                Cells::Whole(all) => Values::Whole(all),
                Cells::Real(all) => Values::Real(all),
                Cells::Text(all) => Values::Text(all),
            };
            (column.name, values)
        })
        .collect();
    Ok(write_parquet(path, &columns)?)
}
