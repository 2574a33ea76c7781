//! `convoq log export`: a run as tables, or as an event log for process mining.

use super::{ExportArgs, chosen, warn};
use crate::cli::{Failure, OK, guard, moment};
use crate::disk::{self, Output};
use crate::export::{self, Case, Format, Part, Span, Table};
use crate::log::{LogError, Run};
use crate::time::SimTime;
use clap::ValueEnum;
use std::fs;
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _};
use std::path::{Path, PathBuf};

/// What `--to` says.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// A table, comma-separated
    Csv,
    /// A table, a JSON object a line
    Ndjson,
    /// A table, Parquet
    Parquet,
    /// Events and objects, OCEL 2.0 (JSON)
    Ocel,
    /// Traces, XES (IEEE 1849-2016)
    Xes,
}

/// What `--table` says.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// A row for each contact
    Conversations,
    /// A row for each span of an agent's state
    Agents,
    /// A row for each queue and interval
    Intervals,
    /// A row for each event
    Events,
    /// Every table, a file each in the folder that --out names
    All,
}

/// What `--case` says.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaseOf {
    /// One contact
    Conversation,
    /// All contacts of one issue
    Chain,
}

impl To {
    fn table_format(self) -> Option<(Format, &'static str)> {
        match self {
            To::Csv => Some((Format::Csv, "csv")),
            To::Ndjson => Some((Format::NdJson, "ndjson")),
            To::Parquet => Some((Format::Parquet, "parquet")),
            To::Ocel | To::Xes => None,
        }
    }
}

impl Which {
    fn tables(self) -> Vec<Table> {
        match self {
            Which::Conversations => vec![Table::Conversations],
            Which::Agents => vec![Table::Agents],
            Which::Intervals => vec![Table::Intervals],
            Which::Events => vec![Table::Events],
            Which::All => Table::ALL.to_vec(),
        }
    }
}

pub(super) fn run(args: &ExportArgs) -> Result<u8, Failure> {
    let run = Run::open(&args.run)?;
    let part = part(args, &run)?;
    let job = job(args)?;
    if !args.quiet {
        warn(&run);
    }
    let mut said = Vec::new();
    match job {
        Job::Tables(format, targets) => {
            for (table, target) in targets {
                let rows = target.write(args.force, |out, name| {
                    export::table(&run, table, format, part, out, name)
                });
                if let Some(rows) = rows? {
                    said.push(format!("{}: {rows} rows", table.name()));
                }
            }
        }
        Job::Ocel(target) => {
            let counts = target.write(args.force, |out, name| export::ocel(&run, part, out, name));
            if let Some((events, objects)) = counts? {
                said.push(format!("{events} events, {objects} objects"));
            }
        }
        Job::Xes(case, target) => {
            let counts =
                target.write(args.force, |out, name| export::xes(&run, part, case, out, name));
            if let Some((traces, events)) = counts? {
                said.push(format!("{traces} traces, {events} events"));
            }
        }
    }
    if !args.quiet {
        for line in said {
            tell!("{line}");
        }
    }
    Ok(OK)
}

/// What is to be written where.
enum Job {
    Tables(Format, Vec<(Table, Target)>),
    Ocel(Target),
    Xes(Case, Target),
}

fn job(args: &ExportArgs) -> Result<Job, Failure> {
    if args.case.is_some() && args.to != To::Xes {
        return Err(Failure::invalid("error: --case goes with --to xes\n  help: leave --case out"));
    }
    let Some((format, ending)) = args.to.table_format() else {
        if args.table.is_some() {
            return Err(Failure::invalid(
                "error: --table goes with --to csv, ndjson or parquet\n  help: leave --table out: OCEL and XES hold all events",
            ));
        }
        let target = Target::new(args.out.as_deref());
        return Ok(match args.to {
            To::Xes if args.case == Some(CaseOf::Chain) => Job::Xes(Case::Chain, target),
            To::Xes => Job::Xes(Case::Conversation, target),
            _ => Job::Ocel(target),
        });
    };
    let which = args.table.unwrap_or(Which::Conversations);
    let targets = match (&args.out, which) {
        (None, Which::All) => {
            return Err(Failure::invalid(
                "error: --table all needs a folder\n  help: name one with --out DIR",
            ));
        }
        (Some(folder), Which::All) => {
            let files = which.tables().into_iter();
            let files = files.map(|t| (t, folder.join(format!("{}.{ending}", t.name()))));
            let files: Vec<_> = files.map(|(t, path)| (t, Target::File(path))).collect();
            // Before the first is written, so that all are or none is.
            for (_, target) in &files {
                target.refuse_used(args.force)?;
            }
            fs::create_dir_all(folder).map_err(LogError::io(folder, "cannot be made"))?;
            files
        }
        (out, which) => {
            let target = Target::new(out.as_deref());
            which.tables().into_iter().map(|t| (t, target.clone())).collect()
        }
    };
    if format == Format::Parquet && args.out.is_none() && io::stdout().is_terminal() {
        return Err(Failure::invalid(
            "error: Parquet is not for terminals\n  help: name a file with --out FILE",
        ));
    }
    Ok(Job::Tables(format, targets))
}

/// Which replications and which time.
fn part(args: &ExportArgs, run: &Run) -> Result<Part, Failure> {
    let header = &run.manifest.header;
    let moment = |text: &Option<String>, else_: SimTime| match text {
        Some(text) => moment::parse(header, text),
        None => Ok(else_),
    };
    let since = moment(&args.since, SimTime::ZERO)?;
    let until = moment(&args.until, SimTime::NEVER)?;
    if since >= until {
        return Err(Failure::invalid(
            "error: --until is not later than --since\n  help: what begins from --since on and before --until is exported",
        ));
    }
    // Says so where the replication that is asked for, or any at all, is not kept.
    if let Err(failure) = chosen(run, args.replication) {
        let kept: Vec<_> = run.replications().iter().map(|(n, _)| n.to_string()).collect();
        return Err(match kept.as_slice() {
            [] => failure,
            kept => Failure::invalid(format!("{}\n  kept are: {}", failure.message, some_of(kept))),
        });
    }
    Ok(Part { replication: args.replication, span: Span { since, until } })
}

/// The first of a list, and how many more there are.
fn some_of(all: &[String]) -> String {
    const SHOWN: usize = 20;
    match all.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", all[..SHOWN].join(", ")),
        _ => all.join(", "),
    }
}

/// Where an export goes.
#[derive(Clone)]
enum Target {
    Stdout,
    File(PathBuf),
}

/// Where bytes go.
trait Sink: io::Write + Send {}

impl<W: io::Write + Send> Sink for W {}

impl Target {
    fn new(out: Option<&Path>) -> Self {
        out.map_or(Target::Stdout, |path| Target::File(path.to_owned()))
    }

    fn refuse_used(&self, force: bool) -> Result<(), Failure> {
        match self {
            Target::File(path) if !force && path.exists() => Err(Failure::invalid(format!(
                "error: {} exists\n  help: choose another name, or replace it with --force",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Writes to the target. A reader who has seen enough closes the pipe: nothing is
    /// wrong, and nothing is said.
    fn write<T>(
        &self,
        force: bool,
        export: impl FnOnce(BufWriter<&mut dyn Sink>, &Path) -> Result<T, LogError>,
    ) -> Result<Option<T>, Failure> {
        self.refuse_used(force)?;
        if let Target::File(path) = self {
            guard::writable("--out", Some(path))?;
        }
        match self.written(export) {
            Ok(done) => Ok(Some(done)),
            Err(LogError::Io { source, .. }) if source.kind() == ErrorKind::BrokenPipe => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A file gets its name when it is whole, so that nothing half-written is taken for
    /// an export.
    fn written<T>(
        &self,
        export: impl FnOnce(BufWriter<&mut dyn Sink>, &Path) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        let Target::File(path) = self else {
            let name = Path::new("standard output");
            let mut out = disk::stdout().map_err(LogError::io(name, "cannot be opened"))?;
            return export(BufWriter::new(&mut out), name);
        };
        let unwritable = || LogError::io(path, "cannot be written");
        let mut output = Output::create(path).map_err(unwritable())?;
        let done = export(BufWriter::with_capacity(1 << 16, &mut output), path)?;
        output.finish().map_err(unwritable())?;
        Ok(done)
    }
}
