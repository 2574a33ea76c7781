//! What a user says about a deployment: where it is, how to talk to it, how long to wait.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;

use crate::domain::words;

words! {
    /// How a bot is talked to, and how the scenario's bot is served, by its name in options, counts
    /// and reports. `docs/targets.md` has the requests of each.
    Protocol {
        /// Chat completions as OpenAI has them, streamed or not.
        Openai = "openai",
        /// Responses as OpenAI has them, streamed or not.
        Responses = "responses",
        /// Messages as Anthropic has them, streamed or not.
        Anthropic = "anthropic",
        /// The REST channel of Rasa.
        Rasa = "rasa",
        /// Bot Framework Direct Line 3.0.
        Directline = "directline",
        /// Text frames on a WebSocket, by template or plainly.
        Websocket = "websocket",
        /// JSON over HTTP, by template or plainly.
        Http = "http",
    }

    /// What becomes of a connection after a turn.
    Reuse {
        /// It stays with its conversation until that ends.
        PerConversation = "per-conversation",
        /// It serves whoever comes next.
        Pooled = "pooled",
        /// It is closed.
        PerTurn = "per-turn",
    }
}

impl FromStr for Protocol {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        Protocol::find(text).ok_or_else(|| {
            let help = format!("write one of {}", Protocol::ALL.map(Protocol::name).join(", "));
            TargetError::new("protocol", format!("no protocol is called `{text}`"), help)
        })
    }
}

impl FromStr for Reuse {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        Reuse::find(&text.replace('_', "-")).ok_or_else(|| {
            let help = format!("write one of {}", Reuse::ALL.map(Reuse::name).join(", "));
            TargetError::new("reuse", format!("connections cannot be `{text}`"), help)
        })
    }
}

/// How long what may take. The defaults are this project's: a minute to begin to
/// answer is what hosted language models need on a bad day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection is there, TLS included. 5 s.
    pub connect: Duration,
    /// From then until something of the reply is there. 60 s.
    pub first_event: Duration,
    /// Longest pause within a reply. 30 s.
    pub idle: Duration,
    /// The whole turn. 120 s.
    pub turn: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(5),
            first_event: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            turn: Duration::from_secs(120),
        }
    }
}

/// What a reply must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// The HTTP status.
    Status(u16),
    /// Some document of the reply has a value at this JSON pointer (RFC 6901);
    /// if one is given, this value.
    Json {
        /// The pointer, as `/choices/0/finish_reason`.
        pointer: String,
        /// The value there; any but null where `None`.
        equals: Option<serde_json::Value>,
    },
    /// The text of the reply contains this.
    Contains(String),
    /// The text of the reply matches this regular expression.
    Matches(String),
    /// The text has at most this many characters.
    MaxLength(usize),
}

impl FromStr for Expectation {
    type Err = TargetError;

    /// `status:200`, `json:/pointer`, `json:/pointer=VALUE`, `contains:TEXT`, `regex:PATTERN`
    /// or `max-length:N`. A value that is no JSON is a text.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = |problem: String| {
            let help = "write status:200, json:/pointer, json:/pointer=VALUE, contains:TEXT, regex:PATTERN or max-length:N";
            TargetError::new("expectation", problem, help)
        };
        let number = |text: &str| text.trim().parse().ok();
        let Some((kind, rest)) = text.split_once(':') else {
            return Err(wrong(format!("`{text}` is no expectation")));
        };
        match kind.trim() {
            "status" => number(rest)
                .and_then(|status: usize| u16::try_from(status).ok())
                .filter(|status| (100..1000).contains(status))
                .map(Expectation::Status)
                .ok_or_else(|| wrong(format!("`{rest}` is no HTTP status"))),
            "max-length" => number(rest)
                .map(Expectation::MaxLength)
                .ok_or_else(|| wrong(format!("`{rest}` is no number of characters"))),
            "contains" => Ok(Expectation::Contains(rest.to_owned())),
            "regex" => Ok(Expectation::Matches(rest.to_owned())),
            "json" => {
                let (pointer, value) = match rest.split_once('=') {
                    Some((pointer, value)) => (pointer, Some(value)),
                    None => (rest, None),
                };
                Ok(Expectation::Json {
                    pointer: pointer.to_owned(),
                    equals: value.map(|v| serde_json::from_str(v).unwrap_or_else(|_| v.into())),
                })
            }
            other => Err(wrong(format!("`{other}` is no kind of expectation"))),
        }
    }
}

/// All about a deployment. Texts may hold `${env:NAME}` where this is said: the value
/// of an environment variable, which is kept secret.
#[derive(Clone, Debug)]
pub struct TargetOptions {
    /// Its address: `http`, `https`, `ws` or `wss`. May hold `${env:NAME}`.
    pub url: String,
    /// How to talk to it.
    pub protocol: Protocol,
    /// HTTP/2: agreed on under TLS, taken for granted without. Off.
    pub http2: bool,
    /// What becomes of connections; the protocol's own way where `None`.
    pub reuse: Option<Reuse>,
    /// Name of the model (openai, responses, anthropic); `default` where `None`.
    pub model: Option<String>,
    /// What the model is told before all else (openai, responses, anthropic).
    pub system: Option<String>,
    /// Ask for the reply in parts as it is made (openai, responses, anthropic, rasa).
    pub stream: bool,
    /// How many messages of the conversation are sent, the newest one included and the
    /// system's not (openai, anthropic, the first request of responses); all where `None`.
    pub max_history: Option<usize>,
    /// Fields of every request in place of the usual ones, or beside them: those who have a
    /// model (openai, responses, anthropic).
    pub body: Vec<(String, Value)>,
    /// Headers of every HTTP request. Values may hold `${env:NAME}`.
    pub headers: Vec<(String, String)>,
    /// Sent as `Authorization: Bearer`; the secret of Direct Line. May hold `${env:NAME}`.
    pub bearer: Option<String>,
    /// Certificates to trust besides the usual ones, PEM.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and those that signed it, PEM, for bots that ask who we are.
    pub client_cert_file: Option<PathBuf>,
    /// Its private key, PEM.
    pub client_key_file: Option<PathBuf>,
    /// Trust any certificate. Off.
    pub insecure: bool,
    /// What comes before `/conversations` (directline); `/v3/directline` where `None`.
    pub path_prefix: Option<String>,
    /// Time between polls (directline, http with a poll step). 250 ms.
    pub poll_interval: Duration,
    /// Quiet time that ends a reply of several messages (directline, websocket). 300 ms.
    pub settle: Duration,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// Most connections at once; no limit where `None`.
    pub max_connections: Option<usize>,
    /// Text of a template in YAML or JSON (websocket, http).
    pub template: Option<String>,
    /// A reply that misses one of these is `ok_partial`.
    pub soft: Vec<Expectation>,
    /// A reply that misses one of these is `assertion_failed`.
    pub hard: Vec<Expectation>,
}

impl TargetOptions {
    /// The usual options of a protocol: replies are streamed where that is common (openai,
    /// responses, anthropic).
    #[must_use]
    pub fn new(url: &str, protocol: Protocol) -> Self {
        TargetOptions {
            url: url.to_owned(),
            protocol,
            http2: false,
            reuse: None,
            model: None,
            system: None,
            stream: matches!(
                protocol,
                Protocol::Openai | Protocol::Responses | Protocol::Anthropic
            ),
            max_history: None,
            body: Vec::new(),
            headers: Vec::new(),
            bearer: None,
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            insecure: false,
            path_prefix: None,
            poll_interval: Duration::from_millis(250),
            settle: Duration::from_millis(300),
            timeouts: Timeouts::default(),
            max_connections: None,
            template: None,
            soft: Vec::new(),
            hard: Vec::new(),
        }
    }
}

impl Default for TargetOptions {
    /// An OpenAI-compatible server on this machine, where llama.cpp's listens.
    fn default() -> Self {
        TargetOptions::new("http://127.0.0.1:8080", Protocol::Openai)
    }
}

/// Something that is wrong with the options.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}; {help}")]
pub struct TargetError {
    /// Which option, and where in a template: `template line 3 (turn.url)`.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub help: String,
}

impl From<TargetError> for Vec<TargetError> {
    fn from(problem: TargetError) -> Self {
        vec![problem]
    }
}

impl TargetError {
    pub(crate) fn new(
        place: impl Into<String>,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        TargetError { place: place.into(), problem: problem.into(), help: help.into() }
    }
}
