//! Which contacts came to which queue, and whom teams took contacts from.

use crate::event::Header;
use crate::id::QueueId;
use crate::observed::{Contact, Observed};
use crate::time::SimTime;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A queue and what came to it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FittedQueue {
    /// Index of the queue in the header.
    pub queue: usize,
    /// Channels of its contacts.
    pub channels: Vec<usize>,
    /// Segments of its contacts, where they are not all.
    pub segments: Option<Vec<usize>>,
    /// Intents of its contacts, where they are not all.
    pub intents: Option<Vec<usize>>,
}

/// The queues of contacts: each combination of segment, channel and intent belongs to the
/// queue that most of it came to first.
pub(super) fn fitted(header: &Header, contacts: &[&Contact]) -> Vec<FittedQueue> {
    type Cell = (usize, usize, usize);
    let mut cells: BTreeMap<Cell, BTreeMap<QueueId, usize>> = BTreeMap::new();
    for contact in contacts {
        let Some(stay) = contact.stay.filter(|s| !header.queues[s.queue.index()].triage) else {
            continue;
        };
        let cell = (contact.segment.index(), contact.channel.index(), contact.intent.index());
        *cells.entry(cell).or_default().entry(stay.queue).or_default() += 1;
    }
    let mut queues: BTreeMap<QueueId, Vec<Cell>> = BTreeMap::new();
    for (cell, counts) in &cells {
        if let Some((queue, _)) = counts.iter().max_by_key(|(_, count)| **count) {
            queues.entry(*queue).or_default().push(*cell);
        }
    }
    let all = |of: fn(&Cell) -> usize| cells.keys().map(of).collect::<BTreeSet<usize>>();
    let (segments, intents) = (all(|c| c.0), all(|c| c.2));
    // Of each channel the queue of most kinds of contacts takes what was never seen, too.
    let of_channel = |own: &[Cell], channel| own.iter().filter(|c| c.1 == channel).count();
    let takes_rest = |queue: QueueId, own: &[Cell]| {
        let most = |channel| {
            queues.iter().max_by_key(|(_, cells)| of_channel(cells, channel)).map(|(q, _)| *q)
        };
        own.iter().any(|cell| most(cell.1) == Some(queue))
    };
    let some = |own: BTreeSet<usize>, all: &BTreeSet<usize>, rest: bool| {
        (own != *all && !rest).then(|| own.into_iter().collect())
    };
    let mut list: Vec<FittedQueue> = queues
        .iter()
        .map(|(queue, own)| {
            let rest = takes_rest(*queue, own);
            FittedQueue {
                queue: queue.index(),
                channels: own.iter().map(|c| c.1).collect::<BTreeSet<_>>().into_iter().collect(),
                segments: some(own.iter().map(|c| c.0).collect(), &segments, rest),
                intents: some(own.iter().map(|c| c.2).collect(), &intents, rest),
            }
        })
        .collect();
    // A contact goes to the first queue that takes it: those that take everything come last.
    list.sort_by_key(|queue| queue.segments.is_none() && queue.intents.is_none());
    list
}

/// The queues that each team took contacts from, the one of most contacts first.
pub(super) fn served(
    header: &Header,
    observed: &Observed,
    chosen: &Range<SimTime>,
) -> Vec<Vec<usize>> {
    let mut counts = vec![BTreeMap::<usize, usize>::new(); header.teams.len()];
    for part in observed.parts.iter().filter(|part| chosen.contains(&part.assigned)) {
        let team = header.agent_teams.get(part.agent.index()).map_or(0, |t| usize::from(*t));
        if let Some(own) = counts.get_mut(team) {
            *own.entry(part.queue.index()).or_default() += 1;
        }
    }
    let ranked = |own: BTreeMap<usize, usize>| {
        let mut list: Vec<(usize, usize)> = own.into_iter().collect();
        list.sort_by_key(|(queue, count)| (std::cmp::Reverse(*count), *queue));
        list.into_iter().map(|(queue, _)| queue).collect()
    };
    counts.into_iter().map(ranked).collect()
}
