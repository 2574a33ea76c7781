//! The way from text to scenario: one file with every field, and every kind of problem.

use super::*;
use crate::distribution::Distribution;
use crate::random::hash_name;
use crate::time::{HOUR_US, SimDuration, SimTime, Span};

mod errors;
mod everything;
mod overrides;
mod time;

const EVERYTHING: &str = include_str!("../../tests/data/everything.yaml");

/// A small scenario that is right; tests add to it or change it.
pub(super) const SMALL: &str = "convoq: 1
name: small
time: {start: 2026-03-02, days: 2}
intents: {help: {work: 5m}}
demand:
  - {name: web, channel: chat, per_day: 100}
channels: {chat: {patience: 4m}}
teams:
  desk: {channels: {chat: {max: 2}}, agents: 5}
";

pub(super) fn files(path: &str) -> Result<String, String> {
    let text = match path {
        "profile.csv" => "start,share\n08:00,0.5\n10:00,0.3\n12:00,0.2\n",
        "calls.csv" => {
            "at;calls;queue\n2026-03-02 07:00;3;phone\n2026-03-02 07:30;5;phone\n2026-03-02 07:30;9;chat\n2026-01-01 00:00;8;phone\n"
        }
        "times.csv" => "at\n2026-03-02T08:00:00Z\n2026-03-02 07:00\n2025-03-02 07:00\n",
        "shifts.csv" => {
            "date,start,end,agents\n2026-03-02,09:00,17:00,2\n2026-03-03,09:00,17:00,3\n2026-03-02,12:00,20:00,1\n2027-01-01,09:00,17:00,1\n"
        }
        _ => return Err("no such file".to_owned()),
    };
    Ok(text.to_owned())
}

pub(super) fn load_text(text: &str) -> Result<Loaded, Problems> {
    load(text, None, &[], &files)
}

pub(super) fn loaded(text: &str) -> Scenario {
    match load_text(text) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic_with(&problems),
    }
}

fn panic_with(problems: &Problems) -> Scenario {
    panic!("{problems}")
}
