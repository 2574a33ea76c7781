//! `--method isa`: the requirement by iterated simulation.

use super::trial::{Change, Trial};
use super::wrong;
use crate::cli::Failure;
use crate::id::{QueueId, TeamId};
use crate::planning::{Catalogue, Requirement, flow, iterative_staffing, serving};
use crate::time::SimDuration;
use serde_json::json;

/// Probability of waiting in every interval; the search scales what it takes.
const ALPHA: f64 = 0.2;
/// Runs of each round.
const RUNS: u32 = 50;
/// Moments of an interval at which contacts are counted.
const MOMENTS: u64 = 6;

/// Puts the agents that iterated simulation finds in place of the formula's, where
/// the formula asks for any.
pub(super) fn replace(
    requirement: &mut Requirement,
    trial: &Trial<'_>,
    (team, queue): (TeamId, QueueId),
    catalogue: &Catalogue,
    runs: u32,
) -> Result<(), Failure> {
    let scenario = trial.scenario();
    let (header, name) = (&scenario.header, &scenario.header.teams[team.index()].name);
    let step = header.interval;
    let last = header.day_starts.last().map_or(0, |end| end.0);
    let intervals = (last / step.0.max(1)) as usize;
    let slots = serving(scenario, queue, &flow(scenario, queue)).rate_of_slots.len() as u32;
    let most = requirement.needs.iter().flatten().fold(0.0, |a: f64, b| a.max(*b));
    let runs: Vec<u32> = (0..runs.min(RUNS)).collect();
    let mut refused = None;
    let mut simulate = |agents: &[u32]| {
        let loaded = trial.load(&staffed(trial, name, agents));
        let loaded = loaded.map_err(|p| refused = Some(p.to_string())).ok()?;
        let step = SimDuration(step.0 / MOMENTS);
        trial.count(&loaded.scenario, (queue, team, step), &runs)
    };
    let enough = 2 * most as u32 + 10;
    let found = iterative_staffing(intervals, enough, slots, ALPHA, &mut simulate);
    let found = match (found, refused) {
        (Some(found), _) => found,
        (None, Some(problems)) => {
            return Err(wrong(
                format!(
                    "--method isa: the team `{name}` cannot be staffed by interval: {problems}"
                ),
                "leave --method out",
            ));
        }
        (None, None) => return Err(super::roster::interrupted()),
    };
    let per_day = catalogue.slots();
    for (group, days) in catalogue.groups.iter().enumerate() {
        for slot in 0..per_day {
            if requirement.needs[group][slot] <= 0.0 {
                continue;
            }
            let at = |day: &usize| (header.day_starts[*day].0 / step.0.max(1)) as usize + slot;
            let found = days.days.iter().filter_map(|d| found.agents.get(at(d)));
            let sum: u32 = found.sum();
            requirement.needs[group][slot] = f64::from(sum) / days.days.len() as f64;
        }
    }
    Ok(())
}

/// The team with so many agents on the queue in each interval of the run, and nobody away.
fn staffed(trial: &Trial<'_>, team: &str, agents: &[u32]) -> Vec<Change> {
    let own = &trial.loaded.expanded["teams"][team];
    let path = |field: &str| format!("teams.{team}.{field}");
    let shift = json!([{"name": "isa", "from": "00:00", "agents_by_interval": agents}]);
    let mut changes = vec![(path("shifts"), shift.to_string())];
    if own.get("agents").is_some() {
        changes.push((path("agents"), "0".to_owned()));
    }
    if own.get("shrinkage").is_some() {
        changes.push((path("shrinkage"), "{}".to_owned()));
    }
    changes
}
