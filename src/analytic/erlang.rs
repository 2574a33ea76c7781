//! Erlang B, C and A: one kind of contact, one team, one contact at a time.

use super::{Infeasible, Waiting};
use crate::distribution::Distribution;

/// Erlang B: the probability that a contact finds all `agents` busy and no
/// place to wait, at `load` erlangs. `1/B(n) = 1 + n/load 1/B(n-1)` (Erlang
/// 1917), holds for any law of handle times and is stable for any size.
#[must_use]
pub fn erlang_b(agents: u32, load: f64) -> f64 {
    (1..=agents).fold(1.0, |b, n| load * b / (f64::from(n) + load * b))
}

/// Erlang C, M/M/n: contacts come at random at `rate` per second, handle times
/// are exponential with mean `aht_s`, nobody gives up.
///
/// # Errors
/// When more work comes than the agents can do.
pub fn erlang_c(rate: f64, aht_s: f64, agents: u32) -> Result<Waiting<'static>, Infeasible> {
    staffed(rate, aht_s, agents, None)
}

/// Erlang A with any law of patience, M/M/n+G. With an exponential law it is
/// Erlang A as Palm (1957) has it: `P(abandon) = E[wait] / E[patience]`.
///
/// # Errors
/// None with a law of patience; it is the signature of the other formulas.
pub fn erlang_a<'l>(
    rate: f64,
    aht_s: f64,
    agents: u32,
    patience: &'l Distribution,
) -> Result<Waiting<'l>, Infeasible> {
    staffed(rate, aht_s, agents, Some(patience))
}

fn staffed(
    rate: f64,
    aht_s: f64,
    agents: u32,
    patience: Option<&Distribution>,
) -> Result<Waiting<'_>, Infeasible> {
    if agents == 0 {
        return Err(Infeasible::NoAgents);
    }
    let blocked = erlang_b(agents - 1, rate * aht_s);
    let drain = f64::from(agents) / aht_s;
    Waiting::new(rate, drain, -libm::log(blocked), patience)
}
