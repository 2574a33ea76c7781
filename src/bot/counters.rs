//! What a server has done, in numbers; and as text for Prometheus.

use super::faults::InjectedFault;
use crate::domain::words;
use crate::target::Protocol;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

words! {
    /// What became of a message, by its name in the counts.
    Handled {
        /// It was answered.
        Answered = "answered",
        /// The bot was not sure and handed over.
        Unsure = "unsure",
        /// The bot had nothing about it and handed over.
        NoContent = "no_content",
        /// Its text belongs to no intent, and the bot handed over.
        Unknown = "unknown",
        /// The customer asked for a person.
        PersonWanted = "person_wanted",
        /// The bot failed, by a fault of the scenario.
        Failed = "failed",
        /// There was no session free, or it came too soon.
        Limited = "limited",
        /// It could not be read.
        BadRequest = "bad_request",
        /// An injected fault took the place of the answer.
        Injected = "injected_fault",
    }
}

/// The counts of a server. They may be read at any time.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    handled: [[AtomicU64; Handled::COUNT]; Protocol::COUNT],
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
