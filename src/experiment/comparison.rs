//! Systems beside a standard: paired differences, and what may be said of them.
//!
//! Every replication of every system has the same draws, so a difference is that of
//! pairs. The p-values of all headline rows of all systems are adjusted together by
//! Holm's method, so that among the findings of one table a wrong one is as rare as
//! the confidence says.

use super::{Difference, Pool, differences, t_quantile};
use crate::metric::{Better, Definition, Metric, Which};
use crate::scenario::target::{self, Target};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Name and version of the JSON that `compare --format json` prints.
pub const COMPARISON_SCHEMA: &str = "convoq.compare/1";

/// What may be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A difference in the direction that is wanted.
    Better,
    /// A difference in the other direction.
    Worse,
    /// More, of a metric that is neither good nor bad.
    Higher,
    /// Less, of such a metric.
    Lower,
    /// Smaller than the margin, with the stated confidence.
    Equivalent,
    /// It may be chance.
    NotDetected,
    /// The same in every replication.
    Same,
    /// Nothing was measured on one side, or there are too few replications.
    NotMeasured,
}

/// One metric of a system beside the standard.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedRow {
    /// Both values and their difference.
    #[serde(flatten)]
    pub difference: Difference,
    /// Two-sided p-value of no difference (paired t), before the adjustment.
    pub p: Option<f64>,
    /// The same after Holm's adjustment; only in headline rows.
    pub p_adjusted: Option<f64>,
    /// What may be said; only in headline rows.
    pub finding: Option<Finding>,
    /// Whether the difference is smaller than the margin (two one-sided tests).
    pub within_margin: Option<bool>,
    /// Width of the interval over that with independent seeds.
    pub width_ratio: Option<f64>,
    /// Replications that independent seeds would have needed for the same interval.
    pub independent_replications: Option<u64>,
}

/// A system beside the standard.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedSystem {
    /// What it is called: a variant, or its changes.
    pub name: String,
    /// SHA-256 of its scenario as run.
    pub sha256: String,
    /// All metrics that both have.
    pub rows: Vec<ComparedRow>,
}

/// What a comparison talks about, by the definitions that the bare names mean; a target
/// adds its own.
const HEADLINES: [Which<&str>; 12] = [
    Which::of(Metric::ServiceLevel),
    Which::of(Metric::Wait),
    Which::of(Metric::AbandonmentRate),
    Which::of(Metric::Occupancy).definition(Definition::Slots),
    Which::of(Metric::Utilisation),
    Which::of(Metric::Roar),
    Which::of(Metric::TrueRoar),
    Which::of(Metric::Fcr),
    Which::of(Metric::Csat),
    Which::of(Metric::Cost),
    Which::of(Metric::CostPerContact),
    Which::of(Metric::CostPerTrueResolution),
];

/// Compares systems with the standard. `control` is a control variate of each
/// replication, less its known expectation; empty for none. `margin` is a share: points of metrics that are
/// shares, and that part of the standard's value for all others.
#[must_use]
pub fn compare(
    standard: &Pool<'_>,
    systems: &[(String, &Pool<'_>)],
    control: &[f64],
    margin: Option<f64>,
    confidence: f64,
) -> Vec<ComparedSystem> {
    let mut compared: Vec<ComparedSystem> = systems
        .iter()
        .map(|(name, pool)| ComparedSystem {
            name: name.clone(),
            sha256: pool.header.sha256.clone(),
            rows: differences(standard, pool, control, confidence)
                .into_iter()
                .map(|d| row(d, margin, confidence, standard.replications))
                .collect(),
        })
        .collect();
    let targets = standard.header.targets.iter();
    let targets: Vec<Target> = targets.filter_map(|t| target::parse(t).ok()).collect();
    let mut headlines: Vec<&mut ComparedRow> = compared
        .iter_mut()
        .flat_map(|system| &mut system.rows)
        .filter(|r| is_headline(&r.difference.which, &targets))
        .collect();
    adjust(&mut headlines);
    for row in headlines {
        row.finding = Some(finding(row, 1.0 - confidence));
    }
    compared
}

fn is_headline(which: &Which, targets: &[Target]) -> bool {
    // Of every queue and every team.
    let whole = Which { queue: None, team: None, ..which.clone() };
    HEADLINES.iter().any(|h| h.asks_for(&whole)) || targets.iter().any(|t| t.which.asks_for(which))
}

fn row(d: Difference, margin: Option<f64>, confidence: f64, replications: u32) -> ComparedRow {
    let ratio = width_ratio(&d, confidence, replications);
    let ratio = ratio.filter(|r| r.is_finite());
    let needed = ratio.filter(|r| *r > 0.0).map(|r| f64::from(replications) / (r * r));
    ComparedRow {
        p: p_value(&d),
        p_adjusted: None,
        finding: None,
        within_margin: margin.and_then(|m| within(&d, m, confidence)),
        width_ratio: ratio,
        independent_replications: needed.map(|n| n.ceil() as u64),
        difference: d,
    }
}

/// Width of the interval over that of two independent samples.
fn width_ratio(d: &Difference, confidence: f64, replications: u32) -> Option<f64> {
    let tail = 0.5 + confidence / 2.0;
    let own = d.se? * t_quantile(d.df?, tail);
    let df = 2.0 * (f64::from(replications) - 1.0);
    Some(own / (d.independent_se? * t_quantile(df, tail)))
}

/// Two-sided p-value of a paired t test. A difference without any spread is certain.
fn p_value(d: &Difference) -> Option<f64> {
    let (value, se, df) = (d.difference?, d.se?, d.df?);
    if se == 0.0 {
        return Some(if value == 0.0 { 1.0 } else { 0.0 });
    }
    let law = StudentsT::new(0.0, 1.0, df).ok()?;
    Some(2.0 * law.sf((value / se).abs()))
}

/// Two one-sided tests: the interval of twice the error lies inside the margin.
fn within(d: &Difference, margin: f64, confidence: f64) -> Option<bool> {
    let (value, se, df) = (d.difference?, d.se?, d.df?);
    let margin = match d.unit {
        "ratio" => margin,
        _ => margin * d.unchanged?.abs(),
    };
    let half = if se == 0.0 { 0.0 } else { t_quantile(df, confidence) * se };
    Some(value - half > -margin && value + half < margin)
}

/// Holm's step-down adjustment over all rows that have a p-value.
fn adjust(rows: &mut [&mut ComparedRow]) {
    rows.sort_by(|a, b| {
        let p = |row: &ComparedRow| row.p.unwrap_or(f64::INFINITY);
        p(a).total_cmp(&p(b))
    });
    let count = rows.iter().filter(|row| row.p.is_some()).count();
    let mut largest: f64 = 0.0;
    for (rank, row) in rows.iter_mut().enumerate() {
        row.p_adjusted = row.p.map(|p| {
            largest = largest.max((p * (count - rank) as f64).min(1.0));
            largest
        });
    }
}

fn finding(row: &ComparedRow, level: f64) -> Finding {
    let d = &row.difference;
    let (Some(value), Some(p)) = (d.difference, row.p_adjusted) else {
        return Finding::NotMeasured;
    };
    if d.se == Some(0.0) && value == 0.0 {
        return Finding::Same;
    }
    match (p < level, d.which.metric.facts().better) {
        (false, _) if row.within_margin == Some(true) => Finding::Equivalent,
        (false, _) => Finding::NotDetected,
        (true, Better::Neither) if value > 0.0 => Finding::Higher,
        (true, Better::Neither) => Finding::Lower,
        (true, better) if (better == Better::More) == (value > 0.0) => Finding::Better,
        (true, _) => Finding::Worse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(metric: Metric, value: f64, se: f64) -> Difference {
        Difference {
            which: Which::of(metric),
            unit: "ratio",
            unchanged: Some(0.5),
            changed: Some(0.5 + value),
            difference: Some(value),
            ci: None,
            se: Some(se),
            independent_se: Some(4.0 * se),
            df: Some(19.0),
        }
    }

    fn found(margin: Option<f64>, all: &[(Metric, f64, f64)]) -> Vec<Finding> {
        let mut rows: Vec<ComparedRow> = all
            .iter()
            .map(|&(metric, value, se)| row(difference(metric, value, se), margin, 0.95, 20))
            .collect();
        adjust(&mut rows.iter_mut().collect::<Vec<_>>());
        rows.iter().map(|r| finding(r, 0.05)).collect()
    }

    #[test]
    fn p_values_are_those_of_the_t_tables() {
        // The 97.5 % point of Student's t with 19 degrees of freedom is 2.093024.
        let p = p_value(&difference(Metric::Roar, 2.093_024, 1.0)).unwrap();
        assert!((p - 0.05).abs() < 1e-6, "{p}");
    }

    #[test]
    fn holm_multiplies_the_smallest_by_all_and_never_goes_down() {
        let t = |p: f64| t_quantile(19.0, 1.0 - p / 2.0);
        let of = |p: f64| row(difference(Metric::Roar, t(p), 1.0), None, 0.95, 20);
        let mut rows = [of(0.03), of(0.01), of(0.02), of(0.005)];
        adjust(&mut rows.iter_mut().collect::<Vec<_>>());
        let adjusted: Vec<f64> = rows.iter().map(|r| r.p_adjusted.unwrap()).collect();
        // R: p.adjust(c(.03, .01, .02, .005), "holm").
        for (own, table) in adjusted.iter().zip([0.04, 0.03, 0.04, 0.02]) {
            assert!((own - table).abs() < 1e-6, "{adjusted:?}");
        }
    }

    #[test]
    fn findings_know_which_direction_is_wanted_and_what_may_be_chance() {
        let far = 0.1;
        assert_eq!(
            found(
                None,
                &[
                    (Metric::ServiceLevel, far, 0.01),
                    (Metric::AbandonmentRate, far, 0.01),
                    (Metric::Occupancy, -far, 0.01),
                    (Metric::Roar, 0.01, 0.01),
                    (Metric::Fcr, 0.0, 0.0),
                ]
            ),
            [Finding::Better, Finding::Worse, Finding::Lower, Finding::NotDetected, Finding::Same]
        );
        // One alone is found at two standard errors and a bit; among twenty it is not.
        assert_eq!(found(None, &[(Metric::Roar, 0.022, 0.01)]), [Finding::Better]);
        let many = vec![(Metric::Roar, 0.022, 0.01); 20];
        assert_eq!(found(None, &many)[0], Finding::NotDetected);
    }

    #[test]
    fn equivalence_needs_the_whole_interval_inside_the_margin() {
        // The 95 % point of Student's t with 19 degrees of freedom is 1.729133.
        assert_eq!(found(Some(0.0174), &[(Metric::Roar, 0.0, 0.01)]), [Finding::Equivalent]);
        assert_eq!(found(Some(0.0172), &[(Metric::Roar, 0.0, 0.01)]), [Finding::NotDetected]);
    }
}
