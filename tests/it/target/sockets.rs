//! What may happen on a WebSocket before, between and besides replies.

use super::protocols::{Act, SocketServer, say, socket_options};
use super::server::{Asked, Server, Step, greet, reply, send};
use super::{customer, first_turn, message, run, target};
use convoq::domain::TurnClass;
use convoq::target::Turn;
use std::time::Duration;

/// A short text as a server frames it.
fn frame(text: &str) -> Vec<u8> {
    [&[0x81, text.len() as u8], text.as_bytes()].concat()
}

const ONE_FRAME: &str = "send: '{{turn.text}}'\nreply_done: {frames: 1}";

#[test]
fn what_a_bot_says_before_it_is_asked_answers_nothing() {
    run(async {
        // The welcome comes with the handshake, in one piece: nothing was sent by then.
        let server = Server::start(|asked| {
            let Step::Send(head) = greet(asked) else { unreachable!() };
            let hello = [head, frame("welcome")].concat();
            vec![send(hello), Step::WaitMs(50), send(frame("hi")), Step::WaitMs(500)]
        })
        .await;
        let target = target(socket_options(&server.url, Some(ONE_FRAME)));
        for _ in 0..12 {
            let turn = first_turn(&target).await;
            let words = turn.reply.text.as_str();
            assert_eq!((turn.class, words), (TurnClass::Ok, "hi"));
            let first = turn.stamps.first_content.unwrap() - turn.stamps.written.unwrap();
            assert!(first >= Duration::from_millis(25), "{first:?}");
        }
    });
}

#[test]
fn a_socket_that_was_closed_between_turns_is_opened_again() {
    for end in [Act::Close(1000, "idle"), Act::Drop] {
        run(async {
            let server = SocketServer::start(
                |_| String::new(),
                move |n, _| match n {
                    0 => Vec::new(),
                    _ => vec![say("hi"), end.clone()],
                },
            )
            .await;
            let target = target(socket_options(&server.url, Some(ONE_FRAME)));
            let mut talk = target.open(customer());
            for number in 1..=3 {
                let turn = talk.ask(&message(number, "hello")).await;
                assert_eq!((turn.class, turn.connects), (TurnClass::Ok, 1), "{number}");
                // In steps: after each, whoever reads the socket has its turn.
                for _ in 0..12 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            assert_eq!(server.heard(), ["hello"; 3]);
            let facts = target.connections();
            assert_eq!((facts.made, facts.reused), (3, 0));
        });
    }
}

#[test]
fn who_only_types_has_not_replied_though_no_rule_says_what_a_reply_is() {
    let template = r#"
send: "{{turn.text}}"
match:
  typing: {json: /type, equals: typing}
reply_done: {frames: 2}
"#;
    run(async {
        let server = SocketServer::start(
            |_| String::new(),
            |n, _| match n {
                0 => Vec::new(),
                _ => vec![
                    say(r#"{"type":"typing"}"#),
                    say("a"),
                    say(r#"{"type":"typing"}"#),
                    say("b"),
                ],
            },
        )
        .await;
        let target = target(socket_options(&server.url, Some(template)));
        let turn = first_turn(&target).await;
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "a\nb"));
        assert_eq!((turn.parts, turn.reply.documents.len()), (2, 0));
    });
}

/// A frame as a server sends it: whether it is the last of its message, and its opcode.
fn part(last: bool, opcode: u8, data: &[u8]) -> Step {
    send([&[u8::from(last) << 7 | opcode, data.len() as u8], data].concat())
}

const SAID: &str = r#"{"text": "Grüße, on its way."}"#;

/// One turn of a bot that takes a WebSocket, hears the message, and does this.
fn turn_of(steps: Vec<Step>) -> Turn {
    run(async {
        let script = move |asked: &Asked| {
            [vec![greet(asked), Step::Hear], steps.clone(), vec![Step::WaitMs(400)]].concat()
        };
        let server = Server::start(script).await;
        first_turn(&target(socket_options(&server.url, None))).await
    })
}

#[test]
fn a_reply_is_the_same_however_it_is_framed() {
    let bytes = SAID.as_bytes();
    // Within a character, with a ping between.
    let cut = SAID.find('ü').unwrap() + 1;
    let fragments = vec![
        part(false, 1, &bytes[..cut]),
        part(true, 9, b""),
        part(false, 0, &bytes[cut..cut + 3]),
        part(true, 0, &bytes[cut + 3..]),
    ];
    let ping = |n| if n % 2 == 0 { part(true, 9, b"x") } else { Step::WaitMs(5) };
    let after_pings = (0..40).map(ping).chain([part(true, 1, bytes)]).collect();
    let all = [
        ("fragments", fragments),
        ("binary", vec![part(true, 2, bytes)]),
        ("after twenty pings", after_pings),
    ];
    for (what, steps) in all {
        let turn = turn_of(steps);
        let found = (turn.class, turn.parts, turn.reply.text.as_str());
        assert_eq!(found, (TurnClass::Ok, 1, "Grüße, on its way."), "{what}: {:?}", turn.problem);
    }
}

#[test]
fn a_socket_that_ends_within_a_reply_says_how() {
    let close =
        |code: u16, why: &str| part(true, 8, &[&code.to_be_bytes(), why.as_bytes()].concat());
    let all = [
        ("done", vec![close(1000, "done")], TurnClass::WsClose, Some(1000)),
        ("try later", vec![close(1013, "try later")], TurnClass::WsClose, Some(1013)),
        // A close without a code is 1005 where it is told of (RFC 6455, 7.1.5).
        ("no code", vec![part(true, 8, b"")], TurnClass::WsClose, Some(1005)),
        ("cut", vec![Step::Close], TurnClass::Reset, None),
        ("half", vec![part(false, 1, b"{\"tex"), Step::Close], TurnClass::Reset, None),
    ];
    for (what, steps, class, code) in all {
        let turn = turn_of(steps);
        assert_eq!((turn.class, turn.status), (class, code), "{what}: {:?}", turn.problem);
    }
}

#[test]
fn a_handshake_that_is_refused_is_what_its_status_is() {
    let elsewhere = "location: https://login.test/\r\n";
    let all = [
        ("401 Unauthorized", "", TurnClass::Http4xx),
        ("302 Found", elsewhere, TurnClass::Protocol),
        ("200 OK", "", TurnClass::Protocol),
        ("429 Too Many Requests", "retry-after: 2\r\n", TurnClass::RateLimited),
    ];
    for (status, headers, class) in all {
        run(async {
            let server = Server::start(move |_| reply(status, headers, "no")).await;
            let turn = first_turn(&target(socket_options(&server.url, None))).await;
            assert_eq!(turn.class, class, "{status}: {:?}", turn.problem);
        });
    }
}
