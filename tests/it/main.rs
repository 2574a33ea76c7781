//! All integration tests in one binary: one line for each group.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
mod laws;
