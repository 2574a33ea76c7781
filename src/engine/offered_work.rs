//! The work that the customers of a replication bring: known from the keyed draws
//! alone, without simulating anything, and with a known expectation.
//!
//! That makes it a control variate: a replication whose customers bring more work than
//! expected has longer waits, and how much longer can be taken out of a comparison.

use super::arrivals::ArrivalFlows;
use super::state::issue_key;
use crate::id::IntentId;
use crate::random::{Purpose, Streams};
use crate::scenario::{Arrivals, RecordedContact, Scenario, expected_volume, shares};

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
        let recorded = source.recorded(arrival.index).copied().unwrap_or_default();
        if let Some(work_s) = recorded.work_s {
            sum_s += work_s;
            continue;
        }
        let mix = &source.intents;
        let chosen = match mix.values.len() {
            1 => 0,
            _ => streams.choose(Purpose::Intent, key, &mix.cumulative),
        };
        let intent = recorded.intent.unwrap_or(mix.values[chosen]);
        let work = &scenario.intents[intent.index()].work;
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
        let Arrivals::Recorded { times, contacts } = &source.arrivals else {
            return expected_volume(source) * work_s;
        };
        let mean_s = |intent: IntentId| scenario.intents[intent.index()].work.mean_s();
        let of_contact = |r: &RecordedContact| r.work_s.or(r.intent.map(mean_s)).unwrap_or(work_s);
        let rest = times.len().saturating_sub(contacts.len()) as f64;
        contacts.iter().map(of_contact).sum::<f64>() + rest * work_s
    };
    scenario.sources.iter().map(of_source).sum()
}
