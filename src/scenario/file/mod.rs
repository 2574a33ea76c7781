//! The scenario file as it is written: a mirror of the YAML, field by field.
//! Nothing is resolved here; `compile` makes a [`Scenario`](super::Scenario) of it.

mod after;
mod demand;
mod people;
mod service;
mod values;

pub use after::*;
pub use demand::*;
pub use people::*;
pub use service::*;
pub use values::*;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// A convoq scenario: who comes, what they want, what the bot does, who works and what is promised.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Version of the format: 1.
    pub convoq: u32,
    /// Name of the scenario.
    pub name: String,
    /// What it shows.
    #[serde(default)]
    pub description: Option<String>,
    /// Where the numbers come from.
    #[serde(default)]
    pub source: Option<String>,
    /// A remark.
    #[serde(default)]
    pub note: Option<String>,
    /// Seed of the random draws. Default 1.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Number of replications. Default 20.
    #[serde(default)]
    pub replications: Option<u32>,
    /// When: days, zone, opening hours.
    pub time: Time,
    /// Customer segments. Default one, `all`.
    #[serde(default)]
    pub segments: Named<Segment>,
    /// Customers that get special care, besides `standard`. Default none.
    #[serde(default)]
    pub tiers: Named<Tier>,
    /// Languages. Default one, `any`.
    #[serde(default)]
    pub languages: Vec<String>,
    /// What customers want; at least one.
    pub intents: Named<Intent>,
    /// The help centre.
    #[serde(default)]
    pub self_service: Option<SelfService>,
    /// Who comes; at least one source.
    pub demand: Vec<Demand>,
    /// How customers reach the operation. Channels that are used and not named here have all defaults.
    #[serde(default)]
    pub channels: Named<Channel>,
    /// The bot. Default none.
    #[serde(default)]
    pub bot: Option<Bot>,
    /// How contacts find their queue.
    #[serde(default)]
    pub routing: Option<Routing>,
    /// Queues; a contact goes to the first that takes it. Default one for each channel that people serve.
    #[serde(default)]
    pub queues: Named<Queue>,
    /// Teams of people.
    #[serde(default)]
    pub teams: Named<Team>,
    /// Who comes again. Default nobody.
    #[serde(default)]
    pub returns: Option<Returns>,
    /// Customer surveys. Default none.
    #[serde(default)]
    pub survey: Option<Survey>,
    /// Prices.
    #[serde(default)]
    pub costs: Option<Costs>,
    /// What knowledge work of the teams does to articles and bot. Default nothing.
    #[serde(default)]
    pub knowledge: Option<Knowledge>,
    /// What the formulas of time saved by AI need besides the run. Default none: they are not computed.
    #[serde(default)]
    pub time_saved: Option<TimeSaved>,
    /// Scheduled faults.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Default threshold of all queues. Default 20s. Assumption, 10 to 60s: usual on the phone.
    #[serde(default)]
    pub service_level: Option<ServiceLevel>,
    /// Abandonments up to this wait are "short". Default 5s. Assumption, 3 to 10s.
    #[serde(default)]
    pub short_abandon: Option<Dur>,
    /// What is promised, as `service_level(queue=chat, within=60s) >= 80%`.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Named changes of the scenario.
    #[serde(default)]
    pub variants: Named<Variant>,
}

/// When.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// First local date.
    pub start: Date,
    /// Number of days, 1 to 200.
    pub days: u32,
    /// IANA name of the time zone. Default UTC.
    #[serde(default)]
    pub zone: Option<String>,
    /// Length of an interval of reports and of default demand; divides a day. Default 30m.
    #[serde(default)]
    pub interval: Option<Dur>,
    /// Opening hours. Default 24h every day.
    #[serde(default)]
    pub open: Option<Open>,
    /// Time before statistics start. Default 0s.
    #[serde(default)]
    pub warm_up: Option<Dur>,
    /// Time after the last day in which contacts in progress go on and nobody new comes. Default 0s.
    #[serde(default)]
    pub drain: Option<Dur>,
}

/// A named change of the scenario.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Variant {
    /// What it shows.
    pub description: Option<String>,
    /// Path and value of each field that changes; numbers may be relative: `+1`, `-2m`, `*1.1`, `+20%` (a fifth more; of a share `+20 points`). Whole numbers are rounded.
    pub set: Named<Value>,
}
