//! Connections that wait to be used again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::Either;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::header::HOST;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

use super::address::Origin;
use super::connection::{Counters, WriteClock, connect};
use super::options::Reuse;
use super::progress::{Failure, Limits, Progress, Wait};
use super::room::Memory;
use crate::domain::TurnClass;

type Whole = Request<Full<Bytes>>;

/// A request with all that it sends. Boxed, as it moves from hand to hand.
pub(super) type Outgoing = Box<Whole>;

/// Most bytes that a connection buffers: heads of replies are smaller.
const BUFFER_BYTES: usize = 64 * 1024;

/// How long a connection may take to say whether it can be used again.
const SETTLES: Duration = Duration::from_millis(100);

enum Sender {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(http2::SendRequest<Full<Bytes>>),
}

/// An open connection. It is closed when this is dropped, whatever goes on there.
pub(super) struct Link {
    sender: Sender,
    pub clock: Arc<WriteClock>,
    origin: Origin,
    task: JoinHandle<()>,
    counters: Rc<Counters>,
    /// It has served before.
    used: bool,
    /// The bot closes it then, by its own words.
    good_until: Option<Instant>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
        self.counters.open.set(self.counters.open.get() - 1);
    }
}

/// The right to use a connection for one exchange, or for a conversation. Dropped
/// instead of given back, it closes the connection (HTTP/1.1) or leaves it to the
/// others (HTTP/2, where dropping the reply resets its stream).
pub(super) struct Lease {
    pub link: Rc<RefCell<Link>>,
    pub h2: bool,
    pub fresh: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

/// The connections of a deployment.
pub(super) struct Pool {
    tls: Arc<ClientConfig>,
    tls_h1: Arc<ClientConfig>,
    http2: bool,
    reuse: Reuse,
    permits: Option<Arc<Semaphore>>,
    idle: RefCell<HashMap<Origin, Vec<Rc<RefCell<Link>>>>>,
    shared: RefCell<HashMap<Origin, Rc<RefCell<Link>>>>,
    /// Only one turn at a time makes the connection that all will share.
    making: Mutex<()>,
    /// The host does not speak HTTP/2 after all.
    only_h1: Cell<bool>,
    pub counters: Rc<Counters>,
    pub memory: Memory,
}

impl Pool {
    pub fn new(tls: ClientConfig, http2: bool, reuse: Reuse, most: Option<usize>) -> Self {
        let mut tls_h1 = tls.clone();
        tls_h1.alpn_protocols.retain(|name| name != b"h2");
        Pool {
            tls: Arc::new(tls),
            tls_h1: Arc::new(tls_h1),
            http2,
            reuse,
            permits: most.map(|n| Arc::new(Semaphore::new(n.clamp(1, Semaphore::MAX_PERMITS)))),
            idle: RefCell::default(),
            shared: RefCell::default(),
            making: Mutex::new(()),
            only_h1: Cell::new(false),
            counters: Rc::default(),
            memory: Memory::default(),
        }
    }

    /// TLS for WebSockets, which are begun by HTTP/1.1.
    pub fn tls_of_sockets(&self) -> &Arc<ClientConfig> {
        &self.tls_h1
    }

    /// A connection: the one that is held, one that is idle, or a new one.
    pub async fn lease(
        &self,
        held: Option<Lease>,
        origin: &Origin,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Lease, Failure> {
        if let Some(lease) = held
            && lease.link.borrow().origin == *origin
            && is_usable(&lease.link).await
        {
            Counters::up(&self.counters.reused);
            return Ok(Lease {
                fresh: false,
                ..lease
            });
        }
        // What is rare is boxed: its room would be room that every turn takes.
        if self.http2 && self.reuse == Reuse::Pooled && !self.only_h1.get() {
            return Box::pin(self.share(origin, limits, progress)).await;
        }
        let permit = match self.permits {
            Some(_) => Box::pin(self.permit(limits)).await?,
            None => None,
        };
        while let Some(link) = self.pop_idle(origin) {
            if is_usable(&link).await {
                Counters::up(&self.counters.reused);
                return Ok(lease_of(link, false, permit));
            }
        }
        Box::pin(self.make(origin, permit, limits, progress)).await
    }

    /// The connection that all share, made by the first who asks.
    async fn share(
        &self,
        origin: &Origin,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Lease, Failure> {
        let _guard = limits.wait_turn(pin!(self.making.lock())).await?;
        let shared = self.shared.borrow().get(origin).cloned();
        if let Some(link) = shared
            && is_usable(&link).await
        {
            Counters::up(&self.counters.reused);
            return Ok(lease_of(link, false, None));
        }
        self.fresh(origin, limits, progress).await
    }

    /// A new connection.
    pub async fn fresh(
        &self,
        origin: &Origin,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Lease, Failure> {
        let permit = self.permit(limits).await?;
        self.make(origin, permit, limits, progress).await
    }

    fn pop_idle(&self, origin: &Origin) -> Option<Rc<RefCell<Link>>> {
        self.idle.borrow_mut().get_mut(origin)?.pop()
    }

    /// Leave for one more connection.
    pub async fn permit(&self, limits: &Limits) -> Result<Option<OwnedSemaphorePermit>, Failure> {
        let Some(permits) = &self.permits else {
            return Ok(None);
        };
        let permit = Arc::clone(permits).acquire_owned();
        match limits.wait_turn(pin!(permit)).await {
            Ok(permit) => Ok(permit.ok()),
            Err(failure) => Err(Failure::new(
                TurnClass::ConnectTimeout,
                format!("no connection was free: {}", failure.problem),
            )),
        }
    }

    async fn make(
        &self,
        origin: &Origin,
        permit: Option<OwnedSemaphorePermit>,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Lease, Failure> {
        let began = Instant::now();
        progress.connects += 1;
        let made = limits
            .wait(Wait::Connection, began, pin!(self.open(origin)))
            .await
            .and_then(|made| made);
        progress.connecting += began.elapsed();
        let link = made.inspect_err(|_| Counters::up(&self.counters.failed))?;
        let h2 = matches!(link.sender, Sender::H2(_));
        let link = Rc::new(RefCell::new(link));
        if self.http2 && !h2 {
            self.only_h1.set(true);
        }
        if h2 && self.reuse == Reuse::Pooled {
            let mut shared = self.shared.borrow_mut();
            shared.insert(origin.clone(), Rc::clone(&link));
        }
        Ok(lease_of(link, true, permit))
    }

    async fn open(&self, origin: &Origin) -> Result<Link, Failure> {
        let made = connect(origin, &self.tls, &self.counters).await?;
        let failed = |error: hyper::Error| {
            Failure::new(TurnClass::Reset, format!("{}: {error}", origin.authority()))
        };
        let io = TokioIo::new(made.wire);
        let (sender, task) = if made.h2 || (self.http2 && !origin.tls) {
            let builder = http2::Builder::new(TokioExecutor::new());
            let (sender, connection) = builder.handshake(io).await.map_err(failed)?;
            // Errors of a connection reach the requests on it.
            let task = tokio::spawn(async move { drop(connection.await) });
            (Sender::H2(sender), task)
        } else {
            let mut builder = http1::Builder::new();
            builder.max_buf_size(BUFFER_BYTES);
            let (sender, connection) = builder.handshake(io).await.map_err(failed)?;
            let task = tokio::spawn(async move { drop(connection.await) });
            (Sender::H1(sender), task)
        };
        Counters::up(&self.counters.made);
        Counters::up(&self.counters.open);
        Ok(Link {
            sender,
            clock: made.clock,
            origin: origin.clone(),
            task,
            counters: Rc::clone(&self.counters),
            used: false,
            good_until: None,
        })
    }

    /// After a complete exchange: keeps the connection for whom it is for.
    pub fn give_back(&self, lease: Lease, good_until: Option<Instant>, held: &mut Option<Lease>) {
        {
            let mut link = lease.link.borrow_mut();
            link.used = true;
            link.good_until = good_until;
        }
        match self.reuse {
            Reuse::PerTurn => {}
            Reuse::PerConversation => *held = Some(lease),
            Reuse::Pooled if lease.h2 => {}
            Reuse::Pooled => {
                let origin = lease.link.borrow().origin.clone();
                let mut idle = self.idle.borrow_mut();
                idle.entry(origin).or_default().push(lease.link);
            }
        }
    }
}

fn lease_of(link: Rc<RefCell<Link>>, fresh: bool, permit: Option<OwnedSemaphorePermit>) -> Lease {
    let h2 = matches!(link.borrow().sender, Sender::H2(_));
    Lease {
        link,
        h2,
        fresh,
        _permit: permit,
    }
}

/// Whether a connection can take a request now. It settles at once: the connection's
/// task has only to notice that the last reply is over, or that the bot is gone. It
/// cannot where the bot replied before it had read the request.
async fn is_usable(link: &RefCell<Link>) -> bool {
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

impl Link {
    /// Hands a request to the connection; the reply's head is what is waited for.
    pub fn send(
        &mut self,
        request: Outgoing,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Whole>>> + use<> {
        match &mut self.sender {
            Sender::H1(sender) => Either::Left(sender.try_send_request(*request)),
            Sender::H2(sender) => {
                let request = absolute(*request, &self.origin);
                Either::Right(sender.try_send_request(request))
            }
        }
    }
}

/// HTTP/2 names the host in the address of a request, not in a header.
fn absolute(mut request: Whole, origin: &Origin) -> Whole {
    let mut parts = request.uri().clone().into_parts();
    let scheme = if origin.tls {
        Scheme::HTTPS
    } else {
        Scheme::HTTP
    };
    parts.scheme = Some(scheme);
    parts.authority = origin.authority().parse::<Authority>().ok();
    let root = PathAndQuery::from_static("/");
    parts.path_and_query.get_or_insert(root);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request.headers_mut().remove(HOST);
    request
}
