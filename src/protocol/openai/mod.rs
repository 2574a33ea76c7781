//! Chat completions as OpenAI has them, and all who speak like it.

pub mod chat;
pub(super) mod client;
pub(super) mod server;

pub(super) use client::Plan;
