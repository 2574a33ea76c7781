//! What chat completions say, streamed or whole: no sockets, no clock.

use serde::Deserialize;
use serde_json::Value;

use crate::target::json::{self, error_message};
use crate::target::sse::SseParser;

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
    /// The bot said why the reply is over.
    Finished,
    /// `[DONE]`: nothing comes after it.
    Done,
    /// The bot said that something failed.
    Failed(String),
    /// What came is not JSON.
    Malformed(String),
    /// What came is JSON of another shape.
    Strange(String),
}

/// A reader of a streamed completion.
#[derive(Clone, Debug, Default)]
pub struct ChatStream {
    sse: SseParser,
}

impl ChatStream {
    /// Takes the next bytes, cut anywhere, and hands out what they say.
    pub fn feed(&mut self, bytes: &[u8], mut say: impl FnMut(ChatEvent)) {
        self.sse.feed(bytes, |name, data| read_event(name, data, &mut say));
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
            read_event(name, data, &mut |event| match event {
                ChatEvent::Malformed(_) | ChatEvent::Strange(_) if cut => {}
                event => say(event),
            });
        });
    }
}

/// Reads the body of a completion that is not streamed.
pub fn read_body(body: &[u8], mut say: impl FnMut(ChatEvent)) {
    read_chunk(body, &mut say);
}

fn read_event(name: &str, data: &str, say: &mut impl FnMut(ChatEvent)) {
    if name == "error" {
        let parsed = json::read::<Value>(data.as_bytes()).ok();
        let message = parsed.map_or_else(|| data.to_owned(), |v| error_message(&v));
        say(ChatEvent::Failed(message));
    } else if data.trim() == "[DONE]" {
        say(ChatEvent::Done);
    } else {
        read_chunk(data.as_bytes(), say);
    }
}

fn read_chunk(bytes: &[u8], say: &mut impl FnMut(ChatEvent)) {
    let chunk: Chunk = match json::read(bytes) {
        Ok(chunk) => chunk,
        Err(error) if error.is_data() => return say(ChatEvent::Strange(error.to_string())),
        Err(error) => return say(ChatEvent::Malformed(error.to_string())),
    };
    if let Some(error) = chunk.error.filter(says_something) {
        return say(ChatEvent::Failed(error_message(&error)));
    }
    if chunk.object.as_deref() == Some("error") {
        return say(ChatEvent::Failed(chunk.message.unwrap_or_default()));
    }
    for choice in chunk.choices.unwrap_or_default() {
        if let Some(words) = choice.delta.or(choice.message) {
            read_words(words, say);
        }
        if choice.finish_reason.is_some_and(|r| !r.is_empty()) {
            say(ChatEvent::Finished);
        }
    }
    if let Some(tokens) = chunk.usage.and_then(|u| u.completion_tokens) {
        say(ChatEvent::Tokens(tokens as u32)); // from below zero and above the most to them
    }
}

/// Whether an error is one: some servers send an empty one with every chunk.
fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

fn read_words(words: Words, say: &mut impl FnMut(ChatEvent)) {
    let mut text = words.content.map_or_else(String::new, |content| content.text(""));
    if text.is_empty() {
        text = words.refusal.unwrap_or_default();
    }
    let calls = words.tool_calls.unwrap_or_default();
    let called = !calls.is_empty() || words.function_call.is_some();
    let functions = calls.into_iter().filter_map(|call| call.function);
    let names = functions.chain(words.function_call);
    let names = names.filter_map(|function| function.name);
    let thought = words.reasoning_content.or(words.reasoning);
    let thinks = thought.is_some_and(|t| !t.is_null() && t.as_str() != Some(""));
    let answer = !text.is_empty() || called;
    if answer || thinks {
        say(ChatEvent::Part { text, answer, tools: names.filter(|n| !n.is_empty()).collect() });
    }
}

#[derive(Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    #[serde(default, deserialize_with = "json::if_it_fits")]
    usage: Option<Usage>,
    error: Option<Value>,
    #[serde(default, deserialize_with = "json::if_it_fits")]
    object: Option<String>,
    #[serde(default, deserialize_with = "json::if_it_fits")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Words>,
    message: Option<Words>,
    #[serde(default, deserialize_with = "json::if_it_fits")]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Words {
    content: Option<Content>,
    #[serde(default, deserialize_with = "json::if_it_fits")]
    refusal: Option<String>,
    reasoning_content: Option<Value>,
    reasoning: Option<Value>,
    #[serde(default, deserialize_with = "json::if_it_fits")]
    tool_calls: Option<Vec<ToolCall>>,
    /// How tools were called before `tool_calls`.
    #[serde(default, deserialize_with = "json::if_it_fits")]
    function_call: Option<Function>,
}

/// What either side says: a text, or parts of which some are texts.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

impl Content {
    /// Its text, with something between the parts.
    pub(super) fn text(self, between: &str) -> String {
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
pub(super) struct ContentPart {
    text: Option<String>,
}

#[derive(Deserialize)]
struct ToolCall {
    #[serde(default, deserialize_with = "json::if_it_fits")]
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    completion_tokens: Option<f64>,
}
