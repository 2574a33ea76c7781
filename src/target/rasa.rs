//! The REST channel of Rasa.

use std::time::Instant;

use hyper::{Method, Uri};
use serde_json::Value;

use super::address::Address;
use super::deployment::Deployment;
use super::exchange::{Answer, Session};
use super::lines::Lines;
use super::options::{TargetError, TargetOptions};
use super::progress::{Failure, Limits, Progress};
use super::request::{Draft, JSON, quoted, uri};
use super::{Customer, Message};

/// What all conversations share.
pub(super) struct Plan {
    webhook: Uri,
    pub root: Uri,
}

impl Plan {
    pub fn new(options: &TargetOptions, address: &Address) -> Result<Plan, TargetError> {
        let base = &address.path;
        let mut path = match base.strip_suffix("/webhook") {
            Some(_) => base.clone(),
            None => format!("{base}/webhooks/rest/webhook"),
        };
        if options.stream {
            path.push_str("?stream=true");
        }
        Ok(Plan {
            webhook: uri("url", &address.with_query(path))?,
            root: uri("url", &address.with_query(String::new()))?,
        })
    }

    pub fn draft(&self, deployment: &Deployment, customer: &Customer, message: &Message) -> Draft {
        let (id, text) = (quoted(&customer.id), quoted(&message.text));
        let body = format!(r#"{{"sender":{id},"message":{text}}}"#);
        Draft::new(Method::POST, self.webhook.clone(), &deployment.headers).body(JSON, body)
    }

    pub async fn ask(
        &self,
        deployment: &Deployment,
        session: &mut Session,
        (customer, message): (&Customer, &Message),
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let request = self.draft(deployment, customer, message).request();
        let origin = &deployment.address.origin;
        let pool = &deployment.pool;
        let mut answer = session.send(pool, origin, request, limits, progress).await?;
        if deployment.options.stream {
            read_lines(&mut answer, limits, progress).await?;
            session.finish(pool, answer);
            return Ok(());
        }
        let (_, body) = session.read(pool, answer, limits, progress).await?;
        if body.is_empty() {
            return Ok(()); // as status 204 has it: nothing is said
        }
        take_document(&body, Instant::now(), progress)
    }
}

/// With `stream=true` Rasa calls it an event stream and sends lines of JSON.
async fn read_lines(
    answer: &mut Answer,
    limits: &Limits,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let mut lines = Lines::default();
    let mut result = Ok(());
    answer.forget_headers();
    while let Some(bytes) = answer.next(limits, progress).await? {
        let at = Instant::now();
        progress.room.add(bytes.len())?;
        lines.feed(&bytes, |line| {
            if result.is_ok() {
                result = take_document(line, at, progress);
            }
        });
        result.clone()?;
    }
    let at = Instant::now();
    lines.finish(|line| result = take_document(line, at, progress));
    result
}

/// Takes a message, or a list of them.
pub(super) fn take_document(
    json: &[u8],
    at: Instant,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let document: Value = super::json::read(json)
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
