//! `convoq simulate`: replications, summary, report.

use super::ScenarioArgs;
use super::asked::Asked;
use super::guard::{self, Size};
use super::progress::Progress;
use super::recording::{self, Order, Recording};
use super::scenario_file::Inputs;
use super::stop::stop_on_signal;
use super::{
    By, CONFIDENCE, Failure, Format, GENERATOR_LATE, INTERNAL, INTERRUPTED, INVALID, OK,
    TARGET_MISSED, analytic, output, plan, print, print_json, print_painted, scenario_file,
    spreadsheet,
};
use crate::domain::Grain;
use crate::doubt::{Doubt, Severity};
use crate::experiment::{Grid, MOST_REPLICATIONS, Pool, Precision, PrecisionReached, Summary};
use crate::log::{Mode, Policy};
use crate::report;
use crate::run::{Keep, Plan, replicate_until};
use crate::scenario::{Loaded, Scenario};
use clap::Args;
use std::io::IsTerminal as _;
use std::num::NonZeroU32;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

#[derive(Args, Debug)]
pub(super) struct SimulateArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,
    /// Replications; the scenario says how many without it. With `--precision` the most of them (10000 without it)
    #[arg(short = 'n', long, value_name = "N", value_parser = guard::from_one)]
    replications: Option<NonZeroU32>,
    /// As many replications as it takes: `1%` (of a value, points of a share), `0.5pt` (points of a share), `2%,1pt`
    #[arg(long, value_name = "P")]
    precision: Option<Precision>,
    /// Seed; the same seed gives the same bytes
    #[arg(long)]
    seed: Option<u64>,
    /// Worker threads; all cores without it. The result does not depend on it
    #[arg(long, value_parser = guard::from_one)]
    threads: Option<NonZeroU32>,
    /// Whose events are kept: `first`, `full` (all replications), `every=K`, `none`
    #[arg(long, default_value = "first", value_parser = recording::parse_keep)]
    log: Keep,
    /// Keep events as they come, synced every second: what is older survives a crash
    #[arg(long)]
    live: bool,
    /// Folder of the run; a new one under `runs/` without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print the grid instead of the tables: queues and teams by interval, day or week
    #[arg(long, value_enum, value_name = "GRAIN")]
    by: Option<By>,
    /// Write an HTML report to this file as well
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write summary, grid, targets, staffing and assumptions as a spreadsheet to this file as well
    #[arg(long, value_name = "FILE.xlsx")]
    xlsx: Option<PathBuf>,
    /// Run also what takes long or much memory
    #[arg(long)]
    yes: bool,
    /// No progress and no notes on standard error
    #[arg(short, long)]
    quiet: bool,
    /// All of it as it was written.
    #[arg(skip)]
    pub(super) asked: Asked,
}

pub(super) fn run(args: &SimulateArgs) -> Result<u8, Failure> {
    let (loaded, inputs) = scenario_file::load_with_inputs(&args.scenario, args.quiet)?;
    let plan = plan_asked(args, &loaded.scenario);
    simulate(&loaded, &inputs, args, args.asked.decided(plan.seed, plan.replications))
}

/// Runs a loaded scenario, keeps what is to be kept, and prints what it says.
pub(super) fn simulate(
    loaded: &Loaded,
    inputs: &Inputs,
    args: &SimulateArgs,
    reproduce: String,
) -> Result<u8, Failure> {
    let scenario = &loaded.scenario;
    let plan = plan_asked(args, scenario);
    guard::writable("--report", args.report.as_deref())?;
    guard::writable("--xlsx", args.xlsx.as_deref())?;
    Size::of(scenario, least(args, scenario, plan)).ask(args.yes, args.quiet)?;
    let precision = args.precision.map(|p| (p, CONFIDENCE));
    let stop = stop_on_signal();
    let order = Order {
        keep: args.log,
        mode: Mode::Simulate,
        precision: args.precision,
        policy: if args.live { Policy::Live } else { Policy::Sealed },
        reproduce: reproduce.clone(),
        scenario: recording::scenario_facts(loaded, &args.scenario)?,
        fork: None,
    };
    let recording = Recording::start(args.out.as_deref(), loaded, inputs, plan, order)?;
    let progress = Progress::until(plan.replications.get(), precision, args.quiet);
    let logging = recording.as_ref().map(Recording::logging);
    let mut pool =
        replicate_until(scenario, plan, precision, logging, &stop, |pool| progress.update(pool));
    progress.finish();
    let interrupted = stop.load(Ordering::Relaxed) && !complete(&pool, plan, precision);
    let recorded = recording.map(|r| r.finish(&mut pool, interrupted));
    if pool.replications == 0 {
        return Err(Failure::interrupted("interrupted before a replication was finished"));
    }
    let (done, planned) = (pool.replications, plan.replications.get());
    let doubt = interrupted.then_some(Doubt::Interrupted { done, planned, unit: "replications" });
    let mut summary = summary(&pool, plan.seed, CONFIDENCE, reproduce, of_scenario(loaded), doubt);
    say_precision(&mut summary, &pool, args.precision);
    summary.analytic = analytic::beside(scenario, &summary.metrics);
    let reported = tell(loaded, args, &mut summary, &pool)?;
    recording::tell_run(recorded.transpose()?.as_deref(), args.quiet);
    reported?; // what was measured is printed and kept whatever becomes of the report
    Ok(exit_code(&summary))
}

fn plan_asked(args: &SimulateArgs, scenario: &Scenario) -> Plan {
    let most = args.precision.and(NonZeroU32::new(MOST_REPLICATIONS));
    plan_of(scenario, args.seed, args.replications.or(most), args.threads)
}

/// Prints what was measured, and writes the reports that are wanted; whether they could be.
fn tell(
    loaded: &Loaded,
    args: &SimulateArgs,
    summary: &mut Summary,
    pool: &Pool<'_>,
) -> Result<Result<(), Failure>, Failure> {
    let planned = args.by.is_some() || args.report.is_some() || args.xlsx.is_some();
    let plan = if planned { plan::plan(&loaded.scenario) } else { Vec::new() };
    if args.report.is_some() {
        summary.grid = Some(plan::grid(pool, Grain::Interval, CONFIDENCE, &plan));
    }
    let mut reported = write_report(summary, args.report.as_deref(), args.quiet);
    if let Some(file) = &args.xlsx {
        let written = spreadsheet::Written {
            text: &loaded.text,
            variant: args.scenario.variant.as_deref(),
            overrides: &scenario_file::overrides(&args.scenario.set)?,
        };
        let of = (&*summary, pool);
        reported = reported.and(spreadsheet::write(file, of, &plan, &written, args.quiet));
    }
    let text = match args.by {
        Some(by) => {
            let grid = plan::grid(pool, by.into(), CONFIDENCE, &plan);
            render_grid(summary, &grid, args.format)
        }
        None => render(summary, args.format),
    };
    print_report(&text, args.format)?;
    Ok(reported)
}

/// What is asked to be run; where nothing is said, as the scenario says, on all cores.
pub(super) fn plan_of(
    scenario: &Scenario,
    seed: Option<u64>,
    replications: Option<NonZeroU32>,
    threads: Option<NonZeroU32>,
) -> Plan {
    let usual = NonZeroU32::new(scenario.replications);
    Plan {
        seed: seed.unwrap_or(scenario.seed),
        replications: replications.or(usual).unwrap_or(NonZeroU32::MIN),
        threads: threads.unwrap_or_else(cores),
    }
}

/// What a plan runs at least: with `--precision` its replications are a limit.
fn least(args: &SimulateArgs, scenario: &Scenario, plan: Plan) -> Plan {
    let usual = plan_of(scenario, None, None, None).replications;
    let most = args.precision.map_or(plan.replications, |_| usual.min(plan.replications));
    Plan { replications: most, ..plan }
}

/// Whether a pool has all replications that its plan asks for.
pub(super) fn complete(pool: &Pool<'_>, plan: Plan, precision: Option<(Precision, f64)>) -> bool {
    pool.replications == plan.replications.get()
        || precision.is_some_and(|(precision, confidence)| pool.is_precise(&precision, confidence))
}

/// Puts into a summary how far the precision that was asked for is reached.
pub(super) fn say_precision(summary: &mut Summary, pool: &Pool<'_>, precision: Option<Precision>) {
    let reached = precision.map(|p| pool.precision(&p, summary.confidence));
    if let Some(warning) = reached.as_ref().and_then(PrecisionReached::warning) {
        summary.warnings.insert(0, warning);
    }
    summary.precision = reached;
}

/// As many threads as there are cores.
pub(super) fn cores() -> NonZeroU32 {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    NonZeroU32::new(cores).unwrap_or(NonZeroU32::MIN)
}

/// The summary of a pool, with what makes it doubtful.
pub(super) fn summary(
    pool: &Pool<'_>,
    seed: u64,
    confidence: f64,
    reproduce: String,
    others: Vec<Doubt>,
    first: Option<Doubt>,
) -> Summary {
    let mut summary = pool.summary(seed, confidence, reproduce);
    summary.warnings.extend(others);
    summary.warnings.splice(0..0, first);
    summary
}

/// What `check` warns of.
pub(super) fn of_scenario(loaded: &Loaded) -> Vec<Doubt> {
    let warnings = loaded.warnings.iter();
    warnings.map(|w| Doubt::OfScenario { warning: w.message.clone() }).collect()
}

/// Writes the HTML report where one is wanted.
pub(super) fn write_report(
    summary: &Summary,
    path: Option<&Path>,
    quiet: bool,
) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    output::write(path, report::html(summary).as_bytes())?;
    if !quiet {
        tell!("report: {}", path.display());
    }
    Ok(())
}

/// The most serious doubt decides, then the targets.
pub(super) fn exit_code(summary: &Summary) -> u8 {
    match summary.severity() {
        Some(Severity::Defect) => INTERNAL,
        Some(Severity::Damaged) => INVALID,
        Some(Severity::Interrupted) => INTERRUPTED,
        Some(Severity::Invalid) => GENERATOR_LATE,
        Some(Severity::NotAnswered) => TARGET_MISSED,
        Some(Severity::Doubtful) | None => {
            let fails = summary.targets.iter().any(|t| t.verdict.fails());
            if fails { TARGET_MISSED } else { OK }
        }
    }
}

pub(super) fn render(summary: &Summary, format: Format) -> String {
    match format {
        Format::Text => report::text(summary, &text_options()),
        Format::Json => report::json(summary),
        Format::Csv => report::csv(summary),
        Format::Markdown => report::markdown(summary),
    }
}

/// The grid in a format.
pub(super) fn render_grid(summary: &Summary, grid: &Grid, format: Format) -> String {
    match format {
        Format::Text => {
            let options = text_options();
            let width = columns().unwrap_or(GRID_WIDTH);
            report::grid_text(summary, grid, &report::TextOptions { width, ..options })
        }
        Format::Json => report::json(&report::grid_json(summary, grid)),
        Format::Csv => report::grid_csv(summary, grid),
        Format::Markdown => report::grid_markdown(grid),
    }
}

/// Columns of a grid that no terminal shows.
const GRID_WIDTH: usize = 80;

/// Prints a report; one in colours has made its names safe itself.
pub(super) fn print_report(text: &str, format: Format) -> Result<(), Failure> {
    match format {
        Format::Text if text_options().color => print_painted(text),
        Format::Json => print_json(text),
        _ => print(text),
    }
}

pub(super) fn text_options() -> report::TextOptions {
    let color = std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let usual = report::TextOptions::default();
    report::TextOptions { color, width: columns().unwrap_or(usual.width) }
}

/// Columns of the terminal: what `COLUMNS` says, else what the terminal says itself. `None`
/// where standard output is none.
fn columns() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    said.or_else(terminal_columns).filter(|columns| *columns > 0)
}

#[cfg(unix)]
fn terminal_columns() -> Option<usize> {
    let out = std::io::stdout();
    let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok()).flatten();
    size.map(|size| usize::from(size.ws_col))
}

#[cfg(not(unix))]
fn terminal_columns() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_audit_is_the_exit_code_whatever_else_is_so() {
        let mut summary = crate::report::sample::summary();
        assert_eq!(exit_code(&summary), TARGET_MISSED);
        summary.warnings.push(Doubt::Stopped);
        assert_eq!(exit_code(&summary), INTERRUPTED);
        summary.warnings.push(Doubt::AuditFailed { violations: 1, first: String::new() });
        assert_eq!(exit_code(&summary), INTERNAL);
    }
}
