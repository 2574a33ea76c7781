//! One record of the sidecar: where a batch of the stream ends, and its checksum.

/// Length of a record, bytes.
pub(super) const BYTES: usize = 32;
/// Length of what its own checksum covers, bytes.
const COVERED: usize = 28;

/// The schema and the dictionaries: always record 0, and only it.
pub(super) const HEAD: u32 = 1;
/// All records before this one were on disk before this one was written.
pub(super) const SYNCED: u32 = 2;
/// The mark at the end of the stream: nothing follows.
pub(super) const END: u32 = 4;

/// A record. All numbers are little-endian, in the order of the fields; the
/// CRC-32C of the 28 bytes before it ends the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Where the batch ends, bytes from the start of the stream.
    pub(super) end: u64,
    /// `seq` of the first event in the batch.
    pub(super) first_seq: u64,
    /// Events in the batch.
    pub(super) rows: u32,
    /// CRC-32C of the bytes of the batch.
    pub(super) crc: u32,
    /// [`HEAD`], [`SYNCED`], [`END`].
    pub(super) flags: u32,
}

impl Record {
    pub(super) fn to_bytes(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&self.end.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.rows.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.crc.to_le_bytes());
        bytes[24..COVERED].copy_from_slice(&self.flags.to_le_bytes());
        let own = crc32c::crc32c(&bytes[..COVERED]);
        bytes[COVERED..].copy_from_slice(&own.to_le_bytes());
        bytes
    }

    /// The record, where its checksum holds.
    pub(super) fn from_bytes(bytes: &[u8; BYTES]) -> Option<Self> {
        let long = |at: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(number)
        };
        let word = |at: usize| (long(at - 4) >> 32) as u32;
        let record = Self {
            end: long(0),
            first_seq: long(8),
            rows: word(16),
            crc: word(20),
            flags: word(24),
        };
        (word(COVERED) == crc32c::crc32c(&bytes[..COVERED])).then_some(record)
    }

    pub(super) fn has(self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}
