//! Replications of a scenario and what they say together.

mod by_time;
mod cells;
mod comparison;
mod contrast;
mod difference;
mod estimate;
mod grid;
mod open_ends;
mod pool;
mod precision;
mod rows;
mod series;
mod steady;
mod store;
mod summary;
mod summing_up;
mod sweep;
mod targets;
mod within_run;

pub use comparison::{COMPARISON_SCHEMA, ComparedRow, ComparedSystem, Finding, compare};
pub use contrast::contrast;
pub use difference::{Difference, differences};
pub use estimate::*;
pub use grid::{Figure, GRID_SCHEMA, Grid, GridColumn, GridRow, Planned};
pub use pool::Pool;
pub use precision::*;
pub use rows::quantile_of;
pub use series::SeriesName;
pub use steady::*;
pub use store::PoolNumbers;
pub use summary::*;
pub use sweep::{
    Calibrated, Effect, Factor, IdentifiedSet, MOST_SHARED, Metric, Point as SweptPoint, Setting,
    Study, Sweep, find_measure, side,
};
pub use targets::measure_of;
pub use within_run::{AT_LEAST, NO_INTERVAL, order_interval};
