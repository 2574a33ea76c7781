//! What a load test is for: how much a bot carries, and what it means for people.

use super::{Bot, LOAD_DEMO, ONE_TURN, convoq, load};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Steps or a search, in a folder of its own: its JSON and its exit code.
fn tried(bot: &Bot, args: &[&str]) -> (serde_json::Value, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let output = crate::common::program()
        .current_dir(folder.path())
        .arg("load")
        .arg(std::path::absolute(ONE_TURN).unwrap())
        .args(["--target", &format!("{}/chat", bot.url), "--protocol", "http"])
        .args(["--arrivals", "constant", "--format", "json"])
        .args(args)
        .output()
        .unwrap();
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    (json, output.status.code())
}

#[test]
fn a_rate_at_which_the_backlog_grows_is_not_carried_and_a_search_ends_there() {
    // Ten a second is all that one at a time and 100 ms each allow; 40 come.
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=100ms"]);
    let search = ["--search", "40/s..80/s", "--for", "20s", "--lag-budget", "1h"];
    let (json, code) = tried(&bot, &[&search[..], &["--max-in-flight", "1"]].concat());
    let all = json["tried"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{json}");
    let told = ["saturated", "met", "generator_late"].map(|name| all[0][name] == true);
    assert_eq!(told, [true, false, false], "{json}");
    assert_eq!(json["smallest_failed_per_s"], 40.0);
    assert_eq!(json["arrivals"], "constant");
    let most = json["most_answered_per_s"].as_f64().unwrap();
    assert!((6.0..11.0).contains(&most), "{json}");
    assert!(json["largest_rate_per_s"].is_null());
    // It is seen after 24 looks, of which there are four a second, and not at the end.
    assert!(all[0]["turns_offered"].as_f64().unwrap() < 600.0, "{json}");
    assert_eq!(code, Some(99));
}

#[test]
fn steps_try_their_last_rate_and_a_late_generator_carries_none() {
    let bot = Bot::start(ONE_TURN, &[]);
    let steps = ["--step", "5/s..15/s:5/s", "--for", "400ms", "--lag-budget"];
    let (json, code) = tried(&bot, &[&steps[..], &["30s"]].concat());
    let rates = json["tried"].as_array().unwrap().iter();
    let rates: Vec<f64> = rates.map(|t| t["rate_per_s"].as_f64().unwrap()).collect();
    assert_eq!(rates, [5.0, 10.0, 15.0]);
    assert_eq!((&json["largest_rate_per_s"], code), (&15.0.into(), Some(0)));
    let (json, code) = tried(&bot, &[&steps[..], &["1us"]].concat());
    // It is tried three times, and nothing is known of it.
    assert_eq!(json["tried"].as_array().unwrap().len(), 3, "{json}");
    assert_eq!(json["tried"][2]["outcome"], "invalid");
    let first = &json["tried"][0];
    assert_eq!((&first["generator_late"], &first["met"]), (&true.into(), &false.into()));
    assert_eq!(code, Some(98));
}

#[test]
fn steps_end_at_the_first_rate_that_the_bot_does_not_carry() {
    // The bot takes 12 requests a second, and refuses the rest.
    let bot = Bot::start(ONE_TURN, &["--set", "bot.rate=12/s", "--set", "bot.burst=1"]);
    let steps = ["--step", "6/s..30/s:12/s", "--for", "2s", "--lag-budget", "30s"];
    let (json, code) = tried(&bot, &[&steps[..], &["--expect", "error_rate < 5%"]].concat());
    assert_eq!(json["schema"], "convoq.load_search/1");
    let schema = crate::log::runs::convoq(Path::new("."), &["schema", "load-search"]);
    let schema = serde_json::from_slice(&schema.stdout).unwrap();
    assert_eq!(crate::schemas::wrong(&json, &schema, "json"), Vec::<String>::new());
    assert_eq!(json["largest_rate_per_s"], 6.0, "{json}");
    assert_eq!(json["smallest_failed_per_s"], 18.0, "{json}");
    assert_eq!(json["tried"].as_array().unwrap().len(), 2, "30/s is not tried");
    assert_eq!(json["tried"][1]["missed"][0], "error_rate < 5%");
    assert_eq!(code, Some(0));
}

#[test]
fn a_measured_bot_becomes_a_variant_that_says_what_it_changes() {
    // The bot that is served knows half of what the scenario believes.
    let weaker = ["--set", "intents.order_status.bot.coverage=40%", "--set", "bot.latency=30ms"];
    let bot = Bot::start(LOAD_DEMO, &weaker);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("measured.yaml");
    let plan = [
        "--set",
        "bot.think=50ms",
        "--rate",
        "100/s",
        "--for",
        "4s",
        "--calibrate",
        out.to_str().unwrap(),
    ];
    let run = load(LOAD_DEMO, &bot, "openai", &plan);
    let line = |start: &str| {
        let found = run.stderr.lines().find(|l| l.trim_start().starts_with(start));
        found.unwrap_or_else(|| panic!("no {start}: {}", run.stderr)).to_owned()
    };
    assert!(line("order_status").ends_with("higher than assumed"), "{}", run.stderr);
    assert!(line("password").ends_with("as assumed"), "{}", run.stderr);
    assert!(line("latency p50").ends_with("lower than assumed"), "{}", run.stderr);
    let checked = convoq(&["check", out.to_str().unwrap(), "--variant", "measured", "--expand"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let tree: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    let written = tree["intents"]["order_status"]["bot"]["coverage"].as_str().unwrap();
    let coverage: f64 = written.trim_end_matches('%').parse().unwrap();
    // The answers of later turns say how sure the bot is; what is left is its content.
    assert!((30.0..60.0).contains(&coverage), "{coverage}");
    let compared =
        convoq(&["compare", out.to_str().unwrap(), "--variant", "measured", "-n", "2", "-q"]);
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stderr));
}

#[test]
fn prometheus_reads_the_counters_of_a_running_test() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=200ms"]);
    let target = format!("{}/chat", bot.url);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut child = crate::common::program()
        .args(["load", ONE_TURN, "--target", &target, "--protocol", "http", "--rate", "50/s"])
        .args(["--for", "3s", "--metrics", "127.0.0.1:0", "--out", out.to_str().unwrap()])
        .args(["--lag-budget", "30s"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let line = lines.next().unwrap().unwrap();
    let address = line.trim_start_matches("metrics: http://").trim_end_matches("/metrics");
    std::thread::sleep(Duration::from_secs(2));
    let mut stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{line}: {e}"));
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    let shown = |start: &str| -> f64 {
        let line = page.lines().find_map(|l| l.strip_prefix(start));
        let value = line.unwrap_or_else(|| panic!("no {start}: {page}"));
        value.trim().parse().unwrap()
    };
    let asked = shown("convoq_turns_asked ");
    assert!(asked > 20.0, "{page}");
    assert!(page.contains("convoq_turns_total{segment=\"b2c\",class=\"ok\"}"), "{page}");
    // 50 a second for 0.2 s each: ten are under way, and none waits to be sent.
    assert!(shown("convoq_in_flight ") > 0.0, "{page}");
    assert_eq!(shown("convoq_held "), 0.0, "{page}");
    let median = |name: &str| shown(&format!("convoq_{name}_seconds{{quantile=\"0.5\"}}"));
    assert!(median("ttft") >= 0.2 && median("turn_latency") >= 0.2, "{page}");
    assert!(median("dispatch_lag") < 0.2, "{page}");
    std::thread::spawn(move || lines.count()); // a closed pipe would end the program
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
