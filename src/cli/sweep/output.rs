//! Where the results of a sweep go.

use super::vary::Vary;
use super::{CACHE, DesignName, SweepArgs, TableFormat};
use crate::cli::guard::grouped;
use crate::cli::output::{make_folder, write_below};
use crate::cli::{Failure, audit_failed, print};
use crate::experiment::{MOST_SHARED, Sweep};
use crate::log::{Values, write_parquet};
use crate::report::{self, Cells, Column, Swept};
use crate::run::Counts;
use crate::scenario::Loaded;
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
    let asked = match (args.report.is_some(), args.calibration.is_empty()) {
        (_, false) => "--calibration",
        (true, true) => "--report",
        (false, true) => return Ok(()),
    };
    if !(two_level && varies.len() <= MOST_SHARED) {
        return Err(Failure::invalid(format!(
            "error: {asked}: a study needs a factorial with two values of each of at most {MOST_SHARED} factors\n  help: give PATH=LOW,HIGH or variant:NAME for each"
        )));
    }
    let mut names: Vec<&String> = args.calibration.iter().collect();
    names.sort();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Failure::invalid(format!(
            "error: --calibration: `{}` is named twice\n  help: name each calibration once",
            pair[0]
        )));
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
    audit_failed(sweep.violations());
    if args.quiet {
        return;
    }
    let Counts { done, found, computed, damaged, unwritten } = counts;
    let all = sweep.design.len();
    let fresh = done - found;
    tell!(
        "{} of {} points: {found} found in {CACHE}, {fresh} computed ({computed} replications)",
        grouped(done),
        grouped(all),
    );
    if damaged > 0 {
        tell!("note: {damaged} damaged entries of {CACHE} were computed again");
    }
    if unwritten > 0 {
        tell!("note: {unwritten} results could not be kept under {CACHE}");
    }
}

/// Prints and writes what was asked for of a sweep, or of a study under several calibrations.
pub(super) fn write(args: &SweepArgs, swept: &impl Swept) -> Result<(), Failure> {
    if let Some(path) = &args.report {
        write_below(path, swept.markdown().as_bytes())?;
        if !args.quiet {
            tell!("report: {}", path.display());
        }
    }
    let Some(path) = &args.out else {
        return print(&match args.format {
            TableFormat::Csv => report::columns_csv(&swept.rows()),
            TableFormat::Json => swept.json(),
            TableFormat::Text | TableFormat::Parquet => swept.text(),
        });
    };
    let beside = beside(path);
    match args.format {
        TableFormat::Parquet => {
            parquet(path, swept.rows())?;
            parquet(&beside, swept.effects())?;
        }
        TableFormat::Json => write_below(path, swept.json().as_bytes())?,
        TableFormat::Csv | TableFormat::Text => {
            write_below(path, report::columns_csv(&swept.rows()).as_bytes())?;
            write_below(&beside, report::columns_csv(&swept.effects()).as_bytes())?;
        }
    }
    if !args.quiet {
        tell!("rows: {}", path.display());
    }
    print(&swept.text())
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
    make_folder(path)?;
    Ok(write_parquet(path, &columns)?)
}
