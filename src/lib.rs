//! convoq simulates a customer-service operation in which a bot answers first
//! and people answer the rest. See `README.md` and `docs/architecture.md`.

pub mod time;
pub mod id;
pub mod domain;
pub mod random;
pub mod distribution;
pub mod event;
pub mod scenario;
pub mod experiment;
pub mod report;
