//! Chat completions as OpenAI has them, and all who speak like it.

pub(super) mod server;
mod wire;

pub(super) use wire::Chat;

/// The client.
pub(super) type Plan = super::completion::client::Plan<Chat>;
