//! Making connections, and seeing when bytes leave.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::address::Origin;
use super::counts::Counters;
use super::dial::{broken, dial};
use super::failure::Failure;
use super::tls;

/// When bytes were last handed to the operating system, how many there were, and how many
/// came back.
#[derive(Debug)]
pub(crate) struct WriteClock {
    born: Instant,
    last_ns: AtomicU64,
    bytes: AtomicU64,
    received: AtomicU64,
}

impl WriteClock {
    fn new() -> Self {
        WriteClock {
            born: Instant::now(),
            last_ns: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            received: AtomicU64::new(0),
        }
    }

    fn wrote(&self, bytes: usize) {
        let ns = self.born.elapsed().as_nanos() as u64;
        self.last_ns.store(ns, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes that came so far, those of TLS itself left out.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The moment of the last write.
    pub fn last(&self) -> Instant {
        self.born + Duration::from_nanos(self.last_ns.load(Ordering::Relaxed))
    }
}

/// Whether a message has left this machine, for whoever watches its turn from outside.
#[derive(Debug, Default)]
pub struct Departure {
    left: Cell<bool>,
    /// The connection that it goes over, and how much had been written there before.
    over: RefCell<Option<(Arc<WriteClock>, u64)>>,
}

impl Departure {
    /// Whether any of it was handed to the operating system.
    #[must_use]
    pub fn has_left(&self) -> bool {
        let over = self.over.borrow();
        let wrote = over.as_ref().is_some_and(|(c, before)| c.bytes() > *before);
        self.left.get() || wrote
    }

    /// The next message begins.
    pub(crate) fn begin(&self) {
        self.left.set(false);
        *self.over.borrow_mut() = None;
    }

    /// It goes over this connection, and nothing of it is written yet.
    pub(crate) fn watch(&self, clock: &Arc<WriteClock>) {
        *self.over.borrow_mut() = Some((Arc::clone(clock), clock.bytes()));
    }

    /// It has left.
    pub(crate) fn mark(&self) {
        self.left.set(true);
    }
}

/// A stream of bytes, in the clear or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Debug + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Debug + Send + Unpin> Stream for S {}

/// A connection.
pub(crate) type Wire = Box<dyn Stream>;

/// A stream that stamps its writes, or counts what is read, or both: of TLS the bytes within
/// are read, and those around them are written.
#[derive(Debug)]
struct Stamped<S> {
    stream: S,
    clock: Arc<WriteClock>,
    stamps: bool,
    counts: bool,
}

/// A connection that was just made.
pub(crate) struct Made {
    pub wire: Wire,
    pub clock: Arc<WriteClock>,
    /// Which of the name's addresses it leads to.
    pub address: IpAddr,
    /// TLS agreed on HTTP/2.
    pub h2: bool,
}

/// Connects to an origin; `reached` says when a TCP connection is there.
///
/// # Errors
/// Why there is no connection: the name, the host or TLS.
pub(crate) async fn connect(
    origin: &Origin,
    config: &Arc<ClientConfig>,
    counters: &Counters,
    reached: &Cell<bool>,
) -> Result<Made, Failure> {
    let (tcp, address) = dial(origin, &counters.addresses).await?;
    reached.set(true);
    // Without it the second small write of a connection waits for an acknowledgement:
    // 40 ms on every first request.
    tcp.set_nodelay(true).map_err(|error| broken(origin, &error))?;
    let clock = Arc::new(WriteClock::new());
    let tcp = Stamped { stream: tcp, clock: Arc::clone(&clock), stamps: true, counts: !origin.tls };
    if !origin.tls {
        return Ok(Made { wire: Box::new(tcp), clock, address, h2: false });
    }
    let name = ServerName::try_from(origin.host.clone()).map_err(|e| tls::no_name(origin, &e))?;
    let stream = TlsConnector::from(Arc::clone(config))
        .connect(name, tcp)
        .await
        .map_err(|error| tls::no_handshake(origin, &error))?;
    counters.up(|facts| &mut facts.tls_handshakes);
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let wire = Stamped { stream, clock: Arc::clone(&clock), stamps: false, counts: true };
    Ok(Made { wire: Box::new(wire), clock, address, h2 })
}

impl<S: AsyncRead + Unpin> AsyncRead for Stamped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.counts {
            let came = (buf.filled().len() - before) as u64;
            self.clock.received.fetch_add(came, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> Stamped<S> {
    fn wrote(&self, bytes: usize) -> Poll<io::Result<usize>> {
        if self.stamps {
            self.clock.wrote(bytes);
        }
        Poll::Ready(Ok(bytes))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stamped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let n = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.wrote(n)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let n = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs))?;
        self.wrote(n)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
