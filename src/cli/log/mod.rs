//! `convoq log`: look into the events of a run on disk.

mod diff;
mod export;
mod recover;
mod show;
mod stat;
mod verify;

use super::Failure;
use crate::log::Run;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which look.
#[derive(Args, Debug)]
pub(super) struct LogArgs {
    #[command(subcommand)]
    command: LogCommand,
}

#[derive(Subcommand, Debug)]
enum LogCommand {
    /// Print events as a timeline, with their causes
    Show(ShowArgs),
    /// Count events by kind
    Stat(RunArgs),
    /// Check everything: checksums, order, causes, laws of conservation
    Verify(RunArgs),
    /// Find the first event in which two runs differ
    Diff(DiffArgs),
    /// Write a run as tables (CSV, NDJSON, Parquet) or for process mining (OCEL 2.0, XES)
    Export(ExportArgs),
    /// Complete a run whose writer died: it is simulated again, or sealed as far as it goes
    Recover(RecoverArgs),
}

#[derive(Args, Debug)]
struct RecoverArgs {
    /// The run directory
    run: PathBuf,
    /// Do not simulate again: seal the events that are there, as an interrupted run
    #[arg(long)]
    seal: bool,
}

#[derive(Args, Debug)]
struct RunArgs {
    /// The run directory
    run: PathBuf,
}

#[derive(Args, Debug)]
struct DiffArgs {
    /// One run directory
    a: PathBuf,
    /// The other
    b: PathBuf,
    /// Which replication; the first that both have without it
    #[arg(long, value_name = "R")]
    replication: Option<u32>,
}

#[derive(Args, Debug)]
struct ShowArgs {
    /// The run directory
    run: PathBuf,
    /// Which replication; the first that is kept without it
    #[arg(long, value_name = "R")]
    replication: Option<u32>,
    /// Only this contact, with its returns
    #[arg(long, value_name = "N")]
    conversation: Option<u32>,
    /// Only this agent
    #[arg(long, value_name = "A")]
    agent: Option<u32>,
    /// From this time on: `8h30m` from the start of the run, or `2026-03-02 08:30`
    #[arg(long, value_name = "T")]
    from: Option<String>,
    /// Up to this time
    #[arg(long, value_name = "T")]
    to: Option<String>,
    /// Only these kinds of events, as `Queued,Assigned`
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// At most so many events
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Args, Debug)]
struct ExportArgs {
    /// The run directory
    run: PathBuf,
    /// The format
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: export::To,
    /// Which table (csv, ndjson, parquet); `conversations` without it
    #[arg(long, value_enum, value_name = "TABLE")]
    table: Option<export::Which>,
    /// What a trace is (xes); `conversation` without it
    #[arg(long, value_enum, value_name = "CASE")]
    case: Option<export::CaseOf>,
    /// Only this replication; all that are kept without it
    #[arg(long, value_name = "R")]
    replication: Option<u32>,
    /// Only what begins from this time on: `8h30m` from the start of the run, or `2026-03-02 08:30`
    #[arg(long, value_name = "T")]
    since: Option<String>,
    /// Only what begins before this time
    #[arg(long, value_name = "T")]
    until: Option<String>,
    /// The file to write, or the folder for `--table all`; standard output without it
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
    /// No notes on standard error
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &LogArgs) -> Result<u8, Failure> {
    match &args.command {
        LogCommand::Show(args) => show::run(args),
        LogCommand::Stat(args) => stat::run(args),
        LogCommand::Verify(args) => verify::run(args),
        LogCommand::Diff(args) => diff::run(args),
        LogCommand::Export(args) => export::run(args),
        LogCommand::Recover(args) => recover::run(args),
    }
}

/// Says what makes a run less than it looks.
pub(super) fn warn(run: &Run) {
    if let Some(doubt) = run.doubt(None) {
        tell!("warning: {doubt}");
    }
}

/// The replication that is asked for, or the first that is kept.
pub(super) fn chosen(run: &Run, asked: Option<u32>) -> Result<u32, Failure> {
    let kept = run.replications();
    let found = match asked {
        Some(number) => kept.iter().find(|(n, _)| *n == number),
        None => kept.first(),
    };
    if found.is_none() {
        run.check_live()?; // damage is what to tell of
    }
    found.map(|(n, _)| *n).ok_or_else(|| {
        let path = run.path().display();
        Failure::invalid(match asked {
            Some(number) => format!("error: {path}: the events of replication {number} are not kept\n  help: keep them with `simulate --log full`"),
            None => format!("error: {path}: it keeps no events\n  help: keep them with `simulate --log full`"),
        })
    })
}
