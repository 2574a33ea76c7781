//! YAML (and so JSON) to a tree of values, with the line of each.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Value};

use crate::target::options::TargetError;

/// Values, and the line of each by its path.
pub struct Tree {
    pub value: Value,
    lines: BTreeMap<String, usize>,
}

impl Tree {
    /// Where a value stands, for people.
    pub fn place(&self, path: &str) -> String {
        let mut known = path;
        loop {
            if let Some(line) = self.lines.get(known) {
                return format!("template line {line} ({path})");
            }
            match known.rfind('.') {
                Some(at) => known = &known[..at],
                None => return format!("template ({path})"),
            }
        }
    }

    /// # Errors
    /// The first thing that is not YAML.
    pub fn parse(text: &str) -> Result<Tree, TargetError> {
        let mut reader = Reader { events: Vec::new(), at: 0, lines: BTreeMap::new() };
        for event in Parser::new_from_str(text) {
            match event {
                Ok((
                    Event::Comment(..)
                    | Event::StreamStart
                    | Event::StreamEnd
                    | Event::DocumentStart(..)
                    | Event::DocumentEnd,
                    _,
                )) => {}
                Ok(pair) => reader.events.push(pair),
                Err(error) => {
                    let line = error.marker().line();
                    let problem = format!("this is not YAML: {}", error.info());
                    return Err(wrong(line, problem));
                }
            }
        }
        let value = reader.node("")?;
        match reader.events.get(reader.at) {
            Some((_, span)) => Err(wrong(span.start.line(), "a second document".into())),
            None => Ok(Tree { value, lines: reader.lines }),
        }
    }
}

fn wrong(line: usize, problem: String) -> TargetError {
    let help = "look at this line and the one before: quotes, brackets, indentation";
    TargetError::new(format!("template line {line}"), problem, help)
}

struct Reader<'t> {
    events: Vec<(Event<'t>, Span)>,
    at: usize,
    lines: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn node(&mut self, path: &str) -> Result<Value, TargetError> {
        let Some((event, span)) = self.events.get(self.at).cloned() else {
            return Ok(Value::Null);
        };
        let line = span.start.line();
        self.lines.entry(path.to_owned()).or_insert(line);
        self.at += 1;
        match event {
            Event::Scalar(text, style, ..) => Ok(scalar(&text, style)),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                while !self.ends(|event| matches!(event, Event::SequenceEnd)) {
                    let inner = format!("{path}.{}", items.len());
                    items.push(self.node(&inner)?);
                }
                Ok(Value::Array(items))
            }
            Event::MappingStart(..) => {
                let mut map = Map::new();
                while !self.ends(|event| matches!(event, Event::MappingEnd)) {
                    let (key, line) = self.key(line)?;
                    let inner = match path {
                        "" => key.clone(),
                        _ => format!("{path}.{key}"),
                    };
                    self.lines.insert(inner.clone(), line);
                    let value = self.node(&inner)?;
                    if map.insert(key.clone(), value).is_some() {
                        return Err(wrong(line, format!("the key `{key}` is written twice")));
                    }
                }
                Ok(Value::Object(map))
            }
            _ => Err(wrong(line, "a template has no aliases".into())),
        }
    }

    /// Whether the list or map ends here, or the text does.
    fn ends(&mut self, is_end: impl Fn(&Event<'_>) -> bool) -> bool {
        let ends = self.events.get(self.at).is_none_or(|(e, _)| is_end(e));
        self.at += usize::from(ends);
        ends
    }

    fn key(&mut self, line: usize) -> Result<(String, usize), TargetError> {
        match self.events.get(self.at).cloned() {
            Some((Event::Scalar(key, ..), span)) => {
                self.at += 1;
                Ok((key.into_owned(), span.start.line()))
            }
            _ => Err(wrong(line, "a key that is not a word".into())),
        }
    }
}

/// Plain words that are JSON (numbers, true, null) are those values; the rest is text.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    match style {
        ScalarStyle::Plain if text.is_empty() || text == "~" => Value::Null,
        ScalarStyle::Plain => match serde_json::from_str(text) {
            Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => value,
            _ => Value::from(text),
        },
        _ => Value::from(text),
    }
}
