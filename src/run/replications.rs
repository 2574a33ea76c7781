//! Replications on all cores, added up in their order.

use super::play;
use crate::experiment::{Pool, Precision};
use crate::log::{LogWriter, PartitionSink};
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

/// Whose events are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Nobody's.
    None,
    /// Those of the first replication.
    First,
    /// Those of replications 0, K, 2K, ...
    Every(NonZeroU32),
}

impl Keep {
    /// Those of all replications.
    pub const FULL: Self = Self::Every(NonZeroU32::MIN);

    /// Whether the events of this replication are kept.
    #[must_use]
    pub fn takes(self, replication: u32) -> bool {
        match self {
            Keep::None => false,
            Keep::First => replication == 0,
            Keep::Every(k) => replication % k == 0,
        }
    }

    /// Replications that one worker runs one after the other: their events go
    /// to one partition. It depends on the plan alone, not on the threads, so
    /// that the same run has the same files; there are at most 16.
    fn chunk(self, total: u32) -> u32 {
        match self {
            Keep::None | Keep::First => 1,
            Keep::Every(k) => k.get().saturating_mul(total.div_ceil(k.get()).div_ceil(16)),
        }
    }
}

/// Where events are kept, and whose.
#[derive(Clone, Copy, Debug)]
pub struct Logging<'w> {
    /// Whose.
    pub keep: Keep,
    /// Where.
    pub writer: &'w LogWriter,
}

/// One replication: its events folded, and forgotten.
#[must_use]
pub fn replicate(scenario: &Scenario, seed: u64, replication: u32) -> Replication {
    replicate_into(scenario, seed, replication, None)
}

/// One replication: its events folded, and kept where there is a place for them.
fn replicate_into(
    scenario: &Scenario,
    seed: u64,
    replication: u32,
    mut sink: Option<&mut PartitionSink>,
) -> Replication {
    let mut everything = Everything::new(&scenario.header);
    let mut events = 0;
    play(scenario, seed, replication, |envelopes| {
        events += envelopes.len() as u64;
        everything.apply_all(&scenario.header, envelopes);
        if let Some(sink) = &mut sink {
            sink.events(replication, envelopes);
        }
    });
    Replication::finish(&scenario.header, everything, events)
}

/// Runs the plan. `progress` is told how many replications are done. When `stop`
/// is set, those done so far, without a gap, are what the pool holds.
pub fn replicate_all<'s>(
    scenario: &'s Scenario,
    plan: Plan,
    stop: &AtomicBool,
    progress: impl FnMut(&Pool<'s>),
) -> Pool<'s> {
    replicate_logged(scenario, plan, None, stop, progress)
}

/// The same, keeping events.
pub fn replicate_logged<'s>(
    scenario: &'s Scenario,
    plan: Plan,
    logging: Option<Logging<'_>>,
    stop: &AtomicBool,
    progress: impl FnMut(&Pool<'s>),
) -> Pool<'s> {
    replicate_until(scenario, plan, None, logging, stop, progress)
}

/// The same, until the numbers are known well enough, at confidence; the plan
/// says how many replications there may be at most.
///
/// Nothing is begun beyond the next look of the rule, so which replications there
/// are depends on the pool at the looks alone, and never on the threads.
pub fn replicate_until<'s>(
    scenario: &'s Scenario,
    plan: Plan,
    precision: Option<(Precision, f64)>,
    logging: Option<Logging<'_>>,
    stop: &AtomicBool,
    mut progress: impl FnMut(&Pool<'s>),
) -> Pool<'s> {
    let most = plan.replications.get();
    let mut pool = Pool::new(&scenario.header, most);
    let mut stretch = Stretch {
        scenario,
        plan,
        logging,
        partition: 0,
    };
    let Some((precision, confidence)) = precision else {
        stretch.run(&mut pool, most, stop, &mut progress);
        return pool;
    };
    for look in Precision::looks(most) {
        stretch.run(&mut pool, look, stop, &mut progress);
        let stopped = stop.load(Ordering::Relaxed);
        if stopped || pool.is_precise(&precision, confidence) {
            break;
        }
    }
    pool
}

/// Replications that run side by side.
struct Stretch<'s, 'w> {
    scenario: &'s Scenario,
    plan: Plan,
    logging: Option<Logging<'w>>,
    /// Number of the next partition.
    partition: u32,
}

impl<'s> Stretch<'s, '_> {
    /// Adds replications to the pool until it has `end` of them, or `stop` is set.
    fn run(
        &mut self,
        pool: &mut Pool<'s>,
        end: u32,
        stop: &AtomicBool,
        progress: &mut impl FnMut(&Pool<'s>),
    ) {
        let begin = pool.replications;
        let chunk = self.logging.map_or(1, |l| l.keep.chunk(end)).max(1);
        let chunks = (end - begin).div_ceil(chunk);
        let first = self.partition;
        self.partition += chunks;
        let next = AtomicU32::new(0);
        let workers = self.plan.threads.get().min(chunks);
        // At most two finished replications per worker wait for an earlier one.
        let (sender, results) = mpsc::sync_channel(2 * workers as usize);
        let work = Work {
            scenario: self.scenario,
            seed: self.plan.seed,
            logging: self.logging,
            stop,
        };
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let (sender, next, work) = (sender.clone(), &next, &work);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= chunks {
                            break;
                        }
                        let from = begin + number * chunk;
                        let members = from..end.min(from + chunk);
                        if !work.chunk(first + number, members, &sender) {
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
                    progress(pool);
                }
            }
        });
    }
}

/// What a worker does over and over.
struct Work<'s, 'w> {
    scenario: &'s Scenario,
    seed: u64,
    logging: Option<Logging<'w>>,
    stop: &'w AtomicBool,
}

impl Work<'_, '_> {
    /// Runs the replications of a chunk; false when nobody listens any more.
    fn chunk(
        &self,
        number: u32,
        members: std::ops::Range<u32>,
        sender: &mpsc::SyncSender<(u32, Replication)>,
    ) -> bool {
        let mut sink = None;
        for replication in members {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let logging = self.logging.filter(|l| l.keep.takes(replication));
            if let Some(logging) = logging
                && sink.is_none()
            {
                sink = Some(logging.writer.partition(number));
            }
            let kept = sink.as_mut().filter(|_| logging.is_some());
            let result = replicate_into(self.scenario, self.seed, replication, kept);
            if sender.send((replication, result)).is_err() {
                return false;
            }
        }
        if let Some(sink) = sink {
            sink.end(); // a replication is played to its end, so the partition is whole
        }
        true
    }
}
