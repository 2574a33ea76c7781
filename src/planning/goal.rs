//! What a plan has to reach, judged over simulated periods.

use crate::experiment::clopper_pearson;
use crate::scenario::target::{Comparison, Target};

/// Numerator and denominator of each goal in one simulated period, in the order of the goals.
pub type Period = Vec<(f64, f64)>;

/// No metric is as large.
const FAR: f64 = 1e200;

/// A target of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Goal {
    /// How the value is compared.
    pub comparison: Comparison,
    /// With what: shares as 0..1, lengths of time in seconds.
    pub bound: f64,
    /// Least share of periods that must reach it, 0..1; `None` = all periods together must.
    pub share: Option<f64>,
}

/// What is asked of a plan, and how it is found.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Name of the scenario.
    pub scenario: String,
    /// What is to hold, as it was written.
    pub targets: Vec<Target>,
    /// The goals of the targets.
    pub goals: Vec<Goal>,
    /// Runs of each roster or value.
    pub replications: u32,
    /// Their seed.
    pub seed: u64,
    /// The command that makes the same answer again.
    pub reproduce: String,
}

impl Ask {
    /// Each target as it was written, with the least share of runs that are to meet it;
    /// `None` = all runs together.
    pub fn shares(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        self.targets.iter().zip(&self.goals).map(|(t, goal)| (t.text.as_str(), goal.share))
    }
}

/// How a goal stands.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Standing {
    /// The metric over all periods: sum of numerators over sum of denominators.
    pub value: f64,
    /// Periods in which the metric alone reaches the bound.
    pub good: u32,
    /// Periods in which anything was measured.
    pub periods: u32,
    /// Whether the goal is reached.
    pub met: bool,
}

impl Standing {
    /// The metric, where there is one: a roster of nobody has none.
    #[must_use]
    pub fn measured(&self) -> Option<f64> {
        // So far from any bound lies only `Goal::worst`.
        (self.periods > 0 && self.value.abs() < FAR).then_some(self.value)
    }
}

impl Goal {
    /// The goal of a target. `risk` is the share of periods for a target that
    /// names none by itself (`probability(...)`).
    #[must_use]
    pub fn of(target: &Target, risk: Option<f64>) -> Self {
        Self {
            comparison: target.comparison,
            bound: target.value,
            share: target.probability.map(|(_, share)| share).or(risk),
        }
    }

    /// How the goal stands after these periods.
    #[must_use]
    pub fn standing(&self, periods: impl Iterator<Item = (f64, f64)>) -> Standing {
        let (mut num, mut den, mut good, mut count) = (0.0, 0.0, 0, 0);
        for (x, y) in periods.filter(|(_, y)| *y > 0.0) {
            num += x;
            den += y;
            count += 1;
            good += u32::from(self.comparison.holds(x / y, self.bound));
        }
        let value = num / den;
        let met = match self.share {
            _ if count == 0 => false,
            None => self.comparison.holds(value, self.bound),
            Some(share) => f64::from(good) >= share * f64::from(count) - 1e-9,
        };
        Standing { value, good, periods: count, met }
    }

    /// Bad periods of `total` that put the goal out of reach; all of them where they count together.
    #[must_use]
    pub fn lost_after(&self, total: usize) -> usize {
        let allowed = |share: f64| ((1.0 - share) * total as f64 + 1e-9) as usize;
        self.share.map_or(total, |share| allowed(share) + 1)
    }

    /// Whether the goal is out of reach after some of `total` periods, whatever the others are.
    #[must_use]
    pub fn lost(&self, so_far: &Standing, total: usize) -> bool {
        let bad = so_far.periods - so_far.good;
        self.share.is_some() && bad as usize >= self.lost_after(total)
    }

    /// A period that misses the goal as far as can be.
    #[must_use]
    pub fn worst(&self) -> (f64, f64) {
        match self.comparison {
            Comparison::AtLeast | Comparison::Above => (f64::MIN / 1e12, 1.0),
            Comparison::AtMost | Comparison::Below => (f64::MAX / 1e12, 1.0),
        }
    }

    /// How far a period is from missing: the less, the harder it is.
    #[must_use]
    pub fn ease(&self, (num, den): (f64, f64)) -> f64 {
        let value = if den > 0.0 {
            num / den
        } else {
            return f64::INFINITY;
        };
        match self.comparison {
            Comparison::AtLeast | Comparison::Above => value - self.bound,
            Comparison::AtMost | Comparison::Below => self.bound - value,
        }
    }
}

/// What fresh periods say of a share of periods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// The share of all periods is at least what is asked, with 95 % confidence.
    Proved,
    /// It may be at least that, or below.
    Consistent,
    /// It is below, with 95 % confidence.
    Refuted,
}

impl Proof {
    /// As it is printed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Consistent => "consistent with",
            Self::Refuted => "refuted",
        }
    }
}

/// Exact binomial bounds of one side on the share of periods. The 5 % of error are
/// shared out over all looks that were planned (Bonferroni), so one may stop at any.
#[must_use]
pub fn bounds(s: &Standing, looks: u32) -> [f64; 2] {
    // The ends of an interval of two sides at 90 % are bounds of one side at 95 %.
    let two_sided = 1.0 - 2.0 * 0.05 / f64::from(looks.max(1));
    clopper_pearson(f64::from(s.good), f64::from(s.periods), two_sided)
}

/// What the bounds say of a share that is asked.
#[must_use]
pub fn proof(s: &Standing, share: f64, looks: u32) -> Proof {
    match bounds(s, looks) {
        [low, _] if low >= share => Proof::Proved,
        [_, high] if high < share => Proof::Refuted,
        _ => Proof::Consistent,
    }
}
