//! Every number of a shipped scenario and every default of a model has a source or says
//! that it is an assumption, and docs/sources has every key that they name.

use crate::common;
use crate::source::read;
use convoq::scenario;
use serde_json::Value;
use std::collections::BTreeSet;

/// Fields that are no assumptions about an operation: identity, calendar, promises.
const NO_NUMBERS: [&str; 16] = [
    "convoq",
    "seed",
    "replications",
    "time",
    "targets",
    "service_level",
    "short_abandon",
    "priority",
    "name",
    "label",
    "description",
    "source",
    "note",
    "csv",
    "column",
    "zone",
];

/// Defaults that switch something off, or leave it as it is.
const PLAIN: [&str; 6] = ["0", "0%", "0s", "1", "100%", "24h"];
/// Defaults that are choices of how to run or to print, not claims about the world.
const CHOICES: [&str; 5] =
    ["| `replications` |", "| `interval` |", "| `start_every` |", "| `name` |", "| `plan` |"];

/// Keys in brackets: `[intercom2022]`.
fn keys(text: &str) -> BTreeSet<String> {
    let inside = text.split('[').skip(1).filter_map(|t| t.split(']').next());
    let key = |t: &&str| {
        let plain = t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        plain && t.len() > 3
    };
    inside.filter(key).map(str::to_owned).collect()
}

fn is_assumption(text: &str) -> bool {
    text.to_lowercase().contains("assum")
}

/// Keys of the table of docs/sources.md, in its order.
fn known() -> Vec<String> {
    let page = read("docs/sources.md");
    let rows = page.lines().filter_map(|l| l.strip_prefix("| `"));
    rows.filter_map(|r| Some(r.split_once('`')?.0.to_owned())).collect()
}

/// Paths of numbers that no `source` or `note` covers. One that says "assumption" covers
/// its block and all in it; a key does so in every block but the whole scenario.
fn uncovered(value: &Value, path: &str, covered: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let said = ["source", "note"].map(|f| map.get(f).and_then(Value::as_str));
            let said = said.into_iter().flatten();
            let says = |t: &str| is_assumption(t) || (!path.is_empty() && !keys(t).is_empty());
            let covered = covered || said.into_iter().any(says);
            for (field, value) in map {
                if !NO_NUMBERS.contains(&field.as_str()) {
                    uncovered(value, &format!("{path}.{field}"), covered, found);
                }
            }
        }
        Value::Array(list) => {
            for value in list {
                uncovered(value, path, covered, found);
            }
        }
        Value::Number(_) if !covered => found.push(path.to_owned()),
        Value::String(text) if !covered && text.starts_with(|c: char| c.is_ascii_digit()) => {
            found.push(path.to_owned());
        }
        _ => {}
    }
}

/// Everything that a `source`, a `note` or a `description` says, anywhere in a scenario.
fn said(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            for (field, value) in map {
                match value {
                    Value::String(text)
                        if ["source", "note", "description"].contains(&field.as_str()) =>
                    {
                        *out += &format!(" {text}");
                    }
                    _ => said(value, out),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|v| said(v, out)),
        _ => {}
    }
}

fn expanded(name: &str) -> (String, Value) {
    let text = read(&format!("scenarios/{name}.yaml"));
    let csv = |file: &str| {
        std::fs::read_to_string(format!("scenarios/{file}")).map_err(|e| e.to_string())
    };
    let loaded = match scenario::load(&text, None, &[], &csv) {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{problems}"),
    };
    (text, loaded.expanded)
}

#[test]
fn every_number_of_a_preset_has_a_source_or_is_an_assumption() {
    for name in common::shipped() {
        let mut found = Vec::new();
        uncovered(&expanded(&name).1, "", false, &mut found);
        assert!(
            found.is_empty(),
            "scenarios/{name}.yaml: neither a source nor the word assumption for {found:?}: write `source: \"[key] ...\"` with a key of docs/sources.md, or say that it is an assumption"
        );
    }
}

#[test]
fn the_walk_finds_what_is_not_covered() {
    let find = |yaml: &str| {
        let mut found = Vec::new();
        uncovered(&serde_json::from_str(yaml).unwrap(), "", false, &mut found);
        found
    };
    let bare = r#"{"bot": {"accept": "23%", "max_turns": 3}, "seed": 1}"#;
    assert_eq!(find(bare), [".bot.accept", ".bot.max_turns"]);
    let key = r#"{"bot": {"accept": "23%", "source": "[intercom2022] says so"}}"#;
    assert!(find(key).is_empty());
    let only_above = r#"{"source": "[intercom2022] for the claims", "bot": {"accept": "23%"}}"#;
    assert_eq!(find(only_above), [".bot.accept"]);
    let above = r#"{"source": "All numbers are assumptions.", "bot": {"accept": "23%"}}"#;
    assert!(find(above).is_empty());
    let inside = r#"{"teams": {"a": {"shifts": [{"agents": 3}], "source": "Taken from life."}}}"#;
    assert_eq!(find(inside), [".teams.a.shifts.agents"]);
    assert_eq!(
        keys("see [intercom2022], [a b], [1, 2], [bot]"),
        BTreeSet::from(["intercom2022".to_owned()])
    );
}

#[test]
fn every_key_is_known_and_every_known_key_is_used() {
    let known: BTreeSet<String> = known().into_iter().collect();
    let mut used = BTreeSet::new();
    for name in common::shipped() {
        let (text, value) = expanded(&name);
        let mut words = String::new();
        said(&value, &mut words);
        let named = keys(&words);
        let unknown: Vec<&String> = named.difference(&known).collect();
        assert!(
            unknown.is_empty(),
            "scenarios/{name}.yaml names {unknown:?}, which docs/sources.md does not have"
        );
        for publisher in ["Intercom 20", "Intercom, 20", "callcentrehelper.com", "MetricNet"] {
            assert!(
                !text.contains(publisher),
                "scenarios/{name}.yaml names {publisher}: give its key in brackets"
            );
        }
        // Comments and variants name keys too.
        used.extend(known.iter().filter(|k| text.contains(&format!("[{k}]"))).cloned());
    }
    let page = read("docs/scenario.md");
    used.extend(known.iter().filter(|k| page.contains(&format!("[{k}]"))).cloned());
    let idle: Vec<&String> = known.difference(&used).collect();
    assert!(idle.is_empty(), "docs/sources.md has {idle:?}, which nothing names");
}

#[test]
fn the_page_and_the_bibliography_have_the_same_entries_and_all_their_fields() {
    let (page, bib) = (read("docs/sources.md"), read("docs/sources.bib"));
    let entries: Vec<&str> = bib.split("\n@misc{").skip(1).collect();
    let in_bib: Vec<&str> = entries.iter().filter_map(|e| e.split(',').next()).collect();
    assert_eq!(known(), in_bib);
    for (key, entry) in in_bib.iter().zip(&entries) {
        for field in ["author ", "title ", "publisher ", "date ", "note "] {
            assert!(entry.contains(&format!("\n  {field}")), "{key}: {field}");
        }
        assert_eq!(entry.matches('{').count(), entry.matches('}').count() - 1, "{key}");
        let quoted = page.split(&format!("\n### {key}\n\n- ")).nth(1);
        assert!(quoted.is_some(), "docs/sources.md: no figure is quoted for {key}");
        let address = page.lines().find(|l| l.starts_with(&format!("| `{key}`")));
        let address = address.and_then(|l| l.trim_end_matches(" |").rsplit(" | ").next());
        let address = address.unwrap();
        assert!(address.contains("not recorded") || entry.contains(address), "{key}: {address}");
    }
}

/// Whether a default has a number that claims something about the world.
fn claims(default: &str) -> bool {
    let words = default.split([' ', ':', ',']).map(|w| w.trim_end_matches('.'));
    let number = |w: &str| w.starts_with(|c: char| c.is_ascii_digit()) && !PLAIN.contains(&w);
    !default.contains('`') && words.into_iter().any(number)
}

#[test]
fn every_default_of_a_model_has_a_source_or_is_an_assumption_with_a_range() {
    let page = read("docs/scenario.md");
    let rows = page.lines().filter(|l| l.starts_with("| `") && l.contains("Default "));
    let mut checked = 0;
    for row in rows.filter(|r| !CHOICES.iter().any(|c| r.starts_with(c))) {
        let default = row.rsplit("Default ").next().unwrap();
        let end = default.find(". ").map_or(default.len(), |at| at + 1);
        let about = row.rsplit(" | ").next().unwrap();
        let number = claims(&default[..end]) || about.contains("(60%");
        if !number {
            continue;
        }
        checked += 1;
        let ranged = is_assumption(about)
            && about
                .split("ssum")
                .nth(1)
                .is_some_and(|t| t.contains(" to ") && t.contains(|c: char| c.is_ascii_digit()));
        assert!(
            ranged || !keys(about).is_empty(),
            "docs/scenario.md: `{default}` has neither a source `[key]` nor `Assumption, LOW to HIGH`: {row}"
        );
    }
    assert!(checked >= 20, "{checked} defaults");
}
