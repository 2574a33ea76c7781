//! Making connections, and seeing when bytes leave.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::address::Origin;
use super::progress::Failure;
use crate::domain::TurnClass;

/// What became of connections so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionFacts {
    /// Connections that were made.
    pub made: u64,
    /// Requests that went over a connection which had served before.
    pub reused: u64,
    /// TLS handshakes that were completed.
    pub tls_handshakes: u64,
    /// Connections that could not be made, TLS included.
    pub failed: u64,
    /// Connections that are open now.
    pub open: u64,
    /// Requests that were sent again over a fresh connection, because the old one had
    /// closed before a byte of them was written.
    pub resent: u64,
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub made: Cell<u64>,
    pub reused: Cell<u64>,
    pub tls_handshakes: Cell<u64>,
    pub failed: Cell<u64>,
    pub open: Cell<u64>,
    pub resent: Cell<u64>,
}

impl Counters {
    pub fn up(counter: &Cell<u64>) {
        counter.set(counter.get() + 1);
    }

    pub fn facts(&self) -> ConnectionFacts {
        ConnectionFacts {
            made: self.made.get(),
            reused: self.reused.get(),
            tls_handshakes: self.tls_handshakes.get(),
            failed: self.failed.get(),
            open: self.open.get(),
            resent: self.resent.get(),
        }
    }
}

/// When bytes were last handed to the operating system, and how many there were.
#[derive(Debug)]
pub(super) struct WriteClock {
    born: Instant,
    last_ns: AtomicU64,
    bytes: AtomicU64,
}

impl WriteClock {
    fn new() -> Self {
        WriteClock {
            born: Instant::now(),
            last_ns: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
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
    pub(super) fn begin(&self) {
        self.left.set(false);
        *self.over.borrow_mut() = None;
    }

    /// It goes over this connection, and nothing of it is written yet.
    pub(super) fn watch(&self, clock: &Arc<WriteClock>) {
        *self.over.borrow_mut() = Some((Arc::clone(clock), clock.bytes()));
    }

    /// It has left.
    pub(super) fn mark(&self) {
        self.left.set(true);
    }
}

/// A TCP stream that stamps its writes.
#[derive(Debug)]
pub(super) struct Stamped {
    tcp: TcpStream,
    clock: Arc<WriteClock>,
}

/// A connection, in the clear or not.
#[derive(Debug)]
pub(super) enum Wire {
    Plain(Stamped),
    Tls(Box<TlsStream<Stamped>>),
}

/// A connection that was just made.
pub(super) struct Made {
    pub wire: Wire,
    pub clock: Arc<WriteClock>,
    /// TLS agreed on HTTP/2.
    pub h2: bool,
}

/// Connects to an origin.
///
/// # Errors
/// Why there is no connection: the name, the host or TLS.
pub(super) async fn connect(
    origin: &Origin,
    tls: &Arc<ClientConfig>,
    counters: &Counters,
) -> Result<Made, Failure> {
    let tcp = dial(origin).await?;
    // Without it the second small write of a connection waits for an acknowledgement:
    // 40 ms on every first request.
    tcp.set_nodelay(true)
        .map_err(|error| reset(origin, &error))?;
    let clock = Arc::new(WriteClock::new());
    let stamped = Stamped {
        tcp,
        clock: Arc::clone(&clock),
    };
    if !origin.tls {
        let wire = Wire::Plain(stamped);
        return Ok(Made {
            wire,
            clock,
            h2: false,
        });
    }
    let failed = |why: String| {
        Failure::new(
            TurnClass::Tls,
            format!("TLS with {}: {why}", origin.authority()),
        )
    };
    let name = ServerName::try_from(origin.host.clone()).map_err(|e| failed(e.to_string()))?;
    let stream = TlsConnector::from(Arc::clone(tls))
        .connect(name, stamped)
        .await
        .map_err(|error| failed(error.to_string()))?;
    Counters::up(&counters.tls_handshakes);
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Made {
        wire: Wire::Tls(Box::new(stream)),
        clock,
        h2,
    })
}

/// Tries the addresses of a name in their order.
async fn dial(origin: &Origin) -> Result<TcpStream, Failure> {
    let addresses: Vec<SocketAddr> = match origin.host.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, origin.port)],
        Err(_) => lookup_host((origin.host.as_str(), origin.port))
            .await
            .map_err(|error| no_address(origin, &error.to_string()))?
            .collect(),
    };
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = Some(error),
        }
    }
    let Some(error) = last else {
        return Err(no_address(origin, "the name has no address"));
    };
    let at = origin.authority();
    if let Some(what) = own_limit(&error) {
        let problem = format!("no connection to {at}: this machine has {what}");
        return Err(Failure::new(TurnClass::GeneratorLimit, problem));
    }
    Err(match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::new(
            TurnClass::ConnectRefused,
            format!("{at} refused the connection: is the bot running there?"),
        ),
        io::ErrorKind::TimedOut => {
            Failure::new(TurnClass::ConnectTimeout, format!("{at} did not answer"))
        }
        _ => reset(origin, &error),
    })
}

/// The limit of this machine that an error is about, where it is one: no bot can help it.
fn own_limit(error: &io::Error) -> Option<&'static str> {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::AddrNotAvailable, _) => {
            Some("no port left (net.ipv4.ip_local_port_range; `--reuse` keeps connections)")
        }
        (_, Some(EMFILE)) => Some("no file descriptor left for this process (ulimit -n)"),
        (_, Some(ENFILE)) => Some("no file descriptor left (fs.file-max)"),
        (_, Some(ENOBUFS)) | (io::ErrorKind::OutOfMemory, _) => Some("no memory left for it"),
        _ => None,
    }
}

/// Numbers of errors of Linux that `std` has no name for (errno(3)).
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENOBUFS: i32 = 105;

fn no_address(origin: &Origin, why: &str) -> Failure {
    Failure::new(
        TurnClass::Dns,
        format!("no address for `{}`: {why}", origin.host),
    )
}

fn reset(origin: &Origin, error: &io::Error) -> Failure {
    Failure::new(
        TurnClass::Reset,
        format!("connection to {}: {error}", origin.authority()),
    )
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
        match self.get_mut() {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
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
