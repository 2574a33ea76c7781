//! Bots that answer a request with nothing and post their messages later.

use std::net::SocketAddr;
use std::time::Duration;

use convoq::domain::TurnClass;
use convoq::protocol::{Protocol, Target};
use convoq::target::{CallbackFacts, Customer, TargetError, TargetOptions, Turn};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::server::{Server, reply};
use super::{customer, first_turn, message, run, target};

const TURN: &str = r#""turn": {"url": "/callback", "body": {"sender": "{{conversation.id}}"}}"#;

/// A deployment with this `callback` besides where we listen.
fn options(url: &str, callback: &str) -> TargetOptions {
    let mut options = TargetOptions::new(url, Protocol::Http);
    let listen = r#""listen": "127.0.0.1:0", "id": "/recipient_id", "reply": "/text""#;
    options.template = Some(format!(r#"{{{TURN}, "callback": {{{listen}{callback}}}}}"#));
    options.settle = Duration::from_millis(150);
    options
}

/// What a bot posts gives this status.
async fn send(address: SocketAddr, method: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method} /any HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let _ = stream.write_all(body).await; // it may be refused before it is all there
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

async fn post(address: SocketAddr, message: Value) -> u16 {
    send(address, "POST", message.to_string().as_bytes()).await
}

fn said(id: &str, text: &str) -> Value {
    json!({"recipient_id": id, "text": text})
}

/// A bot that takes everything and says nothing.
async fn silent() -> Server {
    Server::start(|_| reply("204 No Content", "", "")).await
}

/// Posts each message after its pause, once the bot was asked so often.
async fn bot(server: &Server, times: usize, address: SocketAddr, posts: Vec<(u64, Value)>) {
    while server.asked().len() < times {
        sleep(Duration::from_millis(5)).await;
    }
    for (pause_ms, message) in posts {
        sleep(Duration::from_millis(pause_ms)).await;
        assert_eq!(post(address, message).await, 200);
    }
}

/// A first turn and what the bot posts meanwhile.
async fn turn_with(target: &Target, server: &Server, posts: Vec<(u64, Value)>) -> Turn {
    let address = target.callback_address().unwrap();
    tokio::join!(first_turn(target), bot(server, 1, address, posts)).0
}

#[test]
fn posted_messages_are_the_reply_until_the_bot_is_quiet() {
    run(async {
        let server = silent().await;
        let target = target(options(&server.url, ""));
        let image = json!({"recipient_id": "c-1", "image": "cat.png"});
        let posts = vec![
            (100, said("c-1", "one")),
            (0, said("c-2", "not for you")),
            (0, json!({"text": "of nobody"})),
            (50, json!([said("c-1", "two"), image])),
        ];
        let start = Instant::now().into_std();
        let turn = turn_with(&target, &server, posts).await;
        assert_eq!((turn.class, turn.problem.as_deref()), (TurnClass::Ok, None));
        assert_eq!((turn.reply.text.as_str(), turn.parts), ("one\ntwo", 3));
        assert_eq!(turn.reply.documents.len(), 3);
        let ms = |at: Option<std::time::Instant>| (at.unwrap() - start).as_millis();
        let (first, last) = (ms(turn.stamps.first_content), ms(turn.stamps.last_content));
        assert!((100..1_000).contains(&first), "{first}");
        assert!(last >= first + 50, "{first} {last}");
        let quiet = ms(Some(turn.stamps.end)) - last;
        assert!(quiet >= 150, "{quiet}");
        let facts = CallbackFacts { delivered: 3, unknown: 2, ..CallbackFacts::default() };
        assert_eq!(target.callback_facts(), Some(facts));
        assert_eq!(facts.lost(), 2);
        let asked = server.asked();
        assert_eq!(asked[0].json(), json!({"sender": "c-1"}));
    });
}

#[test]
fn so_many_messages_end_a_reply_and_what_comes_later_answers_nothing() {
    run(async {
        let server = silent().await;
        let target = target(options(&server.url, r#", "messages": 2"#));
        let address = target.callback_address().unwrap();
        let mut talk = target.open(customer());
        let posts = vec![
            (20, said("c-1", "a")),
            // Longer than the time of quiet, which ends nothing here.
            (250, said("c-1", "b")),
            (0, said("c-1", "too late")),
        ];
        let hello = message(1, "hello");
        let (turn, ()) = tokio::join!(talk.ask(&hello), bot(&server, 1, address, posts));
        assert_eq!((turn.reply.text.as_str(), turn.parts), ("a\nb", 2));
        let posts = vec![(20, said("c-1", "c")), (0, said("c-1", "d"))];
        let again = message(2, "again");
        let (turn, ()) = tokio::join!(talk.ask(&again), bot(&server, 2, address, posts));
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "c\nd"));
        talk.close().await;
        assert_eq!(post(address, said("c-1", "gone")).await, 200);
        assert_eq!(target.callback_facts().unwrap().unknown, 1);
    });
}

#[test]
fn each_conversation_gets_its_own_messages() {
    run(async {
        let server = silent().await;
        let target = target(options(&server.url, r#", "messages": 1"#));
        let address = target.callback_address().unwrap();
        let talk = |n: u32| {
            let target = target.clone();
            let id = format!("c-{n}");
            async move {
                let customer = Customer { id: id.clone(), ..customer() };
                let turn = target.open(customer).ask(&message(1, "hello")).await;
                assert_eq!((turn.class, turn.reply.text), (TurnClass::Ok, id));
            }
        };
        let talks: Vec<_> = (0..20).map(|n| tokio::task::spawn_local(talk(n))).collect();
        let posts = (0..20).rev().map(|n| said(&format!("c-{n}"), &format!("c-{n}")));
        bot(&server, 20, address, posts.map(|p| (0, p)).collect()).await;
        for talk in talks {
            talk.await.unwrap();
        }
    });
}

#[test]
fn silence_and_a_pause_end_a_turn_as_elsewhere() {
    run(async {
        let server = silent().await;
        let mut quick = options(&server.url, r#", "messages": 2"#);
        quick.timeouts.first_event = Duration::from_millis(200);
        quick.timeouts.idle = Duration::from_millis(200);
        let silence = first_turn(&target(quick.clone())).await;
        assert_eq!(silence.class, TurnClass::FirstEventTimeout);
        let server = silent().await;
        quick.url = server.url.clone();
        let posts = vec![(10, said("c-1", "half"))];
        let pause = turn_with(&target(quick), &server, posts).await;
        assert_eq!((pause.class, pause.reply.text.as_str()), (TurnClass::IdleTimeout, "half"));
        // A bot that fails at once posts nothing.
        let server = Server::start(|_| reply("500 Oh", "", "")).await;
        let failed = first_turn(&target(options(&server.url, ""))).await;
        assert_eq!(failed.class, TurnClass::Http5xx);
    });
}

#[test]
fn what_is_no_json_or_too_long_is_refused_and_counted() {
    run(async {
        let server = silent().await;
        let target = target(options(&server.url, r#", "messages": 1"#));
        let address = target.callback_address().unwrap();
        let refusals = async {
            bot(&server, 1, address, Vec::new()).await;
            assert_eq!(send(address, "GET", b"").await, 405);
            assert_eq!(send(address, "POST", b"{").await, 400);
            let long = said("c-1", &"x".repeat((1 << 20) + 1)).to_string();
            let status = send(address, "POST", long.as_bytes()).await;
            assert!(matches!(status, 413 | 0), "{status}");
            assert_eq!(post(address, said("c-1", "ok")).await, 200);
        };
        let (turn, ()) = tokio::join!(first_turn(&target), refusals);
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "ok"));
        let facts = target.callback_facts().unwrap();
        assert_eq!((facts.refused, facts.delivered), (3, 1));
    });
}

#[test]
fn what_is_wrong_with_a_callback_is_told_with_its_line() {
    let problems = |callback: &str| -> Vec<TargetError> {
        let mut options = TargetOptions::new("http://127.0.0.1:9", Protocol::Http);
        options.template = Some(format!("{{{TURN},\n{callback}}}"));
        Target::new(options, &|_| None).unwrap_err()
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    let here = r#""listen": "127.0.0.1:0""#;
    for (callback, expected) in [
        (format!(r#""callback": {{{here}}}"#), "line 2 (callback): there is no `id`"),
        (r#""callback": {"id": "/a"}"#.into(), "there is no `listen`"),
        (
            r#""callback": {"id": "/a", "listen": "5034"}"#.into(),
            "`5034` is no address with a port",
        ),
        (
            r#""callback": {"id": "/a", "listen": "0.0.0.0:0"}"#.into(),
            "others could reach 0.0.0.0:0",
        ),
        (format!(r#""callback": {{{here}, "id": "a"}}"#), "is not a JSON pointer"),
        (format!(r#""callback": {{{here}, "id": "/a", "messages": 0}}"#), "no number of messages"),
        (format!(r#""callback": {{{here}, "id": "/a", "port": 1}}"#), "nothing is called `port`"),
        (
            format!(r#""poll": {{"url": "/x"}}, "callback": {{{here}, "id": "/a"}}"#),
            "replies are either polled for or posted to us",
        ),
        (
            format!(r#""callback": {{"id": "/a", "listen": "{taken}"}}"#),
            "cannot listen at 127.0.0.1",
        ),
    ] {
        let found = problems(&callback);
        assert_eq!(found.len(), 1, "{callback}: {found:?}");
        assert!(found[0].to_string().contains(expected), "{callback}: {}", found[0]);
    }
}
