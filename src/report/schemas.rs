//! The shapes of the JSON of commands other than `simulate` (draft-07): what a reader
//! may count on. A change that breaks one raises the number in its `schema`.

use serde_json::{Map, Value, json};

/// An object with these fields, all of them there. Others may come with a new version.
fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties = fields.iter().map(|(name, of)| ((*name).to_owned(), of.clone()));
    let properties: Map<String, Value> = properties.collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn of(kinds: &[&str]) -> Value {
    json!({ "type": kinds })
}

fn whole(title: &str, name: &str, about: &str, fields: &[(&str, Value)]) -> Value {
    let (text, constant) = (of(&["string"]), json!({ "const": name }));
    let head = [("schema", constant), ("version", text)];
    let mut schema = object(&[&head, fields].concat());
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        map.insert("title".to_owned(), json!(title));
        map.insert("description".to_owned(), json!(about));
    }
    schema
}

fn scenario() -> Value {
    object(&[("name", of(&["string"])), ("sha256", of(&["string"]))])
}

/// Fields that a row of every comparison has.
fn difference() -> Vec<(&'static str, Value)> {
    let (word, number) = (of(&["string", "null"]), of(&["number", "null"]));
    let words = ["definition", "queue", "segment", "channel", "intent", "party", "team", "stat"];
    let numbers =
        ["threshold_s", "unchanged", "changed", "difference", "se", "independent_se", "df"];
    let mut fields = vec![
        ("metric", of(&["string"])),
        ("unit", of(&["string"])),
        ("ci", json!({ "type": ["array", "null"], "items": { "type": "number" } })),
    ];
    fields.extend(words.map(|name| (name, word.clone())));
    fields.extend(numbers.map(|name| (name, number.clone())));
    fields
}

/// Of `erlang b|c|a|x|chat`, and of `erlang day`.
#[must_use]
pub fn erlang_schema() -> Value {
    let (text, word) = (of(&["string"]), of(&["string", "null"]));
    let (number, maybe) = (of(&["number"]), of(&["number", "null"]));
    let metric = object(&[
        ("metric", text.clone()),
        ("definition", word.clone()),
        ("stat", word.clone()),
        ("threshold_s", maybe.clone()),
        ("value", maybe.clone()),
        ("unit", text.clone()),
    ]);
    let answer = object(&[
        ("agents", of(&["integer"])),
        ("calls_per_h", number.clone()),
        ("aht_s", number.clone()),
        ("within_s", number.clone()),
        ("load_erlangs", number.clone()),
        ("stable", of(&["boolean"])),
        ("exact", of(&["boolean"])),
        ("metrics", list(&metric)),
    ]);
    let formula = object(&[
        ("target", word),
        ("solved", of(&["object", "null"])),
        ("missed", of(&["boolean"])),
        ("answers", list(&answer)),
        ("assumptions", list(&text)),
        ("warnings", list(&text)),
    ]);
    let interval = object(&[
        ("interval", of(&["integer"])),
        ("start", text.clone()),
        ("arrivals", number.clone()),
        ("work_s", number.clone()),
        ("load_erlangs", number.clone()),
        ("needed", of(&["integer", "null"])),
        ("on_duty", number.clone()),
        ("service_level", maybe.clone()),
        ("abandonment_rate", maybe.clone()),
        ("occupancy", maybe),
    ]);
    let day = object(&[
        ("scenario", scenario()),
        ("queue", text.clone()),
        ("day", of(&["integer"])),
        ("target", text.clone()),
        ("definition", text.clone()),
        ("threshold_s", number),
        ("intervals", list(&interval)),
        ("left_out", list(&text)),
    ]);
    let about = "The answers of a formula, or those of a scenario's day by interval. Definitions are those of docs/erlang.md.";
    let mut schema = whole("convoq erlang", "convoq.erlang/1", about, &[("formula", text)]);
    if let Some(map) = schema.as_object_mut() {
        map.insert("anyOf".to_owned(), json!([formula, day]));
    }
    schema
}

/// Of `compare`.
#[must_use]
pub fn compare_schema() -> Value {
    let (text, maybe) = (of(&["string"]), of(&["number", "null"]));
    let mut fields = difference();
    fields.extend([
        ("p", maybe.clone()),
        ("p_adjusted", maybe.clone()),
        ("finding", of(&["string", "null"])),
        ("within_margin", of(&["boolean", "null"])),
        ("width_ratio", maybe.clone()),
        ("independent_replications", of(&["integer", "null"])),
    ]);
    let system = object(&[
        ("name", text.clone()),
        ("sha256", text.clone()),
        ("rows", list(&object(&fields))),
    ]);
    let about = "Systems beside a standard, on the same customers. See docs/compare.md.";
    whole(
        "convoq compare",
        "convoq.compare/1",
        about,
        &[
            ("scenario", scenario()),
            ("standard", text.clone()),
            ("seed", of(&["integer"])),
            ("replications", of(&["integer"])),
            ("confidence", of(&["number"])),
            ("margin", maybe),
            ("systems", list(&system)),
            ("warnings", list(&text)),
        ],
    )
}

/// Of `sweep`. Each row has a field for each factor as well, by its name.
#[must_use]
pub fn sweep_schema() -> Value {
    let (text, word) = (of(&["string"]), of(&["string", "null"]));
    let maybe = of(&["number", "null"]);
    let factor =
        object(&[("name", text.clone()), ("about", word.clone()), ("levels", list(&text))]);
    let effect = object(&[
        ("metric", text.clone()),
        ("effect", text.clone()),
        ("factor", word.clone()),
        ("other", word.clone()),
        ("level", word.clone()),
        ("value", maybe.clone()),
        ("ci_low", maybe.clone()),
        ("ci_high", maybe.clone()),
        ("exact", maybe.clone()),
        ("note", word),
    ]);
    let row = object(&[
        ("point", of(&["integer"])),
        ("replication", of(&["integer"])),
        ("metric", text.clone()),
        ("unit", text.clone()),
        ("numerator", maybe.clone()),
        ("denominator", maybe.clone()),
        ("value", maybe),
    ]);
    let metric = object(&[("metric", text.clone()), ("unit", text.clone())]);
    let (calibrations, identified) = study_parts();
    let about = "A scenario at the points of a design. Under calibrations it has these and the identified sets, and each row and effect names its calibration. See docs/experiments.md.";
    let mut schema = whole(
        "convoq sweep",
        "convoq.sweep/1",
        about,
        &[
            ("scenario", scenario()),
            ("seed", of(&["integer"])),
            ("replications", of(&["integer"])),
            ("confidence", of(&["number"])),
            ("design", text.clone()),
            ("planned_points", of(&["integer"])),
            ("points", of(&["integer"])),
            ("violations", of(&["integer"])),
            ("factors", list(&factor)),
            ("metrics", list(&metric)),
            ("effects", list(&effect)),
            ("rows", list(&row)),
            ("reproduce", text),
        ],
    );
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.insert("calibrations".to_owned(), list(&calibrations));
        properties.insert("identified".to_owned(), list(&identified));
    }
    schema
}

/// A calibration, and an identified set, of a sweep under calibrations.
fn study_parts() -> (Value, Value) {
    let (text, word) = (of(&["string"]), of(&["string", "null"]));
    let maybe = of(&["number", "null"]);
    let calibration =
        object(&[("name", text.clone()), ("about", word.clone()), ("sha256", text.clone())]);
    let identified = object(&[
        ("metric", text.clone()),
        ("factor", word),
        ("least", maybe.clone()),
        ("greatest", maybe.clone()),
        ("ci_low", maybe.clone()),
        ("ci_high", maybe),
        ("largest_under", list(&text)),
    ]);
    (calibration, identified)
}

/// Of `fork` with a change. `summary` is the schema of a summary.
#[must_use]
pub fn fork_schema(summary: &Value) -> Value {
    let mut summary = summary.clone();
    if let Some(map) = summary.as_object_mut() {
        map.remove("$schema");
    }
    let rows = list(&object(&difference()));
    let fields = [
        ("at", of(&["string"])),
        ("futures", of(&["integer"])),
        ("unchanged", summary.clone()),
        ("changed", summary),
        ("whole", rows.clone()),
        ("from_fork", rows),
    ];
    let about = "What follows a moment of a run with a change and without it. See docs/fork.md.";
    let mut schema = whole("convoq fork", "convoq.fork/1", about, &fields);
    // Its version is that of the summaries in it.
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name != "version");
    }
    schema
}
