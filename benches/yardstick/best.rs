//! The ceiling: as fast as we know how to write this one model.
//!
//! What pays: a tournament tree instead of a heap, with the next arrival outside it;
//! random numbers drawn one ahead ([`Ahead`]: 68 -> 49 ns a customer where written); and
//! few branches that depend on chance (49 -> 46 ns), as each costs a misprediction. A
//! hand-written `exp`, a 4-ary tree and coarser histograms were tried and gave nothing.

use super::draws::Ahead;
use super::{LoopResult, SERVERS};
use hdrhistogram::Histogram;

/// Low bits of a key: the leaf, and below it what is due.
const TAG_BITS: u32 = 16;
const KIND_BITS: u32 = 2;
const KIND_MASK: u64 = (1 << KIND_BITS) - 1;
const LEAF_MASK: u64 = (1 << TAG_BITS) - 1;

/// What is due for a customer. Whether the bot resolves the matter is drawn on arrival,
/// so that one look at the key says what to do: 0 is a resolution, or
const ESCALATION: u64 = 1;
const SERVICE_END: u64 = 2;
const ABANDONMENT: u64 = 3;

/// The key of a leaf with nothing due, later than all others.
const NEVER: u64 = u64::MAX;
/// The queue place of somebody who gave up.
const VACATED: u32 = u32::MAX;

/// Customers whose run fits into the 48 bits of the time: 8.9 years of them.
const CUSTOMERS_MAX: u64 = 50_000_000;

/// The model on a tournament tree with one leaf for each customer in the system.
pub fn best_loop(customers: u64, seed: u64) -> LoopResult {
    assert!(customers <= CUSTOMERS_MAX, "the run is too long for the key");
    // About 90 are in the system at a time. A tree whose depth is a constant is 8 %
    // faster than one that grows in place, so the rare run that needs a larger one
    // begins again.
    run::<512>(customers, seed)
        .or_else(|| run::<32_768>(customers, seed))
        .expect("the model never holds 16,384 customers")
}

/// The run, or nothing if `NODES / 2` leaves were too few.
fn run<const NODES: usize>(customers: u64, seed: u64) -> Option<LoopResult> {
    let mut centre = Centre::<NODES>::new(customers, seed);
    loop {
        if centre.next_arrival_us <= centre.first >> TAG_BITS {
            centre.arrive()?;
        } else if centre.first == NEVER {
            return Some(centre.result(customers));
        } else if centre.first & KIND_MASK == ESCALATION {
            centre.escalate()?;
        } else {
            centre.depart();
        }
    }
}

/// A winner tree: each inner node holds the smaller of its two children, node 1 the
/// smallest key of all. The path of an update is fixed by the leaf: no misprediction.
struct Tournament<const NODES: usize> {
    nodes: Box<[u64; NODES]>,
}

impl<const NODES: usize> Tournament<NODES> {
    /// Levels below the root.
    const DEPTH: u32 = (NODES / 2).trailing_zeros();

    fn new() -> Self {
        assert!(NODES.is_power_of_two() && NODES / 2 <= 1 << (TAG_BITS - KIND_BITS));
        Self { nodes: Box::new([NEVER; NODES]) }
    }

    /// Overwrites a leaf and returns the smallest key. The masks change no index; they
    /// spare the bounds checks.
    #[inline(always)]
    fn set(&mut self, leaf: usize, key: u64) -> u64 {
        let mut node = (leaf + NODES / 2) & (NODES - 1);
        let mut winner = key;
        self.nodes[node] = key;
        for _ in 0..Self::DEPTH {
            winner = winner.min(self.nodes[(node ^ 1) & (NODES - 1)]);
            node >>= 1;
            self.nodes[node & (NODES - 1)] = winner;
        }
        winner
    }
}

/// A customer in the system, at the index of the leaf.
#[derive(Clone, Copy, Default)]
struct Customer {
    arrived_us: u64,
    queued_us: u64,
    place: u32,
}

/// All state of a run.
struct Centre<const NODES: usize> {
    tree: Tournament<NODES>,
    /// Smallest key of the tree, kept here as an arrival can only lower it.
    first: u64,
    next_arrival_us: u64,
    to_arrive: u64,
    draws: Ahead,
    customers: Box<[Customer; NODES]>,
    free_leaves: Vec<u32>,
    /// Leaves in order of waiting, round and round; places are counted from the start.
    queue: Box<[u32; NODES]>,
    queue_head: u32,
    queue_tail: u32,
    waiting: u32,
    idle: u32,
    events: u64,
    served: u64,
    abandoned: u64,
    /// Customers served at once, entered into `waits` at the end.
    unqueued: u64,
    wait_sum_us: u64,
    /// Both on the heap: a pointer to them must not keep the rest out of registers.
    waits: Box<Histogram<u64>>,
    stays: Box<Histogram<u64>>,
}

impl<const NODES: usize> Centre<NODES> {
    fn new(customers: u64, seed: u64) -> Self {
        let mut centre = Self {
            tree: Tournament::new(),
            first: NEVER,
            next_arrival_us: NEVER,
            to_arrive: customers,
            draws: Ahead::new(seed),
            customers: Box::new([Customer::default(); NODES]),
            free_leaves: (0..(NODES / 2) as u32).rev().collect(),
            queue: Box::new([VACATED; NODES]),
            queue_head: 0,
            queue_tail: 0,
            waiting: 0,
            idle: SERVERS,
            events: 0,
            served: 0,
            abandoned: 0,
            unqueued: 0,
            wait_sum_us: 0,
            waits: Box::new(histogram_us()),
            stays: Box::new(histogram_us()),
        };
        centre.plan_arrival(0);
        centre
    }

    /// Keeps the next arrival outside the tree, after the one of `now_us`.
    #[inline(always)]
    fn plan_arrival(&mut self, now_us: u64) {
        self.next_arrival_us = if self.to_arrive == 0 { NEVER } else { now_us + self.draws.gap_us };
        self.draws.draw_gap();
    }

    #[inline(always)]
    fn arrive(&mut self) -> Option<()> {
        let now_us = self.next_arrival_us;
        let leaf = self.free_leaves.pop()?;
        self.events += 1;
        let customer = &mut self.customers[leaf as usize & (NODES - 1)];
        *customer = Customer { arrived_us: now_us, ..Customer::default() };
        let kind = u64::from(self.draws.escalates());
        let key = key(now_us + self.draws.bot_us, leaf, kind);
        // The root need not be waited for.
        self.first = self.first.min(key);
        self.tree.set(leaf as usize, key);
        self.draws.draw_bot();
        self.to_arrive -= 1;
        self.plan_arrival(now_us);
        Some(())
    }

    /// The first customer of the tree asks for a person.
    #[inline(always)]
    fn escalate(&mut self) -> Option<()> {
        let (now_us, leaf) = (self.first >> TAG_BITS, leaf_of(self.first));
        self.events += 1;
        if self.idle > 0 {
            self.idle -= 1;
            self.unqueued += 1;
            self.begin_service(now_us, leaf);
            return Some(());
        }
        // Vacated places count: they are only given back when the head passes them.
        if self.queue_tail.wrapping_sub(self.queue_head) as usize == NODES {
            return None;
        }
        let customer = &mut self.customers[leaf as usize & (NODES - 1)];
        customer.queued_us = now_us;
        customer.place = self.queue_tail;
        self.queue[self.queue_tail as usize & (NODES - 1)] = leaf;
        self.queue_tail = self.queue_tail.wrapping_add(1);
        self.waiting += 1;
        let key = key(now_us + self.draws.patience_us, leaf, ABANDONMENT);
        self.first = self.tree.set(leaf as usize, key);
        self.draws.draw_patience();
        Some(())
    }

    /// The first customer of the tree leaves: resolved by the bot, served, or unserved.
    #[inline(always)]
    fn depart(&mut self) {
        let (now_us, leaf) = (self.first >> TAG_BITS, leaf_of(self.first));
        let kind = self.first & KIND_MASK;
        debug_assert_ne!(kind, ESCALATION);
        let slot = leaf as usize & (NODES - 1);
        self.events += 1;
        self.first = self.tree.set(leaf as usize, NEVER);
        self.free_leaves.push(leaf);
        self.stays.saturating_record(now_us - self.customers[slot].arrived_us);
        // Resolved or served is a coin toss to the predictor; both add, one of them 0.
        let served = u64::from(kind == SERVICE_END);
        self.served += served;
        if (kind == SERVICE_END) & (self.waiting > 0) {
            self.serve_longest_waiting(now_us);
        } else {
            self.idle += served as u32;
            if kind == ABANDONMENT {
                let customer = self.customers[slot];
                self.abandoned += 1;
                self.queue[customer.place as usize & (NODES - 1)] = VACATED;
                self.leave_queue(now_us - customer.queued_us);
            }
        }
    }

    #[inline(always)]
    fn serve_longest_waiting(&mut self, now_us: u64) {
        let leaf = loop {
            let leaf = self.queue[self.queue_head as usize & (NODES - 1)];
            self.queue_head = self.queue_head.wrapping_add(1);
            if leaf != VACATED {
                break leaf;
            }
        };
        let queued_us = self.customers[leaf as usize & (NODES - 1)].queued_us;
        self.begin_service(now_us, leaf);
        self.leave_queue(now_us - queued_us);
    }

    /// Overwrites whatever the leaf was waiting for: a patience timer is never stale.
    #[inline(always)]
    fn begin_service(&mut self, now_us: u64, leaf: u32) {
        let key = key(now_us + self.draws.service_us, leaf, SERVICE_END);
        self.first = self.tree.set(leaf as usize, key);
        self.draws.draw_service();
    }

    #[inline(always)]
    fn leave_queue(&mut self, waited_us: u64) {
        self.waiting -= 1;
        self.waits.saturating_record(waited_us);
        self.wait_sum_us += waited_us;
    }

    fn result(mut self, customers: u64) -> LoopResult {
        self.waits.saturating_record_n(0, self.unqueued);
        std::hint::black_box(&self.stays);
        LoopResult {
            customers,
            calendar_events: self.events,
            abandoned: self.abandoned,
            served: self.served,
            wait_p99_s: self.waits.value_at_quantile(0.99) as f64 / 1e6,
            mean_wait_s: self.wait_sum_us as f64 / 1e6 / (self.served + self.abandoned) as f64,
        }
    }
}

#[inline(always)]
fn key(due_us: u64, leaf: u32, kind: u64) -> u64 {
    due_us << TAG_BITS | u64::from(leaf) << KIND_BITS | kind
}

#[inline(always)]
fn leaf_of(key: u64) -> u32 {
    ((key & LEAF_MASK) >> KIND_BITS) as u32
}

/// Microseconds up to 12 days, to three digits.
pub(super) fn histogram_us() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 1 << 40, 3).expect("the bounds are constants")
}
