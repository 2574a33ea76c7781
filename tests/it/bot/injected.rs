//! Faults that are injected: how often, when, and that a run met again meets the same.

use super::client::{Answer, Client, once, post};
use super::{Bot, identity};
use convoq::bot::{InjectedFault, check_shares};
use serde_json::json;
use std::io::Write as _;
use std::time::{Duration, Instant};

const ORDER: &str = "Where is my order?";

/// Asks for one customer; `None` when the connection ends without an answer.
fn ask(client: &mut Client, key: u64) -> Option<Answer> {
    let body = json!({"conversation": identity(key), "text": ORDER});
    client.post("/chat", &body)
}

/// What each of so many customers gets: 429, 500, 0 for broken JSON, 200.
fn statuses(bot: &Bot, customers: u64) -> Vec<u16> {
    let mut client = Client::new(bot.address);
    let answers = (0..customers).map(|key| {
        let answer = ask(&mut client, key).unwrap();
        let readable = serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok();
        if readable { answer.status } else { 0 }
    });
    answers.collect()
}

/// Whether a count is one that chance gives in 99 of 100 runs of that share.
fn likely(count: usize, of: usize, share: f64) -> bool {
    let n = of as f64;
    let spread = 2.576 * (n * share * (1.0 - share)).sqrt();
    (count as f64 - n * share).abs() <= spread + 0.5
}

#[test]
fn each_fault_hits_its_share_and_the_same_requests_again() {
    let faults = ["status 429 20% retry-after 2s", "status 500 10%", "malformed 30%"];
    let bot = Bot::start(&[], &faults);
    let customers = 20_000;
    let met = statuses(&bot, customers);
    let count = |status| met.iter().filter(|s| **s == status).count();
    // 20,000 draws: a share that is 5 % off lies 3 standard errors away, or more, for two of the three.
    for (status, share) in [(429, 0.2), (500, 0.1), (0, 0.3), (200, 0.4)] {
        assert!(likely(count(status), met.len(), share), "{status}: {}", count(status));
    }
    let metrics = once(bot.address, "GET", "/metrics", b"").text();
    for (number, kind, status) in
        [(1, "status_429", 429), (2, "status_500", 500), (3, "malformed", 0)]
    {
        let line = format!(
            "convoq_bot_faults_total{{fault=\"{number}\",kind=\"{kind}\"}} {}\n",
            count(status)
        );
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    let other =
        format!("{{protocol=\"http\",outcome=\"injected_fault\"}} {}\n", met.len() - count(200));
    assert!(metrics.contains(&other), "{metrics}");
    assert_eq!(bot.stop().faults as usize, met.len() - count(200));

    let again = Bot::start(&[], &faults);
    assert_eq!(statuses(&again, 1000), met[..1000]);
    again.stop();
    let further = Bot::start(&[], &[faults[0], faults[1], faults[2], "status 418 40%"]);
    let with_more = statuses(&further, 1000);
    // A fault more changes nothing for whoever is hit already.
    for (before, now) in met.iter().zip(&with_more) {
        assert!(before == now || (*before, *now) == (200, 418), "{before} {now}");
    }
    further.stop();
}

#[test]
fn a_status_says_when_to_come_again() {
    let bot = Bot::start(&[], &["status 429 100% retry-after 1500ms"]);
    let body = json!({"messages": [{"role": "user", "content": ORDER}], "stream": true});
    let answer = post(bot.address, "/v1/chat/completions", &body);
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("2")));
    assert_eq!(answer.json()["error"]["code"], "rate_limit_exceeded");
    bot.stop();
}

#[test]
fn a_reset_ends_the_connection_and_a_cut_answer_its_body() {
    let bot = Bot::start(&[], &["reset 30%", "truncate 30%"]);
    let mut client = Client::new(bot.address);
    let (mut reset, mut cut, mut streams_cut) = (0, 0, 0);
    for key in 0..300 {
        match ask(&mut client, key) {
            None => reset += 1,
            Some(answer) if !answer.whole => {
                assert_eq!(answer.status, 200);
                assert!(answer.body.len() > 10);
                cut += 1;
            }
            Some(_) => continue,
        }
        client = Client::new(bot.address);
    }
    for key in 1000..1100 {
        let body = json!({"user": identity(key), "stream": true, "messages": [{"role": "user", "content": ORDER}]});
        let answer = Client::new(bot.address).post("/v1/chat/completions", &body);
        if let Some(answer) = answer.filter(|a| !a.whole) {
            assert!(answer.text().contains("\"content\":\"") && !answer.text().contains("[DONE]"));
            streams_cut += 1;
        }
    }
    assert!(likely(reset, 300, 0.3) && likely(cut, 300, 0.3), "{reset} {cut}");
    assert!(likely(streams_cut, 100, 0.3), "{streams_cut}");
    bot.stop();
    // A reset is one: the client's next read says so.
    let bot = Bot::start(&[], &["reset 100%"]);
    let mut raw = std::net::TcpStream::connect(bot.address).unwrap();
    let body = json!({"conversation": "a", "text": ORDER}).to_string();
    let head = format!("POST /chat HTTP/1.1\r\nHost: b\r\nContent-Length: {}\r\n\r\n", body.len());
    raw.write_all((head + &body).as_bytes()).unwrap();
    let error = std::io::Read::read(&mut raw, &mut [0; 64]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    bot.stop();
}

#[test]
fn one_event_of_a_stream_is_broken_and_the_others_are_not() {
    let bot = Bot::start(&[], &["malformed 100%"]);
    let body = json!({"stream": true, "messages": [{"role": "user", "content": ORDER}]});
    let answer = post(bot.address, "/v1/chat/completions", &body);
    let text = answer.text();
    let events: Vec<&str> = text.split_terminator("\n\n").collect();
    let readable = |e: &&&str| {
        let json = e.strip_prefix("data: ").unwrap();
        serde_json::from_str::<serde_json::Value>(json).is_ok() || json == "[DONE]"
    };
    assert_eq!(events.iter().filter(readable).count(), events.len() - 1);
    assert!(answer.whole && text.ends_with("data: [DONE]\n\n"));
    bot.stop();
}

#[test]
fn nothing_is_answered_in_a_freeze_and_everything_right_after_it() {
    let bot = Bot::start(&[("bot.latency", "{constant: 0s}")], &["freeze 1s at first+300ms"]);
    let address = bot.address;
    let mut old = Client::new(address);
    // The server may see the first request a little later than it was sent, never earlier.
    let start = Instant::now();
    ask(&mut old, 0).unwrap();
    let first_done = start.elapsed();
    let threads: Vec<_> = (1..16_u64)
        .map(|number| {
            let due = Duration::from_millis(100 * number);
            std::thread::spawn(move || {
                let mut client = Client::new(address);
                std::thread::sleep(due.saturating_sub(start.elapsed()));
                let sent = start.elapsed();
                assert_eq!(ask(&mut client, number).unwrap().status, 200);
                (sent, start.elapsed())
            })
        })
        .collect();
    let (begin, end) = (Duration::from_millis(300), Duration::from_millis(1300));
    let slack = first_done + Duration::from_millis(400);
    let mut held = 0;
    for thread in threads {
        let (sent, answered) = thread.join().unwrap();
        if sent > begin + first_done && sent < end {
            assert!(answered >= end, "sent {sent:?}, answered {answered:?}");
            assert!(answered < end + slack, "sent {sent:?}, answered {answered:?}");
            held += 1;
        } else if sent >= end + first_done {
            assert!(answered < sent + slack, "sent {sent:?}, answered {answered:?}");
        } else {
            assert!(answered < sent + slack || answered >= end, "{sent:?} {answered:?}");
        }
    }
    assert!(held >= 7, "{held}");
    let metrics = once(address, "GET", "/metrics", b"").text();
    assert!(metrics.contains("kind=\"freeze\"} 1\n"), "{metrics}");
    bot.stop();
}

#[test]
fn a_freeze_holds_new_connections_and_answers_under_way() {
    let bot = Bot::start(&[("bot.latency", "{constant: 400ms}")], &["freeze 900ms at first+200ms"]);
    let start = Instant::now();
    let mut client = Client::new(bot.address);
    // The answer would be there after 400 ms: the freeze holds it until 1,100.
    ask(&mut client, 1).unwrap();
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(1100), "{took:?}");
    assert!(took < Duration::from_millis(1700), "{took:?}");
    bot.stop();
}

#[test]
fn a_fault_acts_in_its_time_and_a_slow_first_byte_delays_the_answer() {
    let bot = Bot::start(
        &[],
        &["status 500 100% from 0s to 500ms", "slow-first-byte 300ms 100% from 500ms to 1h"],
    );
    let mut client = Client::new(bot.address);
    assert_eq!(ask(&mut client, 1).unwrap().status, 500);
    std::thread::sleep(Duration::from_millis(600));
    let start = Instant::now();
    assert_eq!(ask(&mut client, 2).unwrap().status, 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
    bot.stop();
}

#[test]
fn faults_over_a_websocket_close_it_or_break_its_json() {
    let hear = |fault: &str| {
        let bot = Bot::start(&[], &[fault]);
        let mut socket = Client::new(bot.address);
        socket.upgrade("/ws");
        socket.say(ORDER);
        let frame = socket.frame();
        bot.stop();
        frame
    };
    let (kind, payload) = hear("status 429 100%").unwrap();
    assert_eq!((kind, &payload[..2]), (8, &1013_u16.to_be_bytes()[..]));
    let (kind, payload) = hear("status 503 100%").unwrap();
    assert_eq!((kind, &payload[..2]), (8, &1011_u16.to_be_bytes()[..]));
    assert_eq!(hear("reset 100%"), None);
    assert_eq!(hear("truncate 100%"), None);
    let (kind, payload) = hear("malformed 100%").unwrap();
    assert_eq!(kind, 1);
    assert!(serde_json::from_slice::<serde_json::Value>(&payload).is_err());
}

#[test]
fn a_fault_that_is_not_understood_says_how_faults_are_written() {
    for wrong in [
        "",
        "freeze",
        "freeze 3s",
        "freeze 3 at 2s",
        "status 200 10%",
        "status 429 110%",
        "status 429 10% retry-after",
        "reset 5",
        "reset 5% from 10s",
        "reset 5% from 10s to 10s",
        "slow-first-byte 10%",
        "crash 5%",
    ] {
        let problem = wrong.parse::<InjectedFault>().unwrap_err();
        assert!(problem.contains("slow-first-byte 2s 10%"), "{wrong}: {problem}");
    }
    let parse =
        |list: &[&str]| -> Vec<InjectedFault> { list.iter().map(|f| f.parse().unwrap()).collect() };
    assert!(check_shares(&parse(&["reset 60%", "truncate 40%", "slow-first-byte 1s 90%"])).is_ok());
    assert!(check_shares(&parse(&["reset 60%", "truncate 41%"])).is_err());
    assert!(
        check_shares(&parse(&["reset 60% from 0s to 5s", "truncate 60% from 5s to 9s"])).is_ok()
    );
    assert!(
        check_shares(&parse(&["reset 60% from 0s to 5s", "truncate 60% from 4s to 9s"])).is_err()
    );
}
