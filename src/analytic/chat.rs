//! Agents who hold several chats at once and slow down while they do.
//!
//! `Agents::rate[k]` is what one agent with `k` chats completes per second. A
//! chat waits only while every agent is full; then the wait follows
//! [`Waiting`]. Below that, chats are spread over agents: exactly so as the
//! routing does it, or evenly as a birth-death chain supposes.

use std::collections::BTreeMap;

use super::birth_death::{mean, stationary};
use super::chain::Chain;
use super::{Infeasible, Waiting};
use crate::distribution::Distribution;

/// States of the exact chain at most: beyond, its answer is no longer instant.
const STATES: usize = 3_000;

/// A team that serves chats.
#[derive(Clone, Debug, PartialEq)]
pub struct Agents {
    /// How many, at least 1.
    pub count: u32,
    /// `rate[k]`: chats that an agent with `k` of them completes per second;
    /// entry 0 is 0, the others are positive.
    pub rate: Vec<f64>,
}

/// Which agent takes a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Running chats are spread evenly at every instant: "Erlang-chat", a
    /// birth-death chain, instant for any size. Within 1 % of the least-loaded
    /// rule where slots are well used.
    Even,
    /// The agent with the fewest chats takes the next; running ones stay.
    LeastLoaded,
    /// The agent with the most chats that still has room.
    MostLoaded,
}

/// A chat team in steady state.
#[derive(Clone, Debug)]
pub struct ChatTeam<'l> {
    /// The wait for a slot.
    pub waiting: Waiting<'l>,
    /// Mean number of chats with agents.
    pub in_service: f64,
    /// Mean time of a chat with its agent, seconds.
    pub handle_time_s: f64,
    /// Share of the agents' time with at least one chat.
    pub busy: f64,
    /// Mean number of chats of an agent.
    pub concurrency: f64,
}

impl Agents {
    /// A team by solo work and total speed: `speed[k-1]` is the speed of an
    /// agent with `k` chats, all together, relative to one alone.
    #[must_use]
    pub fn by_speed(count: u32, work_s: f64, speed: &[f64]) -> Self {
        let mut rate = vec![0.0];
        rate.extend(speed.iter().map(|r| r / work_s));
        Self { count, rate }
    }

    /// A team by the time that a chat takes at each level.
    #[must_use]
    pub fn by_handle_time(count: u32, time_by_level_s: &[f64]) -> Self {
        let level = time_by_level_s.iter().zip(1..);
        let mut rate = vec![0.0];
        rate.extend(level.map(|(time, k)| f64::from(k) / time));
        Self { count, rate }
    }

    /// Chats that one agent may hold.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.rate.len() - 1
    }

    /// What the whole team completes per second while all are full.
    #[must_use]
    pub fn drain(&self) -> f64 {
        f64::from(self.count) * self.rate[self.slots()]
    }

    /// Whether the exact chain is small enough to be instant.
    #[must_use]
    pub fn is_small(&self) -> bool {
        let (n, k) = (f64::from(self.count), self.slots() as f64);
        let ways = libm::lgamma(n + k + 1.0) - libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0);
        ways < libm::log(STATES as f64)
    }

    /// The team in steady state under `rate` chats per second.
    ///
    /// # Errors
    /// Without agents, or when nobody gives up and more comes than can be done.
    pub fn steady<'l>(
        &self,
        rate: f64,
        spread: Spread,
        patience: Option<&'l Distribution>,
    ) -> Result<ChatTeam<'l>, Infeasible> {
        if self.count == 0 || self.slots() == 0 {
            return Err(Infeasible::NoAgents);
        }
        let below = match spread {
            Spread::Even => self.spread_evenly(rate),
            Spread::LeastLoaded | Spread::MostLoaded => self.spread_exactly(rate, spread),
        };
        let waiting = Waiting::new(rate, self.drain(), -libm::log(below.one_free), patience)?;
        let (free, full) = (1.0 - waiting.p_wait, waiting.p_wait);
        let agents = f64::from(self.count);
        let in_service = free * below.chats + full * agents * self.slots() as f64;
        Ok(ChatTeam {
            in_service,
            handle_time_s: in_service / (rate * (1.0 - waiting.p_abandon)),
            busy: free * below.busy + full,
            concurrency: in_service / agents,
            waiting,
        })
    }

    /// `n` chats: `n mod count` agents hold one more than the others.
    fn spread_evenly(&self, rate: f64) -> Below {
        let agents = self.count as usize;
        let death = |n: usize| {
            let (level, more) = (n / agents, n % agents);
            let upper = self.rate.get(level + 1).copied().unwrap_or(0.0);
            (agents - more) as f64 * self.rate[level] + more as f64 * upper
        };
        let p = stationary(|_| rate, death, agents * self.slots() - 1);
        Below {
            one_free: p[p.len() - 1],
            chats: mean(&p, |n| n as f64),
            busy: mean(&p, |n| n.min(agents) as f64) / f64::from(self.count),
        }
    }

    /// The chain of how many agents hold how many chats, while a slot is free.
    /// What happens while none is returns to the one state with one free slot.
    fn spread_exactly(&self, rate: f64, spread: Spread) -> Below {
        let states = occupancies(self.count as usize, self.slots());
        let number: BTreeMap<&[u16], usize> = states.iter().map(Vec::as_slice).zip(0..).collect();
        let mut chain = Chain::default();
        for (from, state) in states.iter().enumerate() {
            let mut go = |level: usize, up: bool, rate: f64| {
                let mut next = state.clone();
                next[level] -= 1;
                next[if up { level + 1 } else { level - 1 }] += 1;
                if let Some(to) = number.get(next.as_slice()) {
                    chain.add(from, *to, rate);
                }
            };
            let mut room = (0..self.slots()).filter(|k| state[*k] > 0);
            let taker = match spread {
                Spread::MostLoaded => room.next_back(),
                _ => room.next(),
            };
            if let Some(level) = taker {
                go(level, true, rate);
            }
            for (level, (holders, rate)) in state.iter().zip(&self.rate).enumerate().skip(1) {
                if *holders > 0 {
                    go(level, false, f64::from(*holders) * rate);
                }
            }
        }
        let p = chain.stationary();
        let idle = |n: usize| f64::from(states[n][0]) / f64::from(self.count);
        Below {
            one_free: p[p.len() - 1],
            chats: mean(&p, |n| chats(&states[n]) as f64),
            busy: 1.0 - mean(&p, idle),
        }
    }
}

/// Given that a slot is free.
struct Below {
    /// Probability that it is the only one.
    one_free: f64,
    /// Mean number of chats with agents.
    chats: f64,
    /// Share of agents with a chat.
    busy: f64,
}

fn chats(state: &[u16]) -> usize {
    state.iter().zip(0..).map(|(m, k)| usize::from(*m) * k).sum()
}

/// All ways in which agents hold chats with a slot free: `state[k]` agents hold
/// `k`. By the number of chats, which keeps the band of the chain narrow.
fn occupancies(agents: usize, slots: usize) -> Vec<Vec<u16>> {
    let mut all = Vec::new();
    let mut state = vec![0; slots + 1];
    fill(&mut all, &mut state, slots, agents as u16);
    all.retain(|s| usize::from(s[slots]) < agents);
    all.sort_by_cached_key(|s| (chats(s), s.clone()));
    all
}

fn fill(all: &mut Vec<Vec<u16>>, state: &mut Vec<u16>, level: usize, left: u16) {
    if level == 0 {
        state[0] = left;
        all.push(state.clone());
        return;
    }
    for here in 0..=left {
        state[level] = here;
        fill(all, state, level - 1, left - here);
    }
}
