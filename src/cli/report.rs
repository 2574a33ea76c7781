//! `convoq report`: what a run on disk says, folded again.

use super::guard;
use super::recording::precision_of;
use super::simulate::{
    exit_code, print_report, render, render_grid, say_precision, summary, write_report,
};
use super::{
    By, Failure, Format, INTERNAL, INTERRUPTED, INVALID, OK, analytic, interval_log, junit, plan,
    print, scenario_file, spreadsheet,
};
use crate::domain::{Dimension, Grain};
use crate::doubt::{Doubt, Severity};
use crate::experiment::{AT_LEAST, AnalyticQueue, Grid, MetricRow, Pool, Summary, TOO_FEW};
use crate::log::{Mode, Run, RunState, WallSpan};
use crate::metric::{Definition, Stat};
use crate::report::grid::{Right, aligned, csv_line, markdown};
use crate::report::json;
use crate::store::record;
use clap::Args;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// Run directories, as `simulate` wrote them; one that is not finished as far as it goes
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print the grid instead of the tables: queues and teams by interval, day or week (of one run)
    #[arg(long, value_enum, value_name = "GRAIN")]
    by: Option<By>,
    /// Write an HTML report to this file as well (of one run)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write summary, grid, targets, staffing and assumptions as a spreadsheet to this file as well (of one run)
    #[arg(long, value_name = "FILE.xlsx")]
    xlsx: Option<PathBuf>,
    /// Write the targets as JUnit XML to this file as well (of one run)
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the turns of a load test as an HdrHistogram interval log to this file as well (of one run)
    #[arg(long, value_name = "FILE.hlog")]
    hdr: Option<PathBuf>,
    /// No notes on standard error
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &ReportArgs) -> Result<u8, Failure> {
    check(args)?;
    let mut summaries = Vec::new();
    let mut grid = None;
    for path in &args.runs {
        let run = Run::open(path)?;
        let folded = fold(&run, args.quiet)?;
        let pool = &folded.pool;
        let manifest = &run.manifest;
        let (seed, confidence) = (manifest.seed, manifest.confidence);
        let reproduce = manifest.reproduce.clone();
        let doubt = run.doubt(folded.cut_us);
        if let Some(doubt) = doubt.as_ref().filter(|_| args.runs.len() > 1) {
            tell!("warning: {}: {doubt}", path.display());
        }
        let warnings = manifest.warnings.iter();
        let warnings = warnings.map(|w| Doubt::OfScenario { warning: w.clone() });
        // Why a run ended early is its first doubt already.
        let told = manifest.told().filter(|doubt| doubt.severity() != Severity::Interrupted);
        let others = warnings.chain(told).collect();
        let first = usize::from(doubt.is_some());
        let mut said = summary(pool, seed, confidence, reproduce, others, doubt);
        say_precision(&mut said, pool, precision_of(manifest)?);
        said.warnings.extend(folded.warning());
        said.set_generator(manifest.generator);
        match formulas(&run, &said) {
            Ok(formulas) => said.analytic = formulas,
            Err(what) => {
                if args.runs.len() > 1 {
                    tell!("warning: {what}");
                }
                said.warnings.insert(first, what);
            }
        }
        grid = in_time(&run, args, &mut said, pool)?;
        if let Some(file) = &args.junit {
            junit::write_summary(file, &said, WallSpan::of(&run)?, args.quiet)?;
        }
        if let Some(file) = &args.hdr {
            interval_log::write(file, &run, args.quiet)?;
        }
        summaries.push(said);
    }
    if let [one] = summaries.as_slice() {
        let reported = write_report(one, args.report.as_deref(), args.quiet);
        let text = match &grid {
            Some(grid) => render_grid(one, grid, args.format),
            None => render(one, args.format),
        };
        print_report(&text, args.format)?;
        reported?;
        return Ok(exit_code(one));
    }
    let names: Vec<_> = args.runs.iter().map(|r| r.display().to_string()).collect();
    print(&side_by_side(&names, &summaries, args.format))?;
    // Beside each other none is judged: only what is wrong with one of them counts.
    Ok(match summaries.iter().filter_map(Summary::severity).min() {
        Some(Severity::Defect) => INTERNAL,
        Some(Severity::Damaged) => INVALID,
        Some(Severity::Interrupted) => INTERRUPTED,
        _ => OK,
    })
}

/// What is of one run is asked of one, and what is to be written can be.
fn check(args: &ReportArgs) -> Result<(), Failure> {
    let files = [
        ("--report", &args.report),
        ("--xlsx", &args.xlsx),
        ("--junit", &args.junit),
        ("--hdr", &args.hdr),
    ];
    for (option, file) in files {
        guard::writable(option, file.as_deref())?;
    }
    let of_one = files.iter().map(|(option, file)| (*option, file.is_some()));
    let mut of_one = of_one.chain([("--by", args.by.is_some())]);
    let Some((option, _)) = of_one.find(|(_, given)| *given && args.runs.len() > 1) else {
        return Ok(());
    };
    let help = format!("name one run, or leave {option} out");
    Err(Failure::wrong(format!("{option} writes one run"), &help))
}

/// What is told of a run by interval: the grid that is to be printed, and what is written.
/// With what its scenario plans where this version still reads it as the one that was run; a
/// fork has the scenario of its past, and its own.
fn in_time(
    run: &Run,
    args: &ReportArgs,
    said: &mut Summary,
    pool: &Pool<'_>,
) -> Result<Option<Grid>, Failure> {
    if args.by.is_none() && args.report.is_none() && args.xlsx.is_none() {
        return Ok(None);
    }
    let manifest = &run.manifest;
    let simulated = manifest.mode == Mode::Simulate && manifest.fork.is_none();
    let loaded = simulated.then(|| scenario_file::load_run(run).ok()).flatten();
    let plan = loaded.map_or_else(Vec::new, |(loaded, _)| plan::plan(&loaded.scenario));
    let of = |by| plan::grid(pool, by, manifest.confidence, &plan);
    if args.report.is_some() && manifest.header.load.is_none() {
        said.grid = Some(of(Grain::Interval));
    }
    if let Some(file) = &args.xlsx {
        let facts = &manifest.scenario;
        let written = spreadsheet::Written {
            text: &facts.text,
            variant: facts.variant.as_deref(),
            overrides: &facts.overrides,
        };
        spreadsheet::write(file, (said, pool), &plan, &written, args.quiet)?;
    }
    Ok(args.by.map(|by| of(by.into())))
}

/// What a run on disk adds up to.
struct Folded<'r> {
    pool: Pool<'r>,
    /// Where the only replication that there is is cut, microseconds.
    cut_us: Option<u64>,
    /// What its tables have and this version does not know.
    unknown: BTreeSet<String>,
}

impl Folded<'_> {
    /// That something of the tables is left out.
    fn warning(&self) -> Option<Doubt> {
        let names: Vec<_> = self.unknown.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| Doubt::UnknownRows { names: names.join(", ") })
    }
}

/// The pool of a run: folded from its events where all of them are there, else
/// taken from its tables.
fn fold(run: &Run, quiet: bool) -> Result<Folded<'_>, Failure> {
    let manifest = &run.manifest;
    let (mut cut_us, mut unknown) = (None, BTreeSet::new());
    let (pool, from) = if manifest.state == RunState::Running {
        let (chosen, cut) = record::usable(run)?;
        if chosen.is_empty() {
            run.check_live()?; // damage is what to tell of
            return Err(unfinished(run));
        }
        cut_us = cut;
        (record::fold(run, &chosen)?, "events")
    } else {
        let done = manifest.totals.replications;
        let kept = run.replications();
        let is_kept = |n: &u32| kept.binary_search_by_key(n, |(number, _)| *number).is_ok();
        if done > 0 && (0..done).all(|n| is_kept(&n)) {
            let all: Vec<u32> = (0..done).collect();
            (record::fold(run, &all)?, "events")
        } else {
            let (pool, others) = record::pool_of(run)?;
            unknown = others;
            (pool, "tables")
        }
    };
    if !quiet {
        let (path, done) = (run.path().display(), pool.replications);
        tell!("{path}: folded from the {from} of {done} replications");
    }
    Ok(Folded { pool, cut_us, unknown })
}

/// What formulas say beside a simulation: of its scenario, where this version still
/// reads it as the one that was run. A fork has the scenario of its past, and its own.
///
/// # Errors
/// When a file that the scenario names is damaged.
fn formulas(run: &Run, said: &Summary) -> Result<Vec<AnalyticQueue>, Doubt> {
    if run.manifest.mode != Mode::Simulate || run.manifest.fork.is_some() {
        return Ok(Vec::new());
    }
    for (name, _) in &run.manifest.scenario.inputs {
        if let Err(error) = run.input(name) {
            let error = error.to_string();
            let first = error.lines().next().unwrap_or_default().to_owned();
            return Err(Doubt::CopyDamaged { error: first, name: name.clone() });
        }
    }
    let loaded = scenario_file::load_run(run).ok();
    let formulas = loaded.map(|(l, _)| analytic::beside(&l.scenario, &said.metrics));
    Ok(formulas.unwrap_or_default())
}

/// A run of which nothing can be read yet.
fn unfinished(run: &Run) -> Failure {
    let path = run.path().display();
    Failure::invalid(if run.is_written() {
        format!(
            "error: {path}: the run is not finished: it is being written, and none of its events can be read yet\n  help: wait until it is done; `simulate --live` keeps events as they come"
        )
    } else {
        format!(
            "error: {path}: the run is not finished: its writer died, and none of its events can be read\n  help: `convoq log recover {path}` completes it"
        )
    })
}

/// The metrics over everything of several runs, a column for each.
fn side_by_side(names: &[String], summaries: &[Summary], format: Format) -> String {
    if format == Format::Json {
        return json(&summaries);
    }
    let mut rows: Vec<Vec<String>> = vec![[vec!["metric".to_owned()], names.to_vec()].concat()];
    let plain = summaries.first().map(|s| s.metrics.as_slice());
    let told = [Dimension::Queue, Dimension::Team, Dimension::Party];
    let whole = plain.unwrap_or_default().iter().filter(|r| {
        Dimension::ALL.iter().all(|by| told.contains(by) || r.which.of_one(*by).is_none())
    });
    for which in whole.map(|row| &row.which) {
        let parts = [Some(which.metric.name()), which.definition.map(Definition::name)];
        let names = told.into_iter().filter_map(|by| which.of_one(by));
        let parts = parts.into_iter().flatten().chain(names);
        let label: Vec<_> = parts.chain(which.stat.map(Stat::name)).collect();
        let mut cells = vec![label.join(" ")];
        cells.extend(summaries.iter().map(|s| {
            let found = s.metrics.iter().find(|r| r.which == *which);
            found.map_or("-".to_owned(), number)
        }));
        rows.push(cells);
    }
    match format {
        Format::Csv => rows.into_iter().map(csv_line).collect(),
        Format::Markdown => markdown(&rows, Right::None),
        Format::Text | Format::Json => aligned(&rows, Right::None, 0),
    }
}

fn number(row: &MetricRow) -> String {
    let value = row.value;
    match row.ci {
        _ if !value.is_finite() => TOO_FEW.to_owned(),
        _ if row.note == Some(AT_LEAST) => format!(">= {value:.4}"),
        Some([low, high]) if high.is_finite() => format!("{value:.4} [{low:.4}, {high:.4}]"),
        _ => format!("{value:.4}"),
    }
}
