//! The numbers of an answer as rows: what targets ask for and what is printed.

use crate::analytic::{Answer, Setting};
use crate::metric::{Definition, Metric, Stat};
use crate::scenario::target::Target;
use serde::Serialize;

/// Metrics that formulas give.
pub(super) const METRICS: [Metric; 11] = [
    Metric::ServiceLevel,
    Metric::AbandonmentRate,
    Metric::BlockingRate,
    Metric::LostRate,
    Metric::WaitProbability,
    Metric::Asa,
    Metric::Wait,
    Metric::QueueLength,
    Metric::Occupancy,
    Metric::Concurrency,
    Metric::Aht,
];

/// One number.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    #[serde(skip)]
    pub(super) label: String,
    pub(super) metric: &'static str,
    pub(super) definition: Option<Definition>,
    pub(super) stat: Option<Stat>,
    pub(super) threshold_s: Option<f64>,
    pub(super) value: f64,
    pub(super) unit: &'static str,
}

impl Row {
    fn new(metric: Metric, label: &str, value: f64) -> Self {
        Self { unit: metric.unit().name(), ..Self::count(metric.name(), label, value) }
    }

    /// A number that no run measures.
    fn count(metric: &'static str, label: &str, value: f64) -> Self {
        Self {
            label: label.to_owned(),
            metric,
            definition: None,
            stat: None,
            threshold_s: None,
            unit: "count",
            value,
        }
    }

    fn of(self, definition: Definition) -> Self {
        Self { definition: Some(definition), ..self }
    }

    fn stat(self, stat: Stat) -> Self {
        Self { stat: Some(stat), ..self }
    }
}

/// All numbers of an answer, the service level first.
pub(super) fn rows(setting: &Setting, answer: &Answer, shrinkage: f64) -> Vec<Row> {
    let mut rows = levels(answer);
    let mut add = |row: Row| rows.push(row);
    if let Some(share) = answer.abandoned {
        add(Row::new(Metric::AbandonmentRate, "abandoned", share));
    }
    if let Some(share) = answer.blocked {
        add(Row::new(Metric::BlockingRate, "turned away", share));
    }
    if let Some(share) = answer.lost {
        add(Row::new(Metric::LostRate, "customers lost for good", share));
        let rate = answer.attempts * 3600.0;
        add(Row::count("attempts_per_h", "attempts an hour", rate));
    }
    rows.extend(waits(answer));
    let mut add = |row: Row| rows.push(row);
    let busy = if answer.chat.is_some() { "agents with a chat" } else { "occupancy" };
    add(Row::new(Metric::Occupancy, busy, answer.occupancy).of(Definition::AgentBusy));
    if let Some((time, concurrency)) = answer.chat {
        add(Row::new(Metric::Concurrency, "chats of an agent", concurrency));
        add(Row::new(Metric::Aht, "time of a chat with its agent", time));
    }
    if shrinkage > 0.0 {
        let heads = (f64::from(setting.agents) / (1.0 - shrinkage) - 1e-9).ceil();
        add(Row::count("scheduled", "heads to schedule", heads));
    }
    rows
}

/// Waits and the queue.
fn waits(answer: &Answer) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |row: Row| rows.push(row);
    add(Row::new(Metric::WaitProbability, "must wait", answer.p_wait));
    add(Row::new(Metric::Asa, "mean wait of the answered (ASA)", answer.asa_s));
    add(Row::new(Metric::Wait, "mean wait of all", answer.wait_s).stat(Stat::Mean));
    if let Some(wait) = answer.wait_abandoned_s {
        let label = "mean wait of those who left";
        add(Row::new(Metric::Wait, label, wait).of(Definition::Abandoned));
    }
    if let Some(waits) = answer.wait_quantiles_s {
        for (stat, wait) in [Stat::P50, Stat::P90, Stat::P95, Stat::P99].into_iter().zip(waits) {
            add(Row::new(Metric::Wait, &format!("wait, {}", stat.name()), wait).stat(stat));
        }
    }
    add(Row::new(Metric::QueueLength, "mean queue", answer.queue_length));
    rows
}

fn levels(answer: &Answer) -> Vec<Row> {
    let s = &answer.service;
    let within = render_s(s.within_s);
    let row = |definition: Definition, value, what: &str| Row {
        threshold_s: Some(s.within_s),
        ..Row::new(
            Metric::ServiceLevel,
            &format!("in {within}, {what} ({})", definition.name()),
            value,
        )
        .of(definition)
    };
    vec![
        row(Definition::SL3, s.offered, "of all"),
        row(Definition::SL2, s.answered, "of the answered"),
        row(Definition::SL4, s.without_short, "without short abandons"),
        row(Definition::SL1, s.with_short, "short abandons as answered"),
        row(Definition::SL7, s.virtually, "by the offered wait"),
    ]
}

/// The value that a target is about.
pub(in crate::cli) fn value(answer: &Answer, target: &Target) -> Option<f64> {
    let s = &answer.service;
    let which = &target.which;
    let value = match which.metric {
        Metric::ServiceLevel => match which.definition.unwrap_or(Definition::SL3) {
            Definition::SL1 => s.with_short,
            Definition::SL2 => s.answered,
            Definition::SL3 => s.offered,
            Definition::SL4 => s.without_short,
            Definition::SL7 => s.virtually,
            _ => return None,
        },
        Metric::AbandonmentRate => answer.abandoned.unwrap_or(0.0),
        Metric::BlockingRate => answer.blocked.unwrap_or(0.0),
        Metric::LostRate => answer.lost.or(answer.abandoned).unwrap_or(0.0),
        Metric::WaitProbability => answer.p_wait,
        Metric::Asa => answer.asa_s,
        Metric::Wait => match (which.stat.unwrap_or(Stat::Mean), answer.wait_quantiles_s) {
            (Stat::Mean, _) => answer.wait_s,
            (Stat::P50, Some(q)) => q[0],
            (Stat::P90, Some(q)) => q[1],
            (Stat::P95, Some(q)) => q[2],
            (Stat::P99, Some(q)) => q[3],
            _ => return None,
        },
        Metric::QueueLength => answer.queue_length,
        Metric::Occupancy => answer.occupancy,
        Metric::Concurrency => answer.chat.map_or(answer.occupancy, |c| c.1),
        Metric::Aht => answer.chat?.0,
        _ => return None,
    };
    Some(value)
}

/// A length of time for people.
pub(super) fn render_s(s: f64) -> String {
    if s >= 100.0 || ((s - s.round()).abs() < 1e-9 && s >= 1.0) {
        format!("{s:.0} s")
    } else {
        format!("{s:.1} s")
    }
}

/// A value with its unit, for people.
pub(super) fn render_value(value: f64, unit: &str) -> String {
    match unit {
        "ratio" if (1e-6..0.001).contains(&value) => format!("{:.4}%", value * 100.0),
        "ratio" => format!("{:.1}%", value * 100.0),
        "s" if value < 1000.0 => format!("{value:.1} s"),
        "s" => format!("{value:.0} s"),
        _ if value.fract() == 0.0 || value >= 1000.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}
