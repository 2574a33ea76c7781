//! What the audit remembers of contacts, queues and agents.

use crate::event::Header;
use crate::id::{QueueId, SlotId};
use crate::time::SimTime;

/// How far a contact has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Gone,
    Reading,
    Moving,
    Waiting,
    Served,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) step: Step,
    pub(super) planned: bool,
    /// It began in the measured window.
    pub(super) measured: bool,
    /// Its customer has left without a sign.
    pub(super) empty: bool,
    /// A shift end took it from an agent: it was answered before.
    pub(super) handed_back: bool,
    pub(super) queue: QueueId,
    pub(super) joined: SimTime,
}

impl Place {
    /// Whether its customer, if waiting, is one whom no agent has had yet and whom
    /// reports count.
    pub(super) fn counts(&self) -> bool {
        self.measured && !self.empty && !self.handed_back
    }
}

/// Pathwise Little's law of one queue, in contact-microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Little {
    pub(super) waiting: u64,
    pub(super) since: SimTime,
    pub(super) area: u128,
    pub(super) waits: u128,
    /// Customers who wait for their first agent, of those that reports count.
    pub(super) customers: i64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worker {
    pub(super) present: bool,
    pub(super) takes_more: bool,
    pub(super) tasks: u16,
    /// Of these: chats whose customer has left. They are held, and nobody works on them.
    pub(super) empty: u16,
    /// The contact that pauses all others until it is done, wrap-up included, and whether
    /// its customer has left.
    pub(super) pausing: Option<(SlotId, bool)>,
    pub(super) since: SimTime,
    /// Work done since the agent was last without a contact, by the curve, seconds.
    pub(super) done_s: f64,
    /// Work that the contacts since then held, seconds.
    pub(super) held_s: f64,
    /// A shift end cut work off: the balance of this busy period is not known.
    pub(super) cut: bool,
    pub(super) ended: u32,
    pub(super) at_work: bool,
    pub(super) off: bool,
    /// Until when the times below are counted.
    pub(super) counted: SimTime,
    /// Within the measured window, microseconds.
    pub(super) at_work_us: u64,
    pub(super) on_queue_us: u64,
    pub(super) off_us: u64,
}

impl Worker {
    /// Pieces that the agent works on.
    pub(super) fn working(&self) -> u16 {
        match self.pausing {
            Some((_, empty)) => u16::from(!empty),
            None => self.tasks.saturating_sub(self.empty),
        }
    }

    /// Brings the times to `at`.
    pub(super) fn count(&mut self, header: &Header, at: SimTime) {
        let (from, to) = header.measured;
        let inside = at.min(to).0.saturating_sub(self.counted.max(from).0);
        self.counted = at;
        self.at_work_us += if self.at_work { inside } else { 0 };
        self.on_queue_us += if self.present { inside } else { 0 };
        self.off_us += if self.off { inside } else { 0 };
    }
}

impl Little {
    #[inline]
    pub(super) fn read(&mut self, at: SimTime) {
        self.area += u128::from(self.waiting) * u128::from(at.since(self.since).0);
        self.since = at;
    }
}
