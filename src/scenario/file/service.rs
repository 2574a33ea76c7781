//! Channels, the bot, routing and queues: the file's view.

use schemars::JsonSchema;
use serde::Deserialize;

use super::demand::Confidence;
use super::values::{ClockSpan, Dur, Factor, Law, Named, OneOrMany, Prob, Rate};

/// Opening hours by days: `{mon-fri: "08:00-22:00", sat: closed, 2026-03-06: "09:00-14:00"}`. Days that are not named are closed; dates override weekdays.
pub type Open = Named<OneOrMany<ClockSpan>>;

/// How customers reach the operation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Channel {
    /// How long a customer waits for a person. Default without limit.
    pub patience: Option<Law>,
    /// Probability that a customer who leaves the queue does so without a sign. Default 0.
    pub silent_abandonment: Option<Prob>,
    /// Time on the clock that an agent's room is held until a silent leaver is noticed; it slows nobody. Default 2m. Assumption, 1 to 10m.
    pub silent_hold: Option<Dur>,
    /// An announced wait and what it does. Default none.
    pub announce: Option<Announce>,
    /// What happens outside opening hours. Default `queue`.
    pub after_hours: Option<AfterHours>,
    /// What happens at closing to customers who wait for people. Default `wait`.
    pub at_closing: Option<AtClosing>,
    /// Opening hours. Default `time.open`.
    pub open: Option<Open>,
    /// Whether the bot serves it. Default true, except `phone` and `email`.
    pub bot: Option<bool>,
    /// Default threshold of the service level of queues whose first channel this is. Default `service_level.within`.
    pub answer_within: Option<Dur>,
    /// Whether waits count open hours only. Default `calendar`.
    pub clock: Option<WaitClock>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// An announced wait.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Announce {
    /// Who goes away when told: `rational` (whose patience is shorter) or a probability. Default `rational`.
    pub balk: Option<Balk>,
    /// Factor on the patience of those who stay. At most 10. Default 1.
    pub patience_factor: Option<Factor>,
}

/// Who goes away at an announced wait.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Balk {
    /// A rule.
    Rule(BalkRule),
    /// A probability.
    Probability(Prob),
}

/// A rule for going away at an announced wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BalkRule {
    /// Customers whose patience is shorter than the announced wait.
    Rational,
}

/// What happens outside opening hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterHours {
    /// Contacts are taken and wait for people.
    Queue,
    /// The bot serves; whoever needs a person is turned away.
    BotOnly,
    /// Contacts are turned away at once.
    TurnedAway,
}

/// What happens at closing to customers who wait for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AtClosing {
    /// They wait on, as long as their patience lasts.
    Wait,
    /// Agents whose shift is over go on until nobody waits who came in opening hours.
    Serve,
    /// They are turned away.
    TurnedAway,
    /// They are promised a call: they keep their place and give up no more.
    CallBack,
}

/// Which clock waits are measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitClock {
    /// Open hours only.
    OpenHours,
    /// All time.
    Calendar,
}

/// The bot that answers first.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bot {
    /// Accuracy in ideal conditions: with complete and current content. Intents without an `accuracy` of their own have `ideal_accuracy` x (1 - `content_gaps`), where one of the two is given. Default 85%, where published bots top out [bot_guide].
    pub ideal_accuracy: Option<Prob>,
    /// Share of what customers ask that its content leaves out or has wrong. Default 0.
    pub content_gaps: Option<Prob>,
    /// How often the bot is sure enough to answer. Default always.
    pub confidence: Option<Confidence>,
    /// Largest number of answers in a conversation. Default 3. Assumption, 2 to 6.
    pub max_turns: Option<u16>,
    /// Right answer: probability that the customer accepts it. Default 23%. Assumption, 20 to 60%; with 23% a third of those involved are resolved [intercom2022].
    pub accept: Option<Prob>,
    /// Wrong answer: probability that the customer leaves silently. Default 25%. Assumption, 10 to 50%.
    pub leave_silently: Option<Prob>,
    /// Neither: probability of asking for a person instead of rephrasing. Default 35%. Assumption, 20 to 60%.
    pub ask_human: Option<Prob>,
    /// Whether customers can get from the bot to a person. `false`: whoever would ask for a person, the unsure and those for whom it has no content say it in other words, up to `max_turns`; then they are lost. Default true.
    pub escape_hatch: Option<bool>,
    /// Probability that a customer whom the bot failed goes past it the next time. Default 0.
    pub lost_trust: Option<Prob>,
    /// Share of the contacts on its channels that would not have been without it: they come besides those of `demand`. Default 0.
    pub induced: Option<Prob>,
    /// A conversation with the bot up to this long is "short". Default 2m. Assumption, 1 to 5m.
    pub short: Option<Dur>,
    /// Factor on accuracy with each further turn. Default 100%.
    pub accuracy_decay: Option<Prob>,
    /// Share of contacts that rules send to people before the bot: one number or a map by segment. Default 0.
    pub human_only: Option<BySegment>,
    /// Time from message to answer. Default 1s. Assumption, 0.5 to 10s.
    pub latency: Option<Law>,
    /// Time a customer takes to write again after an answer. Default none.
    pub think: Option<Law>,
    /// How long a customer waits for an answer of the bot, then asks for a person (`ask_human`) or leaves. Default without limit.
    pub patience: Option<Law>,
    /// Largest number of conversations at once. Default without limit.
    pub sessions: Option<u32>,
    /// Largest rate of requests in the long run: a bucket that holds `burst` requests and fills again at this rate. Default without limit.
    pub rate: Option<Rate>,
    /// Requests that may come at once under `rate`, 1 or more. Default the number written there: `60/min` lets 60 come at once, `1/s` one.
    pub burst: Option<u32>,
    /// What happens beyond that capacity. Default `escalate`.
    pub beyond: Option<Beyond>,
    /// When the bot is there. Default always.
    pub hours: Option<Open>,
    /// Languages it speaks. Default all.
    pub languages: Option<Vec<String>>,
    /// Channels it serves; decides over `channels.*.bot`.
    pub channels: Option<Vec<String>>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// A probability for all segments or for each.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BySegment {
    /// For all.
    All(Prob),
    /// For each segment; missing ones are 0.
    Each(Named<Prob>),
}

/// What happens beyond the bot's capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// Wait for a session; requests are answered later.
    Wait,
    /// Go on to people.
    Escalate,
    /// The contact is refused.
    TurnedAway,
}

/// How contacts that need a person find their queue.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Routing {
    /// Share of contacts that rules assign; the rest goes to triage. Default 100%.
    pub rules_cover: Option<Prob>,
    /// Share of assignments by rule that are right. Default 100%.
    pub right_first_try: Option<Prob>,
    /// Agent's work to notice a wrong assignment and pass it on. Default 60s. Assumption, 30 to 180s.
    pub misroute_work: Option<Law>,
    /// People who read and sort; required when `rules_cover` is below 100%.
    pub triage: Option<Triage>,
    /// Which agent takes a contact. Default `least_loaded`.
    pub agent_choice: Option<AgentChoice>,
    /// Whether a returning customer goes to the same agent when that agent has room. Default false.
    pub sticky: Option<bool>,
    /// Waiting time worth one priority level. Default none: strict levels.
    pub ageing: Option<Dur>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// People who read and sort contacts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    /// Team that does it.
    pub team: String,
    /// Work to sort one contact.
    pub work: Law,
    /// Share sent to the right queue. Default 100%.
    #[serde(default)]
    pub right: Option<Prob>,
    /// Name of its queue. Default `triage`.
    #[serde(default)]
    pub queue: Option<String>,
}

/// Which agent takes a contact, of those with room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentChoice {
    /// The one idle longest.
    LongestIdle,
    /// The one with the fewest contacts.
    LeastLoaded,
    /// The fullest that still has room.
    MostLoaded,
    /// The best team for the queue first.
    SkillRank,
}

/// A queue of contacts that wait for people. An absent or empty list takes all.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Channels it takes. Default the channel of its name, if there is one.
    pub channels: Option<Vec<String>>,
    /// Segments it takes.
    pub segments: Vec<String>,
    /// Intents it takes.
    pub intents: Vec<String>,
    /// Tiers it takes.
    pub tiers: Vec<String>,
    /// Languages it takes.
    pub languages: Vec<String>,
    /// Priority level, 0 to 7; higher is served first. Default 0.
    pub priority: Option<u8>,
    /// Places to wait. Default without limit.
    pub capacity: Option<u32>,
    /// What happens to contacts that find it full. Default `block`.
    pub when_full: Option<WhenFull>,
    /// Where contacts go when it is full (with `when_full: overflow`) or after waiting too long; they keep their place in time, and come to no queue twice.
    pub overflow: Option<Overflow>,
    /// Skill that its agents need. Default none.
    pub skill: Option<String>,
    /// Its service level.
    pub service_level: Option<ServiceLevel>,
    /// A remark.
    pub note: Option<String>,
}

/// What happens to contacts that find a queue full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// They are refused.
    Block,
    /// They go to the overflow queue.
    Overflow,
}

/// Overflow to another queue.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overflow {
    /// The other queue.
    pub to: String,
    /// After this wait. Default never: only when the queue is full.
    #[serde(default)]
    pub after: Option<Dur>,
}

/// A service level.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceLevel {
    /// Threshold: answered within this wait.
    pub within: Dur,
}
