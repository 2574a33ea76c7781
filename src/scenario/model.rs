//! The validated, immutable scenario: what the engine runs.
//!
//! Every name is resolved to an id, every local time to a [`SimTime`], every
//! default filled in. Whatever could be wrong in a file was refused before a
//! value of these types exists, so the engine needs no error paths.
//! Probabilities are in 0..=1, durations in microseconds, weights sum to 1.

pub use super::file::{AfterHours, AgentChoice, AtClosing, BeyondCapacity, ShiftEnd};

use super::RecordedContact;
use crate::distribution::Distribution;
use crate::event::Header;
use crate::id::{ChannelId, FaultId, IntentId, LanguageId, QueueId, SegmentId, TeamId, TierId};
use crate::time::{Hours, SimDuration, SimTime, Span};

/// A whole scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What reports need of the scenario: it opens every log.
    pub header: Header,
    /// Seed used when the command line names none.
    pub seed: u64,
    /// Number of replications used when the command line names none.
    pub replications: u32,
    /// End of the demand (end of the last day).
    pub horizon: SimTime,
    /// End of the run: `horizon` plus the drain time.
    pub end: SimTime,
    /// Opening hours of the operation.
    pub open: Hours,
    /// Where customers come from.
    pub sources: Vec<Source>,
    /// What customers want.
    pub intents: Vec<Intent>,
    /// Kinds of customers that get special care. Entry 0 is "standard".
    pub tiers: Vec<Tier>,
    /// How customers reach the operation.
    pub channels: Vec<Channel>,
    /// The bot, if there is one.
    pub bot: Option<Bot>,
    /// How contacts find their queue.
    pub routing: Routing,
    /// Queues of contacts that wait for people.
    pub queues: Vec<Queue>,
    /// Teams of people.
    pub teams: Vec<Team>,
    /// Agents, numbered through all teams.
    pub agents: Vec<Agent>,
    /// Who comes again, and when.
    pub returns: Returns,
    /// Customer surveys, if there are any.
    pub survey: Option<Survey>,
    /// Scheduled faults.
    pub faults: Vec<Fault>,
}

/// A source of demand: one segment on one channel.
#[derive(Clone, Debug)]
pub struct Source {
    /// Identity of the source in keyed draws: the hash of its name.
    pub key: u64,
    /// Segment of its customers.
    pub segment: SegmentId,
    /// Channel that they use.
    pub channel: ChannelId,
    /// When they come.
    pub arrivals: Arrivals,
    /// Intents, in the order of the file.
    pub intents: Mix<IntentId>,
    /// Tiers, in the order of the file.
    pub tiers: Mix<TierId>,
    /// Languages, in the order of the file.
    pub languages: Mix<LanguageId>,
    /// Whether its customers see articles before they write.
    pub articles: bool,
    /// Whether its customers make contact only because the channel or the bot is there.
    pub induced: bool,
}

impl Source {
    /// What is recorded of the first contact of a customer, by the customer's number.
    #[must_use]
    #[inline]
    pub fn recorded(&self, index: u32) -> Option<&RecordedContact> {
        match &self.arrivals {
            Arrivals::Recorded { contacts, .. } => contacts.get(index as usize),
            Arrivals::Intervals { .. } | Arrivals::Burst { .. } => None,
        }
    }
}

/// A choice by weights, with the cumulative weights ready for inversion.
#[derive(Clone, Debug)]
pub struct Mix<T> {
    /// The values.
    pub values: Vec<T>,
    /// Cumulative probabilities; the last is 1.
    pub cumulative: Vec<f64>,
}

/// When the customers of a source come.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Counts by interval: a Poisson process with piecewise constant rate, or given counts.
    Intervals {
        /// The intervals in time order; those without demand are left out.
        pieces: Vec<Piece>,
        /// Busy-day over-dispersion, if any.
        busyness: Option<Busyness>,
    },
    /// Every customer of a list comes at a random time after one moment: campaigns and bursts.
    Burst {
        /// The moment.
        at: SimTime,
        /// How many come.
        size: BurstSize,
        /// Delay from the moment to the contact.
        delay: Distribution,
    },
    /// Exact times.
    Recorded {
        /// The times, sorted.
        times: Vec<SimTime>,
        /// What else is known of each, in the same order; empty where nothing is.
        contacts: Vec<RecordedContact>,
    },
}

/// One interval of demand.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// The interval.
    pub span: Span,
    /// Identity of the interval in keyed draws: number of the day times 1,000 plus number in the day.
    pub number: u32,
    /// Day of the run, from 0: the busy-day factor is one per day.
    pub day: u32,
    /// How many contacts come.
    pub volume: Volume,
}

/// The number of contacts of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Volume {
    /// Poisson with this mean (times the busy-day factor).
    Expected(f64),
    /// Exactly this many.
    Given(u32),
}

/// Gamma busy-day factors with mean 1.
#[derive(Clone, Copy, Debug)]
pub struct Busyness {
    /// Coefficient of variation of the factor.
    pub cv: f64,
    /// Correlation of the normal scores of neighbouring intervals of a day;
    /// 1 = one factor for the whole day.
    pub correlation: f64,
}

/// How many customers a burst has.
#[derive(Clone, Copy, Debug)]
pub enum BurstSize {
    /// Poisson with this mean.
    Expected(f64),
    /// Each of so many recipients contacts with a probability.
    Recipients {
        /// How many were reached.
        recipients: u32,
        /// Probability that one of them contacts.
        contact: f64,
    },
}

/// What a customer wants and what it takes to give it.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Work of an agent on one contact alone, seconds.
    pub work: Distribution,
    /// Work after the contact, in the agent's slot.
    pub wrap_up: Option<Distribution>,
    /// What the bot can do with it.
    pub bot: BotSkill,
    /// Probability that a customer about to make contact is shown articles.
    pub article_exposure: f64,
    /// Probability that an article shown solves the issue for the customer.
    pub article_solves: f64,
    /// Probability that an agent truly solves it.
    pub human_solves: f64,
    /// Patience of its customers, where it differs from the channel's.
    pub patience: Option<Distribution>,
}

/// What the bot can do with one intent.
#[derive(Clone, Copy, Debug)]
pub struct BotSkill {
    /// Never-automate list: always goes to people.
    pub never: bool,
    /// Probability that the bot has content for the contact.
    pub coverage: f64,
    /// Probability that an answer would be right.
    pub accuracy: f64,
    /// Probability that a right answer is confident enough to be given.
    pub confident_right: f64,
    /// Probability that a wrong answer is confident enough to be given.
    pub confident_wrong: f64,
    /// Probability that the customer asks for a person before any answer.
    pub bypass: f64,
}

/// A kind of customer that gets special care.
#[derive(Clone, Debug)]
pub struct Tier {
    /// Priority levels added in every queue; 0 is the standard.
    pub priority: u8,
    /// Never-automate list: always goes to people.
    pub human_only: bool,
    /// Factor on patience (high-touch customers wait longer).
    pub patience_factor: f64,
    /// Factor on the agent's work.
    pub work_factor: f64,
}

/// How customers reach the operation.
#[derive(Clone, Debug)]
pub struct Channel {
    /// How long a customer waits for a person, where there is a limit.
    pub patience: Option<Distribution>,
    /// Probability that a customer who would leave the queue does so without a sign.
    pub silent_abandonment: f64,
    /// Time that an agent's slot is held until a silent leaver is noticed.
    pub silent_hold: SimDuration,
    /// The wait that is announced to customers who must wait, if any.
    pub announcement: Option<Announcement>,
    /// What happens outside opening hours.
    pub after_hours: AfterHours,
    /// What happens at closing to customers who wait.
    pub at_closing: AtClosing,
    /// Opening hours of this channel.
    pub open: Hours,
    /// Whether the bot serves this channel.
    pub bot: bool,
    /// Whether patience counts open hours only (asynchronous channels).
    pub open_hours_clock: bool,
}

/// An announced wait and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Announcement {
    /// Who goes away when told.
    pub balk: Balk,
    /// Factor on the patience of those who stay: a known wait is easier to bear.
    pub patience_factor: f64,
}

/// Who goes away at an announced wait.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Balk {
    /// Customers whose patience is shorter than the announced wait.
    Rational,
    /// Each customer who must wait, with this probability.
    Probability(f64),
}

/// The bot.
#[derive(Clone, Debug)]
pub struct Bot {
    /// Right answer: probability that the customer accepts it (alpha).
    pub accept: f64,
    /// Wrong answer: probability that the customer leaves silently (psi).
    pub leave_silently: f64,
    /// Neither: probability of asking for a person instead of rephrasing (beta).
    pub ask_human: f64,
    /// Share of contacts that rules send to people before the bot (h), by segment.
    pub human_only: Vec<f64>,
    /// Largest number of answers in a conversation.
    pub max_turns: u16,
    /// Whether customers can get from it to a person.
    pub escape_hatch: bool,
    /// Probability that a customer whom it failed goes past it the next time.
    pub lost_trust: f64,
    /// Factor on accuracy with each further turn.
    pub accuracy_decay: f64,
    /// Time from message to answer.
    pub latency: Distribution,
    /// Time a customer takes to write again after an answer, if not zero.
    pub think: Option<Distribution>,
    /// How long a customer waits for an answer, where there is a limit.
    pub patience: Option<Distribution>,
    /// Largest number of conversations at once.
    pub sessions: Option<u32>,
    /// The limit on the rate of requests, if there is one.
    pub rate: Option<RateLimit>,
    /// What happens to a conversation without a free session, and to a request beyond the rate.
    pub beyond: BeyondCapacity,
    /// When the bot is there.
    pub hours: Hours,
    /// Whether the bot speaks each language.
    pub languages: Vec<bool>,
}

/// A limit on the rate of requests: a bucket that holds `burst` tokens and gets one more
/// each `gap`; a request takes one.
///
/// Instead of the tokens a user of it keeps the moment at which the bucket will be full:
/// the generic cell rate algorithm (ITU-T I.371).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimit {
    /// Time in which a token comes.
    pub gap: SimDuration,
    /// Tokens in a full bucket, 1 or more.
    pub burst: u32,
}

impl RateLimit {
    /// How long a request has to wait for its token, where the bucket is full at `full`.
    #[must_use]
    pub fn held(self, full: SimTime, now: SimTime) -> SimDuration {
        let slack_us = self.gap.0.saturating_mul(u64::from(self.burst.saturating_sub(1)));
        SimTime(full.0.saturating_sub(slack_us)).since(now)
    }

    /// When the bucket is full again after a request that passes at `at`.
    #[must_use]
    pub fn full_after(self, full: SimTime, at: SimTime) -> SimTime {
        full.max(at) + self.gap
    }
}

/// How contacts that need a person find their queue.
#[derive(Clone, Debug)]
pub struct Routing {
    /// Share of contacts that rules assign; the rest goes to triage.
    pub rules_cover: f64,
    /// Share of assignments by rule that are right.
    pub right_first_try: f64,
    /// Agent's work to notice a wrong assignment and pass it on.
    pub misroute_work: Distribution,
    /// Triage by people, where rules do not cover everything.
    pub triage: Option<Triage>,
    /// Which agent takes a contact.
    pub agent_choice: AgentChoice,
    /// Whether a returning customer goes to the same agent when that agent has room.
    pub sticky: bool,
    /// Waiting time worth one priority level; `None` = strict levels.
    pub ageing: Option<SimDuration>,
}

/// A queue in which people read and sort contacts.
#[derive(Clone, Debug)]
pub struct Triage {
    /// The queue.
    pub queue: QueueId,
    /// Work to sort one contact, seconds.
    pub work: Distribution,
    /// Share of contacts that triage sends to the right queue.
    pub right: f64,
}

/// A queue of contacts that wait for people.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Which contacts come here: the first queue that takes a contact has it.
    pub takes: Takes,
    /// Priority level of its contacts; higher is served first.
    pub priority: u8,
    /// Places to wait; `None` = without limit.
    pub capacity: Option<u32>,
    /// Where contacts go that find it full; `None` = they are blocked.
    pub full_to: Option<QueueId>,
    /// Where contacts go after waiting too long.
    pub overflow: Option<Overflow>,
    /// Teams that serve it, best first.
    pub teams: Vec<TeamId>,
    /// Queues that a wrong assignment may reach instead.
    pub mistaken_for: Vec<QueueId>,
    /// Mean work of its contacts, seconds: for announced waits.
    pub mean_work_s: f64,
}

/// Which contacts a queue takes; an empty list takes all.
#[derive(Clone, Debug, Default)]
pub struct Takes {
    /// Channels.
    pub channels: Vec<ChannelId>,
    /// Segments.
    pub segments: Vec<SegmentId>,
    /// Intents.
    pub intents: Vec<IntentId>,
    /// Tiers.
    pub tiers: Vec<TierId>,
    /// Languages.
    pub languages: Vec<LanguageId>,
    /// A triage queue takes nothing by itself.
    pub nothing: bool,
}

impl Takes {
    /// Whether contacts of a channel may come here.
    #[must_use]
    pub fn channel(&self, channel: ChannelId) -> bool {
        !self.nothing && admits(&self.channels, channel)
    }

    /// Whether every contact of a channel that may come here does.
    #[must_use]
    pub fn by_channel_alone(&self) -> bool {
        self.segments.is_empty()
            && self.intents.is_empty()
            && self.tiers.is_empty()
            && self.languages.is_empty()
    }

    /// Whether customers of a source may come here.
    #[must_use]
    pub fn source(&self, source: &Source) -> bool {
        self.channel(source.channel) && admits(&self.segments, source.segment)
    }

    /// Whether contacts about an intent may come here.
    #[must_use]
    pub fn intent(&self, intent: IntentId) -> bool {
        admits(&self.intents, intent)
    }

    /// Whether contacts of a tier may come here.
    #[must_use]
    pub fn tier(&self, tier: TierId) -> bool {
        admits(&self.tiers, tier)
    }

    /// Whether contacts in a language may come here.
    #[must_use]
    pub fn language(&self, language: LanguageId) -> bool {
        admits(&self.languages, language)
    }
}

/// Whether a list has an entry; an empty list has all.
fn admits<T: PartialEq>(list: &[T], entry: T) -> bool {
    list.is_empty() || list.contains(&entry)
}

/// Overflow to another queue.
#[derive(Clone, Copy, Debug)]
pub struct Overflow {
    /// The other queue.
    pub to: QueueId,
    /// After this wait.
    pub after: SimDuration,
}

/// Agents of a team who are kept able to take a channel: contacts of other channels are
/// taken only while more than so many have room for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reserve {
    /// The channel.
    pub channel: ChannelId,
    /// How many agents.
    pub agents: u32,
}

/// A team of people.
#[derive(Clone, Debug)]
pub struct Team {
    /// Queues it serves, with the speed of its agents there; best first.
    pub serves: Vec<Served>,
    /// Units of attention of one agent: the least common multiple of the channels' maxima.
    pub capacity: u16,
    /// Units that a contact of each channel takes; 0 = the team does not serve the channel.
    pub channel_units: Vec<u16>,
    /// Agents who are kept able to take a channel.
    pub reserves: Vec<Reserve>,
    /// Whether a contact of each channel pauses the agent's others until it is done.
    pub pauses: Vec<bool>,
    /// `speed[k]`: speed of each of an agent's contacts while `k` are open,
    /// relative to one alone (R(k)/k). Entry 0 is unused.
    pub speed: Vec<f64>,
    /// Coefficient of variation of speed between agents (lognormal, mean 1).
    pub speed_cv: f64,
    /// What happens at the end of a shift.
    pub shift_end: ShiftEnd,
    /// What keeps its agents off the queue, beside breaks.
    pub away: super::Away,
    /// Rules for a search of its shifts.
    pub plan: Option<super::ShiftRules>,
}

/// A queue that a team serves.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// The queue.
    pub queue: QueueId,
    /// Speed of the team's agents on its contacts (skill); 1 is standard.
    pub speed: f64,
}

/// An agent and the agent's duties.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Identity in keyed draws: the hash of team, shift and number.
    pub key: u64,
    /// The agent's team.
    pub team: TeamId,
    /// Duties in time order.
    pub duties: Vec<super::Duty>,
}

/// Who comes again, and when.
#[derive(Clone, Debug)]
pub struct Returns {
    /// Probability after a right answer of the bot.
    pub after_true: f64,
    /// Probability after a wrong answer that looked contained.
    pub after_false: f64,
    /// Probability after an agent truly solved the issue.
    pub after_human: f64,
    /// Probability after an agent closed it unsolved.
    pub after_human_unsolved: f64,
    /// Probability after an article seemed to solve the issue.
    pub after_article: f64,
    /// Delay of a return.
    pub delay: Distribution,
    /// Probability of a retrial after leaving the queue.
    pub after_abandon: f64,
    /// Probability of a retrial after balking.
    pub after_balk: f64,
    /// Probability of a retrial after being blocked.
    pub after_blocked: f64,
    /// Probability of a retrial after being turned away outside opening hours.
    pub after_closed: f64,
    /// Delay of a retrial.
    pub retry_delay: Distribution,
    /// Largest number of contacts of one issue.
    pub max_contacts: u16,
    /// For each channel: where returns and retrials of its customers go.
    pub channel_switch: Vec<Option<Mix<ChannelId>>>,
    /// Whether returns and retrials pass the bot again.
    pub through_bot: bool,
}

/// Customer surveys: one latent satisfaction, three scores, biased response.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Probability of an answer after the bot / after a person, for middling satisfaction.
    pub response: [f64; 2],
    /// Factor on the response of the very happy and the very unhappy (U-shaped bias).
    pub extreme_factor: f64,
    /// Centres of the latent satisfaction, before it is cut to 0..1: truly solved by the
    /// bot, not solved by the bot, solved by a person, not solved by a person.
    pub centres: [f64; 4],
    /// Loss of satisfaction per minute of waiting.
    pub wait_penalty_per_min: f64,
    /// Standard deviation of satisfaction.
    pub sd: f64,
}

/// A scheduled fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its identity.
    pub id: FaultId,
    /// When it acts.
    pub span: Span,
    /// What it does.
    pub kind: FaultKind,
}

/// What a fault does. (A demand spike is a source of its own.)
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum FaultKind {
    /// The bot answers nothing.
    BotOutage,
    /// Factor on the bot's latency.
    SlowBot(f64),
    /// Factor on the bot's accuracy.
    AccuracyRegression(f64),
    /// This share of a team's agents is away.
    AgentsAbsent {
        /// The team.
        team: TeamId,
        /// The share, 0..=1.
        share: f64,
    },
    /// Marks a demand spike in the log; the demand itself is in a source.
    DemandSpike,
}
