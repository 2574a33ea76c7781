//! Drivers: where time and the bot's answers come from.

mod cache;
mod clock;
mod demand;
mod files;
mod fork;
mod judge;
mod messages;
mod phrases;
mod processor;
mod prometheus;
mod real_bot;
mod real_time;
pub mod record;
mod replications;
mod simulated_bot;
mod single;
mod sweep;
mod trace;
mod unsent;
mod virtual_time;

pub use crate::engine::{expected_work_s, offered_work_s};
pub use cache::{Cache, Lookup};
pub use demand::{Phase, Spacing, own_customers, plan as planned_customers, spread};
pub use files::file_limit;
pub use fork::{Continuation, Past, fork_logged};
pub use judge::{Judge, Sign};
pub use messages::{LineProblem, Messages};
pub use processor::ProcessorTime;
pub use prometheus::{Page, serve_page};
pub use real_bot::{Limits, RealBot, Traffic, WhenFull};
pub use real_time::{Bot, End, Pace, Watch, play_real_time};
pub use replications::{
    Keep, Logging, Plan, Player, replicate, replicate_all, replicate_logged, replicate_played,
    replicate_until,
};
pub use simulated_bot::{answer, right_if_answered};
pub use single::{count_each, replicate_each};
pub use sweep::{Counts, Done, Ready, Sample, SweepPlan, sweep};
pub use trace::{FORMATS as TRACE_FORMATS, Trace, trace_moments};
pub use virtual_time::{play, play_on};
