//! Plain tables beside the events: named columns in a sealed file.

use super::manifest::FileFacts;
use super::sealed::{self, SealedWriter, io_error};
use super::{LogError, files};
use crate::disk::Output;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use std::path::Path;
use std::sync::Arc;

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Numbers in floating point.
    Real(Vec<f64>),
    /// Words; `None` stands for all together.
    Text(Vec<Option<String>>),
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name, without the ending of the file.
    pub name: &'static str,
    /// Columns with their names.
    pub columns: Vec<(&'static str, Values)>,
}

impl Table {
    /// Writes the table under `reports/` of a run directory.
    pub(super) fn write(&self, folder: &Path) -> Result<FileFacts, LogError> {
        let name = format!("reports/{}.parquet", self.name);
        let path = files::inside(folder, &name)?;
        let (fields, arrays): (Vec<_>, Vec<_>) =
            self.columns.iter().map(|(n, v)| column(n, v)).unzip();
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)
            .map_err(|error| LogError::damaged(&path, error.to_string()))?;
        let mut writer = SealedWriter::create(&path, &schema)?;
        writer.write(&batch)?;
        writer.seal(name)
    }
}

/// Writes columns as a Parquet file of their own. A number that is not one, as of a
/// metric without observations, is null.
///
/// # Errors
/// When it cannot be written.
pub fn write_parquet(path: &Path, columns: &[(String, Values)]) -> Result<(), LogError> {
    let nullable = |name: &str, values: &Values| match values {
        Values::Real(v) => {
            let known = v.iter().map(|x| Some(*x).filter(|x| !x.is_nan()));
            let array: ArrayRef = Arc::new(known.collect::<Float64Array>());
            (Field::new(name, DataType::Float64, true), array)
        }
        _ => column(name, values),
    };
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.iter().map(|(n, v)| nullable(n, v)).unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)
        .map_err(|error| LogError::damaged(path, error.to_string()))?;
    let output = Output::create(path).map_err(LogError::io(path, UNWRITABLE))?;
    let output = sealed::write_all(output, &schema, &batch)
        .map_err(|error| LogError::io(path, UNWRITABLE)(io_error(error)))?;
    output.finish().map_err(LogError::io(path, UNWRITABLE))
}

/// What a file could not.
const UNWRITABLE: &str = "cannot be written";

fn column(name: &str, values: &Values) -> (Field, ArrayRef) {
    let (kind, array): (_, ArrayRef) = match values {
        Values::Whole(v) => (DataType::Int64, Arc::new(Int64Array::from(v.clone()))),
        Values::Real(v) => (DataType::Float64, Arc::new(Float64Array::from(v.clone()))),
        Values::Text(v) => (DataType::Utf8, Arc::new(StringArray::from(v.clone()))),
    };
    let nullable = matches!(values, Values::Text(_));
    (Field::new(name, kind, nullable), array)
}

/// A table as it was read: columns by name.
#[derive(Clone, Debug, Default)]
pub struct ReadTable {
    columns: Vec<(String, Values)>,
}

impl ReadTable {
    /// Reads a table, after its checksum held.
    pub(super) fn read(run: &Path, facts: &FileFacts) -> Result<Self, LogError> {
        let mut table = Self::default();
        sealed::read(run, facts, &mut |batch| {
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                table.add(field.name(), array);
            }
            Ok(())
        })?;
        Ok(table)
    }

    fn add(&mut self, name: &str, array: &ArrayRef) {
        let new = if let Some(a) = array.as_primitive_opt::<Int64Type>() {
            Values::Whole(a.values().to_vec())
        } else if let Some(a) = array.as_primitive_opt::<Float64Type>() {
            Values::Real(a.values().to_vec())
        } else if let Some(a) = array.as_string_opt::<i32>() {
            Values::Text(a.iter().map(|w| w.map(str::to_owned)).collect())
        } else {
            return; // a column of a kind that this version never wrote
        };
        let old = self.columns.iter_mut().find(|(n, _)| n == name);
        match (old.map(|(_, v)| v), new) {
            (Some(Values::Whole(all)), Values::Whole(more)) => all.extend(more),
            (Some(Values::Real(all)), Values::Real(more)) => all.extend(more),
            (Some(Values::Text(all)), Values::Text(more)) => all.extend(more),
            (_, new) => self.columns.push((name.to_owned(), new)),
        }
    }

    fn find(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// A column of whole numbers; empty where there is none.
    #[must_use]
    pub fn whole(&self, name: &str) -> &[i64] {
        match self.find(name) {
            Some(Values::Whole(v)) => v,
            _ => &[],
        }
    }

    /// A column of numbers; empty where there is none.
    #[must_use]
    pub fn real(&self, name: &str) -> &[f64] {
        match self.find(name) {
            Some(Values::Real(v)) => v,
            _ => &[],
        }
    }

    /// A column of words; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &[Option<String>] {
        match self.find(name) {
            Some(Values::Text(v)) => v,
            _ => &[],
        }
    }
}
