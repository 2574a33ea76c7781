//! JSON over HTTP: by template, or plainly.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use hyper::{Method, Uri};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::address::Address;
use super::callback::{Callbacks, Inbox};
use super::deployment::Deployment;
use super::exchange::Session;
use super::options::{TargetError, TargetOptions};
use super::progress::{Failure, Limits, Progress, Wait};
use super::request::{Draft, JSON, quoted, uri};
use super::secret::Vault;
use super::template::{self, Callback, HttpTemplate, Scene, Source, Step};
use super::{Customer, Message};

/// What all conversations share.
pub(super) enum Plan {
    /// Without a template: one request for each turn.
    Plain(Uri),
    /// With where the bot posts its replies, if it does.
    Template(Box<HttpTemplate>, Option<Callbacks>),
}

impl Plan {
    pub fn new(
        options: &TargetOptions,
        address: &Address,
        vault: &mut Vault<'_>,
    ) -> Result<Plan, Vec<TargetError>> {
        match &options.template {
            Some(text) => {
                let template = template::http(text, address, vault)?;
                let callbacks = template.callback.as_ref().map(Callbacks::bind);
                let callbacks = callbacks.transpose().map_err(|problem| vec![problem])?;
                Ok(Plan::Template(Box::new(template), callbacks))
            }
            None => uri("url", &address.with_query(address.path.clone()))
                .map(Plan::Plain)
                .map_err(|problem| vec![problem]),
        }
    }

    /// The quiet that ends a reply, where nothing else does.
    pub fn settle(&self, usual: Duration) -> Option<Duration> {
        match self {
            Plan::Template(template, _) => settle(template.callback.as_ref()?, usual),
            Plan::Plain(_) => None,
        }
    }

    /// Where the bot posts its replies.
    pub fn callbacks(&self) -> Option<&Callbacks> {
        match self {
            Plan::Template(_, callbacks) => callbacks.as_ref(),
            Plan::Plain(_) => None,
        }
    }

    /// The requests of a first turn.
    pub fn drafts(
        &self,
        deployment: &Deployment,
        scene: &Scene<'_>,
    ) -> Vec<Result<Draft, Failure>> {
        let headers = &deployment.headers;
        match (self, scene.message) {
            (Plan::Plain(uri), Some(message)) => {
                vec![Ok(plain(uri, deployment, scene.customer, message))]
            }
            (Plan::Plain(_), None) => Vec::new(),
            (Plan::Template(t, _), _) => {
                [t.start.as_ref(), Some(&t.turn), t.poll.as_ref(), t.end.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|step| step.draft(headers, scene))
                    .collect()
            }
        }
    }
}

fn plain(uri: &Uri, deployment: &Deployment, customer: &Customer, message: &Message) -> Draft {
    let (id, text) = (quoted(&customer.id), quoted(&message.text));
    let body = format!(r#"{{"conversation":{id},"customer":{id},"text":{text}}}"#);
    Draft::new(Method::POST, uri.clone(), &deployment.headers).body(JSON, body)
}

/// What is remembered of a conversation.
#[derive(Default)]
pub(super) struct Talk {
    started: bool,
    vars: BTreeMap<String, Value>,
    history: Vec<Value>,
    inbox: Option<Inbox>,
}

impl Talk {
    pub async fn ask(
        &mut self,
        plan: &Plan,
        deployment: &Deployment,
        session: &mut Session,
        asked: (&Customer, &Message),
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        match plan {
            Plan::Plain(uri) => {
                let request = plain(uri, deployment, asked.0, asked.1).request();
                let origin = &deployment.address.origin;
                let pool = &deployment.pool;
                let (headers, body) =
                    session.fetch(pool, origin, request, limits, progress).await?;
                take_reply(None, &headers, &body, progress)
            }
            Plan::Template(template, callbacks) => {
                if let (Some(callbacks), None) = (callbacks, &self.inbox) {
                    self.inbox = Some(callbacks.open(&asked.0.id)?);
                }
                let mut line = Line { deployment, session, limits, customer: asked.0 };
                let history = json!({"role": "user", "content": asked.1.text});
                self.history.push(history);
                let result = self.steps(template, &mut line, asked.1, progress).await;
                if !progress.reply.text.is_empty() {
                    let text = &progress.reply.text;
                    line.session.remember(&deployment.pool, text)?;
                    self.history.push(json!({"role": "assistant", "content": text}));
                }
                result
            }
        }
    }

    async fn steps(
        &mut self,
        template: &HttpTemplate,
        line: &mut Line<'_>,
        message: &Message,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        if let (Some(start), false) = (&template.start, self.started) {
            let mut side = Progress::new();
            let result = self.step(start, line, Some(message), &mut side).await;
            progress.absorb_step(&side, result.is_err());
            result?;
        }
        self.started = true;
        if let Some(inbox) = &mut self.inbox {
            line.deployment.strays.late(inbox.drain());
        }
        let sent = Instant::now();
        let (headers, body) = self.step(&template.turn, line, Some(message), progress).await?;
        if let (Some(callback), Some(inbox)) = (&template.callback, &mut self.inbox) {
            return listen(callback, inbox, line, sent, progress).await;
        }
        let Some(poll) = &template.poll else {
            return take_reply(template.turn.reply.as_ref(), &headers, &body, progress);
        };
        if let Some(reply) = &template.turn.reply {
            take_reply(Some(reply), &headers, &body, progress)?;
        }
        self.poll(poll, line, message, sent, progress).await
    }

    /// Asks again and again until the reply is there.
    async fn poll(
        &mut self,
        poll: &Step,
        line: &mut Line<'_>,
        message: &Message,
        sent: Instant,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let every = poll.every.unwrap_or(line.deployment.options.poll_interval);
        let mut said = progress.first_content.is_some();
        loop {
            let mut side = Progress::new();
            let result = self.step(poll, line, Some(message), &mut side).await;
            progress.absorb_step(&side, result.is_err());
            let (headers, body) = result?;
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
            line.limits.wait(wait, since, pin!(sleep(every))).await?;
        }
    }

    async fn step(
        &mut self,
        step: &Step,
        line: &mut Line<'_>,
        message: Option<&Message>,
        progress: &mut Progress,
    ) -> Result<(HeaderMap, hyper::body::Bytes), Failure> {
        let scene = Scene {
            customer: line.customer,
            message,
            history: &self.history,
            vars: &self.vars,
            shown: false,
        };
        let request = step.draft(&line.deployment.headers, &scene)?.request();
        let pool = &line.deployment.pool;
        let origin = &line.deployment.address.origin;
        let (headers, body) =
            line.session.fetch(pool, origin, request, line.limits, progress).await?;
        step.take_vars(&headers, &body, &mut self.vars)?;
        Ok((headers, body))
    }

    /// Whether the steps of a template have begun, which may have an end step.
    pub fn is_begun(&self) -> bool {
        self.started
    }

    /// The end step, if the conversation began. Whatever it says does not matter.
    pub async fn close(
        &mut self,
        plan: &Plan,
        deployment: &Deployment,
        session: &mut Session,
        customer: &Customer,
        limits: &Limits,
    ) {
        if let Plan::Template(template, _) = plan
            && let (Some(end), true) = (&template.end, self.started)
        {
            let mut line = Line { deployment, session, limits, customer };
            let mut side = Progress::new();
            drop(self.step(end, &mut line, None, &mut side).await);
            self.started = false;
        }
        // Whatever the bot posts from now on is of nobody.
        self.inbox = None;
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
    line: &Line<'_>,
    sent: Instant,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let settle = settle(callback, line.deployment.options.settle);
    let (mut last, mut heard) = (sent, 0);
    loop {
        let wait = match heard {
            0 => Wait::FirstEvent,
            _ => Wait::NextEvent,
        };
        let message = pin!(inbox.next());
        let next = line.limits.wait(wait, last, message);
        let next = match settle.filter(|_| heard > 0) {
            Some(time) => tokio::time::timeout_at((last + time).into(), next).await,
            None => Ok(next.await),
        };
        let Ok(next) = next else {
            progress.end = settle.map(|time| last + time);
            return Ok(()); // quiet for long enough
        };
        let (at, document, room) = next?;
        let bytes = room.bytes();
        drop(room);
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

/// The way to the bot.
struct Line<'a> {
    deployment: &'a Deployment,
    session: &'a mut Session,
    limits: &'a Limits,
    customer: &'a Customer,
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
