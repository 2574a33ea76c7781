//! What clients may hold: time for a request, connections, conversations.

use super::Bot;
use super::client::{Client, once, post};
use convoq::bot::Limits;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const ORDER: &str = "Where is my order?";
/// What the bot may take at most for what it does at once.
const SOON: Duration = Duration::from_secs(5);

fn within(limits: Limits) -> Bot {
    Bot::start_with(&[], &[], |o| o.limits = limits)
}

/// All that comes until the connection ends, while a byte is written now and then.
fn dripped(mut stream: TcpStream, drip: &[u8]) -> String {
    let pause = Duration::from_millis(40);
    stream.set_read_timeout(Some(pause)).unwrap();
    let (start, mut heard, mut drip) = (Instant::now(), Vec::new(), drip.iter());
    while start.elapsed() < SOON {
        if let Some(byte) = drip.next() {
            let _ = stream.write_all(&[*byte]);
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(0) => return String::from_utf8(heard).unwrap(),
            Ok(n) => heard.extend_from_slice(&buffer[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => {
                return String::from_utf8(heard).unwrap();
            }
            Err(_) => {}
        }
    }
    panic!("still open: {}", String::from_utf8_lossy(&heard));
}

#[test]
fn a_connection_is_open_after_any_request_with_a_body_that_comes_later() {
    let bot = within(Limits::default());
    let paths = [
        ("/v3/directline/conversations", 201),
        ("/v3/directline/tokens/generate", 200),
        ("/v3/directline/nothing", 404),
        ("/nowhere", 404),
        ("/metrics", 405),
        ("/chat", 200),
    ];
    let mut client = Client::new(bot.address);
    for chunked in [false, true] {
        for expects in [false, true] {
            for (path, status) in paths {
                let said = json!({"conversation": "a", "text": ORDER}).to_string();
                let length = match chunked {
                    true => "Transfer-Encoding: chunked".to_owned(),
                    false => format!("Content-Length: {}", said.len()),
                };
                let expect = if expects { "Expect: 100-continue\r\n" } else { "" };
                let head =
                    format!("POST {path} HTTP/1.1\r\nHost: bot.test\r\n{expect}{length}\r\n\r\n");
                client.stream.write_all(head.as_bytes()).unwrap();
                if expects {
                    assert_eq!(client.answer().unwrap().status, 100, "{path}");
                } else {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let body = match chunked {
                    true => format!("{:x}\r\n{said}\r\n0\r\n\r\n", said.len()),
                    false => said,
                };
                client.stream.write_all(body.as_bytes()).unwrap();
                let answer = client.answer().unwrap();
                assert_eq!((answer.status, answer.header("connection")), (status, None), "{path}");
            }
        }
    }
    // Too much is refused before it is sent, where the client asks; and the end is announced.
    let head = b"POST /chat HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n";
    client.stream.write_all(head).unwrap();
    let refused = client.answer().unwrap();
    assert_eq!((refused.status, refused.header("connection")), (413, Some("close")));
    bot.stop();
}

#[test]
fn heads_and_bodies_that_drip_end_their_connection_and_no_other() {
    let short = Duration::from_millis(300);
    let bot = within(Limits { head: short, body: short, ..Limits::default() });
    let connect = || TcpStream::connect(bot.address).unwrap();
    let slow = "GET /health HTTP/1.1\r\nHost: bot.test\r\nX-Slow: ".to_owned() + &"x".repeat(500);
    let first = std::thread::spawn({
        let (stream, slow) = (connect(), slow.clone());
        move || dripped(stream, slow.as_bytes())
    });
    // A head after an answer is timed as the first one is.
    let again = std::thread::spawn({
        let mut client = Client::new(bot.address);
        assert_eq!(client.ask("GET", "/health", b"").unwrap().status, 200);
        move || dripped(client.stream, slow.as_bytes())
    });
    let body = std::thread::spawn({
        let mut stream = connect();
        stream.write_all(b"POST /chat HTTP/1.1\r\nHost: b\r\nContent-Length: 900\r\n\r\n").unwrap();
        move || dripped(stream, " ".repeat(500).as_bytes())
    });
    let mut used = Client::new(bot.address);
    for _ in 0..10 {
        assert_eq!(used.ask("GET", "/health", b"").unwrap().status, 200);
        std::thread::sleep(short / 5);
    }
    for heard in [first, again, body].map(|t| t.join().unwrap()) {
        assert!(
            heard.starts_with("HTTP/1.1 408 ") && heard.contains("connection: close"),
            "{heard}"
        );
    }
    bot.stop();
}

#[test]
fn silent_connections_end_and_those_at_work_stay() {
    let silence = Duration::from_millis(200);
    let slow = [("bot.latency", "{constant: 900ms}")];
    let bot = Bot::start_with(&slow, &[], |o| {
        o.limits = Limits { silence, head: silence, ..Limits::default() };
    });
    let silent = TcpStream::connect(bot.address).unwrap();
    let mut socket = Client::new(bot.address);
    socket.upgrade("/ws");
    let mut client = Client::new(bot.address);
    let answer = client.post("/chat", &json!({"conversation": "a", "text": ORDER}));
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(dripped(silent, b""), "");
    // A WebSocket is silent for as long as the customer thinks.
    socket.say(ORDER);
    assert!(socket.heard()["text"].is_string());
    bot.stop();
}

#[test]
fn a_connection_more_waits_until_one_ends() {
    let bot = within(Limits { connections: 2, ..Limits::default() });
    let first = Client::new(bot.address);
    let mut second = Client::new(bot.address);
    assert_eq!(second.ask("GET", "/health", b"").unwrap().status, 200);
    let mut third = Client::new(bot.address);
    third.stream.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
    assert!(third.ask("GET", "/health", b"").is_none(), "two are taken");
    drop(first);
    third.stream.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(third.answer().unwrap().status, 200);
    bot.stop();
}

fn begin(address: SocketAddr) -> String {
    let begun = once(address, "POST", "/v3/directline/conversations", b"");
    assert_eq!(begun.status, 201);
    begun.json()["conversationId"].as_str().unwrap().to_owned()
}

fn said(address: SocketAddr, id: &str) -> (u16, Value) {
    let path = format!("/v3/directline/conversations/{id}/activities");
    let answer = once(address, "GET", &path, b"");
    (answer.status, answer.json()["activities"].clone())
}

#[test]
fn the_conversation_silent_for_longest_is_forgotten_where_there_are_too_many() {
    let bot = within(Limits { conversations: 3, ..Limits::default() });
    let ids: Vec<String> = (0..3).map(|_| begin(bot.address)).collect();
    let message = json!({"type": "message", "from": {"id": "a"}, "text": ORDER});
    let path = |id: &str| format!("/v3/directline/conversations/{id}/activities");
    assert_eq!(post(bot.address, &path(&ids[0]), &message).status, 200);
    let mut listener = Client::new(bot.address);
    listener.upgrade(&format!("/v3/directline/conversations/{}/stream", ids[1]));
    begin(bot.address);
    assert_eq!(said(bot.address, &ids[1]).0, 404);
    assert_eq!(post(bot.address, &path(&ids[1]), &message).status, 404);
    let (kind, reason) = listener.frame().unwrap();
    assert_eq!((kind, &reason[2..]), (8, &b"the conversation is over"[..]));
    assert_eq!(said(bot.address, &ids[0]).1.as_array().unwrap().len(), 2);
    assert_eq!(said(bot.address, &ids[2]).0, 200);
    bot.stop();
}

#[test]
fn conversations_are_bounded_in_bytes_too() {
    // One may have a 64th of all.
    let most = 8 << 10;
    let bot = within(Limits { conversation_bytes: 64 * most, ..Limits::default() });
    let long = json!({"type": "message", "from": {"id": "a"}, "text": "x".repeat(3 << 10)});
    let mut client = Client::new(bot.address);
    let mut ids = Vec::new();
    for _ in 0..90 {
        let id = begin(bot.address);
        let path = format!("/v3/directline/conversations/{id}/activities");
        for _ in 0..3 {
            assert_eq!(client.post(&path, &long).unwrap().status, 200);
        }
        ids.push(id);
    }
    let all: Vec<(u16, Value)> = ids.iter().map(|id| said(bot.address, id)).collect();
    let kept: Vec<&(u16, Value)> = all.iter().filter(|(status, _)| *status == 200).collect();
    assert!((60..90).contains(&kept.len()), "{}", kept.len());
    assert_eq!((all[0].0, all[89].0), (404, 200), "the oldest go");
    for (_, activities) in kept {
        let bytes = activities.to_string().len();
        assert!((3 << 10..most).contains(&bytes), "{bytes}");
    }
    bot.stop();
}
