//! Volumes of the weeks to come from counts of the weeks that were.
//!
//! A day's total follows a regression on its logarithm ([`Terms`]), its shape is the mean
//! shape of its weekday (`shape`), and how wide the intervals are is what the same method
//! missed by when it was asked at earlier moments of the same history (`trial`).
//! Two plain methods are asked at the same moments, and the best of the three is used.
//! `docs/backtest.md` has the formulas with their sources.

mod ahead;
mod day_model;
mod history;
mod linear;
mod method;
mod score;
mod shape;
mod trial;

pub use ahead::{Ask, DayAhead, Forecast, IntervalAhead, forecast};
pub use day_model::Terms;
pub use history::{Day, History, Unusable};
pub use method::Method;
pub use score::Score;
