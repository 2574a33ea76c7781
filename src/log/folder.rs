//! The run directory as a place: made fresh, locked by one writer.

use super::files::{self, LOCK};
use super::manifest::{FileFacts, Manifest, replace, sync_folder};
use super::table::Table;
use super::{LogError, Run, live};
use crate::disk::{self, Refused};
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A reader that looks whether a run is being written holds its lock for a
/// moment; a writer tries again so often, this far apart.
const TRIES: u32 = 5;
const TRY_AGAIN: Duration = Duration::from_millis(10);

/// How often a new folder may be gone before it was locked: then somebody removes whatever
/// is made there.
const MOST_VANISHED: u32 = 1000;

/// Folders that this process has removed: a name for each.
static REMOVED: AtomicU32 = AtomicU32::new(0);

/// A run directory that is being written: no other process writes it meanwhile.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Dropping it unlocks.
    lock: File,
}

impl RunFolder {
    /// Makes a new one. The folder may exist, but must be empty, or hold only what a
    /// writer left that died before its manifest.
    ///
    /// # Errors
    /// When it is used already, or cannot be made.
    pub fn create(path: &Path) -> Result<Self, LogError> {
        let unreadable = || LogError::io(path, "cannot be read");
        fs::create_dir_all(path).map_err(LogError::io(path, "cannot be made"))?;
        let mut entries = fs::read_dir(path).map_err(unreadable())?;
        let free = entries.next().is_none() || files::is_only_begun(path).map_err(unreadable())?;
        if !free {
            return Err(LogError::Used(path.to_owned()));
        }
        let folder = Self::locked(path)?;
        // Another process may have had it, and done its work.
        if !files::is_only_begun(path).map_err(unreadable())? {
            return Err(LogError::Used(path.to_owned()));
        }
        let inputs = path.join("inputs");
        if inputs.exists() {
            fs::remove_dir_all(&inputs).map_err(LogError::io(&inputs, "cannot be removed"))?;
        }
        folder.prepared()
    }

    /// Makes the first of `NAME`, `NAME-2`, `NAME-3` ... that does not exist.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create_fresh(parent: &Path, name: &str) -> Result<Self, LogError> {
        fs::create_dir_all(parent).map_err(LogError::io(parent, "cannot be made"))?;
        let (mut number, mut vanished) = (1_u32, 0);
        loop {
            let path = match number {
                1 => parent.join(name),
                n => parent.join(format!("{name}-{n}")),
            };
            match fs::create_dir(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(LogError::io(&path, "cannot be made")(error));
                }
                _ => {}
            }
            // Where it was there already, a writer may have left it before its manifest.
            match Self::create(&path) {
                Err(LogError::Locked(_) | LogError::Used(_)) => number += 1,
                // A run that equals another has just removed its own.
                Err(error) if error.is_missing() && vanished < MOST_VANISHED => vanished += 1,
                done => return done,
            }
        }
    }

    /// Takes over one whose writer has gone.
    ///
    /// # Errors
    /// When a process still writes it.
    pub fn reopen(path: &Path) -> Result<Self, LogError> {
        Manifest::read(path)?;
        Self::locked(path)?.prepared()
    }

    /// Removes a folder whose writer died before its manifest; says whether it was one.
    ///
    /// # Errors
    /// When a process still writes it, or it cannot be removed.
    pub fn remove_begun(path: &Path) -> Result<bool, LogError> {
        if !files::is_only_begun(path).unwrap_or(false) {
            return Ok(false);
        }
        let folder = Self::locked(path)?;
        if !files::is_only_begun(path).map_err(LogError::io(path, "cannot be read"))? {
            return Ok(false);
        }
        folder.remove()?;
        Ok(true)
    }

    fn locked(path: &Path) -> Result<Self, LogError> {
        let name = path.join(LOCK);
        let gone = || LogError::io(&name, "cannot be locked")(ErrorKind::NotFound.into());
        let lock = disk::open_to_lock(&name).map_err(|why| match why {
            Refused::Missing => gone(),
            other => files::refused(&name, "cannot be made")(other),
        })?;
        for left in (0..TRIES).rev() {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if left > 0 => std::thread::sleep(TRY_AGAIN),
                Err(TryLockError::WouldBlock) => return Err(LogError::Locked(path.to_owned())),
                Err(TryLockError::Error(error)) => {
                    return Err(LogError::io(&name, "cannot be locked")(error));
                }
            }
        }
        // Whoever had it may have removed the folder, and another have made it again.
        if !disk::is_still_at(&lock, &name) {
            return Err(gone());
        }
        Ok(Self { path: path.to_owned(), lock })
    }

    fn prepared(self) -> Result<Self, LogError> {
        for folder in ["log", "reports"] {
            files::make_folder(&self.path.join(folder))?;
        }
        Ok(self)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a copy of a file that the scenario names.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn keep_input(&self, number: usize, text: &str) -> Result<FileFacts, LogError> {
        let folder = self.path.join("inputs");
        files::make_folder(&folder)?;
        let name = format!("{number:04}.csv");
        replace(&folder, &name, text.as_bytes())?;
        Ok(FileFacts {
            file: format!("inputs/{name}"),
            rows: text.lines().count() as u64,
            bytes: text.len() as u64,
            blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        })
    }

    /// Writes the tables of all replications.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_tables(&self, tables: &[Table]) -> Result<Vec<FileFacts>, LogError> {
        let facts = tables.iter().map(|table| table.write(&self.path)).collect();
        sync_folder(&self.path.join("reports"))?;
        facts
    }

    /// The run as it is, to be completed by whoever holds this folder.
    ///
    /// # Errors
    /// As [`Run::open`].
    pub fn run(&self) -> Result<Run, LogError> {
        Run::read(&self.path, false)
    }

    /// Removes the live files, when the manifest tells of sealed ones instead.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove_live(&self) -> Result<(), LogError> {
        let log = self.path.join("log");
        let entries = fs::read_dir(&log).map_err(LogError::io(&log, "cannot be read"))?;
        let own = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        for entry in entries.filter_map(Result::ok).filter(own) {
            // The sidecar first: a stream alone tells of nothing.
            for ending in [live::SIDECAR, live::STREAM] {
                let file = entry.path().join("000000").with_extension(ending);
                match fs::remove_file(&file) {
                    Err(error) if file.exists() => {
                        return Err(LogError::io(&file, "cannot be removed")(error));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Removes it: an equal run is there already.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(self) -> Result<(), LogError> {
        let Self { path, lock } = self;
        let refused = || LogError::io(&path, "cannot be removed");
        // By its own name: the folder that we are in has another here.
        let own = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        // Away at once, so that nobody begins a run in what is being removed.
        let name = own.file_name().unwrap_or_default().to_string_lossy();
        let number = REMOVED.fetch_add(1, Ordering::Relaxed);
        let away = format!(".{name}.removed-{}-{number}", std::process::id());
        let away = own.with_file_name(away);
        fs::rename(&own, &away).map_err(refused())?;
        drop(lock);
        fs::remove_dir_all(&away).map_err(refused())
    }
}
