//! `convoq sweep`: one scenario at the points of a design.

mod output;
mod points;
mod vary;

use super::asked::Asked;
use super::progress::Progress;
use super::simulate::plan_of;
use super::stop::stop_on_signal;
use super::{CONFIDENCE, Failure, INTERNAL, INTERRUPTED, OK, ScenarioArgs, guard, scenario_file};
use crate::design::{Design, MAX_SOBOL_FACTORS, MAX_SOBOL_ROWS};
use crate::experiment::{Calibrated, Metric, Study, Sweep, SweptPoint, find_measure};
use crate::metric;
use crate::projection::{Everything, MetricKey, Replication};
use crate::run::{Counts, Done, Plan, SweepPlan, sweep};
use crate::scenario::target::{self, Target};
use crate::scenario::{self, Loaded};
use crate::store::Cache;
use clap::{Args, ValueEnum};
use points::{About, Points};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;
use vary::Vary;

/// Where results are kept.
const CACHE: &str = "runs/cache";
/// Points beyond which a sweep asks for `--yes`.
const MANY_POINTS: usize = 10_000;
/// Points of a design at most: their settings are held in memory.
const MOST_POINTS: usize = 10_000_000;
/// Measured where neither `--metric` nor a target says what to measure.
const USUAL: [metric::Metric; 5] = [
    metric::Metric::ServiceLevel,
    metric::Metric::AbandonmentRate,
    metric::Metric::Asa,
    metric::Metric::Roar,
    metric::Metric::Cost,
];

#[derive(Args, Debug)]
pub(super) struct SweepArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Vary a field: `PATH=8..16:2`, `PATH=20%..30%`, `PATH=a,b,c`, `PATH=base*0.9..1.1`, or
    /// `variant:NAME` (off and on); may be given several times
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    vary: Vec<String>,
    /// Which points are tried
    #[arg(long, value_enum, default_value_t = DesignName::Factorial)]
    design: DesignName,
    /// Size of the design: points (lhs, 10 per factor), trajectories (morris, 20), rows (sobol, 128)
    #[arg(long, value_name = "N", value_parser = guard::from_one)]
    points: Option<std::num::NonZeroU32>,
    /// Replications of every point; the scenario says how many without it
    #[arg(short = 'n', long, value_name = "N", value_parser = guard::from_one)]
    replications: Option<NonZeroU32>,
    /// Seed of every point; the same seed gives the same bytes
    #[arg(long)]
    seed: Option<u64>,
    /// Worker threads; all cores without it. The result does not depend on it
    #[arg(long, value_parser = guard::from_one)]
    threads: Option<NonZeroU32>,
    /// What is measured: `roar(segment=b2b)`; the metrics of the targets without it; may be given
    /// several times
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    /// Format of standard output, or of the file of `--out`
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    format: TableFormat,
    /// Write the rows to this file and the effects beside it
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Write the effects as a study in Markdown (factorial, two values of each factor)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Run the design under each of these variants, calibrations that reach the same ends, and say
    /// what holds under all of them (factorial, two values of each factor)
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', conflicts_with = "variant")]
    calibration: Vec<String>,
    /// Run also what takes long
    #[arg(long)]
    yes: bool,
    /// Compute everything anew and keep nothing under `runs/cache/`
    #[arg(long)]
    no_cache: bool,
    /// No progress and no notes on standard error
    #[arg(short, long)]
    quiet: bool,
    /// All of it as it was written.
    #[arg(skip)]
    pub(in crate::cli) asked: Asked,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum DesignName {
    /// Every combination of all values
    Factorial,
    /// The scenario as it is, then one factor after the other at each of its values
    Oat,
    /// A Latin hypercube
    Lhs,
    /// Morris trajectories: which factors matter at all
    Morris,
    /// Sobol indices: shares of the variance
    Sobol,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum TableFormat {
    Text,
    Csv,
    Json,
    Parquet,
}

pub(super) fn run(args: &SweepArgs) -> Result<u8, Failure> {
    let varies = vary::parse_all(&args.vary)?;
    output::check(args, &varies)?;
    if args.calibration.is_empty() {
        let (swept, interrupted) = swept(args, &args.scenario, varies)?;
        output::write(args, &swept.sweep)?;
        return Ok(code(&[swept], interrupted));
    }
    let mut study = Study { calibrations: Vec::new() };
    let mut interrupted = false;
    for name in &args.calibration {
        let scenario = ScenarioArgs { variant: Some(name.clone()), ..args.scenario.clone() };
        if !args.quiet {
            tell!("calibration {name}");
        }
        let done = swept(args, &scenario, varies.clone())?;
        study.calibrations.push(done.0);
        interrupted = done.1;
        if interrupted {
            break;
        }
    }
    output::write(args, &study)?;
    Ok(code(&study.calibrations, interrupted))
}

/// How it ended: a failed audit is worse than an interruption.
fn code(all: &[Calibrated], interrupted: bool) -> u8 {
    let failed = all.iter().any(|c| c.sweep.violations() > 0);
    match (failed, interrupted) {
        (true, _) => INTERNAL,
        (_, true) => INTERRUPTED,
        _ => OK,
    }
}

/// The scenario, with its variant if it has one, at the points of the design; whether
/// it was interrupted.
fn swept(
    args: &SweepArgs,
    scenario: &ScenarioArgs,
    varies: Vec<Vary>,
) -> Result<(Calibrated, bool), Failure> {
    let (loaded, inputs) = scenario_file::load_with_inputs(scenario, args.quiet)?;
    let Plan { seed, replications, threads } =
        plan_of(&loaded.scenario, args.seed, args.replications, args.threads);
    let design = design(args, &varies, seed)?;
    let (targets, metrics) = metrics(args, &loaded)?;
    let points = Points::new(scenario, &loaded, &inputs, varies, &design, &targets)?;
    let names: Vec<String> = metrics.iter().map(|m| m.text.clone()).collect();
    let cache = (!args.no_cache).then(|| Cache::new(Path::new(CACHE), &program(), seed, &names));
    let plan = SweepPlan { seed, replications, threads, metrics: &targets, cache: cache.as_ref() };
    let mut result = Sweep {
        scenario: loaded.scenario.header.scenario.clone(),
        description: output::text_of(&loaded, "description"),
        source: output::text_of(&loaded, "source"),
        sha256: loaded.scenario.header.sha256.clone(),
        seed,
        replications: replications.get(),
        confidence: CONFIDENCE,
        design_name: name(args.design),
        factors: points.factors(),
        metrics,
        points: Vec::new(),
        reproduce: args.asked.decided(seed, replications),
        design,
    };
    let (counts, interrupted) = play(args, plan, &points, &mut result)?;
    output::notes(args, &result, counts);
    let name = scenario.variant.clone().unwrap_or_default();
    let calibrated = Calibrated {
        about: scenario::variant_description(&loaded.text, &name),
        name,
        sweep: result,
    };
    Ok((calibrated, interrupted))
}

/// Runs all points; what is finished is in the result.
fn play(
    args: &SweepArgs,
    plan: SweepPlan<'_>,
    points: &Points<'_>,
    result: &mut Sweep,
) -> Result<(Counts, bool), Failure> {
    let count = result.design.len();
    let stop = stop_on_signal();
    let progress = Progress::of_points(count as u64, args.quiet);
    let mut gate = Gate::new(args, count, plan.replications);
    let ready = |number| points.ready(number);
    let done = |done: Done<About>| {
        progress.at(done.number as u64 + 1);
        result.points.push(point(done));
    };
    let counts = sweep(plan, count, &ready, &stop, done, |counts| {
        gate.check(counts).inspect_err(|_| progress.finish())
    });
    progress.finish();
    let counts = counts?;
    let interrupted = stop.load(Ordering::Relaxed) && result.points.len() < count;
    if interrupted && result.points.is_empty() {
        let what = "interrupted before a point was finished; its replications are kept";
        return Err(Failure::interrupted(what));
    }
    Ok((counts, interrupted))
}

fn point(done: Done<About>) -> SweptPoint {
    let metrics = done.about.exact.len();
    let of = |metric: usize| done.samples.iter().map(|s| s.measures[metric]).collect();
    SweptPoint {
        number: done.number,
        settings: done.about.settings,
        measures: (0..metrics).map(of).collect(),
        exact: done.about.exact,
        violations: done.samples.iter().map(|s| s.violations).sum(),
    }
}

/// Stops what takes long unless `--yes` says that it may.
struct Gate {
    count: usize,
    replications: u32,
    allowed: bool,
    quiet: bool,
    begun: Instant,
    asked: bool,
}

impl Gate {
    fn new(args: &SweepArgs, count: usize, replications: NonZeroU32) -> Self {
        Self {
            count,
            replications: replications.get(),
            allowed: args.yes,
            quiet: args.quiet,
            begun: Instant::now(),
            asked: false,
        }
    }

    /// Once something was computed, its pace tells how long the rest takes at most.
    fn check(&mut self, counts: Counts) -> Result<(), Failure> {
        let left = self.count.saturating_sub(counts.done);
        if self.asked || counts.computed == 0 || left == 0 {
            return Ok(());
        }
        self.asked = true;
        let pace_s = self.begun.elapsed().as_secs_f64() / counts.computed as f64;
        let rest_s = pace_s * left as f64 * f64::from(self.replications);
        if self.count <= MANY_POINTS && rest_s <= guard::LONG_S {
            return Ok(());
        }
        let (points, length) = (guard::grouped(self.count), guard::length(rest_s));
        let what = format!(
            "{points} points of {} replications would take about {length}",
            self.replications
        );
        let help = "give --yes to run them all, or take fewer values, fewer replications (-n) or another --design";
        guard::ask(&what, help, self.allowed, self.quiet)
    }
}

/// The points to try.
fn design(args: &SweepArgs, varies: &[Vary], seed: u64) -> Result<Design, Failure> {
    let k = varies.len();
    let levels = || varies.iter().map(Vary::count).collect::<Vec<_>>();
    let size = |usual: usize| args.points.map_or(usual, |n| n.get() as usize);
    if args.points.is_some() && matches!(args.design, DesignName::Factorial | DesignName::Oat) {
        return Err(Failure::invalid(
            "error: --points: the values of --vary decide the size of this design\n  help: --points goes with --design lhs, morris or sobol",
        ));
    }
    let too_large = |what: String| {
        let help = "take fewer values, or --design lhs, which has as many points as you say";
        Err(Failure::wrong(what, help))
    };
    let wanted = match args.design {
        DesignName::Factorial | DesignName::Oat => 0,
        DesignName::Lhs => size(10 * k),
        DesignName::Morris => size(20).saturating_mul(k + 1),
        DesignName::Sobol => size(128).saturating_mul(k + 2),
    };
    if wanted > MOST_POINTS {
        return too_large(format!("{wanted} points are too many"));
    }
    let design = match args.design {
        DesignName::Factorial => Design::Factorial { levels: levels() },
        DesignName::Oat => Design::OneAtATime { levels: levels() },
        DesignName::Lhs => Design::latin_hypercube(k, size(10 * k), seed),
        DesignName::Morris => Design::morris(k, size(20), seed),
        DesignName::Sobol if k > MAX_SOBOL_FACTORS || size(128) > MAX_SOBOL_ROWS => {
            return too_large(format!(
                "--design sobol takes {MAX_SOBOL_FACTORS} factors and {MAX_SOBOL_ROWS} rows at most"
            ));
        }
        DesignName::Sobol => Design::Sobol { rows: size(128), factors: k, seed },
    };
    if design.len() > MOST_POINTS {
        return too_large(format!("{} points are too many", guard::grouped(design.len())));
    }
    Ok(design)
}

fn name(design: DesignName) -> &'static str {
    match design {
        DesignName::Factorial => "factorial",
        DesignName::Oat => "oat",
        DesignName::Lhs => "lhs",
        DesignName::Morris => "morris",
        DesignName::Sobol => "sobol",
    }
}

/// What is measured: what is asked for, or what the targets are about, or the usual.
fn metrics(args: &SweepArgs, loaded: &Loaded) -> Result<(Vec<Target>, Vec<Metric>), Failure> {
    let header = &loaded.scenario.header;
    let keys: Vec<MetricKey> = Replication::finish(header, Everything::new(header), 0)
        .measures
        .iter()
        .map(|(key, _)| *key)
        .collect();
    let mut found: Vec<(Target, Metric)> = Vec::new();
    let take = |found: &mut Vec<(Target, Metric)>, text: &str| -> Result<bool, Failure> {
        let text = metric_text(text);
        let target = target::parse_metric(text).map_err(|error| {
            Failure::wrong(format!("--metric {text}: {}", error.message), &error.help)
        })?;
        let place = find_measure(&target, keys.iter().copied(), header);
        let Some(key) = place.and_then(|p| keys.get(p)) else {
            return Ok(false);
        };
        let unit = key.metric.unit().name();
        let text = text.to_owned();
        if !found.iter().any(|f| f.1.text == text) {
            found.push((target, Metric { text, unit }));
        }
        Ok(true)
    };
    for text in &args.metric {
        if !take(&mut found, text)? {
            return Err(not_measured(text));
        }
    }
    if args.metric.is_empty() {
        for text in &header.targets {
            if !take(&mut found, text)? && !args.quiet {
                let text = metric_text(text);
                tell!("note: {text} is not swept: it is no ratio of counts or times");
            }
        }
    }
    if found.is_empty() {
        for usual in USUAL {
            take(&mut found, usual.name())?;
        }
    }
    Ok(found.into_iter().unzip())
}

fn not_measured(text: &str) -> Failure {
    Failure::invalid(format!(
        "error: --metric {text}: nothing of that name is measured in each replication\n  help: name segments, queues, teams and thresholds as the scenario does; quantiles and SL7 are not swept; `convoq explain` lists the metrics"
    ))
}

/// The metric of a target: what stands before the comparison.
fn metric_text(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("probability(").unwrap_or(text);
    let end = inner.find(['<', '>']).unwrap_or(inner.len());
    inner[..end].trim()
}

/// What tells builds apart: the version, and the program's own bytes.
fn program() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let bytes = std::env::current_exe().and_then(std::fs::read);
    match bytes {
        Ok(bytes) => format!("{version} {}", &blake3::hash(&bytes).to_hex()[..16]),
        Err(_) => version.to_owned(),
    }
}
