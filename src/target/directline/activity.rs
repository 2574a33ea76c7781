//! What activities say: no sockets.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::target::progress::{Progress, Wait};

/// What the service says of a conversation or a token.
pub struct Opened {
    pub id: Option<String>,
    pub token: Option<String>,
    /// Life of the token, seconds.
    pub expires_s: Option<f64>,
    pub stream_url: Option<String>,
}

impl Opened {
    pub fn read(document: &Value) -> Opened {
        let text = |key: &str| {
            let text = document.get(key).and_then(Value::as_str);
            text.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let expires = document.get("expires_in").or(document.get("expiresIn"));
        Opened {
            id: text("conversationId"),
            token: text("token"),
            expires_s: expires
                .and_then(Value::as_f64)
                .filter(|s| (0.0..=1e9).contains(s)),
            stream_url: text("streamUrl"),
        }
    }
}

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

/// The activities of one reply.
pub struct Heard {
    customer: String,
    settle: Duration,
    /// Activities of the customer before this turn: replies to them come too late.
    pub earlier: Vec<String>,
    /// When the reply is over unless more comes.
    pub settles: Option<Instant>,
    last: Option<Instant>,
    over: bool,
}

impl Heard {
    pub fn new(customer: &str, settle: Duration) -> Self {
        Heard {
            customer: customer.to_owned(),
            settle,
            earlier: Vec::new(),
            settles: None,
            last: None,
            over: false,
        }
    }

    pub fn flow(&self) -> Flow {
        let quiet = self.settles.is_some_and(|at| at <= Instant::now());
        match self.over || quiet {
            true => Flow::Over,
            false => Flow::More,
        }
    }

    /// What to wait for, and since when.
    pub fn wait(&self, sent: Instant) -> (Wait, Instant) {
        match self.last {
            Some(at) => (Wait::NextEvent, at),
            None => (Wait::FirstEvent, sent),
        }
    }

    pub fn hear(&mut self, activity: &Value, at: Instant, progress: &mut Progress) {
        let text = |pointer: &str| activity.pointer(pointer).and_then(Value::as_str);
        let own = text("/from/id") == Some(self.customer.as_str());
        let late = text("/replyToId").is_some_and(|id| self.earlier.iter().any(|e| e == id));
        if own || late {
            return;
        }
        self.last = Some(at);
        progress.begun = true;
        match text("/type") {
            Some("message") => self.hear_message(activity, at, progress),
            Some("typing") | None => return,
            Some("event") => {
                let name = text("/name").unwrap_or("event");
                progress.reply.activities.push(name.to_owned());
                if name.starts_with("handoff") {
                    progress.handed_off = true;
                    self.over = true;
                }
            }
            Some(kind) => {
                progress.reply.activities.push(kind.to_owned());
                self.over |= kind == "endOfConversation";
            }
        }
        progress.reply.documents.push(activity.clone());
    }

    fn hear_message(&mut self, message: &Value, at: Instant, progress: &mut Progress) {
        let text = message.get("text").and_then(Value::as_str);
        let attached = message.get("attachments").and_then(Value::as_array);
        if text.is_some_and(|t| !t.is_empty()) || attached.is_some_and(|a| !a.is_empty()) {
            progress.message(at, text);
        }
        self.settles = Some(at + self.settle);
        self.over |= message.get("inputHint").and_then(Value::as_str) == Some("expectingInput");
    }
}
