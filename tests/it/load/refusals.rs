//! What a load test refuses, and how it stops.

use super::{Bot, NO_BOT, ONE_TURN, convoq, load, number, row};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn refused(args: &[&str]) -> (i32, String) {
    let output = convoq(args);
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

#[test]
fn a_target_elsewhere_is_not_loaded_without_its_owners_word() {
    let (code, text) =
        refused(&["load", ONE_TURN, "--target", "http://192.0.2.7:1234", "--protocol", "http"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("--i-own 192.0.2.7"), "{text}");
}

#[test]
fn the_word_has_to_be_for_the_host_that_is_loaded() {
    let target = ["--target", "http://192.0.2.7:1234", "--protocol", "http"];
    let dry = |host| {
        let word = ["--i-own", host, "--dry-run"];
        convoq(&[&["load", ONE_TURN][..], &target, &word].concat())
    };
    assert_eq!(dry("192.0.2.8").status.code(), Some(2));
    assert_eq!(dry("192.0.2.7").status.code(), Some(0));
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let (code, text) = refused(&[
        "load",
        ONE_TURN,
        "--target",
        "http://127.0.0.1:1",
        "--protocol",
        "http",
        "--expect",
        "ttft_s.p95 << 2s",
        "--handoff",
        "nonsense",
        "--header",
        "no colon",
        "--bearer",
        "${env:CONVOQ_NO_SUCH_VARIABLE}",
    ]);
    assert_eq!(code, 2, "{text}");
    for part in ["--expect", "nonsense", "no colon", "CONVOQ_NO_SUCH_VARIABLE"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[test]
fn a_bot_that_never_answers_ends_with_97_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let ready = ["--ready-timeout", "1s", "--out", out.to_str().unwrap()];
    let (code, text) = refused(&[&NO_BOT[..], &ready].concat());
    assert_eq!(code, 97, "{text}");
    assert!(text.contains("not ready within 1s"), "{text}");
    assert!(!out.exists());
}

#[test]
fn a_generator_that_is_late_says_invalid_and_exits_98() {
    let bot = Bot::start(ONE_TURN, &[]);
    let plan = ["--rate", "100/s", "--for", "2s", "--lag-budget", "1us"];
    let run = load(ONE_TURN, &bot, "http", &plan);
    assert_eq!(run.code, 98);
    let first = run.json["warnings"][0].as_str().unwrap();
    assert!(first.starts_with("INVALID: the load generator was late: dispatch lag p99"), "{first}");
    let again = convoq(&["report", run.folder.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(98), "{again:?}");
}

#[test]
fn of_few_turns_the_longest_lag_makes_a_run_invalid() {
    // One at a time, 250 ms each: the third is 400 ms late.
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=250ms"]);
    let plan = ["--rate", "20/s", "--arrivals", "constant", "--for", "150ms"];
    let with = |budget| {
        let limits = ["--max-in-flight", "1", "--lag-budget", budget];
        load(ONE_TURN, &bot, "http", &[&plan[..], &limits].concat())
    };
    let late = with("300ms");
    assert_eq!(number(&late.json, "turns", Some("finished"), None), 3.0);
    let first = late.json["warnings"][0].as_str().unwrap();
    assert!(first.contains("dispatch lag max"), "{first}");
    assert!(first.contains("budget 300.0 ms"), "{first}");
    assert_eq!((late.code, with("20s").code), (98, 0));
    // Two at most can be later than 300 ms, and one is.
    assert!((1.0..=2.0).contains(&number(&late.json, "turns", Some("late"), None)));
}

#[test]
fn a_run_that_ended_early_says_so_first_and_a_late_one_before_a_missed_target() {
    let bot = Bot::start(ONE_TURN, &[]);
    let plan = ["--rate", "50/s", "--for", "1s", "--lag-budget", "1us"];
    let missed = ["--expect", "turn_latency_s.p50 < 1us"];
    let late = load(ONE_TURN, &bot, "http", &[&plan[..], &missed].concat());
    assert_eq!(late.json["targets"][0]["verdict"], "missed");
    assert_eq!(late.code, 98);
    let few = ["--max-conversations", "5"];
    let ended = load(ONE_TURN, &bot, "http", &[&plan[..], &few].concat());
    let warnings = ended.json["warnings"].to_string();
    assert!(warnings.contains("the limit of 5 conversations"), "{warnings}");
    assert!(warnings.contains("INVALID"), "{warnings}");
    assert_eq!(ended.code, 130);
}

#[test]
fn each_limit_of_time_is_the_one_that_was_given() {
    // Nothing of a whole reply before 900 ms; of a stream the role at once, and words
    // from 270 ms on in steps of a hundred and more.
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=900ms"]);
    let ended = |protocol: &str, option: &str| {
        let plan = ["--rate", "10/s", "--arrivals", "constant", "--for", "100ms"];
        let all = [&plan[..], &[option, "150ms"]].concat();
        let run = load(ONE_TURN, &bot, protocol, &all);
        let of = |class: &str| number(&run.json, "turns", Some(class), None);
        let classes = ["first_event_timeout", "idle_timeout", "turn_timeout", "ok"];
        classes.map(of)
    };
    assert_eq!(ended("http", "--first-event-timeout"), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(ended("openai", "--idle-timeout"), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(ended("http", "--turn-timeout"), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(ended("http", "--connect-timeout"), [0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn a_target_that_is_missed_exits_99() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=50ms"]);
    let plan = [
        "--rate",
        "50/s",
        "--for",
        "2s",
        "--expect",
        "turn_latency_s.p50 < 1ms",
        "--expect",
        "error_rate < 1%",
    ];
    let run = load(ONE_TURN, &bot, "http", &plan);
    assert_eq!(run.code, 99);
    let verdicts: Vec<_> = run.json["targets"].as_array().unwrap().iter().collect();
    assert_eq!(verdicts[0]["verdict"], "missed", "{verdicts:?}");
    assert_eq!(verdicts[1]["verdict"], "met", "{verdicts:?}");
}

#[test]
fn direct_line_is_asked_below_the_prefix_that_is_given() {
    let target = ["--target", "http://127.0.0.1:1", "--dry-run"];
    let protocol = ["--protocol", "directline", "--path-prefix", "/directline"];
    let output = convoq(&[&["load", ONE_TURN][..], &target, &protocol].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("/directline/conversations"), "{text}");
    assert!(!text.contains("/v3/"), "{text}");
}

#[test]
fn a_dry_run_shows_a_request_and_sends_nothing() {
    let output = crate::common::program()
        .args(["load", ONE_TURN, "--target", "http://127.0.0.1:9", "--protocol", "openai"])
        .args(["--bearer", "${env:CONVOQ_TEST_SECRET}", "--dry-run"])
        .env("CONVOQ_TEST_SECRET", "tell-nobody-this")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("/v1/chat/completions") && text.contains("***"), "{text}");
    assert!(!text.contains("tell-nobody-this"), "{text}");
}

#[test]
fn a_secret_is_nowhere_in_what_a_run_leaves() {
    let bot = Bot::start(ONE_TURN, &["--fault", "status 500 50%"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let output = crate::common::program()
        .args(["load", ONE_TURN, "--target", &bot.url, "--protocol", "openai"])
        .args(["--header", "X-Key: ${env:CONVOQ_TEST_SECRET}", "--rate", "20/s", "--for", "1s"])
        .args(["--lag-budget", "30s", "--out", out.to_str().unwrap()])
        .env("CONVOQ_TEST_SECRET", "tell-nobody-this")
        .output()
        .unwrap();
    let mut bytes = [output.stdout, output.stderr].concat();
    let mut folders = vec![out];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes.extend(std::fs::read(&path).unwrap());
            }
        }
    }
    let secret = b"tell-nobody-this";
    assert!(bytes.len() > 1000);
    assert!(!bytes.windows(secret.len()).any(|w| w == secret));
}

/// A long load test that gets Ctrl-C after a while: its JSON, and how long it took to end.
fn interrupted(
    signal: &str,
    bot: &Bot,
    out: &str,
    args: &[&str],
    after: Duration,
) -> (Value, Duration) {
    let child = crate::common::program()
        .args(["load", ONE_TURN, "--target", &format!("{}/chat", bot.url)])
        .args(["--protocol", "http", "--for", "60s", "--format", "json"])
        .args(["--lag-budget", "30s", "--out", out])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let start = Instant::now();
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let took = start.elapsed();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    (serde_json::from_slice(&output.stdout).unwrap(), took)
}

#[test]
fn a_supervisor_and_a_lost_terminal_end_a_load_test_as_ctrl_c_does() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=20ms"]);
    for signal in crate::common::ending_signals().split_off(1) {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let out = out.to_str().unwrap();
        let (json, _) = interrupted(signal, &bot, out, &["--rate", "50/s"], Duration::from_secs(1));
        let warning = json["warnings"][0].as_str().unwrap();
        assert!(warning.contains("interrupted"), "{signal}: {warning}");
        let kept = convoq(&["log", "verify", out]);
        assert_eq!(kept.status.code(), Some(0), "{signal}: {kept:?}");
    }
}

#[test]
fn ctrl_c_ends_what_is_under_way_and_leaves_log_and_report() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=400ms"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let (json, took) = interrupted("-INT", &bot, out, &["--rate", "50/s"], Duration::from_secs(2));
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(json["warnings"][0].as_str().unwrap().contains("interrupted"), "{json}");
    super::told_again(std::path::Path::new(out), &json);
    let turns = |name| number(&json, "turns", Some(name), None);
    assert!(turns("offered") > 30.0 && turns("offered") < 400.0, "{}", turns("offered"));
    assert_eq!(turns("censored_at_end"), 0.0, "what was under way was waited for");
    assert!(row(&json, "turn_latency_s", None, Some("p50"))["value"].is_number());
    assert!(convoq(&["log", "verify", out]).status.success());
}

#[test]
fn after_ctrl_c_a_bot_that_hangs_is_waited_for_as_long_as_the_drain() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=60s"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let hung = ["--rate", "20/s", "--arrivals", "constant", "--drain", "400ms"];
    let (json, took) = interrupted("-INT", &bot, out, &hung, Duration::from_millis(1_200));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let turns = |name| number(&json, "turns", Some(name), None);
    assert!(turns("offered") > 5.0);
    assert_eq!(turns("censored_at_end"), turns("offered"));
    assert_eq!((turns("sent"), turns("finished")), (turns("offered"), 0.0));
}

#[test]
fn a_killed_run_opens_with_everything_older_than_the_last_sync() {
    let bot = Bot::start(ONE_TURN, &[]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let target = format!("{}/chat", bot.url);
    let mut child = crate::common::program()
        .args([
            "load",
            ONE_TURN,
            "--target",
            &target,
            "--protocol",
            "http",
            "--rate",
            "100/s",
            "-q",
        ])
        .args(["--arrivals", "constant", "--for", "60s", "--out", out.to_str().unwrap()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(4_300));
    child.kill().unwrap();
    let _ = child.wait();
    let shown = convoq(&["report", out.to_str().unwrap(), "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&shown.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&shown.stderr)));
    let offered = number(&json, "turns", Some("offered"), None);
    // Synced each second: of at least 3.5 s of sending at most 2 s are missing.
    assert!(offered >= 150.0, "{offered}");
}
