//! `convoq erlang`: the formulas, without a scenario and without simulation.

mod day;
mod formulas;
mod notes;
mod question;
mod render;
mod rows;
mod solve;

pub(super) use day::interval_needs;
pub(super) use rows::value as formula_value;

use super::{Failure, Format, OK, ScenarioArgs, TARGET_MISSED, print};
use clap::{Args, Subcommand};

pub(super) use formulas::FORMULAS;

#[derive(Args, Debug)]
pub(super) struct ErlangArgs {
    #[command(subcommand)]
    formula: Formula,
}

#[derive(Subcommand, Debug)]
enum Formula {
    /// Nobody waits: who finds all agents busy is turned away
    B {
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Nobody gives up: waits grow without end when work exceeds the agents
    C {
        #[command(flatten)]
        work: WorkArgs,
        /// Law of handle times, of any mean: `lognormal(mean=5m, cv=1.2)`; exponential without it
        #[arg(long)]
        law: Option<String>,
        /// Places to wait; who finds none is turned away
        #[arg(long, value_name = "PLACES", conflicts_with = "law")]
        room: Option<u32>,
    },
    /// Customers give up: the formula for most phone queues
    A {
        #[command(flatten)]
        work: WorkArgs,
        #[command(flatten)]
        patience: PatienceArgs,
    },
    /// Customers give up, and some of them try again
    X {
        #[command(flatten)]
        work: WorkArgs,
        #[command(flatten)]
        patience: PatienceArgs,
        /// Share of those who gave up that try again, each time
        #[arg(long)]
        redial: String,
        /// Mean time until they do; very long without it
        #[arg(long)]
        delay: Option<String>,
    },
    /// Agents hold several chats at once and slow down while they do
    Chat {
        #[command(flatten)]
        work: WorkArgs,
        #[command(flatten)]
        patience: PatienceArgs,
        /// Chats that an agent may hold; the length of --slowdown without it
        #[arg(long)]
        max: Option<u16>,
        /// Total speed of an agent with 1, 2, 3... chats against one alone
        #[arg(long, value_delimiter = ',', required = true)]
        slowdown: Vec<f64>,
        /// Which agent takes a chat: `even` (instant for any size), `least_loaded`, `most_loaded` (exact, small teams)
        #[arg(long, default_value = "even", value_parser = ["even", "least_loaded", "most_loaded"])]
        routing: String,
    },
    /// Agents that each interval of a scenario's day needs, beside those it has
    Day(DayArgs),
}

/// What every formula asks.
#[derive(Args, Debug)]
struct WorkArgs {
    /// Contacts in a time: `240/h`, `100/30m`
    #[arg(long, visible_alias = "chats", value_name = "RATE")]
    calls: Option<String>,
    /// Mean handle time with wrap-up: `300s`, `5m`; of chats, the work of one alone
    #[arg(long, value_name = "TIME")]
    aht: Option<String>,
    /// Agents who serve: `24`, or `18..24` for a table
    #[arg(long, value_name = "N")]
    agents: Option<String>,
    /// Threshold of the service level; 20s without it
    #[arg(long, value_name = "TIME")]
    within: Option<String>,
    /// What is to hold; the one value left out is found: `service_level >= 80%`
    #[arg(long, value_name = "TARGET")]
    until: Option<String>,
    /// Share of paid time off the queue: adds the heads to schedule
    #[arg(long, value_name = "SHARE")]
    shrinkage: Option<String>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Args, Debug)]
struct PatienceArgs {
    /// How long customers wait: a mean (`3m`, exponential) or a law (`weibull(mean=4m, shape=0.8)`)
    #[arg(long, value_name = "LAW")]
    patience: Option<String>,
}

#[derive(Args, Debug)]
struct DayArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Which queue; not needed where there is one
    #[arg(long)]
    queue: Option<String>,
    /// Which day, from 1, or `all`
    #[arg(long, value_name = "N", default_value = "1")]
    day: Days,
    /// What is to hold in each interval; the scenario's first target for the queue without it
    #[arg(long, value_name = "TARGET")]
    until: Option<String>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Which days are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Days {
    One(u32),
    All,
}

impl std::str::FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            _ => text.parse().map(Self::One).map_err(|_| "give a number from 1, or `all`".into()),
        }
    }
}

pub(super) fn run(args: &ErlangArgs) -> Result<u8, Failure> {
    if let Formula::Day(args) = &args.formula {
        return day::run(args);
    }
    let question = question::read(&args.formula)?;
    let found = solve::solve(&question)?;
    let work = args.formula.work();
    print(&render::render(&question, &found, work.map(|w| w.format)))?;
    Ok(if found.missed { TARGET_MISSED } else { OK })
}

impl Formula {
    fn work(&self) -> Option<&WorkArgs> {
        match self {
            Formula::B { work }
            | Formula::C { work, .. }
            | Formula::A { work, .. }
            | Formula::X { work, .. }
            | Formula::Chat { work, .. } => Some(work),
            Formula::Day(_) => None,
        }
    }

    /// Its name as a title, and the word of the command.
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Formula::B { .. } => ("Erlang B", "b"),
            Formula::C { .. } => ("Erlang C", "c"),
            Formula::A { .. } => ("Erlang A", "a"),
            Formula::X { .. } => ("Erlang X", "x"),
            Formula::Chat { .. } => ("Erlang-chat", "chat"),
            Formula::Day(_) => ("Erlang by interval", "day"),
        }
    }
}
