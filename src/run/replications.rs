//! Replications on all cores, added up in their order.

use super::play;
use crate::event::{Envelope, Header};
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

/// Plays a replication: hands on its events in order.
pub type Player<'p> = dyn Fn(u32, &mut dyn FnMut(&[Envelope])) + Sync + 'p;

/// One replication: its events folded, and forgotten.
#[must_use]
pub fn replicate(scenario: &Scenario, seed: u64, replication: u32) -> Replication {
    let player =
        |number: u32, sink: &mut dyn FnMut(&[Envelope])| play(scenario, seed, number, sink);
    replicate_into(&scenario.header, &player, replication, None)
}

/// One replication: its events folded, and kept where there is a place for them.
fn replicate_into(
    header: &Header,
    player: &Player<'_>,
    replication: u32,
    mut sink: Option<&mut PartitionSink>,
) -> Replication {
    let mut everything = Everything::new(header);
    let mut events = 0;
    player(replication, &mut |envelopes| {
        events += envelopes.len() as u64;
        everything.apply_all(header, envelopes);
        if let Some(sink) = &mut sink {
            sink.events(replication, envelopes);
        }
    });
    Replication::finish(header, everything, events)
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
    let seed = plan.seed;
    let player =
        |number: u32, sink: &mut dyn FnMut(&[Envelope])| play(scenario, seed, number, sink);
    let header = &scenario.header;
    let Some((precision, confidence)) = precision else {
        return replicate_played(header, &player, plan, logging, stop, progress);
    };
    let most = plan.replications.get();
    let mut pool = Pool::new(header, most);
    let mut stretch = Stretch::new(header, &player, plan, logging);
    for look in Precision::looks(most) {
        stretch.run(&mut pool, look, stop, &mut progress);
        let stopped = stop.load(Ordering::Relaxed);
        if stopped || pool.is_precise(&precision, confidence) {
            break;
        }
    }
    pool
}

/// The same for replications that are played in another way. `header` is what the
/// projections know of them.
pub fn replicate_played<'h>(
    header: &'h Header,
    player: &Player<'_>,
    plan: Plan,
    logging: Option<Logging<'_>>,
    stop: &AtomicBool,
    mut progress: impl FnMut(&Pool<'h>),
) -> Pool<'h> {
    let total = plan.replications.get();
    let mut pool = Pool::new(header, total);
    let mut stretch = Stretch::new(header, player, plan, logging);
    stretch.run(&mut pool, total, stop, &mut progress);
    pool
}

/// Replications that run side by side.
struct Stretch<'h, 'p> {
    header: &'h Header,
    player: &'p Player<'p>,
    threads: NonZeroU32,
    logging: Option<Logging<'p>>,
    /// Number of the next partition.
    partition: u32,
}

impl<'h, 'p> Stretch<'h, 'p> {
    fn new(
        header: &'h Header,
        player: &'p Player<'p>,
        plan: Plan,
        logging: Option<Logging<'p>>,
    ) -> Self {
        Self { header, player, threads: plan.threads, logging, partition: 0 }
    }

    /// Adds replications to the pool until it has `end` of them, or `stop` is set.
    fn run(
        &mut self,
        pool: &mut Pool<'h>,
        end: u32,
        stop: &AtomicBool,
        progress: &mut impl FnMut(&Pool<'h>),
    ) {
        let begin = pool.replications;
        let chunk = self.logging.map_or(1, |l| l.keep.chunk(end)).max(1);
        let chunks = (end - begin).div_ceil(chunk);
        let first = self.partition;
        self.partition += chunks;
        let next = AtomicU32::new(0);
        let workers = self.threads.get().min(chunks);
        // At most two finished replications per worker wait for an earlier one.
        let (sender, results) = mpsc::sync_channel(2 * workers as usize);
        let work = Work { header: self.header, player: self.player, logging: self.logging, stop };
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
                        let members = from..end.min(from.saturating_add(chunk));
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
    header: &'s Header,
    player: &'s Player<'s>,
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
            let result = replicate_into(self.header, self.player, replication, kept);
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
