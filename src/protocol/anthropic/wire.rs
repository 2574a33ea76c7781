//! What the API of messages is asked and says, streamed or whole: no sockets, no clock.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::protocol::completion::client::{Said, Told};
use crate::protocol::completion::{ChatEvent, Dialect, Why, counted, document};
use crate::target::json::{self as lenient, error_message};
use crate::target::request::quoted;

/// The version of the API that requests name.
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");
/// Tokens of a reply at most where the user does not say: the API wants a number, and its
/// own examples have this one.
const MAX_TOKENS: u32 = 1024;

/// Messages of Anthropic.
#[derive(Clone, Debug)]
pub(crate) struct Messages;

impl Dialect for Messages {
    const PATH: &'static str = "/messages";
    const TURN: &'static [&'static str] = &["metadata", "messages"];
    const END: &'static str = "a stop_reason and without message_stop";

    fn head(told: &Told<'_>) -> Value {
        let options = told.options;
        let mut head =
            json!({"model": told.model(), "max_tokens": MAX_TOKENS, "stream": options.stream});
        if let Some(system) = &options.system {
            head["system"] = json!(system);
        }
        head
    }

    fn turn(body: &mut String, customer: &str, said: &Said<'_>) {
        // The first message is the customer's, whatever was cut off before it.
        let replies = said.messages.iter().take_while(|m| m.starts_with(r#"{"role":"assistant""#));
        let messages = said.messages[replies.count()..].join(",");
        let user = quoted(customer);
        body.push_str(&format!(r#","metadata":{{"user_id":{user}}},"messages":[{messages}]"#));
    }

    /// The key goes in a header of its own.
    fn headers(headers: &mut HeaderMap) {
        let (name, version) = VERSION;
        headers.entry(name).or_insert(HeaderValue::from_static(version));
        let key = headers.get(AUTHORIZATION).and_then(|value| {
            HeaderValue::from_bytes(value.as_bytes().strip_prefix(b"Bearer ")?).ok()
        });
        if let Some(mut key) = key {
            key.set_sensitive(true);
            headers.remove(AUTHORIZATION);
            headers.entry(HeaderName::from_static("x-api-key")).or_insert(key);
        }
    }

    fn event(_: &str, data: &str, say: &mut dyn FnMut(ChatEvent)) {
        Self::body(data.as_bytes(), say);
    }

    fn body(bytes: &[u8], say: &mut dyn FnMut(ChatEvent)) {
        if let Some(said) = document(bytes, say) {
            read(said, say);
        }
    }
}

fn read(said: Spoken, say: &mut dyn FnMut(ChatEvent)) {
    match said.kind.as_str() {
        "message" => {
            for block in said.content.unwrap_or_default() {
                read_block(block, say);
            }
            ended(said.stop_reason, said.usage, say);
        }
        "content_block_start" => {
            if let Some(block) = said.content_block {
                read_block(block, say);
            }
        }
        "content_block_delta" => {
            if let Some(delta) = said.delta {
                read_block(delta, say);
            }
        }
        // What it has said of its reply by now is no count yet.
        "message_start" => {
            let usage = said.message.and_then(|message| message.usage);
            counted(usage.and_then(|usage| usage.input_tokens), None, say);
        }
        "message_delta" => {
            ended(said.delta.and_then(|delta| delta.stop_reason), said.usage, say);
        }
        "message_stop" => say(ChatEvent::Done),
        "error" => {
            let message = said.error.map_or_else(String::new, |error| error_message(&error));
            say(ChatEvent::Failed(message));
        }
        // Pings, ends of blocks, and what later versions have.
        _ => {}
    }
}

fn ended(reason: Option<String>, usage: Option<Usage>, say: &mut dyn FnMut(ChatEvent)) {
    if let Some(usage) = usage {
        counted(usage.input_tokens, usage.output_tokens, say);
    }
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        say(ChatEvent::Finished(Why::of(&reason, "max_tokens", "refusal")));
    }
}

/// A block of content, or what is added to one. The beginning of a text is empty, and so is
/// that of a thought: neither says anything yet.
fn read_block(block: Block, say: &mut dyn FnMut(ChatEvent)) {
    match block.kind.as_deref() {
        Some("tool_use" | "server_tool_use") => {
            say(ChatEvent::call(block.name.unwrap_or_default()));
        }
        Some("thinking" | "thinking_delta")
            if block.thinking.as_ref().is_some_and(|t| !t.is_empty()) =>
        {
            say(ChatEvent::reasoning());
        }
        _ => {
            if let Some(part) = block.text.and_then(ChatEvent::text) {
                say(part);
            }
        }
    }
}

/// A reply, or an event of one.
#[derive(Deserialize)]
struct Spoken {
    #[serde(rename = "type")]
    kind: String,
    content: Option<Vec<Block>>,
    content_block: Option<Block>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    message: Option<Begun>,
    delta: Option<Block>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    stop_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    usage: Option<Usage>,
    error: Option<Value>,
}

/// The message that a stream begins with.
#[derive(Deserialize)]
struct Begun {
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    thinking: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<f64>,
    output_tokens: Option<f64>,
}
