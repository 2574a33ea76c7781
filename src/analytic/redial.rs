//! Erlang X: customers who gave up try again, and served ones come back.

use super::birth_death::stationary;
use super::chain::Chain;
use super::{Infeasible, erlang_a};
use crate::distribution::{Distribution, poisson_quantile};

/// Probability that a bound of the truncated chain cuts off, about.
const CUT: f64 = 1e-10;
/// Probability that may lie on a bound before the chain is enlarged.
const EDGE: f64 = 2e-9;

/// A team whose customers try again after giving up, without limit and with
/// the same probability each time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Redial {
    /// First attempts per second.
    pub rate: f64,
    /// Mean handle time, seconds; exponential.
    pub aht_s: f64,
    /// Agents, at least 1.
    pub agents: u32,
    /// Mean patience, seconds; exponential in the exact chain.
    pub patience_s: f64,
    /// Probability that one who gave up tries again, below 1.
    pub redial: f64,
    /// Mean time until then, seconds; exponential.
    pub redial_delay_s: f64,
    /// Probability that one who was served comes back, below 1.
    pub reconnect: f64,
    /// Mean time until then, seconds; exponential.
    pub reconnect_delay_s: f64,
}

/// Such a team in steady state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempts {
    /// All attempts per second.
    pub rate: f64,
    /// Probability that an attempt waits.
    pub p_wait: f64,
    /// Probability that an attempt is given up.
    pub p_abandon: f64,
    /// Mean wait of all attempts, seconds.
    pub wait_all_s: f64,
    /// Mean number of customers between giving up and trying again.
    pub orbit: f64,
    /// Share of the agents' time with a contact.
    pub occupancy: f64,
    /// Share of customers who give up and never come again.
    pub lost: f64,
}

/// The rate of all attempts in the limit of long delays, when retrials come at
/// random like first attempts: `total = rate + redial total P(abandon)` (Koole,
/// "Call Center Mathematics"), with returns of the served likewise. The right
/// side grows less than the left, so there is one solution, between the rate and
/// that of customers who all try again. It is found by false position with the end
/// that stays halved (Dowell and Jarratt 1971): some ten trials, each an Erlang A.
#[must_use]
pub fn total_rate(rate: f64, redial: f64, reconnect: f64, p_abandon: impl Fn(f64) -> f64) -> f64 {
    let over = |total: f64| {
        let left = p_abandon(total);
        rate + total * (redial * left + reconnect * (1.0 - left)) - total
    };
    let most = redial.max(reconnect).min(1.0 - 1e-12);
    let (mut low, mut high) = (rate, rate / (1.0 - most));
    let (mut at_low, mut at_high) = (over(low), over(high));
    let mut last = high;
    for _ in 0..100 {
        if at_low <= 0.0 || at_high >= 0.0 {
            break;
        }
        let guess = (low * at_high - high * at_low) / (at_high - at_low);
        let at = over(guess);
        if at > 0.0 {
            (low, at_low) = (guess, at);
            at_high *= 0.5;
        } else {
            (high, at_high) = (guess, at);
            at_low *= 0.5;
        }
        if (guess - last).abs() <= 1e-13 * guess || at == 0.0 {
            return guess;
        }
        last = guess;
    }
    if at_low <= 0.0 { low } else { high }
}

impl Redial {
    /// The fixed point of long delays, by Erlang A.
    ///
    /// # Errors
    /// Without agents.
    pub fn fixed_point(&self) -> Result<Attempts, Infeasible> {
        let law = Distribution::Exponential { mean_s: self.patience_s };
        erlang_a(self.rate, self.aht_s, self.agents, &law)?;
        let abandons = |total: f64| {
            let queue = erlang_a(total, self.aht_s, self.agents, &law);
            queue.map_or(1.0, |q| q.p_abandon)
        };
        let total = total_rate(self.rate, self.redial, self.reconnect, abandons);
        let queue = erlang_a(total, self.aht_s, self.agents, &law)?;
        let left = total * queue.p_abandon;
        Ok(Attempts {
            rate: total,
            p_wait: queue.p_wait,
            p_abandon: queue.p_abandon,
            wait_all_s: queue.wait_all_s,
            orbit: left * self.redial * self.redial_delay_s,
            occupancy: (total - left) * self.aht_s / f64::from(self.agents),
            lost: left * (1.0 - self.redial) / self.rate,
        })
    }

    /// The exact chain of contacts in the system and customers who will come
    /// again, truncated where hardly anybody is. `None` when its elimination
    /// would hold more than `cells` numbers (two million take about 0.1 s); the
    /// fixed point is near then.
    ///
    /// # Errors
    /// Without agents.
    pub fn exact(&self, cells: usize) -> Result<Option<Attempts>, Infeasible> {
        let rough = self.fixed_point()?;
        let mut grid = Grid::new(self.bounds(&rough));
        while grid.cells() <= cells {
            let p = self.chain(&grid).stationary();
            let mut bounds = grid.bounds;
            for (d, mass) in grid.edges(&p).into_iter().enumerate() {
                if mass > EDGE {
                    bounds[d] += bounds[d] / 3 + 2;
                }
            }
            if bounds == grid.bounds {
                return Ok(Some(self.measure(&grid, &p)));
            }
            grid = Grid::new(bounds);
        }
        Ok(None)
    }

    fn departure(&self, n: usize) -> (f64, f64) {
        let c = self.agents as usize;
        let served = n.min(c) as f64 / self.aht_s;
        (served, n.saturating_sub(c) as f64 / self.patience_s)
    }

    /// Numbers in the system, to redial and to reconnect that are hardly exceeded.
    fn bounds(&self, rough: &Attempts) -> [usize; 3] {
        let far = self.agents as usize + 400 + (40.0 * self.patience_s * rough.rate) as usize;
        let death = |n: usize| {
            let (served, left) = self.departure(n);
            served + left
        };
        // Retrials come in clusters: some more than on average.
        let p = stationary(|_| rough.rate * 1.1, death, far.min(100_000));
        let mut tail = 0.0;
        let beyond = p.iter().rev().take_while(|p| {
            tail += **p;
            tail < CUT
        });
        let system = p.len() - beyond.count();
        let served = rough.rate * (1.0 - rough.p_abandon);
        let back = served * self.reconnect * self.reconnect_delay_s;
        let orbit = |mean: f64| poisson_quantile(1.25 * mean, 1.0 - CUT) as usize;
        [system, orbit(rough.orbit), orbit(back)]
    }

    fn chain(&self, grid: &Grid) -> Chain {
        let mut chain = Chain::default();
        let retry = |count: usize, delay: f64| {
            if count == 0 { 0.0 } else { count as f64 / delay }
        };
        grid.each(|[n, j, k], from| {
            let (served, left) = self.departure(n);
            let mut go = |to: [usize; 3], rate: f64| {
                if rate > 0.0 {
                    chain.add(from, grid.number(to), rate);
                }
            };
            go([n + 1, j, k], self.rate);
            if j > 0 {
                go([n + 1, j - 1, k], retry(j, self.redial_delay_s));
            }
            if k > 0 {
                go([n + 1, j, k - 1], retry(k, self.reconnect_delay_s));
            }
            if n > 0 {
                go([n - 1, j, k + 1], served * self.reconnect);
                go([n - 1, j + 1, k], left * self.redial);
                let gone = served * (1.0 - self.reconnect) + left * (1.0 - self.redial);
                go([n - 1, j, k], gone);
            }
        });
        chain
    }

    fn measure(&self, grid: &Grid, p: &[f64]) -> Attempts {
        let agents = self.agents as usize;
        let (mut total, mut waits, mut queue, mut orbit, mut busy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        grid.each(|[n, j, k], at| {
            let p = p.get(at).copied().unwrap_or(0.0);
            let mut rate = self.rate;
            if j > 0 {
                rate += j as f64 / self.redial_delay_s;
            }
            if k > 0 {
                rate += k as f64 / self.reconnect_delay_s;
            }
            total += p * rate;
            if n >= agents {
                waits += p * rate;
            }
            queue += p * n.saturating_sub(agents) as f64;
            orbit += p * j as f64;
            busy += p * n.min(agents) as f64;
        });
        let left = queue / self.patience_s;
        Attempts {
            rate: total,
            p_wait: waits / total,
            p_abandon: left / total,
            wait_all_s: queue / total,
            orbit,
            occupancy: busy / f64::from(self.agents),
            lost: left * (1.0 - self.redial) / self.rate,
        }
    }
}

/// Numbers of the states of a box, the longest side outermost: a narrow band.
struct Grid {
    bounds: [usize; 3],
    stride: [usize; 3],
}

impl Grid {
    fn new(bounds: [usize; 3]) -> Self {
        let mut order = [0, 1, 2];
        order.sort_by_key(|d| bounds[*d]);
        let mut stride = [0; 3];
        let mut size = 1;
        for d in order {
            stride[d] = size;
            size *= bounds[d] + 1;
        }
        Self { bounds, stride }
    }

    /// Numbers that the band of the chain holds.
    fn cells(&self) -> usize {
        let states: usize = self.bounds.iter().map(|b| b + 1).product();
        let outer = self.stride.iter().max().copied().unwrap_or(1);
        states.saturating_mul(2 * outer + 1)
    }

    /// Probability on the bound of each side; a side without length has none.
    fn edges(&self, p: &[f64]) -> [f64; 3] {
        let mut mass = [0.0; 3];
        self.each(|at, number| {
            for d in 0..3 {
                if at[d] == self.bounds[d] && self.bounds[d] > 0 {
                    mass[d] += p.get(number).copied().unwrap_or(0.0);
                }
            }
        });
        mass
    }

    /// The number of a state; one outside counts as the nearest inside.
    fn number(&self, at: [usize; 3]) -> usize {
        (0..3).map(|d| at[d].min(self.bounds[d]) * self.stride[d]).sum()
    }

    fn each(&self, mut visit: impl FnMut([usize; 3], usize)) {
        for n in 0..=self.bounds[0] {
            for j in 0..=self.bounds[1] {
                for k in 0..=self.bounds[2] {
                    visit([n, j, k], self.number([n, j, k]));
                }
            }
        }
    }
}
