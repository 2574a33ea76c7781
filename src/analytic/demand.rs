//! Demand that varies more than chance: one gamma factor for each day.

/// Counts of a day whose periods share one gamma factor of mean 1: mixed
/// Poisson (Avramidis, Deslauriers & L'Ecuyer 2004, model 1).
#[derive(Clone, Debug, PartialEq)]
pub struct BusyDay {
    /// Mean contacts of each period.
    pub means: Vec<f64>,
    /// Shape of the factor: `1 / cv^2`, positive.
    pub shape: f64,
}

impl BusyDay {
    /// Mean of the day's total.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.means.iter().sum()
    }

    /// Variance of the day's total: `m + m^2 / shape`.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.spread(self.mean())
    }

    /// Correlation of the counts of two different periods; 0 for one outside the day.
    #[must_use]
    pub fn correlation(&self, i: usize, j: usize) -> f64 {
        let mean = |k: usize| self.means.get(k).copied().unwrap_or(0.0);
        let (a, b) = (mean(i), mean(j));
        if a <= 0.0 || b <= 0.0 {
            return 0.0;
        }
        a * b / self.shape / libm::sqrt(self.spread(a) * self.spread(b))
    }

    /// The smallest total that is not exceeded with probability `q`, in (0, 1):
    /// of the negative binomial law, by its recursion in logarithms.
    #[must_use]
    pub fn quantile(&self, q: f64) -> u64 {
        let mean = self.mean();
        let p = mean / (mean + self.shape);
        let mut log = self.shape * libm::log1p(-p);
        let (mut sum, mut n) = (libm::exp(log), 0_u64);
        while sum < q && (n as f64) < 1e3 * (mean + 100.0) {
            n += 1;
            log += libm::log((self.shape + n as f64 - 1.0) / n as f64 * p);
            sum += libm::exp(log);
        }
        n
    }

    fn spread(&self, mean: f64) -> f64 {
        mean + mean * mean / self.shape
    }
}
