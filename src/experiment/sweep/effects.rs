//! The effects of the factors, as far as the design tells them.

use super::{Effect, Sweep};
use crate::design::{
    Design, Indices, Screening, bootstrap, elementary_effects, rank_correlation, screening,
    shapley_weights, sobol,
};
use crate::experiment::{Estimate, contrast};

/// Most factors of a factorial for which a difference is shared out among them: the
/// weights have 2^k terms for each.
pub const MOST_SHARED: usize = 12;
/// What alone explains more than with its interactions does so by chance.
const ABOVE_TOTAL: &str = "above its total, which only the error of the design can do";

impl Sweep {
    /// The effects of all factors on all metrics. Empty when points are missing.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        if !self.is_whole() {
            return Vec::new();
        }
        (0..self.metrics.len())
            .flat_map(|metric| match &self.design {
                Design::Factorial { .. } if self.is_two_level() => self.two_level(metric),
                Design::Factorial { levels } => self.levels(metric, levels),
                Design::OneAtATime { levels } => self.changes(metric, levels),
                Design::LatinHypercube { points } => self.correlations(metric, points),
                Design::Morris { points } => self.screenings(metric, points),
                Design::Sobol { factors, .. } => self.indices(metric, *factors),
            })
            .collect()
    }

    /// Main effects, interactions of two, and parts of the whole difference.
    fn two_level(&self, metric: usize) -> Vec<Effect> {
        let k = self.factors.len();
        let high = |point: usize, factor: usize| point & (1 << (k - 1 - factor)) != 0;
        let sign = |up: bool| if up { 1.0 } else { -1.0 };
        let half = (self.points.len() / 2) as f64;
        let mut effects = Vec::new();
        for factor in 0..k {
            let weights = (0..self.points.len()).map(|p| sign(high(p, factor)) / half);
            effects.push(self.effect(metric, "main", factor, weights));
        }
        for factor in 0..k {
            for other in factor + 1..k {
                let weights =
                    (0..self.points.len()).map(|p| sign(high(p, factor) == high(p, other)) / half);
                let effect = self.effect(metric, "interaction", factor, weights);
                effects.push(Effect { other: Some(other), ..effect });
            }
        }
        if k <= MOST_SHARED {
            let shares = (0..k).map(|f| self.effect(metric, "share", f, shapley_weights(k, f)));
            effects.extend(shares);
        }
        effects
    }

    /// Each level against the first, averaged over the levels of the others.
    fn levels(&self, metric: usize, levels: &[usize]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (factor, &count) in levels.iter().enumerate() {
            let after: usize = levels[factor + 1..].iter().product();
            let at = |point: usize| point / after % count;
            let share = count as f64 / self.points.len() as f64;
            for level in 1..count {
                let weights = (0..self.points.len()).map(|p| match at(p) {
                    0 => -share,
                    l if l == level => share,
                    _ => 0.0,
                });
                let effect = self.effect(metric, "level", factor, weights);
                effects.push(Effect { level: Some(level), ..effect });
            }
        }
        effects
    }

    /// Each level against the base, and the slope from the lowest level to the highest.
    fn changes(&self, metric: usize, levels: &[usize]) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut first = 1;
        for (factor, &count) in levels.iter().enumerate() {
            let weights = |plus: usize, minus: usize, scale: f64| {
                (0..self.points.len()).map(move |p| match p {
                    p if p == plus => 1.0 / scale,
                    p if p == minus => -1.0 / scale,
                    _ => 0.0,
                })
            };
            for level in 0..count {
                let effect = self.effect(metric, "change", factor, weights(first + level, 0, 1.0));
                effects.push(Effect { level: Some(level), ..effect });
            }
            if let Some((low, high, span)) = self.ends(factor) {
                let weights = weights(first + high, first + low, span);
                effects.push(self.effect(metric, "slope", factor, weights));
            }
            first += count;
        }
        effects
    }

    /// The levels with the least and the greatest number of a factor, and how far
    /// apart they are.
    fn ends(&self, factor: usize) -> Option<(usize, usize, f64)> {
        let levels = &self.factors.get(factor)?.levels;
        let numbers: Option<Vec<f64>> = levels.iter().map(|l| l.number).collect();
        let numbers = numbers?;
        let by = |a: &usize, b: &usize| numbers[*a].total_cmp(&numbers[*b]);
        let low = (0..numbers.len()).min_by(by)?;
        let high = (0..numbers.len()).max_by(by)?;
        let span = numbers[high] - numbers[low];
        (span > 0.0).then_some((low, high, span))
    }

    /// A weighted sum over the points. Points without weight do not matter.
    pub(super) fn effect(
        &self,
        metric: usize,
        kind: &'static str,
        factor: usize,
        weights: impl IntoIterator<Item = f64>,
    ) -> Effect {
        let weighted = || self.points.iter();
        let weights: Vec<f64> = weights.into_iter().collect();
        let used = || weights.iter().zip(weighted()).filter(|(w, _)| **w != 0.0);
        let terms: Vec<_> = used().map(|(w, p)| (*w, p.pairs(metric))).collect();
        let at = |metric: usize, exact: &[f64]| exact.get(metric).copied().unwrap_or(f64::NAN);
        Effect {
            estimate: contrast(&terms, self.confidence),
            exact: used().map(|(w, p)| w * at(metric, &p.exact)).sum(),
            ..bare(metric, kind, factor, f64::NAN)
        }
    }

    fn values(&self, metric: usize) -> Vec<f64> {
        self.points.iter().map(|p| self.value(p, metric)).collect()
    }

    fn correlations(&self, metric: usize, points: &[Vec<f64>]) -> Vec<Effect> {
        let values = self.values(metric);
        let of = |rows: &[usize]| -> Vec<f64> {
            let values: Vec<f64> = rows.iter().map(|&r| values[r]).collect();
            let each = (0..self.factors.len()).map(|factor| {
                let shares: Vec<f64> = rows.iter().map(|&r| points[r][factor]).collect();
                rank_correlation(&shares, &values)
            });
            each.collect()
        };
        self.resampled(metric, &["rank_correlation"], points.len(), of)
    }

    fn screenings(&self, metric: usize, points: &[Vec<f64>]) -> Vec<Effect> {
        let effects = elementary_effects(points, &self.values(metric));
        let of = |rows: &[usize]| -> Vec<f64> {
            let all = screening(rows.iter().map(|&r| &effects[r]));
            let each = |s: &Screening| [s.mu, s.mu_star, s.sigma];
            all.iter().flat_map(each).collect()
        };
        self.resampled(metric, &["mu", "mu_star", "sigma"], effects.len(), of)
    }

    fn indices(&self, metric: usize, factors: usize) -> Vec<Effect> {
        let values = self.values(metric);
        let block = factors + 2;
        let of = |rows: &[usize]| -> Vec<f64> {
            let blocks = rows.iter().flat_map(|r| &values[r * block..(r + 1) * block]);
            let all = sobol(factors, &blocks.copied().collect::<Vec<_>>());
            let each = |i: &Indices| [i.first, i.total];
            all.unwrap_or_default().iter().flat_map(each).collect()
        };
        let rows = values.len() / block;
        let mut effects = self.resampled(metric, &["first_order", "total"], rows, of);
        for pair in effects.chunks_exact_mut(2) {
            if pair[0].estimate.value > pair[1].estimate.value {
                pair[0].note = Some(ABOVE_TOTAL);
            }
        }
        effects
    }

    /// Effects of these kinds of each factor, factor after factor, from rows of the design,
    /// with the interval over resampled rows.
    fn resampled(
        &self,
        metric: usize,
        kinds: &[&'static str],
        rows: usize,
        of: impl Fn(&[usize]) -> Vec<f64>,
    ) -> Vec<Effect> {
        let all: Vec<usize> = (0..rows).collect();
        let values = of(&all);
        let intervals = bootstrap(rows, self.seed, self.confidence, &of);
        let effect = |(number, value): (usize, &f64)| {
            let mut effect =
                bare(metric, kinds[number % kinds.len()], number / kinds.len(), *value);
            effect.estimate.ci = intervals.get(number).copied().flatten();
            effect
        };
        values.iter().enumerate().map(effect).collect()
    }
}

fn bare(metric: usize, kind: &'static str, factor: usize, value: f64) -> Effect {
    Effect {
        metric,
        kind,
        factor,
        other: None,
        level: None,
        estimate: Estimate::bare(value),
        exact: f64::NAN,
        note: None,
    }
}
