//! What all protocols share: the scenario's bot, its conversations and its faults.

use super::connection::Freezes;
use super::counters::{Counters, Handled};
use super::faults::{self, Disturbance};
use super::talks::{Arrived, Refused, Talks};
use super::{Options, Served, lock};
use crate::engine::{self, BotReply, BotRequest};
use crate::id::{ConversationId, IntentId, SlotId};
use crate::random::{Streams, hash_name};
use crate::scenario::Scenario;
use crate::target::Protocol;
use crate::time::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// A customer's message, whatever the protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// Identity of the conversation.
    pub conversation: &'a str,
    /// The message.
    pub text: &'a str,
    /// What the conversation was about before, where the protocol tells.
    pub earlier: Option<IntentId>,
    /// Number of the message, where the protocol tells.
    pub turn: Option<u16>,
}

impl<'a> Question<'a> {
    /// A message of which the protocol tells no more.
    pub(crate) fn new(conversation: &'a str, text: &'a str) -> Self {
        Question { conversation, text, earlier: None, turn: None }
    }
}

/// What the bot says to a message, and when.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The conversation in keyed draws.
    pub key: u64,
    /// Number of the message, from 1.
    pub turn: u16,
    /// What the bot made of it.
    pub intent: Option<IntentId>,
    /// What became of it.
    pub handled: Handled,
    /// The sentences.
    pub sentences: Vec<String>,
    /// Whether a person is to take over.
    pub handoff: bool,
    /// From the message to the end of the answer.
    pub latency: Duration,
    /// What injected faults do to it.
    pub disturbance: Disturbance,
}

/// The state of a server.
pub(crate) struct Server {
    pub scenario: Arc<Scenario>,
    pub options: Options,
    pub counters: Arc<Counters>,
    pub freezes: Arc<Freezes>,
    streams: Streams,
    started: Instant,
    talks: Mutex<Talks>,
}

impl Server {
    pub(crate) fn new(scenario: Arc<Scenario>, options: Options) -> Self {
        let started = Instant::now();
        let counters = Arc::new(Counters::new(options.faults.len()));
        let bot = scenario.bot.as_ref();
        let sessions = bot.and_then(|b| b.sessions);
        let rate = bot.and_then(|b| b.rate);
        let freezes = Freezes::new(&options.faults, started, Arc::clone(&counters));
        Self {
            streams: Streams::new(options.seed, 0),
            talks: Mutex::new(Talks::new(options.idle, sessions, rate)),
            freezes: Arc::new(freezes),
            scenario,
            options,
            counters,
            started,
        }
    }

    /// Time since the start of the server.
    pub(crate) fn elapsed(&self) -> SimTime {
        SimTime(u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// The name of an intent.
    pub(crate) fn intent_name(&self, intent: IntentId) -> &str {
        let names = &self.scenario.header.intents;
        names.get(intent.index()).map_or("", String::as_str)
    }

    /// What the bot says, as plain JSON.
    pub(crate) fn said(&self, reply: &Reply) -> Value {
        json!({
            "text": reply.sentences.join(" "),
            "handoff": reply.handoff,
            "intent": reply.intent.map(|intent| self.intent_name(intent)),
        })
    }

    /// What the bot answers. The faults that hit and the messages refused are counted here.
    pub(crate) fn ask(&self, protocol: Protocol, question: Question) -> Result<Reply, Refused> {
        let elapsed = self.elapsed();
        let key = key_of(question.conversation);
        let messages = &self.options.messages;
        let named = messages.intent_of(question.text);
        let person = named.is_none() && messages.wants_person(question.text);
        let arrived =
            Arrived { key, intent: named.or(question.earlier), turn: question.turn, at: elapsed };
        let taken = lock(&self.talks).take(arrived);
        let (turn, intent) = taken.inspect_err(|_| {
            self.counters.count(protocol, Handled::Limited);
        })?;
        let (latency, answered) = self.answer(key, intent.unwrap_or(IntentId(0)), turn, elapsed);
        let handled = match answered {
            Handled::Failed => Handled::Failed,
            _ if person => Handled::PersonWanted,
            _ if intent.is_none() => Handled::Unknown,
            other => other,
        };
        let handoff = !matches!(handled, Handled::Answered | Handled::Failed);
        let most = self.scenario.bot.as_ref().map_or(0, |b| b.max_turns);
        if handoff || handled == Handled::Failed || turn >= most {
            lock(&self.talks).release(key);
        }
        let disturbance = faults::draw(&self.options.faults, self.streams, key, turn, elapsed);
        self.counters.count_faults(disturbance.hit);
        let counted = disturbance.spoiled.map_or(handled, |_| Handled::Injected);
        self.counters.count(protocol, counted);
        Ok(Reply {
            key,
            turn,
            intent,
            handled,
            sentences: self.sentences(handled, intent),
            handoff,
            latency,
            disturbance,
        })
    }

    /// The answer of the scenario's bot, as a simulation would have it.
    fn answer(
        &self,
        key: u64,
        intent: IntentId,
        turn: u16,
        elapsed: SimTime,
    ) -> (Duration, Handled) {
        let Some(known) = self.scenario.intents.get(intent.index()) else {
            return (Duration::ZERO, Handled::Unknown);
        };
        let at = self.options.from + elapsed.since(SimTime::ZERO);
        let request = BotRequest {
            conversation: ConversationId::NONE,
            slot: SlotId::NONE,
            key,
            intent,
            turn,
            at,
            elapsed: SimDuration::ZERO,
            latency_factor: 1.0,
            accuracy_factor: 1.0,
            down: false,
        };
        let (done, reply) =
            engine::answer(&self.scenario, self.streams, &request.with_faults(&self.scenario));
        let handled = match reply {
            BotReply::Failed => Handled::Failed,
            // In a simulation such contacts never come to the bot.
            _ if known.bot.never => Handled::NoContent,
            BotReply::Answer { .. } | BotReply::Resolved { .. } => Handled::Answered,
            BotReply::Unsure | BotReply::Fallback => Handled::Unsure,
            BotReply::NoContent | BotReply::Handoff => Handled::NoContent,
        };
        (Duration::from_micros(done.since(at).0), handled)
    }

    fn sentences(&self, handled: Handled, intent: Option<IntentId>) -> Vec<String> {
        let texts: &[&str] = match handled {
            Handled::Answered => {
                let name = intent.map_or("", |i| self.intent_name(i)).replace('_', " ");
                return vec![
                    format!("This is about {name}."),
                    "You find it in your account, and the page there says what to do next.".into(),
                    "Does that answer your question?".into(),
                ];
            }
            Handled::Unsure => {
                &["I am not sure about this.", "Let me connect you with a colleague."]
            }
            Handled::PersonWanted => &["Of course.", "A colleague will be with you soon."],
            _ => &["I have nothing about this.", "A colleague will take care of it."],
        };
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// The counts as text for Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let (open, begun) = {
            let mut talks = lock(&self.talks);
            talks.forget_idle(self.elapsed());
            (talks.open(), talks.begun())
        };
        self.counters.prometheus(&self.options.faults, open, begun)
    }

    /// What was done, for the last line.
    pub(crate) fn served(&self) -> Served {
        Served {
            messages: self.counters.messages(),
            conversations: lock(&self.talks).begun(),
            faults: self.counters.injected(),
        }
    }
}

/// The key of a conversation in keyed draws: what `c-{key:016x}` says, else a hash of the name.
pub(crate) fn key_of(conversation: &str) -> u64 {
    let hex = conversation.strip_prefix("c-").filter(|h| h.len() == 16);
    let lower = |h: &&str| h.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    hex.filter(lower)
        .and_then(|h| u64::from_str_radix(h, 16).ok())
        .unwrap_or_else(|| hash_name(conversation))
}
