//! What a reply is, when it is over, and what that does to the measures: bots whose ways
//! are known to the millisecond.

use super::{ONE_TURN, convoq, near, number, told_again};
use convoq::event::Event;
use convoq::log::Run;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Serves each connection on a thread of its own; its port.
fn serve(handle: fn(TcpStream)) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || handle(stream));
        }
    });
    port
}

/// Reads requests until the end, and lets `say` answer those that post something.
fn requests(stream: TcpStream, say: fn(&mut TcpStream)) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut out = stream;
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
        let asks = line.starts_with("POST");
        let mut length = 0;
        loop {
            line.clear();
            if lines.read_line(&mut line).is_err() || line.trim().is_empty() {
                break;
            }
            if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
                length = n.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        if lines.read_exact(&mut body).is_err() {
            return;
        }
        match asks {
            true => say(&mut out),
            false => drop(out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")),
        }
        line.clear();
    }
}

fn chunk(out: &mut TcpStream, delta: &Value, finish: Option<&str>) {
    let chunk = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    let event = format!("data: {chunk}\n\n");
    let _ = write!(out, "{:x}\r\n{event}\r\n", event.len()); // the customer may have gone
}

const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

struct Loaded {
    json: Value,
    code: i32,
    folder: PathBuf,
    _kept: tempfile::TempDir,
}

fn load(url: &str, protocol: &str, args: &[&str]) -> Loaded {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("run");
    let mut all = vec!["load", ONE_TURN, "--target", url, "--protocol", protocol];
    all.extend(["--arrivals", "constant", "--lag-budget", "30s"]);
    // Nobody is awaited at the end.
    all.extend(["--set", "intents.order_status.work={constant: 0.1s}"]);
    all.extend(["--format", "json", "--out", folder.to_str().unwrap()]);
    all.extend(args);
    let output = convoq(&all);
    let stderr = String::from_utf8_lossy(&output.stderr);
    Loaded {
        json: serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}")),
        code: output.status.code().unwrap_or(-1),
        folder,
        _kept: kept,
    }
}

/// Two messages a conversation, the second so long after the reply to the first.
const TWO: [&str; 8] = [
    "--set",
    "bot.max_turns=2",
    "--set",
    "bot.accept=0%",
    "--set",
    "bot.ask_human=0%",
    "--set",
    "bot.leave_silently=0%",
];

#[test]
fn reasoning_is_content_and_no_answer() {
    fn thinks(stream: TcpStream) {
        requests(stream, |out| {
            let _ = out.write_all(STREAM);
            sleep(ms(30));
            chunk(out, &json!({"reasoning_content": "The customer"}), None);
            sleep(ms(500));
            chunk(out, &json!({"content": "On its way."}), Some("stop"));
            let _ = out.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
        });
    }
    let url = format!("http://127.0.0.1:{}", serve(thinks));
    let plan = ["--rate", "10/s", "--for", "1s"];
    let expect = ["--expect", "first_answer_s.p50 < 300ms"];
    let run = load(&url, "openai", &[&plan[..], &expect].concat());
    let p50 = |metric| number(&run.json, metric, None, Some("p50"));
    let (content, answer) = (p50("ttft_s"), p50("first_answer_s"));
    assert!((0.03..0.4).contains(&content), "{content}");
    assert!((0.53..1.5).contains(&answer), "{answer}");
    assert_eq!(run.code, 99, "a target can be on it");
    let page = convoq(&["report", run.folder.to_str().unwrap()]);
    let page = String::from_utf8_lossy(&page.stdout).into_owned();
    assert!(page.contains("first answer p50"), "{page}");
}

#[test]
fn tokens_are_timed_and_counted_as_the_bot_sends_them() {
    /// Ten parts of two tokens each, the first after 100 ms, then one every 40 ms; a stall of
    /// 200 ms before the last.
    fn model(stream: TcpStream) {
        requests(stream, |out| {
            let begun = std::time::Instant::now();
            let due = |at: u64| sleep(ms(at).saturating_sub(begun.elapsed()));
            let _ = out.write_all(STREAM);
            for part in 0..10 {
                due(if part < 9 { 100 + 40 * part } else { 620 });
                chunk(out, &json!({"content": "on its"}), (part == 9).then_some("stop"));
            }
            let usage =
                json!({"choices": [], "usage": {"prompt_tokens": 33, "completion_tokens": 20}});
            let end = format!("data: {usage}\n\ndata: [DONE]\n\n");
            let _ = write!(out, "{:x}\r\n{end}\r\n0\r\n\r\n", end.len());
        });
    }
    let url = format!("http://127.0.0.1:{}", serve(model));
    let plan = ["--rate", "10/s", "--for", "2s"];
    let good = ["--good", "ttft_s <= 60s", "--good", "itl_s <= 60s"];
    let run = load(&url, "openai", &[&plan[..], &good].concat());
    let of = |metric, stat| number(&run.json, metric, None, Some(stat));
    // 520 ms from the first part to the last, over 19 tokens. A busy machine is late by a part
    // of it in either place.
    near(of("itl_s", "p50"), 0.520 / 19.0, 0.002);
    near(of("tpot_s", "p50"), 0.620 / 20.0, 0.002);
    near(of("pause_s", "p50"), 0.200, 0.01);
    near(of("ttft_s", "p50"), 0.100, 0.02);
    let alone = |metric, definition| number(&run.json, metric, definition, None);
    assert_eq!((alone("tokens_per_answer", None), alone("tokens_per_prompt", None)), (20.0, 33.0));
    assert_eq!((alone("goodput", None), alone("uncounted_tokens", None)), (1.0, 0.0));
    let answered = alone("turns_per_s", Some("answered"));
    assert_eq!(alone("turns_per_s", Some("good")), answered);
    near(alone("tokens_per_s", None), 20.0 * answered, 1e-9);
    let page = convoq(&["report", run.folder.to_str().unwrap()]);
    let page = String::from_utf8_lossy(&page.stdout).into_owned();
    for line in ["inter-token time p50", "output tokens per second", "goodput"] {
        assert!(page.contains(line), "{line}: {page}");
    }
    // The first part comes too late for this limit: no turn is good.
    let strict = ["--good", "first_answer_s < 90ms", "--expect", "goodput >= 50%"];
    let run = load(&url, "openai", &[&plan[..], &strict].concat());
    assert_eq!((number(&run.json, "goodput", None, None), run.code), (0.0, 99));
    let refused = convoq(&[
        "load",
        ONE_TURN,
        "--target",
        &url,
        "--protocol",
        "openai",
        "--good",
        "roar <= 4%",
    ]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && told.contains("--good \"roar <= 4%\""), "{told}");
}

#[test]
fn a_finished_reply_is_over_though_its_stream_is_not() {
    fn hangs(stream: TcpStream) {
        requests(stream, |out| {
            let _ = out.write_all(STREAM);
            sleep(ms(50));
            chunk(out, &json!({"content": "On its way."}), Some("stop"));
            sleep(ms(60_000));
        });
    }
    let url = format!("http://127.0.0.1:{}", serve(hangs));
    let think = ["--set", "bot.think={constant: 0.5s}"];
    let plan = ["--rate", "5/s", "--for", "1s", "--drain", "5s"];
    let run = load(&url, "openai", &[&TWO[..], &think, &plan].concat());
    assert_eq!(number(&run.json, "turns", Some("ok"), None), 10.0);
    let latency = number(&run.json, "turn_latency_s", None, Some("p50"));
    assert!((0.05..0.4).contains(&latency), "{latency}");
    // The second message is planned half a second after what the customer saw of the first.
    let (mut asked, mut second) = (HashMap::new(), 0);
    let log = Run::open(&run.folder).unwrap();
    log.events(&|_| true, &mut |_, events, _| {
        for envelope in events {
            let (id, at) = (envelope.conversation, envelope.at.0);
            match envelope.event {
                Event::BotAsked { turn: 1, .. } => drop(asked.insert(id, at)),
                Event::TurnMeasured { turn: 1, latency_us, .. } => {
                    *asked.get_mut(&id).unwrap() += u64::from(latency_us)
                }
                Event::BotAsked { turn: 2, .. } => {
                    let after_us = at - asked[&id];
                    assert!(after_us.abs_diff(500_000) < 5, "{after_us}");
                    second += 1;
                }
                _ => {}
            }
        }
    })
    .unwrap();
    assert_eq!(second, 5);
}

/// The socket of who asks for one; others ask whether the bot is ready.
fn socket(mut stream: TcpStream) -> Option<WebSocket<TcpStream>> {
    let mut head = [0; 2048];
    let asked = loop {
        let n = stream.peek(&mut head).ok().filter(|n| *n > 0)?;
        let text = String::from_utf8_lossy(&head[..n]).to_lowercase();
        if text.contains("\r\n\r\n") {
            break text;
        }
    };
    if asked.contains("upgrade: websocket") {
        return accept(stream).ok();
    }
    let _ = stream.read(&mut head);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    None
}

/// Answers after 100 ms.
fn answers(stream: TcpStream) {
    let Some(mut socket) = socket(stream) else {
        return;
    };
    while socket.read().is_ok_and(|m| m.is_text()) {
        sleep(ms(100));
        let _ = socket.send(Message::text("On its way."));
    }
}

#[test]
fn the_quiet_that_settles_a_reply_is_neither_under_way_nor_lag() {
    let url = format!("ws://127.0.0.1:{}", serve(answers));
    let think = ["--set", "bot.think={constant: 0.1s}", "--settle", "1s"];
    let plan = ["--rate", "2/s", "--for", "2s", "--drain", "5s"];
    let run = load(&url, "websocket", &[&TWO[..], &think, &plan].concat());
    assert_eq!(number(&run.json, "turns", Some("ok"), None), 8.0);
    // Were it lag, it would be 0.9 s.
    let lag = number(&run.json, "dispatch_lag_s", None, Some("max"));
    assert!(lag < 0.5, "{lag}");
    let under_way = number(&run.json, "turns_in_flight", None, None);
    let wanted = number(&run.json, "rate_times_latency", None, None);
    assert!(wanted < 1.0, "{wanted}");
    near(under_way / wanted, 1.0, 0.02);
}

#[test]
fn what_comes_after_a_reply_is_counted_and_told() {
    fn in_two_parts(stream: TcpStream) {
        let Some(mut socket) = socket(stream) else {
            return;
        };
        while socket.read().is_ok_and(|m| m.is_text()) {
            let _ = socket.send(Message::text("One moment, please..."));
            sleep(ms(350));
            let text = "Let me connect you with a colleague.";
            let _ = socket.send(Message::text(text));
        }
    }
    let url = format!("ws://127.0.0.1:{}", serve(in_two_parts));
    let plan = ["--rate", "10/s", "--for", "2s", "--settle", "100ms"];
    let run = load(&url, "websocket", &plan);
    let warnings = run.json["warnings"].to_string();
    let count = warnings
        .split(" messages of the bot came after their reply was over (settle 100ms)")
        .next()
        .and_then(|before| before.rsplit('"').next()?.parse::<u32>().ok());
    assert!(count.is_some_and(|n| (5..=20).contains(&n)), "{warnings}");
    told_again(&run.folder, &run.json);
    // Enough quiet, and all of it is the reply.
    let plan = ["--rate", "10/s", "--for", "500ms", "--settle", "1500ms"];
    let run = load(&url, "websocket", &plan);
    assert_eq!(number(&run.json, "handoff_rate", None, None), 1.0);
    assert!(!run.json["warnings"].to_string().contains("came after"));
}

/// Reads a request and answers it, until nothing came for so long; then it closes, without
/// having said so.
fn closes_when_idle(stream: TcpStream) {
    stream.set_read_timeout(Some(ms(200))).unwrap();
    requests(stream, |out| {
        let body = r#"{"text":"hi"}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
        let _ = write!(out, "{head}content-length: {}\r\n\r\n{body}", body.len());
    });
}

#[test]
fn a_bot_that_closes_idle_connections_as_they_are_used_again_loses_no_others() {
    let url = format!("http://127.0.0.1:{}", serve(closes_when_idle));
    // Three messages a conversation, each as long after a reply as the bot is patient.
    let three = ["--set", "bot.max_turns=3", "--set", "bot.think={constant: 0.2s}"];
    let plan = ["--rate", "30/s", "--for", "1s", "--drain", "4s"];
    for reuse in ["pooled", "per-conversation"] {
        let args = [&TWO[2..], &three, &plan, &["--reuse", reuse]].concat();
        let run = load(&url, "http", &args);
        let turns = |name| number(&run.json, "turns", Some(name), None);
        let lost = turns("reset");
        assert_eq!(turns("ok") + lost, turns("sent"), "{reuse}: nothing else went wrong");
        told_again(&run.folder, &run.json);
        let told = format!("{lost} requests were lost on a connection that had been kept open");
        assert_eq!(run.json["warnings"].to_string().contains(&told), lost > 0.0, "{reuse}: {told}");
        if reuse == "pooled" {
            // The one that was used last is used first: others are idle for long, and closed.
            assert!(lost <= 1.0, "{lost} of {} were lost", turns("sent"));
        }
    }
}
