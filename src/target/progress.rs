//! A turn while it goes on.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::connection::Departure;
use super::failure::Failure;
use super::options::Timeouts;
use super::room::Room;
use super::{Reply, Stamps, Turn};
use crate::domain::TurnClass;

/// What a part of a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Text, a tool call, or anything else for the customer.
    Answer,
    /// What a model thinks before it answers.
    Reasoning,
}

/// What is known of a turn so far. It outlives whatever fails.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// When the first step besides the message's own request left, where there was one.
    pub step_written: Option<Instant>,
    pub written: Option<Instant>,
    pub headers: Option<Instant>,
    pub first_content: Option<Instant>,
    pub first_answer: Option<Instant>,
    pub last_content: Option<Instant>,
    /// End of the reply where it comes before the end of the stream.
    pub end: Option<Instant>,
    pub status: Option<u16>,
    pub retry_after_s: Option<f64>,
    pub parts: u32,
    pub longest_gap: Duration,
    pub tokens: Option<u32>,
    pub prompt_tokens: Option<u32>,
    pub connects: u16,
    pub connecting: Duration,
    pub reply: Reply,
    /// Something of the reply has come.
    pub begun: bool,
    /// The bot gave the conversation to people, by the protocol's own sign.
    pub handed_off: bool,
    /// The bot cut its answer off at a limit of tokens.
    pub cut: bool,
    /// Whether the message has left.
    pub departure: Rc<Departure>,
    /// What the reply holds in memory.
    pub room: Room,
}

impl Progress {
    /// A part of the reply that says something.
    pub fn said(&mut self, at: Instant, what: Said) {
        if let Some(last) = self.last_content {
            self.longest_gap = self.longest_gap.max(at.saturating_duration_since(last));
        }
        self.first_content.get_or_insert(at);
        if what == Said::Answer {
            self.first_answer.get_or_insert(at);
        }
        self.last_content = Some(at);
        self.parts += 1;
    }

    /// A message of a reply: its text goes on a line of its own.
    pub fn message(&mut self, at: Instant, text: Option<&str>) {
        self.said(at, Said::Answer);
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            if !self.reply.text.is_empty() {
                self.reply.text.push('\n');
            }
            self.reply.text.push_str(text);
        }
    }

    /// Adds when a request besides the message's own left and what connections it needed, and what
    /// came back where that request was the end of the turn.
    pub fn absorb_step(&mut self, side: &Progress, failed: bool) {
        self.step_written = self.step_written.or(side.written);
        self.connects += side.connects;
        self.connecting += side.connecting;
        if failed {
            self.status = side.status.or(self.status);
            self.retry_after_s = side.retry_after_s.or(self.retry_after_s);
        }
    }

    pub fn turn(self, class: TurnClass, problem: Option<String>) -> Turn {
        Turn {
            class,
            status: self.status,
            retry_after_s: self.retry_after_s,
            stamps: Stamps {
                first_written: self.step_written.into_iter().chain(self.written).min(),
                written: self.written,
                headers: self.headers,
                first_content: self.first_content,
                first_answer: self.first_answer,
                last_content: self.last_content,
                end: self.end.unwrap_or_else(Instant::now),
            },
            parts: self.parts,
            longest_gap_us: self.longest_gap.as_micros() as u64,
            tokens: self.tokens,
            prompt_tokens: self.prompt_tokens,
            connects: self.connects,
            connect_us: self.connecting.as_micros() as u64,
            reply: self.reply,
            problem,
        }
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Connection,
    FirstEvent,
    NextEvent,
}

/// How long one turn may wait for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    timeouts: Timeouts,
    turn_ends: Instant,
}

impl Limits {
    pub fn new(timeouts: Timeouts) -> Self {
        Limits { timeouts, turn_ends: Instant::now() + timeouts.turn }
    }

    /// How long a connection may take.
    pub fn connect(&self) -> Duration {
        self.timeouts.connect
    }

    /// Waits until the limit of the step or of the turn, whichever is sooner. What is waited
    /// for stays where it is (`pin!`): handed over, it would take its room three times.
    ///
    /// # Errors
    /// Which of them it was.
    pub async fn wait<T>(
        &self,
        what: Wait,
        since: Instant,
        future: impl Future<Output = T> + Unpin,
    ) -> Result<T, Failure> {
        let (limit, class, words) = match what {
            Wait::Connection => (self.timeouts.connect, TurnClass::ConnectTimeout, "no connection"),
            Wait::FirstEvent => (
                self.timeouts.first_event,
                TurnClass::FirstEventTimeout,
                "nothing of the reply came",
            ),
            Wait::NextEvent => (self.timeouts.idle, TurnClass::IdleTimeout, "the reply paused"),
        };
        let step_ends = since + limit;
        let ends = step_ends.min(self.turn_ends);
        match tokio::time::timeout_at(ends.into(), future).await {
            Ok(value) => Ok(value),
            Err(_) if step_ends <= self.turn_ends => {
                Err(Failure::new(class, format!("{words} within {} s", limit.as_secs_f64())))
            }
            Err(_) => Err(self.turn_timeout()),
        }
    }

    /// The same, unless it stays quiet until a moment: then there is nothing.
    pub async fn wait_or_quiet<T>(
        &self,
        (what, since): (Wait, Instant),
        quiet_at: Option<Instant>,
        future: impl Future<Output = T> + Unpin,
    ) -> Result<Option<T>, Failure> {
        let next = self.wait(what, since, future);
        match quiet_at {
            Some(at) => tokio::time::timeout_at(at.into(), next).await.ok().transpose(),
            None => next.await.map(Some),
        }
    }

    /// Waits until the end of the turn.
    pub async fn wait_turn<T>(
        &self,
        future: impl Future<Output = T> + Unpin,
    ) -> Result<T, Failure> {
        tokio::time::timeout_at(self.turn_ends.into(), future)
            .await
            .map_err(|_| self.turn_timeout())
    }

    fn turn_timeout(&self) -> Failure {
        Failure::new(
            TurnClass::TurnTimeout,
            format!("the reply was not complete within {} s", self.timeouts.turn.as_secs_f64()),
        )
    }
}
