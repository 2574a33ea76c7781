//! The JSON Schema of scenario files, from the mirror types.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::file::File;

/// The schema, draft-07, self-contained: for editors and for the structure check.
#[must_use]
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<File>().to_value();
    simplify(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), Value::from("convoq scenario"));
    }
    schema
}

/// Removes `null` from optional fields, which are left out rather than null, and from
/// defaults; says in words what a field's default is and where it comes from.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            required(map);
            say_default(map);
            drop_null_type(map);
            drop_null_branch(map);
            map.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// The list of the fields that say of themselves that they are required.
fn required(map: &mut Map<String, Value>) {
    let Some(Value::Object(fields)) = map.get_mut("properties") else {
        return;
    };
    let mut names = Vec::new();
    for (name, field) in fields.iter_mut() {
        let Some(field) = field.as_object_mut() else { continue };
        if field.shift_remove("x-required").is_some() {
            field.shift_remove("default");
            names.push(Value::from(name.as_str()));
        }
    }
    if !names.is_empty() {
        map.insert("required".into(), Value::Array(names));
    }
}

/// Adds a default and its source to the description.
fn say_default(map: &mut Map<String, Value>) {
    let source = map.shift_remove("x-source");
    let Some(default) = map.get_mut("default") else {
        return;
    };
    without_null(default);
    let said = written(default);
    if default.is_null() {
        map.shift_remove("default");
    }
    if let (Some(Value::String(about)), Some(said)) = (map.get_mut("description"), said) {
        *about += &format!(" Default {said}.");
        if let Some(source) = source.as_ref().and_then(Value::as_str) {
            *about += &format!(" {source}");
        }
    }
}

fn without_null(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, inner| !inner.is_null());
        map.values_mut().for_each(without_null);
    }
}

/// A default as a file would say it; lists and maps that are empty go without saying.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) => None,
        Value::Object(_) => Some(format!("`{}`", flow(value))),
        Value::String(text) if !text.starts_with(|c: char| c.is_ascii_digit()) => {
            Some(format!("`{text}`"))
        }
        other => Some(flow(other)),
    }
}

/// A value as YAML in one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(name, inner)| format!("{name}: {}", flow(inner))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn drop_null_type(map: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            map.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = map.get_mut("enum") {
        values.retain(|v| !v.is_null());
    }
}

fn drop_null_branch(map: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = map.get_mut("anyOf") else {
        return;
    };
    branches.retain(|b| b.get("type").is_none_or(|t| t != "null"));
    if let [only] = branches.as_mut_slice() {
        let only = only.take();
        map.remove("anyOf");
        // Draft-07 ignores what stands beside `$ref`, so the branch goes into `allOf`.
        map.insert("allOf".into(), Value::Array(vec![only]));
    }
}
