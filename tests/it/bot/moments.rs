//! What the bot does at which moment: its latency over each protocol, its scenario's
//! time, its sessions, and when injected faults begin.

use super::client::{Client, once, post};
use super::{Bot, identity};
use convoq::time::{SimDuration, SimTime};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ORDER: &str = "Where is my order?";
const SURE: (&str, &str) =
    ("intents.order_status.bot", "{coverage: 100%, accuracy: 100%, confidence: {right: 100%}}");
const DOWN: (&str, &str) = ("faults", "[{bot_outage: {from: \"mon 00:00\", for: 1h}}]");

fn say(bot: &Bot, who: &str) -> u16 {
    let body = json!({"conversation": who, "text": ORDER});
    post(bot.address, "/chat", &body).status
}

fn sleep(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

#[test]
fn a_conversation_at_its_last_turn_frees_its_session() {
    let bot = Bot::start(&[SURE, ("bot.sessions", "1"), ("bot.max_turns", "2")], &[]);
    assert_eq!(say(&bot, "a"), 200);
    assert_eq!(say(&bot, "b"), 429, "the session is taken");
    assert_eq!(say(&bot, "a"), 200);
    assert_eq!(say(&bot, "b"), 200, "two turns are all that the bot does");
    bot.stop();
}

#[test]
fn the_scenarios_time_goes_on_while_the_bot_is_served() {
    // Served from 0.8 s before the end of an outage.
    let end_s = 3600.0;
    let bot = Bot::start_with(&[SURE, DOWN], &[], |o| {
        o.from = SimTime::ZERO + SimDuration::from_s(end_s - 0.8);
    });
    assert_eq!(say(&bot, "a"), 503);
    sleep(1_000);
    assert_eq!(say(&bot, "b"), 200);
    bot.stop();
}

#[test]
fn a_fault_does_not_act_before_its_time() {
    let bot = Bot::start(&[SURE], &["status 500 100% from 700ms to 1h"]);
    assert_eq!(say(&bot, "a"), 200);
    sleep(800);
    assert_eq!(say(&bot, "b"), 500);
    bot.stop();
}

#[test]
fn a_freeze_can_wait_for_the_first_request() {
    let bot = Bot::start(&[SURE], &["freeze 600ms at first+100ms"]);
    // Counted from the start of the server it would be over by now.
    sleep(900);
    let mut client = Client::new(bot.address);
    let body = json!({"conversation": "a", "text": ORDER});
    let start = Instant::now();
    client.post("/chat", &body).unwrap();
    let first = start.elapsed();
    sleep(200_u64.saturating_sub(first.as_millis() as u64));
    client.post("/chat", &body).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(700));
    bot.stop();
}

#[test]
fn a_slow_bot_is_slow_over_streams_and_sockets_too() {
    let bot = Bot::start(&[SURE, ("bot.latency", "{constant: 400ms}")], &[]);
    let start = Instant::now();
    let body = json!({"sender": identity(1), "message": ORDER});
    let streamed = post(bot.address, "/webhooks/rest/webhook?stream=true", &body);
    let came: Vec<Duration> = streamed.chunks.iter().map(|c| c.0 - start).collect();
    // Three sentences: at three tenths, in the middle of the rest, at the end.
    assert_eq!(came.len(), 3, "{came:?}");
    for (came, due_ms) in came.iter().zip([120, 260, 400]) {
        assert!(*came >= Duration::from_millis(due_ms), "{came:?}");
    }
    let mut socket = Client::new(bot.address);
    socket.upgrade("/ws");
    let start = Instant::now();
    socket.say(ORDER);
    assert_eq!(socket.heard()["handoff"], false);
    assert!(start.elapsed() >= Duration::from_millis(400));
    bot.stop();
}

/// A Direct Line conversation: its path.
fn room(bot: &Bot) -> String {
    let begun = once(bot.address, "POST", "/v3/directline/conversations", b"").json();
    let id = begun["conversationId"].as_str().unwrap();
    format!("/v3/directline/conversations/{id}/activities")
}

fn said(bot: &Bot, room: &str, watermark: u64) -> Value {
    let path = format!("{room}?watermark={watermark}");
    once(bot.address, "GET", &path, b"").json()
}

#[test]
fn behind_direct_line_a_bot_that_is_down_or_replaced_by_a_status_says_nothing() {
    let message = json!({"type": "message", "from": {"id": "a"}, "text": ORDER});
    let asked = |bot: Bot| {
        let room = room(&bot);
        let answer = post(bot.address, &room, &message);
        sleep(50);
        let activities = said(&bot, &room, 0)["activities"].clone();
        bot.stop();
        let error = answer.json()["error"]["code"].clone();
        (answer.status, error, activities.as_array().unwrap().len())
    };
    let (status, error, activities) = asked(Bot::start(&[SURE, DOWN], &[]));
    assert_eq!((status, error, activities), (502, json!("BotError"), 1));
    let (status, error, activities) = asked(Bot::start(&[SURE], &["status 429 100%"]));
    assert_eq!((status, error, activities), (429, json!("Throttled"), 1));
    let (status, _, activities) = asked(Bot::start(&[SURE], &[]));
    assert_eq!((status, activities), (200, 2), "and without either it answers");
}

#[test]
fn a_room_keeps_its_latest_activities_under_their_watermarks() {
    let bot = Bot::start(&[SURE], &[]);
    let room = room(&bot);
    let mut client = Client::new(bot.address);
    for number in 0..210 {
        let typing = json!({"type": "typing", "from": {"id": "a"}, "number": number});
        assert_eq!(client.post(&room, &typing).unwrap().status, 200);
    }
    let all = said(&bot, &room, 0);
    let kept = all["activities"].as_array().unwrap();
    assert_eq!((kept.len(), &all["watermark"]), (200, &json!("210")));
    assert_eq!(kept[0]["number"], 10);
    let last = said(&bot, &room, 209);
    assert_eq!(last["activities"].as_array().unwrap().len(), 1);
    assert_eq!(last["activities"][0]["number"], 209);
    bot.stop();
}
