//! Every end of a turn that a server can bring about, as its class.

use std::io::Write;
use std::time::Duration;

use convoq::domain::TurnClass;
use convoq::protocol::Protocol;
use convoq::target::{Expectation, Reuse, TargetOptions, Timeouts, Turn};
use serde_json::json;

use super::server::{SSE, Server, Step, json as json_reply, reply, send};
use super::{at, first_turn, run, target};

const CHUNK: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";

/// The turn that a server's one reply makes.
fn turn_of(protocol: Protocol, steps: Vec<Step>) -> Turn {
    run(async {
        let server = Server::start(move |_| steps.clone()).await;
        first_turn(&at(&server.url, protocol)).await
    })
}

fn openai(steps: Vec<Step>) -> Turn {
    turn_of(Protocol::Openai, steps)
}

fn class_of(turn: &Turn, words: &str) -> TurnClass {
    let problem = turn.problem.clone().unwrap_or_default();
    assert!(problem.contains(words), "`{problem}` lacks `{words}`");
    turn.class
}

fn quick(ms: [u64; 4]) -> Timeouts {
    let [connect, first_event, idle, turn] = ms.map(Duration::from_millis);
    Timeouts { connect, first_event, idle, turn }
}

/// The turn under short limits: connection, first event, pause, whole turn.
fn hurried(ms: [u64; 4], steps: Vec<Step>) -> Turn {
    run(async {
        let server = Server::start(move |_| steps.clone()).await;
        let mut options = TargetOptions::new(&server.url, Protocol::Openai);
        options.timeouts = quick(ms);
        first_turn(&target(options)).await
    })
}

#[test]
fn statuses_have_their_classes() {
    let error = r#"{"error":{"message":"slow down","type":"throttling_error"}}"#;
    let limited = openai(reply("429 Too Many", "retry-after: 7\r\n", error));
    assert_eq!(class_of(&limited, "slow down"), TurnClass::RateLimited);
    assert_eq!((limited.retry_after_s, limited.status), (Some(7.0), Some(429)));
    let past = "retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n";
    assert_eq!(openai(reply("429 Too Many", past, "")).retry_after_s, Some(0.0));
    let class = |status: &str, body: &str| openai(reply(status, "", body)).class;
    assert_eq!(class("400 Bad", "{}"), TurnClass::Http4xx);
    assert_eq!(class("500 Oops", "<html>"), TurnClass::Http5xx);
    assert_eq!(class("503 Busy", "overloaded"), TurnClass::Http5xx);
    let loading = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    assert_eq!(class("503 Wait", loading), TurnClass::NotReady);
    let moved = openai(reply("302 Found", "location: http://elsewhere/\r\n", ""));
    assert_eq!(class_of(&moved, "http://elsewhere/"), TurnClass::Protocol);
}

#[test]
fn connections_fail_in_their_ways() {
    run(async {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let refused = at(&url, Protocol::Rasa);
        let turn = first_turn(&refused).await;
        assert_eq!(class_of(&turn, "refused"), TurnClass::ConnectRefused);
        assert_eq!((turn.connects, turn.stamps.written), (1, None));
        assert_eq!((refused.connections().failed, refused.connections().made), (1, 0));

        // It takes the connection and never says hello.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", silent.local_addr().unwrap());
        let mut options = TargetOptions::new(&url, Protocol::Rasa);
        options.timeouts.connect = Duration::from_millis(80);
        let turn = first_turn(&target(options)).await;
        assert_eq!(class_of(&turn, "no TLS within 0.08 s"), TurnClass::ConnectTimeout);
        assert!(turn.connect_us >= 80_000);

        let speaks_plainly = async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("https://{}", listener.local_addr().unwrap());
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let hello = b"HTTP/1.1 400 Bad Request\r\n\r\n";
                tokio::io::AsyncWriteExt::write_all(&mut stream, hello).await.unwrap();
                tokio::time::sleep(Duration::from_millis(200)).await;
            });
            first_turn(&at(&url, Protocol::Rasa)).await
        };
        assert_eq!(speaks_plainly.await.class, TurnClass::Tls);
    });
}

#[test]
fn a_name_without_address_is_told_apart() {
    run(async {
        // An empty label: no resolver is asked.
        let turn = first_turn(&at("http://no..such.invalid", Protocol::Rasa)).await;
        assert_eq!(class_of(&turn, "no..such.invalid"), TurnClass::Dns);
    });
}

#[test]
fn broken_replies_keep_what_came() {
    let length =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 999\r\n\r\n";
    let cut = openai(vec![send(format!("{length}{CHUNK}")), Step::WaitMs(20), Step::Close]);
    assert_eq!(class_of(&cut, "broke"), TurnClass::Reset);
    assert_eq!((cut.reply.text.as_str(), cut.parts), ("Hi", 1));
    assert!(cut.stamps.first_content.is_some());
    let reset = openai(vec![send(format!("{length}{CHUNK}")), Step::WaitMs(20), Step::Reset]);
    assert_eq!(reset.class, TurnClass::Reset);
    assert_eq!(openai(vec![Step::Close]).class, TurnClass::Reset);
    let truncated = openai(vec![send(format!("{SSE}{CHUNK}")), Step::Close]);
    assert_eq!(class_of(&truncated, "[DONE]"), TurnClass::StreamTruncated);
    assert_eq!(truncated.reply.text, "Hi");
    let error = "event: error\ndata: {\"message\":\"worker died\"}\n\n";
    let failed = openai(vec![send(format!("{SSE}{CHUNK}{error}")), Step::Close]);
    assert_eq!(class_of(&failed, "worker died"), TurnClass::StreamErrorEvent);
    assert_eq!(failed.status, Some(200));
    let stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let complete = openai(vec![send(format!("{length}{CHUNK}{stop}")), Step::Reset]);
    assert_eq!(complete.class, TurnClass::Ok, "what is missing says nothing");
}

#[test]
fn replies_of_another_shape_are_told_apart() {
    let html = reply("200 OK", "content-type: text/html\r\n", "<html>");
    assert_eq!(openai(html.clone()).class, TurnClass::MalformedJson);
    assert_eq!(turn_of(Protocol::Rasa, html).class, TurnClass::MalformedJson);
    let other = json_reply(r#"{"status":"ok"}"#);
    assert_eq!(turn_of(Protocol::Rasa, other).class, TurnClass::Protocol);
    assert_eq!(turn_of(Protocol::Rasa, json_reply("[]")).class, TurnClass::EmptyReply);
    let chunk = openai(vec![send(format!("{SSE}data: {{oops\n\n")), Step::Close]);
    assert_eq!(chunk.class, TurnClass::MalformedJson);
    let not_http = openai(vec![send("SSH-2.0-OpenSSH\r\n\r\n"), Step::Close]);
    assert_eq!(class_of(&not_http, "not HTTP"), TurnClass::Protocol);
    let brotli = reply("200 OK", "content-encoding: br\r\n", "x");
    assert_eq!(class_of(&openai(brotli), "encoded as br"), TurnClass::Protocol);
    let no_gzip = reply("200 OK", "content-encoding: gzip\r\n", "x".repeat(40));
    assert_eq!(class_of(&openai(no_gzip), "not gzip"), TurnClass::Protocol);
}

#[test]
fn each_limit_has_its_class() {
    let slow = hurried([5000, 250, 5000, 5000], vec![Step::WaitMs(1_500), Step::Close]);
    assert_eq!(class_of(&slow, "0.25 s"), TurnClass::FirstEventTimeout);
    assert!(slow.stamps.written.is_some());
    let head = vec![send(SSE), Step::WaitMs(1_500)];
    let head_only = hurried([5000, 250, 5000, 5000], head);
    assert_eq!(head_only.class, TurnClass::FirstEventTimeout);
    assert!(head_only.stamps.headers.is_some());
    let pause = vec![send(format!("{SSE}{CHUNK}")), Step::WaitMs(1_500)];
    let idle = hurried([5000, 5000, 250, 5000], pause.clone());
    assert_eq!((idle.class, idle.reply.text.as_str()), (TurnClass::IdleTimeout, "Hi"));
    assert_eq!(hurried([5000, 5000, 5000, 250], pause).class, TurnClass::TurnTimeout);
    // Signs of life keep a reply from being idle, not from being late.
    let mut alive = vec![send(SSE)];
    for _ in 0..40 {
        alive.extend([send(": wait\n\n"), Step::WaitMs(40)]);
    }
    let alive = hurried([5000, 5000, 400, 700], alive);
    assert_eq!((alive.class, alive.parts), (TurnClass::TurnTimeout, 0));
}

#[test]
fn expectations_are_hard_or_soft() {
    let body =
        r#"[{"recipient_id":"c-1","text":"Your order 17 is late","custom":{"intent":"order"}}]"#;
    let judged = |hard: Vec<Expectation>, soft: Vec<Expectation>| {
        run(async {
            let server = Server::start(move |_| json_reply(body)).await;
            let mut options = TargetOptions::new(&server.url, Protocol::Rasa);
            (options.hard, options.soft) = (hard, soft);
            first_turn(&target(options)).await
        })
    };
    let pointer = |pointer: &str, equals| Expectation::Json { pointer: pointer.into(), equals };
    let met = vec![
        Expectation::Status(200),
        Expectation::Contains("order 17".into()),
        Expectation::Matches(r"order \d+".into()),
        Expectation::MaxLength(21),
        pointer("/custom/intent", Some(json!("order"))),
        pointer("/custom", None),
    ];
    assert_eq!(judged(met.clone(), met).class, TurnClass::Ok);
    let missed = [
        (Expectation::Status(201), "200, not 201"),
        (Expectation::Contains("order 18".into()), "order 18"),
        (Expectation::Matches(r"^\d".into()), "does not match"),
        (Expectation::MaxLength(20), "21 characters"),
        (pointer("/custom/intent", Some(json!("refund"))), "refund"),
        (pointer("/custom/other", None), "no /custom/other"),
    ];
    for (missed, words) in missed {
        let hard = judged(vec![missed.clone()], Vec::new());
        assert_eq!(class_of(&hard, words), TurnClass::AssertionFailed);
        let soft = judged(Vec::new(), vec![missed]);
        assert_eq!(class_of(&soft, words), TurnClass::OkPartial);
    }
}

#[test]
fn gzip_is_decoded_as_it_comes() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(CHUNK.as_bytes()).unwrap();
    gzip.flush().unwrap();
    let first = std::mem::take(gzip.get_mut());
    gzip.write_all(format!("{CHUNK}data: [DONE]\n\n").as_bytes()).unwrap();
    let second = gzip.finish().unwrap();
    let head = SSE.replace("\r\n\r\n", "\r\ncontent-encoding: gzip\r\n\r\n");
    let steps =
        vec![send([head.as_bytes(), &first].concat()), Step::WaitMs(80), send(second), Step::Close];
    let turn = openai(steps);
    assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "HiHi"));
    assert!(turn.longest_gap_us >= 75_000, "{}", turn.longest_gap_us);
}

#[test]
fn chunks_may_end_anywhere() {
    let body = format!("{CHUNK}data: [DONE]\n\n");
    let mut steps = vec![send(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
    )];
    for piece in body.as_bytes().chunks(7) {
        let size = format!("{:x}\r\n", piece.len());
        steps.push(send([size.as_bytes(), piece, b"\r\n"].concat()));
    }
    steps.push(send("0\r\n\r\n"));
    run(async {
        let server = Server::start(move |_| steps.clone()).await;
        let target = at(&server.url, Protocol::Openai);
        for _ in 0..3 {
            let turn = first_turn(&target).await;
            assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "Hi"));
        }
        // A stream that ends after [DONE] leaves its connection for the next one.
        assert_eq!((server.connections(), target.connections().reused), (1, 2));
    });
}

#[test]
fn readiness_is_an_answer_that_is_not_503() {
    run(async {
        let server = Server::start(|asked| match asked.number {
            0 => reply("503 Wait", "", "Loading model"),
            1 => reply("404 Not Found", "", ""),
            _ => json_reply("{}"),
        })
        .await;
        let mut options = TargetOptions::new(&server.url, Protocol::Openai);
        options.reuse = Some(Reuse::PerTurn);
        let target = target(options);
        assert!(target.ready().await.unwrap_err().problem.contains("Loading model"));
        assert_eq!(target.ready().await, Ok(()));
        assert_eq!(target.ready().await, Ok(()));
        assert_eq!(server.asked()[0].path, "/v1/models");
    });
}
