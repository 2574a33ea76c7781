//! Reading the files that a user names. One that has no end, or no beginning that stays,
//! is refused before it is opened: a pipe would be waited for without end.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

/// Largest text that is written by hand: a scenario, a template, messages.
const LARGEST_TEXT: u64 = 64 << 20;
/// Largest table, unpacked: more is a mistake or an attack.
const LARGEST_TABLE: u64 = 1 << 30;

/// Reads a text that is written by hand.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn text(path: &Path) -> Result<String, String> {
    read(open(path)?, LARGEST_TEXT)
}

/// Reads a table or a trace; a name that ends in `.gz` is unpacked.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn table(path: &Path) -> Result<String, String> {
    let file = open(path)?;
    if path.extension().is_some_and(|e| e == "gz") {
        read(flate2::read::MultiGzDecoder::new(file), LARGEST_TABLE)
    } else {
        read(file, LARGEST_TABLE)
    }
}

/// Whether a file can be read by somebody else, as [`text`] would.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn check(path: &Path) -> Result<(), String> {
    open(path).map(|_| ())
}

fn open(path: &Path) -> Result<File, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let facts = std::fs::metadata(path).map_err(unreadable)?;
    if !facts.is_file() {
        return Err(format!(
            "cannot be read: it is {}, not a file: write what it gives into a file",
            kind(&facts)
        ));
    }
    File::open(path).map_err(unreadable)
}

#[cfg(unix)]
fn kind(facts: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = facts.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(facts: &Metadata) -> &'static str {
    if facts.is_dir() { "a folder" } else { "a device" }
}

fn read(from: impl Read, largest: u64) -> Result<String, String> {
    let mut text = String::new();
    let read = from.take(largest + 1).read_to_string(&mut text);
    match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(length) if length as u64 > largest => {
            Err(format!("is larger than {} MiB", largest >> 20))
        }
        Ok(_) => Ok(text),
    }
}
