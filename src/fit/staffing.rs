//! Who was at work when: agents' duties as shifts, or spans of what they did where no duty
//! was recorded.

use super::calendar::Calendar;
use crate::event::Header;
use crate::id::AgentId;
use crate::observed::Observed;
use crate::time::{SimDuration, SimTime, Span};
use std::collections::BTreeMap;
use std::ops::Range;

/// Without recorded duties an agent who does nothing for so long has gone.
const GONE: SimDuration = SimDuration(4 * 3_600_000_000);
/// Longer work is divided at midnight.
const LONG: SimDuration = SimDuration(16 * 3_600_000_000);
/// Shifts begin and end on multiples of this, minutes.
pub const STEP_MIN: u32 = 15;
const DAY_MIN: u32 = 1440;

/// The staffing of a team.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedStaffing {
    /// Index of the team in the header.
    pub team: usize,
    /// Whether duties were recorded; else they are spans from the first to the last contact.
    pub recorded: bool,
    /// Shifts by day of the run: from, to (minutes of the day; over midnight beyond 1440) and
    /// number of agents.
    pub shifts: BTreeMap<usize, Vec<(u32, u32, u32)>>,
    /// Agents who were seen.
    pub agents: usize,
    /// Hours at work, as they were seen.
    pub hours: f64,
    /// Share of them off the queue.
    pub off: f64,
}

/// The staffing of a team on chosen days.
pub(super) fn fitted(
    team: usize,
    header: &Header,
    observed: &Observed,
    calendar: &Calendar,
    chosen: &Range<SimTime>,
) -> FittedStaffing {
    let own = |agent: AgentId| {
        header.agent_teams.get(agent.index()).is_some_and(|t| usize::from(*t) == team)
    };
    let duties = observed.duties.iter().filter(|duty| own(duty.agent));
    let recorded = duties.clone().next().is_some();
    let spans: Vec<(AgentId, Span)> = match recorded {
        true => duties.clone().map(|duty| (duty.agent, duty.span)).collect(),
        false => active(observed, &own),
    };
    let mut shifts: BTreeMap<usize, BTreeMap<(u32, u32), u32>> = BTreeMap::new();
    let (mut agents, mut hours) = (std::collections::BTreeSet::new(), 0.0);
    for (agent, span) in spans.iter().filter(|(_, s)| s.start < chosen.end && chosen.start < s.end)
    {
        for (day, part) in by_day(*span, calendar, chosen) {
            agents.insert(*agent);
            hours += part.length().as_s() / 3600.0;
            let shift = shift(part, calendar, recorded && part.end == span.end);
            *shifts.entry(day).or_default().entry(shift).or_default() += 1;
        }
    }
    let off_s: f64 = duties
        .flat_map(|duty| &duty.off)
        .map(|off| off.end.min(chosen.end).since(off.start.max(chosen.start)).as_s())
        .sum();
    let listed = |day: BTreeMap<(u32, u32), u32>| {
        day.into_iter().map(|((from, to), agents)| (from, to, agents)).collect()
    };
    FittedStaffing {
        team,
        recorded,
        shifts: shifts.into_iter().map(|(day, list)| (day, listed(list))).collect(),
        agents: agents.len(),
        hours,
        off: if hours > 0.0 { off_s / 3600.0 / hours } else { 0.0 },
    }
}

/// A span of work by the day on which it begins. A long one, or one that only partly lies in
/// the chosen days, is divided at midnight: a scenario puts such parts together again.
fn by_day(span: Span, calendar: &Calendar, chosen: &Range<SimTime>) -> Vec<(usize, Span)> {
    let inside = chosen.start <= span.start && span.end <= chosen.end;
    if inside && span.length() <= LONG {
        return calendar.day(span.start).map(|day| (day, span)).into_iter().collect();
    }
    let clipped = Span { start: span.start.max(chosen.start), end: span.end.min(chosen.end) };
    let parts = (0..calendar.days()).map(|day| {
        let own = calendar.of_days(&(day..day + 1));
        (day, Span { start: clipped.start.max(own.start), end: clipped.end.min(own.end) })
    });
    parts.filter(|(_, part)| part.start < part.end).collect()
}

/// From and to, minutes of the day.
fn shift(span: Span, calendar: &Calendar, may_be_late: bool) -> (u32, u32) {
    let begun = calendar.minute(span.start);
    let from = rounded(begun).min(DAY_MIN - STEP_MIN);
    let end = begun + span.length().as_s() / 60.0;
    // Who is to leave finishes what is running: the shift ended before.
    let to = if may_be_late { whole_steps(end + 1.0) } else { rounded(end) };
    (from, to.clamp(from + STEP_MIN, from + DAY_MIN))
}

fn whole_steps(minutes: f64) -> u32 {
    (minutes / f64::from(STEP_MIN)).floor() as u32 * STEP_MIN
}

fn rounded(minutes: f64) -> u32 {
    ((minutes / f64::from(STEP_MIN)).round() * f64::from(STEP_MIN)) as u32
}

/// Spans in which agents had contacts, with what lies between them where it is not long.
fn active(observed: &Observed, own: &dyn Fn(AgentId) -> bool) -> Vec<(AgentId, Span)> {
    let mut spans: BTreeMap<AgentId, Vec<Span>> = BTreeMap::new();
    for part in observed.parts.iter().filter(|part| own(part.agent)) {
        let end = part.wrapped_up.or(part.ended).unwrap_or(part.assigned);
        let list = spans.entry(part.agent).or_default();
        match list.last_mut() {
            Some(last) if part.assigned.since(last.end) <= GONE => last.end = last.end.max(end),
            _ => list.push(Span { start: part.assigned, end }),
        }
    }
    spans.into_iter().flat_map(|(agent, list)| list.into_iter().map(move |s| (agent, s))).collect()
}
