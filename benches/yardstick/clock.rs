//! Processor time without `unsafe`: what the kernel prints under `/proc`.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Processor time of the calling thread since it began.
///
/// It falls back to wall time where the kernel does not publish it, so only the
/// difference of two readings on one thread means anything.
pub fn cpu_time() -> Duration {
    // The published figure is brought up to date when the thread enters the scheduler,
    // else only at a tick, up to 10 ms ago.
    std::thread::yield_now();
    thread_schedstat().unwrap_or_else(wall_time)
}

/// The first field of `schedstat` is the nanoseconds this thread ran.
fn thread_schedstat() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let ran_ns: u64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    // Kernels without scheduler statistics print zeroes.
    (ran_ns > 0).then(|| Duration::from_nanos(ran_ns))
}

/// Wall time since the first call.
fn wall_time() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}
