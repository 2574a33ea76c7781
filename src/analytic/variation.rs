//! Handle times that are not exponential, nobody giving up: M/G/1, M/D/c,
//! phase-type M/PH/c exactly, M/G/c nearly; and priorities.

use super::chain::Chain;
use super::{Infeasible, erlang_c};
use crate::distribution::Distribution;
use std::collections::BTreeMap;

/// States of a phase-type chain at most, times its band squared: about a second.
const WORK: f64 = 1e9;

/// A queue without abandonment and with any handle times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelayOnly {
    /// Probability of a wait.
    pub p_wait: f64,
    /// Mean wait of all, seconds.
    pub wait_s: f64,
    /// Whether the numbers are exact for the law.
    pub exact: bool,
}

/// M/G/c: exactly where a method is known for the law, else Lee & Longton's
/// approximation, `(1 + cv^2) / 2` times the wait of Erlang C with its
/// probability of waiting.
///
/// # Errors
/// When more work comes than the agents can do.
pub fn mgc(rate: f64, law: &Distribution, agents: u32) -> Result<DelayOnly, Infeasible> {
    let aht_s = law.mean_s();
    let memoryless = erlang_c(rate, aht_s, agents)?;
    if agents == 1 {
        // Pollaczek & Khinchine: any law.
        return Ok(DelayOnly {
            p_wait: rate * aht_s,
            wait_s: memoryless.wait_all_s * (1.0 + law.cv2()) / 2.0,
            exact: true,
        });
    }
    if let Distribution::Constant { .. } = law {
        let (p_wait, wait_s) = constant_times(rate, aht_s, agents);
        return Ok(DelayOnly { p_wait, wait_s, exact: true });
    }
    if let Some(phases) = Phases::of(law)
        && let Some((p_wait, wait_s)) = phases.queue(rate, agents, law)
    {
        return Ok(DelayOnly { p_wait, wait_s, exact: true });
    }
    Ok(DelayOnly {
        p_wait: memoryless.p_wait,
        wait_s: lee_longton(memoryless.wait_all_s, law.cv2()),
        exact: law.cv2() == 1.0 && matches!(law, Distribution::Exponential { .. }),
    })
}

/// Mean wait by Lee & Longton (1959) from that of Erlang C; exact for one agent,
/// within some per cent for several at usual loads.
#[must_use]
pub fn lee_longton(erlang_c_wait_s: f64, cv2: f64) -> f64 {
    erlang_c_wait_s * (1.0 + cv2) / 2.0
}

/// M/D/c: constant times give agents their contacts in turn, so each agent is a
/// queue with Erlang-c times between arrivals; Spitzer's identity over
/// `S(k) = k D - Erlang(k c)` gives the wait (equal to Crommelin 1932).
fn constant_times(rate: f64, aht_s: f64, agents: u32) -> (f64, f64) {
    let (mut exponent, mut wait_s) = (0.0, 0.0);
    let c = f64::from(agents);
    for k in (1..2_000_000).map(f64::from) {
        let law = |shape: f64| Distribution::Gamma { shape, scale_s: 1.0 }.cdf(k * aht_s * rate);
        let positive = law(k * c);
        let mean = k * aht_s * positive - k * c / rate * law(k * c + 1.0);
        exponent += positive / k;
        wait_s += mean.max(0.0) / k;
        if positive < 1e-14 {
            break;
        }
    }
    (-libm::expm1(-exponent), wait_s)
}

/// A law as phases: it begins in one by chance and goes on to at most one other.
struct Phases {
    start: Vec<f64>,
    rate: Vec<f64>,
    next: Vec<Option<usize>>,
}

impl Phases {
    /// Mixtures of exponentials, and gamma laws of integer shape.
    fn of(law: &Distribution) -> Option<Self> {
        match law {
            Distribution::HyperExponential { branches } => Some(Self {
                start: branches.iter().map(|b| b.0).collect(),
                rate: branches.iter().map(|b| 1.0 / b.1).collect(),
                next: vec![None; branches.len()],
            }),
            Distribution::Gamma { shape, scale_s } => {
                let k = shape.round();
                let whole = (shape - k).abs() < 1e-9 && (1.0..=20.0).contains(&k);
                let k = k as usize;
                whole.then(|| Self {
                    start: (0..k).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect(),
                    rate: vec![1.0 / scale_s; k],
                    next: (0..k).map(|i| (i + 1 < k).then_some(i + 1)).collect(),
                })
            }
            _ => None,
        }
    }

    /// Probability of a wait and its mean, by the chain of contacts and phases;
    /// `None` when it is too large to be instant.
    fn queue(&self, rate: f64, agents: u32, law: &Distribution) -> Option<(f64, f64)> {
        let (c, k) = (agents as usize, self.rate.len());
        let load = rate * law.mean_s() / f64::from(agents);
        // The queue decays about as load^(2 / (1 + cv^2)) with each place.
        let places = 35.0 * (1.0 + law.cv2()).max(1.0) / 2.0 / -libm::log(load);
        let ways = (1..k).fold(1.0, |w, i| w * (c + i) as f64 / i as f64);
        if (places + f64::from(agents)) * ways * 4.0 * ways * ways > WORK {
            return None;
        }
        let top = c + (1.5 * places).ceil() as usize + 20;
        let mut states: Vec<(usize, Vec<u16>)> = Vec::new();
        for n in 0..=top {
            let busy = n.min(c);
            let all = splits(busy as u16, k);
            states.extend(all.into_iter().map(|s| (n, s)));
        }
        let number: BTreeMap<&(usize, Vec<u16>), usize> = states.iter().zip(0..).collect();
        let mut chain = Chain::default();
        for (from, state) in states.iter().enumerate() {
            self.transitions(state, rate, c, |to, rate| {
                if let Some(to) = number.get(&to) {
                    chain.add(from, *to, rate);
                }
            });
        }
        let p = chain.stationary();
        let waits: f64 = p.iter().zip(&states).filter(|(_, s)| s.0 >= c).map(|(p, _)| p).sum();
        let queue = |n: usize| n.saturating_sub(c) as f64;
        let queue: f64 = p.iter().zip(&states).map(|(p, s)| p * queue(s.0)).sum();
        Some((waits, queue / rate))
    }

    fn transitions(
        &self,
        (n, state): &(usize, Vec<u16>),
        rate: f64,
        c: usize,
        mut go: impl FnMut((usize, Vec<u16>), f64),
    ) {
        let begin = |state: &[u16], phase: usize| {
            let mut next = state.to_vec();
            next[phase] += 1;
            next
        };
        let starts = || self.start.iter().enumerate().filter(|s| *s.1 > 0.0);
        if *n >= c {
            go((n + 1, state.clone()), rate);
        } else {
            for (phase, p) in starts() {
                go((n + 1, begin(state, phase)), rate * p);
            }
        }
        for phase in (0..state.len()).filter(|i| state[*i] > 0) {
            let out = f64::from(state[phase]) * self.rate[phase];
            let mut left = state.clone();
            left[phase] -= 1;
            match self.next[phase] {
                Some(next) => go((*n, begin(&left, next)), out),
                None if *n > c => {
                    for (phase, p) in starts() {
                        go((n - 1, begin(&left, phase)), out * p);
                    }
                }
                None => go((n - 1, left), out),
            }
        }
    }
}

/// All ways to split a number into `parts` numbers.
fn splits(total: u16, parts: usize) -> Vec<Vec<u16>> {
    if parts == 1 {
        return vec![vec![total]];
    }
    let mut all = Vec::new();
    for first in 0..=total {
        for mut rest in splits(total - first, parts - 1) {
            rest.insert(0, first);
            all.push(rest);
        }
    }
    all
}
