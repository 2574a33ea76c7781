//! Completions of language models, whatever their API: what one says, streamed or whole, how a
//! conversation asks for one (`client`), and what the servers of the scenario's bot share
//! (`server`). An API is a [`Dialect`].

pub(super) mod client;
pub(super) mod server;

use hyper::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::marker::PhantomData;

use crate::target::json;
use crate::target::sse::SseParser;
use client::Said;

/// Something that a completion says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatEvent {
    /// A part of the reply that is not empty.
    Part {
        /// Text for the customer.
        text: String,
        /// It is an answer (text or a tool call), not only reasoning.
        answer: bool,
        /// Names of the tools that it begins to call.
        tools: Vec<String>,
    },
    /// Tokens of the whole reply, as the bot counts them.
    Tokens(u32),
    /// Tokens of what was asked, as the bot counts them.
    PromptTokens(u32),
    /// The name by which the next message goes on from this reply.
    Named(String),
    /// The bot said why the reply is over.
    Finished(Why),
    /// Nothing comes after it.
    Done,
    /// The bot said that something failed.
    Failed(String),
    /// What came is not JSON.
    Malformed(String),
    /// What came is JSON of another shape.
    Strange(String),
}

/// Why a reply is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// All is said.
    Said,
    /// It came to its limit of tokens.
    Length,
    /// A filter of contents kept it back.
    Filter,
}

impl Why {
    /// The reason of a name: `length` and `filter` are the API's for those two.
    pub(super) fn of(reason: &str, length: &str, filter: &str) -> Self {
        match reason {
            reason if reason == length => Why::Length,
            reason if reason == filter => Why::Filter,
            _ => Why::Said,
        }
    }
}

impl ChatEvent {
    /// Text for the customer, where there is any.
    pub(super) fn text(text: String) -> Option<Self> {
        let part = |text| Self::Part { text, answer: true, tools: Vec::new() };
        Some(text).filter(|t| !t.is_empty()).map(part)
    }

    /// What the model thinks before it answers.
    pub(super) fn reasoning() -> Self {
        Self::Part { text: String::new(), answer: false, tools: Vec::new() }
    }

    /// The beginning of a call of this tool.
    pub(super) fn call(tool: String) -> Self {
        let tools = Some(tool).filter(|t| !t.is_empty()).into_iter().collect();
        Self::Part { text: String::new(), answer: true, tools }
    }
}

/// An API for completions: its requests, and how its replies are read.
pub(super) trait Dialect: 'static {
    /// What follows `/v1` in the address.
    const PATH: &'static str;
    /// The fields of a turn.
    const TURN: &'static [&'static str];
    /// What a stream lacks that broke off.
    const END: &'static str;

    /// The fields that are the same in every request, with what the user says of them.
    fn head(setup: &client::Told<'_>) -> Value;

    /// Writes the fields of this turn, each after a comma.
    fn turn(body: &mut String, customer: &str, said: &Said<'_>);

    /// Headers of its own, in place of those that all requests have.
    fn headers(_: &mut HeaderMap) {}

    /// Reads an event of a stream.
    fn event(name: &str, data: &str, say: &mut dyn FnMut(ChatEvent));

    /// Reads a reply that is not streamed.
    fn body(bytes: &[u8], say: &mut dyn FnMut(ChatEvent));
}

/// A reader of a streamed completion.
#[derive(Clone, Debug)]
pub(super) struct Stream<D> {
    sse: SseParser,
    dialect: PhantomData<D>,
}

impl<D> Default for Stream<D> {
    fn default() -> Self {
        Self { sse: SseParser::default(), dialect: PhantomData }
    }
}

impl<D: Dialect> Stream<D> {
    /// Takes the next bytes, cut anywhere, and hands out what they say.
    pub fn feed(&mut self, bytes: &[u8], mut say: impl FnMut(ChatEvent)) {
        self.sse.feed(bytes, |name, data| D::event(name, data, &mut say));
    }

    /// What it holds in memory, bytes.
    #[must_use]
    pub fn held(&self) -> usize {
        self.sse.held()
    }

    /// The stream has ended.
    pub fn finish(&mut self, mut say: impl FnMut(ChatEvent)) {
        // A last line without an end is a whole one where it holds a whole document; else
        // the stream broke off in it.
        let cut = self.sse.is_within_a_line();
        self.sse.finish(|name, data| {
            D::event(name, data, &mut |event| match event {
                ChatEvent::Malformed(_) | ChatEvent::Strange(_) if cut => {}
                event => say(event),
            });
        });
    }
}

/// What either side says: a text, or parts of which some are texts.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

impl Content {
    /// Its text, with something between the parts.
    pub(crate) fn text(self, between: &str) -> String {
        match self {
            Content::Text(text) => text,
            Content::Parts(parts) => {
                let texts: Vec<_> = parts.into_iter().filter_map(|part| part.text).collect();
                texts.join(between)
            }
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct ContentPart {
    text: Option<String>,
}

/// What a bot counted of a prompt and a reply. A number may be any: what is below zero or above
/// the most becomes that.
pub(super) fn counted(prompt: Option<f64>, reply: Option<f64>, say: &mut dyn FnMut(ChatEvent)) {
    if let Some(tokens) = prompt {
        say(ChatEvent::PromptTokens(tokens as u32));
    }
    if let Some(tokens) = reply {
        say(ChatEvent::Tokens(tokens as u32));
    }
}

/// A document of this shape; else what is wrong with it is said.
pub(super) fn document<T: DeserializeOwned>(
    bytes: &[u8],
    say: &mut dyn FnMut(ChatEvent),
) -> Option<T> {
    match json::read(bytes) {
        Ok(read) => return Some(read),
        Err(error) if error.is_data() => say(ChatEvent::Strange(error.to_string())),
        Err(error) => say(ChatEvent::Malformed(error.to_string())),
    }
    None
}

/// Whether an error is one: some servers send an empty one with every chunk.
pub(super) fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}
