//! The chat-centre model of `benches/yardstick` in simrs and nexosim, timed by processor time.
//!
//! Usage: `convoq-peers [customers] [rounds]`. Prints `peer <tab> customers/s (median of the
//! rounds) <tab> abandonment (their mean)`, as the Python peers do.

mod nexosim_chat;
mod simrs_chat;

use hdrhistogram::Histogram;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::time::Duration;

/// Servers behind the bot: 20 agents with 4 chats each.
const SERVERS: u32 = 80;
const BOT_RESOLVES: f64 = 0.35;

/// The numbers of a run: the same laws, drawn the same way, for both peers.
pub struct Draws(Xoshiro256PlusPlus);

impl Draws {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    fn exponential(&mut self, mean_s: f64) -> Duration {
        let unit: f64 = Exp1.sample(&mut self.0);
        Duration::from_secs_f64(unit * mean_s)
    }

    fn log_normal(&mut self, mean_s: f64, sigma: f64) -> Duration {
        let unit: f64 = StandardNormal.sample(&mut self.0);
        let mu = mean_s.ln() - sigma * sigma / 2.0;
        Duration::from_secs_f64((mu + sigma * unit).exp())
    }

    /// Between two arrivals: 95 % of what the servers can do comes to them.
    pub fn gap(&mut self) -> Duration {
        let escalations_per_s = 0.95 * f64::from(SERVERS) / 600.0;
        self.exponential((1.0 - BOT_RESOLVES) / escalations_per_s)
    }

    pub fn bot(&mut self) -> Duration {
        self.log_normal(60.0, 1.0)
    }

    pub fn escalates(&mut self) -> bool {
        self.0.random::<f64>() >= BOT_RESOLVES
    }

    pub fn patience(&mut self) -> Duration {
        self.exponential(180.0)
    }

    pub fn service(&mut self) -> Duration {
        self.log_normal(600.0, 0.8)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// What the loops of the yardstick measure.
pub struct Measured {
    pub waits: Histogram<u64>,
    pub stays: Histogram<u64>,
    pub abandoned: u64,
}

impl Measured {
    pub fn new() -> Self {
        let histogram = || Histogram::new(3).expect("three digits");
        Self { waits: histogram(), stays: histogram(), abandoned: 0 }
    }

    pub fn waited(&mut self, wait: Duration) {
        self.waits.saturating_record(wait.as_micros() as u64);
    }

    pub fn left(&mut self, stay: Duration) {
        self.stays.saturating_record(stay.as_micros() as u64);
    }
}

/// Processor time of the process: nexosim works on a thread of its own.
fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse().expect("a number"));
    let customers = args.next().unwrap_or(600_000);
    let rounds = args.next().unwrap_or(3);
    let peers: [(&str, fn(u64, u64) -> Measured); 2] =
        [("simrs", simrs_chat::run), ("nexosim", nexosim_chat::run)];
    for (name, run) in peers {
        let (mut seconds, mut shares) = (Vec::new(), 0.0);
        for seed in 1..=rounds {
            let begun = cpu_time();
            let measured = run(customers, seed);
            seconds.push((cpu_time() - begun).as_secs_f64());
            assert_eq!(measured.stays.len(), customers, "{name} lost customers");
            shares += measured.abandoned as f64 / measured.waits.len() as f64;
        }
        seconds.sort_by(f64::total_cmp);
        let rate = customers as f64 / seconds[seconds.len() / 2];
        println!("{name}\t{rate:.0}\t{:.4}", shares / rounds as f64);
    }
}
