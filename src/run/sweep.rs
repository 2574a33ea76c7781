//! Many scenarios, the same replications of each: on all cores, and through a cache.

use super::ordered::as_far_as;
use super::replicate;
use crate::event::Header;
use crate::experiment::find_measure;
use crate::projection::Replication;
use crate::scenario::Scenario;
use crate::scenario::target::Target;
use crate::store::{Cache, Lookup, Sample};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

/// Points of a block for each thread: results are kept block by block.
const BLOCK: usize = 16;

/// How the points are run.
#[derive(Clone, Copy, Debug)]
pub struct SweepPlan<'p> {
    /// Seed of every point.
    pub seed: u64,
    /// Replications of every point.
    pub replications: NonZeroU32,
    /// Worker threads.
    pub threads: NonZeroU32,
    /// What is measured.
    pub metrics: &'p [Target],
    /// Where results are kept, if anywhere.
    pub cache: Option<&'p Cache>,
}

/// A point, ready to be run.
#[derive(Debug)]
pub struct Ready<P> {
    /// Its scenario.
    pub scenario: Scenario,
    /// What goes with it to the result.
    pub about: P,
}

/// A point that is done.
#[derive(Debug)]
pub struct Done<P> {
    /// Its number.
    pub number: usize,
    /// What came with it.
    pub about: P,
    /// All replications, from 0 on.
    pub samples: Vec<Sample>,
}

/// How far a sweep is, and where its numbers came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Points that are done.
    pub done: usize,
    /// Of these, those that were in the cache with all their replications.
    pub found: usize,
    /// Replications that were computed, those of unfinished points among them.
    pub computed: u64,
    /// Files of the cache that could not be used.
    pub damaged: usize,
    /// Files of the cache that could not be written.
    pub unwritten: usize,
}

/// Runs points 0 to `count - 1`, block by block, and hands each on in its order.
///
/// `ready` makes a point's scenario; its error ends the sweep. After each block
/// `go_on` is told how far things are and may end the sweep as well. When `stop` is
/// set, points without all their replications are not handed on; the cache has what
/// they have.
///
/// # Errors
/// What `ready` or `go_on` said.
pub fn sweep<P: Send + Sync, E: Send>(
    plan: SweepPlan<'_>,
    count: usize,
    ready: &(dyn Fn(usize) -> Result<Ready<P>, E> + Sync),
    stop: &AtomicBool,
    mut done: impl FnMut(Done<P>),
    mut go_on: impl FnMut(Counts) -> Result<(), E>,
) -> Result<Counts, E> {
    let mut counts = Counts::default();
    let threads = plan.threads.get() as usize;
    let mut next = 0;
    while next < count && !stop.load(Ordering::Relaxed) {
        // The first block is small: it tells how long the rest will take.
        let size = if next == 0 { threads } else { BLOCK * threads };
        let block = next..count.min(next + size);
        next = block.end;
        for point in run_block(&plan, block, ready, stop, &mut counts)? {
            done(point);
        }
        go_on(counts)?;
    }
    Ok(counts)
}

/// A point of a block with the samples that it has.
struct Open<P> {
    number: usize,
    ready: Ready<P>,
    samples: Vec<Sample>,
}

fn run_block<P: Send + Sync, E: Send>(
    plan: &SweepPlan<'_>,
    block: std::ops::Range<usize>,
    ready: &(dyn Fn(usize) -> Result<Ready<P>, E> + Sync),
    stop: &AtomicBool,
    counts: &mut Counts,
) -> Result<Vec<Done<P>>, E> {
    let begun = as_far_as(plan.threads, block.len(), stop, |i| {
        let number = block.start + i;
        let ready = ready(number)?;
        let sha256 = &ready.scenario.header.sha256;
        let found = plan.cache.map_or(Lookup::Missing, |c| c.get(sha256));
        Ok((number, ready, found))
    });
    let mut open = Vec::new();
    for begun in begun {
        let (number, ready, found) = begun?;
        counts.damaged += usize::from(found == Lookup::Damaged);
        let samples = match found {
            Lookup::Found(samples) => samples,
            Lookup::Missing | Lookup::Damaged => Vec::new(),
        };
        open.push(Open { number, ready, samples });
    }
    let new = compute(plan, &open, stop, counts);
    let points = open.into_iter().zip(new);
    Ok(points.filter_map(|(point, new)| finish(plan, point, new, counts)).collect())
}

/// The samples that the points of a block lack, as far as they are computed.
fn compute<P: Send + Sync>(
    plan: &SweepPlan<'_>,
    open: &[Open<P>],
    stop: &AtomicBool,
    counts: &mut Counts,
) -> Vec<Vec<Sample>> {
    let n = plan.replications.get() as usize;
    let tasks: Vec<(usize, usize)> = open
        .iter()
        .enumerate()
        .flat_map(|(i, point)| (point.samples.len()..n).map(move |r| (i, r)))
        .collect();
    let computed = as_far_as(plan.threads, tasks.len(), stop, |t| {
        let (point, replication) = tasks[t];
        let scenario = &open[point].ready.scenario;
        let result = replicate(scenario, plan.seed, replication as u32);
        sample(plan.metrics, &scenario.header, &result)
    });
    let mut new: Vec<Vec<Sample>> = open.iter().map(|_| Vec::new()).collect();
    for ((point, _), sample) in tasks.iter().zip(computed) {
        counts.computed += 1;
        new[*point].push(sample);
    }
    new
}

/// Keeps what is new of a point, and gives the point if all its replications are there.
fn finish<P>(
    plan: &SweepPlan<'_>,
    mut point: Open<P>,
    new: Vec<Sample>,
    counts: &mut Counts,
) -> Option<Done<P>> {
    let n = plan.replications.get() as usize;
    let found = new.is_empty();
    point.samples.extend(new);
    if let Some(cache) = plan.cache.filter(|_| !found) {
        let kept = cache.put(&point.ready.scenario.header.sha256, &point.samples);
        counts.unwritten += usize::from(kept.is_err());
    }
    if point.samples.len() < n {
        return None;
    }
    point.samples.truncate(n);
    counts.done += 1;
    counts.found += usize::from(found);
    Some(Done { number: point.number, about: point.ready.about, samples: point.samples })
}

/// The chosen numbers of a replication.
fn sample(metrics: &[Target], header: &Header, result: &Replication) -> Sample {
    let keys = || result.measures.iter().map(|(key, _)| *key);
    let measures = metrics.iter().map(|metric| {
        let place = find_measure(metric, keys(), header);
        let measure = place.and_then(|p| result.measures.get(p));
        measure.map(|(_, m)| *m).unwrap_or_default()
    });
    Sample { measures: measures.collect(), violations: result.violations.1 }
}
