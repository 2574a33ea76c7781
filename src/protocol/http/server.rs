//! Plain JSON over HTTP.

use super::Posted;
use crate::bot::answer::{Answer, Content, JSON, Voice};
use crate::bot::link::Link;
use crate::bot::server::{Question, Server};
use crate::protocol::server::{Place, only_post};
use crate::target::Protocol;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use serde_json::json;
use std::sync::Arc;

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = r#"POST /chat                    JSON: {"conversation", "text"}"#;

pub(crate) const VOICE: Voice =
    Voice { protocol: Protocol::Http, error: |_, message| json!({"error": message}) };

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    (path.trim_end_matches('/') == "/chat").then_some(Place::Messages)
}

/// Answers a message.
pub(crate) async fn respond(
    server: &Arc<Server>,
    _: &Arc<Link>,
    request: Request<Bytes>,
) -> Answer {
    only_post(&request)?;
    let posted: Posted = VOICE.read(server, &request)?;
    let identity = posted.conversation.or(posted.customer);
    let (Some(conversation), Some(text)) = (identity, posted.text) else {
        let message = "the body needs `conversation` and `text`";
        return Err(VOICE.bad_request(server, message));
    };
    let reply = VOICE.ask(server, Question::new(&conversation, &text))?;
    VOICE.up(&reply, StatusCode::SERVICE_UNAVAILABLE).await?;
    let body = server.said(&reply).to_string();
    VOICE.deliver(&reply, JSON, Content::Whole(body.into())).await
}
