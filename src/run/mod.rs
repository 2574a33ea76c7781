//! Drivers: where time and the bot's answers come from.

pub mod record;
mod replications;
mod simulated_bot;
mod virtual_time;

pub use replications::{
    Keep, Logging, Plan, replicate, replicate_all, replicate_logged, replicate_until,
};
pub use simulated_bot::answer;
pub use virtual_time::{play, play_on};
