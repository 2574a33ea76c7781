//! Which customers a load test brings, and when.

use super::super::guard::grouped;
use super::super::{Failure, input, moment};
use super::args::LoadArgs;
use crate::event::LoadFacts;
use crate::load::{
    Phase, TRACE_FORMATS, arrivals_of_run, own_customers, planned_customers, rate_per_s, spread,
    trace_moments,
};
use crate::log::Run;
use crate::scenario::{Scenario, Window};
use crate::time::{SimDuration, SimTime};
use std::path::Path;

/// Narrows the scenario to the window of the load test, with its customers. What is read
/// of a trace is told unless `quiet`.
pub(super) fn narrow(
    args: &LoadArgs,
    rate_per_s: Option<f64>,
    scenario: &mut Scenario,
    seed: u64,
    facts: LoadFacts,
    quiet: bool,
) -> Result<Window, Failure> {
    let phases = match rate_per_s {
        Some(rate) => vec![Phase::steady(rate, args.when.length)],
        None => phases(args)?,
    };
    let from = match &args.when.from {
        Some(text) => moment::parse(&scenario.header, text)?,
        None => opening(scenario),
    };
    let length = match phases.as_slice() {
        [] => args.when.length,
        phases => phases.iter().fold(SimDuration::ZERO, |sum, p| SimDuration(sum.0 + p.length.0)),
    };
    let window = Window {
        from,
        warm_up: args.when.warm_up.min(length),
        length: SimDuration(length.0.saturating_sub(args.when.warm_up.0)),
        drain: args.when.drain,
    };
    let wall_s = length.as_s() / args.when.speed;
    if wall_s > args.limits.max_duration.as_s() {
        return Err(Failure::invalid(format!(
            "error: the test would take {wall_s:.0} s of wall-clock time, and --max-duration is {}\n  help: shorten --for or the phases, raise --speed, or allow more with --max-duration",
            args.limits.max_duration
        )));
    }
    let own = phases.is_empty() && args.when.trace.is_none();
    if own && window.horizon() > scenario.horizon {
        return Err(Failure::invalid(
            "error: the scenario ends before the test does\n  help: begin earlier with --from, shorten --for, or give the rate with --rate",
        ));
    }
    let times = if let Some(path) = &args.when.trace {
        recorded(path, scenario, window, seed, quiet)?
    } else if phases.is_empty() {
        own_customers(scenario, seed, window)
    } else {
        let moments = planned_customers(&phases, args.when.arrivals().into(), seed);
        spread(scenario, seed, from, &moments)
    };
    let some = times.iter().flatten().any(|at| *at >= from);
    if !some {
        return Err(Failure::invalid(
            "error: nobody comes in this window\n  help: choose another moment with --from, a longer time with --for, or a rate with --rate",
        ));
    }
    scenario.header.targets.extend(args.expect.iter().cloned());
    scenario.narrow(window, times, facts);
    Ok(window)
}

/// The moments of a trace, or of the customers of another run, as far as the window goes.
fn recorded(
    path: &Path,
    scenario: &Scenario,
    window: Window,
    seed: u64,
    quiet: bool,
) -> Result<Vec<Vec<SimTime>>, Failure> {
    let name = path.display();
    let moments = if path.is_dir() {
        arrivals_of_run(&Run::open(path)?)?
    } else {
        let wrong = |what: String| Failure::invalid(format!("error: {name}: {what}"));
        let text = input::table(path).map_err(wrong)?;
        let read = trace_moments(&text, &scenario.header.zone);
        let trace = read.map_err(|what| {
            Failure::invalid(format!("error: {name}: {what}\n  help: known are {TRACE_FORMATS}"))
        })?;
        for note in trace.notes.iter().filter(|_| !quiet) {
            tell!("warning: {name}: {note}");
        }
        trace.moments
    };
    let length = window.horizon().since(window.from);
    let (all, last) = (moments.len(), moments.last().copied());
    let inside: Vec<SimDuration> = moments.into_iter().filter(|m| *m < length).collect();
    if !quiet {
        tell!(
            "trace: {} moments over {}, {} in the test",
            grouped(all),
            last.unwrap_or_default(),
            grouped(inside.len())
        );
    }
    Ok(spread(scenario, seed, window.from, &inside))
}

/// When the first channel opens first.
fn opening(scenario: &Scenario) -> SimTime {
    let hours = scenario.header.channel_hours.iter().flat_map(|hours| &hours.0);
    hours.map(|span| span.start).min().unwrap_or(SimTime::ZERO)
}

/// The plan of rates, where one is given.
fn phases(args: &LoadArgs) -> Result<Vec<Phase>, Failure> {
    if let Some(rate) = &args.when.rate {
        let rate = rate_per_s(rate).map_err(wrong)?;
        return Ok(vec![Phase::steady(rate, args.when.length)]);
    }
    let mut phases: Vec<Phase> = Vec::new();
    let mut problems = Vec::new();
    for text in &args.when.phases {
        match text.parse() {
            Ok(phase) => phases.push(phase),
            Err(what) => problems.push(format!("--phase \"{text}\": {what}")),
        }
    }
    if problems.is_empty() { Ok(phases) } else { Err(Failure::problems(&problems)) }
}

fn wrong(what: String) -> Failure {
    Failure::invalid(format!("error: --rate: {what}"))
}
