//! The run directory: what is written is what is read.

mod build;
mod columns;
mod damage;
mod export;
mod kept;
mod live;
pub mod runs;
mod unfinished;
