//! Whether a deployment is up, and if not, whether waiting can help.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, Uri};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::counts::Addresses;
use super::deployment::Deployment;
use super::dial::dial;
use super::exchange::{Exchange, Session};
use super::failure::Failure;
use super::progress::{Limits, Progress};
use super::request::Draft;
use super::{Customer, tls};
use crate::domain::TurnClass;

/// How long a handshake is waited for before plain HTTP is tried beside it.
const SILENCE: Duration = Duration::from_secs(1);
/// How long another protocol may take to show itself.
const SHOWS_ITSELF: Duration = Duration::from_secs(2);
/// What helps where TLS is spoken and was not asked for.
const SPEAKS_TLS: &str = "what listens there speaks TLS: write https:// or wss://";

/// Why a deployment is not ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Unready {
    /// What is wrong, in words, without secrets.
    pub problem: String,
    /// What mends it, where waiting does not.
    pub advice: Option<&'static str>,
}

impl Deployment {
    /// Asks once at a path whether the bot is up.
    pub(crate) async fn probe(&self, path: Uri) -> Result<(), Failure> {
        let tls = self.address.origin.tls;
        let asked = tokio::select! {
            asked = self.ask_once(path) => asked,
            failure = self.without_tls(), if tls => return Err(failure),
        };
        let doubt = match &asked {
            Ok(doubt) => doubt.clone(),
            Err(failure) => matches!(
                failure.class,
                TurnClass::Reset | TurnClass::Protocol | TurnClass::FirstEventTimeout
            )
            .then(|| failure.problem.clone()),
        };
        if let (Some(problem), false) = (doubt, tls)
            && timeout(SHOWS_ITSELF, self.speaks_tls()).await == Ok(true)
        {
            return Err(Failure::new(TurnClass::Protocol, problem).advised(SPEAKS_TLS));
        }
        asked.map(|_| ()).map_err(|failure| match failure.class {
            TurnClass::Protocol if failure.advice.is_none() => failure.advised(NO_HTTP),
            _ => failure,
        })
    }

    /// Asks whether the bot is up. It is where anything answers; what it says may be that it
    /// wants TLS.
    async fn ask_once(&self, path: Uri) -> Result<Option<String>, Failure> {
        let mut exchange = Exchange {
            deployment: self,
            session: &mut Session::default(),
            customer: &Customer::default(),
            message: None,
            limits: Limits::new(self.options.timeouts),
            progress: &mut Progress::default(),
        };
        let answer = exchange.fetch(Draft::new(Method::GET, path, &self.headers)).await;
        match (answer, exchange.progress.status) {
            (Ok(_), _) => Ok(None),
            (Err(failure), Some(400)) => Ok(Some(failure.problem).filter(|p| wants_tls(p))),
            // It may not know the path, or want a login: it is up.
            (Err(_), Some(status)) if !matches!(status, 502..=504) => Ok(None),
            (Err(failure), _) => Err(failure),
        }
    }

    /// Ends when it is known that plain HTTP is spoken where TLS was asked for. Such a
    /// server waits for the end of what it takes for a request, and says nothing.
    async fn without_tls(&self) -> Failure {
        sleep(SILENCE).await;
        if timeout(SHOWS_ITSELF, self.speaks_http()).await == Ok(true) {
            let at = self.address.origin.authority();
            let words = format!("{at} answers HTTP without TLS");
            return Failure::new(TurnClass::Tls, words).advised(tls::NO_TLS);
        }
        std::future::pending().await
    }

    async fn speaks_http(&self) -> bool {
        // These connections are no load: they count nowhere.
        let Ok((mut tcp, _)) = dial(&self.address.origin, &Addresses::default()).await else {
            return false;
        };
        let mut start = [0; 5];
        let question = b"GET / HTTP/1.0\r\n\r\n";
        tcp.write_all(question).await.is_ok()
            && tcp.read_exact(&mut start).await.is_ok()
            && start == *b"HTTP/"
    }

    async fn speaks_tls(&self) -> bool {
        let origin = &self.address.origin;
        let Ok((tcp, _)) = dial(origin, &Addresses::default()).await else {
            return false;
        };
        let Ok(name) = ServerName::try_from(origin.host.clone()) else {
            return false;
        };
        let connector = TlsConnector::from(Arc::clone(self.pool.tls_of_sockets()));
        match connector.connect(name, tcp).await {
            Ok(_) => true,
            // A certificate that is not taken is one, and so is the refusal of ours.
            Err(error) => {
                tls::refusal(&error).is_some_and(|refusal| refusal.advice != Some(tls::NO_TLS))
            }
        }
    }
}

/// What helps where something else than HTTP answers.
const NO_HTTP: &str = "give --target the address of a bot, and --protocol what it speaks";

/// Whether a server says that it was asked without TLS, as nginx, Apache and Go do.
fn wants_tls(problem: &str) -> bool {
    problem.contains("HTTPS") || problem.contains("SSL")
}
