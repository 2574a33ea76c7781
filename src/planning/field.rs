//! How far one number of a scenario may go, and what the periods say at a value.

use super::{Ask, Certainty, Goal, Limit, Period, Range, Tried};
use crate::experiment::{clopper_pearson, ratio};

/// Confidence of the intervals that make a verdict certain.
const CONFIDENCE: f64 = 0.95;

/// A number of the scenario that may be another one.
#[derive(Clone, Debug)]
pub struct Field {
    /// As `demand[0].per_day`.
    pub path: String,
    /// What it is.
    pub now: f64,
    /// What is written after it.
    pub unit: String,
    /// How far it may go.
    pub range: Range,
}

/// The limit of a number with all that is said of it.
#[derive(Clone, Debug)]
pub struct FieldAnswer {
    /// What was asked.
    pub ask: Ask,
    /// The number.
    pub field: Field,
    /// How far it may go.
    pub limit: Limit,
    /// What each target was over all runs, by value tried.
    pub values: Vec<(f64, Vec<f64>)>,
}

impl Field {
    /// A value as the scenario has it.
    #[must_use]
    pub fn write(&self, value: f64) -> String {
        format!("{value}{}", self.unit)
    }
}

impl FieldAnswer {
    /// What each target was over all runs at a value that was tried.
    #[must_use]
    pub fn values_at(&self, value: f64) -> &[f64] {
        let found = self.values.iter().find(|(v, _)| *v == value);
        found.map_or(&[], |(_, values)| values)
    }
}

/// What the periods say at a value.
#[must_use]
pub fn tried(value: f64, goals: &[Goal], periods: &[Period]) -> Tried {
    let mut certainty = Certainty::Met;
    let mut met = true;
    for (place, goal) in goals.iter().enumerate() {
        let pairs: Vec<_> = periods.iter().map(|p| p[place]).filter(|p| p.1 > 0.0).collect();
        let standing = goal.standing(pairs.iter().copied());
        met &= standing.met;
        let ends = match goal.share {
            Some(share) => {
                let (good, all) = (f64::from(standing.good), f64::from(standing.periods));
                clopper_pearson(good, all, CONFIDENCE).map(|end| end >= share)
            }
            None => match ratio(&pairs, CONFIDENCE).ci {
                Some(ends) => ends.map(|end| goal.comparison.holds(end, goal.bound)),
                None => [false, true],
            },
        };
        certainty = match ends {
            [false, false] => Certainty::Missed,
            [true, true] => certainty,
            _ if certainty == Certainty::Missed => certainty,
            _ => Certainty::Undecided,
        };
    }
    let ease = periods.iter().map(|period| {
        let each = goals.iter().zip(period).map(|(g, v)| g.ease(*v));
        each.fold(f64::INFINITY, f64::min)
    });
    let ease = ease.filter(|e| e.is_finite()).sum::<f64>() / periods.len().max(1) as f64;
    Tried { value, met, certainty, ease }
}
