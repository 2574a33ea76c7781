//! The writer thread: the encoder runs beside the engines, never in their way.
//!
//! Engines send blocks of events over a bounded channel. The first failure
//! stops the writer: what is sealed stays, nothing is written after it.

use super::manifest::{PartitionFacts, sync_folder};
use super::sealed::SealedWriter;
use super::{Encoder, LogError};
use crate::event::{Envelope, Header};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Events of a block: large enough to encode well, small enough to wait in memory.
const BLOCK: usize = 1 << 14;
/// Blocks that may wait for the encoder.
const WAITING: usize = 8;

enum Message {
    Events {
        partition: u32,
        replication: u32,
        events: Vec<Envelope>,
    },
    /// The partition is complete.
    End(u32),
}

/// Writes the partitions of a run on a thread of its own.
#[derive(Debug)]
pub struct LogWriter {
    sender: SyncSender<Message>,
    thread: JoinHandle<Result<Vec<PartitionFacts>, LogError>>,
    spare: Arc<Mutex<Vec<Vec<Envelope>>>>,
}

impl LogWriter {
    /// Begins to write under the `log` folder of a run directory.
    #[must_use]
    pub fn start(folder: &Path, header: &Header) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let spare = Arc::new(Mutex::new(Vec::new()));
        let mut worker = Worker {
            folder: folder.to_owned(),
            encoder: Encoder::new(header),
            open: BTreeMap::new(),
            sealed: Vec::new(),
            spare: Arc::clone(&spare),
        };
        let thread = std::thread::spawn(move || worker.work(&receiver));
        Self {
            sender,
            thread,
            spare,
        }
    }

    /// Where the events of a partition go in.
    #[must_use]
    pub fn partition(&self, partition: u32) -> PartitionSink {
        PartitionSink {
            partition,
            replication: 0,
            sender: self.sender.clone(),
            buffer: Vec::new(),
            spare: Arc::clone(&self.spare),
        }
    }

    /// Waits until everything is on disk, and says which files there are. Every
    /// [`PartitionSink`] must be gone by then.
    ///
    /// # Errors
    /// The first failure of the writer.
    pub fn finish(self) -> Result<Vec<PartitionFacts>, LogError> {
        drop(self.sender);
        let done = self.thread.join();
        done.unwrap_or_else(|_| Err(LogError::Stopped("the writer has ended".to_owned())))
    }
}

/// Where the events of one partition go in, replication after replication.
#[derive(Debug)]
pub struct PartitionSink {
    partition: u32,
    replication: u32,
    sender: SyncSender<Message>,
    buffer: Vec<Envelope>,
    spare: Arc<Mutex<Vec<Vec<Envelope>>>>,
}

impl PartitionSink {
    /// Takes the next events of a replication.
    pub fn events(&mut self, replication: u32, events: &[Envelope]) {
        if replication != self.replication {
            self.flush();
            self.replication = replication;
        }
        // Blocks of one length, so that the file does not depend on how events came in.
        let mut rest = events;
        while !rest.is_empty() {
            let room = BLOCK - self.buffer.len();
            let (block, after) = rest.split_at(room.min(rest.len()));
            self.buffer.extend_from_slice(block);
            rest = after;
            if self.buffer.len() >= BLOCK {
                self.flush();
            }
        }
    }

    /// The partition is complete.
    pub fn end(mut self) {
        self.flush();
        self.send(Message::End(self.partition));
    }

    fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        let next = self.spare.lock().ok().and_then(|mut s| s.pop());
        let next = next.unwrap_or_else(|| Vec::with_capacity(BLOCK));
        let events = std::mem::replace(&mut self.buffer, next);
        self.send(Message::Events {
            partition: self.partition,
            replication: self.replication,
            events,
        });
    }

    /// A writer that has failed takes no more; `finish` tells why.
    fn send(&self, message: Message) {
        if let Err(TrySendError::Full(message)) = self.sender.try_send(message) {
            let _ = self.sender.send(message);
        }
    }
}

struct Partition {
    file: SealedWriter,
    /// Rows of one encoder belong to one replication after the other.
    encoder: Encoder,
    facts: PartitionFacts,
}

struct Worker {
    folder: PathBuf,
    encoder: Encoder,
    open: BTreeMap<u32, Partition>,
    sealed: Vec<PartitionFacts>,
    spare: Arc<Mutex<Vec<Vec<Envelope>>>>,
}

impl Worker {
    fn work(&mut self, receiver: &Receiver<Message>) -> Result<Vec<PartitionFacts>, LogError> {
        for message in receiver {
            match message {
                Message::Events {
                    partition,
                    replication,
                    mut events,
                } => {
                    self.write(partition, replication, &events)?;
                    events.clear();
                    if let Ok(mut spare) = self.spare.lock() {
                        spare.push(events);
                    }
                }
                Message::End(partition) => self.seal(partition)?,
            }
        }
        for partition in std::mem::take(&mut self.open).into_values() {
            // Its engine was stopped in the middle: half a replication is none.
            drop(partition);
        }
        self.sealed.sort_by_key(|p| p.partition);
        Ok(std::mem::take(&mut self.sealed))
    }

    fn write(
        &mut self,
        number: u32,
        replication: u32,
        events: &[Envelope],
    ) -> Result<(), LogError> {
        if !self.open.contains_key(&number) {
            let partition = self.begin(number)?;
            self.open.insert(number, partition);
        }
        let Some(partition) = self.open.get_mut(&number) else {
            return Ok(());
        };
        let batch = partition.encoder.batch(replication, events, &[])?;
        partition.file.write(&batch)?;
        partition.facts.count(replication, events);
        Ok(())
    }

    fn begin(&mut self, number: u32) -> Result<Partition, LogError> {
        let name = format!("log/part-{number:04}");
        let folder = self.folder.join(&name);
        fs::create_dir_all(&folder).map_err(LogError::io(&folder, "cannot be made"))?;
        let file = format!("{name}/000000.parquet");
        Ok(Partition {
            file: SealedWriter::create(&self.folder.join(&file), self.encoder.schema())?,
            encoder: self.encoder.clone(),
            facts: PartitionFacts::new(number, file),
        })
    }

    fn seal(&mut self, number: u32) -> Result<(), LogError> {
        let Some(Partition {
            file, mut facts, ..
        }) = self.open.remove(&number)
        else {
            return Ok(());
        };
        facts.file = file.seal(facts.file.file)?;
        if let Some(folder) = self.folder.join(&facts.file.file).parent() {
            sync_folder(folder)?;
        }
        self.sealed.push(facts);
        Ok(())
    }
}

impl PartitionFacts {
    /// A partition without events.
    pub(super) fn new(partition: u32, file: String) -> Self {
        Self {
            partition,
            file: super::FileFacts {
                file,
                rows: 0,
                bytes: 0,
                blake3: String::new(),
            },
            replications: Vec::new(),
            first_seq: 0,
            last_seq: 0,
            t_min_us: 0,
            t_max_us: 0,
        }
    }

    /// Takes in the next events.
    pub(super) fn count(&mut self, replication: u32, events: &[Envelope]) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return;
        };
        if self.replications.is_empty() {
            (self.first_seq, self.t_min_us) = (first.seq, first.at.0);
        }
        self.last_seq = last.seq;
        self.t_min_us = self.t_min_us.min(first.at.0);
        self.t_max_us = self.t_max_us.max(last.at.0);
        match self.replications.last_mut() {
            Some((number, count)) if *number == replication => *count += events.len() as u64,
            _ => self.replications.push((replication, events.len() as u64)),
        }
    }
}
