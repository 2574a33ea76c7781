//! Plain JSON over HTTP.

use super::Posted;
use crate::bot::answer::{Answer, Content, JSON, Voice};
use crate::bot::server::Question;
use crate::protocol::server::{Asked, Place, only_post};
use crate::target::Protocol;
use hyper::StatusCode;
use serde_json::json;

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = r#"POST /chat                    JSON: {"conversation", "text"}"#;

pub(crate) const VOICE: Voice =
    Voice { protocol: Protocol::Http, error: |_, message| json!({"error": message}) };

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    (path.trim_end_matches('/') == "/chat").then_some(Place::Messages)
}

/// Answers a message.
pub(crate) async fn respond(asked: Asked) -> Answer {
    let Asked { server, request, .. } = &asked;
    only_post(request)?;
    let posted: Posted = VOICE.read(server, request)?;
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
