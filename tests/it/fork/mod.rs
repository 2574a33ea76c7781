//! Forks: the past as it was, and what follows it.

mod changes;
mod futures;
mod refusals;

use crate::common;
pub use crate::common::{convoq_in as convoq, stderr, stdout};
use convoq::event::{Envelope, Event};
use convoq::log::Run;
use convoq::random::mix64;
use convoq::run::{Continuation, Past};
use convoq::scenario::{Scenario, continued};
use convoq::time::SimTime;
use std::path::{Path, PathBuf};

/// A run of a scenario in a fresh folder: one replication, logged.
pub fn recorded(folder: &Path, scenario: &Path, more: &[&str]) -> PathBuf {
    let file = scenario.display().to_string();
    let args = ["simulate", &file, "-n", "1", "--quiet", "--out", "run"];
    let output = convoq(folder, &[&args[..], more].concat());
    assert!(matches!(output.status.code(), Some(0 | 99)), "{}", stderr(&output));
    folder.join("run")
}

pub fn shipped_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.yaml"))
}

/// The past of a run in memory until a moment.
pub fn past(scenario: &Scenario, seed: u64, whole: &[Envelope], at: SimTime) -> Past {
    Past {
        seed,
        replication: 0,
        scenarios: vec![scenario.clone()],
        events: whole[..whole.partition_point(|e| e.at <= at)].to_vec(),
        at,
    }
}

/// All events of a fork: the past, and the future of this number.
pub fn play(past: &Past, changed: Option<&Scenario>, futures: bool, number: u32) -> Vec<Envelope> {
    let mut all = Vec::new();
    let continuation = Continuation { past, changed, futures };
    continuation.play(number, |events| all.extend_from_slice(events));
    all
}

/// The changed scenario as it goes on from a past.
pub fn changed(before: &Scenario, after: Scenario, at: SimTime) -> Scenario {
    continued(before, after, at).unwrap_or_else(|c| panic!("{c:?}"))
}

/// The first event in which two runs differ.
pub fn assert_same(got: &[Envelope], expected: &[Envelope], what: &str) {
    let differs = got.iter().zip(expected).position(|(a, b)| a != b);
    if let Some(n) = differs {
        panic!("{what}: event {n} is {:?}, was {:?}", got[n], expected[n]);
    }
    assert_eq!(got.len(), expected.len(), "{what}");
}

/// Violations of the conservation laws.
pub fn violations(scenario: &Scenario, events: &[Envelope]) -> Vec<String> {
    let mut everything = convoq::projection::Everything::new(&scenario.header);
    everything.apply_all(&scenario.header, events);
    everything.audit.violations
}

#[test]
fn vt_34_a_fork_of_any_shipped_run_at_any_moment_goes_on_as_the_run_did() {
    for name in common::shipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = recorded(folder.path(), &shipped_file(&name), &[]);
        let scenario = common::load_shipped(&name, &[]);
        let run = Run::open(&path).unwrap();
        let whole = run.replication(0).unwrap();
        let end = scenario.end.0;
        let mut moments = vec![SimTime::ZERO, scenario.end];
        // Of a run of millions of events a few moments tell as much as of any other.
        for n in 0..if whole.len() > 1_000_000 { 1 } else { 9 } {
            let draw = mix64(n ^ whole.len() as u64);
            moments.push(SimTime(draw % end));
            moments.push(whole[(mix64(draw) % whole.len() as u64) as usize].at);
        }
        for at in moments {
            let past = past(&scenario, run.manifest.seed, &whole, at);
            // Folding the past costs as much as playing it: what is checked is what follows.
            let mut place = 0;
            let continuation = Continuation { past: &past, changed: None, futures: false };
            continuation.play(0, |events| {
                let expected = whole.get(place..place + events.len()).unwrap_or_default();
                assert_same(events, expected, &format!("{name} at {at:?}"));
                place += events.len();
            });
            assert_eq!(place, whole.len(), "{name} at {at:?}");
        }
    }
}

#[test]
fn vt_34_an_unchanged_fork_on_disk_has_the_same_file_of_events() {
    for (name, moments) in
        [("quickstart", ["0s", "12:00", "24h"]), ("night_and_day", ["30h", "2026-03-28", "70h"])]
    {
        let folder = tempfile::tempdir().unwrap();
        let run = recorded(folder.path(), &shipped_file(name), &["--seed", "11"]);
        let events = |run: &Path| std::fs::read(run.join("log/part-0000/000000.parquet")).unwrap();
        for (n, at) in moments.iter().enumerate() {
            let out = format!("fork{n}");
            let output = convoq(folder.path(), &["fork", "run", "--at", at, "--out", &out]);
            assert!(matches!(output.status.code(), Some(0 | 99)));
            assert!(events(&folder.path().join(&out)) == events(&run), "{name} at {at}");
            let told = convoq(folder.path(), &["report", &out]);
            assert_eq!(stdout(&told), stdout(&output), "{name} at {at}");
            // A fork of the fork.
            let (again, at) = (format!("again{n}"), "11h");
            let args = ["fork", &out, "--at", at, "--out", &again, "--quiet"];
            convoq(folder.path(), &args);
            assert!(events(&folder.path().join(&again)) == events(&run), "{name} again");
        }
    }
}

#[test]
fn another_replication_is_forked_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let file = shipped_file("quickstart");
    let file = file.display().to_string();
    let args = ["simulate", &file, "-n", "3", "--log", "full", "--out", "r"];
    convoq(folder.path(), &args);
    let args = ["fork", "r", "--at", "10:30", "--replication", "2", "--out", "f"];
    convoq(folder.path(), &args);
    let events = |name: &str, n| {
        let run = Run::open(&folder.path().join(name)).unwrap();
        run.replication(n).unwrap()
    };
    assert_same(&events("f", 0), &events("r", 2), "replication 2");
    // And the fork knows whose draws it goes on with.
    convoq(folder.path(), &["fork", "f", "--at", "9h", "--out", "g"]);
    assert_same(&events("g", 0), &events("r", 2), "a fork of it");
}

#[test]
fn a_fork_of_a_changed_fork_goes_on_as_the_fork_did() {
    let folder = tempfile::tempdir().unwrap();
    let run = recorded(folder.path(), &shipped_file("quickstart"), &[]);
    let set = [
        "--set",
        "teams.support.shifts[1].agents=7",
        "--set",
        "teams.support.channels.chat={max: 4, slowdown: [1, 1.6, 2.2, 2.6]}",
    ];
    for (n, futures) in ["1", "3"].into_iter().enumerate() {
        let name = format!("changed{n}");
        let args = ["fork", "run", "--at", "10:45", "--out", &name, "-n", futures];
        let output = convoq(folder.path(), &[&args[..], &set].concat());
        assert!(matches!(output.status.code(), Some(0 | 99)), "{}", stderr(&output));
        let whole = std::fs::read(folder.path().join(&name).join("log/part-0000/000000.parquet"));
        let whole = whole.unwrap();
        for (m, at) in ["10:45", "10h45m10s", "12:00", "15:20:07", "24h"].iter().enumerate() {
            let again = format!("again{n}{m}");
            let args = ["fork", &name, "--at", at, "--out", &again, "--quiet"];
            convoq(folder.path(), &args);
            let events = folder.path().join(&again).join("log/part-0000/000000.parquet");
            assert!(std::fs::read(events).unwrap() == whole, "{name} at {at}");
        }
        // Before its fork it is the run that was forked.
        let early = format!("early{n}");
        convoq(folder.path(), &["fork", &name, "--at", "09:10", "--out", &early]);
        let parts = [run.as_path(), &folder.path().join(&early)]
            .map(|p| std::fs::read(p.join("log/part-0000/000000.parquet")).unwrap());
        assert!(parts[0] == parts[1], "{early}");
    }
}

#[test]
fn vt_38_the_state_is_the_fold_of_past_and_rest() {
    let scenario = common::load_shipped("quickstart", &[]);
    let whole = common::events(&scenario, 5, 0);
    let at = SimTime(11 * 3_600_000_000);
    let fork = play(&past(&scenario, 5, &whole, at), Some(&scenario.clone()), true, 0);
    let moment = fork.iter().position(|e| matches!(e.event, Event::Forked { future: 1 }));
    let moment = moment.unwrap();
    assert_same(&fork[..moment], &whole[..moment], "the past");
    assert!(fork[moment].at == at && fork[moment + 1..].iter().all(|e| e.at >= at));
    assert_eq!(violations(&scenario, &fork), Vec::<String>::new());
}
