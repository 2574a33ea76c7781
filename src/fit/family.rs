//! Families of laws: their likelihoods, and the member that fits observations best.

use super::figure::Figure;
use super::maximum::{covariance, maximum};
use super::sample::{Sample, total};
use crate::distribution::{Distribution, gamma_quantile};
use std::f64::consts::TAU;

/// A family of laws of lengths of time, those of the scenario language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Memoryless; one parameter.
    Exponential,
    /// Lognormal.
    LogNormal,
    /// Gamma; Erlang's laws are members.
    Gamma,
    /// Weibull.
    Weibull,
    /// A mixture of two exponentials; three parameters.
    HyperExponential,
}

/// A member of a family with its likelihood.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub family: Family,
    /// Parameters: logarithms, but for the mean of a lognormal's logarithm and the logit of
    /// a share.
    pub at: Vec<f64>,
    pub log_likelihood: f64,
}

/// What never happens has this logarithm: one impossible observation must not hide the rest.
const NEVER: f64 = -700.0;

fn ln(x: f64) -> f64 {
    if x > 0.0 { libm::log(x).max(NEVER) } else { NEVER }
}

impl Family {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 5] =
        [Self::Exponential, Self::LogNormal, Self::Gamma, Self::Weibull, Self::HyperExponential];

    /// Its word in scenarios.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
            Self::LogNormal => "lognormal",
            Self::Gamma => "gamma",
            Self::Weibull => "weibull",
            Self::HyperExponential => "hyperexponential",
        }
    }

    /// Number of its parameters.
    #[must_use]
    pub fn parameters(self) -> usize {
        match self {
            Self::Exponential => 1,
            Self::HyperExponential => 3,
            _ => 2,
        }
    }

    /// The member with these parameters.
    pub(super) fn law(self, at: &[f64]) -> Distribution {
        let [a, b, c] = [0, 1, 2].map(|i| at.get(i).copied().unwrap_or(0.0).clamp(-60.0, 60.0));
        match self {
            Self::Exponential => Distribution::Exponential { mean_s: libm::exp(a) },
            Self::LogNormal => Distribution::LogNormal { mu: a, sigma: libm::exp(b) },
            Self::Gamma => {
                let shape = libm::exp(b);
                Distribution::Gamma { shape, scale_s: libm::exp(a) / shape }
            }
            Self::Weibull => Distribution::Weibull { scale_s: libm::exp(a), shape: libm::exp(b) },
            Self::HyperExponential => {
                let share = 1.0 / (1.0 + libm::exp(-a));
                let branches = vec![(share, libm::exp(b)), (1.0 - share, libm::exp(c))];
                Distribution::HyperExponential { branches }
            }
        }
    }

    /// The log-likelihood of observations.
    pub(super) fn log_likelihood(self, at: &[f64], sample: &Sample) -> f64 {
        let law = self.law(at);
        let longer = sample.longer.iter().map(|(x, w)| w * ln(law.survival(*x)));
        let shorter = sample.shorter.iter().map(|(x, w)| w * ln(law.cdf(*x)));
        let between = sample.between.iter().map(|(a, b, w)| {
            // The difference of the tails that are the smaller ones.
            let (below, above) = (law.cdf(*b) - law.cdf(*a), law.survival(*a) - law.survival(*b));
            w * ln(if law.cdf(*a) < 0.5 { below } else { above })
        });
        let censored = longer.chain(shorter).chain(between).sum::<f64>();
        censored + known(&law, &sample.exact)
    }

    /// Where the search begins: as if all were known, by the moments.
    fn start(self, sample: &Sample) -> Vec<f64> {
        let ended = sample.ended().max(1.0);
        let mean_s = (sample.exposure_s() / ended).max(1e-3);
        match self {
            Self::Exponential => vec![libm::log(mean_s)],
            Self::LogNormal => vec![libm::log(mean_s) - 0.25, libm::log(0.7)],
            Self::Gamma | Self::Weibull => vec![libm::log(mean_s), 0.0],
            Self::HyperExponential => {
                vec![0.0, libm::log(mean_s / 3.0), libm::log(mean_s * 5.0 / 3.0)]
            }
        }
    }

    /// The member under which the observations are likeliest. None without any that ended.
    pub(super) fn best(self, sample: &Sample) -> Option<Member> {
        if sample.ended() < 1.0 {
            return None;
        }
        let n = total(&sample.exact);
        let mean_log = sample.exact.iter().map(|(x, w)| w * libm::log(*x)).sum::<f64>() / n;
        let value = |at: &[f64]| self.log_likelihood(at, sample);
        let at = match self {
            Self::Exponential if sample.between.is_empty() && sample.shorter.is_empty() => {
                vec![libm::log(sample.exposure_s() / n)]
            }
            Self::LogNormal if sample.is_known() => {
                let square = |(x, w): &(f64, f64)| w * (libm::log(*x) - mean_log).powi(2);
                let variance = sample.exact.iter().map(square).sum::<f64>() / n;
                vec![mean_log, libm::log(variance.max(1e-12)) / 2.0]
            }
            Self::Gamma if sample.is_known() => {
                let mean_s = sample.exposure_s() / n;
                let shape = gamma_log_shape(libm::log(mean_s) - mean_log);
                vec![libm::log(mean_s), shape]
            }
            Self::Weibull if sample.is_known() => weibull(sample, mean_log),
            _ => maximum(&value, &self.start(sample), 0.3),
        };
        let log_likelihood = value(&at);
        log_likelihood.is_finite().then_some(Member { family: self, at, log_likelihood })
    }
}

/// The log-likelihood of known lengths; a lognormal, gamma or exponential law needs of each
/// what all together add up to.
fn known(law: &Distribution, exact: &[(f64, f64)]) -> f64 {
    if exact.is_empty() {
        return 0.0;
    }
    let n = total(exact);
    let sum_s: f64 = exact.iter().map(|(x, w)| w * x).sum();
    match law {
        Distribution::Exponential { mean_s } => -n * libm::log(*mean_s) - sum_s / mean_s,
        Distribution::LogNormal { mu, sigma } => {
            let each = exact.iter().map(|(x, w)| {
                let log = libm::log(*x);
                w * (-log - ((log - mu) / sigma).powi(2) / 2.0)
            });
            each.sum::<f64>() - n * (libm::log(*sigma) + libm::log(TAU) / 2.0)
        }
        Distribution::Gamma { shape, scale_s } => {
            let logs: f64 = exact.iter().map(|(x, w)| w * libm::log(*x)).sum();
            (shape - 1.0) * logs
                - sum_s / scale_s
                - n * (libm::lgamma(*shape) + shape * libm::log(*scale_s))
        }
        Distribution::Weibull { scale_s, shape } => {
            let each = exact.iter().map(|(x, w)| {
                let log = libm::log(*x / scale_s);
                w * ((shape - 1.0) * log - libm::exp(shape * log))
            });
            each.sum::<f64>() + n * (libm::log(*shape) - libm::log(*scale_s))
        }
        Distribution::HyperExponential { branches } => {
            let density =
                |x: f64| -> f64 { branches.iter().map(|(p, m)| p / m * libm::exp(-x / m)).sum() };
            exact.iter().map(|(x, w)| w * ln(density(*x))).sum()
        }
        _ => f64::NEG_INFINITY,
    }
}

/// The logarithm of a gamma law's shape from `ln(mean) - mean(ln)`: `ln k - psi(k)` falls
/// from infinity to zero, so halving finds it.
fn gamma_log_shape(gap: f64) -> f64 {
    let (mut low, mut high) = (-10.0, 18.0);
    for _ in 0..60 {
        let middle: f64 = (low + high) / 2.0;
        let psi = statrs::function::gamma::digamma(libm::exp(middle));
        let at = if middle - psi > gap { &mut low } else { &mut high };
        *at = middle;
    }
    (low + high) / 2.0
}

/// A Weibull law of known lengths: Newton's method for the shape, the scale in closed form.
fn weibull(sample: &Sample, mean_log: f64) -> Vec<f64> {
    let n = total(&sample.exact);
    // Relative to the middle, so that powers do not overflow.
    let middle = libm::exp(mean_log);
    let mut shape: f64 = 1.0;
    let mut powers = n;
    for _ in 0..60 {
        let (mut s0, mut s1, mut s2) = (0.0, 0.0, 0.0);
        for (x, w) in &sample.exact {
            let log = libm::log(x / middle);
            let power = w * libm::exp(shape * log);
            (s0, s1, s2) = (s0 + power, s1 + power * log, s2 + power * log * log);
        }
        powers = s0;
        let slope = s2 / s0 - (s1 / s0).powi(2) + 1.0 / (shape * shape);
        let next = shape - (s1 / s0 - 1.0 / shape) / slope;
        let next = if next > shape / 3.0 { next.min(shape * 3.0) } else { shape / 3.0 };
        let done = (next - shape).abs() < 1e-10 * shape;
        shape = next;
        if done || !shape.is_finite() {
            break;
        }
    }
    vec![mean_log + libm::log(powers / n) / shape, libm::log(shape)]
}

impl Member {
    pub(super) fn law(&self) -> Distribution {
        self.family.law(&self.at)
    }

    /// Akaike's criterion with the correction for few observations; less is better.
    pub(super) fn aicc(&self, n: f64) -> f64 {
        let k = self.family.parameters() as f64;
        let correction = if n > k + 1.0 { 2.0 * k * (k + 1.0) / (n - k - 1.0) } else { 1e9 };
        2.0 * k - 2.0 * self.log_likelihood + correction
    }

    /// The mean and, but for an exponential law, the coefficient of variation, each with
    /// its interval.
    pub(super) fn figures(&self, sample: &Sample) -> (Figure, Option<Figure>) {
        let n = sample.ended().round() as usize;
        let law = self.law();
        let plain = sample.between.is_empty() && sample.shorter.is_empty();
        if self.family == Family::Exponential && plain {
            return (exponential_mean(sample.exposure_s(), sample.ended()), None);
        }
        let value = |at: &[f64]| self.family.log_likelihood(at, sample);
        let spread = covariance(&value, &self.at);
        let figure = |of: &dyn Fn(&Distribution) -> f64| {
            let log = |at: &[f64]| libm::log(of(&self.family.law(at)));
            let se = spread.as_ref().map(|c| standard_error(&log, &self.at, c));
            Figure::of_log(of(&law), se.unwrap_or(f64::NAN), n)
        };
        let mean = figure(&Distribution::mean_s);
        let cv = figure(&|law| libm::sqrt(law.cv2()));
        (mean, (self.family != Family::Exponential).then_some(cv))
    }
}

/// The mean of an exponential law from the time under observation and the ends seen in it,
/// with the interval of the chi-square law.
pub(super) fn exponential_mean(exposure_s: f64, ended: f64) -> Figure {
    // A chi-square law of 2d degrees of freedom is twice a gamma law of shape d.
    let bound = |p: f64| exposure_s / gamma_quantile(ended, 1.0, p);
    let interval = (ended > 0.0).then(|| [bound(0.975), bound(0.025)]);
    Figure { value: exposure_s / ended, interval, n: ended.round() as usize }
}

/// The standard error of a function of the parameters.
pub(super) fn standard_error(
    of: &dyn Fn(&[f64]) -> f64,
    at: &[f64],
    covariance: &[Vec<f64>],
) -> f64 {
    let slope: Vec<f64> = (0..at.len())
        .map(|axis| {
            let moved = |by: f64| {
                let mut x = at.to_vec();
                x[axis] += by;
                of(&x)
            };
            (moved(1e-4) - moved(-1e-4)) / 2e-4
        })
        .collect();
    let terms = slope
        .iter()
        .zip(covariance)
        .flat_map(|(a, row)| slope.iter().zip(row).map(move |(b, c)| a * b * c));
    libm::sqrt(terms.sum())
}
