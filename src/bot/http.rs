//! Requests and answers over HTTP: the paths, the bodies, and what injected
//! faults do to an answer.

use super::counters::{Handled, Protocol};
use super::faults::InjectedKind;
use super::link::Link;
use super::paced::Paced;
use super::server::{Reply, Server};
use super::talks::Refused;
use super::{direct_line, openai, plain, rasa, websocket};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, EXPECT, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode, Version};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Largest body that is read, bytes.
const LARGEST_BODY: usize = 512 << 10;
/// So much of a larger one is read and dropped: a client that still writes would
/// see a reset instead of the answer.
const LARGEST_DROPPED: usize = 16 << 20;

pub(super) const JSON: &str = "application/json";
pub(super) const EVENTS: &str = "text/event-stream";

/// The connection is reset in the place of an answer.
#[derive(Debug)]
pub(super) struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is reset on purpose")
    }
}

impl std::error::Error for Reset {}

pub(super) type Answer = Result<Response<Paced>, Reset>;

/// A request with all of its body.
pub(super) struct Received {
    pub protocol: Protocol,
    pub body: Bytes,
    /// What stands behind the `?`.
    pub query: String,
}

impl Received {
    /// A message that came over a protocol.
    pub(super) fn of(protocol: Protocol, request: Request<Bytes>) -> Self {
        let query = request.uri().query().unwrap_or_default().to_owned();
        Self { protocol, query, body: request.into_body() }
    }

    /// The value of a field of the query.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        field_of(&self.query, name)
    }
}

/// The value of a field of a query.
pub(super) fn field_of<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, v)| v).next_back()
}

/// Answers a request. Its body is read before anything else, whatever is asked: a connection
/// with an unread body would have to be closed.
pub(super) async fn respond(
    server: Arc<Server>,
    link: Arc<Link>,
    request: Request<Incoming>,
) -> Answer {
    let in_service = link.serve();
    server.freezes.request_came();
    let version = request.version();
    let answer = match receive(&server, request).await {
        Ok(request) => route(&server, &link, request).await,
        Err(refused) => Ok(refused),
    };
    if answer.is_err() && version != Version::HTTP_2 {
        // In HTTP/2 the stream alone is reset.
        link.reset();
    }
    answer.map(|answer| answer.map(|body| body.answering(in_service)))
}

/// The protocol of a path, if messages are posted there.
fn protocol_of(path: &str) -> Option<Protocol> {
    if direct_line::prefix(path).is_some() {
        return Some(Protocol::DirectLine);
    }
    match path.trim_end_matches('/') {
        "/v1/chat/completions" => Some(Protocol::OpenAi),
        "/webhooks/rest/webhook" => Some(Protocol::Rasa),
        "/chat" => Some(Protocol::Json),
        _ => None,
    }
}

async fn route(server: &Arc<Server>, link: &Arc<Link>, request: Request<Bytes>) -> Answer {
    let path = request.uri().path();
    if let Some(rest) = direct_line::prefix(path) {
        let rest = rest.to_owned();
        return direct_line::respond(server, request, &rest).await;
    }
    let post = request.method() == Method::POST;
    let get = request.method() == Method::GET || request.method() == Method::HEAD;
    match path.trim_end_matches('/') {
        "/v1/chat/completions" if post => {
            openai::respond(server, &Received::of(Protocol::OpenAi, request)).await
        }
        "/webhooks/rest/webhook" if post => {
            rasa::respond(server, &Received::of(Protocol::Rasa, request)).await
        }
        "/chat" if post => plain::respond(server, &Received::of(Protocol::Json, request)).await,
        "/ws" if get => Ok(websocket::respond(server, link, request)),
        "/v1/models" if get => Ok(json_answer(StatusCode::OK, &openai::models(server))),
        "" | "/health" | "/webhooks/rest" if get => {
            Ok(json_answer(StatusCode::OK, &json!({"status": "ok"})))
        }
        "/metrics" if get => {
            let text = server.metrics().into();
            Ok(answer(StatusCode::OK, "text/plain; version=0.0.4", Paced::whole(text)))
        }
        "/v1/chat/completions" | "/webhooks/rest/webhook" | "/chat" => Ok(not_allowed("POST")),
        "/ws" | "/v1/models" | "" | "/health" | "/webhooks/rest" | "/metrics" => {
            Ok(not_allowed("GET"))
        }
        other => Ok(not_found(other)),
    }
}

/// Why a body is not read to its end.
enum Unread {
    Broken,
    TooLarge,
    TooSlow,
}

/// Reads the body. A connection of which a part of it was not read is closed, and says so.
async fn receive(
    server: &Server,
    request: Request<Incoming>,
) -> Result<Request<Bytes>, Response<Paced>> {
    let protocol = protocol_of(request.uri().path());
    // Who asks first whether a body is welcome hears before it is sent.
    let asks_first = request.headers().contains_key(EXPECT);
    let (head, body) = request.into_parts();
    let limits = server.options.limits;
    let read = async {
        if asks_first && body.size_hint().lower() > LARGEST_BODY as u64 {
            return Err(Unread::TooLarge);
        }
        whole(body).await
    };
    let read = tokio::time::timeout(limits.body, read).await;
    let (status, message) = match read.unwrap_or(Err(Unread::TooSlow)) {
        Ok(bytes) => return Ok(Request::from_parts(head, bytes)),
        Err(Unread::Broken) => (
            StatusCode::BAD_REQUEST,
            "the body breaks off or is not framed as HTTP says".to_owned(),
        ),
        Err(Unread::TooLarge) => {
            (StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {LARGEST_BODY} bytes"))
        }
        Err(Unread::TooSlow) => (
            StatusCode::REQUEST_TIMEOUT,
            format!("the body took more than {} s", limits.body.as_secs_f64()),
        ),
    };
    if let Some(protocol) = protocol {
        server.counters.count(protocol, Handled::BadRequest);
    }
    let mut answer = failure(protocol.unwrap_or(Protocol::OpenAi), status, &message);
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    Err(answer)
}

/// All of a body.
async fn whole(mut body: Incoming) -> Result<Bytes, Unread> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            continue; // trailers
        };
        length += data.len();
        if length <= LARGEST_BODY {
            bytes.extend_from_slice(&data);
        } else if length > LARGEST_DROPPED {
            break;
        }
    }
    if length > LARGEST_BODY {
        return Err(Unread::TooLarge);
    }
    Ok(bytes.into())
}

/// Reads the JSON of a body.
pub(super) fn read<T: DeserializeOwned>(
    server: &Server,
    received: &Received,
) -> Result<T, Box<Response<Paced>>> {
    serde_json::from_slice(&received.body).map_err(|error| {
        let message = format!("the body cannot be read as JSON of this request: {error}");
        Box::new(bad_request(server, received.protocol, &message))
    })
}

/// The request says something that is not understood.
pub(super) fn bad_request(server: &Server, protocol: Protocol, message: &str) -> Response<Paced> {
    server.counters.count(protocol, Handled::BadRequest);
    failure(protocol, StatusCode::BAD_REQUEST, message)
}

/// The bot has no room for the message.
pub(super) fn refused(protocol: Protocol, refused: Refused) -> Response<Paced> {
    let message = "the bot has no session free, or gets more requests than it takes";
    let mut answer = failure(protocol, StatusCode::TOO_MANY_REQUESTS, message);
    retry_after(&mut answer, refused.retry_after_s);
    answer
}

fn retry_after(answer: &mut Response<Paced>, seconds: u64) {
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
}

/// The body of an answer.
pub(super) enum Content {
    /// All of it when the bot has its answer.
    Whole(Bytes),
    /// In parts, each at its time after the message.
    Stream(VecDeque<(Duration, Bytes)>),
}

/// Sends what the bot says, with what the injected faults do to it.
pub(super) async fn deliver(
    protocol: Protocol,
    reply: &Reply,
    content_type: &'static str,
    content: Content,
) -> Answer {
    let whole = matches!(content, Content::Whole(_));
    if !before_answer(reply, whole).await? {
        return Ok(spoiled(protocol, reply));
    }
    let malformed = reply.disturbance.spoiled == Some(InjectedKind::Malformed);
    let mut body = match content {
        Content::Whole(bytes) if malformed => Paced::whole(broken(&bytes)),
        Content::Whole(bytes) => Paced::whole(bytes),
        Content::Stream(mut parts) => {
            let middle = parts.len() / 2;
            if let Some((_, part)) = parts.get_mut(middle).filter(|_| malformed) {
                *part = broken(part);
            }
            Paced::stream(parts)
        }
    };
    if reply.disturbance.spoiled == Some(InjectedKind::Truncate) {
        body = body.cut();
    }
    Ok(answer(StatusCode::OK, content_type, body))
}

/// Waits for the moment of an answer; says whether there is one, and not a status in its place.
pub(super) async fn before_answer(reply: &Reply, whole: bool) -> Result<bool, Reset> {
    let delay = Duration::from_micros(reply.disturbance.delay.0);
    let wait = match reply.disturbance.spoiled {
        Some(InjectedKind::Status { .. } | InjectedKind::Reset) => delay,
        _ if whole => delay + reply.latency,
        _ => delay,
    };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match reply.disturbance.spoiled {
        Some(InjectedKind::Reset) => Err(Reset),
        Some(InjectedKind::Status { .. }) => Ok(false),
        _ => Ok(true),
    }
}

/// Whether the message reaches the bot: what spoils the answer only does not hold it up.
pub(super) fn reaches_bot(reply: &Reply) -> bool {
    !matches!(reply.disturbance.spoiled, Some(InjectedKind::Status { .. } | InjectedKind::Reset))
}

/// The status that an injected fault puts in the place of the answer.
pub(super) fn spoiled(protocol: Protocol, reply: &Reply) -> Response<Paced> {
    let Some(InjectedKind::Status { code, retry_after_s }) = reply.disturbance.spoiled else {
        return failure(protocol, StatusCode::INTERNAL_SERVER_ERROR, "an injected fault");
    };
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = failure(protocol, status, "an injected fault");
    if let Some(seconds) = retry_after_s {
        retry_after(&mut answer, seconds);
    }
    answer
}

/// JSON without its last closing brace.
pub(super) fn broken(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(brace) = bytes.iter().rposition(|b| *b == b'}') {
        bytes.remove(brace);
    }
    bytes.into()
}

/// An error as the protocol says it.
pub(super) fn failure(protocol: Protocol, status: StatusCode, message: &str) -> Response<Paced> {
    let body = match protocol {
        Protocol::OpenAi => {
            let (kind, code) = match status.as_u16() {
                429 => ("requests", "rate_limit_exceeded"),
                400..=499 => ("invalid_request_error", "invalid_request"),
                _ => ("server_error", "server_error"),
            };
            json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
        }
        Protocol::DirectLine => {
            let code = match status.as_u16() {
                429 => "Throttled",
                400..=499 => "BadArgument",
                _ => "BotError",
            };
            json!({"error": {"code": code, "message": message}})
        }
        _ => json!({"error": message}),
    };
    json_answer(status, &body)
}

/// An answer in JSON.
pub(super) fn json_answer(status: StatusCode, value: &Value) -> Response<Paced> {
    answer(status, JSON, Paced::whole(value.to_string().into()))
}

/// An answer.
pub(super) fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: Paced,
) -> Response<Paced> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let value = HeaderValue::from_static(content_type);
    answer.headers_mut().insert(CONTENT_TYPE, value);
    answer
}

/// Nothing is at this path.
pub(super) fn not_found(path: &str) -> Response<Paced> {
    let message = format!("nothing is at `{path}`");
    failure(Protocol::OpenAi, StatusCode::NOT_FOUND, &message)
}

/// The path wants another method.
pub(super) fn not_allowed(method: &'static str) -> Response<Paced> {
    let message = format!("this path takes {method}");
    let mut answer = failure(Protocol::OpenAi, StatusCode::METHOD_NOT_ALLOWED, &message);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    answer
}
