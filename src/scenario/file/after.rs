//! What follows a contact (returns, surveys, costs) and what goes wrong (faults): the file's view.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Dur, Factor, Law, Moment, Money, Months, Named, Prob};

/// Who comes again, and when.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Returns {
    /// Probability after a right answer of the bot. Default 0.
    pub after_true: Option<Prob>,
    /// Probability after a wrong answer that looked contained. Default 0.
    pub after_false: Option<Prob>,
    /// Probability after an agent truly solved the issue. Default 0.
    pub after_human: Option<Prob>,
    /// Probability after an agent closed it unsolved. Default `after_human`.
    pub after_human_unsolved: Option<Prob>,
    /// Probability after an article seemed to solve the issue. Default 0.
    pub after_article: Option<Prob>,
    /// Delay of a return. Default lognormal with median 6h and sigma 1.2. Assumption, medians of 1h to 2d.
    pub delay: Option<Law>,
    /// Customers who try again because they were not served.
    pub retries: Option<Retries>,
    /// Largest number of contacts of one issue; 0 = without limit. Default 20. Assumption, 5 to 50: a bound that few reach.
    pub max_contacts: Option<u16>,
    /// Whether returns and retries pass the bot again. Default true.
    pub through_bot: Option<bool>,
    /// No return within this time: resolved at first contact. Default 7d. Assumption, 1d to 30d.
    pub fcr_window: Option<Dur>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// Customers who try again because they were not served.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retries {
    /// Probability after leaving the queue. Default 0.
    pub after_abandon: Option<Prob>,
    /// Probability after going away at an announced wait. Default 0.
    pub after_balk: Option<Prob>,
    /// Probability after being refused. Default 0.
    pub after_blocked: Option<Prob>,
    /// Probability after coming outside opening hours. Default 0.
    pub after_closed: Option<Prob>,
    /// Delay of a retry. Default exponential with mean 20m. Assumption, means of 5m to 2h.
    pub delay: Option<Law>,
    /// From channel, to channel, probability; the rest stays. Applies to returns too.
    pub switch: Named<Named<Prob>>,
}

/// Customer surveys; satisfaction is on 0..1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Survey {
    /// Probability of an answer for middling satisfaction. Default bot 8%, human 20%. Assumption, 3 to 15% and 10 to 40%; that bots are rated less often is published [intercom2023].
    pub response: Option<Response>,
    /// Factor on the response of the very happy and the very unhappy. Default 2. Assumption, 1 to 4; that they answer most is published [bot_roi].
    pub extreme_factor: Option<Factor>,
    /// Mean satisfaction.
    pub csat: Option<Csat>,
    /// Loss of satisfaction per minute of waiting. Default 0.02. Assumption, 0.0005 to 0.05.
    pub wait_penalty_per_min: Option<f64>,
    /// Standard deviation of satisfaction. Default 0.25. Assumption, 0.1 to 0.4.
    pub sd: Option<f64>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// Probability of an answer to a survey.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Response {
    /// After the bot. Default 8%. Assumption, 3 to 15%.
    pub bot: Option<Prob>,
    /// After a person. Default 20%. Assumption, 10 to 40%.
    pub human: Option<Prob>,
}

/// Mean satisfaction on 0..1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Csat {
    /// Truly solved by the bot. Default 0.80. Assumption, 0.6 to 0.9.
    pub bot_true: Option<Prob>,
    /// Not solved by the bot. Default 0.25. Assumption, 0.1 to 0.5.
    pub bot_false: Option<Prob>,
    /// Truly solved by a person. Default 0.85. Assumption, 0.7 to 0.95.
    pub human_true: Option<Prob>,
    /// Not solved by a person. Default 0.35. Assumption, 0.1 to 0.5.
    pub human_unsolved: Option<Prob>,
}

/// Prices; all in one currency.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// The currency. Default the one of the amounts.
    pub currency: Option<String>,
    /// By channel: price of a contact handled by people, besides wages. Default 0.
    pub per_contact: Named<Money>,
    /// Prices of the bot.
    pub bot: Option<BotCosts>,
    /// What a contact handled by people costs where there is no bot: what a true resolution saves. Default 0.
    pub human_contact: Option<Money>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// Prices of the bot.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BotCosts {
    /// Of a conversation that the bot closed. Default 0.
    pub per_resolution: Option<Money>,
    /// Of a conversation that the bot took. Default 0.
    pub per_session: Option<Money>,
    /// Licence and hosting per month. Default 0.
    pub per_month: Option<Money>,
    /// One-off cost of integration. Default 0.
    pub integration: Option<Money>,
    /// Time over which the integration is written off. Default 24 months. Assumption, 12 to 36 months.
    pub amortise: Option<Months>,
    /// Maintenance per month. Default 0.
    pub maintenance_per_month: Option<Money>,
}

/// What knowledge work does: each share closes part of what is missing to 100%, in proportion to the share of agents' time (`teams.*.shrinkage.knowledge`), up to a cap.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Knowledge {
    /// Share of agents' shift time at which the effect is full; more adds nothing. Default 5%. Assumption, 2 to 10%.
    pub full: Option<Prob>,
    /// Part of the bot's missing coverage that full knowledge work closes. Default 0.
    pub coverage: Option<Prob>,
    /// Part of the missing exposure to articles that it closes, for intents that have articles. Default 0.
    pub exposure: Option<Prob>,
    /// Part of what articles do not solve that it closes. Default 0.
    pub solves: Option<Prob>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// What the formulas of time saved by AI need besides the run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeSaved {
    /// Share of the contacts of people that AI could handle: those that one message closes. Default 0.
    pub addressable: Option<Prob>,
    /// Time of an agent for one transfer. Default 0s.
    pub per_transfer: Option<Dur>,
    /// Time of an agent to write one message. Default 0s.
    pub per_message: Option<Dur>,
    /// Messages that an agent writes in a contact. Default 1.
    pub messages: Option<Factor>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// A scheduled fault: exactly one field.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The bot answers nothing.
    pub bot_outage: Option<When>,
    /// The bot answers slowly.
    pub slow_bot: Option<FactorFault>,
    /// The bot is right less often.
    pub accuracy_regression: Option<FactorFault>,
    /// A share of a team is away: exactly so many of those who come to a shift in its span, rounded half up. Whoever is busy finishes first; nobody is away after it has ended.
    pub agents_absent: Option<AgentsAbsent>,
    /// A source has more customers.
    pub demand_spike: Option<DemandSpike>,
}

/// When a fault acts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// First moment.
    pub from: Moment,
    /// How long.
    #[serde(rename = "for")]
    pub length: Dur,
}

/// A fault with a factor.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorFault {
    /// First moment.
    pub from: Moment,
    /// How long.
    #[serde(rename = "for")]
    pub length: Dur,
    /// The factor: on latency, or on accuracy.
    pub factor: Factor,
}

/// A share of a team is away.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentsAbsent {
    /// First moment.
    pub from: Moment,
    /// How long.
    #[serde(rename = "for")]
    pub length: Dur,
    /// The team.
    pub team: String,
    /// The share.
    pub share: Prob,
}

/// A source has more customers.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandSpike {
    /// First moment.
    pub from: Moment,
    /// How long.
    #[serde(rename = "for")]
    pub length: Dur,
    /// The source, by name.
    pub source: String,
    /// Factor on its volume, 1 or more.
    pub factor: Factor,
}
