//! convoq simulates a customer-service operation in which a bot answers first
//! and people answer the rest. See `README.md` and `docs/architecture.md`.
//!
//! Data flows one way: scenario, engine, events, projections, summary, report.
//! The modules, in reading order:

// core: no IO, no clock, cannot fail
pub mod time;

pub mod id;

pub mod domain;

pub mod metric;

pub mod doubt;

pub mod safe_text;

pub mod random;

pub mod distribution;

pub mod analytic;

pub mod event;

pub mod scenario;

pub mod engine;

pub mod projection;

pub mod observed;

pub mod design;

pub mod experiment;

pub mod planning;

pub mod fit;

pub mod forecast;

pub mod backtest;

// edge: drivers, output
pub mod disk;

pub mod log;

pub mod export;

pub mod target;

pub mod bot;

pub mod protocol;

pub mod store;

pub mod run;

pub mod import;

pub mod load;

pub mod report;

pub mod cli;
