//! `convoq replay`: a record is played again, with its own arrivals and handle times, under
//! the staffing that there was or another.

use super::{Failure, Format, OK, input, output, print, print_json, scenario_file};
use crate::backtest::{Kept, Parts, Record, Staffing, by_interval, span_of, wait_errors};
use crate::event::Header;
use crate::log::Run;
use crate::observed::{Observed, Observer};
use crate::report::{Replayed, json, replay_csv, replay_json, replay_text};
use crate::run::play;
use crate::scenario::{self, Scenario};
use crate::time::{MOST_DAYS, Span};
use clap::Args;
use std::path::{Path, PathBuf};

/// Share of contacts that may overlap at an agent: stamps of logs do so by seconds.
const MOST_OVERLAP: f64 = 0.05;

#[derive(Args, Debug)]
pub(super) struct ReplayArgs {
    /// The run directory: a record that was imported, or a simulation
    run: PathBuf,
    /// Who is there: `recorded`, a number of agents at all hours, or a CSV file with the columns date, from, to, agents
    #[arg(long, value_name = "WHO", default_value = "recorded")]
    staffing: String,
    /// Days to replay, from 1: `3`, `1..5`; all without it
    #[arg(long, value_name = "DAYS")]
    days: Option<String>,
    /// Change a field of the scenario that is made: `--set queues.care.priority=1`; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Write the scenario and the files that it names to this new folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Format of standard output; csv has the intervals
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &ReplayArgs) -> Result<u8, Failure> {
    let run = Run::open(&args.run)?;
    let header = &run.manifest.header;
    let days = days_of(header, "--days", args.days.as_deref())?;
    let staffing = staffing(&args.staffing)?;
    if let Some(folder) = &args.out {
        new_folder(folder)?;
    }
    let was = observed(&run)?;
    let span = span_of(header, days);
    let record = Record::of(&was, span);
    can_be_replayed(&args.run, &record)?;
    let parts = Parts {
        header,
        record: &record,
        learned: &record,
        days,
        kept: Kept::All,
        staffing: &staffing,
        more_wrap_up_s: 0.0,
    };
    let files = parts.files();
    let again = scenario_of(&files, &args.set)?;
    let is = simulated(&again, again.seed, 0);
    if let Some(folder) = &args.out {
        for (name, text) in &files {
            output::write_below(&folder.join(name), text.as_bytes())?;
        }
    }
    let said = replayed(args, header, span, &was, record, &again, &is);
    match args.format {
        Format::Text => print(&replay_text(&said, false)),
        Format::Markdown => print(&replay_text(&said, true)),
        Format::Csv => print(&replay_csv(&said)),
        Format::Json => print_json(&json(&replay_json(&said))),
    }?;
    Ok(OK)
}

fn replayed(
    args: &ReplayArgs,
    header: &Header,
    span: Span,
    was: &Observed,
    record: Record,
    again: &Scenario,
    is: &Observed,
) -> Replayed {
    let within_s = within_s(header, &record);
    let first = (span.start.0 / header.interval.0.max(1)) as usize;
    let sums = by_interval(was, header, span, within_s);
    let whole = Span { start: crate::time::SimTime::ZERO, end: again.horizon };
    let label = |n: usize| header.interval_labels.get(first + n).cloned().unwrap_or_default();
    let at = |n: usize| span.start.0 + n as u64 * header.interval.0;
    let day = |n: usize| header.day_starts.partition_point(|start| start.0 <= at(n));
    Replayed {
        name: args.run.display().to_string(),
        staffing: args.staffing.clone(),
        within_s,
        labels: (0..sums.len()).map(label).collect(),
        day_of: (0..sums.len()).map(day).collect(),
        is: by_interval(is, &again.header, whole, within_s),
        waits: wait_errors(&record, header, is),
        was: sums,
        record,
    }
}

/// Threshold of the service level of a record's first queue, seconds.
pub(super) fn within_s(header: &Header, record: &Record) -> f64 {
    let within = record.queues(header).first().map(|q| &header.queues[q.index()].thresholds);
    within.and_then(|t| t.first()).map_or(20.0, |t| t.as_s())
}

/// What was seen of the first replication that is kept.
pub(super) fn observed(run: &Run) -> Result<Observed, Failure> {
    let header = &run.manifest.header;
    let name = run.path().display();
    let Some((number, _)) = run.replications().first().copied() else {
        let help = "`simulate --log full` keeps the events of all replications";
        return Err(Failure::wrong(format!("{name}: it keeps no events"), help));
    };
    let mut observer = Observer::new(header);
    run.events(&|n| n == number, &mut |_, events, _| observer.apply_all(header, events))?;
    Ok(observer.finish(header))
}

/// What is seen of a replication.
pub(super) fn simulated(scenario: &Scenario, seed: u64, replication: u32) -> Observed {
    let header = &scenario.header;
    let mut observer = Observer::new(header);
    play(scenario, seed, replication, |events| observer.apply_all(header, events));
    observer.finish(header)
}

/// The scenario of files, with changes.
pub(super) fn scenario_of(files: &[(String, String)], set: &[String]) -> Result<Scenario, Failure> {
    let csv = |name: &str| {
        let found = files.iter().find(|(file, _)| file == name);
        found.map(|(_, text)| text.clone()).ok_or_else(|| "cannot be read: no such file".to_owned())
    };
    let text = files.first().map_or("", |(_, text)| text.as_str());
    let overrides = scenario_file::overrides(set)?;
    let loaded = scenario::load(text, None, &overrides, &csv)
        .map_err(|problems| Failure::invalid(problems.named("the replay").to_string()))?;
    Ok(loaded.scenario)
}

/// First and last day, from 0.
pub(super) fn days_of(
    header: &Header,
    option: &str,
    wanted: Option<&str>,
) -> Result<(usize, usize), Failure> {
    let days = header.day_starts.len().saturating_sub(1);
    let Some(text) = wanted else {
        if days <= MOST_DAYS as usize {
            return Ok((0, days.max(1) - 1));
        }
        let what = format!("the run has {days} days, and a scenario at most {MOST_DAYS}");
        return Err(Failure::wrong(what, &format!("give {option} 1..{MOST_DAYS}")));
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let number = |t: &str| t.trim().parse::<usize>().ok().filter(|n| (1..=days).contains(n));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last && last - first < MOST_DAYS as usize => {
            Ok((first - 1, last - 1))
        }
        _ => Err(Failure::wrong(
            format!("{option} {text}: the run has days 1 to {days}"),
            &format!("give `3` or `1..5`, at most {MOST_DAYS} days"),
        )),
    }
}

fn staffing(wanted: &str) -> Result<Staffing, Failure> {
    if wanted == "recorded" {
        return Ok(Staffing::Recorded);
    }
    if let Ok(agents) = wanted.parse::<u32>() {
        return match agents {
            0 => Err(Failure::wrong("--staffing 0: nobody would answer", "give at least 1")),
            _ => Ok(Staffing::Always(agents)),
        };
    }
    let text = input::table(Path::new(wanted)).map_err(|why| {
        Failure::wrong(
            format!("--staffing {wanted}: {why}"),
            "give `recorded`, a number of agents, or a CSV file with date, from, to, agents",
        )
    })?;
    Ok(Staffing::Table(text))
}

fn new_folder(folder: &Path) -> Result<(), Failure> {
    match folder.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(_) => Err(Failure::wrong(
            format!("--out {}: it exists", folder.display()),
            "name a new folder",
        )),
    }
}

/// Says why a record cannot be played again.
pub(super) fn can_be_replayed(path: &Path, record: &Record) -> Result<(), Failure> {
    let name = path.display();
    if record.contacts.is_empty() {
        let help = "choose days on which somebody waited for people";
        return Err(Failure::wrong(format!("{name}: no contact came to a queue"), help));
    }
    let overlap = record.concurrent as f64 / record.contacts.len() as f64;
    if overlap > MOST_OVERLAP {
        let what = format!(
            "{name}: {} of {} contacts were taken by agents who had another one",
            record.concurrent,
            record.contacts.len()
        );
        let help = "a replay needs agents with one contact at a time: how long a chat would have taken alone is in no record";
        return Err(Failure::wrong(what, help));
    }
    Ok(())
}
