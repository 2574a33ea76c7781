//! The command line: what it prints, what it writes, how it ends.

use crate::common::{convoq, stderr, stdout};
use std::path::Path;
use std::process::{Command, Stdio};

fn json(args: &[&str]) -> serde_json::Value {
    let output = convoq(args);
    assert!(matches!(output.status.code(), Some(0 | 99)), "{args:?}: {}", stderr(&output));
    serde_json::from_str(&stdout(&output)).expect("standard output is JSON")
}

fn metric(summary: &serde_json::Value, name: &str) -> f64 {
    let rows = summary["metrics"].as_array().expect("rows");
    let whole = |r: &&serde_json::Value| {
        ["queue", "segment", "channel", "intent", "party", "team"].iter().all(|d| r[*d].is_null())
    };
    let row = rows.iter().filter(|r| r["metric"] == name).find(whole).expect(name);
    row["value"].as_f64().expect("a number")
}

#[test]
fn the_json_summary_is_one_object_of_the_published_shape() {
    let summary = json(&["simulate", "scenarios/quickstart.yaml", "--format", "json"]);
    assert_eq!(summary["schema"], "convoq.summary/1");
    for field in
        ["version", "scenario", "seed", "replications", "confidence", "targets", "warnings"]
    {
        assert!(!summary[field].is_null(), "{field} is missing");
    }
    for row in summary["metrics"].as_array().expect("rows") {
        for field in [
            "metric",
            "definition",
            "threshold_s",
            "queue",
            "segment",
            "channel",
            "intent",
            "party",
            "stat",
            "value",
            "ci",
            "unit",
            "numerator",
            "denominator",
        ] {
            assert!(row.get(field).is_some(), "{field} is missing in {row}");
        }
        assert!(row["value"].is_number(), "{row}");
    }
}

#[test]
fn set_changes_any_path_and_a_variant_is_a_set() {
    let base = json(&["simulate", "scenarios/b2c_retail_week.yaml", "-n", "2", "--format", "json"]);
    let more = json(&[
        "simulate",
        "scenarios/b2c_retail_week.yaml",
        "-n",
        "2",
        "--format",
        "json",
        "--set",
        "teams.chat.shifts[0].agents=+1",
    ]);
    assert!(metric(&more, "cost") > metric(&base, "cost"));
    assert_eq!(metric(&more, "issues"), metric(&base, "issues"), "customers do not change");
    assert_ne!(more["scenario"]["sha256"], base["scenario"]["sha256"]);
    let variant =
        convoq(&["simulate", "scenarios/b2c_retail_week.yaml", "-n", "2", "--variant", "plus3"]);
    assert!(matches!(variant.status.code(), Some(0 | 99)), "{}", stderr(&variant));
}

/// The command that a report says to be its own.
fn own_command(report: &str) -> &str {
    let names = ["Reproduce  ", "reproduce: ", "again: "];
    let mut lines = report.lines();
    let line = lines.find_map(|line| names.iter().find_map(|name| line.strip_prefix(name)));
    line.unwrap_or_else(|| panic!("no command in\n{report}"))
}

#[test]
fn every_command_says_how_to_do_the_same_again_with_all_that_was_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("the run").to_str().expect("text").to_owned();
    let file = "scenarios/quickstart.yaml";
    let quick = ["--set", "demand[0].per_day=+20%", "--set", "teams.support.agents=7"];
    let commands: [&[&str]; 5] = [
        &["simulate", file, "--precision", "5%", "-n", "3", "--log", "none", "--threads", "1"],
        &["simulate", file, "-n", "2", "--out", &run],
        &["compare", file, "--margin", "2%", "-n", "2", "--seed", "5"],
        &[
            "sweep",
            file,
            "--vary",
            "teams.support.agents=6,8",
            "-n",
            "2",
            "--no-cache",
            "--metric",
            "asa_s",
            "--design",
            "oat",
        ],
        &["fork", &run, "--at", "10h", "-n", "2"],
    ];
    for args in commands {
        let sets: &[&str] = if args[0] == "fork" { &["--set", "bot.latency=3s"] } else { &quick };
        let once = stdout(&convoq(&[args, sets, &["-q"]].concat()));
        let line = own_command(&once);
        assert!(!line.contains("--threads") && !line.contains("--out"), "{line}");
        let binary = crate::common::CONVOQ;
        let line = line.strip_prefix("convoq ").expect("a command of ours");
        let shell = Command::new("sh").args(["-c", &format!("'{binary}' {line} -q")]).output();
        assert_eq!(stdout(&shell.expect("sh starts")), once, "{line}");
    }
}

#[test]
fn every_problem_of_a_scenario_is_told_at_once_with_its_line_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.yaml");
    let text = "\
convoq: 1
name: bad
time: {start: 2026-03-02, days: 1, zone: Europe/Bucarest}
intents:
  question: {work: 4m, bot: {accuracy: 130%}}
demand:
  - {channel: chat, per_day: 600, profile: {interval: 12h, shares: [0.4, 0.4]}}
channels: {chat: {patience: {exponential: 4m}}}
teams:
  chat:
    channels: {chat: {max: 3}}
    shifts: [{agents: 4, from: '16:00', to: '25:00'}]
    skils: [x]
";
    std::fs::write(&file, text).expect("written");
    let report = folder.path().join("report.html");
    let args =
        ["simulate", file.to_str().expect("a name"), "--report", report.to_str().expect("a name")];
    let output = convoq(&args);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).is_empty() && !report.exists());
    let told = stderr(&output);
    for (line, what) in
        [(3, "Europe/Bucarest"), (5, "130%"), (7, "sum"), (12, "shift"), (13, "skils")]
    {
        let place = format!("bad.yaml:{line}:");
        assert!(told.contains(&place) && told.contains(what), "line {line}, {what}:\n{told}");
    }
    assert!(told.contains("`skills`"), "the similar field is named:\n{told}");
    let check = convoq(&["check", file.to_str().expect("a name")]);
    assert_eq!(check.status.code(), Some(2));
    assert_eq!(stderr(&check), told, "check and simulate tell the same");
}

#[test]
fn a_missed_target_ends_with_99_and_wrong_usage_with_2() {
    let missed = convoq(&["simulate", "scenarios/bot_outage_monday.yaml", "-n", "20", "-q"]);
    assert_eq!(missed.status.code(), Some(99));
    for args in [
        &["simulate"][..],
        &["simulate", "no-such.yaml"],
        &["explain", "no_such_term"],
        &["new", "--template", "no-such"],
        &["simulate", "scenarios/quickstart.yaml", "--set", "x"],
    ] {
        let output = convoq(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stdout(&output).is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn every_template_is_written_with_its_files_and_runs() {
    let listed = stdout(&convoq(&["new", "--template", "list"]));
    let names: Vec<&str> = listed.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(names.len(), crate::common::shipped().len(), "{listed}");
    for name in names {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/my.yaml");
        let path = file.to_str().expect("a name");
        let written = convoq(&["new", path, "--template", name]);
        assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
        let check = convoq(&["check", path]);
        assert_eq!(check.status.code(), Some(0), "{name}: {}", stderr(&check));
        let again = convoq(&["new", path, "--template", name]);
        assert_eq!(again.status.code(), Some(2), "a file is not replaced without --force");
    }
}

#[test]
fn the_demo_the_schemas_and_the_explanations_print() {
    let demo = convoq(&["demo"]);
    assert_eq!(demo.status.code(), Some(0), "{}", stderr(&demo));
    assert!(stdout(&demo).contains("TARGETS"));
    for args in [&["schema"][..], &["schema", "summary"]] {
        let schema: serde_json::Value = serde_json::from_str(&stdout(&convoq(args))).expect("JSON");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    }
    assert!(stdout(&convoq(&["explain", "service_level"])).contains("formula"));
    assert!(stdout(&convoq(&["explain", "E0101"])).starts_with("E0101"));
}

#[test]
fn the_report_is_a_page_without_scripts_and_csv_has_a_row_per_metric() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.html");
    let args = [
        "simulate",
        "scenarios/quickstart.yaml",
        "-q",
        "--format",
        "csv",
        "--report",
        report.to_str().expect("a name"),
    ];
    let output = convoq(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = std::fs::read_to_string(&report).expect("the report");
    assert!(page.contains("<svg") && !page.contains("<script"));
    let rows = json(&["simulate", "scenarios/quickstart.yaml", "--format", "json"]);
    let count = rows["metrics"].as_array().expect("rows").len();
    assert_eq!(stdout(&output).lines().count(), count + 1);
}

#[cfg(unix)]
#[test]
fn ctrl_c_reports_what_was_finished_and_ends_with_130() {
    let child = crate::common::program()
        .args(["simulate", "scenarios/quickstart.yaml", "-n", "200000", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("convoq starts");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.is_ok_and(|s| s.success()));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(summary["replications"].as_u64().is_some_and(|n| n > 0));
    assert!(summary["warnings"][0].as_str().is_some_and(|w| w.contains("interrupted")));
}

/// Real counts of a bank's calls drive a run, where that file is there. It is not part of
/// the project: its licence does not allow that.
#[test]
fn real_counts_come_as_they_were() {
    let data = Path::new("../shared/truth/data/bank_calls_2003-03..07.csv.gz");
    let Ok(data) = data.canonicalize() else {
        println!("skipped: the real counts are not there");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(&data, folder.path().join("calls.csv.gz")).expect("copied");
    let text = "\
convoq: 1
name: bank
time: {start: 2003-03-03, days: 5, open: {mon-fri: '07:00-21:05'}}
intents: {call: {work: {lognormal: {mean: 4m, cv: 1}}}}
demand:
  - {channel: phone, counts: {csv: calls.csv.gz, time: DateTime, count: Calls, given: true, interval: 5m}}
channels: {phone: {patience: {exponential: 5m}}}
teams: {bank: {channels: {phone: {max: 1}}, agents: 230}}
";
    let file = folder.path().join("bank.yaml");
    std::fs::write(&file, text).expect("written");
    let mut reader = flate2::read::GzDecoder::new(std::fs::File::open(&data).expect("opens"));
    let mut csv = String::new();
    std::io::Read::read_to_string(&mut reader, &mut csv).expect("unpacks");
    let week = |l: &&str| l.as_bytes() < b"2003-03-08".as_slice() && l.starts_with("2003-03-0");
    let expected: f64 =
        csv.lines().filter(week).filter_map(|l| l.split(',').nth(1)?.parse::<f64>().ok()).sum();
    assert!(expected > 50_000.0, "{expected}");
    let path = file.to_str().expect("a name");
    let summary = json(&["simulate", path, "-n", "2", "--format", "json", "-q"]);
    assert_eq!(metric(&summary, "arrivals"), expected);
}
