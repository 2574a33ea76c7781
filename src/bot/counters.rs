//! What a server has done, in numbers; and as text for Prometheus.

use super::faults::InjectedFault;
use crate::target::Protocol;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// It was answered.
    Answered,
    /// The bot was not sure and handed over.
    Unsure,
    /// The bot had nothing about it and handed over.
    NoContent,
    /// Its text belongs to no intent, and the bot handed over.
    Unknown,
    /// The customer asked for a person.
    PersonWanted,
    /// The bot failed, by a fault of the scenario.
    Failed,
    /// There was no session free, or it came too soon.
    Limited,
    /// It could not be read.
    BadRequest,
    /// An injected fault took the place of the answer.
    Injected,
}

impl Handled {
    /// All ends, in the order of the counts.
    pub const ALL: [Handled; 9] = [
        Handled::Answered,
        Handled::Unsure,
        Handled::NoContent,
        Handled::Unknown,
        Handled::PersonWanted,
        Handled::Failed,
        Handled::Limited,
        Handled::BadRequest,
        Handled::Injected,
    ];

    /// The name in the counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Handled::Answered => "answered",
            Handled::Unsure => "unsure",
            Handled::NoContent => "no_content",
            Handled::Unknown => "unknown",
            Handled::PersonWanted => "person_wanted",
            Handled::Failed => "failed",
            Handled::Limited => "limited",
            Handled::BadRequest => "bad_request",
            Handled::Injected => "injected_fault",
        }
    }
}

/// The counts of a server. They may be read at any time.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    handled: [[AtomicU64; Handled::ALL.len()]; Protocol::ALL.len()],
    faults: Vec<AtomicU64>,
}

impl Counters {
    pub(crate) fn new(faults: usize) -> Self {
        let faults = (0..faults).map(|_| AtomicU64::new(0)).collect();
        Self { handled: Default::default(), faults }
    }

    pub(crate) fn count(&self, protocol: Protocol, handled: Handled) {
        self.handled[protocol as usize][handled as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the faults whose bits are set.
    pub(crate) fn count_faults(&self, hit: u64) {
        if hit != 0 {
            for (number, count) in self.faults.iter().enumerate() {
                count.fetch_add((hit >> number) & 1, Ordering::Relaxed);
            }
        }
    }

    /// A freeze holds: it is counted once.
    pub(crate) fn freeze_met(&self, number: usize) {
        if let Some(count) = self.faults.get(number) {
            count.store(1, Ordering::Relaxed);
        }
    }

    /// Messages that came.
    pub(crate) fn messages(&self) -> u64 {
        let all = self.handled.iter().flatten();
        all.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Faults that were injected.
    pub(crate) fn injected(&self) -> u64 {
        self.faults.iter().map(|c| c.load(Ordering::Relaxed)).sum()
    }

    /// All of them in the text format of Prometheus.
    pub(crate) fn prometheus(&self, faults: &[InjectedFault], open: u32, begun: u64) -> String {
        let mut text = String::from(
            "# HELP convoq_bot_requests_total Messages by protocol and what became of them.\n\
             # TYPE convoq_bot_requests_total counter\n",
        );
        for (protocol, counts) in Protocol::ALL.iter().zip(&self.handled) {
            for (handled, count) in Handled::ALL.iter().zip(counts) {
                let _ = writeln!(
                    text,
                    "convoq_bot_requests_total{{protocol=\"{}\",outcome=\"{}\"}} {}",
                    protocol.name(),
                    handled.name(),
                    count.load(Ordering::Relaxed)
                );
            }
        }
        text.push_str(
            "# HELP convoq_bot_faults_total Injected faults by number and kind.\n\
             # TYPE convoq_bot_faults_total counter\n",
        );
        for (number, (fault, count)) in faults.iter().zip(&self.faults).enumerate() {
            let _ = writeln!(
                text,
                "convoq_bot_faults_total{{fault=\"{}\",kind=\"{}\"}} {}",
                number + 1,
                fault.kind.name(),
                count.load(Ordering::Relaxed)
            );
        }
        let _ = write!(
            text,
            "# HELP convoq_bot_sessions Conversations that hold a session.\n\
             # TYPE convoq_bot_sessions gauge\n\
             convoq_bot_sessions {open}\n\
             # HELP convoq_bot_conversations_total Conversations that began.\n\
             # TYPE convoq_bot_conversations_total counter\n\
             convoq_bot_conversations_total {begun}\n"
        );
        text
    }
}
