//! Who serves a queue, how fast, and how many are on duty.

use super::Flow;
use crate::id::QueueId;
use crate::scenario::{Scenario, Span};
use crate::time::SimTime;

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
    let shared = teams
        .iter()
        .any(|t| scenario.teams[t.index()].serves.len() > 1);
    let Some(team) = teams.first().map(|t| &scenario.teams[t.index()]) else {
        return Serving {
            rate_of_slots: vec![1.0],
            speed: 1.0,
            shared,
        };
    };
    let units = team.channel_units.get(flow.channel.index()).copied();
    let slots = units.filter(|u| *u > 0).map_or(1, |u| team.capacity / u);
    let total = |k: u16| team.speed.get(usize::from(k)).map(|s| s * f64::from(k));
    let served = team.serves.iter().find(|s| s.queue == queue);
    Serving {
        rate_of_slots: (1..=slots.max(1))
            .map(|k| total(k).unwrap_or(1.0))
            .collect(),
        speed: served.map_or(1.0, |s| s.speed).max(1e-9),
        shared,
    }
}

/// Agents on the queue between two moments, on average: shifts less breaks, planned
/// shrinkage, lateness and expected absence.
#[must_use]
pub fn on_duty(scenario: &Scenario, queue: QueueId, from: SimTime, to: SimTime) -> f64 {
    let teams = &scenario.queues[queue.index()].teams;
    let window = Span {
        start: from,
        end: to,
    };
    let agents = scenario.agents.iter().filter(|a| teams.contains(&a.team));
    let time: f64 = agents
        .map(|a| {
            let away = &scenario.teams[a.team.index()].away;
            // They are in the order of time.
            let first = a.duties.partition_point(|d| d.span.end <= from);
            let rest = &a.duties[first..];
            let within = &rest[..rest.partition_point(|d| d.span.start < to)];
            let each = within.iter().map(|d| d.on_queue_s(away, window));
            each.sum::<f64>()
        })
        .sum();
    time / to.since(from).as_s().max(1e-9)
}
