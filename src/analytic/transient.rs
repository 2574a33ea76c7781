//! Queues that are not in steady state: Kolmogorov's forward equations.

/// A finite chain whose rate of arrival changes with time: who comes moves the
/// chain along `arrivals`, all else happens at constant rates per second.
#[derive(Clone, Debug, Default)]
pub struct Transient {
    /// From and to, at the rate of arrival.
    pub arrivals: Vec<(usize, usize)>,
    /// From, to, and the rate per second.
    pub others: Vec<(usize, usize, f64)>,
}

impl Transient {
    /// M/M/c with exponential patience, truncated at `top` in the system.
    #[must_use]
    pub fn queue(aht_s: f64, agents: u32, patience_s: Option<f64>, top: usize) -> Self {
        let c = agents as usize;
        let leave = |n: usize| {
            let waiting = n.saturating_sub(c) as f64;
            n.min(c) as f64 / aht_s + patience_s.map_or(0.0, |p| waiting / p)
        };
        Self {
            arrivals: (0..top).map(|n| (n, n + 1)).collect(),
            others: (1..=top).map(|n| (n, n - 1, leave(n))).collect(),
        }
    }

    /// A queue whose agents above `agents` finish what they have and then leave:
    /// the state is the number waiting (below `places`) for each number of
    /// agents that are still busy, `agents` to `before`. State `w + places * (b -
    /// agents)` with `b` busy; all below `agents` busy come after them.
    #[must_use]
    pub fn closing_shift(
        aht_s: f64,
        (before, agents): (u32, u32),
        patience_s: Option<f64>,
        places: usize,
    ) -> Self {
        let (c, extra) = (agents as usize, (before - agents) as usize);
        let idle = |busy: usize| places * (extra + 1) + busy;
        let mut chain = Self::default();
        for over in 0..=extra {
            for w in 0..places {
                let at = w + places * over;
                if w + 1 < places {
                    chain.arrivals.push((at, at + 1));
                }
                if w > 0
                    && let Some(patience_s) = patience_s
                {
                    chain.others.push((at, at - 1, w as f64 / patience_s));
                }
                let to = match (over, w) {
                    (0, 0) if c == 0 => continue,
                    (0, 0) => idle(c - 1),
                    (0, _) => at - 1,
                    _ => at - places,
                };
                chain.others.push((at, to, (c + over) as f64 / aht_s));
            }
        }
        for busy in 0..c {
            let up = if busy + 1 == c { 0 } else { idle(busy + 1) };
            chain.arrivals.push((idle(busy), up));
            if busy > 0 {
                chain.others.push((idle(busy), idle(busy - 1), busy as f64 / aht_s));
            }
        }
        chain
    }

    /// Follows the chain from `p` over `[from_s, to_s]` by Runge and Kutta's
    /// method of fourth order, with steps short against the fastest rate.
    /// `visit` gets each moment's time, step and probabilities, for integrals
    /// by the trapezium rule: a moment counts half a step before and after it.
    pub fn follow(
        &self,
        p: &mut [f64],
        (from_s, to_s): (f64, f64),
        rate: impl Fn(f64) -> f64,
        mut visit: impl FnMut(f64, f64, &[f64]),
    ) {
        let fastest = self.fastest(p.len())
            + (0..64)
                .fold(0.0, |m: f64, k| m.max(rate(from_s + (to_s - from_s) * f64::from(k) / 64.0)));
        let steps = ((to_s - from_s) * fastest / 0.5).ceil().max(64.0);
        let h = (to_s - from_s) / steps;
        let slope = |p: &[f64], t: f64| {
            let (rate, mut d) = (rate(t), vec![0.0; p.len()]);
            for (from, to) in &self.arrivals {
                let flow = rate * p[*from];
                d[*from] -= flow;
                d[*to] += flow;
            }
            for (from, to, r) in &self.others {
                let flow = r * p[*from];
                d[*from] -= flow;
                d[*to] += flow;
            }
            d
        };
        let ahead = |p: &[f64], d: &[f64], h: f64| -> Vec<f64> {
            p.iter().zip(d).map(|(p, d)| p + h * d).collect()
        };
        visit(from_s, h / 2.0, p);
        for step in 0..steps as u64 {
            let t = from_s + h * step as f64;
            let k1 = slope(p, t);
            let k2 = slope(&ahead(p, &k1, h / 2.0), t + h / 2.0);
            let k3 = slope(&ahead(p, &k2, h / 2.0), t + h / 2.0);
            let k4 = slope(&ahead(p, &k3, h), t + h);
            for (i, p) in p.iter_mut().enumerate() {
                *p += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
            }
            let last = step + 1 == steps as u64;
            visit(t + h, if last { h / 2.0 } else { h }, p);
        }
    }

    /// The greatest rate out of a state, without arrivals.
    fn fastest(&self, states: usize) -> f64 {
        let mut out = vec![0.0; states];
        for (from, _, rate) in &self.others {
            out[*from] += rate;
        }
        out.into_iter().fold(0.0, f64::max)
    }
}
