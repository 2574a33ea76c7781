//! What cannot be forked, or changed at a fork: said, and nothing written.

use super::{convoq, recorded, shipped_file, stderr};
use convoq::log::{Mode, Run, RunState};
use std::path::Path;

/// Forks a run that cannot be: what is said.
fn refused(folder: &Path, args: &[&str]) -> String {
    let all = [&["fork"][..], args, &["--out", "none"]].concat();
    let output = convoq(folder, &all);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
    assert!(output.stdout.is_empty(), "{args:?}");
    assert!(!folder.join("none").exists(), "{args:?}");
    let said = stderr(&output);
    assert!(said.contains("help:"), "{said}");
    said
}

#[test]
fn a_moment_outside_the_run_is_refused_with_its_range() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), &shipped_file("quickstart"), &[]);
    for at in ["25h", "2026-03-05", "2026-03-03 00:00:01"] {
        let said = refused(folder.path(), &["run", "--at", at]);
        assert!(said.contains("2026-03-02 00:00:00.000 to 2026-03-03 00:00:00.000"), "{said}");
    }
    for at in ["2026-03-01", "later", "-5m"] {
        let at = format!("--at={at}");
        assert!(refused(folder.path(), &["run", &at]).contains("no time of this run"));
    }
    let set = "teams.support.shifts[1].agents=9";
    for more in [&["--set", set][..], &["-n", "5"]] {
        let args = [&["run", "--at", "24h"], more].concat();
        assert!(refused(folder.path(), &args).contains("has ended"));
    }
}

#[test]
fn events_that_are_not_kept_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = shipped_file("quickstart").display().to_string();
    for (out, log) in [("some", "every=2"), ("nothing", "none")] {
        let args = ["simulate", &file, "-n", "4", "--log", log, "--out", out];
        convoq(folder.path(), &args);
    }
    let said = refused(folder.path(), &["some", "--at", "9h", "--replication", "1"]);
    assert!(said.contains("those of 0, 2 are") && said.contains("--log full"));
    let said = refused(folder.path(), &["nothing", "--at", "9h"]);
    assert!(said.contains("keeps no events") && said.contains("--log full"));
    let said = refused(folder.path(), &["nowhere", "--at", "9h"]);
    assert!(said.contains("no run is there"));
}

#[test]
fn runs_that_are_not_whole_or_not_ours_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded(folder.path(), &shipped_file("quickstart"), &[]);
    let whole = Run::open(&path).unwrap().manifest;
    type Change = fn(&mut convoq::log::Manifest);
    let changes: [(Change, &str); 3] = [
        (|m| m.state = RunState::Running, "log recover"),
        (|m| m.version = "9.9.9".into(), "fork it with convoq 9.9.9"),
        (|m| m.mode = Mode::Load, "only a simulation"),
    ];
    for (change, said) in changes {
        let mut manifest = whole.clone();
        change(&mut manifest);
        manifest.write(&path).unwrap();
        let told = refused(folder.path(), &["run", "--at", "9h"]);
        assert!(told.contains(said), "{told}");
    }
    // The replications of an interrupted run that are there are whole.
    let mut manifest = whole.clone();
    manifest.state = RunState::Interrupted;
    manifest.write(&path).unwrap();
    let args = ["fork", "run", "--at", "9h", "--out", "fork"];
    let code = convoq(folder.path(), &args).status.code();
    assert!(matches!(code, Some(0 | 99)));
    // A fork is not simulated again from its scenario: it would have another past.
    let fork = folder.path().join("fork");
    let mut manifest = Run::open(&fork).unwrap().manifest;
    assert_eq!(manifest.mode, Mode::Fork);
    assert_eq!(manifest.fork.as_ref().unwrap().parent, whole.header.sha256);
    assert!(!manifest.to_text().contains(&folder.path().display().to_string()));
    manifest.state = RunState::Running;
    manifest.write(&fork).unwrap();
    let output = convoq(folder.path(), &["log", "recover", "fork"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("fork again"), "{}", stderr(&output));
    assert!(fork.join("log/part-0000/000000.parquet").exists());
}

#[test]
fn changes_of_the_shape_are_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), &shipped_file("b2c_retail_week"), &[]);
    let file = std::fs::read_to_string(shipped_file("b2c_retail_week")).unwrap();
    assert!(file.contains("days: 5"));
    for (set, field) in [
        ("time.days=6", "time.days"),
        ("time.start=2026-03-09", "time.start"),
        ("time.zone=UTC", "time.zone"),
        ("time.interval=5m", "time.interval"),
        ("time.warm_up=3h", "time.warm_up"),
        ("time.drain=5h", "time.drain"),
        ("teams.more={channels: {chat: {}}, agents: 2}", "teams"),
        ("intents.more={work: 5m}", "intents"),
        ("faults=[{slow_bot: {from: 'wed 13:00', for: 1h, factor: 2}}]", "faults"),
    ] {
        let args = ["run", "--at", "30h", "--set", set];
        let said = refused(folder.path(), &args);
        let line = format!("error: {field}: a fork keeps the past");
        assert!(said.contains(&line), "{set}: {said}");
        assert!(said.contains("was: ") && said.contains("now: "), "{said}");
    }
    // A bot cannot come in the middle of a day either.
    let other = tempfile::tempdir().unwrap();
    recorded(other.path(), &shipped_file("chat_concurrency"), &[]);
    let args = ["run", "--at", "11h", "--set", "bot={accept: 50%}"];
    let said = refused(other.path(), &args);
    assert!(said.contains("error: bot: a fork keeps the past"), "{said}");
    // What the scenario itself refuses is told in its own words.
    let said = refused(folder.path(), &["run", "--at", "30h", "--set", "teams.nobody.agents=2"]);
    assert!(said.contains("E0802"), "{said}");
}
