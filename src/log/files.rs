//! The files of a run directory: its own plain files, opened where they are and never
//! where a link leads.

use super::LogError;
use crate::disk::{self, Refused};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// Name of the file that says what a run is.
pub const MANIFEST: &str = "manifest.json";

/// Name of the file that says by its lock whether a process writes the run.
pub(super) const LOCK: &str = "lock";

/// The error for what is in the place of a file or folder of a run.
pub(super) fn refused(path: &Path, what: &'static str) -> impl FnOnce(Refused) -> LogError {
    move |refused| match refused {
        Refused::Missing => LogError::damaged(path, "it is missing"),
        Refused::NotPlain(found) => {
            LogError::Foreign { path: path.to_owned(), what: format!("is {found}") }
        }
        Refused::System(error) => LogError::io(path, what)(error),
    }
}

/// Opens a file of a run to read it.
pub(super) fn open(path: &Path) -> Result<File, LogError> {
    disk::open(path).map_err(refused(path, "cannot be opened"))
}

/// Reads a file of a run that may be missing.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, LogError> {
    let mut file = match disk::open(path) {
        Ok(file) => file,
        Err(Refused::Missing) => return Ok(None),
        Err(other) => return Err(refused(path, "cannot be read")(other)),
    };
    let mut bytes = Vec::new();
    let read = file.read_to_end(&mut bytes);
    read.map_err(LogError::io(path, "cannot be read"))?;
    Ok(Some(bytes))
}

/// Makes a file of a run, in the place of what a writer that died left.
pub(super) fn fresh(path: &Path) -> Result<File, LogError> {
    disk::fresh(path).map_err(LogError::io(path, "cannot be created"))
}

/// Makes a folder of a run, where it is not there.
pub(super) fn make_folder(path: &Path) -> Result<(), LogError> {
    if !disk::is_folder(path).map_err(refused(path, "cannot be read"))? {
        fs::create_dir(path).map_err(LogError::io(path, "cannot be made"))?;
    }
    Ok(())
}

/// The path of a file that the manifest names: below the run, and in folders of it that
/// are no links.
pub(super) fn inside(run: &Path, file: &str) -> Result<PathBuf, LogError> {
    let mut path = run.to_owned();
    let mut components = Path::new(file).components().peekable();
    while let Some(component) = components.next() {
        let Component::Normal(name) = component else {
            return Err(outside(run, file));
        };
        path.push(name);
        if components.peek().is_some() {
            let there = disk::is_folder(&path);
            there.map_err(refused(&path, "cannot be read"))?;
        }
    }
    Ok(path)
}

pub(super) fn outside(run: &Path, file: &str) -> LogError {
    LogError::Foreign {
        path: run.join(MANIFEST),
        what: format!("names the file `{file}`, which is not in the run's folder"),
    }
}

/// Whether a folder holds just what a writer makes before the manifest: it died then, or
/// is about to write it.
pub(super) fn is_only_begun(run: &Path) -> std::io::Result<bool> {
    let mut has_lock = false;
    for entry in fs::read_dir(run)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        let is_ours = match name.to_str() {
            Some(LOCK) => {
                has_lock = true;
                kind.is_file() && entry.metadata()?.len() == 0
            }
            Some("log" | "reports") => kind.is_dir() && has_only(&entry.path(), &|_| false)?,
            Some("inputs") => kind.is_dir() && has_only(&entry.path(), &is_input)?,
            Some(name) => kind.is_file() && name == format!("{}.part", MANIFEST),
            None => false,
        };
        if !is_ours {
            return Ok(false);
        }
    }
    Ok(has_lock)
}

/// A copy of an input, whole or not: `0007.csv`, `0007.csv.part`.
fn is_input(name: &str) -> bool {
    let number = name.strip_suffix(".part").unwrap_or(name);
    let number = number.strip_suffix(".csv").unwrap_or_default();
    number.len() >= 4 && number.bytes().all(|b| b.is_ascii_digit())
}

fn has_only(folder: &Path, is_ours: &dyn Fn(&str) -> bool) -> std::io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !(entry.file_type()?.is_file() && name.to_str().is_some_and(is_ours)) {
            return Ok(false);
        }
    }
    Ok(true)
}
