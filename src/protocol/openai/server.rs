//! OpenAI-compatible chat completions, streamed and not.

use crate::bot::answer::{Answer, Voice, common_error, json_answer};
use crate::bot::server::{Reply, Server};
use crate::protocol::completion::Content;
use crate::protocol::completion::server::{TRANSFER, deliver, in_parts, question, tokens, unix_s};
use crate::protocol::server::{Asked, Place, moments, only_get, only_post};
use crate::target::Protocol;
use hyper::StatusCode;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = "POST /v1/chat/completions     OpenAI, streamed or not";

pub(crate) const VOICE: Voice = Voice { protocol: Protocol::Openai, error: common_error };

#[derive(Deserialize)]
struct ChatRequest {
    model: Option<String>,
    messages: Vec<ChatMessage>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    user: Option<String>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
struct ChatMessage {
    role: String,
    content: Option<Content>,
}

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    match path.trim_end_matches('/') {
        "/v1/chat/completions" => Some(Place::Messages),
        "/v1/models" => Some(Place::Beside),
        _ => None,
    }
}

/// The list of models: the one bot.
fn models(server: &Server) -> Value {
    let id = &server.scenario.header.scenario;
    json!({"object": "list", "data": [{"id": id, "object": "model", "created": 0, "owned_by": "convoq"}]})
}

/// Answers a request for a completion, or for the models.
pub(crate) async fn respond(asked: Asked) -> Answer {
    let Asked { server, request, .. } = &asked;
    if place(request.uri().path()) == Some(Place::Beside) {
        only_get(request)?;
        return Ok(json_answer(StatusCode::OK, &models(server)));
    }
    only_post(request)?;
    let request: ChatRequest = VOICE.read(server, request)?;
    let said_by = |m: ChatMessage| (m.role, m.content.map_or_else(String::new, |c| c.text("\n")));
    let messages: Vec<_> = request.messages.into_iter().map(said_by).collect();
    let Some(question) = question(server, request.user.as_deref(), &messages) else {
        let message = "`messages` has no message of the role `user`";
        return Err(VOICE.bad_request(server, message));
    };
    let reply = VOICE.ask(server, question)?;
    VOICE.up(&reply, StatusCode::SERVICE_UNAVAILABLE).await?;
    let prompt: usize = messages.iter().map(|(_, text)| tokens(text)).sum();
    let completion = Completion {
        reply: &reply,
        text: reply.sentences.join(" "),
        model: request.model.as_deref().unwrap_or("convoq"),
        prompt,
        with_usage: request.stream_options.is_some_and(|o| o.include_usage == Some(true)),
    };
    let streamed = request.stream == Some(true);
    deliver(VOICE, &reply, streamed, || completion.events(), || completion.whole()).await
}

/// One completion, before it is written.
struct Completion<'a> {
    reply: &'a Reply,
    text: String,
    model: &'a str,
    prompt: usize,
    with_usage: bool,
}

impl Completion<'_> {
    fn id(&self) -> String {
        format!("chatcmpl-{:016x}-{}", self.reply.key, self.reply.turn)
    }

    fn usage(&self) -> Value {
        let said = tokens(&self.text);
        json!({"prompt_tokens": self.prompt, "completion_tokens": said, "total_tokens": self.prompt + said})
    }

    fn finish_reason(&self) -> &'static str {
        if self.reply.handoff { "tool_calls" } else { "stop" }
    }

    fn tool_call(&self) -> Value {
        let id = format!("call-{:016x}-{}", self.reply.key, self.reply.turn);
        json!({"id": id, "type": "function", "function": {"name": TRANSFER, "arguments": "{}"}})
    }

    fn whole(&self) -> Bytes {
        let mut message = json!({"role": "assistant", "content": self.text, "refusal": null});
        if self.reply.handoff {
            message["tool_calls"] = json!([self.tool_call()]);
        }
        let body = json!({
            "id": self.id(), "object": "chat.completion", "created": unix_s(), "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason()}],
            "usage": self.usage(),
        });
        body.to_string().into()
    }

    /// The events of a stream: the role at once, the text in parts, and the end with the last of them.
    fn events(&self) -> VecDeque<(Duration, Bytes)> {
        let model = Value::from(self.model);
        let head = format!(
            "data: {{\"id\":\"{}\",\"object\":\"chat.completion.chunk\",\"created\":{},\"model\":{model},\"choices\":[",
            self.id(),
            unix_s()
        );
        let event = |delta: &Value, finish: &Value| {
            let choice = format!("{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}");
            format!("{head}{choice}]}}\n\n")
        };
        let mut deltas: Vec<Value> =
            in_parts(&self.text).map(|part| json!({"content": part})).collect();
        if self.reply.handoff {
            let mut call = self.tool_call();
            call["index"] = json!(0);
            deltas.push(json!({"tool_calls": [call]}));
        }
        let latency = self.reply.latency;
        let mut events = VecDeque::with_capacity(deltas.len() + 2);
        let role = json!({"role": "assistant", "content": ""});
        events.push_back((Duration::ZERO, event(&role, &Value::Null).into()));
        let deltas = moments(latency, deltas.len()).zip(&deltas);
        events.extend(deltas.map(|(at, delta)| (at, event(delta, &Value::Null).into())));
        let mut end = event(&json!({}), &Value::from(self.finish_reason()));
        if self.with_usage {
            end += &format!("{head}],\"usage\":{}}}\n\n", self.usage());
        }
        end += "data: [DONE]\n\n";
        events.push_back((latency, end.into()));
        events
    }
}
