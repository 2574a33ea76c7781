//! Agents by interval for a probability of waiting: exact where customers leave as
//! fast as they are served, and what iterated simulation finds of it.

use crate::common::load;
use crate::formulas::delay_requirement;
use convoq::analytic::{RatePiece, offered_load};
use convoq::distribution::Distribution;
use convoq::id::{QueueId, TeamId};
use convoq::planning::{Staffing, iterative_staffing};
use convoq::run::{count_in_system, each};
use convoq::time::SimDuration;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;

#[test]
fn vt_24_the_exact_table_of_agents_for_a_probability_of_waiting() {
    let table = [(10.0, [15, 14, 11]), (50.0, [60, 57, 51]), (137.109, [153, 148, 138])];
    for (load, agents) in table {
        let found = [0.1, 0.2, 0.5].map(|alpha| delay_requirement(load, alpha));
        assert_eq!(found, agents, "{load}");
    }
    assert_eq!(delay_requirement(0.0, 0.1), 0);
    // P(N = 0) = exp(-0.01): nobody is there with probability 0.99.
    assert_eq!(delay_requirement(0.01, 0.1), 1);
}

/// Calls of five minutes by customers who wait five minutes: the number there is that
/// of a team without end, whatever the agents.
fn phone(per_hour: &str, heads: &[u32]) -> String {
    let heads: Vec<_> = heads.iter().map(u32::to_string).collect();
    format!(
        "
convoq: 1
name: day
time: {{start: 2026-03-02, days: 1, interval: 30m}}
demand: [{{channel: phone, rate: {{interval: 1h, per_hour: [{per_hour}]}}}}]
intents: {{any: {{work: {{exponential: 5m}}}}}}
channels: {{phone: {{patience: {{exponential: 5m}}}}}}
teams: {{phone: {{channels: {{phone: {{}}}}, shifts: [{{from: '00:00', agents_by_interval: [{}]}}]}}}}
",
        heads.join(", ")
    )
}

fn hourly() -> Vec<f64> {
    let hours = (0..24).map(|h| 120.0 + 80.0 * (f64::from(h) * std::f64::consts::TAU / 24.0).sin());
    hours.map(f64::round).collect()
}

fn found(alpha: f64, runs: u32) -> Staffing {
    let rates: Vec<_> = hourly().iter().map(f64::to_string).collect();
    let places: Vec<_> = (0..runs).map(|r| (11, r)).collect();
    let stop = AtomicBool::new(false);
    let mut simulate = |agents: &[u32]| {
        let scenario = load(&phone(&rates.join(", "), agents), &[]);
        let of = (QueueId(0), TeamId(0), SimDuration::from_s(300.0));
        each(&places, NonZeroU32::MIN, &stop, |seed, n| count_in_system(&scenario, of, seed, n))
    };
    iterative_staffing(48, 60, 1, alpha, &mut simulate).unwrap()
}

/// The exact agents of each interval by the load of its moments.
fn exact(alpha: f64) -> Vec<[u32; 2]> {
    let piece = |(hour, rate): (usize, f64)| RatePiece {
        start_s: hour as f64 * 3600.0,
        end_s: (hour + 1) as f64 * 3600.0,
        rate: rate / 3600.0,
    };
    let pieces: Vec<_> = hourly().into_iter().enumerate().map(piece).collect();
    let work = Distribution::Exponential { mean_s: 300.0 };
    let at =
        |s: f64| delay_requirement(offered_load(&pieces, |x| work.limited_mean_s(x), s), alpha);
    let ends = |i: usize| {
        let moments = (0..6).map(|k| at(i as f64 * 1800.0 + 300.0 * (f64::from(k) + 0.5)));
        let all: Vec<u32> = moments.collect();
        let (low, high) = (all.iter().min(), all.iter().max());
        [*low.unwrap(), *high.unwrap()]
    };
    (0..48).map(ends).collect()
}

#[test]
fn vt_24_iterated_simulation_finds_the_exact_agents_within_one() {
    for alpha in [0.1, 0.2, 0.5] {
        let found = found(alpha, 150);
        // One round finds them, the next moves nothing.
        assert!(found.settled && found.rounds <= 3, "{found:?}");
        let exact = exact(alpha);
        let mut off = 0;
        for (interval, (agents, [low, high])) in found.agents.iter().zip(&exact).enumerate() {
            assert!(
                agents + 1 >= *low && *agents <= high + 1,
                "{alpha}, interval {interval}: {agents}, exactly {low} to {high}"
            );
            off += u32::from(agents < low || agents > high);
        }
        assert!(off <= 6, "{alpha}: {off} of 48 intervals are one off");
    }
}

#[test]
fn a_staffing_that_swings_is_halved_and_one_of_chats_counts_slots() {
    // Fewer agents, fewer there: it would swing between 4 and 20 for ever.
    let mut swing = |agents: &[u32]| Some(vec![vec![if agents[0] > 10 { 3 } else { 19 }]]);
    let found = iterative_staffing(1, 20, 1, 0.1, &mut swing).unwrap();
    assert!(!found.settled || found.agents[0] > 4, "{found:?}");
    // Ten chats are there: with three slots an agent, four are not full and three are.
    let mut chats = |_: &[u32]| Some(vec![vec![10, 10]]);
    let found = iterative_staffing(2, 50, 3, 0.1, &mut chats).unwrap();
    assert_eq!((found.agents, found.settled), (vec![4, 4], true));
    assert_eq!(iterative_staffing(1, 5, 1, 0.1, &mut |_| None), None);
}
