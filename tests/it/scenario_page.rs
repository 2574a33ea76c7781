//! `docs/scenario.md`, made from the JSON Schema of scenario files.

use crate::source::assert_page;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const HEAD: &str = "\
# Scenario files

Every field of a scenario file: what it says, what it accepts, its default.
This page is made from the JSON Schema that `convoq schema` prints; a test keeps it so.
`convoq new my.yaml` writes a commented scenario to start from, and `convoq check my.yaml` names everything that is wrong with it at once.

A scenario is YAML (or JSON, which is YAML too).
Units stand in the text: `4m30s`, `35%`, `14 EUR/h`; a length of time without a unit is an error.
A field that does not exist is an error as well, and the message names the nearest one that does.
`--set path=value` changes a field from the command line, as in `--set teams.chat.shifts[0].agents=+1`; a variant holds several such changes under a name.
A change can be relative to what is there: `+1`, `-30s`, `*1.1`; `+20%` is a fifth more, `-10%` a tenth less.
On a share or a factor `+20%` could also mean points, so it is refused: write `+20 points` or `*1.2`.
Whole numbers are rounded to the nearest, halves to the even one, with a warning; a change that rounds to nothing is refused.
Numbers have a decimal point and no thousands separators: `1.2` and `1200`.
A number that is a default says where it is from, or that it is an assumption and what others assume; only 0, 1 and 100% stand alone, for they leave things as they are without the field.
A file has at most 64 MiB and 2,000,000 values, a table that it names 1 GiB; a run brings at most 1,000,000,000 contacts, one interval or burst 100,000,000.

";

#[test]
fn the_page_of_scenario_files_is_the_schema() {
    let schema = convoq::scenario::json_schema();
    assert_page("docs/scenario.md", &page(&schema));
}

/// Defaults that leave things as they are without the field.
const NEUTRAL: [&str; 7] = ["0", "0s", "0%", "1", "1 each", "100%", "24h every day"];

#[test]
fn every_default_that_is_a_number_says_where_it_is_from() {
    let schema = convoq::scenario::json_schema();
    let of_file = std::iter::once(&schema);
    let all = of_file.chain(schema["definitions"].as_object().unwrap().values());
    let fields = all.filter_map(|d| d["properties"].as_object()).flatten();
    let unsaid: Vec<&String> = fields
        .filter(|(_, field)| {
            let about = description(field);
            let Some((_, said)) = about.rsplit_once("Default ") else { return false };
            let (value, source) = said.split_once(". ").unwrap_or((said.trim_end_matches('.'), ""));
            let answered = source.starts_with("Assumption") || said.contains('[');
            let number =
                value.trim_start_matches('`').starts_with(|c: char| c.is_ascii_digit() || c == '{');
            number && !NEUTRAL.contains(&value) && !answered
        })
        .map(|(name, _)| name)
        .collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}

#[test]
fn a_default_of_the_schema_is_what_the_file_may_say() {
    let schema = convoq::scenario::json_schema();
    assert_eq!(schema["definitions"]["Bot"]["properties"]["accept"]["default"], "23%");
    assert_eq!(schema["definitions"]["Returns"]["properties"]["fcr_window"]["default"], "7d");
    assert_eq!(schema["properties"]["replications"]["default"], 20);
    let law = &schema["definitions"]["Retries"]["properties"]["delay"]["default"];
    assert_eq!(*law, serde_json::json!({"exponential": "20m"}));
}

fn page(schema: &Value) -> String {
    let definitions = schema["definitions"].as_object().unwrap();
    let mut page = Page { definitions, text: HEAD.to_owned(), sections: Vec::new() };
    page.text += "## The file\n\n";
    page.table(schema);
    let mut number = 0;
    while number < page.sections.len() {
        let name = page.sections[number].clone();
        let _ =
            write!(page.text, "## {}\n\n{}\n\n", title(&name), description(&definitions[&name]));
        page.table(&definitions[&name]);
        number += 1;
    }
    page.kinds();
    page.text.trim_end().to_owned() + "\n"
}

struct Page<'s> {
    definitions: &'s Map<String, Value>,
    text: String,
    /// Definitions that have a section, in the order in which they are first named.
    sections: Vec<String>,
}

impl Page<'_> {
    fn table(&mut self, object: &Value) {
        self.text += "| field | accepts | meaning |\n|---|---|---|\n";
        let required: Vec<&str> = object["required"]
            .as_array()
            .map_or(Vec::new(), |list| list.iter().filter_map(Value::as_str).collect());
        for (name, field) in object["properties"].as_object().unwrap() {
            let accepts = self.accepts(field);
            let must = if required.contains(&name.as_str()) { " **Required.**" } else { "" };
            let meaning = format!("{}{must}{}", description(field), self.words(field));
            let cells = [accepts, meaning].map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(self.text, "| `{name}` | {} | {} |", cells[0], cells[1]);
        }
        self.text += "\n";
    }

    /// What a field takes, in words and links.
    fn accepts(&mut self, schema: &Value) -> String {
        if let Some(name) = reference(schema) {
            return self.accepts_definition(&name);
        }
        if let Some(branches) = schema["anyOf"].as_array() {
            let all: Vec<String> = branches.iter().map(|b| self.accepts(b)).collect();
            return match all.as_slice() {
                [list, one] if *list == format!("list of {one}") => format!("{one}, or a list"),
                _ => all.join(" or "),
            };
        }
        if let Some(words) = words_of(schema) {
            let all: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            return all.join(", ");
        }
        match schema["type"].as_str() {
            Some("array") => format!("list of {}", self.accepts(&schema["items"])),
            Some("object") if schema["additionalProperties"].is_object() => {
                format!("map of names to {}", self.accepts(&schema["additionalProperties"]))
            }
            Some("object") => "map".into(),
            Some("string") => "text".into(),
            Some("integer") => "whole number".into(),
            Some("number") => "number".into(),
            Some("boolean") => "`true`, `false`".into(),
            _ => "anything".into(),
        }
    }

    fn accepts_definition(&mut self, name: &str) -> String {
        let definition = &self.definitions[name];
        if let Some(kind) = definition["x-kind"].as_str() {
            return format!("[{kind}](#values)");
        }
        if !definition["properties"].is_object() {
            return self.accepts(definition);
        }
        if !self.sections.iter().any(|s| s == name) {
            self.sections.push(name.to_owned());
        }
        let title = title(name);
        format!("[{}](#{})", title.to_lowercase(), title.to_lowercase().replace(' ', "-"))
    }

    /// The words of a closed list with their meanings, after the field's own.
    fn words(&self, field: &Value) -> String {
        let definition = reference(field).map(|name| &self.definitions[&name]);
        let words = definition.and_then(words_of).unwrap_or_default();
        words.iter().map(|(word, meaning)| format!(" `{word}`: {meaning}")).collect()
    }

    fn kinds(&mut self) {
        self.text += "## Values\n\n| value | how it is written |\n|---|---|\n";
        let mut told = BTreeSet::new();
        let kinds = self.definitions.values().filter(|d| d["x-kind"].is_string());
        for kind in kinds {
            let name = kind["x-kind"].as_str().unwrap_or_default();
            // Bounds make several of one kind, which are all written alike.
            if !told.insert(name) {
                continue;
            }
            let _ = writeln!(self.text, "| {name} | {} |", description(kind).replace('|', "\\|"));
        }
    }
}

/// The definition that a schema stands for.
fn reference(schema: &Value) -> Option<String> {
    let inner = schema["allOf"].get(0).unwrap_or(schema);
    Some(inner["$ref"].as_str()?.strip_prefix("#/definitions/")?.to_owned())
}

/// The words of a closed list, with what they mean.
fn words_of(schema: &Value) -> Option<Vec<(String, String)>> {
    let branches = schema["oneOf"].as_array()?;
    let word = |b: &Value| Some((b["const"].as_str()?.to_owned(), description(b)));
    branches.iter().map(word).collect()
}

fn description(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// `LogNormalLaw` as `Log normal law`; the fields of a thing are the thing.
fn title(name: &str) -> String {
    let name = name.strip_suffix("Fields").unwrap_or(name);
    let mut title = String::new();
    for (at, c) in name.char_indices() {
        match c {
            _ if at == 0 => title.push(c),
            c if c.is_uppercase() => title.extend([' ', c.to_ascii_lowercase()]),
            c => title.push(c),
        }
    }
    title
}
