//! Rasa's REST channel: an array of messages, or one object a line with `?stream=true`.

use super::Posted;
use crate::bot::answer::{Answer, Content, EVENTS, JSON, Voice, field, json_answer};
use crate::bot::counters::Handled;
use crate::bot::server::Question;
use crate::protocol::server::{Asked, Place, health, moments, only_post};
use crate::target::Protocol;
use hyper::StatusCode;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = "POST /webhooks/rest/webhook   Rasa REST";

pub(crate) const VOICE: Voice =
    Voice { protocol: Protocol::Rasa, error: |_, message| json!({"error": message}) };

/// Where messages are posted.
const WEBHOOK: &str = "/webhooks/rest/webhook";

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    match path.trim_end_matches('/') {
        WEBHOOK => Some(Place::Messages),
        "/webhooks/rest" => Some(Place::Beside),
        _ => None,
    }
}

/// Answers a message. As Rasa does, with an empty array where the bot fails.
pub(crate) async fn respond(asked: Asked) -> Answer {
    let Asked { server, request, .. } = &asked;
    if place(request.uri().path()) == Some(Place::Beside) {
        return health(request);
    }
    only_post(request)?;
    let posted: Posted = VOICE.read(server, request)?;
    let Some(message) = &posted.message else {
        server.counters.count(Protocol::Rasa, Handled::BadRequest);
        return Ok(json_answer(StatusCode::OK, &json!([])));
    };
    let sender = posted.sender.as_deref().unwrap_or("default");
    let reply = VOICE.ask(server, Question::new(sender, message))?;
    let mut messages: Vec<Value> = Vec::new();
    if reply.handled != Handled::Failed {
        let texts = reply.sentences.iter();
        messages.extend(texts.map(|text| json!({"recipient_id": sender, "text": text})));
    }
    if reply.handoff {
        messages.push(json!({"recipient_id": sender, "custom": {"handoff": true}}));
    }
    if field(request, "stream") == Some("true") {
        let lines = messages.iter().map(|message| Bytes::from(format!("{message}\n")));
        let parts = moments(reply.latency, messages.len()).zip(lines).collect();
        return VOICE.deliver(&reply, EVENTS, Content::Stream(parts)).await;
    }
    let body = Value::from(messages).to_string();
    VOICE.deliver(&reply, JSON, Content::Whole(body.into())).await
}
