//! Who comes in a load test, and when: the scenario's customers, a plan of rates,
//! or recorded moments.

use crate::engine::ArrivalFlows;
use crate::random::{Purpose, Streams};
use crate::scenario::{Arrivals, BurstSize, Scenario, Volume, Window};
use crate::time::{SimDuration, SimTime};

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
    let weights: Vec<f64> = scenario.sources.iter().map(|s| weight(&s.arrivals)).collect();
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

/// How many customers a source is expected to bring.
fn weight(arrivals: &Arrivals) -> f64 {
    match arrivals {
        Arrivals::Intervals { pieces, .. } => {
            let volume = |v: Volume| match v {
                Volume::Expected(mean) => mean,
                Volume::Given(count) => f64::from(count),
            };
            pieces.iter().map(|p| volume(p.volume)).sum()
        }
        Arrivals::Burst { size, .. } => match size {
            BurstSize::Expected(mean) => *mean,
            BurstSize::Recipients { recipients, contact } => f64::from(*recipients) * contact,
        },
        Arrivals::Recorded { times } => times.len() as f64,
    }
}
