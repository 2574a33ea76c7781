//! Shifts that are written in two parts at midnight: who works both.

use std::collections::BTreeMap;

use crate::scenario::{Agent, Duty};
use crate::time::{SECOND_US, SimDuration, SimTime};

use super::cx::Cx;

/// Two parts are one shift where they are no longer than this together: three shifts
/// of eight hours stay three.
const LONGEST: SimDuration = SimDuration(12 * 3600 * SECOND_US);

impl Cx<'_> {
    /// The agents of a team, where a shift that ends at 24:00 and one that begins then
    /// are one piece for as many agents as both have: those of the evening go on, and
    /// as many of the morning are the same people.
    pub(super) fn joined_at_midnight(&self, mut agents: Vec<Agent>) -> Vec<Agent> {
        let days = self.calendar.days() as usize;
        let inner = &self.calendar.starts[1..days];
        let mut seams: BTreeMap<SimTime, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (number, agent) in agents.iter().enumerate() {
            for duty in &agent.duties {
                if inner.binary_search(&duty.span.end).is_ok() {
                    seams.entry(duty.span.end).or_default().0.push(number);
                }
                if inner.binary_search(&duty.span.start).is_ok() {
                    seams.entry(duty.span.start).or_default().1.push(number);
                }
            }
        }
        for (midnight, (evening, mut morning)) in seams {
            for one in evening {
                // Whoever has both parts goes on anyway.
                if morning.contains(&one) {
                    continue;
                }
                let fits = |other: &usize| {
                    let parts = [part(&agents[one], midnight), part(&agents[*other], midnight)];
                    let length = |d: Option<&Duty>| d.map_or(0, |d| d.span.length().0);
                    let whole = parts.into_iter().map(length).sum::<u64>();
                    let both = agents[*other].duties.iter().any(|d| d.span.end == midnight);
                    !both && whole <= LONGEST.0
                };
                if let Some(place) = morning.iter().position(fits) {
                    join(&mut agents, one, morning.remove(place), midnight);
                }
            }
        }
        agents.retain(|a| !a.duties.is_empty());
        agents
    }
}

/// The duty of an agent that ends or begins at a moment.
fn part(agent: &Agent, at: SimTime) -> Option<&Duty> {
    let touches = |d: &&Duty| d.span.end == at || d.span.start == at;
    agent.duties.iter().find(touches)
}

/// Gives the evening's agent the morning's duty.
fn join(agents: &mut [Agent], evening: usize, morning: usize, midnight: SimTime) {
    let begins = |d: &Duty| d.span.start == midnight;
    let Some(place) = agents[morning].duties.iter().position(begins) else {
        return;
    };
    let later = agents[morning].duties.remove(place);
    let ends = |d: &&mut Duty| d.span.end == midnight;
    if let Some(duty) = agents[evening].duties.iter_mut().find(ends) {
        duty.span.end = later.span.end;
        duty.breaks.extend(later.breaks);
        duty.free_breaks.extend(later.free_breaks);
        let next_day = later.clock.breaks_s.iter().map(|s| s + super::shifts::DAY_S);
        duty.clock.breaks_s.extend(next_day);
        duty.clock.to_s = later.clock.to_s + super::shifts::DAY_S;
    }
}
