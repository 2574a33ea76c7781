//! What this process costs the machine.

use crate::event::GeneratorFacts;
use std::time::{Duration, Instant};

/// Processor time used so far.
#[derive(Clone, Copy, Debug)]
pub struct ProcessorTime {
    at: Instant,
    process: Duration,
    thread: Duration,
}

impl ProcessorTime {
    /// That of this process, and of the thread that asks; `None` where the system is not
    /// asked for it.
    #[must_use]
    pub fn now() -> Option<Self> {
        #[cfg(target_os = "linux")]
        {
            use rustix::time::{ClockId, clock_gettime};
            let used = |id| {
                let time = clock_gettime(id);
                let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
                Duration::from_secs(seconds) + Duration::from_nanos(time.tv_nsec as u64)
            };
            Some(Self {
                at: Instant::now(),
                process: used(ClockId::ProcessCPUTime),
                thread: used(ClockId::ThreadCPUTime),
            })
        }
        #[cfg(not(target_os = "linux"))]
        {
            None
        }
    }

    /// What was used since, by this process and by the thread that asked both times.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> GeneratorFacts {
        let seconds = |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64();
        GeneratorFacts {
            wall_s: self.at.saturating_duration_since(earlier.at).as_secs_f64(),
            process_s: seconds(self.process, earlier.process),
            thread_s: seconds(self.thread, earlier.thread),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_computes_uses_time_and_one_that_sleeps_uses_none() {
        let start = ProcessorTime::now().unwrap();
        std::thread::sleep(Duration::from_millis(60));
        let slept = ProcessorTime::now().unwrap();
        let used = slept.since(&start);
        assert!(used.wall_s >= 0.06 && used.thread_s < 0.01, "{used:?}");
        let busy = || ProcessorTime::now().unwrap().since(&slept);
        while busy().thread_s < 0.05 {}
        let used = busy();
        assert!(used.thread_s <= used.wall_s + 0.001, "{used:?}");
        assert!(used.process_s >= used.thread_s - 0.001, "{used:?}");
    }
}
