//! What the bot did, in the terms of a scenario.
//!
//! A log shows which contacts the bot closed, and whether the customer confirmed; it does not
//! show which answers were right. Whoever confirmed is taken to have had a right answer, and
//! whoever left without a word a wrong one: that is never kinder than what was seen.

use super::figure::{Figure, Resampling};
use super::law::{self, FittedLaw};
use crate::domain::EscalationReason as Why;
use crate::event::Header;
use crate::observed::{BotEnd, Contact, Observed};

/// Share of right answers, which no log shows; the accuracy of a scenario's simple intents.
pub const ASSUMED_ACCURACY: f64 = 0.6;

/// What was fitted of the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedBot {
    /// Channels whose contacts it took.
    pub channels: Vec<bool>,
    /// Contacts with at least one answer, of all on its channels.
    pub involved: Figure,
    /// Of those, closed without a person.
    pub claimed: Figure,
    /// Of those, given to people.
    pub escalated: Figure,
    /// By intent, of contacts on its channels: went past it because the customer asked for a
    /// person, and had content for those it took.
    pub intents: Vec<Option<(Figure, Figure)>>,
    /// Share of contacts that rules sent to people, of intents that come to the bot at all.
    pub human_only: Figure,
    /// Of answers: the customer confirmed that it helped.
    pub confirmed: Figure,
    /// Of answers: the customer left without asking more.
    pub left: Figure,
    /// Of answers that neither ended it: the customer asked for a person.
    pub ask_human: Figure,
    /// Most answers that a contact had.
    pub most_answers: u16,
    /// Customers who gave it up while it was answering.
    pub given_up: usize,
    /// From a message to its answer.
    pub latency: Option<FittedLaw>,
    /// From its answer to the customer's next message.
    pub think: Option<FittedLaw>,
}

impl FittedBot {
    /// The share of right answers that is assumed: one that allows what was seen.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let (least, most) = (self.confirmed.value, 1.0 - self.left.value);
        ASSUMED_ACCURACY.min(most).max(least)
    }

    /// Probability that a right answer is accepted.
    #[must_use]
    pub fn accept(&self) -> f64 {
        part(self.confirmed.value, self.accuracy())
    }

    /// Probability that the customer leaves silently after a wrong one.
    #[must_use]
    pub fn leave_silently(&self) -> f64 {
        part(self.left.value, 1.0 - self.accuracy())
    }
}

fn part(of: f64, whole: f64) -> f64 {
    if whole > 0.0 { (of / whole).min(1.0) } else { 0.0 }
}

/// How answers went on.
#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    all: usize,
    confirmed: usize,
    left: usize,
    asked: usize,
    went_on: usize,
}

pub(super) fn fitted(
    header: &Header,
    observed: &Observed,
    contacts: &[&Contact],
    by: Resampling,
) -> Option<FittedBot> {
    let takes =
        |channel: usize| contacts.iter().any(|c| c.channel.index() == channel && c.bot.engaged);
    let channels: Vec<bool> = (0..header.channels.len()).map(takes).collect();
    let own: Vec<&Contact> =
        contacts.iter().filter(|c| channels[c.channel.index()]).copied().collect();
    if own.is_empty() {
        return None;
    }
    let involved: Vec<&&Contact> = own.iter().filter(|c| c.bot.answers > 0).collect();
    let count = |of: &dyn Fn(&BotEnd) -> bool| {
        involved.iter().filter(|c| c.bot.end.as_ref().is_some_and(of)).count()
    };
    let answers = answers(&own);
    let intents: Vec<_> = (0..header.intents.len()).map(|intent| skill(&own, intent)).collect();
    // Of an intent that never comes to the bot its own field says so.
    let others: Vec<&&Contact> =
        own.iter().filter(|c| intents[c.intent.index()].is_some()).collect();
    let rules = others.iter().filter(|c| c.bot.end == Some(BotEnd::Skipped(Why::HumanOnly)));
    let lengths =
        |list: &[crate::time::SimDuration]| -> Vec<f64> { list.iter().map(|d| d.as_s()).collect() };
    Some(FittedBot {
        involved: Figure::share(involved.len(), own.len()),
        claimed: Figure::share(count(&|end| matches!(end, BotEnd::Closed { .. })), involved.len()),
        escalated: Figure::share(count(&|end| matches!(end, BotEnd::Escalated(_))), involved.len()),
        intents,
        human_only: Figure::share(rules.count(), others.len()),
        confirmed: Figure::share(answers.confirmed, answers.all),
        left: Figure::share(answers.left, answers.all),
        ask_human: Figure::share(answers.asked, answers.asked + answers.went_on),
        most_answers: own.iter().map(|c| c.bot.answers).max().unwrap_or(0),
        given_up: own.iter().filter(|c| c.bot.end == Some(BotEnd::GivenUp)).count(),
        latency: law::fitted(&lengths(&observed.bot_latencies), &[], by),
        think: law::fitted(&lengths(&observed.thinks), &[], by),
        channels,
    })
}

/// How the answers of all contacts went on.
fn answers(own: &[&Contact]) -> Answers {
    let mut sum = Answers::default();
    for contact in own.iter().filter(|c| c.bot.answers > 0) {
        let earlier = usize::from(contact.bot.answers) - 1;
        sum.went_on += earlier;
        sum.all += earlier;
        match contact.bot.end {
            Some(BotEnd::Closed { confirmed: true }) => sum.confirmed += 1,
            Some(BotEnd::Closed { confirmed: false }) => sum.left += 1,
            // At the limit nobody knows what the customer would have done.
            Some(BotEnd::Escalated(Why::MaxTurns)) => {}
            Some(BotEnd::Escalated(_)) => sum.asked += 1,
            // Open, or given up before the next answer.
            _ => sum.went_on += 1,
        }
        sum.all += 1;
    }
    sum
}

/// Of an intent: the share that asked for a person first, and of those that the bot took the
/// share that it had an answer for. None where rules send all of it to people.
fn skill(own: &[&Contact], intent: usize) -> Option<(Figure, Figure)> {
    let own: Vec<&&Contact> = own.iter().filter(|c| c.intent.index() == intent).collect();
    let at_door = |why: Why| own.iter().filter(|c| c.bot.end == Some(BotEnd::Skipped(why))).count();
    let rules = at_door(Why::HumanOnly);
    if rules == own.len() {
        return None;
    }
    let taken: Vec<_> = own.iter().filter(|c| c.bot.engaged).collect();
    let unable = taken.iter().filter(|c| {
        let why = [Why::NoContent, Why::LowConfidence, Why::HandedOff];
        c.bot.answers == 0 && why.iter().any(|w| c.bot.end == Some(BotEnd::Escalated(*w)))
    });
    let unable = unable.count();
    let bypass = Figure::share(at_door(Why::Bypass), own.len() - rules);
    Some((bypass, Figure::share(taken.len() - unable, taken.len())))
}
