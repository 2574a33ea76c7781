//! The edges of the program: outputs that cannot be written, streams that nobody reads.
#![cfg(unix)]

use crate::log::runs::{convoq, scenario, stderr};
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const QUICK: [&str; 8] =
    ["-n", "1", "--set", "demand[0].per_day=20", "--log", "none", "-q", "--yes"];

/// Runs a shell line in which `$0` is convoq.
fn shell(folder: &Path, line: &str) -> Output {
    let mut command = Command::new("bash");
    command.args(["-c", line, crate::common::CONVOQ]);
    command.current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// A run, kept as `run`.
fn kept(folder: &Path) {
    let (file, small) = (scenario("quickstart"), "demand[0].per_day=20");
    let args = ["simulate", &file, "-n", "1", "-q", "--out", "run", "--set", small];
    assert!(matches!(convoq(folder, &args).status.code(), Some(0 | 99)));
}

#[test]
fn an_output_that_cannot_be_written_is_exit_code_1_and_costs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    kept(folder.path());
    let file = scenario("quickstart");
    let simulated = ["simulate", &file, "--report", "/dev/full"];
    for args in [
        &[&simulated[..], &QUICK].concat()[..],
        &["report", "run", "-q", "--report", "/dev/full"],
        &["report", "run", "-q", "--junit", "/dev/full"],
        &["new", "--force", "/dev/full"],
    ] {
        let output = convoq(folder.path(), args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", stderr(&output));
        let said = stderr(&output);
        assert!(said.contains("/dev/full: cannot be written: No space"), "{said}");
        let printed = String::from_utf8_lossy(&output.stdout).contains("TARGETS");
        assert_eq!(printed, args.contains(&"--report"), "{args:?}");
    }
}

#[test]
fn a_disk_that_is_full_leaves_no_half_of_an_output_and_the_old_one_whole() {
    let folder = tempfile::tempdir().unwrap();
    kept(folder.path());
    fs::write(folder.path().join("old.html"), "old").unwrap();
    // A limit of the length of files stands for a full disk; it must not kill either.
    for line in [
        "new n.yaml",
        "report run -q --report r.html",
        "report run -q --report old.html",
        "log export run --to csv --table events --out e.csv",
        "log export run --to ocel --out e.json",
    ] {
        let output = shell(folder.path(), &format!("ulimit -f 4; exec \"$0\" {line}"));
        assert_eq!(output.status.code(), Some(1), "{line}: {}", stderr(&output));
        assert!(stderr(&output).contains("cannot be written"), "{}", stderr(&output));
    }
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["old.html", "run"]);
    assert_eq!(fs::read(folder.path().join("old.html")).unwrap(), b"old");
}

#[test]
fn a_pipe_or_a_stream_is_written_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    kept(folder.path());
    let output = shell(folder.path(), "\"$0\" report run -q --report /dev/stdout > all.txt");
    assert!(matches!(output.status.code(), Some(0 | 99)), "{}", stderr(&output));
    let all = fs::read_to_string(folder.path().join("all.txt")).unwrap();
    assert!(all.contains("</html>") && all.contains("TARGETS"));
    let line =
        "mkfifo p; cat p > got.xml & \"$0\" report run -q --junit p > /dev/null; wait; [ -p p ]";
    let output = shell(folder.path(), line);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let got = fs::read_to_string(folder.path().join("got.xml")).unwrap();
    assert!(got.contains("</testsuite>"), "{got}");
}

/// Commands that say something, and the codes with which they end.
fn commands() -> Vec<(String, Vec<i32>)> {
    let file = scenario("quickstart");
    let line = |text: &str, codes: &[i32]| (text.to_owned(), codes.to_vec());
    vec![
        line(&format!("check '{file}'"), &[0]),
        line("check nowhere.yaml", &[2]),
        line(&format!("simulate '{file}' -n 1 --log none --set demand[0].per_day=20"), &[0, 99]),
        line("report run", &[0, 99]),
        line("report nowhere", &[2]),
        line("log verify run", &[0]),
        line("log verify nowhere", &[2]),
        line("explain frt_s", &[0]),
        line("explain nothing_like_it", &[2]),
        line("new --force new.yaml", &[0]),
        line("new --template nothing", &[2]),
        line("erlang c --calls 100 --aht 180s --agents 12", &[0, 2]),
        line(
            &format!(
                "load '{file}' --target http://127.0.0.1:9 --protocol http --ready-timeout 100ms"
            ),
            &[2, 97],
        ),
    ]
}

#[test]
fn a_stderr_that_is_closed_full_or_a_closed_pipe_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    kept(folder.path());
    for (command, codes) in commands() {
        for to in ["2>&-", "2>/dev/full", "2> >(exec true)"] {
            // The reader of the pipe is gone before anything is written.
            let line = format!("exec {to}; sleep 0.01; exec \"$0\" {command}");
            let code = shell(folder.path(), &line).status.code();
            assert!(code.is_some_and(|c| codes.contains(&c)), "{command} {to}: {code:?}");
        }
    }
}

#[test]
fn a_stdout_that_is_closed_full_or_a_closed_pipe_is_no_crash() {
    let folder = tempfile::tempdir().unwrap();
    kept(folder.path());
    for (command, codes) in commands() {
        for to in [">&-", ">/dev/full", "> >(exec true)"] {
            let line = format!("exec {to}; sleep 0.01; exec \"$0\" {command}");
            let output = shell(folder.path(), &line);
            let code = output.status.code();
            // One that is full cannot have what was to be printed.
            let fits = code.is_some_and(|c| codes.contains(&c) || c == 1);
            assert!(fits, "{command} {to}: {code:?} {}", stderr(&output));
        }
    }
}

#[test]
fn the_streams_of_the_tests_are_what_they_say() {
    // Where /dev/full takes everything the tests above would show nothing.
    use std::io::Write as _;
    let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert!(full.write_all(b"x").is_err());
}
