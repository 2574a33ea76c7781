//! What others put into a run directory: links, paths that lead out, pipes, damaged inputs.
#![cfg(unix)]

use super::runs::{convoq, scenario, stderr, stdout, tree};
use convoq::log::{Manifest, Run, RunState};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// A small run, `run` below the folder.
fn run_in(folder: &Path) -> std::path::PathBuf {
    let file = scenario("quickstart");
    let args = ["simulate", &file, "-n", "1", "--log", "full", "--out", "run", "-q"];
    convoq(folder, &[&args[..], &["--set", "demand[0].per_day=20"]].concat());
    folder.join("run")
}

/// Puts a link to something else in the place of a file or folder.
fn link(path: &Path, to: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else {
        let _ = fs::remove_file(path);
    }
    symlink(to, path).unwrap();
}

#[test]
fn no_link_in_a_run_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path());
    // As if its writer had died, and with a part of it complete.
    let mut manifest = Manifest::read(&run).unwrap();
    manifest.state = RunState::Running;
    manifest.partitions.clear();
    fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
    let sealed = run.join("log/part-0000/000000.parquet");
    fs::write(run.join("log/part-0000/000000.arrows"), "no stream").unwrap();
    assert!(sealed.exists());
    let good = folder.path().join("good");
    fs::rename(&run, &good).unwrap();
    for name in [
        "lock",
        "manifest.json",
        "manifest.json.part",
        "log",
        "log/part-0000",
        "log/part-0000/000000.arrows",
        "log/part-0000/000000.idx",
        "log/part-0000/000000.part",
        "log/part-0000/000000.parquet",
        "reports",
        "reports/measures.part",
        "reports/measures.parquet",
    ] {
        let victim = folder.path().join("victim");
        let copied = Command::new("cp").arg("-r").args([&good, &run]).status();
        assert!(copied.unwrap().success());
        let is_folder = good.join(name).is_dir();
        if is_folder {
            fs::create_dir(&victim).unwrap();
            for file in ["000000.arrows", "000000.idx", "000000.part", "measures.part"] {
                fs::write(victim.join(file), "precious").unwrap();
            }
        } else {
            fs::create_dir(&victim).unwrap();
            fs::write(victim.join("file"), "precious").unwrap();
        }
        let before = tree(&victim);
        let to = if is_folder { victim.clone() } else { victim.join("file") };
        link(&run.join(name), &to);
        for args in [&["report", "run"][..], &["log", "recover", "run"]] {
            let output = convoq(folder.path(), args);
            let (code, said) = (output.status.code(), stderr(&output));
            assert!(matches!(code, Some(0 | 2)), "{name} {args:?}: {said}");
            assert!(tree(&victim) == before, "{name} {args:?}: {said}");
            if !name.ends_with("part") && code == Some(2) && args[0] == "log" {
                assert!(said.contains("is a symbolic link"), "{name}: {said}");
            }
        }
        assert!(tree(&victim) == before, "{name}");
        fs::remove_dir_all(&victim).unwrap();
        fs::remove_dir_all(&run).unwrap();
    }
}

#[test]
fn a_manifest_names_nothing_outside_of_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path());
    let good = Manifest::read(&run).unwrap();
    fs::write(folder.path().join("victim"), "text").unwrap();
    let outside = ["/dev/zero", "../victim", "log/../../victim", "./../victim", ""];
    for (number, name) in outside.into_iter().enumerate() {
        let mut bad = good.clone();
        let named = match number % 2 {
            0 => &mut bad.partitions[0].file,
            _ => &mut bad.tables[0],
        };
        named.file = name.to_owned();
        fs::write(run.join("manifest.json"), bad.to_text()).unwrap();
        let error = Run::open(&run).unwrap_err();
        assert!(error.is_usage());
        let said = error.to_string();
        assert!(said.contains("which is not in the run's folder"), "{name}: {said}");
    }
    for args in [&["report", "run"][..], &["log", "export", "run", "--to", "csv"]] {
        let refused = convoq(folder.path(), args);
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    }
    fs::write(run.join("manifest.json"), good.to_text()).unwrap();
    // Inside, and no file: a pipe would be waited for, a device never ends.
    let part = run.join("log/part-0000/000000.parquet");
    fs::remove_file(&part).unwrap();
    assert!(Command::new("mkfifo").arg(&part).status().unwrap().success());
    for args in [&["log", "show", "run"][..], &["log", "verify", "run"]] {
        let refused = convoq(folder.path(), args);
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
        assert!(stderr(&refused).contains("is a pipe or a device"));
    }
    fs::remove_file(&part).unwrap();
    symlink("/dev/zero", &part).unwrap();
    let refused = convoq(folder.path(), &["log", "stat", "run"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("is a symbolic link"));
}

#[test]
fn a_damaged_copy_of_an_input_is_told_by_all_that_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("recorded_day");
    let args = ["simulate", &file, "-n", "1", "--log", "full", "--out", "run", "-q"];
    convoq(folder.path(), &args);
    let whole = convoq(folder.path(), &["report", "run", "-q"]);
    assert!(stdout(&whole).contains("FORMULAS"));
    let copy = folder.path().join("run/inputs/0001.csv");
    let good = fs::read(&copy).unwrap();
    let damages: [(&dyn Fn(), &str); 3] = [
        (&|| fs::write(&copy, "x\n").unwrap(), "damaged"),
        (&|| fs::remove_file(&copy).unwrap(), "it is missing"),
        (&|| symlink("/etc/hostname", &copy).unwrap(), "is a symbolic link"),
    ];
    for (damage, said) in damages {
        damage();
        let told = convoq(folder.path(), &["report", "run", "-q", "--format", "json"]);
        assert_eq!(told.status.code(), Some(2), "{}", stderr(&told));
        let json: serde_json::Value = serde_json::from_str(&stdout(&told)).unwrap();
        let warning = json["warnings"][0].as_str().unwrap();
        assert!(warning.contains("inputs/0001.csv") && warning.contains(said), "{warning}");
        assert!(warning.contains("the formulas beside the simulation are left out"));
        for args in [&["fork", "run", "--at", "10h", "-q"][..], &["log", "verify", "run"]] {
            let refused = convoq(folder.path(), args);
            assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
            assert!(stderr(&refused).contains("inputs/0001.csv"));
        }
    }
    let text = stdout(&convoq(folder.path(), &["report", "run", "-q"]));
    assert!(text.starts_with("WARNING  run/inputs/0001.csv: is a symbolic link"), "{text}");
    fs::remove_file(&copy).unwrap();
    fs::write(&copy, good).unwrap();
    assert_eq!(stdout(&convoq(folder.path(), &["report", "run", "-q"])), stdout(&whole));
}
