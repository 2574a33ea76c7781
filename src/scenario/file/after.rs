//! What follows a contact (returns, surveys, costs) and what goes wrong (faults): the file's view.

use schemars::JsonSchema;
use serde::Deserialize;

use super::quantity::{
    Dur, Factor, Moment, Money, Months, PositiveDur, Prob, days, hours, minutes, percent, positive,
    seconds,
};
use super::values::{Law, Named};

fields! {
    /// Who comes again, and when.
    Returns {
        /// Probability after a right answer of the bot.
        after_true: Prob = percent(0.0);
        /// Probability after a wrong answer that looked contained.
        after_false: Prob = percent(0.0);
        /// Probability after an agent truly solved the issue.
        after_human: Prob = percent(0.0);
        /// Probability after an agent closed it unsolved. Default `after_human`.
        after_human_unsolved: Option<Prob>;
        /// Probability after an article seemed to solve the issue.
        after_article: Prob = percent(0.0);
        /// Delay of a return.
        delay: Law = Law::lognormal(positive(hours(6)), 1.2), "Assumption, medians of 1h to 2d.";
        /// Customers who try again because they were not served.
        retries: Retries;
        /// Largest number of contacts of one issue; 0 = without limit.
        max_contacts: u16 = 20, "Assumption, 5 to 50: a bound that few reach.";
        /// Whether returns and retries pass the bot again.
        through_bot: bool = true;
        /// No return within this time: resolved at first contact.
        fcr_window: Dur = days(7), "Assumption, 1d to 30d.";
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// Customers who try again because they were not served.
    Retries {
        /// Probability after leaving the queue.
        after_abandon: Prob = percent(0.0);
        /// Probability after going away at an announced wait.
        after_balk: Prob = percent(0.0);
        /// Probability after being refused.
        after_blocked: Prob = percent(0.0);
        /// Probability after coming outside opening hours.
        after_closed: Prob = percent(0.0);
        /// Delay of a retry.
        delay: Law = Law::exponential(positive(minutes(20))), "Assumption, means of 5m to 2h.";
        /// From channel, to channel, probability; the rest stays. Applies to returns too.
        switch: Named<Named<Prob>>;
    }

    /// Customer surveys; satisfaction is on 0..1.
    Survey {
        /// Probability of an answer for middling satisfaction; that bots are rated less often is published [intercom2023].
        response: Response;
        /// Factor on the response of the very happy and the very unhappy.
        extreme_factor: Factor = Factor(2.0), "Assumption, 1 to 4; that they answer most is published [bot_roi].";
        /// Mean satisfaction.
        csat: Csat;
        /// Loss of satisfaction per minute of waiting.
        wait_penalty_per_min: f64 = 0.02, "Assumption, 0.0005 to 0.05.";
        /// Standard deviation of satisfaction.
        sd: f64 = 0.25, "Assumption, 0.1 to 0.4.";
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// Probability of an answer to a survey.
    Response {
        /// After the bot.
        bot: Prob = percent(8.0), "Assumption, 3 to 15%.";
        /// After a person.
        human: Prob = percent(20.0), "Assumption, 10 to 40%.";
    }

    /// Mean satisfaction on 0..1.
    Csat {
        /// Truly solved by the bot.
        bot_true: Prob = percent(80.0), "Assumption, 0.6 to 0.9.";
        /// Not solved by the bot.
        bot_false: Prob = percent(25.0), "Assumption, 0.1 to 0.5.";
        /// Truly solved by a person.
        human_true: Prob = percent(85.0), "Assumption, 0.7 to 0.95.";
        /// Not solved by a person.
        human_unsolved: Prob = percent(35.0), "Assumption, 0.1 to 0.5.";
    }

    /// Prices; all in one currency.
    Costs {
        /// The currency. Default the one of the amounts.
        currency: Option<String>;
        /// By channel: price of a contact handled by people, besides wages. Default 0.
        per_contact: Named<Money>;
        /// Prices of the bot.
        bot: BotCosts;
        /// What a contact handled by people costs where there is no bot: what a true resolution saves. Default 0.
        human_contact: Money;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// Prices of the bot.
    BotCosts {
        /// Of a conversation that the bot closed. Default 0.
        per_resolution: Money;
        /// Of a conversation that the bot took. Default 0.
        per_session: Money;
        /// Licence and hosting per month. Default 0.
        per_month: Money;
        /// One-off cost of integration. Default 0.
        integration: Money;
        /// Time over which the integration is written off.
        amortise: Months = Months(24.0), "Assumption, 12 to 36 months.";
        /// Maintenance per month. Default 0.
        maintenance_per_month: Money;
    }

    /// What knowledge work does: each share closes part of what is missing to 100%, in proportion to the share of agents' time (`teams.*.shrinkage.knowledge`), up to a cap.
    Knowledge {
        /// Share of agents' shift time at which the effect is full; more adds nothing.
        full: Prob = percent(5.0), "Assumption, 2 to 10%.";
        /// Part of the bot's missing coverage that full knowledge work closes.
        coverage: Prob = percent(0.0);
        /// Part of the missing exposure to articles that it closes, for intents that have articles.
        exposure: Prob = percent(0.0);
        /// Part of what articles do not solve that it closes.
        solves: Prob = percent(0.0);
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// What the formulas of time saved by AI need besides the run.
    TimeSaved {
        /// Share of the contacts of people that AI could handle: those that one message closes.
        addressable: Prob = percent(0.0);
        /// Time of an agent for one transfer.
        per_transfer: Dur = seconds(0);
        /// Time of an agent to write one message.
        per_message: Dur = seconds(0);
        /// Messages that an agent writes in a contact.
        messages: Factor = Factor(1.0);
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// A scheduled fault: exactly one field.
    Fault {
        /// The bot answers nothing.
        bot_outage: Option<When>;
        /// The bot answers slowly.
        slow_bot: Option<FactorFault>;
        /// The bot is right less often.
        accuracy_regression: Option<FactorFault>;
        /// A share of a team is away: exactly so many of those who come to a shift in its span, rounded half up. Whoever is busy finishes first; nobody is away after it has ended.
        agents_absent: Option<AgentsAbsent>;
        /// A source has more customers.
        demand_spike: Option<DemandSpike>;
    }

    /// When a fault acts.
    all When {
        /// First moment.
        from: Moment;
        /// How long.
        #[serde(rename = "for")]
        length: PositiveDur;
    }

    /// A fault with a factor.
    all FactorFault {
        /// First moment.
        from: Moment;
        /// How long.
        #[serde(rename = "for")]
        length: PositiveDur;
        /// The factor: on latency, or on accuracy.
        factor: Factor;
    }

    /// A share of a team is away.
    all AgentsAbsent {
        /// First moment.
        from: Moment;
        /// How long.
        #[serde(rename = "for")]
        length: PositiveDur;
        /// The team.
        team: String;
        /// The share.
        share: Prob;
    }

    /// A source has more customers.
    all DemandSpike {
        /// First moment.
        from: Moment;
        /// How long.
        #[serde(rename = "for")]
        length: PositiveDur;
        /// The source, by name.
        source: String;
        /// Factor on its volume, 1 or more.
        factor: Factor;
    }
}
