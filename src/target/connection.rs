//! Making connections, and seeing when bytes leave.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::address::Origin;
use super::counts::Counters;
use super::dial::{broken, dial};
use super::progress::Failure;
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

/// A TCP stream that stamps its writes.
#[derive(Debug)]
pub(crate) struct Stamped {
    tcp: TcpStream,
    clock: Arc<WriteClock>,
}

/// A connection, in the clear or not.
#[derive(Debug)]
pub(crate) enum Wire {
    Plain(Stamped),
    Tls(Box<TlsStream<Stamped>>),
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

/// Connects to an origin.
///
/// # Errors
/// Why there is no connection: the name, the host or TLS.
pub(crate) async fn connect(
    origin: &Origin,
    config: &Arc<ClientConfig>,
    counters: &Counters,
) -> Result<Made, Failure> {
    connect_noting(origin, config, counters, &Cell::new(false)).await
}

/// The same; `reached` says when a TCP connection is there.
pub(crate) async fn connect_noting(
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
    let stamped = Stamped { tcp, clock: Arc::clone(&clock) };
    if !origin.tls {
        let wire = Wire::Plain(stamped);
        return Ok(Made { wire, clock, address, h2: false });
    }
    let name = ServerName::try_from(origin.host.clone()).map_err(|e| tls::no_name(origin, &e))?;
    let stream = TlsConnector::from(Arc::clone(config))
        .connect(name, stamped)
        .await
        .map_err(|error| tls::no_handshake(origin, &error))?;
    Counters::up(&counters.tls_handshakes);
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Made { wire: Wire::Tls(Box::new(stream)), clock, address, h2 })
}

impl Wire {
    fn clock(&self) -> &WriteClock {
        match self {
            Wire::Plain(stream) => &stream.clock,
            Wire::Tls(stream) => &stream.get_ref().0.clock,
        }
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let n = ready!(Pin::new(&mut self.tcp).poll_write(cx, buf))?;
        self.clock.wrote(n);
        Poll::Ready(Ok(n))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let n = ready!(Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs))?;
        self.clock.wrote(n);
        Poll::Ready(Ok(n))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (wire, before) = (self.get_mut(), buf.filled().len());
        let read = match wire {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        };
        let came = (buf.filled().len() - before) as u64;
        wire.clock().received.fetch_add(came, Ordering::Relaxed);
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Wire::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Wire::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
