//! Runs that are being written or whose writer died, through the command line.
#![cfg(unix)]

use super::runs::{convoq, scenario, stderr, stdout, tree};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A run that ends with the test, however that ends.
struct Running(Child);

impl Running {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A live run that takes minutes.
fn long_run(folder: &Path) -> Running {
    let file = scenario("b2c_retail_week");
    let child = crate::common::program()
        .args(["simulate", &file, "-n", "900", "--threads", "1", "-q"])
        .args(["--log", "full", "--live", "--out", "run"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn();
    Running(child.unwrap())
}

/// Waits until a replication has ended in the log, and says what `report` said then.
fn wait_for_a_report(folder: &Path) -> std::process::Output {
    let started = Instant::now();
    loop {
        let report = convoq(folder, &["report", "run"]);
        if report.status.code() == Some(130) {
            return report;
        }
        assert_eq!(report.status.code(), Some(2), "{}", stderr(&report));
        assert!(started.elapsed() < Duration::from_secs(60), "{}", stderr(&report));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_run_is_read_while_it_is_written_and_after_its_writer_died() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = long_run(folder.path());
    let report = wait_for_a_report(folder.path());
    assert!(stdout(&report).contains("not finished: it is being written"), "{}", stdout(&report));
    for args in [&["log", "stat", "run"][..], &["log", "show", "run", "--limit", "3"]] {
        let looked = convoq(folder.path(), args);
        assert_eq!(looked.status.code(), Some(0), "{}", stderr(&looked));
        assert!(stderr(&looked).contains("being written"), "{}", stderr(&looked));
    }
    for args in [&["log", "recover", "run"][..], &["log", "recover", "run", "--seal"]] {
        let refused = convoq(folder.path(), args);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains("another process writes this run"));
    }
    child.kill();
    let left = tree(&folder.path().join("run"));
    let died = convoq(folder.path(), &["report", "run", "--format", "csv"]);
    assert_eq!(died.status.code(), Some(130), "{}", stderr(&died));
    let verified = convoq(folder.path(), &["log", "verify", "run"]);
    assert_eq!(verified.status.code(), Some(130), "{}", stderr(&verified));
    assert!(stdout(&verified).contains("up to their last good batch"));
    assert!(stderr(&verified).contains("the writer died after"), "{}", stderr(&verified));
    assert!(tree(&folder.path().join("run")) == left, "looking changed it");
    let sealed = convoq(folder.path(), &["log", "recover", "run", "--seal"]);
    assert_eq!(sealed.status.code(), Some(0), "{}", stderr(&sealed));
    let interrupted = convoq(folder.path(), &["report", "run"]);
    assert_eq!(interrupted.status.code(), Some(130));
    assert!(stdout(&interrupted).contains("interrupted: the writer died after"));
    let numbers = convoq(folder.path(), &["report", "run", "--format", "csv"]);
    assert_eq!(stdout(&numbers), stdout(&died), "sealing moved a number");
    let verified = convoq(folder.path(), &["log", "verify", "run"]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    assert!(!folder.path().join("run/log/part-0000/000000.arrows").exists());
    let again = convoq(folder.path(), &["log", "recover", "run"]);
    assert!(stderr(&again).contains("nothing to recover"));
}

#[test]
fn a_cut_and_a_damaged_live_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = long_run(folder.path());
    wait_for_a_report(folder.path());
    std::thread::sleep(Duration::from_millis(2500)); // some batches are synced
    child.kill();
    let stream = folder.path().join("run/log/part-0000/000000.arrows");
    let good = fs::read(&stream).unwrap();
    // Cut: what is before it counts, and what is lost is counted.
    fs::write(&stream, &good[..good.len() - 5000]).unwrap();
    let report = convoq(folder.path(), &["report", "run"]);
    assert_eq!(report.status.code(), Some(130), "{}", stderr(&report));
    assert!(stdout(&report).contains("bytes were"), "{}", stdout(&report));
    // Damaged: an error that names file, batch and byte, whatever looks at it.
    let mut bad = good;
    bad[100_000] ^= 1;
    fs::write(&stream, bad).unwrap();
    for args in [
        &["report", "run"][..],
        &["log", "verify", "run"],
        &["log", "stat", "run"],
        &["log", "show", "run"],
        &["log", "recover", "run", "--seal"],
    ] {
        let output = convoq(folder.path(), args);
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?} {error}");
        assert!(error.contains("000000.arrows: damaged in batch 1 at byte "), "{args:?} {error}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn a_disk_that_fills_up_leaves_the_live_events_that_fitted() {
    let folder = tempfile::tempdir().unwrap();
    let command = format!(
        "trap '' XFSZ; ulimit -f 800; exec '{}' simulate '{}' -n 1 --live --out run",
        crate::common::CONVOQ,
        scenario("b2c_retail_week")
    );
    let output =
        Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot be written"), "{}", stderr(&output));
    assert!(stdout(&output).contains("TARGETS"));
    let report = convoq(folder.path(), &["report", "run"]);
    assert_eq!(report.status.code(), Some(130), "{}", stderr(&report));
    let text = stdout(&report);
    assert!(text.contains("after 0 of 1 replications"), "{text}");
    assert!(text.contains("one replication, up to"), "{text}");
    let sealed = convoq(folder.path(), &["log", "recover", "run", "--seal"]);
    assert_eq!(sealed.status.code(), Some(0), "{}", stderr(&sealed));
    let again = convoq(folder.path(), &["report", "run"]);
    assert_eq!(again.status.code(), Some(130));
    assert!(stdout(&again).contains("one replication, up to"));
}

#[test]
fn verify_names_every_damaged_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    convoq(folder.path(), &["simulate", &file, "-n", "3", "--log", "full", "--out", "run"]);
    let path = |name: &str| folder.path().join("run").join(name);
    let (flipped, cut, missing) = (
        "log/part-0001/000000.parquet",
        "log/part-0002/000000.parquet",
        "reports/durations.parquet",
    );
    let mut bytes = fs::read(path(flipped)).unwrap();
    bytes[500] ^= 8;
    fs::write(path(flipped), bytes).unwrap();
    let bytes = fs::read(path(cut)).unwrap();
    fs::write(path(cut), &bytes[..bytes.len() / 2]).unwrap();
    fs::remove_file(path(missing)).unwrap();
    let output = convoq(folder.path(), &["log", "verify", "run"]);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(2));
    for (name, why) in [
        (flipped, "damaged: its checksum (blake3)"),
        (cut, "bytes are there"),
        (missing, "it is missing"),
    ] {
        assert!(error.contains(&format!("{name}: ")) && error.contains(why), "{error}");
    }
    assert!(!error.contains("part-0000"), "{error}");
}

#[test]
fn what_cannot_be_recovered_or_kept_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let check = |args: &[&str], code: i32, said: &str| {
        let output = convoq(folder.path(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?} {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{args:?} {}", stderr(&output));
    };
    // --live without anything to keep.
    let none = ["simulate", &file, "--live", "--log", "none", "--out", "none"];
    check(&none, 2, "--live keeps events");
    assert!(!folder.path().join("none").exists());
    // A folder in which nothing can be made.
    if cfg!(target_os = "linux") {
        let args = ["simulate", &file, "--out", "/proc/convoq-run"];
        check(&args, 2, "cannot be made");
    }
    // A run that died before it had kept an event.
    convoq(folder.path(), &["simulate", &file, "-n", "1", "--out", "run"]);
    let manifest = folder.path().join("run/manifest.json");
    let mut run = convoq::log::Manifest::read(&folder.path().join("run")).unwrap();
    run.state = convoq::log::RunState::Running;
    run.partitions.clear();
    fs::write(&manifest, run.to_text()).unwrap();
    check(&["report", "run"], 2, "its writer died, and none of its events can be read");
    check(&["log", "verify", "run"], 2, "the run is not finished");
    check(&["log", "recover", "run", "--seal"], 2, "no events are there to seal");
    // What was measured cannot be made again: recover never tries.
    run.mode = convoq::log::Mode::Load;
    fs::write(&manifest, run.to_text()).unwrap();
    check(&["log", "recover", "run"], 2, "no events are there to seal");
    // A run without customers keeps events of agents and of the run all the same.
    let quiet = ["simulate", &file, "-n", "2", "--live", "--log", "full", "--out", "quiet", "-q"];
    convoq(folder.path(), &[&quiet[..], &["--set", "demand[0].per_day=0.0001"]].concat());
    check(&["log", "verify", "quiet"], 0, "");
    // Its targets were asked for, and nothing of them was measured.
    check(&["report", "quiet", "-q"], 99, "");
}
