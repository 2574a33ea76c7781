//! What a real bot's reply means: decided by rules on what can be seen of it.

use crate::domain::Meaning;
use crate::target::Reply;
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use std::str::FromStr;

/// Something that a reply may show.
#[derive(Clone, Debug)]
pub enum Sign {
    /// Its text matches, in any case of letters.
    Text(Regex),
    /// One of its documents has this value at a JSON pointer; without a value, any
    /// but `false` and `null`.
    Json(Pointer, Option<Value>),
    /// It calls a tool of this name.
    Tool(String),
    /// It has an activity of this type, or an event of this name; `x*` takes all that begin so.
    Activity(String),
}

impl FromStr for Sign {
    type Err = String;

    /// `text:REGEX`, `json:/pointer`, `json:/pointer=VALUE`, `tool:NAME` or `activity:NAME`.
    fn from_str(text: &str) -> Result<Self, String> {
        let help =
            "write text:REGEX, json:/pointer, json:/pointer=VALUE, tool:NAME or activity:NAME";
        let (kind, rest) =
            text.split_once(':').ok_or_else(|| format!("`{text}` is no rule: {help}"))?;
        match kind.trim() {
            "text" => {
                let regex = RegexBuilder::new(rest).case_insensitive(true).build();
                let regex = regex.map_err(|e| format!("`{rest}` is no regular expression: {e}"))?;
                Ok(Sign::Text(regex))
            }
            "json" => {
                let (pointer, value) = match rest.split_once('=') {
                    Some((pointer, value)) => (pointer, Some(value)),
                    None => (rest, None),
                };
                let pointer = Pointer::new(pointer)
                    .ok_or_else(|| format!("the JSON pointer `{pointer}` must begin with `/`"))?;
                // A bare word is a string.
                let value = value.map(|v| serde_json::from_str(v).unwrap_or_else(|_| v.into()));
                Ok(Sign::Json(pointer, value))
            }
            "tool" => Ok(Sign::Tool(rest.trim().to_owned())),
            "activity" => Ok(Sign::Activity(rest.trim().to_owned())),
            other => Err(format!("`{other}` is no kind of rule: {help}")),
        }
    }
}

/// A JSON pointer (RFC 6901), taken apart once: every reply is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// A pointer; none where the text is not empty and does not begin with `/`.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut tokens = text.split('/');
        let before = tokens.next().unwrap_or_default();
        let plain = |token: &str| token.replace("~1", "/").replace("~0", "~");
        before.is_empty().then(|| Self(tokens.map(plain).collect()))
    }

    /// What is there, as [`Value::pointer`] finds it.
    fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(document, |at, token| match at {
            Value::Object(members) => members.get(token),
            Value::Array(items) if token == "0" || !token.starts_with(['0', '+']) => {
                items.get(token.parse::<usize>().ok()?)
            }
            _ => None,
        })
    }
}

impl Sign {
    fn shows(&self, reply: &Reply) -> bool {
        match self {
            Sign::Text(regex) => regex.is_match(&reply.text),
            Sign::Json(pointer, wanted) => reply.documents.iter().any(|document| {
                let found = pointer.find(document);
                match wanted {
                    Some(value) => found == Some(value),
                    None => found.is_some_and(|v| !v.is_null() && *v != Value::Bool(false)),
                }
            }),
            Sign::Tool(name) => reply.tool_calls.iter().any(|tool| tool == name),
            Sign::Activity(name) => reply.activities.iter().any(|a| match name.strip_suffix('*') {
                Some(start) => a.starts_with(start),
                None => a == name,
            }),
        }
    }
}

/// The rules: the first list of which one sign shows decides; else the bot answered.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    /// The reply gives the conversation to people.
    pub handoff: Vec<Sign>,
    /// The reply says that something went wrong.
    pub failed: Vec<Sign>,
    /// The reply says that the bot did not understand.
    pub fallback: Vec<Sign>,
    /// The reply says that the issue is resolved.
    pub resolved: Vec<Sign>,
}

/// What usual bots show when they give a conversation to people.
pub const HANDOFF: [&str; 8] = [
    "tool:transfer_to_human",
    "tool:handoff",
    "tool:escalate",
    "activity:handoff*",
    "json:/handoff",
    "json:/custom/handoff",
    "json:/0/custom/handoff",
    r"text:\b(connect|transfer|put) you (through )?(to|with) (an? )?(colleague|agent|human|person|advisor|representative)",
];

/// What usual bots say when they did not understand.
pub const FALLBACK: [&str; 2] = [
    "json:/fallback",
    r"text:\b(i )?(did not|didn't|do not|don't) (quite )?(understand|get that)|could you rephrase",
];

/// What usual bots show when they end a conversation themselves.
pub const RESOLVED: [&str; 2] = ["activity:endOfConversation", "json:/resolved"];

impl Judge {
    /// The usual rules, where the list of a meaning is empty.
    ///
    /// # Errors
    /// When a rule cannot be read; all of them at once.
    pub fn new(
        handoff: &[String],
        failed: &[String],
        fallback: &[String],
        resolved: &[String],
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut read = |given: &[String], usual: &[&str]| {
            let usual: Vec<String> = usual.iter().map(|s| (*s).to_owned()).collect();
            let rules = if given.is_empty() { &usual } else { given };
            let mut signs = Vec::new();
            for rule in rules {
                match rule.parse() {
                    Ok(sign) => signs.push(sign),
                    Err(what) => problems.push(what),
                }
            }
            signs
        };
        let judge = Self {
            handoff: read(handoff, &HANDOFF),
            failed: read(failed, &[]),
            fallback: read(fallback, &FALLBACK),
            resolved: read(resolved, &RESOLVED),
        };
        if problems.is_empty() { Ok(judge) } else { Err(problems) }
    }

    /// What a reply means.
    #[must_use]
    pub fn meaning(&self, reply: &Reply) -> Meaning {
        let shows = |signs: &[Sign]| signs.iter().any(|sign| sign.shows(reply));
        if shows(&self.handoff) {
            Meaning::Handoff
        } else if shows(&self.failed) {
            Meaning::Failed
        } else if shows(&self.fallback) {
            Meaning::Fallback
        } else if shows(&self.resolved) {
            Meaning::Resolved
        } else {
            Meaning::Answered
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_finds_what_serde_json_finds() {
        let document = json!({
            "": {"": 1}, "a": [10, {"b": null}, [0, 2]], "a/b": 3, "~1": 4, "0": 5, "x": "text",
        });
        let pointers = [
            "", "/", "//", "/a", "/a/0", "/a/00", "/a/01", "/a/+1", "/a/1", "/a/1/b", "/a/2/1",
            "/a/9", "/a/-", "/a/x", "/a~1b", "/~01", "/0", "/x", "/x/0", "/none", "/a/",
        ];
        for text in pointers {
            let pointer = Pointer::new(text).unwrap();
            assert_eq!(pointer.find(&document), document.pointer(text), "{text}");
        }
        assert_eq!(Pointer::new("a/b"), None);
    }
}
