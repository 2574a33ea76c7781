//! Hand-written loops of the chat-centre model, and the clock they are timed by.
//!
//! The model, in seconds: Poisson arrivals -> bot (lognormal, mean 60, sigma 1, no
//! capacity limit, 35 % resolved) -> first-come queue with exponential patience of mean
//! 180 -> 80 servers -> lognormal service, mean 600, sigma 0.8 -> gone. The people are
//! offered 95 % of what they can serve, before abandonment. A run starts empty and ends
//! when the last customer has left.
//!
//! [`best_loop`] is the ceiling: a loop that knows the model at compile time.
//! [`heap_loop`] is what one writes in an afternoon. Neither shares anything with convoq,
//! so that convoq cannot look better by slowing both.

mod best;
mod check;
mod clock;
mod draws;
mod heap;

pub use best::best_loop;
pub use check::{check_agreement, check_result};
pub use clock::cpu_time;
pub use heap::heap_loop;

/// Servers behind the bot: 20 agents with 4 chats each.
pub const SERVERS: u32 = 80;
/// Load offered to each server, before abandonment.
pub const OFFERED_LOAD: f64 = 0.95;
/// Share of customers the bot resolves.
pub const BOT_RESOLVES: f64 = 0.35;
/// Mean stay with the bot, seconds.
pub const BOT_MEAN_S: f64 = 60.0;
/// Sigma of the logarithm of the stay with the bot.
pub const BOT_SIGMA: f64 = 1.0;
/// Mean patience in the queue, seconds.
pub const PATIENCE_MEAN_S: f64 = 180.0;
/// Mean service time, seconds.
pub const SERVICE_MEAN_S: f64 = 600.0;
/// Sigma of the logarithm of the service time.
pub const SERVICE_SIGMA: f64 = 0.8;

/// Mean time between two arrivals at the bot, seconds.
///
/// The load is offered to the people, who see only what the bot does not resolve.
pub fn arrival_gap_mean_s() -> f64 {
    let escalations_per_s = OFFERED_LOAD * f64::from(SERVERS) / SERVICE_MEAN_S;
    (1.0 - BOT_RESOLVES) / escalations_per_s
}

/// What a run of the model came to.
///
/// Waits are those of every customer who asked for a person: served or not, at once or
/// not. The time in system is recorded by the loops as well, as work to be timed, and not
/// returned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoopResult {
    /// Customers who arrived at the bot.
    pub customers: u64,
    /// Events that changed the state; a timer that no longer mattered is none.
    pub calendar_events: u64,
    /// Customers who left the queue unserved.
    pub abandoned: u64,
    /// Customers whom a person served.
    pub served: u64,
    /// 99th percentile of the wait, seconds.
    pub wait_p99_s: f64,
    /// Mean wait, seconds.
    pub mean_wait_s: f64,
}

impl LoopResult {
    /// Customers who asked for a person.
    pub fn escalated(&self) -> u64 {
        self.abandoned + self.served
    }

    /// Share of those who asked for a person and left unserved.
    pub fn abandonment(&self) -> f64 {
        self.abandoned as f64 / self.escalated() as f64
    }
}
