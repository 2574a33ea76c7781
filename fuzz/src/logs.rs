//! Runs on disk: live files as a dead writer leaves them, and sealed ones.

use convoq::log::{Manifest, Run, RunState};
use convoq::projection::Everything;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

const DIED: &str = include_str!("../../tests/fixtures/log-v1/died/manifest.json");
const SEALED: &str = include_str!("../../tests/fixtures/log-v1/sealed/manifest.json");
/// Bytes of a record of the sidecar, and of what its checksum covers.
const RECORD: usize = 32;
const COVERED: usize = 28;

/// A folder of this process, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("convoq-fuzz-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("log/part-0000")).expect("a folder for runs");
        Self(folder)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).expect("a file of a run");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A live file: `mode`, length of the sidecar (two bytes), the sidecar, the stream.
/// In odd modes the checksums are mended, so that what they guard is read as well.
pub fn live_log(input: &[u8]) {
    thread_local!(static FOLDER: Folder = {
        let folder = Folder::new("live");
        folder.write("manifest.json", DIED.as_bytes());
        folder
    });
    let [mode, low, high, rest @ ..] = input else {
        return;
    };
    let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
    let (sidecar, stream) = rest.split_at(length);
    let mut sidecar = sidecar.to_vec();
    if mode & 1 == 1 {
        mend(&mut sidecar, stream);
    }
    FOLDER.with(|folder| {
        folder.write("log/part-0000/000000.arrows", stream);
        folder.write("log/part-0000/000000.idx", &sidecar);
        read(&folder.0);
    });
}

/// Gives each record the checksums of what it says it covers.
fn mend(sidecar: &mut [u8], stream: &[u8]) {
    let mut start = 0;
    for record in sidecar.chunks_exact_mut(RECORD) {
        let mut number = [0; 8];
        number.copy_from_slice(&record[..8]);
        let end = usize::try_from(u64::from_le_bytes(number)).unwrap_or(usize::MAX);
        if let Some(batch) = stream.get(start..end) {
            record[20..24].copy_from_slice(&crc32c::crc32c(batch).to_le_bytes());
            start = end;
        }
        let own = crc32c::crc32c(&record[..COVERED]).to_le_bytes();
        record[COVERED..].copy_from_slice(&own);
    }
}

/// A sealed file of events whose checksum holds, whatever is in it.
pub fn sealed_log(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::new("sealed");
        static MANIFEST: RefCell<Manifest> = RefCell::new({
            let mut manifest = Manifest::from_text(SEALED, Path::new("manifest.json")).expect("a manifest");
            manifest.tables.clear();
            manifest
        });
    }
    FOLDER.with(|folder| {
        MANIFEST.with(|manifest| {
            let manifest = &mut *manifest.borrow_mut();
            let facts = &mut manifest.partitions[0].file;
            facts.bytes = input.len() as u64;
            facts.blake3 = blake3::hash(input).to_hex().to_string();
            folder.write(&facts.file, input);
            folder.write("manifest.json", manifest.to_text().as_bytes());
        });
        read(&folder.0);
    });
}

/// As `convoq log verify` does: what is there is read, or refused in words.
fn read(folder: &Path) {
    let run = match Run::open(folder) {
        Ok(run) => run,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let live = run.manifest.state == RunState::Running;
    let header = &run.manifest.header;
    let _ = (run.doubt(None), run.lost(), run.check_live().is_ok(), run.verify_files());
    let mut current: Option<(u32, Everything)> = None;
    let mut count = 0;
    let mut all_read = true;
    for part in run.partitions() {
        let result = run.partition(part, &|_| true, &mut |number, events, _| {
            count += events.len() as u64;
            if current.as_ref().is_none_or(|(n, _)| *n != number) {
                current = Some((number, Everything::new(header)));
            }
            if let Some((_, everything)) = &mut current {
                everything.apply_all(header, events);
            }
        });
        all_read &= result.is_ok();
    }
    if live && all_read {
        let told: u64 = run.replications().iter().map(|(_, events)| events).sum();
        assert_eq!(told, count, "events that are told of and events that are there");
    }
}
