//! The JSON of commands is what `convoq schema` says of it.

use crate::log::runs::{convoq, scenario, stderr};
use serde_json::Value;

/// What is wrong with a value by a schema: types, constants, closed lists, required
/// fields, items, and alternatives.
pub(crate) fn wrong(value: &Value, schema: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &&str| match *kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    if !kinds.is_empty() && !kinds.iter().any(is) {
        found.push(format!("{at}: {value} is none of {kinds:?}"));
    }
    if schema.get("const").is_some_and(|c| c != value) {
        found.push(format!("{at}: {value} is not {}", schema["const"]));
    }
    let closed = schema["enum"].as_array();
    if let Some(list) = closed.filter(|list| !list.contains(value)) {
        found.push(format!("{at}: {value} is none of {list:?}"));
    }
    if let (Some(map), Some(required)) = (value.as_object(), schema["required"].as_array()) {
        let missing = required.iter().filter_map(Value::as_str);
        let missing = missing.filter(|name| !map.contains_key(*name));
        found.extend(missing.map(|name| format!("{at}: no `{name}`")));
    }
    if let (Some(map), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for (name, of) in properties {
            if let Some(inner) = map.get(name) {
                found.extend(wrong(inner, of, &format!("{at}.{name}")));
            }
        }
    }
    if let (Some(list), true) = (value.as_array(), schema["items"].is_object()) {
        for (number, item) in list.iter().enumerate() {
            found.extend(wrong(item, &schema["items"], &format!("{at}[{number}]")));
        }
    }
    if let Some(ways) = schema["anyOf"].as_array() {
        let each: Vec<_> = ways.iter().map(|way| wrong(value, way, at)).collect();
        if each.iter().all(|w| !w.is_empty()) {
            found.extend(each.into_iter().flatten());
        }
    }
    found
}

fn check(name: &str, args: &[&str], folder: &std::path::Path) {
    let parse = |bytes: &[u8], said: &str| -> Value {
        serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{args:?}: {e}\n{said}"))
    };
    let schema = convoq(folder, &["schema", name]);
    let schema = parse(&schema.stdout, &stderr(&schema));
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let output = convoq(folder, &[args, &["--format", "json"]].concat());
    let value = parse(&output.stdout, &stderr(&output));
    let found = wrong(&value, &schema, name);
    assert!(found.is_empty(), "{args:?}\n{}", found.join("\n"));
    // It is the schema of this output, and of no other.
    assert_eq!(value["schema"], schema["properties"]["schema"]["const"]);
    let mut less = value.clone();
    let last = schema["required"].as_array().unwrap().last().unwrap();
    less.as_object_mut().unwrap().remove(last.as_str().unwrap());
    assert!(!wrong(&less, &schema, name).is_empty());
}

#[test]
fn the_output_of_each_command_is_what_its_schema_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let file = scenario("quickstart");
    let file = file.as_str();
    let more = ["--set", "teams.support.shifts[0].agents=+1"];
    let run = ["simulate", file, "-n", "1", "--out", "run", "-q"];
    check("summary", &run, place);
    check("summary", &["report", "run", "-q"], place);
    check("grid", &["simulate", file, "-n", "2", "--log", "none", "-q", "--by", "day"], place);
    check("grid", &["report", "run", "-q", "--by", "interval"], place);
    let level = "service_level >= 80%";
    let a = ["erlang", "a", "--calls", "240/h", "--aht", "5m", "--patience", "3m"];
    check("erlang", &[&a[..], &["--until", level]].concat(), place);
    check(
        "erlang",
        &["erlang", "c", "--calls", "240/h", "--aht", "5m", "--agents", "18..22"],
        place,
    );
    check("erlang", &["erlang", "day", file], place);
    let compare = ["compare", file, "-n", "3", "-q"];
    check("compare", &[&compare[..], &more].concat(), place);
    check("sweep", &["sweep", file, "--vary", "bot.accept=20%..40%", "-n", "2", "-q"], place);
    let roster = ["solve", file, "--until", "service_level(within=60s) >= 80%", "-n", "2", "-q"];
    check("solve", &roster, place);
    check("solve", &[&roster[..], &["--vary", "demand[0].per_day"]].concat(), place);
    check("fit", &["fit", "run", "-q"], place);
    let fork = ["fork", "run", "--at", "12h", "--out", "forked", "-q"];
    check("fork", &[&fork[..], &more].concat(), place);
}
