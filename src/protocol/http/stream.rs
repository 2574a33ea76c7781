//! A reply of a template that comes in parts: events or lines, each with its JSON.

use std::time::Instant;

use hyper::HeaderMap;
use serde_json::Value;

use crate::domain::TurnClass;
use crate::target::exchange::Exchange;
use crate::target::failure::Failure;
use crate::target::json;
use crate::target::lines::Lines;
use crate::target::progress::{Progress, Said};
use crate::target::request::Draft;
use crate::target::sse::SseParser;
use crate::target::template::{self, Framing, Source, Step, Stream};

/// Bytes to parts.
enum Parts {
    Sse(SseParser),
    Lines(Lines),
}

impl Parts {
    fn new(framing: Framing) -> Self {
        match framing {
            Framing::Sse => Parts::Sse(SseParser::default()),
            Framing::Lines => Parts::Lines(Lines::default()),
        }
    }

    fn feed(&mut self, bytes: &[u8], mut part: impl FnMut(&[u8])) {
        match self {
            Parts::Sse(parser) => parser.feed(bytes, |_, data| part(data.as_bytes())),
            Parts::Lines(lines) => lines.feed(bytes, part),
        }
    }

    fn finish(&mut self, mut part: impl FnMut(&[u8])) {
        match self {
            Parts::Sse(parser) => parser.finish(|_, data| part(data.as_bytes())),
            Parts::Lines(lines) => lines.finish(part),
        }
    }

    /// What is held of a part that is not whole, bytes.
    fn held(&self) -> usize {
        match self {
            Parts::Sse(parser) => parser.held(),
            Parts::Lines(lines) => lines.held(),
        }
    }
}

/// A reply while it comes.
struct Heard<'t> {
    step: &'t Step,
    stream: &'t Stream,
    over: bool,
    failure: Option<Failure>,
}

impl Heard<'_> {
    fn hear(&mut self, part: &[u8], at: Instant, progress: &mut Progress) {
        if self.over || self.failure.is_some() {
            return;
        }
        let text = String::from_utf8_lossy(part);
        // As most who speak so end a stream; no part of its own.
        if text.trim() == "[DONE]" {
            self.over = true;
            return;
        }
        let document = json::read::<Value>(part).ok();
        let found = |source: &Source| source.find(&HeaderMap::new(), part, document.as_ref());
        let wants_json = matches!(self.step.reply, None | Some(Source::Json(_)));
        if document.is_none() && wants_json {
            self.failure = Some(Failure::json("a part of the reply is not JSON"));
            return;
        }
        if self.stream.error.as_ref().is_some_and(|rule| rule.holds(&text, document.as_ref())) {
            let why = format!("the bot reports an error: {text}");
            self.failure = Some(Failure::new(TurnClass::StreamErrorEvent, why));
            return;
        }
        let said = match &self.step.reply {
            Some(source) => found(source).map_or_else(Vec::new, |value| template::texts(&value)),
            None => document.as_ref().map_or_else(Vec::new, template::texts),
        };
        let said = said.concat();
        if !said.is_empty() {
            progress.said(at, Said::Answer);
            progress.reply.text.push_str(&said);
        }
        let count = |source: &Option<Source>| found(source.as_ref()?)?.as_f64();
        let (tokens, prompt) = (count(&self.stream.tokens), count(&self.stream.prompt_tokens));
        progress.tokens = tokens.map(|tokens| tokens as u32).or(progress.tokens);
        progress.prompt_tokens = prompt.map(|tokens| tokens as u32).or(progress.prompt_tokens);
        let until = self.step.until.as_ref();
        self.over = until.is_some_and(|rule| rule.holds(&text, document.as_ref()));
        if self.over {
            progress.reply.documents.extend(document);
        }
    }
}

/// Sends the request and takes the reply part by part.
pub(super) async fn ask(
    step: &Step,
    stream: &Stream,
    draft: Draft,
    exchange: &mut Exchange<'_>,
) -> Result<(), Failure> {
    let mut answer = exchange.send(draft).await?;
    let mut parts = Parts::new(stream.framing);
    let mut heard = Heard { step, stream, over: false, failure: None };
    while !heard.over && heard.failure.is_none() {
        let Some(bytes) = exchange.next(&mut answer).await? else {
            let at = Instant::now();
            parts.finish(|part| heard.hear(part, at, exchange.progress));
            exchange.finish(answer);
            return ended(heard);
        };
        let at = Instant::now();
        let progress = &mut *exchange.progress;
        parts.feed(&bytes, |part| heard.hear(part, at, progress));
        let text = progress.reply.text.capacity();
        progress.room.set(parts.held() + text)?;
    }
    exchange.progress.end = Some(Instant::now());
    ended(heard)
}

/// How a stream is judged that is over.
fn ended(heard: Heard<'_>) -> Result<(), Failure> {
    match heard.failure {
        Some(failure) => Err(failure),
        // Without a rule of the template it is whole when it ends.
        None if heard.over || heard.step.until.is_none() => Ok(()),
        None => Err(Failure::new(
            TurnClass::StreamTruncated,
            "the stream ended before the part that `until` names",
        )),
    }
}
