//! What the API of responses is asked and says, streamed or whole: no sockets, no clock.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::protocol::completion::client::{Said, Told};
use crate::protocol::completion::{ChatEvent, Dialect, Why, counted, document, says_something};
use crate::target::json::{self as lenient, error_message};
use crate::target::request::quoted;

/// Responses of OpenAI.
#[derive(Clone, Debug)]
pub(crate) struct Responses;

impl Dialect for Responses {
    const PATH: &'static str = "/responses";
    const TURN: &'static [&'static str] = &["previous_response_id", "user", "input"];
    const END: &'static str = "response.completed";

    fn head(told: &Told<'_>) -> Value {
        let options = told.options;
        let mut head = json!({"model": told.model(), "stream": options.stream});
        if let Some(system) = &options.system {
            head["instructions"] = json!(system);
        }
        head
    }

    /// What was said before is named, not sent, once there is a name for it.
    fn turn(body: &mut String, customer: &str, said: &Said<'_>) {
        let input = match said.previous {
            Some(name) => {
                body.push_str(&format!(r#","previous_response_id":{}"#, quoted(name)));
                said.messages.last().cloned().unwrap_or_default()
            }
            None => said.messages.join(","),
        };
        body.push_str(&format!(r#","user":{},"input":[{input}]"#, quoted(customer)));
    }

    fn event(_: &str, data: &str, say: &mut dyn FnMut(ChatEvent)) {
        // As some who speak like it end a stream.
        if data.trim() == "[DONE]" {
            say(ChatEvent::Done);
        } else if let Some(event) = document(data.as_bytes(), say) {
            read_event(event, say);
        }
    }

    fn body(bytes: &[u8], say: &mut dyn FnMut(ChatEvent)) {
        let Some(response) = document::<Response>(bytes, say) else { return };
        for item in response.output.iter().flatten() {
            read_item(item, say);
        }
        read_end(&response, say);
    }
}

fn read_event(event: Event, say: &mut dyn FnMut(ChatEvent)) {
    match event.kind.as_str() {
        "response.output_text.delta" | "response.refusal.delta" => {
            if let Some(part) = event.delta.and_then(ChatEvent::text) {
                say(part);
            }
        }
        kind if kind.starts_with("response.reasoning") && kind.ends_with(".delta") => {
            if event.delta.is_some_and(|delta| !delta.is_empty()) {
                say(ChatEvent::reasoning());
            }
        }
        // Of a message nothing is there yet; of a call its name is.
        "response.output_item.added" => {
            if let Some(item) = event.item.filter(|item| item.kind.as_deref() != Some("message")) {
                read_item(&item, say);
            }
        }
        "response.completed" | "response.incomplete" | "response.failed" => {
            match event.response {
                Some(response) => read_end(&response, say),
                None => say(ChatEvent::Finished(Why::Said)),
            }
            say(ChatEvent::Done);
        }
        "error" => {
            let message = event.error.as_ref().map(error_message).or(event.message);
            say(ChatEvent::Failed(message.unwrap_or_default()));
        }
        // What has begun, what is done of parts that were heard, and what later versions have.
        _ => {}
    }
}

/// How a response stands at its end: what failed, the tokens, its name.
fn read_end(response: &Response, say: &mut dyn FnMut(ChatEvent)) {
    if let Some(error) = response.error.as_ref().filter(|e| says_something(e)) {
        return say(ChatEvent::Failed(error_message(error)));
    }
    if let Some(usage) = &response.usage {
        counted(usage.input_tokens, usage.output_tokens, say);
    }
    if let Some(id) = response.id.as_ref().filter(|id| !id.is_empty()) {
        say(ChatEvent::Named(id.clone()));
    }
    let reason = response.incomplete_details.as_ref().and_then(|details| details.reason.as_deref());
    let why = Why::of(reason.unwrap_or_default(), "max_output_tokens", "content_filter");
    say(ChatEvent::Finished(why));
}

/// An item of the output: a message with its texts, a call of a tool, a thought.
fn read_item(item: &Item, say: &mut dyn FnMut(ChatEvent)) {
    let kind = item.kind.as_deref().unwrap_or_default();
    if kind == "reasoning" {
        // An item without a word of its own says nothing yet.
        if item.summary.as_ref().is_some_and(|summary| !summary.is_empty()) {
            say(ChatEvent::reasoning());
        }
    } else if kind.ends_with("_call") {
        say(ChatEvent::call(item.name.clone().unwrap_or_default()));
    } else {
        for part in item.content.iter().flatten() {
            let text = part.text.clone().or_else(|| part.refusal.clone());
            if let Some(part) = text.and_then(ChatEvent::text) {
                say(part);
            }
        }
    }
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    delta: Option<String>,
    item: Option<Item>,
    response: Option<Response>,
    error: Option<Value>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    id: Option<String>,
    output: Option<Vec<Item>>,
    error: Option<Value>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    incomplete_details: Option<Incomplete>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    usage: Option<Usage>,
}

/// Why a response is not whole.
#[derive(Deserialize)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    name: Option<String>,
    content: Option<Vec<Part>>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    summary: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    text: Option<String>,
    #[serde(default, deserialize_with = "lenient::if_it_fits")]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<f64>,
    output_tokens: Option<f64>,
}
