//! What the server of a protocol is: what is at a path, how it is told of (`ENDPOINT`), how it
//! says what is wrong (`VOICE`), and `respond`.

use crate::bot::answer::{json_answer, not_allowed};
use crate::bot::paced::Paced;
use hyper::body::Bytes;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;

/// What is at a path of a protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Messages are posted there.
    Messages,
    /// Something else that its clients ask for.
    Beside,
}

/// Whether a request only asks.
pub(super) fn is_get(request: &Request<Bytes>) -> bool {
    request.method() == Method::GET || request.method() == Method::HEAD
}

/// The answer of a server that is up.
pub(super) fn health(request: &Request<Bytes>) -> Response<Paced> {
    match is_get(request) {
        true => json_answer(StatusCode::OK, &json!({"status": "ok"})),
        false => not_allowed("GET"),
    }
}
