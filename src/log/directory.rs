//! The run directory as a place: made fresh, locked by one writer, opened to read.

use super::manifest::{FileFacts, MANIFEST, Manifest, RunState, replace, sync_folder};
use super::sealed;
use super::table::{ReadTable, Table};
use super::{Decoder, EventSink, LogError, TryEventSink};
use crate::event::Envelope;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";

/// A run directory that is being written: no other process writes it meanwhile.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Dropping it unlocks.
    lock: File,
}

impl RunFolder {
    /// Makes a new one. The folder may exist, but must be empty.
    ///
    /// # Errors
    /// When it is used already, or cannot be made.
    pub fn create(path: &Path) -> Result<Self, LogError> {
        fs::create_dir_all(path).map_err(LogError::io(path, "cannot be made"))?;
        let mut entries = fs::read_dir(path).map_err(LogError::io(path, "cannot be read"))?;
        if entries.next().is_some() {
            return Err(LogError::Used(path.to_owned()));
        }
        Self::prepare(path)
    }

    /// Makes the first of `NAME`, `NAME-2`, `NAME-3` ... that does not exist.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create_fresh(parent: &Path, name: &str) -> Result<Self, LogError> {
        fs::create_dir_all(parent).map_err(LogError::io(parent, "cannot be made"))?;
        let mut number = 1_u32;
        loop {
            let path = match number {
                1 => parent.join(name),
                n => parent.join(format!("{name}-{n}")),
            };
            match fs::create_dir(&path) {
                Ok(()) => return Self::prepare(&path),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(LogError::io(&path, "cannot be made")(error)),
            }
        }
    }

    /// Takes over one whose writer has gone.
    ///
    /// # Errors
    /// When a process still writes it.
    pub fn reopen(path: &Path) -> Result<Self, LogError> {
        if !path.join(MANIFEST).is_file() {
            return Err(LogError::NoRun(path.to_owned()));
        }
        Self::prepare(path)
    }

    fn prepare(path: &Path) -> Result<Self, LogError> {
        let name = path.join(LOCK);
        let lock = File::create(&name).map_err(LogError::io(&name, "cannot be made"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LogError::Locked(path.to_owned())),
            Err(TryLockError::Error(error)) => {
                return Err(LogError::io(&name, "cannot be locked")(error));
            }
        }
        for folder in ["log", "reports"] {
            let folder = path.join(folder);
            fs::create_dir_all(&folder).map_err(LogError::io(&folder, "cannot be made"))?;
        }
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
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
        fs::create_dir_all(&folder).map_err(LogError::io(&folder, "cannot be made"))?;
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

    /// Removes it: an equal run is there already.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(self) -> Result<(), LogError> {
        let Self { path, lock } = self;
        drop(lock);
        fs::remove_dir_all(&path).map_err(LogError::io(&path, "cannot be removed"))
    }
}

/// A run on disk, to read.
#[derive(Clone, Debug)]
pub struct Run {
    path: PathBuf,
    /// What it is.
    pub manifest: Manifest,
}

impl Run {
    /// Opens a run directory. Its files are checked when they are read.
    ///
    /// # Errors
    /// When there is no run, or its manifest is damaged or of another version.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        Ok(Self {
            path: path.to_owned(),
            manifest: Manifest::read(path)?,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a report of this run must say first, where it is not complete.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let (done, planned) = (self.manifest.totals.replications, self.manifest.planned);
        let lost = self.manifest.lost.clone().unwrap_or_default();
        match self.manifest.state {
            RunState::Sealed => None,
            RunState::Interrupted if self.manifest.lost.is_some() => Some(format!(
                "interrupted: the writer died; {} batches and {} bytes were lost",
                lost.batches, lost.bytes
            )),
            RunState::Interrupted => {
                Some(format!("interrupted after {done} of {planned} replications"))
            }
            RunState::Running => Some(
                "not finished: it is being written, or its writer died (`convoq log recover` completes it)"
                    .to_owned(),
            ),
        }
    }

    /// The replications whose events are there, each with their number, in order.
    #[must_use]
    pub fn replications(&self) -> Vec<(u32, u64)> {
        let parts = self.manifest.partitions.iter();
        let mut all: Vec<_> = parts.flat_map(|p| p.replications.iter().copied()).collect();
        all.sort_unstable();
        all
    }

    /// Hands on the events of the chosen replications, in their order, together
    /// with the wall clocks of measured ones.
    ///
    /// # Errors
    /// When a file is damaged or missing, or holds what this run cannot hold.
    pub fn events(
        &self,
        chosen: &dyn Fn(u32) -> bool,
        sink: &mut EventSink<'_>,
    ) -> Result<(), LogError> {
        self.try_events(chosen, &mut |number, events, walls| {
            sink(number, events, walls);
            Ok(())
        })
    }

    /// As [`Run::events`], with a sink that can fail: its first error ends the reading.
    ///
    /// # Errors
    /// As [`Run::events`], and what the sink says.
    pub fn try_events(
        &self,
        chosen: &dyn Fn(u32) -> bool,
        sink: &mut TryEventSink<'_>,
    ) -> Result<(), LogError> {
        for part in &self.manifest.partitions {
            if !part.replications.iter().any(|(number, _)| chosen(*number)) {
                continue;
            }
            let path = self.path.join(&part.file.file);
            let mut decoder = Decoder::new(&self.manifest.header);
            sealed::read(&path, &part.file, &mut |batch| {
                let mut taken = Ok(());
                let decoded = decoder.batch(batch, &mut |number, events, walls| {
                    if chosen(number) && taken.is_ok() {
                        taken = sink(number, events, walls);
                    }
                });
                decoded.map_err(|error| LogError::damaged(&path, error.to_string()))?;
                taken
            })?;
        }
        Ok(())
    }

    /// All events of one replication.
    ///
    /// # Errors
    /// As [`Run::events`].
    pub fn replication(&self, number: u32) -> Result<Vec<Envelope>, LogError> {
        let mut all = Vec::new();
        self.events(&|n| n == number, &mut |_, events, _| {
            all.extend_from_slice(events);
        })?;
        Ok(all)
    }

    /// A table of all replications; an empty one where there is none.
    ///
    /// # Errors
    /// When the file is damaged or missing.
    pub fn table(&self, name: &str) -> Result<ReadTable, LogError> {
        let file = format!("reports/{name}.parquet");
        match self.manifest.tables.iter().find(|t| t.file == file) {
            Some(facts) => ReadTable::read(&self.path.join(&file), facts),
            None => Ok(ReadTable::default()),
        }
    }

    /// The text of a file that the scenario names.
    ///
    /// # Errors
    /// When it is not kept, or is damaged.
    pub fn input(&self, name: &str) -> Result<String, LogError> {
        let inputs = &self.manifest.scenario.inputs;
        let Some((_, facts)) = inputs.iter().find(|(n, _)| n == name) else {
            return Err(LogError::damaged(
                &self.path,
                format!("it keeps no copy of {name}"),
            ));
        };
        let path = self.path.join(&facts.file);
        sealed::verify(&path, facts)?;
        fs::read_to_string(&path).map_err(LogError::io(&path, "cannot be read"))
    }

    /// Checks every file against its checksum.
    ///
    /// # Errors
    /// At the first file that is damaged or missing.
    pub fn verify_files(&self) -> Result<usize, LogError> {
        let manifest = &self.manifest;
        let events = manifest.partitions.iter().map(|p| &p.file);
        let inputs = manifest.scenario.inputs.iter().map(|(_, f)| f);
        let files: Vec<_> = events.chain(&manifest.tables).chain(inputs).collect();
        for facts in &files {
            sealed::verify(&self.path.join(&facts.file), facts)?;
        }
        Ok(files.len())
    }
}
