//! Who comes in a load test, and when: the scenario's customers, a plan of rates,
//! or recorded moments.

use crate::engine::ArrivalFlows;
use crate::event::Event;
use crate::log::{LogError, Run};
use crate::random::{Purpose, Streams};
use crate::scenario::file::Scalar;
use crate::scenario::{Scenario, Window, expected_volume, units};
use crate::time::{SimDuration, SimTime};
use std::str::FromStr;

/// A part of a plan of rates: the rate goes from one value to the other, evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// Contacts per second of the run at its start.
    pub from_per_s: f64,
    /// Contacts per second of the run at its end.
    pub to_per_s: f64,
    /// How long it lasts.
    pub length: SimDuration,
}

impl Phase {
    /// The same rate all the time.
    #[must_use]
    pub fn steady(rate_per_s: f64, length: SimDuration) -> Self {
        Self { from_per_s: rate_per_s, to_per_s: rate_per_s, length }
    }
}

impl FromStr for Phase {
    type Err = String;

    /// `ramp A..B TIME`, or `hold`, `spike` or `soak` with one rate.
    fn from_str(text: &str) -> Result<Self, String> {
        let help =
            "write `ramp 0/s..50/s 30s`, `hold 50/s 2m`, `spike 200/s 10s` or `soak 50/s 30m`";
        let words: Vec<&str> = text.split_whitespace().collect();
        let [kind, rates, length] = words.as_slice() else {
            return Err(help.to_owned());
        };
        let (from_per_s, to_per_s) = match (*kind, rates.split_once("..")) {
            ("ramp", Some((from, to))) => (phase_rate_per_s(from)?, phase_rate_per_s(to)?),
            ("hold" | "spike" | "soak", None) => {
                let rate = phase_rate_per_s(rates)?;
                (rate, rate)
            }
            _ => return Err(help.to_owned()),
        };
        let length = units::duration(&Scalar::Text((*length).to_owned()))
            .map_err(|e| format!("{}: {}", e.message, e.help))?;
        Ok(Phase { from_per_s, to_per_s, length })
    }
}

/// A rate, as `50/s` or `3000/h`.
///
/// # Errors
/// What is wrong with it, and how to write it.
pub fn rate_per_s(text: &str) -> Result<f64, String> {
    units::rate_per_s(&Scalar::Text(text.to_owned()))
        .map_err(|e| format!("{}: {}", e.message, e.help))
}

/// The same, or nothing, as `0/s`: a ramp may begin there.
fn phase_rate_per_s(text: &str) -> Result<f64, String> {
    match text.split_once('/') {
        Some((number, unit)) if number.trim().parse() == Ok(0.0) => {
            rate_per_s(&format!("1/{unit}")).map(|_| 0.0)
        }
        _ => rate_per_s(text),
    }
}

/// How customers follow one another in a plan of rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Independently of each other: a Poisson process.
    Poisson,
    /// At equal distances (of expected customers).
    Constant,
}

/// The moments of a plan's customers, from its start.
#[must_use]
pub fn plan(phases: &[Phase], spacing: Spacing, seed: u64) -> Vec<SimDuration> {
    let streams = Streams::new(seed, 0);
    let mut moments = Vec::new();
    // Expected customers until the start of the phase, and until the next customer.
    let (mut before, mut start_s) = (0.0, 0.0);
    let gap = |n: u64| match spacing {
        Spacing::Constant => 1.0,
        Spacing::Poisson => -libm::log1p(-streams.unit(Purpose::ArrivalPosition, n)),
    };
    let mut next = match spacing {
        Spacing::Constant => 0.0,
        Spacing::Poisson => gap(0),
    };
    for phase in phases {
        let length_s = phase.length.as_s();
        let all = 0.5 * (phase.from_per_s + phase.to_per_s) * length_s;
        // Sums of gaps end a hair before a whole phase.
        while next < before + all - 1e-9 * all.max(1.0) {
            let at_s = start_s + moment_s(phase, next - before);
            moments.push(SimDuration::from_s(at_s));
            next += gap(moments.len() as u64);
        }
        before += all;
        start_s += length_s;
    }
    moments
}

/// When the customers of a run came first, from the first of them.
///
/// # Errors
/// Whatever the log says when it is damaged.
pub fn arrivals_of_run(run: &Run) -> Result<Vec<SimDuration>, LogError> {
    let mut moments: Vec<SimTime> = Vec::new();
    let mut replication = None;
    run.events(&|_| true, &mut |number, events, _| {
        if *replication.get_or_insert(number) != number {
            return; // of several, the first
        }
        moments.extend(events.iter().filter_map(|e| match e.event {
            Event::ContactStarted { attempt: 0, .. } => Some(e.at),
            _ => None,
        }));
    })?;
    let first = moments.first().copied().unwrap_or(SimTime::ZERO);
    Ok(moments.iter().map(|at| at.since(first)).collect())
}

/// When so many customers are expected to have come in a phase: the root of
/// `r t + (s - r) t^2 / 2 L`.
fn moment_s(phase: &Phase, expected: f64) -> f64 {
    let (rate, length_s) = (phase.from_per_s, phase.length.as_s());
    let slope = (phase.to_per_s - rate) / length_s.max(1e-12);
    let root = (rate * rate + 2.0 * slope * expected).max(0.0).sqrt();
    if rate + root > 0.0 { (2.0 * expected / (rate + root)).min(length_s) } else { 0.0 }
}

/// The scenario's own customers until the end of a window, by source.
#[must_use]
pub fn own_customers(scenario: &Scenario, seed: u64, window: Window) -> Vec<Vec<SimTime>> {
    let streams = Streams::new(seed, 0);
    let mut times = vec![Vec::new(); scenario.sources.len()];
    let mut flows = ArrivalFlows::new(scenario, streams, None);
    while flows.next_due() < window.horizon() {
        let Some((source, arrival)) = flows.pop(scenario) else {
            break;
        };
        times[source].push(arrival.at);
    }
    times
}

/// Gives each customer a source: in the proportion in which the sources bring
/// customers in the whole scenario, by a draw of its own.
#[must_use]
pub fn spread(
    scenario: &Scenario,
    seed: u64,
    from: SimTime,
    moments: &[SimDuration],
) -> Vec<Vec<SimTime>> {
    let streams = Streams::new(seed, 0);
    let weights: Vec<f64> = scenario.sources.iter().map(expected_volume).collect();
    let sum: f64 = weights.iter().sum();
    let mut times = vec![Vec::new(); weights.len()];
    for (number, &moment) in moments.iter().enumerate() {
        let mut u = streams.unit(Purpose::Segment, number as u64) * sum;
        let chosen = weights.iter().position(|w| {
            u -= w;
            u < 0.0
        });
        if let Some(list) = times.get_mut(chosen.unwrap_or(0)) {
            list.push(from + moment);
        }
    }
    times
}
