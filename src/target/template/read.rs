//! The text of a template to its steps. Every problem is told at once, with its line.

use std::time::Duration;

use hyper::Method;
use hyper::header::HeaderName;
use serde_json::{Map, Value};

use super::text::{Shape, Text};
use super::tree::Tree;
use super::{Body, Callback, Framing, Rule, Source, Step, Stream};
use crate::target::address::Address;
use crate::target::check::{pointer, regex};
use crate::target::options::TargetError;
use crate::target::request::header_name;
use crate::target::secret::Vault;

/// Requests of a conversation over HTTP.
#[derive(Clone, Debug)]
pub struct HttpTemplate {
    pub start: Option<Step>,
    pub turn: Step,
    pub poll: Option<Step>,
    pub end: Option<Step>,
    pub callback: Option<Callback>,
}

/// Reads a template for HTTP.
///
/// # Errors
/// All that is wrong with it.
pub fn http(
    text: &str,
    address: &Address,
    vault: &mut Vault<'_>,
) -> Result<HttpTemplate, Vec<TargetError>> {
    let tree = Tree::parse(text)?;
    let mut reader = Reader::new(&tree, address, vault);
    let root = reader.map("", &tree.value);
    reader.only("", &root, &["start", "turn", "poll", "callback", "end"]);
    let start = reader.step(&root, "start");
    let turn = reader.step(&root, "turn");
    let poll = reader.step(&root, "poll");
    let end = reader.step(&root, "end");
    let callback = reader.callback(&root);
    if !root.contains_key("turn") {
        let help = "write turn: {method: POST, url: /path, body: {text: \"{{turn.text}}\"}}";
        reader.problems.push(TargetError::new("template", "there is no `turn`", help));
    }
    if turn.as_ref().is_some_and(|turn| turn.stream.is_some())
        && (poll.is_some() || callback.is_some())
    {
        reader.problem(
            "turn.stream",
            "the reply comes in parts, and otherwise as well",
            "leave out stream, or poll and callback",
        );
    }
    let steps = [start.as_ref(), turn.as_ref(), poll.as_ref(), end.as_ref()];
    reader.check_vars(&steps, &[]);
    match turn {
        Some(turn) if reader.problems.is_empty() => {
            Ok(HttpTemplate { start, turn, poll, end, callback })
        }
        _ => Err(reader.problems),
    }
}

pub(crate) struct Reader<'a, 'v, 'e> {
    tree: &'a Tree,
    address: &'a Address,
    vault: &'v mut Vault<'e>,
    pub(crate) problems: Vec<TargetError>,
}

impl<'a, 'v, 'e> Reader<'a, 'v, 'e> {
    pub(crate) fn new(tree: &'a Tree, address: &'a Address, vault: &'v mut Vault<'e>) -> Self {
        Reader { tree, address, vault, problems: Vec::new() }
    }

    /// Where a path of the template is, for a message.
    pub(crate) fn place(&self, path: &str) -> String {
        self.tree.place(path)
    }

    pub(crate) fn problem(&mut self, path: &str, problem: &str, help: &str) {
        let place = self.tree.place(path);
        self.problems.push(TargetError::new(place, problem, help));
    }

    fn ok<T>(&mut self, result: Result<T, TargetError>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    pub(crate) fn map(&mut self, path: &str, value: &Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map.clone(),
            _ => {
                self.problem(path, "this is no map", "write `name: value` on lines below it");
                Map::new()
            }
        }
    }

    /// The members of a map within a map, if it is there: the path, name and value of each.
    fn members(
        &mut self,
        key: &str,
        map: &Map<String, Value>,
        name: &str,
    ) -> Vec<(String, String, Value)> {
        let path = join(key, name);
        let inner = map.get(name).map(|value| self.map(&path, value)).unwrap_or_default();
        inner.into_iter().map(|(name, value)| (join(&path, &name), name, value)).collect()
    }

    pub(crate) fn only(&mut self, path: &str, map: &Map<String, Value>, known: &[&str]) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let help = format!("write one of {}", known.join(", "));
            self.problem(&join(path, key), &format!("nothing is called `{key}`"), &help);
        }
    }

    pub(crate) fn step(&mut self, root: &Map<String, Value>, key: &'static str) -> Option<Step> {
        let map = self.map(key, root.get(key)?);
        let keys: &[&str] = match key {
            "connect" => &["url", "headers", "subprotocol"],
            "poll" => {
                &["method", "url", "headers", "body", "extract", "reply", "until", "every_ms"]
            }
            "turn" if map.contains_key("stream") => &[
                "method",
                "url",
                "headers",
                "body",
                "reply",
                "until",
                "stream",
                "error",
                "tokens",
                "prompt_tokens",
            ],
            "turn" => &["method", "url", "headers", "body", "extract", "reply"],
            _ => &["method", "url", "headers", "body", "extract"],
        };
        self.only(key, &map, keys);
        let mut step = Step { name: key, ..Step::default() };
        step.body = map.get("body").and_then(|body| self.body(&join(key, "body"), body));
        step.method = self.method(key, &map, step.body.is_some());
        step.path = self.path(key, &map)?;
        step.headers = self.headers(key, &map);
        step.extract = self.extract(key, &map);
        step.reply = map.get("reply").and_then(|reply| self.source(&join(key, "reply"), reply));
        step.until = self.rule(key, &map, "until");
        step.every = self.millis(&map, key, "every_ms");
        step.stream = self.stream(key, &map);
        Some(step)
    }

    fn stream(&mut self, key: &str, map: &Map<String, Value>) -> Option<Stream> {
        let told = map.get("stream")?;
        let named = Framing::NAMES.into_iter().find(|(name, _)| told.as_str() == Some(name));
        let Some((_, framing)) = named else {
            let help = format!("write one of {}", Framing::NAMES.map(|(name, _)| name).join(", "));
            self.problem(&join(key, "stream"), &format!("there is no stream of {told}"), &help);
            return None;
        };
        let error = self.rule(key, map, "error");
        let mut source =
            |name: &str| map.get(name).and_then(|source| self.source(&join(key, name), source));
        let (tokens, prompt_tokens) = (source("tokens"), source("prompt_tokens"));
        Some(Stream { framing, error, tokens, prompt_tokens })
    }

    fn method(&mut self, key: &str, map: &Map<String, Value>, has_body: bool) -> Method {
        let usual = if has_body { Method::POST } else { Method::GET };
        let Some(text) = map.get("method").and_then(Value::as_str) else {
            return usual;
        };
        text.parse().unwrap_or_else(|_| {
            let problem = format!("`{text}` is no method");
            self.problem(&join(key, "method"), &problem, "write GET, POST, PUT or DELETE");
            usual
        })
    }

    /// A path of the deployment. Another host would be load on somebody else.
    pub(crate) fn path(&mut self, key: &str, map: &Map<String, Value>) -> Option<Text> {
        let path = join(key, "url");
        let place = self.tree.place(&path);
        let url = map.get("url").and_then(Value::as_str).unwrap_or_default();
        let url = if url.contains("://") {
            let found = Address::parse(&place, url.split("{{").next().unwrap_or_default());
            let found = self.ok(found)?;
            if found.origin != self.address.origin {
                let problem = "this is another host than the target's";
                self.problem(&path, problem, "write a path, as /chat");
                return None;
            }
            let from = url.find("://").map_or(0, |at| at + 3);
            let at = url[from..].find('/').map_or(url.len(), |at| from + at);
            url[at..].to_owned()
        } else {
            self.address.below(url)
        };
        let text = Text::parse(&place, &url, self.vault);
        self.ok(text)
    }

    fn headers(&mut self, key: &str, map: &Map<String, Value>) -> Vec<(HeaderName, Text)> {
        let mut headers = Vec::new();
        for (path, name, value) in self.members(key, map, "headers") {
            let place = self.tree.place(&path);
            let Some(header) = self.ok(header_name(&place, &name)) else { continue };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let text = Text::parse(&place, &value, self.vault);
            headers.extend(self.ok(text).map(|text| (header, text)));
        }
        headers
    }

    pub(crate) fn body(&mut self, path: &str, value: &Value) -> Option<Body> {
        let place = self.tree.place(path);
        let body = match value {
            Value::String(text) => Text::parse(&place, text, self.vault).map(Body::Text),
            other => Shape::parse(&place, other, self.vault).map(Body::Json),
        };
        self.ok(body)
    }

    fn extract(&mut self, key: &str, map: &Map<String, Value>) -> Vec<(String, Source)> {
        let members = self.members(key, map, "extract").into_iter();
        members
            .filter_map(|(path, name, value)| Some((name, self.source(&path, &value)?)))
            .collect()
    }

    fn source(&mut self, path: &str, value: &Value) -> Option<Source> {
        let place = self.tree.place(path);
        let map = self.map(path, value);
        let one = map.iter().next().filter(|_| map.len() == 1);
        match one.and_then(|(kind, value)| Some((kind.as_str(), value.as_str()?))) {
            Some(("json", to)) => self.ok(pointer(&place, to)).map(Source::Json),
            Some(("regex", pattern)) => self.ok(regex(&place, pattern)).map(Source::Regex),
            Some(("header", name)) => self.ok(header_name(&place, name)).map(Source::Header),
            _ => {
                let help = "write {json: /path}, {regex: 'id=(.+)'} or {header: name}";
                self.problem(path, "this says not where to find it", help);
                None
            }
        }
    }

    pub(crate) fn rule(&mut self, key: &str, map: &Map<String, Value>, name: &str) -> Option<Rule> {
        let path = join(key, name);
        let place = self.tree.place(&path);
        let rule = self.map(&path, map.get(name)?);
        self.only(&path, &rule, &["json", "equals", "regex"]);
        let text = |key: &str| rule.get(key).and_then(Value::as_str);
        match (text("json"), text("regex")) {
            (Some(to), None) => {
                self.problems.extend(pointer(&place, to).err());
                Some(Rule::Json(to.to_owned(), rule.get("equals").cloned()))
            }
            (None, Some(pattern)) => self.ok(regex(&place, pattern)).map(Rule::Regex),
            _ => {
                let help = "write {json: /type, equals: done} or {regex: '^done'}";
                self.problem(&path, "this is no rule", help);
                None
            }
        }
    }

    pub(crate) fn text_of(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        name: &str,
    ) -> Option<String> {
        let path = join(key, name);
        let to = map.get(name)?.as_str().unwrap_or(".").to_owned();
        let place = self.tree.place(&path);
        self.problems.extend(pointer(&place, &to).err());
        Some(to)
    }

    pub(crate) fn millis(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        name: &str,
    ) -> Option<Duration> {
        let value = map.get(name)?.as_u64().filter(|ms| (1..=60_000).contains(ms));
        if value.is_none() {
            let problem = "this is no time";
            self.problem(&join(key, name), problem, "write milliseconds, 1 to 60000");
        }
        value.map(Duration::from_millis)
    }

    pub(crate) fn seconds(&mut self, map: &Map<String, Value>, name: &str) -> Option<Duration> {
        let value = map.get(name)?.as_f64().filter(|s| (0.1..=3600.0).contains(s));
        if value.is_none() {
            self.problem(name, "this is no time", "write seconds, 0.1 to 3600");
        }
        value.map(Duration::from_secs_f64)
    }

    /// A variable that no step extracts would always be empty.
    pub(crate) fn check_vars(&mut self, steps: &[Option<&Step>], sent: &[&str]) {
        let steps = || steps.iter().flatten();
        let known: Vec<&str> =
            steps().flat_map(|step| step.extract.iter().map(|(name, _)| name.as_str())).collect();
        let mut used: Vec<(&str, &str)> = sent.iter().map(|v| ("send", *v)).collect();
        for step in steps() {
            let texts = step.headers.iter().map(|(_, text)| text);
            let texts = texts.chain(std::iter::once(&step.path));
            let mut vars: Vec<&str> = texts.flat_map(Text::vars).collect();
            vars.extend(step.body.iter().flat_map(Body::vars));
            used.extend(vars.into_iter().map(|v| (step.name, v)));
        }
        for (path, var) in used {
            if !known.contains(&var) {
                let problem = format!("no step extracts `{var}`");
                let help = format!("write extract: {{{var}: {{json: /{var}}}}} in an earlier step");
                self.problem(path, &problem, &help);
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    }
}
