//! The roster of one replication: who comes, who is away, and when breaks are.
//!
//! Time off the queue is laid on a shift so that no block overlaps another and none is
//! lost: breaks without a time and blocks of shrinkage are places on the time that is
//! left for the queue, which they move apart; fixed breaks stand at their times, and a
//! block that meets one goes on after it.
//!
//! Keyed by the agent and the start of the duty, so that one agent more changes
//! nothing for the others.

use super::Eras;
use crate::id::{AgentId, FaultId};
use crate::random::{Purpose, Stream, Streams, combine};
use crate::scenario::{Duty, Scenario, Team};
use crate::time::{SECOND_US, SimDuration, SimTime, Span};

/// Blocks of planned shrinkage are about this long.
const BLOCK_US: u64 = 1_800 * SECOND_US;

/// One thing that the roster says. At one moment the kinds come in this order: who
/// comes finds in the line what those who leave have handed back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RosterKind {
    /// The duty ends.
    End,
    /// A fault begins.
    FaultStarts(FaultId),
    /// A fault ends.
    FaultEnds(FaultId),
    /// The agent of the line comes to the duty.
    Start(u16),
    /// The agent of the line goes straight on from a duty that ends now to this one.
    GoesOn(u16),
    /// The agent of the line does not come to the duty.
    Absent(u16),
    /// The agent of the line goes off the queue for so long.
    Off(SimDuration),
}

/// A line of the roster at a moment. Lines are agents, unless duties are swapped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RosterItem {
    /// When.
    pub at: SimTime,
    /// What.
    pub kind: RosterKind,
    /// Whose line; nobody's for faults.
    pub line: AgentId,
}

/// The roster of a replication in time order.
#[must_use]
pub fn roster(scenario: &Scenario, eras: &Eras) -> Vec<RosterItem> {
    let mut items = Vec::new();
    for fault in &scenario.faults {
        let line = AgentId::NONE;
        let (start, end) = (fault.span.start, fault.span.end);
        items.push(RosterItem { at: start, kind: RosterKind::FaultStarts(fault.id), line });
        items.push(RosterItem { at: end, kind: RosterKind::FaultEnds(fault.id), line });
    }
    for (number, agent) in scenario.agents.iter().enumerate() {
        let team = &scenario.teams[agent.team.index()];
        let first = items.len();
        for (duty_number, duty) in agent.duties.iter().enumerate() {
            let line = AgentId(number as u32);
            let leaves = duty.left_at(scenario.horizon, scenario.end);
            let streams = eras.of(duty.span.start);
            let mut plan = |at, kind| items.push(RosterItem { at, kind, line });
            let entity = combine(agent.key, duty.span.start.0);
            plan_duty(&mut plan, (duty_number as u16, duty, leaves), team, streams, entity);
        }
        join_duties(&mut items, first);
    }
    items.retain(|item| item.at <= scenario.end);
    items.sort_unstable();
    items
}

/// Where a duty of a line begins at the end of another, nobody comes and nobody
/// leaves. `first` is the line's first item.
fn join_duties(items: &mut Vec<RosterItem>, first: usize) {
    let ends: Vec<SimTime> =
        items[first..].iter().filter(|i| i.kind == RosterKind::End).map(|i| i.at).collect();
    let mut joined = Vec::new();
    for item in &mut items[first..] {
        if let RosterKind::Start(duty) = item.kind
            && ends.contains(&item.at)
        {
            item.kind = RosterKind::GoesOn(duty);
            joined.push(item.at);
        }
    }
    let mut place = 0;
    items.retain(|item| {
        place += 1;
        let ends = item.kind == RosterKind::End && joined.contains(&item.at);
        place <= first || !ends
    });
}

fn plan_duty(
    put: &mut impl FnMut(SimTime, RosterKind),
    (number, duty, leaves): (u16, &Duty, SimTime),
    team: &Team,
    streams: Streams,
    entity: u64,
) {
    let away = &team.away;
    if streams.happens(Purpose::AgentAbsence, entity, away.absence) {
        put(duty.span.start, RosterKind::Absent(number));
        return;
    }
    let mut start = duty.span.start;
    if streams.happens(Purpose::Lateness, entity, away.late_share) {
        let mut how_late = streams.sub(Purpose::Lateness, entity, 1);
        start = start + away.late_by.sample(&mut how_late);
    }
    if start >= duty.span.end {
        put(duty.span.start, RosterKind::Absent(number));
        return;
    }
    put(start, RosterKind::Start(number));
    put(leaves, RosterKind::End);
    let mut jitter = streams.of(Purpose::AgentBreak, entity);
    for block in off_blocks(duty, away.planned, &mut jitter) {
        // Who comes late has missed what lies before.
        let begins = block.start.max(start);
        if begins < block.end {
            put(begins, RosterKind::Off(block.end.since(begins)));
        }
    }
}

/// A break without a fixed time, or a block of shrinkage.
struct Block {
    /// Its place, as a share of the time that is left for the queue.
    place: f64,
    length: SimDuration,
}

/// All times off the queue of a duty, disjoint and in order.
fn off_blocks(duty: &Duty, planned: f64, jitter: &mut Stream) -> Vec<Span> {
    let shift = duty.span.end.since(duty.span.start);
    let mut blocks = chosen_breaks(&duty.free_breaks, jitter);
    blocks.extend(shrinkage_blocks(planned, shift, jitter));
    blocks.sort_by(|a, b| a.place.total_cmp(&b.place));
    let fixed = duty.breaks.iter().map(|b| b.end.since(b.start).0);
    let off_us = fixed.sum::<u64>() + blocks.iter().map(|b| b.length.0).sum::<u64>();
    let queue_us = shift.0.saturating_sub(off_us) as f64;
    let mut off = duty.breaks.clone();
    let mut before = 0;
    for block in &blocks {
        let at = before + (block.place * queue_us) as u64;
        put_block(&mut off, duty, at, block.length);
        before += block.length.0;
    }
    off.sort_by_key(|span| span.start);
    off
}

/// Lays a block that begins after so much of the time that is not in fixed breaks.
fn put_block(off: &mut Vec<Span>, duty: &Duty, at_us: u64, length: SimDuration) {
    let mut start = duty.span.start + SimDuration(at_us);
    let mut left = length;
    for fixed in &duty.breaks {
        if fixed.start <= start {
            start = start + fixed.end.since(fixed.start);
        } else if fixed.start < start + left {
            let part = fixed.start.since(start);
            off.push(Span { start, end: fixed.start });
            left = SimDuration(left.0 - part.0);
            start = fixed.end;
        }
    }
    if left > SimDuration::ZERO {
        let end = start + left;
        off.push(Span { start, end });
    }
}

/// Breaks without a fixed time: break `i` of `n` falls around `(i + 1) / (n + 1)` of
/// the shift, spread over agents so that not all leave at once.
fn chosen_breaks(lengths: &[SimDuration], jitter: &mut Stream) -> Vec<Block> {
    let part = 1.0 / (lengths.len() as f64 + 1.0);
    let mut breaks = Vec::new();
    for (i, &length) in lengths.iter().enumerate() {
        let place = part * (i as f64 + 1.0) + (jitter.unit() - 0.5) * 0.6 * part;
        breaks.push(Block { place, length });
    }
    breaks
}

/// Planned shrinkage takes each agent off the queue in blocks of about half an hour,
/// one at a random place in each of equal parts of the shift.
fn shrinkage_blocks(share: f64, shift: SimDuration, jitter: &mut Stream) -> Vec<Block> {
    if share <= 0.0 {
        return Vec::new();
    }
    let off_us = share * shift.0 as f64;
    let parts = (off_us / BLOCK_US as f64).ceil().max(1.0);
    let length = SimDuration((off_us / parts) as u64);
    (0..parts as u32)
        .map(|part| Block { place: (f64::from(part) + jitter.unit()) / parts, length })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ShiftClock;

    const MINUTE: u64 = 60 * SECOND_US;

    fn span(from: u64, to: u64) -> Span {
        Span { start: SimTime(from * MINUTE), end: SimTime(to * MINUTE) }
    }

    #[test]
    fn no_block_overlaps_another_and_none_is_lost() {
        let duty = Duty {
            span: span(480, 960),
            breaks: vec![span(600, 615), span(720, 750)],
            free_breaks: vec![SimDuration(20 * MINUTE), SimDuration(10 * MINUTE)],
            clock: ShiftClock {
                day: 0,
                from_s: 8 * 3600,
                to_s: 16 * 3600,
                breaks_s: vec![10 * 3600, 12 * 3600],
            },
        };
        for planned in [0.0, 0.1, 0.3, 0.8] {
            for entity in 0..200 {
                let mut jitter = Streams::new(1, 0).of(Purpose::AgentBreak, entity);
                let off = off_blocks(&duty, planned, &mut jitter);
                assert!(off.windows(2).all(|w| w[0].end <= w[1].start), "{off:?}");
                assert!(off.iter().all(|o| o.start < o.end), "{off:?}");
                let ends = (off.first().unwrap().start, off.last().unwrap().end);
                assert!(ends.0 >= duty.span.start && ends.1 <= duty.span.end);
                let sum: u64 = off.iter().map(|o| o.end.since(o.start).0).sum();
                let asked = 75.0 * MINUTE as f64 + planned * 480.0 * MINUTE as f64;
                assert!((sum as f64 - asked).abs() < 100.0, "{sum} {asked}");
                for fixed in &duty.breaks {
                    assert!(off.contains(fixed), "{off:?}");
                }
            }
        }
    }
}
