//! Messages as Anthropic has them, streamed and not.

use crate::bot::answer::{Answer, Voice};
use crate::bot::server::Reply;
use crate::protocol::completion::Content;
use crate::protocol::completion::server::{TRANSFER, deliver, in_parts, question, tokens};
use crate::protocol::server::{Asked, Place, moments, only_post};
use crate::target::Protocol;
use hyper::StatusCode;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = "POST /v1/messages             Anthropic, streamed or not";

pub(crate) const VOICE: Voice = Voice { protocol: Protocol::Anthropic, error };

/// An error as the API says it.
fn error(status: StatusCode, message: &str) -> Value {
    let kind = match status {
        StatusCode::BAD_REQUEST => "invalid_request_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
        StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
        _ => "api_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": message}})
}

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    (path.trim_end_matches('/') == "/v1/messages").then_some(Place::Messages)
}

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
    messages: Vec<Message>,
    stream: Option<bool>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Content,
}

/// Answers a request for a message.
pub(crate) async fn respond(asked: Asked) -> Answer {
    let Asked { server, request, .. } = &asked;
    only_post(request)?;
    let request: Request = VOICE.read(server, request)?;
    let messages: Vec<_> =
        request.messages.into_iter().map(|m| (m.role, m.content.text("\n"))).collect();
    let user = request.metadata.and_then(|metadata| metadata.user_id);
    let Some(question) = question(server, user.as_deref(), &messages) else {
        return Err(VOICE.bad_request(server, "`messages` has no message of the role `user`"));
    };
    let reply = VOICE.ask(server, question)?;
    VOICE.up(&reply, StatusCode::SERVICE_UNAVAILABLE).await?;
    let said = Said {
        reply: &reply,
        text: reply.sentences.join(" "),
        model: request.model.as_deref().unwrap_or("convoq"),
        prompt: messages.iter().map(|(_, text)| tokens(text)).sum(),
    };
    let whole = || said.whole().to_string().into();
    deliver(VOICE, &reply, request.stream == Some(true), || said.events(), whole).await
}

/// One reply, before it is written.
struct Said<'a> {
    reply: &'a Reply,
    text: String,
    model: &'a str,
    prompt: usize,
}

impl Said<'_> {
    fn stop_reason(&self) -> &'static str {
        if self.reply.handoff { "tool_use" } else { "end_turn" }
    }

    /// The message with this content, for this reason over.
    fn message(&self, content: &[Value], stop_reason: Option<&str>, output: usize) -> Value {
        json!({
            "id": format!("msg_{:016x}{}", self.reply.key, self.reply.turn),
            "type": "message", "role": "assistant", "model": self.model, "content": content,
            "stop_reason": stop_reason, "stop_sequence": null,
            "usage": {"input_tokens": self.prompt, "output_tokens": output},
        })
    }

    fn tool_use(&self) -> Value {
        let id = format!("toolu_{:016x}{}", self.reply.key, self.reply.turn);
        json!({"type": "tool_use", "id": id, "name": TRANSFER, "input": {}})
    }

    fn whole(&self) -> Value {
        let mut content = vec![json!({"type": "text", "text": self.text})];
        if self.reply.handoff {
            content.push(self.tool_use());
        }
        self.message(&content, Some(self.stop_reason()), tokens(&self.text))
    }

    /// The events of a stream: the message at once, the text in parts, and the end with the last
    /// of them.
    fn events(&self) -> VecDeque<(Duration, Bytes)> {
        let parts: Vec<String> = in_parts(&self.text).collect();
        let latency = self.reply.latency;
        let mut events = VecDeque::with_capacity(parts.len() + 2);
        let begin = [
            json!({"type": "message_start", "message": self.message(&[], None, 0)}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "ping"}),
        ];
        events.push_back((Duration::ZERO, written(&begin)));
        events.extend(moments(latency, parts.len()).zip(&parts).map(|(at, part)| {
            let delta = json!({"type": "text_delta", "text": part});
            (at, written(&[json!({"type": "content_block_delta", "index": 0, "delta": delta})]))
        }));
        let mut end = vec![json!({"type": "content_block_stop", "index": 0})];
        if self.reply.handoff {
            end.push(json!({"type": "content_block_start", "index": 1, "content_block": self.tool_use()}));
            let input = json!({"type": "input_json_delta", "partial_json": "{}"});
            end.push(json!({"type": "content_block_delta", "index": 1, "delta": input}));
            end.push(json!({"type": "content_block_stop", "index": 1}));
        }
        let delta = json!({"stop_reason": self.stop_reason(), "stop_sequence": null});
        let usage = json!({"output_tokens": tokens(&self.text)});
        end.push(json!({"type": "message_delta", "delta": delta, "usage": usage}));
        end.push(json!({"type": "message_stop"}));
        events.push_back((latency, written(&end)));
        events
    }
}

/// Events as a stream has them, each under the name of its type.
fn written(events: &[Value]) -> Bytes {
    let one = |event: &Value| {
        let name = event["type"].as_str().unwrap_or_default();
        format!("event: {name}\ndata: {event}\n\n")
    };
    events.iter().map(one).collect::<String>().into()
}
