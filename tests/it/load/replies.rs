//! What replies must be, from the command line.

use super::{Bot, NO_BOT, ONE_TURN, convoq, load, number};

const PLAN: [&str; 6] = ["--rate", "40/s", "--arrivals", "constant", "--for", "500ms"];

/// Numbers of turns that are ok, ok_partial and assertion_failed.
fn classes(bot: &Bot, expectations: &[&str]) -> [f64; 3] {
    let run = load(ONE_TURN, bot, "http", &[&PLAN[..], expectations].concat());
    ["ok", "ok_partial", "assertion_failed"]
        .map(|class| number(&run.json, "turns", Some(class), None))
}

#[test]
fn each_expectation_holds_or_fails_a_turn_or_marks_it() {
    let bot = Bot::start(ONE_TURN, &[]);
    let held = ["status:200", "regex:(?s).", "max-length:5000", "json:/text", "contains:e"];
    let missed = ["status:204", "contains:Q{9}", "json:/text=1"];
    let with = |option: &'static str, all: &[&'static str]| {
        let pairs = all.iter().flat_map(|e| [option, *e]);
        pairs.collect::<Vec<_>>()
    };
    assert_eq!(classes(&bot, &with("--reply-must", &held)), [20.0, 0.0, 0.0]);
    assert_eq!(classes(&bot, &with("--reply-should", &held)), [20.0, 0.0, 0.0]);
    for expectation in missed {
        let must = classes(&bot, &["--reply-must", expectation]);
        assert_eq!(must, [0.0, 0.0, 20.0], "{expectation}");
    }
    assert_eq!(classes(&bot, &["--reply-should", "max-length:1"]), [0.0, 20.0, 0.0]);
}

#[test]
fn an_expectation_that_is_none_is_refused_before_anything_is_sent() {
    let wrong = ["length:5", "nonsense", "status:20000", "max-length:x", "regex:(", "json:text"];
    let mut args = NO_BOT.to_vec();
    wrong.iter().for_each(|e| args.extend(["--reply-must", e]));
    args.extend(["--reply-should", "language:ro"]);
    let output = convoq(&args);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(output.stdout.is_empty(), "{text}");
    for part in [
        "--reply-must \"length:5\": `length` is no kind of expectation; write status:200",
        "`nonsense` is no expectation",
        "`20000` is no HTTP status",
        "`x` is no number of characters",
        "reply-must: `(` is not a regular expression",
        "--reply-should \"language:ro\": `language` is no kind of expectation",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    assert_eq!(text.lines().filter(|l| l.starts_with("error: ")).count(), 7, "{text}");
}
