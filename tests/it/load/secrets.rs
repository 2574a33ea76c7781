//! A bot that repeats the key it was given: nothing that a load test leaves shows it.

use super::{ONE_TURN, convoq};
use crate::target::secrets::{TOKEN, echo, shown};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

/// The reply to a message: another kind and another offset each time.
fn reply(number: usize) -> String {
    let words = echo(number * 13 % 260);
    let error = format!(r#"{{"error":{{"message":"no key {words}"}}}}"#);
    let delta = format!(r#"{{"choices":[{{"delta":{{"content":"you are {words}"}}}}]}}"#);
    let (status, head, body) = match number % 6 {
        0 => ("401 Unauthorized".to_owned(), String::new(), error),
        1 => ("200 OK".to_owned(), "content-type: text/html\r\n".to_owned(), words),
        2 => (
            "200 OK".to_owned(),
            "content-type: text/event-stream\r\n".to_owned(),
            format!("event: error\ndata: {error}\n\n"),
        ),
        3 => (
            "200 OK".to_owned(),
            "content-type: text/event-stream\r\n".to_owned(),
            format!("data: {delta}\n\ndata: [DONE]\n\n"),
        ),
        4 => {
            let to = words.replace(' ', "&k=");
            ("302 Found".to_owned(), format!("location: /login?key={to}\r\n"), String::new())
        }
        _ => (format!("500 No {words}"), String::new(), words),
    };
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{head}content-length: {length}\r\n\r\n{body}")
}

/// Answers every POST on a connection, and everything else with nothing.
fn serve(mut stream: TcpStream, numbers: &std::sync::atomic::AtomicUsize) -> Option<()> {
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            more(&mut stream, &mut read)?;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |l| l.parse().unwrap());
        while read.len() < end + length {
            more(&mut stream, &mut read)?;
        }
        read.drain(..end + length);
        let answer = match head.starts_with("post") {
            true => reply(numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
            false => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).ok()?;
    }
}

fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 4096];
    let n = stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
    read.extend_from_slice(&buffer[..n]);
    Some(())
}

fn no_secret(what: &str, bytes: &[u8]) {
    assert_eq!(shown(bytes), [""; 0], "{what}: {}", String::from_utf8_lossy(bytes));
}

fn no_secret_in(path: &Path) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            no_secret_in(&entry.unwrap().path());
        }
        return;
    }
    no_secret(&path.display().to_string(), &std::fs::read(path).unwrap());
}

#[test]
fn nothing_that_a_run_leaves_shows_a_key_that_the_bot_repeats() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let numbers = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        for stream in listener.incoming().map_while(Result::ok) {
            let numbers = numbers.clone();
            std::thread::spawn(move || serve(stream, &numbers));
        }
    });
    let kept = tempfile::tempdir().unwrap();
    let at = |name: &str| kept.path().join(name).display().to_string();
    let output = crate::common::program()
        .args(["load", ONE_TURN, "--target", &url, "--protocol", "openai"])
        .args(["--bearer", "${env:CONVOQ_TEST_TOKEN}", "--lag-budget", "30s"])
        .args(["--rate", "60/s", "--for", "1s", "--expect", "error_rate < 1%"])
        .args(["--out", &at("run"), "--report", &at("page.html"), "--junit", &at("junit.xml")])
        .args(["--hdr", &at("turns.hlog")])
        .env("CONVOQ_TEST_TOKEN", TOKEN)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(99), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("the first turn that ended as http_4xx") && said.contains("***"),
        "{said}"
    );
    no_secret("stdout", &output.stdout);
    no_secret("stderr", &output.stderr);
    for format in ["json", "markdown", "csv"] {
        let report = convoq(&["report", &at("run"), "--format", format]);
        no_secret(format, &report.stdout);
    }
    // What is compressed in the log, as text.
    let export = convoq(&["log", "export", &at("run"), "--to", "csv", "--out", &at("tables")]);
    assert!(export.status.success(), "{export:?}");
    no_secret_in(kept.path());
}
