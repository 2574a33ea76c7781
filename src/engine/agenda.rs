//! The event list: a tournament tree with one leaf per agent and per live contact.
//!
//! A leaf holds the next due time of its entity and is overwritten when that
//! changes, so nothing in the list ever goes stale: when patience ends at an
//! assignment, or a slow-down moves a completion, the leaf simply gets its new
//! time. Ties go to the lower leaf. `tests/it/agenda.rs` compares it with a heap.

use crate::time::SimTime;

/// Time in the upper half, leaf in the lower: one comparison orders both.
type Key = u128;

const NEVER: Key = Key::MAX;

/// The due times of all entities, and the earliest of them.
#[derive(Clone, Debug)]
pub struct Agenda {
    /// `tree[1]` is the winner; the leaves begin at `tree[leaves]`.
    tree: Vec<Key>,
    leaves: usize,
}

impl Agenda {
    /// An agenda in which nothing is due.
    #[must_use]
    pub fn new(leaves: usize) -> Self {
        let leaves = leaves.next_power_of_two().max(2);
        Self {
            tree: vec![NEVER; 2 * leaves],
            leaves,
        }
    }

    /// Sets the due time of a leaf; [`SimTime::NEVER`] takes it off the agenda.
    #[inline]
    pub fn set(&mut self, leaf: usize, due: SimTime) {
        if leaf >= self.leaves {
            self.grow(leaf);
        }
        let key = if due == SimTime::NEVER {
            NEVER
        } else {
            Key::from(due.0) << 64 | leaf as Key
        };
        let mut node = self.leaves + leaf;
        if self.tree[node] == key {
            return;
        }
        self.tree[node] = key;
        let mut winner = key;
        while node > 1 {
            winner = winner.min(self.tree[node ^ 1]);
            node /= 2;
            self.tree[node] = winner;
        }
    }

    /// The earliest due time and its leaf.
    #[must_use]
    #[inline]
    pub fn next(&self) -> Option<(SimTime, usize)> {
        let key = self.tree[1];
        (key != NEVER).then_some((SimTime((key >> 64) as u64), key as u64 as usize))
    }

    #[cold]
    fn grow(&mut self, leaf: usize) {
        let mut larger = Self::new((leaf + 1).max(2 * self.leaves));
        larger.tree[larger.leaves..larger.leaves + self.leaves]
            .copy_from_slice(&self.tree[self.leaves..]);
        for node in (1..larger.leaves).rev() {
            larger.tree[node] = larger.tree[2 * node].min(larger.tree[2 * node + 1]);
        }
        *self = larger;
    }
}
