//! Responses as OpenAI has them.

pub(super) mod server;
mod wire;

pub(super) use wire::Responses;

/// The client.
pub(super) type Plan = super::completion::client::Plan<Responses>;
