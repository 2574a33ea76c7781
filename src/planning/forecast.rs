//! What formulas say of a queue as it is staffed: the numbers beside a simulation.

use super::loads::Loads;
use super::staff::Crew;
use super::{Flow, Serving, flow, serving, setting};
use crate::analytic::{Answer, Model, Setting};
use crate::id::QueueId;
use crate::scenario::{Arrivals, Scenario, Source};
use crate::time::{SECOND_US, SimDuration};
use std::collections::BTreeMap;

/// Share of the contacts that must come in intervals for which a formula has an answer.
const COVERED: f64 = 0.8;

/// What a formula says of a queue over the measured time.
#[derive(Clone, PartialEq, Debug)]
pub struct Forecast {
    /// Its name.
    pub formula: &'static str,
    /// Share of the contacts that come in intervals for which it has an answer.
    pub covered: f64,
    /// Its numbers; `None` where less than 80 % of the contacts are covered.
    pub numbers: Option<ForecastNumbers>,
}

/// Means over the intervals: of contacts by contacts, of agents by agents.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ForecastNumbers {
    /// Share of contacts answered within the threshold (SL3), 0..=1.
    pub service: f64,
    /// Share that gives up, 0..=1.
    pub abandoned: f64,
    /// Mean wait of the answered, seconds.
    pub asa_s: f64,
    /// Share of the agents' time with a contact, 0..=1.
    pub busy: f64,
}

/// What formulas say of a queue, and what they leave out.
#[derive(Clone, PartialEq, Debug)]
pub struct QueueForecast {
    /// One by formula, the nearest to the scenario first; none where none applies.
    pub formulas: Vec<Forecast>,
    /// Why none applies; else what they leave out.
    pub words: Vec<&'static str>,
}

/// Modified offered load at the agents on duty, as [`super::requirement_by_interval`]
/// has it: Erlang A, Erlang C or Erlang-chat, whichever is the queue's, and beside
/// Erlang A what others would say who leave out patience (Erlang C) or count those
/// who try again (Erlang X). `within_s` is the threshold of the service level.
#[must_use]
pub fn forecast(scenario: &Scenario, queue: QueueId, within_s: f64) -> QueueForecast {
    let flow = flow(scenario, queue);
    let serving = serving(scenario, queue, &flow);
    let none = |why| QueueForecast { formulas: Vec::new(), words: vec![why] };
    let facts = &scenario.queues[queue.index()];
    if scenario.header.queues[queue.index()].triage {
        return none("it sorts contacts for other queues");
    }
    if facts.teams.is_empty() {
        return none("no team serves it");
    }
    if flow.work_s <= 0.0 {
        return none("customers come to it only by returns, overflow or wrong turns");
    }
    let models = models(scenario, &flow, &serving);
    let mut sums = vec![Sums::default(); models.len()];
    let mut known = BTreeMap::new();
    let mut loads = Loads::new(&flow, &serving);
    let crew = Crew::of(scenario, queue);
    let step = step(scenario.header.interval);
    let (mut start, end) = scenario.header.measured;
    while start < end {
        let next = start + step;
        let load = loads.mean(start, next);
        let there = (crew.on_duty(start, next) + 0.5).floor() as u32;
        let came = flow.arrivals(start.as_s(), next.as_s());
        let all = known.entry((load.to_bits(), there)).or_insert_with(|| {
            let at = setting(&flow, &serving, load, within_s, there);
            answers(at, &models)
        });
        for (sum, answer) in sums.iter_mut().zip(all) {
            sum.add(came, f64::from(there), answer.as_ref());
        }
        start = next;
    }
    let formulas = models.iter().zip(&sums);
    let formulas: Vec<_> = formulas.map(|((f, _), sum)| sum.forecast(f)).collect();
    if formulas.iter().all(|f| f.numbers.is_none()) {
        return none(
            "more than a fifth of the contacts come when nobody is on duty, or when more comes than can be done and nobody gives up",
        );
    }
    QueueForecast { words: left_out(scenario, &flow, &serving), formulas }
}

/// Shortest stretch of time that a steady state is taken for.
const SHORTEST: SimDuration = SimDuration(300 * SECOND_US);

/// Intervals are taken together where they are shorter than that.
fn step(interval: SimDuration) -> SimDuration {
    SimDuration(interval.0 * SHORTEST.0.div_ceil(interval.0.max(1)).max(1))
}

/// The queue's own formula first.
fn models(scenario: &Scenario, flow: &Flow, serving: &Serving) -> Vec<(&'static str, Model)> {
    let own = super::model(flow, serving);
    let redial = scenario.returns.after_abandon;
    let delay = Model::Delay { work: None, room: None };
    match &own {
        Model::Chat { .. } => vec![("Erlang-chat", own)],
        Model::Abandonment { patience } => {
            let again = Model::Redial { patience: patience.clone(), redial, delay_s: None };
            let mut all = vec![("Erlang A", own)];
            if redial > 0.0 && redial < 1.0 {
                all.push(("Erlang X", again));
            }
            all.push(("Erlang C", delay));
            all
        }
        _ => vec![("Erlang C", own)],
    }
}

fn answers(at: Option<Setting>, models: &[(&'static str, Model)]) -> Vec<Option<Answer>> {
    let one = |model: &Model| {
        let setting = Setting { model: model.clone(), ..at.clone()? };
        setting.quick().ok()
    };
    models.iter().map(|(_, model)| one(model)).collect()
}

#[derive(Clone, Debug, Default)]
struct Sums {
    all: f64,
    covered: f64,
    in_time: f64,
    abandoned: f64,
    waited_s: f64,
    agents: f64,
    busy: f64,
}

impl Sums {
    fn add(&mut self, came: f64, agents: f64, answer: Option<&Answer>) {
        self.all += came;
        self.agents += agents;
        let Some(answer) = answer else { return };
        let abandoned = answer.abandoned.unwrap_or(0.0);
        self.covered += came;
        self.in_time += came * answer.service.offered;
        self.abandoned += came * abandoned;
        self.waited_s += came * (1.0 - abandoned) * answer.asa_s;
        self.busy += agents * answer.occupancy;
    }

    fn forecast(&self, formula: &'static str) -> Forecast {
        let covered = self.covered / self.all.max(1e-9);
        let answered = self.covered - self.abandoned;
        let numbers = ForecastNumbers {
            service: self.in_time / self.covered,
            abandoned: self.abandoned / self.covered,
            asa_s: self.waited_s / answered.max(1e-9),
            busy: self.busy / self.agents.max(1e-9),
        };
        Forecast { formula, covered, numbers: (covered >= COVERED).then_some(numbers) }
    }
}

/// What the formulas leave out of a queue.
#[must_use]
pub fn left_out(scenario: &Scenario, flow: &Flow, serving: &Serving) -> Vec<&'static str> {
    let mut list = vec![
        "steady state at the load of each interval: what an overloaded interval leaves to the next is missing",
        "handle times count by their mean only, beyond the load they bring",
    ];
    let mut add = |there: bool, what: &'static str| {
        if there {
            list.push(what);
        }
    };
    let returns = &scenario.returns;
    let after = [
        returns.after_abandon,
        returns.after_human,
        returns.after_false,
        returns.after_true,
        returns.after_human_unsolved,
    ];
    add(after.iter().any(|p| *p > 0.0), "returns and retrials");
    let busy = |s: &Source| matches!(&s.arrivals, Arrivals::Intervals { busyness: Some(_), .. });
    add(scenario.sources.iter().any(busy), "busy days: loads are those of a mean day");
    add(
        serving.rate_of_slots.len() > 1,
        "slow-down is that of chats spread evenly over the agents",
    );
    add(serving.shared, "other queues of the same agents: all of their time counts here");
    add(flow.mixed, "differences of patience and channel: the most numerous stands for all");
    let away = |t: &crate::scenario::Team| t.away.planned > 0.0 || t.away.absence > 0.0;
    add(scenario.teams.iter().any(away), "shrinkage and absence count by their mean");
    add(!scenario.faults.is_empty(), "faults");
    let silent = scenario.channels.iter().any(|c| c.silent_abandonment > 0.0);
    add(silent, "customers who leave without a sign and hold a slot");
    let routing = &scenario.routing;
    let astray = routing.right_first_try < 1.0 || routing.triage.is_some();
    add(astray, "triage and wrong turns");
    add(scenario.bot.is_some(), "time with the bot, its sessions and rate limit");
    list
}
