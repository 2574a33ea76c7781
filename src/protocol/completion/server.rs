//! What the servers of completions have in common.

use crate::bot::answer::{Answer, Content, EVENTS, JSON, Voice};
use crate::bot::server::{Question, Reply, Server};
use hyper::body::Bytes;
use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The name of the tool that a hand-over calls.
pub(crate) const TRANSFER: &str = "transfer_to_human";
/// Words of one part of a stream.
const PART_WORDS: usize = 3;
/// Characters of a token, as a rule of thumb for English: usage counts are estimates here.
const TOKEN_CHARS: usize = 4;

/// The question of a request that holds all messages, each with its role; `None` where none is
/// the customer's.
pub(crate) fn question<'a>(
    server: &Server,
    user: Option<&'a str>,
    messages: &'a [(String, String)],
) -> Option<Question<'a>> {
    let of_user = messages.iter().filter(|(role, _)| role == "user");
    let said: Vec<&str> = of_user.map(|(_, text)| text.as_str()).collect();
    let mut before = said.iter().rev().skip(1);
    Some(Question {
        // Without a user, the first message tells conversations apart.
        conversation: user.unwrap_or(said.first()?),
        text: said.last()?,
        earlier: before.find_map(|text| server.options.messages.intent_of(text)),
        turn: Some(u16::try_from(said.len()).unwrap_or(u16::MAX)),
    })
}

/// About how many tokens a text has.
pub(crate) fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(TOKEN_CHARS)
}

/// A text in parts of some words, white space included.
pub(crate) fn in_parts(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let parts: Vec<String> = words.chunks(PART_WORDS).map(|part| part.concat()).collect();
    parts.into_iter()
}

/// Unix time, seconds.
pub(crate) fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Sends a reply as a stream of events, each at its time after the message, or as a document.
pub(crate) async fn deliver(
    voice: Voice,
    reply: &Reply,
    streamed: bool,
    events: impl FnOnce() -> VecDeque<(Duration, Bytes)>,
    whole: impl FnOnce() -> Bytes,
) -> Answer {
    let (content_type, content) = match streamed {
        true => (EVENTS, Content::Stream(events())),
        false => (JSON, Content::Whole(whole())),
    };
    voice.deliver(reply, content_type, content).await
}
