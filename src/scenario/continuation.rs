//! A scenario that goes on from another one's past: what a fork runs.
//!
//! Events name agents, queues and all else by number, so the past must mean the
//! same in both. The agents of the past keep their numbers; those that the changed
//! scenario adds come after them. What would give other numbers to anything else, or
//! another time axis, is refused.

use super::Duty;
use super::model::{Agent, Scenario, Team};
use crate::time::{Hours, SimTime, Span};

/// A change that a past cannot go on under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeChange {
    /// The field of the scenario file.
    pub field: &'static str,
    /// What it was.
    pub before: String,
    /// What it would be.
    pub after: String,
}

/// The scenario that continues `before` as `after` says from `at` on.
///
/// Prices, thresholds and targets, which only reports use, are those of `after`.
///
/// # Errors
/// All changes of the shape.
pub fn continued(
    before: &Scenario,
    mut after: Scenario,
    at: SimTime,
) -> Result<Scenario, Vec<ShapeChange>> {
    let changes = shape_changes(before, &after);
    if !changes.is_empty() {
        return Err(changes);
    }
    after.agents = agents(&before.agents, after.agents);
    after.header.agent_teams = after.agents.iter().map(|a| a.team.0).collect();
    for (old, new) in before.teams.iter().zip(&mut after.teams) {
        keep_speeds(old, new);
    }
    for (old, new) in before.header.teams.iter().zip(&mut after.header.teams) {
        // Who had more contacts than are allowed now finishes them.
        new.max_contacts = new.max_contacts.max(old.max_contacts);
        new.earlier_speed.clone_from(&old.earlier_speed);
        if new.relative_speed != old.relative_speed {
            new.earlier_speed.push((at, old.relative_speed.clone()));
        }
        let entries = new.relative_speed.len().max(old.relative_speed.len());
        new.relative_speed.resize(entries, 1.0);
    }
    for fault in before.faults.iter().skip(after.faults.len()) {
        // Left out: it keeps its number, and ends where the change begins.
        let mut fault = *fault;
        fault.span.start = fault.span.start.min(at);
        fault.span.end = fault.span.end.min(at);
        let name = before.header.faults.get(fault.id.index());
        after.header.faults.extend(name.cloned());
        after.faults.push(fault);
    }
    for (old, new) in before.header.channel_hours.iter().zip(&mut after.header.channel_hours) {
        *new = spliced(old, new, at);
    }
    Ok(after)
}

/// Agents of the past with the duties that they have now, then the new ones.
fn agents(before: &[Agent], mut after: Vec<Agent>) -> Vec<Agent> {
    let mut all = Vec::with_capacity(before.len().max(after.len()));
    let mut taken = vec![false; after.len()];
    let mut next = 0;
    for old in before {
        // Usually the agents stand in one order, and the next one is the one.
        let same = |n: &usize| !taken[*n] && after[*n].key == old.key && after[*n].team == old.team;
        let found = (next..after.len()).chain(0..next).find(same);
        let duties: Vec<Duty> = match found {
            Some(n) => {
                taken[n] = true;
                next = n + 1;
                std::mem::take(&mut after[n].duties)
            }
            None => Vec::new(),
        };
        all.push(Agent { key: old.key, team: old.team, duties });
    }
    let new = after.into_iter().zip(taken).filter(|(_, taken)| !taken);
    all.extend(new.map(|(agent, _)| agent));
    all
}

/// An agent may still have as many contacts as before: they share what the agent
/// can do in all.
fn keep_speeds(old: &Team, new: &mut Team) {
    let most = new.speed.len().saturating_sub(1);
    let all = new.speed.last().copied().unwrap_or(1.0) * most as f64;
    for contacts in new.speed.len()..old.speed.len() {
        new.speed.push(all / contacts as f64);
    }
}

/// The old hours until a moment, the new ones from then on.
fn spliced(old: &Hours, new: &Hours, at: SimTime) -> Hours {
    let past = old.0.iter().map(|s| Span { end: s.end.min(at), ..*s });
    let future = new.0.iter().map(|s| Span { start: s.start.max(at), ..*s });
    let mut all: Vec<Span> = Vec::new();
    for span in past.chain(future).filter(|s| s.start < s.end) {
        match all.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => all.push(span),
        }
    }
    Hours(all)
}

fn shape_changes(before: &Scenario, after: &Scenario) -> Vec<ShapeChange> {
    let (a, b) = (&before.header, &after.header);
    let mut changes = Vec::new();
    let mut same = |field, before: String, after: String| {
        if before != after {
            changes.push(ShapeChange { field, before, after });
        }
    };
    let list = |names: &[String]| names.join(", ");
    let hours = |us: SimTime| format!("{} h", us.as_s() / 3600.0);
    same("time.start", a.start_date.clone(), b.start_date.clone());
    same("time.zone", a.zone.clone(), b.zone.clone());
    same("time.days", days(before), days(after));
    same("time.interval", a.interval.to_string(), b.interval.to_string());
    same("time.warm_up", hours(a.measured.0), hours(b.measured.0));
    let drain = |s: &Scenario| format!("{} h", s.end.since(s.horizon).as_s() / 3600.0);
    same("time.drain", drain(before), drain(after));
    same("segments", list(&a.segments), list(&b.segments));
    same("intents", list(&a.intents), list(&b.intents));
    same("tiers", list(&a.tiers), list(&b.tiers));
    same("languages", list(&a.languages), list(&b.languages));
    same("channels", list(&a.channels), list(&b.channels));
    same("demand", list(&a.sources), list(&b.sources));
    let queues = |s: &Scenario| {
        let names: Vec<_> = s.header.queues.iter().map(|q| q.name.clone()).collect();
        list(&names)
    };
    same("queues", queues(before), queues(after));
    let teams = |s: &Scenario| {
        let names: Vec<_> = s.header.teams.iter().map(|t| t.name.clone()).collect();
        list(&names)
    };
    same("teams", teams(before), teams(after));
    let bot = |has: bool| if has { "a bot" } else { "no bot" }.to_owned();
    same("bot", bot(a.has_bot), bot(b.has_bot));
    // Faults may be added behind those that were planned, and the last ones left out.
    let known = a.faults.len().min(b.faults.len());
    if a.faults[..known] != b.faults[..known] {
        same("faults", list(&a.faults), list(&b.faults));
    }
    changes
}

fn days(scenario: &Scenario) -> String {
    (scenario.header.day_starts.len().saturating_sub(1)).to_string()
}
