//! The part of a template that says what is said on a WebSocket, and what it means.

use std::time::Duration;

use serde_json::{Map, Value};

use super::read::Reader;
use super::tree::Tree;
use super::{Body, Rule, Step, pointer_text};
use crate::target::address::Address;
use crate::target::check::pointer;
use crate::target::options::TargetError;
use crate::target::secret::Vault;

/// What ends a reply on a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// A frame that matches `match.done`.
    Match,
    /// Quiet for so long; the option `settle` where `None`.
    Settle(Option<Duration>),
    /// So many frames that are replies.
    Frames(u32),
}

/// How frames name the message that they answer: both are JSON pointers.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Where a frame of the bot has the name.
    json: String,
    /// Where the frame that we sent has it.
    sent: String,
}

impl Answers {
    /// The name of a frame that was sent.
    pub fn name_of(&self, sent: &str) -> Option<String> {
        let sent: Value = serde_json::from_str(sent).ok()?;
        pointer_text(&sent, &self.sent)
    }

    /// The name of the message that a frame of the bot answers, if it says so.
    pub fn named_by(&self, frame: Option<&Value>) -> Option<String> {
        pointer_text(frame?, &self.json)
    }
}

/// Frames of a conversation on a WebSocket.
#[derive(Clone, Debug)]
pub struct SocketTemplate {
    pub before: Option<Step>,
    pub connect: Step,
    pub subprotocol: Option<String>,
    /// What the bot says before it is asked: frames, or until it is quiet.
    pub greeting: Option<Done>,
    pub send: Body,
    pub reply: Option<Rule>,
    /// How replies name the message that they answer.
    pub answers: Option<Answers>,
    /// Where a reply has its text.
    pub text: Option<String>,
    pub typing: Option<Rule>,
    pub done: Option<Rule>,
    pub error: Option<Rule>,
    pub reply_done: Done,
    pub ping: Option<Duration>,
}

/// What a frame is to a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub error: bool,
    pub typing: bool,
    pub done: bool,
    /// It says something to the customer.
    pub reply: bool,
}

impl SocketTemplate {
    /// What a frame is, whatever it answers.
    pub fn kind(&self, text: &str, json: Option<&Value>) -> Kind {
        let holds = |rule: &Option<Rule>| rule.as_ref().is_some_and(|r| r.holds(text, json));
        let [error, typing, done] = [&self.error, &self.typing, &self.done].map(holds);
        let reply = match &self.reply {
            Some(rule) => rule.holds(text, json),
            None => !done && !text.is_empty(),
        };
        Kind { error, typing, done, reply: reply && !error && !typing }
    }
}

/// Reads a template for WebSockets.
///
/// # Errors
/// All that is wrong with it.
pub fn socket(
    text: &str,
    address: &Address,
    vault: &mut Vault<'_>,
) -> Result<SocketTemplate, Vec<TargetError>> {
    let tree = Tree::parse(text)?;
    let mut reader = Reader::new(&tree, address, vault);
    let root = reader.map("", &tree.value);
    let keys = ["before", "connect", "greeting", "send", "match", "reply_done", "ping_s"];
    reader.only("", &root, &keys);
    let before = reader.step(&root, "before");
    let connect = match root.contains_key("connect") {
        true => reader.step(&root, "connect"),
        false => reader.path("connect", &Map::new()).map(|path| Step {
            name: "connect",
            path,
            ..Step::default()
        }),
    };
    let send = reader.send(&root);
    let rules = root.get("match").map(|m| reader.map("match", m));
    let rules = rules.unwrap_or_default();
    reader.only("match", &rules, &["reply", "answers", "text", "typing", "done", "error"]);
    let [reply, typing, done, error] =
        ["reply", "typing", "done", "error"].map(|key| reader.rule("match", &rules, key));
    let text = reader.text_of(&rules, "match", "text");
    let answers = reader.answers(&rules, root.get("send"));
    let reply_done = reader.done(&root, done.is_some());
    let greeting = reader.greeting(&root);
    let ping = reader.seconds(&root, "ping_s");
    let subprotocol = root.get("connect").and_then(|c| c.get("subprotocol"));
    let sent: Vec<_> = send.iter().flat_map(Body::vars).collect();
    reader.check_vars(&[before.as_ref(), connect.as_ref()], &sent);
    match (connect, send) {
        (Some(connect), Some(send)) if reader.problems.is_empty() => Ok(SocketTemplate {
            before,
            connect,
            subprotocol: subprotocol.and_then(Value::as_str).map(str::to_owned),
            greeting,
            send,
            reply,
            answers,
            text,
            typing,
            done,
            error,
            reply_done,
            ping,
        }),
        _ => Err(reader.problems),
    }
}

impl Reader<'_, '_, '_> {
    fn send(&mut self, root: &Map<String, Value>) -> Option<Body> {
        let Some(value) = root.get("send") else {
            let (problem, help) = ("there is no `send`", "write send: \"{{turn.text}}\"");
            self.problem("send", problem, help);
            return None;
        };
        self.body("send", value)
    }

    fn done(&mut self, root: &Map<String, Value>, has_rule: bool) -> Done {
        let help = "write match, {settle_ms: 300} or {frames: 1}";
        match root.get("reply_done") {
            None if has_rule => Done::Match,
            None => Done::Settle(None),
            Some(Value::String(word)) if word == "match" && has_rule => Done::Match,
            Some(Value::String(word)) if word == "match" => {
                self.problem("reply_done", "there is no match.done", help);
                Done::Match
            }
            Some(value) => quiet_or_frames(value).unwrap_or_else(|| {
                self.problem("reply_done", "this says not what ends a reply", help);
                Done::Settle(None)
            }),
        }
    }

    fn greeting(&mut self, root: &Map<String, Value>) -> Option<Done> {
        let found = quiet_or_frames(root.get("greeting")?);
        if found.is_none() {
            let help = "write {frames: 1} or {settle_ms: 300}";
            self.problem("greeting", "this says not what ends a greeting", help);
        }
        found
    }

    /// How replies name what they answer: `send` must have the name.
    fn answers(&mut self, rules: &Map<String, Value>, send: Option<&Value>) -> Option<Answers> {
        let path = "match.answers";
        let map = self.map(path, rules.get("answers")?);
        self.only(path, &map, &["json", "sent"]);
        let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(json), Some(sent)) = (text("json"), text("sent")) else {
            let help = "write {json: /reply_to, sent: /id}: where a frame of the bot names a message, and where `send` has that name";
            self.problem(path, "this says not how a reply names its message", help);
            return None;
        };
        for text in [&json, &sent] {
            let wrong = pointer(&self.place(path), text).err();
            self.problems.extend(wrong);
        }
        let names = send.and_then(|value| value.pointer(&sent));
        let own = names.and_then(Value::as_str).is_some_and(|t| t.contains("{{"));
        if !own {
            let problem = format!("`send` has nothing of the message's own at {sent}");
            let help = "give it a name there, as id: \"{{uuid}}\"";
            self.problem(path, &problem, help);
        }
        Some(Answers { json, sent })
    }
}

/// `{settle_ms: 300}` or `{frames: 1}`.
fn quiet_or_frames(value: &Value) -> Option<Done> {
    let number = |key: &str| value.get(key).and_then(Value::as_u64);
    match (number("settle_ms"), number("frames")) {
        (Some(ms), None) => Some(Done::Settle(Some(Duration::from_millis(ms)))),
        (None, Some(n)) if n > 0 => Some(Done::Frames(n.min(u64::from(u32::MAX)) as u32)),
        _ => None,
    }
}
