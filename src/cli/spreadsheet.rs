//! `--xlsx FILE`: the summary and the grid as a spreadsheet.

use super::{Failure, output};
use crate::domain::Grain;
use crate::experiment::{Planned, Pool, Summary};
use crate::report;
use std::path::Path;

/// The scenario behind a summary, as it is written.
pub(super) struct Written<'s> {
    /// Its text.
    pub(super) text: &'s str,
    /// The variant.
    pub(super) variant: Option<&'s str>,
    /// Path and value of each `--set`.
    pub(super) overrides: &'s [(String, String)],
}

/// Writes the workbook of a run.
pub(super) fn write(
    path: &Path,
    (summary, pool): (&Summary, &Pool<'_>),
    plan: &[Planned],
    scenario: &Written<'_>,
    quiet: bool,
) -> Result<(), Failure> {
    let grids = [Grain::Interval, Grain::Day];
    let grids = grids.map(|by| super::plan::grid(pool, by, summary.confidence, plan));
    let variant = scenario.variant.map(|name| format!("variant {name}"));
    let set = scenario.overrides.iter().map(|(path, value)| format!("{path} = {value}"));
    let changes: Vec<String> = variant.into_iter().chain(set).collect();
    let of = report::Sources { summary, grids: &grids, scenario: scenario.text, changes: &changes };
    let made = report::xlsx(&of);
    let bytes = made.map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
    output::write(path, &bytes)?;
    if !quiet {
        tell!("spreadsheet: {}", path.display());
    }
    Ok(())
}
