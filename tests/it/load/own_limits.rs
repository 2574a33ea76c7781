//! Limits of this machine and of HTTP/2: what is said to be sent is what the bot got.

use super::{ONE_TURN, number, told_again};
use crate::target::h2_bot::{H2Bot, Manners};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A load test with so many file descriptors: exit code and report.
fn load_with_files(files: usize, url: &str, args: &[&str]) -> (i32, Value) {
    let line = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &line, crate::common::CONVOQ, "load", ONE_TURN]);
    command.args(["--target", url, "--format", "json", "-q"]).args(args);
    let folder = tempfile::tempdir().unwrap();
    command.arg("--out").arg(folder.path().join("run"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_slice(&output.stdout);
    let json = json.unwrap_or_else(|e| panic!("{e}: {stderr}"));
    told_again(&folder.path().join("run"), &json);
    (output.status.code().unwrap_or(-1), json)
}

fn says(json: &Value, words: &str) -> bool {
    let mut warnings = json["warnings"].as_array().unwrap().iter();
    warnings.any(|w| w.to_string().contains(words))
}

/// A bot that takes a second for each message, and counts what it got.
fn slow_bot(messages: &Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let messages = Arc::clone(messages);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let messages = Arc::clone(&messages);
            std::thread::spawn(move || answer(stream, &messages));
        }
    });
    url
}

/// Answers what comes until the connection ends.
fn answer(mut stream: TcpStream, messages: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut line, mut length, mut is_message) = (String::new(), 0, false);
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            is_message |= line.starts_with("POST");
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        if is_message {
            messages.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_secs(1));
        }
        let body = r#"{"text":"hi"}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
        let reply = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(reply.as_bytes()).ok()?;
    }
}

#[test]
fn with_few_file_descriptors_sent_is_what_the_bot_got() {
    for (files, at_once, reuse) in [(64, 1, "pooled"), (72, 8, "per-turn")] {
        let messages = Arc::new(AtomicUsize::new(0));
        let url = slow_bot(&messages);
        let plan = ["--rate", "40/s", "--arrivals", "constant", "--for", "1s"];
        let way = ["--protocol", "http", "--reuse", reuse, "--drain", "700ms"];
        let (code, json) = load_with_files(files, &url, &[&plan[..], &way].concat());
        let turns = |name| number(&json, "turns", Some(name), None);
        let got = messages.load(Ordering::Relaxed);
        assert_eq!((code, turns("offered")), (98, 40.0), "{json}");
        assert_eq!(turns("sent"), got as f64);
        assert!((at_once..=at_once * 3).contains(&got), "{got}");
        let unsent = turns("not_sent") + turns("generator_limit");
        assert_eq!(unsent, 40.0 - got as f64);
        assert_eq!(turns("reset") + turns("connect_timeout"), 0.0);
        assert!(says(&json, "ulimit -n"), "{}", json["warnings"]);
    }
}

/// Loads a bot that speaks HTTP/2, 50 a second for a second: report, and what the bot saw.
fn load_h2(manners: Manners, files: usize) -> (Value, crate::target::h2_bot::Seen) {
    let (url_out, url_in) = std::sync::mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::spawn(move || {
        crate::target::run(async {
            let bot = H2Bot::start(r#"{"text":"hi"}"#, manners).await;
            url_out.send(bot.url.clone()).unwrap();
            let _ = stopped.await;
            bot.seen()
        })
    });
    let url = url_in.recv().unwrap();
    let plan = ["--rate", "50/s", "--arrivals", "constant", "--for", "1s"];
    let way = ["--protocol", "http", "--http2", "--drain", "10s", "--lag-budget", "30s"];
    let (code, json) = load_with_files(files, &url, &[&plan[..], &way].concat());
    assert_eq!(code, 0, "{}", json["warnings"]);
    stop.send(()).unwrap();
    (json, serving.join().unwrap())
}

#[test]
fn messages_that_a_goaway_left_out_are_sent_again_and_counted() {
    let manners = Manners {
        takes: Duration::from_millis(100),
        away_after: Some(10),
        away_later: Duration::from_millis(60),
        ..Manners::default()
    };
    let (json, seen) = load_h2(manners, 1024);
    let turns = |name| number(&json, "turns", Some(name), None);
    assert_eq!((turns("sent"), turns("ok")), (50.0, 50.0));
    // The look whether it is ready is one, too.
    assert_eq!(seen.processed, 51);
    assert!(seen.not_processed > 0, "{seen:?}");
    let warnings = json["warnings"].to_string();
    let told = warnings.split(" requests were sent again").next().unwrap();
    let again: usize = told.rsplit('"').next().unwrap().parse().unwrap();
    // What the bot had not read when it closed the connection it has not seen.
    assert!((seen.not_processed..=49).contains(&again), "{again}, {seen:?}");
}

#[test]
fn the_streams_that_a_bot_allows_are_neither_its_time_nor_lost() {
    let manners = Manners { streams: 1, takes: Duration::from_millis(200), ..Manners::default() };
    let (json, seen) = load_h2(manners, 1024);
    let turns = |name| number(&json, "turns", Some(name), None);
    assert_eq!((turns("sent"), turns("ok")), (50.0, 50.0));
    assert_eq!((seen.processed, seen.at_once), (51, 1));
    let service = |stat| number(&json, "service_time_s", None, Some(stat));
    assert!((0.2..0.3).contains(&service("p50")), "{}", service("p50"));
}
