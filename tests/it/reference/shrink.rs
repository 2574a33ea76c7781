//! Makes a failing scenario small: leaves out whatever can be left out, as long as it
//! still fails.

use serde_json::Value;

/// The way to a value: names and numbers.
type Path = Vec<usize>;

/// The smallest file found that still fails.
pub fn shrink(mut file: Value, fails: &dyn Fn(&Value) -> bool) -> Value {
    loop {
        let before = file.clone();
        for path in paths(&file) {
            if let Some(smaller) = without(&file, &path)
                && fails(&smaller)
            {
                file = smaller;
            }
        }
        if file == before {
            return file;
        }
    }
}

/// All ways to a value inside, the last first, so that leaving one out keeps the others.
fn paths(value: &Value) -> Vec<Path> {
    let mut all = Vec::new();
    walk(value, &mut Vec::new(), &mut all);
    all.reverse();
    all
}

fn walk(value: &Value, at: &mut Path, all: &mut Vec<Path>) {
    let children: Vec<&Value> = match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(list) => list.iter().collect(),
        _ => return,
    };
    for (place, child) in children.into_iter().enumerate() {
        at.push(place);
        all.push(at.clone());
        walk(child, at, all);
        at.pop();
    }
}

fn without(value: &Value, path: &[usize]) -> Option<Value> {
    let mut copy = value.clone();
    let (last, way) = path.split_last()?;
    let mut at = &mut copy;
    for step in way {
        at = match at {
            Value::Object(map) => map.values_mut().nth(*step)?,
            Value::Array(list) => list.get_mut(*step)?,
            _ => return None,
        };
    }
    match at {
        Value::Object(map) => {
            let key = map.keys().nth(*last)?.clone();
            map.shift_remove(&key);
        }
        Value::Array(list) if *last < list.len() => {
            list.remove(*last);
        }
        _ => return None,
    }
    Some(copy)
}
