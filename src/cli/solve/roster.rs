//! `--vary teams.NAME`: the cheapest roster of a team.

use super::refusal::Refusal;
use super::trial::{Change, Trial};
use super::{Method, SolveArgs, interrupted, isa};
use crate::analytic::Answer;
use crate::cli::erlang::formula_value;
use crate::cli::{Failure, input};
use crate::id::{QueueId, TeamId};
use crate::planning::{
    Ask, Catalogue, Outcome, Period, Present, Question, Requirement, RosterAnswer, Search,
    ShiftColumn, ShiftKind, checked, clock, on_duty, requirement_by_group, shift_list,
};
use crate::scenario::Scenario;
use crate::scenario::target::Target;
use crate::scenario::units::write_duration;
use crate::time::SimDuration;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::Path;

/// Periods that are simulated at once. Not the number of threads: what is known of a
/// roster orders the trials after it.
const BATCH: usize = 4;
/// How a list of shifts is written.
const SHIFT_LIST: &str = "give a shift a line with the columns from,to (08:00,16:30) or length (8h30m, at every start), and as you like break (30m), max_agents and cost (of an agent a day)";
/// Periods in which the present roster shows what comes to the queue.
const PILOT: u32 = 10;

pub(super) fn solve(
    trial: &Trial<'_>,
    args: &SolveArgs,
    ask: &Ask,
) -> Result<RosterAnswer, Failure> {
    let scenario = trial.scenario();
    let (team, queue) = team_and_queue(scenario, args.vary.as_deref(), ask)?;
    let name = scenario.header.teams[team.index()].name.clone();
    let catalogue = catalogue(scenario, team, args)?;
    let sample: Vec<u32> = (0..ask.replications).collect();
    let now = now(trial, team, queue, &catalogue, ask)?;
    let (measured, pilot) = pilot(trial, queue, &sample)?;
    trial.check_measured(&pilot)?;
    let mut requirement = requirement(scenario, queue, &catalogue, &measured, ask);
    if args.method == Method::Isa {
        let of = (team, queue);
        isa::replace(&mut requirement, trial, of, &catalogue, ask.replications)?;
    }
    let plan = scenario.teams[team.index()].plan.as_ref();
    let refusal = Refusal {
        trial,
        ask,
        queue,
        catalogue: &catalogue,
        requirement: &requirement,
        most: plan.and_then(|p| p.most),
    };
    let outcome = search(&refusal, &name, sample)?;
    let header = &scenario.header;
    Ok(RosterAnswer {
        ask: ask.clone(),
        sha256: header.sha256.clone(),
        days: header.day_starts.len() - 1,
        queue: header.queues[queue.index()].name.clone(),
        currency: header.costs.currency.clone(),
        changes: changes(trial, &name, &catalogue, &outcome.counts),
        team: name,
        requirement,
        now,
        outcome,
        catalogue,
    })
}

/// The shifts to choose from: those of a list where one is given.
fn catalogue(scenario: &Scenario, team: TeamId, args: &SolveArgs) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::of_team(scenario, team, args.by_day);
    if let Some(path) = &args.shifts {
        let plan = scenario.teams[team.index()].plan.as_ref();
        let step_s = plan.map_or(1800, |p| p.start_every.as_s() as u32);
        catalogue.offer(&offers(path)?, step_s);
    }
    Ok(catalogue)
}

/// The shifts of a list. Every wrong line is told.
fn offers(path: &Path) -> Result<Vec<ShiftKind>, Failure> {
    let name = path.display();
    let about = |what: String| Failure::wrong(format!("--shifts {name}: {what}"), SHIFT_LIST);
    let text = input::table(path).map_err(about)?;
    shift_list(&text).map_err(|problems| {
        let one = |(line, what): &(Option<usize>, String)| match line {
            Some(line) => format!("error: {name}, line {line}: {what}\n"),
            None => format!("error: --shifts {name}: {what}\n"),
        };
        let told: String = problems.iter().map(one).collect();
        Failure::invalid(format!("{told}  help: {SHIFT_LIST}"))
    })
}

/// Searches a roster of the team with this name.
fn search(known: &Refusal<'_>, team: &str, sample: Vec<u32>) -> Result<Outcome, Failure> {
    let (trial, ask, catalogue) = (known.trial, known.ask, known.catalogue);
    let question = Question {
        catalogue,
        goals: &ask.goals,
        needs: &known.requirement.needs,
        arrivals: &known.requirement.arrivals,
        most: known.most,
        sample,
        batch: BATCH,
    };
    let rosters = Rosters { trial, ask, team, catalogue, refused: RefCell::new(None) };
    let mut simulate = |counts: &[u32], periods: &[u32]| rosters.simulate(counts, periods);
    let mut search = Search::new(question, &mut simulate);
    let outcome = checked(&mut search, &ask.goals);
    drop(search);
    let refused = rosters.refused.take();
    outcome.map_err(|why| match refused {
        Some(problems) => anyhow::anyhow!("the roster is no scenario: {problems}").into(),
        None => known.of(why, |counts| {
            let loaded = trial.load(&changes(trial, team, catalogue, counts));
            loaded.ok().map(|l| l.scenario)
        }),
    })
}

/// Rosters of a team, simulated.
struct Rosters<'a> {
    trial: &'a Trial<'a>,
    ask: &'a Ask,
    team: &'a str,
    catalogue: &'a Catalogue,
    /// What the scenario said against a roster.
    refused: RefCell<Option<String>>,
}

impl Rosters<'_> {
    fn simulate(&self, counts: &[u32], periods: &[u32]) -> Option<Vec<Period>> {
        // A roster of nobody is none: the scenario would be refused.
        if counts.iter().all(|n| *n == 0) {
            let period: Period = self.ask.goals.iter().map(|g| g.worst()).collect();
            return Some(vec![period; periods.len()]);
        }
        let changes = changes(self.trial, self.team, self.catalogue, counts);
        match self.trial.load(&changes) {
            Ok(loaded) => self.trial.measure(&loaded.scenario, periods),
            Err(problems) => {
                *self.refused.borrow_mut() = Some(problems.to_string());
                None
            }
        }
    }
}

/// The team as it is.
fn now(
    trial: &Trial<'_>,
    team: TeamId,
    queue: QueueId,
    catalogue: &Catalogue,
    ask: &Ask,
) -> Result<Present, Failure> {
    let scenario = trial.scenario();
    let sample: Vec<u32> = (0..ask.replications).collect();
    let periods = trial.measure(scenario, &sample).ok_or_else(interrupted)?;
    let goals = ask.goals.iter().enumerate();
    let standings = goals.map(|(g, goal)| goal.standing(periods.iter().map(|p| p[g])));
    let step = scenario.header.interval;
    let slot = |group: usize, slot: usize| {
        let days = &catalogue.groups[group].days;
        let at = |day: &usize| {
            let start = scenario.header.day_starts[*day] + SimDuration(slot as u64 * step.0);
            on_duty(scenario, queue, start, start + step)
        };
        days.iter().map(at).sum::<f64>() / days.len().max(1) as f64
    };
    let group = |g: usize| (0..catalogue.slots()).map(|s| slot(g, s)).collect();
    Ok(Present {
        heads: Catalogue::heads_now(scenario, team),
        hours: Catalogue::hours_now(scenario, team),
        standings: standings.collect(),
        on_duty: (0..catalogue.groups.len()).map(group).collect(),
    })
}

/// The team whose roster is looked for, and the queue that says how many it needs.
fn team_and_queue(
    scenario: &Scenario,
    vary: Option<&str>,
    ask: &Ask,
) -> Result<(TeamId, QueueId), Failure> {
    let (teams, queues) = (&scenario.header.teams, &scenario.header.queues);
    let named =
        |t: &Target| t.which.queue.as_ref().and_then(|q| queues.iter().position(|f| f.name == *q));
    let of_target = ask.targets.iter().find_map(named);
    let team = match vary {
        Some(path) => {
            let name = path.strip_prefix("teams.").unwrap_or_default();
            let names: Vec<_> = teams.iter().map(|t| format!("teams.{}", t.name)).collect();
            let help = format!("teams of the scenario: {}", names.join(", "));
            let place = teams.iter().position(|t| t.name == name);
            place.ok_or_else(|| {
                Failure::wrong(format!("--vary {path}: there is no such team"), &help)
            })?
        }
        None => {
            let queue = of_target.or((queues.len() == 1).then_some(0));
            let first = queue.and_then(|q| scenario.queues[q].teams.first());
            let help = "give --vary teams.NAME";
            first
                .ok_or_else(|| {
                    Failure::wrong("no target names a queue, so no team is meant", help)
                })?
                .index()
        }
    };
    let served = &scenario.teams[team].serves;
    let of_team = |q: &usize| served.iter().any(|s| s.queue.index() == *q);
    let own = served.first().map(|s| s.queue.index());
    let queue = of_target.filter(of_team).or(own).ok_or_else(|| {
        let what = format!("the team `{}` serves no queue", teams[team].name);
        Failure::wrong(what, "choose another team with --vary")
    })?;
    Ok((TeamId(team as u8), QueueId(queue as u8)))
}

/// Contacts that came to the queue by interval, and what the targets are about,
/// in a few periods with the roster of now.
fn pilot(trial: &Trial<'_>, queue: QueueId, sample: &[u32]) -> Result<(Vec<f64>, Period), Failure> {
    let scenario = trial.scenario();
    let few = &sample[..sample.len().min(PILOT as usize)];
    let offered = |r: &crate::projection::Replication| -> Vec<f64> {
        r.queues.iter().map(|row| row[queue.index()].offered).collect()
    };
    let runs = trial.replicate(scenario, few, offered).ok_or_else(interrupted)?;
    let intervals = runs.iter().map(Vec::len).max().unwrap_or(0);
    let mean =
        |i: usize| runs.iter().filter_map(|r| r.get(i)).sum::<f64>() / runs.len().max(1) as f64;
    let first = trial.measure(scenario, &few[..1]).ok_or_else(interrupted)?;
    let first = first.into_iter().next().unwrap_or_default();
    Ok(((0..intervals).map(mean).collect(), first))
}

fn requirement(
    scenario: &Scenario,
    queue: QueueId,
    catalogue: &Catalogue,
    measured: &[f64],
    ask: &Ask,
) -> Requirement {
    let facts = &scenario.header.queues[queue.index()];
    let mine = |t: &&Target| t.which.queue.as_ref().is_none_or(|q| *q == facts.name);
    let target = ask.targets.iter().find(mine);
    let own = facts.thresholds.first().map_or(20.0, |t| t.as_s());
    let within_s = target.and_then(|t| t.which.threshold_s).unwrap_or(own);
    let enough = |answer: &Answer| {
        let said = target.and_then(|t| Some((t, formula_value(answer, t)?)));
        match said {
            Some((t, value)) => t.comparison.holds(value, t.value),
            // No formula gives it: a usual service level is where the search begins.
            None => answer.service.offered >= 0.8,
        }
    };
    let quantiles = target.is_some_and(|t| t.which.stat.is_some());
    let enough = (enough, quantiles);
    requirement_by_group(scenario, queue, catalogue, measured, within_s, enough)
}

/// The changes that put a roster into the scenario.
fn changes(trial: &Trial<'_>, team: &str, catalogue: &Catalogue, counts: &[u32]) -> Vec<Change> {
    let columns = catalogue.columns.iter().zip(counts);
    let shifts: Vec<Value> = columns
        .filter(|(_, count)| **count > 0)
        .map(|(column, count)| shift(catalogue, column, *count))
        .collect();
    trial.with_shifts(team, &json!(shifts))
}

/// A shift as the scenario file has it. Its name is the identity of its agents in
/// random draws, so it does not depend on what other shifts there are.
fn shift(catalogue: &Catalogue, column: &ShiftColumn, count: u32) -> Value {
    let (from, to) = (clock(column.start_s), clock(column.end_s));
    let days = &catalogue.groups[column.group].label;
    let length = |s: u32| write_duration(SimDuration::from_s(f64::from(s)));
    let breaks: Vec<Value> = (column.breaks.iter())
        .map(|b| match b.after_s {
            None => json!(length(b.length_s)),
            Some(after) => json!({"at": clock(column.start_s + after), "for": length(b.length_s)}),
        })
        .collect();
    let off: Vec<String> = column.breaks.iter().map(|b| length(b.length_s)).collect();
    let mut name = format!("{days} {from}-{to}");
    if !off.is_empty() {
        name += &format!(" less {}", off.join("+"));
    }
    let mut shift = json!({"name": name, "agents": count, "from": from, "to": to, "days": days});
    if let (Some(map), false) = (shift.as_object_mut(), breaks.is_empty()) {
        map.insert("breaks".to_owned(), Value::from(breaks));
    }
    shift
}
