//! One scenario at the points of a design: what was measured, and the effects of the
//! factors.

mod effects;
mod study;

pub use effects::MOST_SHARED;
pub use study::{Calibrated, IdentifiedSet, Study, side};

use super::targets::means;
use super::{Estimate, ratio};
use crate::design::Design;
use crate::event::Header;
use crate::projection::{Measure, MetricKey};
use crate::scenario::target::Target;

/// What is varied.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Path of the field, or `variant:NAME`.
    pub name: String,
    /// What a variant shows, in its own words.
    pub about: Option<String>,
    /// The settings that a design with levels tries, in their order.
    pub levels: Vec<Setting>,
}

/// A value of a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// As it stands in a scenario file, or `base` for what the scenario has.
    pub text: String,
    /// The number, where it is one: shares as 0 to 1, variants off 0 and on 1.
    pub number: Option<f64>,
}

/// A metric that is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// As asked for: `roar(segment=b2b)`.
    pub text: String,
    /// Unit, as in a summary: `ratio s count currency score per_contact`.
    pub unit: &'static str,
}

/// A point of the design, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its number in the design, from 0.
    pub number: usize,
    /// The setting of each factor.
    pub settings: Vec<Setting>,
    /// `measures[metric][replication]`.
    pub measures: Vec<Vec<Measure>>,
    /// What a closed formula says of each metric; NaN where none applies.
    pub exact: Vec<f64>,
    /// Violations of the audit in its replications.
    pub violations: u64,
}

/// A whole sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Name of the scenario.
    pub scenario: String,
    /// What the scenario is about.
    pub description: String,
    /// Where its numbers come from.
    pub source: String,
    /// SHA-256 of the scenario at its base.
    pub sha256: String,
    /// Seed of every point.
    pub seed: u64,
    /// Replications of every point.
    pub replications: u32,
    /// Confidence of the intervals, as 0.95.
    pub confidence: f64,
    /// Name of the design: `factorial`, `oat`, `lhs`, `morris`, `sobol`.
    pub design_name: &'static str,
    /// The design.
    pub design: Design,
    /// What is varied.
    pub factors: Vec<Factor>,
    /// What is measured.
    pub metrics: Vec<Metric>,
    /// The points that are done, in their order.
    pub points: Vec<Point>,
    /// The command that makes it again.
    pub reproduce: String,
}

impl Sweep {
    /// Violations of conservation laws, at all points.
    #[must_use]
    pub fn violations(&self) -> u64 {
        self.points.iter().map(|p| p.violations).sum()
    }
}

/// What a factor does to a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Number of the metric.
    pub metric: usize,
    /// `main`, `interaction`, `share`, `level`, `change`, `slope`, `mu`, `mu_star`,
    /// `sigma`, `first_order`, `total` or `rank_correlation`.
    pub kind: &'static str,
    /// Number of the factor.
    pub factor: usize,
    /// Number of the other factor of an interaction.
    pub other: Option<usize>,
    /// Number of the factor's level, for `level` and `change`.
    pub level: Option<usize>,
    /// The value; its interval over replications, or over resampled rows of the design.
    pub estimate: Estimate,
    /// The same from the closed formula; NaN where none applies.
    pub exact: f64,
    /// What to know of the value.
    pub note: Option<&'static str>,
}

impl Point {
    /// Numerators and denominators of a metric, one pair for each replication.
    #[must_use]
    pub fn pairs(&self, metric: usize) -> Vec<(f64, f64)> {
        let measures = self.measures.get(metric).map(Vec::as_slice);
        let measures = measures.unwrap_or_default();
        measures.iter().map(|m| (m.num, m.den)).collect()
    }

    /// A metric over all replications: a ratio of sums with its interval.
    #[must_use]
    pub fn estimate(&self, metric: usize, confidence: f64) -> Estimate {
        ratio(&self.pairs(metric), confidence)
    }
}

impl Sweep {
    /// Whether every point of the design is there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.points.len() == self.design.len()
    }

    /// Points at which a metric has no observations.
    #[must_use]
    pub fn empty(&self, metric: usize) -> usize {
        let empty = |p: &&Point| !self.value(p, metric).is_finite();
        self.points.iter().filter(empty).count()
    }

    /// The value of a metric at a point; NaN without observations.
    #[must_use]
    pub fn value(&self, point: &Point, metric: usize) -> f64 {
        point.estimate(metric, self.confidence).value
    }

    /// Whether every factor has two levels and every combination is tried.
    #[must_use]
    pub fn is_two_level(&self) -> bool {
        matches!(&self.design, Design::Factorial { levels } if levels.iter().all(|l| *l == 2))
    }
}

/// The measure that a target speaks of: where it stands in the list of a replication.
/// `None` where nothing of that name is measured, quantiles among them.
#[must_use]
pub fn find_measure(
    target: &Target,
    keys: impl IntoIterator<Item = MetricKey>,
    header: &Header,
) -> Option<usize> {
    keys.into_iter().position(|key| means(target, &key, header))
}
