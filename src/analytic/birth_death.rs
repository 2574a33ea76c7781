//! Birth-death chains, in logarithms so that no product of rates overflows.

/// Stationary probabilities of the states 0 to `top`, all rates positive:
/// `p(n) / p(n-1) = birth(n-1) / death(n)`, rates per second.
#[must_use]
pub fn stationary(
    birth: impl Fn(usize) -> f64,
    death: impl Fn(usize) -> f64,
    top: usize,
) -> Vec<f64> {
    let mut logs = Vec::with_capacity(top + 1);
    let (mut log, mut peak) = (0.0f64, 0.0f64);
    logs.push(log);
    for n in 1..=top {
        log += libm::log(birth(n - 1) / death(n));
        peak = peak.max(log);
        logs.push(log);
    }
    let mut p: Vec<f64> = logs.into_iter().map(|l| libm::exp(l - peak)).collect();
    let sum: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= sum);
    p
}

/// The mean of a function of the state.
#[must_use]
pub fn mean(p: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    p.iter().enumerate().map(|(n, p)| p * value(n)).sum()
}

/// M/M/c/K: `agents` and `room` places to wait, then blocked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FiniteRoom {
    /// Probability that an arriving contact finds no place.
    pub p_block: f64,
    /// Probability that an accepted one must wait.
    pub p_wait_accepted: f64,
    /// Mean wait of the accepted ones, seconds.
    pub wait_accepted_s: f64,
    /// Mean number waiting.
    pub queue_length: f64,
    /// Share of the agents' time with a contact.
    pub occupancy: f64,
    /// Mean number waiting or in service.
    pub in_system: f64,
}

/// Closed form of M/M/c/K (Kendall). `rate` per second, `aht_s` positive,
/// `agents` at least 1.
#[must_use]
pub fn finite_room(rate: f64, aht_s: f64, agents: u32, room: u32) -> FiniteRoom {
    let (c, top) = (agents as usize, agents as usize + room as usize);
    let p = stationary(|_| rate, |n| n.min(c) as f64 / aht_s, top);
    let p_block = p[top];
    let accepted = 1.0 - p_block;
    let queue_length = mean(&p, |n| n.saturating_sub(c) as f64);
    let waits: f64 = p[c..top].iter().sum();
    FiniteRoom {
        p_block,
        p_wait_accepted: waits / accepted,
        wait_accepted_s: queue_length / (rate * accepted),
        queue_length,
        occupancy: mean(&p, |n| n.min(c) as f64) / f64::from(agents),
        in_system: mean(&p, |n| n as f64),
    }
}
