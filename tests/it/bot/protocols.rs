//! What is answered over each protocol.

use super::client::{Client, once, post};
use super::{Bot, identity, simulated};
use convoq::engine::BotReply;
use convoq::time::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ORDER: &str = "Where is my order?";
const WARRANTY: &str = "I have a question about warranty.";

/// What the protocols show of an answer: whether a person takes over.
fn shows_handoff(reply: BotReply) -> bool {
    !matches!(reply, BotReply::Answer { .. })
}

fn completion(user: &str, texts: &[&str], stream: bool) -> Value {
    let mut messages = vec![json!({"role": "system", "content": "Be kind."})];
    for text in texts {
        messages.push(json!({"role": "user", "content": text}));
        messages.push(json!({"role": "assistant", "content": "..."}));
    }
    messages.pop();
    json!({"model": "m", "user": user, "messages": messages, "stream": stream, "stream_options": {"include_usage": stream}})
}

/// Events of a stream, without `data: ` and without `[DONE]` at its end.
fn events(text: &str) -> Vec<Value> {
    let mut events: Vec<&str> = text.split_terminator("\n\n").collect();
    assert_eq!(events.pop(), Some("data: [DONE]"));
    let json = events.iter().map(|e| e.strip_prefix("data: ").unwrap());
    json.map(|e| serde_json::from_str(e).unwrap()).collect()
}

#[test]
fn every_protocol_answers_what_the_simulated_bot_answers() {
    let bot = Bot::start(&[], &[]);
    let mut client = Client::new(bot.address);
    let mut socket = Client::new(bot.address);
    socket.upgrade("/ws");
    let (mut handed_over, mut answered) = (0, 0);
    for number in 0..150_u64 {
        for (intent, text) in [(0, ORDER), (1, WARRANTY)] {
            // Other customers for each protocol: some count the turns themselves.
            let [a, b, c, d, e, f] =
                [0, 1, 2, 3, 4, 5].map(|p| number * 1_000_003 + 10 * p + u64::from(intent));
            let mut previous = Value::Null;
            let said = |body: &Value| body["handoff"].as_bool().unwrap();
            for turn in 1..=3 {
                let expected = |key| shows_handoff(bot.simulated(key, intent, turn));
                let texts = vec![text; turn.into()];
                let whole =
                    client.post("/v1/chat/completions", &completion(&identity(a), &texts, false));
                let choice = whole.unwrap().json()["choices"][0].clone();
                let calls = choice["message"]["tool_calls"].is_array();
                assert_eq!(calls, expected(a), "openai {a:x} {turn}");
                let finish = if calls { "tool_calls" } else { "stop" };
                assert_eq!(choice["finish_reason"], finish);

                let streamed =
                    client.post("/v1/chat/completions", &completion(&identity(a), &texts, true));
                let streamed = streamed.unwrap();
                let parts = events(&streamed.text());
                let content: String = parts
                    .iter()
                    .filter_map(|e| e["choices"][0]["delta"]["content"].as_str())
                    .collect();
                assert_eq!(choice["message"]["content"], content);

                let rasa = json!({"sender": identity(b), "message": text});
                let rasa = client.post("/webhooks/rest/webhook", &rasa).unwrap().json();
                let handoff = rasa.as_array().unwrap().last().unwrap()["custom"]["handoff"] == true;
                assert_eq!(handoff, expected(b), "rasa {b:x} {turn}");

                let plain = json!({"conversation": identity(c), "text": text});
                let plain = client.post("/chat", &plain).unwrap().json();
                assert_eq!(said(&plain), expected(c), "json {c:x} {turn}");

                socket.say(&json!({"conversation": identity(d), "text": text}).to_string());
                assert_eq!(said(&socket.heard()), expected(d), "websocket {d:x} {turn}");

                let asked =
                    json!({"user": identity(e), "input": text, "previous_response_id": previous});
                let response = client.post("/v1/responses", &asked).unwrap().json();
                previous = response["id"].clone();
                let handoff = response["output"][1]["name"] == "transfer_to_human";
                assert_eq!(handoff, expected(e), "responses {e:x} {turn}");

                let asked = completion(&identity(f), &texts, false);
                let asked = json!({"metadata": {"user_id": identity(f)}, "max_tokens": 9, "messages": asked["messages"].as_array().unwrap()[1..]});
                let message = client.post("/v1/messages", &asked).unwrap().json();
                let handoff = message["content"][1]["name"] == "transfer_to_human";
                assert_eq!(handoff, expected(f), "messages {f:x} {turn}");
                let reason = if handoff { "tool_use" } else { "end_turn" };
                assert_eq!(message["stop_reason"], reason);
                handed_over += u32::from(calls);
                answered += u32::from(!calls);
            }
        }
    }
    assert!(handed_over > 50 && answered > 50, "{handed_over} {answered}");
    let served = bot.stop();
    assert_eq!(served.messages, 150 * 2 * 3 * 7);
    assert_eq!(served.conversations, 150 * 2 * 6);
}

#[test]
fn an_answer_comes_after_the_latency_of_the_simulated_bot() {
    let law = [("bot.latency", "{lognormal: {mean: 120ms, cv: 0.6}}")];
    let bot = Bot::start(&law, &[]);
    let mut spread = (f64::MAX, 0.0_f64);
    for key in 0..12 {
        let (at, _) = simulated(&bot.scenario, key, 0, 1);
        let start = Instant::now();
        post(bot.address, "/chat", &json!({"conversation": identity(key), "text": ORDER}));
        let took_s = start.elapsed().as_secs_f64();
        // A busy machine adds to it and takes nothing away.
        assert!(took_s >= at.as_s(), "{key}: {took_s} {}", at.as_s());
        assert!(took_s < at.as_s() + 1.5, "{key}: {took_s} {}", at.as_s());
        spread = (spread.0.min(at.as_s()), spread.1.max(at.as_s()));
    }
    assert!(spread.1 > 1.5 * spread.0, "{spread:?}");
    bot.stop();
}

#[test]
fn a_stream_begins_at_three_tenths_of_the_latency_and_ends_with_it() {
    let bot = Bot::start(
        &[
            ("bot.latency", "{constant: 500ms}"),
            ("intents.order_status.bot.accuracy", "100%"),
            ("intents.order_status.bot.coverage", "100%"),
            ("bot.confidence.right", "100%"),
        ],
        &[],
    );
    let start = Instant::now();
    let answer = post(bot.address, "/v1/chat/completions", &completion("u", &[ORDER], true));
    let parts: Vec<_> = answer
        .chunks
        .iter()
        .flat_map(|(at, text)| text.split_terminator("\n\n").map(|e| (at.duration_since(start), e)))
        .collect();
    let ms = |n| Duration::from_millis(n);
    let content: Vec<Duration> = parts
        .iter()
        .filter(|(_, e)| e.contains("\"content\":\"") && !e.contains("\"content\":\"\""))
        .map(|(at, _)| *at)
        .collect();
    let (first, last) = (content[0], content[content.len() - 1]);
    assert!(first >= ms(150), "{first:?}");
    assert!(last >= ms(500), "{last:?}");
    // Even steps between: a part never comes before its share.
    let steps = (content.len() - 1) as f64;
    for (number, at) in content.iter().enumerate() {
        let due = 0.15 + 0.35 * number as f64 / steps;
        assert!(at.as_secs_f64() >= due - 1e-6, "{number}: {at:?}");
    }
    assert!(first < ms(500), "the first part waits for the last: {first:?}");
    let role = parts[0];
    assert!(role.1.contains("\"role\":\"assistant\"") && role.0 < first);
    let usage =
        serde_json::from_str::<Value>(parts[parts.len() - 2].1.strip_prefix("data: ").unwrap())
            .unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["completion_tokens"].as_u64().unwrap() > 10);
    assert_eq!(parts[parts.len() - 1].1, "data: [DONE]");
    bot.stop();
}

#[test]
fn people_who_ask_for_a_person_and_texts_that_nobody_knows_are_handed_over() {
    let sure = [(
        "intents.order_status.bot",
        "{coverage: 100%, accuracy: 100%, confidence: {right: 100%}}",
    )];
    let bot = Bot::start(&sure, &[]);
    let say = |conversation: &str, text: &str| {
        post(bot.address, "/chat", &json!({"conversation": conversation, "text": text})).json()
    };
    for (number, text) in [
        "I want a human, now!",
        "請轉人工",
        "¿Puedo hablar con una persona?",
        "担当者をお願いします",
        "أريد التحدث إلى موظف",
    ]
    .iter()
    .enumerate()
    {
        let said = say(&format!("p{number}"), text);
        assert_eq!(said["handoff"], true, "{text}");
        assert!(said["text"].as_str().unwrap().starts_with("Of course."), "{text}: {said}");
    }
    let unknown = say("u", "qwertz 🦀 לא יודע");
    assert_eq!((&unknown["handoff"], &unknown["intent"]), (&json!(true), &Value::Null));
    // A later message is about what the first was about.
    assert_eq!(say("k", ORDER)["handoff"], false);
    let later = say("k", "and now?");
    assert_eq!((&later["handoff"], &later["intent"]), (&json!(false), &json!("order_status")));
    let history = completion("h", &[ORDER, "and now?"], false);
    let choice = post(bot.address, "/v1/chat/completions", &history).json()["choices"][0].clone();
    assert_eq!(choice["finish_reason"], "stop");
    // Whatever rules keep from the bot, the bot keeps from itself.
    assert_eq!(say("l", "I have a question about legal.")["handoff"], true);
    bot.stop();
}

#[test]
fn rasa_streams_one_object_a_line_and_says_nothing_when_the_bot_is_down() {
    let bot = Bot::start(&[], &[]);
    let body = json!({"sender": "öß-🙂", "message": ORDER});
    let whole =
        post(bot.address, "/webhooks/rest/webhook", &json!({"sender": "s-1", "message": ORDER}))
            .json();
    let streamed = post(bot.address, "/webhooks/rest/webhook?stream=true", &body);
    assert_eq!(streamed.header("content-type"), Some("text/event-stream"));
    for line in streamed.text().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        assert_eq!(message["recipient_id"], "öß-🙂");
    }
    assert!(whole.as_array().unwrap().len() >= 2);
    assert_eq!(
        post(bot.address, "/webhooks/rest/webhook", &json!({"sender": "x"})).json(),
        json!([])
    );
    bot.stop();

    let down = [("faults", "[{bot_outage: {from: \"mon 00:00\", for: 1h}}]")];
    let bot = Bot::start(&down, &[]);
    let silent = post(bot.address, "/webhooks/rest/webhook", &body);
    assert_eq!((silent.status, silent.text().as_str()), (200, "[]"));
    let chat = json!({"conversation": "a", "text": ORDER});
    assert_eq!(post(bot.address, "/chat", &chat).status, 503);
    assert_eq!(
        post(bot.address, "/v1/chat/completions", &completion("u", &[ORDER], true)).status,
        503
    );
    bot.stop();
    // The same outage is over for who begins later, and the bot can be slow instead.
    let bot = Bot::start_with(&down, &[], |o| o.from = SimTime::ZERO + SimDuration::from_s(3600.0));
    assert_eq!(post(bot.address, "/chat", &chat).status, 200);
    bot.stop();
}

#[test]
fn slow_bots_and_worse_bots_of_the_scenario_act_at_their_time() {
    let sure = (
        "intents.order_status.bot",
        "{coverage: 100%, accuracy: 100%, confidence: {right: 100%, wrong: 0%}}",
    );
    let faults = (
        "faults",
        "[{slow_bot: {from: \"mon 00:00\", for: 1h, factor: 4}}, {accuracy_regression: {from: \"mon 00:00\", for: 1h, factor: 0%}}]",
    );
    let bot = Bot::start(&[sure, faults, ("bot.latency", "{constant: 100ms}")], &[]);
    let start = Instant::now();
    let said = post(bot.address, "/chat", &json!({"conversation": "a", "text": ORDER}));
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(said.json()["handoff"], true, "no answer is right, and it knows");
    bot.stop();
}

#[test]
fn direct_line_gives_the_answer_to_listeners_and_to_whoever_polls() {
    let bot = Bot::start(&[("bot.latency", "{constant: 50ms}")], &[]);
    for prefix in ["/v3/directline", "/directline"] {
        let token = once(bot.address, "POST", &format!("{prefix}/tokens/generate"), b"").json();
        assert_eq!(token["expires_in"], 1800);
        let begun = once(bot.address, "POST", &format!("{prefix}/conversations"), b"");
        assert_eq!(begun.status, 201);
        let facts = begun.json();
        let id = facts["conversationId"].as_str().unwrap();
        let path = format!("{prefix}/conversations/{id}");
        let stream = facts["streamUrl"].as_str().unwrap();
        let stream = stream.strip_prefix("ws://bot.test").unwrap();
        let mut listener = Client::new(bot.address);
        listener.upgrade(stream);
        let message = json!({"type": "message", "from": {"id": identity(77)}, "text": ORDER, "channelData": {"x": "🙂"}});
        let posted = post(bot.address, &format!("{path}/activities"), &message).json();
        let mine = listener.heard();
        assert_eq!(mine["activities"][0]["channelData"]["x"], "🙂");
        assert_eq!(mine["activities"][0]["id"], posted["id"]);
        let reply = listener.heard();
        let activities = reply["activities"].as_array().unwrap();
        assert_eq!(activities[0]["replyToId"], posted["id"]);
        assert_ne!(activities[0]["from"]["id"], identity(77));
        let turn = if prefix.starts_with("/v3") { 1 } else { 2 };
        let handoff = activities.iter().any(|a| a["name"] == "handoff.initiate");
        assert_eq!(handoff, shows_handoff(bot.simulated(77, 0, turn)));
        let polled =
            once(bot.address, "GET", &format!("{path}/activities?watermark=1"), b"").json();
        assert_eq!(polled["activities"], reply["activities"]);
        assert_eq!(polled["watermark"], reply["watermark"]);
        let none = once(bot.address, "GET", &format!("{path}/activities?watermark=99"), b"").json();
        assert_eq!(none["activities"], json!([]));
        // One listener: the second takes the place of the first.
        let mut second = Client::new(bot.address);
        second.upgrade(stream);
        assert_eq!(second.heard()["activities"].as_array().unwrap().len(), 1 + activities.len());
        let (kind, reason) = listener.frame().unwrap();
        assert_eq!((kind, &reason[2..]), (8, &b"collision"[..]));
    }
    let lost = post(
        bot.address,
        "/v3/directline/conversations/none/activities",
        &json!({"type": "message", "from": {"id": "a"}, "text": "x"}),
    );
    assert_eq!(lost.status, 404);
    bot.stop();
}

#[test]
fn a_websocket_takes_json_and_plain_text() {
    let bot = Bot::start(&[], &[]);
    let mut socket = Client::new(bot.address);
    socket.upgrade(&format!("/ws?conversation={}", identity(5)));
    for (turn, text) in [(1, ORDER), (2, "  Where is my order?\n")] {
        socket.say(text);
        let said = socket.heard();
        assert_eq!(said["handoff"], shows_handoff(bot.simulated(5, 0, turn)));
        assert_eq!(said.get("conversation"), None);
    }
    socket.say("{\"conversation\":\"é\",\"text\":\"أين طلبي؟\"}");
    let said = socket.heard();
    assert_eq!((&said["conversation"], &said["intent"]), (&json!("é"), &json!("order_status")));
    for broken in ["{", "{\"text\":5}", "{}"] {
        socket.say(broken);
        assert!(socket.heard()["error"].is_string(), "{broken}");
    }
    assert_eq!(once(bot.address, "GET", "/ws", b"").status, 426);
    bot.stop();
}

#[test]
fn what_cannot_be_read_is_refused_and_the_server_goes_on() {
    let bot = Bot::start(&[], &[]);
    let (openai, rasa, chat) = ("/v1/chat/completions", "/webhooks/rest/webhook", "/chat");
    let (messages, responses) = ("/v1/messages", "/v1/responses");
    let line = "/v3/directline/conversations/dl000001/activities";
    once(bot.address, "POST", "/v3/directline/conversations", b"");
    let deep = "[".repeat(100_000);
    let wrong: &[(&str, &[u8])] = &[
        (openai, b""),
        (openai, b"{"),
        (openai, b"{\"messages\": []}"),
        (openai, b"{\"messages\": [{\"role\": \"system\", \"content\": \"x\"}]}"),
        (openai, b"{\"messages\": [{\"role\": \"user\", \"content\": 7}]}"),
        (openai, b"{\"messages\": [{\"role\": \"user\", \"content\": \"\xFF\xFE\"}]}"),
        (openai, b"{\"messages\": [{\"role\": \"user\", \"content\": \"\\ud800\"}]}"),
        (openai, deep.as_bytes()),
        (messages, b"{\"messages\": []}"),
        (messages, b"{\"messages\": [{\"role\": \"user\", \"content\": null}]}"),
        (responses, b"{\"input\": []}"),
        (responses, b"{\"input\": \"x\", \"previous_response_id\": \"resp_?\"}"),
        (responses, b"{\"input\": \"x\", \"previous_response_id\": \"msg_1\"}"),
        (rasa, b"not json"),
        (rasa, b"{\"sender\": {}}"),
        (chat, b"{\"text\": \"x\"}"),
        (chat, b"{\"conversation\": \"x\"}"),
        (line, b"[\"message\", {\"id\": \"a\"}, \"x\"]"),
        (line, b"{\"type\": \"message\"}"),
    ];
    for (path, body) in wrong {
        let answer = once(bot.address, "POST", path, body);
        assert_eq!(answer.status, 400, "{path} {}", String::from_utf8_lossy(body));
        if *path == openai {
            let error = &answer.json()["error"];
            assert!(error["message"].is_string() && error["param"].is_null());
            assert_eq!(error["type"], "invalid_request_error");
        }
    }
    let refused = once(bot.address, "POST", messages, b"{}").json();
    assert_eq!(
        (&refused["type"], &refused["error"]["type"]),
        (&json!("error"), &json!("invalid_request_error"))
    );
    for path in [openai, messages, responses, rasa, chat, line] {
        let large = vec![b'x'; 1 << 20];
        assert_eq!(once(bot.address, "POST", path, &large).status, 413, "{path}");
    }
    assert_eq!(once(bot.address, "GET", "/nowhere", b"").status, 404);
    assert_eq!(once(bot.address, "GET", openai, b"").status, 405);
    assert_eq!(once(bot.address, "GET", "/health", b"").json()["status"], "ok");
    assert_eq!(once(bot.address, "GET", "/v1/models", b"").json()["data"][0]["id"], "served");
    bot.stop();
}

#[test]
fn texts_and_identities_may_be_of_any_script() {
    let bot = Bot::start(&[], &[]);
    let long = "🙂".repeat(40_000);
    for user in ["👩‍👩‍👧‍👦", "مستخدم", "\u{202e}abc", "a\"b\\c\u{0}", "", &long]
    {
        let parts = json!([{"type": "text", "text": "أين طلبي؟"}, {"type": "image_url", "image_url": {"url": "x"}}]);
        let body = json!({"user": user, "messages": [{"role": "user", "content": parts}]});
        let answer = post(bot.address, "/v1/chat/completions", &body).json();
        let key = convoq::random::hash_name(user);
        let handoff = answer["choices"][0]["finish_reason"] == "tool_calls";
        assert_eq!(handoff, shows_handoff(bot.simulated(key, 0, 1)), "{user}");
        let rasa = json!({"sender": user, "message": "متى يصل؟ 📦"});
        let said = post(bot.address, "/webhooks/rest/webhook", &rasa).json();
        assert_eq!(said[0]["recipient_id"], user);
    }
    bot.stop();
}

#[test]
fn beyond_its_sessions_and_its_rate_the_bot_says_when_to_come_again() {
    let sure =
        ("intents.order_status.bot", "{coverage: 100%, accuracy: 100%, confidence: {right: 100%}}");
    let bot = Bot::start_with(&[sure, ("bot.sessions", "2")], &[], |o| {
        o.idle = SimDuration::from_s(1.5);
    });
    let say = |who: &str, text: &str| {
        post(bot.address, "/chat", &json!({"conversation": who, "text": text}))
    };
    assert_eq!(say("a", ORDER).status, 200);
    assert_eq!(say("b", ORDER).status, 200);
    let full = say("c", ORDER);
    assert_eq!((full.status, full.header("retry-after")), (429, Some("1")));
    assert_eq!(say("a", ORDER).status, 200, "who has a session keeps it");
    assert!(once(bot.address, "GET", "/metrics", b"").text().contains("\nconvoq_bot_sessions 2\n"));
    assert_eq!(say("a", "I want a person").json()["handoff"], true);
    assert_eq!(say("c", ORDER).status, 200, "a hand-over frees the session");
    assert_eq!(say("d", ORDER).status, 429);
    std::thread::sleep(Duration::from_millis(1600));
    assert_eq!(say("d", ORDER).status, 200, "silence frees it too");
    bot.stop();

    let bot = Bot::start(&[sure, ("bot.rate", "20/min"), ("bot.burst", "1")], &[]);
    let first = post(bot.address, "/chat", &json!({"conversation": "a", "text": ORDER}));
    let second = post(bot.address, "/v1/chat/completions", &completion("b", &[ORDER], false));
    assert_eq!((first.status, second.status), (200, 429));
    assert_eq!(second.header("retry-after"), Some("3"));
    assert_eq!(second.json()["error"]["code"], "rate_limit_exceeded");
    bot.stop();
}

#[tokio::test]
async fn http_2_is_understood_without_asking() {
    use http_body_util::{BodyExt as _, Full};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let bot = Bot::start(&[], &["reset 50%"]);
    let stream = tokio::net::TcpStream::connect(bot.address).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let mut ended = [0, 0];
    for key in 0..40 {
        let body = json!({"conversation": identity(key), "text": ORDER}).to_string();
        let request = hyper::Request::post(format!("http://{}/chat", bot.address))
            .body(Full::new(hyper::body::Bytes::from(body)))
            .unwrap();
        // A reset ends its stream, not the connection of all.
        match sender.send_request(request).await {
            Ok(answer) => {
                let body = answer.into_body().collect().await.unwrap().to_bytes();
                let said: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(said["handoff"], shows_handoff(bot.simulated(key, 0, 1)));
                ended[0] += 1;
            }
            Err(_) => ended[1] += 1,
        }
    }
    assert!(ended[0] > 5 && ended[1] > 5, "{ended:?}");
    bot.stop();
}
