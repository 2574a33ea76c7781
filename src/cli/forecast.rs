//! `convoq forecast`: volumes of the weeks to come from counts that were.

use super::{Failure, Format, OK, guard, input, output, print, print_json};
use crate::event::{Event, Header};
use crate::forecast::{Ask, Forecast, History, Unusable, forecast};
use crate::log::Run;
use crate::report::{forecast_csv, forecast_json, forecast_text, json};
use crate::safe_text::listed;
use crate::scenario::file::Scalar;
use crate::scenario::{CsvTable, units};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// Weeks beyond which nothing is known any more.
const MOST_WEEKS: i64 = 52;

#[derive(Args, Debug)]
pub(super) struct ForecastArgs {
    /// A CSV file of counts by interval (`.gz` is allowed), or a run directory: its contacts are counted
    source: PathBuf,
    /// Weeks to come, from the day after the last count
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=MOST_WEEKS))]
    weeks: u32,
    /// Write the intervals to this CSV file: `counts` of a scenario reads it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Column of the times at which intervals begin; not needed where the file has two columns
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// Column of the counts; not needed where the file has two columns
    #[arg(long, value_name = "COLUMN")]
    count: Option<String>,
    /// Rows to use, by values of other columns: `--rows queue=care`; may be given several times
    #[arg(long, value_name = "COLUMN=VALUE")]
    rows: Vec<String>,
    /// Zone of the forecast's clock, for times in the file that have an offset
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Channel to count, of a run; all of them without it
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Length of an interval, as `30m`; that of the counts without it
    #[arg(long, value_name = "TIME")]
    interval: Option<String>,
    /// Dates to come on which nobody will come, as `2026-12-25,2026-12-26`
    #[arg(long, value_name = "DATES", value_delimiter = ',')]
    closed: Vec<Date>,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Counts as they were read.
struct Counted {
    rows: Vec<(DateTime, f64)>,
    /// Length of an interval where the source says it, seconds.
    step_s: Option<u32>,
}

pub(super) fn run(args: &ForecastArgs) -> Result<u8, Failure> {
    guard::writable("--out", args.out.as_deref())?;
    let counted = if args.source.is_dir() { of_run(args)? } else { of_file(args)? };
    let step_s = interval_s(args)?.or(counted.step_s);
    let history = History::of(&counted.rows, step_s)
        .map_err(|why| unusable(&args.source, args.interval.as_deref(), why))?;
    closed_lie_ahead(args, &history)?;
    let ask = Ask { weeks: args.weeks, closed: args.closed.iter().copied().collect() };
    let found = forecast(&history, &ask);
    if let Some(file) = &args.out {
        output::write(file, forecast_csv(&found).as_bytes())?;
    }
    show(args, &found, &history)?;
    Ok(OK)
}

fn show(args: &ForecastArgs, found: &Forecast, history: &History) -> Result<(), Failure> {
    let file = args.out.as_ref().map(|f| f.display().to_string());
    let text =
        |is_markdown| forecast_text(found, history, args.weeks, file.as_deref(), is_markdown);
    match args.format {
        Format::Text => print(&text(false)),
        Format::Markdown => print(&text(true)),
        Format::Csv => print(&forecast_csv(found)),
        Format::Json => print_json(&json(&forecast_json(found, history, args.weeks))),
    }
}

fn interval_s(args: &ForecastArgs) -> Result<Option<u32>, Failure> {
    let Some(text) = &args.interval else {
        return Ok(None);
    };
    let wrong = |what: &str, help: &str| Failure::wrong(format!("--interval {text}: {what}"), help);
    let length = units::duration(&Scalar::Text(text.clone()))
        .map_err(|wrong_unit| wrong(&wrong_unit.message, &wrong_unit.help))?;
    let seconds = u32::try_from(length.0 / 1_000_000).unwrap_or(0);
    if seconds == 0 || 86_400 % seconds != 0 || length.0 % 1_000_000 != 0 {
        return Err(wrong("it does not divide a day", "give 5m, 15m, 30m, 1h"));
    }
    Ok(Some(seconds))
}

fn unusable(source: &Path, interval: Option<&str>, why: Unusable) -> Failure {
    let name = source.display();
    match why {
        Unusable::Empty => Failure::wrong(
            format!("{name}: no count is above zero"),
            "name the column of the counts with --count, and rows with --rows",
        ),
        Unusable::Step(step_s) => Failure::wrong(
            format!(
                "{name}: the least distance of two rows is {step_s} s, which does not divide a day"
            ),
            match interval {
                None => "give the length of an interval: --interval 30m",
                Some(_) => "give 5m, 15m, 30m, 1h",
            },
        ),
        Unusable::Short(days) => Failure::wrong(
            format!("{name}: {days} days are too few"),
            "give counts of at least 14 days: with fewer there is one of each weekday",
        ),
    }
}

fn closed_lie_ahead(args: &ForecastArgs, history: &History) -> Result<(), Failure> {
    let from = history.next_date();
    match args.closed.iter().find(|date| **date < from) {
        None => Ok(()),
        Some(date) => Err(Failure::wrong(
            format!("--closed {date}: the forecast begins on {from}"),
            "days of the past without rows count as closed already",
        )),
    }
}

/// Columns of time and count.
fn columns(args: &ForecastArgs, table: &CsvTable) -> Result<[usize; 2], Failure> {
    let name = args.source.display();
    let all = listed(table.columns.iter().map(String::as_str));
    let find = |option: &str, wanted: &Option<String>, place: usize| match wanted {
        Some(wanted) => table.columns.iter().position(|c| c == wanted).ok_or_else(|| {
            Failure::wrong(
                format!("{name}: there is no column `{wanted}`"),
                &format!("its columns: {all}"),
            )
        }),
        None if table.columns.len() == 2 => Ok(place),
        None => Err(Failure::wrong(
            format!("{name}: which of its {} columns?", table.columns.len()),
            &format!("give {option}; its columns: {all}"),
        )),
    };
    Ok([find("--time COLUMN", &args.time, 0)?, find("--count COLUMN", &args.count, 1)?])
}

/// Leaves the rows in a table that `--rows` asks for.
fn keep(args: &ForecastArgs, table: &mut CsvTable) -> Result<(), Failure> {
    for rule in &args.rows {
        let wrong =
            |what: String, help: &str| Failure::wrong(format!("--rows {rule}: {what}"), help);
        let (column, value) = rule
            .split_once('=')
            .ok_or_else(|| wrong("expected COLUMN=VALUE".to_owned(), "as in --rows queue=care"))?;
        let place = table.columns.iter().position(|c| c == column.trim()).ok_or_else(|| {
            let all = listed(table.columns.iter().map(String::as_str));
            wrong(format!("there is no column `{column}`"), &format!("its columns: {all}"))
        })?;
        table.rows.retain(|row| row.get(place) == Some(value.trim()));
        if table.rows.is_empty() {
            return Err(wrong("no row has this value".to_owned(), "look at the file's spelling"));
        }
    }
    Ok(())
}

fn of_file(args: &ForecastArgs) -> Result<Counted, Failure> {
    let name = args.source.display().to_string();
    if args.channel.is_some() {
        let help = "of a file, choose rows with --rows COLUMN=VALUE";
        return Err(Failure::wrong("--channel is for runs", help));
    }
    let text = input::table(&args.source)
        .map_err(|why| Failure::invalid(format!("error: {name}: {why}")))?;
    let told = |w: units::Wrong| Failure::wrong(w.message, &w.help);
    let mut table = CsvTable::parse(&name, &text).map_err(told)?;
    keep(args, &mut table)?;
    let [time, count] = columns(args, &table)?;
    let zone = match &args.zone {
        None => None,
        Some(zone) => Some(TimeZone::get(zone).map_err(|_| {
            Failure::wrong(
                format!("--zone {zone}: no such zone"),
                "give an IANA name, as Europe/Berlin",
            )
        })?),
    };
    let mut problems = Vec::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for (n, row) in table.rows.iter().enumerate() {
        let cell = |column: usize| row.get(column).unwrap_or_default();
        match (local(cell(time), zone.as_ref()), number(cell(count))) {
            (Ok(at), Ok(count)) => rows.push((at, count)),
            (at, count) => {
                let wrong = [at.err(), count.err()].into_iter().flatten();
                problems.extend(wrong.map(|what| format!("{}: {what}", table.place(n))));
            }
        }
    }
    match refused(&problems) {
        Some(failure) => Err(failure),
        None => Ok(Counted { rows, step_s: None }),
    }
}

/// The first problems, and how many there are besides.
fn refused(problems: &[String]) -> Option<Failure> {
    const SHOWN: usize = 5;
    let more = problems.len().saturating_sub(SHOWN);
    let mut lines: Vec<String> = problems.iter().take(SHOWN).cloned().collect();
    lines.extend((more > 0).then(|| format!("and {more} rows more likewise")));
    (!problems.is_empty()).then(|| Failure::problems(&lines))
}

/// A local time, written as such or with an offset.
fn local(cell: &str, zone: Option<&TimeZone>) -> Result<DateTime, String> {
    if let Ok(at) = cell.parse::<Timestamp>() {
        return match zone {
            Some(zone) => Ok(at.to_zoned(zone.clone()).datetime()),
            None => Err(format!(
                "`{cell}` has an offset: say on which clock days begin, --zone Europe/Berlin"
            )),
        };
    }
    let text = cell.replace('/', "-");
    let date = || text.parse::<Date>().map(|d| d.to_datetime(jiff::civil::Time::midnight()));
    text.parse::<DateTime>()
        .or_else(|_| date())
        .map_err(|_| format!("`{cell}` is not a time: write `2026-03-02 08:00`"))
}

fn number(cell: &str) -> Result<f64, String> {
    let count = cell.parse().ok().filter(|c: &f64| *c >= 0.0 && c.is_finite());
    count.ok_or_else(|| format!("`{cell}` is not a count: write 12 or 12.5"))
}

/// Customers of a run by the interval in which they came first: those who come again
/// are made by the scenario, not by its demand.
fn of_run(args: &ForecastArgs) -> Result<Counted, Failure> {
    let run = Run::open(&args.source)?;
    let header = &run.manifest.header;
    let name = args.source.display();
    let options = [("--time", args.time.is_some()), ("--count", args.count.is_some())];
    let others = [("--rows", !args.rows.is_empty()), ("--zone", args.zone.is_some())];
    if let Some((option, _)) = options.iter().chain(&others).find(|(_, given)| *given) {
        let help = "leave it out: a run has its own clock and its own events";
        return Err(Failure::wrong(format!("{option} is for files"), help));
    }
    let channel = match &args.channel {
        None => None,
        Some(wanted) => {
            let found = header.channels.iter().position(|c| c == wanted);
            let all = listed(header.channels.iter().map(String::as_str));
            Some(found.ok_or_else(|| {
                Failure::wrong(
                    format!("{name}: there is no channel `{wanted}`"),
                    &format!("its channels: {all}"),
                )
            })?)
        }
    };
    let Some((number, _)) = run.replications().first().copied() else {
        let help = "`simulate --log full` keeps the events of all replications";
        return Err(Failure::wrong(format!("{name}: it keeps no events"), help));
    };
    let mut rows = every_interval(header);
    for envelope in run.replication(number)? {
        if let Event::ContactStarted { channel: on, attempt: 0, .. } = envelope.event
            && channel.is_none_or(|c| c == on.index())
            && let Some(at) = on_the_wall(header, envelope.at.0)
        {
            rows.push((at, 1.0));
        }
    }
    let step_s = u32::try_from(header.interval.0 / 1_000_000).ok();
    Ok(Counted { rows, step_s })
}

/// The starts of all intervals of a run, without contacts.
fn every_interval(header: &Header) -> Vec<(DateTime, f64)> {
    let count = header.interval_labels.len() as u64;
    let starts = (0..count).filter_map(|n| on_the_wall(header, n * header.interval.0));
    starts.map(|at| (at, 0.0)).collect()
}

fn on_the_wall(header: &Header, at_us: u64) -> Option<DateTime> {
    let unix_us = header.epoch_s.checked_mul(1_000_000)?.checked_add(i64::try_from(at_us).ok()?)?;
    let zone = TimeZone::get(&header.zone).unwrap_or(TimeZone::UTC);
    Some(Timestamp::from_microsecond(unix_us).ok()?.to_zoned(zone).datetime())
}
