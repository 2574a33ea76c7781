//! The scenario's bot as a server, whatever it speaks: `protocol` answers the requests.
//!
//! Whatever a customer with some key writes, the server answers what the simulated
//! bot answers to that customer under the same seed, after the same time. So a
//! client can be tested against a bot whose every answer is known.

pub(crate) mod answer;
mod connection;
pub(crate) mod counters;
pub(crate) mod faults;
pub(crate) mod link;
mod messages;
pub(crate) mod paced;
mod phrases;
pub(crate) mod server;
mod talks;
pub(crate) mod upgrade;

pub use counters::Handled;
pub use faults::{InjectedFault, InjectedKind, check_shares};
pub use link::Limits;
pub use messages::{LineProblem, Messages};

use crate::time::{SimDuration, SimTime};
use connection::Connection;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use link::{Late, Link};
use paced::Paced;
use server::Server;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How the bot is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of the bot's draws.
    pub seed: u64,
    /// The scenario's time at the start of the server.
    pub from: SimTime,
    /// Faults to inject, at most 64.
    pub faults: Vec<InjectedFault>,
    /// A conversation without a message for this long is over.
    pub idle: SimDuration,
    /// The texts that the bot understands.
    pub messages: Messages,
    /// What clients may hold.
    pub limits: Limits,
}

/// What a server has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Messages that came.
    pub messages: u64,
    /// Conversations that began.
    pub conversations: u64,
    /// Faults that were injected.
    pub faults: u64,
}

/// Wait before the next try when no connection can be taken (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Longest time for the end of a connection that is closed for its silence.
const GOODBYE: Duration = Duration::from_secs(1);

/// A lock whose holder has panicked is as good as any here: counts and turns only.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection is reset in the place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset on purpose")]
pub(crate) struct Reset;

/// Takes connections and has their requests answered until `shutdown` is there.
pub(crate) async fn attend_all<F>(
    server: Arc<Server>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
    respond: impl Fn(Arc<Link>, Request<Incoming>) -> F + Clone + Send + 'static,
) -> Served
where
    F: Future<Output = Result<Response<Paced>, Reset>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(server.options.limits.connections));
    let mut shutdown = pin!(shutdown);
    loop {
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await;
            server.freezes.pass().await;
            let (stream, _) = listener.accept().await?;
            io::Result::Ok((stream, place.map_err(io::Error::other)?))
        };
        let accepted = tokio::select! {
            () = &mut shutdown => return server.served(),
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, place)) => {
                tokio::spawn(attend(Arc::clone(&server), stream, place, respond.clone()));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Answers all requests of one connection, until it ends or has been there for long enough.
async fn attend<F>(
    server: Arc<Server>,
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    respond: impl Fn(Arc<Link>, Request<Incoming>) -> F,
) where
    F: Future<Output = Result<Response<Paced>, Reset>> + Send + 'static,
{
    // Small answers in several writes would otherwise wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    let link = Arc::new(Link::new());
    let (freezes, limits) = (Arc::clone(&server.freezes), server.options.limits);
    let connection = Connection::new(stream, Arc::clone(&freezes), Arc::clone(&link), place);
    let asked = Arc::clone(&link);
    let service = service_fn(move |request| respond(Arc::clone(&asked), request));
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut served =
        pin!(builder.serve_connection_with_upgrades(TokioIo::new(connection), service));
    loop {
        let late = tokio::select! {
            biased;
            // A client that goes away or breaks the protocol ends its own connection only.
            _ = &mut served => return,
            late = link.outstayed(&limits) => late,
        };
        // What came in a freeze has not been read: nobody was silent.
        if freezes.until().is_some() {
            freezes.pass().await;
            continue;
        }
        if late == Late::Head {
            return link.end_too_slow();
        }
        // HTTP/2 says that it goes.
        served.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(GOODBYE, served).await;
        return;
    }
}
