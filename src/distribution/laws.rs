//! The parts of single laws: standard draws, tails and inverses.

use rand::RngExt;
use rand_distr::{Exp1, StandardNormal};

use crate::random::Stream;

/// A draw of Exp(1), always positive.
#[inline]
pub(super) fn exp1(stream: &mut Stream) -> f64 {
    stream.sample(Exp1)
}

/// A draw of N(0, 1).
#[inline]
pub(super) fn normal(stream: &mut Stream) -> f64 {
    stream.sample(StandardNormal)
}

/// A draw of the gamma law of scale 1 by Marsaglia and Tsang, "A simple method
/// for generating gamma variables" (2000). Own code, because rand_distr's
/// takes its power for small shapes from whichever libm is switched on.
pub(super) fn sample_gamma(shape: f64, stream: &mut Stream) -> f64 {
    if shape < 1.0 {
        // Gamma(k) = Gamma(k + 1) U^(1/k), and -ln U is exponential.
        let large = sample_gamma(shape + 1.0, stream);
        return large * libm::exp(-exp1(stream) / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = normal(stream);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = stream.unit();
        let squared = x * x;
        // The first test is a cheap bound of the second.
        if u < 1.0 - 0.0331 * squared * squared
            || libm::log(u) < 0.5 * squared + d * (1.0 - v + libm::log(v))
        {
            return d * v;
        }
    }
}

/// The mean of the branch that `u` in (0, 1) falls into.
pub(super) fn pick_branch(branches: &[(f64, f64)], u: f64) -> f64 {
    let mut cumulative = 0.0;
    for &(probability, mean_s) in branches {
        cumulative += probability;
        if u < cumulative {
            return mean_s;
        }
    }
    branches.last().map_or(0.0, |b| b.1)
}

/// The cdf and the survival function of a constant.
pub(super) fn step(reached: bool) -> (f64, f64) {
    if reached { (1.0, 0.0) } else { (0.0, 1.0) }
}

/// The cdf and the survival function of Exp(1). NaN is 0/0, a law without
/// length, which is over at once.
pub(super) fn exponential_tails(t: f64) -> (f64, f64) {
    if t.is_nan() {
        return (1.0, 0.0);
    }
    (-libm::expm1(-t), libm::exp(-t))
}

/// The quantile of Exp(1), from the smaller probability.
pub(super) fn exponential_inverse(p: f64, q: f64) -> f64 {
    if p < 0.5 { -libm::log1p(-p) } else { -libm::log(q) }
}

/// The quantile of a mixture of exponentials. Both forms of Newton's method
/// climb to the root from below without passing it: the cdf is concave, and
/// the logarithm of the survival function convex.
pub(super) fn hyperexponential_inverse(branches: &[(f64, f64)], p: f64, q: f64) -> f64 {
    let lower_tail = p < 0.5;
    // In the upper tail each branch alone gives a lower bound.
    let mut x = if lower_tail {
        0.0
    } else {
        branches.iter().map(|(w, m)| m * libm::log(w / q)).fold(0.0, f64::max)
    };
    for _ in 0..200 {
        let (mut cdf, mut survival, mut density) = (0.0, 0.0, 0.0);
        for &(weight, mean_s) in branches.iter().filter(|b| b.1 > 0.0) {
            let (c, s) = exponential_tails(x / mean_s);
            cdf += weight * c;
            survival += weight * s;
            density += weight * s / mean_s;
        }
        // Branches of mean 0 are all below x.
        cdf += branches.iter().filter(|b| b.1 <= 0.0).map(|b| b.0).sum::<f64>();
        let step = if lower_tail {
            (p - cdf) / density
        } else {
            libm::log(survival / q) * survival / density
        };
        // Rounding turns the climb around at the root. NaN is no step either.
        if step.is_nan() || step <= x * 1e-16 {
            break;
        }
        x += step;
    }
    x
}

/// The mixture that a mixture of exponentials is once it has lasted `elapsed_s`.
pub(super) fn survivors(branches: &[(f64, f64)], elapsed_s: f64) -> Vec<(f64, f64)> {
    // Relative to the slowest branch, so that not all weights underflow.
    let slowest = branches.iter().map(|b| b.1).fold(f64::MIN_POSITIVE, f64::max);
    let weigh = |mean_s: f64| libm::exp(elapsed_s / slowest - elapsed_s / mean_s);
    let mut left: Vec<(f64, f64)> =
        branches.iter().filter(|b| b.1 > 0.0).map(|&(p, m)| (p * weigh(m), m)).collect();
    let total: f64 = left.iter().map(|b| b.0).sum();
    for branch in &mut left {
        branch.0 /= total;
    }
    left
}

/// The probability of at most `x` under a piecewise-linear inverse cdf.
pub(super) fn empirical_cdf(points: &[(f64, f64)], x: f64) -> f64 {
    let above = points.partition_point(|&(_, value)| value <= x);
    if above == 0 && !points.is_empty() {
        return 0.0;
    }
    let (Some(&(c0, v0)), Some(&(c1, v1))) = (points.get(above.wrapping_sub(1)), points.get(above))
    else {
        return 1.0;
    };
    c0 + (c1 - c0) * (x - v0) / (v1 - v0)
}

/// The piecewise-linear inverse cdf itself; level beyond the end points.
pub(super) fn empirical_inverse(points: &[(f64, f64)], p: f64) -> f64 {
    let above = points.partition_point(|&(cumulative, _)| cumulative <= p);
    let before = points.get(above.wrapping_sub(1));
    match (before, points.get(above)) {
        (Some(&(c0, v0)), Some(&(c1, v1))) => v0 + (v1 - v0) * (p - c0) / (c1 - c0),
        (Some(end), None) | (None, Some(end)) => end.1,
        (None, None) => 0.0,
    }
}

/// The expectation of a function, given its mean over a straight piece from
/// one value to another.
pub(super) fn empirical_integral(points: &[(f64, f64)], piece: impl Fn(f64, f64) -> f64) -> f64 {
    let (Some(&(c_first, first)), Some(&(c_last, last))) = (points.first(), points.last()) else {
        return 0.0;
    };
    let inner: f64 = points.windows(2).map(|w| (w[1].0 - w[0].0) * piece(w[0].1, w[1].1)).sum();
    inner + c_first * piece(first, first) + (1.0 - c_last) * piece(last, last)
}
