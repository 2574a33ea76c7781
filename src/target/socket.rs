//! A WebSocket with a task of its own, so that frames are stamped when they come and
//! pings are answered between turns too.

use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use hyper::header::{HOST, SEC_WEBSOCKET_PROTOCOL};
use hyper::http::HeaderValue;
use hyper::{HeaderMap, Uri};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::address::Origin;
use super::connection::{Wire, WriteClock, connect};
use super::counts::Counters;
use super::exchange::{Exchange, bad_status, retry_after};
use super::failure::Failure;
use super::link::Leave;
use super::pool::Pool;
use super::progress::{Progress, Wait};
use super::room::{Memory, Room};
use super::tls;
use crate::domain::TurnClass;

/// Buffers of a socket, bytes: replies of bots are short, sockets are many.
const BUFFER_BYTES: usize = 4 * 1024;
/// Longest message that is taken, bytes: until it is whole, only the socket knows of it.
const MESSAGE_BYTES: usize = 4 << 20;
/// Frames that wait to be read before the socket stops reading.
const WAITING: usize = 64;
/// How long a closing may take.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// What comes from a socket.
#[derive(Debug)]
pub(crate) enum Frame {
    /// With what it holds in memory while it waits.
    Text(String, Room),
    /// It is over, with the close code if there was one.
    Closed(Option<u16>, String),
    /// It is over, as the bot sent what it may not send.
    Wrong(Failure),
}

enum Command {
    Send(String, oneshot::Sender<Result<Instant, String>>),
    Close(oneshot::Sender<()>),
}

/// An open WebSocket. Dropping it closes its connection.
pub(crate) struct Socket {
    frames: mpsc::Receiver<(Instant, Frame)>,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
    counters: Rc<Counters>,
    leave: Leave,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
        self.counters.is_open(false);
    }
}

/// Where a socket leads.
pub(crate) struct Door<'a> {
    pub origin: &'a Origin,
    /// Path and query.
    pub path: &'a str,
    /// Headers besides those of the handshake.
    pub headers: HeaderMap,
    pub subprotocol: Option<&'a str>,
    pub ping: Option<Duration>,
    /// It counts against the limit of connections.
    pub counted: bool,
}

impl Socket {
    /// Opens a socket.
    ///
    /// # Errors
    /// No connection, or the bot does not take a WebSocket there.
    pub async fn open(door: Door<'_>, exchange: &mut Exchange<'_>) -> Result<Socket, Failure> {
        let (pool, limits) = (&exchange.deployment.pool, &exchange.limits);
        let leave = match door.counted {
            true => pool.leave(limits).await?,
            false => None,
        };
        let began = Instant::now();
        exchange.progress.connects += 1;
        let opened = limits
            .wait(Wait::Connection, began, pin!(shake_hands(pool, &door, exchange.progress)))
            .await;
        exchange.progress.connecting += began.elapsed();
        let counters = &pool.counters;
        let opened = opened.and_then(|opened| opened);
        let (stream, clock) = opened.inspect_err(|_| counters.up(|facts| &mut facts.failed))?;
        counters.is_open(true);
        let (frames_in, frames) = mpsc::channel(WAITING);
        let (commands, commands_in) = mpsc::channel(1);
        let memory = pool.memory.clone();
        let lines = (frames_in, commands_in);
        let task = tokio::spawn(serve(stream, clock, lines, door.ping, memory));
        Ok(Socket { frames, commands, task, counters: Rc::clone(counters), leave })
    }

    /// Sends a text; the moment when it was wholly written.
    ///
    /// # Errors
    /// The socket is closed.
    pub async fn send(&mut self, text: String) -> Result<Instant, Failure> {
        let (answer, written) = oneshot::channel();
        let gone = || Failure::new(TurnClass::Reset, "the WebSocket was closed");
        let command = Command::Send(text, answer);
        self.commands.send(command).await.map_err(|_| gone())?;
        match written.await {
            Ok(Ok(at)) => Ok(at),
            Ok(Err(why)) => Err(Failure::new(TurnClass::Reset, why)),
            Err(_) => Err(gone()),
        }
    }

    /// The next frame and when it came.
    pub async fn next(&mut self) -> (Instant, Frame) {
        self.frames.recv().await.unwrap_or_else(|| {
            let words = "the WebSocket is closed".to_owned();
            (Instant::now(), Frame::Closed(None, words))
        })
    }

    /// Takes what has come since the last turn, which answers nothing; whether the
    /// socket is still open.
    pub fn drain(&mut self, mut stray: impl FnMut(&str)) -> bool {
        while let Ok((_, frame)) = self.frames.try_recv() {
            let Frame::Text(text, _) = frame else {
                return false;
            };
            stray(&text);
        }
        !self.task.is_finished()
    }

    /// Takes what still comes within a time, which answers nothing, or until the socket
    /// is closed.
    pub async fn listen_on(&mut self, time: Duration, mut stray: impl FnMut(&str)) {
        self.leave = None; // who asks goes first
        let until = tokio::time::Instant::now() + time;
        while let Ok((_, Frame::Text(text, _))) = timeout_at(until, self.next()).await {
            stray(&text);
        }
    }

    /// Says goodbye and closes.
    pub async fn close(self) {
        let (answer, closed) = oneshot::channel();
        let closing = async {
            if self.commands.send(Command::Close(answer)).await.is_ok() {
                drop(closed.await);
            }
        };
        drop(timeout(CLOSES_WITHIN, closing).await);
    }
}

/// What a frame that closes the socket makes of a turn.
pub(crate) fn closed(code: Option<u16>, why: &str, progress: &mut Progress) -> Failure {
    match code {
        Some(code) => {
            progress.status = Some(code);
            let words = format!("the bot closed the WebSocket with code {code} {why}");
            Failure::new(TurnClass::WsClose, words.trim_end())
        }
        None => Failure::new(TurnClass::Reset, format!("the WebSocket broke: {why}")),
    }
}

async fn shake_hands(
    pool: &Pool,
    door: &Door<'_>,
    progress: &mut Progress,
) -> Result<(WebSocketStream<Wire>, Arc<WriteClock>), Failure> {
    let url = format!("{}{}", door.origin.websocket(), door.path);
    let bad = |error: &dyn std::fmt::Display| Failure::protocol(format!("{}: {error}", door.path));
    let uri: Uri = url.parse().map_err(|error| bad(&error))?;
    let mut request = uri.into_client_request().map_err(|error| bad(&error))?;
    for (name, value) in &door.headers {
        if name != HOST {
            request.headers_mut().insert(name, value.clone());
        }
    }
    if let Some(name) = door.subprotocol {
        let value = HeaderValue::from_str(name).map_err(|error| bad(&error))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, value);
    }
    let reached = Cell::new(false);
    let made = connect(door.origin, pool.tls_of_sockets(), &pool.counters, &reached).await?;
    // From here on it is the bot that takes its time.
    progress.step_written.get_or_insert_with(Instant::now);
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_frame_size(Some(MESSAGE_BYTES))
        .max_message_size(Some(MESSAGE_BYTES));
    match client_async_with_config(request, made.wire, Some(config)).await {
        Ok((stream, _)) => Ok((stream, made.clock)),
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            progress.status = Some(response.status().as_u16());
            progress.retry_after_s = retry_after(response.headers());
            Err(bad_status(response.status(), response.headers(), &body))
        }
        Err(Error::Io(error)) => Err(tls::refusal(&error).unwrap_or_else(|| {
            let words = format!("the WebSocket handshake broke: {error}");
            Failure::new(TurnClass::Reset, words)
        })),
        Err(error) => Err(Failure::protocol(format!("no WebSocket: {error}"))),
    }
}

/// Reads and writes until either side is done.
async fn serve(
    mut stream: WebSocketStream<Wire>,
    clock: Arc<WriteClock>,
    (frames, mut commands): (mpsc::Sender<(Instant, Frame)>, mpsc::Receiver<Command>),
    ping: Option<Duration>,
    memory: Memory,
) {
    let mut pings = ping.map(|every| {
        let mut pings = interval(every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        pings
    });
    loop {
        tokio::select! {
            // What is there is read before anything is sent: it answers nothing of that.
            biased;
            message = stream.next() => {
                let Some(frame) = read(message, &memory) else { continue };
                let over = !matches!(frame, Frame::Text(..));
                if frames.send((Instant::now(), frame)).await.is_err() || over {
                    // Lets the bot's closing be answered.
                    drop(timeout(CLOSES_WITHIN, stream.close(None)).await);
                    return;
                }
            }
            command = commands.recv() => match command {
                Some(Command::Send(text, answer)) => {
                    let sent = stream.send(Message::text(text)).await;
                    let result = sent.map(|()| clock.last()).map_err(|e| e.to_string());
                    drop(answer.send(result));
                }
                Some(Command::Close(answer)) => {
                    drop(stream.close(None).await);
                    while let Some(Ok(_)) = stream.next().await {}
                    let _ = answer.send(()); // whoever closes may have gone
                    return;
                }
                None => return,
            },
            () = tick(&mut pings) => {
                // A socket that is gone says so when it is read.
                drop(stream.send(Message::Ping(Bytes::new())).await);
            }
        }
    }
}

async fn tick(pings: &mut Option<Interval>) {
    match pings {
        Some(pings) => drop(pings.tick().await),
        None => std::future::pending().await,
    }
}

/// What a message is to a turn; `None` for pings and the like.
fn read(message: Option<Result<Message, Error>>, memory: &Memory) -> Option<Frame> {
    let text = |text: String| {
        let mut room = memory.room();
        match room.add(text.len()) {
            Ok(()) => Frame::Text(text, room),
            Err(failure) => Frame::Wrong(failure),
        }
    };
    match message {
        Some(Ok(Message::Text(words))) => Some(text(words.as_str().to_owned())),
        Some(Ok(Message::Binary(bytes))) => {
            Some(text(String::from_utf8_lossy(&bytes).into_owned()))
        }
        Some(Ok(Message::Close(frame))) => Some(match frame {
            Some(frame) => Frame::Closed(Some(frame.code.into()), frame.reason.to_string()),
            None => Frame::Closed(Some(1005), String::new()), // RFC 6455: no code was sent
        }),
        Some(Ok(_)) => None,
        Some(Err(Error::Io(error))) if error.kind() == io::ErrorKind::ConnectionReset => {
            Some(Frame::Closed(None, "reset by the bot".into()))
        }
        // The connection went away, by whatever words.
        Some(Err(
            error @ (Error::Io(_)
            | Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)),
        )) => Some(Frame::Closed(None, error.to_string())),
        Some(Err(Error::Capacity(_))) => Some(Frame::Wrong(Failure::protocol(format!(
            "a message on the WebSocket is longer than {} MiB",
            MESSAGE_BYTES >> 20
        )))),
        Some(Err(error)) => {
            let words = format!("what came is no WebSocket (RFC 6455): {error}");
            Some(Frame::Wrong(Failure::protocol(words)))
        }
        None => Some(Frame::Closed(None, "the connection ended".into())),
    }
}
