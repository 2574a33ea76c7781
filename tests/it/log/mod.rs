//! The run directory: what is written is what is read.

mod build;
mod columns;
mod damage;
mod export;
mod live;
pub mod runs;
