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
mod times;

use demand::{demand_cell, demand_measures};
use operation::{cost_measures, satisfaction_measures, staffing_measures, time_averages};
use queues::service_measures;

use super::{Dims, Everything};
use crate::domain::{Dimension, Party};
use crate::event::Header;
use crate::id::{ChannelId, IntentId, QueueId, SegmentId, TeamId};
use crate::metric::{Definition, Metric};
use crate::time::SimDuration;

/// Which number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MetricKey {
    /// The metric.
    pub metric: Metric,
    /// Which of several definitions.
    pub definition: Option<Definition>,
    /// Threshold that the definition needs.
    pub threshold: Option<SimDuration>,
    /// Selection of contacts.
    pub dims: Dims,
    /// Bot or people.
    pub party: Option<Party>,
    /// A team.
    pub team: Option<TeamId>,
    /// Whether it is a ratio of sums; else a total per replication.
    pub ratio: bool,
}

impl MetricKey {
    /// The ratio over everything.
    #[must_use]
    pub const fn of(metric: Metric) -> Self {
        Self {
            metric,
            definition: None,
            threshold: None,
            dims: Dims::ALL,
            party: None,
            team: None,
            ratio: true,
        }
    }

    /// The name of which one of a dimension; `None` for all together.
    #[must_use]
    pub fn of_one<'h>(&self, by: Dimension, header: &'h Header) -> Option<&'h str> {
        let number = match by {
            Dimension::Queue => self.dims.queue.map(QueueId::index),
            Dimension::Segment => self.dims.segment.map(SegmentId::index),
            Dimension::Channel => self.dims.channel.map(ChannelId::index),
            Dimension::Intent => self.dims.intent.map(IntentId::index),
            Dimension::Party => self.party.map(|party| party as usize),
            Dimension::Team => self.team.map(TeamId::index),
        };
        name(by, number?, header)
    }

    /// The same of the one of this name, if there is one.
    #[must_use]
    pub fn narrowed(self, by: Dimension, one: &str, header: &Header) -> Self {
        let number = (0..).map_while(|n| name(by, n, header)).position(|name| name == one);
        let dims = self.dims;
        let dims = match by {
            Dimension::Queue => Dims { queue: number.map(|n| QueueId(n as u8)), ..dims },
            Dimension::Segment => Dims { segment: number.map(|n| SegmentId(n as u8)), ..dims },
            Dimension::Channel => Dims { channel: number.map(|n| ChannelId(n as u8)), ..dims },
            Dimension::Intent => Dims { intent: number.map(|n| IntentId(n as u16)), ..dims },
            Dimension::Party => return Self { party: Party::find(one), ..self },
            Dimension::Team => return Self { team: number.map(|n| TeamId(n as u8)), ..self },
        };
        Self { dims, ..self }
    }
}

/// The name of one of a dimension, by its number.
fn name(by: Dimension, number: usize, header: &Header) -> Option<&str> {
    match by {
        Dimension::Queue => header.queues.get(number).map(|queue| queue.name.as_str()),
        Dimension::Segment => header.segments.get(number).map(String::as_str),
        Dimension::Channel => header.channels.get(number).map(String::as_str),
        Dimension::Intent => header.intents.get(number).map(String::as_str),
        Dimension::Party => Party::ALL.get(number).map(|party| party.name()),
        Dimension::Team => header.teams.get(number).map(|team| team.name.as_str()),
    }
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

    fn total(&mut self, metric: Metric, definition: Option<Definition>, num: f64) {
        let key = MetricKey { metric, definition, ratio: false, ..self.key };
        self.put(key, num, 1.0);
    }

    fn count(&mut self, metric: Metric, num: u64) {
        self.total(metric, None, num as f64);
    }

    fn quotient(&mut self, metric: Metric, definition: Option<Definition>, num: f64, den: f64) {
        let key = MetricKey { metric, definition, ratio: true, ..self.key };
        self.put(key, num, den);
    }

    fn share(&mut self, metric: Metric, num: u64, den: u64) {
        self.quotient(metric, None, num as f64, den as f64);
    }
}

/// All metrics of a replication, always in the same order.
#[must_use]
pub fn measures(header: &Header, all: &Everything) -> Vec<(MetricKey, Measure)> {
    let key = MetricKey::of(Metric::Arrivals); // each puts in its own
    let mut c = Collector { out: Vec::new(), key };
    for dims in Dims::reported(header) {
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
    if header.imported {
        c.out.retain(|(key, _)| !is_hidden(key));
    }
    c.out
}

/// Whether a measure needs what is hidden: an imported log has none of it.
fn is_hidden(key: &MetricKey) -> bool {
    let truth = matches!(key.definition, Some(Definition::True | Definition::False));
    truth
        || match key.metric {
            Metric::ResolutionRate => key.party == Some(Party::Human),
            Metric::TrueRoar
            | Metric::FalseContainmentRate
            | Metric::AnswerAccuracy
            | Metric::RightFirstTry
            | Metric::CostPerTrueResolution
            | Metric::Roi => true,
            _ => false,
        }
}
