//! A load test of a bot that posts its messages, as Rasa's `callback` channel does.

use super::{ONE_TURN, convoq, number};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The body of the next request; `None` at the end of the connection.
fn request(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1);
            let length = length.and_then(|l| l.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(serde_json::from_str(body).unwrap_or(Value::Null));
            }
        }
        match stream.read(&mut part) {
            Ok(n) if n > 0 => bytes.extend(&part[..n]),
            _ => return None,
        }
    }
}

fn post(address: SocketAddr, message: &Value) {
    let body = message.to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Takes messages with an empty answer, and posts a reply and one message to nobody.
fn serve(callback: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                while let Some(body) = request(&mut stream) {
                    let empty = b"HTTP/1.1 204 No Content\r\n\r\n";
                    stream.write_all(empty).unwrap();
                    let Some(sender) = body["sender"].as_str() else {
                        continue; // whether it is ready
                    };
                    post(callback, &json!({"recipient_id": sender, "text": "hello"}));
                    post(callback, &json!({"recipient_id": "nobody", "text": "hello"}));
                }
            });
        }
    });
    own
}

#[test]
fn replies_that_are_posted_are_measured_and_strays_are_told_of() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let callback = free.local_addr().unwrap();
    drop(free);
    let bot = format!("http://{}/webhooks/callback/webhook", serve(callback));
    let folder = tempfile::tempdir().unwrap();
    let (out, template) = (folder.path().join("run"), folder.path().join("rasa.yaml"));
    let text = format!(
        "turn:\n  url: /webhooks/callback/webhook\n  body: {{sender: \"{{{{conversation.id}}}}\", message: \"{{{{turn.text}}}}\"}}\ncallback: {{listen: \"{callback}\", id: /recipient_id, reply: /text, messages: 1}}\n"
    );
    std::fs::write(&template, text).unwrap();
    let mut args = vec!["load", ONE_TURN, "--target", &bot, "--protocol", "http"];
    args.extend(["--template", template.to_str().unwrap(), "--lag-budget", "30s"]);
    args.extend(["--rate", "40/s", "--arrivals", "constant", "--for", "1s"]);
    args.extend(["--format", "json", "--out", out.to_str().unwrap()]);
    let output = convoq(&args);
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(number(&json, "turns", Some("ok"), None), 40.0);
    let latency = number(&json, "turn_latency_s", None, Some("p50"));
    assert!((0.0..0.5).contains(&latency), "{latency}");
    let warnings = json["warnings"].to_string();
    // The last one may come when the run is over.
    let told = ["39", "40"].map(|n| format!("posted, {n} messages were of no conversation"));
    assert!(told.iter().any(|t| warnings.contains(t)), "{warnings}");
}
