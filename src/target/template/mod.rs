//! Templates: how to talk to a bot that speaks none of the known protocols.

mod callback;
mod read;
mod socket;
mod text;
mod tree;

pub(crate) use read::{HttpTemplate, http};
pub(crate) use socket::{Done, SocketTemplate, socket};
pub(crate) use text::Scene;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method};
use regex::Regex;
use serde_json::Value;

use super::failure::Failure;
use super::json;
use super::request::{Draft, JSON, TEXT};
use text::{Shape, Text};

/// How messages come that a bot posts to us.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Where we listen.
    pub listen: SocketAddr,
    /// Where a message has the identity of its conversation: a JSON pointer.
    pub id: String,
    /// Where it has its text; as usual where `None`.
    pub reply: Option<String>,
    /// A reply is over after so many messages.
    pub messages: Option<u32>,
    /// And after so much quiet; the option `settle` where both are `None`.
    pub settle: Option<Duration>,
}

/// What is sent: text as it is, or JSON.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Text(Text),
    Json(Shape),
}

impl Body {
    /// The names of variables in it.
    fn vars(&self) -> Vec<&str> {
        match self {
            Body::Text(text) => text.vars().collect(),
            Body::Json(shape) => shape.vars(),
        }
    }

    pub fn fill(&self, scene: &Scene<'_>) -> String {
        match self {
            Body::Text(text) => text.fill(scene),
            Body::Json(shape) => shape.fill(scene).to_string(),
        }
    }
}

/// One request of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// Its name in the template.
    pub name: &'static str,
    pub method: Method,
    pub path: Text,
    pub headers: Vec<(HeaderName, Text)>,
    pub body: Option<Body>,
    pub extract: Vec<(String, Source)>,
    pub reply: Option<Source>,
    pub until: Option<Rule>,
    pub every: Option<Duration>,
    pub stream: Option<Stream>,
}

/// How the reply of a step comes in parts. Its `reply` is where a part has its text, its `until`
/// what the last one is.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub framing: Framing,
    /// What a part is that says that something failed.
    pub error: Option<Rule>,
    /// Where a part has the tokens of the reply, and of the prompt.
    pub tokens: Option<Source>,
    pub prompt_tokens: Option<Source>,
}

/// How the parts of a stream are told apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    /// Events as browsers have them: `data: ...` and an empty line.
    Sse,
    /// A line each: newline-delimited JSON.
    Lines,
}

impl Framing {
    /// How each is written.
    const NAMES: [(&'static str, Framing); 2] = [("sse", Framing::Sse), ("lines", Framing::Lines)];
}

impl Step {
    /// # Errors
    /// Values that cannot be in a URL or a header.
    pub fn draft(&self, common: &HeaderMap, scene: &Scene<'_>) -> Result<Draft, Failure> {
        let name = self.name;
        let path = self.path.fill_url(scene);
        // Holes of a shown request keep their braces, which no address may hold.
        let path = match scene.shown {
            true => path.replace('{', "%7B").replace('}', "%7D"),
            false => path,
        };
        let uri = path
            .parse()
            .map_err(|error| Failure::protocol(format!("{name}: `{path}`: {error}")))?;
        let mut draft = Draft::new(self.method.clone(), uri, common);
        for (header, text) in &self.headers {
            let value = HeaderValue::from_str(&text.fill(scene)).map_err(|_| {
                Failure::protocol(format!("{name}: the value of {header} cannot be a header"))
            })?;
            draft.headers.insert(header.clone(), value);
        }
        Ok(match &self.body {
            Some(Body::Json(shape)) => draft.body(JSON, shape.fill(scene).to_string()),
            Some(Body::Text(text)) => draft.body(TEXT, text.fill(scene)),
            None => draft,
        })
    }

    /// Takes variables out of a reply.
    ///
    /// # Errors
    /// What is not there.
    pub fn take_vars(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        vars: &mut BTreeMap<String, Value>,
    ) -> Result<(), Failure> {
        if self.extract.is_empty() {
            return Ok(());
        }
        let document = parse(headers, body);
        for (name, source) in &self.extract {
            let Some(value) = source.find(headers, body, document.as_ref()) else {
                let step = self.name;
                let words = format!("{step}: the reply has no {source}, which is to be `{name}`");
                return Err(match document {
                    None if matches!(source, Source::Json(_)) => Failure::json(words),
                    _ => Failure::protocol(words),
                });
            };
            vars.insert(name.clone(), value);
        }
        Ok(())
    }
}

/// The JSON of a body. What it is called does not matter: some say `text/plain`.
pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    let named = headers.get(CONTENT_TYPE);
    let is_json = |k: &[u8]| k.windows(4).any(|w| w.eq_ignore_ascii_case(b"json"));
    let named = named.is_some_and(|k| is_json(k.as_bytes()));
    let bare = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let looks = matches!(bare.trim_ascii_start().first(), Some(b'{' | b'['));
    (named || looks).then(|| json::read(body).ok()).flatten()
}

/// Where a value is found.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Json(String),
    Regex(Regex),
    Header(HeaderName),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Json(pointer) => write!(f, "{pointer}"),
            Source::Regex(regex) => write!(f, "match of `{}`", regex.as_str()),
            Source::Header(name) => write!(f, "header {name}"),
        }
    }
}

impl Source {
    pub fn find(&self, headers: &HeaderMap, body: &[u8], json: Option<&Value>) -> Option<Value> {
        match self {
            Source::Json(pointer) => json?.pointer(pointer).filter(|v| !v.is_null()).cloned(),
            Source::Regex(regex) => {
                let text = String::from_utf8_lossy(body);
                let found = regex.captures(&text)?;
                let group = found.get(1).or_else(|| found.get(0))?;
                Some(Value::from(group.as_str()))
            }
            Source::Header(name) => {
                let value = headers.get(name)?.to_str().ok()?;
                Some(Value::from(value))
            }
        }
    }
}

/// What a document or a frame must be.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    /// Something but null and false is there, or this.
    Json(String, Option<Value>),
    Regex(Regex),
}

impl Rule {
    pub fn holds(&self, text: &str, json: Option<&Value>) -> bool {
        match self {
            Rule::Regex(regex) => regex.is_match(text),
            Rule::Json(pointer, equals) => match (json.and_then(|j| j.pointer(pointer)), equals) {
                (None | Some(Value::Null), _) => false,
                (Some(found), Some(value)) => found == value,
                (Some(found), None) => *found != Value::Bool(false),
            },
        }
    }
}

/// What a document has at a pointer, as text; `None` for nothing and null.
fn pointer_text(document: &Value, pointer: &str) -> Option<String> {
    match document.pointer(pointer)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The texts of a value: of itself, of the items of a list, or of what objects say.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => ["text", "reply", "message", "content"]
            .iter()
            .find_map(|name| members.get(*name).filter(|v| !v.is_null()))
            .map(texts)
            .unwrap_or_default(),
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}
