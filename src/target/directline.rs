//! Bot Framework Direct Line 3.0.

pub(super) mod activity;
mod way;

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Instant;

use hyper::Method;
use hyper::header::AUTHORIZATION;
use serde_json::Value;
use tokio::time::{sleep, timeout_at};

use self::activity::{Flow, Heard, Naming, activities, watermark};
use self::way::{Open, Way, next};
use super::address::Address;
use super::deployment::Deployment;
use super::exchange::Session;
use super::options::{Reuse, TargetError, TargetOptions};
use super::progress::{Failure, Limits, Progress};
use super::request::{Draft, uri};
use super::socket::Frame;
use super::strays::afterwards;
use super::{Customer, Message};

/// Where the service of Microsoft has its paths.
const PREFIX: &str = "/v3/directline";

/// What all conversations share.
pub(super) struct Plan {
    /// Path of all requests, without a slash at its end.
    base: String,
    /// What is known of the bot's ways.
    naming: Cell<Naming>,
}

impl Plan {
    pub fn new(options: &TargetOptions, address: &Address) -> Result<Plan, TargetError> {
        let prefix = options.path_prefix.as_deref().unwrap_or(PREFIX);
        let prefix = prefix.trim_matches('/');
        let joint = if prefix.is_empty() { "" } else { "/" };
        let base = format!("{}{joint}{prefix}", address.path);
        uri("path_prefix", &format!("{base}/"))?;
        Ok(Plan { base, naming: Cell::default() })
    }

    /// The requests of a first turn.
    pub fn drafts(
        &self,
        deployment: &Deployment,
        customer: &Customer,
        message: &Message,
    ) -> Vec<Result<Draft, Failure>> {
        let way = Way { plan: self, deployment, customer };
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
        let way = Way { plan, deployment, customer };
        let mut side = Progress::new();
        // Taken out, so that it is closed when the customer leaves midway.
        let opened = match self.open.take() {
            Some(mut open) => {
                way.refresh(&mut open, session, limits, &mut side).await.map(|()| open)
            }
            None => way.open(session, limits, &mut side).await,
        };
        progress.absorb_step(&side, opened.is_err());
        let mut open = opened?;
        let mut turn = Speaking { heard: way.heard(&open), way: &way, session, limits };
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

    /// Counts what still comes for a while after the last reply; where there is no stream,
    /// what one more poll has then.
    pub async fn listen_on(
        &mut self,
        plan: &Plan,
        deployment: &Deployment,
        session: &mut Session,
        customer: &Customer,
    ) {
        let Some(open) = &mut self.open else { return };
        let way = Way { plan, deployment, customer };
        let heard = way.heard(open);
        let time = afterwards(deployment.options.settle);
        if let Some(socket) = &mut open.socket {
            return socket.listen_on(time, |text| heard.hear_text(text)).await;
        }
        sleep(time).await;
        let limits = Limits::new(deployment.options.timeouts);
        let mut side = Progress::new();
        if let Ok(draft) = way.poll(open)
            && let Ok((document, _)) = way.fetch(session, draft, &limits, &mut side).await
        {
            heard.hear_set_between(&document);
        }
    }

    pub async fn close(&mut self) {
        if let Some(socket) = self.open.take().and_then(|open| open.socket) {
            socket.close().await;
        }
    }
}

/// One turn.
struct Speaking<'a> {
    way: &'a Way<'a>,
    session: &'a mut Session,
    limits: &'a Limits,
    heard: Heard<'a>,
}

impl Speaking<'_> {
    async fn speak(
        &mut self,
        open: &mut Open,
        message: &Message,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let heard = &self.heard;
        let between = |text: &str| heard.hear_text(text);
        if let Some(socket) = &mut open.socket
            && !socket.drain(between)
        {
            open.socket = None;
        }
        let sent = Instant::now();
        let mut early = Vec::new();
        let draft = self.way.activity(open, message)?;
        let mut posted = Progress::new();
        posted.departure = Rc::clone(&progress.departure);
        let document = {
            let post = self.way.fetch(self.session, draft, self.limits, &mut posted);
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
        let (document, _) = document?;
        let id = document.get("id").and_then(Value::as_str);
        self.heard.asked = id.map(str::to_owned);
        open.ours.extend(self.heard.asked.clone());
        let written = posted.written;
        for (at, frame) in early {
            // What came before the message was written is no reply to it.
            if written.is_none_or(|written| at < written) {
                if let Frame::Text(text, _) = frame {
                    self.heard.hear_text(&text);
                }
                continue;
            }
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
            // A sign of life.
            Frame::Text(text, _) if text.trim().is_empty() => Ok(self.heard.flow(progress)),
            Frame::Text(text, room) => {
                let document = super::json::read(text.as_bytes())
                    .map_err(|error| Failure::json(format!("a frame is not JSON: {error}")))?;
                drop(room);
                self.take_set(open, at, &(document, text.len()), progress)
            }
            Frame::Closed(..) | Frame::Wrong(_) => {
                open.socket = None;
                Ok(self.heard.flow(progress))
            }
        }
    }

    fn take_set(
        &mut self,
        open: &mut Open,
        at: Instant,
        (document, bytes): &(Value, usize),
        progress: &mut Progress,
    ) -> Result<Flow, Failure> {
        open.watermark = watermark(document).or(open.watermark.take());
        let set = activities(document)
            .ok_or_else(|| Failure::protocol("the reply has no list of activities"))?;
        if !set.is_empty() {
            progress.room.add(*bytes)?;
        }
        for activity in set {
            self.heard.hear(activity, at, progress);
        }
        Ok(self.heard.flow(progress))
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
                        match self.heard.wakes() {
                            Some(at) => timeout_at(at.into(), next).await,
                            None => Ok(next.await),
                        }
                    };
                    match next {
                        Ok(frame) => {
                            let (at, frame) = frame?;
                            self.take_frame(open, at, frame, progress)?
                        }
                        Err(_) => {
                            let quiet_at = self.heard.quiet_at();
                            let flow = self.heard.flow(progress);
                            progress.end = quiet_at.filter(|_| flow == Flow::Over);
                            flow
                        }
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
        let fetched = self.way.fetch(self.session, draft, self.limits, &mut side).await;
        progress.absorb_step(&side, fetched.is_err());
        let at = Instant::now();
        if self.take_set(open, at, &fetched?, progress)? == Flow::Over {
            return Ok(Flow::Over);
        }
        let (wait, since) = self.heard.wait(sent);
        let interval = self.way.deployment.options.poll_interval;
        self.limits.wait(wait, since, pin!(sleep(interval))).await?;
        // A quiet time shorter than the interval is over: the next poll may still find more.
        Ok(self.heard.flow(progress))
    }
}
