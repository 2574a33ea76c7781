//! `--method isa`: the requirement by iterated simulation.

use super::interrupted;
use super::trial::{Change, Trial};
use crate::cli::Failure;
use crate::id::{QueueId, TeamId};
use crate::planning::{Catalogue, Requirement, replace_by_simulation};
use crate::time::SimDuration;
use serde_json::json;

/// Runs of each round.
const RUNS: u32 = 50;
/// Moments of an interval at which contacts are counted.
const MOMENTS: u64 = 6;

/// Puts the agents that iterated simulation finds in place of the formula's.
pub(super) fn replace(
    requirement: &mut Requirement,
    trial: &Trial<'_>,
    (team, queue): (TeamId, QueueId),
    catalogue: &Catalogue,
    runs: u32,
) -> Result<(), Failure> {
    let scenario = trial.scenario();
    let (header, name) = (&scenario.header, &scenario.header.teams[team.index()].name);
    let step = SimDuration(header.interval.0 / MOMENTS);
    let runs: Vec<u32> = (0..runs.min(RUNS)).collect();
    let mut refused = None;
    let mut simulate = |agents: &[u32]| {
        let loaded = trial.load(&staffed(trial, name, agents));
        let loaded = loaded.map_err(|p| refused = Some(p.to_string())).ok()?;
        trial.count(&loaded.scenario, (queue, team, step), &runs)
    };
    let found = replace_by_simulation(requirement, scenario, queue, catalogue, &mut simulate);
    match (found, refused) {
        (Some(()), _) => Ok(()),
        (None, Some(problems)) => Err(Failure::wrong(
            format!("--method isa: the team `{name}` cannot be staffed by interval: {problems}"),
            "leave --method out",
        )),
        (None, None) => Err(interrupted()),
    }
}

/// The team with so many agents on the queue in each interval of the run, and nobody away.
fn staffed(trial: &Trial<'_>, team: &str, agents: &[u32]) -> Vec<Change> {
    let shift = json!([{"name": "isa", "from": "00:00", "agents_by_interval": agents}]);
    let mut changes = trial.with_shifts(team, &shift);
    if trial.loaded.expanded["teams"][team].get("shrinkage").is_some() {
        changes.push((format!("teams.{team}.shrinkage"), "{}".to_owned()));
    }
    changes
}
