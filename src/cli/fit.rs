//! `convoq fit`: a scenario from what a run shows.

use super::{Failure, OK, guard, log, output, print, print_json};
use crate::fit::{self, Calendar, Fitted, Resampling};
use crate::log::Run;
use crate::observed::Observer;
use crate::report;
use crate::scenario;
use clap::{Args, ValueEnum};
use std::ops::Range;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub(super) struct FitArgs {
    /// A run directory that keeps its events, as `simulate --log full` or `import` write it
    run: PathBuf,
    /// Write the scenario to this file; standard output has it without
    #[arg(long, value_name = "FILE.yaml")]
    out: Option<PathBuf>,
    /// Only these days of the run, from 1: `1..12`
    #[arg(long, value_name = "FIRST..LAST", value_parser = parse_days)]
    days: Option<(usize, usize)>,
    /// Which replication of a simulated run; the first that is kept without it
    #[arg(long, value_name = "N")]
    replication: Option<u32>,
    /// Format of standard output: the scenario, the numbers, or a page that lays laws and observations side by side
    #[arg(long, value_enum)]
    format: Option<FitFormat>,
    /// Write that page to this file as well
    #[arg(long, value_name = "FILE.md")]
    explain: Option<PathBuf>,
    /// Replace the scenario file if it exists
    #[arg(long)]
    force: bool,
    /// Seed of the resamples behind intervals and p-values
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No notes on standard error
    #[arg(short, long)]
    quiet: bool,
}

/// What `--format` says.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FitFormat {
    /// The scenario
    Yaml,
    /// Numbers with their intervals
    Json,
    /// The page of `--explain`
    Markdown,
}

/// Days as they are written, counted from 1, the last included.
pub(super) fn parse_days(text: &str) -> Result<(usize, usize), String> {
    let wrong = || "two days of the run are expected, from 1, as 1..12".to_owned();
    let (first, last) = text.trim().split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong());
    let (first, last) = (number(first)?, number(last)?);
    if first < 1 || last < first {
        return Err(wrong());
    }
    Ok((first, last))
}

pub(super) fn run(args: &FitArgs) -> Result<u8, Failure> {
    guard::writable("--out", args.out.as_deref())?;
    guard::writable("--explain", args.explain.as_deref())?;
    if let Some(file) = args.out.as_deref().filter(|file| file.exists() && !args.force) {
        let help = "name another file, or give --force to replace it";
        return Err(Failure::wrong(format!("--out {}: it exists", file.display()), help));
    }
    let run = Run::open(&args.run)?;
    let header = &run.manifest.header;
    let number = log::chosen(&run, args.replication)?;
    let days = chosen_days(&run, args.days)?;
    let mut observer = Observer::new(header);
    run.events(&|n| n == number, &mut |_, events, _| observer.apply_all(header, events))?;
    let observed = observer.finish(header);
    let fitted = fit::fit(header, &observed, days.clone(), Resampling::usual(args.seed));
    if fitted.demand.is_empty() {
        let what = format!("{}: no customer made contact on these days", args.run.display());
        return Err(Failure::wrong(what, "choose other --days"));
    }
    let text = fit::scenario(header, &fitted, &fitted.staffing, days);
    check(&text)?;
    if let Some(file) = &args.out {
        output::write(file, text.as_bytes())?;
    }
    if let Some(file) = &args.explain {
        output::write(file, report::fit_page(header, &fitted).as_bytes())?;
    }
    say(args, &run, &fitted);
    match args.format {
        Some(FitFormat::Json) => print_json(&report::json(&report::fit_json(header, &fitted)))?,
        Some(FitFormat::Markdown) => print(&report::fit_page(header, &fitted))?,
        Some(FitFormat::Yaml) => print(&text)?,
        None if args.out.is_none() => print(&text)?,
        None => {}
    }
    Ok(OK)
}

/// The days that were asked for; all that are measured without.
fn chosen_days(run: &Run, asked: Option<(usize, usize)>) -> Result<Range<usize>, Failure> {
    let header = &run.manifest.header;
    let calendar = Calendar::of(header);
    let Some((first, last)) = asked else {
        // A day that begins in the warm-up is not a whole one.
        let whole = |day: &usize| {
            let span = calendar.of_days(&(*day..*day + 1));
            header.measured.0 <= span.start && span.end <= header.measured.1
        };
        let days: Vec<usize> = (0..calendar.days()).filter(whole).collect();
        return Ok(days.first().map_or(0, |d| *d)..days.last().map_or(0, |d| d + 1));
    };
    if last > calendar.days() {
        let what = format!("--days {first}..{last}: the run has {} days", calendar.days());
        return Err(Failure::wrong(what, &format!("choose from 1..{}", calendar.days())));
    }
    Ok(first - 1..last)
}

/// A scenario that does not read back is a fault of ours, and is not written.
fn check(text: &str) -> Result<(), Failure> {
    let none = |name: &str| Err(format!("no file `{name}`"));
    match scenario::load(text, None, &[], &none) {
        Ok(_) => Ok(()),
        Err(problems) => {
            Err(anyhow::anyhow!("the fitted scenario is not valid: {problems}").into())
        }
    }
}

fn say(args: &FitArgs, run: &Run, fitted: &Fitted) {
    if args.quiet {
        return;
    }
    log::warn(run);
    let (days, contacts) = (fitted.days.len(), guard::grouped(fitted.contacts));
    tell!("fitted to {contacts} contacts of {days} days");
    for what in fitted.assumed() {
        tell!("assumed: {what}");
    }
    if let Some(file) = &args.out {
        let name = Path::display(file);
        tell!("{name}: written; `convoq check {name}` and `convoq simulate {name}` go on from it");
    }
}
