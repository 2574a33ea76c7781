//! What activities say: no sockets.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::target::json;
use crate::target::progress::{Progress, Wait};
use crate::target::strays::{Strays, afterwards};

/// The activities of a set.
pub fn activities(document: &Value) -> Option<&Vec<Value>> {
    document.get("activities")?.as_array()
}

/// How far a set goes: text by the documentation, a number in some stand-ins.
pub fn watermark(document: &Value) -> Option<String> {
    match document.get("watermark")? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a reply goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    More,
    Over,
}

/// Whether the replies of a bot name the message that they answer (`replyToId`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// No reply was heard so far.
    #[default]
    Unknown,
    /// A whole reply did not.
    Never,
    /// Some activity named a message of a customer: whatever names none is no reply.
    Always,
}

/// What an activity answers.
enum Whom {
    /// The message of this turn.
    This,
    /// A message before it.
    Earlier,
    /// It names none, or one that is not the customer's.
    Nobody,
}

/// The activities of one reply.
pub struct Heard<'a> {
    customer: &'a str,
    settle: Duration,
    naming: &'a Cell<Naming>,
    strays: &'a Strays,
    /// The message of this turn, as the service calls it.
    pub asked: Option<String>,
    /// Activities of the customer before this turn: replies to them come too late.
    pub earlier: Vec<String>,
    /// What names no message: the reply where nothing comes that does, else a welcome.
    aside: Vec<(Instant, Value)>,
    /// When the last message among them came.
    aside_since: Option<Instant>,
    /// When the last message of the reply came.
    since: Option<Instant>,
    last: Option<Instant>,
    over: bool,
}

impl<'a> Heard<'a> {
    pub fn new(
        customer: &'a str,
        settle: Duration,
        naming: &'a Cell<Naming>,
        strays: &'a Strays,
    ) -> Self {
        Heard {
            customer,
            settle,
            naming,
            strays,
            asked: None,
            earlier: Vec::new(),
            aside: Vec::new(),
            aside_since: None,
            since: None,
            last: None,
            over: false,
        }
    }

    /// Whether the reply goes on. Where nothing named the message for long enough, what
    /// named none is the reply.
    pub fn flow(&mut self, progress: &mut Progress) -> Flow {
        if !self.aside.is_empty() && self.naming.get() == Naming::Always {
            self.put_away();
        }
        if self.over {
            return Flow::Over;
        }
        if self.quiet_at().is_none_or(|at| at > Instant::now()) {
            return Flow::More;
        }
        self.flush(progress);
        if self.naming.get() == Naming::Unknown {
            self.naming.set(Naming::Never);
        }
        Flow::Over
    }

    /// When the reply is over unless more comes. A bot whose ways are not known yet is
    /// waited for longer: what came may be its welcome.
    pub fn quiet_at(&self) -> Option<Instant> {
        let aside = self.aside_since.map(|at| match self.naming.get() {
            Naming::Unknown => at + afterwards(self.settle),
            Naming::Never | Naming::Always => at + self.settle,
        });
        self.since.map(|at| at + self.settle).or(aside)
    }

    /// When to look again: another conversation may have learnt the bot's ways meanwhile.
    pub fn wakes(&self) -> Option<Instant> {
        self.quiet_at().map(|at| at.min(Instant::now() + self.settle))
    }

    /// What to wait for, and since when.
    pub fn wait(&self, sent: Instant) -> (Wait, Instant) {
        match self.last {
            Some(at) => (Wait::NextEvent, at),
            None => (Wait::FirstEvent, sent),
        }
    }

    /// A set of activities that came while nothing was asked, as a frame has it.
    pub fn hear_text(&self, frame: &str) {
        if let Ok(document) = json::read(frame.as_bytes()) {
            self.hear_set_between(&document);
        }
    }

    /// The same of a document.
    pub fn hear_set_between(&self, document: &Value) {
        let set = activities(document).into_iter().flatten();
        set.for_each(|activity| self.hear_between(activity));
    }

    /// What came while nothing was asked: too late, or before the first message.
    fn hear_between(&self, activity: &Value) {
        if text(activity, "/from/id") == Some(self.customer) || !says_something(activity) {
            return;
        }
        match self.whom(activity) {
            Whom::Nobody if self.earlier.is_empty() || self.naming.get() == Naming::Always => {
                self.strays.unasked(1);
            }
            Whom::Nobody => self.strays.late(1),
            Whom::This | Whom::Earlier => {
                self.naming.set(Naming::Always);
                self.strays.late(1);
            }
        }
    }

    pub fn hear(&mut self, activity: &Value, at: Instant, progress: &mut Progress) {
        if text(activity, "/from/id") == Some(self.customer) {
            return;
        }
        match self.whom(activity) {
            Whom::Earlier => {
                self.naming.set(Naming::Always);
                self.strays.late(usize::from(says_something(activity)));
            }
            Whom::This => {
                self.naming.set(Naming::Always);
                self.put_away();
                self.take(activity, at, progress);
            }
            // What ends a conversation, and who only types, need name nothing.
            Whom::Nobody if ends(activity) || !is_said(activity) => {
                self.take(activity, at, progress);
            }
            Whom::Nobody if self.naming.get() == Naming::Always => {
                self.strays.unasked(usize::from(says_something(activity)));
            }
            Whom::Nobody => {
                self.aside.push((at, activity.clone()));
                if text(activity, "/type") == Some("message") {
                    self.aside_since = Some(at);
                    self.over |= self.naming.get() == Naming::Never && expects_input(activity);
                }
                if self.over {
                    self.flush(progress);
                }
            }
        }
    }

    fn whom(&self, activity: &Value) -> Whom {
        let named = text(activity, "/replyToId");
        match named {
            None => Whom::Nobody,
            Some(id) if self.asked.as_deref() == Some(id) => Whom::This,
            Some(id) if self.earlier.iter().any(|e| e == id) => Whom::Earlier,
            Some(_) => Whom::Nobody,
        }
    }

    /// What named no message was no reply.
    fn put_away(&mut self) {
        let said = self.aside.drain(..).filter(|(_, a)| says_something(a));
        self.strays.unasked(said.count());
        self.aside_since = None;
    }

    /// What named no message is the reply.
    fn flush(&mut self, progress: &mut Progress) {
        for (at, activity) in std::mem::take(&mut self.aside) {
            self.take(&activity, at, progress);
        }
    }

    /// Takes an activity of the reply.
    fn take(&mut self, activity: &Value, at: Instant, progress: &mut Progress) {
        self.last = Some(at);
        progress.begun = true;
        match text(activity, "/type") {
            Some("message") => {
                if says_something(activity) {
                    progress.message(at, text(activity, "/text"));
                }
                self.since = Some(at);
                self.over |= expects_input(activity);
            }
            Some("typing") | None => return,
            Some("event") => {
                let name = text(activity, "/name").unwrap_or("event");
                progress.reply.activities.push(name.to_owned());
                if name.starts_with("handoff") {
                    progress.handed_off = true;
                }
            }
            Some(kind) => progress.reply.activities.push(kind.to_owned()),
        }
        self.over |= ends(activity);
        progress.reply.documents.push(activity.clone());
    }
}

fn text<'v>(activity: &'v Value, pointer: &str) -> Option<&'v str> {
    activity.pointer(pointer).and_then(Value::as_str)
}

/// Whether it is more than a sign of life.
fn is_said(activity: &Value) -> bool {
    !matches!(text(activity, "/type"), Some("typing") | None)
}

/// Whether it ends what the bot has to say: a handoff, or the end of the conversation.
fn ends(activity: &Value) -> bool {
    match text(activity, "/type") {
        Some("event") => text(activity, "/name").is_some_and(|n| n.starts_with("handoff")),
        kind => kind == Some("endOfConversation"),
    }
}

fn expects_input(message: &Value) -> bool {
    text(message, "/inputHint") == Some("expectingInput")
}

/// Whether the customer sees something of it, or is handed over.
fn says_something(activity: &Value) -> bool {
    let attached = activity.get("attachments").and_then(Value::as_array);
    match text(activity, "/type") {
        Some("message") => {
            text(activity, "/text").is_some_and(|t| !t.is_empty())
                || attached.is_some_and(|a| !a.is_empty())
        }
        _ => ends(activity),
    }
}
