//! Drivers: where time and the bot's answers come from.

mod replications;
mod simulated_bot;
mod virtual_time;

pub use replications::{Plan, replicate, replicate_all};
pub use simulated_bot::answer;
pub use virtual_time::{play, play_on};
