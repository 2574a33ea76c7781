//! Bot Framework Direct Line 3.0: conversations, activities posted and polled,
//! and the stream of activities over a WebSocket.

use super::Opened;
use super::rooms::{Heard, Rooms, conversation_of};
use crate::bot::answer::{
    Answer, Content, JSON, Voice, answer, field, json_answer, not_found, reaches_bot,
};
use crate::bot::counters::Handled;
use crate::bot::lock;
use crate::bot::paced::Paced;
use crate::bot::server::{Question, Reply};
use crate::bot::upgrade::{self, Socket};
use crate::protocol::server::{Asked, Memory, Place};
use crate::target::Protocol;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST};
use hyper::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Validity of a token, seconds. Tokens are not checked.
const TOKEN_S: f64 = 1800.0;
/// An empty message keeps a silent stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = "POST /v3/directline/...       Direct Line 3.0";

pub(crate) const VOICE: Voice = Voice { protocol: Protocol::Directline, error };

fn error(status: StatusCode, message: &str) -> Value {
    let code = match status.as_u16() {
        429 => "Throttled",
        400..=499 => "BadArgument",
        _ => "BotError",
    };
    json!({"error": {"code": code, "message": message}})
}

/// What is at a path.
pub(crate) fn place(path: &str) -> Option<Place> {
    prefix(path).map(|_| Place::Messages)
}

/// The path behind the prefix of Direct Line, if it is one of its paths.
fn prefix(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/v3").unwrap_or(path);
    let rest = rest.strip_prefix("/directline")?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[derive(Deserialize)]
struct Activity {
    #[serde(rename = "type")]
    kind: String,
    from: Account,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    id: String,
}

/// Answers a request of Direct Line.
pub(crate) async fn respond(asked: Asked) -> Answer {
    let rest = prefix(asked.request.uri().path()).unwrap_or_default().to_owned();
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let post = asked.request.method() == Method::POST;
    let get = asked.request.method() == Method::GET;
    match parts.as_slice() {
        ["tokens", "generate" | "refresh"] if post => Ok(token(&asked)),
        ["conversations"] if post => Ok(begin(&asked)),
        ["conversations", id] if get => Ok(again(&asked, id)),
        ["conversations", id, "activities"] if post => take_activity(&asked, id).await,
        ["conversations", id, "activities"] if get => Ok(activities(&asked, id)),
        ["conversations", id, "stream"] if get => stream(asked, id),
        _ => Ok(not_found(asked.request.uri().path())),
    }
}

/// The conversation that the token of a request is for.
fn by_token(request: &Request<Bytes>) -> Option<&str> {
    let given = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    conversation_of(given.strip_prefix("Bearer ")?.trim())
}

fn token(asked: &Asked) -> Response<Paced> {
    let new = || lock(&asked.memory.rooms).new_id();
    let id = by_token(&asked.request).map_or_else(new, str::to_owned);
    json_answer(StatusCode::OK, &opened(&id, None).document())
}

fn begin(asked: &Asked) -> Response<Paced> {
    let given = by_token(&asked.request).map(str::to_owned);
    let id = lock(&asked.memory.rooms).open(given, asked.server.elapsed());
    json_answer(StatusCode::CREATED, &facts(&asked.request, &id, "-"))
}

fn again(asked: &Asked, id: &str) -> Response<Paced> {
    if !lock(&asked.memory.rooms).knows(id, asked.server.elapsed()) {
        return unknown(id);
    }
    let watermark = field(&asked.request, "watermark").unwrap_or("-");
    json_answer(StatusCode::OK, &facts(&asked.request, id, watermark))
}

fn opened(id: &str, stream_url: Option<String>) -> Opened {
    let (token, expires_s) = (Some(Rooms::token(id)), Some(TOKEN_S));
    Opened { id: Some(id.to_owned()), token, expires_s, stream_url }
}

/// What a client needs to take part in a conversation.
fn facts(request: &Request<Bytes>, id: &str, watermark: &str) -> Value {
    let named = request.headers().get(HOST).and_then(|h| h.to_str().ok());
    let host = named.or(request.uri().authority().map(|a| a.as_str()));
    let path = request.uri().path();
    let root = path.split("/conversations").next().unwrap_or_default();
    let token = Rooms::token(id);
    let stream = format!(
        "ws://{}{root}/conversations/{id}/stream?watermark={watermark}&t={token}",
        host.unwrap_or("127.0.0.1")
    );
    opened(id, Some(stream)).document()
}

fn unknown(id: &str) -> Response<Paced> {
    let message = format!("no conversation `{id}`");
    VOICE.failure(StatusCode::NOT_FOUND, &message)
}

async fn take_activity(asked: &Asked, id: &str) -> Answer {
    let Asked { server, memory, request, .. } = asked;
    // Read twice: the fields that matter, and the whole for whoever listens.
    let activity: Activity = VOICE.read(server, request)?;
    let whole: Value = VOICE.read(server, request)?;
    // An array of the fields' values would pass for the fields, but is no activity.
    if !whole.is_object() {
        return Err(VOICE.bad_request(server, "an activity is a JSON object"));
    }
    let at = server.elapsed();
    let Some(posted) = lock(&memory.rooms).post(id, whole, at) else {
        server.counters.count(Protocol::Directline, Handled::BadRequest);
        return Ok(unknown(id));
    };
    let accepted = json!({"id": posted}).to_string();
    let text = match &activity.text {
        Some(text) if activity.kind == "message" => text,
        // Typing and events need no answer.
        _ => {
            return Ok(answer(StatusCode::OK, JSON, Paced::whole(accepted.into())));
        }
    };
    let mut reply = VOICE.ask(server, Question::new(&activity.from.id, text))?;
    VOICE.up(&reply, StatusCode::BAD_GATEWAY).await?;
    if reaches_bot(&reply) {
        speak_later(asked, id, &posted, &reply);
    }
    // The message is taken at once; the answer goes its own way.
    reply.latency = Duration::ZERO;
    VOICE.deliver(&reply, JSON, Content::Whole(accepted.into())).await
}

/// Puts the bot's answer into the conversation at its time.
fn speak_later(asked: &Asked, id: &str, posted: &str, reply: &Reply) {
    let (server, memory) = (Arc::clone(&asked.server), Arc::clone(&asked.memory));
    let text = reply.sentences.join(" ");
    let message = json!({"type": "message", "text": text, "replyToId": posted, "inputHint": "expectingInput"});
    let mut said = vec![message];
    if reply.handoff {
        said.push(json!({"type": "event", "name": "handoff.initiate", "replyToId": posted}));
    }
    let wait = reply.latency + Duration::from_micros(reply.disturbance.delay.0);
    if wait.is_zero() {
        lock(&memory.rooms).speak(id, said, server.elapsed());
        return;
    }
    let id = id.to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        lock(&memory.rooms).speak(&id, said, server.elapsed());
    });
}

/// Up to where a client has heard a conversation.
fn watermark(request: &Request<Bytes>) -> u64 {
    field(request, "watermark").and_then(|w| w.parse().ok()).unwrap_or(0)
}

fn activities(asked: &Asked, id: &str) -> Response<Paced> {
    let now = asked.server.elapsed();
    match lock(&asked.memory.rooms).since(id, watermark(&asked.request), now) {
        Some(set) => answer(StatusCode::OK, JSON, Paced::whole(set.into())),
        None => unknown(id),
    }
}

fn stream(asked: Asked, id: &str) -> Answer {
    let Asked { server, memory, mut request, .. } = asked;
    let (answer, upgrade) = upgrade::accept(VOICE, &mut request)?;
    let watermark = watermark(&request);
    if !lock(&memory.rooms).knows(id, server.elapsed()) {
        return Ok(unknown(id));
    }
    let id = id.to_owned();
    tokio::spawn(async move {
        if let Some(socket) = upgrade::open(upgrade).await {
            listen(&memory, socket, &id, watermark).await;
        }
    });
    Ok(answer)
}

/// Sends what is said in a conversation until the client goes or another takes its place.
async fn listen(memory: &Memory, mut socket: Socket, id: &str, mut watermark: u64) {
    let Some((mine, told)) = lock(&memory.rooms).listen(id) else {
        return;
    };
    loop {
        let told = told.notified();
        let now = lock(&memory.rooms).since_for(id, watermark, mine);
        let over = match now {
            Heard::Taken => Some("collision"),
            Heard::Over => Some("the conversation is over"),
            Heard::Nothing => None,
            Heard::Said(set, latest) => {
                watermark = latest;
                if socket.send(Message::text(set)).await.is_err() {
                    return;
                }
                continue;
            }
        };
        if let Some(why) = over {
            let frame = CloseFrame { code: CloseCode::Normal, reason: why.into() };
            let _ = socket.close(Some(frame)).await;
            return;
        }
        tokio::select! {
            () = told => {}
            heard = socket.next() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            () = tokio::time::sleep(KEEP_ALIVE) => {
                if socket.send(Message::text("")).await.is_err() {
                    return;
                }
            }
        }
    }
}
