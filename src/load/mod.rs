//! Load tests: a scenario's customers, in real time, at a real bot.

mod calibrate;
mod clock;
mod demand;
mod files;
mod hunt;
mod idle;
mod judge;
mod messages;
mod phrases;
mod processor;
mod prometheus;
mod rates;
mod real_bot;
mod real_time;
mod trace;
mod unsent;
mod usage;

pub use calibrate::{MEASURED, calibrated, divergence};
pub use demand::{
    Phase, Spacing, arrivals_of_run, own_customers, plan as planned_customers, rate_per_s, spread,
};
pub use files::file_limit;
pub use hunt::{Hunt, Outcome, Saturation, Seen};
pub use idle::Idle;
pub use judge::{Judge, Sign};
pub use messages::{LineProblem, Messages};
pub use processor::ProcessorTime;
pub use prometheus::{Page, serve_page};
pub use rates::Rates;
pub use real_bot::{Limits, RealBot, Traffic, WhenFull};
pub use real_time::{Bot, End, Pace, Watch, play_real_time};
pub use trace::{FORMATS as TRACE_FORMATS, Trace, trace_moments};
pub use usage::Usage;
