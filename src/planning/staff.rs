//! Who serves a queue, how fast, and how many are on duty.

use super::Flow;
use crate::id::{QueueId, TeamId};
use crate::scenario::{Away, Duty, Scenario, duties_within};
use crate::time::{SimTime, Span};

/// How agents of a queue work.
#[derive(Clone, Debug, PartialEq)]
pub struct Serving {
    /// Total speed of an agent with 1, 2, ... contacts against one alone.
    pub rate_of_slots: Vec<f64>,
    /// Speed (skill) of the queue's first team on its contacts; 1 is standard.
    pub speed: f64,
    /// Whether some of its agents serve other queues too.
    pub shared: bool,
}

/// The first team of a queue stands for all of them.
#[must_use]
pub fn serving(scenario: &Scenario, queue: QueueId, flow: &Flow) -> Serving {
    let teams = &scenario.queues[queue.index()].teams;
    let shared = teams.iter().any(|t| scenario.teams[t.index()].serves.len() > 1);
    let Some(team) = teams.first().map(|t| &scenario.teams[t.index()]) else {
        return Serving { rate_of_slots: vec![1.0], speed: 1.0, shared };
    };
    let units = team.channel_units.get(flow.channel.index()).copied();
    let slots = units.filter(|u| *u > 0).map_or(1, |u| team.capacity / u);
    let total = |k: u16| team.speed.get(usize::from(k)).map(|s| s * f64::from(k));
    let served = team.serves.iter().find(|s| s.queue == queue);
    Serving {
        rate_of_slots: (1..=slots.max(1)).map(|k| total(k).unwrap_or(1.0)).collect(),
        speed: served.map_or(1.0, |s| s.speed).max(1e-9),
        shared,
    }
}

/// The people of a queue, those with the same duties together.
#[derive(Clone, Debug)]
pub struct Crew<'s> {
    groups: Vec<(f64, &'s Away, &'s [Duty])>,
}

impl<'s> Crew<'s> {
    /// The agents of the queue's teams. Agents of one shift follow each other.
    #[must_use]
    pub fn of(scenario: &'s Scenario, queue: QueueId) -> Self {
        Self::of_teams(scenario, &scenario.queues[queue.index()].teams)
    }

    /// The agents of these teams.
    #[must_use]
    pub fn of_teams(scenario: &'s Scenario, teams: &[TeamId]) -> Self {
        let mut groups: Vec<(f64, &Away, &[Duty])> = Vec::new();
        let mut before = None;
        for agent in scenario.agents.iter().filter(|a| teams.contains(&a.team)) {
            match groups.last_mut() {
                Some((count, _, duties))
                    if before == Some(agent.team) && *duties == agent.duties =>
                {
                    *count += 1.0;
                }
                _ => {
                    let away = &scenario.teams[agent.team.index()].away;
                    groups.push((1.0, away, &agent.duties));
                }
            }
            before = Some(agent.team);
        }
        Crew { groups }
    }

    /// Agents with a shift between two moments, on average: on the queue or off it, present
    /// or absent.
    #[must_use]
    pub fn scheduled(&self, from: SimTime, to: SimTime) -> f64 {
        let window = Span { start: from, end: to };
        let of_group = |(count, _, duties): &(f64, &Away, &[Duty])| {
            let within = duties_within(duties, window).iter().map(|d| d.span);
            let each = within.map(|s| s.end.min(to).since(s.start.max(from)).as_s());
            count * each.sum::<f64>()
        };
        let time: f64 = self.groups.iter().map(of_group).sum();
        time / to.since(from).as_s().max(1e-9)
    }

    /// Agents on the queue between two moments, on average: shifts less breaks, planned
    /// shrinkage, lateness and expected absence.
    #[must_use]
    pub fn on_duty(&self, from: SimTime, to: SimTime) -> f64 {
        let window = Span { start: from, end: to };
        let of_group = |(count, away, duties): &(f64, &Away, &[Duty])| {
            let within = duties_within(duties, window).iter();
            let each = within.map(|d| d.on_queue_s(away, window));
            count * each.sum::<f64>()
        };
        let time: f64 = self.groups.iter().map(of_group).sum();
        time / to.since(from).as_s().max(1e-9)
    }
}

/// [`Crew::on_duty`] of a queue.
#[must_use]
pub fn on_duty(scenario: &Scenario, queue: QueueId, from: SimTime, to: SimTime) -> f64 {
    Crew::of(scenario, queue).on_duty(from, to)
}
