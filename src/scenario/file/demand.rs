//! Who comes and what they want: the file's view.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Dur, Factor, Law, Moment, Named, OneOrMany, Prob};

/// What a customer wants.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// How hard it is: fills in bot accuracy (60%, 40%, 20%) and what articles solve (30%, 12%, 3%) where they are not given. Default moderate. Assumption, accuracy 40 to 85% for simple and 10 to 50% for complex; no bot is above 85% [bot_guide].
    #[serde(default)]
    pub complexity: Option<Complexity>,
    /// Work of an agent on one contact alone.
    pub work: Law,
    /// Work after the contact, in the agent's slot. Default none.
    #[serde(default)]
    pub wrap_up: Option<Law>,
    /// Probability that an agent truly solves it. Default 90%. Assumption, 80 to 98%.
    #[serde(default)]
    pub human_solves: Option<Prob>,
    /// How long its customers wait, where it differs from the channel's patience.
    #[serde(default)]
    pub patience: Option<Law>,
    /// What the bot can do with it, or `never`: always goes to people.
    #[serde(default)]
    pub bot: Option<IntentBot>,
    /// Help-centre articles about it. Default none.
    #[serde(default)]
    pub articles: Option<Articles>,
    /// Where the numbers come from.
    #[serde(default)]
    pub source: Option<String>,
    /// A remark.
    #[serde(default)]
    pub note: Option<String>,
}

/// How hard an intent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Complexity {
    /// A fact to look up.
    Simple,
    /// Some steps.
    Moderate,
    /// Needs judgement.
    Complex,
}

/// What the bot can do with an intent.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum IntentBot {
    /// A word.
    Word(NeverWord),
    /// Numbers.
    Skill(BotSkill),
}

/// The word that keeps an intent from the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeverWord {
    /// Always goes to people.
    Never,
}

/// Numbers of the bot for one intent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BotSkill {
    /// Probability that the bot has content for the contact. Default 100%.
    pub coverage: Option<Prob>,
    /// Probability that an answer would be right. Default by complexity, or by the bot's `ideal_accuracy` and `content_gaps`.
    pub accuracy: Option<Prob>,
    /// Share of what customers ask about it that the bot's content leaves out or has wrong; an `accuracy` of its own decides over it. Default the bot's.
    pub content_gaps: Option<Prob>,
    /// Probability that the customer asks for a person before any answer. Default 0.
    pub bypass: Option<Prob>,
    /// How often the bot is sure enough to answer. Default the bot's.
    pub confidence: Option<Confidence>,
}

/// How often the bot is sure enough to answer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Confidence {
    /// When the answer is right. Default 100%.
    pub right: Option<Prob>,
    /// When the answer is wrong. Default 100%.
    pub wrong: Option<Prob>,
}

/// Articles about an intent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Articles {
    /// Probability that a customer about to make contact is shown them. Default 0.
    pub exposure: Option<Prob>,
    /// Probability that an article shown solves the issue. Default by complexity.
    pub solves: Option<Prob>,
}

/// The help centre.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SelfService {
    /// Share of customers who were in the help centre a moment ago and are shown no articles again. Default 0.
    pub suppressed: Option<Prob>,
    /// No contact within this time after an article: deflected. Default 24h. As in [intercom2023].
    pub deflection_window: Option<Dur>,
}

/// A source of demand; exactly one of `per_day`, `counts`, `rate`, `times`, `campaign`, `burst` says when its customers come.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Name, unique: it is the identity of the source in random draws. Default `<segment>-<channel>`.
    #[serde(default)]
    pub name: Option<String>,
    /// Segment of its customers. Default the only segment.
    #[serde(default)]
    pub segment: Option<String>,
    /// Channel that they use.
    pub channel: String,
    /// Mean number of contacts of an ordinary day. On days on which the channel is closed nobody comes, unless `weekday` or `special_days` names the day.
    #[serde(default)]
    pub per_day: Option<f64>,
    /// Factors by day of the week on `per_day`: a list from Monday or a map. At most 10. Default 1 each.
    #[serde(default)]
    pub weekday: Option<Weekdays>,
    /// How a day's contacts spread over the day, by what the clock shows: hours that clocks skip are missing, those that come twice have their shares twice. Default evenly over opening hours.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// Days that are not ordinary, by date: a factor on `per_day`, or a factor and a profile.
    #[serde(default)]
    pub special_days: Named<SpecialDay>,
    /// Counts by interval.
    #[serde(default)]
    pub counts: Option<Counts>,
    /// A rate around the clock.
    #[serde(default)]
    pub rate: Option<RateDemand>,
    /// Exact times.
    #[serde(default)]
    pub times: Option<Times>,
    /// A message to many customers, some of whom make contact.
    #[serde(default)]
    pub campaign: Option<Campaign>,
    /// Extra contacts after one moment.
    #[serde(default)]
    pub burst: Option<Burst>,
    /// Coefficient of variation of the busy-day factor. At most 10. Default 0.
    #[serde(default)]
    pub busyness_cv: Option<Factor>,
    /// Correlation of that factor between neighbouring intervals. Default 100%: one factor for a day.
    #[serde(default)]
    pub busyness_correlation: Option<Prob>,
    /// Shares of the intents; they sum to 1. Default the only intent.
    #[serde(default)]
    pub intents: Named<Prob>,
    /// Shares of the tiers; the rest is standard.
    #[serde(default)]
    pub tiers: Named<Prob>,
    /// Shares of the languages; they sum to 1. Default all the first language.
    #[serde(default)]
    pub languages: Named<Prob>,
    /// Whether its customers can be shown articles. Default true.
    #[serde(default)]
    pub articles: Option<bool>,
    /// Share of its contacts that would not have been without this channel: they come besides those of the volume given. Default the bot's `induced` where the bot serves the channel, else 0.
    #[serde(default)]
    pub induced: Option<Prob>,
    /// Where the numbers come from.
    #[serde(default)]
    pub source: Option<String>,
    /// A remark.
    #[serde(default)]
    pub note: Option<String>,
}

/// Factors by day of the week.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Weekdays {
    /// From Monday; missing ones are 1.
    List(Vec<Factor>),
    /// By day, as `mon` or `mon-fri`; missing ones are 1.
    Map(Named<Factor>),
}

/// Shares of a day: from a CSV file (`csv`, `column`, optional `time`) or inline (`shares`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Path of a CSV file, from the folder of the scenario.
    pub csv: Option<String>,
    /// Column of the shares.
    pub column: Option<String>,
    /// Column of the local times at which the rows begin. Default: the rows divide the day evenly.
    pub time: Option<String>,
    /// Length of one share. Default: the day divided by the number of shares.
    pub interval: Option<Dur>,
    /// The shares; they sum to 1.
    pub shares: Option<Vec<Prob>>,
}

/// A day that is not ordinary.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SpecialDay {
    /// A factor on `per_day`.
    Factor(Factor),
    /// A factor and a profile.
    Full(SpecialDayFields),
}

/// A day that is not ordinary.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpecialDayFields {
    /// Factor on `per_day`, besides the weekday's. Default 1.
    pub factor: Option<Factor>,
    /// Profile of this day. Default the source's.
    pub profile: Option<Profile>,
}

/// Counts by interval: from a CSV file (`csv`, `time`, `count`) or inline (`values`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Counts {
    /// Path of a CSV file, from the folder of the scenario; `.gz` is allowed.
    pub csv: Option<String>,
    /// Column of the times at which the intervals begin.
    pub time: Option<String>,
    /// Column of the counts.
    pub count: Option<String>,
    /// Rows to use: values of other columns. Default all rows; rows of equal time are added up.
    pub rows: Named<super::values::Scalar>,
    /// Zone of the times in the file. Default the scenario's.
    pub zone: Option<String>,
    /// Factor on every count. Default 1.
    pub scale: Option<Factor>,
    /// Length of an interval. Default `time.interval` inline, the distance of the rows in a CSV file.
    pub interval: Option<Dur>,
    /// Moment of the first inline value. Default the start of the run.
    pub from: Option<Moment>,
    /// Inline counts.
    pub values: Option<Vec<f64>>,
    /// true: exactly these counts; false: means of Poisson counts. Default false.
    pub given: Option<bool>,
}

/// A rate around the clock.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateDemand {
    /// Contacts per hour: a constant, or a list that repeats until the end of the demand.
    pub per_hour: OneOrMany<f64>,
    /// Length of one value of the list. Default `time.interval`.
    #[serde(default)]
    pub interval: Option<Dur>,
}

/// Exact times.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Times {
    /// The times.
    List(Vec<Moment>),
    /// From a CSV file.
    Csv(TimesCsv),
}

/// Exact times from a CSV file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimesCsv {
    /// Path of a CSV file, from the folder of the scenario; `.gz` is allowed.
    pub csv: String,
    /// Column of the times; every row is a contact that begins.
    pub time: String,
    /// Rows to use: values of other columns, as `{event: created}`. Default all rows.
    #[serde(default)]
    pub rows: Named<super::values::Scalar>,
    /// Zone of the times in the file. Default the scenario's.
    #[serde(default)]
    pub zone: Option<String>,
}

/// A message to many customers.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// When it goes out.
    pub at: Moment,
    /// How many get it.
    pub recipients: u32,
    /// Probability that one of them makes contact.
    pub contact: Prob,
    /// Time from the message to the contact.
    pub delay: Law,
}

/// Extra contacts after one moment.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// The moment.
    pub at: Moment,
    /// Mean number of extra contacts.
    pub extra: f64,
    /// Time from the moment to the contact.
    pub delay: Law,
}

/// A customer segment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Segment {
    /// A longer name, for readers of the file.
    pub label: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// A kind of customer that gets special care.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tier {
    /// Priority levels added in every queue, 0 to 7. Default 0.
    pub priority: Option<u8>,
    /// Always goes to people. Default false.
    pub human_only: Option<bool>,
    /// Factor on patience. At most 10. Default 1.
    pub patience_factor: Option<Factor>,
    /// Factor on the agent's work. At most 10. Default 1.
    pub work_factor: Option<Factor>,
    /// A remark.
    pub note: Option<String>,
}
