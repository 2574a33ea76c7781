//! Logs of older versions, read as if they were of this one.
//!
//! A new column needs no entry here: where it is missing, it is null. What was
//! renamed since a version is listed with the version that was the last to have
//! the old name.

use super::LogError;
use crate::event::SCHEMA_VERSION;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt16Type};
use arrow_array::{ArrayRef, DictionaryArray, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use std::borrow::Cow;
use std::sync::Arc;

/// One thing that a version called by another name.
#[derive(Clone, Copy, Debug)]
pub enum Renamed {
    /// A column.
    Column {
        /// Its name then.
        from: &'static str,
        /// Its name now.
        to: &'static str,
    },
    /// A word of a column, as the name of a kind of event.
    Word {
        /// The column, by its name now.
        column: &'static str,
        /// The word then.
        from: &'static str,
        /// The word now.
        to: &'static str,
    },
}

/// What was renamed, with the last version that had the old name.
const RENAMED: &[(i32, Renamed)] = &[];

/// The batch as this version would have written it.
///
/// # Errors
/// When a later version wrote it.
pub(super) fn upgrade(batch: &RecordBatch) -> Result<Cow<'_, RecordBatch>, LogError> {
    upgrade_with(batch, RENAMED)
}

/// The same with any list of changes.
///
/// # Errors
/// When a later version wrote it.
pub fn upgrade_with<'b>(
    batch: &'b RecordBatch,
    renamed: &[(i32, Renamed)],
) -> Result<Cow<'b, RecordBatch>, LogError> {
    let versions = batch.column_by_name("schema_v");
    let versions = versions.and_then(|v| v.as_primitive_opt::<Int32Type>());
    let Some(versions) = versions else {
        return Err(failed("column `schema_v` is missing"));
    };
    let (oldest, newest) = versions
        .values()
        .iter()
        .fold((i32::MAX, i32::MIN), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    if newest > i32::from(SCHEMA_VERSION) {
        return Err(failed(&format!(
            "events of version {newest}; this convoq reads up to version {SCHEMA_VERSION}: use a later one"
        )));
    }
    let mut upgraded = Cow::Borrowed(batch);
    for (_, change) in renamed.iter().filter(|(last, _)| oldest <= *last) {
        upgraded = Cow::Owned(apply(&upgraded, *change)?);
    }
    Ok(upgraded)
}

fn failed(what: &str) -> LogError {
    LogError::Event {
        seq: 0,
        what: what.to_owned(),
    }
}

fn apply(batch: &RecordBatch, change: Renamed) -> Result<RecordBatch, LogError> {
    let schema = batch.schema();
    let parts = schema.fields().iter().zip(batch.columns());
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = parts
        .map(|(field, array)| match change {
            Renamed::Column { from, to } if field.name() == from => {
                (field.as_ref().clone().with_name(to), Arc::clone(array))
            }
            Renamed::Word { column, from, to } if field.name() == column => {
                (field.as_ref().clone(), reword(array, from, to))
            }
            _ => (field.as_ref().clone(), Arc::clone(array)),
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(|error| failed(&error.to_string()))
}

fn reword(array: &ArrayRef, from: &str, to: &str) -> ArrayRef {
    let Some(words) = array.as_dictionary_opt::<UInt16Type>() else {
        return Arc::clone(array);
    };
    let Some(values) = words.values().as_string_opt::<i32>() else {
        return Arc::clone(array);
    };
    let renamed: StringArray = values
        .iter()
        .map(|word| word.map(|w| if w == from { to } else { w }))
        .collect();
    let keys = words.keys().clone();
    match DictionaryArray::try_new(keys, Arc::new(renamed)) {
        Ok(array) => Arc::new(array),
        Err(_) => Arc::clone(array),
    }
}
