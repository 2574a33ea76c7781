//! The file of `--junit`: what became of the targets, for CI servers.

use super::{Failure, NEVER_READY, output};
use crate::experiment::{Summary, TargetRow};
use crate::log::WallSpan;
use crate::report::{BrokenRun, Suite, junit};
use std::path::Path;

/// Writes the targets of a run. `interrupted` where it did not come to its end.
pub(super) fn write_summary(
    path: &Path,
    summary: &Summary,
    wall: WallSpan,
    interrupted: bool,
    quiet: bool,
) -> Result<(), Failure> {
    let suite = Suite {
        name: &summary.scenario.name,
        targets: &summary.targets,
        warnings: &summary.warnings,
        began_us: wall.began_us(),
        took_s: wall.took_s(),
        broken: broken(summary, interrupted),
    };
    write(path, &suite, quiet)
}

/// What makes targets of a run worth nothing, as its warnings say; the most serious is first.
fn broken(summary: &Summary, interrupted: bool) -> Option<BrokenRun> {
    let told = |kind, message: &str| {
        let message = message.to_owned();
        Some(BrokenRun { kind, message })
    };
    let warnings = &summary.warnings;
    if let Some(message) = summary.audit_failure() {
        return told("audit_failed", message);
    }
    if interrupted {
        return told("interrupted", warnings.first().map_or("", String::as_str));
    }
    if let Some(message) = summary.late_generator() {
        return told("invalid", message);
    }
    told("not_answered", summary.hardly_answered()?)
}

/// Writes that nothing could be measured because the bot was never ready.
pub(super) fn write_never_ready(
    path: &Path,
    name: &str,
    targets: &[String],
    failure: &Failure,
    quiet: bool,
) -> Result<(), Failure> {
    debug_assert!(failure.code == NEVER_READY);
    let rows: Vec<_> = targets.iter().map(|t| TargetRow::not_measured(t)).collect();
    let first = failure.message.lines().next().unwrap_or_default();
    let suite = Suite {
        name,
        targets: &rows,
        warnings: &[],
        began_us: None,
        took_s: None,
        broken: Some(BrokenRun {
            kind: "never_ready",
            message: first.trim_start_matches("error: ").to_owned(),
        }),
    };
    write(path, &suite, quiet)
}

fn write(path: &Path, suite: &Suite<'_>, quiet: bool) -> Result<(), Failure> {
    output::write(path, junit(suite).as_bytes())?;
    if !quiet {
        tell!("junit: {}", path.display());
    }
    Ok(())
}
