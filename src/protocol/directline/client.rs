//! Conversations with a service, by its stream or by polling.

use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::Method;
use hyper::header::AUTHORIZATION;
use serde_json::Value;
use tokio::time::sleep;

use super::activity::{Flow, Heard, activities, watermark};
use super::way::{Open, Plan, Way, next};
use crate::protocol::client::{Client, Doing, Talk};
use crate::target::Reuse;
use crate::target::deployment::Deployment;
use crate::target::exchange::Exchange;
use crate::target::failure::Failure;
use crate::target::json;
use crate::target::progress::{Limits, Progress};
use crate::target::socket::Frame;
use crate::target::strays::afterwards;
use crate::target::template::Scene;

impl Client for Plan {
    fn open(self: Rc<Self>) -> Box<dyn Talk> {
        Box::new(Conversation { plan: self, open: None })
    }

    fn show(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String> {
        let way = Way { plan: self, deployment, customer: scene.customer };
        let open = Open::named("CONVERSATION");
        let mut drafts = Vec::new();
        if deployment.headers.contains_key(AUTHORIZATION) {
            drafts.push(way.draft(Method::POST, "/tokens/generate", None));
        }
        drafts.push(way.draft(Method::POST, "/conversations", None));
        drafts.push(way.activity(&open, scene.text()));
        drafts.push(way.poll(&open));
        drafts.into_iter().map(|draft| deployment.show(draft)).collect()
    }

    fn settle(&self, usual: Duration) -> Option<Duration> {
        Some(usual)
    }
}

/// A conversation.
struct Conversation {
    plan: Rc<Plan>,
    open: Option<Open>,
}

impl Talk for Conversation {
    fn ask<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, Result<(), Failure>> {
        Box::pin(async {
            let way = Way::of(&self.plan, exchange);
            // Taken out, so that it is closed when the customer leaves midway.
            let open = self.open.take();
            let opening = async |side: &mut Exchange<'_>| match open {
                Some(mut open) => way.refresh(&mut open, side).await.map(|()| open),
                None => way.open(side).await,
            };
            let mut open = exchange.aside(opening).await?;
            let mut turn = Speaking { heard: way.heard(&open), way: &way, exchange };
            let mut result = turn.speak(&mut open).await;
            if let (Err(failure), Some(token)) = (&mut result, &open.token) {
                failure.problem = failure.problem.replace(token.as_str(), "***");
            }
            if way.deployment.options.reuse == Some(Reuse::PerTurn) {
                open.socket = None;
            }
            self.open = Some(open);
            result
        })
    }

    fn has_end(&self) -> bool {
        true
    }

    /// Where there is no stream, what one more poll has then.
    fn listen_on<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, ()> {
        Box::pin(async {
            let Some(open) = &mut self.open else { return };
            let way = Way::of(&self.plan, exchange);
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
        })
    }

    fn close<'a>(&'a mut self, _: &'a mut Exchange<'_>) -> Doing<'a, ()> {
        Box::pin(async {
            if let Some(socket) = self.open.take().and_then(|open| open.socket) {
                socket.close().await;
            }
        })
    }
}

/// One turn.
struct Speaking<'a, 'e> {
    way: &'a Way<'a>,
    exchange: &'a mut Exchange<'e>,
    heard: Heard<'a>,
}

impl Speaking<'_, '_> {
    async fn speak(&mut self, open: &mut Open) -> Result<(), Failure> {
        let heard = &self.heard;
        let between = |text: &str| heard.hear_text(text);
        if let Some(socket) = &mut open.socket
            && !socket.drain(between)
        {
            open.socket = None;
        }
        let sent = Instant::now();
        let mut early = Vec::new();
        let draft = self.way.activity(open, self.exchange.text())?;
        let departure = Rc::clone(&self.exchange.progress.departure);
        let mut posted = Progress { departure, ..Progress::default() };
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
                    let limits = self.exchange.limits;
                    let (wait, wakes) = (self.heard.wait(sent), self.heard.wakes());
                    let frame =
                        limits.wait_or_quiet(wait, wakes, pin!(next(&mut open.socket))).await?;
                    match frame {
                        Some((at, frame)) => self.take_frame(open, at, frame)?,
                        None => {
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
        let draft = self.way.poll(open)?;
        let polling = async |side: &mut Exchange<'_>| self.way.fetch(side, draft).await;
        let fetched = self.exchange.aside(polling).await?;
        if self.take_set(open, Instant::now(), &fetched)? == Flow::Over {
            return Ok(Flow::Over);
        }
        let (wait, since) = self.heard.wait(sent);
        let interval = self.way.deployment.options.poll_interval;
        self.exchange.limits.wait(wait, since, pin!(sleep(interval))).await?;
        // A quiet time shorter than the interval is over: the next poll may still find more.
        Ok(self.flow())
    }
}
