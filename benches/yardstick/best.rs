//! v1
use super::*;
use hdrhistogram::Histogram;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

const LEAF_BITS: u32 = 12;
const NONE: u32 = u32::MAX;

struct Tournament<const N: usize> { nodes: Box<[u64; N]> }
impl<const N: usize> Tournament<N> {
    fn new() -> Self { Self { nodes: Box::new([u64::MAX; N]) } }
    #[inline(always)]
    fn set(&mut self, leaf: usize, key: u64) {
        let mut i = (leaf + N / 2) & (N - 1);
        let mut k = key;
        self.nodes[i] = k;
        for _ in 0..(N / 2).trailing_zeros() {
            k = k.min(self.nodes[(i ^ 1) & (N - 1)]);
            i >>= 1;
            self.nodes[i & (N - 1)] = k;
        }
    }
    #[inline(always)]
    fn min(&self) -> u64 { self.nodes[1] }
}

#[derive(Clone, Copy, Default)]
struct Cust { arrived: u64, queued: u64, ring: u32, stage: u8 }

#[inline(always)]
fn us(x: f64) -> u64 { 
    const M: f64 = 4503599627370496.0;
    (x + M).to_bits() & ((1<<52)-1) }

pub fn best_loop(customers: u64, seed: u64) -> LoopResult { run::<512>(customers, seed) }

fn run<const N: usize>(customers: u64, seed: u64) -> LoopResult {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut tree = Tournament::<N>::new();
    let mut c: Box<[Cust; N]> = Box::new([Cust::default(); N]);
    let mut free: Vec<u32> = (0..(N / 2) as u32).rev().collect();
    let mut ring: Box<[u32; N]> = Box::new([NONE; N]);
    let (mut head, mut tail) = (0u32, 0u32);
    let mut waits = Histogram::<u64>::new_with_bounds(1, 1 << 40, 3).expect("x");
    let mut stays = Histogram::<u64>::new_with_bounds(1, 1 << 40, 3).expect("x");
    let gap = arrival_gap_mean_s() * 1e6;
    let bot_mu = lognormal_mu(BOT_MEAN_S * 1e6, BOT_SIGMA);
    let svc_mu = lognormal_mu(SERVICE_MEAN_S * 1e6, SERVICE_SIGMA);
    let resolved_below = (BOT_RESOLVES * 2f64.powi(64)) as u64;
    let mut idle = SERVERS;
    let (mut left, mut abandoned, mut served, mut events, mut wait_sum) = (customers, 0u64, 0u64, 0u64, 0u64);
    let exp = |rng: &mut Xoshiro256PlusPlus, m: f64| -> u64 { let x: f64 = Exp1.sample(rng); us(x * m) };
    let logn = |rng: &mut Xoshiro256PlusPlus, mu: f64, s: f64| -> u64 { let x: f64 = StandardNormal.sample(rng); us((mu + s * x).exp()) };
    let mut next = exp(&mut rng, gap);
    loop {
        let top = tree.min();
        if next <= top >> LEAF_BITS {
            if next == u64::MAX { break; }
            events += 1;
            let now = next;
            let leaf = free.pop().expect("full");
            let d = logn(&mut rng, bot_mu, BOT_SIGMA);
            c[leaf as usize & (N-1)] = Cust { arrived: now, queued: 0, ring: 0, stage: 0 };
            tree.set(leaf as usize, (now + d) << LEAF_BITS | leaf as u64);
            left -= 1;
            next = if left == 0 { u64::MAX } else { now + exp(&mut rng, gap) };
            continue;
        }
        if top == u64::MAX { break; }
        events += 1;
        let now = top >> LEAF_BITS;
        let leaf = top as u32 & ((1 << LEAF_BITS) - 1);
        let l = leaf as usize & (N - 1);
        match c[l].stage {
            0 => {
                if rng.next_u64() < resolved_below {
                    stays.saturating_record(now - c[l].arrived);
                    free.push(leaf);
                    tree.set(l, u64::MAX);
                } else if idle > 0 {
                    idle -= 1;
                    waits.saturating_record(0);
                    c[l].stage = 1;
                    let d = logn(&mut rng, svc_mu, SERVICE_SIGMA);
                    tree.set(l, (now + d) << LEAF_BITS | leaf as u64);
                } else {
                    c[l].stage = 2; c[l].queued = now; c[l].ring = tail;
                    ring[tail as usize & (N-1)] = leaf;
                    tail += 1;
                    let d = exp(&mut rng, PATIENCE_MEAN_S * 1e6);
                    tree.set(l, (now + d) << LEAF_BITS | leaf as u64);
                }
            }
            1 => {
                served += 1;
                stays.saturating_record(now - c[l].arrived);
                free.push(leaf);
                tree.set(l, u64::MAX);
                let mut who = NONE;
                while head != tail {
                    who = ring[head as usize & (N-1)];
                    head += 1;
                    if who != NONE { break; }
                }
                if who == NONE { idle += 1; } else {
                    let w = who as usize & (N-1);
                    let waited = now - c[w].queued;
                    waits.saturating_record(waited);
                    wait_sum += waited;
                    c[w].stage = 1;
                    let d = logn(&mut rng, svc_mu, SERVICE_SIGMA);
                    tree.set(w, (now + d) << LEAF_BITS | who as u64);
                }
            }
            _ => {
                abandoned += 1;
                let waited = now - c[l].queued;
                waits.saturating_record(waited);
                wait_sum += waited;
                stays.saturating_record(now - c[l].arrived);
                ring[c[l].ring as usize & (N-1)] = NONE;
                free.push(leaf);
                tree.set(l, u64::MAX);
            }
        }
    }
    std::hint::black_box(&stays);
    LoopResult { customers, calendar_events: events, abandoned, served,
        wait_p99_s: waits.value_at_quantile(0.99) as f64 / 1e6,
        mean_wait_s: wait_sum as f64 / 1e6 / (abandoned + served) as f64 }
}
