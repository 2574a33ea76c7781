//! Replications of a scenario and what they say together.

mod estimate;
mod summary;

pub use estimate::*;
pub use summary::*;
