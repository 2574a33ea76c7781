//! `convoq new`: a commented scenario to start from.

use super::output::write_below;
use super::{Failure, OK, print};
use clap::Args;
use std::path::Path;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(super) struct NewArgs {
    /// The file to write; standard output without it
    file: Option<PathBuf>,
    /// Which template; `--template list` names them
    #[arg(long, default_value = "quickstart")]
    template: String,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// A shipped scenario: its name, what it shows, its text.
pub(super) struct Template {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) text: &'static str,
}

macro_rules! templates {
    ($($name:literal: $about:literal,)*) => {
        &[$(Template {
            name: $name,
            about: $about,
            text: include_str!(concat!("../../scenarios/", $name, ".yaml")),
        },)*]
    };
}

/// Every shipped scenario.
pub(super) const TEMPLATES: &[Template] = templates! {
    "quickstart": "A web shop on a Monday. A bot answers chats first, a small team answers the rest",
    "b2c_retail_week": "Five working days of an online retailer; chat behind a bot, e-mail and phone; consumers and business customers",
    "b2b_saas_week": "B2B software support in business hours; denylist, enterprise and trial customers, engineers behind a first line, triage",
    "b2b_vs_b2c": "Business customers and consumers side by side with one bot; what makes the difference in automated resolution",
    "b2b": "Calibrated preset, business customers (B2B): rate of automated resolution 4.5%",
    "b2c_low": "Calibrated preset, consumers (B2C), careful deployment: rate of automated resolution 10.0%",
    "b2c_mid": "Calibrated preset, consumers (B2C), usual deployment: rate of automated resolution 15.0%",
    "b2c_high": "Calibrated preset, consumers (B2C), everything through the bot: rate of automated resolution 20.1%",
    "llm_bot_50": "A bot that resolves half of what it is involved in, and what its answers cost when a tenth of all issues only look resolved",
    "accuracy_ceiling": "Preset, the ceiling of accuracy: 85% in ideal conditions, and what gaps of the content make of it",
    "induced_demand": "Preset, induced demand: a bot that claims 84% resolved, on a desk whose cases fell by 5%",
    "no_escape_hatch": "Preset, a bot with a way out to people; variant no_hatch without: loops, lost customers, lost trust",
    "knowledge_work": "Preset, agents' time for knowledge: what it takes from the queue and gives to articles and bot",
    "time_saved": "Preset, the formulas of time saved by AI: contacts that it could handle, transfers, writing",
    "chat_concurrency": "Ten agents, up to five chats each, at constant load; the slow-down that Erlang's formula does not have",
    "phone_and_chat": "A blended team on phone and chat; announced waits, balking, a full queue, and callers who try again on the chat",
    "email_backlog": "E-mail over two working weeks; backlog over nights, a week end and a holiday; urgent cases first, with ageing",
    "social_care": "Messaging and social networks in two languages; acknowledgement with an expected time, answers within hours",
    "bot_outage_monday": "What a bot outage does to the people behind it, on a Monday with a campaign, a site fault and illness",
    "night_and_day": "A 24-hour service over the change of the clocks; night shifts, rosters from a file, skills, overflow between teams",
    "recorded_day": "Recorded arrivals in four forms: counts by interval, a forecast from them, a file of times, a few times by hand",
    "load_demo": "A minute of chat for a load test, around the clock at one rate; people's work scaled down to seconds",
};

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../scenarios/", $name))),)*]
    };
}

/// The files that shipped scenarios name, by their path beside the scenario.
const FILES: &[(&str, &str)] = files! {
    "data/handle_times.csv",
    "data/history.csv",
    "data/roster.csv",
    "data/tickets.csv",
    "profiles/business.csv",
    "profiles/retail.csv",
    "profiles/social.csv",
};

pub(super) fn run(args: &NewArgs) -> Result<u8, Failure> {
    if args.template == "list" {
        let lines = TEMPLATES.iter().map(|t| format!("{:<22} {}\n", t.name, t.about));
        print(&lines.collect::<String>())?;
        return Ok(OK);
    }
    let wanted = args.template.replace('-', "_");
    let template = TEMPLATES.iter().find(|t| t.name == wanted).ok_or_else(|| {
        let names: Vec<_> = TEMPLATES.iter().map(|t| t.name).collect();
        Failure::invalid(format!(
            "error: there is no template `{}`\n  help: templates: {}",
            args.template,
            names.join(", ")
        ))
    })?;
    let Some(path) = &args.file else {
        print(template.text)?;
        return Ok(OK);
    };
    let name = path.display();
    let folder = path.parent().unwrap_or(Path::new(""));
    let needed = FILES.iter().filter(|(file, _)| template.text.contains(&format!("csv: {file}")));
    refuse_used(path, args.force)?;
    // The scenario last: where it is, what it names is there.
    for (file, text) in needed {
        let path = folder.join(file);
        // The same file may be there already, from another template.
        if std::fs::read_to_string(&path).is_ok_and(|found| found == *text) {
            continue;
        }
        refuse_used(&path, args.force)?;
        write_below(&path, text.as_bytes())?;
        tell!("{} written", path.display());
    }
    write_below(path, template.text.as_bytes())?;
    tell!("{name} written. Next: convoq simulate {name}");
    Ok(OK)
}

fn refuse_used(path: &Path, force: bool) -> Result<(), Failure> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(Failure::invalid(format!(
            "error: {} exists\n  help: choose another name, or replace it with --force",
            path.display()
        )));
    }
    Ok(())
}
