//! Every kind of problem, with its line and its path.

use super::*;

/// The first problem of `SMALL` after one replacement.
fn first(from: &str, to: &str) -> Problem {
    assert!(SMALL.contains(from), "{from}");
    let text = SMALL.replacen(from, to, 1);
    match load_text(&text) {
        Ok(loaded) => loaded.warnings.first().cloned().unwrap_or_else(|| Problem::error("none", to, "no problem")),
        Err(problems) => problems.list[0].clone(),
    }
}
