//! Teams and their shifts: the file's view.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Clock, Days, Dur, Factor, Law, Named, OneOrMany, Prob, Wage};

/// A team of people.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Team {
    /// Channels it serves. Required, except for a triage team (one contact of any channel at a time).
    pub channels: Named<TeamChannel>,
    /// Skills: a list, or a map with the speed by skill. Default none.
    pub skills: Option<Skills>,
    /// Queues it serves, best first. Default all queues of its channels whose skill it has.
    pub serves: Option<Vec<String>>,
    /// Speed of its agents. At most 10. Default 100%.
    pub speed: Option<Factor>,
    /// Coefficient of variation of speed between agents. At most 10. Default 0.
    pub speed_cv: Option<Factor>,
    /// Wage per hour of shift. Default 0.
    pub wage: Option<Wage>,
    /// Agents who work all opening hours of every day: short for one shift.
    pub agents: Option<u32>,
    /// Shifts.
    pub shifts: Vec<Shift>,
    /// Time off the queue: the planned share of the shift, or planned and absence. Breaks come beside it: on the queue are shift x (1 - planned) - breaks. Default 0.
    pub shrinkage: Option<Shrinkage>,
    /// How often agents come late, and how late: what of breaks and shrinkage lies before they come is over. Default never.
    pub lateness: Option<Lateness>,
    /// What happens at the end of a shift. Default `finish`.
    pub shift_end: Option<ShiftEnd>,
    /// Shifts that `convoq solve` may use. Default those of `shifts`, begun every half hour.
    pub plan: Option<Plan>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// How a team serves a channel.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TeamChannel {
    /// Contacts that one agent can have at once. Default 1.
    pub max: Option<u32>,
    /// Agents who are kept able to take this channel: contacts of other channels are taken only while more than so many have room for it. Default 0.
    pub reserve: Option<u32>,
    /// Whether a contact of this channel, of which an agent has one at a time, pauses the agent's others: where no agent has room for it, one takes it whose work then stands still until it is done, wrap-up and all. Default false.
    pub pauses: Option<bool>,
    /// What several contacts at once do to an agent's speed. Default nothing: each runs at full speed.
    pub slowdown: Option<Slowdown>,
}

/// What several contacts at once do to an agent's speed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Slowdown {
    /// Total speed with 1, 2, ... contacts, relative to one; the first is 1.
    Table(Vec<f64>),
    /// A formula.
    Formula(SlowdownFormula),
}

/// A formula for the total speed R(k) with `k` contacts; exactly one field.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SlowdownFormula {
    /// R(k) = k^b.
    pub power: Option<f64>,
    /// R(k) = k / (1 + g(k-1)).
    pub amdahl: Option<f64>,
    /// From the turns of a chat: the agent writes while other customers do.
    pub turns: Option<Turns>,
    /// Time of one contact while 1, 2, ... are open.
    pub handle_time: Option<Vec<Dur>>,
}

/// The turns of a chat.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    /// Time of an agent for one message.
    pub agent: Dur,
    /// Time of a customer for one message.
    pub customer: Dur,
}

/// Skills of a team.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Skills {
    /// All at full speed.
    List(Vec<String>),
    /// With the speed by skill.
    Speeds(Named<Factor>),
}

/// Shifts that `convoq solve` may use.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// Shifts to choose from. Default those that the team has.
    pub shifts: Vec<PlanShift>,
    /// Step between starts of shifts. Default 30m.
    pub start_every: Option<Dur>,
    /// Earliest local start. Default that of the team's shifts.
    pub from: Option<Clock>,
    /// Latest local end; earlier than `from`: on the next day. Default that of the team's shifts.
    pub to: Option<Clock>,
    /// Agents of a day at most. Default no limit.
    pub max_agents: Option<u32>,
}

/// A shift to choose from: it may begin at any step at which it ends in time.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanShift {
    /// From start to end.
    pub length: Dur,
    /// Its break, whose time the agent chooses. Default none.
    #[serde(rename = "break")]
    pub one_break: Option<Dur>,
}

/// Shifts: `agents`, `from`, `to`; or rows of a CSV file; or a headcount curve (`agents_by_interval`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shift {
    /// Name: the identity of its agents in random draws. Default its number in the team.
    pub name: Option<String>,
    /// How many agents; with `csv` the column of the number.
    pub agents: Option<CountOrColumn>,
    /// Local start; with `csv` the column of the start.
    pub from: Option<Clock>,
    /// Local end; earlier than `from`: on the next day, in one piece. A shift to 24:00 and one from 00:00 of the same team are one piece too, for as many agents as both have, where they last 12 hours at most. With `csv` the column of the end.
    pub to: Option<Clock>,
    /// Days on which it begins. Default the days on which the operation is open. Of the night before the run what lies in it is worked, where the days name it or the operation is open then.
    pub days: Option<OneOrMany<Days>>,
    /// One break whose time the agent chooses.
    #[serde(rename = "break")]
    pub one_break: Option<Dur>,
    /// Breaks: with a fixed time (`{at: "12:00", for: 30m}`) or a length whose time the agent chooses. No block off the queue overlaps another; one that falls due while the agent is off, or finishes contacts first, is added. What of it is left at the end of the shift is not taken.
    pub breaks: Vec<Break>,
    /// Path of a CSV file with one row for each shift of a day.
    pub csv: Option<String>,
    /// Column of the date; with `csv`.
    pub date: Option<String>,
    /// Headcount by interval: agent `i` works wherever the headcount is above `i`.
    pub agents_by_interval: Option<Vec<u32>>,
    /// Length of an interval of the headcount. Default `time.interval`.
    pub interval: Option<Dur>,
}

/// A number, or the column of a CSV file that has it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CountOrColumn {
    /// The number.
    Count(u32),
    /// The column.
    Column(String),
}

/// A break.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Break {
    /// A length; the agent chooses the time.
    Free(Dur),
    /// At a fixed time.
    Fixed(FixedBreak),
}

/// A break at a fixed time.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedBreak {
    /// Local start.
    pub at: Clock,
    /// Length.
    #[serde(rename = "for")]
    pub length: Dur,
}

/// Time off the queue, beside breaks.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Shrinkage {
    /// All planned.
    Planned(Prob),
    /// Planned and absence.
    Parts(ShrinkageParts),
}

/// Planned time off the queue, and absence.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShrinkageParts {
    /// Share of the shift, from its start to its end, planned off the queue in blocks of about half an hour, breaks beside it: training, meetings. Default 0.
    pub planned: Option<Prob>,
    /// Share of shift time for knowledge work: articles and the bot's content. On top of `planned`; `knowledge` says what it does. Default 0.
    pub knowledge: Option<Prob>,
    /// Probability that an agent does not come to a shift. Default 0.
    pub absence: Option<Prob>,
}

/// How often agents come late, and how late.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lateness {
    /// Probability that an agent comes late.
    pub share: Prob,
    /// How late.
    pub by: Law,
}

/// What happens at the end of a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShiftEnd {
    /// The agent takes no more, finishes the running contacts, then leaves.
    Finish,
    /// The agent leaves at once; running contacts go back to the head of their queue, and have been answered.
    HandBack,
    /// As many agents leave as shifts end: whoever becomes free first.
    FirstFree,
}
