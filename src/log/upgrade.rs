//! Logs of older versions, read as if they were of this one.
//!
//! A new column needs no entry here: where it is missing, it is null. What was
//! renamed since a version is listed with the version that was the last to have
//! the old name.

use super::LogError;
use crate::event::SCHEMA_VERSION;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt16Type};
use arrow_array::{
    Array as _, ArrayRef, BooleanArray, DictionaryArray, RecordBatch, StringArray, new_null_array,
};
use arrow_schema::{ArrowError, Field, Schema};
use arrow_select::zip::zip;
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
    /// What one kind of event had a column of its own for.
    ColumnOf {
        /// The kind of event, by its name now.
        kind: &'static str,
        /// Its column then.
        from: &'static str,
        /// The column that holds it now, maybe with those of other kinds.
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
pub(super) const RENAMED: &[(i32, Renamed)] = &[];

/// The batch as this version would have written it, with a list of changes.
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
    let (oldest, newest) =
        versions.values().iter().fold((i32::MAX, i32::MIN), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
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
    LogError::Event { seq: 0, what: what.to_owned() }
}

/// Moves the values of one kind of event to the column that holds them now.
fn moved(batch: &RecordBatch, kind: &str, from: &str, to: &str) -> Result<RecordBatch, ArrowError> {
    let (Some(then), Some(kinds)) = (batch.column_by_name(from), batch.column_by_name("type"))
    else {
        return Ok(batch.clone());
    };
    let words = kinds.as_dictionary_opt::<UInt16Type>();
    let words = words.and_then(|d| d.downcast_dict::<StringArray>());
    let Some(words) = words else {
        return Ok(batch.clone());
    };
    let mask: BooleanArray = words.into_iter().map(|word| Some(word == Some(kind))).collect();
    let now = batch.column_by_name(to).map(Arc::clone);
    let now = now.unwrap_or_else(|| new_null_array(then.data_type(), batch.num_rows()));
    let merged = zip(&mask, then, &now)?;
    let schema = batch.schema();
    let others = schema.fields().iter().zip(batch.columns());
    let others = others.filter(|(field, _)| field.name() != from && field.name() != to);
    let (mut fields, mut columns): (Vec<_>, Vec<_>) =
        others.map(|(field, array)| (field.as_ref().clone(), Arc::clone(array))).unzip();
    fields.push(Field::new(to, merged.data_type().clone(), true));
    columns.push(merged);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn apply(batch: &RecordBatch, change: Renamed) -> Result<RecordBatch, LogError> {
    if let Renamed::ColumnOf { kind, from, to } = change {
        return moved(batch, kind, from, to).map_err(|error| failed(&error.to_string()));
    }
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
    let renamed: StringArray =
        values.iter().map(|word| word.map(|w| if w == from { to } else { w })).collect();
    let keys = words.keys().clone();
    match DictionaryArray::try_new(keys, Arc::new(renamed)) {
        Ok(array) => Arc::new(array),
        Err(_) => Arc::clone(array),
    }
}
