//! Bots that answer later: they post their messages to us, and each message finds its
//! conversation by an identity in it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::failure::Failure;
use super::options::TargetError;
use super::room::{Memory, Room};
use super::template::{Callback, texts};

/// Longest body that a bot may post, bytes.
const BODY_BYTES: usize = 1 << 20;
/// Messages of one conversation that wait to be read; more are dropped.
const WAITING: usize = 256;
/// Pause after a connection that could not be taken.
const BREATH: Duration = Duration::from_millis(100);

/// What came of messages that a bot posted to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallbackFacts {
    /// Messages that found their conversation.
    pub delivered: u64,
    /// Messages of conversations that are not there, or without an identity: dropped.
    pub unknown: u64,
    /// Requests that were no POST of JSON of at most 1 MiB: refused.
    pub refused: u64,
    /// Messages beyond those that may wait for their conversation: dropped.
    pub overflown: u64,
}

impl CallbackFacts {
    /// All that reached no conversation.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.unknown + self.refused + self.overflown
    }
}

/// With when it came, and what it holds in memory.
type Posted = (Instant, Value, Room);

#[derive(Debug, Default)]
struct Board {
    inboxes: HashMap<String, mpsc::Sender<Posted>>,
    facts: CallbackFacts,
    memory: Memory,
}

type Shared = Arc<Mutex<Board>>;

/// The board; no code panics while it holds it.
fn lock(board: &Shared) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a bot posts its messages.
#[derive(Debug)]
pub(crate) struct Callbacks {
    pub address: SocketAddr,
    id: String,
    board: Shared,
    /// Until the first turn.
    listener: RefCell<Option<TcpListener>>,
    server: RefCell<Option<JoinHandle<()>>>,
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        if let Some(server) = self.server.get_mut() {
            server.abort();
        }
    }
}

impl Callbacks {
    /// Takes the address. Nothing is answered before the first turn.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn bind(callback: &Callback) -> Result<Self, TargetError> {
        let wrong = |error: std::io::Error| {
            let problem = format!("cannot listen at {}: {error}", callback.listen);
            TargetError::new("callback.listen", problem, "write a free port of this machine")
        };
        let listener = TcpListener::bind(callback.listen).map_err(wrong)?;
        listener.set_nonblocking(true).map_err(wrong)?;
        Ok(Self {
            address: listener.local_addr().map_err(wrong)?,
            id: callback.id.clone(),
            board: Shared::default(),
            listener: RefCell::new(Some(listener)),
            server: RefCell::new(None),
        })
    }

    pub fn facts(&self) -> CallbackFacts {
        lock(&self.board).facts
    }

    /// Opens the inbox of a conversation, and begins to answer with the first.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(&self, conversation: &str) -> Result<Inbox, Failure> {
        if let Some(listener) = self.listener.take() {
            let listener = tokio::net::TcpListener::from_std(listener)
                .map_err(|error| Failure::protocol(format!("no callbacks can come: {error}")))?;
            let serving = serve(listener, Arc::clone(&self.board), self.id.clone());
            *self.server.borrow_mut() = Some(tokio::spawn(serving));
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        lock(&self.board).inboxes.insert(conversation.to_owned(), sender);
        Ok(Inbox {
            conversation: conversation.to_owned(),
            board: Arc::clone(&self.board),
            receiver,
        })
    }
}

/// Messages of one conversation. Dropping it makes later ones unknown.
#[derive(Debug)]
pub(crate) struct Inbox {
    conversation: String,
    board: Shared,
    receiver: mpsc::Receiver<Posted>,
}

impl Drop for Inbox {
    fn drop(&mut self) {
        lock(&self.board).inboxes.remove(&self.conversation);
    }
}

impl Inbox {
    /// The next message and when it came.
    pub async fn next(&mut self) -> Posted {
        match self.receiver.recv().await {
            Some(posted) => posted,
            // Its sender stays on the board as long as the inbox is there.
            None => std::future::pending().await,
        }
    }

    /// Takes what has come since the last turn, which answers nothing; how much it is.
    pub fn drain(&mut self) -> usize {
        std::iter::from_fn(|| self.receiver.try_recv().ok()).count()
    }
}

async fn serve(listener: tokio::net::TcpListener, board: Shared, id: String) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(BREATH).await; // the bot's to try again
            continue;
        };
        let (board, id) = (Arc::clone(&board), id.clone());
        let answer = service_fn(move |request| {
            let (board, id) = (Arc::clone(&board), id.clone());
            async move { Ok::<_, Infallible>(take(request, &board, &id).await) }
        });
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer);
            // A bot that breaks its connection has said nothing by it.
            let _ = connection.await;
        });
    }
}

/// Takes one request of the bot.
async fn take(request: Request<Incoming>, board: &Shared, id: &str) -> Response<Empty<Bytes>> {
    let status = match read(request).await {
        Ok((document, bytes)) => {
            let at = Instant::now();
            let messages = match document {
                Value::Array(messages) => messages,
                message => vec![message],
            };
            let each = bytes / messages.len().max(1);
            let mut board = lock(board);
            messages.into_iter().for_each(|m| board.post((at, m), each, id));
            StatusCode::OK
        }
        Err(status) => {
            lock(board).facts.refused += 1;
            status
        }
    };
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

/// The JSON of a request and its bytes; else the status that says what is wrong with it.
async fn read(request: Request<Incoming>) -> Result<(Value, usize), StatusCode> {
    if request.method() != Method::POST {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let body = Limited::new(request.into_body(), BODY_BYTES).collect().await;
    let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?.to_bytes();
    let document = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok((document, body.len()))
}

impl Board {
    fn post(&mut self, (at, message): (Instant, Value), bytes: usize, id: &str) {
        let found = message.pointer(id).map(texts).and_then(|all| all.into_iter().next());
        let inbox = found.and_then(|id| self.inboxes.get(&id));
        let mut room = self.memory.room();
        let fits = room.add(bytes).is_ok();
        let taken = inbox.map(|inbox| fits && inbox.try_send((at, message, room)).is_ok());
        let counter = match taken {
            Some(true) => &mut self.facts.delivered,
            Some(false) => &mut self.facts.overflown,
            None => &mut self.facts.unknown,
        };
        *counter += 1;
    }
}
