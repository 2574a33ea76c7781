//! Targets as JUnit XML, at every way a load test can end.

use super::{Bot, NO_BOT, ONE_TURN, convoq, load};
use roxmltree::{Document, Node};
use std::path::Path;

/// What a file says: attributes of the suite, and each case with its finding.
#[derive(Debug, PartialEq)]
struct Suite {
    name: String,
    counts: [usize; 4],
    timestamp: Option<String>,
    time_s: Option<f64>,
    cases: Vec<(String, Option<Finding>)>,
    warnings: String,
}

/// Name of the element, its type and its message.
type Finding = (String, Option<String>, String);

fn read(path: &Path) -> Suite {
    let text = std::fs::read_to_string(path).unwrap();
    let document = Document::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let suites = document.root_element();
    let children = |node: Node<'_, '_>| node.children().filter(Node::is_element).count();
    assert_eq!((suites.tag_name().name(), children(suites)), ("testsuites", 1));
    let suite = suites.first_element_child().unwrap();
    let word = |node: Node<'_, '_>, name: &str| node.attribute(name).map(str::to_owned);
    let counts = |node| {
        ["tests", "failures", "errors", "skipped"].map(|n| word(node, n).unwrap().parse().unwrap())
    };
    assert_eq!(counts(suites), counts(suite), "{text}");
    let name = word(suite, "name").unwrap();
    let cases = suite.children().filter(|n| n.has_tag_name("testcase"));
    let cases = cases.map(|case| {
        assert_eq!(word(case, "classname").unwrap(), name);
        let finding = case.first_element_child().map(|f| {
            let message = word(f, "message").unwrap();
            (f.tag_name().name().to_owned(), word(f, "type"), message)
        });
        (word(case, "name").unwrap(), finding)
    });
    let errors = suite.children().find(|n| n.has_tag_name("system-err"));
    Suite {
        cases: cases.collect(),
        counts: counts(suite),
        timestamp: word(suite, "timestamp"),
        time_s: word(suite, "time").map(|t| t.parse().unwrap()),
        warnings: errors.and_then(|n| n.text()).unwrap_or_default().to_owned(),
        name,
    }
}

fn kinds(suite: &Suite) -> Vec<&str> {
    let kind = |(_, finding): &'_ (String, Option<Finding>)| match finding {
        None => "",
        Some((element, ..)) => match element.as_str() {
            "failure" => "failure",
            "error" => "error",
            "skipped" => "skipped",
            other => panic!("{other}"),
        },
    };
    suite.cases.iter().map(kind).collect()
}

const MET: &str = "error_rate < 1%";
const MISSED: &str = "turn_latency_s.p50 < 1ms";
const TOO_FEW: &str = "turn_latency_s.p99 < 8s";

/// Ends with `code`, and leaves this.
fn judged(bot: &Bot, targets: &[&str], args: &[&str], code: i32) -> (Suite, Suite) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("targets.xml");
    let mut all = vec!["--rate", "60/s", "--arrivals", "constant"];
    if !args.contains(&"--for") {
        all.extend(["--for", "1s"]);
    }
    all.extend(["--junit", file.to_str().unwrap()]);
    targets.iter().for_each(|t| all.extend(["--expect", t]));
    all.extend(args);
    let run = load(ONE_TURN, bot, "http", &all);
    assert_eq!(run.code, code, "{}", run.stderr);
    assert!(run.stderr.contains("junit: "), "{}", run.stderr);
    let again = folder.path().join("again.xml");
    let (path, again_path) = (run.folder.to_str().unwrap(), again.to_str().unwrap());
    convoq(&["report", path, "--junit", again_path]);
    (read(&file), read(&again))
}

#[test]
fn each_target_is_a_case_that_passes_fails_or_is_skipped() {
    let bot = Bot::start(ONE_TURN, &["--set", "bot.latency=20ms"]);
    let (suite, again) = judged(&bot, &[MET, MISSED, TOO_FEW], &[], 99);
    assert_eq!(suite.name, "one-turn");
    assert_eq!(suite.counts, [3, 1, 0, 1]);
    let names: Vec<_> = suite.cases.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [MET, MISSED, TOO_FEW], "as written");
    assert_eq!(kinds(&suite), ["", "failure", "skipped"]);
    let (_, kind, message) = suite.cases[1].1.clone().unwrap();
    assert_eq!(kind.as_deref(), Some("missed"));
    let parts = message.split_once(" ms [").expect("a value and its interval");
    assert!(parts.0.parse::<f64>().unwrap() >= 20.0, "{message}");
    assert!(message.ends_with("] misses turn_latency_s.p50 < 1ms"), "{message}");
    let (.., message) = suite.cases[2].1.clone().unwrap();
    assert!(message.contains("n too small"), "{message}");
    let time_s = suite.time_s.unwrap();
    assert!((0.9..10.0).contains(&time_s), "{time_s}");
    let began = suite.timestamp.clone().unwrap();
    let began: jiff::Timestamp = began.parse().unwrap();
    let gone_s = jiff::Timestamp::now().as_second() - began.as_second();
    assert!((0..600).contains(&gone_s), "{gone_s}");
    assert!(suite.warnings.contains("is not seen"), "{}", suite.warnings);
    assert_eq!(again, suite, "the log says the same");
}

#[test]
fn a_run_that_meets_all_passes_and_one_without_targets_is_a_case_itself() {
    let bot = Bot::start(ONE_TURN, &[]);
    let (suite, again) = judged(&bot, &[MET], &[], 0);
    assert_eq!((suite.counts, kinds(&suite)), ([1, 0, 0, 0], vec![""]));
    assert_eq!(again, suite);
    let (suite, _) = judged(&bot, &[], &[], 0);
    assert_eq!(suite.cases, [("run".to_owned(), None)]);
    let late = ["--lag-budget", "1us", "--for", "3s"];
    let (suite, again) = judged(&bot, &[], &late, 98);
    assert_eq!((suite.counts, kinds(&suite)), ([1, 0, 1, 0], vec!["error"]));
    assert_eq!(again, suite);
}

#[test]
fn a_generator_that_was_late_is_an_error_of_every_target() {
    let bot = Bot::start(ONE_TURN, &[]);
    let targets = [MET, MISSED, TOO_FEW];
    let (suite, again) = judged(&bot, &targets, &["--lag-budget", "1us", "--for", "3s"], 98);
    assert_eq!((suite.counts, kinds(&suite)), ([3, 0, 3, 0], vec!["error"; 3]));
    let (_, kind, message) = suite.cases[0].1.clone().unwrap();
    assert_eq!(kind.as_deref(), Some("invalid"));
    assert!(message.starts_with("INVALID: the load generator was late"), "{message}");
    assert_eq!(again, suite);
}

#[test]
fn a_run_that_was_stopped_is_an_error_of_every_target() {
    let bot = Bot::start(ONE_TURN, &[]);
    let few = ["--max-turns", "5"];
    let (suite, _) = judged(&bot, &[MET, MISSED], &few, 130);
    assert_eq!((suite.counts, kinds(&suite)), ([2, 0, 2, 0], vec!["error"; 2]));
    let (_, kind, message) = suite.cases[0].1.clone().unwrap();
    assert_eq!(kind.as_deref(), Some("interrupted"));
    assert!(message.contains("stopped before the end"), "{message}");
}

#[test]
fn a_bot_that_is_never_ready_is_an_error_of_every_target() {
    let folder = tempfile::tempdir().unwrap();
    let (out, file) = (folder.path().join("run"), folder.path().join("targets.xml"));
    let mut args = NO_BOT.to_vec();
    args.extend(["--ready-timeout", "300ms", "--expect", MET]);
    args.extend(["--out", out.to_str().unwrap(), "--junit", file.to_str().unwrap()]);
    assert_eq!(convoq(&args).status.code(), Some(97));
    assert!(!out.exists());
    let suite = read(&file);
    assert_eq!((suite.counts, kinds(&suite)), ([1, 0, 1, 0], vec!["error"]));
    let (_, kind, message) = suite.cases[0].1.clone().unwrap();
    assert_eq!(kind.as_deref(), Some("never_ready"));
    assert!(message.contains("not ready within"), "{message}");
}

#[test]
fn a_file_of_targets_is_of_one_run() {
    let output = convoq(&["report", "a", "b", "--junit", "x.xml"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("--junit writes one run"), "{text}");
}
