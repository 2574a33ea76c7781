//! Rasa's REST channel: an array of messages, or one object a line with `?stream=true`.

use super::counters::{Handled, Protocol};
use super::http::{self, Answer, Content, EVENTS, JSON, Received};
use super::server::{Question, Server};
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The first message of a stream comes after this share of the latency.
const FIRST_SHARE: f64 = 0.3;

#[derive(Deserialize)]
struct Posted {
    sender: Option<String>,
    message: Option<String>,
}

/// Answers a message. As Rasa does, with an empty array where the bot fails.
pub(super) async fn respond(server: &Server, received: &Received) -> Answer {
    let posted: Posted = match http::read(server, received) {
        Ok(posted) => posted,
        Err(answer) => return Ok(*answer),
    };
    let Some(message) = &posted.message else {
        server.counters.count(Protocol::Rasa, Handled::BadRequest);
        return Ok(http::json_answer(hyper::StatusCode::OK, &json!([])));
    };
    let sender = posted.sender.as_deref().unwrap_or("default");
    let question = Question { conversation: sender, text: message, earlier: None, turn: None };
    let reply = match server.ask(Protocol::Rasa, question) {
        Ok(reply) => reply,
        Err(refused) => return Ok(http::refused(Protocol::Rasa, refused)),
    };
    let mut messages: Vec<Value> = Vec::new();
    if reply.handled != Handled::Failed {
        let texts = reply.sentences.iter();
        messages.extend(texts.map(|text| json!({"recipient_id": sender, "text": text})));
    }
    if reply.handoff {
        messages.push(json!({"recipient_id": sender, "custom": {"handoff": true}}));
    }
    if received.field("stream") == Some("true") {
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
        return http::deliver(Protocol::Rasa, &reply, EVENTS, content).await;
    }
    let body = Value::from(messages).to_string();
    http::deliver(Protocol::Rasa, &reply, JSON, Content::Whole(body.into())).await
}
