//! What a change does: two pools whose replications share their draws, pair by pair.

use super::{Estimate, Pool, contributions, controlled, paired_ratio, ratio, rows, sectioned};
use crate::metric::Which;
use crate::projection::Measure;
use serde::Serialize;

/// A metric without and with the change. Named as in a summary.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Which number it is.
    #[serde(flatten)]
    pub which: Which,
    /// Unit of the values.
    pub unit: &'static str,
    /// Without the change; `None` where nothing was measured.
    pub unchanged: Option<f64>,
    /// With the change; `None` where nothing was measured.
    pub changed: Option<f64>,
    /// `changed` less `unchanged`.
    pub difference: Option<f64>,
    /// Confidence interval of the difference; `None` with one replication.
    pub ci: Option<[f64; 2]>,
    /// Standard error of the difference.
    pub se: Option<f64>,
    /// What the standard error would be, had the two sides not shared their draws.
    pub independent_se: Option<f64>,
    /// Degrees of freedom of the standard error.
    pub df: Option<f64>,
}

/// The difference of every metric that both pools have: ratios of sums, then quantiles.
///
/// `control` is what a control variate came to in each replication, less its known
/// expectation: the ratios and their differences are then adjusted by it.
#[must_use]
pub fn differences(
    unchanged: &Pool<'_>,
    changed: &Pool<'_>,
    control: &[f64],
    confidence: f64,
) -> Vec<Difference> {
    let mut all = Vec::new();
    // By name: a change may number queues, teams or intents otherwise.
    let names = |pool: &Pool<'_>| -> Vec<Which> {
        let keys = pool.keys.iter();
        keys.map(|key| rows::named(pool.header, key)).collect()
    };
    let before = names(unchanged);
    for (which, measures) in names(changed).into_iter().zip(&changed.measures) {
        let Some(place) = before.iter().position(|b| *b == which) else {
            continue;
        };
        let pairs = |measures: &[Measure]| -> Vec<(f64, f64)> {
            measures.iter().map(|m| (m.num, m.den)).collect()
        };
        let sides = [pairs(&unchanged.measures[place]), pairs(measures)];
        all.extend(ratio_difference(which, &sides, control, confidence));
    }
    all.extend(quantile_differences(unchanged, changed, confidence));
    all
}

fn ratio_difference(
    which: Which,
    [first, second]: &[Vec<(f64, f64)>; 2],
    control: &[f64],
    confidence: f64,
) -> Option<Difference> {
    let sides = [ratio(first, confidence), ratio(second, confidence)];
    if !sides.iter().any(|side| side.value.is_finite()) {
        return None;
    }
    let independent = sides[0].se.zip(sides[1].se).map(|(a, b)| a.hypot(b));
    let plain = || {
        let difference = paired_ratio(first, second, confidence);
        let df = first.len().min(second.len()) as f64 - 1.0;
        named_difference(which.clone(), sides, difference, df, independent)
    };
    let ((before, a), (after, b)) = (contributions(first), contributions(second));
    let d: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - a).collect();
    let adjusted = |value: f64, each: &[f64]| controlled(value, each, control, confidence);
    let adjusted = adjusted(before, &a).zip(adjusted(after, &b)).zip(adjusted(after - before, &d));
    let Some((((before, _), (after, _)), (difference, df))) = adjusted else {
        return Some(plain());
    };
    Some(named_difference(which, [before, after], difference, df, independent))
}

/// Quantiles are pooled; the same groups of replications on both sides give the interval.
fn quantile_differences(
    unchanged: &Pool<'_>,
    changed: &Pool<'_>,
    confidence: f64,
) -> Vec<Difference> {
    let before = rows::quantiles(unchanged, unchanged.header);
    let mut all = Vec::new();
    for after in rows::quantiles(changed, changed.header) {
        let Some(before) = before.iter().find(|b| b.row.which == after.row.which) else {
            continue;
        };
        let each = before.each.iter().zip(&after.each).map(|(a, b)| b - a);
        let each: Vec<f64> = each.collect();
        let side = |q: &rows::Quantile| sectioned(q.whole, &q.each, confidence);
        let difference = sectioned(after.whole - before.whole, &each, confidence);
        let groups = each.iter().filter(|d| d.is_finite()).count();
        let sides = [side(before), side(&after)];
        let independent = sides[0].se.zip(sides[1].se).map(|(a, b)| a.hypot(b));
        let df = groups as f64 - 1.0;
        all.push(named_difference(after.row.which, sides, difference, df, independent));
    }
    all
}

fn named_difference(
    which: Which,
    [unchanged, changed]: [Estimate; 2],
    difference: Estimate,
    df: f64,
    independent_se: Option<f64>,
) -> Difference {
    let finite = |value: f64| Some(value).filter(|v| v.is_finite());
    Difference {
        unit: which.metric.unit().name(),
        which,
        unchanged: finite(unchanged.value),
        changed: finite(changed.value),
        difference: finite(difference.value),
        ci: difference.ci,
        se: difference.se,
        independent_se,
        df: difference.se.map(|_| df),
    }
}
