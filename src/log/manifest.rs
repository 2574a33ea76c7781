//! The manifest: what a run is, and which files belong to it.
//!
//! It is JSON; its last field is a checksum over all that stands before. It is
//! replaced as a whole: written beside, synced, renamed.

use super::LogError;
use super::files::{self, MANIFEST};
use crate::disk;
use crate::doubt::Doubt;
use crate::event::{GeneratorFacts, Header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path};

/// Name and version of the run directory.
pub const RUN_FORMAT: &str = "convoq.run/1";

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It is being written, or its writer died.
    Running,
    /// It was stopped; what is there is whole.
    Interrupted,
    /// It is complete.
    Sealed,
}

/// What made the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The simulator.
    Simulate,
    /// A load test of a real bot.
    Load,
    /// The simulator, going on from the past of another run.
    Fork,
    /// A log that something else wrote (`convoq import`).
    Import,
}

impl Mode {
    /// The name in manifests and in names of folders.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mode::Simulate => "simulate",
            Mode::Load => "load",
            Mode::Fork => "fork",
            Mode::Import => "import",
        }
    }
}

/// What a fork goes on from.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct ForkFacts {
    /// SHA-256 of the scenario of the run that was forked, in hex.
    pub parent: String,
    /// The replication that goes on, as the run that began it numbered it.
    pub replication: u32,
    /// The moment of the fork, microseconds from the start of the run.
    pub at_us: u64,
    /// The scenario of the beginning, then one for each event `Forked`.
    pub legs: Vec<LegFacts>,
}

/// A part of a forked run: what of the scenario's text held from a moment on.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct LegFacts {
    /// Where it begins, microseconds from the start of the run.
    pub at_us: u64,
    /// The variant.
    pub variant: Option<String>,
    /// Changes: path and value.
    pub overrides: Vec<(String, String)>,
}

/// A file and its checksum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Path from the run directory, with `/`.
    pub file: String,
    /// Rows.
    pub rows: u64,
    /// Length in bytes.
    pub bytes: u64,
    /// BLAKE3 of the bytes, in hex.
    pub blake3: String,
}

/// A sealed file of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionFacts {
    /// Number of the partition.
    pub partition: u32,
    /// The file.
    #[serde(flatten)]
    pub file: FileFacts,
    /// The replications in it, each with its number of events.
    pub replications: Vec<(u32, u64)>,
    /// `seq` of its first row.
    pub first_seq: u64,
    /// `seq` of its last row.
    pub last_seq: u64,
    /// Earliest moment, microseconds.
    pub t_min_us: u64,
    /// Latest moment, microseconds.
    pub t_max_us: u64,
}

/// The scenario exactly as run.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct ScenarioFacts {
    /// The file as it was named.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The variant.
    pub variant: Option<String>,
    /// Changes: path and value.
    pub overrides: Vec<(String, String)>,
    /// Files that it names, as it names them, and their copies.
    pub inputs: Vec<(String, FileFacts)>,
}

/// What the tables of a run add up.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Replications that are finished.
    pub replications: u32,
    /// Their events.
    pub events: u64,
    /// Contacts open at their ends.
    pub open: u64,
    /// Violations of the audit.
    pub violation_count: u64,
    /// The first of them, in words.
    pub violations: Vec<String>,
}

/// What was lost when a writer died.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lost {
    /// Whole batches of events.
    pub batches: u64,
    /// Bytes after the last good batch.
    pub bytes: u64,
    /// Where no replication has come to its end, and the first is reported as far
    /// as it goes: the moment of its last event, microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_us: Option<u64>,
}

impl Lost {
    /// As reports say it.
    #[must_use]
    pub fn in_words(&self) -> String {
        let lost = match (self.batches, self.bytes) {
            (0, 0) => "nothing that it had written is lost".to_owned(),
            (1, bytes) => format!("1 batch and {bytes} bytes were lost"),
            (batches, bytes) => format!("{batches} batches and {bytes} bytes were lost"),
        };
        lost + &self.cut_us.map(Self::cut_in_words).unwrap_or_default()
    }

    /// What follows a report on one replication that is cut.
    #[must_use]
    pub fn cut_in_words(us: u64) -> String {
        let seconds = us / 1_000_000;
        format!("; what is told is of one replication, up to {seconds} s after its start")
    }
}

/// The manifest of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`RUN_FORMAT`].
    pub format: String,
    /// Version of convoq that wrote it.
    pub version: String,
    /// How far it has come.
    pub state: RunState,
    /// What made the events.
    pub mode: Mode,
    /// Version of the events.
    pub schema_version: u16,
    /// Seed.
    pub seed: u64,
    /// Replications that were asked for. With a precision the most that there may be
    /// while the run goes on, and those that it took once it is sealed.
    pub planned: u32,
    /// The precision that was asked for, as `1%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    /// Which replications' events are kept: `first`, `full`, `every=K`.
    pub log: String,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// The command that makes the same numbers again.
    pub reproduce: String,
    /// Warnings of the scenario.
    pub warnings: Vec<String>,
    /// The scenario.
    pub scenario: ScenarioFacts,
    /// The head of the events.
    pub header: Header,
    /// What the tables add up.
    pub totals: Totals,
    /// Sealed files of events.
    pub partitions: Vec<PartitionFacts>,
    /// Tables of all replications.
    pub tables: Vec<FileFacts>,
    /// What was lost, where a writer died.
    pub lost: Option<Lost>,
    /// What the generator of a load test used; written when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<GeneratorFacts>,
    /// What a load test told of that is in no event, codes and texts without secrets; written
    /// when it is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<(String, String)>,
    /// What a fork goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<ForkFacts>,
}

/// What stands before the checksum, and what after.
const CHECKSUM: &str = ",\n  \"checksum\": \"";
const END: &str = "\"\n}\n";

impl Manifest {
    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Plain structs with string keys: there is no way to fail.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let body = text.trim_end().trim_end_matches('}').trim_end();
        let checksum = blake3::hash(body.as_bytes());
        format!("{body}{CHECKSUM}{checksum}{END}")
    }

    /// Reads the text of the file. `path` is for the message.
    ///
    /// # Errors
    /// When it is of another version, or is not what was written.
    pub fn from_text(text: &str, path: &Path) -> Result<Self, LogError> {
        let whole = text.strip_suffix(END).and_then(|t| t.rsplit_once(CHECKSUM));
        let holds =
            whole.filter(|(body, sum)| blake3::hash(body.as_bytes()).to_hex().as_str() == *sum);
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => return Err(LogError::damaged(path, error.to_string())),
        };
        let found = value.get("format").and_then(Value::as_str).unwrap_or_default();
        if found.starts_with("convoq.run/") && found != RUN_FORMAT {
            return Err(LogError::OtherVersion {
                path: path.to_owned(),
                found: found.to_owned(),
                known: RUN_FORMAT,
            });
        }
        if holds.is_none() {
            return Err(LogError::damaged(path, "its checksum does not hold"));
        }
        serde_json::from_value(value).map_err(|error| LogError::damaged(path, error.to_string()))
    }

    /// Reads the manifest of a run directory.
    ///
    /// # Errors
    /// When there is none, or it is not what was written.
    pub fn read(folder: &Path) -> Result<Self, LogError> {
        let path = folder.join(MANIFEST);
        if !folder.is_dir() {
            return Err(LogError::NoRun(folder.to_owned()));
        }
        let bytes = files::read(&path)?.ok_or_else(|| LogError::NoRun(folder.to_owned()))?;
        let text = String::from_utf8(bytes);
        let text = text.map_err(|_| LogError::damaged(&path, "it is not text"))?;
        let manifest = Self::from_text(&text, &path)?;
        all_inside(folder, &manifest)?;
        Ok(manifest)
    }

    /// The doubts that a load test told of, those that this version knows.
    pub fn told(&self) -> impl Iterator<Item = Doubt> {
        self.doubts.iter().filter_map(|(code, text)| Doubt::kept(code, text))
    }

    /// The files that have a checksum: events, tables, inputs.
    pub fn files(&self) -> impl Iterator<Item = &FileFacts> {
        let events = self.partitions.iter().map(|p| &p.file);
        let inputs = self.scenario.inputs.iter().map(|(_, facts)| facts);
        events.chain(&self.tables).chain(inputs)
    }

    /// Replaces the manifest of a run directory.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, folder: &Path) -> Result<(), LogError> {
        replace(folder, MANIFEST, self.to_text().as_bytes())
    }
}

/// Writes a small file beside, syncs it, and gives it its name.
pub(super) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), LogError> {
    let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
    let mut file = files::fresh(&part)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(LogError::io(&part, "cannot be written"))?;
    fs::rename(&part, &path).map_err(LogError::io(&path, "cannot be named"))?;
    sync_folder(folder)
}

/// Makes new names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> Result<(), LogError> {
    disk::sync_folder(folder).map_err(LogError::io(folder, "cannot be synced"))
}

/// Refuses a manifest that names a file which is not below the run.
fn all_inside(run: &Path, manifest: &Manifest) -> Result<(), LogError> {
    let plain = |c: Component<'_>| matches!(c, Component::Normal(_));
    let mut names = manifest.files().map(|facts| facts.file.as_str());
    match names.find(|n| n.is_empty() || !Path::new(n).components().all(plain)) {
        Some(name) => Err(files::outside(run, name)),
        None => Ok(()),
    }
}
