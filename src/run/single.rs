//! Chosen replications, one by one: for searches that need some of them again and again.

use super::{play, replicate};
use crate::id::{QueueId, TeamId};
use crate::projection::{InSystem, Replication};
use crate::scenario::Scenario;
use crate::time::SimDuration;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Runs the replications `(seed, number)` on so many threads and keeps of each what
/// `keep` takes, in their order; `None` when `stop` was set before all were done.
pub fn replicate_each<T: Send>(
    scenario: &Scenario,
    replications: &[(u64, u32)],
    threads: NonZeroU32,
    stop: &AtomicBool,
    keep: impl Fn(&Replication) -> T + Sync,
) -> Option<Vec<T>> {
    each(replications, threads, stop, |seed, number| keep(&replicate(scenario, seed, number)))
}

/// The same for the numbers of contacts that wait for a team or are with it, every `step`.
pub fn count_each(
    scenario: &Scenario,
    (queue, team, step): (QueueId, TeamId, SimDuration),
    replications: &[(u64, u32)],
    threads: NonZeroU32,
    stop: &AtomicBool,
) -> Option<Vec<Vec<u32>>> {
    each(replications, threads, stop, |seed, number| {
        let mut count = InSystem::new(&scenario.header, queue, team, step);
        play(scenario, seed, number, |events| {
            count.apply_all(&scenario.header, events);
        });
        count.finish()
    })
}

fn each<T: Send>(
    replications: &[(u64, u32)],
    threads: NonZeroU32,
    stop: &AtomicBool,
    one: impl Fn(u64, u32) -> T + Sync,
) -> Option<Vec<T>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::new());
    let worker = || {
        while !stop.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some((seed, number)) = replications.get(place) else {
                break;
            };
            let kept = one(*seed, *number);
            let mut done = done.lock().unwrap_or_else(|broken| broken.into_inner());
            done.push((place, kept));
        }
    };
    let workers = (threads.get() as usize).min(replications.len());
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(worker);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(|broken| broken.into_inner());
    done.sort_by_key(|(place, _)| *place);
    let all = done.len() == replications.len();
    all.then(|| done.into_iter().map(|(_, kept)| kept).collect())
}
