//! Live files: an Arrow IPC stream that grows batch by batch, and a sidecar of
//! checksums beside it.
//!
//! Record 0 of the sidecar covers the schema, all dictionaries and a batch
//! without events; each later record covers one batch. Dictionaries hold the
//! words of the header and never change, so the stream may end after any record
//! and is a stream still.

mod reader;
mod record;

pub(super) use reader::{Extent, read};

use super::{LogError, files};
use arrow_array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{ArrowError, SchemaRef};
use record::{END, HEAD, Record, SYNCED};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Ending of the stream's name.
pub(super) const STREAM: &str = "arrows";
/// Ending of the sidecar's name.
pub(super) const SIDECAR: &str = "idx";

/// A stream being written, with its sidecar.
pub(super) struct LiveWriter {
    path: PathBuf,
    stream: File,
    sidecar: File,
    /// Encodes into memory: the checksum is over the bytes before they are written.
    encoder: StreamWriter<Vec<u8>>,
    end: u64,
    /// Nothing was written since the last sync.
    synced: bool,
}

impl LiveWriter {
    /// Begins a stream. `empty` is a batch without events.
    pub(super) fn create(
        path: &Path,
        schema: &SchemaRef,
        empty: &RecordBatch,
    ) -> Result<Self, LogError> {
        let sidecar = files::fresh(&path.with_extension(SIDECAR))?;
        Self::begin(path, files::fresh(path)?, sidecar, schema, empty)
    }

    fn begin(
        path: &Path,
        stream: File,
        sidecar: File,
        schema: &SchemaRef,
        empty: &RecordBatch,
    ) -> Result<Self, LogError> {
        let encoder = IpcWriteOptions::default()
            .try_with_compression(Some(CompressionType::ZSTD))
            .and_then(|options| StreamWriter::try_new_with_options(Vec::new(), schema, options))
            .map_err(|error| unwritable(path, error))?;
        let mut writer =
            Self { path: path.to_owned(), stream, sidecar, encoder, end: 0, synced: true };
        writer.put(empty, 0, HEAD)?;
        Ok(writer)
    }

    /// Appends a batch of events.
    pub(super) fn write(&mut self, batch: &RecordBatch, first_seq: u64) -> Result<(), LogError> {
        self.put(batch, first_seq, 0)
    }

    fn put(&mut self, batch: &RecordBatch, first_seq: u64, flags: u32) -> Result<(), LogError> {
        let encoded = self.encoder.write(batch);
        encoded.map_err(|error| unwritable(&self.path, error))?;
        self.append(first_seq, batch.num_rows() as u32, flags)
    }

    /// Writes what the encoder has made: the stream first, so that the sidecar
    /// never tells of bytes that are not there.
    fn append(&mut self, first_seq: u64, rows: u32, flags: u32) -> Result<(), LogError> {
        let bytes = std::mem::take(self.encoder.get_mut());
        let written = self.stream.write_all(&bytes);
        written.map_err(LogError::io(&self.path, "cannot be written"))?;
        self.end += bytes.len() as u64;
        let record = Record {
            end: self.end,
            first_seq,
            rows,
            crc: crc32c::crc32c(&bytes),
            flags: flags | if self.synced { SYNCED } else { 0 },
        };
        let sidecar = self.path.with_extension(SIDECAR);
        let written = self.sidecar.write_all(&record.to_bytes());
        written.map_err(LogError::io(&sidecar, "cannot be written"))?;
        self.synced = false;
        *self.encoder.get_mut() = bytes;
        self.encoder.get_mut().clear();
        Ok(())
    }

    /// Makes everything so far last: the stream before the sidecar.
    pub(super) fn sync(&mut self) -> Result<(), LogError> {
        if self.synced {
            return Ok(());
        }
        let synced = self.stream.sync_data();
        synced.map_err(LogError::io(&self.path, "cannot be synced"))?;
        let sidecar = self.path.with_extension(SIDECAR);
        let synced = self.sidecar.sync_data();
        synced.map_err(LogError::io(&sidecar, "cannot be synced"))?;
        self.synced = true;
        Ok(())
    }

    /// Ends the stream: nothing follows.
    pub(super) fn end(mut self) -> Result<(), LogError> {
        self.sync()?;
        let ended = self.encoder.finish();
        ended.map_err(|error| unwritable(&self.path, error))?;
        self.append(0, 0, END)?;
        self.sync()
    }
}

fn unwritable(path: &Path, error: ArrowError) -> LogError {
    LogError::io(path, "cannot be encoded")(io::Error::other(error))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use arrow_schema::{DataType, Field, Schema};
    use std::fs::OpenOptions;
    use std::sync::Arc;

    /// What becomes of a stream on a device.
    fn on(device: &str) -> Result<(), LogError> {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let empty = RecordBatch::new_empty(Arc::clone(&schema));
        let open = |path: &str| OpenOptions::new().write(true).open(path).expect("a device");
        let (stream, sidecar) = (open(device), open("/dev/null"));
        LiveWriter::begin(Path::new("stream"), stream, sidecar, &schema, &empty)?.sync()
    }

    #[test]
    fn a_device_that_takes_no_bytes_or_no_sync_is_an_error() {
        let full = on("/dev/full").unwrap_err().to_string();
        assert!(full.contains("stream: cannot be written"), "{full}");
        let unsynced = on("/dev/null").unwrap_err().to_string();
        assert!(unsynced.contains("stream: cannot be synced"), "{unsynced}");
    }
}
