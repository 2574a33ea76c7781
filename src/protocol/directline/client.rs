//! Conversations with a service, by its stream or by polling.

use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::Method;
use hyper::header::AUTHORIZATION;
use serde_json::Value;
use tokio::time::{sleep, timeout_at};

use super::activity::{Flow, Heard, activities, watermark};
use super::way::{Open, Plan, Way, next};
use crate::protocol::client::{Client, Exchange};
use crate::target::address::Address;
use crate::target::deployment::Deployment;
use crate::target::json;
use crate::target::progress::{Failure, Limits, Progress};
use crate::target::secret::Vault;
use crate::target::socket::Frame;
use crate::target::strays::afterwards;
use crate::target::template::Scene;
use crate::target::{Message, Reuse, TargetError, TargetOptions};

impl Client for Plan {
    type Talk = Talk;

    const REUSE: Reuse = Reuse::PerConversation;

    fn new(
        options: &TargetOptions,
        address: &Address,
        _: &mut Vault<'_>,
    ) -> Result<Self, Vec<TargetError>> {
        Plan::prepare(options, address).map_err(|problem| vec![problem])
    }

    fn show(&self, deployment: &Deployment, scene: &Scene<'_>, message: &Message) -> Vec<String> {
        let way = Way { plan: self, deployment, customer: scene.customer };
        let open = Open::named("CONVERSATION");
        let mut drafts = Vec::new();
        if deployment.headers.contains_key(AUTHORIZATION) {
            drafts.push(way.draft(Method::POST, "/tokens/generate", None));
        }
        drafts.push(way.draft(Method::POST, "/conversations", None));
        drafts.push(way.activity(&open, message));
        drafts.push(way.poll(&open));
        drafts.into_iter().map(|draft| deployment.show(draft)).collect()
    }

    fn settle(&self, usual: Duration) -> Option<Duration> {
        Some(usual)
    }

    async fn ask(
        &self,
        talk: &mut Talk,
        message: &Message,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        Box::pin(talk.ask(self, message, exchange)).await
    }

    fn has_end(_: &Talk) -> bool {
        true
    }

    /// Where there is no stream, what one more poll has then.
    async fn listen_on(&self, talk: &mut Talk, exchange: &mut Exchange<'_>) {
        let Some(open) = &mut talk.open else { return };
        let way = Way::of(self, exchange);
        let heard = way.heard(open);
        let time = afterwards(way.deployment.options.settle);
        if let Some(socket) = &mut open.socket {
            return socket.listen_on(time, |text| heard.hear_text(text)).await;
        }
        sleep(time).await;
        exchange.limits = Limits::new(way.deployment.options.timeouts);
        if let Ok(draft) = way.poll(open)
            && let Ok((document, _)) = way.fetch(exchange, draft).await
        {
            heard.hear_set_between(&document);
        }
    }

    async fn close(&self, talk: &mut Talk, _: &mut Exchange<'_>) {
        if let Some(socket) = talk.open.take().and_then(|open| open.socket) {
            socket.close().await;
        }
    }
}

/// What is remembered of a conversation.
#[derive(Default)]
pub(crate) struct Talk {
    open: Option<Open>,
}

impl Talk {
    async fn ask(
        &mut self,
        plan: &Plan,
        message: &Message,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        let way = Way::of(plan, exchange);
        let mut side = Progress::new();
        // Taken out, so that it is closed when the customer leaves midway.
        let opened = {
            let mut step = exchange.step(&mut side);
            match self.open.take() {
                Some(mut open) => way.refresh(&mut open, &mut step).await.map(|()| open),
                None => way.open(&mut step).await,
            }
        };
        exchange.progress.absorb_step(&side, opened.is_err());
        let mut open = opened?;
        let mut turn = Speaking { heard: way.heard(&open), way: &way, exchange };
        let mut result = turn.speak(&mut open, message).await;
        if let (Err(failure), Some(token)) = (&mut result, &open.token) {
            failure.problem = failure.problem.replace(token.as_str(), "***");
        }
        if way.deployment.options.reuse == Some(Reuse::PerTurn) {
            open.socket = None;
        }
        self.open = Some(open);
        result
    }
}

/// One turn.
struct Speaking<'a, 'e> {
    way: &'a Way<'a>,
    exchange: &'a mut Exchange<'e>,
    heard: Heard<'a>,
}

impl Speaking<'_, '_> {
    async fn speak(&mut self, open: &mut Open, message: &Message) -> Result<(), Failure> {
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
        posted.departure = Rc::clone(&self.exchange.progress.departure);
        let document = {
            let mut step = self.exchange.step(&mut posted);
            let post = self.way.fetch(&mut step, draft);
            let mut post = pin!(post);
            loop {
                // Many bots reply on the stream before the post returns.
                tokio::select! {
                    document = &mut post => break document,
                    frame = next(&mut open.socket) => early.push(frame),
                }
            }
        };
        let progress = &mut *self.exchange.progress;
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
            if self.take_frame(open, at, frame)? == Flow::Over {
                return Ok(());
            }
        }
        self.listen(open, sent).await
    }

    fn take_frame(&mut self, open: &mut Open, at: Instant, frame: Frame) -> Result<Flow, Failure> {
        match frame {
            // A sign of life.
            Frame::Text(text, _) if text.trim().is_empty() => Ok(self.flow()),
            Frame::Text(text, room) => {
                let document = json::read(text.as_bytes())
                    .map_err(|error| Failure::json(format!("a frame is not JSON: {error}")))?;
                drop(room);
                self.take_set(open, at, &(document, text.len()))
            }
            Frame::Closed(..) | Frame::Wrong(_) => {
                open.socket = None;
                Ok(self.flow())
            }
        }
    }

    fn take_set(
        &mut self,
        open: &mut Open,
        at: Instant,
        (document, bytes): &(Value, usize),
    ) -> Result<Flow, Failure> {
        open.watermark = watermark(document).or(open.watermark.take());
        let set = activities(document)
            .ok_or_else(|| Failure::protocol("the reply has no list of activities"))?;
        let progress = &mut *self.exchange.progress;
        if !set.is_empty() {
            progress.room.add(*bytes)?;
        }
        for activity in set {
            self.heard.hear(activity, at, progress);
        }
        Ok(self.flow())
    }

    fn flow(&mut self) -> Flow {
        self.heard.flow(self.exchange.progress)
    }

    /// Listens on the stream, and polls where there is none or it broke.
    async fn listen(&mut self, open: &mut Open, sent: Instant) -> Result<(), Failure> {
        loop {
            let flow = match open.socket.is_some() {
                true => {
                    let (wait, since) = self.heard.wait(sent);
                    let next = {
                        let frame = pin!(next(&mut open.socket));
                        let next = self.exchange.wait(wait, since, frame);
                        match self.heard.wakes() {
                            Some(at) => timeout_at(at.into(), next).await,
                            None => Ok(next.await),
                        }
                    };
                    match next {
                        Ok(frame) => {
                            let (at, frame) = frame?;
                            self.take_frame(open, at, frame)?
                        }
                        Err(_) => {
                            let quiet_at = self.heard.quiet_at();
                            let flow = self.flow();
                            self.exchange.progress.end = quiet_at.filter(|_| flow == Flow::Over);
                            flow
                        }
                    }
                }
                false => self.poll(open, sent).await?,
            };
            if flow == Flow::Over {
                return Ok(());
            }
        }
    }

    async fn poll(&mut self, open: &mut Open, sent: Instant) -> Result<Flow, Failure> {
        let mut side = Progress::new();
        let draft = self.way.poll(open)?;
        let fetched = self.way.fetch(&mut self.exchange.step(&mut side), draft).await;
        self.exchange.progress.absorb_step(&side, fetched.is_err());
        let at = Instant::now();
        if self.take_set(open, at, &fetched?)? == Flow::Over {
            return Ok(Flow::Over);
        }
        let (wait, since) = self.heard.wait(sent);
        let interval = self.way.deployment.options.poll_interval;
        self.exchange.wait(wait, since, pin!(sleep(interval))).await?;
        // A quiet time shorter than the interval is over: the next poll may still find more.
        Ok(self.flow())
    }
}
