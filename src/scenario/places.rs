//! Where the keys and values of a text stand.

use std::collections::BTreeMap;

use serde_json::Value;

/// Line and column, both from 1. Columns count characters.
pub type Place = (u32, u32);

/// A tree of values and where they stand.
#[derive(Clone, Debug, Default)]
pub struct SourceTree {
    /// The values.
    pub value: Value,
    /// Where they stand.
    pub root: Spot,
    /// Numbers that look like thousands to half of the world, as `1.200`: path and text.
    pub thousands: Vec<(String, String)>,
}

/// Where a value stands. The path of each would take more memory than the text.
#[derive(Clone, Debug, Default)]
pub struct Spot {
    /// Place of its key.
    pub key: Option<Place>,
    /// Place of the value itself.
    pub value: Option<Place>,
    /// What is within it.
    pub inner: Inner,
}

/// The values within a value.
#[derive(Clone, Debug, Default)]
pub enum Inner {
    /// None.
    #[default]
    Nothing,
    /// Items of a list.
    List(Vec<Spot>),
    /// Fields of a map.
    Map(BTreeMap<String, Spot>),
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// To a field of a map.
    Key(String),
    /// To an item of a list.
    Index(usize),
}

/// The path of a key within a path.
#[must_use]
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Steps as a path: `teams.chat.shifts[0].agents`.
#[must_use]
pub fn path_of(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Step::Index(index) => path += &format!("[{index}]"),
        }
    }
    path
}

impl SourceTree {
    /// The place of a path, or of the nearest thing around it that is in the text.
    #[must_use]
    pub fn place(&self, path: &str, key: bool) -> Option<Place> {
        let (spot, rest) = nearest(&self.root, path);
        let exact = rest.is_empty();
        match (spot.key, spot.value) {
            // A block begins below its key, at its first entry, which is not to blame.
            (Some(k), Some(v)) if key || !exact || k.0 != v.0 => Some(k),
            (_, Some(place)) | (Some(place), None) => Some(place),
            (None, None) => None,
        }
    }
}

/// The last spot on the way of a path, and what of the path is left there.
fn nearest<'s, 'p>(root: &'s Spot, path: &'p str) -> (&'s Spot, &'p str) {
    let (mut spot, mut rest) = (root, path);
    while let Some((inner, after)) = step(spot, rest) {
        (spot, rest) = (inner, after);
    }
    (spot, rest)
}

fn step<'s, 'p>(spot: &'s Spot, path: &'p str) -> Option<(&'s Spot, &'p str)> {
    match &spot.inner {
        Inner::List(items) => {
            let (number, after) = path.strip_prefix('[')?.split_once(']')?;
            let item = items.get(number.parse::<usize>().ok()?)?;
            Some((item, after))
        }
        Inner::Map(fields) => {
            let path = path.strip_prefix('.').unwrap_or(path);
            // A name may have dots: the longest that is there is meant.
            let ends = path.match_indices(['.', '[']).map(|(at, _)| at);
            let ends: Vec<usize> = ends.chain([path.len()]).collect();
            ends.into_iter().rev().find_map(|end| {
                let (name, after) = path.split_at(end);
                fields.get(name).map(|field| (field, after))
            })
        }
        Inner::Nothing => None,
    }
}
