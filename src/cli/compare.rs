//! `convoq compare`: what a change does, on the same customers.

use super::asked::Asked;
use super::guard;
use super::progress::Progress;
use super::scenario_file;
use super::simulate::plan_of;
use super::stop::stop_on_signal;
use super::{CONFIDENCE, Failure, Format, INTERNAL, OK, ScenarioArgs, print, print_json};
use crate::doubt::Doubt;
use crate::engine::{expected_work_s, offered_work_s};
use crate::experiment::{COMPARISON_SCHEMA, Pool, ScenarioRef, compare};
use crate::report::{Comparison, compare_csv, compare_markdown, compare_text, json};
use crate::run::{Plan, replicate_all};
use crate::scenario::{Loaded, Scenario};
use clap::Args;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

#[derive(Args, Debug)]
pub(super) struct CompareArgs {
    /// The scenario file
    file: PathBuf,
    /// A variant to compare with the scenario as it is; of several, the first is the
    /// standard for the others, and `.` is the scenario as it is
    #[arg(long = "variant", value_name = "NAME")]
    variants: Vec<String>,
    /// A change to compare with the scenario as it is; beside variants it holds for all
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Replications of each; the scenario says how many without it
    #[arg(short = 'n', long, value_name = "N", value_parser = guard::from_one)]
    replications: Option<NonZeroU32>,
    /// Seed; the same seed gives the same bytes
    #[arg(long)]
    seed: Option<u64>,
    /// Worker threads; all cores without it. The result does not depend on it
    #[arg(long, value_parser = guard::from_one)]
    threads: Option<NonZeroU32>,
    /// Differences below this do not matter: points of a share, or part of another value
    #[arg(long, value_name = "1%", value_parser = parse_margin)]
    margin: Option<f64>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// No progress and no notes on standard error
    #[arg(short, long)]
    quiet: bool,
    /// All of it as it was written.
    #[arg(skip)]
    pub(super) asked: Asked,
}

/// What the scenario is called without any change.
const AS_IT_IS: &str = "as it is";

pub(super) fn run(args: &CompareArgs) -> Result<u8, Failure> {
    let systems = systems(args)?;
    let names: Vec<String> = systems.iter().map(|(name, _)| name.clone()).collect();
    let loaded = load(&systems, args.quiet)?;
    let Some((standard, _)) = loaded.split_first() else {
        return Ok(OK);
    };
    let plan = plan_of(&standard.scenario, args.seed, args.replications, args.threads);
    let stop = stop_on_signal();
    let progress =
        Progress::new(plan.replications.get().saturating_mul(loaded.len() as u32), args.quiet);
    let mut pools: Vec<Pool<'_>> = Vec::new();
    for one in &loaded {
        let before = plan.replications.get() * pools.len() as u32;
        pools.push(replicate_all(&one.scenario, plan, &stop, |pool| {
            progress.update_after(before, pool);
        }));
    }
    progress.finish();
    if stop.load(Ordering::Relaxed) {
        let what = "interrupted before all systems were simulated: nothing is compared";
        return Err(Failure::interrupted(what));
    }
    let others: Vec<(String, &Pool<'_>)> = names.iter().cloned().zip(&pools).skip(1).collect();
    let control = control(&standard.scenario, plan);
    let header = &standard.scenario.header;
    let comparison = Comparison {
        schema: COMPARISON_SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        scenario: ScenarioRef { name: header.scenario.clone(), sha256: header.sha256.clone() },
        standard: names[0].clone(),
        seed: plan.seed,
        replications: plan.replications.get(),
        confidence: CONFIDENCE,
        margin: args.margin,
        systems: compare(&pools[0], &others, &control, args.margin, CONFIDENCE),
        warnings: warnings(&names, &pools, plan.seed),
        reproduce: args.asked.decided(plan.seed, plan.replications),
    };
    match args.format {
        Format::Text => print(&compare_text(&comparison)),
        Format::Markdown => print(&compare_markdown(&comparison)),
        Format::Json => print_json(&json(&comparison)),
        Format::Csv => print(&compare_csv(&comparison)),
    }?;
    let failed = pools.iter().any(Pool::audit_failed);
    Ok(if failed { INTERNAL } else { OK })
}

/// What is compared: the standard first. With several variants the first of them is
/// the standard; else the scenario as it is. `--set` beside variants holds for all.
fn systems(args: &CompareArgs) -> Result<Vec<(String, ScenarioArgs)>, Failure> {
    let of = |variant: Option<&String>, set: &[String]| ScenarioArgs {
        file: args.file.clone(),
        set: set.to_vec(),
        variant: variant.cloned(),
    };
    let name = |v: &String| match v.as_str() {
        "." => (AS_IT_IS.to_owned(), of(None, &args.set)),
        _ => (v.clone(), of(Some(v), &args.set)),
    };
    match (args.variants.as_slice(), args.set.as_slice()) {
        ([], []) => Err(Failure::invalid(
            "error: nothing to compare with\n  help: name a change, as --set teams.chat.agents=+1, or variants, as --variant A --variant B",
        )),
        ([], set) => Ok(vec![(AS_IT_IS.to_owned(), of(None, &[])), (set.join(" "), of(None, set))]),
        ([one], set) => Ok(vec![(AS_IT_IS.to_owned(), of(None, set)), name(one)]),
        (many, _) => Ok(many.iter().map(name).collect()),
    }
}

fn load(systems: &[(String, ScenarioArgs)], quiet: bool) -> Result<Vec<Loaded>, Failure> {
    let loaded = systems.iter().enumerate().map(|(number, (_, args))| {
        // Warnings of the scenario once are enough.
        scenario_file::load(args, quiet || number > 0)
    });
    let loaded = loaded.collect::<Result<Vec<_>, _>>()?;
    for (number, one) in loaded.iter().enumerate() {
        let equal = |other: &Loaded| other.scenario.header.sha256 == one.scenario.header.sha256;
        if let Some(other) = loaded[..number].iter().position(equal) {
            let (a, b) = (&systems[other].0, &systems[number].0);
            return Err(Failure::invalid(format!(
                "error: `{a}` and `{b}` are the same scenario\n  help: `convoq check --expand` shows a scenario with its changes"
            )));
        }
    }
    Ok(loaded)
}

/// What the customers of each replication bring more than expected, in seconds of work:
/// what it does to the metrics is taken out of them.
fn control(scenario: &Scenario, plan: Plan) -> Vec<f64> {
    let expected_s = expected_work_s(scenario);
    (0..plan.replications.get())
        .map(|number| offered_work_s(scenario, plan.seed, number) - expected_s)
        .collect()
}

fn warnings(names: &[String], pools: &[Pool<'_>], seed: u64) -> Vec<String> {
    let of = |(name, pool): (&String, &Pool<'_>)| -> Vec<String> {
        let all = pool.summary(seed, CONFIDENCE, String::new()).warnings;
        let of_targets = |d: &Doubt| matches!(d, Doubt::TargetNotMeasured | Doubt::Undecided);
        let serious = all.into_iter().filter(|d| !of_targets(d));
        serious.map(|w| format!("{name}: {w}")).collect()
    };
    names.iter().zip(pools).flat_map(of).collect()
}

/// A margin as `1%` or `0.01`.
pub(super) fn parse_margin(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.strip_suffix('%') {
        Some(number) => (number, 0.01),
        None => (text, 1.0),
    };
    let value = number.trim().parse::<f64>().map(|n| n * scale).ok();
    value
        .filter(|v| *v > 0.0 && *v < 1.0)
        .ok_or_else(|| "expected a share between 0 and 100 %, as 1%".to_owned())
}
