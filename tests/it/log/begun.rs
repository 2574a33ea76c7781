//! Folders whose writer died before the manifest.
#![cfg(unix)]

use super::runs::{convoq, scenario, stderr, tree};
use convoq::log::RunFolder;
use std::fs;
use std::path::Path;

/// What a writer makes before its manifest, up to some step.
fn begin(run: &Path, steps: usize) {
    fs::create_dir(run).unwrap();
    let made: [&dyn Fn(); 6] = [
        &|| fs::write(run.join("lock"), "").unwrap(),
        &|| fs::create_dir(run.join("log")).unwrap(),
        &|| fs::create_dir(run.join("reports")).unwrap(),
        &|| fs::create_dir(run.join("inputs")).unwrap(),
        &|| fs::write(run.join("inputs/0000.csv"), "a,b\n").unwrap(),
        &|| fs::write(run.join("manifest.json.part"), "{").unwrap(),
    ];
    made[..steps].iter().for_each(|make| make());
}

#[test]
fn a_folder_that_was_only_begun_is_told_and_removed_or_taken() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let run = folder.path().join("run");
    let tiny = ["--set", "demand[0].per_day=20", "-n", "1", "-q"];
    for steps in [1, 3, 6] {
        begin(&run, steps);
        for args in [&["report", "run"][..], &["log", "verify", "run"]] {
            let told = convoq(folder.path(), args);
            assert_eq!(told.status.code(), Some(2), "{}", stderr(&told));
            let said = stderr(&told);
            assert!(said.contains("its writer died before it had kept anything"), "{said}");
            assert!(said.contains("convoq log recover run"), "{said}");
        }
        let removed = convoq(folder.path(), &["log", "recover", "run"]);
        assert_eq!(removed.status.code(), Some(0), "{}", stderr(&removed));
        assert!(stderr(&removed).contains("the folder is removed"));
        assert!(!run.exists());
        begin(&run, steps);
        let taken = ["simulate", &file, "--out", "run"];
        let taken = convoq(folder.path(), &[&taken[..], &tiny].concat());
        assert!(matches!(taken.status.code(), Some(0 | 99)), "{}", stderr(&taken));
        let names: Vec<_> = tree(&run).into_iter().map(|(name, _)| name).collect();
        assert!(names.iter().all(|n| !n.starts_with("inputs")), "{names:?}");
        let holds = convoq(folder.path(), &["log", "verify", "run"]);
        assert_eq!(holds.status.code(), Some(0), "{}", stderr(&holds));
        fs::remove_dir_all(&run).unwrap();
    }
}

#[test]
fn what_is_not_ours_or_is_being_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let run = folder.path().join("run");
    let refused = |args: &[&str], said: &str| {
        let output = convoq(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    };
    // Something of another's beside what a writer makes, or in its place.
    let foreign: [&dyn Fn(); 4] = [
        &|| fs::write(run.join("notes.txt"), "mine").unwrap(),
        &|| fs::write(run.join("inputs/diary.csv"), "mine").unwrap(),
        &|| fs::write(run.join("lock"), "mine").unwrap(),
        &|| fs::write(run.join("log/0000.csv"), "mine").unwrap(),
    ];
    for make in foreign {
        begin(&run, 6);
        make();
        let before = tree(&run);
        refused(&["log", "recover", "run"], "no run is there");
        refused(&["simulate", &file, "--out", "run"], "is used already");
        assert!(tree(&run) == before);
        fs::remove_dir_all(&run).unwrap();
    }
    let held = RunFolder::create(&run).unwrap();
    let locked = "another process writes this run";
    refused(&["log", "recover", "run"], locked);
    refused(&["report", "run"], locked);
    refused(&["simulate", &file, "--out", "run"], locked);
    drop(held);
    assert!(RunFolder::remove_begun(&run).unwrap());
}

#[test]
fn equal_runs_at_once_keep_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let args = ["simulate", &file, "-n", "1", "-q", "--set", "demand[0].per_day=20"];
    let start = || {
        crate::common::program()
            .args(args)
            .current_dir(folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let all: Vec<_> = (0..6).map(|_| start()).collect();
    for mut one in all {
        assert!(matches!(one.wait().unwrap().code(), Some(0 | 99)));
    }
    let kept = fs::read_dir(folder.path().join("runs")).unwrap().count();
    assert_eq!(kept, 1);
}

/// Equal runs that end at once remove all folders but one, while others begin.
#[test]
fn a_folder_that_is_removed_while_another_is_made_fails_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let parent = folder.path();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let made = RunFolder::create_fresh(parent, "run").unwrap();
                    made.keep_input(0, "a,b").unwrap();
                    assert!(made.path().join("inputs/0000.csv").exists());
                    made.remove().unwrap();
                }
            });
        }
    });
    assert_eq!(fs::read_dir(parent).unwrap().count(), 0);
}
