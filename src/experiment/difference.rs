//! What a change does: two pools whose replications share their draws, pair by pair.

use super::{MetricRow, Pool, paired_ratio, rows};
use crate::projection::Measure;
use serde::Serialize;

/// A metric without and with the change. The names are those of a [`MetricRow`].
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Name.
    pub metric: &'static str,
    /// Which of several definitions.
    pub definition: Option<&'static str>,
    /// Threshold that the definition needs, seconds.
    pub threshold_s: Option<f64>,
    /// Queue.
    pub queue: Option<String>,
    /// Segment.
    pub segment: Option<String>,
    /// Channel.
    pub channel: Option<String>,
    /// Intent.
    pub intent: Option<String>,
    /// `bot` or `human`.
    pub party: Option<&'static str>,
    /// Team.
    pub team: Option<String>,
    /// `mean`, where the metric is a distribution.
    pub stat: Option<&'static str>,
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
}

/// The difference of every metric that both pools have.
#[must_use]
pub fn differences(unchanged: &Pool<'_>, changed: &Pool<'_>, confidence: f64) -> Vec<Difference> {
    let mut all = Vec::new();
    for (key, measures) in changed.keys.iter().zip(&changed.measures) {
        let Some(place) = unchanged.keys.iter().position(|k| k == key) else {
            continue;
        };
        let pairs = |measures: &[Measure]| -> Vec<(f64, f64)> {
            measures.iter().map(|m| (m.num, m.den)).collect()
        };
        let (first, second) = (pairs(&unchanged.measures[place]), pairs(measures));
        let estimate = paired_ratio(&first, &second, confidence);
        let ratio = |pairs: &[(f64, f64)]| {
            let sums = pairs.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
            Some(sums.0 / sums.1).filter(|r| r.is_finite())
        };
        let row = rows::named(changed.header, key);
        let (before, after) = (ratio(&first), ratio(&second));
        if before.is_some() || after.is_some() {
            all.push(difference(row, before, after, estimate.value, estimate.ci));
        }
    }
    all
}

fn difference(
    row: MetricRow,
    unchanged: Option<f64>,
    changed: Option<f64>,
    value: f64,
    ci: Option<[f64; 2]>,
) -> Difference {
    Difference {
        metric: row.metric,
        definition: row.definition,
        threshold_s: row.threshold_s,
        queue: row.queue,
        segment: row.segment,
        channel: row.channel,
        intent: row.intent,
        party: row.party,
        team: row.team,
        stat: row.stat,
        unit: row.unit,
        unchanged,
        changed,
        difference: Some(value).filter(|v| v.is_finite()),
        ci,
    }
}
