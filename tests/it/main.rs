//! All integration tests in one binary: one line for each group.
#![allow(clippy::unwrap_used, clippy::panic)]

mod analytic;
mod bot;
mod cli;
mod common;
mod compare;
mod docs;
mod erlang;
mod fork;
mod isa;
mod laws;
mod layers;
mod load;
mod log;
mod precision;
mod readme;
mod readme_events;
mod roster;
mod scenario_page;
mod schemas;
mod solve;
mod source;
mod sources;
mod sweep;
mod target;
mod truth;
