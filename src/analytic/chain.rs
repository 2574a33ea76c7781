//! Stationary laws of finite Markov chains by elimination within a band.
//!
//! Grassmann, Taksar & Heyman (1985): no subtraction occurs, so every
//! probability has nearly full relative precision. States in the order of
//! their numbers keep the work to `states * band^2`.

/// A chain in the making: rates between numbered states.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    rates: Vec<(usize, usize, f64)>,
    states: usize,
}

impl Chain {
    /// Adds a rate per second from a state to another.
    pub fn add(&mut self, from: usize, to: usize, rate: f64) {
        if from != to && rate > 0.0 {
            self.rates.push((from, to, rate));
            self.states = self.states.max(from.max(to) + 1);
        }
    }

    fn band(&self) -> usize {
        let far = self.rates.iter().map(|(i, j, _)| i.abs_diff(*j));
        far.max().unwrap_or(0)
    }

    /// The stationary probabilities; the chain must be irreducible.
    #[must_use]
    pub fn stationary(&self) -> Vec<f64> {
        let (n, band) = (self.states.max(1), self.band());
        let width = 2 * band + 1;
        // Row i holds the rates from i to i - band ..= i + band.
        let mut q = vec![0.0; n * width];
        for (i, j, rate) in &self.rates {
            q[i * width + band + j - i] += rate;
        }
        for i in (1..n).rev() {
            let first = i.saturating_sub(band);
            let row: Vec<f64> = q[i * width + band + first - i..i * width + band].to_vec();
            let out: f64 = row.iter().sum();
            for j in first..i {
                let share = q[j * width + band + i - j] / out;
                q[j * width + band + i - j] = share;
                if share > 0.0 {
                    let start = j * width + band + first - j;
                    let target = &mut q[start..start + row.len()];
                    for (t, r) in target.iter_mut().zip(&row) {
                        *t += share * r;
                    }
                }
            }
        }
        forward(&q, n, band)
    }
}

/// The probabilities from the eliminated rates, scaled so that none overflows.
fn forward(q: &[f64], n: usize, band: usize) -> Vec<f64> {
    let width = 2 * band + 1;
    let mut p = vec![0.0; n];
    p[0] = 1.0;
    for i in 1..n {
        let first = i.saturating_sub(band);
        p[i] = (first..i).map(|j| p[j] * q[j * width + band + i - j]).sum();
        if p[i] > 1e200 {
            p[..=i].iter_mut().for_each(|x| *x *= 1e-200);
        }
    }
    let sum: f64 = p.iter().sum();
    p.iter_mut().for_each(|x| *x /= sum);
    p
}
