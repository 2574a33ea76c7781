//! Intervals of percentiles within one run, where turns are what is repeated.

use super::estimate::upper;
use super::{MetricRow, Pool, TOO_FEW};
use crate::domain::Dimension;
use crate::metric::{Metric, Stat};
use crate::projection::Durations;
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Normal};
use std::rc::Rc;

/// Note of a percentile for whose interval there are too few values.
pub const NO_INTERVAL: &str = "n too small for an interval";
/// Note of a number of which some values are only known to be no less: what they are in
/// the end nobody has seen. It is what it would be if they had ended there.
pub const AT_LEAST: &str = "at least";

/// The order-statistic interval of a percentile: with `n` independent values the
/// ranks `floor(n q - z s)` and `ceil(n q + z s) + 1`, `s = sqrt(n q (1 - q))`
/// (David and Nagaraja, "Order Statistics", 7.1). `n` is the effective number,
/// `n (1 - rho) / (1 + rho)` with `rho` the correlation of neighbours.
/// `None` where a rank is outside of `1..=n`.
#[must_use]
pub fn order_interval(
    histogram: &Durations,
    q: f64,
    rho: f64,
    confidence: f64,
) -> Option<[f64; 2]> {
    let shares = order_shares(histogram.len(), q, rho, confidence)?;
    Some(shares.map(|share| histogram.value_at_quantile(share) as f64))
}

/// The effective number of values.
fn effective(count: u64, rho: f64) -> f64 {
    let rho = rho.clamp(0.0, 0.999);
    (count as f64 * (1.0 - rho) / (1.0 + rho)).floor()
}

/// A rank as a share of all, a hair less: a quotient that is rounded up would be read as
/// the next rank.
fn share(rank: f64, n: f64) -> f64 {
    rank / n * (1.0 - 1e-12)
}

/// The ranks of [`order_interval`] as shares of all values.
fn order_shares(count: u64, q: f64, rho: f64, confidence: f64) -> Option<[f64; 2]> {
    let n = effective(count, rho);
    let z = Normal::standard().inverse_cdf(upper(confidence));
    let half = z * (n * q * (1.0 - q)).sqrt();
    let (low, high) = ((n * q - half).floor(), (n * q + half).ceil() + 1.0);
    if low < 1.0 || high > n {
        return None;
    }
    Some([share(low, n), share(high, n)])
}

/// The rank, as a share, below which a percentile of so few values hardly lies: of `n`
/// values at least `k` are below the percentile with the confidence of one side (the
/// binomial law). A rank less, as `n` is effective: the least of all where `n` is 1.
fn least_share(count: u64, q: f64, rho: f64, confidence: f64) -> Option<f64> {
    let n = effective(count, rho).max(1.0);
    let below = Binomial::new(q, n as u64).ok()?;
    let holds = |k: &u64| below.sf(k - 1) >= upper(confidence);
    let rank = (1..=n as u64).rev().find(holds)?;
    Some(share((rank - 1) as f64, n))
}

/// Durations of which some are only known to be no less.
#[derive(Clone, Debug)]
pub(super) struct Censored {
    /// All, those at what is known of them.
    pub(super) all: Rc<Durations>,
    /// Those that are known.
    pub(super) known: Rc<Durations>,
}

impl Censored {
    fn is_any(&self) -> bool {
        self.all.len() > self.known.len()
    }

    /// The least that the value at a share of all can be, seconds.
    fn least_s(&self, share: f64) -> f64 {
        self.all.value_at_quantile(share) as f64 * 1e-6
    }

    /// The most that it can be, seconds: where the others last for ever.
    fn most_s(&self, share: f64) -> f64 {
        let rank = (share * self.all.len() as f64).ceil().max(1.0);
        if rank > self.known.len() as f64 {
            return f64::INFINITY;
        }
        let of_known = rank / self.known.len() as f64 * (1.0 - 1e-12);
        self.known.value_at_quantile(of_known) as f64 * 1e-6
    }
}

/// Gives a number of turns its interval, and says where it is only the least.
pub(super) fn put_interval(pool: &Pool<'_>, row: &mut MetricRow, of: &Censored, confidence: f64) {
    let turns = crate::projection::TURN_DURATIONS;
    if turns.iter().all(|(_, metric)| *metric != row.which.metric) {
        return;
    }
    let q = row.which.stat.and_then(Stat::quantile);
    let Some(q) = q.filter(|q| *q < 1.0) else {
        // The mean and the greatest.
        if of.is_any() {
            row.note = Some(AT_LEAST);
            row.ci = Some([row.value, f64::INFINITY]);
        }
        return;
    };
    let rho = correlation(pool, row);
    if row.note == Some(TOO_FEW) {
        let least = least_share(of.all.len(), q, rho, confidence);
        row.ci = least.map(|share| [of.least_s(share), f64::INFINITY]);
        return;
    }
    let [low, high] = match order_shares(of.all.len(), q, rho, confidence) {
        Some(shares) => {
            row.ci = Some([of.least_s(shares[0]), of.most_s(shares[1])]);
            shares
        }
        None => {
            row.note = Some(NO_INTERVAL);
            [q, q]
        }
    };
    if of.most_s(q) > of.least_s(q) && of.is_any() {
        row.note = Some(AT_LEAST);
        row.ci = Some([of.least_s(low), of.most_s(high)]);
    }
}

/// The correlation of neighbouring latencies of the same selection.
fn correlation(pool: &Pool<'_>, row: &MetricRow) -> f64 {
    let by = Dimension::Segment;
    let keys = pool.keys.iter().zip(&pool.measures);
    let mut found = keys.filter(|(key, _)| {
        key.metric == Metric::LatencyAutocorrelation
            && key.of_one(by, pool.header) == row.which.of_one(by)
    });
    let measure = found.next().and_then(|(_, all)| all.first());
    measure.map_or(0.0, |m| if m.den > 0.0 { m.num / m.den } else { 0.0 })
}
