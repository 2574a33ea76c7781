//! Who comes and what they want: the file's view.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::{
    Dur, Factor, Moment, PositiveDur, PositiveFactor, Prob, Share, SmallFactor, hours, percent,
};
use super::values::{Law, Named, OneOrMany, TimeUnit};

fields! {
    /// What a customer wants.
    Intent {
        /// How hard it is: fills in bot accuracy (60%, 40%, 20%) and what articles solve (30%, 12%, 3%) where they are not given.
        complexity: Complexity = Complexity::Moderate, "Assumption, accuracy 40 to 85% for simple and 10 to 50% for complex; no bot is above 85% [bot_guide].";
        /// Work of an agent on one contact alone.
        work: Law => required;
        /// Work after the contact, in the agent's slot. Default none.
        wrap_up: Option<Law>;
        /// Probability that an agent truly solves it.
        human_solves: Prob = percent(90.0), "Assumption, 80 to 98%.";
        /// How long its customers wait, where it differs from the channel's patience.
        patience: Option<Law>;
        /// What the bot can do with it, or `never`: always goes to people.
        bot: Option<IntentBot>;
        /// Help-centre articles about it. Default none.
        articles: Articles;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// How hard an intent is.
    words Complexity {
        /// A fact to look up.
        Simple,
        /// Some steps.
        Moderate,
        /// Needs judgement.
        Complex,
    }

    /// What the bot can do with an intent.
    either IntentBot {
        /// A word.
        Word(NeverWord),
        /// Numbers.
        Skill(BotSkill),
    }

    /// The word that keeps an intent from the bot.
    words NeverWord {
        /// Always goes to people.
        Never,
    }

    /// Numbers of the bot for one intent.
    BotSkill {
        /// Probability that the bot has content for the contact.
        coverage: Prob = percent(100.0);
        /// Probability that an answer would be right. Default by complexity, or by the bot's `ideal_accuracy` and `content_gaps`.
        accuracy: Option<Prob>;
        /// Share of what customers ask about it that the bot's content leaves out or has wrong; an `accuracy` of its own decides over it. Default the bot's.
        content_gaps: Option<Prob>;
        /// Probability that the customer asks for a person before any answer.
        bypass: Prob = percent(0.0);
        /// How often the bot is sure enough to answer. Default the bot's.
        confidence: Confidence;
    }

    /// How often the bot is sure enough to answer.
    Confidence {
        /// When the answer is right. Default 100%.
        right: Option<Prob>;
        /// When the answer is wrong. Default 100%.
        wrong: Option<Prob>;
    }

    /// Articles about an intent.
    Articles {
        /// Probability that a customer about to make contact is shown them.
        exposure: Prob = percent(0.0);
        /// Probability that an article shown solves the issue. Default by complexity.
        solves: Option<Prob>;
    }

    /// The help centre.
    SelfService {
        /// Share of customers who were in the help centre a moment ago and are shown no articles again.
        suppressed: Prob = percent(0.0);
        /// No contact within this time after an article: deflected.
        deflection_window: Dur = hours(24), "As in [intercom2023].";
    }

    /// A source of demand; exactly one of `per_day`, `counts`, `rate`, `times`, `campaign`, `burst` says when its customers come.
    Demand {
        /// Name, unique: it is the identity of the source in random draws. Default `<segment>-<channel>`.
        name: Option<String>;
        /// Segment of its customers. Default the only segment.
        segment: Option<String>;
        /// Channel that they use.
        channel: String => required;
        /// Mean number of contacts of an ordinary day. On days on which the channel is closed nobody comes, unless `weekday` or `special_days` names the day.
        per_day: Option<f64>;
        /// Factors by day of the week on `per_day`: a list from Monday or a map. At most 10. Default 1 each.
        weekday: Option<Weekdays>;
        /// How a day's contacts spread over the day, by what the clock shows: hours that clocks skip are missing, those that come twice have their shares twice. Default evenly over opening hours.
        profile: Option<Profile>;
        /// Days that are not ordinary, by date: a factor on `per_day`, or a factor and a profile.
        special_days: Named<SpecialDay>;
        /// Counts by interval.
        counts: Option<Counts>;
        /// A rate around the clock.
        rate: Option<RateDemand>;
        /// Exact times.
        times: Option<Times>;
        /// A message to many customers, some of whom make contact.
        campaign: Option<Campaign>;
        /// Extra contacts after one moment.
        burst: Option<Burst>;
        /// Coefficient of variation of the busy-day factor. At most 10.
        busyness_cv: SmallFactor = SmallFactor(0.0);
        /// Correlation of that factor between neighbouring intervals; with 100% one factor holds for a day.
        busyness_correlation: Prob = percent(100.0);
        /// Shares of the intents; they sum to 1. Default the only intent.
        intents: Named<Prob>;
        /// Shares of the tiers; the rest is standard.
        tiers: Named<Prob>;
        /// Shares of the languages; they sum to 1. Default all the first language.
        languages: Named<Prob>;
        /// Whether its customers can be shown articles.
        articles: bool = true;
        /// Share of its contacts that would not have been without this channel: they come besides those of the volume given. Default the bot's `induced` where the bot serves the channel, else 0.
        induced: Option<Prob>;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// Factors by day of the week.
    either Weekdays {
        /// From Monday; missing ones are 1.
        List(Vec<SmallFactor>),
        /// By day, as `mon` or `mon-fri`; missing ones are 1.
        Map(Named<SmallFactor>),
    }

    /// Shares of a day: from a CSV file (`csv`, `column`, optional `time`) or inline (`shares`).
    Profile {
        /// Path of a CSV file, from the folder of the scenario.
        csv: Option<String>;
        /// Column of the shares.
        column: Option<String>;
        /// Column of the local times at which the rows begin. Default: the rows divide the day evenly.
        time: Option<String>;
        /// Length of one share. Default: the day divided by the number of shares.
        interval: Option<PositiveDur>;
        /// The shares; they sum to 1.
        shares: Option<Vec<Share>>;
    }

    /// A day that is not ordinary.
    either SpecialDay {
        /// A factor on `per_day`.
        Factor(Factor),
        /// A factor and a profile.
        Full(SpecialDayFields),
    }

    /// A day that is not ordinary.
    SpecialDayFields {
        /// Factor on `per_day`, besides the weekday's.
        factor: Factor = Factor(1.0);
        /// Profile of this day. Default the source's.
        profile: Option<Profile>;
    }

    /// Counts by interval: from a CSV file (`csv`, `time`, `count`) or inline (`values`).
    Counts {
        /// Path of a CSV file, from the folder of the scenario; `.gz` is allowed.
        csv: Option<String>;
        /// Column of the times at which the intervals begin.
        time: Option<String>;
        /// Column of the counts.
        count: Option<String>;
        /// Rows to use: values of other columns. Default all rows; rows of equal time are added up.
        rows: Named<super::scalar::Scalar>;
        /// Zone of the times in the file. Default the scenario's.
        zone: Option<String>;
        /// Factor on every count.
        scale: Factor = Factor(1.0);
        /// Length of an interval. Default `time.interval` inline, the distance of the rows in a CSV file.
        interval: Option<PositiveDur>;
        /// Moment of the first inline value. Default the start of the run.
        from: Option<Moment>;
        /// Inline counts.
        values: Option<Vec<f64>>;
        /// true: exactly these counts; false: means of Poisson counts.
        given: bool = false;
    }

    /// A rate around the clock.
    RateDemand {
        /// Contacts per hour: a constant, or a list that repeats until the end of the demand.
        per_hour: OneOrMany<f64> => required;
        /// Length of one value of the list. Default `time.interval`.
        interval: Option<PositiveDur>;
    }

    /// Exact times.
    either Times {
        /// The times.
        List(Vec<Moment>),
        /// From a CSV file.
        Csv(TimesCsv),
    }

    /// Exact times from a CSV file.
    TimesCsv {
        /// Path of a CSV file, from the folder of the scenario; `.gz` is allowed.
        csv: String => required;
        /// Column of the times; every row is a contact that begins.
        time: String => required;
        /// Rows to use: values of other columns, as `{event: created}`. Default all rows.
        rows: Named<super::scalar::Scalar>;
        /// Zone of the times in the file. Default the scenario's.
        zone: Option<String>;
        /// Column of what each customer wanted, by the names of `intents`. Where a cell is empty, and without it, `demand.intents` says.
        intent: Option<String>;
        /// Column of the work of an agent on each contact, which is then not drawn; factors of tiers do not apply to it. Empty cells are drawn.
        work: Option<String>;
        /// Column of the work after each contact. Empty cells are drawn.
        wrap_up: Option<String>;
        /// Column of the time after which each customer leaves who is not answered before. Empty cells are drawn.
        patience: Option<String>;
        /// Column of the time for which each customer waited and was answered: the patience is drawn given that it is longer.
        waited: Option<String>;
        /// What plain numbers of these columns are; cells such as `0:04:30` and `4m30s` say it themselves.
        unit: Option<TimeUnit>;
    }

    /// A message to many customers.
    all Campaign {
        /// When it goes out.
        at: Moment;
        /// How many get it.
        recipients: u32;
        /// Probability that one of them makes contact.
        contact: Prob;
        /// Time from the message to the contact.
        delay: Law;
    }

    /// Extra contacts after one moment.
    all Burst {
        /// The moment.
        at: Moment;
        /// Mean number of extra contacts.
        extra: f64;
        /// Time from the moment to the contact.
        delay: Law;
    }

    /// A customer segment.
    Segment {
        /// A longer name, for readers of the file.
        label: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// A kind of customer that gets special care.
    Tier {
        /// Priority levels added in every queue, 0 to 7.
        #[schemars(range(max = 7), extend("x-wrong" = "the priority {} is above 7", "x-help" = "give a level from 0 to 7"))]
        priority: u8 = 0;
        /// Always goes to people.
        human_only: bool = false;
        /// Factor on patience. At most 10.
        patience_factor: PositiveFactor = PositiveFactor(1.0);
        /// Factor on the agent's work. At most 10.
        work_factor: PositiveFactor = PositiveFactor(1.0);
        /// A remark.
        note: Option<String>;
    }
}
