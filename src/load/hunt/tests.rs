use super::*;
use crate::load::{Phase, Spacing, planned_customers};
use crate::random::hash_name;
use crate::time::SimDuration;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[test]
fn a_backlog_that_grows_with_its_delay_is_saturation_and_a_steady_one_is_not() {
    let mut growing = Saturation::default();
    assert!((0..60).any(|n| growing.is_growing(f64::from(n) * 4.0, f64::from(n) * 0.1)));
    let mut steady = Saturation::default();
    assert!(!(0..200).any(|n| steady.is_growing(50.0 + f64::from(n % 7), 0.4)));
    let mut filling = Saturation::default(); // more under way, but no slower
    assert!(!(0..60).any(|n| filling.is_growing(f64::from(n), 0.4)));
}

/// A bot that answers so many at a time, each in about so long, in the order in which they
/// come: 26.3 a second. Time is virtual.
const SLOTS: usize = 10;
const WORK_S: f64 = 0.38;
const CARRIES: f64 = SLOTS as f64 / WORK_S;
/// `--for`, `--drain`, and the time between two looks of a run.
const LENGTH_S: f64 = 12.0;
const DRAIN_S: f64 = 15.0;
const LOOK_S: f64 = 0.25;

/// When each of a run's messages comes and is answered, seconds.
fn answered(rate: f64, spacing: Spacing, seed: u64) -> Vec<(f64, f64)> {
    let steady = Phase { from_per_s: rate, to_per_s: rate, length: SimDuration::from_s(LENGTH_S) };
    let mut free: BinaryHeap<Reverse<u64>> = (0..SLOTS).map(|_| Reverse(0)).collect();
    let mut all = Vec::new();
    for (number, came) in planned_customers(&[steady], spacing, seed).iter().enumerate() {
        let draw = hash_name(&format!("{seed} {number}")) as f64 / u64::MAX as f64;
        let work_us = (WORK_S * (0.9 + 0.2 * draw) * 1e6) as u64;
        let slot = free.pop().map_or(0, |Reverse(at)| at);
        let end = slot.max(came.0) + work_us;
        free.push(Reverse(end));
        all.push((came.0 as f64 * 1e-6, end as f64 * 1e-6));
    }
    all
}

/// What a run at a rate shows where 95 % are to be answered within a limit.
fn seen(rate: f64, limit_s: f64, spacing: Spacing, seed: u64) -> Seen {
    let all = answered(rate, spacing, seed);
    let mut saturation = Saturation::default();
    let (mut at, mut saturated) = (LOOK_S, false);
    while at < LENGTH_S && !saturated {
        let under_way = all.iter().filter(|(came, end)| *came <= at && at < *end).count();
        let new = all.iter().filter(|(_, end)| at - LOOK_S < *end && *end <= at);
        let times: Vec<f64> = new.map(|(came, end)| end - came).collect();
        let mean_s = times.iter().sum::<f64>() / times.len() as f64;
        saturated = !times.is_empty() && saturation.is_growing(under_way as f64, mean_s);
        at += LOOK_S;
    }
    let stop = if saturated { at } else { LENGTH_S + DRAIN_S };
    saturated |= saturation.has_grown();
    let came = all.iter().filter(|(came, _)| *came < stop);
    // A message without an answer waited at least until the end.
    let mut times: Vec<f64> = came.map(|(came, end)| end.min(stop) - came).collect();
    times.sort_by(f64::total_cmp);
    let p95 = times[(0.95 * times.len() as f64).ceil() as usize - 1];
    let open = all.iter().any(|(came, end)| *came < stop && *end > stop);
    Seen {
        bot_was_idle: true,
        saturated,
        missed: p95 >= limit_s,
        undecided: open,
        open,
        ..Seen::default()
    }
}

/// The largest rate that a search finds, and the rates that it tried.
fn found(limit_s: f64, spacing: Spacing, seed: u64) -> (f64, Vec<f64>) {
    let mut hunt = Hunt::new(Rates::Between(5.0, 60.0));
    let mut tried = Vec::new();
    while let Some((rate, run)) = hunt.next() {
        tried.push(rate);
        hunt.take(rate, seen(rate, limit_s, spacing, seed + u64::from(run)).outcome());
    }
    (hunt.low.unwrap_or(0.0), tried)
}

#[test]
fn a_known_capacity_is_found_within_a_tenth_whatever_the_seed_and_the_limit() {
    for limit_s in [0.6, 1.0, 2.0, 5.0] {
        for seed in 1..=10 {
            let (rate, tried) = found(limit_s, Spacing::Constant, seed);
            let gap = rate / CARRIES - 1.0;
            assert!(gap.abs() < 0.1, "{limit_s} s, seed {seed}: {rate} of {tried:?}");
        }
    }
}

#[test]
fn customers_who_come_at_random_find_it_too_but_for_their_luck() {
    for limit_s in [0.6, 2.0, 5.0] {
        let seeds = 1..=10;
        let rates: Vec<f64> = seeds.map(|seed| found(limit_s, Spacing::Poisson, seed).0).collect();
        let mean = rates.iter().sum::<f64>() / 10.0 / CARRIES;
        assert!((0.75..1.1).contains(&mean), "{limit_s} s: {rates:?}");
        // What comes in 12 s is by luck 6 % more or less, and a bit more where it clumps.
        let far = rates.iter().any(|rate| (rate / CARRIES - 1.0).abs() > 0.3);
        assert!(!far, "{limit_s} s: {rates:?}");
    }
}

#[test]
fn a_rate_of_which_a_run_says_nothing_is_tried_three_times_and_then_not_known() {
    for outcome in [Outcome::Invalid, Outcome::Undecided] {
        let mut hunt = Hunt::new(Rates::Between(10.0, 100.0));
        assert!(hunt.take(10.0, Outcome::Met));
        for run in 1..=3 {
            assert_eq!(hunt.next(), Some((20.0, run)));
            assert_eq!(hunt.take(20.0, outcome), run == 3);
        }
        let expected = (Some(10.0), Some(20.0), Some(outcome));
        assert_eq!((hunt.low, hunt.high, hunt.unsure), expected);
        // A run that tells ends the tries, and a lower failure is known.
        assert_eq!(hunt.next().map(|next| next.1), Some(1));
        assert!(hunt.take(14.0, Outcome::Missed));
        assert_eq!((hunt.high, hunt.unsure), (Some(14.0), None));
    }
}
