//! The run directory: what is written is what is read.

mod begun;
mod build;
mod columns;
mod damage;
mod export;
mod foreign;
mod kept;
mod live;
pub mod runs;
mod unfinished;
