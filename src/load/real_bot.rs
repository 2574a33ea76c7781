//! A real bot: sends it the customers' messages, and brings back what it said.

use super::judge::Judge;
use super::unsent::{Sending, Unsent, never_sent};
use crate::bot::Messages;
use crate::domain::{Meaning, TurnClass};
use crate::doubt::Doubt;
use crate::engine::{BotReply, BotRequest, TurnFacts, right_if_answered};
use crate::event::{Envelope, Event};
use crate::id::{ConversationId, LanguageId, SegmentId, SlotId};
use crate::protocol::{Conversation, Target};
use crate::random::Streams;
use crate::scenario::Scenario;
use crate::target::{Customer, Message, Turn};
use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU32;
use std::rc::Rc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

/// What happens to a message when as many are under way as are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits, and the wait counts as lateness.
    Delay,
    /// It is not sent, and counted.
    Drop,
    /// The run ends.
    Abort,
}

/// Limits of what is sent.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages under way at once.
    pub in_flight: usize,
    /// What happens beyond that.
    pub when_full: WhenFull,
    /// Conversations in all.
    pub conversations: u64,
    /// Messages in all.
    pub turns: u64,
}

/// A reply that came, for the engine.
#[derive(Clone, Debug)]
pub struct Replied {
    /// Place of the contact.
    pub slot: SlotId,
    /// The contact.
    pub conversation: ConversationId,
    /// When the customer has all of it.
    pub ended: Instant,
    /// Since when it is known that nothing follows: later than that where quiet tells.
    pub known: Instant,
    /// What it is.
    pub reply: BotReply,
    /// What was measured.
    pub facts: TurnFacts,
}

/// A message on its way, or waiting for its turn.
pub(super) struct Asked {
    pub(super) slot: SlotId,
    pub(super) conversation: ConversationId,
    pub(super) intended: Instant,
    right: bool,
    message: Message,
    /// Boxed, as it moves from hand to hand.
    talk: Box<Conversation>,
}

/// What came of a message, back from its task. What the bot said stays there: replies that
/// wait to be taken would be held all at once.
struct Back {
    replied: Replied,
    /// How the turn ended, and what went wrong with it.
    problem: Option<(TurnClass, String)>,
    talk: Box<Conversation>,
}

/// What is under way, for the live line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    /// Messages to be sent so far.
    pub asked: u64,
    /// Conversations so far.
    pub conversations: u64,
    /// Messages under way.
    pub in_flight: usize,
    /// Messages that wait to be sent.
    pub held: usize,
    /// Messages that had to wait so far.
    pub delayed: u64,
}

/// A real bot, as the driver sees it.
pub struct RealBot {
    streams: Streams,
    scenario: Rc<Scenario>,
    messages: Rc<Messages>,
    judge: Rc<Judge>,
    target: Target,
    limits: Limits,
    talks: HashMap<ConversationId, Box<Conversation>>,
    pub(super) tasks: HashMap<ConversationId, Sending>,
    pub(super) held: VecDeque<Asked>,
    sender: UnboundedSender<Back>,
    receiver: UnboundedReceiver<Back>,
    ready: VecDeque<Replied>,
    traffic: Traffic,
    /// The first problem of each class, in words.
    problems: Vec<(TurnClass, String)>,
    full: bool,
}

impl std::fmt::Debug for RealBot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RealBot").field("traffic", &self.traffic).finish_non_exhaustive()
    }
}

impl RealBot {
    /// For the conversations of a run. Must be used on a `LocalSet`.
    #[must_use]
    pub fn new(
        scenario: Rc<Scenario>,
        seed: u64,
        target: Target,
        messages: Messages,
        judge: Judge,
        limits: Limits,
    ) -> Self {
        let (sender, receiver) = unbounded_channel();
        Self {
            streams: Streams::new(seed, 0),
            scenario,
            messages: Rc::new(messages),
            judge: Rc::new(judge),
            target,
            limits,
            talks: HashMap::new(),
            tasks: HashMap::new(),
            held: VecDeque::new(),
            sender,
            receiver,
            ready: VecDeque::new(),
            traffic: Traffic::default(),
            problems: Vec::new(),
            full: false,
        }
    }

    /// What is under way.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic { in_flight: self.tasks.len(), held: self.held.len(), ..self.traffic }
    }

    /// The first problem of each class of turns that had one.
    #[must_use]
    pub fn problems(&self) -> &[(TurnClass, String)] {
        &self.problems
    }

    /// Why the run must not go on, if so.
    #[must_use]
    pub fn objection(&self) -> Option<Doubt> {
        let Limits { in_flight, conversations, turns, .. } = self.limits;
        if self.full {
            return Some(Doubt::Full { in_flight });
        }
        if self.traffic.conversations > conversations {
            return Some(Doubt::ConversationsSpent { conversations });
        }
        (self.traffic.asked > turns).then_some(Doubt::TurnsSpent { turns })
    }

    /// Sends a message, now or when there is room.
    pub fn ask(
        &mut self,
        request: &BotRequest,
        segment: SegmentId,
        language: LanguageId,
        intended: Instant,
    ) {
        self.traffic.asked += 1;
        let id = request.conversation;
        let talk = match self.talks.remove(&id) {
            Some(talk) => talk,
            None => {
                self.traffic.conversations += 1;
                Box::new(self.target.open(self.customer(request, segment, language)))
            }
        };
        let text = self.messages.text(request.intent, language, request.turn, request.key);
        let asked = Asked {
            slot: request.slot,
            conversation: id,
            intended,
            right: right_if_answered(&self.scenario, self.streams, request),
            message: Message { turn: request.turn, text: text.to_string() },
            talk,
        };
        if self.objection().is_some() {
            return; // over a limit: the run is about to end
        }
        if self.tasks.len() < self.limits.in_flight {
            return self.send(asked);
        }
        match self.limits.when_full {
            WhenFull::Delay => {
                self.traffic.delayed += 1;
                self.held.push_back(asked);
            }
            WhenFull::Drop => self.ready.push_back(asked.dropped()),
            WhenFull::Abort => self.full = true,
        }
    }

    fn send(&mut self, asked: Asked) {
        let sender = self.sender.clone();
        let Asked { slot, conversation, intended, right, message, mut talk } = asked;
        let departure = talk.departure();
        let judge = Rc::clone(&self.judge);
        let task = tokio::task::spawn_local(async move {
            if intended > Instant::now() {
                tokio::time::sleep_until(intended).await;
            }
            let turn = talk.ask(&message).await;
            let (reply, class) = judged(&judge, &turn, right);
            let replied = Replied {
                slot,
                conversation,
                ended: ended(&turn),
                known: Instant::from_std(turn.stamps.end),
                reply,
                facts: facts(&turn, intended, class),
            };
            // Nobody listens when the run is over.
            let _ = sender.send(Back {
                replied,
                problem: turn.problem.map(|problem| (turn.class, problem)),
                talk,
            });
        });
        let sending = Sending { slot, intended, task: task.abort_handle(), departure };
        self.tasks.insert(conversation, sending);
    }

    /// Follows the engine: who gives up is no longer asked for, and whose talk with
    /// the bot is over is forgotten.
    pub fn see(&mut self, envelope: &Envelope) {
        let id = envelope.conversation;
        match envelope.event {
            ref event if gives_up_bot(event) => {
                if let Some(sending) = self.tasks.remove(&id) {
                    sending.task.abort(); // drops the connection
                }
                self.held.retain(|asked| asked.conversation != id);
                self.send_held();
            }
            Event::BotEscalated { .. } | Event::BotClosed { .. } => {
                if let Some(mut talk) = self.talks.remove(&id)
                    && talk.has_end()
                {
                    tokio::task::spawn_local(async move {
                        talk.listen_on().await;
                        talk.close().await;
                    });
                }
            }
            _ => {}
        }
    }

    /// What templates may send of a customer.
    fn customer(&self, request: &BotRequest, segment: SegmentId, language: LanguageId) -> Customer {
        let name = |names: &[String], n: usize| names.get(n).cloned().unwrap_or_default();
        let header = &self.scenario.header;
        Customer {
            id: format!("c-{:016x}", request.key),
            segment: name(&header.segments, segment.index()),
            intent: name(&header.intents, request.intent.index()),
            language: name(&header.languages, language.index()),
        }
    }

    fn send_held(&mut self) {
        while self.tasks.len() < self.limits.in_flight {
            let Some(asked) = self.held.pop_front() else {
                return;
            };
            self.send(asked);
        }
    }

    /// Waits until a reply is there. Dropping the future loses nothing.
    pub async fn has_reply(&mut self) {
        if self.ready.is_empty()
            && let Some(back) = self.receiver.recv().await
        {
            self.take(back);
        }
    }

    /// The next reply that is there.
    pub fn try_reply(&mut self) -> Option<Replied> {
        while let Ok(back) = self.receiver.try_recv() {
            self.take(back);
        }
        self.ready.pop_front()
    }

    fn take(&mut self, back: Back) {
        let id = back.replied.conversation;
        // An aborted task may have been done already.
        if self.tasks.remove(&id).is_none() {
            return;
        }
        self.talks.insert(id, back.talk);
        self.send_held();
        if let Some((class, problem)) = back.problem
            && !self.problems.iter().any(|(known, _)| *known == class)
        {
            self.problems.push((class, problem));
        }
        self.ready.push_back(back.replied);
    }

    /// The message of a contact, if it has not left this machine yet.
    #[must_use]
    pub fn unsent(&self, conversation: ConversationId) -> Option<Unsent> {
        let now = Instant::now();
        match self.tasks.get(&conversation) {
            Some(sending) if sending.departure.has_left() => None,
            Some(sending) => Some(Unsent::of(sending.slot, conversation, sending.intended, now)),
            None => {
                let mut held = self.held.iter();
                let held = held.find(|asked| asked.conversation == conversation)?;
                Some(Unsent::of(held.slot, conversation, held.intended, now))
            }
        }
    }

    /// All messages that have not left this machine, in the order of their contacts.
    #[must_use]
    pub fn all_unsent(&self) -> Vec<Unsent> {
        let under_way = self.tasks.keys().copied();
        let held = self.held.iter().map(|asked| asked.conversation);
        let mut all: Vec<ConversationId> = under_way.chain(held).collect();
        all.sort_unstable();
        all.into_iter().filter_map(|id| self.unsent(id)).collect()
    }
}

impl Asked {
    fn dropped(self) -> Replied {
        Replied {
            slot: self.slot,
            conversation: self.conversation,
            ended: self.intended,
            known: self.intended,
            reply: BotReply::Failed,
            facts: never_sent(TurnClass::DroppedInFlight, 0),
        }
    }
}

/// When the customer has all of a reply, or sees that there is none.
fn ended(turn: &Turn) -> Instant {
    let success = turn.class.is_success();
    let last = turn.stamps.last_content.filter(|_| success);
    Instant::from_std(last.unwrap_or(turn.stamps.end))
}

/// What a turn means for the conversation, and its class: a handoff is one whatever
/// the transport said.
fn judged(judge: &Judge, turn: &Turn, right: bool) -> (BotReply, TurnClass) {
    let answered = turn.class.is_success();
    if !answered && turn.class != TurnClass::EmptyReply {
        return (BotReply::Failed, turn.class);
    }
    match judge.meaning(&turn.reply) {
        Meaning::Handoff => (BotReply::Handoff, TurnClass::Handoff),
        _ if !answered => (BotReply::Failed, turn.class),
        Meaning::Failed => (BotReply::Failed, TurnClass::AssertionFailed),
        Meaning::Fallback => (BotReply::Fallback, turn.class),
        Meaning::Resolved => (BotReply::Resolved { right }, turn.class),
        Meaning::Answered => (BotReply::Answer { right }, turn.class),
    }
}

/// The measures of a turn, from the intended moment on. Whole microseconds, so that
/// `latency = lag + service` holds exactly.
fn facts(turn: &Turn, intended: Instant, class: TurnClass) -> TurnFacts {
    let since = |at: std::time::Instant| {
        let us = at.saturating_duration_since(intended.into_std()).as_micros();
        u32::try_from(us).unwrap_or(u32::MAX)
    };
    let part = |at: Option<std::time::Instant>| NonZeroU32::new(since(at?).max(1));
    let latency_us = since(ended(turn).into_std());
    TurnFacts {
        class,
        status: turn.status.unwrap_or(0),
        // What the bot takes for the steps before a message is no lateness of ours.
        // What was never sent was late until its end.
        lag_us: turn.stamps.first_written.map_or(latency_us, since).min(latency_us),
        first_us: part(turn.stamps.first_content),
        answer_us: part(turn.stamps.first_answer),
        latency_us,
        connect_us: u32::try_from(turn.connect_us).unwrap_or(u32::MAX),
        parts: u16::try_from(turn.parts).unwrap_or(u16::MAX),
        pause_us: u32::try_from(turn.longest_gap_us).unwrap_or(u32::MAX),
        tokens: turn.tokens.and_then(NonZeroU32::new),
        prompt_tokens: turn.prompt_tokens.and_then(NonZeroU32::new),
    }
}

/// Whether an event ends what a contact asked of the bot without its reply.
fn gives_up_bot(event: &Event) -> bool {
    use crate::domain::EscalationReason::TooSlow;
    matches!(event, Event::BotGivenUp { .. } | Event::BotEscalated { reason: TooSlow })
}
