//! The words of a log: which text stands for which number.
//!
//! Files hold words, not numbers, and a reader maps them by value: tools that
//! rewrite a file may number its dictionaries anew.

use crate::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use crate::event::{Event, Header};
use arrow_array::StringArray;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names of the kinds of events, in the order of [`kind`].
pub const TYPES: [&str; 41] = [
    "RunStarted",
    "ArticleViewed",
    "ArticleSolved",
    "ContactStarted",
    "ContactReturned",
    "BotSkipped",
    "BotQueued",
    "BotEngaged",
    "BotAsked",
    "TurnMeasured",
    "BotGivenUp",
    "BotReplied",
    "BotFailed",
    "CustomerThinking",
    "BotEscalated",
    "BotClosed",
    "Queued",
    "WaitAnnounced",
    "Balked",
    "Refused",
    "Abandoned",
    "Assigned",
    "FirstHumanReply",
    "Transferred",
    "HandlingEnded",
    "WrapUpEnded",
    "Resolved",
    "ContactEnded",
    "ReturnPlanned",
    "SurveyAnswered",
    "ShiftStarted",
    "AgentClosing",
    "ShiftEnded",
    "DutySwapped",
    "BreakStarted",
    "BreakEnded",
    "AgentAbsent",
    "FaultStarted",
    "FaultEnded",
    "DutyChanged",
    "Forked",
];

/// The last kind; apart, so that the table above and the match below show when one is missing.
pub const RUN_ENDED: &str = "RunEnded";

/// Number of the kind of an event.
#[must_use]
#[inline]
pub fn kind(event: &Event) -> u16 {
    match event {
        Event::RunStarted => 0,
        Event::ArticleViewed { .. } => 1,
        Event::ArticleSolved => 2,
        Event::ContactStarted { .. } => 3,
        Event::ContactReturned { .. } => 4,
        Event::BotSkipped { .. } => 5,
        Event::BotQueued => 6,
        Event::BotEngaged => 7,
        Event::BotAsked { .. } => 8,
        Event::TurnMeasured { .. } => 9,
        Event::BotGivenUp { .. } => 10,
        Event::BotReplied { .. } => 11,
        Event::BotFailed { .. } => 12,
        Event::CustomerThinking { .. } => 13,
        Event::BotEscalated { .. } => 14,
        Event::BotClosed { .. } => 15,
        Event::Queued { .. } => 16,
        Event::WaitAnnounced { .. } => 17,
        Event::Balked { .. } => 18,
        Event::Refused { .. } => 19,
        Event::Abandoned { .. } => 20,
        Event::Assigned { .. } => 21,
        Event::FirstHumanReply => 22,
        Event::Transferred { .. } => 23,
        Event::HandlingEnded { .. } => 24,
        Event::WrapUpEnded { .. } => 25,
        Event::Resolved { .. } => 26,
        Event::ContactEnded { .. } => 27,
        Event::ReturnPlanned { .. } => 28,
        Event::SurveyAnswered { .. } => 29,
        Event::ShiftStarted { .. } => 30,
        Event::AgentClosing { .. } => 31,
        Event::ShiftEnded { .. } => 32,
        Event::DutySwapped { .. } => 33,
        Event::BreakStarted { .. } => 34,
        Event::BreakEnded { .. } => 35,
        Event::AgentAbsent { .. } => 36,
        Event::FaultStarted { .. } => 37,
        Event::FaultEnded { .. } => 38,
        Event::DutyChanged { .. } => 39,
        Event::Forked { .. } => 40,
        Event::RunEnded => 41,
    }
}

/// Name of the kind of an event.
#[must_use]
pub fn name(event: &Event) -> &'static str {
    TYPES.get(kind(event) as usize).copied().unwrap_or(RUN_ENDED)
}

pub(super) const ESCALATIONS: usize = EscalationReason::ALL.len();

/// Reasons of returns, in the order of their numbers.
pub(super) const RETURNS: [ReturnReason; 8] = [
    ReturnReason::AfterTrue,
    ReturnReason::AfterFalse,
    ReturnReason::AfterHuman,
    ReturnReason::AfterArticle,
    ReturnReason::AfterAbandon,
    ReturnReason::AfterBalk,
    ReturnReason::AfterBlocked,
    ReturnReason::AfterClosed,
];

/// Reasons of transfers, in the order of their numbers.
pub(super) const TRANSFERS: [TransferReason; 4] = [
    TransferReason::Triaged,
    TransferReason::Misrouted,
    TransferReason::Overflow,
    TransferReason::ShiftEnd,
];

/// What an agent does when the running contacts are done.
const THEN: [&str; 4] = ["leave", "break", "leave_by_headcount", "clear_line"];

/// The words of each column that has words.
#[derive(Clone, Debug)]
pub struct Words {
    tables: BTreeMap<&'static str, Table>,
}

#[derive(Clone, Debug)]
struct Table {
    values: Arc<StringArray>,
    numbers: BTreeMap<String, u16>,
}

impl Table {
    /// Equal names get a number, so that each entry has a word of its own.
    fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut taken = BTreeSet::new();
        let mut values: Vec<String> = Vec::new();
        for (number, name) in names.into_iter().enumerate() {
            let mut word = name.to_owned();
            while !taken.insert(word.clone()) {
                word += &format!("#{number}");
            }
            values.push(word);
        }
        let numbers = values.iter().enumerate();
        Self {
            numbers: numbers.map(|(i, v)| (v.clone(), i as u16)).collect(),
            values: Arc::new(StringArray::from(values)),
        }
    }
}

fn strs(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(String::as_str)
}

impl Words {
    /// The words of a run.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let queues = || Table::new(header.queues.iter().map(|q| q.name.as_str()));
        let reasons = EscalationReason::ALL.iter().map(|r| r.name());
        let reasons = reasons
            .chain(RETURNS.iter().map(|r| r.name()))
            .chain(TRANSFERS.iter().map(|r| r.name()));
        let parties = [Party::Bot.name(), Party::Human.name()];
        let tables = BTreeMap::from([
            ("type", Table::new(TYPES.into_iter().chain([RUN_ENDED]))),
            ("source", Table::new(strs(&header.sources))),
            ("segment", Table::new(strs(&header.segments))),
            ("channel", Table::new(strs(&header.channels))),
            ("intent", Table::new(strs(&header.intents))),
            ("tier", Table::new(strs(&header.tiers))),
            ("language", Table::new(strs(&header.languages))),
            ("queue", queues()),
            ("to_queue", queues()),
            ("reason", Table::new(reasons)),
            ("outcome", Table::new(Outcome::ALL.iter().map(|o| o.name()))),
            ("party", Table::new(parties)),
            ("then", Table::new(THEN)),
            ("class", Table::new(TurnClass::ALL.iter().map(|c| c.name()))),
            ("meaning", Table::new(Meaning::ALL.iter().map(|m| m.name()))),
            ("fault", Table::new(strs(&header.faults))),
        ]);
        Self { tables }
    }

    /// The words of a column, in the order of their numbers.
    pub(super) fn values(&self, column: &str) -> Arc<StringArray> {
        let none = || Arc::new(StringArray::from(Vec::<String>::new()));
        self.tables.get(column).map_or_else(none, |t| Arc::clone(&t.values))
    }

    /// The number of each word of a file's dictionary; [`UNKNOWN`] for a word that
    /// the header does not name, which is an error where a row uses it.
    pub(super) fn numbers(&self, column: &str, found: &StringArray) -> Vec<u16> {
        let table = self.tables.get(column);
        let number = |word: Option<&str>| table.and_then(|t| t.numbers.get(word?)).copied();
        found.iter().map(|word| number(word).unwrap_or(UNKNOWN)).collect()
    }
}

/// The number of a word that the header does not name.
pub(super) const UNKNOWN: u16 = u16::MAX;
