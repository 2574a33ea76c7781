//! The words of a log: which text stands for which number.
//!
//! Files hold words, not numbers, and a reader maps them by value: tools that
//! rewrite a file may number its dictionaries anew.

use arrow_array::StringArray;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The words of each column that has words.
#[derive(Clone, Debug)]
pub struct Words {
    tables: BTreeMap<&'static str, Table>,
}

#[derive(Clone, Debug)]
struct Table {
    values: Arc<StringArray>,
    numbers: BTreeMap<String, u16>,
}

impl Table {
    /// Equal names get a number, so that each entry has a word of its own.
    fn new(names: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let mut taken = BTreeSet::new();
        let mut values: Vec<String> = Vec::new();
        for (number, name) in names.into_iter().enumerate() {
            let mut word = name.as_ref().to_owned();
            while !taken.insert(word.clone()) {
                word += &format!("#{number}");
            }
            values.push(word);
        }
        let numbers = values.iter().enumerate();
        Self {
            numbers: numbers.map(|(i, v)| (v.clone(), i as u16)).collect(),
            values: Arc::new(StringArray::from(values)),
        }
    }
}

impl Words {
    /// No words.
    pub(super) fn none() -> Self {
        Self { tables: BTreeMap::new() }
    }

    /// With those of a column, in the order of their numbers.
    pub(super) fn with(
        mut self,
        column: &'static str,
        names: impl IntoIterator<Item: AsRef<str>>,
    ) -> Self {
        self.tables.insert(column, Table::new(names));
        self
    }

    /// The words of a column, in the order of their numbers.
    pub(super) fn values(&self, column: &str) -> Arc<StringArray> {
        let none = || Arc::new(StringArray::from(Vec::<String>::new()));
        self.tables.get(column).map_or_else(none, |t| Arc::clone(&t.values))
    }

    /// The number of each word of a file's dictionary; [`UNKNOWN`] for a word that
    /// the header does not name, which is an error where a row uses it.
    pub(super) fn numbers(&self, column: &str, found: &StringArray) -> Vec<u16> {
        let table = self.tables.get(column);
        let number = |word: Option<&str>| table.and_then(|t| t.numbers.get(word?)).copied();
        found.iter().map(|word| number(word).unwrap_or(UNKNOWN)).collect()
    }
}

/// The number of a word that the header does not name.
pub(super) const UNKNOWN: u16 = u16::MAX;
