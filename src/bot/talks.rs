//! The conversations that the bot has: their turns, who holds a session, and
//! the bot's limits on both.

use crate::id::IntentId;
use crate::scenario::RateLimit;
use crate::time::{SimDuration, SimTime};
use std::collections::{BTreeSet, HashMap};

/// Most conversations that are remembered; beyond it the one silent for longest is forgotten.
const MOST_TALKS: usize = 1 << 20;

/// What is known of one conversation.
#[derive(Clone, Copy, Debug)]
struct Talk {
    turn: u16,
    intent: Option<IntentId>,
    latest: SimTime,
    /// Whether it holds one of the bot's sessions.
    open: bool,
}

/// A message of a conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    /// The conversation.
    pub key: u64,
    /// What the message is about, if that is known.
    pub intent: Option<IntentId>,
    /// Number of the message where the protocol says it; counted here otherwise.
    pub turn: Option<u16>,
    /// When it came.
    pub at: SimTime,
}

/// The message has no place: when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Whole seconds, at least 1.
    pub retry_after_s: u64,
}

/// All conversations of a server.
#[derive(Debug)]
pub(crate) struct Talks {
    talks: HashMap<u64, Talk>,
    /// The same, by the moment of their latest message.
    by_latest: BTreeSet<(SimTime, u64)>,
    open: u32,
    /// Conversations that ever were.
    begun: u64,
    idle: SimDuration,
    sessions: Option<u32>,
    rate: Option<RateLimit>,
    bucket_full: SimTime,
}

impl Talks {
    pub(crate) fn new(idle: SimDuration, sessions: Option<u32>, rate: Option<RateLimit>) -> Self {
        Self {
            talks: HashMap::new(),
            by_latest: BTreeSet::new(),
            open: 0,
            begun: 0,
            idle,
            sessions,
            rate,
            bucket_full: SimTime::ZERO,
        }
    }

    /// Sessions in use.
    pub(crate) fn open(&self) -> u32 {
        self.open
    }

    /// Conversations that ever were.
    pub(crate) fn begun(&self) -> u64 {
        self.begun
    }

    /// Takes a message: its turn, and what its conversation is about.
    pub(crate) fn take(&mut self, m: Arrived) -> Result<(u16, Option<IntentId>), Refused> {
        self.forget_idle(m.at);
        let known = self.talks.get(&m.key).copied();
        let holds = known.is_some_and(|talk| talk.open);
        let full = self.sessions.is_some_and(|most| self.open >= most);
        if full && !holds {
            return Err(Refused { retry_after_s: 1 });
        }
        if let Some(limit) = self.rate {
            let held = limit.held(self.bucket_full, m.at);
            if held > SimDuration::ZERO {
                let retry_after_s = (held.as_s().ceil() as u64).max(1);
                return Err(Refused { retry_after_s });
            }
            self.bucket_full = limit.full_after(self.bucket_full, m.at);
        }
        let turn = m.turn.unwrap_or(known.map_or(0, |t| t.turn).saturating_add(1));
        let intent = m.intent.or(known.and_then(|t| t.intent));
        match known {
            Some(talk) => {
                self.by_latest.remove(&(talk.latest, m.key));
            }
            None => {
                self.begun += 1;
                self.make_room();
            }
        }
        self.open += u32::from(!holds);
        let latest = m.at;
        let open = true;
        let talk = Talk { turn, intent, latest, open };
        self.talks.insert(m.key, talk);
        self.by_latest.insert((m.at, m.key));
        Ok((turn, intent))
    }

    /// The bot is done with a conversation: its session is free.
    pub(crate) fn release(&mut self, key: u64) {
        if let Some(talk) = self.talks.get_mut(&key)
            && talk.open
        {
            talk.open = false;
            self.open -= 1;
        }
    }

    /// Forgets whoever has been silent for too long.
    pub(crate) fn forget_idle(&mut self, now: SimTime) {
        while let Some(&(latest, _)) = self.by_latest.first()
            && now.since(latest) >= self.idle
        {
            self.forget_first();
        }
    }

    fn make_room(&mut self) {
        while self.talks.len() >= MOST_TALKS {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.by_latest.pop_first()
            && self.talks.remove(&key).is_some_and(|talk| talk.open)
        {
            self.open -= 1;
        }
    }
}
