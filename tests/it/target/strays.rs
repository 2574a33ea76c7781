//! What a bot says that is part of no reply, and what is no WebSocket at all.

use super::protocols::{Act, SocketServer, say, socket_options};
use super::server::{Server, Step, greet, reply, send};
use super::{at, customer, first_turn, message, run, target};
use convoq::domain::TurnClass;
use convoq::target::{Protocol, StrayFacts, TargetOptions};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn strays(late: u64, unasked: u64) -> StrayFacts {
    StrayFacts { late, unasked }
}

/// A Direct Line with a stream that does this once it is open; posts are called `m1`.
async fn streaming(acts: impl Fn() -> Vec<Act> + Send + Sync + 'static) -> TargetOptions {
    let socket = Arc::new(Mutex::new(String::new()));
    let url = socket.clone();
    let server = SocketServer::start(
        move |asked| match asked.path.rsplit('/').next() {
            Some("conversations") => {
                let url = url.lock().unwrap();
                format!(r#"{{"conversationId":"d1","streamUrl":"{url}/stream"}}"#)
            }
            _ => r#"{"id":"m1"}"#.into(),
        },
        move |n, _| if n == 0 { acts() } else { Vec::new() },
    )
    .await;
    *socket.lock().unwrap() = server.url.replace("http:", "ws:");
    let mut options = TargetOptions::new(&server.url, Protocol::Directline);
    options.settle = ms(60);
    options
}

fn activity(text: &str, names: &str) -> Act {
    let names = match names {
        "" => String::new(),
        id => format!(r#","replyToId":"{id}""#),
    };
    say(format!(
        r#"{{"activities":[{{"type":"message","from":{{"id":"bot"}},"text":"{text}"{names}}}]}}"#
    ))
}

#[test]
fn a_welcome_that_comes_late_is_no_reply_where_replies_name_their_message() {
    run(async {
        let options = streaming(|| {
            vec![
                Act::WaitMs(80),
                activity("welcome", ""),
                Act::WaitMs(200),
                activity("right", "m1"),
                Act::WaitMs(150),
                activity("too late", "m1"),
            ]
        })
        .await;
        let target = target(options);
        for round in 1..=2 {
            let mut talk = target.open(customer());
            let turn = talk.ask(&message(1, "hello")).await;
            assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "right"));
            let first = turn.stamps.first_content.unwrap() - turn.stamps.written.unwrap();
            assert!(first >= ms(150), "{first:?}");
            assert_eq!(target.strays(), strays(round - 1, round));
            talk.listen_on().await;
            assert_eq!(target.strays(), strays(round, round));
        }
    });
}

#[test]
fn replies_that_name_nothing_are_replies_where_none_does() {
    run(async {
        let options = streaming(|| vec![Act::WaitMs(20), activity("hi", "")]).await;
        let target = target(options);
        let mut quiet = Vec::new();
        for _ in 0..2 {
            let turn = first_turn(&target).await;
            assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "hi"));
            quiet.push(turn.stamps.end - turn.stamps.last_content.unwrap());
        }
        // The first is waited for longer: its bot's ways are not known yet.
        assert_eq!(quiet, [ms(600), ms(60)]);
        assert_eq!(target.strays(), strays(0, 0));
    });
}

#[test]
fn frames_answer_the_message_that_they_name() {
    let template = r#"
send: {text: "{{turn.text}}", id: "{{conversation.id}}/{{turn.index}}"}
match: {answers: {json: /to, sent: /id}}
"#;
    run(async {
        let server = SocketServer::start(
            |_| String::new(),
            |n, _| match n {
                0 => Vec::new(),
                1 => vec![say(r#"{"text": "welcome"}"#), say(r#"{"text": "one", "to": "c-1/1"}"#)],
                _ => vec![
                    say(r#"{"text": "more of one", "to": "c-1/1"}"#),
                    say(r#"{"text": "two", "to": "c-1/2"}"#),
                ],
            },
        )
        .await;
        let target = target(socket_options(&server.url, Some(template)));
        let mut talk = target.open(customer());
        for (number, text) in [(1, "one"), (2, "two")] {
            let turn = talk.ask(&message(number, "hello")).await;
            assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, text));
        }
        assert_eq!(target.strays(), strays(1, 1));
    });
}

#[test]
fn a_greeting_is_waited_for_where_the_template_says_so() {
    let template = "greeting: {frames: 1}\nsend: '{{turn.text}}'\nreply_done: {frames: 1}";
    run(async {
        let server = SocketServer::start(
            |_| String::new(),
            |n, _| match n {
                0 => vec![Act::WaitMs(80), say("hello")],
                1 => vec![Act::WaitMs(20), say("right")],
                _ => vec![say("right"), Act::WaitMs(60), say("too late")],
            },
        )
        .await;
        let target = target(socket_options(&server.url, Some(template)));
        let mut talk = target.open(customer());
        let turn = talk.ask(&message(1, "hi")).await;
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "right"));
        let stamps = turn.stamps;
        assert!(stamps.written.unwrap() - stamps.first_written.unwrap() >= ms(60));
        talk.ask(&message(2, "and")).await;
        talk.listen_on().await;
        assert_eq!(target.strays(), strays(1, 0));
    });
    let wrong = "greeting: {words: 1}\nsend: {text: x}\nmatch: {answers: {json: /to, sent: /id}}";
    let options = socket_options("ws://127.0.0.1:9", Some(wrong));
    let problems = convoq::target::Target::new(options, &|_| None).unwrap_err();
    let told: Vec<_> = problems.iter().map(|p| p.problem.as_str()).collect();
    assert_eq!(
        told,
        ["`send` has nothing of the message's own at /id", "this says not what ends a greeting"]
    );
}

#[test]
fn what_no_websocket_may_send_is_protocol_and_what_breaks_is_reset() {
    let ping = [&b"\x89\x7e\x00\x80"[..], &[b'x'; 128]].concat();
    let odd: [(&str, &[u8], TurnClass); 8] = [
        ("reserved bits", b"\xc1\x02hi", TurnClass::Protocol),
        ("no opcode", b"\x83\x02hi", TurnClass::Protocol),
        ("masked", b"\x81\x82\0\0\0\0hi", TurnClass::Protocol),
        ("no UTF-8", b"\x81\x02\xff\xfe", TurnClass::Protocol),
        ("a long ping", &ping, TurnClass::Protocol),
        ("nothing to go on with", b"\x80\x02hi", TurnClass::Protocol),
        ("1 GiB", b"\x81\x7f\x00\x00\x00\x00\x40\x00\x00\x00", TurnClass::Protocol),
        ("half a frame", b"\x81\x05hi", TurnClass::Reset),
    ];
    for (what, bytes, class) in odd {
        let bytes = bytes.to_vec();
        run(async {
            let server = Server::start(move |asked| {
                let odd = send(bytes.clone());
                vec![greet(asked), Step::Hear, odd, Step::WaitMs(40), Step::Close]
            })
            .await;
            let turn = first_turn(&target(socket_options(&server.url, None))).await;
            assert_eq!(turn.class, class, "{what}: {:?}", turn.problem);
        });
    }
}

#[test]
fn a_reply_without_a_body_says_nothing() {
    run(async {
        for protocol in [Protocol::Openai, Protocol::Rasa, Protocol::Http] {
            let server = Server::start(|_| reply("204 No Content", "", "")).await;
            let turn = first_turn(&at(&server.url, protocol)).await;
            assert_eq!(turn.class, TurnClass::EmptyReply, "{protocol:?}");
        }
    });
}
