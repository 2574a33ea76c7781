//! What can go wrong with a run on disk: what, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why a log cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The system refused.
    #[error("{}: {what}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was to be done.
        what: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// There is no run in the folder.
    #[error("{}: no run is there: manifest.json is missing\n  help: name a folder that `convoq simulate` wrote, as runs/NAME", .0.display())]
    NoRun(PathBuf),
    /// The folder holds something already.
    #[error("{}: is used already\n  help: choose another folder; a run never overwrites another", .0.display())]
    Used(PathBuf),
    /// Something that the run did not make is in the place of one of its files.
    #[error("{}: {what}\n  help: a run's files are plain files in its own folder, and nothing was read or written elsewhere; remove it, or take the run from a copy", path.display())]
    Foreign {
        /// Where.
        path: PathBuf,
        /// What is there.
        what: String,
    },
    /// The writer died before the manifest.
    #[error("{}: no run is there: its writer died before it had kept anything\n  help: `convoq log recover {}` removes the folder; a run with this --out takes it as well", .0.display(), .0.display())]
    OnlyBegun(PathBuf),
    /// Another process writes here.
    #[error("{}: another process writes this run\n  help: wait until it is done", .0.display())]
    Locked(PathBuf),
    /// A version of convoq that is not known here wrote it.
    #[error("{}: has the format `{found}`; this version reads `{known}`\n  help: use the version of convoq that wrote it, or a later one", path.display())]
    OtherVersion {
        /// Which file.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What is read here.
        known: &'static str,
    },
    /// The bytes are not those that were written.
    #[error("{}: damaged{}: {what}\n  help: restore the file from a copy; nothing of it was used", path.display(), place(*batch, *offset))]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which batch, from 0, where the file has batches.
        batch: Option<u64>,
        /// Where the damaged part begins, bytes from the start of the file.
        offset: Option<u64>,
        /// What does not fit.
        what: String,
    },
    /// Events that cannot be written or read: a defect of what made them.
    #[error("event {seq}: {what}")]
    Event {
        /// Number of the event.
        seq: u64,
        /// What does not fit.
        what: String,
    },
    /// The writer has failed before and has stopped.
    #[error("the log has stopped after an error: {0}")]
    Stopped(String),
}

fn place(batch: Option<u64>, offset: Option<u64>) -> String {
    let batch = batch.map_or(String::new(), |b| format!(" in batch {b}"));
    offset.map_or(batch.clone(), |o| format!("{batch} at byte {o}"))
}

impl LogError {
    /// The system refused to do something to a file.
    pub fn io(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), what, source }
    }

    /// Whether it is about a file or folder that is not there.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// A file as a whole is not what was written.
    pub fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), batch: None, offset: None, what: what.into() }
    }

    /// Whether the cause is what the user named, not the machine or convoq.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Io { .. } | Self::Event { .. } | Self::Stopped(_))
    }
}
