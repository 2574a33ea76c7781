//! A conversation with a language model: what is sent of it, and how replies are heard.

use std::marker::PhantomData;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Uri};
use serde_json::Value;

use super::{ChatEvent, Dialect, Stream, Why};
use crate::domain::TurnClass;
use crate::protocol::client::{Client, Doing, Talk};
use crate::target::deployment::{Deployment, Setup};
use crate::target::exchange::{Answer, Exchange};
use crate::target::failure::Failure;
use crate::target::json as lenient;
use crate::target::progress::{self, Progress};
use crate::target::request::{Draft, JSON, quoted, uri};
use crate::target::template::Scene;
use crate::target::{Customer, TargetError, TargetOptions};

/// How long a stream may take to end after it said why: the usage may follow, and the
/// customer has all of the reply.
const FOLLOWS_WITHIN: Duration = Duration::from_millis(200);

/// How long the connection of a stream may take to end after its last event, to be used again.
const ENDS_WITHIN: Duration = Duration::from_millis(10);

/// What the user says of requests.
pub(crate) struct Told<'a> {
    pub options: &'a TargetOptions,
}

impl Told<'_> {
    /// The model to ask for.
    pub fn model(&self) -> &str {
        self.options.model.as_deref().unwrap_or("default")
    }
}

/// What was said so far, as far as a request tells it.
pub(crate) struct Said<'a> {
    /// What the model is told before all else.
    pub system: Option<&'a str>,
    /// Messages as JSON, roles `user` and `assistant`, the newest last.
    pub messages: &'a [String],
    /// The name of the last reply, where it had one.
    pub previous: Option<&'a str>,
}

/// What all conversations share.
pub(crate) struct Plan<D> {
    post: Uri,
    models: Uri,
    /// The request up to what changes from turn to turn.
    head: String,
    system: Option<String>,
    max_history: Option<usize>,
    dialect: PhantomData<D>,
}

impl<D: Dialect> Plan<D> {
    pub fn new(setup: &mut Setup<'_, '_>) -> Result<Self, Vec<TargetError>> {
        let (options, address) = (setup.options, setup.address);
        let mut head = D::head(&Told { options });
        let fields = std::mem::take(&mut setup.body);
        let ours = |field: &str| field == "stream" || D::TURN.contains(&field);
        let taken = fields.iter().filter(|(field, _)| ours(field)).map(|(field, _)| {
            let help =
                "leave it out: conversations fill it, and `--no-stream` asks for whole replies";
            TargetError::new("body", format!("`{field}` is not for you to set"), help)
        });
        let taken: Vec<_> = taken.collect();
        if !taken.is_empty() {
            return Err(taken);
        }
        for (field, value) in fields {
            head[field.as_str()] = value.clone();
        }
        let mut head = head.to_string();
        head.pop(); // fields of the turn follow
        let base = &address.path;
        let post = match base {
            whole if whole.ends_with(D::PATH) => whole.clone(),
            version if version.ends_with("/v1") => format!("{version}{}", D::PATH),
            _ => format!("{base}/v1{}", D::PATH),
        };
        let models = post.replacen(D::PATH, "/models", 1);
        Ok(Plan {
            post: uri("url", &address.with_query(post))?,
            models: uri("url", &address.with_query(models))?,
            head,
            system: options.system.clone(),
            max_history: options.max_history,
            dialect: PhantomData,
        })
    }

    /// The request: `history` are the messages so far, as JSON.
    fn draft(
        &self,
        deployment: &Deployment,
        customer: &Customer,
        history: &[String],
        previous: Option<&str>,
    ) -> Draft {
        let skip = self.max_history.map_or(0, |most| history.len().saturating_sub(most.max(1)));
        let messages = &history[skip..];
        let said = Said { system: self.system.as_deref(), messages, previous };
        let mut body = self.head.clone();
        D::turn(&mut body, &customer.id, &said);
        body.push('}');
        let mut draft = Draft::new(Method::POST, self.post.clone(), &deployment.headers);
        D::headers(&mut draft.headers);
        draft.body(JSON, body)
    }
}

/// A message of the conversation as JSON.
fn said(role: &str, text: &str) -> String {
    format!(r#"{{"role":{},"content":{}}}"#, quoted(role), quoted(text))
}

impl<D: Dialect> Client for Plan<D> {
    fn open(self: Rc<Self>) -> Box<dyn Talk> {
        Box::new(Conversation { plan: self, history: Vec::new(), previous: None })
    }

    fn show(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String> {
        let history = [said("user", scene.text())];
        vec![deployment.show(Ok(self.draft(deployment, scene.customer, &history, None)))]
    }

    fn health(&self) -> Option<&Uri> {
        Some(&self.models)
    }

    fn has_tokens(&self) -> bool {
        true
    }
}

/// A conversation: what was said so far.
struct Conversation<D> {
    plan: Rc<Plan<D>>,
    history: Vec<String>,
    /// The name of the last reply, where it had one.
    previous: Option<String>,
}

impl<D: Dialect> Talk for Conversation<D> {
    fn ask<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, Result<(), Failure>> {
        Box::pin(async {
            self.history.push(said("user", exchange.text()));
            let previous = self.previous.as_deref();
            let (deployment, customer) = (exchange.deployment, exchange.customer);
            let draft = self.plan.draft(deployment, customer, &self.history, previous);
            let mut heard = Heard::<D>::default();
            let result = match exchange.send(draft).await {
                Ok(answer) => heard.reply(answer, exchange).await,
                Err(failure) => Err(failure),
            };
            self.history.extend(exchange.remembered()?.map(|text| said("assistant", text)));
            self.previous = heard.name.filter(|_| result.is_ok()).or(self.previous.take());
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

/// Whether a body begins as an event stream does.
fn begins_a_stream(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let begins = |field: &[u8]| bytes.trim_ascii_start().starts_with(field);
    [&b"data:"[..], b"event:", b"id:", b"retry:", b":"].iter().any(|field| begins(field))
}

/// What a reply came to.
struct Heard<D> {
    finished: bool,
    done: bool,
    failure: Option<Failure>,
    name: Option<String>,
    dialect: PhantomData<D>,
}

impl<D> Default for Heard<D> {
    fn default() -> Self {
        Heard { finished: false, done: false, failure: None, name: None, dialect: PhantomData }
    }
}

impl<D: Dialect> Heard<D> {
    fn hear(&mut self, event: ChatEvent, at: Instant, progress: &mut Progress) {
        if self.failure.is_some() || self.done {
            return;
        }
        let failed = |class, why: String| Some(Failure::new(class, why));
        match event {
            ChatEvent::Part { text, answer, tools } => {
                let what = if answer { progress::Said::Answer } else { progress::Said::Reasoning };
                progress.said(at, what);
                progress.reply.text.push_str(&text);
                progress.reply.tool_calls.extend(tools);
            }
            ChatEvent::Tokens(tokens) => progress.tokens = Some(tokens),
            ChatEvent::PromptTokens(tokens) => progress.prompt_tokens = Some(tokens),
            ChatEvent::Named(name) => self.name = Some(name),
            ChatEvent::Finished(why) => {
                self.finished = true;
                match why {
                    Why::Said => {}
                    Why::Length => progress.cut = true,
                    Why::Filter => {
                        let why = "a filter of contents kept the answer back".to_owned();
                        self.failure = failed(TurnClass::ContentFilter, why);
                    }
                }
            }
            ChatEvent::Done => self.done = true,
            ChatEvent::Failed(why) => {
                let why = format!("the bot reports an error: {why}");
                self.failure = failed(TurnClass::StreamErrorEvent, why);
            }
            ChatEvent::Malformed(why) => {
                self.failure = failed(TurnClass::MalformedJson, format!("not JSON: {why}"));
            }
            ChatEvent::Strange(why) => {
                let why = format!("not a completion: {why}");
                self.failure = failed(TurnClass::Protocol, why);
            }
        }
    }

    /// How a stream that has ended is judged.
    fn result(&mut self) -> Result<(), Failure> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None if self.done || self.finished => Ok(()),
            None => Err(Failure::new(
                TurnClass::StreamTruncated,
                format!("the stream ended without {}", D::END),
            )),
        }
    }

    /// Reads a reply as a stream or as one document, by its type, else by how it begins.
    async fn reply(
        &mut self,
        mut answer: Answer,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        let kind = media_type(&answer);
        if kind == "text/event-stream" {
            return self.stream(answer, None, exchange).await;
        }
        if kind.contains("json") {
            return self.whole(answer, None, exchange).await;
        }
        let first = exchange.next(&mut answer).await?;
        let read = if first.as_deref().is_some_and(begins_a_stream) {
            self.stream(answer, first, exchange).await
        } else {
            self.whole(answer, first, exchange).await
        };
        read.map_err(|failure| {
            let told = if kind.is_empty() { "no type" } else { &kind };
            let problem = format!("{} (sent as {told})", failure.problem);
            Failure::new(failure.class, problem)
        })
    }

    async fn stream(
        &mut self,
        mut answer: Answer,
        mut first: Option<Bytes>,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure> {
        let mut reader = Stream::<D>::default();
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
                            return self.result(); // nothing is missing
                        }
                    }
                }
            };
            match next {
                Ok(Some(bytes)) => {
                    let at = Instant::now();
                    let progress = &mut *exchange.progress;
                    reader.feed(&bytes, |event| self.hear(event, at, progress));
                    let text = progress.reply.text.capacity();
                    progress.room.set(reader.held() + text)?;
                    if self.finished {
                        finished.get_or_insert(at);
                    }
                }
                Ok(None) => {
                    let at = Instant::now();
                    reader.finish(|event| self.hear(event, at, exchange.progress));
                    exchange.finish(answer);
                    return self.result();
                }
                // Nothing that was still to come is missed.
                Err(_) if self.finished => return self.result(),
                Err(failure) => return Err(failure),
            }
            if self.done || self.failure.is_some() {
                break;
            }
        }
        exchange.progress.end = Some(Instant::now());
        let rest = tokio::time::timeout(ENDS_WITHIN, exchange.next(&mut answer)).await;
        if let Ok(Ok(None)) = rest {
            exchange.finish(answer);
        }
        self.result()
    }

    async fn whole(
        &mut self,
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
        let progress = &mut *exchange.progress;
        D::body(&body, &mut |event| self.hear(event, at, progress));
        if let Ok(document) = lenient::read::<Value>(&body) {
            progress.reply.documents.push(document);
        }
        self.failure.take().map_or(Ok(()), Err)
    }
}
