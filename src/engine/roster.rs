//! The roster of one replication: who comes, who is away, and when breaks are.
//!
//! Keyed by the agent and the start of the duty, so that one agent more changes
//! nothing for the others.

use super::Eras;
use crate::id::{AgentId, FaultId};
use crate::random::{Purpose, Stream, Streams, combine};
use crate::scenario::{Agent, Duty, Scenario, Team};
use crate::time::{SECOND_US, SimDuration, SimTime};

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
        items.push(RosterItem {
            at: start,
            kind: RosterKind::FaultStarts(fault.id),
            line,
        });
        items.push(RosterItem {
            at: end,
            kind: RosterKind::FaultEnds(fault.id),
            line,
        });
    }
    for (number, agent) in scenario.agents.iter().enumerate() {
        let team = &scenario.teams[agent.team.index()];
        let first = items.len();
        for (duty_number, duty) in agent.duties.iter().enumerate() {
            let line = AgentId(number as u32);
            plan_duty(
                &mut items,
                line,
                duty_number as u16,
                agent,
                duty,
                team,
                eras.of(duty.span.start),
            );
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
    let ends: Vec<SimTime> = items[first..]
        .iter()
        .filter(|i| i.kind == RosterKind::End)
        .map(|i| i.at)
        .collect();
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
    items: &mut Vec<RosterItem>,
    line: AgentId,
    number: u16,
    agent: &Agent,
    duty: &Duty,
    team: &Team,
    streams: Streams,
) {
    let entity = combine(agent.key, duty.span.start.0);
    let mut put = |at, kind| items.push(RosterItem { at, kind, line });
    if streams.happens(Purpose::AgentAbsence, entity, team.absence) {
        put(duty.span.start, RosterKind::Absent(number));
        return;
    }
    let mut start = duty.span.start;
    if streams.happens(Purpose::Lateness, entity, team.late_share) {
        start = start
            + team
                .late_by
                .sample(&mut streams.sub(Purpose::Lateness, entity, 1));
    }
    if start >= duty.span.end {
        put(duty.span.start, RosterKind::Absent(number));
        return;
    }
    put(start, RosterKind::Start(number));
    put(duty.span.end, RosterKind::End);
    for span in &duty.breaks {
        put(span.start, RosterKind::Off(span.end.since(span.start)));
    }
    let length = duty.span.end.since(duty.span.start);
    let mut jitter = streams.of(Purpose::AgentBreak, entity);
    for (at, off) in chosen_breaks(duty, length, &mut jitter) {
        put(at, RosterKind::Off(off));
    }
    for (at, off) in shrinkage_blocks(team.planned_shrinkage, duty.span.start, length, &mut jitter)
    {
        put(at, RosterKind::Off(off));
    }
}

/// Breaks without a fixed time: break `i` of `n` falls around `(i + 1) / (n + 1)` of
/// the shift, spread over agents so that not all leave at once.
fn chosen_breaks(
    duty: &Duty,
    length: SimDuration,
    jitter: &mut Stream,
) -> Vec<(SimTime, SimDuration)> {
    let parts = duty.free_breaks.len() as f64 + 1.0;
    let mut breaks = Vec::new();
    for (i, &off) in duty.free_breaks.iter().enumerate() {
        let part_us = length.0 as f64 / parts;
        let middle_us = part_us * (i as f64 + 1.0) + (jitter.unit() - 0.5) * 0.6 * part_us;
        let start_us = (middle_us - off.0 as f64 / 2.0).max(0.0);
        breaks.push((duty.span.start + SimDuration(start_us as u64), off));
    }
    breaks
}

/// Planned shrinkage takes each agent off the queue in blocks of about half an hour,
/// one at a random place in each of equal parts of the shift.
fn shrinkage_blocks(
    share: f64,
    start: SimTime,
    length: SimDuration,
    jitter: &mut Stream,
) -> Vec<(SimTime, SimDuration)> {
    if share <= 0.0 {
        return Vec::new();
    }
    let off_us = share * length.0 as f64;
    let parts = (off_us / BLOCK_US as f64).ceil().max(1.0);
    let (part_us, block_us) = (length.0 as f64 / parts, off_us / parts);
    (0..parts as u32)
        .map(|part| {
            let offset_us = f64::from(part) * part_us + jitter.unit() * (part_us - block_us);
            (
                start + SimDuration(offset_us as u64),
                SimDuration(block_us as u64),
            )
        })
        .collect()
}
