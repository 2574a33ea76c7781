//! The conversations of Direct Line: what was said in each, and who listens.

use crate::time::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::Notify;

/// Most conversations at once.
const MOST_ROOMS: usize = 1 << 17;
/// Activities of a conversation that are kept; older ones cannot be asked for again.
const MOST_ACTIVITIES: usize = 200;
/// What a token begins with; the conversation follows.
const TOKEN: &str = "token-";

/// One conversation.
#[derive(Debug)]
struct Room {
    /// Written activities, the latest last.
    activities: VecDeque<String>,
    /// How many there were in all: the watermark.
    count: u64,
    /// Told of every new activity.
    told: Arc<Notify>,
    /// Number of its latest listener: an earlier one has to go.
    listener: u64,
    latest: SimTime,
}

/// All conversations.
#[derive(Debug)]
pub(super) struct Rooms {
    rooms: HashMap<String, Room>,
    next: u64,
    idle: SimDuration,
    swept: SimTime,
}

/// The conversation that a token is for.
pub(super) fn conversation_of(token: &str) -> Option<&str> {
    token.strip_prefix(TOKEN)
}

impl Rooms {
    pub(super) fn new(idle: SimDuration) -> Self {
        Self {
            rooms: HashMap::new(),
            next: 0,
            idle,
            swept: SimTime::ZERO,
        }
    }

    /// The token of a conversation.
    pub(super) fn token(id: &str) -> String {
        format!("{TOKEN}{id}")
    }

    /// An identity for a new conversation.
    pub(super) fn new_id(&mut self) -> String {
        self.next += 1;
        format!("dl{:06}", self.next)
    }

    /// Opens a conversation; `None` when there are too many.
    pub(super) fn open(&mut self, given: Option<String>, now: SimTime) -> Option<String> {
        self.sweep(now);
        if self.rooms.len() >= MOST_ROOMS {
            return None;
        }
        let id = given.unwrap_or_else(|| self.new_id());
        self.rooms.entry(id.clone()).or_insert_with(|| Room {
            activities: VecDeque::new(),
            count: 0,
            told: Arc::new(Notify::new()),
            listener: 0,
            latest: now,
        });
        Some(id)
    }

    /// Forgets idle conversations, now and then: it looks at all of them.
    fn sweep(&mut self, now: SimTime) {
        if now.since(self.swept).0 > self.idle.0 / 4 {
            self.swept = now;
            let idle = self.idle;
            self.rooms.retain(|_, room| now.since(room.latest) < idle);
        }
    }

    pub(super) fn knows(&self, id: &str) -> bool {
        self.rooms.contains_key(id)
    }

    /// Takes the activity of a customer; its identity, if there is such a conversation.
    pub(super) fn post(&mut self, id: &str, activity: Value, now: SimTime) -> Option<String> {
        let room = self.rooms.get_mut(id)?;
        Some(room.add(id, activity, now))
    }

    /// The bot says something.
    pub(super) fn speak(&mut self, id: &str, said: Vec<Value>, now: SimTime) {
        if let Some(room) = self.rooms.get_mut(id) {
            for mut activity in said {
                activity["from"] = json!({"id": "convoq-bot", "role": "bot"});
                room.add(id, activity, now);
            }
        }
    }

    /// What was said since a watermark, as an activity set, and the new watermark.
    pub(super) fn since(&self, id: &str, watermark: u64) -> Option<(String, u64)> {
        let room = self.rooms.get(id)?;
        let kept = room.activities.len() as u64;
        let oldest = room.count - kept;
        let skipped = watermark.clamp(oldest, room.count) - oldest;
        let new: Vec<&str> = room
            .activities
            .iter()
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
            .map(String::as_str)
            .collect();
        let set = format!(
            "{{\"activities\":[{}],\"watermark\":\"{}\"}}",
            new.join(","),
            room.count
        );
        Some((set, room.count))
    }

    /// The same for a listener; `None` when another has taken its place.
    pub(super) fn since_for(
        &self,
        id: &str,
        watermark: u64,
        listener: u64,
    ) -> Option<(String, u64)> {
        let room = self.rooms.get(id)?;
        if room.listener != listener {
            return None;
        }
        if watermark >= room.count {
            return Some((String::new(), watermark));
        }
        self.since(id, watermark)
    }

    /// A listener comes; one before it is told to go.
    pub(super) fn listen(&mut self, id: &str) -> Option<(u64, Arc<Notify>)> {
        let room = self.rooms.get_mut(id)?;
        room.listener += 1;
        room.told.notify_waiters();
        Some((room.listener, Arc::clone(&room.told)))
    }
}

impl Room {
    /// Adds an activity; its identity is its number in the conversation.
    fn add(&mut self, id: &str, mut activity: Value, now: SimTime) -> String {
        self.latest = now;
        self.count += 1;
        let number = format!("{id}|{:07}", self.count);
        activity["id"] = json!(number);
        activity["timestamp"] = json!(jiff::Timestamp::now().to_string());
        activity["channelId"] = json!("directline");
        activity["conversation"] = json!({"id": id});
        if self.activities.len() == MOST_ACTIVITIES {
            self.activities.pop_front();
        }
        self.activities.push_back(activity.to_string());
        self.told.notify_waiters();
        number
    }
}
