//! The laws that lengths of time follow, in seconds.
//!
//! Sampling uses rand_distr's ziggurats for Exp(1) and N(0, 1) on a keyed
//! stream, and mathematics from the `libm` crate only, so that results do not
//! depend on the platform or on the features of other dependencies. The same
//! stream with other parameters gives a coupled value, because every law is
//! scaled or reshaped from the same standard draw. Where a law must be
//! inverted, [`Distribution::quantile`] does it exactly.
//!
//! Parameters are validated where they are read; here every function is total.

mod laws;
mod limited;
mod make;
mod quantile;
#[cfg(test)]
mod tests;

use std::f64::consts::FRAC_1_SQRT_2;

use crate::random::Stream;
use crate::time::SimDuration;
use laws::{
    empirical_cdf, empirical_integral, empirical_inverse, exp1, exponential_inverse,
    exponential_tails, hyperexponential_inverse, normal, pick_branch, sample_gamma, step,
    survivors,
};
use quantile::{gamma_quantile_pq, incomplete_gamma, normal_quantile_pq};

pub use quantile::{gamma_quantile, normal_quantile, poisson_quantile};

/// A law of non-negative lengths of time. Fields in `_s` are in seconds and
/// not negative; shapes are positive; probabilities are in \[0, 1\].
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same value.
    Constant {
        /// The value.
        value_s: f64,
    },
    /// Memoryless.
    Exponential {
        /// The mean.
        mean_s: f64,
    },
    /// The exponential of a normal law: the usual shape of work times.
    LogNormal {
        /// Mean of the logarithm of the seconds; its exponential is the median.
        mu: f64,
        /// Standard deviation of that logarithm, positive.
        sigma: f64,
    },
    /// Gamma; Erlang-k is the law of integer shape k.
    Gamma {
        /// The shape, `1 / cv^2`.
        shape: f64,
        /// The scale: mean / shape.
        scale_s: f64,
    },
    /// Weibull; a shape below 1 has a falling hazard, as patience has.
    Weibull {
        /// The scale: the 63 % quantile.
        scale_s: f64,
        /// The shape.
        shape: f64,
    },
    /// A mixture of exponentials.
    HyperExponential {
        /// Probability and mean in seconds of each branch; probabilities sum to 1.
        branches: Vec<(f64, f64)>,
    },
    /// Uniform between two bounds.
    Uniform {
        /// The least value.
        low_s: f64,
        /// The greatest value, at least `low_s`.
        high_s: f64,
    },
    /// A piecewise-linear inverse cdf.
    Empirical {
        /// Cumulative probability and value in seconds, both ascending.
        /// Probability before the first and after the last point is at theirs.
        points: Vec<(f64, f64)>,
    },
    /// Zero with some probability, another law otherwise.
    WithZero {
        /// The probability of zero, below 1.
        zero: f64,
        /// The law otherwise.
        rest: Box<Distribution>,
    },
}

impl Distribution {
    /// Draws a length in seconds.
    #[inline]
    pub fn sample_s(&self, stream: &mut Stream) -> f64 {
        match *self {
            Self::Constant { value_s } => value_s,
            Self::Exponential { mean_s } => mean_s * exp1(stream),
            Self::LogNormal { mu, sigma } => libm::exp(mu + sigma * normal(stream)),
            Self::Weibull { scale_s, shape } => {
                // exp(log / k), because libm's pow is four times slower.
                scale_s * libm::exp(libm::log(exp1(stream)) / shape)
            }
            _ => self.sample_less_usual_s(stream),
        }
    }

    /// The laws kept out of line, so that the usual ones inline well.
    fn sample_less_usual_s(&self, stream: &mut Stream) -> f64 {
        match self {
            Self::Gamma { shape, scale_s } => scale_s * sample_gamma(*shape, stream),
            Self::HyperExponential { branches } => {
                let branch_mean_s = pick_branch(branches, stream.unit());
                branch_mean_s * exp1(stream)
            }
            Self::WithZero { zero, .. } if stream.unit() < *zero => 0.0,
            Self::WithZero { rest, .. } => rest.sample_s(stream),
            // The rest is sampled by inversion of one uniform.
            _ => {
                let u = stream.unit();
                self.inverse(u, 1.0 - u)
            }
        }
    }

    /// Draws a length, rounded to the nearest microsecond.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> SimDuration {
        SimDuration::from_s(self.sample_s(stream))
    }

    /// The expectation in seconds.
    #[must_use]
    pub fn mean_s(&self) -> f64 {
        match self {
            Self::Constant { value_s } => *value_s,
            Self::Exponential { mean_s } => *mean_s,
            Self::LogNormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Self::Gamma { shape, scale_s } => shape * scale_s,
            Self::Weibull { scale_s, shape } => scale_s * libm::tgamma(1.0 + 1.0 / shape),
            Self::HyperExponential { branches } => branches.iter().map(|(p, m)| p * m).sum(),
            Self::Uniform { low_s, high_s } => (low_s + high_s) / 2.0,
            Self::Empirical { points } => empirical_integral(points, |a, b| (a + b) / 2.0),
            Self::WithZero { zero, rest } => (1.0 - zero) * rest.mean_s(),
        }
    }

    /// The squared coefficient of variation, variance / mean^2; 0 when the
    /// mean is 0.
    #[must_use]
    pub fn cv2(&self) -> f64 {
        let mean = self.mean_s();
        if mean <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Constant { .. } => 0.0,
            Self::Exponential { .. } => 1.0,
            Self::LogNormal { sigma, .. } => libm::expm1(sigma * sigma),
            Self::Gamma { shape, .. } => 1.0 / shape,
            Self::Weibull { shape, .. } => {
                let (second, first) =
                    (libm::lgamma(1.0 + 2.0 / shape), libm::lgamma(1.0 + 1.0 / shape));
                libm::expm1(second - 2.0 * first)
            }
            Self::HyperExponential { branches } => {
                let half_second: f64 = branches.iter().map(|(p, m)| p * m * m).sum();
                2.0 * half_second / (mean * mean) - 1.0
            }
            Self::Uniform { low_s, high_s } => {
                let spread = (high_s - low_s) / mean;
                spread * spread / 12.0
            }
            Self::Empirical { points } => {
                // Integrated about the mean, so that nothing cancels.
                let square = |a: f64, b: f64| {
                    let (a, b) = (a - mean, b - mean);
                    (a * a + a * b + b * b) / 3.0
                };
                empirical_integral(points, square) / (mean * mean)
            }
            Self::WithZero { zero, rest } => (rest.cv2() + zero) / (1.0 - zero),
        }
    }

    /// The probability of at most `x_s` seconds.
    #[must_use]
    pub fn cdf(&self, x_s: f64) -> f64 {
        self.tails(x_s).0
    }

    /// The probability of more than `x_s` seconds, with full relative
    /// precision in the tail.
    #[must_use]
    pub fn survival(&self, x_s: f64) -> f64 {
        self.tails(x_s).1
    }

    /// The cdf and the survival function, each computed as such.
    fn tails(&self, x: f64) -> (f64, f64) {
        if x < 0.0 {
            return (0.0, 1.0);
        }
        match self {
            Self::Constant { value_s } => step(x >= *value_s),
            Self::Exponential { mean_s } => exponential_tails(x / mean_s),
            Self::LogNormal { mu, sigma } => {
                let z = (libm::log(x) - mu) / sigma * FRAC_1_SQRT_2;
                (libm::erfc(-z) / 2.0, libm::erfc(z) / 2.0)
            }
            Self::Gamma { shape, scale_s } => incomplete_gamma(*shape, x / scale_s),
            Self::Weibull { scale_s, shape } => exponential_tails(libm::pow(x / scale_s, *shape)),
            Self::HyperExponential { branches } => {
                branches.iter().fold((0.0, 0.0), |(cdf, survival), (p, mean_s)| {
                    let (c, s) = exponential_tails(x / mean_s);
                    (cdf + p * c, survival + p * s)
                })
            }
            Self::Uniform { low_s, high_s } => {
                if x >= *high_s || x < *low_s {
                    return step(x >= *high_s);
                }
                let width = high_s - low_s;
                ((x - low_s) / width, (high_s - x) / width)
            }
            Self::Empirical { points } => {
                let cdf = empirical_cdf(points, x);
                (cdf, 1.0 - cdf)
            }
            Self::WithZero { zero, rest } => {
                let (cdf, survival) = rest.tails(x);
                (zero + (1.0 - zero) * cdf, (1.0 - zero) * survival)
            }
        }
    }

    /// The value in seconds that is not exceeded with probability `u`, in
    /// (0, 1): non-decreasing in `u`.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        self.inverse(u, 1.0 - u)
    }

    /// The quantile from both probabilities, `p + q = 1`: exact in each tail.
    fn inverse(&self, p: f64, q: f64) -> f64 {
        match self {
            Self::Constant { value_s } => *value_s,
            Self::Exponential { mean_s } => mean_s * exponential_inverse(p, q),
            Self::LogNormal { mu, sigma } => libm::exp(mu + sigma * normal_quantile_pq(p, q)),
            Self::Gamma { shape, scale_s } => scale_s * gamma_quantile_pq(*shape, p, q),
            Self::Weibull { scale_s, shape } => {
                scale_s * libm::exp(libm::log(exponential_inverse(p, q)) / shape)
            }
            Self::HyperExponential { branches } => hyperexponential_inverse(branches, p, q),
            Self::Uniform { low_s, high_s } if p < 0.5 => low_s + (high_s - low_s) * p,
            Self::Uniform { low_s, high_s } => high_s - (high_s - low_s) * q,
            Self::Empirical { points } => empirical_inverse(points, p),
            Self::WithZero { zero, .. } if p <= *zero => 0.0,
            Self::WithZero { zero, rest } => {
                rest.inverse((p - zero) / (1.0 - zero), q / (1.0 - zero))
            }
        }
    }

    /// What is left, in seconds, of a length known to exceed `elapsed_s`, as
    /// the quantile `u` in (0, 1) of the conditional law:
    /// `F^-1(F(e) + (1 - F(e)) u) - e`, through survival functions so that it
    /// holds far in the tail. 0 where the law ends before `elapsed_s`.
    #[must_use]
    pub fn conditional_residual_s(&self, elapsed_s: f64, u: f64) -> f64 {
        let elapsed_s = elapsed_s.max(0.0);
        match self {
            // Closed forms, which never underflow.
            Self::Exponential { mean_s } => mean_s * exponential_inverse(u, 1.0 - u),
            Self::HyperExponential { branches } => {
                hyperexponential_inverse(&survivors(branches, elapsed_s), u, 1.0 - u)
            }
            // Where its survival underflows, the gamma law has become exponential.
            Self::Gamma { scale_s, .. } if self.survival(elapsed_s) <= 0.0 => {
                scale_s * exponential_inverse(u, 1.0 - u)
            }
            Self::WithZero { rest, .. } => rest.conditional_residual_s(elapsed_s, u),
            Self::Weibull { scale_s, shape } => {
                let hazard =
                    libm::pow(elapsed_s / scale_s, *shape) + exponential_inverse(u, 1.0 - u);
                (scale_s * libm::pow(hazard, 1.0 / shape) - elapsed_s).max(0.0)
            }
            _ => {
                let (cdf, survival) = self.tails(elapsed_s);
                if survival <= 0.0 {
                    return 0.0;
                }
                let (p, q) = (cdf + survival * u, survival * (1.0 - u));
                (self.inverse(p, q) - elapsed_s).max(0.0)
            }
        }
    }
}
