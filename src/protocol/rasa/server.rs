//! Rasa's REST channel: an array of messages, or one object a line with `?stream=true`.

use super::Posted;
use crate::bot::answer::{Answer, Content, EVENTS, JSON, Voice, field, json_answer, not_allowed};
use crate::bot::counters::Handled;
use crate::bot::link::Link;
use crate::bot::server::{Question, Server};
use crate::protocol::server::{Place, health};
use crate::target::Protocol;
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = "POST /webhooks/rest/webhook   Rasa REST";

pub(crate) const VOICE: Voice =
    Voice { protocol: Protocol::Rasa, error: |_, message| json!({"error": message}) };

/// Where messages are posted.
const WEBHOOK: &str = "/webhooks/rest/webhook";

/// The first message of a stream comes after this share of the latency.
const FIRST_SHARE: f64 = 0.3;

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    match path.trim_end_matches('/') {
        WEBHOOK => Some(Place::Messages),
        "/webhooks/rest" => Some(Place::Beside),
        _ => None,
    }
}

/// Answers a message. As Rasa does, with an empty array where the bot fails.
pub(crate) async fn respond(
    server: &Arc<Server>,
    _: &Arc<Link>,
    request: Request<Bytes>,
) -> Answer {
    if place(request.uri().path()) == Some(Place::Beside) {
        return Ok(health(&request));
    }
    if request.method() != Method::POST {
        return Ok(not_allowed("POST"));
    }
    let posted: Posted = VOICE.read(server, &request)?;
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
    if field(&request, "stream") == Some("true") {
        let steps = messages.len().saturating_sub(1).max(1) as f64;
        let parts: VecDeque<_> = messages
            .iter()
            .enumerate()
            .map(|(number, message)| {
                let share = FIRST_SHARE + (1.0 - FIRST_SHARE) * number as f64 / steps;
                let line = Bytes::from(format!("{message}\n"));
                (reply.latency.mul_f64(share.min(1.0)), line)
            })
            .collect();
        let content = Content::Stream(parts);
        return VOICE.deliver(&reply, EVENTS, content).await;
    }
    let body = Value::from(messages).to_string();
    VOICE.deliver(&reply, JSON, Content::Whole(body.into())).await
}
