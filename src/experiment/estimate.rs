//! Estimators: what a handful of replications says about the truth.
//!
//! The independent unit is the replication (a day, a week), never the contact:
//! contacts of one day share its queue. So ratios are ratios of sums with the
//! delta method over replications, quantiles are pooled with sectioning over
//! groups of replications, and Student's t carries the small numbers. Nothing
//! here averages ratios or quantiles of single days, which is biased.

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF, Normal, StudentsT};

/// Fewest values for which points of the spread are given: below, the 5 % point is the minimum.
pub const SPREAD_MIN: usize = 20;

/// The points of the spread.
const SPREAD_POINTS: [f64; 3] = [0.05, 0.5, 0.95];

/// A number with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value; NaN where nothing was measured.
    pub value: f64,
    /// Its standard error; `None` where it cannot be known.
    pub se: Option<f64>,
    /// Its confidence interval; `None` where it cannot be known.
    pub ci: Option<[f64; 2]>,
}

impl Estimate {
    /// A value of which the uncertainty is unknown.
    #[must_use]
    pub fn bare(value: f64) -> Self {
        Self { value, se: None, ci: None }
    }

    /// The interval `value +- t se` with `df` degrees of freedom.
    pub(super) fn student(value: f64, se: f64, df: f64, confidence: f64) -> Self {
        let half = t_quantile(df, upper(confidence)) * se;
        if !value.is_finite() || !half.is_finite() {
            return Self::bare(value);
        }
        Self { value, se: Some(se), ci: Some([value - half, value + half]) }
    }
}

/// Ratio of sums over replications, one `(numerator, denominator)` each.
///
/// The variance is the delta method's, `sum (x - R y)^2 / ((n - 1) n Y^2)` with
/// `Y` the mean denominator, with `n - 1` degrees of freedom. Equal
/// denominators make it the plain mean and its t interval. A total of zero in
/// the denominator gives NaN; fewer than two replications give no interval.
///
/// Replications that agree exactly give an interval of length zero. For a rare
/// event that never happened that is no knowledge: see [`wilson`].
#[must_use]
pub fn ratio(pairs: &[(f64, f64)], confidence: f64) -> Estimate {
    let n = pairs.len() as f64;
    let (top, bottom) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0, y + pair.1));
    if bottom == 0.0 {
        return Estimate::bare(f64::NAN);
    }
    let value = top / bottom;
    if pairs.len() < 2 {
        return Estimate::bare(value);
    }
    let residuals: f64 = pairs.iter().map(|(x, y)| (x - value * y).powi(2)).sum();
    let mean = bottom / n;
    let se = (residuals / ((n - 1.0) * n)).sqrt() / mean.abs();
    Estimate::student(value, se, n - 1.0, confidence)
}

/// A ratio of sums, and what each replication contributes to its error: the terms of
/// the delta method, `(x - R y) / Y` with `Y` the mean denominator, of sum zero.
#[must_use]
pub fn contributions(pairs: &[(f64, f64)]) -> (f64, Vec<f64>) {
    let (top, bottom) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0, y + pair.1));
    let (value, mean) = (top / bottom, bottom / pairs.len() as f64);
    let each = pairs.iter().map(|(x, y)| (x - value * y) / mean);
    (value, each.collect())
}

/// Difference of two ratios of sums over the same replications: `second` less `first`,
/// each one `(numerator, denominator)` a replication.
///
/// The delta method on the pairs, `sum d^2 / ((n - 1) n)` with `d` the difference of
/// the [`contributions`], with `n - 1` degrees of freedom: what the two share in a
/// replication cancels. NaN where a total denominator is zero; no interval for fewer
/// than two replications.
#[must_use]
pub fn paired_ratio(first: &[(f64, f64)], second: &[(f64, f64)], confidence: f64) -> Estimate {
    let ((before, a), (after, b)) = (contributions(first), contributions(second));
    let value = after - before;
    let n = a.len().min(b.len()) as f64;
    if n < 2.0 || !value.is_finite() {
        return Estimate::bare(if value.is_finite() { value } else { f64::NAN });
    }
    let squares: f64 = a.iter().zip(&b).map(|(a, b)| (b - a).powi(2)).sum();
    Estimate::student(value, (squares / ((n - 1.0) * n)).sqrt(), n - 1.0, confidence)
}

/// Fewest replications for a control: its slope must be estimated too.
const CONTROLLED_MIN: usize = 10;

/// A value adjusted by a control variate: what would have been measured, had the
/// control come to its expectation.
///
/// `each` are the replications' contributions to the value, of sum zero; `control` is
/// what the control came to in each, less its known expectation. The slope is that of
/// least squares, the error that of the regression at the expectation, with `n - 2`
/// degrees of freedom (Lavenberg and Welch 1981). `None` with fewer than 10
/// replications or a control that does not vary.
#[must_use]
pub fn controlled(
    value: f64,
    each: &[f64],
    control: &[f64],
    confidence: f64,
) -> Option<(Estimate, f64)> {
    let count = each.len();
    if count < CONTROLLED_MIN || control.len() != count || !value.is_finite() {
        return None;
    }
    let n = count as f64;
    let mean = control.iter().sum::<f64>() / n;
    let squares: f64 = control.iter().map(|c| (c - mean).powi(2)).sum();
    if squares <= 0.0 {
        return None;
    }
    let products: f64 = control.iter().zip(each).map(|(c, e)| (c - mean) * e).sum();
    let slope = products / squares;
    let left = control.iter().zip(each).map(|(c, e)| e - slope * (c - mean));
    let variance = left.map(|e| e * e).sum::<f64>() / (n - 2.0);
    let se = (variance * (1.0 / n + mean * mean / squares)).sqrt();
    let adjusted = Estimate::student(value - slope * mean, se, n - 2.0, confidence);
    Some((adjusted, n - 2.0))
}

/// A pooled quantile with an interval by sectioning (Asmussen and Glynn).
///
/// `groups` are the same quantile of disjoint groups of replications, 10 to 20
/// of them. They are compared with the pooled value, not with their own mean,
/// because quantiles of small groups are biased. Groups in which nothing was
/// measured (NaN) do not count.
#[must_use]
pub fn sectioned(pooled: f64, groups: &[f64], confidence: f64) -> Estimate {
    let mut b = 0.0;
    let mut squares = 0.0;
    for q in groups.iter().filter(|q| q.is_finite()) {
        b += 1.0;
        squares += (q - pooled).powi(2);
    }
    if b < 2.0 {
        return Estimate::bare(pooled);
    }
    let se = (squares / (b * (b - 1.0))).sqrt();
    Estimate::student(pooled, se, b - 1.0, confidence)
}

/// Wilson's interval for a proportion of independent trials.
///
/// Without trials it is the whole `[0, 1]`.
#[must_use]
pub fn wilson(successes: f64, n: f64, confidence: f64) -> [f64; 2] {
    if n.is_nan() || n <= 0.0 {
        return [0.0, 1.0];
    }
    let z = Normal::standard().inverse_cdf(upper(confidence));
    let p = successes / n;
    let shrink = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / shrink;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / shrink;
    [(centre - half).max(0.0), (centre + half).min(1.0)]
}

/// Clopper and Pearson's interval for a proportion of independent trials: never
/// too narrow. For the probability that a whole period meets its targets.
///
/// Without trials it is the whole `[0, 1]`.
#[must_use]
pub fn clopper_pearson(successes: f64, n: f64, confidence: f64) -> [f64; 2] {
    let tail = 1.0 - upper(confidence);
    let failures = n - successes;
    // A beta law with a parameter 0 does not exist; there the bound is the end of the range.
    let low = Beta::new(successes, failures + 1.0).map_or(0.0, |law| law.inverse_cdf(tail));
    let high = Beta::new(successes + 1.0, failures).map_or(1.0, |law| law.inverse_cdf(1.0 - tail));
    [low, high]
}

/// The point below which Student's t with `df` degrees of freedom falls with
/// probability `p`. NaN for arguments that mean nothing.
#[must_use]
pub fn t_quantile(df: f64, p: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return f64::NAN;
    }
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |law| law.inverse_cdf(p))
}

/// The 5 %, 50 % and 95 % points of the replications' own values: what single
/// periods look like, where an interval says how well their mean is known.
///
/// Order statistics with linear interpolation. Values that are not finite do
/// not count; `None` with fewer than 20 others.
#[must_use]
pub fn spread(values: &[f64]) -> Option<[f64; 3]> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if sorted.len() < SPREAD_MIN {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    Some(SPREAD_POINTS.map(|p| interpolate(&sorted, p)))
}

/// Ranks, from 1, of the order statistics that enclose the `p` quantile of `n`
/// independent values: the exact interval from the binomial law, at most half of
/// what confidence leaves out on either side. `None` for a bound that would lie
/// beyond the values there are: `n` is too small.
#[must_use]
pub fn order_statistic_ranks(n: usize, p: f64, confidence: f64) -> [Option<usize>; 2] {
    let Ok(below) = Binomial::new(p, n as u64) else {
        return [None, None];
    };
    // The fewest of n values that lie below the quantile with more than the tail's probability.
    let count = |tail: f64| below.inverse_cdf(tail) as usize;
    let low = Some(count(1.0 - upper(confidence))).filter(|rank| *rank >= 1);
    let high = Some(count(upper(confidence)) + 1).filter(|rank| *rank <= n);
    [low, high]
}

/// The ranks for the three points of [`spread`], where both bounds exist.
#[must_use]
pub fn spread_ranks(n: usize, confidence: f64) -> [Option<[usize; 2]>; 3] {
    SPREAD_POINTS.map(|p| match order_statistic_ranks(n, p, confidence) {
        [Some(low), Some(high)] => Some([low, high]),
        _ => None,
    })
}

/// Intervals of the points of [`spread`], by the ranks of [`spread_ranks`] for as
/// many values; `None` where `n` is too small for both bounds.
#[must_use]
pub fn spread_intervals(values: &[f64], ranks: &[Option<[usize; 2]>; 3]) -> [Option<[f64; 2]>; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |rank: usize| sorted.get(rank.wrapping_sub(1)).copied();
    ranks.map(|bounds| {
        let [low, high] = bounds?;
        Some([at(low)?, at(high)?])
    })
}

/// The `p` quantile of sorted values, linear between neighbours.
fn interpolate(sorted: &[f64], p: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * p;
    let below = place.floor();
    let low = sorted[below as usize];
    let high = sorted[place.ceil() as usize];
    low + (place - below) * (high - low)
}

/// The upper tail point of a two-sided interval: 0.975 for 0.95.
pub(super) fn upper(confidence: f64) -> f64 {
    0.5 + confidence / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b} +- {tolerance}");
    }

    /// SplitMix64: enough for a coverage test, and nothing to depend on.
    struct SplitMix(u64);

    impl SplitMix {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }

        fn exponential(&mut self) -> f64 {
            -(1.0 - self.uniform()).ln()
        }

        fn poisson(&mut self, mean: f64) -> f64 {
            let mut left = mean - self.exponential();
            let mut count = 0.0;
            while left > 0.0 {
                count += 1.0;
                left -= self.exponential();
            }
            count
        }
    }

    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        for (df, t) in [
            (1.0, 12.706_205),
            (2.0, 4.302_653),
            (9.0, 2.262_157),
            (19.0, 2.093_024),
            (29.0, 2.045_230),
            (99.0, 1.984_217),
            (999.0, 1.962_341),
        ] {
            near(t_quantile(df, 0.975), t, 1e-5);
            near(t_quantile(df, 0.025), -t, 1e-5);
        }
        assert!(t_quantile(0.0, 0.975).is_nan());
        assert!(t_quantile(5.0, 1.0).is_nan());
    }

    #[test]
    fn a_control_adjusts_to_its_expectation_as_a_regression_line_does() {
        let control = [-3.0, -1.0, 0.0, 2.0, 5.0, 1.0, -2.0, 4.0, 0.0, 3.0];
        let values = [1.0, 2.5, 3.0, 5.5, 8.0, 4.5, 2.0, 7.5, 3.5, 6.0];
        let each = values.map(|z| z - 4.35);
        let (e, df) = controlled(4.35, &each, &control, 0.95).expect("enough values");
        // numpy: the intercept of least squares, and its standard error.
        near(e.value, 3.539_408_867, 1e-9);
        near(e.se.expect("has an error"), 0.094_005_672, 1e-9);
        near(df, 8.0, 0.0);
        // It does not vary: nothing to adjust by. Too few: no slope to trust.
        assert_eq!(controlled(4.35, &each, &[1.0; 10], 0.95), None);
        assert_eq!(controlled(4.35, &each[..9], &control[..9], 0.95), None);
    }

    #[test]
    fn wilson_gives_the_published_intervals() {
        for (x, n, low, high) in [
            (0.0, 20.0, 0.0, 0.161_125),
            (45.0, 1000.0, 0.033_800, 0.059_683),
            (80.0, 100.0, 0.711_171, 0.866_633),
            (9.0, 10.0, 0.595_850, 0.982_124),
            (1.0, 1.0, 0.206_549, 1.0),
            (450.0, 10_000.0, 0.041_11, 0.049_24),
        ] {
            let [a, b] = wilson(x, n, 0.95);
            near(a, low, 6e-6);
            near(b, high, 6e-6);
        }
        assert_eq!(wilson(0.0, 0.0, 0.95), [0.0, 1.0]);
    }

    #[test]
    fn clopper_pearson_has_the_tails_it_claims() {
        // Closed forms: nothing of n is 1 - (a/2)^(1/n), all of n is (a/2)^(1/n).
        near(clopper_pearson(0.0, 20.0, 0.95)[1], 1.0 - 0.025f64.powf(0.05), 1e-9);
        near(clopper_pearson(20.0, 20.0, 0.95)[0], 0.025f64.powf(0.05), 1e-9);
        assert_eq!(clopper_pearson(0.0, 20.0, 0.95)[0], 0.0);
        assert_eq!(clopper_pearson(20.0, 20.0, 0.95)[1], 1.0);
        assert_eq!(clopper_pearson(0.0, 0.0, 0.95), [0.0, 1.0]);
        // 95 of 100, R: binom.test(95, 100)$conf.int.
        let [low, high] = clopper_pearson(95.0, 100.0, 0.95);
        near(low, 0.887_165, 1e-6);
        near(high, 0.983_568, 1e-6);
    }

    #[test]
    fn a_ratio_with_equal_denominators_is_a_mean() {
        let e = ratio(&[(1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (9.0, 1.0)], 0.95);
        near(e.value, 4.0, 1e-12);
        // Sample variance 38/3, so the standard error is sqrt(38/12).
        near(e.se.expect("has an error"), (38.0f64 / 12.0).sqrt(), 1e-12);
        let [low, high] = e.ci.expect("has an interval");
        near(high - 4.0, 3.182_446 * (38.0f64 / 12.0).sqrt(), 1e-5);
        near(low + high, 8.0, 1e-12);
    }

    #[test]
    fn a_ratio_is_of_sums_and_agrees_with_the_jackknife() {
        let mut draw = SplitMix(7);
        let pairs: Vec<(f64, f64)> = (0..200)
            .map(|_| {
                let n = draw.poisson(80.0);
                (n * (0.6 + 0.3 * draw.uniform()), n)
            })
            .collect();
        let e = ratio(&pairs, 0.95);
        let (x, y) = pairs.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        near(e.value, x / y, 1e-12);
        let n = pairs.len() as f64;
        let left_out: Vec<f64> = pairs.iter().map(|p| (x - p.0) / (y - p.1)).collect();
        let mean = left_out.iter().sum::<f64>() / n;
        let variance = (n - 1.0) / n * left_out.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
        let se = e.se.expect("has an error");
        near(variance.sqrt() / se, 1.0, 0.01);
        near(n * e.value - (n - 1.0) * mean, e.value, se / 20.0);
    }

    #[test]
    fn what_cannot_be_known_is_not_claimed() {
        assert_eq!(ratio(&[(3.0, 4.0)], 0.95), Estimate::bare(0.75));
        assert!(ratio(&[], 0.95).value.is_nan());
        assert!(ratio(&[(1.0, 0.0), (2.0, 0.0)], 0.95).value.is_nan());
        assert_eq!(ratio(&[(1.0, 0.0), (2.0, 0.0)], 0.95).ci, None);
        assert_eq!(ratio(&[(f64::NAN, 1.0), (2.0, 1.0)], 0.95).ci, None);
        assert_eq!(sectioned(5.0, &[4.0, f64::NAN], 0.95), Estimate::bare(5.0));
        assert_eq!(spread(&[1.0; 19]), None);
    }

    #[test]
    fn sectioning_measures_around_the_pooled_value() {
        let e = sectioned(10.0, &[8.0, 9.0, 11.0, 13.0], 0.95);
        near(e.se.expect("has an error"), (15.0f64 / 12.0).sqrt(), 1e-12);
        let [low, high] = e.ci.expect("has an interval");
        near((high - low) / 2.0, 3.182_446 * (15.0f64 / 12.0).sqrt(), 1e-5);
    }

    #[test]
    fn the_spread_interpolates_between_order_statistics() {
        let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(spread(&values), Some([5.0, 50.0, 95.0]));
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        let [low, mid, high] = spread(&values).expect("twenty are enough");
        near(low, 1.95, 1e-12);
        near(mid, 10.5, 1e-12);
        near(high, 19.05, 1e-12);
    }

    #[test]
    fn order_statistics_enclose_a_quantile_or_n_is_too_small() {
        for (n, p, ranks, coverage) in [
            (100, 0.5, [Some(40), Some(61)], 0.9648),
            (100, 0.9, [Some(84), Some(96)], 0.9557),
            (1000, 0.95, [Some(936), Some(964)], 0.9581),
            (10_000, 0.99, [Some(9880), Some(9920)], 0.9558),
            (30, 0.9, [Some(23), None], 0.0),
            (200, 0.99, [Some(195), None], 0.0),
            (20, 0.05, [None, Some(4)], 0.0),
            (71, 0.95, [Some(63), None], 0.0),
            (72, 0.95, [Some(64), Some(72)], 0.9655),
        ] {
            assert_eq!(order_statistic_ranks(n, p, 0.95), ranks, "{n} {p}");
            if let [Some(low), Some(high)] = ranks {
                let law = Binomial::new(p, n as u64).expect("a law");
                let covered = law.cdf(high as u64 - 1) - law.cdf(low as u64 - 1);
                near(covered, coverage, 6e-5);
            }
        }
        let values: Vec<f64> = (1..=72).rev().map(f64::from).collect();
        let ranks = spread_ranks(72, 0.95);
        assert_eq!(
            spread_intervals(&values, &ranks),
            [Some([1.0, 9.0]), Some([28.0, 45.0]), Some([64.0, 72.0])]
        );
        assert_eq!(spread_ranks(30, 0.95), [None, Some([10, 21]), None]);
    }

    /// Share of 1,000 experiments whose interval covers the truth.
    fn coverage(truth: f64, mut experiment: impl FnMut(&mut SplitMix) -> Estimate) -> f64 {
        let mut draw = SplitMix(23);
        let hits = (0..1000)
            .filter_map(|_| experiment(&mut draw).ci)
            .filter(|[low, high]| (*low..=*high).contains(&truth))
            .count();
        hits as f64 / 1000.0
    }

    // The bounds are 2.6 standard errors of the coverage around 95 %.
    #[test]
    fn intervals_of_means_and_ratios_cover_the_truth() {
        let mean = coverage(20.0, |draw| {
            let days: Vec<(f64, f64)> = (0..20).map(|_| (draw.poisson(20.0), 1.0)).collect();
            ratio(&days, 0.95)
        });
        assert!((0.932..=0.968).contains(&mean), "{mean}");
        // Busy days are bad days: numerator and denominator depend on each other.
        // A day of n contacts answers each in time with probability exp(-n/100), so the
        // truth is E[N exp(-N/100)] / E[N] = exp(-s - m (1 - exp(-s))) with s = 1/100, m = 50.
        let truth = (-0.01 - 50.0 * (1.0 - (-0.01f64).exp())).exp();
        let days = |draw: &mut SplitMix| {
            let n = draw.poisson(50.0);
            let p = (-n / 100.0).exp();
            let hits = (0..n as u32).filter(|_| draw.uniform() < p).count();
            (hits as f64, n)
        };
        let ratios = coverage(truth, |draw| {
            let pairs: Vec<(f64, f64)> = (0..20).map(|_| days(draw)).collect();
            ratio(&pairs, 0.95)
        });
        assert!((0.92..=0.975).contains(&ratios), "{ratios}");
    }

    #[test]
    fn intervals_of_pooled_quantiles_cover_the_truth() {
        let p90 = coverage(10.0f64.ln(), |draw| {
            let mut pooled = Vec::new();
            let mut groups = Vec::new();
            for _ in 0..10 {
                let mut group: Vec<f64> = (0..200).map(|_| draw.exponential()).collect();
                pooled.extend_from_slice(&group);
                group.sort_by(f64::total_cmp);
                groups.push(interpolate(&group, 0.9));
            }
            pooled.sort_by(f64::total_cmp);
            sectioned(interpolate(&pooled, 0.9), &groups, 0.95)
        });
        assert!((0.92..=0.975).contains(&p90), "{p90}");
    }
}
