//! Waiting lines: one list per channel and priority level, linked through the contacts,
//! so that a customer who leaves from the middle costs no search.
//!
//! The order of a line: whom a shift end took from the agent; then the priority level;
//! then when the contact joined the first line that it has kept; then its number.

use super::contact::{Contact, Contacts};
use crate::id::{ChannelId, SlotId};

/// Priority levels of a queue.
pub const LEVELS: usize = 8;

/// One first-in-first-out list.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Next to be served.
    pub head: SlotId,
    tail: SlotId,
}

impl Default for Line {
    fn default() -> Self {
        Self { head: SlotId::NONE, tail: SlotId::NONE }
    }
}

impl Line {
    pub(super) fn push_back(&mut self, contacts: &mut Contacts, slot: SlotId) {
        let tail = self.tail;
        let contact = contacts.get_mut(slot);
        contact.before = tail;
        contact.after = SlotId::NONE;
        if tail == SlotId::NONE {
            self.head = slot;
        } else {
            contacts.get_mut(tail).after = slot;
        }
        self.tail = slot;
    }

    /// Puts a contact where it belongs: behind all who joined their first line before it.
    /// Nearly always that is the end.
    fn insert(&mut self, contacts: &mut Contacts, slot: SlotId) {
        let place = |c: &Contact| (c.since, c.id);
        let own = place(contacts.get(slot));
        let mut after = SlotId::NONE;
        let mut before = self.tail;
        while before != SlotId::NONE && own < place(contacts.get(before)) {
            (after, before) = (before, contacts.get(before).before);
        }
        let contact = contacts.get_mut(slot);
        (contact.before, contact.after) = (before, after);
        match before {
            SlotId::NONE => self.head = slot,
            _ => contacts.get_mut(before).after = slot,
        }
        match after {
            SlotId::NONE => self.tail = slot,
            _ => contacts.get_mut(after).before = slot,
        }
    }

    pub(super) fn remove(&mut self, contacts: &mut Contacts, slot: SlotId) {
        let (before, after) = (contacts.get(slot).before, contacts.get(slot).after);
        if before == SlotId::NONE {
            self.head = after;
        } else {
            contacts.get_mut(before).after = after;
        }
        if after == SlotId::NONE {
            self.tail = before;
        } else {
            contacts.get_mut(after).before = before;
        }
    }
}

/// Ranks of a line: the priority levels, and above them the levels of those whom a
/// shift end took from their agent.
const RANKS: usize = 2 * LEVELS;

/// The rank of a contact in its line.
fn rank(contact: &Contact) -> usize {
    contact.level as usize + if contact.handed_back { LEVELS } else { 0 }
}

/// Contacts of one channel that wait in a queue, by rank.
#[derive(Clone, Debug, Default)]
struct ChannelLines {
    lines: [Line; RANKS],
    /// Bit `r` is set while rank `r` has contacts.
    mask: u16,
}

/// A queue. Each channel has lines of its own, so that an agent who has no room for the
/// first contact of one channel finds the first of another without a search.
#[derive(Clone, Debug)]
pub struct Waiting {
    channels: Vec<ChannelLines>,
    /// Contacts waiting.
    pub len: u32,
}

impl Waiting {
    pub(super) fn new(channels: usize) -> Self {
        Self { channels: vec![ChannelLines::default(); channels], len: 0 }
    }

    /// Puts in a contact whose channel, level and time of joining are set.
    pub(super) fn insert(&mut self, contacts: &mut Contacts, slot: SlotId) {
        let contact = contacts.get(slot);
        let rank = rank(contact);
        let channel = &mut self.channels[contact.channel.index()];
        channel.lines[rank].insert(contacts, slot);
        channel.mask |= 1 << rank;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, contacts: &mut Contacts, slot: SlotId) {
        let contact = contacts.get(slot);
        let rank = rank(contact);
        let channel = &mut self.channels[contact.channel.index()];
        channel.lines[rank].remove(contacts, slot);
        if channel.lines[rank].head == SlotId::NONE {
            channel.mask &= !(1 << rank);
        }
        self.len -= 1;
    }

    /// The first contact of each channel and rank that the test lets pass, highest rank
    /// first within a channel.
    #[inline]
    pub fn heads(&self, fits: impl Fn(ChannelId) -> bool) -> impl Iterator<Item = SlotId> {
        let fitting = self.channels.iter().enumerate();
        let fitting = fitting.filter(move |(n, c)| c.mask != 0 && fits(ChannelId(*n as u8)));
        fitting.flat_map(|(_, channel)| {
            let mut mask = channel.mask;
            std::iter::from_fn(move || {
                let rank = 15_u16.checked_sub(mask.leading_zeros() as u16)?;
                mask &= !(1 << rank);
                Some(channel.lines[rank as usize].head)
            })
        })
    }
}
