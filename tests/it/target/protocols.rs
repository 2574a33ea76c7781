//! Rasa, Direct Line, WebSockets and templates, in the shapes of real servers.

use std::sync::Arc;
use std::time::Duration;

use convoq::domain::TurnClass;
use convoq::protocol::Protocol;
use convoq::target::TargetOptions;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::server::{Asked, Server, Step, json as json_reply, read_request, reply, send};
use super::{at, customer, first_turn, message, run, target};

#[test]
fn rasa_sends_messages_that_are_one_reply() {
    run(async {
        let body = r#"[{"recipient_id":"c-1","text":"Hello"},{"recipient_id":"c-1","buttons":[{"title":"Yes","payload":"/yes"}]},{"recipient_id":"c-1","text":"More?"}]"#;
        let server = Server::start(move |_| json_reply(body)).await;
        let turn = first_turn(&at(&server.url, Protocol::Rasa)).await;
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "Hello\nMore?"));
        assert_eq!((turn.parts, turn.reply.documents.len()), (3, 3));
        assert_eq!(turn.reply.documents[1]["buttons"][0]["payload"], "/yes");
        let asked = &server.asked()[0];
        assert_eq!(
            (asked.method.as_str(), asked.path.as_str()),
            ("POST", "/webhooks/rest/webhook")
        );
        assert_eq!(asked.json(), json!({"sender": "c-1", "message": "hello"}));
    });
}

#[test]
fn rasa_streams_lines_under_the_name_of_an_event_stream() {
    run(async {
        let server = Server::start(|_| {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            vec![
                send(format!("{head}{{\"recipient_id\":\"c-1\",\"te")),
                Step::WaitMs(30),
                send("xt\":\"Hello\"}\n"),
                Step::WaitMs(80),
                send("{\"recipient_id\":\"c-1\",\"text\":\"More?\"}"),
                Step::Close,
            ]
        })
        .await;
        let mut options = TargetOptions::new(&server.url, Protocol::Rasa);
        options.stream = true;
        let turn = first_turn(&target(options)).await;
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "Hello\nMore?"));
        assert!(turn.longest_gap_us >= 75_000);
        assert_eq!(server.asked()[0].path, "/webhooks/rest/webhook?stream=true");
    });
}

type Pages = dyn Fn(&Asked) -> String + Send + Sync;
type Talk = dyn Fn(usize, &str) -> Vec<Act> + Send + Sync;

/// What a WebSocket server does about a text, or (with an empty one) at the beginning.
#[derive(Clone)]
pub(super) enum Act {
    Say(String),
    WaitMs(u64),
    Close(u16, &'static str),
    Drop,
}

pub(super) fn say(text: impl Into<String>) -> Act {
    Act::Say(text.into())
}

/// A server that takes WebSockets, and answers other requests by a script.
pub(super) struct SocketServer {
    pub(super) url: String,
    heard: Arc<std::sync::Mutex<Vec<String>>>,
}

impl SocketServer {
    pub(super) async fn start(
        http: impl Fn(&Asked) -> String + Send + Sync + 'static,
        talk: impl Fn(usize, &str) -> Vec<Act> + Send + Sync + 'static,
    ) -> SocketServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = SocketServer {
            url: format!("http://{}", listener.local_addr().unwrap()),
            heard: Arc::default(),
        };
        let heard = server.heard.clone();
        let (http, talk): (Arc<Pages>, Arc<Talk>) = (Arc::new(http), Arc::new(talk));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (http, talk, heard) = (http.clone(), talk.clone(), heard.clone());
                tokio::spawn(async move {
                    let mut first = [0; 4];
                    while stream.peek(&mut first).await.unwrap_or(0) < 4 {
                        tokio::task::yield_now().await;
                    }
                    let mut head = [0; 2048];
                    let n = stream.peek(&mut head).await.unwrap();
                    if String::from_utf8_lossy(&head[..n])
                        .to_lowercase()
                        .contains("upgrade: websocket")
                    {
                        serve_socket(stream, &*talk, &heard).await;
                        return;
                    }
                    while let Some(asked) = read_request(&mut stream).await {
                        let note = format!(
                            "{} {} {}",
                            asked.method,
                            asked.path,
                            String::from_utf8_lossy(&asked.body)
                        );
                        heard.lock().unwrap().push(note.trim_end().to_owned());
                        let body = http(&asked);
                        let head = format!(
                            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}",
                            body.len()
                        );
                        tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes())
                            .await
                            .unwrap();
                    }
                });
            }
        });
        server
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve_socket(
    stream: tokio::net::TcpStream,
    talk: &Talk,
    heard: &std::sync::Mutex<Vec<String>>,
) {
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let mut number = 0;
    let mut acts = talk(0, "");
    loop {
        for act in acts {
            match act {
                Act::Say(text) => drop(socket.send(Frame::text(text)).await),
                Act::WaitMs(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                Act::Close(code, reason) => {
                    let frame = CloseFrame { code: code.into(), reason: reason.into() };
                    drop(socket.close(Some(frame)).await);
                }
                Act::Drop => return,
            }
        }
        let text = loop {
            match socket.next().await {
                Some(Ok(Frame::Text(text))) => break text.as_str().to_owned(),
                Some(Ok(Frame::Ping(_))) => heard.lock().unwrap().push("PING".into()),
                Some(Ok(_)) => {}
                _ => return,
            }
        };
        heard.lock().unwrap().push(text.clone());
        number += 1;
        acts = talk(number, &text);
    }
}

pub(super) fn socket_options(url: &str, template: Option<&str>) -> TargetOptions {
    let mut options = TargetOptions::new(&url.replace("http:", "ws:"), Protocol::Websocket);
    options.template = template.map(str::to_owned);
    options.settle = Duration::from_millis(150);
    options
}

#[test]
fn a_socket_without_template_takes_every_frame_as_a_reply() {
    run(async {
        let server = SocketServer::start(
            |_| String::new(),
            |n, _| match n {
                0 => vec![say("a welcome, which answers nothing"), Act::WaitMs(0)],
                1 => vec![
                    say("plain"),
                    Act::WaitMs(20),
                    say(r#"{"text":"from json"}"#),
                    Act::WaitMs(400),
                    say("too late"),
                ],
                _ => vec![say(r#"{"other":1}"#)],
            },
        )
        .await;
        let target = target(socket_options(&server.url, None));
        let mut talk = target.open(customer());
        let first = talk.ask(&message(1, "hel\"lo")).await;
        assert_eq!(first.class, TurnClass::Ok);
        assert!(first.reply.text.ends_with("plain\nfrom json"), "{}", first.reply.text);
        assert_eq!(first.connects, 1);
        assert!(first.stamps.written <= first.stamps.first_content);
        tokio::time::sleep(Duration::from_millis(450)).await;
        let second = talk.ask(&message(2, "again")).await;
        assert_eq!((second.reply.text.as_str(), second.connects), (r#"{"other":1}"#, 0));
        let sent: Value = serde_json::from_str(&server.heard()[0]).unwrap();
        assert_eq!(sent, json!({"conversation": "c-1", "text": "hel\"lo"}));
        assert_eq!(target.connections().open, 1);
        talk.close().await;
        assert_eq!(target.connections().open, 0);
    });
}

#[test]
fn a_closed_socket_says_its_code() {
    run(async {
        let server = SocketServer::start(
            |_| String::new(),
            |n, text| match (n, text) {
                (_, "go") => vec![Act::Close(4001, "session expired")],
                (_, "break") => vec![Act::Drop],
                (0, _) => Vec::new(),
                _ => vec![say("hi")],
            },
        )
        .await;
        let target = target(socket_options(
            &server.url,
            Some("send: '{{turn.text}}'\nreply_done: {frames: 1}"),
        ));
        let mut talk = target.open(customer());
        let closed = talk.ask(&message(1, "go")).await;
        assert_eq!((closed.class, closed.status), (TurnClass::WsClose, Some(4001)));
        assert!(closed.problem.unwrap().contains("session expired"));
        assert_eq!(talk.ask(&message(2, "break")).await.class, TurnClass::Reset);
        let again = talk.ask(&message(3, "hello")).await;
        assert_eq!((again.class, again.connects), (TurnClass::Ok, 1));
        assert_eq!(target.connections().open, 1);
        let no_socket =
            Server::start(|_| reply("429 Too Many", "retry-after: 3\r\n", "full")).await;
        let turn = first_turn(&super::target(socket_options(&no_socket.url, None))).await;
        assert_eq!((turn.class, turn.retry_after_s), (TurnClass::RateLimited, Some(3.0)));
    });
}

const OPSDROID: &str = r#"
before:
  method: POST
  url: /connector/websocket
  extract: {socket: {json: /socket}}
connect: {url: "/connector/websocket/{{vars.socket}}"}
send: {message: "{{turn.text}}", user: "{{customer.id}}", socket: "{{vars.socket}}"}
reply_done: {frames: 1}
ping_s: 0.1
"#;

#[test]
fn opsdroid_gives_a_socket_by_http_and_may_say_nothing() {
    run(async {
        let server = SocketServer::start(
            |_| r#"{"socket": "5e5f-11"}"#.to_owned(), // JSON that calls itself text/plain
            |n, text| match (n, text.contains("order")) {
                (0, _) | (_, false) => Vec::new(),
                _ => vec![say("It is on its way")],
            },
        )
        .await;
        let mut options = socket_options(&server.url, Some(OPSDROID));
        options.timeouts.first_event = Duration::from_millis(250);
        let target = target(options);
        let mut talk = target.open(customer());
        let turn = talk.ask(&message(1, "my order")).await;
        assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, "It is on its way"));
        assert_eq!(turn.connects, 2);
        assert_eq!(talk.ask(&message(2, "hm")).await.class, TurnClass::FirstEventTimeout);
        let heard = server.heard();
        assert_eq!(heard[0], "POST /connector/websocket");
        let sent: Value = serde_json::from_str(&heard[1]).unwrap();
        assert_eq!(sent, json!({"message": "my order", "user": "c-1", "socket": "5e5f-11"}));
        assert!(heard.contains(&"PING".to_owned()), "{heard:?}");
    });
}

#[test]
fn rules_tell_replies_typing_ends_and_errors_apart() {
    let template = r#"
send: {say: "{{turn.text}}", n: "{{turn.index}}", past: "{{history}}"}
match:
  reply: {json: /type, equals: message}
  text: /body/text
  typing: {json: /type, equals: typing}
  done: {json: /type, equals: done}
  error: {json: /type, equals: error}
"#;
    run(async {
        let server = SocketServer::start(
            |_| String::new(),
            |n, _| match n {
                0 => Vec::new(),
                1 => [
                    r#"{"type":"typing"}"#,
                    r#"{"type":"message","body":{"text":"a"}}"#,
                    r#"{"type":"noise"}"#,
                    "",
                    r#"{"type":"message","body":{"text":"b"}}"#,
                    r#"{"type":"done"}"#,
                    r#"{"type":"message","body":{"text":"c"}}"#,
                ]
                .map(say)
                .into(),
                _ => vec![say(r#"{"type":"error","why":"no"}"#)],
            },
        )
        .await;
        let target = target(socket_options(&server.url, Some(template)));
        let mut talk = target.open(customer());
        let turn = talk.ask(&message(1, "x")).await;
        assert_eq!((turn.class, turn.reply.text.as_str(), turn.parts), (TurnClass::Ok, "a\nb", 2));
        let failed = talk.ask(&message(2, "y")).await;
        assert_eq!(failed.class, TurnClass::StreamErrorEvent, "{failed:?}");
        let sent: Value = serde_json::from_str(&server.heard()[1]).unwrap();
        let past = json!([{"role": "user", "content": "x"}, {"role": "assistant", "content": "a\nb"}, {"role": "user", "content": "y"}]);
        assert_eq!(sent, json!({"say": "y", "n": 2, "past": past}));
    });
}

const BOT: &str = r#"{"type":"message","id":"7","from":{"id":"bot"},"text":"#;

/// A stand-in of Direct Line that is polled: watermarks are numbers, as in nlp.js.
async fn polled() -> Server {
    let posts = Arc::new(std::sync::Mutex::new(0));
    Server::start(move |asked| {
        let mut posts = posts.lock().unwrap();
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/directline/conversations") => {
                reply("201 Created", "", r#"{"conversationId":"d1","expiresIn":1800}"#)
            }
            ("GET", "/directline/conversations/d1/activities") => {
                json_reply(&format!(r#"{{"activities":[{BOT}"welcome"}}],"watermark":1}}"#))
            }
            ("POST", _) => {
                *posts += 1;
                json_reply(&format!(r#"{{"id":"a{posts}"}}"#))
            }
            ("GET", "/directline/conversations/d1/activities?watermark=1") => json_reply(
                r#"{"activities":[{"type":"message","id":"a1","from":{"id":"c-1"},"text":"hello"}],"watermark":2}"#,
            ),
            ("GET", "/directline/conversations/d1/activities?watermark=2") => json_reply(&format!(
                r#"{{"activities":[{BOT}"one","replyToId":"a1"}},{{"type":"typing","from":{{"id":"bot"}}}},{BOT}"two","replyToId":"a1"}}],"watermark":"3"}}"#
            )),
            ("GET", "/directline/conversations/d1/activities?watermark=3") if *posts == 2 => json_reply(&format!(
                r#"{{"activities":[{BOT}"late","replyToId":"a1"}},{BOT}"right","replyToId":"a2","inputHint":"expectingInput"}}],"watermark":"4"}}"#
            )),
            _ => json_reply(r#"{"activities":[],"watermark":"3"}"#),
        }
    })
    .await
}

#[test]
fn direct_line_is_polled_where_it_has_no_stream() {
    run(async {
        let server = polled().await;
        let mut options = TargetOptions::new(&server.url, Protocol::Directline);
        options.path_prefix = Some("/directline".into());
        options.poll_interval = Duration::from_millis(20);
        options.settle = Duration::from_millis(300);
        let target = target(options);
        let mut talk = target.open(customer());
        let turn = talk.ask(&message(1, "hello")).await;
        assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
        assert_eq!((turn.reply.text.as_str(), turn.parts), ("one\ntwo", 2));
        assert!(turn.stamps.end - turn.stamps.last_content.unwrap() >= Duration::from_millis(295));
        let turn = talk.ask(&message(2, "and now?")).await;
        assert_eq!(turn.reply.text, "right", "a late reply to the first message is not its reply");
        assert!(turn.stamps.end - turn.stamps.last_content.unwrap() < Duration::from_millis(250));
        let post = server
            .asked()
            .into_iter()
            .find(|a| a.path.ends_with("/activities") && a.method == "POST");
        let expected =
            json!({"type": "message", "from": {"id": "c-1"}, "locale": "en", "text": "hello"});
        assert_eq!(post.unwrap().json(), expected);
    });
}

#[test]
fn direct_line_streams_replies_and_renews_its_token() {
    run(async {
        let port = Arc::new(std::sync::Mutex::new(String::new()));
        let url = port.clone();
        let server = SocketServer::start(
            move |asked| match asked.path.rsplit('/').next().unwrap() {
                "generate" => r#"{"conversationId":"d1","token":"t1","expires_in":1800}"#.into(),
                "conversations" => format!(r#"{{"conversationId":"d1","token":"t2","expires_in":0.05,"streamUrl":"{}/stream?t=x"}}"#, url.lock().unwrap()),
                "refresh" => r#"{"conversationId":"d1","token":"t3","expires_in":1800}"#.into(),
                _ => format!(r#"{{"id":"{}"}}"#, asked.header("authorization")),
            },
            |n, _| match n {
                0 => vec![
                    Act::WaitMs(50), say(""),
                    say(format!(r#"{{"activities":[{BOT}"hi","replyToId":"Bearer t2"}}],"watermark":"1"}}"#)),
                    Act::WaitMs(600),
                    say(r#"{"activities":[{"type":"event","name":"handoff.initiate","from":{"id":"bot"}}],"watermark":"2"}"#),
                    say(r#"{"activities":[{"type":"endOfConversation","from":{"id":"bot"}}]}"#),
                ],
                _ => Vec::new(),
            },
        )
        .await;
        *port.lock().unwrap() = server.url.replace("http:", "ws:");
        let mut options = TargetOptions::new(&server.url, Protocol::Directline);
        options.bearer = Some("${env:DL_SECRET}".into());
        options.settle = Duration::from_millis(60);
        let target = convoq::protocol::Target::new(options, &|_| Some("s3cret".into())).unwrap();
        let mut talk = target.open(customer());
        let first = talk.ask(&message(1, "hello")).await;
        assert_eq!((first.class, first.reply.text.as_str()), (TurnClass::Ok, "hi"), "{first:?}");
        let second = talk.ask(&message(2, "a person please")).await;
        assert_eq!(second.class, TurnClass::Handoff, "{second:?}");
        assert_eq!(second.reply.activities, ["handoff.initiate"]);
        let heard: Vec<String> =
            server.heard().iter().map(|h| h.split(" {").next().unwrap().to_owned()).collect();
        let base = "POST /v3/directline";
        let expected = [
            "tokens/generate",
            "conversations",
            "conversations/d1/activities",
            "tokens/refresh",
            "conversations/d1/activities",
        ];
        assert_eq!(heard, expected.map(|path| format!("{base}/{path}")));
    });
}

#[test]
fn a_failed_bot_behind_direct_line_is_its_own_failure() {
    run(async {
        let server = Server::start(|asked| match asked.number {
            0 => reply("201 Created", "", r#"{"conversationId":"d1"}"#),
            1 => json_reply(r#"{"activities":[]}"#),
            _ => reply(
                "502 Bad Gateway",
                "",
                r#"{"error":{"code":"BotError","message":"the bot failed"}}"#,
            ),
        })
        .await;
        let turn = first_turn(&at(&server.url, Protocol::Directline)).await;
        assert_eq!((turn.class, turn.status), (TurnClass::Http5xx, Some(502)));
        assert!(turn.problem.unwrap().contains("the bot failed"));
    });
}

#[test]
fn http_without_template_posts_a_text_and_takes_what_comes() {
    run(async {
        let replies = [
            (r#"{"text":"A","handoff":true}"#, "A"),
            (r#"{"reply":{"text":"B"}}"#, "B"),
            (r#"{"message":"C"}"#, "C"),
            (r#"{"answer":"D"}"#, r#"{"answer":"D"}"#),
            (r#"[{"text":"E"},{"text":"F"}]"#, "E\nF"),
            ("just text", "just text"),
        ];
        let server = Server::start(move |asked| json_reply(replies[asked.number].0)).await;
        let target = at(&format!("{}/chat?v=1", server.url), Protocol::Http);
        for (_, text) in replies {
            let turn = first_turn(&target).await;
            assert_eq!((turn.class, turn.reply.text.as_str()), (TurnClass::Ok, text));
        }
        let asked = &server.asked()[0];
        assert_eq!(asked.path, "/chat?v=1");
        assert_eq!(
            asked.json(),
            json!({"conversation": "c-1", "customer": "c-1", "text": "hello"})
        );
    });
}

const POLLED_BOT: &str = r#"
start:
  url: /sessions
  body: {user: "{{customer.id}}", lang: "{{language}}"}
  headers: {x-key: "${env:KEY}"}
  extract:
    session: {json: /id}
    region: {header: x-region}
turn:
  url: "/sessions/{{vars.session}}/messages?r={{vars.region}}"
  body: {text: "{{turn.text}}", n: "{{turn.index}}"}
  extract: {ticket: {regex: 'ticket=(\d+)'}}
poll:
  url: "/tickets/{{vars.ticket}}"
  reply: {json: /messages}
  until: {json: /done, equals: true}
  every_ms: 20
end:
  method: DELETE
  url: "/sessions/{{vars.session}}"
"#;

#[test]
fn a_template_starts_asks_polls_and_ends() {
    run(async {
        let server = Server::start(|asked| match (asked.number, asked.method.as_str()) {
            (0, _) => reply("201 Created", "x-region: eu west\r\n", r#"{"id":"s/1"}"#),
            (1, _) => reply("202 Accepted", "", "queued ticket=42"),
            (2, _) => json_reply(r#"{"done":false,"messages":[]}"#),
            (3, _) => json_reply(r#"{"done":false,"messages":["one"]}"#),
            (4, "GET") => json_reply(r#"{"done":true,"messages":[{"text":"one"},{"text":"two"}]}"#),
            _ => reply("204 No Content", "", ""),
        })
        .await;
        let mut options = TargetOptions::new(&format!("{}/api", server.url), Protocol::Http);
        options.template = Some(POLLED_BOT.into());
        let target = convoq::protocol::Target::new(options, &|_| Some("k3y".into())).unwrap();
        let mut talk = target.open(customer());
        let turn = talk.ask(&message(1, "say \"hi\"")).await;
        assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
        assert_eq!(turn.reply.text, "one\ntwo");
        talk.close().await;
        let asked = server.asked();
        let paths: Vec<String> = asked.iter().map(|a| format!("{} {}", a.method, a.path)).collect();
        let poll = "GET /api/tickets/42";
        let expected = [
            "POST /api/sessions",
            "POST /api/sessions/s%2F1/messages?r=eu%20west",
            poll,
            poll,
            poll,
            "DELETE /api/sessions/s%2F1",
        ];
        assert_eq!(paths, expected);
        assert_eq!(asked[0].json(), json!({"user": "c-1", "lang": "en"}));
        assert_eq!(asked[0].header("x-key"), "k3y");
        assert_eq!(asked[1].json(), json!({"text": "say \"hi\"", "n": 1}));
    });
}
