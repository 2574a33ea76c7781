//! How many agents each interval of a day needs, by formula: where a search for
//! a roster begins, and what a simulation is compared with.

mod automation;
mod catalogue;
mod checked;
mod covering;
mod demand;
mod field;
mod forecast;
mod goal;
mod isa;
mod limit;
mod loads;
mod requirement;
mod roster;
mod search;
mod shift_list;
mod staff;

pub use automation::{IssueMix, expected_automation, issue_mix};
pub use catalogue::{Catalogue, DayGroup, Heads, ShiftBreak, ShiftColumn, ShiftKind};
pub use checked::{Outcome, ROUND, checked, looks};
pub use covering::{Cover, Uncovered, cover};
pub use demand::{Flow, Part, flow};
pub use field::{Field, FieldAnswer, tried};
pub use forecast::{Forecast, ForecastNumbers, QueueForecast, forecast, left_out};
pub use goal::{Ask, Goal, Period, Proof, Standing, bounds, proof};
pub use isa::{Numbers, Staffing, iterative_staffing, replace_by_simulation};
pub use limit::{Certainty, Limit, NoLimit, Range, Tried, limit};
pub use requirement::{Requirement, requirement_by_group};
pub use roster::{Present, RosterAnswer, clock};
pub use search::{Found, NoRoster, Question, Search, Simulate};
pub use shift_list::shift_list;
pub use staff::{Crew, Serving, on_duty, serving};

use crate::analytic::{Answer, Model, Setting, Spread, requirement};
use crate::id::QueueId;
use crate::scenario::Scenario;
use crate::time::SimTime;
use loads::Loads;

/// Agents at most that a requirement tries.
const MOST_AGENTS: u32 = 100_000;

/// One interval of a queue.
#[derive(Clone, Debug)]
pub struct IntervalNeed {
    /// Number of the interval in the run.
    pub interval: usize,
    /// Contacts expected at the queue.
    pub arrivals: f64,
    /// Solo work of one contact, mean seconds.
    pub work_s: f64,
    /// Offered load by the modified offered-load method, erlangs of solo work.
    pub load: f64,
    /// Least whole agents that meet what is asked; `None` when none do.
    pub needed: Option<u32>,
    /// Agents on duty on average, with planned shrinkage, breaks and absence.
    pub on_duty: f64,
    /// What the formula says at the agents on duty, rounded; `None` without
    /// agents, without load, or where the queue would grow without end.
    pub predicted: Option<Answer>,
}

/// The agents that each interval of `[from, to)` needs for `enough`, by Erlang A
/// or Erlang-chat in steady state at the rate that would bring the load of the
/// moment (modified offered load: Jennings, Mandelbaum, Massey & Whitt 1996).
/// `within_s` is the threshold of the service levels in the answers, which have
/// quantiles of the wait where `enough` asks for them.
#[must_use]
pub fn requirement_by_interval(
    scenario: &Scenario,
    queue: QueueId,
    (from, to): (SimTime, SimTime),
    within_s: f64,
    (enough, quantiles): (impl Fn(&Answer) -> bool, bool),
) -> Vec<IntervalNeed> {
    let flow = flow(scenario, queue);
    let serving = serving(scenario, queue, &flow);
    let mut loads = Loads::new(&flow, &serving);
    let crew = Crew::of(scenario, queue);
    let step = scenario.header.interval;
    let count = to.since(from).0 / step.0.max(1);
    let begins = (0..count).map(|k| SimTime(from.0 + k * step.0));
    begins
        .map(|start| {
            let end = start + step;
            let load = loads.mean(start, end);
            let on_duty = crew.on_duty(start, end);
            let there = (on_duty + 0.5).floor() as u32;
            let at_work = setting(&flow, &serving, load, within_s, there);
            IntervalNeed {
                interval: (start.0 / step.0.max(1)) as usize,
                arrivals: flow.arrivals(start.as_s(), end.as_s()),
                work_s: flow.work_s,
                load,
                needed: needed(&flow, &serving, load, within_s, (&enough, quantiles)),
                on_duty,
                predicted: at_work.and_then(|s| match quantiles {
                    true => s.answer().ok(),
                    false => s.quick().ok(),
                }),
            }
        })
        .collect()
}

/// Least agents that are enough at a load; `None` when none are.
fn needed(
    flow: &Flow,
    serving: &Serving,
    load: f64,
    within_s: f64,
    (enough, quantiles): (&impl Fn(&Answer) -> bool, bool),
) -> Option<u32> {
    let Some(one) = setting(flow, serving, load, within_s, 1) else {
        return Some(0);
    };
    let meets = |agents| {
        let setting = Setting { agents, ..one.clone() };
        let answer = match quantiles {
            true => setting.answer(),
            false => setting.quick(),
        };
        answer.is_ok_and(|a| enough(&a))
    };
    requirement(1, MOST_AGENTS, meets)
}

/// A queue in steady state at the rate that brings a load; `None` where nobody comes.
fn setting(
    flow: &Flow,
    serving: &Serving,
    load: f64,
    within_s: f64,
    agents: u32,
) -> Option<Setting> {
    // Less than a contact in a month is nobody: tails of long works never end.
    let some = load > 1e-6 * flow.work_s && flow.work_s > 0.0;
    some.then(|| Setting {
        model: model(flow, serving),
        rate: load / flow.work_s,
        aht_s: flow.work_s / serving.speed,
        agents,
        within_s,
    })
}

fn model(flow: &Flow, serving: &Serving) -> Model {
    let slots = serving.rate_of_slots.len();
    match &flow.patience {
        _ if slots > 1 => Model::Chat {
            speed: serving.rate_of_slots.clone(),
            patience: flow.patience.clone(),
            spread: Spread::Even,
        },
        Some(patience) => Model::Abandonment { patience: patience.clone() },
        None => Model::Delay { work: None, room: None },
    }
}
