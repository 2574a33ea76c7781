//! Bot Framework Direct Line 3.0.

pub(super) mod activity;

use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout_at};

use self::activity::{Flow, Heard, Opened, activities, watermark};
use super::address::Address;
use super::deployment::Deployment;
use super::exchange::Session;
use super::options::{Reuse, TargetError, TargetOptions};
use super::progress::{Failure, Limits, Progress};
use super::request::{Draft, JSON, uri};
use super::socket::{Door, Frame, Socket};
use super::{Customer, Message};

/// Where the service of Microsoft has its paths.
const PREFIX: &str = "/v3/directline";

/// What all conversations share.
pub(super) struct Plan {
    /// Path of all requests, without a slash at its end.
    base: String,
}

impl Plan {
    pub fn new(options: &TargetOptions, address: &Address) -> Result<Plan, TargetError> {
        let prefix = options.path_prefix.as_deref().unwrap_or(PREFIX);
        let prefix = prefix.trim_matches('/');
        let joint = if prefix.is_empty() { "" } else { "/" };
        let base = format!("{}{joint}{prefix}", address.path);
        uri("path_prefix", &format!("{base}/"))?;
        Ok(Plan { base })
    }

    /// The requests of a first turn.
    pub fn drafts(
        &self,
        deployment: &Deployment,
        customer: &Customer,
        message: &Message,
    ) -> Vec<Result<Draft, Failure>> {
        let way = Way {
            plan: self,
            deployment,
            customer,
        };
        let open = Open::named("CONVERSATION");
        let mut drafts = Vec::new();
        if deployment.headers.contains_key(AUTHORIZATION) {
            drafts.push(way.draft(Method::POST, "/tokens/generate", None));
        }
        drafts.push(way.draft(Method::POST, "/conversations", None));
        drafts.push(way.activity(&open, message));
        drafts.push(way.poll(&open));
        drafts
    }
}

/// A conversation that the service knows.
struct Open {
    id: String,
    token: Option<String>,
    refresh_at: Option<Instant>,
    socket: Option<Socket>,
    watermark: Option<String>,
    /// Activities of the customer so far.
    ours: Vec<String>,
}

impl Open {
    fn named(id: &str) -> Self {
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
            self.refresh_at = opened
                .expires_s
                .map(|s| Instant::now() + Duration::from_secs_f64(s * 0.8));
        }
    }
}

/// The way to the service.
struct Way<'a> {
    plan: &'a Plan,
    deployment: &'a Deployment,
    customer: &'a Customer,
}

impl Way<'_> {
    fn draft(&self, method: Method, path: &str, open: Option<&Open>) -> Result<Draft, Failure> {
        let address = &self.deployment.address;
        let path = address.with_query(format!("{}{path}", self.plan.base));
        let uri = uri("url", &path).map_err(|error| Failure::protocol(error.to_string()))?;
        let draft = Draft::new(method, uri, &self.deployment.headers);
        Ok(match open.and_then(|open| open.token.as_deref()) {
            Some(token) => draft.bearer(token),
            None => draft,
        })
    }

    fn activity(&self, open: &Open, message: &Message) -> Result<Draft, Failure> {
        let body = json!({
            "type": "message",
            "from": {"id": self.customer.id},
            "locale": self.customer.language,
            "text": message.text,
        });
        let path = format!("/conversations/{}/activities", open.id);
        let draft = self.draft(Method::POST, &path, Some(open))?;
        Ok(draft.body(JSON, body.to_string()))
    }

    fn poll(&self, open: &Open) -> Result<Draft, Failure> {
        let path = format!("/conversations/{}/activities", open.id);
        let path = match &open.watermark {
            Some(mark) => format!("{path}?watermark={mark}"),
            None => path,
        };
        self.draft(Method::GET, &path, Some(open))
    }

    async fn fetch(
        &self,
        session: &mut Session,
        draft: Draft,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Value, Failure> {
        let pool = &self.deployment.pool;
        let origin = &self.deployment.address.origin;
        let request = draft.request();
        let (_, body) = session
            .fetch(pool, origin, request, limits, progress)
            .await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        super::json::read(&body)
            .map_err(|error| Failure::json(format!("the reply is not JSON: {error}")))
    }

    /// Begins the conversation: a token where there is a secret, the conversation, and
    /// its stream where one is offered.
    async fn open(
        &self,
        session: &mut Session,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Open, Failure> {
        let mut open = Open::named("");
        if self.deployment.headers.contains_key(AUTHORIZATION) {
            let draft = self.draft(Method::POST, "/tokens/generate", None)?;
            match self.fetch(session, draft, limits, progress).await {
                Ok(document) => open.take_token(&Opened::read(&document)),
                // Stand-ins of the service may know no tokens: the secret serves then.
                Err(_) if progress.status == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        let draft = self.draft(Method::POST, "/conversations", Some(&open))?;
        let document = self.fetch(session, draft, limits, progress).await?;
        let opened = Opened::read(&document);
        open.take_token(&opened);
        open.id = opened
            .id
            .ok_or_else(|| Failure::protocol("the reply has no conversationId"))?;
        if let Some(url) = opened.stream_url {
            open.socket = self.stream(&url, limits, progress).await;
        }
        if open.socket.is_none() {
            // What the bot says before it is asked answers nothing.
            let draft = self.poll(&open)?;
            let document = self.fetch(session, draft, limits, progress).await?;
            open.watermark = watermark(&document).or(open.watermark);
        }
        Ok(open)
    }

    /// The stream of a conversation, unless it is elsewhere or fails: then it is polled.
    async fn stream(&self, url: &str, limits: &Limits, progress: &mut Progress) -> Option<Socket> {
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
        let pool = &self.deployment.pool;
        Socket::open(pool, door, limits, progress).await.ok()
    }

    async fn refresh(
        &self,
        open: &mut Open,
        session: &mut Session,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        if open.refresh_at.is_none_or(|at| at > Instant::now()) {
            return Ok(());
        }
        let draft = self.draft(Method::POST, "/tokens/refresh", Some(open))?;
        let document = self.fetch(session, draft, limits, progress).await?;
        open.take_token(&Opened::read(&document));
        Ok(())
    }
}

/// What is remembered of a conversation.
#[derive(Default)]
pub(super) struct Talk {
    open: Option<Open>,
}

impl Talk {
    pub async fn ask(
        &mut self,
        plan: &Plan,
        deployment: &Deployment,
        session: &mut Session,
        (customer, message): (&Customer, &Message),
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let way = Way {
            plan,
            deployment,
            customer,
        };
        let mut side = Progress::new();
        // Taken out, so that it is closed when the customer leaves midway.
        let opened = match self.open.take() {
            Some(mut open) => way
                .refresh(&mut open, session, limits, &mut side)
                .await
                .map(|()| open),
            None => way.open(session, limits, &mut side).await,
        };
        progress.absorb_step(&side, opened.is_err());
        let mut open = opened?;
        let mut turn = Speaking {
            way,
            session,
            limits,
            heard: Heard::new(&customer.id, deployment.options.settle),
        };
        let mut result = turn.speak(&mut open, message, progress).await;
        if let (Err(failure), Some(token)) = (&mut result, &open.token) {
            failure.problem = failure.problem.replace(token.as_str(), "***");
        }
        if deployment.options.reuse == Some(Reuse::PerTurn) {
            open.socket = None;
        }
        self.open = Some(open);
        result
    }

    pub async fn close(&mut self) {
        if let Some(socket) = self.open.take().and_then(|open| open.socket) {
            socket.close().await;
        }
    }
}

/// One turn.
struct Speaking<'a> {
    way: Way<'a>,
    session: &'a mut Session,
    limits: &'a Limits,
    heard: Heard,
}

impl Speaking<'_> {
    async fn speak(
        &mut self,
        open: &mut Open,
        message: &Message,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        if open.socket.as_mut().is_some_and(|socket| !socket.drain()) {
            open.socket = None;
        }
        let sent = Instant::now();
        let mut early = Vec::new();
        let draft = self.way.activity(open, message)?;
        let mut posted = Progress::new();
        posted.departure = Rc::clone(&progress.departure);
        let document = {
            let post = self
                .way
                .fetch(self.session, draft, self.limits, &mut posted);
            let mut post = pin!(post);
            loop {
                // Many bots reply on the stream before the post returns.
                tokio::select! {
                    document = &mut post => break document,
                    frame = next(&mut open.socket) => early.push(frame),
                }
            }
        };
        progress.written = posted.written;
        progress.headers = posted.headers;
        progress.status = posted.status;
        progress.absorb_step(&posted, document.is_err());
        let id = document?
            .get("id")
            .and_then(Value::as_str)
            .map(str::to_owned);
        self.heard.earlier.clone_from(&open.ours);
        open.ours.extend(id);
        let written = posted.written;
        // What came before the message was written is no reply to it.
        early.retain(|(at, _)| written.is_some_and(|written| written <= *at));
        for (at, frame) in early {
            if self.take_frame(open, at, frame, progress)? == Flow::Over {
                return Ok(());
            }
        }
        self.listen(open, sent, progress).await
    }

    fn take_frame(
        &mut self,
        open: &mut Open,
        at: Instant,
        frame: Frame,
        progress: &mut Progress,
    ) -> Result<Flow, Failure> {
        match frame {
            Frame::Text(text) if text.trim().is_empty() => Ok(self.heard.flow()), // a sign of life
            Frame::Text(text) => {
                let document = super::json::read(text.as_bytes())
                    .map_err(|error| Failure::json(format!("a frame is not JSON: {error}")))?;
                self.take_set(open, at, &document, progress)
            }
            Frame::Closed(..) => {
                open.socket = None;
                Ok(self.heard.flow())
            }
        }
    }

    fn take_set(
        &mut self,
        open: &mut Open,
        at: Instant,
        document: &Value,
        progress: &mut Progress,
    ) -> Result<Flow, Failure> {
        open.watermark = watermark(document).or(open.watermark.take());
        let set = activities(document)
            .ok_or_else(|| Failure::protocol("the reply has no list of activities"))?;
        for activity in set {
            self.heard.hear(activity, at, progress);
        }
        Ok(self.heard.flow())
    }

    /// Listens on the stream, and polls where there is none or it broke.
    async fn listen(
        &mut self,
        open: &mut Open,
        sent: Instant,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        loop {
            let flow = match open.socket.is_some() {
                true => {
                    let (wait, since) = self.heard.wait(sent);
                    let next = {
                        let frame = pin!(next(&mut open.socket));
                        let next = self.limits.wait(wait, since, frame);
                        match self.heard.settles {
                            Some(at) => timeout_at(at.into(), next).await,
                            None => Ok(next.await),
                        }
                    };
                    match next {
                        Ok(frame) => {
                            let (at, frame) = frame?;
                            self.take_frame(open, at, frame, progress)?
                        }
                        Err(_) => Flow::Over,
                    }
                }
                false => self.poll(open, sent, progress).await?,
            };
            if flow == Flow::Over {
                return Ok(());
            }
        }
    }

    async fn poll(
        &mut self,
        open: &mut Open,
        sent: Instant,
        progress: &mut Progress,
    ) -> Result<Flow, Failure> {
        let mut side = Progress::new();
        let draft = self.way.poll(open)?;
        let fetched = self
            .way
            .fetch(self.session, draft, self.limits, &mut side)
            .await;
        progress.absorb_step(&side, fetched.is_err());
        let at = Instant::now();
        if self.take_set(open, at, &fetched?, progress)? == Flow::Over {
            return Ok(Flow::Over);
        }
        let (wait, since) = self.heard.wait(sent);
        let interval = self.way.deployment.options.poll_interval;
        self.limits.wait(wait, since, pin!(sleep(interval))).await?;
        // A quiet time shorter than the interval is over: the next poll may still find more.
        Ok(self.heard.flow())
    }
}

async fn next(socket: &mut Option<Socket>) -> (Instant, Frame) {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}
