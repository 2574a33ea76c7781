//! HTTP that is odd, and allowed.

use std::time::Duration;

use convoq::domain::TurnClass;
use convoq::protocol::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::server::{Server, Step, json, send};
use super::{at, customer, first_turn, message, run};

#[test]
fn a_length_in_characters_breaks_its_own_reply_and_not_the_next() {
    let script = |asked: &super::server::Asked| {
        let text = match asked.number % 2 {
            0 => "Grüße, Ihre Bestellung läuft.",
            _ => "Your order is on its way.",
        };
        let body = format!("{{\"text\": \"{text}\"}}");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
        vec![send(format!("{head} {}\r\n\r\n{body}", body.chars().count()))]
    };
    run(async {
        let server = Server::start(script).await;
        let target = at(&server.url, Protocol::Http);
        for number in 0..6 {
            let class = first_turn(&target).await.class;
            let wanted = [TurnClass::MalformedJson, TurnClass::Ok][number % 2];
            assert_eq!(class, wanted, "reply {number}");
        }
    });
}

#[test]
fn early_hints_are_no_reply() {
    run(async {
        let server = Server::start(|_| {
            let hints = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
            let reply = json(r#"{"text": "On its way."}"#);
            [vec![send(hints), Step::WaitMs(150)], reply].concat()
        })
        .await;
        let turn = first_turn(&at(&server.url, Protocol::Http)).await;
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "On its way."));
        let (sent, content) = (turn.stamps.written.unwrap(), turn.stamps.first_content.unwrap());
        assert!(content - sent >= Duration::from_millis(140), "{:?}", content - sent);
    });
}

/// Answers after the head of a request, whose body it does not read, and then takes what
/// still comes.
async fn sheds_load(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut head = Vec::new();
            while !head.windows(4).any(|w| w == b"\r\n\r\n") {
                if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let reply = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbusy";
            let _ = stream.write_all(reply.as_bytes()).await;
            let _ = stream.shutdown().await;
            let mut rest = vec![0; 1 << 16];
            while stream.read(&mut rest).await.unwrap_or(0) > 0 {}
        });
    }
}

#[test]
fn a_reply_that_comes_before_a_long_request_is_sent_is_taken() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(sheds_load(listener));
        let target = at(&url, Protocol::Http);
        for length in [20, 100_000, 3_000_000] {
            let text = "x".repeat(length);
            let turn = target.open(customer()).ask(&message(1, &text)).await;
            assert_eq!(turn.class, TurnClass::RateLimited, "{length}: {:?}", turn.problem);
            assert_eq!(turn.retry_after_s, Some(3.0), "{length}");
        }
    });
}
