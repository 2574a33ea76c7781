//! Requests to end: Ctrl-C, SIGTERM of a supervisor, SIGHUP of a terminal that is gone.

use super::INTERRUPTED;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that the first request to end sets; a second one ends the program at once.
pub(super) fn stop_on_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            requested().await;
            flag.store(true, Ordering::Relaxed);
            requested().await;
            std::process::exit(i32::from(INTERRUPTED));
        });
    });
    stop
}

/// Makes a limit of the length of files (`ulimit -f`) an error of the write that meets it:
/// the signal that comes with it would end the program without a word.
#[cfg(unix)]
pub(super) fn survive_file_limit() {
    use rustix::process::Signal;
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    if let Ok(runtime) = runtime {
        let _entered = runtime.enter();
        // The handler stays when its receiver is gone.
        let _ = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
    }
}

/// Elsewhere there is no such signal.
#[cfg(not(unix))]
pub(super) fn survive_file_limit() {}

/// Waits for a request to end.
#[cfg(unix)]
pub(super) async fn requested() {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn next(kind: Option<Signal>) {
        match kind {
            Some(mut kind) => _ = kind.recv().await,
            None => std::future::pending().await,
        }
    }
    let of = |kind| signal(kind).ok();
    let hangup = if hangup_is_ignored() { None } else { of(SignalKind::hangup()) };
    tokio::select! {
        () = next(of(SignalKind::interrupt())) => {}
        () = next(of(SignalKind::terminate())) => {}
        () = next(hangup) => {}
    }
}

/// Waits for a request to end.
#[cfg(not(unix))]
pub(super) async fn requested() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// Whether the program was started to outlive its terminal (`nohup`).
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return false;
    };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // Signal 1 is bit 0.
    ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|m| m & 1 == 1))
}
