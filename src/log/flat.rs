//! Events as plain rows: the columns of the log, with words as words.

use super::LogError;
use super::columns::{COLUMNS, schema};
use super::encode::Encoder;
use super::rows::Column;
use crate::event::{Cell, Envelope, Header, Kind};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, UInt16Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

/// The columns of the log as those of a plain table.
#[must_use]
pub fn flat_columns() -> Vec<Column> {
    let schema = schema();
    let columns = COLUMNS.iter().zip(schema.fields());
    columns
        .map(|((name, about), field)| Column {
            name,
            kind: match field.data_type() {
                DataType::Float64 => Kind::Real,
                DataType::Boolean => Kind::Flag,
                DataType::Dictionary(..) => Kind::Word,
                _ => Kind::Whole,
            },
            about: about.trim(),
        })
        .collect()
}

/// Turns events into rows. Events of a replication come in their order.
pub struct FlatEvents {
    encoder: Encoder,
    batch: Option<RecordBatch>,
}

impl FlatEvents {
    /// For the events of a run.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self { encoder: Encoder::new(header), batch: None }
    }

    /// Takes the next events of a replication. The wall clocks are those of
    /// measured events.
    ///
    /// # Errors
    /// When an event names what the header does not.
    pub fn take(
        &mut self,
        replication: u32,
        events: &[Envelope],
        walls: &[Option<i64>],
    ) -> Result<(), LogError> {
        self.batch = Some(self.encoder.batch(replication, events, walls)?);
        Ok(())
    }

    /// Puts the cells of one of the events taken last behind `cells`.
    pub fn row<'s>(&'s self, row: usize, cells: &mut Vec<Cell<'s>>) {
        if let Some(batch) = &self.batch {
            cells.extend(batch.columns().iter().map(|array| cell(array, row)));
        }
    }
}

fn cell(array: &ArrayRef, row: usize) -> Cell<'_> {
    if row >= array.len() || array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Int64 => Cell::Whole(array.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => Cell::Whole(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Float64 => Cell::Real(array.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => Cell::Flag(array.as_boolean().value(row)),
        _ => word(array, row).map_or(Cell::Null, Cell::Word),
    }
}

fn word(array: &ArrayRef, row: usize) -> Option<&str> {
    let words = array.as_dictionary_opt::<UInt16Type>()?;
    let values = words.values().as_string_opt::<i32>()?;
    let key = words.keys().value(row) as usize;
    (key < values.len()).then(|| values.value(key))
}
