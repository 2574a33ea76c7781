//! Drivers: where time and the bot's answers come from.

mod cache;
pub mod record;
mod replications;
mod simulated_bot;
mod sweep;
mod virtual_time;

pub use cache::{Cache, Lookup};
pub use replications::{Keep, Logging, Plan, replicate, replicate_all, replicate_logged};
pub use simulated_bot::answer;
pub use sweep::{Counts, Done, Ready, Sample, SweepPlan, sweep};
pub use virtual_time::{play, play_on};
