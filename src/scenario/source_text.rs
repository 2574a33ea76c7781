//! YAML text to a tree of values, with the place of every key and value.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Number, Value};

use super::numerals::looks_like_thousands;
use super::problem::Problem;
use super::relative;

/// Line and column, both from 1.
pub type Place = (u32, u32);

/// A tree of values and where they stand.
#[derive(Clone, Debug, Default)]
pub struct SourceTree {
    /// The values.
    pub value: Value,
    /// Place of each key, or of each item of a list, by path.
    pub keys: BTreeMap<String, Place>,
    /// Place of each value, by path.
    pub values: BTreeMap<String, Place>,
    /// Numbers that look like thousands to half of the world, as `1.200`: path and text.
    pub thousands: Vec<(String, String)>,
}

impl SourceTree {
    /// The place of a path, or of the nearest thing around it that is in the text.
    #[must_use]
    pub fn place(&self, path: &str, key: bool) -> Option<Place> {
        let mut path = path;
        let mut exact = true;
        loop {
            match (self.keys.get(path), self.values.get(path)) {
                // A block begins below its key, at its first entry, which is not to blame.
                (Some(k), Some(v)) if key || !exact || k.0 != v.0 => return Some(*k),
                (_, Some(place)) | (Some(place), None) => return Some(*place),
                (None, None) => {}
            }
            if path.is_empty() {
                return None;
            }
            exact = false;
            path = &path[..path.rfind(['.', '[']).unwrap_or(0)];
        }
    }
}

/// The path of a key within a path.
#[must_use]
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Parses YAML. Anchors and aliases are refused: a scenario says everything once.
///
/// # Errors
/// The first thing that is not YAML, or all keys that are written twice.
pub fn parse(text: &str) -> Result<SourceTree, Vec<Problem>> {
    // The parser counts lines by line feeds alone only where no returns stand before them.
    let text = &*unix_lines(text);
    let mut builder = Builder {
        events: Vec::new(),
        at: 0,
        tree: SourceTree::default(),
        problems: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::Comment(..), _)) => {}
            Ok(pair) => builder.events.push(pair),
            Err(error) => return Err(vec![syntax_problem(text, &error)]),
        }
    }
    builder.run();
    if builder.problems.is_empty() {
        Ok(builder.tree)
    } else {
        Err(builder.problems)
    }
}

fn syntax_problem(text: &str, error: &granit_parser::ScanError) -> Problem {
    let marker = error.marker();
    let (line, column) = (marker.line() as u32, marker.col() as u32 + 1);
    // Tabs are the usual cause, and the parser's own words do not say so.
    let tab = text.lines().enumerate().find(|(n, l)| {
        let indent = &l[..l.len() - l.trim_start().len()];
        *n < line as usize + 1 && indent.contains('\t')
    });
    let mut problem = match tab {
        Some((n, _)) => {
            let mut problem = Problem::error("E0003", "", "a tab in the indentation")
                .help("indent with spaces: YAML allows no tabs there");
            problem.line = Some(n as u32 + 1);
            problem.column = Some(1);
            return problem;
        }
        None => Problem::error("E0001", "", format!("this is not YAML: {}", error.info())),
    };
    problem.line = Some(line);
    problem.column = Some(column);
    problem.help("look at this line and the one before: a missing `:`, quote or bracket, or a wrong indentation")
}

struct Builder<'t> {
    events: Vec<(Event<'t>, Span)>,
    at: usize,
    tree: SourceTree,
    problems: Vec<Problem>,
}

impl Builder<'_> {
    fn run(&mut self) {
        let mut documents = 0;
        while self.at < self.events.len() {
            match &self.events[self.at].0 {
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => self.at += 1,
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        self.problem(
                            "E0001",
                            "",
                            "a second document in the file",
                            "keep one scenario in a file",
                        );
                        return;
                    }
                    self.at += 1;
                }
                _ => self.tree.value = self.node(""),
            }
        }
    }

    fn problem(&mut self, code: &'static str, path: &str, message: &str, help: &str) {
        let place = self.events.get(self.at).map(|(_, span)| place_of(span));
        let mut problem = Problem::error(code, path, message).help(help);
        problem.line = place.map(|p| p.0);
        problem.column = place.map(|p| p.1);
        self.problems.push(problem);
    }

    /// Reads the node that begins at the current event.
    fn node(&mut self, path: &str) -> Value {
        let Some((event, span)) = self.events.get(self.at).cloned() else {
            return Value::Null;
        };
        self.tree.values.insert(path.to_owned(), place_of(&span));
        match event {
            Event::Scalar(text, style, ..) => {
                self.at += 1;
                let plain = matches!(style, ScalarStyle::Plain);
                if plain && looks_like_thousands(&text) {
                    self.tree
                        .thousands
                        .push((path.to_owned(), text.to_string()));
                }
                // Unquoted `+1` is the number 1 in YAML, and in a variant it is a change.
                if plain && is_change(path) && relative::is_relative(&text) {
                    return Value::from(&*text);
                }
                scalar(&text, style)
            }
            Event::SequenceStart(..) => self.sequence(path),
            Event::MappingStart(..) => self.mapping(path),
            _ => {
                self.problem(
                    "E0001",
                    path,
                    "an alias",
                    "write the value here: a scenario has no anchors and aliases",
                );
                self.at += 1;
                Value::Null
            }
        }
    }

    fn sequence(&mut self, path: &str) -> Value {
        self.at += 1;
        let mut items = Vec::new();
        while !matches!(
            self.events.get(self.at),
            None | Some((Event::SequenceEnd, _))
        ) {
            let item = self.node(&format!("{path}[{}]", items.len()));
            items.push(item);
        }
        self.at += 1;
        Value::Array(items)
    }

    fn mapping(&mut self, path: &str) -> Value {
        self.at += 1;
        let mut map = Map::new();
        while !matches!(
            self.events.get(self.at),
            None | Some((Event::MappingEnd, _))
        ) {
            let Some((Event::Scalar(key, ..), span)) = self.events.get(self.at).cloned() else {
                self.problem(
                    "E0001",
                    path,
                    "a key that is not a word",
                    "write `name: value`",
                );
                self.at = self.events.len();
                break;
            };
            let inner = join(path, &key);
            if map.contains_key(key.as_ref()) {
                let message = format!("the key `{key}` is written twice");
                let first = self.tree.keys.get(&inner).map_or(0, |p| p.0);
                self.problem(
                    "E0002",
                    &inner,
                    &message,
                    &format!("keep one of them; the first is in line {first}"),
                );
            }
            self.tree.keys.insert(inner.clone(), place_of(&span));
            self.at += 1;
            let value = self.node(&inner);
            map.insert(key.into_owned(), value);
        }
        self.at += 1;
        Value::Object(map)
    }
}

/// Whether a path is that of a value in a variant.
fn is_change(path: &str) -> bool {
    path.starts_with("variants.") && path.contains(".set.")
}

/// The text with line feeds alone at the ends of its lines.
#[must_use]
pub fn unix_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

fn place_of(span: &Span) -> Place {
    (span.start.line() as u32, span.start.col() as u32 + 1)
}

/// Resolves a scalar by the core schema of YAML 1.2; quoted text stays text.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if !matches!(style, ScalarStyle::Plain) {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let numeric = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
        && text.bytes().any(|b| b.is_ascii_digit());
    if numeric {
        let digits = text.strip_prefix('+').unwrap_or(text);
        if let Ok(n) = digits.parse::<u64>() {
            return Value::from(n);
        }
        if let Ok(n) = digits.parse::<i64>() {
            return Value::from(n);
        }
        if let Some(n) = digits.parse::<f64>().ok().and_then(Number::from_f64) {
            return Value::Number(n);
        }
    }
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_places() {
        let tree = parse("a: 1\nteams:\n  chat:\n    shifts:\n      - {agents: 18, from: 08:00}\n")
            .unwrap();
        assert_eq!(tree.value["teams"]["chat"]["shifts"][0]["agents"], 18);
        assert_eq!(tree.value["teams"]["chat"]["shifts"][0]["from"], "08:00");
        assert_eq!(
            tree.place("teams.chat.shifts[0].agents", false),
            Some((5, 18))
        );
        assert_eq!(
            tree.place("teams.chat.shifts[0].agents", true),
            Some((5, 10))
        );
        assert_eq!(tree.place("teams.chat.wage", false), Some((3, 3)));
    }

    #[test]
    fn scalars_are_those_of_yaml_1_2() {
        let tree =
            parse("{a: 35%, b: '5', c: no, d: 1.5, e: -3, f: ~, g: 2026-03-02, h: true}").unwrap();
        let expected = serde_json::json!(
            {"a": "35%", "b": "5", "c": "no", "d": 1.5, "e": -3, "f": null, "g": "2026-03-02", "h": true});
        assert_eq!(tree.value, expected);
    }

    #[test]
    fn lines_that_end_in_return_and_line_feed_are_counted_once() {
        let tree = parse("a: 1\r\nb:\r\n  c: 2\r\n").unwrap();
        assert_eq!(tree.place("b.c", false), Some((3, 6)));
        assert_eq!(
            parse("a: 1\r\nb: 2\r\na: 3\r\n").unwrap_err()[0].line,
            Some(3)
        );
    }

    #[test]
    fn changes_of_variants_keep_their_sign() {
        let tree = parse("a: +1\nvariants: {more: {set: {a: +1, b: -2, c: '*2', d: 5}}}").unwrap();
        assert_eq!(tree.value["a"], 1);
        let set = &tree.value["variants"]["more"]["set"];
        assert_eq!(
            *set,
            serde_json::json!({"a": "+1", "b": "-2", "c": "*2", "d": 5})
        );
    }

    #[test]
    fn what_is_not_yaml_is_told_with_its_line() {
        let of = |text: &str| parse(text).unwrap_err()[0].clone();
        let double = of("a: 1\nb: 2\na: 3\n");
        assert_eq!(
            (double.code, double.line, double.path.as_str()),
            ("E0002", Some(3), "a")
        );
        let tab = of("a:\n\tb: 2\n");
        assert_eq!((tab.code, tab.line), ("E0003", Some(2)));
        assert_eq!(of("a: [1, 2\nb: 3\n").code, "E0001");
        assert_eq!(of("a: &x 1\nb: *x\n").code, "E0001");
    }
}
