//! The REST channel of Rasa.

use std::rc::Rc;
use std::time::Instant;

use hyper::{Method, Uri};
use serde_json::Value;

use super::Posted;
use crate::protocol::client::{Client, Doing, Talk};
use crate::target::deployment::{Deployment, Setup};
use crate::target::exchange::{Answer, Exchange};
use crate::target::failure::Failure;
use crate::target::json::{self, written};
use crate::target::lines::Lines;
use crate::target::progress::Progress;
use crate::target::request::{Draft, JSON, uri};
use crate::target::template::Scene;
use crate::target::{Customer, TargetError};

/// What all conversations share; nothing is remembered of one.
pub(crate) struct Plan {
    webhook: Uri,
    root: Uri,
}

impl Plan {
    pub fn new(setup: &Setup<'_, '_>) -> Result<Plan, Vec<TargetError>> {
        let (address, base) = (setup.address, &setup.address.path);
        let mut path = match base.strip_suffix("/webhook") {
            Some(_) => base.clone(),
            None => format!("{base}/webhooks/rest/webhook"),
        };
        if setup.options.stream {
            path.push_str("?stream=true");
        }
        Ok(Plan {
            webhook: uri("url", &address.with_query(path))?,
            root: uri("url", &address.with_query(String::new()))?,
        })
    }

    fn draft(&self, deployment: &Deployment, customer: &Customer, text: &str) -> Draft {
        let body = Posted { sender: Some(customer.id.as_str().into()), message: Some(text.into()) };
        Draft::new(Method::POST, self.webhook.clone(), &deployment.headers)
            .body(JSON, written(&body))
    }
}

impl Client for Plan {
    fn open(self: Rc<Self>) -> Box<dyn Talk> {
        Box::new(self)
    }

    fn show(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String> {
        vec![deployment.show(Ok(self.draft(deployment, scene.customer, scene.text())))]
    }

    fn health(&self) -> Option<&Uri> {
        Some(&self.root)
    }
}

impl Talk for Rc<Plan> {
    fn ask<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, Result<(), Failure>> {
        Box::pin(async {
            let draft = self.draft(exchange.deployment, exchange.customer, exchange.text());
            let mut answer = exchange.send(draft).await?;
            if exchange.deployment.options.stream {
                read_lines(&mut answer, exchange).await?;
                exchange.finish(answer);
                return Ok(());
            }
            let (_, body) = exchange.read(answer).await?;
            if body.is_empty() {
                return Ok(()); // as status 204 has it: nothing is said
            }
            take_document(&body, Instant::now(), exchange.progress)
        })
    }
}

/// With `stream=true` Rasa calls it an event stream and sends lines of JSON.
async fn read_lines(answer: &mut Answer, exchange: &mut Exchange<'_>) -> Result<(), Failure> {
    let mut lines = Lines::default();
    let mut result = Ok(());
    answer.forget_headers();
    while let Some(bytes) = exchange.next(answer).await? {
        let at = Instant::now();
        let progress = &mut *exchange.progress;
        progress.room.add(bytes.len())?;
        lines.feed(&bytes, |line| {
            if result.is_ok() {
                result = take_document(line, at, progress);
            }
        });
        result.clone()?;
    }
    let at = Instant::now();
    lines.finish(|line| result = take_document(line, at, exchange.progress));
    result
}

/// Takes a message, or a list of them.
pub(crate) fn take_document(
    body: &[u8],
    at: Instant,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let document: Value = json::read(body)
        .map_err(|error| Failure::json(format!("the reply is not JSON: {error}")))?;
    match document {
        Value::Array(messages) => {
            messages.into_iter().try_for_each(|message| take_message(message, at, progress))
        }
        message => take_message(message, at, progress),
    }
}

fn take_message(message: Value, at: Instant, progress: &mut Progress) -> Result<(), Failure> {
    if message.get("recipient_id").is_none() && message.get("text").is_none() {
        let words = "the reply is no list of messages with recipient_id";
        return Err(Failure::protocol(words));
    }
    let text = message.get("text").and_then(Value::as_str);
    let says = ["text", "image", "buttons", "attachment", "custom"]
        .iter()
        .any(|key| message.get(*key).is_some_and(says_something));
    if says {
        progress.message(at, text);
    }
    progress.reply.documents.push(message);
    Ok(())
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
