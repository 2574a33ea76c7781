//! JSON or plain text over a WebSocket.

use super::counters::{Handled, Protocol};
use super::faults::InjectedKind;
use super::http::{self, field_of};
use super::link::Link;
use super::paced::Paced;
use super::plain;
use super::server::{Question, Reply, Server};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Sender, channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

/// Largest message that is read, bytes.
const LARGEST_MESSAGE: usize = 512 << 10;
/// Messages of one socket that may wait for their answer; more are not read.
const MOST_WAITING: usize = 64;

pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Says yes to a WebSocket; the connection is there when the answer is out.
pub(super) fn accept(request: &mut Request<Bytes>) -> Option<(Response<Paced>, OnUpgrade)> {
    let headers = request.headers();
    let wants = |name, word: &str| {
        let value = headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
        value.is_some_and(|v| v.to_ascii_lowercase().contains(word))
    };
    if !wants(UPGRADE, "websocket") || !wants(CONNECTION, "upgrade") {
        return None;
    }
    let accepted = derive_accept_key(headers.get(SEC_WEBSOCKET_KEY)?.as_bytes());
    let mut answer = Response::new(Paced::whole(Bytes::new()));
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    let accepted = HeaderValue::from_str(&accepted).ok()?;
    headers.insert(SEC_WEBSOCKET_ACCEPT, accepted);
    Some((answer, hyper::upgrade::on(request)))
}

/// The socket, once the client has it too.
pub(super) async fn open(upgrade: OnUpgrade) -> Option<Socket> {
    let upgraded = upgrade.await.ok()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE));
    let io = TokioIo::new(upgraded);
    Some(WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await)
}

/// What a client without a WebSocket hears.
pub(super) fn upgrade_required(protocol: Protocol) -> Response<Paced> {
    let message = "this path is a WebSocket";
    http::failure(protocol, StatusCode::UPGRADE_REQUIRED, message)
}

/// Opens a conversation over a WebSocket.
pub(super) fn respond(
    server: &Arc<Server>,
    link: &Arc<Link>,
    mut request: Request<Bytes>,
) -> Response<Paced> {
    let Some((answer, upgrade)) = accept(&mut request) else {
        return upgrade_required(Protocol::WebSocket);
    };
    let query = request.uri().query().unwrap_or_default();
    let named = field_of(query, "conversation").map(str::to_owned);
    let identity = named.unwrap_or_else(|| format!("ws-{}", server.next_socket()));
    let (server, link) = (Arc::clone(server), Arc::clone(link));
    tokio::spawn(async move {
        if let Some(socket) = open(upgrade).await {
            converse(&server, &link, socket, &identity).await;
        }
    });
    answer
}

/// What goes out, or what happens instead.
enum Outgoing {
    Text(String),
    Close(u16),
    /// The connection ends without a word.
    Drop,
    Reset,
}

#[derive(Deserialize)]
struct Posted {
    conversation: Option<String>,
    customer: Option<String>,
    text: String,
}

async fn converse(server: &Arc<Server>, link: &Link, mut socket: Socket, identity: &str) {
    let (sender, mut receiver) = channel::<Outgoing>(MOST_WAITING);
    let mut waiting = 0;
    loop {
        tokio::select! {
            message = socket.next(), if waiting < MOST_WAITING => {
                match message {
                    Some(Ok(Message::Text(text))) => hear(server, &sender, &text, identity),
                    Some(Ok(Message::Binary(bytes))) => {
                        hear(server, &sender, &String::from_utf8_lossy(&bytes), identity);
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    // The library answers pings.
                    Some(Ok(_)) => continue,
                }
                waiting += 1;
            }
            Some(outgoing) = receiver.recv() => {
                waiting -= 1;
                if !send(&mut socket, link, outgoing).await {
                    return;
                }
            }
        }
    }
}

/// Whether the conversation goes on.
async fn send(socket: &mut Socket, link: &Link, outgoing: Outgoing) -> bool {
    match outgoing {
        Outgoing::Text(text) => socket.send(Message::text(text)).await.is_ok(),
        Outgoing::Close(code) => {
            let frame =
                CloseFrame { code: CloseCode::from(code), reason: "an injected fault".into() };
            let _ = socket.close(Some(frame)).await;
            false
        }
        Outgoing::Drop => false,
        Outgoing::Reset => {
            link.reset();
            false
        }
    }
}

/// Hears one message; its answer comes through the channel at its time.
fn hear(server: &Arc<Server>, sender: &Sender<Outgoing>, text: &str, identity: &str) {
    // What looks like an object has to be one; anything else is what the customer says.
    let posted = match serde_json::from_str::<Posted>(text) {
        Ok(posted) => posted,
        Err(error) if text.trim_start().starts_with('{') => {
            server.counters.count(Protocol::WebSocket, Handled::BadRequest);
            let problem = json!({"error": format!("the message cannot be read: {error}")});
            later(sender, Duration::ZERO, Outgoing::Text(problem.to_string()));
            return;
        }
        Err(_) => Posted { conversation: None, customer: None, text: text.to_owned() },
    };
    let named = posted.conversation.or(posted.customer);
    let question = Question {
        conversation: named.as_deref().unwrap_or(identity),
        text: &posted.text,
        earlier: None,
        turn: None,
    };
    match server.ask(Protocol::WebSocket, question) {
        Ok(reply) => {
            let delay = Duration::from_micros(reply.disturbance.delay.0);
            let outgoing = outgoing(server, &reply, named.as_deref());
            later(sender, delay + reply.latency, outgoing);
        }
        Err(refused) => {
            let problem = json!({"error": "busy", "retry_after_s": refused.retry_after_s});
            later(sender, Duration::ZERO, Outgoing::Text(problem.to_string()));
        }
    }
}

fn outgoing(server: &Server, reply: &Reply, conversation: Option<&str>) -> Outgoing {
    let mut said = if reply.handled == Handled::Failed {
        json!({"error": "the bot is down"})
    } else {
        plain::said(server, reply)
    };
    if let Some(conversation) = conversation {
        said["conversation"] = json!(conversation);
    }
    match reply.disturbance.spoiled {
        // Close codes of RFC 6455: 1013 try again later, 1011 internal error.
        Some(InjectedKind::Status { code: 429, .. }) => Outgoing::Close(1013),
        Some(InjectedKind::Status { .. }) => Outgoing::Close(1011),
        Some(InjectedKind::Reset) => Outgoing::Reset,
        Some(InjectedKind::Truncate) => Outgoing::Drop,
        Some(InjectedKind::Malformed) => {
            let text = said.to_string();
            Outgoing::Text(text.trim_end_matches('}').to_owned())
        }
        _ => Outgoing::Text(said.to_string()),
    }
}

/// Sends something after a while.
fn later(sender: &Sender<Outgoing>, after: Duration, outgoing: Outgoing) {
    let outgoing = if after.is_zero() {
        match sender.try_send(outgoing) {
            Ok(()) => return,
            Err(full) => full.into_inner(),
        }
    } else {
        outgoing
    };
    let sender = sender.clone();
    tokio::spawn(async move {
        if !after.is_zero() {
            tokio::time::sleep(after).await;
        }
        // A client that is gone needs no answer.
        let _ = sender.send(outgoing).await;
    });
}
