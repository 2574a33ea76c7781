//! Files that are not what was written: an error, or the same data; never other data.

use super::runs::{convoq, scenario};
use convoq::log::Run;
use convoq::random::mix64;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything that a run tells: events, tables, manifest.
fn told(path: &Path) -> Result<String, String> {
    let run = Run::open(path).map_err(|e| e.to_string())?;
    let mut text = format!("{:?}", run.manifest);
    let mut hash = 0_u64;
    run.events(&|_| true, &mut |replication, events, _| {
        for envelope in events {
            let line = format!("{replication} {envelope:?}");
            hash = line.bytes().fold(hash, |h, b| mix64(h ^ u64::from(b)));
        }
    })
    .map_err(|e| e.to_string())?;
    for table in ["measures", "durations", "intervals"] {
        text += &format!("{:?}", run.table(table).map_err(|e| e.to_string())?);
    }
    Ok(text + &hash.to_string())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else if !entry.ends_with("lock") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

#[test]
fn two_thousand_flipped_bits_and_cuts_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    let small = ["--set", "demand[0].per_day=60", "--out", "run"];
    convoq(folder.path(), &[&["simulate", &file, "-n", "2", "--log", "full"][..], &small].concat());
    let run = folder.path().join("run");
    let whole = told(&run).unwrap();
    let (mut flips, mut noticed) = (0, 0);
    let files = files(&run);
    assert!(files.len() >= 6, "{files:?}");
    for round in 0..2000_u64 {
        let path = &files[(mix64(round) % files.len() as u64) as usize];
        let good = fs::read(path).unwrap();
        let mut bad = good.clone();
        if round % 4 == 3 {
            bad.truncate((mix64(round ^ 77) % good.len() as u64) as usize);
        } else {
            let bit = mix64(round ^ 99) % (good.len() as u64 * 8);
            bad[(bit / 8) as usize] ^= 1 << (bit % 8);
        }
        fs::write(path, &bad).unwrap();
        match told(&run) {
            Ok(text) => assert!(text == whole, "{}: other data, round {round}", path.display()),
            Err(_) => noticed += 1,
        }
        fs::write(path, &good).unwrap();
        flips += 1;
    }
    assert_eq!((flips, noticed), (2000, 2000));
    assert_eq!(told(&run).unwrap(), whole);
}

#[test]
fn a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario("quickstart");
    convoq(folder.path(), &["simulate", &file, "-n", "1", "--log", "full", "--out", "run"]);
    let part = folder.path().join("run/log/part-0000/000000.parquet");
    let mut bytes = fs::read(&part).unwrap();
    bytes[1000] ^= 1;
    fs::write(&part, bytes).unwrap();
    for args in [&["report", "run"][..], &["log", "verify", "run"], &["log", "show", "run"]] {
        let output = convoq(folder.path(), args);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?} {error}");
        assert!(error.contains("part-0000/000000.parquet") && error.contains("blake3"), "{error}");
    }
    fs::remove_file(&part).unwrap();
    let output = convoq(folder.path(), &["report", "run"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("000000.parquet: damaged: it is missing"), "{error}");
    assert_eq!(output.status.code(), Some(2));
}
