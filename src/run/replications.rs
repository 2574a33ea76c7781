//! Replications on all cores, added up in their order.

use super::play;
use crate::experiment::Pool;
use crate::projection::{Everything, Replication};
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;

/// How to run the replications of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Seed of the run.
    pub seed: u64,
    /// How many replications.
    pub replications: NonZeroU32,
    /// Worker threads.
    pub threads: NonZeroU32,
}

/// One replication: its events folded, and forgotten.
#[must_use]
pub fn replicate(scenario: &Scenario, seed: u64, replication: u32) -> Replication {
    let mut everything = Everything::new(&scenario.header);
    let mut events = 0;
    play(scenario, seed, replication, |envelopes| {
        events += envelopes.len() as u64;
        everything.apply_all(&scenario.header, envelopes);
    });
    Replication::finish(&scenario.header, everything, events)
}

/// Runs the plan. `progress` is told how many replications are done. When `stop`
/// is set, those done so far, without a gap, are what the pool holds.
pub fn replicate_all<'s>(
    scenario: &'s Scenario,
    plan: Plan,
    stop: &AtomicBool,
    mut progress: impl FnMut(&Pool<'s>),
) -> Pool<'s> {
    let total = plan.replications.get();
    let mut pool = Pool::new(&scenario.header, total);
    let next = AtomicU32::new(0);
    let workers = plan.threads.get().min(total);
    // At most two finished replications per worker wait for an earlier one.
    let (sender, results) = mpsc::sync_channel(2 * workers as usize);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        break;
                    }
                    let result = replicate(scenario, plan.seed, number);
                    if sender.send((number, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        for (number, result) in results {
            early.insert(number, result);
            while let Some(result) = early.remove(&pool.replications) {
                pool.add(&result);
                progress(&pool);
            }
        }
    });
    pool
}
