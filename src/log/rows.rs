//! Plain rows: what a table holds beside the events, one row at a time.
//!
//! [`ParquetRows`] writes them without keeping more than a row group.

use super::sealed::{io_error, properties};
use crate::event::{Cell, Kind};
use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows that are turned into columns at once.
const BATCH: usize = 1 << 13;
/// Rows of a row group: the most that is held in memory, encoded.
const GROUP: usize = 1 << 17;

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, units last.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What they mean.
    pub about: &'static str,
}

/// A column that is being filled.
enum Filling {
    Whole(Int64Builder),
    Real(Float64Builder),
    Flag(BooleanBuilder),
    Word(StringBuilder),
    Moment(TimestampMicrosecondBuilder),
}

impl Filling {
    fn new(kind: Kind, zone: &Arc<str>) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Int64Builder::new()),
            Kind::Real => Self::Real(Float64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Word => Self::Word(StringBuilder::new()),
            Kind::Moment => {
                let builder = TimestampMicrosecondBuilder::new();
                Self::Moment(builder.with_timezone(Arc::clone(zone)))
            }
        }
    }

    /// A value of another kind than the column's is none.
    fn add(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Whole(b), Cell::Whole(n)) => b.append_value(n),
            (Self::Whole(b), _) => b.append_null(),
            (Self::Real(b), Cell::Real(n)) => b.append_value(n),
            (Self::Real(b), _) => b.append_null(),
            (Self::Flag(b), Cell::Flag(f)) => b.append_value(f),
            (Self::Flag(b), _) => b.append_null(),
            (Self::Word(b), Cell::Word(w)) => b.append_value(w),
            (Self::Word(b), _) => b.append_null(),
            (Self::Moment(b), Cell::Moment(us)) => b.append_value(us),
            (Self::Moment(b), _) => b.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Whole(b) => ArrayBuilder::finish(b),
            Self::Real(b) => ArrayBuilder::finish(b),
            Self::Flag(b) => ArrayBuilder::finish(b),
            Self::Word(b) => ArrayBuilder::finish(b),
            Self::Moment(b) => ArrayBuilder::finish(b),
        }
    }
}

fn data_type(kind: Kind, zone: &Arc<str>) -> DataType {
    match kind {
        Kind::Whole => DataType::Int64,
        Kind::Real => DataType::Float64,
        Kind::Flag => DataType::Boolean,
        Kind::Word => DataType::Utf8,
        Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(zone))),
    }
}

/// Rows on their way into a Parquet file.
pub struct ParquetRows<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: SchemaRef,
    columns: Vec<Filling>,
    rows: usize,
}

impl<W: Write + Send> ParquetRows<W> {
    /// Begins a file. `zone` is the IANA name of the time zone of its moments.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(out: W, columns: &[Column], zone: &str) -> io::Result<Self> {
        let zone: Arc<str> = Arc::from(zone);
        let fields = columns.iter().map(|c| Field::new(c.name, data_type(c.kind, &zone), true));
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = properties(&schema)
            .map_err(io_error)?
            .into_builder()
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties));
        Ok(Self {
            writer: writer.map_err(io_error)?,
            schema,
            columns: columns.iter().map(|c| Filling::new(c.kind, &zone)).collect(),
            rows: 0,
        })
    }

    /// Adds a row: a cell for each column.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.add(*cell);
        }
        self.rows += 1;
        if self.rows == BATCH {
            self.write_batch()?;
        }
        Ok(())
    }

    fn write_batch(&mut self) -> io::Result<()> {
        self.rows = 0;
        let arrays = self.columns.iter_mut().map(Filling::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        let batch = batch.map_err(|e: ArrowError| io::Error::other(e))?;
        self.writer.write(&batch).map_err(io_error)
    }

    /// Writes the end of the file and gives back what it was written to.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> io::Result<W> {
        if self.rows > 0 {
            self.write_batch()?;
        }
        self.writer.into_inner().map_err(io_error)
    }
}
