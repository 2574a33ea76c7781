//! Designs of experiments: which settings are tried, and what the answers say of
//! each factor.
//!
//! A design is a list of points; a point has a place for each factor. Nothing here
//! knows what is computed at a point: the estimators take the values in the order
//! of the points. `docs/experiments.md` says which design is for what.

mod bootstrap;
mod points;
mod sensitivity;

pub use bootstrap::bootstrap;
pub use points::{Design, MAX_SOBOL_FACTORS, MAX_SOBOL_ROWS, Place};
pub use sensitivity::{
    Indices, Screening, elementary_effects, rank_correlation, screening, shapley_weights, sobol,
};
