//! Intervals of percentiles within one run, where turns are what is repeated.

use super::estimate::upper;
use super::{MetricRow, Pool};
use hdrhistogram::Histogram;
use statrs::distribution::{ContinuousCDF, Normal};

/// Note of a percentile for whose interval there are too few values.
pub const NO_INTERVAL: &str = "n too small for an interval";

/// The order-statistic interval of a percentile: with `n` independent values the
/// ranks `floor(n q - z s)` and `ceil(n q + z s) + 1`, `s = sqrt(n q (1 - q))`
/// (David and Nagaraja, "Order Statistics", 7.1). `n` is the effective number,
/// `n (1 - rho) / (1 + rho)` with `rho` the correlation of neighbours.
/// `None` where a rank is outside of `1..=n`.
#[must_use]
pub fn order_interval(
    histogram: &Histogram<u64>,
    q: f64,
    rho: f64,
    confidence: f64,
) -> Option<[f64; 2]> {
    let rho = rho.clamp(0.0, 0.999);
    let n = (histogram.len() as f64 * (1.0 - rho) / (1.0 + rho)).floor();
    let z = Normal::standard().inverse_cdf(upper(confidence));
    let half = z * (n * q * (1.0 - q)).sqrt();
    let (low, high) = ((n * q - half).floor(), (n * q + half).ceil() + 1.0);
    if low < 1.0 || high > n {
        return None;
    }
    // A hair less: a quotient that is rounded up would be read as the next rank.
    let share = |rank: f64| rank / n * (1.0 - 1e-12);
    let at = |rank: f64| histogram.value_at_quantile(share(rank)) as f64;
    Some([at(low), at(high)])
}

/// Gives a percentile of turns its interval.
pub(super) fn put_interval(
    pool: &Pool<'_>,
    row: &mut MetricRow,
    of: &Histogram<u64>,
    confidence: f64,
) {
    let turns = crate::projection::TURN_DURATIONS;
    let found = crate::projection::STATS
        .iter()
        .find(|s| Some(s.0) == row.stat);
    let (Some((_, q)), true) = (found, turns.iter().any(|(_, name)| *name == row.metric)) else {
        return;
    };
    if *q >= 1.0 || !row.value.is_finite() {
        return;
    }
    let rho = correlation(pool, row);
    row.ci = order_interval(of, *q, rho, confidence).map(|ci| ci.map(|us| us * 1e-6));
    if row.ci.is_none() {
        row.note = Some(NO_INTERVAL);
    }
}

/// The correlation of neighbouring latencies of the same selection.
fn correlation(pool: &Pool<'_>, row: &MetricRow) -> f64 {
    let named = |segment: Option<crate::id::SegmentId>| {
        segment.map(|s| pool.header.segments[s.index()].as_str())
    };
    let keys = pool.keys.iter().zip(&pool.measures);
    let mut found = keys.filter(|(key, _)| {
        key.metric == "latency_autocorrelation" && named(key.dims.segment) == row.segment.as_deref()
    });
    let measure = found.next().and_then(|(_, all)| all.first());
    measure.map_or(0.0, |m| if m.den > 0.0 { m.num / m.den } else { 0.0 })
}
