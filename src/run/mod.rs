//! Runs in virtual time: one replication, many of one scenario, many scenarios, and what
//! follows a past.

mod fork;
mod ordered;
mod replications;
mod sweep;
mod virtual_time;

pub use fork::{Continuation, Past, fork_logged};
pub use ordered::each;
pub use replications::{
    Keep, Logging, Plan, Player, count_in_system, replicate, replicate_all, replicate_told,
    replicate_until,
};
pub use sweep::{Counts, Done, Ready, SweepPlan, sweep};
pub use virtual_time::{play, play_on};
