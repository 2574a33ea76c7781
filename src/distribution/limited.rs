//! Limited means: what queueing formulas ask of a law beside its tails.

use super::Distribution;
use super::laws::exponential_tails;
use super::quantile::incomplete_gamma;

impl Distribution {
    /// `E[min(X, x_s)]` in seconds, the integral of the survival function from 0
    /// to `x_s`: closed forms, `x S(x) + E[X; X <= x]`. 0 for a negative `x_s`;
    /// it grows to the mean.
    #[must_use]
    pub fn limited_mean_s(&self, x_s: f64) -> f64 {
        let x = x_s;
        if x.is_nan() || x <= 0.0 {
            return 0.0;
        }
        if x.is_infinite() {
            return self.mean_s();
        }
        match self {
            Self::Constant { value_s } => x.min(*value_s),
            Self::Exponential { mean_s } => mean_s * exponential_tails(x / mean_s).0,
            Self::LogNormal { mu, sigma } => {
                let z = (libm::log(x) - mu) / sigma - sigma;
                let below = libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2) / 2.0;
                x * self.survival(x) + self.mean_s() * below
            }
            Self::Gamma { shape, scale_s } => {
                let below = incomplete_gamma(shape + 1.0, x / scale_s).0;
                x * self.survival(x) + shape * scale_s * below
            }
            Self::Weibull { scale_s, shape } => {
                let reached = libm::pow(x / scale_s, *shape);
                self.mean_s() * incomplete_gamma(1.0 / shape, reached).0
            }
            Self::HyperExponential { branches } => {
                branches.iter().map(|(p, m)| p * m * exponential_tails(x / m).0).sum()
            }
            Self::Uniform { low_s, high_s } => {
                let inside = x.clamp(*low_s, *high_s) - low_s;
                let width = (high_s - low_s).max(f64::MIN_POSITIVE);
                x.min(*low_s) + inside - inside * inside / (2.0 * width)
            }
            Self::Empirical { points } => empirical_limited_mean(points, x),
            Self::WithZero { zero, rest } => (1.0 - zero) * rest.limited_mean_s(x),
        }
    }

    /// Where the survival function jumps or bends, seconds: integrals over it
    /// are to be split there. A law of many observed values gives only its ends.
    #[must_use]
    pub fn kinks_s(&self) -> Vec<f64> {
        match self {
            Self::Constant { value_s } => vec![*value_s],
            Self::Uniform { low_s, high_s } => vec![*low_s, *high_s],
            Self::Empirical { points } if points.len() <= 64 => {
                points.iter().map(|p| p.1).collect()
            }
            Self::Empirical { points } => {
                let ends = [points.first(), points.last()];
                ends.into_iter().flatten().map(|p| p.1).collect()
            }
            Self::WithZero { rest, .. } => rest.kinks_s(),
            _ => Vec::new(),
        }
    }
}

/// The limited mean of a piecewise-linear inverse cdf.
fn empirical_limited_mean(points: &[(f64, f64)], x: f64) -> f64 {
    let (Some(&(c_first, first)), Some(&(c_last, last))) = (points.first(), points.last()) else {
        return 0.0;
    };
    let piece = |(c0, v0): (f64, f64), (c1, v1): (f64, f64)| {
        let mean = if v1 <= x {
            (v0 + v1) / 2.0
        } else if v0 >= x {
            x
        } else {
            let part = (x - v0) / (v1 - v0);
            part * (v0 + x) / 2.0 + (1.0 - part) * x
        };
        (c1 - c0) * mean
    };
    let inner: f64 = points.windows(2).map(|w| piece(w[0], w[1])).sum();
    inner + c_first * first.min(x) + (1.0 - c_last) * last.min(x)
}
