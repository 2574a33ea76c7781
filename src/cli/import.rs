//! `convoq import`: a foreign log becomes a run.

use super::recording::Recording;
use super::{CONFIDENCE, Failure, INVALID, OK, input, output, recording};
use crate::doubt::Doubt;
use crate::event::SCHEMA_VERSION;
use crate::import::contacts::Operation;
use crate::import::{
    Clock, Counted, Map, NoHead, Outline, Refusals, SHIPPED, Staff, Survey, Table, Wanted, head,
    play, read_contacts, survey,
};
use crate::log::{Manifest, Mode, Policy, RUN_FORMAT, RunFolder, RunState, ScenarioFacts, Totals};
use crate::run::{Keep, replicate_told};
use crate::safe_text::{grouped, listed, plain};
use crate::scenario::{self, Problems};
use clap::Args;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// Files of one layout: .csv, .tsv, .txt, .xlsx, .parquet, each as it is or packed by gzip or zstd
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Folder of the run, which is made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the columns are: a shipped map by its name, or a file; found by the columns without it
    #[arg(long, value_name = "NAME|FILE")]
    map: Option<String>,
    /// IANA name of the time zone of moments that have none, as Europe/Bucharest
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// No notes on standard error
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &ImportArgs) -> Result<u8, Failure> {
    let (map, source) = chosen_map(args)?;
    let survey = surveyed(args, &map, &source)?;
    let zone = zone_of(args, &map, &survey)?;
    let time_zone = TimeZone::get(&zone).map_err(|_| no_zone(&zone))?;
    let mut refusals = Refusals::default();
    let mut tables = Vec::new();
    for path in &args.files {
        tables.push((name_of(path), open(path, &map.wanted)?));
    }
    let read = read_contacts(&mut tables, &map, &survey, time_zone.clone(), &mut refusals);
    let (operation, counted) = read.map_err(|e| Failure::wrong(e.what, &e.help))?;
    let imported = Imported { args, map: &map, zone, survey, counted, refusals };
    imported.keep(operation, &Clock::new(time_zone))
}

/// What came of the rows.
struct Imported<'a> {
    args: &'a ImportArgs,
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
        let folder = RunFolder::create(&self.args.out).map_err(recording::refused)?;
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
            (c.repeated, "word for word as the row before, kept"),
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
        format!("convoq import {files} --map {map} --zone {}", self.zone)
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
                "a run has at most 3,660: look for moments that are wrong, or import a part of the file",
            ),
        }
    }

    fn say(&self, kept: &Path, outline: &Outline, staff: &Staff, read: &str) {
        tell!("{read}");
        if self.args.quiet {
            return;
        }
        for (table, path) in self.survey.told.iter().zip(std::iter::repeat("")) {
            tell!("{path}{table}");
        }
        tell!("{} to {}, {} days in {}", outline.from, outline.to, outline.days, self.zone);
        let others = staff.teams.len() - staff.named;
        tell!(
            "agents: {} named in the log, {others} taken as the fewest that could have had the rest",
            staff.named
        );
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
fn chosen_map(args: &ImportArgs) -> Result<(Map, String), Failure> {
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
fn surveyed(args: &ImportArgs, map: &Map, source: &str) -> Result<Survey, Failure> {
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
            let facts = &table.facts;
            let written = [facts.delimiter, facts.encoding].into_iter().flatten();
            let written: Vec<_> = written.map(|w| format!(", {w}")).collect();
            tell!("{}: {}{}, {source}", path.display(), facts.format, written.concat());
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

fn zone_of(args: &ImportArgs, map: &Map, survey: &Survey) -> Result<String, Failure> {
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
