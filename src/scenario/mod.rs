//! What is simulated: the validated scenario and the file it comes from.

mod model;

pub use model::*;
