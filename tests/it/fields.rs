//! Every field of the schema does something: changed, it moves the events or a number.
//! A field without an entry in `tests/data/fields.txt` fails the test.

use crate::common;
use convoq::run::{play, replicate};
use convoq::scenario::{self, Scenario, json_schema};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const BASE: &str = include_str!("../data/fields.yaml");
const TABLE: &str = include_str!("../data/fields.txt");

/// Fields that are for readers: names of what has another identity, remarks, sources.
const TEXT: [&str; 5] =
    ["File.name", "Variant.description", "File.description", "Segment.label", "Triage.queue"];

/// Fields that only check what another says, and a value that they refuse.
const CHECKS: [(&str, &str, &str); 2] = [
    ("File.convoq", "", "convoq=2"),
    (
        "Profile.interval",
        "demand[0].profile={shares: [10%, 70%, 20%]}",
        "demand[0].profile.interval=6h",
    ),
];

fn files(name: &str) -> Result<String, String> {
    let text = match name {
        "work.csv" => "a,b\n2,3\n6,7\n",
        "other.csv" => "a,b\n4,5\n5,6\n",
        "profile.csv" => "start,a,b\n08:00,0.5,0.2\n12:00,0.5,0.8\n",
        "other_profile.csv" => "start,a,b\n08:00,0.9,0.2\n12:00,0.1,0.8\n",
        "counts.csv" => {
            "at,later,n,m,team\n2026-03-02 09:00,2026-03-02 10:00,9,4,a\n2026-03-02 10:00,2026-03-02 11:00,7,4,b\n"
        }
        "other_counts.csv" => {
            "at,later,n,m,team\n2026-03-02 09:00,2026-03-02 10:00,3,4,a\n2026-03-02 10:00,2026-03-02 11:00,2,4,b\n"
        }
        "times.csv" => {
            "at,later,team\n2026-03-02 09:00,2026-03-02 11:00,a\n2026-03-02 10:00,2026-03-02 12:00,b\n"
        }
        "record.csv" => {
            "at,what,worked,after,left_after\n2026-03-02 09:00,fix,31,9,1\n2026-03-02 09:01,ask,2,8,0.5\n2026-03-02 09:02,fix,3,,\n2026-03-02 09:03,,,7,2\n"
        }
        "other_times.csv" => "at,later\n2026-03-02 09:30,2026-03-02 11:00\n",
        "shifts.csv" => "date,later,from,to,n\n2026-03-02,2026-03-03,09:00,15:00,2\n",
        "other_shifts.csv" => "date,later,from,to,n\n2026-03-02,2026-03-03,10:00,16:00,3\n",
        _ => return Err("no such file".to_owned()),
    };
    Ok(text.to_owned())
}

/// Fields of the schema as `Definition.field`, the file itself being `File`.
fn fields() -> BTreeSet<String> {
    let schema = json_schema();
    let mut found = BTreeSet::new();
    let mut take = |of: &str, definition: &Value| {
        let properties = definition["properties"].as_object();
        let names = properties.into_iter().flat_map(|p| p.keys());
        found.extend(names.map(|name| format!("{of}.{name}")));
    };
    take("File", &schema);
    for (of, definition) in schema["definitions"].as_object().unwrap() {
        take(of, definition);
    }
    found
}

fn is_text(field: &str) -> bool {
    let remark = field.ends_with(".source") || field.ends_with(".note");
    TEXT.contains(&field) || (remark && field != "DemandSpike.source")
}

/// One line of the table: what is needed, and what is changed.
struct Case {
    field: String,
    needed: Vec<String>,
    changes: Vec<String>,
}

fn table() -> Vec<Case> {
    let lines = || TABLE.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let words: BTreeMap<&str, &str> = lines()
        .filter(|l| l.starts_with('$'))
        .map(|l| l.split_once(" = ").unwrap_or_else(|| panic!("{l}")))
        .collect();
    let steps = |text: &str| -> Vec<String> {
        let parts = text.split(';').map(str::trim).filter(|p| !p.is_empty());
        parts
            .flat_map(|part| {
                let whole = words.get(part).copied().unwrap_or(part);
                whole.split(';').map(|p| p.trim().to_owned()).collect::<Vec<_>>()
            })
            .collect()
    };
    let cases = lines().filter(|l| !l.starts_with('$'));
    cases
        .map(|line| {
            let parts: Vec<&str> = line.split(" |").map(str::trim).collect();
            let [field, needed, changes] = parts.as_slice() else {
                panic!("{line}");
            };
            Case { field: (*field).to_owned(), needed: steps(needed), changes: steps(changes) }
        })
        .collect()
}

fn load(steps: &[String]) -> Result<Scenario, String> {
    let variant = steps.iter().find_map(|s| s.strip_prefix("variant:"));
    let set = steps.iter().filter(|s| !s.starts_with("variant:"));
    let set: Vec<(String, String)> = set
        .map(|s| s.split_once('=').unwrap_or_else(|| panic!("{s}")))
        .map(|(p, v)| (p.trim().to_owned(), v.trim().to_owned()))
        .collect();
    let loaded = scenario::load(BASE, variant, &set, &files);
    loaded.map(|l| l.scenario).map_err(|problems| problems.to_string())
}

/// Everything that a run says: its events, its measures, its targets; and what only
/// `solve` reads, the plans of teams.
fn seen(scenario: &Scenario) -> Vec<String> {
    let mut events = String::new();
    play(scenario, scenario.seed, 0, |some| {
        events += &format!("{some:?}");
    });
    let run = replicate(scenario, scenario.seed, 0);
    let summary = common::summary(scenario, scenario.seed, 2, 1);
    vec![
        events,
        format!("{:?} {:?} {:?}", run.measures, run.queues, run.teams),
        format!("{:?} {}", summary.targets, summary.about.currency),
        scenario.replications.to_string(),
        format!("{:?}", scenario.teams.iter().map(|t| &t.plan).collect::<Vec<_>>()),
    ]
}

#[test]
fn every_field_of_the_schema_has_an_entry() {
    let cases = table();
    let listed: BTreeSet<&str> = cases.iter().map(|c| c.field.as_str()).collect();
    assert_eq!(listed.len(), cases.len(), "a field has two entries");
    let known = fields();
    let checked = |f: &str| CHECKS.iter().any(|c| c.0 == f);
    let missing: Vec<_> = known
        .iter()
        .filter(|f| !is_text(f) && !checked(f) && !listed.contains(f.as_str()))
        .collect();
    assert!(missing.is_empty(), "say in tests/data/fields.txt what these do: {missing:?}");
    let gone: Vec<_> = listed.iter().filter(|f| !known.contains(**f)).collect();
    assert!(gone.is_empty(), "no such field: {gone:?}");
}

#[test]
fn every_field_changed_moves_something() {
    let mut before: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in table() {
        let all: Vec<String> = case.needed.iter().chain(&case.changes).cloned().collect();
        let (base, changed) = match (load(&case.needed), load(&all)) {
            (Ok(base), Ok(changed)) => (base, changed),
            (Err(e), _) | (_, Err(e)) => {
                wrong.push(format!("{}: {e}", case.field));
                continue;
            }
        };
        let base = before.entry(case.needed).or_insert_with(|| seen(&base));
        if *base == seen(&changed) {
            wrong.push(format!("{}: nothing moves", case.field));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fields_that_check_others_refuse_what_does_not_fit() {
    for (field, needed, wrong) in CHECKS {
        let needed: Vec<String> =
            Some(needed).filter(|n| !n.is_empty()).map(str::to_owned).into_iter().collect();
        assert!(load(&needed).is_ok(), "{field}");
        let all: Vec<String> = needed.into_iter().chain([wrong.to_owned()]).collect();
        assert!(load(&all).is_err(), "{field}");
    }
}

#[test]
fn what_is_for_readers_moves_nothing() {
    let before = seen(&load(&[]).unwrap());
    let notes = ["name=other", "description=a text", "source=a study", "teams.chat.note=few"];
    let notes = notes.map(str::to_owned);
    assert!(seen(&load(&notes).unwrap()) == before);
}
