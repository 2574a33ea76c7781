//! From the mirror of the file to the validated [`Scenario`].
//!
//! Everything wrong is collected: a value that is wrong is reported and replaced
//! by a stand-in, and the compilation goes on.

mod after;
mod calendar;
mod cx;
mod demand;
mod header;
mod law;
mod people;
mod pieces;
mod queues;
mod recorded;
mod service;
mod shifts;
mod table;
mod warnings;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::CsvLoader;
use super::file::File;
use super::problem::Problem;
use super::units;
use super::{Scenario, Team};
use crate::time::{DAY_US, SimDuration};

use calendar::Calendar;
use cx::{Cx, Kind};

/// What a compilation made.
pub struct Compiled {
    /// The scenario; to be used only when no problem is an error.
    pub scenario: Scenario,
    /// Everything wrong or worth a warning.
    pub problems: Vec<Problem>,
    /// CSV files read, in order: path and text.
    pub files: Vec<(String, String)>,
}

/// Compiles a file.
pub fn compile(file: &File, csv: CsvLoader) -> Compiled {
    let (calendar, problems) = calendar(file);
    let mut cx = Cx::new(calendar, problems, csv);
    if file.convoq != 1 {
        let message = format!("the format version {} is not known", file.convoq);
        cx.error("E0106", "convoq", message, "this program reads `convoq: 1`");
    }
    names(&mut cx, file);
    let scenario = parts(&mut cx, file);
    Compiled {
        scenario,
        problems: cx.problems,
        files: cx.files,
    }
}

/// The days of the run; after a problem some days, so that the rest can be checked.
fn calendar(file: &File) -> (Calendar, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut wrong = |code, path: &str, message: String, help: &str| {
        problems.push(Problem::error(code, path, message).help(help));
    };
    let time = &file.time;
    let date = time.start.0.to_string();
    let start = date.trim().parse::<Date>().unwrap_or_else(|_| {
        wrong(
            "E0205",
            "time.start",
            format!("`{date}` is not a date"),
            "write `2026-03-02`",
        );
        Date::constant(2026, 1, 5)
    });
    if !(1..=200).contains(&time.days) {
        wrong(
            "E0211",
            "time.days",
            format!("{} days", time.days),
            "give 1 to 200 days",
        );
    }
    let name = time.zone.as_deref().unwrap_or("UTC");
    let zone = TimeZone::get(name).unwrap_or_else(|_| {
        let near = jiff::tz::db()
            .available()
            .map(|n| n.as_str().to_owned())
            .collect::<Vec<_>>();
        let help = match super::problem::similar(name, near.iter().map(String::as_str)) {
            Some(near) => format!("a similar zone exists: `{near}`"),
            None => "use an IANA name, as `Europe/Bucharest` or `UTC`".to_owned(),
        };
        wrong(
            "E0401",
            "time.zone",
            format!("there is no time zone `{name}`"),
            &help,
        );
        TimeZone::UTC
    });
    let mut duration = |value: Option<&super::file::Dur>, default: f64, path: &str| match value
        .map_or(Ok(SimDuration::from_s(default)), |v| units::duration(&v.0))
    {
        Ok(length) => length,
        Err(e) => {
            wrong("E0201", path, e.message, &e.help);
            SimDuration::from_s(default)
        }
    };
    let mut interval = duration(time.interval.as_ref(), 1800.0, "time.interval");
    let drain = duration(time.drain.as_ref(), 0.0, "time.drain");
    if interval < SimDuration::from_s(1.0) || DAY_US % interval.0 != 0 {
        wrong(
            "E0404",
            "time.interval",
            format!("{interval} does not divide a day"),
            "choose 5m, 10m, 15m, 30m, 1h, ...",
        );
        interval = SimDuration::from_s(1800.0);
    }
    let days = time.days.clamp(1, 200);
    let made = Calendar::new(start, days, zone, interval, drain);
    let calendar = made.unwrap_or_else(|| {
        wrong(
            "E0205",
            "time.start",
            format!("`{date}` is too far from today"),
            "choose another date",
        );
        Calendar::plain(days, interval, drain)
    });
    (calendar, problems)
}

/// Gives every name its id.
fn names(cx: &mut Cx, file: &File) {
    for (kind, names, default) in [
        (Kind::Segment, file.segments.names(), Some("all")),
        (Kind::Language, file.languages.clone(), Some("any")),
        (Kind::Intent, file.intents.names(), None),
        (Kind::Channel, file.channels.names(), None),
        (Kind::Team, file.teams.names(), None),
    ] {
        for (n, name) in names.iter().enumerate() {
            if names[..n].contains(name) {
                let path = format!("{}s[{n}]", kind.word());
                cx.error(
                    "E0302",
                    &path,
                    format!("`{name}` is written twice"),
                    "keep one of them",
                );
            }
            cx.add(kind, name);
        }
        if let (true, Some(default)) = (names.is_empty(), default) {
            cx.add(kind, default);
        }
    }
    if file.intents.0.is_empty() {
        cx.error(
            "E0601",
            "intents",
            "there are no intents",
            "describe at least one thing that customers want",
        );
        cx.add(Kind::Intent, "any");
    }
    cx.add(Kind::Tier, "standard");
    for name in file.tiers.names().iter().filter(|n| *n != "standard") {
        cx.add(Kind::Tier, name);
    }
    let used = file.demand.iter().map(|d| &d.channel).chain(
        file.teams
            .0
            .iter()
            .flat_map(|(_, t)| t.channels.0.iter().map(|c| &c.0)),
    );
    for name in used.cloned().collect::<Vec<_>>() {
        if cx.lookup(Kind::Channel, &name).is_none() {
            // A slip in the name of a channel that is described would make a channel of its own.
            let known = cx.names(Kind::Channel).to_vec();
            if file.channels.0.is_empty()
                || super::problem::similar(&name, known.iter().map(String::as_str)).is_none()
            {
                cx.add(Kind::Channel, &name);
            }
        }
    }
    cx.name_sources(file);
    for (kind, limit, path) in [
        (Kind::Segment, 250, "segments"),
        (Kind::Channel, 250, "channels"),
        (Kind::Intent, 60_000, "intents"),
        (Kind::Tier, 250, "tiers"),
        (Kind::Language, 250, "languages"),
        (Kind::Team, 250, "teams"),
        (Kind::Source, 60_000, "demand"),
    ] {
        cx.at_most(kind, limit, path);
    }
}

/// Channels that a customer can come by.
fn used_channels(cx: &Cx, file: &File) -> Vec<bool> {
    let mut used = vec![false; cx.names(Kind::Channel).len()];
    let switched = file
        .returns
        .iter()
        .filter_map(|r| r.retries.as_ref())
        .flat_map(|r| &r.switch.0);
    let targets = switched.flat_map(|(_, to)| to.0.iter().map(|t| &t.0));
    let served = file
        .teams
        .0
        .iter()
        .flat_map(|(_, t)| t.channels.0.iter().map(|c| &c.0));
    for name in file
        .demand
        .iter()
        .map(|d| &d.channel)
        .chain(targets)
        .chain(served)
    {
        if let Some(id) = cx.lookup(Kind::Channel, name) {
            used[id] = true;
        }
    }
    used
}

fn parts(cx: &mut Cx, file: &File) -> Scenario {
    let open = cx.hours(file.time.open.as_ref(), "time.open");
    if open.0.is_empty() && cx.clean("time") {
        cx.error(
            "E0404",
            "time.open",
            "the operation is never open in the run",
            "check days and dates of `time.open`",
        );
    }
    let channels = cx.channels(file, &open);
    let intents = cx.intents(file);
    let tiers = cx.tiers(file);
    let mut sources = cx.sources(file, &channels);
    let bot = file.bot.as_ref().map(|b| cx.bot(b));
    let used = used_channels(cx, file);
    let mut queues = cx.queues(file, &used);
    cx.at_most(Kind::Queue, 250, "queues");
    let mut teams: Vec<Team> = cx.teams(file);
    let agents = cx.agents(file, &open);
    cx.serve(file, &mut queues, &mut teams);
    cx.check_served(file, &queues, &teams, &used);
    let routing = cx.routing(file);
    let triage_work = routing.triage.as_ref().map(|t| t.work.mean_s());
    let (faults, fault_names) = cx.faults(file, &mut sources);
    cx.mean_work(&mut queues, &sources, &intents, triage_work);
    let returns = cx.returns(file);
    let survey = file.survey.as_ref().map(|s| cx.survey(s));
    let header = cx.header(file, &channels, &queues, &teams, &agents, &bot, fault_names);
    if file.replications == Some(0) {
        cx.error("E0211", "replications", "no replications", "give 1 or more");
    }
    let scenario = Scenario {
        header,
        seed: file.seed.unwrap_or(1),
        replications: file.replications.unwrap_or(20),
        horizon: cx.calendar.horizon,
        end: cx.calendar.end,
        open,
        sources,
        intents,
        tiers,
        channels,
        bot,
        routing,
        queues,
        teams,
        agents,
        returns,
        survey,
        faults,
    };
    cx.warnings(file, &scenario);
    scenario
}
