//! The way to real bots, whatever their protocol: connections, requests, templates, and what
//! became of a turn. `protocol` has the clients that use it.
//!
//! Parsers are pure and know no sockets. Nothing here knows scenarios, engines or events.

pub(crate) mod address;
mod body;
pub(crate) mod callback;
mod check;
pub(crate) mod connection;
mod cookies;
pub(crate) mod counts;
pub(crate) mod deployment;
mod dial;
pub(crate) mod exchange;
pub(crate) mod failure;
mod http2;
pub(crate) mod json;
mod link;
pub(crate) mod options;
mod pool;
pub(crate) mod progress;
pub(crate) mod readiness;
pub(crate) mod request;
mod room;
pub(crate) mod secret;
mod shared;
pub(crate) mod socket;
pub(crate) mod strays;
pub(crate) mod template;
mod tls;
mod trust;

pub mod lines;
pub mod sse;

pub use callback::CallbackFacts;
pub use connection::Departure;
pub use counts::{AddressFacts, ConnectionFacts};
pub use options::{Expectation, Protocol, Reuse, TargetError, TargetOptions, Timeouts};
pub use readiness::Unready;
pub use strays::StrayFacts;

use crate::domain::TurnClass;
use std::time::Instant;

/// Who talks to the bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// Identity of the conversation, as `c-00f3a9...`: the bot sees it as sender or user.
    pub id: String,
    /// Name of the segment.
    pub segment: String,
    /// Name of the intent: templates may send it, protocols do not.
    pub intent: String,
    /// Language tag, as `en`.
    pub language: String,
}

/// What a customer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Number of the message in its conversation, from 1.
    pub turn: u16,
    /// Its text.
    pub text: String,
}

/// What the bot said, as far as it can be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// All its text, parts joined by line feeds; of a stream, what came.
    pub text: String,
    /// The JSON documents of the reply: the whole body, or each message or
    /// activity. Chunks of a token stream are not kept.
    pub documents: Vec<serde_json::Value>,
    /// Names of the tools that the reply calls.
    pub tool_calls: Vec<String>,
    /// Types of its activities and names of its events (`endOfConversation`, `handoff.initiate`).
    pub activities: Vec<String>,
}

/// When what happened to a turn, on this process's monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// The first request of the turn was wholly handed to the operating system: a step
    /// that comes before the message's own, where the protocol has one.
    pub first_written: Option<Instant>,
    /// The request was wholly handed to the operating system.
    pub written: Option<Instant>,
    /// Status line and headers were there.
    pub headers: Option<Instant>,
    /// The first part of the reply that says something: text, reasoning or a tool call.
    pub first_content: Option<Instant>,
    /// The first part of the reply that is an answer: text or a tool call, not reasoning.
    pub first_answer: Option<Instant>,
    /// The last part that says something.
    pub last_content: Option<Instant>,
    /// The turn was over: end of the stream, or the failure.
    pub end: Instant,
}

/// One message and its reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// How it ended.
    pub class: TurnClass,
    /// HTTP status or WebSocket close code, where there was one.
    pub status: Option<u16>,
    /// Seconds of a `Retry-After` header, where there was one.
    pub retry_after_s: Option<f64>,
    /// When what happened.
    pub stamps: Stamps,
    /// Parts that say something.
    pub parts: u32,
    /// Longest time between two such parts, microseconds.
    pub longest_gap_us: u64,
    /// Tokens of the reply, where the bot counted them.
    pub tokens: Option<u32>,
    /// Tokens of what it was asked, where the bot says so.
    pub prompt_tokens: Option<u32>,
    /// Connections that were made for it: 0 where one was used again.
    pub connects: u16,
    /// Time spent on making connections and on TLS, microseconds.
    pub connect_us: u64,
    /// What the bot said.
    pub reply: Reply,
    /// What went wrong, in words, without secrets.
    pub problem: Option<String>,
}
