//! What formulas say of each queue, beside what was simulated.

use crate::experiment::{AnalyticQueue, AnalyticRow, MetricRow};
use crate::id::QueueId;
use crate::metric::{Metric, Which};
use crate::planning::{ForecastNumbers, QueueForecast, forecast};
use crate::scenario::Scenario;

/// The formulas of every queue, beside the rows of a simulation where there is one.
pub(super) fn beside(scenario: &Scenario, simulated: &[MetricRow]) -> Vec<AnalyticQueue> {
    let queues = scenario.header.queues.iter().zip(0..);
    queues
        .map(|(facts, number)| {
            let within_s = facts.thresholds.first().map_or(20.0, |t| t.as_s());
            let found = forecast(scenario, QueueId(number), within_s);
            let team = only_team(scenario, QueueId(number));
            let place = Place { queue: &facts.name, team, within_s, simulated };
            place.rows(found)
        })
        .collect()
}

/// The one team of a queue that serves no other: its occupancy is the queue's.
fn only_team(scenario: &Scenario, queue: QueueId) -> Option<&str> {
    let [team] = scenario.queues[queue.index()].teams.as_slice() else {
        return None;
    };
    let alone = scenario.teams[team.index()].serves.len() == 1;
    alone.then(|| scenario.header.teams[team.index()].name.as_str())
}

/// Where the simulated numbers of a queue are.
struct Place<'a> {
    queue: &'a str,
    team: Option<&'a str>,
    within_s: f64,
    simulated: &'a [MetricRow],
}

impl Place<'_> {
    fn rows(&self, found: QueueForecast) -> AnalyticQueue {
        let words: Vec<String> = found.words.iter().map(|w| (*w).to_owned()).collect();
        let (queue, rows) = (self.queue.to_owned(), Vec::new());
        if found.formulas.is_empty() {
            let none = Some(words.join("; "));
            return AnalyticQueue { queue, none, rows, left_out: Vec::new() };
        }
        let mut said = AnalyticQueue { queue, none: None, rows, left_out: words };
        for f in &found.formulas {
            if f.formula == "Erlang C" && found.formulas.len() > 1 {
                let what = "Erlang C: that customers give up";
                said.left_out.push(what.to_owned());
            }
            if f.covered < 0.995 {
                said.left_out.push(format!(
                    "{}: {:.0} % of the contacts, who come when nobody is on duty or when it has no answer because more comes than can be done",
                    f.formula,
                    100.0 * (1.0 - f.covered)
                ));
            }
            said.rows.extend(self.of_formula(f.formula, f.numbers));
        }
        said
    }

    fn of_formula(
        &self,
        formula: &'static str,
        numbers: Option<ForecastNumbers>,
    ) -> [AnalyticRow; 4] {
        let of = |f: fn(ForecastNumbers) -> f64| numbers.map(f);
        [
            self.row(formula, Metric::ServiceLevel, of(|n| n.service)),
            self.row(formula, Metric::Asa, of(|n| n.asa_s)),
            self.row(formula, Metric::AbandonmentRate, of(|n| n.abandoned)),
            self.row(formula, Metric::Occupancy, of(|n| n.busy)),
        ]
    }

    fn row(&self, formula: &'static str, metric: Metric, value: Option<f64>) -> AnalyticRow {
        let of_team = metric == Metric::Occupancy;
        let threshold_s = (metric == Metric::ServiceLevel).then_some(self.within_s);
        let which = Which {
            threshold_s,
            queue: (!of_team).then_some(self.queue),
            team: self.team.filter(|_| of_team),
            ..Which::of(metric)
        };
        let same = |r: &&MetricRow| which.asks_for(&r.which) && (!of_team || self.team.is_some());
        let simulated = self.simulated.iter().find(same);
        AnalyticRow {
            formula,
            metric,
            definition: metric.facts().default,
            threshold_s,
            unit: metric.unit().name(),
            value,
            simulated: simulated.map(|r| r.value).filter(|v| v.is_finite()),
            ci: simulated.and_then(|r| r.ci),
        }
    }
}
