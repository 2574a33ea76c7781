//! Text frames on a WebSocket: by template, or plainly.

pub(super) mod client;
pub(super) mod server;

pub(super) use client::Plan;
