//! How long connections may stay, and what is known of one: whether a request is being
//! answered, and since when one is coming.

use super::lock;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What HTTP/2 begins with; no request of HTTP/1 does.
const HTTP_2: &[u8] = b"PRI * HTTP/2";
/// What a client hears whose request does not come to its end.
pub(crate) const TOO_SLOW: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Bounds on what clients may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest time from the first byte of a request to the end of its head.
    pub head: Duration,
    /// Longest time from there to the end of its body.
    pub body: Duration,
    /// A connection on which nothing is asked for so long is closed.
    pub silence: Duration,
    /// Connections at once; more are taken as others end.
    pub connections: usize,
    /// Conversations of Direct Line that are remembered, at most.
    pub conversations: usize,
    /// Bytes of what was said in them, at most.
    pub conversation_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            silence: Duration::from_secs(120),
            connections: 1 << 15,
            conversations: 1 << 17,
            conversation_bytes: 256 << 20,
        }
    }
}

/// What a connection waits for.
#[derive(Debug)]
struct State {
    /// Whether anything has come.
    begun: bool,
    http_2: bool,
    /// Requests that are being answered: in HTTP/2 there may be several.
    in_service: u32,
    /// Since when none is.
    silent_since: Instant,
    /// Since when the head of a request is coming (HTTP/1).
    head_since: Option<Instant>,
}

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct Link {
    /// Whether it is to be reset instead of closed.
    reset: AtomicBool,
    /// Whether it ends because the head of its request did not.
    too_slow: AtomicBool,
    state: Mutex<State>,
}

/// Why a connection has been there for long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// The head of its request did not come to its end.
    Head,
    /// Nothing was asked.
    Silent,
}

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub(crate) struct InService(Arc<Link>);

impl Drop for InService {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.in_service = state.in_service.saturating_sub(1);
        state.silent_since = Instant::now();
    }
}

impl Link {
    pub(crate) fn new() -> Self {
        let state = State {
            begun: false,
            http_2: false,
            in_service: 0,
            silent_since: Instant::now(),
            head_since: None,
        };
        Self {
            reset: AtomicBool::new(false),
            too_slow: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    /// From now on its end is a reset.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    /// Whether it is to be reset instead of closed.
    pub(crate) fn is_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }

    /// It ends because the head of its request did not: the client hears so.
    pub(crate) fn end_too_slow(&self) {
        self.too_slow.store(true, Ordering::Relaxed);
    }

    /// Whether it ends because the head of its request did not.
    pub(crate) fn is_too_slow(&self) -> bool {
        self.too_slow.load(Ordering::Relaxed)
    }

    /// Bytes came.
    pub(crate) fn read(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut state = lock(&self.state);
        if !state.begun {
            state.begun = true;
            state.http_2 = bytes.starts_with(HTTP_2);
        }
        // Frames of HTTP/2 between requests are no head: its silence alone is limited.
        if state.in_service == 0 && !state.http_2 && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// The head of a request is whole.
    pub(crate) fn serve(self: &Arc<Self>) -> InService {
        let mut state = lock(&self.state);
        state.head_since = None;
        state.in_service += 1;
        drop(state);
        InService(Arc::clone(self))
    }

    /// Why it is to be closed, if it is.
    fn late(&self, limits: &Limits) -> Option<Late> {
        let state = lock(&self.state);
        if state.in_service > 0 {
            return None;
        }
        match state.head_since {
            Some(since) => (since.elapsed() >= limits.head).then_some(Late::Head),
            None => (state.silent_since.elapsed() >= limits.silence).then_some(Late::Silent),
        }
    }

    /// Ready when it has been there for long enough. It looks now and then: at most half
    /// a limit later, so that a request needs no timer of its own.
    pub(crate) async fn outstayed(&self, limits: &Limits) -> Late {
        let pause = limits.head.min(limits.silence) / 2;
        loop {
            sleep_until(Instant::now() + pause).await;
            if let Some(late) = self.late(limits) {
                return late;
            }
        }
    }
}
