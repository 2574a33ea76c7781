//! `convoq fork`: goes on from a moment of a run, under other settings or into other futures.

use super::asked::Asked;
use super::guard;
use super::progress::Progress;
use super::recording::{self, Order, Recording};
use super::scenario_file::{self, Inputs};
use super::simulate::{
    cores, exit_code, of_scenario, print_report, render, summary, text_options, write_report,
};
use super::stop::stop_on_signal;
use super::{CONFIDENCE, Failure, Format, moment};
use crate::doubt::Doubt;
use crate::event::{Event, Header};
use crate::experiment::{Pool, Summary, differences};
use crate::log::{ForkFacts, LegFacts, Mode, Policy, Run, RunState};
use crate::report::{self, ForkSummary};
use crate::run::{Continuation, Keep, Past, Plan, fork_logged};
use crate::scenario::{self, Loaded, Scenario, ShapeChange};
use crate::time::SimTime;
use clap::Args;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Args, Debug)]
pub(super) struct ForkArgs {
    /// The run directory, as `simulate` or `fork` wrote it
    run: PathBuf,
    /// The moment: `12h30m` from the start of the run, or a local time as `2026-03-02 12:30`
    #[arg(long, value_name = "T")]
    at: String,
    /// Which replication goes on; the first that is kept without it
    #[arg(long, value_name = "R")]
    replication: Option<u32>,
    /// Change a field from then on: `--set teams.chat.shifts[0].agents=+1`; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Apply a variant of the scenario from then on
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Futures; with 1, the run's own, with more each draws anew what has not happened yet
    #[arg(short = 'n', long, value_name = "N", value_parser = guard::from_one)]
    futures: Option<NonZeroU32>,
    /// Worker threads; all cores without it. The result does not depend on it
    #[arg(long, value_parser = guard::from_one)]
    threads: Option<NonZeroU32>,
    /// Folder of the run; a new one under `runs/` without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write an HTML report of the forked run to this file as well
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// No progress and no notes on standard error
    #[arg(short, long)]
    quiet: bool,
    /// All of it as it was written.
    #[arg(skip)]
    pub(super) asked: Asked,
}

pub(super) fn run(args: &ForkArgs) -> Result<u8, Failure> {
    guard::writable("--report", args.report.as_deref())?;
    let parent = Run::open(&args.run)?;
    let facts = readable(&parent)?;
    let past = past(args, &parent, &facts)?;
    let (loaded, inputs) = scenario_file::load_run(&parent)?;
    let (changed, facts) = changed(args, &parent, &past, loaded, facts)?;
    Fork { args, parent: &parent, past: &past, loaded: &changed, inputs: &inputs }.play(facts)
}

/// The parts of the run, one where it is no fork itself.
fn readable(run: &Run) -> Result<ForkFacts, Failure> {
    let (m, path) = (&run.manifest, run.path().display());
    let own = env!("CARGO_PKG_VERSION");
    let refused = if m.mode == Mode::Load {
        format!(
            "error: {path}: it is a load test\n  help: only a simulation can be forked: what a real bot would have answered is not known"
        )
    } else if m.mode == Mode::Import {
        format!(
            "error: {path}: it is an imported log\n  help: what its customers would have done is not known: `convoq fit` makes a scenario of it that can be simulated"
        )
    } else if m.state == RunState::Running {
        format!(
            "error: {path}: the run is not finished: it is being written, or its writer died\n  help: `convoq log recover {path}` completes it"
        )
    } else if m.version != own {
        format!(
            "error: {path}: convoq {} made it, and this is {own}: it may go on otherwise\n  help: fork it with convoq {}, or simulate it again",
            m.version, m.version
        )
    } else {
        let base = LegFacts {
            at_us: 0,
            variant: m.scenario.variant.clone(),
            overrides: m.scenario.overrides.clone(),
        };
        return Ok(m
            .fork
            .clone()
            .unwrap_or(ForkFacts { legs: vec![base], ..ForkFacts::default() }));
    };
    Err(Failure::invalid(refused))
}

/// The replication that is asked for, or the first that is kept.
fn chosen(args: &ForkArgs, run: &Run) -> Result<u32, Failure> {
    let kept: Vec<u32> = run.replications().iter().map(|(n, _)| *n).collect();
    let found = match args.replication {
        Some(number) => kept.iter().find(|n| **n == number),
        None => kept.first(),
    };
    found.copied().ok_or_else(|| {
        let path = run.path().display();
        let names: Vec<_> = kept.iter().map(u32::to_string).collect();
        let what = match (args.replication, names.is_empty()) {
            (Some(number), false) => format!("the events of replication {number} are not kept: those of {} are", names.join(", ")),
            _ => "it keeps no events".to_owned(),
        };
        Failure::invalid(format!("error: {path}: {what}\n  help: `simulate --log full` keeps the events of all replications"))
    })
}

/// The past of the run until the moment.
fn past(args: &ForkArgs, run: &Run, facts: &ForkFacts) -> Result<Past, Failure> {
    let (header, path) = (&run.manifest.header, run.path().display());
    let number = chosen(args, run)?;
    let at = moment::parse(header, &args.at)?;
    if at > header.end {
        return Err(Failure::invalid(format!(
            "error: --at {}: it is after the end of the run\n  help: {path} lasts from {} to {}",
            args.at,
            moment::label(header, SimTime::ZERO),
            moment::label(header, header.end)
        )));
    }
    let mut events = run.replication(number)?;
    if events.last().is_none_or(|e| e.event != Event::RunEnded) {
        return Err(Failure::invalid(format!(
            "error: {path}: the events of replication {number} break off\n  help: simulate it again"
        )));
    }
    events.truncate(events.partition_point(|e| e.at <= at));
    let forks = events.iter().filter(|e| matches!(e.event, Event::Forked { .. }));
    let legs = facts.legs.get(..=forks.count()).ok_or_else(|| {
        Failure::invalid(format!("error: {path}: its manifest does not know all its forks\n  help: restore the folder from a copy"))
    })?;
    let mut scenarios: Vec<Scenario> = Vec::new();
    for leg in legs {
        let next =
            scenario_file::load_run_as(run, leg.variant.as_deref(), &leg.overrides)?.scenario;
        scenarios.push(match scenarios.last() {
            None => next,
            Some(before) => {
                scenario::continued(before, next, SimTime(leg.at_us)).map_err(|c| refused(&c))?
            }
        });
    }
    Ok(Past {
        seed: run.manifest.seed,
        replication: if run.manifest.fork.is_some() { facts.replication } else { number },
        scenarios,
        events,
        at,
    })
}

fn refused(changes: &[ShapeChange]) -> Failure {
    let mut text = String::new();
    for c in changes {
        let (field, before, after) = (c.field, &c.before, &c.after);
        text += &format!(
            "error: {field}: a fork keeps the past, so this cannot change\n  was: {before}\n  now: {after}\n"
        );
    }
    Failure::invalid(text + "  help: change numbers and shifts; for another shape, simulate anew")
}

/// The scenario from now on, and the parts of the forked run.
fn changed(
    args: &ForkArgs,
    run: &Run,
    past: &Past,
    own: Loaded,
    facts: ForkFacts,
) -> Result<(Loaded, ForkFacts), Failure> {
    let m = &run.manifest;
    // What held at the moment: a later fork of the run is cut off.
    let mut legs: Vec<LegFacts> = facts.legs;
    legs.truncate(past.scenarios.len());
    let now = legs.last().cloned().unwrap_or_default();
    let set = scenario_file::overrides(&args.set)?;
    let overrides = [now.overrides, set].concat();
    let variant = args.variant.clone().or(now.variant);
    let mut loaded = scenario_file::load_run_as(run, variant.as_deref(), &overrides)?;
    let known = past.scenarios.last().unwrap_or(&own.scenario);
    let same = loaded.scenario.header.sha256 == known.header.sha256;
    let futures = args.futures().get() > 1;
    if (!same || futures) && past.has_ended() {
        return Err(Failure::invalid(format!(
            "error: --at {}: the run has ended by then: nothing is left to change\n  help: choose a time before {}",
            args.at,
            moment::label(&m.header, m.header.end)
        )));
    }
    if same {
        loaded.scenario = known.clone();
    } else {
        let next = loaded.scenario;
        loaded.scenario = scenario::continued(known, next, past.at).map_err(|c| refused(&c))?;
    }
    if !same || futures {
        legs.push(LegFacts { at_us: past.at.0, variant, overrides });
    }
    let facts = ForkFacts {
        parent: m.header.sha256.clone(),
        replication: past.replication,
        at_us: past.at.0,
        legs,
    };
    Ok((loaded, facts))
}

/// A fork that is about to be played.
struct Fork<'f> {
    args: &'f ForkArgs,
    parent: &'f Run,
    past: &'f Past,
    /// The scenario from now on.
    loaded: &'f Loaded,
    inputs: &'f Inputs,
}

impl Fork<'_> {
    fn plan(&self) -> Plan {
        Plan {
            seed: self.past.seed,
            replications: self.args.futures(),
            threads: self.args.threads.unwrap_or_else(cores),
        }
    }

    /// Whether the scenario from now on is another one.
    fn is_changed(&self) -> bool {
        let known = self.past.scenarios.last();
        known.is_none_or(|k| k.header.sha256 != self.loaded.scenario.header.sha256)
    }

    fn continuation(&self, changed: bool) -> Continuation<'_> {
        Continuation {
            past: self.past,
            changed: (changed && self.is_changed()).then_some(&self.loaded.scenario),
            futures: self.args.futures().get() > 1,
        }
    }

    fn play(&self, fork: ForkFacts) -> Result<u8, Failure> {
        let (args, plan) = (self.args, self.plan());
        let leg = fork.legs.last().cloned().unwrap_or_default();
        let mut facts = self.parent.manifest.scenario.clone();
        (facts.variant, facts.overrides) = (leg.variant, leg.overrides);
        facts.inputs.clear();
        let order = Order {
            precision: None,
            keep: Keep::First,
            mode: Mode::Fork,
            policy: Policy::Sealed,
            reproduce: self.reproduce(),
            scenario: facts,
            fork: Some(fork),
        };
        let stop = stop_on_signal();
        let recording =
            Recording::start(args.out.as_deref(), self.loaded, self.inputs, plan, order)?;
        let progress = Progress::new(plan.replications.get(), args.quiet);
        let logging = recording.as_ref().map(Recording::logging);
        let header = &self.loaded.scenario.header;
        let follow = self.continuation(true);
        let mut pool = fork_logged(follow, header, plan, logging, &stop, |p| progress.update(p));
        progress.finish();
        let interrupted =
            stop.load(Ordering::Relaxed) && pool.replications < plan.replications.get();
        let recorded = recording.map(|r| r.finish(&mut pool, interrupted));
        if pool.replications == 0 {
            return Err(Failure::interrupted("interrupted before a future was finished"));
        }
        let said = self.summary(&pool, interrupted);
        let reported = write_report(&said, args.report.as_deref(), args.quiet);
        let compared = self.is_changed() && !interrupted;
        let text = if compared { self.compare(&pool, &said, plan, &stop) } else { None };
        let text = text.unwrap_or_else(|| render(&said, args.format));
        print_report(&text, args.format)?;
        recording::tell_run(recorded.transpose()?.as_deref(), args.quiet);
        reported?;
        Ok(exit_code(&said))
    }

    fn summary(&self, pool: &Pool<'_>, interrupted: bool) -> Summary {
        let (done, planned) = (pool.replications, self.args.futures().get());
        let doubt = interrupted.then_some(Doubt::Interrupted { done, planned, unit: "futures" });
        let others = of_scenario(self.loaded);
        summary(pool, self.past.seed, CONFIDENCE, self.reproduce(), others, doubt)
    }

    /// The summary with what the change does; `None` when it was stopped on the way.
    fn compare(
        &self,
        changed: &Pool<'_>,
        said: &Summary,
        plan: Plan,
        stop: &AtomicBool,
    ) -> Option<String> {
        let (old, new) = (&self.past.scenarios.last()?.header, &self.loaded.scenario.header);
        let (old_late, new_late) = (late(old, self.past.at), late(new, self.past.at));
        let play = |header, changed| {
            let pool = fork_logged(self.continuation(changed), header, plan, None, stop, |_| {});
            Some(pool).filter(|p| p.replications == plan.replications.get())
        };
        let unchanged = play(old, false)?;
        let (unchanged_late, changed_late) = (play(&old_late, false)?, play(&new_late, true)?);
        let before = self.summary(&unchanged, false);
        let fork = ForkSummary {
            schema: ForkSummary::SCHEMA,
            at: moment::label(new, self.past.at),
            futures: said.replications,
            unchanged: &before,
            changed: said,
            whole: differences(&unchanged, changed, &[], CONFIDENCE),
            from_fork: differences(&unchanged_late, &changed_late, &[], CONFIDENCE),
        };
        Some(match self.args.format {
            Format::Text => report::text(said, &text_options()) + &report::fork_text(&fork),
            Format::Markdown => report::markdown(said) + &report::fork_markdown(&fork),
            Format::Json => report::json(&fork),
            Format::Csv => report::fork_csv(&fork),
        })
    }

    /// The command that makes the same numbers again.
    fn reproduce(&self) -> String {
        self.args.asked.again(&[], &[])
    }
}

/// A header under which only what begins from a moment on is measured.
fn late(header: &Header, at: SimTime) -> Header {
    let mut late = header.clone();
    late.measured.0 = late.measured.0.max(at).min(late.measured.1);
    late
}

impl ForkArgs {
    fn futures(&self) -> NonZeroU32 {
        self.futures.unwrap_or(NonZeroU32::MIN)
    }
}
