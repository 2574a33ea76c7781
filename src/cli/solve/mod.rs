//! `convoq solve`: the cheapest roster that meets targets, and how far a number may go.

mod field;
mod files;
mod isa;
mod refusal;
mod roster;
mod trial;

use super::asked::Asked;
use super::stop::stop_on_signal;
use super::{
    Failure, Format, INTERNAL, INTERRUPTED, OK, ScenarioArgs, TARGET_MISSED, audit_failed, guard,
    print, scenario_file,
};
use crate::planning::{Ask, Goal};
use crate::report::grid::{figures, figures_markdown};
use crate::report::{
    json, limit_csv, limit_json, limit_text, percent, roster_csv, roster_json, roster_text,
};
use crate::scenario::target::{self, Target};
use clap::{Args, ValueEnum};
use std::num::NonZeroU32;
use std::path::PathBuf;
use trial::Trial;

#[derive(Args, Debug)]
pub(super) struct SolveArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// What is to hold: `service_level(queue=chat, within=60s) >= 80%`; several with `;` between
    /// them or by repetition. Without it the scenario's targets
    #[arg(long, value_name = "TARGETS")]
    until: Vec<String>,
    /// What may change: the roster of a team (`teams.chat`), or one number (`demand[0].per_day`). Without it
    /// the roster of the team that serves the queue of the first target
    #[arg(long, value_name = "PATH")]
    vary: Option<String>,
    /// Share of runs in which each target is to hold; without it all runs together are to meet it
    #[arg(long, value_name = "SHARE")]
    risk: Option<String>,
    /// Shifts to choose from, a line each: columns from, to, length, break, max_agents, cost.
    /// They take the place of the team's and its plan's
    #[arg(long, value_name = "FILE.csv")]
    shifts: Option<PathBuf>,
    /// Where the agents of each interval come from that the search begins with
    #[arg(long, value_enum, default_value_t = Method::Mol)]
    method: Method,
    /// Make a roster for each day; without it days of equal hours and shifts have one
    #[arg(long)]
    by_day: bool,
    /// Replications that each roster is judged by
    #[arg(short = 'n', long, value_name = "N", value_parser = guard::from_one)]
    replications: Option<NonZeroU32>,
    /// Seed of the search; the check of its result uses the seeds after it
    #[arg(long)]
    seed: Option<u64>,
    /// Worker threads; all cores without it. The result does not depend on it
    #[arg(long, value_parser = guard::from_one)]
    threads: Option<NonZeroU32>,
    /// Folder for requirement.csv, roster.csv and solved.yaml
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// No progress and no notes on standard error
    #[arg(short, long)]
    quiet: bool,
    /// All of it as it was written.
    #[arg(skip)]
    pub(in crate::cli) asked: Asked,
}

/// Where the requirement by interval comes from.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Erlang A or Erlang-chat at the modified offered load
    Mol,
    /// Iterated simulation: equal probability of waiting in all intervals
    Isa,
}

pub(super) fn run(args: &SolveArgs) -> Result<u8, Failure> {
    let (loaded, inputs) = scenario_file::load_with_inputs(&args.scenario, args.quiet)?;
    let ask = ask(args, &loaded.scenario)?;
    let stop = stop_on_signal();
    let trial = Trial::new(&loaded, &inputs, args, &ask, &stop)?;
    if let Some(path) = args.vary.as_deref().filter(|path| !is_team(path)) {
        let answer = field::solve(&trial, path, &ask)?;
        print(&match args.format {
            Format::Text => limit_text(&answer, figures),
            Format::Markdown => limit_text(&answer, figures_markdown),
            Format::Csv => limit_csv(&answer),
            Format::Json => json(&limit_json(&answer)),
        })?;
        return Ok(if audit_failed(trial.violations()) { INTERNAL } else { OK });
    }
    let answer = roster::solve(&trial, args, &ask)?;
    if let Some(folder) = &args.out {
        files::write(folder, &answer, &trial, args.quiet)?;
    }
    print(&match args.format {
        Format::Text => roster_text(&answer, figures),
        Format::Markdown => roster_text(&answer, figures_markdown),
        Format::Csv => roster_csv(&answer),
        Format::Json => json(&roster_json(&answer)),
    })?;
    if audit_failed(trial.violations()) {
        return Ok(INTERNAL);
    }
    Ok(match (answer.outcome.interrupted, answer.holds()) {
        (true, _) => INTERRUPTED,
        (_, true) => OK,
        (_, false) => TARGET_MISSED,
    })
}

/// Whether a path is that of a whole team.
fn is_team(path: &str) -> bool {
    let name = path.strip_prefix("teams.");
    name.is_some_and(|name| !name.contains(['.', '[']))
}

fn ask(args: &SolveArgs, scenario: &crate::scenario::Scenario) -> Result<Ask, Failure> {
    let mut texts: Vec<String> = Vec::new();
    for given in &args.until {
        let parts = given.split(';').map(str::trim).filter(|t| !t.is_empty());
        texts.extend(parts.map(str::to_owned));
    }
    if texts.is_empty() {
        texts.clone_from(&scenario.header.targets);
    }
    if texts.is_empty() {
        return Err(Failure::wrong(
            "nothing is asked: the scenario has no targets",
            "give --until \"service_level(queue=chat, within=60s) >= 80%\"",
        ));
    }
    let targets: Result<Vec<Target>, Failure> = texts.iter().map(|t| read_target(t)).collect();
    let targets = targets?;
    let risk = args.risk.as_deref().map(read_risk).transpose()?;
    for target in targets.iter().filter(|t| trial::is_quantile(t)) {
        if risk.is_none() && target.probability.is_none() {
            return Err(Failure::wrong(
                format!(
                    "--until \"{}\": a quantile is judged in single runs, and no share of them is given",
                    target.text
                ),
                "add --risk 95%, or say it as a share: `wait_s.p90 <= 120s` over all runs is `service_level(within=120s, definition=SL1) >= 90%`",
            ));
        }
    }
    let goals: Vec<Goal> = targets.iter().map(|t| Goal::of(t, risk)).collect();
    let strictest = goals.iter().filter_map(|g| g.share).fold(0.0, f64::max);
    // At the default some runs may miss, so that one odd run does not decide.
    let usual = if strictest > 0.0 {
        (5.0 / (1.0 - strictest).max(0.01)).ceil().max(20.0) as u32
    } else {
        scenario.replications.max(10)
    };
    let replications = args.replications.map_or(usual, NonZeroU32::get);
    let least = (1.0 / (1.0 - strictest).max(1e-6) - 1e-6).ceil();
    if strictest > 0.0 && f64::from(replications) < least {
        return Err(Failure::wrong(
            format!(
                "-n {replications}: a share of {} needs more: one miss would be too many, and none would say little",
                percent(strictest)
            ),
            &format!("give -n {least} or more; -n {usual} lets five runs miss"),
        ));
    }
    let seed = args.seed.unwrap_or(scenario.seed);
    let decided = [("seed", seed.to_string()), ("replications", replications.to_string())];
    let reproduce = args.asked.again(&[], &decided);
    let scenario = scenario.header.scenario.clone();
    Ok(Ask { scenario, targets, goals, replications, seed, reproduce })
}

fn read_target(text: &str) -> Result<Target, Failure> {
    let target = target::parse(text).map_err(|e| {
        let what = format!("--until \"{text}\", character {}: {}", e.column, e.message);
        Failure::wrong(what, &e.help)
    })?;
    match target.unnamed() {
        Some((message, help)) => {
            Err(Failure::wrong(format!("--until \"{text}\": {message}"), &help))
        }
        None => Ok(target),
    }
}

fn read_risk(text: &str) -> Result<f64, Failure> {
    let number = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|p| p / 100.0),
        None => text.trim().parse(),
    };
    let inside = number.ok().filter(|share| *share > 0.0 && *share < 1.0);
    inside.ok_or_else(|| {
        Failure::wrong(
            format!("--risk {text}: not a share between 0 and 1"),
            "give the share of runs that are to meet the targets, as 95%",
        )
    })
}

/// Stopped before there was a roster.
fn interrupted() -> Failure {
    Failure::interrupted("interrupted before a roster was found")
}
