//! From the mirror of the file to the validated [`Scenario`].
//!
//! Everything wrong is collected: a value that is wrong is reported and replaced
//! by a stand-in, and the compilation goes on.

mod after;
mod at;
mod calendar;
mod cx;
mod days;
mod demand;
mod header;
mod hours;
mod induced;
mod knowledge;
mod law;
mod nights;
mod people;
mod pieces;
mod plan;
mod profile;
mod queues;
mod recorded;
mod recorded_contacts;
mod roster;
mod routing;
mod satisfaction;
mod service;
mod shifts;
mod table;
mod volumes;
mod warnings;
mod zone;

pub use demand::volume as expected_volume;
pub use demand::{mean, shares};
pub use law::lone_law;
pub use table::Table;

use super::CsvLoader;
use super::Scenario;
use super::file::File;
use super::problem::Problem;
use crate::event::Header;

use at::{At, at};
use cx::{Cx, Kind};

/// What a compilation made.
pub struct Compiled {
    /// The scenario; to be used only when no problem is an error. None where there is
    /// too much of something.
    pub scenario: Option<Scenario>,
    /// Everything wrong or worth a warning.
    pub problems: Vec<Problem>,
    /// CSV files read, in order: path and text.
    pub files: Vec<(String, String)>,
}

/// Compiles a file.
///
/// `wrong` are the values that the structure check found wrong: they are told with what
/// is found here, and what only follows from them is not.
pub fn compile(file: &File, wrong: Vec<Problem>, csv: CsvLoader) -> Compiled {
    let mut problems = wrong;
    let calendar = days::calendar(&file.time, &mut problems);
    let mut cx = Cx::new(calendar, problems, csv);
    if file.convoq != 1 {
        let message = format!("the format version {} is not known", file.convoq);
        cx.error("E0106", "convoq", message, "this program reads `convoq: 1`");
    }
    let few = names(&mut cx, file);
    let scenario = few.then(|| parts(&mut cx, &At::new(file, "")));
    Compiled { scenario, problems: cx.problems, files: cx.files }
}

/// Gives every name its id; whether there is not too much of anything.
fn names(cx: &mut Cx, file: &File) -> bool {
    for (kind, names, default) in [
        (Kind::Segment, file.segments.names(), Some("all")),
        (Kind::Language, file.languages.clone(), Some("any")),
        (Kind::Intent, file.intents.names(), None),
        (Kind::Channel, file.channels.names(), None),
        (Kind::Team, file.teams.names(), None),
    ] {
        for (n, name) in names.iter().enumerate() {
            if cx.lookup(kind, name).is_some() {
                let path = format!("{}s[{n}]", kind.word());
                cx.error("E0302", &path, format!("`{name}` is written twice"), "keep one of them");
            }
            cx.add(kind, name);
        }
        if let (true, Some(default)) = (names.is_empty(), default) {
            cx.add(kind, default);
        }
    }
    if file.intents.0.is_empty() {
        let help = "describe at least one thing that customers want";
        cx.error("E0601", "intents", "there are no intents", help);
        cx.add(Kind::Intent, "any");
    }
    cx.add(Kind::Tier, "standard");
    for name in file.tiers.names().iter().filter(|n| *n != "standard") {
        cx.add(Kind::Tier, name);
    }
    for name in channels_of_use(file) {
        // A slip in the name of a channel that is described would make a channel of its own.
        let new = cx.lookup(Kind::Channel, name).is_none();
        if new && (file.channels.0.is_empty() || !cx.is_slip(Kind::Channel, name)) {
            cx.add(Kind::Channel, name);
        }
    }
    cx.name_sources(file);
    counts(cx, file)
}

/// Channels that customers come by or that teams serve, as they are named.
fn channels_of_use(file: &File) -> impl Iterator<Item = &String> {
    let served = file.teams.0.iter().flat_map(|(_, team)| team.channels.0.iter().map(|c| &c.0));
    file.demand.iter().map(|d| &d.channel).chain(served)
}

/// Counts limited by the width of an id, or by what a day can hold.
fn counts(cx: &mut Cx, file: &File) -> bool {
    let before = cx.problems.len();
    for (kind, limit, path) in [
        (Kind::Segment, 250, "segments"),
        (Kind::Channel, 250, "channels"),
        (Kind::Intent, 60_000, "intents"),
        (Kind::Tier, 250, "tiers"),
        (Kind::Language, 250, "languages"),
        (Kind::Team, 250, "teams"),
        (Kind::Source, 60_000, "demand"),
    ] {
        let what = format!("{}s", kind.word());
        cx.at_most(&what, cx.names(kind).len(), limit, path);
    }
    cx.at_most("queues", file.queues.0.len(), 250, "queues");
    cx.at_most("faults", file.faults.len(), 250, "faults");
    cx.at_most("targets", file.targets.len(), 1000, "targets");
    cx.problems.len() == before
}

/// Channels that a customer can come by.
fn used_channels(cx: &Cx, file: &File) -> Vec<bool> {
    let mut used = vec![false; cx.names(Kind::Channel).len()];
    let switched = file.returns.retries.switch.0.iter();
    let targets = switched.flat_map(|(_, to)| to.0.iter().map(|t| &t.0));
    for id in channels_of_use(file).chain(targets).filter_map(|c| cx.lookup(Kind::Channel, c)) {
        used[id] = true;
    }
    used
}

fn parts(cx: &mut Cx, file: &At<File>) -> Scenario {
    let open = cx.hours(at!(file.time.open));
    if open.0.is_empty() && cx.clean("time") {
        let help = "check days and dates of `time.open`";
        cx.error("E0404", "time.open", "the operation is never open in the run", help);
    }
    let channels = cx.channels(file, &open);
    let mut intents = cx.intents(file);
    let tiers = cx.tiers(file);
    let mut sources = cx.sources(file, &channels);
    let bot = at!(file.bot).given().map(|b| cx.bot(&b));
    let used = used_channels(cx, file);
    let mut queues = cx.queues(file, &used);
    let mut teams = cx.teams(file);
    let agents = cx.agents(file, &open, &teams);
    knowledge::knowledge_work(file, &agents, &mut intents);
    cx.serve(file, &mut queues, &mut teams);
    cx.check_served(file, &queues, &teams, &used);
    let routing = cx.routing(file);
    let triage_work = routing.triage.as_ref().map(|t| t.work.mean_s());
    let (faults, fault_names) = cx.faults(file, &mut sources);
    cx.volumes(file, &sources);
    cx.mean_work(&mut queues, &sources, &intents, triage_work);
    let returns = cx.returns(file);
    let survey = at!(file.survey).given().map(|s| cx.survey(&s));
    let mut scenario = Scenario {
        header: Header::default(),
        seed: file.seed,
        replications: file.replications,
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
    scenario.header = cx.header(file, &scenario, fault_names);
    cx.warnings(file, &scenario);
    scenario
}
