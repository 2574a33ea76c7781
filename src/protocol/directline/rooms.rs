//! The conversations of Direct Line: what was said in each, and who listens.
//!
//! They are bounded in number and in bytes: the one silent for longest is forgotten first.

use crate::bot::Limits;
use crate::time::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::Notify;

/// Activities of a conversation that are kept; older ones cannot be asked for again.
const MOST_ACTIVITIES: usize = 200;
/// Of the bytes of all, a conversation has so many parts at most; its latest activity is
/// kept in any case.
const PARTS: usize = 64;
/// What a conversation takes beside its activities, about.
const ROOM_BYTES: usize = 512;
/// What a token begins with; the conversation follows.
const TOKEN: &str = "token-";

/// One conversation.
#[derive(Debug)]
struct Room {
    /// Written activities, the latest last.
    activities: VecDeque<String>,
    /// How many there were in all: the watermark.
    count: u64,
    /// Told of every new activity, and of the end.
    told: Arc<Notify>,
    /// Number of its latest listener: an earlier one has to go.
    listener: u64,
    latest: SimTime,
    bytes: usize,
}

/// All conversations.
#[derive(Debug)]
pub(crate) struct Rooms {
    rooms: HashMap<Arc<str>, Room>,
    /// The same, by the moment of their latest activity.
    by_latest: BTreeSet<(SimTime, Arc<str>)>,
    bytes: usize,
    next: u64,
    idle: SimDuration,
    most: usize,
    most_bytes: usize,
}

/// What there is for a listener.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// An activity set, and the new watermark.
    Said(String, u64),
    /// Nothing new.
    Nothing,
    /// Another listener has taken its place.
    Taken,
    /// The conversation is forgotten.
    Over,
}

/// The conversation that a token is for.
pub(crate) fn conversation_of(token: &str) -> Option<&str> {
    token.strip_prefix(TOKEN)
}

impl Rooms {
    pub(crate) fn new(idle: SimDuration, limits: &Limits) -> Self {
        Self {
            rooms: HashMap::new(),
            by_latest: BTreeSet::new(),
            bytes: 0,
            next: 0,
            idle,
            most: limits.conversations,
            most_bytes: limits.conversation_bytes,
        }
    }

    /// The token of a conversation.
    pub(crate) fn token(id: &str) -> String {
        format!("{TOKEN}{id}")
    }

    /// An identity for a new conversation.
    pub(crate) fn new_id(&mut self) -> String {
        self.next += 1;
        format!("dl{:06}", self.next)
    }

    /// Opens a conversation, or one of before again.
    pub(crate) fn open(&mut self, given: Option<String>, now: SimTime) -> String {
        self.forget_idle(now);
        let id = given.unwrap_or_else(|| self.new_id());
        let key: Arc<str> = id.as_str().into();
        let bytes = ROOM_BYTES + 2 * id.len();
        let new = || Room {
            activities: VecDeque::new(),
            count: 0,
            told: Arc::new(Notify::new()),
            listener: 0,
            latest: now,
            bytes,
        };
        if !self.rooms.contains_key(&key) {
            self.bytes += bytes;
            self.rooms.insert(Arc::clone(&key), new());
        }
        self.renew(&key, now);
        self.make_room();
        id
    }

    /// Something happened in a conversation.
    fn renew(&mut self, key: &Arc<str>, now: SimTime) {
        if let Some(room) = self.rooms.get_mut(key) {
            self.by_latest.remove(&(room.latest, Arc::clone(key)));
            room.latest = now;
            self.by_latest.insert((now, Arc::clone(key)));
        }
    }

    /// Forgets whoever has been silent for too long.
    fn forget_idle(&mut self, now: SimTime) {
        while let Some((latest, _)) = self.by_latest.first()
            && now.since(*latest) >= self.idle
        {
            self.forget_first();
        }
    }

    /// Forgets those silent for longest where there are too many, or they are too large;
    /// never the latest.
    fn make_room(&mut self) {
        while self.rooms.len() > 1 && (self.rooms.len() > self.most || self.bytes > self.most_bytes)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.by_latest.pop_first()
            && let Some(room) = self.rooms.remove(&key)
        {
            self.bytes -= room.bytes;
            room.told.notify_waiters();
        }
    }

    pub(crate) fn knows(&mut self, id: &str, now: SimTime) -> bool {
        self.forget_idle(now);
        self.rooms.contains_key(id)
    }

    /// Takes the activity of a customer; its identity, if there is such a conversation.
    pub(crate) fn post(&mut self, id: &str, activity: Value, now: SimTime) -> Option<String> {
        self.forget_idle(now);
        self.add(id, activity, now)
    }

    /// The bot says something.
    pub(crate) fn speak(&mut self, id: &str, said: Vec<Value>, now: SimTime) {
        for mut activity in said {
            activity["from"] = json!({"id": "convoq-bot", "role": "bot"});
            self.add(id, activity, now);
        }
    }

    fn add(&mut self, id: &str, activity: Value, now: SimTime) -> Option<String> {
        let (key, _) = self.rooms.get_key_value(id)?;
        let key = Arc::clone(key);
        self.renew(&key, now);
        let room = self.rooms.get_mut(&key)?;
        let before = room.bytes;
        let number = room.add(id, activity, self.most_bytes / PARTS);
        self.bytes = self.bytes - before + room.bytes;
        self.make_room();
        Some(number)
    }

    /// What was said since a watermark, as an activity set.
    pub(crate) fn since(&mut self, id: &str, watermark: u64, now: SimTime) -> Option<String> {
        self.forget_idle(now);
        Some(self.rooms.get(id)?.since(watermark))
    }

    /// The same for a listener.
    pub(crate) fn since_for(&self, id: &str, watermark: u64, listener: u64) -> Heard {
        match self.rooms.get(id) {
            None => Heard::Over,
            Some(room) if room.listener != listener => Heard::Taken,
            Some(room) if room.count <= watermark => Heard::Nothing,
            Some(room) => Heard::Said(room.since(watermark), room.count),
        }
    }

    /// A listener comes; one before it is told to go.
    pub(crate) fn listen(&mut self, id: &str) -> Option<(u64, Arc<Notify>)> {
        let room = self.rooms.get_mut(id)?;
        room.listener += 1;
        room.told.notify_waiters();
        Some((room.listener, Arc::clone(&room.told)))
    }
}

impl Room {
    /// Adds an activity; its identity is its number in the conversation.
    fn add(&mut self, id: &str, mut activity: Value, most_bytes: usize) -> String {
        self.count += 1;
        let number = format!("{id}|{:07}", self.count);
        activity["id"] = json!(number);
        activity["timestamp"] = json!(jiff::Timestamp::now().to_string());
        activity["channelId"] = json!("directline");
        activity["conversation"] = json!({"id": id});
        let written = activity.to_string();
        self.bytes += written.len();
        self.activities.push_back(written);
        while self.activities.len() > 1
            && (self.activities.len() > MOST_ACTIVITIES || self.bytes > most_bytes)
        {
            let oldest = self.activities.pop_front();
            self.bytes -= oldest.map_or(0, |a| a.len());
        }
        self.told.notify_waiters();
        number
    }

    fn since(&self, watermark: u64) -> String {
        let kept = self.activities.len() as u64;
        let oldest = self.count - kept;
        let skipped = watermark.clamp(oldest, self.count) - oldest;
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let new: Vec<&str> = self.activities.iter().skip(skipped).map(String::as_str).collect();
        format!("{{\"activities\":[{}],\"watermark\":\"{}\"}}", new.join(","), self.count)
    }
}
