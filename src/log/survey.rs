//! What a run that is not finished has on disk so far: its live files.

use super::live::{self, STREAM};
use super::manifest::{Lost, PartitionFacts};
use super::{Decoder, LogError, files};
use crate::disk;
use crate::event::{Event, Header};
use std::fs;
use std::path::Path;

/// The live files of one partition, as they were when the run was opened.
#[derive(Clone, Debug)]
pub(super) struct LivePart {
    /// The good part. It has no checksum as a whole.
    pub(super) facts: PartitionFacts,
    /// The replications that have come to their ends.
    pub(super) finished: Vec<u32>,
    /// Records to read: all but the error that ends them, where there is damage.
    pub(super) most: u64,
    /// What follows the good part.
    pub(super) lost: Lost,
}

/// The live files below a run directory, in the order of their partitions.
pub(super) fn survey(folder: &Path, header: &Header) -> Result<Vec<LivePart>, LogError> {
    let log = folder.join("log");
    if !disk::is_folder(&log).map_err(files::refused(&log, "cannot be read"))? {
        return Ok(Vec::new()); // it died while it was recovered
    }
    let entries = fs::read_dir(&log).map_err(LogError::io(&log, "cannot be read"))?;
    let mut parts = Vec::new();
    for entry in entries {
        let entry = entry.map_err(LogError::io(&log, "cannot be read"))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_prefix("part-").and_then(|n| n.parse().ok());
        let file = format!("log/{name}/000000.{STREAM}");
        if let Some(number) = number
            && has(folder, &file)?
        {
            parts.push(part(folder, header, number, file)?);
        }
    }
    parts.sort_by_key(|p| p.facts.partition);
    Ok(parts)
}

/// Whether there is something by this name of a file of the run.
fn has(folder: &Path, file: &str) -> Result<bool, LogError> {
    Ok(files::inside(folder, file)?.symlink_metadata().is_ok())
}

fn part(folder: &Path, header: &Header, number: u32, file: String) -> Result<LivePart, LogError> {
    let path = folder.join(&file);
    let mut facts = PartitionFacts::new(number, file);
    let mut finished = Vec::new();
    let mut decoder = Decoder::new(header);
    let read = live::read(&path, u64::MAX, &mut |batch| {
        decoder.batch(batch, &mut |replication, events, _| {
            facts.count(replication, events);
            if events.last().is_some_and(|e| e.event == Event::RunEnded) {
                finished.push(replication);
            }
        })
    });
    let extent = match read {
        Ok(extent) => extent,
        // Whoever reads the events meets it again; what comes before is known.
        Err(LogError::Damaged { .. } | LogError::Event { .. }) => {
            live::Extent { records: u64::MAX, ..live::Extent::default() }
        }
        Err(other) => return Err(other),
    };
    facts.file.rows = facts.replications.iter().map(|(_, count)| count).sum();
    facts.file.bytes = extent.bytes;
    Ok(LivePart { facts, finished, most: extent.records, lost: extent.lost })
}
