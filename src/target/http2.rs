//! HTTP/2: how a connection begins, what goes over it, and what its errors mean.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use h2::Reason;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{HeaderMap, Uri};

use super::address::Origin;
use super::connection::Wire;
use super::failure::Failure;
use super::tls;
use crate::domain::TurnClass;

/// What is taken in advance of a reply, and of all replies of a connection, bytes: those of
/// common clients.
const STREAM_BYTES: u32 = 2 << 20;
const CONNECTION_BYTES: u32 = 5 << 20;
/// Longest head of a reply, bytes.
const HEAD_BYTES: u32 = 64 * 1024;
/// How many streams the bot allows before it has said so. No bot says this.
const UNSAID: usize = usize::MAX - 1;
/// Headers of a connection, which HTTP/2 does not have (RFC 9113, section 8.2.2).
const OF_CONNECTIONS: [HeaderName; 5] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Begins HTTP/2, and waits until the bot has said how many streams it allows: what were
/// sent before might be beyond that.
///
/// # Errors
/// The connection broke, or what answers there is not HTTP/2.
pub(crate) async fn shake_hands(
    wire: Wire,
    origin: &Origin,
) -> Result<(SendRequest<Bytes>, Connection<Wire, Bytes>), Failure> {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .initial_window_size(STREAM_BYTES)
        .initial_connection_window_size(CONNECTION_BYTES)
        .max_header_list_size(HEAD_BYTES)
        .initial_max_send_streams(UNSAID);
    let failed = |error: h2::Error| not_begun(origin, &error);
    let (sender, mut connection) = builder.handshake(wire).await.map_err(failed)?;
    poll_fn(|cx| match Pin::new(&mut connection).poll(cx) {
        Poll::Ready(Err(error)) => Poll::Ready(Err(failed(error))),
        Poll::Ready(Ok(())) => {
            let words = format!("{}: the connection ended", origin.authority());
            Poll::Ready(Err(Failure::new(TurnClass::Reset, words)))
        }
        Poll::Pending if sender.current_max_send_streams() == UNSAID => Poll::Pending,
        Poll::Pending => Poll::Ready(Ok(())),
    })
    .await?;
    if sender.current_max_send_streams() == 0 {
        let words = format!("{} allows no HTTP/2 stream", origin.authority());
        return Err(Failure::protocol(words));
    }
    Ok((sender, connection))
}

fn not_begun(origin: &Origin, error: &h2::Error) -> Failure {
    let at = origin.authority();
    if error.is_library() {
        let words = format!("what answers at {at} is not HTTP/2 ({error})");
        return Failure::protocol(words).advised("leave out --http2");
    }
    let Failure { class, problem, .. } = broken(error);
    Failure::new(class, format!("{at}: {problem}"))
}

/// Sends a request. A sender of its own, for each may have one request that waits.
///
/// # Errors
/// The connection takes none any more; nothing was sent.
pub(crate) fn send(
    sender: &SendRequest<Bytes>,
    request: Request<Bytes>,
    origin: &Origin,
) -> Result<ResponseFuture, h2::Error> {
    let (mut parts, body) = request.into_parts();
    parts.uri = absolute(parts.uri, origin);
    strip(&mut parts.headers);
    if !body.is_empty() {
        let length = HeaderValue::from(body.len());
        parts.headers.entry(CONTENT_LENGTH).or_insert(length);
    }
    let head = Request::from_parts(parts, ());
    let (reply, mut stream) = sender.clone().send_request(head, body.is_empty())?;
    if !body.is_empty() {
        stream.send_data(body, true)?;
    }
    Ok(reply)
}

/// HTTP/2 names the host in the address of a request, not in a header.
fn absolute(uri: Uri, origin: &Origin) -> Uri {
    let mut parts = uri.clone().into_parts();
    let scheme = if origin.tls { Scheme::HTTPS } else { Scheme::HTTP };
    parts.scheme = Some(scheme);
    parts.authority = origin.authority().parse::<Authority>().ok();
    let root = PathAndQuery::from_static("/");
    parts.path_and_query.get_or_insert(root);
    Uri::from_parts(parts).unwrap_or(uri)
}

fn strip(headers: &mut HeaderMap) {
    headers.remove(HOST);
    for name in OF_CONNECTIONS {
        headers.remove(name);
    }
}

/// Whether the bot said that it has not acted on a request, which may then be sent again
/// (RFC 9113, section 8.7). Of a connection that ends, the library lets a GOAWAY reach only
/// those streams that come after the last one which the bot processed.
pub(crate) fn not_processed(error: &h2::Error) -> bool {
    let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
    error.is_remote() && (error.is_go_away() || refused)
}

/// What a broken exchange was.
pub(crate) fn broken(error: &h2::Error) -> Failure {
    if let Some(refusal) = error.get_io().and_then(tls::refusal) {
        return refusal;
    }
    if error.is_library() {
        return Failure::protocol(format!("the reply is not HTTP/2: {error}"));
    }
    let ended = error.get_io().map(io::Error::kind) == Some(io::ErrorKind::BrokenPipe);
    let words = match error.reason() {
        Some(reason) if error.is_go_away() => {
            format!("the bot ended the connection (GOAWAY, {reason:?})")
        }
        Some(reason) => format!("the bot reset the stream ({reason:?})"),
        None if ended => "the connection broke before the reply was complete".into(),
        None => format!("the connection broke before the reply was complete: {error}"),
    };
    Failure::new(TurnClass::Reset, words)
}
