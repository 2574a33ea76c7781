//! How many connections there can be.

/// File descriptors that this process may have: the hard limit, which it takes where it can.
#[must_use]
pub fn file_limit() -> usize {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let whole = Rlimit { current: limit.maximum, ..limit };
        let now = match setrlimit(Resource::Nofile, whole) {
            Ok(()) => limit.maximum,
            Err(_) => limit.current,
        };
        // No limit is no number of connections: 2^20 is Linux's own largest.
        now.map_or(1 << 20, |n| n as usize)
    }
    #[cfg(not(target_os = "linux"))]
    {
        256 // the smallest usual limit
    }
}
