//! Reading live files: whether their writer still runs, has ended or was killed.
//!
//! A file that is too short was cut when its writer died: what is left is read,
//! and the rest is counted. Bytes that are there and wrong are damage, unless
//! nothing says that they ever reached the disk.

use super::super::manifest::Lost;
use super::super::{LogError, files};
use super::SIDECAR;
use super::record::{BYTES, END, HEAD, Record, SYNCED};
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use std::io::Read as _;
use std::path::Path;

/// How far a stream goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::log) struct Extent {
    /// Good records.
    pub(in crate::log) records: u64,
    /// Their bytes in the stream.
    pub(in crate::log) bytes: u64,
    /// The mark at the end of the stream is there.
    pub(in crate::log) ended: bool,
    /// What follows them and cannot be used.
    pub(in crate::log) lost: Lost,
}

/// Hands on the batches of the first `most` good records.
///
/// # Errors
/// When bytes that had reached the disk are not those that were written.
pub(in crate::log) fn read(
    path: &Path,
    most: u64,
    sink: &mut dyn FnMut(&RecordBatch) -> Result<(), LogError>,
) -> Result<Extent, LogError> {
    // The sidecar first: what it tells of is in the stream by then.
    let sidecar = Sidecar::read(path)?;
    let mut stream = files::open(path)?;
    let length = stream.metadata().map_err(LogError::io(path, "cannot be read"))?;
    let length = length.len();
    let mut batches = Batches { path, decoder: StreamDecoder::new() };
    let mut extent = Extent::default();
    let mut bytes = Vec::new();
    while extent.records < most.min(sidecar.records.len() as u64) && !extent.ended {
        let number = extent.records as usize;
        let record = sidecar.records[number].filter(|r| follows(r, &extent));
        let Some(record) = record else {
            sidecar.may_be_torn(number)?;
            break;
        };
        if record.end > length {
            break;
        }
        bytes.resize((record.end - extent.bytes) as usize, 0);
        let filled = stream.read_exact(&mut bytes);
        filled.map_err(LogError::io(path, "cannot be read"))?;
        if crc32c::crc32c(&bytes) != record.crc {
            if sidecar.settled <= number {
                break;
            }
            let what = "its checksum (crc32c) is not that of the sidecar";
            return Err(batches.damaged(&extent, what));
        }
        batches.decode(&bytes, &record, &extent, sink)?;
        extent.records += 1;
        extent.bytes = record.end;
        extent.ended = record.has(END);
    }
    extent.lost = sidecar.lost(&extent, length);
    Ok(extent)
}

/// Whether a record can come after those before it.
fn follows(record: &Record, before: &Extent) -> bool {
    record.end > before.bytes && record.has(HEAD) == (before.records == 0)
}

/// The sidecar as it is on disk.
struct Sidecar<'p> {
    path: &'p Path,
    /// Records; `None` where the checksum does not hold.
    records: Vec<Option<Record>>,
    /// A piece of a record is at the end.
    torn: bool,
    /// So many records had reached the disk, together with their batches.
    settled: usize,
}

impl<'p> Sidecar<'p> {
    fn read(stream: &'p Path) -> Result<Self, LogError> {
        let path = stream.with_extension(SIDECAR);
        let bytes = files::read(&path)?.unwrap_or_default();
        let (whole, rest) = bytes.as_chunks::<BYTES>();
        let records: Vec<_> = whole.iter().map(Record::from_bytes).collect();
        let synced = |r: &Option<Record>| r.is_some_and(|r| r.has(SYNCED));
        Ok(Self {
            path: stream,
            torn: !rest.is_empty(),
            settled: records.iter().rposition(synced).unwrap_or(0),
            records,
        })
    }

    /// A record that does not hold: an error where it had reached the disk.
    fn may_be_torn(&self, number: usize) -> Result<(), LogError> {
        if self.settled <= number {
            return Ok(());
        }
        Err(LogError::Damaged {
            path: self.path.with_extension(SIDECAR),
            batch: Some(number as u64),
            offset: Some((number * BYTES) as u64),
            what: "its checksum (crc32c) does not hold".to_owned(),
        })
    }

    /// What comes after the good records.
    fn lost(&self, extent: &Extent, length: u64) -> Lost {
        let rest = self.records.iter().skip(extent.records as usize);
        let holds_events = |r: &&Option<Record>| r.is_none_or(|r| r.rows > 0);
        Lost {
            batches: rest.filter(holds_events).count() as u64 + u64::from(self.torn),
            bytes: length.saturating_sub(extent.bytes),
            cut_us: None,
        }
    }
}

/// Decodes what has been checked.
struct Batches<'p> {
    path: &'p Path,
    decoder: StreamDecoder,
}

impl Batches<'_> {
    fn damaged(&self, extent: &Extent, what: impl Into<String>) -> LogError {
        LogError::Damaged {
            path: self.path.to_owned(),
            batch: Some(extent.records),
            offset: Some(extent.bytes),
            what: what.into(),
        }
    }

    fn decode(
        &mut self,
        bytes: &[u8],
        record: &Record,
        extent: &Extent,
        sink: &mut dyn FnMut(&RecordBatch) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let mut buffer = Buffer::from(bytes);
        let mut rows = 0;
        while !buffer.is_empty() {
            let batch = self.decoder.decode(&mut buffer);
            match batch.map_err(|error| self.damaged(extent, error.to_string()))? {
                Some(batch) if batch.num_rows() > 0 => {
                    rows += batch.num_rows();
                    sink(&batch)?;
                }
                _ => {}
            }
        }
        if rows != record.rows as usize {
            let what = format!("{rows} events are there, {} were written", record.rows);
            return Err(self.damaged(extent, what));
        }
        Ok(())
    }
}
