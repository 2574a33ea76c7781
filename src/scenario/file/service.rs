//! Channels, the bot, routing and queues: the file's view.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::demand::Confidence;
use super::quantity::{
    ClockSpan, Dur, PositiveDur, PositiveFactor, Prob, Rate, minutes, percent, seconds,
};
use super::values::{Law, Named, OneOrMany};

/// Opening hours by days: `{mon-fri: "08:00-22:00", sat: closed, 2026-03-06: "09:00-14:00"}`. Days that are not named are closed; dates override weekdays.
pub type Open = Named<OneOrMany<ClockSpan>>;

fields! {
    /// How customers reach the operation.
    Channel {
        /// How long a customer waits for a person. Default without limit.
        patience: Option<Law>;
        /// Probability that a customer who leaves the queue does so without a sign.
        silent_abandonment: Prob = percent(0.0);
        /// Time on the clock that an agent's room is held until a silent leaver is noticed; it slows nobody.
        silent_hold: Dur = minutes(2), "Assumption, 1 to 10m.";
        /// An announced wait and what it does. Default none.
        announce: Option<Announce>;
        /// What happens outside opening hours.
        after_hours: AfterHours = AfterHours::Queue;
        /// What happens at closing to customers who wait for people.
        at_closing: AtClosing = AtClosing::Wait;
        /// Opening hours. Default `time.open`.
        open: Option<Open>;
        /// Whether the bot serves it. Default true, except `phone` and `email`.
        bot: Option<bool>;
        /// Default threshold of the service level of queues whose first channel this is. Default `service_level.within`.
        answer_within: Option<Dur>;
        /// Whether waits count open hours only.
        clock: WaitClock = WaitClock::Calendar;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// An announced wait.
    Announce {
        /// Who goes away when told: `rational` (whose patience is shorter) or a probability.
        balk: Balk = Balk::Rule(BalkRule::Rational);
        /// Factor on the patience of those who stay. At most 10.
        patience_factor: PositiveFactor = PositiveFactor(1.0);
    }

    /// Who goes away at an announced wait.
    #[derive(Serialize)]
    either Balk {
        /// A rule.
        Rule(BalkRule),
        /// A probability.
        Probability(Prob),
    }

    /// A rule for going away at an announced wait.
    words BalkRule {
        /// Customers whose patience is shorter than the announced wait.
        Rational,
    }

    /// What happens outside opening hours.
    words AfterHours {
        /// Contacts are taken and wait for people.
        Queue,
        /// The bot serves; whoever needs a person is turned away.
        BotOnly,
        /// Contacts are turned away at once.
        #[serde(rename = "turned_away")]
        TurnAway,
    }

    /// What happens at closing to customers who wait for people.
    words AtClosing {
        /// They wait on, as long as their patience lasts.
        Wait,
        /// Agents whose shift is over go on until nobody waits who came in opening hours.
        Serve,
        /// They are turned away.
        #[serde(rename = "turned_away")]
        TurnAway,
        /// They are promised a call: they keep their place and give up no more.
        CallBack,
    }

    /// Which clock waits are measured with.
    words WaitClock {
        /// Open hours only.
        OpenHours,
        /// All time.
        Calendar,
    }

    /// The bot that answers first.
    Bot {
        /// Accuracy in ideal conditions: with complete and current content. Intents without an `accuracy` of their own have `ideal_accuracy` x (1 - `content_gaps`), where one of the two is given. Default 85%, where published bots top out [bot_guide].
        ideal_accuracy: Option<Prob>;
        /// Share of what customers ask that its content leaves out or has wrong. Default 0.
        content_gaps: Option<Prob>;
        /// How often the bot is sure enough to answer. Default always.
        confidence: Confidence;
        /// Largest number of answers in a conversation.
        #[schemars(range(min = 1), extend("x-wrong" = "a bot that never answers", "x-help" = "give 1 or more, or leave `bot` out"))]
        max_turns: u16 = 3, "Assumption, 2 to 6.";
        /// Right answer: probability that the customer accepts it.
        accept: Prob = percent(23.0), "Assumption, 20 to 60%; with 23% a third of those involved are resolved [intercom2022].";
        /// Wrong answer: probability that the customer leaves silently.
        leave_silently: Prob = percent(25.0), "Assumption, 10 to 50%.";
        /// Neither: probability of asking for a person instead of rephrasing.
        ask_human: Prob = percent(35.0), "Assumption, 20 to 60%.";
        /// Whether customers can get from the bot to a person. `false`: whoever would ask for a person, the unsure and those for whom it has no content say it in other words, up to `max_turns`; then they are lost.
        escape_hatch: bool = true;
        /// Probability that a customer whom the bot failed goes past it the next time.
        lost_trust: Prob = percent(0.0);
        /// Share of the contacts on its channels that would not have been without it: they come besides those of `demand`. Default 0.
        induced: Option<Prob>;
        /// A conversation with the bot up to this long is "short".
        short: Dur = minutes(2), "Assumption, 1 to 5m.";
        /// Factor on accuracy with each further turn.
        accuracy_decay: Prob = percent(100.0);
        /// Share of contacts that rules send to people before the bot: one number or a map by segment. Default 0.
        human_only: Option<BySegment>;
        /// Time from message to answer.
        latency: Law = Law::Constant(seconds(1)), "Assumption, 0.5 to 10s.";
        /// Time a customer takes to write again after an answer. Default none.
        think: Option<Law>;
        /// How long a customer waits for an answer of the bot, then asks for a person (`ask_human`) or leaves. Default without limit.
        patience: Option<Law>;
        /// Largest number of conversations at once. Default without limit.
        #[schemars(range(min = 1), extend("x-wrong" = "a bot without sessions", "x-help" = "give 1 or more, or leave `bot` out"))]
        sessions: Option<u32>;
        /// Largest rate of requests in the long run: a bucket that holds `burst` requests and fills again at this rate. Default without limit.
        rate: Option<Rate>;
        /// Requests that may come at once under `rate`, 1 or more. Default the number written there: `60/min` lets 60 come at once, `1/s` one.
        #[schemars(range(min = 1), extend("x-wrong" = "a bucket for no request lets none pass", "x-help" = "give 1 or more, or leave it out", "x-code" = "E0201"))]
        burst: Option<u32>;
        /// What happens beyond that capacity.
        beyond: BeyondCapacity = BeyondCapacity::Escalate;
        /// When the bot is there. Default always.
        hours: Open;
        /// Languages it speaks. Default all.
        languages: Option<Vec<String>>;
        /// Channels it serves; decides over `channels.*.bot`.
        channels: Option<Vec<String>>;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// A probability for all segments or for each.
    either BySegment {
        /// For all.
        All(Prob),
        /// For each segment; missing ones are 0.
        Each(Named<Prob>),
    }

    /// What happens beyond the bot's capacity.
    #[schemars(rename = "Beyond")]
    words BeyondCapacity {
        /// Wait for a session; requests are answered later.
        Wait,
        /// Go on to people.
        Escalate,
        /// The contact is refused.
        #[serde(rename = "turned_away")]
        TurnAway,
    }

    /// How contacts that need a person find their queue.
    Routing {
        /// Share of contacts that rules assign; the rest goes to triage.
        rules_cover: Prob = percent(100.0);
        /// Share of assignments by rule that are right.
        right_first_try: Prob = percent(100.0);
        /// Agent's work to notice a wrong assignment and pass it on.
        misroute_work: Law = Law::Constant(seconds(60)), "Assumption, 30 to 180s.";
        /// People who read and sort; required when `rules_cover` is below 100%.
        triage: Option<Triage>;
        /// Which agent takes a contact.
        agent_choice: AgentChoice = AgentChoice::LeastLoaded;
        /// Whether a returning customer goes to the same agent when that agent has room.
        sticky: bool = false;
        /// Waiting time worth one priority level. Default none: strict levels.
        ageing: Option<PositiveDur>;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// People who read and sort contacts.
    Triage {
        /// Team that does it.
        team: String => required;
        /// Work to sort one contact.
        work: Law => required;
        /// Share sent to the right queue.
        right: Prob = percent(100.0);
        /// Name of its queue.
        queue: String = "triage".to_owned();
    }

    /// Which agent takes a contact, of those with room.
    words AgentChoice {
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
    Queue {
        /// Channels it takes. Default the channel of its name, if there is one.
        channels: Option<Vec<String>>;
        /// Segments it takes.
        segments: Vec<String>;
        /// Intents it takes.
        intents: Vec<String>;
        /// Tiers it takes.
        tiers: Vec<String>;
        /// Languages it takes.
        languages: Vec<String>;
        /// Priority level, 0 to 7; higher is served first.
        #[schemars(range(max = 7), extend("x-wrong" = "the priority {} is above 7", "x-help" = "give a level from 0 to 7"))]
        priority: u8 = 0;
        /// Places to wait. Default without limit.
        capacity: Option<u32>;
        /// What happens to contacts that find it full.
        when_full: WhenFull = WhenFull::Block;
        /// Where contacts go when it is full (with `when_full: overflow`) or after waiting too long; they keep their place in time, and come to no queue twice.
        overflow: Option<Overflow>;
        /// Skill that its agents need. Default none.
        skill: Option<String>;
        /// Its service level.
        service_level: Option<ServiceLevel>;
        /// A remark.
        note: Option<String>;
    }

    /// What happens to contacts that find a queue full.
    words WhenFull {
        /// They are refused.
        Block,
        /// They go to the overflow queue.
        Overflow,
    }

    /// Overflow to another queue.
    Overflow {
        /// The other queue.
        to: String => required;
        /// After this wait. Default never: only when the queue is full.
        after: Option<Dur>;
    }

    /// A service level.
    all ServiceLevel {
        /// Threshold: answered within this wait.
        within: Dur;
    }
}
