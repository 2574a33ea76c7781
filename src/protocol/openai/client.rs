//! Chat completions as OpenAI has them, and all who speak like it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Uri};
use serde_json::{Value, json};

use super::chat::{ChatEvent, ChatStream, read_body};
use crate::domain::TurnClass;
use crate::protocol::client::{Client, Doing, Talk};
use crate::target::deployment::{Deployment, Setup};
use crate::target::exchange::{Answer, Exchange};
use crate::target::failure::Failure;
use crate::target::json as lenient;
use crate::target::progress::{Progress, Said};
use crate::target::request::{Draft, JSON, quoted, uri};
use crate::target::template::Scene;
use crate::target::{Customer, TargetError};

/// How long a stream may take to end after its `finish_reason`: the usage may follow, and
/// the customer has all of the reply.
const FOLLOWS_WITHIN: Duration = Duration::from_millis(200);

/// How long the connection of a stream may take to end after `[DONE]`, to be used again.
const ENDS_WITHIN: Duration = Duration::from_millis(10);

/// What all conversations share.
pub(crate) struct Plan {
    chat: Uri,
    models: Uri,
    /// The request up to the user: model and options.
    head: String,
    system: Option<String>,
    max_history: Option<usize>,
}

impl Plan {
    pub fn new(setup: &Setup<'_, '_>) -> Result<Plan, Vec<TargetError>> {
        let (options, address) = (setup.options, setup.address);
        let model = options.model.as_deref().unwrap_or("default");
        let mut head = json!({"model": model, "stream": options.stream});
        if options.stream {
            head["stream_options"] = json!({"include_usage": true});
        }
        let mut head = head.to_string();
        head.pop(); // user and messages follow
        let base = &address.path;
        let chat = match base {
            whole if whole.ends_with("/chat/completions") => whole.clone(),
            version if version.ends_with("/v1") => format!("{version}/chat/completions"),
            _ => format!("{base}/v1/chat/completions"),
        };
        let models = chat.replacen("/chat/completions", "/models", 1);
        Ok(Plan {
            chat: uri("url", &address.with_query(chat))?,
            models: uri("url", &address.with_query(models))?,
            head,
            system: options.system.as_deref().map(|text| said("system", text)),
            max_history: options.max_history,
        })
    }

    /// The request: `history` are the messages so far, as JSON.
    fn draft(&self, deployment: &Deployment, customer: &Customer, history: &[String]) -> Draft {
        let skip = self.max_history.map_or(0, |most| history.len().saturating_sub(most.max(1)));
        let mut body = self.head.clone();
        body.push_str(",\"user\":");
        body.push_str(&quoted(&customer.id));
        body.push_str(",\"messages\":[");
        let mut first = true;
        for message in self.system.iter().chain(&history[skip..]) {
            if !first {
                body.push(',');
            }
            first = false;
            body.push_str(message);
        }
        body.push_str("]}");
        Draft::new(Method::POST, self.chat.clone(), &deployment.headers).body(JSON, body)
    }
}

/// A message of the conversation as JSON.
fn said(role: &str, text: &str) -> String {
    format!(r#"{{"role":{},"content":{}}}"#, quoted(role), quoted(text))
}

impl Client for Plan {
    fn open(self: Rc<Self>) -> Box<dyn Talk> {
        Box::new(Conversation { plan: self, history: Vec::new() })
    }

    fn show(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String> {
        let history = [said("user", scene.text())];
        vec![deployment.show(Ok(self.draft(deployment, scene.customer, &history)))]
    }

    fn health(&self) -> Option<&Uri> {
        Some(&self.models)
    }
}

/// A conversation: what was said so far.
struct Conversation {
    plan: Rc<Plan>,
    history: Vec<String>,
}

impl Talk for Conversation {
    fn ask<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, Result<(), Failure>> {
        Box::pin(async {
            self.history.push(said("user", exchange.text()));
            let draft = self.plan.draft(exchange.deployment, exchange.customer, &self.history);
            let result = match exchange.send(draft).await {
                Ok(answer) => reply(answer, exchange).await,
                Err(failure) => Err(failure),
            };
            self.history.extend(exchange.remembered()?.map(|text| said("assistant", text)));
            result
        })
    }
}

/// The type of a body as it is told, in lower case, without parameters.
fn media_type(answer: &Answer) -> String {
    let told = answer.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let told = String::from_utf8_lossy(told.unwrap_or_default()).to_lowercase();
    told.split(';').next().unwrap_or_default().trim().to_owned()
}

/// Reads a reply as a stream or as one document, by its type, else by how it begins.
async fn reply(mut answer: Answer, exchange: &mut Exchange<'_>) -> Result<(), Failure> {
    let kind = media_type(&answer);
    if kind == "text/event-stream" {
        return stream(answer, None, exchange).await;
    }
    if kind.contains("json") {
        return whole(answer, None, exchange).await;
    }
    let first = exchange.next(&mut answer).await?;
    let read = if first.as_deref().is_some_and(begins_a_stream) {
        stream(answer, first, exchange).await
    } else {
        whole(answer, first, exchange).await
    };
    read.map_err(|failure| {
        let told = if kind.is_empty() { "no type" } else { &kind };
        let problem = format!("{} (sent as {told})", failure.problem);
        Failure::new(failure.class, problem)
    })
}

/// Whether a body begins as an event stream does.
fn begins_a_stream(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let begins = |field: &[u8]| bytes.trim_ascii_start().starts_with(field);
    [&b"data:"[..], b"event:", b"id:", b"retry:", b":"].iter().any(|field| begins(field))
}

/// What the events of a stream came to.
#[derive(Default)]
struct Heard {
    finished: bool,
    done: bool,
    failure: Option<Failure>,
}

impl Heard {
    fn hear(&mut self, event: ChatEvent, at: Instant, progress: &mut Progress) {
        if self.failure.is_some() || self.done {
            return;
        }
        let failed =
            |class, words: &str, why: &str| Some(Failure::new(class, format!("{words}: {why}")));
        match event {
            ChatEvent::Part { text, answer, tools } => {
                progress.said(at, if answer { Said::Answer } else { Said::Reasoning });
                progress.reply.text.push_str(&text);
                progress.reply.tool_calls.extend(tools);
            }
            ChatEvent::Tokens(tokens) => progress.tokens = Some(tokens),
            ChatEvent::Finished => self.finished = true,
            ChatEvent::Done => self.done = true,
            ChatEvent::Failed(why) => {
                self.failure =
                    failed(TurnClass::StreamErrorEvent, "the bot reports an error", &why);
            }
            ChatEvent::Malformed(why) => {
                self.failure = failed(TurnClass::MalformedJson, "not JSON", &why);
            }
            ChatEvent::Strange(why) => {
                self.failure = failed(TurnClass::Protocol, "not a chat completion", &why);
            }
        }
    }

    fn result(self) -> Result<(), Failure> {
        match self.failure {
            Some(failure) => Err(failure),
            None if self.done || self.finished => Ok(()),
            None => Err(Failure::new(
                TurnClass::StreamTruncated,
                "the stream ended without a finish_reason and without [DONE]",
            )),
        }
    }
}

async fn stream(
    mut answer: Answer,
    mut first: Option<Bytes>,
    exchange: &mut Exchange<'_>,
) -> Result<(), Failure> {
    let mut reader = ChatStream::default();
    let mut heard = Heard::default();
    let mut finished: Option<Instant> = None;
    answer.forget_headers();
    loop {
        let next = match (first.take(), finished) {
            (Some(bytes), _) => Ok(Some(bytes)),
            (None, None) => exchange.next(&mut answer).await,
            (None, Some(at)) => {
                let ends = tokio::time::Instant::from_std(at + FOLLOWS_WITHIN);
                match tokio::time::timeout_at(ends, exchange.next(&mut answer)).await {
                    Ok(next) => next,
                    Err(_) => {
                        exchange.progress.end = Some(ends.into_std());
                        return heard.result(); // nothing is missing
                    }
                }
            }
        };
        match next {
            Ok(Some(bytes)) => {
                let at = Instant::now();
                let progress = &mut *exchange.progress;
                reader.feed(&bytes, |event| heard.hear(event, at, progress));
                let text = progress.reply.text.capacity();
                progress.room.set(reader.held() + text)?;
                if heard.finished {
                    finished.get_or_insert(at);
                }
            }
            Ok(None) => {
                let at = Instant::now();
                reader.finish(|event| heard.hear(event, at, exchange.progress));
                exchange.finish(answer);
                return heard.result();
            }
            // Nothing that was still to come is missed.
            Err(_) if heard.finished => return heard.result(),
            Err(failure) => return Err(failure),
        }
        if heard.done || heard.failure.is_some() {
            break;
        }
    }
    exchange.progress.end = Some(Instant::now());
    let rest = tokio::time::timeout(ENDS_WITHIN, exchange.next(&mut answer)).await;
    if let Ok(Ok(None)) = rest {
        exchange.finish(answer);
    }
    heard.result()
}

async fn whole(
    answer: Answer,
    first: Option<Bytes>,
    exchange: &mut Exchange<'_>,
) -> Result<(), Failure> {
    let (_, rest) = exchange.read(answer).await?;
    let body = match first {
        Some(first) => [first, rest].concat().into(),
        None => rest,
    };
    if body.is_empty() {
        return Ok(()); // as status 204 has it: nothing is said
    }
    let at = Instant::now();
    let mut heard = Heard::default();
    let progress = &mut *exchange.progress;
    read_body(&body, |event| heard.hear(event, at, progress));
    if let Ok(document) = lenient::read::<Value>(&body) {
        progress.reply.documents.push(document);
    }
    match heard.failure {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}
