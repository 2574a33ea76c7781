//! Files that were asked for: written whole or not at all.

use super::Failure;
use crate::disk;
use anyhow::Context as _;
use std::path::Path;

/// Writes a file; what cannot be written is an error of the machine.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = disk::write(path, bytes);
    Ok(written.with_context(|| format!("{}: cannot be written", path.display()))?)
}

/// The same in a folder that is made where it is missing.
pub(super) fn write_below(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    make_folder(path)?;
    write(path, bytes)
}

/// Makes the folder of a file.
pub(super) fn make_folder(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    let made = std::fs::create_dir_all(folder);
    Ok(made.with_context(|| format!("{}: cannot be made", folder.display()))?)
}
