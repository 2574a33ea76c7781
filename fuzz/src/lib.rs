//! Fuzz targets: each takes any bytes, hands them to what convoq reads them with, and
//! fails (panics) where a promise is broken. `README.md` says how they are run.

pub mod deployment;
pub mod files;
pub mod logs;
pub mod replies;
pub mod scenarios;
pub mod wire;

/// The input as text, where it is text.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}
