//! One question to the formulas, one answer: what a calculator asks and prints.

use super::chat::{Agents, Spread};
use super::variation::mgc;
use super::waiting::Waiting;
use super::{
    Infeasible, Redial, ServiceLevels, erlang_a, erlang_b, erlang_c, finite_room, total_rate,
};
use crate::distribution::Distribution;

/// Numbers that the exact chain of redials may hold in an instant answer.
const REDIAL_CELLS: usize = 2_000_000;

/// Which formula, with what only it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Erlang B: no place to wait.
    Loss,
    /// Erlang C: nobody gives up.
    Delay {
        /// Law of handle times, of any mean; exponential without one.
        work: Option<Distribution>,
        /// Places to wait; without limit where there is none.
        room: Option<u32>,
    },
    /// Erlang A: customers give up.
    Abandonment {
        /// How long they wait.
        patience: Distribution,
    },
    /// Erlang X: those who gave up try again.
    Redial {
        /// How long they wait.
        patience: Distribution,
        /// Probability that one who gave up tries again, below 1.
        redial: f64,
        /// Mean time until then, seconds; `None` is very long.
        delay_s: Option<f64>,
    },
    /// Erlang-chat: several contacts at once.
    Chat {
        /// `speed[k-1]`: total speed of an agent with `k` chats against one alone.
        speed: Vec<f64>,
        /// How long customers wait; `None` without end.
        patience: Option<Distribution>,
        /// Which agent takes a chat.
        spread: Spread,
    },
}

/// A team and its work.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The formula.
    pub model: Model,
    /// Contacts per second, positive; first attempts with redials.
    pub rate: f64,
    /// Mean handle time (solo work for chats), seconds, positive.
    pub aht_s: f64,
    /// Agents, at least 1.
    pub agents: u32,
    /// Threshold of the service level, seconds.
    pub within_s: f64,
}

/// What comes out. Probabilities and shares are in 0..=1, times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Offered load, erlangs.
    pub load: f64,
    /// All attempts per second: more than come first where customers redial.
    pub attempts: f64,
    /// Share that finds no place.
    pub blocked: Option<f64>,
    /// Probability of a wait, of those accepted.
    pub p_wait: f64,
    /// Share that gives up, of all attempts.
    pub abandoned: Option<f64>,
    /// Share of customers who give up for good.
    pub lost: Option<f64>,
    /// Mean wait of all accepted, seconds.
    pub wait_s: f64,
    /// Mean wait of those served, seconds: the ASA.
    pub asa_s: f64,
    /// Mean wait of those who give up, seconds.
    pub wait_abandoned_s: Option<f64>,
    /// Waits that 50, 90, 95 and 99 % do not exceed, seconds; not in a quick answer.
    pub wait_quantiles_s: Option<[f64; 4]>,
    /// Mean number waiting.
    pub queue_length: f64,
    /// Share of the agents' time with a contact.
    pub occupancy: f64,
    /// Service levels at the threshold.
    pub service: ServiceLevels,
    /// Mean time of a chat with its agent, seconds, and mean chats of an agent.
    pub chat: Option<(f64, f64)>,
    /// Whether the numbers are exact under the assumptions.
    pub exact: bool,
}

impl Setting {
    /// The answer of the formula.
    ///
    /// # Errors
    /// Without agents, or when nobody gives up and more comes than can be done.
    pub fn answer(&self) -> Result<Answer, Infeasible> {
        self.find(true)
    }

    /// The answer without the quantiles of the wait, which take most of its time.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn quick(&self) -> Result<Answer, Infeasible> {
        self.find(false)
    }

    fn find(&self, quantiles: bool) -> Result<Answer, Infeasible> {
        if self.agents == 0 {
            return Err(Infeasible::NoAgents);
        }
        match &self.model {
            Model::Loss => Ok(self.loss()),
            Model::Delay { room: Some(room), .. } => Ok(self.limited(*room)),
            Model::Delay { work: Some(law), .. } => self.general(law),
            Model::Delay { .. } => {
                let queue = erlang_c(self.rate, self.aht_s, self.agents)?;
                Ok(self.of(&queue, self.rate, quantiles))
            }
            Model::Abandonment { patience } => {
                let queue = erlang_a(self.rate, self.aht_s, self.agents, patience)?;
                Ok(self.of(&queue, self.rate, quantiles))
            }
            Model::Redial { patience, redial, delay_s } => {
                self.redial((patience, *redial, *delay_s), quantiles)
            }
            Model::Chat { speed, patience, spread } => {
                self.chat(speed, patience.as_ref(), *spread, quantiles)
            }
        }
    }

    /// What a queue with one contact for each agent says.
    fn of(&self, queue: &Waiting<'_>, attempts: f64, quantiles: bool) -> Answer {
        let gives_up = queue.p_abandon > 0.0;
        let served = attempts * (1.0 - queue.p_abandon);
        let quantile = |q| queue.wait_quantile_s(q);
        Answer {
            load: self.rate * self.aht_s,
            attempts,
            blocked: None,
            p_wait: queue.p_wait,
            abandoned: gives_up.then_some(queue.p_abandon),
            lost: None,
            wait_s: queue.wait_all_s,
            asa_s: queue.wait_served_s,
            wait_abandoned_s: gives_up.then_some(queue.wait_abandoned_s),
            wait_quantiles_s: quantiles.then(|| [0.5, 0.9, 0.95, 0.99].map(quantile)),
            queue_length: queue.queue_length,
            occupancy: served * self.aht_s / f64::from(self.agents),
            service: queue.service(self.within_s),
            chat: None,
            exact: true,
        }
    }

    /// An answer without abandonment, by its share served within the threshold.
    fn plain(&self, p_wait: f64, wait_s: f64, accepted: f64, served: f64) -> Answer {
        let rate = self.rate * accepted;
        Answer {
            load: self.rate * self.aht_s,
            attempts: self.rate,
            blocked: None,
            p_wait,
            abandoned: None,
            lost: None,
            wait_s,
            asa_s: wait_s,
            wait_abandoned_s: None,
            wait_quantiles_s: None,
            queue_length: rate * wait_s,
            occupancy: rate * self.aht_s / f64::from(self.agents),
            service: ServiceLevels {
                within_s: self.within_s,
                offered: served * accepted,
                answered: served,
                without_short: served * accepted,
                with_short: served * accepted,
                virtually: served,
                abandoned_within: 0.0,
            },
            chat: None,
            exact: true,
        }
    }

    fn loss(&self) -> Answer {
        let blocked = erlang_b(self.agents, self.rate * self.aht_s);
        let mut answer = self.plain(0.0, 0.0, 1.0 - blocked, 1.0);
        answer.blocked = Some(blocked);
        answer
    }

    /// M/M/c/K: who finds `n` in the system waits for `n - c + 1` departures.
    fn limited(&self, room: u32) -> Answer {
        let f = finite_room(self.rate, self.aht_s, self.agents, room);
        let drain = f64::from(self.agents) / self.aht_s;
        let in_time = |place: u32| {
            Distribution::Gamma { shape: f64::from(place) + 1.0, scale_s: 1.0 / drain }
                .cdf(self.within_s)
        };
        // Given a wait, the place in the queue is geometric and cut at its end.
        let ratio = self.rate / drain;
        let (mut weight, mut all, mut served) = (1.0f64, 0.0, 0.0);
        for place in 0..room {
            all += weight;
            served += weight * in_time(place);
            weight *= ratio;
            if all > 1e200 {
                (weight, all, served) = (weight * 1e-200, all * 1e-200, served * 1e-200);
            }
        }
        let given_wait = if all > 0.0 { served / all } else { 1.0 };
        let share = 1.0 - f.p_wait_accepted * (1.0 - given_wait);
        let accepted = 1.0 - f.p_block;
        let mut answer = self.plain(f.p_wait_accepted, f.wait_accepted_s, accepted, share);
        answer.blocked = Some(f.p_block);
        answer
    }

    /// M/G/c. The law of the wait, given a wait, is taken as exponential.
    fn general(&self, law: &Distribution) -> Result<Answer, Infeasible> {
        let law = law.scaled(self.aht_s / law.mean_s());
        let queue = mgc(self.rate, &law, self.agents)?;
        let mean = queue.wait_s / queue.p_wait.max(f64::MIN_POSITIVE);
        let late = queue.p_wait * libm::exp(-self.within_s / mean.max(f64::MIN_POSITIVE));
        let mut answer = self.plain(queue.p_wait, queue.wait_s, 1.0, 1.0 - late);
        answer.exact = false;
        Ok(answer)
    }

    fn redial(
        &self,
        (patience, redial, delay_s): (&Distribution, f64, Option<f64>),
        quantiles: bool,
    ) -> Result<Answer, Infeasible> {
        let abandons = |total: f64| {
            let queue = erlang_a(total, self.aht_s, self.agents, patience);
            queue.map_or(1.0, |q| q.p_abandon)
        };
        let total = total_rate(self.rate, redial, 0.0, abandons);
        let queue = erlang_a(total, self.aht_s, self.agents, patience)?;
        let mut answer = self.of(&queue, total, quantiles);
        answer.lost = Some(total * queue.p_abandon * (1.0 - redial) / self.rate);
        answer.exact = false;
        if let (Distribution::Exponential { mean_s }, Some(delay_s)) = (patience, delay_s) {
            let team = Redial {
                rate: self.rate,
                aht_s: self.aht_s,
                agents: self.agents,
                patience_s: *mean_s,
                redial,
                redial_delay_s: delay_s,
                reconnect: 0.0,
                reconnect_delay_s: 1.0,
            };
            if let Some(exact) = team.exact(REDIAL_CELLS)? {
                answer.attempts = exact.rate;
                answer.p_wait = exact.p_wait;
                answer.abandoned = Some(exact.p_abandon);
                answer.lost = Some(exact.lost);
                answer.wait_s = exact.wait_all_s;
                answer.queue_length = exact.rate * exact.wait_all_s;
                answer.occupancy = exact.occupancy;
            }
        }
        Ok(answer)
    }

    fn chat(
        &self,
        speed: &[f64],
        patience: Option<&Distribution>,
        spread: Spread,
        quantiles: bool,
    ) -> Result<Answer, Infeasible> {
        let agents = Agents::by_speed(self.agents, self.aht_s, speed);
        let small = agents.is_small();
        let spread = if small { spread } else { Spread::Even };
        let team = agents.steady(self.rate, spread, patience)?;
        let mut answer = self.of(&team.waiting, self.rate, quantiles);
        answer.occupancy = team.busy;
        answer.chat = Some((team.handle_time_s, team.concurrency));
        answer.exact = spread != Spread::Even;
        Ok(answer)
    }
}
