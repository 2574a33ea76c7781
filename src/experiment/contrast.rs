//! Weighted sums of ratios over replications that share their draws.

use super::Estimate;

/// The sum `w1 R1 + w2 R2 + ...` of ratios of sums over the same replications; each
/// term is its weight and one `(numerator, denominator)` a replication.
///
/// The delta method on whole replications, as for the difference of two: with
/// `d = sum of w (x - R y) / Y`, the variance is `sum d^2 / ((n - 1) n)`, with `n - 1`
/// degrees of freedom. NaN where a total denominator of a term is zero; no interval
/// for fewer than two replications.
#[must_use]
pub fn contrast(terms: &[(f64, Vec<(f64, f64)>)], confidence: f64) -> Estimate {
    let replications = terms.iter().map(|t| t.1.len()).min().unwrap_or(0);
    let n = replications as f64;
    let mut value = 0.0;
    let mut residuals = vec![0.0; replications];
    for (weight, pairs) in terms {
        let sums = pairs.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        let (ratio, mean) = (sums.0 / sums.1, sums.1 / n);
        value += weight * ratio;
        for (sum, (x, y)) in residuals.iter_mut().zip(pairs) {
            *sum += weight * (x - ratio * y) / mean;
        }
    }
    if n < 2.0 || !value.is_finite() {
        return Estimate::bare(if value.is_finite() { value } else { f64::NAN });
    }
    let squares: f64 = residuals.iter().map(|d| d * d).sum();
    let se = (squares / ((n - 1.0) * n)).sqrt();
    Estimate::student(value, se, n - 1.0, confidence)
}

#[cfg(test)]
mod tests {
    use super::super::{paired_ratio, ratio};
    use super::*;

    fn pairs(shift: f64) -> Vec<(f64, f64)> {
        (0..12).map(|i| (5.0 + shift + f64::from(i % 5), 20.0 + f64::from(i * i % 7))).collect()
    }

    #[test]
    fn one_term_is_a_ratio_and_two_are_a_paired_difference() {
        let (a, b) = (pairs(0.0), pairs(1.5));
        let one = contrast(&[(1.0, a.clone())], 0.95);
        let known = ratio(&a, 0.95);
        assert!((one.value - known.value).abs() < 1e-15);
        assert!((one.se.unwrap_or(0.0) - known.se.unwrap_or(1.0)).abs() < 1e-15);
        let two = contrast(&[(-1.0, a.clone()), (1.0, b.clone())], 0.95);
        let known = paired_ratio(&a, &b, 0.95);
        assert!((two.value - known.value).abs() < 1e-15);
        assert!((two.se.unwrap_or(0.0) - known.se.unwrap_or(1.0)).abs() < 1e-15);
        // Half the weight is half the value and half its error.
        let half = contrast(&[(-0.5, a), (0.5, b)], 0.95);
        assert!((2.0 * half.value - two.value).abs() < 1e-15);
        assert!((2.0 * half.se.unwrap_or(0.0) - two.se.unwrap_or(1.0)).abs() < 1e-15);
    }

    #[test]
    fn nothing_measured_in_a_term_is_nothing_known() {
        let none = vec![(0.0, 0.0); 12];
        assert!(contrast(&[(1.0, none), (1.0, pairs(0.0))], 0.95).value.is_nan());
    }
}
