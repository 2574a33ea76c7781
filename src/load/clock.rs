//! Real time: which moment of the run it is, and waiting for one.

use crate::time::{SimDuration, SimTime};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The moments of a run on the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    start_unix_us: i64,
    from: SimTime,
    speed: f64,
}

impl Clock {
    /// The run stands at `from` now, and goes so many times as fast as the wall clock.
    #[must_use]
    pub fn start(from: SimTime, speed: f64) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            start: Instant::now(),
            start_unix_us: unix.map_or(0, |d| d.as_micros() as i64),
            from,
            speed,
        }
    }

    /// The moment of the run now.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.moment(Instant::now())
    }

    /// The moment of the run at a time of the wall clock.
    #[must_use]
    pub fn moment(&self, at: Instant) -> SimTime {
        let wall_s = at.saturating_duration_since(self.start).as_secs_f64();
        self.from + SimDuration((wall_s * self.speed * 1e6) as u64)
    }

    /// When a moment of the run is. Rounded up: at that time the moment has come.
    #[must_use]
    pub fn instant(&self, at: SimTime) -> Instant {
        let ahead_s = at.since(self.from).as_s() / self.speed;
        // Moments of this kind end a run and are never waited for.
        let far_s = ahead_s.min(1e9);
        self.start + Duration::from_secs_f64(far_s) + Duration::from_nanos(1_000)
    }

    /// The wall clock at a moment of the run, Unix microseconds.
    #[must_use]
    pub fn unix_us(&self, at: SimTime) -> i64 {
        let ahead_us = at.since(self.from).0 as f64 / self.speed;
        self.start_unix_us + ahead_us as i64
    }
}

/// Waits for moments: exactly where the operating system has a timer for it.
/// Tokio's own timer counts whole milliseconds.
#[derive(Debug)]
pub struct Alarm {
    #[cfg(target_os = "linux")]
    timer: Option<tokio::io::unix::AsyncFd<rustix::fd::OwnedFd>>,
    /// When the system's timer goes off, while it is set.
    set_to: Option<Instant>,
}

impl Alarm {
    /// The system's timer; tokio's where there is none or it is paused, for tests.
    #[must_use]
    pub fn new(exact: bool) -> Self {
        #[cfg(target_os = "linux")]
        {
            use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let made = exact.then(|| timerfd_create(TimerfdClockId::Monotonic, flags).ok());
            Self { timer: made.flatten().and_then(registered), set_to: None }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = exact;
            Self { set_to: None }
        }
    }

    /// Waits until then. Dropping the future is harmless: the timer stays set, and whoever
    /// waits for the same moment again spares a system call.
    pub async fn until(&mut self, at: Instant) {
        #[cfg(target_os = "linux")]
        if let Some(timer) = &self.timer
            && (self.set_to == Some(at) || set(timer, at))
        {
            self.set_to = Some(at);
            if let Ok(mut guard) = timer.readable().await {
                let mut count = [0_u8; 8];
                let _ = rustix::io::read(timer.get_ref(), &mut count);
                guard.clear_ready();
            }
            self.set_to = None;
            return;
        }
        tokio::time::sleep_until(at).await;
    }
}

/// The timer, known to the runtime.
#[cfg(target_os = "linux")]
#[expect(
    deprecated,
    reason = "its successor is unsafe, for types that do not own their descriptor; this one does"
)]
fn registered(fd: rustix::fd::OwnedFd) -> Option<tokio::io::unix::AsyncFd<rustix::fd::OwnedFd>> {
    tokio::io::unix::AsyncFd::new(fd).ok()
}

/// Sets the timer to go off then; false where it cannot be set.
#[cfg(target_os = "linux")]
fn set(timer: &tokio::io::unix::AsyncFd<rustix::fd::OwnedFd>, at: Instant) -> bool {
    use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
    let ahead = at.saturating_duration_since(Instant::now());
    // Zero would stop it.
    let ahead = ahead.max(Duration::from_nanos(1));
    let value =
        Timespec { tv_sec: ahead.as_secs() as i64, tv_nsec: i64::from(ahead.subsec_nanos()) };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
    timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &once).is_ok()
}
