//! What bots say and what users write of them, read without a connection: the same
//! readers as those of a [`Conversation`](super::Conversation), for whoever has the bytes.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Protocol;
use super::anthropic::Messages;
use super::completion::{Dialect, Stream};
use super::directline::activity::{Heard, activities};
use super::openai::Chat;
use super::rasa::client::take_document;
use super::responses::Responses;
use crate::target::address::Address;
use crate::target::progress::Progress;
use crate::target::secret::Vault;
use crate::target::strays::Strays;
use crate::target::{Reply, TargetError, json, template};

pub use super::completion::{ChatEvent, Why};

/// What a completion says in the protocols of language models, streamed and come in these pieces;
/// nothing in other protocols.
#[must_use]
pub fn streamed(protocol: Protocol, pieces: &[&[u8]]) -> Vec<ChatEvent> {
    fn read<D: Dialect>(pieces: &[&[u8]]) -> Vec<ChatEvent> {
        let (mut stream, mut events) = (Stream::<D>::default(), Vec::new());
        for piece in pieces {
            stream.feed(piece, |event| events.push(event));
        }
        stream.finish(|event| events.push(event));
        events
    }
    match protocol {
        Protocol::Openai => read::<Chat>(pieces),
        Protocol::Responses => read::<Responses>(pieces),
        Protocol::Anthropic => read::<Messages>(pieces),
        _ => Vec::new(),
    }
}

/// What a completion says in the protocols of language models, come whole; nothing in other
/// protocols.
#[must_use]
pub fn whole(protocol: Protocol, body: &[u8]) -> Vec<ChatEvent> {
    let mut events = Vec::new();
    let mut say = |event| events.push(event);
    match protocol {
        Protocol::Openai => Chat::body(body, &mut say),
        Protocol::Responses => Responses::body(body, &mut say),
        Protocol::Anthropic => Messages::body(body, &mut say),
        _ => {}
    }
    events
}

/// What a body of Rasa's REST channel says.
///
/// # Errors
/// Why it is no reply, in words.
pub fn rasa(body: &[u8]) -> Result<Reply, String> {
    let mut progress = Progress::default();
    let taken = take_document(body, Instant::now(), &mut progress);
    taken.map_err(|failure| failure.problem)?;
    Ok(progress.reply)
}

/// What a set of Direct Line's activities says to this customer.
///
/// # Errors
/// Why it is no set, in words.
pub fn direct_line(customer: &str, set: &[u8]) -> Result<Reply, String> {
    let document: Value = json::read(set).map_err(|error| error.to_string())?;
    let set = activities(&document).ok_or("there is no list of activities")?;
    let (naming, strays, mut progress) = (Cell::default(), Strays::default(), Progress::default());
    let mut heard = Heard::new(customer, Duration::ZERO, &naming, &strays);
    let at = Instant::now();
    for activity in set {
        heard.hear(activity, at, &mut progress);
    }
    heard.flow(&mut progress);
    Ok(progress.reply)
}

/// Checks a template of the protocol `websocket`, or else of `http`, for a deployment at
/// this address. Nothing is listened to and nothing is sent.
///
/// # Errors
/// All that is wrong with it.
pub fn template(
    protocol: Protocol,
    url: &str,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(), Vec<TargetError>> {
    let mut vault = Vault::new(env);
    let address = Address::parse("url", url)?;
    match protocol {
        Protocol::Websocket => template::socket(text, &address, &mut vault).map(|_| ()),
        _ => template::http(text, &address, &mut vault).map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_say_what_a_conversation_hears() {
        let said = |reply: Result<Reply, String>| reply.map(|reply| reply.text);
        let body = br#"[{"recipient_id": "c-1", "text": "Hello"}]"#;
        assert_eq!(said(rasa(body)), Ok("Hello".into()));
        assert!(rasa(b"[1]").is_err() && rasa(b"{").is_err());
        let set = br#"{"activities": [{"type": "message", "text": "Hello"}, {"type": "message", "from": {"id": "c-1"}, "text": "mine"}]}"#;
        assert_eq!(said(direct_line("c-1", set)), Ok("Hello".into()));
        assert!(direct_line("c-1", b"{}").is_err());
    }

    #[test]
    fn a_template_is_checked_without_listening() {
        let check = |text: &str| template(Protocol::Http, "http://127.0.0.1:9", text, &|_| None);
        let callback = "callback: {listen: '127.0.0.1:1', id: /id}";
        let turn = "turn: {url: /a, body: '{{turn.text}}'}";
        assert_eq!(check(&format!("{turn}\n{callback}\n")), Ok(()));
        assert_eq!(check(callback).map_err(|found| found.len()), Err(1));
    }
}
