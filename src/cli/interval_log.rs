//! The file of `--hdr`: the turns of a load test as an HdrHistogram interval log.

use super::Failure;
use crate::disk::Output;
use crate::export;
use crate::log::Run;
use anyhow::Context as _;
use std::io::BufWriter;
use std::path::Path;

/// Writes that of a run on disk.
pub(super) fn write(path: &Path, run: &Run, quiet: bool) -> Result<(), Failure> {
    if run.manifest.header.load.is_none() {
        return Err(Failure::invalid(format!(
            "error: {}: --hdr writes turns with a real bot, and this run is no load test\n  help: name a run of `convoq load`, or leave --hdr out",
            run.path().display()
        )));
    }
    let name = path.display();
    let unwritable = || format!("{name}: cannot be written");
    let mut output = Output::create(path).with_context(unwritable)?;
    let intervals = export::interval_log(run, BufWriter::new(&mut output), path)?;
    output.finish().with_context(unwritable)?;
    if !quiet {
        tell!("hdr: {name}, {intervals} histograms");
    }
    Ok(())
}

/// Writes that of the run that a load test has kept just now.
pub(super) fn write_kept(path: &Path, kept: Option<&Path>, quiet: bool) -> Result<(), Failure> {
    match kept {
        Some(folder) => write(path, &Run::open(folder)?, quiet),
        None => Err(anyhow::anyhow!(
            "{}: not written, because no run is kept\n  help: name a folder for the run with --out DIR",
            path.display()
        )
        .into()),
    }
}
