//! Teams and their shifts: the file's view.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::{
    Clock, ClockOrColumn, Days, Dur, PositiveDur, PositiveFactor, Prob, SmallFactor, Wage, minutes,
    percent, positive,
};
use super::values::{Law, Named, OneOrMany};

fields! {
    /// A team of people.
    Team {
        /// Channels it serves. Required, except for a triage team (one contact of any channel at a time).
        channels: Named<TeamChannel>;
        /// Skills: a list, or a map with the speed by skill. Default none.
        skills: Option<Skills>;
        /// Queues it serves, best first. Default all queues of its channels whose skill it has.
        serves: Option<Vec<String>>;
        /// Speed of its agents. At most 10.
        speed: PositiveFactor = PositiveFactor(1.0);
        /// Coefficient of variation of speed between agents. At most 10.
        speed_cv: SmallFactor = SmallFactor(0.0);
        /// Wage per hour of shift. Default 0.
        wage: Wage;
        /// Agents who work all opening hours of every day: short for one shift.
        agents: Option<u32>;
        /// Shifts.
        shifts: Vec<Shift>;
        /// Time off the queue: the planned share of the shift, or planned and absence. Breaks come beside it: on the queue are shift x (1 - planned) - breaks. Default 0.
        shrinkage: Option<Shrinkage>;
        /// How often agents come late, and how late: what of breaks and shrinkage lies before they come is over. Default never.
        lateness: Option<Lateness>;
        /// What happens at the end of a shift.
        shift_end: ShiftEnd = ShiftEnd::Finish;
        /// Shifts that `convoq solve` may use. Default those of `shifts`, begun every half hour.
        plan: Option<Plan>;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
    }

    /// How a team serves a channel.
    TeamChannel {
        /// Contacts that one agent can have at once.
        #[schemars(range(min = 1, max = 1000), extend("x-wrong" = "an agent with {} contacts at once", "x-help" = "give 1 to 1000", "x-code" = "E0308"))]
        max: u32 = 1;
        /// Agents who are kept able to take this channel: contacts of other channels are taken only while more than so many have room for it.
        reserve: u32 = 0;
        /// Whether a contact of this channel, of which an agent has one at a time, pauses the agent's others: where no agent has room for it, one takes it whose work then stands still until it is done, wrap-up and all.
        pauses: bool = false;
        /// What several contacts at once do to an agent's speed. Default nothing: each runs at full speed.
        slowdown: Option<Slowdown>;
    }

    /// What several contacts at once do to an agent's speed.
    either Slowdown {
        /// Total speed with 1, 2, ... contacts, relative to one; the first is 1.
        Table(Vec<f64>),
        /// A formula.
        Formula(SlowdownFormula),
    }

    /// A formula for the total speed R(k) with `k` contacts; exactly one field.
    SlowdownFormula {
        /// R(k) = k^b.
        power: Option<f64>;
        /// R(k) = k / (1 + g(k-1)).
        amdahl: Option<f64>;
        /// From the turns of a chat: the agent writes while other customers do.
        turns: Option<Turns>;
        /// Time of one contact while 1, 2, ... are open.
        handle_time: Option<Vec<PositiveDur>>;
    }

    /// The turns of a chat.
    all Turns {
        /// Time of an agent for one message.
        agent: PositiveDur;
        /// Time of a customer for one message.
        customer: PositiveDur;
    }

    /// Skills of a team.
    either Skills {
        /// All at full speed.
        List(Vec<String>),
        /// With the speed by skill.
        Speeds(Named<PositiveFactor>),
    }

    /// Shifts that `convoq solve` may use.
    Plan {
        /// Shifts to choose from. Default those that the team has.
        shifts: Vec<PlanShift>;
        /// Step between starts of shifts.
        start_every: PositiveDur = positive(minutes(30)), "Assumption, 15m to 2h.";
        /// Earliest local start. Default that of the team's shifts.
        from: Option<Clock>;
        /// Latest local end; earlier than `from`: on the next day. Default that of the team's shifts.
        to: Option<Clock>;
        /// Agents of a day at most. Default no limit.
        max_agents: Option<u32>;
    }

    /// A shift to choose from: it may begin at any step at which it ends in time.
    all PlanShift {
        /// From start to end.
        length: PositiveDur;
        /// Its break, whose time the agent chooses. Default none.
        #[serde(rename = "break")]
        one_break: Option<Dur>;
    }

    /// Shifts: `agents`, `from`, `to`; or rows of a CSV file; or a headcount curve (`agents_by_interval`).
    Shift {
        /// Name: the identity of its agents in random draws. Default its number in the team.
        name: Option<String>;
        /// How many agents; with `csv` the column of the number.
        agents: Option<CountOrColumn>;
        /// Local start; with `csv` the column of the start.
        from: Option<ClockOrColumn>;
        /// Local end; earlier than `from`: on the next day, in one piece. A shift to 24:00 and one from 00:00 of the same team are one piece too, for as many agents as both have, where they last 12 hours at most. With `csv` the column of the end.
        to: Option<ClockOrColumn>;
        /// Days on which it begins. Default the days on which the operation is open. Of the night before the run what lies in it is worked, where the days name it or the operation is open then.
        days: Option<OneOrMany<Days>>;
        /// One break whose time the agent chooses.
        #[serde(rename = "break")]
        one_break: Option<Dur>;
        /// Breaks: with a fixed time (`{at: "12:00", for: 30m}`) or a length whose time the agent chooses. No block off the queue overlaps another; one that falls due while the agent is off, or finishes contacts first, is added. What of it is left at the end of the shift is not taken.
        breaks: Vec<Break>;
        /// Path of a CSV file with one row for each shift of a day.
        csv: Option<String>;
        /// Column of the date; with `csv`.
        date: Option<String>;
        /// Headcount by interval: agent `i` works wherever the headcount is above `i`.
        agents_by_interval: Option<Vec<u32>>;
        /// Length of an interval of the headcount. Default `time.interval`.
        interval: Option<PositiveDur>;
    }

    /// A number, or the column of a CSV file that has it.
    either CountOrColumn {
        /// The number.
        Count(u32),
        /// The column.
        Column(String),
    }

    /// A break.
    either Break {
        /// A length; the agent chooses the time.
        Free(Dur),
        /// At a fixed time.
        Fixed(FixedBreak),
    }

    /// A break at a fixed time.
    all FixedBreak {
        /// Local start.
        at: Clock;
        /// Length.
        #[serde(rename = "for")]
        length: Dur;
    }

    /// Time off the queue, beside breaks.
    either Shrinkage {
        /// All planned.
        Planned(Prob),
        /// Planned and absence.
        Parts(ShrinkageParts),
    }

    /// Planned time off the queue, and absence.
    ShrinkageParts {
        /// Share of the shift, from its start to its end, planned off the queue in blocks of about half an hour, breaks beside it: training, meetings.
        planned: Prob = percent(0.0);
        /// Share of shift time for knowledge work: articles and the bot's content. On top of `planned`; `knowledge` says what it does.
        knowledge: Prob = percent(0.0);
        /// Probability that an agent does not come to a shift.
        absence: Prob = percent(0.0);
    }

    /// How often agents come late, and how late.
    all Lateness {
        /// Probability that an agent comes late.
        share: Prob;
        /// How late.
        by: Law;
    }

    /// What happens at the end of a shift.
    words ShiftEnd {
        /// The agent takes no more, finishes the running contacts, then leaves.
        Finish,
        /// The agent leaves at once; running contacts go back to the head of their queue, and have been answered.
        HandBack,
        /// As many agents leave as shifts end: whoever becomes free first.
        FirstFree,
    }
}
