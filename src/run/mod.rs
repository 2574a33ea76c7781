//! Drivers: where time and the bot's answers come from.

mod cache;
mod fork;
pub mod record;
mod replications;
mod simulated_bot;
mod single;
mod sweep;
mod virtual_time;

pub use crate::engine::{expected_work_s, offered_work_s};
pub use cache::{Cache, Lookup};
pub use fork::{Continuation, Past, fork_logged};
pub use replications::{
    Keep, Logging, Plan, Player, replicate, replicate_all, replicate_logged, replicate_played,
    replicate_until,
};
pub use simulated_bot::answer;
pub use single::{count_each, replicate_each};
pub use sweep::{Counts, Done, Ready, Sample, SweepPlan, sweep};
pub use virtual_time::{play, play_on};
