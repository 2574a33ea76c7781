//! `convoq replay`: a record played again gives the waits that were recorded.

use crate::common::{convoq_in, json_in, simulated, stderr};
use serde_json::Value;
use std::path::Path;

/// Five days of two queues and two teams, short of people: waits, and customers who leave.
const WAS: &str = "convoq: 1\nname: was\ntime: {start: 2026-03-02, days: 5, zone: Europe/Berlin, open: {daily: \"08:00-18:00\"}, drain: 2h}\nintents: {call: {work: {lognormal: {mean: 4m, cv: 1}}, wrap_up: {exponential: 30s}}, order: {work: {exponential: 3m}}}\ndemand: [{channel: phone, per_day: 700, intents: {call: 60%, order: 40%}}]\nchannels: {phone: {patience: {exponential: 3m}}}\nqueues: {calls: {intents: [call], skill: call}, orders: {intents: [order], skill: order}}\nteams: {a: {channels: {phone: {}}, skills: [call], shifts: [{agents: 3, from: \"08:00\", to: \"16:00\", breaks: [30m]}, {agents: 2, from: \"10:00\", to: \"18:00\"}]}, b: {channels: {phone: {}}, skills: [order], agents: 2}}\n";

fn json(place: &Path, args: &[&str]) -> Value {
    json_in(place, "replay", args)
}

#[test]
fn a_simulation_that_is_replayed_has_its_own_waits_again() {
    let folder = simulated(WAS);
    let said = json(folder.path(), &["run", "--out", "again"]);
    let waits = &said["waits"];
    assert!(waits["both"].as_u64().unwrap() > 2000, "{waits}");
    assert_eq!(waits["one"], 0, "{waits}");
    // Spans of staffing are written in whole seconds: an end of a break is rounded.
    assert!(waits["mae_s"].as_f64().unwrap() < 0.05, "{waits}");
    assert!(waits["p99_s"].as_f64().unwrap() <= 1.0, "{waits}");
    for measure in ["volume", "service_level", "mean_wait_s", "abandonment_rate", "occupancy"] {
        let [was, is] = ["was", "replayed"].map(|of| said[of][measure].as_f64().unwrap());
        assert!((was - is).abs() <= 0.002 * was, "{measure}: {was} {is}");
    }
    assert!(said["was"]["abandonment_rate"].as_f64().unwrap() > 0.1, "it is short of people");
    // What it writes is a scenario as others are.
    let again = convoq_in(folder.path(), &["simulate", "again/scenario.yaml", "-n", "1"]);
    assert!(again.status.success(), "{}", stderr(&again));
}

#[test]
fn other_people_and_other_rules_change_the_waits_and_not_who_came() {
    let folder = simulated(WAS);
    let place = folder.path();
    let own = json(place, &["run", "--days", "2..3"]);
    let many = json(place, &["run", "--days", "2..3", "--staffing", "30"]);
    let changed = json(
        place,
        &["run", "--days", "2..3", "--set", "intents.calls.wrap_up=10m", "--staffing", "30"],
    );
    assert_eq!(own["contacts"], many["contacts"]);
    assert_eq!(many["replayed"]["volume"], own["was"]["volume"]);
    assert!(many["replayed"]["mean_wait_s"].as_f64().unwrap() < 0.5);
    // Recorded wrap-ups are kept, whatever the law of the others says.
    let [busy, longer] = [&many, &changed].map(|r| r["replayed"]["occupancy"].as_f64().unwrap());
    assert!(longer >= busy && longer < busy * 1.5, "{busy} {longer}");
    std::fs::write(
        place.join("staff.csv"),
        "date,from,to,agents\n2026-03-03,08:00,19:00,1\n2026-03-04,08:00,19:00,20\n",
    )
    .unwrap();
    let table = json(place, &["run", "--days", "2..3", "--staffing", "staff.csv"]);
    let days = table["days"].as_array().unwrap();
    let wait = |n: usize| days[n]["replayed"]["mean_wait_s"].as_f64().unwrap();
    assert!(wait(0) > 60.0 && wait(1) < 1.0, "{days:?}");
}

#[test]
fn what_cannot_be_replayed_is_told_and_nothing_is_written() {
    let chats = WAS.replace(
        "channels: {phone: {}}, skills: [call]",
        "channels: {phone: {max: 3}}, skills: [call]",
    );
    let chats = simulated(&chats);
    let calls = simulated(WAS);
    for (place, args, wanted) in [
        (&chats, &["run"][..], "taken by agents who had another one"),
        (&calls, &["run", "--days", "6"], "the run has days 1 to 5"),
        (&calls, &["run", "--days", "3..2"], "the run has days 1 to 5"),
        (&calls, &["run", "--staffing", "0"], "nobody would answer"),
        (&calls, &["run", "--staffing", "nobody.csv"], "cannot be read"),
        (&calls, &["run", "--set", "queues.x=1"], "queues"),
        (&calls, &["nowhere"], "nowhere"),
    ] {
        let place = place.path();
        let done = convoq_in(place, &[&["replay", "--out", "no"], args].concat());
        assert_eq!(done.status.code(), Some(2), "{args:?}: {}", stderr(&done));
        assert!(stderr(&done).contains(wanted), "{args:?}: {}", stderr(&done));
        assert!(!place.join("no").exists(), "{args:?}");
    }
}

/// Another simulator's log: first come, first served, by four agents. Stamps are in whole
/// seconds, so a wait can be told to a second.
#[test]
fn another_simulators_calls_are_replayed_wait_by_wait() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/truth/data/simmer_calls_2021-01..07.csv.gz");
    if !file.exists() {
        eprintln!("skipped: ../shared/truth/data is not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = file.to_str().unwrap();
    let done = convoq_in(folder.path(), &["import", file, "--out", "calls"]);
    assert!(done.status.success(), "{}", stderr(&done));
    let mut all = 0;
    for days in ["1..106", "107..211"] {
        let said = json(folder.path(), &["calls", "--days", days, "--staffing", "4"]);
        let waits = &said["waits"];
        println!("days {days}: {waits}");
        all += waits["both"].as_u64().unwrap();
        assert_eq!(waits["one"], 0);
        assert!(waits["mae_s"].as_f64().unwrap() < 0.3, "{waits}");
        assert!(waits["p99_s"].as_f64().unwrap() <= 1.0, "{waits}");
    }
    assert!(all > 25_000, "{all} calls");
}
