//! JSON or plain text over a WebSocket.

use crate::bot::answer::{Answer, Voice, field};
use crate::bot::counters::Handled;
use crate::bot::faults::InjectedKind;
use crate::bot::link::Link;
use crate::bot::server::{Question, Reply, Server};
use crate::bot::upgrade::{Socket, accept, open};
use crate::protocol::server::{Asked, Place, only_get};
use crate::target::Protocol;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc::{Sender, channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// How it is told of when the server begins.
pub(crate) const ENDPOINT: &str = "GET  /ws                      WebSocket";

pub(crate) const VOICE: Voice =
    Voice { protocol: Protocol::Websocket, error: |_, message| json!({"error": message}) };

/// Messages of one socket that may wait for their answer; more are not read.
const MOST_WAITING: usize = 64;

/// What is at a path: the handshake, which posts nothing yet.
pub(crate) fn place(path: &str) -> Option<Place> {
    (path.trim_end_matches('/') == "/ws").then_some(Place::Beside)
}

/// Opens a conversation over a WebSocket.
pub(crate) async fn respond(asked: Asked) -> Answer {
    let Asked { server, memory, link, mut request } = asked;
    only_get(&request)?;
    let (answer, upgrade) = accept(VOICE, &mut request)?;
    let named = field(&request, "conversation").map(str::to_owned);
    let number = || memory.sockets.fetch_add(1, Ordering::Relaxed);
    let identity = named.unwrap_or_else(|| format!("ws-{}", number()));
    tokio::spawn(async move {
        if let Some(socket) = open(upgrade).await {
            converse(&server, &link, socket, &identity).await;
        }
    });
    Ok(answer)
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
            server.counters.count(Protocol::Websocket, Handled::BadRequest);
            let problem = json!({"error": format!("the message cannot be read: {error}")});
            later(sender, Duration::ZERO, Outgoing::Text(problem.to_string()));
            return;
        }
        Err(_) => Posted { conversation: None, customer: None, text: text.to_owned() },
    };
    let named = posted.conversation.or(posted.customer);
    let question = Question::new(named.as_deref().unwrap_or(identity), &posted.text);
    match server.ask(Protocol::Websocket, question) {
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
        server.said(reply)
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
