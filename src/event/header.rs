//! What opens every log: all that a report needs to know of the scenario.

use crate::id::ChannelId;
use crate::time::{Hours, SimDuration, SimTime};
use serde::{Deserialize, Serialize};

/// The head of a run: names, units of cost, thresholds. Reports read it and
/// the events and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the scenario.
    pub scenario: String,
    /// SHA-256 of the scenario as run (after overrides), in hex.
    pub sha256: String,
    /// First local date, as `2026-03-02`.
    pub start_date: String,
    /// IANA name of the time zone.
    pub zone: String,
    /// Unix time of the start of the run, seconds.
    pub epoch_s: i64,
    /// Label of each interval: its local start, as `2026-03-02 08:00`.
    pub interval_labels: Vec<String>,
    /// Length of an interval of the series.
    pub interval: SimDuration,
    /// Moments at which local days begin, and the horizon last.
    pub day_starts: Vec<SimTime>,
    /// Contacts that begin and time that passes in this window are measured:
    /// from the end of the warm-up to the horizon.
    pub measured: (SimTime, SimTime),
    /// End of the run.
    pub end: SimTime,
    /// Opening hours of each channel: sorted, disjoint `(start, end)` spans.
    pub channel_hours: Vec<Hours>,
    /// Names of the sources.
    pub sources: Vec<String>,
    /// Sources whose customers make contact only because the channel or the bot is there
    /// (indices into `sources`). Hidden: no real system knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub induced: Vec<u16>,
    /// Names of the segments.
    pub segments: Vec<String>,
    /// Names of the channels.
    pub channels: Vec<String>,
    /// Names of the intents.
    pub intents: Vec<String>,
    /// Names of the tiers; entry 0 is `standard`.
    pub tiers: Vec<String>,
    /// Names of the languages.
    pub languages: Vec<String>,
    /// The queues.
    pub queues: Vec<QueueFacts>,
    /// The teams.
    pub teams: Vec<TeamFacts>,
    /// Team of each agent (index into `teams`).
    pub agent_teams: Vec<u8>,
    /// Names of the faults.
    pub faults: Vec<String>,
    /// Whether there is a bot.
    pub has_bot: bool,
    /// Whether customers who were served may come again; logs of older versions do not say.
    #[serde(default = "yes")]
    pub has_returns: bool,
    /// Whether customers whom nobody served may try again; logs of older versions do not say.
    #[serde(default = "yes")]
    pub has_retries: bool,
    /// Whether customers are shown articles; logs of older versions do not say.
    #[serde(default = "yes")]
    pub has_articles: bool,
    /// Whether a rule may choose a wrong queue; logs of older versions do not say.
    #[serde(default = "yes")]
    pub has_wrong_turns: bool,
    /// Bot sessions, where they are limited.
    pub bot_sessions: Option<u32>,
    /// A conversation with the bot up to this long is "short".
    #[serde(default)]
    pub short_bot: SimDuration,
    /// No contact within this time after an article: deflected.
    pub deflection_window: SimDuration,
    /// No return within this time: resolved at first contact.
    pub fcr_window: SimDuration,
    /// Abandonments up to this wait are "short" (SL5, SL6).
    pub short_abandon: SimDuration,
    /// Prices.
    pub costs: Costs,
    /// What the formulas of time saved by AI need, where the scenario asks for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_saved: Option<TimeSaved>,
    /// Targets of the scenario, as written.
    pub targets: Vec<String>,
    /// Whether the events are those of a log that something else wrote: then what is hidden
    /// is in none of them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub imported: bool,
    /// How a load test was run; none in a simulation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadFacts>,
}

fn yes() -> bool {
    true
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What was loaded, and how: the head of a load test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadFacts {
    /// The bot that was asked, without secrets.
    pub target: String,
    /// The protocol it was asked by.
    pub protocol: String,
    /// Time of the run to wall-clock time; 1 is real time.
    pub speed: f64,
    /// Limit of the lateness of requests at the 99th percentile, wall-clock microseconds.
    pub lag_budget_us: u32,
    /// When the real part begins: contacts from before talk with the simulated bot.
    #[serde(default)]
    pub from: SimTime,
    /// Whether it is a language model that was asked: its replies have tokens.
    #[serde(default)]
    pub tokens: bool,
    /// What a good turn keeps within.
    #[serde(default)]
    pub limits: TurnLimits,
}

/// What a turn must keep within to be a good one, wall-clock microseconds; no limit where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnLimits {
    /// To the last part of the answer.
    pub latency_us: Option<u32>,
    /// To the first part.
    pub first_us: Option<u32>,
    /// To the first part that is no reasoning.
    pub answer_us: Option<u32>,
    /// From token to token.
    pub per_token_us: Option<u32>,
}

impl TurnLimits {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the load generator itself used in the measured window: measured by the machine,
/// so no event tells it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorFacts {
    /// Wall-clock time that was looked at, seconds.
    pub wall_s: f64,
    /// Processor time of the whole process, seconds.
    pub process_s: f64,
    /// Processor time of the one thread that sends and receives, seconds.
    pub thread_s: f64,
}

/// A queue, as a report sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueFacts {
    /// Its name.
    pub name: String,
    /// Whether its waits count open hours only.
    pub open_hours_clock: bool,
    /// The channel whose hours its clock follows (index into `channels`).
    pub clock_channel: u8,
    /// Thresholds of service level that are counted exactly, ascending; the first is the queue's own.
    pub thresholds: Vec<SimDuration>,
    /// Whether it is a triage queue: its waits are no customer's last.
    pub triage: bool,
    /// Place in `thresholds` of the one that its series by interval count: that of the first
    /// target on its service level, else its own.
    #[serde(default, skip_serializing_if = "is_first")]
    pub watched: u8,
    /// Teams that serve it (indices into `teams`); logs of older versions do not say.
    #[serde(default)]
    pub teams: Vec<u8>,
}

fn is_first(place: &u8) -> bool {
    *place == 0
}

impl QueueFacts {
    /// The threshold that its series by interval count.
    #[must_use]
    pub fn watched_threshold(&self) -> Option<SimDuration> {
        self.thresholds.get(usize::from(self.watched)).copied()
    }
}

/// A team, as a report sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamFacts {
    /// Its name.
    pub name: String,
    /// Wage per hour of shift.
    pub wage_per_hour: f64,
    /// Share of shift time for knowledge work.
    #[serde(default)]
    pub knowledge: f64,
    /// Contacts that one of its agents can have at once.
    pub max_contacts: u16,
    /// Whether a contact of each channel pauses the agent's others until it is done.
    #[serde(default)]
    pub pauses: Vec<bool>,
    /// `relative_speed[k]`: R(k)/R(K), the share of full productivity while `k` contacts are open.
    pub relative_speed: Vec<f64>,
    /// What it was until moments at which a fork changed it, ascending; empty in most runs.
    #[serde(default)]
    pub earlier_speed: Vec<(SimTime, Vec<f64>)>,
}

impl TeamFacts {
    /// The share of full productivity with `contacts` open, from a moment on; 0 without any.
    #[must_use]
    #[inline]
    pub fn productivity(&self, contacts: u16, from: SimTime) -> f64 {
        if contacts == 0 {
            return 0.0;
        }
        let earlier = self.earlier_speed.iter().find(|(until, _)| from < *until);
        let curve = earlier.map_or(&self.relative_speed, |(_, curve)| curve);
        curve.get(contacts as usize).copied().unwrap_or(1.0)
    }

    /// Whether a contact of a channel pauses the agent's others.
    #[must_use]
    #[inline]
    pub fn pauses(&self, channel: ChannelId) -> bool {
        self.pauses.get(channel.index()).copied().unwrap_or(false)
    }
}

/// What the formulas of time saved by AI need besides the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeSaved {
    /// Share of the contacts of people that AI could handle.
    pub addressable: f64,
    /// Time of an agent for one transfer.
    pub per_transfer: SimDuration,
    /// Time of an agent to write one message.
    pub per_message: SimDuration,
    /// Messages that an agent writes in a contact.
    pub messages: f64,
}

/// Prices in the scenario's currency.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Costs {
    /// Name of the currency, as `EUR`.
    pub currency: String,
    /// For each channel: price of a contact handled by people, besides wages.
    pub per_contact: Vec<f64>,
    /// Price of a conversation that the bot closed.
    pub bot_per_resolution: f64,
    /// Price of a conversation that the bot took.
    pub bot_per_session: f64,
    /// Fixed price of the bot for the measured time (licence, hosting, maintenance, a share of integration).
    pub bot_fixed: f64,
    /// What a contact handled by people costs where there is no bot: what a true resolution saves.
    pub human_contact: f64,
}
