//! What the head of a load test says of itself: the generator, and Little's law.

use super::{Bot, ONE_TURN, convoq, load, near, number};

/// Ten a second of the run's time, each answered in 500 ms of the wall clock: messages
/// under way, rate times latency, the gap, and the mean latency, seconds.
fn under_way(bot: &Bot, args: &[&str]) -> [f64; 4] {
    let plan = [&["--rate", "10/s", "--arrivals", "constant"], args].concat();
    let run = load(ONE_TURN, bot, "http", &plan);
    let value = |metric| number(&run.json, metric, None, None);
    let mut rows = run.json["metrics"].as_array().unwrap().iter();
    // Nobody may have been answered.
    let mean = rows.find(|r| r["metric"] == "turn_latency_s" && r["stat"] == "mean");
    [
        value("turns_in_flight"),
        value("rate_times_latency"),
        value("littles_law_gap"),
        mean.map_or(f64::NAN, |r| r["value"].as_f64().unwrap()),
    ]
}

#[test]
fn messages_under_way_are_rate_times_latency() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=500ms"]);
    // From an empty start: of the messages of 3.5, 3.6 ... 3.9 s a part lies behind the
    // end. All 40 latencies are nearly the same, W.
    let [found, expected, gap, w] = under_way(&bot, &["--for", "4s"]);
    let behind: f64 = (0..40).map(|n| (f64::from(n) * 0.1 + w - 4.0).max(0.0)).sum();
    near(expected, 10.0 * w, 0.005 * expected);
    near(found, (40.0 * w - behind) / 4.0, 0.01 * found);
    near(gap, expected / found - 1.0, 1e-9);
    assert!(gap > 0.04, "{gap}");
    // After a warm-up as much comes in at the beginning as goes out at the end.
    let [found, expected, gap, w] = under_way(&bot, &["--for", "4s", "--warm-up", "1s"]);
    near(expected, 10.0 * w, 0.005 * expected);
    near(found, expected, 0.02 * expected);
    near(gap, expected / found - 1.0, 1e-9);
    // Twice as fast, ten a second are twenty on the wall clock.
    let fast = ["--for", "6s", "--warm-up", "2s", "--speed", "2"];
    let [found, expected, _, w] = under_way(&bot, &fast);
    near(expected, 20.0 * w, 0.005 * expected);
    near(found, expected, 0.02 * expected);
}

#[test]
fn messages_of_customers_who_left_were_under_way_until_then() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=30s"]);
    let leave = ["--set", "bot.patience=500ms", "--set", "bot.ask_human=0%"];
    let plan = ["--for", "4s", "--warm-up", "1s"];
    let [found, expected, gap, _] = under_way(&bot, &[&leave[..], &plan].concat());
    // Everybody waits for 500 ms.
    near(found, 5.0, 0.1);
    near(expected, 5.0, 0.1);
    near(gap, 0.0, 0.02);
}

#[test]
fn the_generator_says_what_it_uses_and_the_log_keeps_it() {
    let bot = Bot::start(ONE_TURN, &[]);
    let run = load(ONE_TURN, &bot, "http", &["--rate", "100/s", "--for", "2s"]);
    let share = |name: &str| run.json["generator"][name].as_f64().unwrap();
    let (process, thread) = (share("process_share"), share("thread_share"));
    // Half a percent: 100 a second at 50 microseconds each. Builds for tests are slower.
    assert!((0.001..0.9).contains(&thread), "{thread}");
    assert!(process >= thread && process < 2.0, "{process}");
    let path = run.folder.to_str().unwrap();
    let again = convoq(&["report", path, "--format", "json", "-q"]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["generator"], run.json["generator"]);
    let text = convoq(&["report", path, "-q"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for part in [
        "\nthe load generator used ",
        "under way on average",
        "= rate x latency",
        "gap (Little's law)",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}
