//! What users name and what others write: files without an end, texts of any length,
//! names that a terminal or a spreadsheet would obey.

use crate::common::stderr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const QUICKSTART: &str = "scenarios/quickstart.yaml";

/// Runs convoq, for half a minute at most.
fn convoq(args: &[&str]) -> Output {
    let mut command = crate::common::program();
    command.args(args).stdin(Stdio::null());
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| std::fs::File::create(folder.path().join(name)).expect("a file");
    command.stdout(file("out")).stderr(file("err"));
    let mut child = command.spawn().expect("convoq starts");
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if begin.elapsed() > Duration::from_secs(30) {
            child.kill().expect("it can be ended");
            panic!("{args:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a file");
    Output { status, stdout: read("out"), stderr: read("err") }
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("can be written");
    path.display().to_string()
}

/// What `check` says of a text with many problems: a hundred of them, in short lines.
fn flood(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = convoq(&["check", &written(folder.path(), "a.yaml", text)]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    let shown = said.lines().filter(|l| l.starts_with("error[")).count();
    assert_eq!(shown, 100, "{}", &said[..said.len().min(2000)]);
    let longest = said.lines().map(|l| l.chars().count()).max().unwrap();
    assert!(longest < 1050, "{longest}");
    for line in said.lines().filter(|l| l.starts_with("1 | ")) {
        assert!(line.chars().count() <= 204, "{line}");
    }
    said
}

#[test]
fn of_many_problems_a_hundred_are_told_in_short_lines() {
    const MANY: usize = 20_000;
    let lines = |line: &dyn Fn(usize) -> String| (0..MANY).map(line).collect::<String>();
    let one = format!("{{ä: 1{}}}\n", lines(&|n| format!(", zfield{n}: 1")));
    let said = flood(&one);
    assert!(said.contains("more\n"), "{}", &said[said.len() - 200..]);
    // The caret is under the field that is meant.
    let all: Vec<&str> = said.lines().collect();
    let place = all.iter().position(|l| l.contains("unknown field `zfield90`"));
    let place = place.expect("it is shown");
    let caret = all[place + 4].chars().position(|c| c == '^').unwrap();
    let under: String = all[place + 3].chars().skip(caret).take(9).collect();
    assert_eq!(under, "zfield90:", "{:?}", &all[place..place + 5]);

    let said = flood(&format!("a: 1\n{}", lines(&|_| "a: 2\n".into())));
    assert!(said.contains("and 19,900 more") && said.contains("in line 1"));
    let said = flood(&format!("a: &a 1\nb: [{}]\n", lines(&|_| "*a,".into())));
    assert!(said.contains("and 19,900 more"));
    let small = std::fs::read_to_string(QUICKSTART).unwrap();
    let intents = lines(&|n| format!("  i{n}: {{work: {{constnt: 1m}}}}\n"));
    flood(&small.replacen("intents:\n", &format!("intents:\n{intents}"), 1));
}

#[test]
fn too_much_of_anything_is_refused_at_once() {
    let small = std::fs::read_to_string(QUICKSTART).unwrap();
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |text: &str, code: &str| {
        let output = convoq(&["check", &written(folder.path(), "a.yaml", text)]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(code), "{said}");
        assert!(said.len() < 3000, "{} bytes", said.len());
    };
    let languages: String = (0..100_000).map(|n| format!("  - l{n}\n")).collect();
    refused(&format!("{small}\nlanguages:\n{languages}"), "E0309");
    let intents: String = (0..70_000).map(|n| format!("  i{n}: {{work: 1m}}\n")).collect();
    let intents = format!("intents:\n{intents}");
    refused(&small.replacen("intents:\n", &intents, 1), "E0309");
    refused(&format!("{small}\nzz: \"{}\"\n", "x".repeat(4 << 20)), "E0101");
    refused(&format!("{small}\n{}: 1\n", "x".repeat(1 << 16)), "E0001");
    refused(&format!("{small}\nzz: {}\n", "[".repeat(100_000)), "E0001");
}

#[test]
fn what_no_memory_holds_and_no_law_means_is_refused() {
    for (set, said) in [
        ("demand[0].per_day=1e12", "1,000,000,000,000 contacts in a run"),
        ("demand[0].per_day=1e300", "1e300 contacts in a run"),
        ("demand[0].weekday=[1,1,1,1,1,18446744073709551615,1]", "too large"),
        ("intents.refund.work={gamma: {mean: 1m, cv: 1e-200}}", "too small"),
        ("intents.refund.work={weibull: {mean: 1m, shape: 1e-300}}", "shape"),
        ("targets=['roar >= NaN%']", "`NaN%` is not a value"),
        ("targets=['roar >= 1e400%']", "is not a value"),
    ] {
        let output = convoq(&["check", QUICKSTART, "--set", set]);
        assert_eq!(output.status.code(), Some(2), "{set}");
        assert!(stderr(&output).contains(said), "{set}: {}", stderr(&output));
    }
    let days = ["--set", "time.days=200", "--set", "teams.support.shifts[0].agents=100000"];
    let output = convoq(&[&["check", QUICKSTART], &days[..]].concat());
    assert!(stderr(&output).contains("shifts of agents are too many"));
}

#[test]
fn a_day_of_seconds_is_checked_in_seconds() {
    let output = convoq(&["check", QUICKSTART, "--set", "time.interval=1s"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("answered within"), "{said}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_before_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|s| s.success()));
    let pipe = pipe.display().to_string();
    let counts = format!(
        "demand[0]={{channel: chat, counts: {{csv: {pipe}, time: t, count: n}}, intents: {{refund: 100%}}}}"
    );
    let load = ["load", QUICKSTART, "--target", "http://127.0.0.1:1", "--protocol"];
    for (args, kind) in [
        (vec!["check", &pipe], "a pipe"),
        (vec!["check", "/dev/zero"], "a device"),
        (vec!["check", "scenarios"], "a folder"),
        (vec!["check", QUICKSTART, "--set", &counts], "a pipe"),
        (vec!["bot", QUICKSTART, "--messages", &pipe], "a pipe"),
        ([&load[..], &["openai", "--trace", &pipe]].concat(), "a pipe"),
        ([&load[..], &["openai", "--messages", &pipe]].concat(), "a pipe"),
        ([&load[..], &["openai", "--ca", "/dev/zero"]].concat(), "a device"),
        ([&load[..], &["http", "--template", &pipe]].concat(), "a pipe"),
    ] {
        let output = convoq(&args);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(kind), "{args:?}: {said}");
    }
}

/// Names that a terminal obeys, and that a spreadsheet takes for formulas.
const NAMES: &str = r#"
convoq: 1
name: "n\e[2J\u202ex"
time: {start: 2026-03-02, days: 1, zone: UTC, open: {daily: "10:00-10:30"}}
segments:
  "s\e]0;t\a\u202e": {}
  "=1+1": {}
intents:
  "i\e[31m": {work: {constant: 30s}, bot: never}
demand:
  - {name: "=d\e[1m", segment: "s\e]0;t\a\u202e", channel: "c\e[5m", per_day: 20}
  - {name: "@e", segment: "=1+1", channel: "c\e[5m", per_day: 20}
channels: {"c\e[5m": {patience: {constant: 1h}}}
teams: {"-t\e[1m": {channels: {"c\e[5m": {max: 2}}, agents: 3}}
variants: {"v\e[7m": {description: "d\e[7m", set: {"intents.i\e[31m.work": 1m}}}
"#;

#[test]
fn no_terminal_and_no_spreadsheet_obeys_a_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = written(folder.path(), "a.yaml", NAMES);
    let wrong = written(folder.path(), "b.yaml", &NAMES.replace("days: 1", "daze\u{9b}: 1"));
    let run = folder.path().join("run").display().to_string();
    let few = ["-n", "2", "--format"];
    let made = ["simulate", &file, "--log", "full", "--out", &run, "-n", "2"];
    let mut calls = vec![made.to_vec()];
    calls.push(vec!["check", &file]);
    calls.push(vec!["check", &file, "--expand"]);
    calls.push(vec!["check", &wrong]);
    calls.push(vec!["check", "no\u{1b}[1mfile"]);
    calls.push(vec!["check", &file, "--set", "a\u{1b}[1m=2"]);
    calls.push(vec!["simulate", &file, "--bad\u{1b}[1m"]);
    for format in ["text", "json", "csv", "markdown"] {
        calls.push(vec!["report", &run, "--format", format]);
        let compare = ["compare", &file, "--variant", "v\u{1b}[7m"];
        calls.push([&compare[..], &few[..], &[format]].concat());
    }
    calls.push(vec!["log", "show", &run]);
    calls.push(vec!["log", "stat", &run]);
    for to in ["csv", "ndjson", "ocel", "xes"] {
        calls.push(vec!["log", "export", &run, "--to", to]);
    }
    for args in &calls {
        let output = convoq(args);
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8(text.clone()).expect("UTF-8");
            let obeyed = |c: &char| {
                (c.is_control() && !matches!(c, '\n' | '\t'))
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            let found = text.lines().find(|l| l.chars().any(|c| obeyed(&c)));
            assert_eq!(found, None, "{args:?}");
        }
        if args.contains(&"csv") {
            assert_no_formulas(&output.stdout, args);
        }
    }
    let names = |to: &str| {
        let args = ["log", "export", &run, "--to", to, "--table", "conversations"];
        String::from_utf8(convoq(&args).stdout).expect("UTF-8")
    };
    for to in ["csv", "ndjson"] {
        assert!(names(to).contains("'=1+1"), "the same name in {to}");
    }
}

fn assert_no_formulas(text: &[u8], args: &[&str]) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    for row in reader.records() {
        for cell in &row.expect("a row") {
            let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!begins || cell.parse::<f64>().is_ok(), "{cell} of {args:?}");
        }
    }
}

#[test]
fn a_port_that_is_none_is_refused() {
    for port in ["0", "65536", "99999"] {
        let url = format!("http://127.0.0.1:{port}");
        let load = ["load", QUICKSTART, "--protocol", "openai", "--dry-run", "--target"];
        let output = convoq(&[&load[..], &[&url]].concat());
        assert_eq!(output.status.code(), Some(2), "{port}");
        assert!(stderr(&output).contains("is no port"), "{}", stderr(&output));
    }
}

#[test]
fn what_is_read_of_a_trace_is_told_before_anything_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let load = |name: &str, text: &str| {
        let trace = written(folder.path(), name, text);
        let args = [
            "load",
            QUICKSTART,
            "--target",
            "http://127.0.0.1:1",
            "--protocol",
            "openai",
            "--trace",
            &trace,
            "--for",
            "1m",
            "--ready-timeout",
            "1s",
        ];
        stderr(&convoq(&args))
    };
    let said = load("semicolon.csv", "Timestamp;Model\n5;a\n6;b\n");
    assert!(said.contains("separated by `;`"), "{said}");
    let autumn = "timestamp,id\n2026-10-25T03:59:59+03:00,a\n2026-10-25T03:00:00+02:00,b\n2026-10-25T03:05:00+02:00,c\n";
    let said = load("autumn.csv", autumn);
    assert!(said.contains("trace: 3 moments over 5m01s, 2 in the test"), "{said}");
    let local = "timestamp\n2026-10-25 03:30:00\n2026-10-25 03:30:01\n";
    let said = load("local.csv", local);
    assert!(said.contains("comes twice in Europe/Bucharest"), "{said}");
}
