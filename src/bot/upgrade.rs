//! Connections that become WebSockets.

use super::answer::{Instead, Voice};
use super::paced::Paced;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Largest message that is read, bytes.
const LARGEST_MESSAGE: usize = 512 << 10;

pub(crate) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Says yes to a WebSocket; the connection is there when the answer is out.
pub(crate) fn accept(
    voice: Voice,
    request: &mut Request<Bytes>,
) -> Result<(Response<Paced>, OnUpgrade), Instead> {
    let required = || voice.failure(StatusCode::UPGRADE_REQUIRED, "this path is a WebSocket");
    accepted(request).ok_or_else(|| required().into())
}

fn accepted(request: &mut Request<Bytes>) -> Option<(Response<Paced>, OnUpgrade)> {
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
pub(crate) async fn open(upgrade: OnUpgrade) -> Option<Socket> {
    let upgraded = upgrade.await.ok()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE));
    let io = TokioIo::new(upgraded);
    Some(WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await)
}
