//! Results on disk: those of a run as tables of its directory, and those of a sweep's points.

mod cache;
pub mod record;

pub use cache::{Cache, Lookup, Sample};
