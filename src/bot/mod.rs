//! The scenario's bot as a server that speaks the protocols of real ones.
//!
//! Whatever a customer with some key writes, the server answers what the simulated
//! bot answers to that customer under the same seed, after the same time. So a
//! client can be tested against a bot whose every answer is known.

mod connection;
mod counters;
mod direct_line;
mod faults;
mod http;
mod openai;
mod paced;
mod plain;
mod rasa;
mod rooms;
mod server;
mod talks;
mod websocket;

pub use counters::{Handled, Protocol};
pub use faults::{InjectedFault, InjectedKind, check_shares};

use crate::run::Messages;
use crate::scenario::Scenario;
use crate::time::{SimDuration, SimTime};
use connection::Connection;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use server::Server;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

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

/// Serves the scenario's bot until `shutdown` is there. A scenario without a bot
/// is served as one whose bot always fails.
pub async fn serve(
    scenario: Arc<Scenario>,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Served {
    let server = Arc::new(Server::new(scenario, options));
    let mut shutdown = pin!(shutdown);
    loop {
        let accept = async {
            server.freezes.pass().await;
            listener.accept().await
        };
        let accepted = tokio::select! {
            () = &mut shutdown => return server.served(),
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(attend(Arc::clone(&server), stream));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Answers all requests of one connection.
async fn attend(server: Arc<Server>, stream: TcpStream) {
    // Small answers in several writes would otherwise wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let freezes = Arc::clone(&server.freezes);
    let connection = Connection::new(stream, freezes, Arc::clone(&reset));
    let service = service_fn(move |request| {
        let (server, reset) = (Arc::clone(&server), Arc::clone(&reset));
        http::respond(server, reset, request)
    });
    // A client that goes away or breaks the protocol ends its own connection only.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection_with_upgrades(TokioIo::new(connection), service)
        .await;
}
