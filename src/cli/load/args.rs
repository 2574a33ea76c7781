//! The options of `convoq load`.

use super::super::asked::Asked;
use super::super::{Format, ScenarioArgs};
use crate::load::Spacing;
use crate::scenario::file::Scalar;
use crate::scenario::units;
use crate::target::{Protocol, Reuse};
use crate::time::SimDuration;
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What `convoq load` is told.
#[derive(Args, Debug, Clone)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,
    #[command(flatten)]
    pub(super) bot: BotArgs,
    #[command(flatten)]
    pub(super) when: WhenArgs,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
    /// Seed; the same seed brings the same customers
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// A target to judge besides the scenario's: `--expect "ttft_s.p95 < 2s"`; may be given several times
    #[arg(long = "expect", value_name = "TARGET")]
    pub(super) expect: Vec<String>,
    /// A limit of a good turn: `--good "ttft_s <= 1s" --good "itl_s <= 50ms"`; the report says which
    /// share of turns keeps within all of them, and how many a second
    #[arg(long = "good", value_name = "LIMIT")]
    pub(super) good: Vec<String>,
    /// What customers write: lines of {"intent": ..., "language": ..., "text": ...} besides the built-in ones
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) messages: Option<PathBuf>,
    /// Write a copy of the scenario with what was measured of the bot, and print how far it was from the assumptions
    #[arg(long, value_name = "OUT.yaml")]
    pub(super) calibrate: Option<PathBuf>,
    /// Print one rendered request of each step, with secrets hidden, and send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Serve the counters of the run as Prometheus text, as 127.0.0.1:9100
    #[arg(long, value_name = "ADDR")]
    pub(super) metrics: Option<std::net::SocketAddr>,
    /// Folder of the run; a new one under `runs/` without it
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Write an HTML report to this file as well
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Write the targets as JUnit XML to this file as well: a test case for each
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Write the turns as an HdrHistogram interval log to this file as well: a histogram for each second
    #[arg(long, value_name = "FILE.hlog", conflicts_with_all = ["step", "search"])]
    pub(super) hdr: Option<PathBuf>,
    /// No live line and no notes on standard error
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// All of it as it was written.
    #[arg(skip)]
    pub(in crate::cli) asked: Asked,
}

/// The names of all protocols.
fn protocols() -> String {
    let names = Protocol::ALL.map(|protocol| format!("`{}`", protocol.name()));
    let [first @ .., last] = &names;
    format!("{} or {last}", first.join(", "))
}

/// A field and its value in JSON; what is no JSON is a text.
fn field(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write it like `max_tokens=200`")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

/// Which bot, and how it is talked to.
#[derive(Args, Debug, Clone)]
pub(super) struct BotArgs {
    /// Address of the bot, as http://127.0.0.1:8080
    #[arg(long, value_name = "URL")]
    pub(super) target: String,
    #[arg(long, value_name = "NAME", help = protocols())]
    pub(super) protocol: Protocol,
    /// A header of every request, as `X-Key: ${env:KEY}`; may be given several times
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub(super) headers: Vec<String>,
    /// Bearer token, as `${env:BOT_TOKEN}`
    #[arg(long, value_name = "TOKEN")]
    pub(super) bearer: Option<String>,
    /// Model to ask for (openai, responses, anthropic)
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,
    /// System prompt (openai, responses, anthropic)
    #[arg(long, value_name = "TEXT")]
    pub(super) system: Option<String>,
    /// Ask for a stream where that is not usual (rasa)
    #[arg(long, conflicts_with = "no_stream")]
    pub(super) stream: bool,
    /// Ask for whole replies where streams are usual (openai, responses, anthropic)
    #[arg(long)]
    pub(super) no_stream: bool,
    /// What comes before `/conversations` (directline); /v3/directline without it
    #[arg(long, value_name = "PATH")]
    pub(super) path_prefix: Option<String>,
    /// Earlier messages that are sent again with each message, at most (openai, anthropic)
    #[arg(long, value_name = "N")]
    pub(super) max_history: Option<usize>,
    /// A field of every request, as `max_tokens=200` or `temperature=0`; may be given several
    /// times (openai, responses, anthropic)
    #[arg(long, value_name = "FIELD=JSON", value_parser = field)]
    pub(super) body: Vec<(String, Value)>,
    /// Steps and templates of the protocols `http` and `websocket`
    #[arg(long, value_name = "FILE")]
    pub(super) template: Option<PathBuf>,
    /// Speak HTTP/2
    #[arg(long)]
    pub(super) http2: bool,
    /// How connections are used: `pooled`, `per-conversation` or `per-turn`
    #[arg(long, value_name = "HOW")]
    pub(super) reuse: Option<Reuse>,
    /// Certificate authority to trust besides the usual ones, PEM
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// Certificate that says who we are, with those that signed it, PEM; needs `--client-key`
    #[arg(long, value_name = "FILE")]
    pub(super) client_cert: Option<PathBuf>,
    /// Private key of that certificate, PEM, without a password
    #[arg(long, value_name = "FILE")]
    pub(super) client_key: Option<PathBuf>,
    /// Do not check certificates; said in the report
    #[arg(long)]
    pub(super) insecure: bool,
    /// The host of a target that is not on this machine: you may load it
    #[arg(long = "i-own", value_name = "HOST")]
    pub(super) i_own: Option<String>,
    /// Longest time to a connection; 5s without it
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(super) connect_timeout: Option<SimDuration>,
    /// Longest time to the first part of a reply; 60s without it
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(super) first_event_timeout: Option<SimDuration>,
    /// Longest pause within a reply; 30s without it
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(super) idle_timeout: Option<SimDuration>,
    /// Longest time of a whole turn; 2m without it
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(super) turn_timeout: Option<SimDuration>,
    /// Time between two looks for new activities (directline without a stream)
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(super) poll_interval: Option<SimDuration>,
    /// Silence after which a reply of several messages is over (directline, websocket)
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(super) settle: Option<SimDuration>,
}

/// Which customers, and when.
#[derive(Args, Debug, Clone)]
pub(super) struct WhenArgs {
    /// Start in the scenario: `8h30m` from its start or a local time; when it opens without it. What comes before is simulated at once
    #[arg(long, value_name = "T")]
    pub(super) from: Option<String>,
    /// How long customers come
    #[arg(long = "for", value_name = "TIME", default_value = "45s", value_parser = length)]
    pub(super) length: SimDuration,
    /// Time at the start that is not measured
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = length)]
    pub(super) warm_up: SimDuration,
    /// Longest time at the end for what is under way to end
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = length)]
    pub(super) drain: SimDuration,
    /// Time of the run to wall-clock time
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub(super) speed: f64,
    /// Conversations per second instead of the scenario's demand, as `50/s` or `3000/h`
    #[arg(long, value_name = "RATE", conflicts_with_all = ["phases", "trace"])]
    pub(super) rate: Option<String>,
    /// A part of a plan of rates: `ramp 0/s..50/s 30s`, `hold 50/s 2m`, `spike 200/s 10s`; may be given several times, instead of `--for`
    #[arg(long = "phase", value_name = "PHASE", conflicts_with = "trace")]
    pub(super) phases: Vec<String>,
    /// Recorded moments instead of the scenario's demand: a CSV or JSONL of Azure, Mooncake or BurstGPT, or a run directory
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// How conversations of a rate follow one another; `poisson` without it, and `constant` with --step and --search
    #[arg(long, value_enum)]
    arrivals: Option<Arrive>,
    /// Rates one after the other, each for the time of `--for`, until one misses a target: `10/s..200/s:10/s`
    #[arg(long, value_name = "A..B:C", conflicts_with_all = ["rate", "phases", "trace", "search"])]
    pub(super) step: Option<String>,
    /// The largest rate between two that meets all targets, by bisection with runs of `--for`: `10/s..500/s`
    #[arg(long, value_name = "A..B", conflicts_with_all = ["rate", "phases", "trace"])]
    pub(super) search: Option<String>,
}

/// How conversations of a rate follow one another.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrive {
    /// Independently: a Poisson process
    Poisson,
    /// At equal distances
    Constant,
}

impl WhenArgs {
    /// How conversations of a rate follow one another. A search is for a rate: what comes at
    /// random in a short run is another one by the luck of the draw.
    pub(super) fn arrivals(&self) -> Arrive {
        let searches = self.step.is_some() || self.search.is_some();
        self.arrivals.unwrap_or(match searches {
            true => Arrive::Constant,
            false => Arrive::Poisson,
        })
    }
}

impl Arrive {
    /// The name as it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            Arrive::Poisson => "poisson",
            Arrive::Constant => "constant",
        }
    }
}

impl From<Arrive> for Spacing {
    fn from(arrive: Arrive) -> Self {
        match arrive {
            Arrive::Poisson => Spacing::Poisson,
            Arrive::Constant => Spacing::Constant,
        }
    }
}

/// What is not to be exceeded.
#[derive(Args, Debug, Clone)]
pub(super) struct LimitArgs {
    /// Messages under way at once; without it as many as there are file descriptors for
    #[arg(long, value_name = "N")]
    pub(super) max_in_flight: Option<NonZeroUsize>,
    /// What happens to a message beyond that
    #[arg(long, value_enum, default_value_t = Full::Delay)]
    pub(super) when_full: Full,
    /// Conversations in all: more end the run
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(super) max_conversations: u64,
    /// Messages in all: more end the run
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    pub(super) max_turns: u64,
    /// Longest time that `--for` or the phases may add up to, wall clock
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = length)]
    pub(super) max_duration: SimDuration,
    /// Longest time to wait until the bot answers at all
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = length)]
    pub(super) ready_timeout: SimDuration,
    /// Lateness of requests at the 99th percentile that makes the run INVALID (exit 98)
    #[arg(long, value_name = "TIME", default_value = "5ms", value_parser = length)]
    pub(super) lag_budget: SimDuration,
}

/// What happens to a message when as many are under way as are allowed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// It waits, and the wait counts
    Delay,
    /// It is not sent, and counted
    Drop,
    /// The run ends
    Abort,
}

/// What replies mean.
#[derive(Args, Debug, Clone)]
pub(super) struct RuleArgs {
    /// A reply gives the conversation to people: `text:REGEX`, `json:/pointer=VALUE`, `tool:NAME` or `activity:NAME`; may be given several times
    #[arg(long = "handoff", value_name = "RULE")]
    pub(super) handoff: Vec<String>,
    /// A reply says that something went wrong
    #[arg(long = "failed", value_name = "RULE")]
    pub(super) failed: Vec<String>,
    /// A reply says that the bot did not understand
    #[arg(long = "fallback", value_name = "RULE")]
    pub(super) fallback: Vec<String>,
    /// A reply says that the issue is resolved
    #[arg(long = "resolved", value_name = "RULE")]
    pub(super) resolved: Vec<String>,
    /// What every reply must be, else its turn failed: `status:200`, `json:/pointer=VALUE`, `contains:TEXT`, `regex:PATTERN`, `max-length:N`; may be given several times
    #[arg(long = "reply-must", value_name = "EXPECTATION")]
    pub(super) must: Vec<String>,
    /// What replies should be, else their turn is counted as `ok_partial`
    #[arg(long = "reply-should", value_name = "EXPECTATION")]
    pub(super) should: Vec<String>,
}

/// A length of time, as `5ms`, `90s` or `1h30m`.
fn length(text: &str) -> Result<SimDuration, String> {
    units::duration(&Scalar::Text(text.to_owned()))
        .map_err(|e| format!("{}: {}", e.message, e.help))
}
