//! What was asked: values, the one that is left out, and what is to hold.

use super::{Failure, Formula, WorkArgs};
use crate::analytic::{Model, Spread};
use crate::distribution::Distribution;
use crate::metric::Metric;
use crate::scenario::file::Scalar;
use crate::scenario::target::{self, Target};
use crate::scenario::units::Wrong;
use crate::scenario::{law, units};
use crate::time::SimDuration;

/// Threshold where none is given, seconds.
const WITHIN_S: f64 = 20.0;
/// Agents at most: larger numbers are a slip.
pub(super) const MOST_AGENTS: u32 = 100_000;

/// The value that is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Calls,
    Aht,
    Agents,
    Within,
    Patience,
}

impl Unknown {
    pub(super) fn option(self) -> &'static str {
        match self {
            Unknown::Calls => "--calls",
            Unknown::Aht => "--aht",
            Unknown::Agents => "--agents",
            Unknown::Within => "--within",
            Unknown::Patience => "--patience",
        }
    }
}

/// A question, with stand-ins where a value is to be found.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) title: &'static str,
    pub(super) command: &'static str,
    pub(super) model: Model,
    pub(super) rate: f64,
    pub(super) aht_s: f64,
    /// Least and greatest number of agents; equal but for a table.
    pub(super) agents: (u32, u32),
    pub(super) within_s: f64,
    pub(super) shrinkage: f64,
    pub(super) unknown: Option<Unknown>,
    pub(super) target: Option<Target>,
}

/// Reads and checks the arguments.
pub(super) fn read(formula: &Formula) -> Result<Question, Failure> {
    let (title, command) = formula.names();
    let Some(work) = formula.work() else {
        return Err(Failure::wrong("no formula", "name one of b, c, a, x, chat"));
    };
    let target = work.until.as_deref().map(read_target).transpose()?;
    let (model, patience_open) = model(formula)?;
    let within = threshold(work, target.as_ref())?;
    let mut missing = Vec::new();
    let mut ask = |missed: bool, unknown| {
        if missed {
            missing.push(unknown);
        }
    };
    ask(work.calls.is_none(), Unknown::Calls);
    ask(work.aht.is_none(), Unknown::Aht);
    ask(work.agents.is_none(), Unknown::Agents);
    ask(patience_open, Unknown::Patience);
    let by_time = target.as_ref().is_some_and(|t| t.which.metric == Metric::ServiceLevel);
    if missing.is_empty() && within.is_none() && by_time && !matches!(model, Model::Loss) {
        missing.push(Unknown::Within);
    }
    let agents = work.agents.as_deref().map_or(Ok((1, 1)), agents)?;
    let unknown = one_of(&missing, target.as_ref(), agents)?;
    let share = |text: &String| told("--shrinkage", units::probability(&scalar(text)));
    let shrinkage = work.shrinkage.as_ref().map_or(Ok(0.0), share)?;
    if shrinkage >= 1.0 {
        let help = "give the share of paid time off the queue, as `28%`";
        return Err(Failure::wrong("--shrinkage 100% leaves nobody at work", help));
    }
    let aht = |text: &String| length("--aht", text);
    Ok(Question {
        title,
        command,
        model,
        rate: work.calls.as_deref().map_or(Ok(1.0), rate)?,
        aht_s: work.aht.as_ref().map_or(Ok(300.0), aht)?,
        agents,
        within_s: within.unwrap_or(WITHIN_S),
        shrinkage,
        unknown,
        target,
    })
}

/// The one value to find: none when all are given, an error when several are left out.
fn one_of(
    missing: &[Unknown],
    target: Option<&Target>,
    agents: (u32, u32),
) -> Result<Option<Unknown>, Failure> {
    let names: Vec<_> = missing.iter().map(|u| u.option()).collect();
    match (missing, target) {
        ([], Some(_)) if agents.0 != agents.1 => Err(Failure::wrong(
            "--agents with a range prints a table, --until judges or solves: both at once is too much",
            "leave out --agents to find the least number, or leave out --until",
        )),
        ([], _) => Ok(None),
        ([one], Some(_)) if agents.0 == agents.1 => Ok(Some(*one)),
        ([_], Some(_)) => Err(Failure::wrong(
            format!("{} is to be found, and --agents is a range", names[0]),
            "give one number of agents",
        )),
        ([one], None) => Err(Failure::wrong(
            format!("{} is missing", one.option()),
            &format!(
                "give it, or say what is to hold and it is found: --until \"{}\"",
                example(*one)
            ),
        )),
        _ => Err(Failure::wrong(
            format!("{} are missing, and one value at a time can be found", names.join(" and ")),
            &format!("give {}", names[1..].join(" and ")),
        )),
    }
}

fn example(unknown: Unknown) -> &'static str {
    match unknown {
        Unknown::Patience => "abandonment_rate <= 5%",
        _ => "service_level >= 80%",
    }
}

/// The model, and whether its patience is the value to find.
fn model(formula: &Formula) -> Result<(Model, bool), Failure> {
    let stand_in = || Distribution::Exponential { mean_s: 180.0 };
    Ok(match formula {
        Formula::B { .. } | Formula::Day(_) => (Model::Loss, false),
        Formula::C { law, room, .. } => {
            let work = law.as_deref().map(|t| read_law("--law", t)).transpose()?;
            (Model::Delay { work, room: *room }, false)
        }
        Formula::A { patience, .. } => {
            let given = read_patience(patience.patience.as_deref())?;
            let patience = given.clone().unwrap_or_else(stand_in);
            (Model::Abandonment { patience }, given.is_none())
        }
        Formula::X { patience, redial, delay: after, .. } => {
            let given = read_patience(patience.patience.as_deref())?;
            let redial = told("--redial", units::probability(&scalar(redial)))?;
            if redial >= 1.0 {
                let help = "give a share below 100%, as `40%`";
                return Err(Failure::wrong("--redial 100%: nobody would ever be lost", help));
            }
            let delay = |text: &String| length("--delay", text);
            let delay_s = after.as_ref().map(delay).transpose()?;
            let patience = given.clone().unwrap_or_else(stand_in);
            let model = Model::Redial { patience, redial, delay_s };
            (model, given.is_none())
        }
        Formula::Chat { patience, max, slowdown, routing, .. } => (
            Model::Chat {
                speed: speeds(slowdown, *max)?,
                patience: read_patience(patience.patience.as_deref())?,
                spread: match routing.as_str() {
                    "least_loaded" => Spread::LeastLoaded,
                    "most_loaded" => Spread::MostLoaded,
                    _ => Spread::Even,
                },
            },
            false,
        ),
    })
}

/// Total speeds by level, as many as an agent may hold chats.
fn speeds(slowdown: &[f64], max: Option<u16>) -> Result<Vec<f64>, Failure> {
    let max = max.map_or(slowdown.len(), usize::from);
    if max == 0 || max > slowdown.len() {
        return Err(Failure::wrong(
            format!("--max {max} and {} speeds in --slowdown", slowdown.len()),
            "give a total speed for each number of chats, as `--max 3 --slowdown 1,1.7,2.5`",
        ));
    }
    let right = |s: &f64| s.is_finite() && *s > 0.0;
    if !slowdown.iter().all(right) || (slowdown[0] - 1.0).abs() > 1e-9 {
        return Err(Failure::wrong(
            "--slowdown: speeds are positive and begin with 1, that of one chat alone",
            "give total speeds, as `1,1.7,2.5`",
        ));
    }
    Ok(slowdown[..max].to_vec())
}

/// The threshold, from `--within` or the target, which must not disagree.
fn threshold(work: &WorkArgs, target: Option<&Target>) -> Result<Option<f64>, Failure> {
    let own = |text: &String| told("--within", units::duration(&scalar(text)));
    let given = work.within.as_ref().map(own).transpose()?.map(SimDuration::as_s);
    let wanted = target.and_then(|t| t.which.threshold_s);
    match (given, wanted) {
        (Some(a), Some(b)) if (a - b).abs() > 1e-9 => Err(Failure::wrong(
            format!("--within says {a} s and --until says {b} s"),
            "give the threshold once",
        )),
        _ => Ok(given.or(wanted)),
    }
}

pub(super) fn read_target(text: &str) -> Result<Target, Failure> {
    let target = target::parse(text).map_err(|e| {
        Failure::wrong(
            format!("--until \"{text}\", character {}: {}", e.column, e.message),
            &e.help,
        )
    })?;
    let known = super::rows::METRICS.contains(&target.which.metric);
    if !known || target.probability.is_some() {
        return Err(Failure::wrong(
            format!("--until \"{text}\": no formula gives that"),
            &format!("formulas give {}", super::rows::METRICS.map(Metric::name).join(", ")),
        ));
    }
    Ok(target)
}

fn read_law(option: &str, text: &str) -> Result<Distribution, Failure> {
    let law = law(text).map_err(|p| {
        Failure::wrong(
            format!("{option} \"{text}\": {}", p.message),
            p.help.as_deref().unwrap_or("give a law with a mean"),
        )
    })?;
    if law.mean_s() > 0.0 {
        return Ok(law);
    }
    Err(Failure::wrong(
        format!("{option} \"{text}\" has a mean of 0"),
        "give a law with a positive mean",
    ))
}

/// A mean alone is that of an exponential law.
fn read_patience(text: Option<&str>) -> Result<Option<Distribution>, Failure> {
    let Some(text) = text else { return Ok(None) };
    match units::duration(&scalar(text)) {
        Ok(_) => Ok(Some(Distribution::Exponential { mean_s: length("--patience", text)? })),
        Err(_) => read_law("--patience", text).map(Some),
    }
}

/// What a unit says against a value is told with its option.
fn told<T>(option: &str, read: Result<T, Wrong>) -> Result<T, Failure> {
    read.map_err(|e| Failure::wrong(format!("{option}: {}", e.message), &e.help))
}

fn length(option: &str, text: &str) -> Result<f64, Failure> {
    let length = told(option, units::duration(&scalar(text)))?.as_s();
    if length > 0.0 {
        return Ok(length);
    }
    let help = "give a positive length of time, as `300s` or `5m`";
    Err(Failure::wrong(format!("{option} {text} is no time at all"), help))
}

/// `240/h`, `4/min`, `100/30m` per second.
fn rate(text: &str) -> Result<f64, Failure> {
    if let Ok(rate) = units::rate_per_s(&scalar(text)) {
        return Ok(rate);
    }
    let per = text.split_once('/').and_then(|(number, unit)| {
        let number: f64 = number.trim().parse().ok()?;
        let length = units::duration(&scalar(unit)).ok()?.as_s();
        Some(number / length)
    });
    per.filter(|r| *r > 0.0 && r.is_finite()).ok_or_else(|| {
        let help = "give a positive number in a time: `240/h`, `4/min`, `100/30m`";
        Failure::wrong(format!("--calls {text} is not a rate"), help)
    })
}

/// `24`, or `18..24` with both ends.
fn agents(text: &str) -> Result<(u32, u32), Failure> {
    let number = |t: &str| t.trim().parse::<u32>().ok();
    let range = match text.split_once("..") {
        None => number(text).map(|n| (n, n)),
        Some((a, b)) => number(a).zip(number(b.trim_start_matches('='))),
    };
    range.filter(|(a, b)| 1 <= *a && a <= b && *b <= MOST_AGENTS && b - a < 1_000).ok_or_else(
        || {
            let help = "give a whole number from 1 to 100000, or a range of at most 1000: `18..24`";
            Failure::wrong(format!("--agents {text} is not a number of agents"), help)
        },
    )
}

fn scalar(text: &str) -> Scalar {
    Scalar::Text(text.trim().to_owned())
}
