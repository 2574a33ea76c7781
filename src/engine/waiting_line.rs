//! Waiting lines: one list per priority level, linked through the contacts,
//! so that a customer who leaves from the middle costs no search.

use super::contact::Contacts;
use crate::id::SlotId;

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
        Self {
            head: SlotId::NONE,
            tail: SlotId::NONE,
        }
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

    pub(super) fn push_front(&mut self, contacts: &mut Contacts, slot: SlotId) {
        let head = self.head;
        let contact = contacts.get_mut(slot);
        contact.after = head;
        contact.before = SlotId::NONE;
        if head == SlotId::NONE {
            self.tail = slot;
        } else {
            contacts.get_mut(head).before = slot;
        }
        self.head = slot;
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

/// A queue: one line per priority level.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    lines: [Line; LEVELS],
    /// Bit `l` is set while level `l` has contacts.
    mask: u8,
    /// Contacts waiting.
    pub len: u32,
}

impl Waiting {
    pub(super) fn push(&mut self, contacts: &mut Contacts, slot: SlotId, level: u8, front: bool) {
        let line = &mut self.lines[level as usize];
        if front {
            line.push_front(contacts, slot);
        } else {
            line.push_back(contacts, slot);
        }
        self.mask |= 1 << level;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, contacts: &mut Contacts, slot: SlotId, level: u8) {
        let line = &mut self.lines[level as usize];
        line.remove(contacts, slot);
        if line.head == SlotId::NONE {
            self.mask &= !(1 << level);
        }
        self.len -= 1;
    }

    /// The first contact of each level that has any, highest level first.
    #[inline]
    pub fn heads(&self) -> impl Iterator<Item = (u8, SlotId)> + '_ {
        let mut mask = self.mask;
        std::iter::from_fn(move || {
            let level = 7_u8.checked_sub(mask.leading_zeros() as u8)?;
            mask &= !(1 << level);
            Some((level, self.lines[level as usize].head))
        })
    }
}
