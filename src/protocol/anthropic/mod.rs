//! Messages as Anthropic has them.

pub(super) mod server;
mod wire;

pub(super) use wire::Messages;

/// The client.
pub(super) type Plan = super::completion::client::Plan<Messages>;
