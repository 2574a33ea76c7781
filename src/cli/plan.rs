//! What each interval needs and has by plan: the columns of a grid that no run measures.

use super::erlang::interval_needs;
use crate::domain::Grain;
use crate::experiment::{Grid, Planned, Pool};
use crate::id::{QueueId, TeamId};
use crate::planning::Crew;
use crate::scenario::Scenario;
use crate::time::{SimDuration, SimTime};

/// The grid of a run with its plan.
pub(super) fn grid(pool: &Pool<'_>, by: Grain, confidence: f64, plan: &[Planned]) -> Grid {
    let mut grid = pool.grid(by, confidence);
    grid.set_plan(plan);
    grid
}

/// The plan of every queue and every team over the whole run.
pub(super) fn plan(scenario: &Scenario) -> Vec<Planned> {
    let header = &scenario.header;
    let queues: Vec<Planned> = (0..).zip(&header.queues).map(|(n, _)| queue(scenario, n)).collect();
    let team = |(number, facts): (u8, &crate::event::TeamFacts)| {
        let serves = |q: &crate::scenario::Queue| q.teams.contains(&TeamId(number));
        // What a queue needs is what a team needs where it alone serves it.
        let alone = scenario.queues.iter().all(|q| !serves(q) || q.teams.len() == 1);
        let mine = queues.iter().zip(&scenario.queues).filter(|(_, q)| serves(q));
        let mine: Vec<&Planned> = mine.map(|(planned, _)| planned).collect();
        let sum = |i: usize| {
            let each = mine.iter().map(|p| p.required.get(i).copied().flatten());
            each.sum::<Option<f64>>()
        };
        let known = alone && !mine.is_empty();
        Planned {
            queue: None,
            team: Some(facts.name.clone()),
            required: intervals(scenario).map(|i| sum(i).filter(|_| known)).collect(),
            scheduled: scheduled(scenario, &Crew::of_teams(scenario, &[TeamId(number)])),
        }
    };
    let teams: Vec<Planned> = (0..).zip(&header.teams).map(team).collect();
    queues.into_iter().chain(teams).collect()
}

fn queue(scenario: &Scenario, number: u8) -> Planned {
    let needs = interval_needs(scenario, QueueId(number));
    let needed = |i: usize| match &needs {
        Some(all) => all.get(i).copied().flatten().map(f64::from),
        None => None,
    };
    Planned {
        queue: Some(scenario.header.queues[usize::from(number)].name.clone()),
        team: None,
        required: intervals(scenario).map(needed).collect(),
        scheduled: scheduled(scenario, &Crew::of(scenario, QueueId(number))),
    }
}

fn intervals(scenario: &Scenario) -> std::ops::Range<usize> {
    0..scenario.header.interval_labels.len()
}

/// Agents with a shift in each interval.
fn scheduled(scenario: &Scenario, crew: &Crew<'_>) -> Vec<f64> {
    let step = scenario.header.interval;
    let begin = |i: usize| SimTime::ZERO + SimDuration(step.0 * i as u64);
    intervals(scenario).map(|i| crew.scheduled(begin(i), begin(i + 1))).collect()
}
