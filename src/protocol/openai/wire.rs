//! What chat completions say, streamed or whole: no sockets, no clock.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::protocol::completion::client::{Said, Told};
use crate::protocol::completion::{
    ChatEvent, Content, Dialect, Why, counted, document, says_something,
};
use crate::target::json::{self as lenient, error_message};
use crate::target::request::quoted;

/// Chat completions.
#[derive(Clone, Debug)]
pub(crate) struct Chat;

impl Dialect for Chat {
    const PATH: &'static str = "/chat/completions";
    const TURN: &'static [&'static str] = &["user", "messages"];
    const END: &'static str = "a finish_reason and without [DONE]";

    fn head(told: &Told<'_>) -> Value {
        let mut head = json!({"model": told.model(), "stream": told.options.stream});
        if told.options.stream {
            head["stream_options"] = json!({"include_usage": true});
        }
        head
    }

    fn turn(body: &mut String, customer: &str, said: &Said<'_>) {
        let system =
            said.system.map(|text| format!("{{\"role\":\"system\",\"content\":{}}}", quoted(text)));
        let all: Vec<&str> =
            system.as_deref().into_iter().chain(said.messages.iter().map(String::as_str)).collect();
        body.push_str(&format!(",\"user\":{},\"messages\":[{}]", quoted(customer), all.join(",")));
    }

    fn event(name: &str, data: &str, say: &mut dyn FnMut(ChatEvent)) {
        if name == "error" {
            let parsed = lenient::read::<Value>(data.as_bytes()).ok();
            let message = parsed.map_or_else(|| data.to_owned(), |v| error_message(&v));
            say(ChatEvent::Failed(message));
        } else if data.trim() == "[DONE]" {
            say(ChatEvent::Done);
        } else {
            Self::body(data.as_bytes(), say);
        }
    }

    fn body(bytes: &[u8], say: &mut dyn FnMut(ChatEvent)) {
        if let Some(chunk) = document(bytes, say) {
            read_chunk(chunk, say);
        }
    }
}

fn read_chunk(chunk: Chunk, say: &mut dyn FnMut(ChatEvent)) {
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
        if let Some(reason) = choice.finish_reason.filter(|r| !r.is_empty()) {
            say(ChatEvent::Finished(Why::of(&reason, "length", "content_filter")));
        }
    }
    if let Some(usage) = chunk.usage {
        counted(usage.prompt_tokens, usage.completion_tokens, say);
    }
}

fn read_words(words: Words, say: &mut dyn FnMut(ChatEvent)) {
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
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    usage: Option<Usage>,
    error: Option<Value>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    object: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Words>,
    message: Option<Words>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Words {
    content: Option<Content>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    refusal: Option<String>,
    reasoning_content: Option<Value>,
    reasoning: Option<Value>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    tool_calls: Option<Vec<ToolCall>>,
    /// How tools were called before `tool_calls`.
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    function_call: Option<Function>,
}

#[derive(Deserialize)]
struct ToolCall {
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<f64>,
    completion_tokens: Option<f64>,
}
