//! What the server of a protocol is: what is at a path, how it is told of (`ENDPOINT`), how it
//! says what is wrong (`VOICE`), and `respond`.

use super::directline::rooms::Rooms;
use crate::bot::Options;
use crate::bot::answer::{Answer, Instead, json_answer, not_allowed};
use crate::bot::link::Link;
use crate::bot::server::Server;
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use serde_json::json;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is at a path of a protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Messages are posted there.
    Messages,
    /// Something else that its clients ask for.
    Beside,
}

/// What protocols remember of their clients.
pub(super) struct Memory {
    /// Conversations of Direct Line.
    pub rooms: Mutex<Rooms>,
    /// WebSockets that named no conversation.
    pub sockets: AtomicU64,
}

impl Memory {
    pub fn new(options: &Options) -> Self {
        let rooms = Rooms::new(options.idle, &options.limits);
        Memory { rooms: Mutex::new(rooms), sockets: AtomicU64::new(0) }
    }
}

/// A request of a client, and who answers it.
pub(super) struct Asked {
    pub server: Arc<Server>,
    pub memory: Arc<Memory>,
    pub link: Arc<Link>,
    pub request: Request<Bytes>,
}

/// The first part of a stream that says something comes after this share of the latency.
const FIRST_SHARE: f64 = 0.3;

/// When each part of a stream comes, the last with the end of the latency.
pub(super) fn moments(latency: Duration, parts: usize) -> impl Iterator<Item = Duration> {
    let steps = parts.saturating_sub(1).max(1) as f64;
    (0..parts).map(move |number| {
        let share = FIRST_SHARE + (1.0 - FIRST_SHARE) * number as f64 / steps;
        latency.mul_f64(share.min(1.0))
    })
}

/// That a request only asks; else that it may not do more.
pub(super) fn only_get(request: &Request<Bytes>) -> Result<(), Instead> {
    match *request.method() {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(not_allowed("GET").into()),
    }
}

/// That a request posts; else that it may do no other.
pub(super) fn only_post(request: &Request<Bytes>) -> Result<(), Instead> {
    match *request.method() {
        Method::POST => Ok(()),
        _ => Err(not_allowed("POST").into()),
    }
}

/// The answer of a server that is up.
pub(super) fn health(request: &Request<Bytes>) -> Answer {
    only_get(request)?;
    Ok(json_answer(StatusCode::OK, &json!({"status": "ok"})))
}
