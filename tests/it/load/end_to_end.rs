//! The load test from the command line, against the scenario's bot as a real server.

use super::{Bot, LOAD_DEMO, ONE_TURN, load, near, number, row};
use convoq::event::Event;
use convoq::log::Run;
use convoq::protocol::Protocol;

#[test]
fn a_frozen_bot_shows_in_the_latencies_of_all_who_came_meanwhile() {
    // 50 a second for 8 s; from 2 s to 5 s nothing is answered. Of 400, 150 wait
    // between 0 and 3 s, evenly: p90 = 3 - 0.1 * 400 / 50 = 2.2 s.
    let bot = Bot::start(ONE_TURN, &["--fault", "freeze 3s at first+2s"]);
    let plan = ["--rate", "50/s", "--arrivals", "constant", "--for", "8s"];
    let run = load(ONE_TURN, &bot, "http", &plan);
    let turns = |name| number(&run.json, "turns", Some(name), None);
    assert_eq!((turns("offered"), turns("sent"), turns("ok")), (400.0, 400.0, 400.0));
    let latency = |stat| number(&run.json, "turn_latency_s", None, Some(stat));
    println!("freeze of 3 s: {} of 400 sent, p90 {:.2} s", turns("sent"), latency("p90"));
    assert!((2.0..2.5).contains(&latency("p90")), "{}", latency("p90"));
    near(latency("p95"), 2.6, 0.15);
    near(latency("p99"), 2.92, 0.12);
    near(latency("max"), 3.0, 0.15);
    let short = latency("p50");
    assert!(short < 0.2, "the median is that of the quiet time: {short}");
    let interval = row(&run.json, "turn_latency_s", None, Some("p50"));
    assert!(interval["ci"].is_array(), "{interval}");
}

#[test]
fn a_limit_of_messages_under_way_counts_as_lateness_and_not_as_service() {
    // 10 a second, one at a time, 500 ms each: message i is due at 0.1 i and sent at
    // 0.5 i. Mean lag of the first 8: 0.4 * 3.5 = 1.4 s; the service stays 0.5 s.
    let slow = ["--set", "bot.latency=500ms"];
    let bot = Bot::start(ONE_TURN, &slow);
    let plan =
        ["--rate", "10/s", "--arrivals", "constant", "--for", "800ms", "--max-in-flight", "1"];
    let run = load(ONE_TURN, &bot, "http", &plan);
    let mean = |metric| number(&run.json, metric, None, Some("mean"));
    assert_eq!(number(&run.json, "turns", Some("finished"), None), 8.0);
    near(mean("dispatch_lag_s"), 1.4, 0.1);
    near(mean("service_time_s"), 0.5, 0.06);
    near(mean("turn_latency_s"), 1.9, 0.13);
}

#[test]
fn a_full_limit_can_drop_messages_and_says_how_many() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=2s"]);
    let plan = [
        "--rate",
        "10/s",
        "--arrivals",
        "constant",
        "--for",
        "1s",
        "--max-in-flight",
        "3",
        "--when-full",
        "drop",
    ];
    let run = load(ONE_TURN, &bot, "http", &plan);
    let turns = |name| number(&run.json, "turns", Some(name), None);
    assert_eq!((turns("offered"), turns("dropped_in_flight")), (10.0, 7.0));
    assert_eq!((turns("sent"), turns("finished")), (3.0, 3.0));
}

#[test]
fn every_protocol_serves_whole_conversations_without_an_error() {
    let bot = Bot::start(LOAD_DEMO, &["--set", "bot.latency=50ms", "--set", "bot.think=100ms"]);
    for protocol in Protocol::ALL.map(Protocol::name) {
        let faster = ["--set", "bot.think=100ms", "--rate", "20/s", "--for", "2s", "--drain", "5s"];
        let run = load(LOAD_DEMO, &bot, protocol, &faster);
        let turns = |name| number(&run.json, "turns", Some(name), None);
        assert!(turns("offered") > 25.0, "{protocol}: {}", turns("offered"));
        assert_eq!(turns("offered"), turns("ok") + turns("handoff"), "{protocol}: {}", run.stderr);
        assert!(turns("handoff") > 5.0, "{protocol}: {}", turns("handoff"));
        assert!(number(&run.json, "answered", None, None) > 0.0, "{protocol}: people answered");
    }
}

#[test]
fn each_turn_is_measured_once_and_its_parts_add_up() {
    let bot = Bot::start(LOAD_DEMO, &["--set", "bot.latency=20ms"]);
    let plan = ["--set", "bot.think=50ms", "--rate", "40/s", "--for", "3s"];
    let run = load(LOAD_DEMO, &bot, "openai", &plan);
    let log = Run::open(&run.folder).unwrap();
    let (mut asked, mut measured, mut answered) = (0, 0, 0);
    log.events(&|_| true, &mut |_, events, walls| {
        assert_eq!(walls.iter().flatten().count(), events.len(), "each has its wall clock");
        for envelope in events {
            match envelope.event {
                Event::BotAsked { .. } => asked += 1,
                Event::BotReplied { .. } => answered += 1,
                Event::TurnMeasured { lag_us, first_us, latency_us, connect_us, .. } => {
                    measured += 1;
                    assert!(lag_us <= latency_us && connect_us <= latency_us);
                    let first_us = first_us.expect("an answer says something").get();
                    assert!(lag_us <= first_us && first_us <= latency_us.max(1));
                }
                _ => {}
            }
        }
    })
    .unwrap();
    assert!(asked > 100, "{asked}");
    assert_eq!((asked, asked), (measured, answered));
    assert_eq!(f64::from(asked), number(&run.json, "turns", Some("offered"), None));
}

#[test]
fn a_customer_without_patience_cancels_and_people_hear_of_it() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=30s"]);
    let plan = [
        "--rate",
        "20/s",
        "--arrivals",
        "constant",
        "--for",
        "1s",
        "--set",
        "bot.patience=300ms",
        "--set",
        "bot.ask_human=50%",
    ];
    let run = load(ONE_TURN, &bot, "openai", &plan);
    let turns = |name| number(&run.json, "turns", Some(name), None);
    assert_eq!((turns("offered"), turns("cancelled_by_customer")), (20.0, 20.0));
    let slow = number(&run.json, "escalations", Some("too_slow"), None);
    assert!((3.0..18.0).contains(&slow), "half of them ask for a person: {slow}");
    assert_eq!(number(&run.json, "to_people", None, None), slow);
    assert_eq!(number(&run.json, "sessions", None, None), 20.0);
}

#[test]
fn failures_are_counted_by_class_and_stay_out_of_the_latencies() {
    let faults = [
        "--fault",
        "status 500 20%",
        "--fault",
        "reset 20%",
        "--fault",
        "status 429 10% retry-after 2s",
    ];
    let bot = Bot::start(ONE_TURN, &faults);
    let plan = ["--rate", "200/s", "--arrivals", "constant", "--for", "2s"];
    let run = load(ONE_TURN, &bot, "http", &plan);
    let turns = |name| number(&run.json, "turns", Some(name), None);
    assert_eq!(turns("offered"), 400.0);
    // 99.9 % binomial limits: 3.3 standard deviations.
    near(turns("http_5xx"), 80.0, 26.5);
    near(turns("reset"), 80.0, 26.5);
    near(turns("rate_limited"), 40.0, 20.0);
    let failed = turns("http_5xx") + turns("reset") + turns("rate_limited");
    assert_eq!(turns("ok") + failed, 400.0, "{}", run.stderr);
    near(number(&run.json, "error_rate", None, None), failed / 400.0, 1e-9);
    assert_eq!(number(&run.json, "escalations", Some("failure"), None), failed);
}

#[test]
fn a_report_of_the_run_says_the_same() {
    let bot = Bot::start(ONE_TURN, &[]);
    let run = load(ONE_TURN, &bot, "rasa", &["--rate", "50/s", "--for", "2s"]);
    super::told_again(&run.folder, &run.json);
    let verified = super::convoq(&["log", "verify", run.folder.to_str().unwrap()]);
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn a_trace_brings_its_customers_at_its_moments() {
    let bot = Bot::start(ONE_TURN, &[]);
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.csv");
    let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:46.9951690,396,109\n2023-11-16 18:15:47.2,879,55\n2023-11-16 18:17:00.0,879,55\n";
    std::fs::write(&trace, azure).unwrap();
    let plan = ["--trace", trace.to_str().unwrap(), "--for", "2s"];
    let run = load(ONE_TURN, &bot, "http", &plan);
    let offered = number(&run.json, "turns", Some("offered"), None);
    assert_eq!(offered, 3.0, "the fourth comes after the end");
}
