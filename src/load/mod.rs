//! Load tests: a scenario's customers, in real time, at a real bot.

mod clock;
mod demand;
mod files;
mod judge;
mod processor;
mod prometheus;
mod real_bot;
mod real_time;
mod trace;
mod unsent;

pub use demand::{Phase, Spacing, own_customers, plan as planned_customers, spread};
pub use files::file_limit;
pub use judge::{Judge, Sign};
pub use processor::ProcessorTime;
pub use prometheus::{Page, serve_page};
pub use real_bot::{Limits, RealBot, Traffic, WhenFull};
pub use real_time::{Bot, End, Pace, Watch, play_real_time};
pub use trace::{FORMATS as TRACE_FORMATS, Trace, trace_moments};
