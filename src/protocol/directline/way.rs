//! Requests of a conversation: what is sent to the service, and its streams.

use std::cell::Cell;
use std::time::{Duration, Instant};

use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, Method};
use serde_json::Value;

use super::Opened;
use super::activity::{Heard, Naming, watermark};
use crate::target::address::Address;
use crate::target::deployment::{Deployment, Setup};
use crate::target::exchange::Exchange;
use crate::target::failure::Failure;
use crate::target::json;
use crate::target::request::{Draft, JSON, uri};
use crate::target::socket::{Door, Frame, Socket};
use crate::target::{Customer, Reuse, TargetError};

/// Where the service of Microsoft has its paths.
const PREFIX: &str = "/v3/directline";

/// What all conversations share.
pub(crate) struct Plan {
    /// Path of all requests, without a slash at its end.
    pub(super) base: String,
    /// What is known of the bot's ways.
    pub(super) naming: Cell<Naming>,
}

impl Plan {
    pub fn new(setup: &mut Setup<'_, '_>) -> Result<Plan, Vec<TargetError>> {
        setup.reuse = Reuse::PerConversation;
        let prefix = setup.options.path_prefix.as_deref().unwrap_or(PREFIX);
        let prefix = prefix.trim_matches('/');
        let joint = if prefix.is_empty() { "" } else { "/" };
        let base = format!("{}{joint}{prefix}", setup.address.path);
        uri("path_prefix", &format!("{base}/"))?;
        Ok(Plan { base, naming: Cell::default() })
    }
}

/// A conversation that the service knows.
pub struct Open {
    pub id: String,
    pub token: Option<String>,
    pub refresh_at: Option<Instant>,
    pub socket: Option<Socket>,
    pub watermark: Option<String>,
    /// Activities of the customer so far.
    pub ours: Vec<String>,
}

impl Open {
    pub fn named(id: &str) -> Self {
        Open {
            id: id.to_owned(),
            token: None,
            refresh_at: None,
            socket: None,
            watermark: None,
            ours: Vec::new(),
        }
    }

    fn take_token(&mut self, opened: &Opened) {
        if let Some(token) = &opened.token {
            self.token = Some(token.clone());
            // A fifth of its life before it ends.
            self.refresh_at =
                opened.expires_s.map(|s| Instant::now() + Duration::from_secs_f64(s * 0.8));
        }
    }
}

/// The way to the service.
pub struct Way<'a> {
    pub plan: &'a Plan,
    pub deployment: &'a Deployment,
    pub customer: &'a Customer,
}

impl<'a> Way<'a> {
    pub fn of(plan: &'a Plan, exchange: &Exchange<'a>) -> Self {
        Way { plan, deployment: exchange.deployment, customer: exchange.customer }
    }

    pub fn draft(&self, method: Method, path: &str, open: Option<&Open>) -> Result<Draft, Failure> {
        let address = &self.deployment.address;
        let path = address.with_query(format!("{}{path}", self.plan.base));
        let uri = uri("url", &path).map_err(|error| Failure::protocol(error.to_string()))?;
        let draft = Draft::new(method, uri, &self.deployment.headers);
        Ok(match open.and_then(|open| open.token.as_deref()) {
            Some(token) => draft.bearer(token),
            None => draft,
        })
    }

    pub fn activity(&self, open: &Open, text: &str) -> Result<Draft, Failure> {
        let body = serde_json::json!({
            "type": "message",
            "from": {"id": self.customer.id},
            "locale": self.customer.language,
            "text": text,
        });
        let path = format!("/conversations/{}/activities", open.id);
        let draft = self.draft(Method::POST, &path, Some(open))?;
        Ok(draft.body(JSON, body.to_string()))
    }

    pub fn poll(&self, open: &Open) -> Result<Draft, Failure> {
        let path = format!("/conversations/{}/activities", open.id);
        let path = match &open.watermark {
            Some(mark) => format!("{path}?watermark={mark}"),
            None => path,
        };
        self.draft(Method::GET, &path, Some(open))
    }

    /// The document of a reply, and its bytes.
    pub async fn fetch(
        &self,
        exchange: &mut Exchange<'_>,
        draft: Draft,
    ) -> Result<(Value, usize), Failure> {
        let (_, body) = exchange.fetch(draft).await?;
        if body.is_empty() {
            return Ok((Value::Null, 0));
        }
        let document = json::read(&body)
            .map_err(|error| Failure::json(format!("the reply is not JSON: {error}")))?;
        Ok((document, body.len()))
    }

    /// Begins the conversation: a token where there is a secret, the conversation, and
    /// its stream where one is offered.
    pub async fn open(&self, exchange: &mut Exchange<'_>) -> Result<Open, Failure> {
        let mut open = Open::named("");
        if self.deployment.headers.contains_key(AUTHORIZATION) {
            let draft = self.draft(Method::POST, "/tokens/generate", None)?;
            match self.fetch(exchange, draft).await {
                Ok((document, _)) => open.take_token(&Opened::read(&document)),
                // Stand-ins of the service may know no tokens: the secret serves then.
                Err(_) if exchange.progress.status == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        let draft = self.draft(Method::POST, "/conversations", Some(&open))?;
        let (document, _) = self.fetch(exchange, draft).await?;
        let opened = Opened::read(&document);
        open.take_token(&opened);
        open.id = opened.id.ok_or_else(|| Failure::protocol("the reply has no conversationId"))?;
        if let Some(url) = opened.stream_url {
            open.socket = self.stream(&url, exchange).await;
        }
        if open.socket.is_none() {
            // What the bot says before it is asked answers nothing.
            let draft = self.poll(&open)?;
            let (document, _) = self.fetch(exchange, draft).await?;
            open.watermark = watermark(&document).or(open.watermark);
            self.heard(&open).hear_set_between(&document);
        }
        Ok(open)
    }

    /// The ears of a turn.
    pub fn heard(&self, open: &Open) -> Heard<'_> {
        let settle = self.deployment.options.settle;
        let strays = &self.deployment.strays;
        let mut heard = Heard::new(&self.customer.id, settle, &self.plan.naming, strays);
        heard.earlier.clone_from(&open.ours);
        heard
    }

    /// The stream of a conversation, unless it is elsewhere or fails: then it is polled.
    async fn stream(&self, url: &str, exchange: &mut Exchange<'_>) -> Option<Socket> {
        let address = Address::parse("streamUrl", url).ok()?;
        let ours = &self.deployment.address.origin;
        if address.origin.host != ours.host {
            return None;
        }
        let path = address.with_query(address.path.clone());
        let door = Door {
            origin: &address.origin,
            path: &path,
            headers: HeaderMap::new(),
            subprotocol: None,
            ping: None,
            // Every conversation needs one besides that of its requests: were it counted,
            // conversations could wait for each other.
            counted: false,
        };
        Socket::open(door, exchange).await.ok()
    }

    pub async fn refresh(
        &self,
        open: &mut Open,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        if open.refresh_at.is_none_or(|at| at > Instant::now()) {
            return Ok(());
        }
        let draft = self.draft(Method::POST, "/tokens/refresh", Some(open))?;
        let (document, _) = self.fetch(exchange, draft).await?;
        open.take_token(&Opened::read(&document));
        Ok(())
    }
}

/// The next frame of a stream, where there is one.
pub async fn next(socket: &mut Option<Socket>) -> (Instant, Frame) {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}
