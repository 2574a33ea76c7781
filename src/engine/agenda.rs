//! The event list: a tournament tree with one leaf per agent and per live contact.
//!
//! A leaf holds the next due time of its entity and is overwritten when that
//! changes, so nothing in the list ever goes stale: when patience ends at an
//! assignment, or a slow-down moves a completion, the leaf simply gets its new
//! time. Ties go to the lower leaf. The tests compare it with a
//! sorted map.

use crate::time::SimTime;

/// Leaves that a narrow key has room for; the other 44 bits hold 203 days.
const NARROW_LEAVES: usize = 1 << 20;
const NARROW_TIME: u64 = 1 << 44;

/// A key orders by time, then by leaf, in one comparison.
trait Key: Copy + Ord {
    const NEVER: Self;
    fn new(at: SimTime, leaf: usize) -> Self;
    fn at(self) -> SimTime;
    fn leaf(self) -> usize;
}

impl Key for u64 {
    const NEVER: Self = u64::MAX;
    #[inline]
    fn new(at: SimTime, leaf: usize) -> Self {
        at.0 << 20 | leaf as u64
    }
    #[inline]
    fn at(self) -> SimTime {
        SimTime(self >> 20)
    }
    #[inline]
    fn leaf(self) -> usize {
        (self & (NARROW_LEAVES as u64 - 1)) as usize
    }
}

impl Key for u128 {
    const NEVER: Self = u128::MAX;
    #[inline]
    fn new(at: SimTime, leaf: usize) -> Self {
        u128::from(at.0) << 64 | leaf as u128
    }
    #[inline]
    fn at(self) -> SimTime {
        SimTime((self >> 64) as u64)
    }
    #[inline]
    fn leaf(self) -> usize {
        self as u64 as usize
    }
}

/// Node 1 is the winner, nodes 2 and 3 are its children, and so on; the leaves begin
/// at node `leaves`. The two children of a node stand together: a match between them
/// costs one look.
#[derive(Clone, Debug)]
struct Tree<K> {
    pairs: Vec<[K; 2]>,
    leaves: usize,
}

impl<K: Key> Tree<K> {
    fn new(leaves: usize) -> Self {
        let leaves = leaves.next_power_of_two().max(2);
        Self { pairs: vec![[K::NEVER; 2]; leaves], leaves }
    }

    #[inline]
    fn winner(&self) -> K {
        self.pairs[0][1]
    }

    #[inline]
    fn set(&mut self, leaf: usize, key: K) {
        let mut node = self.leaves + leaf;
        if self.pairs[node >> 1][node & 1] == key {
            return;
        }
        let mut winner = key;
        while node > 0 {
            let pair = &mut self.pairs[node >> 1];
            let other = pair[(node & 1) ^ 1];
            pair[node & 1] = winner;
            // The rival is read, not both: what was just written need not come back first.
            winner = winner.min(other);
            node >>= 1;
        }
    }

    /// The same due times with room for more leaves, perhaps under wider keys.
    fn grown<W: Key>(&self, leaves: usize) -> Tree<W> {
        let mut larger = Tree::<W>::new(leaves);
        for leaf in 0..self.leaves {
            let node = self.leaves + leaf;
            let key = self.pairs[node >> 1][node & 1];
            if key != K::NEVER {
                larger.set(leaf, W::new(key.at(), leaf));
            }
        }
        larger
    }
}

/// The due times of all entities, and the earliest of them.
///
/// Keys are 64 bits wide until a run is longer than 203 days or has more than a
/// million live contacts, then 128: the order is the same.
#[derive(Clone, Debug)]
pub struct Agenda(Width);

#[derive(Clone, Debug)]
enum Width {
    Narrow(Tree<u64>),
    Wide(Tree<u128>),
}

impl Agenda {
    /// An agenda in which nothing is due.
    #[must_use]
    pub fn new(leaves: usize) -> Self {
        if leaves > NARROW_LEAVES {
            return Self(Width::Wide(Tree::new(leaves)));
        }
        Self(Width::Narrow(Tree::new(leaves)))
    }

    /// Sets the due time of a leaf; [`SimTime::NEVER`] takes it off the agenda.
    #[inline]
    pub fn set(&mut self, leaf: usize, due: SimTime) {
        match &mut self.0 {
            Width::Narrow(tree) if leaf < tree.leaves && due.0 < NARROW_TIME => {
                tree.set(leaf, Key::new(due, leaf));
            }
            Width::Narrow(tree) if leaf < tree.leaves && due == SimTime::NEVER => {
                tree.set(leaf, u64::NEVER);
            }
            _ => self.set_wide(leaf, due),
        }
    }

    #[cold]
    fn set_wide(&mut self, leaf: usize, due: SimTime) {
        if let Width::Narrow(tree) = &self.0 {
            let leaves = (leaf + 1).max(2 * tree.leaves);
            let fits = leaves <= NARROW_LEAVES && (due.0 < NARROW_TIME || due == SimTime::NEVER);
            self.0 = if fits {
                Width::Narrow(tree.grown(leaves))
            } else {
                Width::Wide(tree.grown(leaves))
            };
            return self.set(leaf, due);
        }
        if let Width::Wide(tree) = &mut self.0 {
            if leaf >= tree.leaves {
                *tree = tree.grown((leaf + 1).max(2 * tree.leaves));
            }
            let key = if due == SimTime::NEVER { u128::NEVER } else { Key::new(due, leaf) };
            tree.set(leaf, key);
        }
    }

    /// The earliest due time and its leaf.
    #[must_use]
    #[inline]
    pub fn next(&self) -> Option<(SimTime, usize)> {
        match &self.0 {
            Width::Narrow(tree) => {
                let key = tree.winner();
                (key != u64::NEVER).then(|| (key.at(), key.leaf()))
            }
            Width::Wide(tree) => {
                let key = tree.winner();
                (key != u128::NEVER).then(|| (key.at(), key.leaf()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The oracle: a sorted map from leaf to due time.
    fn agree(times: impl Fn(u64) -> SimTime, leaves: usize, steps: u64) {
        let (mut agenda, mut oracle) = (Agenda::new(2), BTreeMap::new());
        for step in 0..steps {
            let leaf = (crate::random::mix64(step) % leaves as u64) as usize;
            let due = times(crate::random::mix64(step ^ 0xABCD));
            agenda.set(leaf, due);
            if due == SimTime::NEVER {
                oracle.remove(&leaf)
            } else {
                oracle.insert(leaf, due)
            };
            let first = oracle.iter().map(|(leaf, due)| (*due, *leaf)).min();
            assert_eq!(agenda.next(), first, "after step {step}");
        }
    }

    #[test]
    fn the_earliest_entity_wins_and_ties_go_to_the_lower_leaf() {
        agree(
            |r| {
                if r % 5 == 0 { SimTime::NEVER } else { SimTime(r % 50) }
            },
            300,
            20_000,
        );
    }

    #[test]
    fn a_due_time_past_203_days_widens_the_keys() {
        agree(
            |r| {
                if r % 3 == 0 { SimTime::NEVER } else { SimTime(r >> 8) }
            },
            100,
            5_000,
        );
    }

    #[test]
    fn a_million_leaves_widen_the_keys() {
        let mut agenda = Agenda::new(4);
        agenda.set(3, SimTime(70));
        agenda.set(NARROW_LEAVES + 5, SimTime(60));
        assert_eq!(agenda.next(), Some((SimTime(60), NARROW_LEAVES + 5)));
        agenda.set(NARROW_LEAVES + 5, SimTime::NEVER);
        assert_eq!(agenda.next(), Some((SimTime(70), 3)));
    }
}
