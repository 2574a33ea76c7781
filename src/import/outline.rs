//! The scenario that gives an imported run its head: names, days, zone, and roughly what came.
//!
//! It is valid and can be simulated, and that is all: `convoq fit` makes one of the run that
//! can be trusted.

use super::contacts::{Contact, NEVER, Operation};
use super::duties::Staff;
use super::stamp::{Clock, date_text};
use crate::event::Header;
use crate::time::{DAY_US, MOST_DAYS, SECOND_US};
use serde_json::Value;
use std::fmt::Write as _;

/// Up to so many days have intervals of half an hour, longer runs of an hour.
const DAYS_OF_HALF_HOURS: i64 = 400;

/// What a run needs before its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The text of the scenario.
    pub text: String,
    /// Its days.
    pub days: u32,
    /// The first day, as `2026-03-02`.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// Why there is no head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoHead {
    /// No contact is left.
    Empty,
    /// The contacts lie too far apart: the first and the last day, and how many there are.
    TooLong(String, String, i64),
}

impl Outline {
    /// Writes the scenario of an operation. `zone` is the IANA name of its time zone.
    ///
    /// # Errors
    /// When there are no contacts, or too many days.
    pub fn of(
        operation: &Operation,
        name: &str,
        zone: &str,
        clock: &Clock,
        interval_us: Option<u64>,
    ) -> Result<Self, NoHead> {
        let (Some(first), Some(last)) = (operation.contacts.first(), operation.contacts.last())
        else {
            return Err(NoHead::Empty);
        };
        let (from, to) = (clock.shown(first.begin_us).0, clock.shown(last.begin_us).0);
        let days = i64::from(to) - i64::from(from) + 1;
        if days > i64::from(MOST_DAYS) {
            return Err(NoHead::TooLong(date_text(from), date_text(to), days));
        }
        let end_us = operation.contacts.iter().map(|c| operation.last_us(c)).max().unwrap_or(NEVER);
        // To the end of the local day, and a day more where clocks change.
        let midnight_us = (i64::from(to) + 1) * DAY_US as i64;
        let naive_us = {
            let (day, time) = clock.shown(end_us);
            i64::from(day) * DAY_US as i64 + time as i64
        };
        let drain_h = (naive_us - midnight_us).max(0) / (3600 * SECOND_US as i64) + 2;
        let minutes = match interval_us {
            Some(us) => us / (60 * SECOND_US),
            None if days <= DAYS_OF_HALF_HOURS => 30,
            None => 60,
        };
        let mut text = format!(
            "# The outline of an imported log: its names and days. `convoq fit` makes a scenario of it.\nconvoq: 1\nname: {}\ntime: {{start: {}, days: {days}, zone: {}, interval: {minutes}m, drain: {drain_h}h}}\n",
            quoted(name),
            date_text(from),
            quoted(zone),
        );
        lists(operation, days, &mut text);
        Ok(Self { text, days: days as u32, from: date_text(from), to: date_text(to) })
    }
}

/// A text as a word of YAML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The names, and how many contacts have each. Writing into a String cannot fail.
fn lists(operation: &Operation, days: i64, text: &mut String) {
    let (channels, intents) = (&operation.channels.all, &operation.intents.all);
    let _ = writeln!(text, "segments:");
    for name in &operation.segments.all {
        let _ = writeln!(text, "  {}: {{}}", quoted(name));
    }
    let _ = writeln!(text, "intents:");
    for (number, name) in intents.iter().enumerate() {
        let work_s = work_s(operation, number).max(1.0);
        let _ = writeln!(text, "  {}: {{work: {work_s:.3}s}}", quoted(name));
    }
    let _ = writeln!(text, "demand:");
    let mut counts =
        vec![vec![vec![0_u64; intents.len()]; channels.len()]; operation.segments.all.len()];
    for c in &operation.contacts {
        counts[usize::from(c.segment)][usize::from(c.channel)][usize::from(c.intent)] += 1;
    }
    for (segment, of_segment) in operation.segments.all.iter().zip(&counts) {
        for (channel, of_channel) in channels.iter().zip(of_segment) {
            let all: u64 = of_channel.iter().sum();
            let share = |(name, count): (&String, &u64)| {
                (*count > 0).then(|| format!("{}: {:.9}", quoted(name), *count as f64 / all as f64))
            };
            let shares: Vec<String> = intents.iter().zip(of_channel).filter_map(share).collect();
            if all > 0 {
                let per_day = all as f64 / days as f64;
                let _ = writeln!(
                    text,
                    "  - {{segment: {}, channel: {}, per_day: {per_day:.6}, intents: {{{}}}}}",
                    quoted(segment),
                    quoted(channel),
                    shares.join(", ")
                );
            }
        }
    }
    rest(operation, text);
}

/// Channels, queues, teams and the bot.
fn rest(operation: &Operation, text: &mut String) {
    let channels = &operation.channels.all;
    let each = |value: &str| {
        let all = channels.iter().map(|c| format!("{}: {value}", quoted(c)));
        format!("{{{}}}", all.collect::<Vec<_>>().join(", "))
    };
    let _ = writeln!(text, "channels: {}", each("{}"));
    let _ = writeln!(text, "queues:");
    for (number, name) in operation.queues.all.iter().enumerate() {
        let mut of = std::collections::BTreeSet::new();
        for contact in &operation.contacts {
            for _ in operation.visits(contact).filter(|v| usize::from(v.queue) == number) {
                of.insert(contact.channel);
            }
        }
        let of = of.iter().map(|c| quoted(&channels[usize::from(*c)])).collect::<Vec<_>>();
        let _ = writeln!(text, "  {}: {{channels: [{}]}}", quoted(name), of.join(", "));
    }
    let _ = writeln!(text, "teams:");
    for name in &operation.teams.all {
        let _ = writeln!(text, "  {}: {{channels: {}, agents: 1}}", quoted(name), each("{max: 1}"));
    }
    if operation.has_bot {
        let _ = writeln!(text, "bot: {{}}");
    }
}

/// Mean time of agents on the contacts of an intent, seconds.
fn work_s(operation: &Operation, intent: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0_f64);
    for contact in operation.contacts.iter().filter(|c| usize::from(c.intent) == intent) {
        for visit in operation.visits(contact) {
            if visit.answered_us != NEVER && visit.ended_us != NEVER {
                sum += (visit.ended_us - visit.answered_us) as f64 * 1e-6;
                count += 1.0;
            }
        }
    }
    sum / count.max(1.0)
}

/// Puts into the head of an outline what no scenario can say: the agents of a log, and how
/// many contacts they had at once.
pub fn head(header: &mut Header, operation: &Operation, staff: &Staff) {
    header.imported = true;
    header.agent_teams.clone_from(&staff.teams);
    header.has_returns = operation.contacts.iter().any(|c: &Contact| c.attempt > 0);
    header.has_wrong_turns = false;
    for (team, most) in header.teams.iter_mut().zip(&staff.most) {
        team.max_contacts = *most;
        team.pauses.iter_mut().for_each(|p| *p = false);
        // Contacts side by side run at full speed: nothing else can be seen.
        team.relative_speed = (0..=*most).map(|k| f64::from(k) / f64::from(*most)).collect();
    }
}
