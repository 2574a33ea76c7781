//! What may happen on a WebSocket before, between and besides replies.

use super::protocols::{Act, SocketServer, say, socket_options};
use super::server::{Server, Step, send};
use super::{customer, first_turn, message, run, target};
use convoq::domain::TurnClass;
use std::time::Duration;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

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
            let key = derive_accept_key(asked.header("sec-websocket-key").as_bytes());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {key}\r\n\r\n"
            );
            let hello = [head.as_bytes(), &frame("welcome")].concat();
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
                tokio::time::sleep(Duration::from_millis(60)).await;
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
