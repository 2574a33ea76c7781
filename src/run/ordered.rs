//! Work on all cores, its results in the order of their numbers.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Works on parts 0 to `parts - 1` on so many threads. `work` is given a part and says its
/// results by their numbers; `take` gets them on the caller's thread, in order from number
/// `first` on, up to the first that is missing: only `stop` leaves one out.
///
/// Parts are begun in order, and none once `stop` is set.
pub(super) fn in_order<T: Send>(
    threads: NonZeroU32,
    parts: usize,
    first: usize,
    stop: &AtomicBool,
    work: impl Fn(usize, &dyn Fn(usize, T)) + Sync,
    mut take: impl FnMut(T),
) {
    let begun = AtomicUsize::new(0);
    let workers = (threads.get() as usize).min(parts);
    // At most two results per worker wait for whoever takes them.
    let (sender, results) = mpsc::sync_channel(2 * workers);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, begun, work) = (sender.clone(), &begun, &work);
            scope.spawn(move || {
                // Nobody stops listening before all workers are done.
                let say = |number, result| drop(sender.send((number, result)));
                while !stop.load(Ordering::Relaxed) {
                    let part = begun.fetch_add(1, Ordering::Relaxed);
                    if part >= parts {
                        break;
                    }
                    work(part, &say);
                }
            });
        }
        drop(sender);
        let (mut early, mut next) = (BTreeMap::new(), first);
        for (number, result) in results {
            early.insert(number, result);
            while let Some(result) = early.remove(&next) {
                take(result);
                next += 1;
            }
        }
    });
}

/// What `one` makes of 0 to `count - 1`; without the last ones when `stop` was set.
pub(super) fn as_far_as<T: Send>(
    threads: NonZeroU32,
    count: usize,
    stop: &AtomicBool,
    one: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let mut all = Vec::with_capacity(count);
    in_order(threads, count, 0, stop, |n, say| say(n, one(n)), |result| all.push(result));
    all
}

/// What `one` makes of chosen replications, by seed and number: for searches that need
/// some of them again and again. `None` when `stop` was set before all were done.
pub fn each<T: Send>(
    replications: &[(u64, u32)],
    threads: NonZeroU32,
    stop: &AtomicBool,
    one: impl Fn(u64, u32) -> T + Sync,
) -> Option<Vec<T>> {
    let of = |n: usize| one(replications[n].0, replications[n].1);
    Some(as_far_as(threads, replications.len(), stop, of))
        .filter(|all| all.len() == replications.len())
}
