//! One design under several calibrations of a scenario: what they all say of the factors.
//!
//! Numbers that no source gives are calibrated so that published ones come out. Where
//! several calibrations do so, a part of a difference is known only as far as they agree:
//! its identified set (Manski 2003).

use super::{Effect, Sweep};
use crate::design::shapley_weights;
use crate::experiment::Estimate;

/// Differences of points that are the same, added with weights, are rounding up to this.
const ROUNDING: f64 = 1e-9;

/// Which side of zero an interval lies on, beyond rounding: `None` where it holds zero, or
/// where there is none.
#[must_use]
pub fn side(ci: Option<[f64; 2]>) -> Option<f64> {
    match ci {
        Some([low, _]) if low > ROUNDING => Some(1.0),
        Some([_, high]) if high < -ROUNDING => Some(-1.0),
        _ => None,
    }
}

/// The design under one calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// Name of the variant that is the calibration.
    pub name: String,
    /// What it says of itself.
    pub about: Option<String>,
    /// What was measured under it.
    pub sweep: Sweep,
}

/// The design under all calibrations, of which there is at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// In the order asked for.
    pub calibrations: Vec<Calibrated>,
}

/// What all calibrations together say of a factor's part of a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentifiedSet {
    /// Number of the factor.
    pub factor: usize,
    /// Its least part under any calibration.
    pub least: f64,
    /// Its greatest part under any calibration.
    pub greatest: f64,
    /// From the least to the greatest end of an interval of the part.
    pub ci: Option<[f64; 2]>,
    /// Its least and its greatest part by the closed formula, where there is one.
    pub exact: Option<[f64; 2]>,
    /// Calibrations under which its part is the largest.
    pub largest_under: Vec<usize>,
}

impl Sweep {
    /// The part of a factor, with its interval: of a factorial with two values of each.
    #[must_use]
    pub fn part(&self, metric: usize, factor: usize) -> Effect {
        let weights = shapley_weights(self.factors.len(), factor);
        self.effect(metric, "share", factor, weights)
    }

    /// What a metric is at the last point less what it is at the first.
    #[must_use]
    pub fn whole(&self, metric: usize) -> Estimate {
        let last = self.points.len().saturating_sub(1);
        let ends = (0..self.points.len()).map(|p| match p {
            0 => -1.0,
            p if p == last => 1.0,
            _ => 0.0,
        });
        self.effect(metric, "whole", 0, ends).estimate
    }

    /// By how much the part of one factor exceeds that of another.
    #[must_use]
    pub fn excess(&self, metric: usize, factor: usize, other: usize) -> Estimate {
        let k = self.factors.len();
        let both = shapley_weights(k, factor).into_iter().zip(shapley_weights(k, other));
        let weights = both.map(|(a, b)| a - b);
        self.effect(metric, "share", factor, weights).estimate
    }
}

impl Study {
    /// What the calibrations have in common: factors, metrics, design.
    #[must_use]
    pub fn first(&self) -> Option<&Sweep> {
        self.calibrations.first().map(|c| &c.sweep)
    }

    /// Whether every point of every calibration is there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.calibrations.iter().all(|c| c.sweep.is_whole())
    }

    /// The identified set of each factor's part of a metric's difference; empty when
    /// points are missing.
    #[must_use]
    pub fn identified(&self, metric: usize) -> Vec<IdentifiedSet> {
        let factors = self.first().map_or(0, |s| s.factors.len());
        if !self.is_whole() {
            return Vec::new();
        }
        let parts: Vec<Vec<Effect>> = self.each(|sweep| {
            let of = |factor| sweep.part(metric, factor);
            (0..factors).map(of).collect()
        });
        let value = |part: &Effect| part.estimate.value;
        let largest = |parts: &[Effect]| {
            let by = |a: &usize, b: &usize| value(&parts[*a]).total_cmp(&value(&parts[*b]));
            (0..factors).max_by(by)
        };
        let hull = |ends: &[[f64; 2]]| {
            let low = ends.iter().map(|e| e[0]).fold(f64::INFINITY, f64::min);
            [low, ends.iter().map(|e| e[1]).fold(f64::NEG_INFINITY, f64::max)]
        };
        let set = |factor: usize| {
            let mine = || parts.iter().map(|p| &p[factor]);
            let under = parts.iter().enumerate();
            let ends = mine().map(|p| p.estimate.ci).collect::<Option<Vec<_>>>();
            let exact: Vec<[f64; 2]> = mine().map(|p| [p.exact; 2]).collect();
            let values: Vec<[f64; 2]> = mine().map(|p| [value(p); 2]).collect();
            let [least, greatest] = hull(&values);
            IdentifiedSet {
                factor,
                least,
                greatest,
                ci: ends.map(|ends| hull(&ends)),
                exact: exact.iter().all(|e| e[0].is_finite()).then(|| hull(&exact)),
                largest_under: under
                    .filter(|(_, p)| largest(p) == Some(factor))
                    .map(|(number, _)| number)
                    .collect(),
            }
        };
        (0..factors).map(set).collect()
    }

    /// Pairs of factors of which the first carries more than the second under every
    /// calibration, beyond its interval.
    #[must_use]
    pub fn always_more(&self, metric: usize) -> Vec<(usize, usize)> {
        let factors = self.first().map_or(0, |s| s.factors.len());
        let pairs = (0..factors).flat_map(|a| (0..factors).map(move |b| (a, b)));
        let above_zero = |estimate: Estimate| side(estimate.ci) == Some(1.0);
        let holds = |&(a, b): &(usize, usize)| {
            a != b && self.calibrations.iter().all(|c| above_zero(c.sweep.excess(metric, a, b)))
        };
        pairs.filter(holds).collect()
    }

    /// Calibrations that no metric tells apart at the first point: their intervals overlap
    /// in all.
    #[must_use]
    pub fn alike(&self) -> Vec<(usize, usize)> {
        let metrics = self.first().map_or(0, |s| s.metrics.len());
        let at_first = self.each(|sweep| {
            let point = sweep.points.first();
            let of = |metric| point.and_then(|p| p.estimate(metric, sweep.confidence).ci);
            (0..metrics).map(of).collect::<Vec<_>>()
        });
        let overlap = |a: &Option<[f64; 2]>, b: &Option<[f64; 2]>| match (a, b) {
            (Some(a), Some(b)) => a[0] <= b[1] && b[0] <= a[1],
            _ => true,
        };
        let count = at_first.len();
        let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let same = |&(a, b): &(usize, usize)| {
            let both = at_first[a].iter().zip(&at_first[b]);
            both.into_iter().all(|(a, b)| overlap(a, b))
        };
        pairs.filter(same).collect()
    }

    fn each<T>(&self, of: impl Fn(&Sweep) -> T) -> Vec<T> {
        self.calibrations.iter().map(|c| of(&c.sweep)).collect()
    }
}
