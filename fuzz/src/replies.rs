//! What bots say, without connections: event streams, completions, messages, activities.

use convoq::protocol::Protocol;
use convoq::protocol::reading::{self, ChatEvent};
use convoq::target::lines::Lines;
use convoq::target::sse::SseParser;

/// Where the input is cut: at its own first byte, and after every byte.
fn cuts(input: &[u8]) -> [Vec<&[u8]>; 3] {
    let at = input.first().map_or(0, |b| usize::from(*b)).min(input.len());
    let (head, tail) = input.split_at(at);
    [vec![input], vec![head, tail], input.chunks(1).collect()]
}

fn same<T: PartialEq + std::fmt::Debug>(input: &[u8], read: impl Fn(&[&[u8]]) -> T) -> T {
    let [whole, two, bytes] = cuts(input);
    let found = read(&whole);
    assert_eq!(read(&two), found, "cut in two");
    if input.len() <= 1024 {
        assert_eq!(read(&bytes), found, "byte by byte");
    }
    found
}

/// An event stream and lines: the same however the bytes are cut, and nothing is made up.
pub fn sse(input: &[u8]) {
    let events = same(input, |parts| {
        let (mut parser, mut events) = (SseParser::default(), Vec::new());
        for part in parts {
            parser.feed(part, |name, data| events.push((name.to_owned(), data.to_owned())));
        }
        parser.finish(|name, data| events.push((name.to_owned(), data.to_owned())));
        events
    });
    // A byte that is no text becomes one character of three bytes.
    let said: usize = events.iter().map(|(name, data)| name.len() + data.len()).sum();
    assert!(said <= 3 * input.len(), "{said} bytes of events from {}", input.len());
    let lines = same(input, |parts| {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for part in parts {
            lines.feed(part, |line| found.push(line.to_vec()));
        }
        lines.finish(|line| found.push(line.to_vec()));
        found
    });
    assert!(lines.iter().all(|l| !l.is_empty() && !l.contains(&b'\n')));
}

/// A completion, streamed and whole, as each API has it: the same however it is cut; a part says
/// something.
pub fn chat(input: &[u8]) {
    for protocol in [Protocol::Openai, Protocol::Responses, Protocol::Anthropic] {
        let events = same(input, |parts| reading::streamed(protocol, parts));
        let body = reading::whole(protocol, input);
        for event in events.iter().chain(&body) {
            if let ChatEvent::Part { text, answer, tools } = event {
                assert!(!answer || !text.is_empty() || tools.iter().all(|t| !t.is_empty()));
            }
        }
        let bad = |e: &ChatEvent| matches!(e, ChatEvent::Malformed(_) | ChatEvent::Strange(_));
        assert!(body.iter().filter(|e| bad(e)).count() <= 1, "one document fails once");
    }
}

/// What Rasa's REST channel replies.
pub fn rasa(input: &[u8]) {
    match reading::rasa(input) {
        Ok(reply) => assert!(reply.text.len() <= 3 * input.len() + reply.documents.len()),
        Err(words) => assert!(!words.is_empty()),
    }
}

/// A set of Direct Line's activities.
pub fn direct_line(input: &[u8]) {
    match reading::direct_line("c-1", input) {
        Ok(reply) => assert!(reply.activities.len() <= reply.documents.len()),
        Err(words) => assert!(!words.is_empty()),
    }
}
