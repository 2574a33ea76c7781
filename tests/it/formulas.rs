//! Formulas that the simulation must agree with, and that the program does not offer.

use convoq::analytic::{AnswerHabits, Infeasible, IssueKind, Waiting, erlang_a, erlang_c};
use convoq::distribution::Distribution;

/// Mean waits of classes that do not interrupt each other, the first served
/// first, all with the same exponential handle times (Cobham 1954; Kella &
/// Yechiali 1985). `rates` per second.
///
/// # Errors
/// When more work comes than the agents can do.
pub fn priorities(rates: &[f64], aht_s: f64, agents: u32) -> Result<Vec<f64>, Infeasible> {
    let all: f64 = rates.iter().sum();
    let together = erlang_c(all, aht_s, agents)?;
    let residual = together.p_wait * aht_s / f64::from(agents);
    let loads = rates.iter().map(|r| r * aht_s / f64::from(agents));
    Ok(cobham(residual, loads))
}

/// The same for one agent, each class with its own law: mean and squared
/// coefficient of variation of the handle time (Cobham 1954).
///
/// # Errors
/// When more work comes than the agent can do.
pub fn priorities_single(classes: &[(f64, f64, f64)]) -> Result<Vec<f64>, Infeasible> {
    let load: f64 = classes.iter().map(|(rate, mean, _)| rate * mean).sum();
    if load >= 1.0 {
        return Err(Infeasible::Unstable { load });
    }
    let second = |(rate, mean, cv2): &(f64, f64, f64)| rate * mean * mean * (1.0 + cv2) / 2.0;
    let residual = classes.iter().map(second).sum();
    Ok(cobham(residual, classes.iter().map(|(rate, mean, _)| rate * mean)))
}

fn cobham(residual: f64, loads: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut before = 0.0;
    loads
        .map(|load| {
            let with = before + load;
            let wait = residual / ((1.0 - before) * (1.0 - with));
            before = with;
            wait
        })
        .collect()
}

/// A bot without limit of sessions, then people: M/G/inf lets contacts on at
/// random (Mirasol 1963), so the people are an Erlang A of their own.
#[derive(Clone, Debug)]
pub struct BotThenPeople<'l> {
    /// Contacts per second that reach people.
    pub to_people: f64,
    /// Mean number of contacts with the bot.
    pub in_bot: f64,
    /// The people.
    pub people: Waiting<'l>,
    /// Share of the people's time with a contact.
    pub occupancy: f64,
    /// Mean time from first message to the end of those whom people served, seconds.
    pub whole_time_s: f64,
}

/// `rate` contacts per second stay `bot_s` with the bot on average, a share
/// `escalated` goes on to `agents` people.
///
/// # Errors
/// Without agents.
pub fn bot_then_people(
    rate: f64,
    bot_s: f64,
    escalated: f64,
    (agents, aht_s): (u32, f64),
    patience: &Distribution,
) -> Result<BotThenPeople<'_>, Infeasible> {
    let to_people = rate * escalated;
    let people = erlang_a(to_people, aht_s, agents, patience)?;
    Ok(BotThenPeople {
        to_people,
        in_bot: rate * bot_s,
        occupancy: to_people * (1.0 - people.p_abandon) * aht_s / f64::from(agents),
        whole_time_s: bot_s + people.wait_served_s + aht_s,
        people,
    })
}

/// Bot sessions and people, both limited, with some of the served starting
/// over; all times exponential, nobody gives up: a Jackson network (1957), so
/// each stage is an Erlang C at its own rate.
#[derive(Clone, Debug)]
pub struct TwoStages {
    /// Sessions per second.
    pub bot_rate: f64,
    /// Contacts per second that reach people.
    pub people_rate: f64,
    /// Waits for a session.
    pub bot: Waiting<'static>,
    /// Waits for people.
    pub people: Waiting<'static>,
    /// Mean sessions of a customer.
    pub visits: f64,
    /// Mean time of a customer in both stages, seconds.
    pub whole_time_s: f64,
}

/// Servers and their mean time, bot first; `escalated` go on to people, `back`
/// of those served by people start over.
///
/// # Errors
/// When more work comes to a stage than it can do.
pub fn two_stages(
    rate: f64,
    (slots, bot_s): (u32, f64),
    (agents, aht_s): (u32, f64),
    (escalated, back): (f64, f64),
) -> Result<TwoStages, Infeasible> {
    let visits = 1.0 / (1.0 - escalated * back);
    let (bot_rate, people_rate) = (rate * visits, rate * visits * escalated);
    let bot = erlang_c(bot_rate, bot_s, slots)?;
    let people = erlang_c(people_rate, aht_s, agents)?;
    let with_people = escalated * (people.wait_all_s + aht_s);
    Ok(TwoStages {
        bot_rate,
        people_rate,
        visits,
        whole_time_s: visits * (bot.wait_all_s + bot_s + with_people),
        bot,
        people,
    })
}

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
    pub fn mean(&self) -> f64 {
        self.means.iter().sum()
    }

    /// Variance of the day's total: `m + m^2 / shape`.
    pub fn variance(&self) -> f64 {
        self.spread(self.mean())
    }

    /// Correlation of the counts of two different periods; 0 for one outside the day.
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

/// The least agents with which a contact waits with a probability of at most `alpha`,
/// where customers leave at the rate at which they are served: then the number there
/// has Poisson's law with the offered load (erlangs) as its mean, whatever the
/// agents, and `s = min { s: P(N >= s) <= alpha }` is exact, also where the load
/// changes with time (Feldman, Mandelbaum, Massey and Whitt 2008).
pub fn delay_requirement(load: f64, alpha: f64) -> u32 {
    if load <= 0.0 {
        return 0;
    }
    let ln_load = libm::log(load);
    let point =
        |n: u32| libm::exp(f64::from(n) * ln_load - load - libm::lgamma(f64::from(n) + 1.0));
    let (mut agents, mut tail) = (0, 1.0);
    while tail > alpha && f64::from(agents) < load + 40.0 * libm::sqrt(load) + 100.0 {
        tail -= point(agents);
        agents += 1;
    }
    agents
}

/// The derivative of ROAR by each assumption of one kind of issue, the others held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gradient {
    /// By the share that rules send to people.
    pub human_only: f64,
    /// By the share that asks for a person at once.
    pub bypass: f64,
    /// By coverage.
    pub coverage: f64,
    /// By accuracy.
    pub accuracy: f64,
    /// By the share that sees articles.
    pub exposure: f64,
}

/// A number and its derivative by accuracy: forward differentiation, exact.
#[derive(Clone, Copy)]
struct Dual(f64, f64);

impl Dual {
    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0, self.0 * other.1 + self.1 * other.0)
    }
}

/// Of contacts for which the bot has content: closed, with its derivative by accuracy.
fn closed(kind: &IssueKind, habits: &AnswerHabits) -> Dual {
    let mut accuracy = Dual(kind.accuracy, 1.0);
    let (mut asks, mut closed) = (Dual(1.0, 0.0), Dual(0.0, 0.0));
    for _ in 0..habits.max_turns {
        let right = Dual(accuracy.0 * kind.confident_right, accuracy.1 * kind.confident_right);
        let wrong =
            Dual((1.0 - accuracy.0) * kind.confident_wrong, -accuracy.1 * kind.confident_wrong);
        let ends = |p: f64, q: f64| Dual(right.0 * p + wrong.0 * q, right.1 * p + wrong.1 * q);
        let closes = asks.times(ends(habits.accept, habits.leave_silently));
        closed = Dual(closed.0 + closes.0, closed.1 + closes.1);
        let on = 1.0 - habits.ask_human;
        asks = asks.times(ends((1.0 - habits.accept) * on, (1.0 - habits.leave_silently) * on));
        let decay = habits.accuracy_decay;
        accuracy = Dual(accuracy.0 * decay, accuracy.1 * decay);
    }
    closed
}

/// The exact derivatives of ROAR, for each kind of issue.
pub fn gradients(kinds: &[IssueKind], habits: &AnswerHabits) -> Vec<Gradient> {
    let each = |kind: &IssueKind| {
        let closed = closed(kind, habits);
        let written = kind.share * (1.0 - kind.exposure * kind.article_solves);
        let (rules, asks) = (1.0 - kind.human_only, 1.0 - kind.bypass);
        Gradient {
            human_only: -written * asks * kind.coverage * closed.0,
            bypass: -written * rules * kind.coverage * closed.0,
            coverage: written * rules * asks * closed.0,
            accuracy: written * rules * asks * kind.coverage * closed.1,
            exposure: kind.share
                * kind.article_solves
                * (1.0 - rules * asks * kind.coverage * closed.0),
        }
    };
    kinds.iter().map(each).collect()
}
