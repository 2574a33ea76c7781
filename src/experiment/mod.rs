//! Replications of a scenario and what they say together.

mod summary;

pub use summary::*;
