//! Responses as OpenAI has them, streamed and not.

use crate::bot::answer::{Answer, Voice, common_error};
use crate::bot::server::{Question, Reply};
use crate::protocol::completion::Content;
use crate::protocol::completion::server::{TRANSFER, deliver, in_parts, question, tokens, unix_s};
use crate::protocol::server::{Asked, Place, moments, only_post};
use crate::target::Protocol;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hyper::StatusCode;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str =
    "POST /v1/responses            OpenAI's responses, streamed or not";

pub(crate) const VOICE: Voice = Voice { protocol: Protocol::Responses, error: common_error };

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    (path.trim_end_matches('/') == "/v1/responses").then_some(Place::Messages)
}

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
    input: Input,
    stream: Option<bool>,
    previous_response_id: Option<String>,
    user: Option<String>,
    safety_identifier: Option<String>,
}

/// A text, or messages and other items.
#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Items(Vec<Item>),
}

#[derive(Deserialize)]
struct Item {
    role: Option<String>,
    content: Option<Content>,
}

impl Input {
    /// Its messages, each with its role.
    fn messages(self) -> Vec<(String, String)> {
        match self {
            Input::Text(text) => vec![("user".into(), text)],
            Input::Items(items) => items.into_iter().filter_map(Item::message).collect(),
        }
    }
}

impl Item {
    fn message(self) -> Option<(String, String)> {
        let text = self.content?.text("\n");
        Some((self.role?, text))
    }
}

/// The name of a response says whose it is and how many there were: nothing is remembered.
fn name(conversation: &str, turn: u16) -> String {
    format!("resp_{}", BASE64.encode(format!("{turn}.{conversation}")))
}

/// Whose response a name is, and how many messages came before the next one.
fn named(name: &str) -> Option<(u16, String)> {
    let bytes = BASE64.decode(name.strip_prefix("resp_")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (turn, conversation) = text.split_once('.')?;
    Some((turn.parse().ok()?, conversation.to_owned()))
}

/// Answers a request for a response.
pub(crate) async fn respond(asked: Asked) -> Answer {
    let Asked { server, request, .. } = &asked;
    only_post(request)?;
    let request: Request = VOICE.read(server, request)?;
    let messages = request.input.messages();
    let before = match request.previous_response_id.as_deref() {
        None => None,
        Some(name) => Some(named(name).ok_or_else(|| {
            VOICE.bad_request(server, "`previous_response_id` names no response of this server")
        })?),
    };
    let user = request.user.or(request.safety_identifier);
    let whose = before.as_ref().map(|(_, conversation)| conversation.as_str());
    let asked = question(server, whose.or(user.as_deref()), &messages);
    let Some(question) = asked.map(|q| after(q, before.as_ref().map(|b| b.0))) else {
        return Err(VOICE.bad_request(server, "`input` has no message of the role `user`"));
    };
    let conversation = question.conversation.to_owned();
    let reply = VOICE.ask(server, question)?;
    VOICE.up(&reply, StatusCode::SERVICE_UNAVAILABLE).await?;
    let said = Said {
        id: name(&conversation, reply.turn),
        reply: &reply,
        text: reply.sentences.join(" "),
        model: request.model.as_deref().unwrap_or("convoq"),
        previous: request.previous_response_id.as_deref(),
        prompt: messages.iter().map(|(_, text)| tokens(text)).sum(),
    };
    let whole = || said.whole().to_string().into();
    deliver(VOICE, &reply, request.stream == Some(true), || said.events(), whole).await
}

/// The question as one that so many came before.
fn after(question: Question<'_>, before: Option<u16>) -> Question<'_> {
    let turn = question.turn.map(|turn| turn.saturating_add(before.unwrap_or(0)));
    Question { turn, ..question }
}

/// One response, before it is written.
struct Said<'a> {
    id: String,
    reply: &'a Reply,
    text: String,
    model: &'a str,
    previous: Option<&'a str>,
    prompt: usize,
}

impl Said<'_> {
    /// The response in this state, with this output.
    fn response(&self, status: &str, output: &[Value]) -> Value {
        let said = tokens(&self.text);
        let usage = (status == "completed").then(|| {
            json!({
                "input_tokens": self.prompt, "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": said, "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": self.prompt + said,
            })
        });
        json!({
            "id": self.id, "object": "response", "created_at": unix_s(), "status": status,
            "error": null, "incomplete_details": null, "instructions": null, "metadata": {},
            "model": self.model, "output": output, "parallel_tool_calls": true,
            "previous_response_id": self.previous, "temperature": 1.0, "tool_choice": "auto",
            "tools": [], "top_p": 1.0, "usage": usage,
        })
    }

    fn item_id(&self, kind: &str) -> String {
        format!("{kind}_{:016x}{}", self.reply.key, self.reply.turn)
    }

    fn message(&self, status: &str, content: &[Value]) -> Value {
        json!({"type": "message", "id": self.item_id("msg"), "role": "assistant", "status": status, "content": content})
    }

    fn output_text(text: &str) -> Value {
        json!({"type": "output_text", "text": text, "annotations": []})
    }

    fn call(&self) -> Value {
        json!({"type": "function_call", "id": self.item_id("fc"), "call_id": self.item_id("call"), "name": TRANSFER, "arguments": "{}", "status": "completed"})
    }

    fn output(&self) -> Vec<Value> {
        let mut output = vec![self.message("completed", &[Self::output_text(&self.text)])];
        output.extend(self.reply.handoff.then(|| self.call()));
        output
    }

    fn whole(&self) -> Value {
        self.response("completed", &self.output())
    }

    /// The events of a stream: the response at once, the text in parts, and the end with the
    /// last of them.
    fn events(&self) -> VecDeque<(Duration, Bytes)> {
        let mut number = 0;
        let mut written = |events: &[Value]| -> Bytes {
            let one = |event: &Value| {
                let mut event = event.clone();
                event["sequence_number"] = json!(number);
                number += 1;
                let name = event["type"].as_str().unwrap_or_default();
                format!("event: {name}\ndata: {event}\n\n")
            };
            events.iter().map(one).collect::<String>().into()
        };
        let item = self.item_id("msg");
        let begun = self.response("in_progress", &[]);
        let begin = [
            json!({"type": "response.created", "response": begun}),
            json!({"type": "response.in_progress", "response": begun}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": self.message("in_progress", &[])}),
            json!({"type": "response.content_part.added", "item_id": item, "output_index": 0, "content_index": 0, "part": Self::output_text("")}),
        ];
        let parts: Vec<String> = in_parts(&self.text).collect();
        let latency = self.reply.latency;
        let mut events = VecDeque::from([(Duration::ZERO, written(&begin))]);
        for (at, part) in moments(latency, parts.len()).zip(&parts) {
            let delta = json!({"type": "response.output_text.delta", "item_id": item, "output_index": 0, "content_index": 0, "delta": part, "logprobs": []});
            events.push_back((at, written(&[delta])));
        }
        events.push_back((latency, written(&self.end(&item))));
        events
    }

    /// The events of the end.
    fn end(&self, item: &str) -> Vec<Value> {
        let part = Self::output_text(&self.text);
        let output = self.output();
        let mut end = vec![
            json!({"type": "response.output_text.done", "item_id": item, "output_index": 0, "content_index": 0, "text": self.text, "logprobs": []}),
            json!({"type": "response.content_part.done", "item_id": item, "output_index": 0, "content_index": 0, "part": part}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": output[0]}),
        ];
        if let Some(call) = output.get(1) {
            let id = &call["id"];
            end.push(
                json!({"type": "response.output_item.added", "output_index": 1, "item": call}),
            );
            end.push(json!({"type": "response.function_call_arguments.done", "item_id": id, "name": TRANSFER, "output_index": 1, "arguments": "{}"}));
            end.push(json!({"type": "response.output_item.done", "output_index": 1, "item": call}));
        }
        end.push(
            json!({"type": "response.completed", "response": self.response("completed", &output)}),
        );
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whose_response_it_is() {
        assert_eq!(named(&name("c-1.ä", 3)), Some((3, "c-1.ä".to_owned())));
        assert!(named("resp_abc").is_none() && named("chatcmpl-1").is_none());
    }
}
