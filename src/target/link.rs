//! An open connection.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use h2::client::SendRequest;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::address::Origin;
use super::connection::WriteClock;
use super::counts::Counters;

/// Leave for one more connection.
pub(crate) type Leave = Option<OwnedSemaphorePermit>;

/// How long a connection may take to say whether it can be used again.
const SETTLES: Duration = Duration::from_millis(100);

pub(crate) enum Sender {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(SendRequest<Bytes>),
}

/// An open connection. It is closed when this is dropped, whatever goes on there.
pub(crate) struct Link {
    pub sender: Sender,
    pub clock: Arc<WriteClock>,
    pub origin: Origin,
    /// Which of the name's addresses it leads to.
    pub address: IpAddr,
    /// Exchanges that go on, where all share it.
    pub streams: usize,
    pub(super) task: JoinHandle<()>,
    pub counters: Rc<Counters>,
    /// The bot closes it then, by its own words.
    pub(super) good_until: Option<Instant>,
    /// The leave for it, where all share it.
    pub(super) leave: Leave,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
        self.counters.is_open(false);
    }
}

impl Link {
    /// Streams that the bot allows on it besides those that go on, to this origin.
    pub fn free_streams(&self, origin: &Origin) -> usize {
        match &self.sender {
            Sender::H2(sender) if self.origin == *origin => {
                let allowed = sender.current_max_send_streams();
                allowed.saturating_sub(self.streams)
            }
            _ => 0,
        }
    }

    /// Whether it is open, and the bot has not said that it is about to close it.
    pub fn takes_streams(&mut self) -> bool {
        match &mut self.sender {
            Sender::H1(_) => false,
            Sender::H2(sender) => {
                let mut nobody = Context::from_waker(Waker::noop());
                matches!(sender.poll_ready(&mut nobody), Poll::Ready(Ok(())))
            }
        }
    }
}

/// Whether a connection can take a request now. It settles at once: the connection's
/// task has only to notice that the last reply is over, or that the bot is gone. It
/// cannot where the bot replied before it had read the request.
pub(super) async fn is_usable(link: &RefCell<Link>) -> bool {
    let ready = std::future::poll_fn(|cx| {
        let link = &mut *link.borrow_mut();
        if link.good_until.is_some_and(|end| end <= Instant::now()) {
            return std::task::Poll::Ready(false);
        }
        match &mut link.sender {
            Sender::H1(sender) => sender.poll_ready(cx).map(|r| r.is_ok()),
            Sender::H2(sender) => sender.poll_ready(cx).map(|r| r.is_ok()),
        }
    });
    matches!(timeout(SETTLES, ready).await, Ok(true))
}
