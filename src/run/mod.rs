//! Runs in virtual time: one replication, many of one scenario, many scenarios, and what
//! follows a past.

mod fork;
mod replications;
mod single;
mod sweep;
mod virtual_time;

pub use fork::{Continuation, Past, fork_logged};
pub use replications::{
    Keep, Logging, Plan, Player, replicate, replicate_all, replicate_logged, replicate_played,
    replicate_until,
};
pub use single::{count_each, replicate_each};
pub use sweep::{Counts, Done, Ready, SweepPlan, sweep};
pub use virtual_time::{play, play_on};
