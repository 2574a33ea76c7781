//! Compares the tree of a file with the schema and reports everything at once.
//! Unknown fields are taken out, so that the values can still be checked.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::codes::CODES;
use super::file::{Scalar, wrong};
use super::numerals::written_otherwise;
use super::places::join;
use super::problem::{Comparisons, Problem};

/// What the comparison found.
pub struct Checked {
    /// The problems.
    pub problems: Vec<Problem>,
    /// Values of the right kind that are wrong: their units, their bounds.
    pub values: Vec<Problem>,
    /// Whether the tree, without its unknown fields, can be read.
    pub readable: bool,
}

/// Compares a tree with the schema; takes unknown fields out of it.
pub fn check(tree: &mut Value, schema: &Value) -> Checked {
    check_part(tree, schema, schema)
}

/// Compares a tree with a part of a schema.
pub fn check_part(tree: &mut Value, root: &Value, part: &Value) -> Checked {
    let found = Checked { problems: Vec::new(), values: Vec::new(), readable: true };
    let mut checker = Checker { root, found, comparisons: Comparisons::default() };
    checker.walk(tree, part, "");
    checker.found
}

/// Follows `$ref` and the `allOf` around one.
fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut schema = schema;
    loop {
        if let Some(inner) = schema.get("allOf").and_then(|all| all.get(0)) {
            schema = inner;
        } else if let Some(Value::String(reference)) = schema.get("$ref") {
            match root.pointer(reference.trim_start_matches('#')) {
                Some(target) => schema = target,
                None => return schema,
            }
        } else {
            return schema;
        }
    }
}

/// The branches of a schema that is a choice, or the schema itself.
fn branches<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let schema = resolve(root, schema);
    let choice = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    match choice {
        // A list of constants is an enum with a description for each word.
        Some(items) if !items.iter().all(|i| i.get("const").is_some()) => {
            items.iter().flat_map(|item| branches(root, item)).collect()
        }
        _ => vec![schema],
    }
}

/// The schema of a field of an object that has it.
#[must_use]
pub fn field<'s>(root: &'s Value, schema: &'s Value, name: &str) -> Option<&'s Value> {
    branches(root, schema).into_iter().find_map(|branch| {
        let known = branch.get("properties").and_then(|p| p.get(name));
        known.or_else(|| branch.get("additionalProperties").filter(|a| a.is_object()))
    })
}

/// The schema of the items of a list.
#[must_use]
pub fn item<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    branches(root, schema).into_iter().find_map(|branch| branch.get("items"))
}

/// Names of the fields that an object of this schema can have.
#[must_use]
pub fn field_names<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s str> {
    let with_fields = branches(root, schema);
    with_fields
        .iter()
        .filter_map(|b| b.get("properties")?.as_object())
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect()
}

/// Whether a value of this schema must be a whole number.
#[must_use]
pub fn is_integer(root: &Value, schema: &Value) -> bool {
    branches(root, schema).iter().any(|b| b.get("type").is_some_and(|t| t == "integer"))
}

/// Whether a value of this schema may be of one of these kinds of scalars.
#[must_use]
pub fn has_kind(root: &Value, schema: &Value, kinds: &[&str]) -> bool {
    branches(root, schema).iter().any(|b| {
        let kind = b.get("x-kind").and_then(Value::as_str);
        kind.is_some_and(|k| kinds.contains(&k))
    })
}

/// The words that an enum allows.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(values.iter().filter_map(Value::as_str).collect());
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word]);
    }
    let items = schema.get("oneOf").and_then(Value::as_array)?;
    Some(items.iter().filter_map(words).flatten().collect())
}

fn accepts(schema: &Value, value: &Value) -> bool {
    if schema.get("x-kind").is_some() {
        return value.is_string() || value.is_number();
    }
    if let Some(words) = words(schema) {
        return value.as_str().is_some_and(|w| words.contains(&w));
    }
    let one = |name: &str| match (name, value) {
        ("object", Value::Object(_))
        | ("array", Value::Array(_))
        | ("string", Value::String(_))
        | ("number", Value::Number(_))
        | ("boolean", Value::Bool(_)) => true,
        ("integer", Value::Number(n)) => n.is_u64() || n.is_i64(),
        _ => false,
    };
    match schema.get("type") {
        Some(Value::String(name)) => one(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(one),
        _ => true,
    }
}

/// What a schema wants, in words.
fn wanted(schema: &Value) -> String {
    if let Some(kind) = schema.get("x-kind").and_then(Value::as_str) {
        return format!("a {kind}");
    }
    if let Some(words) = words(schema) {
        return format!("`{}`", words.join("`, `"));
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => "a map of fields",
        Some("array") => "a list",
        Some("string") => "a text",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "`true` or `false`",
        _ => "another kind of value",
    }
    .to_owned()
}

/// How a value of a schema is written.
fn example(schema: &Value) -> String {
    if let (Some(_), Some(about)) =
        (schema.get("x-kind"), schema.get("description").and_then(Value::as_str))
    {
        return about
            .split_once(": ")
            .map_or(about, |(_, examples)| examples)
            .trim_end_matches('.')
            .to_owned();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => {
            let fields = schema.get("properties").and_then(Value::as_object);
            let names: Vec<&str> =
                fields.into_iter().flat_map(Map::keys).map(String::as_str).collect();
            match names.first() {
                Some(first) => {
                    format!("`{{{first}: ...}}`, a map of some of: {}", names.join(", "))
                }
                None => "`{name: ...}`".to_owned(),
            }
        }
        Some("array") => "`[..., ...]`".to_owned(),
        Some("integer") => "digits, as `5`".to_owned(),
        Some("number") => "a number, as `1.5`".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        _ => wanted(schema),
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(b) => format!("`{b}`"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) => format!("the text `{s}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

/// Fields of earlier versions, and why they are gone.
const REMOVED: [(&str, &str); 1] = [(
    "self_service.suppression",
    "it never changed a result: `suppressed` is the share of customers who are shown no articles, however long ago they saw them; leave `suppression` out",
)];

fn removed(path: &str) -> Option<Problem> {
    let (_, why) = REMOVED.iter().find(|(field, _)| *field == path)?;
    let message = format!("the field `{path}` is gone");
    Some(Problem::error("E0101", path, message).help(*why))
}

/// `{per_day: 40,000}` is `per_day: 40` and a field `000`: within braces a comma ends a value.
fn cut_at_comma(before: Option<&(String, Value)>, key: &str, value: &Value) -> Option<Problem> {
    let digits = key.bytes().all(|b| b.is_ascii_digit());
    let (before, number) = before?;
    if !digits || !value.is_null() || !number.is_number() {
        return None;
    }
    let text = format!("{number},{key}");
    let help = written_otherwise(&text)?;
    let message =
        format!("`{before}: {text}` ends at its comma, which separates fields within braces");
    Some(Problem::error("E0101", key, message).help(help))
}

struct Checker<'s> {
    root: &'s Value,
    found: Checked,
    comparisons: Comparisons,
}

impl<'s> Checker<'s> {
    fn walk(&mut self, value: &mut Value, schema: &'s Value, path: &str) {
        let branches = branches(self.root, schema);
        if value.is_null() && branches.iter().any(|b| b.get("type").is_some_and(|t| t == "object"))
        {
            // `vip:` with nothing after it is a tier with all defaults.
            *value = Value::Object(Map::new());
        }
        let Some(branch) = branches.iter().find(|b| accepts(b, value)) else {
            self.mismatch(value, &branches, path);
            return;
        };
        self.value(value, branch, path);
        match value {
            Value::Object(map) => self.object(map, branch, path),
            Value::Array(items) => {
                if let Some(inner) = branch.get("items") {
                    for (n, entry) in items.iter_mut().enumerate() {
                        self.walk(entry, inner, &format!("{path}[{n}]"));
                    }
                }
            }
            Value::Number(n) => self.bounds(n.as_f64(), branch, path),
            _ => {}
        }
    }

    fn error(&mut self, problem: Problem) {
        self.found.readable = false;
        self.found.problems.push(problem);
    }

    /// Units and bounds of a value.
    fn value(&mut self, value: &Value, schema: &Value, path: &str) {
        let word = |key: &str| schema.get(key).and_then(Value::as_str);
        let scalar = match value {
            Value::String(text) => Scalar::Text(text.clone()),
            Value::Number(n) => Scalar::Number(n.as_f64().unwrap_or_default()),
            _ => return,
        };
        let kind = word("x-kind").unwrap_or_default();
        let found = wrong(kind, word("x-bounds").unwrap_or_default(), &scalar);
        self.found.values.extend(found.map(|wrong| wrong.at(path)));
    }

    /// Limits of machine integers: what does not fit is refused here, with words.
    fn bounds(&mut self, number: Option<f64>, schema: &Value, path: &str) {
        let limit = match schema.get("format").and_then(Value::as_str) {
            Some("uint8") => f64::from(u8::MAX),
            Some("uint16") => f64::from(u16::MAX),
            Some("uint32") => f64::from(u32::MAX),
            Some("uint64") => 1.8e19,
            _ => return,
        };
        let Some(n) = number.filter(|n| *n < 0.0 || *n > limit) else {
            return self.range(number.unwrap_or_default(), schema, path);
        };
        let message =
            if n < 0.0 { format!("{n} is negative") } else { format!("{n} is too large") };
        self.error(
            Problem::error("E0211", path, message)
                .help(format!("a whole number from 0 to {limit} is expected")),
        );
    }

    /// The range that a field declares, and what it says of a number outside.
    fn range(&mut self, n: f64, schema: &Value, path: &str) {
        let word = |key: &str| schema.get(key).and_then(Value::as_str);
        let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
        let Some(message) = word("x-wrong") else {
            return;
        };
        if limit("minimum").is_some_and(|least| n < least)
            || limit("maximum").is_some_and(|most| n > most)
        {
            let named = CODES.iter().map(|c| c.0).find(|c| word("x-code") == Some(c));
            let code = named.unwrap_or("E0211");
            let message = message.replace("{}", &n.to_string());
            let problem = Problem::error(code, path, message);
            self.found.values.push(problem.help(word("x-help").unwrap_or_default()));
        }
    }

    fn mismatch(&mut self, value: &Value, branches: &[&Value], path: &str) {
        let wants: Vec<String> = branches.iter().map(|b| wanted(b)).collect();
        let choices: Vec<&str> = branches.iter().filter_map(|b| words(b)).flatten().collect();
        if let (Value::String(word), false) = (value, choices.is_empty()) {
            let message = format!("`{word}` is not one of the values: {}", wants.join(" or "));
            let mut problem = Problem::error("E0104", path, message);
            if let Some(near) = self.comparisons.similar(word, choices.iter().copied()) {
                problem = problem.help(format!("a similar value exists: `{near}`"));
            }
            return self.error(problem);
        }
        let message = format!("{} is expected here, not {}", wants.join(" or "), found(value));
        let mut problem = Problem::error("E0102", path, message);
        let numbers = ["a number", "a whole number"];
        let wants_number = wants.iter().any(|w| numbers.contains(&w.as_str()));
        let separated = value.as_str().filter(|_| wants_number);
        problem = if value.is_null() {
            problem.help("give a value or leave the field out")
        } else if let Some(help) = separated.and_then(written_otherwise) {
            problem.help(help)
        } else if value.is_number() && wants.iter().any(|w| w == "a text") {
            problem.help(format!("put it in quotes: \"{value}\""))
        } else {
            let examples: Vec<String> = branches.iter().map(|b| example(b)).collect();
            problem.help(format!("write {}", examples.join(" or ")))
        };
        self.error(problem);
    }

    fn object(&mut self, map: &mut Map<String, Value>, schema: &'s Value, path: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties").filter(|a| a.is_object());
        let open = schema.get("additionalProperties").is_none_or(|a| a != false);
        // What is cut at its comma follows the field that it was cut from.
        let mut unknown: Vec<(String, Option<Problem>)> = Vec::new();
        let mut before: Option<(String, Value)> = None;
        for (key, value) in map.iter_mut() {
            let inner = join(path, key);
            let schema = known.and_then(|k| k.get(key)).or(others);
            if schema.is_none() && !open {
                unknown.push((key.clone(), cut_at_comma(before.as_ref(), key, value)));
                continue;
            }
            before = value.is_number().then(|| (key.clone(), value.clone()));
            if let Some(schema) = schema {
                self.walk(value, schema, &inner);
            }
        }
        if !unknown.is_empty() {
            let names: BTreeSet<&str> = unknown.iter().map(|(key, _)| key.as_str()).collect();
            map.retain(|key, _| !names.contains(key.as_str()));
        }
        for (key, cut) in &unknown {
            let place = join(path, key);
            let problem = match cut.clone().or_else(|| removed(&place)) {
                Some(problem) => Problem { path: place, ..problem },
                None => self.unknown(key, &place, known, map),
            };
            self.found.problems.push(problem);
        }
        self.required(map, schema, path, &unknown);
    }

    fn unknown(
        &mut self,
        key: &str,
        place: &str,
        known: Option<&Map<String, Value>>,
        map: &Map<String, Value>,
    ) -> Problem {
        let names = known.into_iter().flat_map(Map::keys).map(String::as_str);
        let problem = Problem::error("E0101", place, format!("unknown field `{key}`"));
        match self.comparisons.similar(key, names.clone()) {
            Some(near) => problem.help(format!("a similar field exists: `{near}`")),
            None => {
                let all: Vec<&str> = names.filter(|n| !map.contains_key(*n)).collect();
                problem.help(format!("fields that can be here: {}", all.join(", ")))
            }
        }
    }

    fn required(
        &mut self,
        map: &Map<String, Value>,
        schema: &Value,
        path: &str,
        unknown: &[(String, Option<Problem>)],
    ) {
        let Some(required) = schema.get("required").and_then(Value::as_array) else {
            return;
        };
        for name in required.iter().filter_map(Value::as_str).filter(|n| !map.contains_key(*n)) {
            // A misspelt field is told once, as unknown.
            let mut meant = unknown.iter();
            if meant.any(|(u, _)| self.comparisons.similar(u, [name]).is_some()) {
                self.found.readable = false;
                continue;
            }
            let message = format!("the field `{name}` is missing");
            let about =
                schema.pointer(&format!("/properties/{name}/description")).and_then(Value::as_str);
            let mut problem = Problem::error("E0103", path, message);
            if let Some(about) = about {
                problem = problem.help(format!("`{name}`: {about}"));
            }
            self.error(problem);
        }
    }
}
