//! Who comes in a load test, and when: against sums that can be done by hand.

use super::near;
use crate::common;
use convoq::event::Event;
use convoq::load::{Phase, Spacing, own_customers, planned_customers, spread};
use convoq::scenario::file::Scalar;
use convoq::scenario::{Window, units};
use convoq::time::{SimDuration, SimTime};

fn phase(from_per_s: f64, to_per_s: f64, length_s: f64) -> Phase {
    Phase { from_per_s, to_per_s, length: SimDuration::from_s(length_s) }
}

fn seconds(phases: &[Phase], spacing: Spacing, seed: u64) -> Vec<f64> {
    let moments = planned_customers(phases, spacing, seed);
    moments.iter().map(|m| m.as_s()).collect()
}

/// As whole microseconds they may be one off.
fn same(found: &[f64], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for (found, wanted) in found.iter().zip(wanted) {
        near(*found, *wanted, 1.5e-6);
    }
}

#[test]
fn a_plan_at_equal_distances_follows_its_phases() {
    let hold: Vec<f64> = (0..10).map(|n| 0.1 * f64::from(n)).collect();
    same(&seconds(&[phase(10.0, 10.0, 1.0)], Spacing::Constant, 1), &hold);
    // Up in 2 s: t^2 * 10 / (2 * 2) customers have come by t. Then 1 s at the full
    // rate, and down in 2 s: 10 t - t^2 * 10 / (2 * 2).
    let up = (0..10).map(|n| (0.4 * f64::from(n)).sqrt());
    let flat = (0..10).map(|n| 2.0 + 0.1 * f64::from(n));
    let down = (0..10).map(|n| 3.0 + 2.0 - (4.0 - 0.4 * f64::from(n)).sqrt());
    let wanted: Vec<f64> = up.chain(flat).chain(down).collect();
    let plan = [phase(0.0, 10.0, 2.0), phase(10.0, 10.0, 1.0), phase(10.0, 0.0, 2.0)];
    same(&seconds(&plan, Spacing::Constant, 1), &wanted);
    // A pause is a phase too, and a spike begins at its moment.
    let plan = [phase(1.0, 1.0, 2.0), phase(0.0, 0.0, 3.0), phase(4.0, 4.0, 0.5)];
    let wanted = [0.0, 1.0, 5.0, 5.25];
    same(&seconds(&plan, Spacing::Constant, 1), &wanted);
}

#[test]
fn rates_of_any_unit_bring_as_many_as_they_say() {
    let rates = ["0.5/s", "1/s", "30/m", "90/m", "1800/h", "0.3333/s", "7.3/s", "2.5e0/s", "100/s"];
    let counts = rates.map(|rate| {
        let rate = units::rate_per_s(&Scalar::Text(rate.into())).unwrap();
        seconds(&[phase(rate, rate, 6.0)], Spacing::Constant, 1).len()
    });
    assert_eq!(counts, [3, 6, 3, 9, 3, 2, 44, 15, 600]);
    for nothing in ["0/s", "-1/s", "inf/s", "NaN/s", "1/d", "1"] {
        assert!(units::rate_per_s(&Scalar::Text(nothing.into())).is_err(), "{nothing}");
    }
}

#[test]
fn a_poisson_plan_has_the_rates_of_its_phases_and_independent_gaps() {
    let plan = [phase(100.0, 300.0, 100.0), phase(50.0, 50.0, 100.0)];
    let moments = seconds(&plan, Spacing::Poisson, 3);
    assert!(moments.is_sorted());
    let within = |from: f64, to: f64| {
        let inside = moments.iter().filter(|t| (from..to).contains(*t));
        inside.count() as f64
    };
    // 3.3 standard deviations; a rate that is 5 % off lies 3.5 to 5 away, and all three do.
    for (from, to, expected) in
        [(0.0, 50.0, 7_500.0), (50.0, 100.0, 12_500.0), (100.0, 200.0, 5_000.0)]
    {
        near(within(from, to), expected, 3.3 * f64::sqrt(expected));
    }
    // Counts of a Poisson process have their mean as variance: 500 seconds' worth of tenths.
    let tenths: Vec<f64> = (0..1000)
        .map(|n| within(100.0 + 0.1 * f64::from(n), 100.0 + 0.1 * f64::from(n + 1)))
        .collect();
    let mean = tenths.iter().sum::<f64>() / 1000.0;
    let variance = tenths.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 999.0;
    near(variance / mean, 1.0, 0.16);
    assert_eq!(moments, seconds(&plan, Spacing::Poisson, 3));
    assert_ne!(moments, seconds(&plan, Spacing::Poisson, 4));
}

/// Two sources, of which one brings three times as many, in a day of 4,000 contacts.
const TWO_SOURCES: &str = "
convoq: 1
name: two-sources
time: {start: 2026-03-02, days: 1, zone: UTC, open: {daily: \"00:00-24:00\"}}
segments: {b2c: {}, b2b: {}}
intents: {order_status: {work: {constant: 5s}}}
demand:
  - {segment: b2c, channel: chat, per_day: 3000, intents: {order_status: 100%}}
  - {segment: b2b, channel: chat, per_day: 1000, intents: {order_status: 100%}}
channels: {chat: {patience: 5m}}
bot: {}
teams: {chat: {channels: {chat: {max: 4}}, agents: 20, wage: 15 EUR/h}}
";

#[test]
fn customers_of_a_plan_come_from_the_sources_in_their_proportion_at_their_moments() {
    let scenario = common::load(TWO_SOURCES, &[]);
    let from = SimTime(3_600_000_000);
    let moments: Vec<SimDuration> = (0..10_000).map(|n| SimDuration(n * 1_001)).collect();
    let times = spread(&scenario, 5, from, &moments);
    let mut all: Vec<SimTime> = times.iter().flatten().copied().collect();
    all.sort_unstable();
    let wanted: Vec<SimTime> = moments.iter().map(|m| from + *m).collect();
    assert_eq!(all, wanted);
    assert!(times.iter().all(|list| list.is_sorted()));
    // 3.3 standard deviations of a share of 75 %; 5 % off are 8.
    near(times[0].len() as f64, 7_500.0, 3.3 * 43.4);
    assert_eq!(times, spread(&scenario, 5, from, &moments));
}

#[test]
fn the_scenarios_own_customers_are_those_of_a_simulation_until_the_horizon() {
    let scenario = common::load(TWO_SOURCES, &[]);
    let window = Window {
        from: SimTime(9 * 3_600_000_000),
        warm_up: SimDuration::from_s(1800.0),
        length: SimDuration::from_s(3600.0),
        drain: SimDuration::from_s(60.0),
    };
    let mut wanted = vec![Vec::new(); 2];
    for envelope in common::events(&scenario, 7, 0) {
        if let Event::ContactStarted { segment, attempt: 0, .. } = envelope.event
            && envelope.at < window.from + SimDuration::from_s(5400.0)
        {
            wanted[segment.index()].push(envelope.at);
        }
    }
    assert!(wanted[0].len() > 1_000 && wanted[1].len() > 300);
    assert_eq!(own_customers(&scenario, 7, window), wanted);
}
