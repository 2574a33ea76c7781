//! The wait that a customer of endless patience would have: the law behind
//! Erlang C, Erlang A, M/M/n+G and Erlang-chat.
//!
//! While every agent is full, contacts leave service at a constant rate and
//! nothing but the queue changes. The offered wait V then has the density
//! `v(x) = P(one place left) rate exp(rate H(x) - drain x)` for x > 0, where H
//! is the limited mean of patience (Baccelli & Hebuterne 1981; Zeltyn &
//! Mandelbaum 2005, "Call centers with impatient customers"). All else are
//! integrals over it; they are exact for any law of patience.

use super::quadrature::integrate;
use super::{Infeasible, ServiceLevels};
use crate::distribution::Distribution;

/// How far the exponent falls below its peak before the rest is neglected.
const NEGLIGIBLE: f64 = 46.0;

/// The offered wait of a queue in steady state.
#[derive(Clone, Debug)]
pub struct Waiting<'l> {
    rate: f64,
    drain: f64,
    patience: Option<&'l Distribution>,
    /// Exponent at its peak, which is taken out of all integrals.
    peak: f64,
    /// Where the density is not negligible, with the kinks of patience.
    points: Vec<f64>,
    /// Integral of the scaled density.
    mass: f64,
    /// Probability that the offered wait is positive.
    pub p_wait: f64,
    /// Probability of giving up.
    pub p_abandon: f64,
    /// Mean wait of all, seconds.
    pub wait_all_s: f64,
    /// Mean wait of those served, seconds.
    pub wait_served_s: f64,
    /// Mean wait of those who give up, seconds; 0 where nobody does.
    pub wait_abandoned_s: f64,
    /// Mean number waiting.
    pub queue_length: f64,
}

impl<'l> Waiting<'l> {
    /// A queue at which contacts arrive at `rate` per second, which gives
    /// `drain` contacts per second to agents while all are full, and in which
    /// `exp(ln_free)` is the probability of a free place over that of exactly
    /// one free place. Nobody gives up where `patience` is `None`.
    ///
    /// # Errors
    /// Where nobody gives up and more work comes than can be done.
    pub fn new(
        rate: f64,
        drain: f64,
        ln_free: f64,
        patience: Option<&'l Distribution>,
    ) -> Result<Self, Infeasible> {
        let mut waiting = Self {
            rate,
            drain,
            patience,
            peak: 0.0,
            points: Vec::new(),
            mass: 0.0,
            p_wait: 0.0,
            p_abandon: 0.0,
            wait_all_s: 0.0,
            wait_served_s: 0.0,
            wait_abandoned_s: 0.0,
            queue_length: 0.0,
        };
        let positive_odds = |waiting: &Self| {
            let ln_odds = libm::log(rate * waiting.mass) + waiting.peak - ln_free;
            1.0 / (1.0 + libm::exp(-ln_odds))
        };
        let Some(law) = patience else {
            if rate >= drain {
                return Err(Infeasible::Unstable { load: rate / drain });
            }
            waiting.mass = 1.0 / (drain - rate);
            waiting.p_wait = positive_odds(&waiting);
            waiting.wait_all_s = waiting.p_wait * waiting.mass;
            waiting.wait_served_s = waiting.wait_all_s;
            waiting.queue_length = rate * waiting.wait_all_s;
            return Ok(waiting);
        };
        waiting.find_support(law);
        let [mass, all, served, left] = integrate(
            |x| {
                let e = waiting.density(law, x);
                let (cdf, survival) = (law.cdf(x), law.survival(x));
                [e, e * law.limited_mean_s(x), e * x * survival, e * cdf]
            },
            &waiting.points,
        );
        waiting.mass = mass;
        waiting.p_wait = positive_odds(&waiting);
        let scale = waiting.p_wait / mass;
        waiting.p_abandon = (left * scale).min(1.0);
        waiting.wait_all_s = all * scale;
        waiting.wait_served_s = served * scale / (1.0 - waiting.p_abandon);
        if waiting.p_abandon > 0.0 {
            // What is left of a difference of nearly equal numbers can be below 0.
            waiting.wait_abandoned_s = ((all - served) * scale / waiting.p_abandon).max(0.0);
        }
        waiting.queue_length = rate * waiting.wait_all_s;
        Ok(waiting)
    }

    /// The peak of the exponent, which is concave, and where it is not negligible.
    fn find_support(&mut self, law: &Distribution) {
        let exponent = |x: f64| self.rate * law.limited_mean_s(x) - self.drain * x;
        let top = if law.survival(0.0) * self.rate > self.drain {
            law.quantile((1.0 - self.drain / self.rate).clamp(0.0, 1.0))
        } else {
            0.0
        };
        let peak = exponent(top);
        let enough = |x: f64| exponent(x) < peak - NEGLIGIBLE;
        let mut step = 1.0 / self.drain;
        while !enough(top + step) && step < 1e15 {
            step *= 2.0;
        }
        let high = edge(top, top + step, enough);
        let low = if top > 0.0 && enough(0.0) { edge(top, 0.0, enough) } else { 0.0 };
        let mut points = vec![low, top, high];
        points.extend(law.kinks_s().into_iter().filter(|k| low < *k && *k < high));
        points.sort_by(f64::total_cmp);
        self.peak = peak;
        self.points = points;
    }

    /// The density of the offered wait at `x`, without its scale.
    fn density(&self, law: &Distribution, x: f64) -> f64 {
        libm::exp(self.rate * law.limited_mean_s(x) - self.drain * x - self.peak)
    }

    /// Probabilities of an offered wait of at most `t`, and of being served within `t`.
    fn within(&self, t: f64) -> (f64, f64) {
        let free = 1.0 - self.p_wait;
        let Some(law) = self.patience else {
            let waits = self.p_wait * libm::exp(-(self.drain - self.rate) * t);
            return (1.0 - waits, 1.0 - waits);
        };
        let mut points: Vec<f64> = self.points.iter().copied().filter(|x| *x < t).collect();
        if points.is_empty() {
            return (free, free);
        }
        let last = self.points.last().copied().unwrap_or(0.0);
        points.push(t.min(last));
        let [virtually, served] = integrate(
            |x| {
                let e = self.density(law, x);
                [e, e * law.survival(x)]
            },
            &points,
        );
        let scale = self.p_wait / self.mass;
        ((free + virtually * scale).min(1.0), (free + served * scale).min(1.0))
    }

    /// The service levels at a threshold in seconds.
    #[must_use]
    pub fn service(&self, within_s: f64) -> ServiceLevels {
        let (virtually, served) = self.within(within_s);
        let survival = self.patience.map_or(1.0, |law| law.survival(within_s));
        // All whose wait has ended by then, less those who were served.
        let left = (1.0 - survival * (1.0 - virtually) - served).max(0.0);
        ServiceLevels {
            within_s,
            offered: served,
            answered: (served / (1.0 - self.p_abandon)).min(1.0),
            without_short: (served / (1.0 - left)).min(1.0),
            with_short: (served + left).min(1.0),
            virtually,
            abandoned_within: left,
        }
    }

    /// The wait in seconds that a share `q` in (0, 1) of all contacts does not
    /// exceed, those who give up among them.
    #[must_use]
    pub fn wait_quantile_s(&self, q: f64) -> f64 {
        if 1.0 - self.p_wait >= q {
            return 0.0;
        }
        let Some(law) = self.patience else {
            return libm::log(self.p_wait / (1.0 - q)) / (self.drain - self.rate);
        };
        let ended = |t: f64| 1.0 - law.survival(t) * (1.0 - self.within(t).0) >= q;
        let mut high = 1.0;
        while !ended(high) && high < 1e15 {
            high *= 2.0;
        }
        edge(0.0, high, ended)
    }
}

/// The point between `no` and `yes` from which on `reached` holds.
fn edge(mut no: f64, mut yes: f64, reached: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (no + yes);
        if reached(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}
