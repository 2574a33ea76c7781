//! The run directory: what is written is what is read.

mod columns;
mod damage;
mod export;
pub mod runs;
