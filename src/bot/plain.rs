//! Plain JSON over HTTP.

use super::counters::{Handled, Protocol};
use super::http::{self, Answer, Content, JSON, Received};
use super::server::{Question, Reply, Server};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Posted {
    conversation: Option<String>,
    customer: Option<String>,
    text: Option<String>,
}

/// Answers a message.
pub(super) async fn respond(server: &Server, received: &Received) -> Answer {
    let posted: Posted = match http::read(server, received) {
        Ok(posted) => posted,
        Err(answer) => return Ok(*answer),
    };
    let identity = posted.conversation.or(posted.customer);
    let (Some(conversation), Some(text)) = (identity, posted.text) else {
        let message = "the body needs `conversation` and `text`";
        return Ok(http::bad_request(server, Protocol::Json, message));
    };
    let question = Question { conversation: &conversation, text: &text, earlier: None, turn: None };
    let reply = match server.ask(Protocol::Json, question) {
        Ok(reply) => reply,
        Err(refused) => return Ok(http::refused(Protocol::Json, refused)),
    };
    if reply.handled == Handled::Failed {
        if !http::before_answer(&reply, true).await? {
            return Ok(http::spoiled(Protocol::Json, &reply));
        }
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Ok(http::failure(Protocol::Json, status, "the bot is down"));
    }
    let body = said(server, &reply).to_string();
    http::deliver(Protocol::Json, &reply, JSON, Content::Whole(body.into())).await
}

/// What the bot says, as JSON.
pub(super) fn said(server: &Server, reply: &Reply) -> Value {
    json!({
        "text": reply.sentences.join(" "),
        "handoff": reply.handoff,
        "intent": reply.intent.map(|intent| server.intent_name(intent)),
    })
}
