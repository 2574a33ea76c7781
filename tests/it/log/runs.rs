//! Runs on disk, through the command line.

pub use crate::common::{convoq_in as convoq, stderr, stdout};
use std::path::Path;
use std::process::{Command, Stdio};

/// The path of a shipped scenario.
pub fn scenario(name: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    format!("{root}/scenarios/{name}.yaml")
}

#[test]
fn report_prints_what_simulate_printed() {
    let folder = tempfile::tempdir().unwrap();
    // What is kept is the same question for every scenario: each has one answer, some all.
    let kept = ["first", "every=2", "full"];
    for (n, name) in crate::common::shipped_of_usual_size().iter().enumerate() {
        let logs = if n < 3 { &kept[..] } else { &kept[n % 3..][..1] };
        for log in logs {
            let out = format!("{name}-{log}");
            let file = scenario(name);
            let args = ["simulate", &file, "-n", "3", "--log", log, "--out", &out];
            for format in ["json", "text"] {
                let _ = std::fs::remove_dir_all(folder.path().join(&out));
                let shown = [&args[..], &["--format", format]].concat();
                let simulated = convoq(folder.path(), &shown);
                let told = convoq(folder.path(), &["report", &out, "--format", format]);
                assert_eq!(stdout(&simulated), stdout(&told), "{name} {log}");
                assert_eq!(simulated.status.code(), told.status.code());
                assert!(!told.stdout.is_empty(), "{}", stderr(&told));
            }
        }
    }
}

#[test]
fn the_same_run_again_keeps_one_folder_and_another_run_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let runs = || std::fs::read_dir(folder.path().join("runs")).unwrap().count();
    for (args, expected) in [
        (&["-n", "2"][..], 1),
        (&["-n", "2", "--threads", "1"], 1),
        (&["-n", "3"], 2),
        (&["-n", "2", "--seed", "5"], 3),
        (&["-n", "2", "--set", "teams.support.shifts[0].agents=9"], 4),
        (&["-n", "2", "--log", "none"], 4),
    ] {
        convoq(folder.path(), &[&["simulate", &file], args].concat());
        assert_eq!(runs(), expected, "{args:?}");
    }
}

#[test]
fn a_folder_that_is_used_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let args = ["simulate", &file, "-n", "1", "--out", "run"];
    assert!(matches!(convoq(folder.path(), &args).status.code(), Some(0 | 99)));
    let again = convoq(folder.path(), &args);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("is used already"));
    assert!(again.stdout.is_empty());
    // A file where a folder should be made.
    let below = ["simulate", &file, "--out", "run/manifest.json/x"];
    let refused = convoq(folder.path(), &below);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
}

#[test]
fn what_is_no_run_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["report", "."][..],
        &["log", "stat", "nowhere"],
        &["log", "verify", "."],
        &["log", "show", "."],
        &["log", "recover", "."],
    ] {
        let output = convoq(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains("no run is there"), "{}", stderr(&output));
    }
}

#[test]
fn a_manifest_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    convoq(folder.path(), &["simulate", &file, "-n", "1", "--out", "run"]);
    let path = folder.path().join("run/manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("convoq.run/1", "convoq.run/9")).unwrap();
    let output = convoq(folder.path(), &["report", "run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("convoq.run/9"), "{}", stderr(&output));
}

#[test]
fn show_stat_verify_and_diff_look_into_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let simulate = |out: &str, more: &[&str]| {
        let args = ["simulate", &file, "-n", "2", "--out", out];
        convoq(folder.path(), &[&args[..], more].concat())
    };
    simulate("a", &[]);
    simulate("b", &["--seed", "9"]);
    let shown = convoq(folder.path(), &["log", "show", "a", "--conversation", "3"]);
    let text = stdout(&shown);
    assert!(text.contains("ContactStarted") && text.contains("first cause"), "{text}");
    assert!(text.lines().all(|l| l.contains('#')), "{text}");
    let one = convoq(
        folder.path(),
        &["log", "show", "a", "--type", "Queued", "--from", "09:00", "--to", "10h"],
    );
    let lines = stdout(&one);
    assert!(lines.lines().count() > 5);
    assert!(lines.lines().all(|l| l.contains(" 09:") && l.contains("Queued")), "{lines}");
    let agent = convoq(folder.path(), &["log", "show", "a", "--agent", "2"]);
    assert!(stdout(&agent).lines().all(|l| l.contains("agent 2")));
    let wrong = convoq(folder.path(), &["log", "show", "a", "--type", "Nothing"]);
    assert_eq!(wrong.status.code(), Some(2));
    let missing = convoq(folder.path(), &["log", "show", "a", "--replication", "1"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("--log full"));
    assert!(
        stdout(&convoq(folder.path(), &["log", "stat", "a"])).contains("1 of 2 replications kept")
    );
    assert_eq!(convoq(folder.path(), &["log", "verify", "a"]).status.code(), Some(0));
    assert!(stdout(&convoq(folder.path(), &["log", "diff", "a", "a"])).contains("the same"));
    let differ = stdout(&convoq(folder.path(), &["log", "diff", "a", "b"]));
    assert!(differ.contains("then they differ") && differ.contains("\n> "), "{differ}");
    let both = stdout(&convoq(folder.path(), &["report", "a", "b"]));
    assert!(both.starts_with("metric") && both.contains("service_level"), "{both}");
}

#[test]
fn a_run_without_customers_is_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let args = [
        "simulate",
        &file,
        "-n",
        "2",
        "--log",
        "full",
        "--out",
        "run",
        "--set",
        "demand[0].per_day=0.0001",
    ];
    let simulated = convoq(folder.path(), &[&args[..], &["--format", "json"]].concat());
    assert!(matches!(simulated.status.code(), Some(0 | 99)), "{}", stderr(&simulated));
    let told = convoq(folder.path(), &["report", "run", "--format", "json"]);
    assert_eq!(stdout(&simulated), stdout(&told));
    assert_eq!(convoq(folder.path(), &["log", "verify", "run"]).status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_the_summary_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    // A limit on the size of files stands for a disk that fills up.
    let command = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{}' simulate '{}' --log full --out run",
        crate::common::CONVOQ,
        scenario("b2c_retail_week")
    );
    let output =
        Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot be written"), "{}", stderr(&output));
    assert!(stdout(&output).contains("TARGETS"));
    let report = convoq(folder.path(), &["report", "run"]);
    assert_eq!(report.status.code(), Some(2));
    assert!(stderr(&report).contains("log recover"), "{}", stderr(&report));
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_a_supervisor_and_a_lost_terminal_seal_what_is_finished() {
    let signals = crate::common::ending_signals();
    for (signal, log) in signals.into_iter().zip(["full", "first", "first"]) {
        sealed_after(signal, log);
    }
}

#[cfg(unix)]
fn sealed_after(signal: &str, log: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("b2c_retail_week");
    let child = crate::common::program()
        .args(["simulate", &file, "-n", "500", "--log", log, "--out", "run", "--format", "json"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let id = child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(130), "{signal}: {said}");
    assert!(stdout(&output).contains("interrupted after "), "{signal}");
    assert_eq!(convoq(folder.path(), &["log", "verify", "run"]).status.code(), Some(0));
    let told = convoq(folder.path(), &["report", "run", "--format", "json"]);
    assert_eq!(stdout(&output), stdout(&told), "{}", stderr(&told));
}

#[cfg(unix)]
#[test]
fn a_run_that_was_killed_completes_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let run = |out: &str, live: bool| {
        let args = ["simulate", &file, "-n", "6", "--log", "every=2", "-q", "--out", out];
        crate::common::program()
            .args(args)
            .args(live.then_some("--live"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    run("whole", false).wait().unwrap();
    let wanted = tree(&folder.path().join("whole"));
    for (live, instants) in [(false, 50), (true, 25)] {
        let started = std::time::Instant::now();
        let out = if live { "lived" } else { "sealed" };
        run(out, live).wait().unwrap();
        let took = started.elapsed();
        assert!(tree(&folder.path().join(out)) == wanted);
        let mut killed = 0;
        for instant in 0..instants {
            let _ = std::fs::remove_dir_all(folder.path().join("run"));
            let mut child = run("run", live);
            std::thread::sleep(took * (instant * 37 % instants) / instants);
            let _ = child.kill();
            child.wait().unwrap();
            if !folder.path().join("run/manifest.json").exists() {
                continue; // not yet a run
            }
            killed += 1;
            if live {
                // Nothing that is there is damaged: it holds, or there is nothing yet.
                let looked = convoq(folder.path(), &["log", "stat", "run"]);
                assert_eq!(looked.status.code(), Some(0), "{}", stderr(&looked));
            }
            let recovered = convoq(folder.path(), &["log", "recover", "run"]);
            assert_eq!(recovered.status.code(), Some(0), "{}", stderr(&recovered));
            assert_eq!(convoq(folder.path(), &["log", "verify", "run"]).status.code(), Some(0));
            assert!(tree(&folder.path().join("run")) == wanted, "instant {instant}, live: {live}");
        }
        assert!(killed > instants / 2, "only {killed} runs had begun");
    }
}

/// Every file below a folder with its bytes.
pub fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let below = tree(&entry.path());
            found.extend(below.into_iter().map(|(n, b)| (format!("{name}/{n}"), b)));
        } else {
            found.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}
