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

/// Removes `null` from optional fields, which are left out rather than null,
/// and the `default: null` beside them.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            drop_null_type(map);
            drop_null_branch(map);
            map.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
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
