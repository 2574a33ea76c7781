//! YAML text to a tree of values, with the place of every key and value.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::{Map, Number, Value};

use super::numerals::looks_like_thousands;
use super::places::{Inner, Place, SourceTree, Spot, Step, join, path_of};
use super::problem::{Problem, unix_lines};
use super::relative;

/// Most values of a scenario: so many numbers belong into a CSV file.
const MOST_VALUES: usize = 2_000_000;
/// Longest name of a field, in characters.
const LONGEST_KEY: usize = 1000;

/// Parses YAML. Anchors and aliases are refused: a scenario says everything once.
///
/// # Errors
/// The first thing that is not YAML, or all keys that are written twice.
pub fn parse(text: &str) -> Result<SourceTree, Vec<Problem>> {
    // The parser counts lines by line feeds alone only where no returns stand before them.
    let text = &*unix_lines(text);
    let mut builder = Builder {
        events: Parser::new_from_str(text),
        next: None,
        over: None,
        values: 0,
        steps: Vec::new(),
        thousands: Vec::new(),
        problems: Vec::new(),
    };
    let mut root = Spot::default();
    let value = builder.run(&mut root);
    if let Some(Over::NotYaml(error)) = &builder.over {
        return Err(vec![syntax_problem(text, error)]);
    }
    if builder.problems.is_empty() {
        Ok(SourceTree { value, root, thousands: builder.thousands })
    } else {
        Err(builder.problems)
    }
}

fn syntax_problem(text: &str, error: &ScanError) -> Problem {
    let marker = error.marker();
    let (line, column) = (marker.line() as u32, marker.col() as u32 + 1);
    // Tabs are the usual cause, and the parser's own words do not say so.
    let indent = |l: &str| l[..l.len() - l.trim_start().len()].contains('\t');
    let tab = text.lines().take(line as usize + 1).position(indent);
    let (problem, place, help) = match tab {
        Some(n) => (
            Problem::error("E0003", "", "a tab in the indentation"),
            (n as u32 + 1, 1),
            "indent with spaces: YAML allows no tabs there",
        ),
        None => (
            Problem::error("E0001", "", format!("this is not YAML: {}", error.info())),
            (line, column),
            "look at this line and the one before: a missing `:`, quote or bracket, or a wrong indentation",
        ),
    };
    Problem { line: Some(place.0), column: Some(place.1), ..problem.help(help) }
}

/// Why nothing more is read.
enum Over {
    NotYaml(ScanError),
    /// A problem that is told already.
    Told,
}

struct Builder<'t> {
    events: Parser<'t, StrInput<'t>>,
    /// The event that is looked at.
    next: Option<(Event<'t>, Span)>,
    over: Option<Over>,
    /// Values so far.
    values: usize,
    /// The way to the value that is read.
    steps: Vec<Step>,
    thousands: Vec<(String, String)>,
    problems: Vec<Problem>,
}

impl<'t> Builder<'t> {
    /// The event that comes next; none at the end, and where nothing more is read.
    fn peek(&mut self) -> Option<&(Event<'t>, Span)> {
        while self.next.is_none() && self.over.is_none() {
            match self.events.next()? {
                Ok((Event::Comment(..), _)) => {}
                Ok(pair) => self.next = Some(pair),
                Err(error) => self.over = Some(Over::NotYaml(error)),
            }
        }
        match self.over {
            None => self.next.as_ref(),
            Some(_) => None,
        }
    }

    fn take(&mut self) -> Option<(Event<'t>, Span)> {
        self.peek()?;
        self.next.take()
    }

    fn run(&mut self, root: &mut Spot) -> Value {
        let mut documents = 0;
        let mut value = Value::Null;
        while let Some((event, _)) = self.peek() {
            match event {
                Event::DocumentStart(..) if documents > 0 => {
                    let help = "keep one scenario in a file";
                    self.last("", "a second document in the file", help);
                }
                Event::DocumentStart(..) => {
                    documents += 1;
                    self.take();
                }
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {
                    self.take();
                }
                _ => value = self.node(root),
            }
        }
        value
    }

    fn problem(&mut self, code: &'static str, path: &str, message: &str, help: &str) {
        let place = self.peek().map(|(_, span)| place_of(span));
        let (line, column) = place.unzip();
        let problem = Problem::error(code, path, message).help(help);
        self.problems.push(Problem { line, column, ..problem });
    }

    /// A problem after which nothing more is read.
    fn last(&mut self, path: &str, message: &str, help: &str) {
        self.problem("E0001", path, message, help);
        self.over = Some(Over::Told);
    }

    /// Reads the node that begins at the current event.
    fn node(&mut self, spot: &mut Spot) -> Value {
        self.values += 1;
        if self.values > MOST_VALUES {
            let message = format!("more than {MOST_VALUES} values");
            self.last("", &message, "put tables of numbers into CSV files");
            return Value::Null;
        }
        let Some((event, span)) = self.peek() else {
            return Value::Null;
        };
        spot.value = Some(place_of(span));
        match event {
            Event::Scalar(..) => self.scalar(),
            Event::SequenceStart(..) => self.sequence(spot),
            Event::MappingStart(..) => self.mapping(spot),
            _ => {
                let path = path_of(&self.steps);
                let help = "write the value here: a scenario has no anchors and aliases";
                self.problem("E0001", &path, "an alias", help);
                self.take();
                Value::Null
            }
        }
    }

    fn scalar(&mut self) -> Value {
        let Some((Event::Scalar(text, style, ..), _)) = self.take() else {
            return Value::Null;
        };
        let plain = matches!(style, ScalarStyle::Plain);
        if plain && looks_like_thousands(&text) {
            let path = path_of(&self.steps);
            self.thousands.push((path, text.to_string()));
        }
        // Unquoted `+1` is the number 1 in YAML, and in a variant it is a change.
        if plain && is_change(&self.steps) && relative::is_relative(&text) {
            return Value::from(&*text);
        }
        scalar(&text, style)
    }

    fn sequence(&mut self, spot: &mut Spot) -> Value {
        self.take();
        let (mut items, mut spots) = (Vec::new(), Vec::new());
        while !matches!(self.peek(), None | Some((Event::SequenceEnd, _))) {
            let mut inner = Spot::default();
            self.steps.push(Step::Index(items.len()));
            items.push(self.node(&mut inner));
            self.steps.pop();
            spots.push(inner);
        }
        self.take();
        spot.inner = Inner::List(spots);
        Value::Array(items)
    }

    fn mapping(&mut self, spot: &mut Spot) -> Value {
        self.take();
        let mut map = Map::new();
        let mut spots: BTreeMap<String, Spot> = BTreeMap::new();
        while !matches!(self.peek(), None | Some((Event::MappingEnd, _))) {
            let Some((key, place)) = self.key(&spots) else {
                break;
            };
            let mut inner = Spot { key: Some(place), ..Spot::default() };
            self.steps.push(Step::Key(key.clone()));
            let value = self.node(&mut inner);
            self.steps.pop();
            spots.entry(key.clone()).or_insert(inner);
            map.insert(key, value);
        }
        self.take();
        spot.inner = Inner::Map(spots);
        Value::Object(map)
    }

    /// The key of the next field, and where it stands.
    fn key(&mut self, there: &BTreeMap<String, Spot>) -> Option<(String, Place)> {
        let (key, place) = match self.peek()? {
            (Event::Scalar(key, ..), span) => (key.to_string(), place_of(span)),
            _ => {
                let path = path_of(&self.steps);
                self.last(&path, "a key that is not a word", "write `name: value`");
                return None;
            }
        };
        let long = key.chars().count();
        if long > LONGEST_KEY {
            let message = format!("a name of {long} characters");
            let help = format!("names have {LONGEST_KEY} characters at most");
            self.last(&path_of(&self.steps), &message, &help);
            return None;
        }
        if let Some(first) = there.get(&key) {
            let message = format!("the key `{key}` is written twice");
            let first = first.key.map_or(0, |p| p.0);
            let help = format!("keep one of them; the first is in line {first}");
            let path = join(&path_of(&self.steps), &key);
            self.problem("E0002", &path, &message, &help);
        }
        self.take();
        Some((key, place))
    }
}

/// Whether the way leads to a value in a variant.
fn is_change(steps: &[Step]) -> bool {
    let at = |n: usize, name: &str| matches!(steps.get(n), Some(Step::Key(key)) if key == name);
    at(0, "variants") && at(2, "set") && steps.len() > 3
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
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
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
        assert_eq!(tree.place("teams.chat.shifts[0].agents", false), Some((5, 18)));
        assert_eq!(tree.place("teams.chat.shifts[0].agents", true), Some((5, 10)));
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
        assert_eq!(parse("a: 1\r\nb: 2\r\na: 3\r\n").unwrap_err()[0].line, Some(3));
    }

    #[test]
    fn changes_of_variants_keep_their_sign() {
        let tree = parse("a: +1\nvariants: {more: {set: {a: +1, b: -2, c: '*2', d: 5}}}").unwrap();
        assert_eq!(tree.value["a"], 1);
        let set = &tree.value["variants"]["more"]["set"];
        assert_eq!(*set, serde_json::json!({"a": "+1", "b": "-2", "c": "*2", "d": 5}));
    }

    #[test]
    fn what_is_not_yaml_is_told_with_its_line() {
        let of = |text: &str| parse(text).unwrap_err()[0].clone();
        let double = of("a: 1\nb: 2\na: 3\n");
        assert_eq!((double.code, double.line, double.path.as_str()), ("E0002", Some(3), "a"));
        let tab = of("a:\n\tb: 2\n");
        assert_eq!((tab.code, tab.line), ("E0003", Some(2)));
        assert_eq!(of("a: [1, 2\nb: 3\n").code, "E0001");
        assert_eq!(of("a: &x 1\nb: *x\n").code, "E0001");
    }
}
