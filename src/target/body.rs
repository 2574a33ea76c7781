//! The body of a reply, whatever HTTP it came by.

use std::error::Error as _;
use std::io;

use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::http::response::Parts;

use super::failure::Failure;
use super::{http2, tls};
use crate::domain::TurnClass;

/// The body of a reply.
pub(crate) enum Body {
    H1(Incoming),
    H2(h2::RecvStream),
}

impl Body {
    pub fn of<B>(reply: Response<B>, body: fn(B) -> Body) -> (Parts, Body) {
        let (head, rest) = reply.into_parts();
        (head, body(rest))
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn data(&mut self) -> Result<Option<Bytes>, Failure> {
        match self {
            Body::H1(body) => loop {
                match body.frame().await {
                    None => return Ok(None),
                    Some(Err(error)) => return Err(broken(&error)),
                    // What is no data are trailers.
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            return Ok(Some(data));
                        }
                    }
                }
            },
            Body::H2(body) => match body.data().await {
                None => Ok(None),
                // The bot has said all, and wants no more of the request (RFC 9113, 8.1).
                Some(Err(error)) if error.reason() == Some(h2::Reason::NO_ERROR) => Ok(None),
                Some(Err(error)) => Err(http2::broken(&error)),
                Some(Ok(data)) => {
                    // The bot may send as much again. Of a stream that is over nobody minds.
                    let _ = body.flow_control().release_capacity(data.len());
                    Ok(Some(data))
                }
            },
        }
    }
}

/// What a broken exchange was.
pub(super) fn broken(error: &hyper::Error) -> Failure {
    if error.is_parse() {
        return Failure::protocol(format!("the reply is not HTTP: {}", causes(error)));
    }
    let mut source = error.source();
    while let Some(cause) = source {
        let broke = cause.downcast_ref::<io::Error>();
        if let Some(refusal) = broke.and_then(tls::refusal) {
            return refusal;
        }
        // Bodies that end early and chunks that are none come as these.
        let kind = broke.map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) {
            return Failure::protocol(format!("the reply is not HTTP: {}", causes(error)));
        }
        source = cause.source();
    }
    Failure::new(
        TurnClass::Reset,
        format!("the connection broke before the reply was complete: {}", causes(error)),
    )
}

fn causes(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
