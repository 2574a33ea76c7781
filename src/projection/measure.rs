//! From counters to metrics: every metric is a numerator and a denominator.
//!
//! The experiment adds numerators and denominators over replications and takes
//! the ratio of the sums; nothing here divides. Names and formulas are those of
//! `docs/metrics.md`.

mod operation;
mod real_bot;
mod selections;

use operation::{cost_measures, satisfaction_measures, staffing_measures, time_averages};
use selections::selections;

use super::{DemandCell, Dims, Everything, ServiceCell};
use crate::domain::{EscalationReason, Outcome, Party};
use crate::event::Header;
use crate::id::TeamId;
use crate::time::SimDuration;

/// Unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A share or a quotient without unit.
    Ratio,
    /// Seconds.
    Seconds,
    /// A mean count per replication.
    Count,
    /// Money.
    Currency,
    /// A survey score.
    Score,
    /// A mean number per contact.
    PerContact,
}

impl Unit {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::Ratio => "ratio",
            Unit::Seconds => "s",
            Unit::Count => "count",
            Unit::Currency => "currency",
            Unit::Score => "score",
            Unit::PerContact => "per_contact",
        }
    }
}

/// Which number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MetricKey {
    /// Name.
    pub metric: &'static str,
    /// Which of several definitions.
    pub definition: Option<&'static str>,
    /// Threshold that the definition needs.
    pub threshold: Option<SimDuration>,
    /// Selection of contacts.
    pub dims: Dims,
    /// Bot or people.
    pub party: Option<Party>,
    /// A team.
    pub team: Option<TeamId>,
    /// Unit.
    pub unit: Unit,
    /// Whether it is a ratio of sums; else a total per replication.
    pub ratio: bool,
}

/// Numerator and denominator in one replication.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    /// Numerator.
    pub num: f64,
    /// Denominator; 1 for totals.
    pub den: f64,
}

/// Collects metrics of one selection.
struct Collector {
    out: Vec<(MetricKey, Measure)>,
    key: MetricKey,
}

impl Collector {
    fn put(&mut self, key: MetricKey, num: f64, den: f64) {
        self.out.push((key, Measure { num, den }));
    }

    fn total(
        &mut self,
        metric: &'static str,
        definition: Option<&'static str>,
        num: f64,
        unit: Unit,
    ) {
        let key = MetricKey {
            metric,
            definition,
            unit,
            ratio: false,
            ..self.key
        };
        self.put(key, num, 1.0);
    }

    fn count(&mut self, metric: &'static str, num: u64) {
        self.total(metric, None, num as f64, Unit::Count);
    }

    fn quotient(
        &mut self,
        metric: &'static str,
        definition: Option<&'static str>,
        unit: Unit,
        num: f64,
        den: f64,
    ) {
        let key = MetricKey {
            metric,
            definition,
            unit,
            ratio: true,
            ..self.key
        };
        self.put(key, num, den);
    }

    fn share(&mut self, metric: &'static str, num: u64, den: u64) {
        self.quotient(metric, None, Unit::Ratio, num as f64, den as f64);
    }
}

/// All metrics of a replication, always in the same order.
#[must_use]
pub fn measures(header: &Header, all: &Everything) -> Vec<(MetricKey, Measure)> {
    let key = MetricKey {
        metric: "",
        definition: None,
        threshold: None,
        dims: Dims::ALL,
        party: None,
        team: None,
        unit: Unit::Ratio,
        ratio: true,
    };
    let mut c = Collector {
        out: Vec::new(),
        key,
    };
    for dims in selections(header) {
        c.key.dims = dims;
        service_measures(&mut c, header, all, dims);
        if dims.queue.is_none() {
            let cell = demand_cell(header, all, dims);
            demand_measures(&mut c, header, &cell);
        }
    }
    if header.load.is_some() {
        real_bot::turn_measures(&mut c, header, &all.turns);
    }
    c.key.dims = Dims::ALL;
    satisfaction_measures(&mut c, header, all);
    c.key.dims = Dims::ALL;
    staffing_measures(&mut c, header, all);
    cost_measures(&mut c, header, all);
    time_averages(&mut c, header, all);
    c.out
}

fn demand_cell(header: &Header, all: &Everything, dims: Dims) -> DemandCell {
    let mut sum = DemandCell::default();
    for (number, cell) in all.resolution.cells.iter().enumerate() {
        if dims.takes(number, header.channels.len(), header.intents.len()) {
            sum.add(cell);
        }
    }
    sum
}

/// The counters of the selected queues. Without a queue in the selection triage
/// is left out: its waits are no customer's last.
fn service_cell(header: &Header, all: &Everything, dims: Dims) -> ServiceCell {
    let mut sum = ServiceCell::default();
    for ((queue, combination), cell) in all.service.keys.iter().zip(&all.service.cells) {
        let selected = match dims.queue {
            Some(q) => q == *queue,
            None => !header.queues[queue.index()].triage,
        };
        if selected
            && dims.takes(
                *combination as usize,
                header.channels.len(),
                header.intents.len(),
            )
        {
            sum.add(cell);
        }
    }
    sum
}

fn service_measures(c: &mut Collector, header: &Header, all: &Everything, dims: Dims) {
    let cell = service_cell(header, all, dims);
    let lost = cell.abandoned + cell.abandoned_silently;
    c.count("offered", cell.offered);
    c.count("answered", cell.answered);
    c.count("abandoned", cell.abandoned);
    c.count("silent_abandoned", cell.abandoned_silently);
    c.count("balked", cell.balked);
    c.count("blocked", cell.refused);
    let s = |us: f64| us * 1e-6;
    let reached = cell.answered + lost;
    c.quotient(
        "asa_s",
        None,
        Unit::Seconds,
        s(cell.wait_answered_us),
        cell.answered as f64,
    );
    c.quotient(
        "asa_s",
        Some("waited"),
        Unit::Seconds,
        s(cell.wait_answered_us),
        (cell.waited.saturating_sub(lost)) as f64,
    );
    let waits_us = cell.wait_answered_us + cell.wait_abandoned_us;
    c.quotient(
        "wait_s",
        Some("mean"),
        Unit::Seconds,
        s(waits_us),
        reached as f64,
    );
    c.quotient(
        "wait_s",
        Some("abandoned"),
        Unit::Seconds,
        s(cell.wait_abandoned_us),
        lost as f64,
    );
    c.share("wait_probability", cell.waited, reached);
    c.share("balking_rate", cell.balked, cell.offered);
    c.share("blocking_rate", cell.refused, cell.offered);
    let share = Unit::Ratio;
    let known = (cell.answered + cell.abandoned + cell.abandoned_silently) as f64;
    c.quotient(
        "abandonment_rate",
        Some("true"),
        share,
        lost as f64,
        reached as f64,
    );
    c.quotient(
        "abandonment_rate",
        Some("known"),
        share,
        cell.abandoned as f64,
        known,
    );
    if dims.queue.is_some() {
        c.quotient(
            "aht_s",
            Some("queue"),
            Unit::Seconds,
            s(cell.handling_us),
            cell.handled as f64,
        );
    }
    service_levels(c, header, &cell, dims);
}

/// The definitions SL1 to SL6 and SL8; SL7 needs the distribution
/// of waits and is made by the experiment.
fn service_levels(c: &mut Collector, header: &Header, cell: &ServiceCell, dims: Dims) {
    let queues = &header.queues;
    let thresholds: Vec<SimDuration> = match dims.queue {
        Some(q) => queues[q.index()].thresholds.clone(),
        None => common_thresholds(header),
    };
    let (a, b) = (
        cell.answered as f64,
        (cell.abandoned + cell.abandoned_silently) as f64,
    );
    let short = cell.short_abandoned as f64;
    let lost = (cell.refused + cell.balked + cell.flowed_out) as f64;
    for threshold in thresholds {
        let (mut in_time, mut left_in_time) = (0.0, 0.0);
        // Without a queue every queue has the threshold at the same place.
        let facts = match dims.queue {
            Some(q) => queues.get(q.index()),
            None => queues.iter().find(|q| !q.triage),
        };
        let place = facts.and_then(|q| q.thresholds.iter().position(|t| *t == threshold));
        if let Some(place) = place {
            in_time = cell.answered_within[place] as f64;
            left_in_time = cell.abandoned_within[place] as f64;
        }
        let definitions = [
            ("SL1", in_time + left_in_time, a + b),
            ("SL2", in_time, a),
            ("SL3", in_time, a + b),
            ("SL4", in_time, a + b - left_in_time),
            ("SL5", in_time + short, a + b),
            ("SL6", in_time, a + b - short),
            ("SL8", in_time, a + b + lost),
        ];
        c.key.threshold = Some(threshold);
        for (definition, num, den) in definitions {
            c.quotient("service_level", Some(definition), Unit::Ratio, num, den);
        }
        c.quotient("abandoned_within", None, Unit::Ratio, left_in_time, a + b);
        c.key.threshold = None;
    }
}

/// Thresholds that every queue counts at the same place in its list.
fn common_thresholds(header: &Header) -> Vec<SimDuration> {
    let queues: Vec<_> = header.queues.iter().filter(|q| !q.triage).collect();
    let Some(first) = queues.first() else {
        return Vec::new();
    };
    let common = |place: usize, t: SimDuration| {
        header
            .queues
            .iter()
            .all(|q| q.triage || q.thresholds.get(place) == Some(&t))
    };
    first
        .thresholds
        .iter()
        .enumerate()
        .filter(|(i, t)| common(*i, **t))
        .map(|(_, t)| *t)
        .collect()
}

fn demand_measures(c: &mut Collector, header: &Header, cell: &DemandCell) {
    c.count("arrivals", cell.contacts);
    c.count("issues", cell.first_contacts + cell.articles_solved);
    c.count("repeats", cell.repeats);
    c.count("retrials", cell.retrials);
    c.count("to_people", cell.to_people);
    c.count("articles_solved", cell.articles_solved);
    c.count("turned_away", cell.outcomes[Outcome::TurnedAway as usize]);
    c.count("blocked_contacts", cell.outcomes[Outcome::Blocked as usize]);
    c.count("broken_off", cell.outcomes[Outcome::BrokenOff as usize]);
    c.share("repeat_rate", cell.repeats, cell.contacts);
    c.share("lost_rate", cell.lost, cell.first_contacts);
    let (closed, resolved) = (cell.first_closed as f64, cell.first_resolved as f64);
    c.quotient("fcr", Some("window"), Unit::Ratio, resolved, closed);
    c.quotient(
        "fcr",
        Some("gross"),
        Unit::Ratio,
        resolved,
        cell.first_contacts as f64,
    );
    c.quotient(
        "transfers_per_contact",
        None,
        Unit::PerContact,
        cell.transfers as f64,
        cell.to_people as f64,
    );
    c.key.party = Some(Party::Human);
    c.share("resolution_rate", cell.human_true, cell.human_closed);
    c.key.party = None;
    let demand = cell.contacts + cell.articles_solved;
    c.quotient(
        "deflection_rate",
        Some("demand"),
        Unit::Ratio,
        demand.saturating_sub(cell.to_people + cell.unserved) as f64,
        demand as f64,
    );
    c.quotient(
        "deflection_rate",
        Some("content"),
        Unit::Ratio,
        cell.articles_deflected as f64,
        cell.article_views as f64,
    );
    let automatic = cell.bot_closed + cell.articles_solved;
    c.share("roar", automatic, demand);
    c.share("true_roar", cell.bot_true + cell.articles_solved, demand);
    if header.has_bot {
        bot_measures(c, cell, automatic);
    }
}

fn bot_measures(c: &mut Collector, cell: &DemandCell, automatic: u64) {
    c.count("sessions", cell.sessions);
    c.share("involvement_rate", cell.involved, cell.contacts);
    let bypassed = cell.skipped[EscalationReason::Bypass as usize];
    c.share("bypass_rate", bypassed, cell.contacts);
    c.share(
        "human_only_rate",
        cell.skipped[EscalationReason::HumanOnly as usize],
        cell.contacts,
    );
    c.share(
        "containment_rate",
        cell.involved.saturating_sub(cell.escalated_involved),
        cell.involved,
    );
    c.share(
        "false_containment_rate",
        cell.bot_closed - cell.bot_true,
        cell.bot_closed,
    );
    c.share("bot_share", cell.bot_closed, automatic);
    c.quotient(
        "answered_turns",
        None,
        Unit::Count,
        cell.answers as f64,
        cell.involved as f64,
    );
    c.share("answer_accuracy", cell.right_answers, cell.answers);
    c.key.party = Some(Party::Bot);
    c.share("resolution_rate", cell.bot_closed, cell.involved);
    c.quotient(
        "resolution_rate",
        Some("true"),
        Unit::Ratio,
        cell.bot_true as f64,
        cell.involved as f64,
    );
    let sessions = cell.sessions as f64;
    c.quotient(
        "asa_s",
        Some("session"),
        Unit::Seconds,
        cell.bot_wait_us * 1e-6,
        sessions,
    );
    c.quotient(
        "wait_probability",
        Some("session"),
        Unit::Ratio,
        cell.bot_waited as f64,
        sessions,
    );
    c.quotient(
        "session_time_s",
        None,
        Unit::Seconds,
        cell.bot_time_us * 1e-6,
        sessions,
    );
    c.key.party = None;
    for reason in EscalationReason::ALL {
        let count = cell.escalated[reason as usize] + cell.skipped[reason as usize];
        c.total(
            "escalations",
            Some(reason.name()),
            count as f64,
            Unit::Count,
        );
    }
}
