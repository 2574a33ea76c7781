//! Connections that wait to be used again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;
use tokio_rustls::rustls::ClientConfig;

use super::address::Origin;
use super::connection::connect;
use super::counts::Counters;
use super::failure::Failure;
use super::http2;
use super::link::{Leave, Link, Sender, is_usable};
use super::options::Reuse;
use super::progress::{Limits, Progress, Wait};
use super::room::Memory;
use super::shared::{Place, Shared, Ticket};
use super::tls;
use crate::domain::TurnClass;

/// A request with all that it sends. Boxed, as it moves from hand to hand.
pub(crate) type Outgoing = Box<Request<Bytes>>;

/// Where a connection is to lead, how long that may take, and where it is told of.
pub(crate) struct Reach<'a> {
    pub origin: &'a Origin,
    pub limits: Limits,
    pub progress: &'a mut Progress,
}

/// Most bytes that a connection buffers: heads of replies are smaller.
const BUFFER_BYTES: usize = 64 * 1024;

/// The right to use a connection for one exchange, or for a conversation. Dropped
/// instead of given back, it closes the connection (HTTP/1.1) or leaves it to the
/// others (HTTP/2, where dropping the reply resets its stream).
pub(crate) struct Lease {
    pub link: Rc<RefCell<Link>>,
    pub h2: bool,
    pub fresh: bool,
    _leave: Leave,
    _place: Option<Place>,
}

/// The connections of a deployment.
pub(crate) struct Pool {
    tls: Arc<ClientConfig>,
    tls_h1: Arc<ClientConfig>,
    http2: bool,
    reuse: Reuse,
    /// Leave for connections, and of how many there is leave.
    permits: Arc<Semaphore>,
    most: usize,
    idle: RefCell<HashMap<Origin, Vec<Rc<RefCell<Link>>>>>,
    shared: Rc<Shared>,
    /// The host does not speak HTTP/2 after all.
    only_h1: Cell<bool>,
    pub counters: Rc<Counters>,
    pub memory: Memory,
}

impl Pool {
    pub fn new(tls: ClientConfig, http2: bool, reuse: Reuse, most: Option<usize>) -> Self {
        let most = most.unwrap_or(Semaphore::MAX_PERMITS).clamp(1, Semaphore::MAX_PERMITS);
        let mut tls_h1 = tls.clone();
        tls_h1.alpn_protocols.retain(|name| name != b"h2");
        Pool {
            tls: Arc::new(tls),
            tls_h1: Arc::new(tls_h1),
            http2,
            reuse,
            permits: Arc::new(Semaphore::new(most)),
            most,
            idle: RefCell::default(),
            shared: Rc::default(),
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
    pub async fn lease(&self, held: Option<Lease>, to: &mut Reach<'_>) -> Result<Lease, Failure> {
        if let Some(lease) = held
            && lease.link.borrow().origin == *to.origin
            && is_usable(&lease.link).await
        {
            self.counters.up(|facts| &mut facts.reused);
            return Ok(Lease { fresh: false, ..lease });
        }
        // What is rare is boxed: its room would be room that every turn takes.
        if self.http2 && self.reuse == Reuse::Pooled && !self.only_h1.get() {
            return Box::pin(self.share(to)).await;
        }
        self.alone(to).await
    }

    /// A connection that no other exchange has.
    async fn alone(&self, to: &mut Reach<'_>) -> Result<Lease, Failure> {
        let leave = match self.leave_at_once() {
            None => Box::pin(self.leave(&to.limits)).await?,
            leave => leave,
        };
        while let Some(link) = self.pop_idle(to.origin) {
            if is_usable(&link).await {
                self.counters.up(|facts| &mut facts.reused);
                return Ok(lease_of(link, false, leave));
            }
        }
        Box::pin(self.make(leave, to)).await
    }

    /// A stream on a connection that all share. Where those that there are allow no more,
    /// another connection is made; where there may be no more of them, the request waits.
    async fn share(&self, to: &mut Reach<'_>) -> Result<Lease, Failure> {
        let (shared, limits) = (&self.shared, to.limits);
        let mut ticket: Option<Ticket> = None;
        let mut late = false;
        while !self.only_h1.get() {
            let ahead = ticket.as_ref().map_or(shared.waiting(), Ticket::ahead);
            if let Some(place) = shared.place(to.origin, ahead) {
                self.counters.up(|facts| &mut facts.reused);
                let lease = lease_of(place.link(), false, None);
                let _place = Some(place);
                return Ok(Lease { _place, ..lease });
            }
            let coming = shared.is_place_coming(ahead);
            if !coming && let leave @ Some(_) = self.leave_at_once() {
                let _making = shared.make();
                drop(ticket); // its place is on the connection that it makes
                return self.make(leave, to).await;
            }
            let ticket = ticket.get_or_insert_with(|| shared.queue());
            let wait = pin!(ticket.wait());
            if coming {
                let began = Instant::now();
                limits.wait(Wait::Connection, began, wait).await?;
                continue;
            }
            if !late {
                self.counters.up(|facts| &mut facts.waited);
                self.counters.up(|facts| &mut facts.waited_for_stream);
            }
            late = true;
            let waited = limits.wait_turn(wait).await;
            waited.map_err(|failure| self.none_free(&failure))?;
        }
        drop(ticket);
        self.alone(to).await
    }

    /// A new connection.
    pub async fn fresh(&self, to: &mut Reach<'_>) -> Result<Lease, Failure> {
        let leave = self.leave(&to.limits).await?;
        self.make(leave, to).await
    }

    fn pop_idle(&self, origin: &Origin) -> Option<Rc<RefCell<Link>>> {
        self.idle.borrow_mut().get_mut(origin)?.pop()
    }

    /// Leave for one more connection, if there is any.
    fn leave_at_once(&self) -> Leave {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// Leave for one more connection. Waiting for it is no time of the bot's.
    pub async fn leave(&self, limits: &Limits) -> Result<Leave, Failure> {
        if let leave @ Some(_) = self.leave_at_once() {
            return Ok(leave);
        }
        self.counters.up(|facts| &mut facts.waited);
        let permit = pin!(Arc::clone(&self.permits).acquire_owned());
        let permit = limits.wait_turn(permit).await;
        permit.map(Result::ok).map_err(|failure| self.none_free(&failure))
    }

    /// No connection was free for as long as a turn may take.
    fn none_free(&self, failure: &Failure) -> Failure {
        Failure::new(
            TurnClass::GeneratorLimit,
            format!("no connection was free, of {} at most: {}", self.most, failure.problem),
        )
    }

    async fn make(&self, leave: Leave, to: &mut Reach<'_>) -> Result<Lease, Failure> {
        let Reach { origin, limits, progress } = to;
        let began = Instant::now();
        progress.connects += 1;
        let reached = Cell::new(false);
        let opening = pin!(self.open(origin, &reached));
        let waited = limits.wait(Wait::Connection, began, opening).await;
        let made = match waited {
            Err(Failure { class, .. })
                if class == TurnClass::ConnectTimeout && origin.tls && reached.get() =>
            {
                Err(tls::silent(origin, limits.connect()))
            }
            waited => waited.and_then(|made| made),
        };
        progress.connecting += began.elapsed();
        let mut link = made.inspect_err(|_| self.counters.up(|facts| &mut facts.failed))?;
        let h2 = matches!(link.sender, Sender::H2(_));
        if self.http2 && !h2 {
            self.only_h1.set(true);
        }
        if !h2 || self.reuse != Reuse::Pooled {
            return Ok(lease_of(Rc::new(RefCell::new(link)), true, leave));
        }
        link.leave = leave;
        let link = Rc::new(RefCell::new(link));
        let _place = Some(self.shared.add(&link));
        let lease = lease_of(link, true, None);
        Ok(Lease { _place, ..lease })
    }

    async fn open(&self, origin: &Origin, reached: &Cell<bool>) -> Result<Link, Failure> {
        let made = connect(origin, &self.tls, &self.counters, reached).await?;
        let (sender, task) = if made.h2 || (self.http2 && !origin.tls) {
            let (sender, connection) = http2::shake_hands(made.wire, origin).await?;
            // Errors of a connection reach the requests on it.
            let task = tokio::spawn(async move { drop(connection.await) });
            (Sender::H2(sender), task)
        } else {
            let mut builder = http1::Builder::new();
            builder.max_buf_size(BUFFER_BYTES);
            let begun = builder.handshake(TokioIo::new(made.wire)).await;
            let (sender, connection) = begun.map_err(|error| {
                Failure::new(TurnClass::Reset, format!("{}: {error}", origin.authority()))
            })?;
            let task = tokio::spawn(async move { drop(connection.await) });
            (Sender::H1(sender), task)
        };
        self.counters.is_open(true);
        Ok(Link {
            sender,
            clock: made.clock,
            origin: origin.clone(),
            address: made.address,
            streams: 0,
            task,
            counters: Rc::clone(&self.counters),
            good_until: None,
            leave: None,
        })
    }

    /// After a complete exchange: keeps the connection for whom it is for.
    pub fn give_back(&self, lease: Lease, good_until: Option<Instant>, held: &mut Option<Lease>) {
        lease.link.borrow_mut().good_until = good_until;
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

fn lease_of(link: Rc<RefCell<Link>>, fresh: bool, leave: Leave) -> Lease {
    let h2 = matches!(link.borrow().sender, Sender::H2(_));
    Lease { link, h2, fresh, _leave: leave, _place: None }
}
