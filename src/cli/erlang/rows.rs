//! The numbers of an answer as rows: what targets ask for and what is printed.

use crate::analytic::{Answer, Setting};
use crate::scenario::target::Target;

/// Metrics that formulas give, by the names of targets.
pub(super) const METRICS: [&str; 11] = [
    "service_level",
    "abandonment_rate",
    "blocking_rate",
    "lost_rate",
    "wait_probability",
    "asa_s",
    "wait_s",
    "queue_length",
    "occupancy",
    "concurrency",
    "aht_s",
];

/// One number.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) metric: &'static str,
    pub(super) definition: Option<&'static str>,
    pub(super) stat: Option<&'static str>,
    pub(super) threshold_s: Option<f64>,
    pub(super) unit: &'static str,
    pub(super) value: f64,
}

impl Row {
    fn new(metric: &'static str, unit: &'static str, label: &str, value: f64) -> Self {
        Self {
            label: label.to_owned(),
            metric,
            definition: None,
            stat: None,
            threshold_s: None,
            unit,
            value,
        }
    }

    fn of(mut self, definition: &'static str) -> Self {
        self.definition = Some(definition);
        self
    }

    fn stat(mut self, stat: &'static str) -> Self {
        self.stat = Some(stat);
        self
    }
}

/// All numbers of an answer, the service level first.
pub(super) fn rows(setting: &Setting, answer: &Answer, shrinkage: f64) -> Vec<Row> {
    let mut rows = levels(answer);
    let mut add = |row: Row| rows.push(row);
    if let Some(share) = answer.abandoned {
        add(Row::new("abandonment_rate", "ratio", "abandoned", share));
    }
    if let Some(share) = answer.blocked {
        add(Row::new("blocking_rate", "ratio", "turned away", share));
    }
    if let Some(share) = answer.lost {
        add(Row::new("lost_rate", "ratio", "customers lost for good", share));
        let rate = answer.attempts * 3600.0;
        add(Row::new("attempts_per_h", "count", "attempts an hour", rate));
    }
    rows.extend(waits(answer));
    let mut add = |row: Row| rows.push(row);
    let busy = if answer.chat.is_some() { "agents with a chat" } else { "occupancy" };
    add(Row::new("occupancy", "ratio", busy, answer.occupancy).of("agent_busy"));
    if let Some((time, concurrency)) = answer.chat {
        add(Row::new("concurrency", "count", "chats of an agent", concurrency));
        add(Row::new("aht_s", "s", "time of a chat with its agent", time));
    }
    if shrinkage > 0.0 {
        let heads = (f64::from(setting.agents) / (1.0 - shrinkage) - 1e-9).ceil();
        add(Row::new("scheduled", "count", "heads to schedule", heads));
    }
    rows
}

/// Waits and the queue.
fn waits(answer: &Answer) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |row: Row| rows.push(row);
    add(Row::new("wait_probability", "ratio", "must wait", answer.p_wait));
    add(Row::new("asa_s", "s", "mean wait of the answered (ASA)", answer.asa_s));
    add(Row::new("wait_s", "s", "mean wait of all", answer.wait_s).stat("mean"));
    if let Some(wait) = answer.wait_abandoned_s {
        let label = "mean wait of those who left";
        add(Row::new("wait_s", "s", label, wait).of("abandoned"));
    }
    if let Some(waits) = answer.wait_quantiles_s {
        for (stat, wait) in ["p50", "p90", "p95", "p99"].into_iter().zip(waits) {
            add(Row::new("wait_s", "s", &format!("wait, {stat}"), wait).stat(stat));
        }
    }
    add(Row::new("queue_length", "count", "mean queue", answer.queue_length));
    rows
}

fn levels(answer: &Answer) -> Vec<Row> {
    let s = &answer.service;
    let within = render_s(s.within_s);
    let row = |definition, value, what: &str| Row {
        threshold_s: Some(s.within_s),
        ..Row::new("service_level", "ratio", &format!("in {within}, {what} ({definition})"), value)
            .of(definition)
    };
    vec![
        row("SL3", s.offered, "of all"),
        row("SL2", s.answered, "of the answered"),
        row("SL4", s.without_short, "without short abandons"),
        row("SL1", s.with_short, "short abandons as answered"),
        row("SL7", s.virtually, "by the offered wait"),
    ]
}

/// The value that a target is about.
pub(in crate::cli) fn value(answer: &Answer, target: &Target) -> Option<f64> {
    let s = &answer.service;
    let definition = target.args.definition.as_deref();
    let value = match target.metric.as_str() {
        "service_level" => match definition.unwrap_or("SL3") {
            "SL1" => s.with_short,
            "SL2" => s.answered,
            "SL3" => s.offered,
            "SL4" => s.without_short,
            "SL7" => s.virtually,
            _ => return None,
        },
        "abandonment_rate" => answer.abandoned.unwrap_or(0.0),
        "blocking_rate" => answer.blocked.unwrap_or(0.0),
        "lost_rate" => answer.lost.or(answer.abandoned).unwrap_or(0.0),
        "wait_probability" => answer.p_wait,
        "asa_s" => answer.asa_s,
        "wait_s" => match (target.stat.as_deref(), answer.wait_quantiles_s) {
            (None | Some("mean"), _) => answer.wait_s,
            (Some("p50"), Some(q)) => q[0],
            (Some("p90"), Some(q)) => q[1],
            (Some("p95"), Some(q)) => q[2],
            (Some("p99"), Some(q)) => q[3],
            _ => return None,
        },
        "queue_length" => answer.queue_length,
        "occupancy" => answer.occupancy,
        "concurrency" => answer.chat.map_or(answer.occupancy, |c| c.1),
        "aht_s" => answer.chat?.0,
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
