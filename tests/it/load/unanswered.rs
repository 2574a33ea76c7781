//! A bot that does not answer has not passed, whoever asked for what.

use super::{Bot, Loaded, ONE_TURN, convoq, load, near, number, row, told_again};

/// A bot of which this share of requests hangs, loaded for two seconds with 100 messages
/// and a drain that is shorter than any limit of time.
fn hanging(share: &str, args: &[&str]) -> (Loaded, String) {
    let fault = format!("slow-first-byte 1h {share}");
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=20ms", "--fault", &fault]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("targets.xml");
    let load_of = ["--rate", "50/s", "--arrivals", "constant", "--for", "2s"];
    let rest = ["--drain", "1s", "--junit", file.to_str().unwrap()];
    let run = load(ONE_TURN, &bot, "http", &[&load_of[..], &rest, args].concat());
    let junit = std::fs::read_to_string(&file).unwrap();
    (run, junit)
}

/// Verdicts of the targets, in their order.
fn verdicts(run: &Loaded) -> Vec<&str> {
    let targets = run.json["targets"].as_array().unwrap().iter();
    targets.map(|t| t["verdict"].as_str().unwrap()).collect()
}

#[test]
fn a_bot_that_never_answers_fails_with_and_without_targets() {
    let (run, junit) = hanging("100%", &[]);
    assert_eq!(run.code, 99, "{}", run.stderr);
    assert!(junit.contains("errors=\"1\""), "{junit}");
    assert!(junit.contains("type=\"not_answered\""), "{junit}");
    assert_eq!(number(&run.json, "answered_rate", None, None), 0.0);
    assert_eq!(number(&run.json, "error_rate", None, None), 1.0);
    let warnings = run.json["warnings"].to_string();
    assert!(warnings.contains("NOT ANSWERED: the bot answered 0 of 100 messages"));
    // Targets of what was not measured fail as well.
    let expect = ["--expect", "ttft_s.p95 < 600ms", "--expect", "frt_s(party=bot).p90 < 1s"];
    let (run, _) = hanging("100%", &expect);
    assert_eq!(run.code, 99);
    assert_eq!(verdicts(&run), ["missed", "not_measured"]);
    let again = convoq(&["report", run.folder.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(99), "the log says the same");
}

#[test]
fn messages_without_an_answer_are_errors_and_longer_than_they_waited() {
    for (share, hangs) in [("50%", 0.5), ("10%", 0.1)] {
        let targets = ["ttft_s.p95 < 600ms", "error_rate < 1%", "ttft_s.p50 < 1h"];
        let expect: Vec<&str> = targets.iter().flat_map(|t| ["--expect", t]).collect();
        let (run, junit) = hanging(share, &expect);
        assert_eq!(run.code, 99, "{share}");
        let open = number(&run.json, "turns", Some("censored_at_end"), None);
        near(open / 100.0, hangs, 0.12);
        near(number(&run.json, "error_rate", None, None), open / 100.0, 1e-12);
        // Those who hang have waited for the drain of a second at least.
        let p95 = row(&run.json, "ttft_s", None, Some("p95"));
        assert_eq!(p95["note"], "at least");
        assert!(p95["value"].as_f64().unwrap() >= 1.0, "{p95}");
        assert!(p95["ci"][1].is_null(), "{p95}");
        let told = verdicts(&run);
        assert_eq!(told[..2], ["missed", "missed"], "{share}");
        // Half of the messages hang: whether the median is below an hour nobody has seen.
        let median = if open >= 50.0 { "undecided" } else { told[2] };
        assert_eq!(told[2], median);
        assert!(junit.contains("failures=\"2\""), "{junit}");
        assert!(junit.contains("at least"), "{junit}");
    }
}

#[test]
fn every_page_shows_a_bound_as_one() {
    let (run, _) = hanging("30%", &["--expect", "turn_latency_s.p95 < 300ms"]);
    let folder = run.folder.to_str().unwrap();
    let page = run.folder.with_extension("html");
    let told = |args: &[&str]| {
        let output = convoq(&[&["report", folder][..], args].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    let text = told(&["--report", page.to_str().unwrap()]);
    let html = std::fs::read_to_string(page).unwrap();
    let markdown = told(&["--format", "markdown"]);
    let of = |page: &str, label: &str, sign: &str| {
        let lines: Vec<&str> = page.lines().filter(|line| line.contains(label)).collect();
        assert_eq!(lines.len(), 1, "{label}: {lines:?}");
        assert!(lines[0].contains(sign), "{}", lines[0]);
    };
    for label in ["first content p95", "turn latency p95", "worst turn p95"] {
        of(&text, label, " >= ");
        of(&markdown, label, "| >= ");
        of(&html, label, "&gt;= ");
    }
    let csv = told(&["--format", "csv"]);
    for metric in ["ttft_s", "turn_latency_s", "worst_turn_s", "bot_wait_s"] {
        let start = format!("{metric},");
        let lines = csv.lines().filter(|l| l.starts_with(&start) && l.contains(",p95,"));
        let line: Vec<&str> = lines.collect();
        assert!(line.len() == 1 && line[0].ends_with(",at least,one-turn"), "{line:?}");
        assert_eq!(row(&run.json, metric, None, Some("p95"))["note"], "at least");
    }
    let beside = convoq(&["report", folder, folder]);
    let beside = String::from_utf8(beside.stdout).unwrap();
    of(&beside, "ttft_s p95", ">= ");
    assert!(!beside.contains("inf"), "{beside}");
    // The limit of a target is told as finely as it is written.
    assert!(text.contains("turn_latency_s.p95 < 300ms  at least "), "{text}");
    // Of 50 a second some 35 were answered.
    let rate = |what| number(&run.json, "turns_per_s", Some(what), None);
    near(rate("offered"), 50.0, 1.0);
    near(rate("answered"), 35.0, 12.0);
}

#[test]
fn what_never_left_is_not_sent_and_late_by_its_whole_wait() {
    let (run, _) = hanging("100%", &["--max-in-flight", "1", "--lag-budget", "1s"]);
    let turns = |name| number(&run.json, "turns", Some(name), None);
    assert_eq!((turns("offered"), turns("sent"), turns("not_sent")), (100.0, 1.0, 99.0));
    assert_eq!(turns("censored_at_end"), 1.0);
    // It is the generator's, so nothing of it is the bot's failure, and the run is INVALID.
    assert_eq!(run.code, 98, "{}", run.json["warnings"]);
    assert_eq!(number(&run.json, "error_rate", None, None), 1.0, "of the one that left");
    let lag = row(&run.json, "dispatch_lag_s", None, Some("p50"));
    assert!(lag["value"].as_f64().unwrap() > 1.0, "{lag}");
    told_again(&run.folder, &run.json);
}

#[test]
fn a_percentile_of_too_few_turns_may_still_miss_its_target() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=300ms"]);
    let judged = |target: &str| {
        let args = ["--rate", "40/s", "--arrivals", "constant", "--for", "1s", "--expect", target];
        let run = load(ONE_TURN, &bot, "http", &args);
        assert_eq!(row(&run.json, "ttft_s", None, Some("p99"))["note"], "n too small");
        (verdicts(&run)[0].to_owned(), run.code)
    };
    assert_eq!(judged("ttft_s.p99 < 100ms"), ("missed".to_owned(), 99));
    assert_eq!(judged("ttft_s.p99 < 30s"), ("undecided".to_owned(), 0));
}

#[test]
fn a_search_certifies_nothing_that_was_not_answered() {
    let dead = ["--set", "bot.latency=20ms", "--fault", "slow-first-byte 1h 100%"];
    let bot = Bot::start(ONE_TURN, &dead);
    let url = format!("{}/chat", bot.url);
    let folder = tempfile::tempdir().unwrap();
    for plan in [["--search", "5/s..20/s"], ["--step", "5/s..10/s:5/s"]] {
        let out = folder.path().join(plan[0]);
        let junit = folder.path().join(format!("{}.xml", plan[0]));
        let mut args = vec!["load", ONE_TURN, "--target", &url, "--protocol", "http"];
        args.extend(plan);
        args.extend(["--for", "1s", "--drain", "300ms", "--lag-budget", "30s"]);
        args.extend(["--format", "json", "--expect", "ttft_s.p95 < 600ms"]);
        args.extend(["--out", out.to_str().unwrap(), "--junit", junit.to_str().unwrap()]);
        let output = convoq(&args);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(json["largest_rate_per_s"].is_null(), "{json}");
        assert_eq!(json["tried"][0]["outcome"], "missed", "{json}");
        assert_eq!(output.status.code(), Some(99));
        assert!(out.join("5.000-per-s/manifest.json").is_file());
        let junit = std::fs::read_to_string(junit).unwrap();
        assert!(junit.contains("errors=\"1\""), "{junit}");
    }
}
