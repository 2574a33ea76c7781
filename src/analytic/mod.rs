//! Instant answers: formulas of queueing theory for one team in steady state,
//! and what they need where time matters.
//!
//! Where their assumptions hold they are exact, and the simulation must agree
//! with them. `docs/erlang.md` says which formula is for what, with its source.
//! Rates are per second, times in seconds, loads in erlangs (the mean number of
//! agents that would be busy if nobody waited). All are stable from one agent to
//! ten thousand: recursions and logarithms, no factorials.

mod automation;
mod birth_death;
mod calculator;
mod chain;
mod chat;
mod erlang;
mod offered_load;
mod quadrature;
mod redial;
mod staffing;
mod survival;
mod variation;
mod waiting;

pub use automation::{AnswerHabits, Automation, IssueKind, automation};
pub use birth_death::{FiniteRoom, finite_room};
pub use calculator::{Answer, Model, Setting};
pub use chat::{Agents, ChatTeam, Spread};
pub use erlang::{erlang_a, erlang_b, erlang_c};
pub use offered_load::{RatePiece, offered_load};
pub use redial::{Attempts, Redial, total_rate};
pub use staffing::{greatest, requirement};
pub use survival::{Step as SurvivalStep, kaplan_meier};
pub use variation::{DelayOnly, lee_longton, mgc};
pub use waiting::Waiting;

/// Why a formula has no answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Infeasible {
    /// More work comes than can be done, and nobody gives up: the queue grows
    /// without end.
    Unstable {
        /// Work that comes over work that can be done, 1 or more.
        load: f64,
    },
    /// There are no agents.
    NoAgents,
}

/// The shares of contacts within a threshold, by definition. A is answered, B
/// given up, T within the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevels {
    /// The threshold, seconds.
    pub within_s: f64,
    /// SL3: `A_T / (A + B)`.
    pub offered: f64,
    /// SL2: `A_T / A`.
    pub answered: f64,
    /// SL4: `A_T / (A + B - B_T)`.
    pub without_short: f64,
    /// SL1: `(A_T + B_T) / (A + B)`.
    pub with_short: f64,
    /// SL7: the share whose offered wait, that of endless patience, is within.
    pub virtually: f64,
    /// `B_T / (A + B)`.
    pub abandoned_within: f64,
}
