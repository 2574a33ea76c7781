//! What would take long or much memory, or could not be written, is told before it runs.

use super::Failure;
use crate::run::Plan;
pub(super) use crate::safe_text::grouped;
use crate::scenario::{Scenario, expected_volume};
use std::num::NonZeroU32;
use std::path::Path;

/// Seconds beyond which a command asks for `--yes`.
pub(super) const LONG_S: f64 = 1800.0;
/// Bytes beyond which a command asks for `--yes`.
const MUCH_BYTES: f64 = 8e9;
/// Time of a core for one contact, from start to end.
const CONTACT_S: f64 = 3e-6;
/// Memory of a contact while it lives.
const CONTACT_BYTES: f64 = 260.0;

/// How long replications take and how much memory they can need.
pub(super) struct Size {
    contacts: f64,
    replications: u32,
    seconds: f64,
    bytes: f64,
}

impl Size {
    /// Of a plan. The memory is that of a day on which all customers wait at once.
    pub(super) fn of(scenario: &Scenario, plan: Plan) -> Self {
        let contacts: f64 = scenario.sources.iter().map(expected_volume).sum();
        let all = contacts * f64::from(plan.replications.get());
        let at_once = plan.threads.min(plan.replications).get();
        Size {
            contacts,
            replications: plan.replications.get(),
            seconds: all * CONTACT_S / f64::from(at_once),
            bytes: contacts * CONTACT_BYTES * f64::from(at_once),
        }
    }

    /// In words, for `check`.
    pub(super) fn words(&self) -> String {
        let memory = if self.bytes > 1e9 {
            format!(", up to {:.0} GB of memory", self.bytes / 1e9)
        } else {
            String::new()
        };
        format!(
            "{} contacts expected, {} replications: {}{memory}",
            contacts(self.contacts),
            self.replications,
            about(self.seconds)
        )
    }

    /// Whether it is beyond the limits.
    pub(super) fn is_large(&self) -> bool {
        self.seconds > LONG_S || self.bytes > MUCH_BYTES
    }

    /// Asks for `--yes` where it is beyond the limits.
    pub(super) fn ask(&self, allowed: bool, quiet: bool) -> Result<(), Failure> {
        if !self.is_large() {
            return Ok(());
        }
        let help = "give --yes to run them all, or take fewer customers or fewer replications (-n)";
        ask(&self.words(), help, allowed, quiet)
    }
}

/// Says what takes long where it is allowed, and refuses it where it is not.
pub(super) fn ask(what: &str, help: &str, allowed: bool, quiet: bool) -> Result<(), Failure> {
    if !allowed {
        return Err(Failure::wrong(what, help));
    }
    if !quiet {
        tell!("note: {what}");
    }
    Ok(())
}

/// An expected number: parts of a contact are shown where they are most of it.
pub(super) fn contacts(expected: f64) -> String {
    if expected < 10.0 && expected.fract() > 0.0 {
        let text = format!("{expected:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    grouped(expected.round() as usize)
}

fn about(seconds: f64) -> String {
    if seconds < 1.0 {
        return "about a second at most".to_owned();
    }
    format!("about {}", length(seconds))
}

/// A length of time as people say it.
pub(super) fn length(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} seconds"),
        s if s < 5400.0 => format!("{:.0} minutes", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} hours", s / 3600.0),
        s => format!("{} days", grouped((s / 86_400.0) as usize)),
    }
}

/// Refuses a file that cannot be written, before anything has run for it.
pub(super) fn writable(option: &str, path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let wrong = |why: &str, help: &str| {
        Err(Failure::wrong(format!("{option} {}: {why}", path.display()), help))
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if path.is_dir() {
        return wrong("it is a folder", "name a file in it");
    }
    if !folder.is_dir() {
        return wrong("its folder does not exist", "make the folder first, or name another file");
    }
    let refused = |meta: std::fs::Metadata| meta.permissions().readonly();
    let there = if path.exists() { path } else { folder };
    if there.metadata().is_ok_and(refused) {
        return wrong("it must not be written", "name another file");
    }
    Ok(())
}

/// A number of replications, threads, futures or points: from 1 on.
pub(super) fn from_one(text: &str) -> Result<NonZeroU32, String> {
    let number = text.trim().parse::<u32>();
    let number = number.map_err(|_| format!("a whole number from 1 to {} is expected", u32::MAX));
    NonZeroU32::new(number?).ok_or_else(|| "0 would run nothing: give 1 or more".to_owned())
}
