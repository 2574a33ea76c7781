//! From counters to metrics: every metric is a numerator and a denominator.
//!
//! The experiment adds numerators and denominators over replications and takes
//! the ratio of the sums; nothing here divides. Names and formulas are those of
//! `docs/metrics.md`.

mod claims;
mod demand;
mod operation;
mod queues;
mod real_bot;
mod selections;
mod times;

use demand::{demand_cell, demand_measures};
use operation::{cost_measures, satisfaction_measures, staffing_measures, time_averages};
use queues::service_measures;
use selections::selections;

use super::{Dims, Everything};
use crate::domain::Party;
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
        let key = MetricKey { metric, definition, unit, ratio: false, ..self.key };
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
        let key = MetricKey { metric, definition, unit, ratio: true, ..self.key };
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
    let mut c = Collector { out: Vec::new(), key };
    for dims in selections(header) {
        c.key.dims = dims;
        service_measures(&mut c, header, all, dims);
        if dims.queue.is_none() {
            let cell = demand_cell(header, all, dims);
            demand_measures(&mut c, header, &cell, dims);
        }
    }
    if header.load.is_some() {
        real_bot::turn_measures(&mut c, header, &all.turns);
    }
    times::time_measures(&mut c, header, &all.speed);
    c.key.dims = Dims::ALL;
    satisfaction_measures(&mut c, header, all);
    c.key.dims = Dims::ALL;
    staffing_measures(&mut c, header, all);
    claims::time_saved(&mut c, header, all);
    cost_measures(&mut c, header, all);
    time_averages(&mut c, header, all);
    c.out
}
