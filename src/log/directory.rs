//! A run on disk, opened to read.

use super::files::LOCK;
use super::manifest::{Manifest, PartitionFacts, RunState};
use super::survey::{LivePart, survey};
use super::table::ReadTable;
use super::{Decoder, EventSink, LogError, Lost, TryEventSink};
use super::{files, live, sealed};
use crate::disk::{self, Refused};
use crate::doubt::{Doubt, Severity};
use crate::event::Envelope;
use arrow_array::RecordBatch;
use std::fs::TryLockError;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A run on disk, to read.
#[derive(Clone, Debug)]
pub struct Run {
    path: PathBuf,
    /// What it is.
    pub manifest: Manifest,
    /// What there is of one that is not finished.
    live: Vec<LivePart>,
    /// A process was writing it when it was opened.
    written: bool,
}

impl Run {
    /// Opens a run directory. Its files are checked when they are read. One that
    /// is being written, or was when its writer died, is read as far as it goes.
    ///
    /// # Errors
    /// When there is no run, or its manifest is damaged or of another version.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        Self::read(path, true)
    }

    pub(super) fn read(path: &Path, look: bool) -> Result<Self, LogError> {
        let mut manifest = match Manifest::read(path) {
            Err(LogError::NoRun(_)) if files::is_only_begun(path).unwrap_or(false) => {
                let path = path.to_owned();
                return Err(match is_locked(&path)? {
                    true => LogError::Locked(path),
                    false => LogError::OnlyBegun(path),
                });
            }
            read => read?,
        };
        let mut written = false;
        if manifest.state == RunState::Running && look && is_locked(path)? {
            written = true;
        } else if manifest.state == RunState::Running {
            manifest = Manifest::read(path)?; // it may have been finished just now
        }
        let live = match manifest.state {
            RunState::Running => survey(path, &manifest.header)?,
            _ => Vec::new(),
        };
        Ok(Self { path: path.to_owned(), manifest, live, written })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a report of this run must say first, where it is not complete.
    #[must_use]
    pub fn doubt(&self, cut_us: Option<u64>) -> Option<Doubt> {
        let (done, planned) = (self.manifest.totals.replications, self.manifest.planned);
        let cut = cut_us.map(Lost::cut_in_words).unwrap_or_default();
        match self.manifest.state {
            RunState::Sealed => None,
            RunState::Interrupted => Some(match &self.manifest.lost {
                Some(lost) => Doubt::WriterDied { done, planned, lost: lost.in_words() },
                None => {
                    let mut told = self.manifest.told();
                    let why = told.find(|doubt| doubt.severity() == Severity::Interrupted);
                    why.unwrap_or(Doubt::Interrupted { done, planned, unit: "replications" })
                }
            }),
            RunState::Running if self.written => {
                Some(Doubt::BeingWritten { ended: self.finished().len(), planned, cut })
            }
            RunState::Running => Some(Doubt::Unfinished {
                ended: self.finished().len(),
                planned,
                lost: self.lost().in_words(),
                path: self.path.display().to_string(),
                cut,
            }),
        }
    }

    /// Whether a process was writing it when it was opened.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.written
    }

    /// Whether it is not finished and has live files to read.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.live.is_empty()
    }

    /// What of the live files cannot be used.
    #[must_use]
    pub fn lost(&self) -> Lost {
        let mut lost = Lost::default();
        for part in &self.live {
            lost.batches += part.lost.batches;
            lost.bytes += part.lost.bytes;
        }
        lost
    }

    /// The replications of an unfinished run whose events have come to their end.
    #[must_use]
    pub fn finished(&self) -> Vec<u32> {
        let parts = self.live.iter();
        let mut all: Vec<_> = parts.flat_map(|p| p.finished.iter().copied()).collect();
        all.sort_unstable();
        all
    }

    /// The files of events: sealed ones, or live ones where the run is not finished.
    pub fn partitions(&self) -> impl Iterator<Item = &PartitionFacts> {
        let live = self.live.iter().map(|part| &part.facts);
        self.manifest.partitions.iter().chain(live)
    }

    /// The replications whose events are there, each with their number, in order.
    #[must_use]
    pub fn replications(&self) -> Vec<(u32, u64)> {
        let mut all: Vec<_> =
            self.partitions().flat_map(|p| p.replications.iter().copied()).collect();
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
        for part in self.partitions() {
            let damaged = self.is_damaged(part);
            if damaged || part.replications.iter().any(|(number, _)| chosen(*number)) {
                self.try_partition(part, chosen, sink)?;
            }
        }
        Ok(())
    }

    /// Says what is damaged, where a live file is.
    ///
    /// # Errors
    /// The damage.
    pub fn check_live(&self) -> Result<(), LogError> {
        for part in self.partitions().filter(|part| self.is_damaged(part)) {
            self.partition(part, &|_| false, &mut |_, _, _| {})?;
        }
        Ok(())
    }

    /// A live file that is damaged may hold any replication.
    fn is_damaged(&self, part: &PartitionFacts) -> bool {
        let live = self.live.iter().find(|l| l.facts.file.file == part.file.file);
        live.is_some_and(|l| l.most == u64::MAX)
    }

    /// The same of one of its [`Run::partitions`].
    ///
    /// # Errors
    /// As [`Run::events`].
    pub fn partition(
        &self,
        part: &PartitionFacts,
        chosen: &dyn Fn(u32) -> bool,
        sink: &mut EventSink<'_>,
    ) -> Result<(), LogError> {
        self.try_partition(part, chosen, &mut |number, events, walls| {
            sink(number, events, walls);
            Ok(())
        })
    }

    fn try_partition(
        &self,
        part: &PartitionFacts,
        chosen: &dyn Fn(u32) -> bool,
        sink: &mut TryEventSink<'_>,
    ) -> Result<(), LogError> {
        let path = files::inside(&self.path, &part.file.file)?;
        let mut decoder = Decoder::new(&self.manifest.header);
        let mut decode = |batch: &RecordBatch| {
            let mut taken = Ok(());
            let decoded = decoder.batch(batch, &mut |number, events, walls| {
                if chosen(number) && taken.is_ok() {
                    taken = sink(number, events, walls);
                }
            });
            decoded.map_err(|error| LogError::damaged(&path, error.to_string()))?;
            taken
        };
        let live = self.live.iter().find(|l| l.facts.file.file == part.file.file);
        match live {
            Some(live) => live::read(&path, live.most, &mut decode).map(|_| ()),
            None => sealed::read(&self.path, &part.file, &mut decode),
        }
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
            Some(facts) => ReadTable::read(&self.path, facts),
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
            return Err(LogError::damaged(&self.path, format!("it keeps no copy of {name}")));
        };
        let (path, mut file) = sealed::open(&self.path, facts)?;
        let mut text = String::new();
        let read = file.read_to_string(&mut text);
        read.map_err(LogError::io(&path, "cannot be read"))?;
        Ok(text)
    }

    /// Checks every file that has a checksum against it: how many there are, and
    /// what is wrong with each that is damaged or missing.
    #[must_use]
    pub fn verify_files(&self) -> (usize, Vec<(String, LogError)>) {
        let files: Vec<_> = self.manifest.files().collect();
        let wrong = files.iter().filter_map(|facts| {
            let opened = sealed::open(&self.path, facts);
            Some((facts.file.clone(), opened.err()?))
        });
        (files.len(), wrong.collect())
    }
}

/// Whether a process holds the lock of a run directory. One that was killed holds
/// none: the system gives it back.
fn is_locked(path: &Path) -> Result<bool, LogError> {
    let name = path.join(LOCK);
    let lock = match disk::open(&name) {
        Ok(lock) => lock,
        Err(Refused::NotPlain(found)) => {
            return Err(files::refused(&name, "")(Refused::NotPlain(found)));
        }
        Err(_) => return Ok(false), // a copy of the run without it, or one for other eyes
    };
    Ok(matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
