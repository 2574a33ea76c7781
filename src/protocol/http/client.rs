//! JSON over HTTP: by template, or plainly.

use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Uri};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Posted, stream};
use crate::protocol::client::{Client, Doing, Talk};
use crate::target::callback::{Callbacks, Inbox};
use crate::target::deployment::{Deployment, Setup};
use crate::target::exchange::Exchange;
use crate::target::failure::Failure;
use crate::target::json::written;
use crate::target::progress::{Progress, Wait};
use crate::target::request::{Draft, JSON, uri};
use crate::target::template::{self, Callback, HttpTemplate, Scene, Source, Step};
use crate::target::{Customer, TargetError};

/// What all conversations share.
pub(crate) enum Plan {
    /// Without a template: one request for each turn.
    Plain(Uri),
    /// With where the bot posts its replies, if it does.
    Template(Box<HttpTemplate>, Option<Callbacks>),
}

impl Plan {
    pub fn new(setup: &mut Setup<'_, '_>) -> Result<Plan, Vec<TargetError>> {
        let address = setup.address;
        let Some(text) = setup.template.take() else {
            return Ok(Plan::Plain(uri("url", &address.with_query(address.path.clone()))?));
        };
        let template = template::http(text, address, setup.vault)?;
        let callbacks = template.callback.as_ref().map(Callbacks::bind).transpose()?;
        Ok(Plan::Template(Box::new(template), callbacks))
    }
}

impl Client for Plan {
    fn open(self: Rc<Self>) -> Box<dyn Talk> {
        Box::new(Conversation {
            plan: self,
            started: false,
            vars: BTreeMap::new(),
            history: Vec::new(),
            inbox: None,
        })
    }

    fn settle(&self, usual: Duration) -> Option<Duration> {
        match self {
            Plan::Template(template, _) => settle(template.callback.as_ref()?, usual),
            Plan::Plain(_) => None,
        }
    }

    fn has_tokens(&self) -> bool {
        let parts = match self {
            Plan::Template(template, _) => template.turn.stream.as_ref(),
            Plan::Plain(_) => None,
        };
        parts.is_some_and(|parts| parts.tokens.is_some())
    }

    fn callbacks(&self) -> Option<&Callbacks> {
        match self {
            Plan::Template(_, callbacks) => callbacks.as_ref(),
            Plan::Plain(_) => None,
        }
    }

    fn show(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String> {
        let show = |draft| deployment.show(draft);
        match self {
            Plan::Plain(uri) => {
                vec![show(Ok(plain(uri, deployment, scene.customer, scene.text())))]
            }
            Plan::Template(t, _) => {
                [t.start.as_ref(), Some(&t.turn), t.poll.as_ref(), t.end.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|step| show(step.draft(&deployment.headers, scene)))
                    .collect()
            }
        }
    }
}

fn plain(uri: &Uri, deployment: &Deployment, customer: &Customer, text: &str) -> Draft {
    let id = Some(customer.id.as_str().into());
    let body = Posted { conversation: id.clone(), customer: id, text: Some(text.into()) };
    Draft::new(Method::POST, uri.clone(), &deployment.headers).body(JSON, written(&body))
}

/// A conversation.
struct Conversation {
    plan: Rc<Plan>,
    started: bool,
    vars: BTreeMap<String, Value>,
    history: Vec<Value>,
    inbox: Option<Inbox>,
}

impl Talk for Conversation {
    fn ask<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, Result<(), Failure>> {
        Box::pin(async {
            let plan = Rc::clone(&self.plan);
            let (template, callbacks) = match &*plan {
                Plan::Plain(uri) => {
                    let (to, customer) = (exchange.deployment, exchange.customer);
                    let draft = plain(uri, to, customer, exchange.text());
                    let (headers, body) = exchange.fetch(draft).await?;
                    return take_reply(None, &headers, &body, exchange.progress);
                }
                Plan::Template(template, callbacks) => (template, callbacks),
            };
            if let (Some(callbacks), None) = (callbacks, &self.inbox) {
                self.inbox = Some(callbacks.open(&exchange.customer.id)?);
            }
            self.history.push(json!({"role": "user", "content": exchange.text()}));
            let result = self.steps(template, exchange).await;
            let said = exchange.remembered()?;
            self.history.extend(said.map(|text| json!({"role": "assistant", "content": text})));
            result
        })
    }

    /// Whether the steps of a template have begun, which may have an end step.
    fn has_end(&self) -> bool {
        self.started
    }

    /// The end step, if the conversation began. Whatever it says does not matter.
    fn close<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, ()> {
        Box::pin(async {
            let plan = Rc::clone(&self.plan);
            if let Plan::Template(template, _) = &*plan
                && let (Some(end), true) = (&template.end, self.started)
            {
                drop(self.step(end, exchange).await);
                self.started = false;
            }
            // Whatever the bot posts from now on is of nobody.
            self.inbox = None;
        })
    }
}

impl Conversation {
    async fn steps(
        &mut self,
        template: &HttpTemplate,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        if let (Some(start), false) = (&template.start, self.started) {
            exchange.aside(async |side| self.step(start, side).await).await?;
        }
        self.started = true;
        if let Some(inbox) = &mut self.inbox {
            exchange.deployment.strays.late(inbox.drain());
        }
        let sent = Instant::now();
        if let Some(parts) = &template.turn.stream {
            let scene = exchange.scene(&self.history, &self.vars);
            let draft = template.turn.draft(&exchange.deployment.headers, &scene)?;
            return stream::ask(&template.turn, parts, draft, exchange).await;
        }
        let (headers, body) = self.step(&template.turn, exchange).await?;
        if let (Some(callback), Some(inbox)) = (&template.callback, &mut self.inbox) {
            return listen(callback, inbox, sent, exchange).await;
        }
        let Some(poll) = &template.poll else {
            let reply = template.turn.reply.as_ref();
            return take_reply(reply, &headers, &body, exchange.progress);
        };
        if let Some(reply) = &template.turn.reply {
            take_reply(Some(reply), &headers, &body, exchange.progress)?;
        }
        self.poll(poll, sent, exchange).await
    }

    /// Asks again and again until the reply is there.
    async fn poll(
        &mut self,
        poll: &Step,
        sent: Instant,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        let every = poll.every.unwrap_or(exchange.deployment.options.poll_interval);
        let mut said = exchange.progress.first_content.is_some();
        loop {
            let step = async |side: &mut Exchange<'_>| self.step(poll, side).await;
            let (headers, body) = exchange.aside(step).await?;
            let progress = &mut *exchange.progress;
            let document = template::parse(&headers, &body);
            let found = words(poll.reply.as_ref(), &headers, &body, document.as_ref());
            let over = match &poll.until {
                Some(rule) => rule.holds(&String::from_utf8_lossy(&body), document.as_ref()),
                None => !found.is_empty(),
            };
            if !found.is_empty() && (over || !said) {
                said = true;
                // The last poll has the whole reply: it takes the place of what came before.
                progress.reply.text.clear();
                progress.message(Instant::now(), Some(&found.join("\n")));
            }
            if over {
                progress.reply.documents.extend(document);
                return Ok(());
            }
            let (wait, since) = match progress.last_content {
                Some(at) => (Wait::NextEvent, at),
                None => (Wait::FirstEvent, sent),
            };
            exchange.limits.wait(wait, since, pin!(sleep(every))).await?;
        }
    }

    async fn step(
        &mut self,
        step: &Step,
        exchange: &mut Exchange<'_>,
    ) -> Result<(HeaderMap, Bytes), Failure> {
        let scene = exchange.scene(&self.history, &self.vars);
        let draft = step.draft(&exchange.deployment.headers, &scene)?;
        let (headers, body) = exchange.fetch(draft).await?;
        step.take_vars(&headers, &body, &mut self.vars)?;
        Ok((headers, body))
    }
}

/// The quiet that ends a reply that is posted.
fn settle(callback: &Callback, usual: Duration) -> Option<Duration> {
    match callback.messages {
        None => Some(callback.settle.unwrap_or(usual)),
        Some(_) => callback.settle,
    }
}

/// Takes what the bot posts until the reply is over.
async fn listen(
    callback: &Callback,
    inbox: &mut Inbox,
    sent: Instant,
    exchange: &mut Exchange<'_>,
) -> Result<(), Failure> {
    let settle = settle(callback, exchange.deployment.options.settle);
    let (mut last, mut heard) = (sent, 0);
    loop {
        let wait = match heard {
            0 => Wait::FirstEvent,
            _ => Wait::NextEvent,
        };
        let quiet_at = settle.filter(|_| heard > 0).map(|time| last + time);
        let limits = exchange.limits;
        let next = limits.wait_or_quiet((wait, last), quiet_at, pin!(inbox.next())).await?;
        let Some((at, document, room)) = next else {
            exchange.progress.end = quiet_at;
            return Ok(()); // quiet for long enough
        };
        let bytes = room.bytes();
        drop(room);
        let progress = &mut *exchange.progress;
        progress.room.add(bytes)?;
        let words = match &callback.reply {
            Some(pointer) => document.pointer(pointer).map_or_else(Vec::new, template::texts),
            None => template::texts(&document),
        };
        // Without a text it is a picture, buttons, or something else for the customer.
        progress.message(at, Some(&words.join("\n")));
        progress.reply.documents.push(document);
        progress.begun = true;
        (last, heard) = (at, heard + 1);
        if callback.messages == Some(heard) {
            return Ok(());
        }
    }
}

/// What a reply says, message by message.
fn words(
    source: Option<&Source>,
    headers: &HeaderMap,
    body: &[u8],
    document: Option<&Value>,
) -> Vec<String> {
    if let Some(source) = source {
        return source
            .find(headers, body, document)
            .map_or_else(Vec::new, |value| template::texts(&value));
    }
    match document {
        Some(document) => {
            let found = template::texts(document);
            let object = document.is_object() && !has_text(document);
            if object { vec![document.to_string()] } else { found }
        }
        None => {
            let text = String::from_utf8_lossy(body).trim().to_owned();
            if text.is_empty() { Vec::new() } else { vec![text] }
        }
    }
}

fn has_text(document: &Value) -> bool {
    ["text", "reply", "message", "content"]
        .iter()
        .any(|key| document.get(*key).is_some_and(|v| !v.is_null()))
}

fn take_reply(
    source: Option<&Source>,
    headers: &HeaderMap,
    body: &[u8],
    progress: &mut Progress,
) -> Result<(), Failure> {
    let document = template::parse(headers, body);
    let looks_like_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    let wants_json = looks_like_json || matches!(source, Some(Source::Json(_)));
    if document.is_none() && wants_json && !body.is_empty() {
        return Err(Failure::json("the reply is not JSON"));
    }
    let at = Instant::now();
    for text in words(source, headers, body, document.as_ref()) {
        progress.message(at, Some(&text));
    }
    progress.reply.documents.extend(document);
    Ok(())
}
