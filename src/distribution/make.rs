//! Laws from the parameters people know, and laws from other laws.

use super::Distribution;

impl Distribution {
    /// The lognormal law of this mean and coefficient of variation; a constant
    /// when either is 0. `sigma^2 = ln(1 + cv^2)`.
    #[must_use]
    pub fn lognormal_mean_cv(mean_s: f64, cv: f64) -> Self {
        if mean_s <= 0.0 || cv <= 0.0 {
            return Self::Constant { value_s: mean_s };
        }
        let variance = libm::log1p(cv * cv);
        Self::LogNormal { mu: libm::log(mean_s) - variance / 2.0, sigma: libm::sqrt(variance) }
    }

    /// The lognormal law of this median and standard deviation of the
    /// logarithm; a constant when either is 0.
    #[must_use]
    pub fn lognormal_median_sigma(median_s: f64, sigma: f64) -> Self {
        if median_s <= 0.0 || sigma <= 0.0 {
            return Self::Constant { value_s: median_s };
        }
        Self::LogNormal { mu: libm::log(median_s), sigma }
    }

    /// The gamma law of this mean and coefficient of variation; a constant
    /// when either is 0.
    #[must_use]
    pub fn gamma_mean_cv(mean_s: f64, cv: f64) -> Self {
        if mean_s <= 0.0 || cv <= 0.0 {
            return Self::Constant { value_s: mean_s };
        }
        Self::Gamma { shape: 1.0 / (cv * cv), scale_s: mean_s * cv * cv }
    }

    /// Erlang's law: the sum of `k` exponentials (at least one) with this mean
    /// in total.
    #[must_use]
    pub fn erlang(k: u32, mean_s: f64) -> Self {
        let shape = f64::from(k.max(1));
        Self::Gamma { shape, scale_s: mean_s / shape }
    }

    /// The Weibull law of this mean and shape.
    #[must_use]
    pub fn weibull_mean_shape(mean_s: f64, shape: f64) -> Self {
        Self::Weibull { scale_s: mean_s / libm::tgamma(1.0 + 1.0 / shape), shape }
    }

    /// The empirical law of observed values in any order, with Hazen's
    /// plotting positions `(i + 1/2) / n`: it keeps their mean exactly. NaN and
    /// infinities are left out; without any value it is the constant 0.
    #[must_use]
    pub fn empirical_from_values(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        if sorted.is_empty() {
            return Self::Constant { value_s: 0.0 };
        }
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let points = sorted.iter().enumerate().map(|(i, &v)| ((i as f64 + 0.5) / n, v)).collect();
        Self::Empirical { points }
    }

    /// The law of `factor` times a draw; `factor` of 0 or less gives 0.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        if factor <= 0.0 {
            return Self::Constant { value_s: 0.0 };
        }
        let scale = |pairs: &[(f64, f64)]| pairs.iter().map(|&(p, v)| (p, v * factor)).collect();
        match self {
            Self::Constant { value_s } => Self::Constant { value_s: value_s * factor },
            Self::Exponential { mean_s } => Self::Exponential { mean_s: mean_s * factor },
            Self::LogNormal { mu, sigma } => {
                Self::LogNormal { mu: mu + libm::log(factor), sigma: *sigma }
            }
            Self::Gamma { shape, scale_s } => {
                Self::Gamma { shape: *shape, scale_s: scale_s * factor }
            }
            Self::Weibull { scale_s, shape } => {
                Self::Weibull { scale_s: scale_s * factor, shape: *shape }
            }
            Self::HyperExponential { branches } => {
                Self::HyperExponential { branches: scale(branches) }
            }
            Self::Uniform { low_s, high_s } => {
                Self::Uniform { low_s: low_s * factor, high_s: high_s * factor }
            }
            Self::Empirical { points } => Self::Empirical { points: scale(points) },
            Self::WithZero { zero, rest } => {
                Self::WithZero { zero: *zero, rest: Box::new(rest.scaled(factor)) }
            }
        }
    }
}
