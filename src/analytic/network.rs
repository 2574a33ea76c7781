//! A bot before people, and teams that are pooled.

use super::{Infeasible, Waiting, erlang_a, erlang_c};
use crate::distribution::Distribution;

/// A bot without limit of sessions, then people: M/G/inf lets contacts on at
/// random (Mirasol 1963), so the people are an Erlang A of their own.
#[derive(Clone, Debug)]
pub struct BotThenPeople<'l> {
    /// Contacts per second that reach people.
    pub to_people: f64,
    /// Mean number of contacts with the bot.
    pub in_bot: f64,
    /// The people.
    pub people: Waiting<'l>,
    /// Share of the people's time with a contact.
    pub occupancy: f64,
    /// Mean time from first message to the end of those whom people served, seconds.
    pub whole_time_s: f64,
}

/// `rate` contacts per second stay `bot_s` with the bot on average, a share
/// `escalated` goes on to `agents` people.
///
/// # Errors
/// Without agents.
pub fn bot_then_people(
    rate: f64,
    bot_s: f64,
    escalated: f64,
    (agents, aht_s): (u32, f64),
    patience: &Distribution,
) -> Result<BotThenPeople<'_>, Infeasible> {
    let to_people = rate * escalated;
    let people = erlang_a(to_people, aht_s, agents, patience)?;
    Ok(BotThenPeople {
        to_people,
        in_bot: rate * bot_s,
        occupancy: to_people * (1.0 - people.p_abandon) * aht_s / f64::from(agents),
        whole_time_s: bot_s + people.wait_served_s + aht_s,
        people,
    })
}

/// Bot sessions and people, both limited, with some of the served starting
/// over; all times exponential, nobody gives up: a Jackson network (1957), so
/// each stage is an Erlang C at its own rate.
#[derive(Clone, Debug)]
pub struct TwoStages {
    /// Sessions per second.
    pub bot_rate: f64,
    /// Contacts per second that reach people.
    pub people_rate: f64,
    /// Waits for a session.
    pub bot: Waiting<'static>,
    /// Waits for people.
    pub people: Waiting<'static>,
    /// Mean sessions of a customer.
    pub visits: f64,
    /// Mean time of a customer in both stages, seconds.
    pub whole_time_s: f64,
}

/// Servers and their mean time, bot first; `escalated` go on to people, `back`
/// of those served by people start over.
///
/// # Errors
/// When more work comes to a stage than it can do.
pub fn two_stages(
    rate: f64,
    (slots, bot_s): (u32, f64),
    (agents, aht_s): (u32, f64),
    (escalated, back): (f64, f64),
) -> Result<TwoStages, Infeasible> {
    let visits = 1.0 / (1.0 - escalated * back);
    let (bot_rate, people_rate) = (rate * visits, rate * visits * escalated);
    let bot = erlang_c(bot_rate, bot_s, slots)?;
    let people = erlang_c(people_rate, aht_s, agents)?;
    let with_people = escalated * (people.wait_all_s + aht_s);
    Ok(TwoStages {
        bot_rate,
        people_rate,
        visits,
        whole_time_s: visits * (bot.wait_all_s + bot_s + with_people),
        bot,
        people,
    })
}
