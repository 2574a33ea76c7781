//! Texts and JSON with holes, and what goes into the holes.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::target::options::TargetError;
use crate::target::secret::Vault;
use crate::target::{Customer, Message};

/// All that holes can name.
pub const NAMES: &str = "conversation.id, customer.id, segment, intent, language, turn.index, \
     turn.text, history, vars.NAME, env.NAME, uuid, now_ms";

/// What a template is filled from.
pub struct Scene<'a> {
    pub customer: &'a Customer,
    pub message: Option<&'a Message>,
    /// Messages so far, each with `role` and `content`.
    pub history: &'a [Value],
    pub vars: &'a BTreeMap<String, Value>,
    /// Show holes that nothing is known for, instead of leaving them empty.
    pub shown: bool,
}

impl<'a> Scene<'a> {
    /// What the customer says.
    pub fn text(&self) -> &'a str {
        self.message.map_or("", |message| &message.text)
    }
}

/// What goes into a hole.
type Filling = fn(&Scene<'_>) -> Value;

/// The holes that a scene alone fills.
const OF_SCENES: [(&str, Filling); 10] = [
    ("conversation.id", |scene| scene.customer.id.as_str().into()),
    ("customer.id", |scene| scene.customer.id.as_str().into()),
    ("segment", |scene| scene.customer.segment.as_str().into()),
    ("intent", |scene| scene.customer.intent.as_str().into()),
    ("language", |scene| scene.customer.language.as_str().into()),
    ("turn.index", |scene| scene.message.map(|message| message.turn).into()),
    ("turn.text", |scene| scene.message.map(|message| message.text.as_str()).into()),
    ("history", |scene| scene.history.into()),
    ("uuid", |scene| if scene.shown { "{{uuid}}".into() } else { uuid().into() }),
    ("now_ms", |scene| if scene.shown { "{{now_ms}}".into() } else { now_ms().into() }),
];

#[derive(Clone, Debug)]
enum Hole {
    OfScene(Filling),
    Var(String),
    Fixed(String),
}

impl Hole {
    fn parse(place: &str, name: &str, vault: &mut Vault<'_>) -> Result<Hole, TargetError> {
        if let Some((_, filling)) = OF_SCENES.iter().find(|(known, _)| *known == name) {
            return Ok(Hole::OfScene(*filling));
        }
        match name.split_once('.') {
            Some(("vars", var)) => Ok(Hole::Var(var.to_owned())),
            Some(("env", variable)) => Ok(Hole::Fixed(vault.variable(place, variable)?)),
            _ => {
                let problem = format!("nothing is called {{{{{name}}}}}");
                Err(TargetError::new(place, problem, format!("write one of {NAMES}")))
            }
        }
    }

    fn value(&self, scene: &Scene<'_>) -> Value {
        match self {
            Hole::OfScene(filling) => filling(scene),
            Hole::Var(name) => match scene.vars.get(name) {
                None if scene.shown => Value::from(format!("{{{{vars.{name}}}}}")),
                found => found.cloned().unwrap_or_default(),
            },
            Hole::Fixed(text) => Value::from(text.as_str()),
        }
    }
}

/// Unix time, milliseconds.
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

/// A random UUID, version 4: the standard library's hash keys are random.
fn uuid() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (a, b) = (random(), random());
    let (time, version) = (a >> 16, (a & 0x0fff) | 0x4000);
    let (variant, node) = (((b >> 48) & 0x3fff) | 0x8000, b & 0xffff_ffff_ffff);
    let (high, low) = (time >> 16, time & 0xffff);
    format!("{high:08x}-{low:04x}-{version:04x}-{variant:04x}-{node:012x}")
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Hole(Hole),
}

/// A text with holes.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pieces: Vec<Piece>,
}

impl Text {
    pub fn parse(place: &str, text: &str, vault: &mut Vault<'_>) -> Result<Text, TargetError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            pieces.push(Piece::Text(vault.resolve(place, &rest[..at])?));
            let Some(end) = rest[at..].find("}}") else {
                let problem = format!("`{}` has no end", &rest[at..]);
                return Err(TargetError::new(place, problem, "close it with }}"));
            };
            let name = rest[at + 2..at + end].trim();
            pieces.push(Piece::Hole(Hole::parse(place, name, vault)?));
            rest = &rest[at + end + 2..];
        }
        pieces.push(Piece::Text(vault.resolve(place, rest)?));
        pieces.retain(|p| !matches!(p, Piece::Text(t) if t.is_empty()));
        Ok(Text { pieces })
    }

    /// The names of variables in it.
    pub fn vars(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(Hole::Var(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The text, with each value as `write` puts it.
    fn with(&self, scene: &Scene<'_>, write: impl Fn(&mut String, &str)) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Hole(hole) => match hole.value(scene) {
                    Value::Null => {}
                    Value::String(text) => write(&mut out, &text),
                    other => write(&mut out, &other.to_string()),
                },
            }
        }
        out
    }

    pub fn fill(&self, scene: &Scene<'_>) -> String {
        self.with(scene, |out, value| out.push_str(value))
    }

    /// As part of a URL: values are percent-encoded (RFC 3986, unreserved stays).
    pub fn fill_url(&self, scene: &Scene<'_>) -> String {
        self.with(scene, |out, value| {
            for byte in value.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        out.push(char::from(byte));
                    }
                    _ if scene.shown && matches!(byte, b'{' | b'}') => out.push(char::from(byte)),
                    _ => out.push_str(&format!("%{byte:02X}")),
                }
            }
        })
    }

    /// As a value of JSON: a lone hole keeps its type.
    fn fill_json(&self, scene: &Scene<'_>) -> Value {
        match &self.pieces[..] {
            [Piece::Hole(hole)] => hole.value(scene),
            _ => Value::from(self.fill(scene)),
        }
    }
}

/// JSON with holes in its texts.
#[derive(Clone, Debug)]
pub enum Shape {
    Fixed(Value),
    Text(Text),
    List(Vec<Shape>),
    Map(Vec<(String, Shape)>),
}

impl Shape {
    pub fn parse(place: &str, value: &Value, vault: &mut Vault<'_>) -> Result<Shape, TargetError> {
        Ok(match value {
            Value::String(text) => Shape::Text(Text::parse(place, text, vault)?),
            Value::Array(items) => {
                let items = items.iter().map(|item| Shape::parse(place, item, vault));
                Shape::List(items.collect::<Result<_, _>>()?)
            }
            Value::Object(map) => {
                let items = map
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), Shape::parse(place, item, vault)?)));
                Shape::Map(items.collect::<Result<_, TargetError>>()?)
            }
            other => Shape::Fixed(other.clone()),
        })
    }

    pub fn fill(&self, scene: &Scene<'_>) -> Value {
        match self {
            Shape::Fixed(value) => value.clone(),
            Shape::Text(text) => text.fill_json(scene),
            Shape::List(items) => items.iter().map(|item| item.fill(scene)).collect(),
            Shape::Map(items) => {
                let filled = items.iter().map(|(key, item)| (key.clone(), item.fill(scene)));
                Value::Object(filled.collect::<Map<_, _>>())
            }
        }
    }

    /// The names of variables in it.
    pub fn vars(&self) -> Vec<&str> {
        match self {
            Shape::Fixed(_) => Vec::new(),
            Shape::Text(text) => text.vars().collect(),
            Shape::List(items) => items.iter().flat_map(Shape::vars).collect(),
            Shape::Map(items) => items.iter().flat_map(|(_, item)| item.vars()).collect(),
        }
    }
}
