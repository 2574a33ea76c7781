//! The writer thread: the encoder runs beside the engines, never in their way.
//!
//! Engines send blocks of events over a bounded channel. The first failure, of a
//! sync too, stops the writer: what is good stays, nothing is written after it.

use super::live::{LiveWriter, STREAM};
use super::manifest::{PartitionFacts, sync_folder};
use super::sealed::SealedWriter;
use super::sink::{Block, Message, PartitionSink, Waiting, with};
use super::{Encoder, LogError, files};
use crate::event::{Envelope, Header};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Blocks that may wait for the encoder.
const WAITING: usize = 8;
/// A live event is in a batch, and the batch on disk, after this time and the
/// time that the disk takes.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What a run on disk survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Files are sealed when a partition is complete. For what can be made again.
    Sealed,
    /// Besides, events go to live files as they come, synced every second: what
    /// is older than that survives a crash. The sealed files have the same bytes.
    Live,
}

/// Writes the partitions of a run on a thread of its own.
#[derive(Debug)]
pub struct LogWriter {
    policy: Policy,
    sender: SyncSender<Message>,
    thread: JoinHandle<Result<Vec<PartitionFacts>, LogError>>,
    spare: Arc<Mutex<Vec<Block>>>,
}

impl LogWriter {
    /// Begins to write under the `log` folder of a run directory.
    #[must_use]
    pub fn start(folder: &Path, header: &Header, policy: Policy) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let spare = Arc::default();
        let mut worker = Worker {
            folder: folder.to_owned(),
            encoder: Encoder::new(header),
            policy,
            open: BTreeMap::new(),
            waiting: BTreeMap::new(),
            sealed: Vec::new(),
            spare: Arc::clone(&spare),
        };
        let thread = std::thread::spawn(move || worker.work(&receiver));
        Self { policy, sender, thread, spare }
    }

    /// Where the events of a partition go in.
    #[must_use]
    pub fn partition(&self, partition: u32) -> PartitionSink {
        let live = self.policy == Policy::Live;
        PartitionSink::new(partition, self.sender.clone(), Arc::clone(&self.spare), live)
    }

    /// Whether the writer has failed: it takes no more, and [`LogWriter::finish`]
    /// tells why.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.thread.is_finished()
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

struct Partition {
    file: SealedWriter,
    /// Rows of one encoder belong to one replication after the other.
    encoder: Encoder,
    facts: PartitionFacts,
    live: Option<Live>,
}

/// The live files of a partition.
struct Live {
    file: LiveWriter,
    encoder: Encoder,
    /// What the sealed file has not got yet: it takes the same blocks that it
    /// takes without live files, so that it has the same bytes.
    block: Block,
}

impl Partition {
    /// Takes the next events: to the sealed file when a block ends, and to the
    /// live file at once.
    fn write(&mut self, mut next: Block) -> Result<Block, LogError> {
        let Some(live) = &mut self.live else {
            self.seal_block(&next)?;
            return Ok(next);
        };
        if let Some(first) = next.events.first() {
            let batch = live.encoder.batch(next.replication, &next.events, &next.wall_us)?;
            live.file.write(&batch, first.seq)?;
        }
        let ends = next.ends;
        if live.block.events.is_empty() {
            std::mem::swap(&mut live.block, &mut next);
        } else {
            live.block.extend(&next.events, &next.wall_us);
        }
        if ends {
            let mut block = std::mem::take(&mut live.block);
            self.seal_block(&block)?;
            block.clear();
            if let Some(live) = &mut self.live {
                live.block = block;
            }
        }
        Ok(next)
    }

    fn seal_block(&mut self, block: &Block) -> Result<(), LogError> {
        let Block { replication, events, wall_us, .. } = block;
        let batch = self.encoder.batch(*replication, events, wall_us)?;
        self.file.write(&batch)?;
        self.facts.count(*replication, events);
        Ok(())
    }
}

struct Worker {
    folder: PathBuf,
    encoder: Encoder,
    policy: Policy,
    open: BTreeMap<u32, Partition>,
    /// Where the events of partitions with live files wait.
    waiting: BTreeMap<u32, Waiting>,
    sealed: Vec<PartitionFacts>,
    spare: Arc<Mutex<Vec<Block>>>,
}

impl Worker {
    fn work(&mut self, receiver: &Receiver<Message>) -> Result<Vec<PartitionFacts>, LogError> {
        let mut next_sync = Instant::now() + SYNC_EVERY;
        loop {
            match receiver.recv_timeout(next_sync.saturating_duration_since(Instant::now())) {
                Ok(message) => self.take(message)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= next_sync {
                self.sync()?;
                next_sync = Instant::now() + SYNC_EVERY;
            }
        }
        self.sync()?;
        // Engines that were stopped in the middle: half a replication is none,
        // and what their live files hold stays there.
        self.open.clear();
        self.sealed.sort_by_key(|p| p.partition);
        Ok(std::mem::take(&mut self.sealed))
    }

    fn take(&mut self, message: Message) -> Result<(), LogError> {
        match message {
            Message::Events(partition, block) => self.write(partition, block),
            Message::Open(partition, waiting) => {
                self.waiting.insert(partition, waiting);
                Ok(())
            }
            Message::Ready(partition) => self.drain(partition),
            Message::End(partition) => {
                self.drain(partition)?;
                self.waiting.remove(&partition);
                self.seal(partition)
            }
        }
    }

    /// Writes what waits, and makes it last.
    fn sync(&mut self) -> Result<(), LogError> {
        for number in self.waiting.keys().copied().collect::<Vec<_>>() {
            self.drain(number)?;
        }
        for partition in self.open.values_mut() {
            if let Some(live) = &mut partition.live {
                live.file.sync()?;
            }
        }
        Ok(())
    }

    fn drain(&mut self, number: u32) -> Result<(), LogError> {
        let waiting = self.waiting.get(&number);
        let blocks = waiting.and_then(|w| with(w, std::mem::take));
        for block in blocks.unwrap_or_default() {
            self.write(number, block)?;
        }
        Ok(())
    }

    fn write(&mut self, number: u32, block: Block) -> Result<(), LogError> {
        if !self.open.contains_key(&number) {
            let partition = self.begin(number)?;
            self.open.insert(number, partition);
        }
        let Some(partition) = self.open.get_mut(&number) else {
            return Ok(());
        };
        let mut used = partition.write(block)?;
        if self.policy == Policy::Sealed {
            used.clear();
            with(&self.spare, |spare| spare.push(used));
        }
        Ok(())
    }

    fn begin(&mut self, number: u32) -> Result<Partition, LogError> {
        let name = format!("log/part-{number:04}");
        let folder = self.folder.join(&name);
        files::make_folder(&folder)?;
        let live = match self.policy {
            Policy::Sealed => None,
            Policy::Live => Some(self.begin_live(&folder)?),
        };
        let file = format!("{name}/000000.parquet");
        Ok(Partition {
            file: SealedWriter::create(&self.folder.join(&file), self.encoder.schema())?,
            encoder: self.encoder.clone(),
            facts: PartitionFacts::new(number, file),
            live,
        })
    }

    fn begin_live(&self, folder: &Path) -> Result<Live, LogError> {
        let mut encoder = self.encoder.clone();
        let empty = encoder.batch(0, &[], &[])?;
        let path = folder.join("000000").with_extension(STREAM);
        let file = LiveWriter::create(&path, encoder.schema(), &empty)?;
        sync_folder(folder)?;
        sync_folder(&self.folder.join("log"))?;
        Ok(Live { file, encoder, block: Block::default() })
    }

    fn seal(&mut self, number: u32) -> Result<(), LogError> {
        let Some(partition) = self.open.remove(&number) else {
            return Ok(());
        };
        let Partition { file, mut facts, live, .. } = partition;
        if let Some(live) = live {
            live.file.end()?;
        }
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
            file: super::FileFacts { file, rows: 0, bytes: 0, blake3: String::new() },
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
