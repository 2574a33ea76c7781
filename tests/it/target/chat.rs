//! Streams of chat completions, cut anywhere.

use convoq::protocol::Protocol;
use convoq::protocol::reading::{self, ChatEvent, Why};
use convoq::random::mix64;
use convoq::target::sse::SseParser;

/// What a stream says, fed in these pieces.
fn heard<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Vec<ChatEvent> {
    reading::streamed(Protocol::Openai, &pieces.into_iter().collect::<Vec<_>>())
}

const FINISHED: ChatEvent = ChatEvent::Finished(Why::Said);

fn part(text: &str) -> ChatEvent {
    ChatEvent::Part { text: text.into(), answer: true, tools: Vec::new() }
}

fn delta(delta: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\n\n")
}

const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// Streams of real servers and of bad days, with what they say.
fn corpus() -> Vec<(&'static str, String, Vec<ChatEvent>)> {
    use ChatEvent::{Done, PromptTokens, Tokens};
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":15}}\n\n";
    let reasoning = |text: &str| ChatEvent::Part {
        text: String::new(),
        answer: !text.is_empty(),
        tools: Vec::new(),
    };
    vec![
        (
            "role first, usage last",
            delta(r#"{"role":"assistant","content":""}"#)
                + &delta(r#"{"content":"Your order"}"#)
                + &delta(r#"{"content":" is hier: ü€😀"}"#)
                + STOP
                + usage
                + DONE,
            vec![
                part("Your order"),
                part(" is hier: ü€😀"),
                FINISHED,
                PromptTokens(5),
                Tokens(15),
                Done,
            ],
        ),
        (
            "no role, nulls, other ids, other keys",
            delta(r#"{"content":null}"#)
                + "data: {\"id\":\"x7\",\"timings\":{\"a\":1},\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"
                + "data: {\"id\":\"x8\",\"choices\":null,\"usage\":null}\n\n"
                + STOP
                + DONE,
            vec![part("Hi"), FINISHED, Done],
        ),
        (
            "role and text at once; the reason without [DONE]",
            delta(r#"{"role":"assistant","content":"All at once"}"#) + STOP,
            vec![part("All at once"), FINISHED],
        ),
        (
            "comments, keep-alives, events with names, fields without values",
            ": OPENROUTER PROCESSING\n\n:\n\nretry: 10\nid: 7\nevent: message\n".to_owned()
                + &delta(r#"{"content":"a"}"#)
                + "data\n\n"
                + DONE,
            vec![
                part("a"),
                ChatEvent::Malformed("EOF while parsing a value at line 1 column 0".into()),
                Done,
            ],
        ),
        (
            "data over several lines",
            "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"two lines\"}}]}\n\n".to_owned()
                + DONE,
            vec![part("two lines"), Done],
        ),
        (
            "reasoning, both spellings, then a tool call in pieces",
            delta(r#"{"reasoning_content":"hm"}"#)
                + &delta(r#"{"reasoning":"hm"}"#)
                + &delta(r#"{"reasoning":""}"#)
                + &delta(
                    r#"{"tool_calls":[{"index":0,"id":"1","function":{"name":"handoff","arguments":""}}]}"#,
                )
                + &delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#)
                + &delta(r#"{"tool_calls":[]}"#)
                + DONE,
            vec![
                reasoning(""),
                reasoning(""),
                ChatEvent::Part {
                    text: String::new(),
                    answer: true,
                    tools: vec!["handoff".into()],
                },
                part(""),
                Done,
            ],
        ),
        (
            "an error as data",
            delta(r#"{"content":"a"}"#)
                + "data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n",
            vec![part("a"), ChatEvent::Failed("out of memory".into())],
        ),
        (
            "an error as event",
            "event: error\ndata: {\"message\":\"overloaded\"}\n\nevent: error\ndata: plain\n\n"
                .into(),
            vec![ChatEvent::Failed("overloaded".into()), ChatEvent::Failed("plain".into())],
        ),
        (
            "cut within a line",
            delta(r#"{"content":"a"}"#) + "data: {\"choices\":[{\"del",
            vec![part("a")],
        ),
        (
            "the last empty line is missing, and a byte order mark",
            "\u{FEFF}".to_owned() + &delta(r#"{"content":"a"}"#) + "data: [DONE]\n",
            vec![part("a"), Done],
        ),
        (
            "another shape",
            "data: {\"choices\":\"none\"}\n\n".into(),
            vec![ChatEvent::Strange(
                "invalid type: string \"none\", expected a sequence at line 1 column 17".into(),
            )],
        ),
    ]
}

/// The line ends that the standard allows.
const ENDS: [&str; 3] = ["\n", "\r\n", "\r"];

#[test]
fn a_stream_says_the_same_however_it_is_cut() {
    for (name, text, expected) in corpus() {
        for end in ENDS {
            let bytes = text.replace('\n', end).into_bytes();
            assert_eq!(heard([&bytes[..]]), expected, "{name}, whole, {end:?}");
            assert_eq!(heard(bytes.chunks(1)), expected, "{name}, bytes, {end:?}");
            for at in 0..=bytes.len() {
                let (a, b) = bytes.split_at(at);
                assert_eq!(heard([a, b]), expected, "{name}, cut at {at}, {end:?}");
            }
        }
    }
}

#[test]
fn a_stream_says_the_same_in_many_random_pieces() {
    for (name, text, expected) in corpus() {
        for seed in 0..200 {
            let bytes = text.replace('\n', ENDS[seed as usize % 3]).into_bytes();
            let mut rest = &bytes[..];
            let mut pieces = Vec::new();
            while !rest.is_empty() {
                let length = mix64(seed ^ ((rest.len() as u64) << 20)) as usize % 8 + 1;
                let (piece, after) = rest.split_at(length.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            assert_eq!(heard(pieces), expected, "{name}, seed {seed}");
        }
    }
}

#[test]
fn an_event_has_its_own_name_and_data() {
    let mut parser = SseParser::default();
    let mut events = Vec::new();
    let stream =
        b"event: a\ndata: 1\n\ndata:2\ndata:  3\n\nevent: lost\n\ndata\n\n: no\nother: x\n\n";
    parser.feed(stream, |name, data| events.push((name.to_owned(), data.to_owned())));
    let expected = [("a", "1"), ("", "2\n 3"), ("", "")];
    assert_eq!(events, expected.map(|(n, d)| (n.to_owned(), d.to_owned())));
}

#[test]
fn a_whole_completion_says_what_a_streamed_one_does() {
    let heard = |body: &str| reading::whole(Protocol::Openai, body.as_bytes());
    let body = r#"{"id":"1","choices":[{"message":{"role":"assistant","content":"Hi","refusal":null},"finish_reason":"stop"}],"usage":{"completion_tokens":2}}"#;
    let expected = [part("Hi"), FINISHED, ChatEvent::Tokens(2)];
    assert_eq!(heard(body), expected);
    let parts = r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}"#;
    assert_eq!(heard(parts), [part("ab")]);
    let refused = r#"{"choices":[{"message":{"content":null,"refusal":"I will not"}}]}"#;
    assert_eq!(heard(refused), [part("I will not")]);
    let error = r#"{"object":"error","message":"no such model"}"#;
    assert_eq!(heard(error), [ChatEvent::Failed("no such model".into())]);
    assert!(matches!(heard("<html>")[..], [ChatEvent::Malformed(_)]));
}
