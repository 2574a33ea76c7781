//! What a formula supposes, and where that is known to mislead.

use super::question::{MOST_AGENTS, Question, Unknown};
use super::rows::{render_s, render_value, value};
use super::solve::{Found, shown};
use crate::analytic::{Model, Setting, Spread, requirement};
use crate::distribution::Distribution;
use crate::metric::{Metric, Which};
use crate::scenario::target::Target;

/// What the numbers rest on.
pub(super) fn assumptions(question: &Question) -> Vec<String> {
    let mut list = vec![
        "contacts come at random (Poisson) at a constant rate, for long: steady state".to_owned(),
        "agents are alike, one queue in the order of arrival".to_owned(),
    ];
    let exponential = "handle times are exponential";
    let leave = |patience: &Distribution| {
        let law = match patience {
            Distribution::Exponential { .. } => "exponential",
            _ => "of the given law",
        };
        let mean = render_s(patience.mean_s());
        format!("customers give up after {mean} on average, {law}")
    };
    match &question.model {
        Model::Loss => list.push("nobody waits; handle times of any law".to_owned()),
        Model::Delay { work, room } => {
            let times = match work {
                None => exponential,
                Some(_) => {
                    "handle times of the given law; the law of the wait, given a wait, is taken as exponential"
                }
            };
            list.push(times.to_owned());
            list.push(match room {
                None => "nobody gives up".to_owned(),
                Some(room) => format!("{room} places to wait, nobody gives up"),
            });
        }
        Model::Abandonment { patience } => {
            list.push(exponential.to_owned());
            list.push(leave(patience));
        }
        Model::Redial { patience, redial, delay_s } => {
            list.push(exponential.to_owned());
            list.push(leave(patience));
            let delay = match delay_s {
                Some(s) => format!("after {} on average", render_s(*s)),
                None => "after a long time".to_owned(),
            };
            let share = render_value(*redial, "ratio");
            list.push(format!("{share} of them try again {delay}, each time"));
        }
        Model::Chat { patience, spread, .. } => {
            list.push("the work of a chat is exponential; a chat slows down while it runs".into());
            list.push(
                match spread {
                    Spread::Even => "running chats are spread evenly over agents",
                    Spread::LeastLoaded => "the agent with the fewest chats takes the next",
                    Spread::MostLoaded => "the fullest agent with room takes the next",
                }
                .to_owned(),
            );
            list.push(patience.as_ref().map_or("nobody gives up".into(), leave));
        }
    }
    list
}

/// What is known to mislead here.
pub(super) fn warnings(question: &Question, found: &Found) -> Vec<String> {
    let mut list = Vec::new();
    let last = found.answers.last();
    match &question.model {
        Model::Delay { room: None, .. } => {
            list.push(
                "customers who give up shorten the queue: with abandonment Erlang C overstates waits, the more the busier (compare `convoq erlang a`)".to_owned(),
            );
            let busy = last.and_then(|(_, a)| a.as_ref().ok()).map(|a| a.occupancy);
            if let Some(busy) = busy.filter(|b| *b > 0.9) {
                list.push(format!(
                    "at {} occupancy waits depend on the last per cent of load; real days drift more than that",
                    render_value(busy, "ratio")
                ));
            }
        }
        Model::Redial {
            delay_s: Some(_), ..
        } => list.push(
            "rates, waits of all and losses are those of the exact chain where it is small; service levels take redials as random".to_owned(),
        ),
        Model::Abandonment { .. } | Model::Redial { .. } => list.push(
            "other laws of handle times move these numbers by some per cent; simulate where they matter".to_owned(),
        ),
        Model::Chat { spread, .. } => {
            if let Some((setting, _)) = last {
                list.extend(naive_chats(question, setting));
                let small = crate::analytic::Agents::by_speed(setting.agents, 1.0, speeds(setting));
                if *spread != Spread::Even && !small.is_small() {
                    list.push("the team is too large for the exact chain: chats are spread evenly".into());
                }
            }
        }
        _ => {}
    }
    list
}

fn speeds(setting: &Setting) -> &[f64] {
    match &setting.model {
        Model::Chat { speed, .. } => speed,
        _ => &[],
    }
}

/// What dividing by the number of chats would say.
fn naive_chats(question: &Question, setting: &Setting) -> Vec<String> {
    let Model::Chat { speed, patience, .. } = &setting.model else {
        return Vec::new();
    };
    let top = speed.len() as f64;
    let plain = patience.as_ref().map_or(Model::Delay { work: None, room: None }, |p| {
        Model::Abandonment { patience: p.clone() }
    });
    let best = speed.iter().copied().fold(0.0, f64::max);
    let slots = speed.len() as u32;
    let ways = [
        (format!("handle time / {top:.0}"), 1.0 / top, 1),
        (format!("handle time / {best}"), 1.0 / best, 1),
        (format!("{slots} independent slots an agent"), 1.0, slots),
    ];
    let by_default = Target {
        text: String::new(),
        probability: None,
        which: Which::of(Metric::ServiceLevel),
        comparison: crate::scenario::target::Comparison::AtLeast,
        value: 0.8,
        currency: None,
    };
    let target = question.target.as_ref().unwrap_or(&by_default);
    let say = |(name, factor, slots): (String, f64, u32)| {
        let naive = |agents: u32| Setting {
            model: plain.clone(),
            rate: setting.rate,
            aht_s: setting.aht_s * factor,
            agents: agents * slots,
            within_s: setting.within_s,
        };
        let of = |agents: u32| naive(agents).answer().ok().and_then(|a| value(&a, target));
        let here =
            of(setting.agents).map_or("a queue without end".to_owned(), |v| shown(v, target));
        let mut text = format!("{name}: {here}");
        if question.unknown == Some(Unknown::Agents) {
            let enough = |n| of(n).is_some_and(|v| target.comparison.holds(v, target.value));
            if let Some(n) = requirement(1, MOST_AGENTS, enough) {
                let off = i64::from(n) - i64::from(setting.agents);
                text += &format!(", and {n} agents ({off:+})");
            }
        }
        text
    };
    let said: Vec<String> = ways.into_iter().map(say).collect();
    vec![format!(
        "dividing by the number of chats misleads; {} agents would give {} ({})",
        setting.agents,
        target.which.metric.name(),
        said.join("; ")
    )]
}
