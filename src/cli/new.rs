//! `convoq new`: a commented scenario to start from.

use super::{Failure, NewArgs, OK, print};
use std::io::Write as _;

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
    "quickstart": "a small helpdesk: one bot, one team, one day",
};

pub(super) fn run(args: &NewArgs) -> Result<u8, Failure> {
    if args.template == "list" {
        let lines = TEMPLATES
            .iter()
            .map(|t| format!("{:<22} {}\n", t.name, t.about));
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
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(template.text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::invalid(format!(
            "error: {name} exists\n  help: choose another name, or replace it with --force"
        )),
        _ => Failure::invalid(format!("error: {name}: cannot be written: {error}")),
    })?;
    eprintln!("{name} written. Next: convoq simulate {name}");
    Ok(OK)
}
