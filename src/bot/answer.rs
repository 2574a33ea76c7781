//! Answers over HTTP, whatever the protocol: what is said, what an error looks like, and what
//! injected faults do to both.

use super::counters::Handled;
use super::faults::InjectedKind;
use super::paced::Paced;
use super::server::{Question, Reply, Server};
use crate::target::Protocol;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

pub(crate) const JSON: &str = "application/json";
pub(crate) const EVENTS: &str = "text/event-stream";

/// What a client gets.
pub(crate) type Answer = Result<Response<Paced>, Instead>;

/// What comes in the place of the answer that was asked for.
pub(crate) enum Instead {
    /// Another answer.
    Answer(Box<Response<Paced>>),
    /// The connection is reset.
    Reset,
}

impl From<Response<Paced>> for Instead {
    fn from(answer: Response<Paced>) -> Self {
        Instead::Answer(Box::new(answer))
    }
}

/// The value of a field of a request's query.
pub(crate) fn field<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    let pairs = request.uri().query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, v)| v).next_back()
}

/// The body of an answer.
pub(crate) enum Content {
    /// All of it when the bot has its answer.
    Whole(Bytes),
    /// In parts, each at its time after the message.
    Stream(VecDeque<(Duration, Bytes)>),
}

/// How a protocol is counted, and how it says what is wrong.
#[derive(Clone, Copy)]
pub(crate) struct Voice {
    pub protocol: Protocol,
    /// The body of an error.
    pub error: fn(StatusCode, &str) -> Value,
}

impl Voice {
    /// Reads the JSON of a body.
    pub(crate) fn read<T: DeserializeOwned>(
        self,
        server: &Server,
        request: &Request<Bytes>,
    ) -> Result<T, Instead> {
        serde_json::from_slice(request.body()).map_err(|error| {
            let message = format!("the body cannot be read as JSON of this request: {error}");
            self.bad_request(server, &message)
        })
    }

    /// The request says something that is not understood.
    pub(crate) fn bad_request(self, server: &Server, message: &str) -> Instead {
        server.counters.count(self.protocol, Handled::BadRequest);
        self.failure(StatusCode::BAD_REQUEST, message).into()
    }

    /// What the bot answers; without room for the message, when to try again.
    pub(crate) fn ask(self, server: &Server, question: Question<'_>) -> Result<Reply, Instead> {
        server.ask(self.protocol, question).map_err(|refused| {
            let message = "the bot has no session free, or gets more requests than it takes";
            let mut answer = self.failure(StatusCode::TOO_MANY_REQUESTS, message);
            retry_after(&mut answer, refused.retry_after_s);
            answer.into()
        })
    }

    /// Whether the bot is up; the status of a bot that is down comes when its answer would.
    pub(crate) async fn up(self, reply: &Reply, down: StatusCode) -> Result<(), Instead> {
        if reply.handled != Handled::Failed {
            return Ok(());
        }
        self.before_answer(reply, true).await?;
        Err(self.failure(down, "the bot is down").into())
    }

    /// Sends what the bot says, with what the injected faults do to it.
    pub(crate) async fn deliver(
        self,
        reply: &Reply,
        content_type: &'static str,
        content: Content,
    ) -> Answer {
        self.before_answer(reply, matches!(content, Content::Whole(_))).await?;
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

    /// Waits for the moment of an answer, or of what an injected fault puts in its place.
    async fn before_answer(self, reply: &Reply, whole: bool) -> Result<(), Instead> {
        let delay = Duration::from_micros(reply.disturbance.delay.0);
        let wait = if whole && reaches_bot(reply) { delay + reply.latency } else { delay };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        match reply.disturbance.spoiled {
            Some(InjectedKind::Reset) => Err(Instead::Reset),
            Some(InjectedKind::Status { code, retry_after_s }) => {
                let status =
                    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut answer = self.failure(status, "an injected fault");
                if let Some(seconds) = retry_after_s {
                    retry_after(&mut answer, seconds);
                }
                Err(answer.into())
            }
            _ => Ok(()),
        }
    }

    /// An error as the protocol says it.
    pub(crate) fn failure(self, status: StatusCode, message: &str) -> Response<Paced> {
        json_answer(status, &(self.error)(status, message))
    }
}

/// Whether the message reaches the bot: what spoils the answer only does not hold it up.
pub(crate) fn reaches_bot(reply: &Reply) -> bool {
    !matches!(reply.disturbance.spoiled, Some(InjectedKind::Status { .. } | InjectedKind::Reset))
}

fn retry_after(answer: &mut Response<Paced>, seconds: u64) {
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
}

/// JSON without its last closing brace.
fn broken(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(brace) = bytes.iter().rposition(|b| *b == b'}') {
        bytes.remove(brace);
    }
    bytes.into()
}

/// An answer in JSON.
pub(crate) fn json_answer(status: StatusCode, value: &Value) -> Response<Paced> {
    answer(status, JSON, Paced::whole(value.to_string().into()))
}

/// An answer.
pub(crate) fn answer(
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

/// An error as most clients can read it: OpenAI's. Paths of no protocol have it.
pub(crate) fn common_error(status: StatusCode, message: &str) -> Value {
    let (kind, code) = match status.as_u16() {
        429 => ("requests", "rate_limit_exceeded"),
        400..=499 => ("invalid_request_error", "invalid_request"),
        _ => ("server_error", "server_error"),
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

/// Nothing is at this path.
pub(crate) fn not_found(path: &str) -> Response<Paced> {
    let (status, message) = (StatusCode::NOT_FOUND, format!("nothing is at `{path}`"));
    json_answer(status, &common_error(status, &message))
}

/// The path wants another method.
pub(crate) fn not_allowed(method: &'static str) -> Response<Paced> {
    let (status, message) = (StatusCode::METHOD_NOT_ALLOWED, format!("this path takes {method}"));
    let mut answer = json_answer(status, &common_error(status, &message));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    answer
}
