//! Answers: at what is given, or at the value that is found.

use super::question::{MOST_AGENTS, Question, Unknown};
use super::rows::{render_value, value};
use super::{Failure, rows};
use crate::analytic::{Answer, Infeasible, Model, Setting, greatest, requirement};
use crate::scenario::target::Target;

/// What came out.
pub(super) struct Found {
    /// One answer; one below and the least number; or those of a range.
    pub(super) answers: Vec<(Setting, Result<Answer, Infeasible>)>,
    /// What was found, in words.
    pub(super) words: Option<String>,
    /// The value found: option and number.
    pub(super) value: Option<(&'static str, f64)>,
    /// Whether the target is missed at what is given.
    pub(super) missed: bool,
}

/// Computes what was asked.
pub(super) fn solve(question: &Question) -> Result<Found, Failure> {
    if let (Some(unknown), Some(target)) = (question.unknown, &question.target) {
        known_to(question, target)?;
        return match unknown {
            Unknown::Agents => least_agents(question, target),
            _ => other(question, target, unknown),
        };
    }
    let (first, last) = question.agents;
    let answers: Vec<_> = (first..=last).map(|agents| answered(question.setting(agents))).collect();
    if let [(setting, Err(infeasible))] = answers.as_slice() {
        return Err(refused(question, setting, *infeasible));
    }
    let mut found = Found { answers, words: None, value: None, missed: false };
    if let (Some(target), [(_, Ok(answer))]) = (&question.target, found.answers.as_slice()) {
        known_to(question, target)?;
        let v = value(answer, target).unwrap_or(f64::NAN);
        found.missed = !target.comparison.holds(v, target.value);
        let word = if found.missed { "missed" } else { "met" };
        found.words = Some(format!("{}: {word}, {}", target.text, shown(v, target)));
    }
    Ok(found)
}

impl Question {
    pub(super) fn setting(&self, agents: u32) -> Setting {
        Setting {
            model: self.model.clone(),
            rate: self.rate,
            aht_s: self.aht_s,
            agents,
            within_s: self.within_s,
        }
    }

    /// The setting with another value of the unknown.
    fn with(&self, unknown: Unknown, x: f64) -> Setting {
        let mut setting = self.setting(self.agents.0);
        match unknown {
            Unknown::Calls => setting.rate = x,
            Unknown::Aht => setting.aht_s = x,
            Unknown::Within => setting.within_s = x,
            Unknown::Agents => setting.agents = x as u32,
            Unknown::Patience => match &mut setting.model {
                Model::Abandonment { patience } | Model::Redial { patience, .. } => {
                    *patience = patience.scaled(x / patience.mean_s());
                }
                _ => {}
            },
        }
        setting
    }
}

fn answered(setting: Setting) -> (Setting, Result<Answer, Infeasible>) {
    let answer = setting.answer();
    (setting, answer)
}

fn meets(setting: &Setting, target: &Target) -> bool {
    let v = setting.answer().ok().and_then(|a| value(&a, target));
    v.is_some_and(|v| target.comparison.holds(v, target.value))
}

/// Whether the formula gives what the target asks for.
fn known_to(question: &Question, target: &Target) -> Result<(), Failure> {
    let mut probe = question.setting(1);
    probe.rate = 0.5 / probe.aht_s;
    let answer = probe.answer().map_err(|i| refused(question, &probe, i))?;
    if value(&answer, target).is_some() {
        return Ok(());
    }
    Err(Failure::wrong(
        format!("--until \"{}\": {} does not give that", target.text, question.title),
        "service levels are SL1, SL2, SL3, SL4 and SL7; statistics of waits mean, p50, p90, p95, p99",
    ))
}

fn least_agents(question: &Question, target: &Target) -> Result<Found, Failure> {
    let enough = |n| meets(&question.setting(n), target);
    let Some(agents) = requirement(1, MOST_AGENTS, enough) else {
        return Err(Failure::wrong(
            format!("no number of agents meets {}", target.text),
            "take a target that more agents bring nearer, or a longer threshold",
        ));
    };
    let found = answered(question.setting(agents));
    let mut words =
        format!("{agents} agents are the least for {}: {}", target.text, at(&found.1, target));
    let mut answers = vec![found];
    if agents > 1 {
        let fewer = answered(question.setting(agents - 1));
        words += &format!("; with {} it is {}", agents - 1, at(&fewer.1, target));
        answers.insert(0, fewer);
    }
    Ok(Found {
        answers,
        words: Some(words),
        value: Some(("agents", f64::from(agents))),
        missed: false,
    })
}

/// The largest load or handle time, the least patience or threshold.
fn other(question: &Question, target: &Target, unknown: Unknown) -> Result<Found, Failure> {
    let full = f64::from(question.agents.0) * 1e3;
    let (least, most) = match unknown {
        Unknown::Calls => (1e-6 / question.aht_s, full / question.aht_s),
        Unknown::Aht => (1e-6 / question.rate, full / question.rate),
        Unknown::Within => (1e-3, 1e7),
        _ => (0.1, 1e7),
    };
    let holds = |x: f64| meets(&question.with(unknown, x), target);
    let upward = || greatest(1.0 / most, 1.0 / least, |y| holds(1.0 / y)).map(|y| 1.0 / y);
    let downward = || greatest(least, most, holds);
    let found = match unknown {
        Unknown::Calls | Unknown::Aht => downward().map(|x| (x, "largest")),
        Unknown::Patience if !holds(most) => downward().map(|x| (x, "longest")),
        _ => upward().map(|x| (x, "least")),
    };
    let bounded = found.filter(|(x, _)| *x > least * 1.001 && *x < most * 0.999);
    let Some((x, which)) = bounded else {
        let always = found.is_some();
        let what = if always { "any value of" } else { "no value of" };
        return Err(Failure::wrong(
            format!("{what} {} meets {}", unknown.option(), target.text),
            "take another target, or other values beside it",
        ));
    };
    let setting = question.with(unknown, x);
    let (name, text) = named(unknown, x);
    let found = answered(setting);
    let words =
        format!("{text} is the {which} {name} for {}: {}", target.text, at(&found.1, target));
    let (option, number) = match unknown {
        Unknown::Calls => ("calls_per_h", x * 3600.0),
        Unknown::Aht => ("aht_s", x),
        Unknown::Within => ("within_s", x),
        _ => ("patience_s", x),
    };
    Ok(Found {
        answers: vec![found],
        words: Some(words),
        value: Some((option, number)),
        missed: false,
    })
}

fn named(unknown: Unknown, x: f64) -> (&'static str, String) {
    let seconds = format!("{x:.1} s");
    match unknown {
        Unknown::Calls => ("load", format!("{:.2}/h", x * 3600.0)),
        Unknown::Aht => ("handle time", seconds),
        Unknown::Within => ("threshold", seconds),
        _ => ("mean patience", seconds),
    }
}

fn at(answer: &Result<Answer, Infeasible>, target: &Target) -> String {
    match answer {
        Ok(answer) => value(answer, target).map_or_else(|| "-".into(), |v| shown(v, target)),
        Err(_) => "without end".to_owned(),
    }
}

/// A value of a target, as a share or as what its metric is.
pub(super) fn shown(v: f64, target: &Target) -> String {
    render_value(v, target.which.metric.unit().name())
}

/// Why there is no number, and what would give one.
pub(super) fn refused(question: &Question, setting: &Setting, why: Infeasible) -> Failure {
    let load = setting.rate * setting.aht_s;
    match why {
        Infeasible::NoAgents => Failure::wrong("there are no agents", "give --agents from 1 on"),
        Infeasible::Unstable { load: share } => {
            let least = (f64::from(setting.agents) * share + 1e-9).floor() + 1.0;
            Failure::wrong(
                format!(
                    "{load:.2} erlangs are {:.0}% of what {} agents can do: where nobody gives up, the queue grows without end",
                    share * 100.0,
                    setting.agents
                ),
                &format!(
                    "give at least {least} agents, or --until to find how many; customers who give up are `{}`",
                    if question.command == "chat" {
                        "erlang chat --patience 4m"
                    } else {
                        "erlang a --patience 3m"
                    }
                ),
            )
        }
    }
}

/// The rows of the answers side by side, as far as there are answers.
pub(super) fn table(question: &Question, found: &Found) -> Vec<Vec<rows::Row>> {
    let of = |(setting, answer): &(Setting, Result<Answer, Infeasible>)| {
        answer.as_ref().map_or_else(|_| Vec::new(), |a| rows::rows(setting, a, question.shrinkage))
    };
    found.answers.iter().map(of).collect()
}
