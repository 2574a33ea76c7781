//! What a bot repeats of a secret is never told, whatever reply it stands in, however it is
//! spelled and wherever it begins.

use super::protocols::{Act, SocketServer, say, socket_options};
use super::server::{Server, Step, json, reply};
use super::{customer, message, run};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use convoq::protocol::{Protocol, Target};
use convoq::target::{TargetOptions, Turn};
use std::collections::HashSet;
use std::sync::LazyLock;

pub const TOKEN: &str = "sk-live/AAAA+bbbb=CCCC.dddd~EEEE-7391_fGhIjKlMnO";
/// What is told of a problem ends at 240 characters: offsets go beyond.
const OFFSETS: std::ops::RangeInclusive<usize> = 0..=260;
/// So long a piece of a secret is a leak.
const PIECE: usize = 8;

fn in_url(text: &str, kept: &str) -> String {
    let code = |b: u8| match b {
        b if b.is_ascii_alphanumeric() || kept.contains(char::from(b)) => char::from(b).to_string(),
        b => format!("%{b:02x}"),
    };
    text.bytes().map(code).collect()
}

/// The token in every spelling, after so many other characters.
pub fn echo(offset: usize) -> String {
    let mut words = vec!["x".repeat(offset) + TOKEN];
    words.push(in_url(TOKEN, "-._~").replace("%2f", "%2F").replace("%3d", "%3D"));
    words.push(in_url(TOKEN, "/-_"));
    for before in 0..3 {
        let longer = format!("{}{TOKEN}", &"Zq:"[..before]);
        words.push(STANDARD.encode(&longer));
        words.push(URL_SAFE_NO_PAD.encode(&longer));
    }
    words.join(" ")
}

/// All pieces of the token and of its spellings.
static PIECES: LazyLock<HashSet<Vec<u8>>> = LazyLock::new(|| {
    let mut forms = vec![TOKEN.to_owned(), in_url(TOKEN, "-._~"), in_url(TOKEN, "/-_")];
    for before in 0..3 {
        let longer = format!("{}{TOKEN}", &"Zq:"[..before]);
        for coded in [STANDARD.encode(&longer), URL_SAFE_NO_PAD.encode(&longer)] {
            // The characters at the ends hold bits of what stands beside the token.
            let end = longer.len() * 8 / 6;
            forms.push(coded[(before * 8).div_ceil(6)..end].to_owned());
        }
    }
    let windows = |form: &String| -> Vec<Vec<u8>> {
        form.as_bytes().windows(PIECE).map(<[u8]>::to_vec).collect()
    };
    forms.iter().flat_map(windows).collect()
});

/// The pieces of the token that bytes show.
pub fn shown(bytes: &[u8]) -> Vec<String> {
    let pieces = bytes.windows(PIECE).filter(|w| PIECES.contains(*w));
    pieces.map(|w| String::from_utf8_lossy(w).into_owned()).collect()
}

fn knowing(mut options: TargetOptions) -> Target {
    options.bearer = Some("${env:KEY}".into());
    Target::new(options, &|_| Some(TOKEN.into())).unwrap()
}

/// A turn for each offset: none tells of the secret, and they tell of something struck.
async fn silent(kind: &str, target: &Target, offsets: impl Iterator<Item = usize>) {
    let mut struck = 0;
    for offset in offsets {
        let mut talk = target.open(customer());
        let turn: Turn = talk.ask(&message(1, &offset.to_string())).await;
        talk.close().await;
        let told = format!("{turn:?}");
        let leaks = shown(told.as_bytes());
        assert_eq!(leaks, [""; 0], "{kind} at {offset}: {told}");
        struck += usize::from(told.contains("***"));
    }
    // Of what is no JSON nothing is repeated.
    assert!(struck > 4 || kind == "200 HTML", "{kind}: {struck}");
}

fn events(body: &str) -> Vec<Step> {
    reply("200 OK", "content-type: text/event-stream\r\n", body)
}

/// The reply of each kind with these words.
fn replies(words: &str) -> Vec<(&'static str, Protocol, Vec<Step>)> {
    use Protocol::{Http, Openai, Rasa};
    let error = format!(r#"{{"error":{{"message":"no key {words}"}}}}"#);
    let delta = format!(r#"{{"choices":[{{"delta":{{"content":"you are {words}"}}}}]}}"#);
    let location = format!("location: /login?key={}\r\n", words.replace(' ', "&k="));
    vec![
        ("401 JSON", Openai, reply("401 Unauthorized", "", &error)),
        ("200 HTML", Openai, reply("200 OK", "content-type: text/html\r\n", format!("<p>{words}"))),
        ("SSE error", Openai, events(&format!("event: error\ndata: {error}\n\n"))),
        ("SSE text", Openai, events(&format!("data: {delta}\n\ndata: [DONE]\n\n"))),
        ("redirect", Openai, reply("302 Found", &location, "")),
        ("reason", Openai, reply(&format!("500 No {words}"), "", words)),
        ("Rasa", Rasa, json(&format!(r#"[{{"recipient_id":"c","text":"{words}"}}]"#))),
        ("JSON", Http, json(&format!(r#"{{"text":"{words}","key":{{"a":["{words}"]}}}}"#))),
        ("503 text", Http, reply("503 No", "", words)),
    ]
}

#[test]
fn in_every_reply_over_http() {
    run(async {
        let kinds = replies("").len();
        for kind in 0..kinds {
            let first = *OFFSETS.start();
            let server = Server::start(move |asked| {
                replies(&echo(first + asked.number)).swap_remove(kind).2
            })
            .await;
            let (name, protocol, _) = replies("").swap_remove(kind);
            let target = knowing(TargetOptions::new(&server.url, protocol));
            silent(name, &target, OFFSETS).await;
        }
    });
}

#[test]
fn in_every_reply_over_a_websocket() {
    run(async {
        let template =
            "send: '{{turn.text}}'\nreply_done: {frames: 1}\nmatch:\n  error: {regex: '^FAIL'}";
        for kind in ["", "FAIL "] {
            let server = SocketServer::start(
                |_| String::new(),
                move |number, text| match number {
                    0 => Vec::new(),
                    _ => vec![say(format!("{kind}{}", echo(text.parse().unwrap())))],
                },
            )
            .await;
            let target = knowing(socket_options(&server.url, Some(template)));
            silent("frame", &target, OFFSETS).await;
        }
        // A reason has 123 bytes at most: each spelling for itself.
        let server = SocketServer::start(
            |_| String::new(),
            |number, text| {
                let offset: usize = text.parse().unwrap_or(0);
                let words: Vec<String> = echo(0).split(' ').map(str::to_owned).collect();
                let word = &words[offset % words.len()];
                let reason = format!("{} {word}", "x".repeat(offset.min(122 - word.len())));
                match number {
                    0 => Vec::new(),
                    _ => vec![Act::Close(1008, reason.leak())],
                }
            },
        )
        .await;
        let target = knowing(socket_options(&server.url, Some(template)));
        silent("close", &target, 0..70).await;
    });
}

#[test]
fn in_every_reply_over_direct_line() {
    run(async {
        for kind in 0..3 {
            let server = Server::start(move |asked| {
                let body = String::from_utf8_lossy(&asked.body).into_owned();
                let digits = |text: &str| -> usize {
                    let text = text.split("\"text\":\"").nth(1).unwrap_or("0");
                    text.split('"').next().unwrap().parse().unwrap()
                };
                let told = |offset| format!(r#"{{"error":{{"code":"x","message":"{}"}}}}"#, echo(offset));
                if asked.path.ends_with("/conversations") {
                    return match kind {
                        0 => reply("403 No", "", told(asked.number)),
                        _ => reply("201 Created", "", r#"{"conversationId":"d1"}"#),
                    };
                }
                match (asked.method.as_str(), kind) {
                    ("POST", 1) => reply("502 Bad Gateway", "", told(digits(&body))),
                    ("POST", _) => json(&format!(r#"{{"id":"{}"}}"#, digits(&body))),
                    _ => {
                        // The message before it was number so much.
                        let offset = asked.number / 3;
                        json(&format!(
                            r#"{{"activities":[{{"type":"message","from":{{"id":"bot"}},"text":"{}"}}],"watermark":"1"}}"#,
                            echo(offset)
                        ))
                    }
                }
            })
            .await;
            let mut options = TargetOptions::new(&server.url, Protocol::Directline);
            options.settle = std::time::Duration::from_millis(1);
            let target = knowing(options);
            silent("Direct Line", &target, OFFSETS.step_by(if kind == 2 { 26 } else { 1 })).await;
        }
    });
}
