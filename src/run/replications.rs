//! Replications on all cores, added up in their order.

use super::ordered::in_order;
use super::play;
use crate::event::{Envelope, Header};
use crate::experiment::{Pool, Precision};
use crate::id::{QueueId, TeamId};
use crate::log::{LogWriter, PartitionSink};
use crate::projection::{Everything, InSystem, Replication};
use crate::scenario::Scenario;
use crate::time::SimDuration;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// The contacts that wait for a team or are with it in one replication, every `step`.
#[must_use]
pub fn count_in_system(
    scenario: &Scenario,
    (queue, team, step): (QueueId, TeamId, SimDuration),
    seed: u64,
    replication: u32,
) -> Vec<u32> {
    let mut count = InSystem::new(&scenario.header, queue, team, step);
    play(scenario, seed, replication, |events| count.apply_all(&scenario.header, events));
    count.finish()
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
    replicate_until(scenario, plan, None, None, stop, progress)
}

/// The same, keeping events, and until the numbers are known well enough, at confidence;
/// the plan says how many replications there may be at most.
pub fn replicate_until<'s>(
    scenario: &'s Scenario,
    plan: Plan,
    precision: Option<(Precision, f64)>,
    logging: Option<Logging<'_>>,
    stop: &AtomicBool,
    progress: impl FnMut(&Pool<'s>),
) -> Pool<'s> {
    let player =
        |number: u32, sink: &mut dyn FnMut(&[Envelope])| play(scenario, plan.seed, number, sink);
    replicate_played(&scenario.header, &player, plan, precision, logging, stop, progress)
}

/// Takes the one replication that a log of something else tells, and keeps its events.
pub fn replicate_told<'h>(
    header: &'h Header,
    player: &Player<'_>,
    logging: Logging<'_>,
    stop: &AtomicBool,
) -> Pool<'h> {
    let plan = Plan { seed: 0, replications: NonZeroU32::MIN, threads: NonZeroU32::MIN };
    replicate_played(header, player, plan, None, Some(logging), stop, |_| {})
}

/// The same for replications that are played in another way. `header` is what the
/// projections know of them.
///
/// Nothing is begun beyond the next look of the rule, so which replications there
/// are depends on the pool at the looks alone, and never on the threads.
pub(super) fn replicate_played<'h>(
    header: &'h Header,
    player: &Player<'_>,
    plan: Plan,
    precision: Option<(Precision, f64)>,
    logging: Option<Logging<'_>>,
    stop: &AtomicBool,
    mut progress: impl FnMut(&Pool<'h>),
) -> Pool<'h> {
    let most = plan.replications.get();
    let mut pool = Pool::new(header, most);
    let mut partition = 0;
    let looks = precision.map_or_else(|| vec![most], |_| Precision::looks(most).collect());
    for end in looks {
        let begin = pool.replications;
        let chunk = logging.map_or(1, |l| l.keep.chunk(end)).max(1);
        let chunks = (end - begin).div_ceil(chunk);
        let work = |number: usize, say: &dyn Fn(usize, Replication)| {
            let number = number as u32;
            let from = begin + number * chunk;
            let members = from..end.min(from.saturating_add(chunk));
            play_chunk(header, player, logging, partition + number, members, stop, say);
        };
        let take = |result: Replication| {
            pool.add(&result);
            progress(&pool);
        };
        in_order(plan.threads, chunks as usize, begin as usize, stop, work, take);
        partition += chunks;
        let precise = precision.is_some_and(|(rule, at)| pool.is_precise(&rule, at));
        if precise || stop.load(Ordering::Relaxed) {
            break;
        }
    }
    pool
}

/// Plays the replications of a chunk one after the other; the events that are kept of them
/// go to one partition.
fn play_chunk(
    header: &Header,
    player: &Player<'_>,
    logging: Option<Logging<'_>>,
    partition: u32,
    members: std::ops::Range<u32>,
    stop: &AtomicBool,
    say: &dyn Fn(usize, Replication),
) {
    let mut sink = None;
    for replication in members.take_while(|_| !stop.load(Ordering::Relaxed)) {
        let taken = logging.filter(|l| l.keep.takes(replication));
        let kept = taken.map(|l| &mut *sink.get_or_insert_with(|| l.writer.partition(partition)));
        say(replication as usize, replicate_into(header, player, replication, kept));
    }
    if let Some(sink) = sink {
        sink.end(); // a replication is played to its end, so the partition is whole
    }
}
