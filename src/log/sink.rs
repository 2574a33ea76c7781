//! Where engines put their events, on the way to the writer thread.

use crate::event::Envelope;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex};

/// Events of a block: large enough to encode well, small enough to wait in memory.
/// Sealed files are made of such blocks, whatever the policy.
const BLOCK: usize = 1 << 14;
/// Events of a live batch, at least, where a second does not end it earlier.
const LIVE_BATCH: usize = 1 << 13;

/// Events of one replication that follow one another.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) replication: u32,
    pub(super) events: Vec<Envelope>,
    /// Wall clock of each, or nothing at all.
    pub(super) wall_us: Vec<Option<i64>>,
    /// A block of the sealed file ends here.
    pub(super) ends: bool,
}

impl Block {
    /// Takes the next events; `wall_us` may be shorter.
    pub(super) fn extend(&mut self, events: &[Envelope], wall_us: &[Option<i64>]) {
        if !(self.wall_us.is_empty() && wall_us.is_empty()) {
            self.wall_us.resize(self.events.len(), None);
            self.wall_us.extend_from_slice(wall_us);
            self.wall_us.resize(self.events.len() + events.len(), None);
        }
        self.events.extend_from_slice(events);
    }

    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.wall_us.clear();
        self.ends = false;
    }
}

/// What the writer has not taken yet.
pub(super) type Waiting = Arc<Mutex<Vec<Block>>>;

pub(super) enum Message {
    /// The next block of a partition.
    Events(u32, Block),
    /// A partition begins whose events are taken from there.
    Open(u32, Waiting),
    /// Enough events wait there for a batch.
    Ready(u32),
    /// The partition is complete.
    End(u32),
}

/// Where the events of one partition go in, replication after replication.
#[derive(Debug)]
pub struct PartitionSink {
    partition: u32,
    sender: SyncSender<Message>,
    /// The block that grows; with live files it only counts.
    block: Block,
    spare: Arc<Mutex<Vec<Block>>>,
    /// Events since the latest end of a block.
    held: usize,
    live: Option<Waiting>,
    /// The writer has failed and takes no more; `finish` tells why.
    stopped: bool,
}

impl PartitionSink {
    pub(super) fn new(
        partition: u32,
        sender: SyncSender<Message>,
        spare: Arc<Mutex<Vec<Block>>>,
        live: bool,
    ) -> Self {
        let mut sink = Self {
            partition,
            sender,
            block: Block::default(),
            spare,
            held: 0,
            live: live.then(Waiting::default),
            stopped: false,
        };
        if let Some(waiting) = &sink.live {
            let open = Message::Open(partition, Arc::clone(waiting));
            sink.send(open);
        }
        sink
    }

    /// Takes the next events of a replication.
    pub fn events(&mut self, replication: u32, events: &[Envelope]) {
        self.events_at(replication, events, &[]);
    }

    /// Takes the next events of a replication, with the wall clock of each in Unix
    /// microseconds where it was measured. Where `wall_us` is shorter than
    /// `events`, the rest has none.
    pub fn events_at(&mut self, replication: u32, events: &[Envelope], wall_us: &[Option<i64>]) {
        if replication != self.block.replication {
            self.flush();
            self.block.replication = replication;
        }
        // Blocks of one length, so that a file does not depend on how its events came in.
        let (mut events, mut wall_us) = (events, wall_us);
        while !events.is_empty() {
            let room = BLOCK.saturating_sub(self.held).clamp(1, events.len());
            let (block, rest) = events.split_at(room);
            let (walls, rest_us) = wall_us.split_at(room.min(wall_us.len()));
            (events, wall_us) = (rest, rest_us);
            self.held += block.len();
            if self.live.is_some() {
                self.share(block, walls);
            } else {
                self.block.extend(block, walls);
            }
            if self.held >= BLOCK {
                self.flush();
            }
        }
    }

    /// The partition is complete.
    pub fn end(mut self) {
        self.flush();
        self.send(Message::End(self.partition));
    }

    /// Ends a block.
    fn flush(&mut self) {
        if std::mem::take(&mut self.held) == 0 {
            return;
        }
        let replication = self.block.replication;
        if let Some(waiting) = &self.live {
            with(waiting, |blocks| match blocks.last_mut() {
                Some(last) => last.ends = true,
                None => blocks.push(Block { replication, ends: true, ..Block::default() }),
            });
            return self.send(Message::Ready(self.partition));
        }
        let next = with(&self.spare, Vec::pop).flatten().unwrap_or_else(|| Block {
            events: Vec::with_capacity(BLOCK + BLOCK / 8),
            ..Block::default()
        });
        let mut full = std::mem::replace(&mut self.block, next);
        self.block.replication = replication;
        full.ends = true;
        self.send(Message::Events(self.partition, full));
    }

    /// Puts events where the writer finds them, now or when the second is over.
    fn share(&mut self, events: &[Envelope], wall_us: &[Option<i64>]) {
        let Some(waiting) = self.live.as_ref().filter(|_| !self.stopped) else {
            return;
        };
        let replication = self.block.replication;
        let enough = with(waiting, |blocks| {
            if blocks.last().is_none_or(|b| b.ends || b.events.len() >= LIVE_BATCH) {
                blocks.push(Block {
                    replication,
                    events: Vec::with_capacity(LIVE_BATCH + LIVE_BATCH / 8),
                    ..Block::default()
                });
            }
            let last = blocks.last_mut();
            last.is_some_and(|block| {
                block.extend(events, wall_us);
                block.events.len() >= LIVE_BATCH
            })
        });
        // Not under the lock: the writer may be waiting for it.
        if enough == Some(true) {
            self.send(Message::Ready(self.partition));
        }
    }

    fn send(&mut self, message: Message) {
        let sent = match self.sender.try_send(message) {
            Err(TrySendError::Full(message)) => self.sender.send(message).is_ok(),
            other => other.is_ok(),
        };
        self.stopped |= !sent;
    }
}

/// Does something under a lock; nothing where a thread died with it.
pub(super) fn with<T, R>(lock: &Mutex<T>, act: impl FnOnce(&mut T) -> R) -> Option<R> {
    lock.lock().ok().map(|mut guard| act(&mut guard))
}
