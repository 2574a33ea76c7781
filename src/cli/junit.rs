//! The file of `--junit`: what became of the targets, for CI servers.

use super::{Failure, NEVER_READY, output};
use crate::doubt::Severity;
use crate::experiment::{Summary, TargetRow};
use crate::log::WallSpan;
use crate::report::{BrokenRun, Suite, junit};
use std::path::Path;

/// Writes the targets of a run.
pub(super) fn write_summary(
    path: &Path,
    summary: &Summary,
    wall: WallSpan,
    quiet: bool,
) -> Result<(), Failure> {
    let suite = Suite {
        name: &summary.scenario.name,
        targets: &summary.targets,
        warnings: &summary.warnings,
        began_us: wall.began_us(),
        took_s: wall.took_s(),
        broken: broken(summary),
    };
    write(path, &suite, quiet)
}

/// What makes targets of a run worth nothing: the most serious doubt that does.
fn broken(summary: &Summary) -> Option<BrokenRun> {
    let kinds = [
        (Severity::Defect, "audit_failed"),
        (Severity::Interrupted, "interrupted"),
        (Severity::Invalid, "invalid"),
        (Severity::NotAnswered, "not_answered"),
    ];
    kinds.into_iter().find_map(|(severity, kind)| {
        Some(BrokenRun { kind, message: summary.doubt(severity)?.to_string() })
    })
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
