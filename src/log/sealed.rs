//! Sealed files: Parquet with a checksum over all of it.
//!
//! The checksum is in the manifest, and a file is not opened before it holds.

use super::manifest::FileFacts;
use super::{LogError, files};
use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

/// Rows of a row group.
const GROUP: usize = 1 << 20;
/// Rows of a page at most: few pages, because most columns hold few values.
const PAGE: usize = 1 << 18;
/// Rows of a batch that is read.
const READ: usize = 1 << 14;

/// A file that knows its length and checksum while it is written.
struct Hashing {
    file: File,
    hash: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.file.write(data)?;
        self.hash.update(&data[..written]);
        self.bytes += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Columns by their types: whole numbers as differences, words as a dictionary,
/// amounts of work byte by byte. Measured against the defaults: half the time.
pub(super) fn properties(schema: &SchemaRef) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(GROUP))
        .set_data_page_row_count_limit(PAGE)
        .set_write_batch_size(READ)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_created_by(format!("convoq {}", env!("CARGO_PKG_VERSION")));
    for field in schema.fields() {
        let path = || ColumnPath::from(field.name().as_str());
        builder = match field.data_type() {
            DataType::Dictionary(..) | DataType::Utf8 => {
                builder.set_column_dictionary_enabled(path(), true)
            }
            DataType::Int32 | DataType::Int64 => {
                builder.set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED)
            }
            DataType::Float64 => builder.set_column_encoding(path(), Encoding::BYTE_STREAM_SPLIT),
            _ => builder,
        };
    }
    Ok(builder.build())
}

/// A sealed file being written: under another name until it is whole.
pub(super) struct SealedWriter {
    path: PathBuf,
    part: PathBuf,
    writer: ArrowWriter<Hashing>,
    rows: u64,
}

impl SealedWriter {
    pub(super) fn create(path: &Path, schema: &SchemaRef) -> Result<Self, LogError> {
        let part = path.with_extension("part");
        let file = files::fresh(&part)?;
        let sink = Hashing { file, hash: blake3::Hasher::new(), bytes: 0 };
        let writer = properties(schema)
            .and_then(|p| ArrowWriter::try_new(sink, schema.clone(), Some(p)))
            .map_err(|error| unwritable(&part, error))?;
        Ok(Self { path: path.to_owned(), part, writer, rows: 0 })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), LogError> {
        self.rows += batch.num_rows() as u64;
        let written = self.writer.write(batch);
        written.map_err(|error| unwritable(&self.part, error))
    }

    /// Writes the end, syncs, and gives the file its name.
    pub(super) fn seal(self, name: String) -> Result<FileFacts, LogError> {
        let Self { path, part, writer, rows } = self;
        let sink = writer.into_inner();
        let sink = sink.map_err(|error| unwritable(&part, error))?;
        sink.file.sync_all().map_err(LogError::io(&part, "cannot be synced"))?;
        std::fs::rename(&part, &path).map_err(LogError::io(&path, "cannot be named"))?;
        Ok(FileFacts {
            file: name,
            rows,
            bytes: sink.bytes,
            blake3: sink.hash.finalize().to_hex().to_string(),
        })
    }
}

/// Writes a file of one batch.
pub(super) fn write_all<W: Write + Send>(
    out: W,
    schema: &SchemaRef,
    batch: &RecordBatch,
) -> Result<W, ParquetError> {
    let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties(schema)?))?;
    writer.write(batch)?;
    writer.into_inner()
}

fn unwritable(path: &Path, error: ParquetError) -> LogError {
    LogError::io(path, "cannot be written")(io_error(error))
}

/// Opens a file of a run that holds just the bytes that were written.
pub(super) fn open(run: &Path, facts: &FileFacts) -> Result<(PathBuf, File), LogError> {
    let path = files::inside(run, &facts.file)?;
    let mut file = files::open(&path)?;
    verify(&path, &file, facts)?;
    let rewound = file.rewind();
    rewound.map_err(LogError::io(&path, "cannot be read"))?;
    Ok((path, file))
}

fn verify(path: &Path, mut file: &File, facts: &FileFacts) -> Result<(), LogError> {
    let mut hash = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(LogError::io(path, "cannot be read")(error)),
        }
    }
    if bytes != facts.bytes {
        let what = format!("{bytes} bytes are there, {} were written", facts.bytes);
        return Err(LogError::damaged(path, what));
    }
    if hash.finalize().to_hex().as_str() != facts.blake3 {
        let what = "its checksum (blake3) is not that of the manifest";
        return Err(LogError::damaged(path, what));
    }
    Ok(())
}

/// Hands on the batches of a sealed file, after its checksum held.
pub(super) fn read(
    run: &Path,
    facts: &FileFacts,
    sink: &mut dyn FnMut(&RecordBatch) -> Result<(), LogError>,
) -> Result<(), LogError> {
    let (path, file) = open(run, facts)?;
    let unreadable = |error: &dyn std::fmt::Display| LogError::damaged(&path, error.to_string());
    let builder = ParquetRecordBatchReaderBuilder::try_new(file);
    let builder = builder.map_err(|error| unreadable(&error))?;
    let used = used_columns(builder.metadata());
    let reader = builder.with_projection(used).with_batch_size(READ).build();
    let reader = reader.map_err(|error| unreadable(&error))?;
    for batch in reader {
        sink(&batch.map_err(|error| unreadable(&error))?)?;
    }
    Ok(())
}

/// The columns that hold anything: most kinds of events are rare, and a column
/// without values costs as much to read as a full one.
fn used_columns(metadata: &ParquetMetaData) -> ProjectionMask {
    let schema = metadata.file_metadata().schema_descr();
    let empty = |column: usize| {
        metadata.row_groups().iter().all(|group| {
            let chunk = group.column(column);
            let nulls = chunk.statistics().and_then(|s| s.null_count_opt());
            nulls == Some(chunk.num_values() as u64)
        })
    };
    let used = (0..schema.num_columns()).filter(|&column| !empty(column));
    ProjectionMask::leaves(schema, used)
}

/// The system's own error where there is one, so that a closed pipe is known as such.
pub(super) fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(io) => *io,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
