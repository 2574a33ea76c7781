//! `convoq import`: a foreign log becomes a run.

use super::recording::Recording;
use super::{CONFIDENCE, Failure, INVALID, OK, input, output, print, recording};
use crate::doubt::Doubt;
use crate::event::SCHEMA_VERSION;
use crate::import::contacts::Operation;
use crate::import::{
    Clock, Counted, Layout, Local, Map, NoHead, Outline, Refusals, Rows, SHIPPED, Span, Staff,
    Survey, Table, Unreadable, Wanted, head, parse, play, probe, read_cases, read_contacts,
    read_counts, survey,
};
use crate::log::{Manifest, Mode, Policy, RUN_FORMAT, RunFolder, RunState, ScenarioFacts, Totals};
use crate::run::{Keep, replicate_told};
use crate::safe_text::{grouped, listed, plain};
use crate::scenario::{self, Problems};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    look: Option<Look>,
    #[command(flatten)]
    own: OwnArgs,
}

#[derive(Subcommand, Debug)]
enum Look {
    /// Print what a file holds, what its columns may be and what is odd about it; begin a map
    Probe(ProbeArgs),
}

#[derive(Args, Debug)]
struct ProbeArgs {
    /// A table of text, as it is or packed by gzip or zstd
    file: PathBuf,
    /// Write a commented map to this file, to be looked through
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// IANA name of the time zone of moments that have none
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
}

#[derive(Args, Debug)]
struct OwnArgs {
    /// Files of one layout: text (.csv, .tsv, .txt), each as it is or packed by gzip or zstd
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Folder of the run, which is made
    #[arg(long, value_name = "DIR", required = true)]
    out: Option<PathBuf>,
    /// What the columns are: a shipped map by its name, or a file; found by the columns without it
    #[arg(long, value_name = "NAME|FILE")]
    map: Option<String>,
    /// IANA name of the time zone of moments that have none, as Europe/Bucharest
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// First local date of the contacts that are wanted, as 2026-03-02
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last local date of them
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// No notes on standard error
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &ImportArgs) -> Result<u8, Failure> {
    match &args.look {
        Some(Look::Probe(args)) => look_at(args),
        None => import(&args.own),
    }
}

/// Prints what a file holds.
fn look_at(args: &ProbeArgs) -> Result<u8, Failure> {
    let zone = TimeZone::get(&args.zone).map_err(|_| no_zone(&args.zone))?;
    let unreadable =
        |e: Unreadable| Failure::wrong(format!("{}: {}", args.file.display(), e.what), &e.help);
    let mut table = open(&args.file, &Wanted::default())?;
    let seen = probe(&mut table).map_err(unreadable)?;
    let mut text = format!("{}: {}\n", args.file.display(), written(&table));
    if table.facts.foreign > 0 {
        let foreign = grouped(table.facts.foreign as usize);
        text += &format!("{foreign} characters are not of its encoding: read as Windows-1252\n");
    }
    text += &match found_map(&args.file) {
        Ok((map, _)) => format!("the shipped map `{}` has its columns: {}\n", map.name, map.about),
        Err(_) => "no shipped map has its columns\n".to_owned(),
    };
    text += &seen.columns_in_words();
    let mut again = open(&args.file, &Wanted::default())?;
    text += &seen.times_in_words(&mut again, zone).map_err(unreadable)?;
    print(&text)?;
    if let Some(out) = &args.out {
        output::write(out, seen.map(&stem(&args.file)).as_bytes())?;
        tell!("map: {}", out.display());
    }
    Ok(OK)
}

fn import(args: &OwnArgs) -> Result<u8, Failure> {
    let (map, source) = chosen_map(args)?;
    let survey = surveyed(args, &map, &source)?;
    let zone = zone_of(args, &map, &survey)?;
    let time_zone = TimeZone::get(&zone).map_err(|_| no_zone(&zone))?;
    let mut refusals = Refusals::default();
    let mut tables = Vec::new();
    for path in &args.files {
        tables.push((name_of(path), open(path, &map.wanted)?));
    }
    let part = (time_zone.clone(), span_of(args, &time_zone)?);
    let read = match map.rows {
        Rows::Contacts => read_contacts(&mut tables, &map, &survey, part, &mut refusals),
        Rows::Events => read_cases(&mut tables, &map, &survey, part, &mut refusals),
        Rows::Intervals => read_counts(&mut tables, &map, &survey, part, &mut refusals),
    };
    let (operation, counted) = read.map_err(|e| Failure::wrong(e.what, &e.help))?;
    let imported = Imported { args, map: &map, zone, survey, counted, refusals };
    imported.keep(operation, &Clock::new(time_zone))
}

/// What came of the rows.
struct Imported<'a> {
    args: &'a OwnArgs,
    map: &'a Map,
    zone: String,
    survey: Survey,
    counted: Counted,
    refusals: Refusals,
}

impl Imported<'_> {
    /// Writes the run.
    fn keep(self, mut operation: Operation, clock: &Clock) -> Result<u8, Failure> {
        let name = stem(&self.args.files[0]);
        let outline = Outline::of(&operation, &name, &self.zone, clock, self.map.interval_us);
        let outline = outline.map_err(|why| self.no_head(why))?;
        let loaded = scenario::load(&outline.text, None, &[], &|_| Err(String::new()));
        let loaded = loaded.map_err(|problems| {
            Failure::from(anyhow::anyhow!(
                "the outline is no scenario: {problems}\n{}",
                outline.text
            ))
        })?;
        let staff = Staff::of(&mut operation);
        let mut header = loaded.scenario.header;
        head(&mut header, &operation, &staff);
        let read = self.in_words();
        let doubt = Doubt::Imported { read: read.clone() };
        let manifest = Manifest {
            format: RUN_FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state: RunState::Running,
            mode: Mode::Import,
            schema_version: SCHEMA_VERSION,
            seed: 0,
            planned: 1,
            precision: None,
            log: "first".to_owned(),
            confidence: CONFIDENCE,
            reproduce: self.reproduce(),
            warnings: Vec::new(),
            scenario: ScenarioFacts {
                file: "outline.yaml".to_owned(),
                text: outline.text.clone(),
                ..ScenarioFacts::default()
            },
            header: header.clone(),
            totals: Totals::default(),
            partitions: Vec::new(),
            tables: Vec::new(),
            lost: None,
            generator: None,
            doubts: vec![(doubt.code().to_owned(), doubt.to_string())],
            fork: None,
        };
        let folder = RunFolder::create(self.args.out.as_deref().unwrap_or(Path::new("")))
            .map_err(recording::refused)?;
        let inputs = vec![("map.yaml".to_owned(), self.map.text.clone())];
        let recording =
            Recording::begin(folder, manifest, &inputs, (Keep::First, Policy::Sealed), None)?;
        let player = |_: u32, sink: &mut dyn FnMut(&[crate::event::Envelope])| {
            play(&operation, &staff, &header, sink);
        };
        let stop = AtomicBool::new(false);
        let mut pool = replicate_told(&header, &player, recording.logging(), &stop);
        let kept = recording.finish(&mut pool, false)?;
        if let Some(rejects) = self.refusals.csv() {
            output::write(&kept.join("rejects.csv"), rejects.as_bytes())?;
        }
        self.say(&kept, &outline, &staff, &read);
        Ok(OK)
    }

    /// What was read and what was left out: printed always, and kept with the run.
    fn in_words(&self) -> String {
        let c = &self.counted;
        let n = |count: u64| grouped(count as usize);
        let mut text = format!(
            "{} rows read, {} contacts, {} outside the span, {} refused",
            n(c.rows),
            n(c.contacts),
            n(c.outside),
            n(self.refusals.count)
        );
        let further = [
            (c.skipped, "left out by the map"),
            (c.doubled, "moments in an hour that came twice, taken as the first"),
            (c.over_midnight, "times of day taken as of the next day"),
            (c.rounded, "moments moved by up to 2 s to be in order"),
        ];
        for (count, what) in further.into_iter().filter(|(count, _)| *count > 0) {
            text += &format!(", {} {what}", n(count));
        }
        text
    }

    fn reproduce(&self) -> String {
        let files = self.args.files.iter().map(|f| f.display().to_string());
        let map = match &self.args.map {
            Some(map) => map.clone(),
            None => self.map.name.clone(),
        };
        let files = files.collect::<Vec<_>>().join(" ");
        let part = [("--from", &self.args.from), ("--to", &self.args.to)];
        let part = part.into_iter().filter_map(|(o, d)| d.as_ref().map(|d| format!(" {o} {d}")));
        format!(
            "convoq import {files} --map {map} --zone {}{}",
            self.zone,
            part.collect::<String>()
        )
    }

    fn no_head(&self, why: NoHead) -> Failure {
        let first = self.refusals.first().map(|first| format!("; the first: {first}"));
        match why {
            NoHead::Empty => Failure::wrong(
                format!("no contact is left: {}{}", self.in_words(), first.unwrap_or_default()),
                "look at the columns with `convoq import probe FILE`, or give another map",
            ),
            NoHead::TooLong(from, to, days) => Failure::wrong(
                format!("the contacts are from {from} to {to}: {} days", grouped(days as usize)),
                "a run has at most 3,660: look for moments that are wrong, or take a part with --from and --to",
            ),
        }
    }

    fn say(&self, kept: &Path, outline: &Outline, staff: &Staff, read: &str) {
        tell!("{read}");
        if self.args.quiet {
            return;
        }
        for told in &self.survey.told {
            tell!("{told}");
        }
        tell!("{} to {}, {} days in {}", outline.from, outline.to, outline.days, self.zone);
        let others = staff.teams.len() - staff.named;
        tell!(
            "agents: {} named in the log, {others} taken as the fewest that could have had the rest",
            staff.named
        );
        if staff.overlaps > 0 {
            let most = staff.most.iter().max().copied().unwrap_or(1);
            let overlaps = grouped(staff.overlaps as usize);
            tell!(
                "{overlaps} contacts were taken by an agent who had another, up to {most} at once"
            );
        }
        if let Some(first) = self.refusals.first() {
            tell!("refused: {first}; all in {}", kept.join("rejects.csv").display());
        }
        if self.refusals.unlisted() > 0 {
            tell!("refused: {} more are counted and not listed", self.refusals.unlisted());
        }
        tell!("run: {}", kept.display());
    }
}

/// The map that is asked for, or the first shipped one whose columns the first file has; and
/// what it is called in messages.
fn chosen_map(args: &OwnArgs) -> Result<(Map, String), Failure> {
    let Some(asked) = &args.map else {
        return found_map(&args.files[0]);
    };
    if let Some(shipped) = SHIPPED.iter().find(|s| s.name == asked) {
        return read_map(shipped.text, &format!("map {}", shipped.name));
    }
    let path = Path::new(asked);
    let text = input::text(path).map_err(|why| {
        let names = listed(SHIPPED.iter().map(|s| s.name));
        Failure::wrong(format!("{asked}: {why}"), &format!("shipped maps are {names}"))
    })?;
    read_map(&text, asked)
}

fn read_map(text: &str, name: &str) -> Result<(Map, String), Failure> {
    let map = Map::from_text(text).map_err(|problems| told(problems, name))?;
    Ok((map, name.to_owned()))
}

fn told(problems: Problems, name: &str) -> Failure {
    Failure::invalid(problems.named(name).to_string())
}

fn found_map(path: &Path) -> Result<(Map, String), Failure> {
    let table = open(path, &Wanted::default())?;
    for shipped in SHIPPED {
        let (map, name) = read_map(shipped.text, &format!("map {}", shipped.name))?;
        let fits = !map.header.is_empty() && map.header.iter().all(|c| table.column(c).is_some());
        if fits {
            return Ok((map, name));
        }
    }
    let columns = listed(table.header.iter().map(String::as_str));
    let names = listed(SHIPPED.iter().map(|s| s.name));
    let what = format!("{}: no shipped map has its columns: {}", path.display(), plain(&columns));
    let help = format!(
        "`convoq import probe {} --out map.yaml` begins a map; shipped ones are {names}",
        path.display()
    );
    Err(Failure::wrong(what, &help))
}

fn open(path: &Path, wanted: &Wanted) -> Result<Table, Failure> {
    Table::open(path, wanted)
        .map_err(|e| Failure::wrong(format!("{}: {}", path.display(), e.what), &e.help))
}

/// The first way through all files.
fn surveyed(args: &OwnArgs, map: &Map, source: &str) -> Result<Survey, Failure> {
    let mut tables = Vec::new();
    for path in &args.files {
        let table = open(path, &map.wanted)?;
        if let Some(first) = tables.first().filter(|first: &&Table| first.header != table.header) {
            let what = format!(
                "{} has other columns than {}: {} and {}",
                path.display(),
                args.files[0].display(),
                table.header.len(),
                first.header.len()
            );
            return Err(Failure::wrong(what, "import files of one layout together, others apart"));
        }
        tables.push(table);
    }
    if !args.quiet {
        for (path, table) in args.files.iter().zip(&tables) {
            tell!("{}: {}, {source}", path.display(), written(table));
        }
    }
    survey(&mut tables, map).map_err(|problems| {
        let all: Vec<String> = problems
            .into_iter()
            .map(|problem| map.problem(problem).named(source).to_string())
            .collect();
        Failure::invalid(all.join("\n"))
    })
}

/// How a file is written, in words.
fn written(table: &Table) -> String {
    let facts = &table.facts;
    let each = [Some(facts.format.as_str()), facts.delimiter, facts.encoding];
    each.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The days that are asked for.
fn span_of(args: &OwnArgs, zone: &TimeZone) -> Result<Span, Failure> {
    let midnight = |option: &str, date: &Option<String>, later: i32, otherwise: i64| {
        let Some(date) = date else { return Ok::<i64, Failure>(otherwise) };
        let day = parse(date, Layout::Ymd).and_then(|stamp| stamp.day);
        let day = day.ok_or_else(|| {
            Failure::wrong(format!("{option} {date}: it is no date"), "write it as 2026-03-02")
        })?;
        Ok(match Clock::new(zone.clone()).unix_us(day + later, 0) {
            Local::Once(at) | Local::Twice(at, _) | Local::Never(at) => at,
        })
    };
    let whole = Span::WHOLE;
    let from_us = midnight("--from", &args.from, 0, whole.from_us)?;
    let to_us = midnight("--to", &args.to, 1, whole.to_us)?;
    Ok(Span { from_us, to_us })
}

fn zone_of(args: &OwnArgs, map: &Map, survey: &Survey) -> Result<String, Failure> {
    match args.zone.as_ref().or(map.zone.as_ref()) {
        Some(zone) => Ok(zone.clone()),
        None if survey.has_offsets => Ok("UTC".to_owned()),
        None => Err(Failure {
            code: INVALID,
            message: "error[E1203]: the moments of the file have no time zone\n  help: say where its clock stood, as `--zone Europe/Bucharest`".to_owned(),
        }),
    }
}

fn no_zone(zone: &str) -> Failure {
    let names: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
    let near = scenario::nearest_name(zone, names.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("a similar zone exists: `{near}`"),
        None => "give its IANA name, as Europe/Bucharest".to_owned(),
    };
    Failure::wrong(format!("--zone {zone}: there is no such time zone"), &help)
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// The name of a run: that of the file without its endings.
fn stem(path: &Path) -> String {
    let name = name_of(path);
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or("imported");
    plain(stem).into_owned()
}
