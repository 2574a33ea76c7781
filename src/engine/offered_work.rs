//! The work that the customers of a replication bring: known from the keyed draws
//! alone, without simulating anything, and with a known expectation.
//!
//! That makes it a control variate: a replication whose customers bring more work than
//! expected has longer waits, and how much longer can be taken out of a comparison.

use super::arrivals::ArrivalFlows;
use super::state::issue_key;
use crate::random::{Purpose, Streams};
use crate::scenario::{Scenario, expected_volume, shares};

/// Work for people that all who come would make, seconds, if nobody were helped
/// otherwise and nobody left. Customers who come again are not counted.
#[must_use]
pub fn offered_work_s(scenario: &Scenario, seed: u64, replication: u32) -> f64 {
    let streams = Streams::new(seed, replication);
    let mut flows = ArrivalFlows::new(scenario, streams, None);
    let mut sum_s = 0.0;
    while let Some((number, arrival)) = flows.pop(scenario) {
        let source = &scenario.sources[number];
        let key = issue_key(source.key, arrival.interval, arrival.index);
        let mix = &source.intents;
        let chosen = match mix.values.len() {
            1 => 0,
            _ => streams.choose(Purpose::Intent, key, &mix.cumulative),
        };
        let work = &scenario.intents[mix.values[chosen].index()].work;
        sum_s += work.sample_s(&mut streams.of(Purpose::HumanWork, key));
    }
    sum_s
}

/// Its expectation, seconds.
#[must_use]
pub fn expected_work_s(scenario: &Scenario) -> f64 {
    let of_source = |source: &crate::scenario::Source| {
        let work_s: f64 = shares(&source.intents)
            .map(|(intent, share)| share * scenario.intents[intent.index()].work.mean_s())
            .sum();
        expected_volume(source) * work_s
    };
    scenario.sources.iter().map(of_source).sum()
}
