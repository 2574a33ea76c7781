//! Numbers that were estimated, and how well they are known.

use crate::experiment::{t_quantile, wilson};
use crate::random::{Purpose, Stream, Streams};

/// Confidence of all intervals.
pub const CONFIDENCE: f64 = 0.95;
/// The normal quantile of half of what confidence leaves out.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// Its interval at [`CONFIDENCE`]; none where the observations do not give one.
    pub interval: Option<[f64; 2]>,
    /// How many observations it is from.
    pub n: usize,
}

impl Figure {
    /// Without an interval.
    pub(super) fn bare(value: f64, n: usize) -> Self {
        Self { value, interval: None, n }
    }

    /// A share, with Wilson's interval.
    pub(super) fn share(count: usize, n: usize) -> Self {
        let value = if n == 0 { 0.0 } else { count as f64 / n as f64 };
        Self { value, interval: Some(wilson(count as f64, n as f64, CONFIDENCE)), n }
    }

    /// Of a positive number whose logarithm has this standard error.
    pub(super) fn of_log(value: f64, log_se: f64, n: usize) -> Self {
        let interval = (log_se.is_finite() && value > 0.0)
            .then(|| [value * libm::exp(-Z * log_se), value * libm::exp(Z * log_se)]);
        Self { value, interval, n }
    }

    /// The same with what else its logarithm varies by, a variance.
    pub(super) fn widened(self, log_variance: f64) -> Self {
        let Some([low, high]) = self.interval.filter(|[low, _]| *low > 0.0 && log_variance > 0.0)
        else {
            return self;
        };
        // Each side for itself: the interval need not be symmetric.
        let more = |side: f64| libm::sqrt(side * side + Z * Z * log_variance);
        let (below, above) =
            (more(libm::log(self.value / low)), more(libm::log(high / self.value)));
        let interval = Some([self.value * libm::exp(-below), self.value * libm::exp(above)]);
        Self { interval, ..self }
    }

    /// Of a mean with this variance, from so many degrees of freedom.
    pub(super) fn of_mean(value: f64, variance: f64, df: f64, n: usize) -> Self {
        let half = t_quantile(df, 0.5 + CONFIDENCE / 2.0) * variance.sqrt();
        let interval = half.is_finite().then(|| [(value - half).max(0.0), value + half]);
        Self { value, interval, n }
    }

    /// Whether the interval has a value.
    #[must_use]
    pub fn covers(&self, truth: f64) -> bool {
        self.interval.is_some_and(|[low, high]| low <= truth && truth <= high)
    }
}

/// How resamples are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// The seed.
    pub seed: u64,
    /// Resamples behind the p-value of a law; without any it is 1, and only the distance
    /// decides whether a law is used.
    pub tests: u64,
}

impl Resampling {
    /// As many as `convoq fit` takes: p-values in steps of 1 %.
    #[must_use]
    pub fn usual(seed: u64) -> Self {
        Self { seed, tests: 99 }
    }
}

/// The stream of one resample.
pub(super) fn resample(by: Resampling, number: u64, what: u16) -> Stream {
    Streams::new(by.seed, 0).sub(Purpose::Design, number, what)
}

/// The interval that resampled values leave, by their quantiles.
pub(super) fn percentile_interval(mut values: Vec<f64>) -> Option<[f64; 2]> {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let at = |p: f64| values.get((p * (values.len() as f64 - 1.0)).round() as usize).copied();
    let tail = (1.0 - CONFIDENCE) / 2.0;
    (values.len() >= 20).then_some(())?;
    Some([at(tail)?, at(1.0 - tail)?])
}
