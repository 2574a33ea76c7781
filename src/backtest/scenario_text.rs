//! A record as a scenario: contacts, staffing and laws in files, and the text that names them.

use super::laws;
use super::record::{Record, WaitEnd};
use crate::event::Header;
use crate::id::{AgentId, ChannelId, QueueId};
use crate::time::{SimDuration, SimTime, Span};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Hours after the last day in which what was begun goes on.
const DRAIN_H: u32 = 12;

/// Who is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Staffing {
    /// Those who were, when they were.
    Recorded,
    /// So many at all hours.
    Always(u32),
    /// Those of a file with the columns `date`, `from`, `to`, `agents`, in one team.
    Table(String),
}

/// What of the record is replayed, and not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// When contacts came, their handle times, and how long they waited.
    All,
    /// When they came: handle times and patience are drawn from laws.
    Times,
}

/// What a scenario is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'r> {
    /// The run that was recorded.
    pub header: &'r Header,
    /// The contacts to replay.
    pub record: &'r Record,
    /// The contacts from which laws are learned.
    pub learned: &'r Record,
    /// The days: a whole number of local days.
    pub days: (usize, usize),
    /// What is replayed.
    pub kept: Kept,
    /// Who is there.
    pub staffing: &'r Staffing,
    /// Wrap-up besides what is recorded, seconds.
    pub more_wrap_up_s: f64,
}

/// Files by their names; the first is the scenario.
pub type Files = Vec<(String, String)>;

/// The span of days of a run, from 0, the last included.
#[must_use]
pub fn span_of(header: &Header, (first, last): (usize, usize)) -> Span {
    let at = |n: usize| header.day_starts.get(n).copied().unwrap_or(header.end);
    Span { start: at(first), end: at(last + 1) }
}

/// A name as YAML has it, whatever is in it.
fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

impl Parts<'_> {
    /// The scenario and the files that it names.
    #[must_use]
    pub fn files(&self) -> Files {
        let mut files = vec![("scenario.yaml".to_owned(), self.scenario())];
        files.push(("contacts.csv".to_owned(), self.contacts()));
        for (n, queue) in self.queues().into_iter().enumerate() {
            let (work, _) = laws::work_s(self.learned, queue);
            if !work.is_empty() {
                let rows: String = work.iter().map(|s| format!("{s:.6}\n")).collect();
                files.push((format!("work_{n}.csv"), format!("work_s\n{rows}")));
            }
        }
        match self.staffing {
            Staffing::Recorded => {
                for team in self.teams() {
                    files.push((format!("staffing_{team}.csv"), self.spans_of(team)));
                }
            }
            Staffing::Table(text) => files.push(("staffing.csv".to_owned(), text.clone())),
            Staffing::Always(_) => {}
        }
        files
    }

    fn queues(&self) -> Vec<QueueId> {
        self.record.queues(self.header)
    }

    fn queue_name(&self, queue: QueueId) -> &str {
        self.header.queues.get(queue.index()).map_or("", |q| &q.name)
    }

    fn channel_name(&self, channel: ChannelId) -> &str {
        self.header.channels.get(channel.index()).map_or("", String::as_str)
    }

    fn scenario(&self) -> String {
        let h = self.header;
        let (first, last) = self.days;
        let start = self.local(span_of(h, self.days).start).0;
        let name = quoted(&format!("{} again", h.scenario));
        let interval_s = h.interval.0 / 1_000_000;
        let mut text = format!(
            "# Made by convoq from a record: who came, and when, is not drawn.\nconvoq: 1\nname: {name}\nseed: 1\nreplications: 20\n\ntime: {{start: {start}, days: {}, zone: {}, interval: {interval_s}s, drain: {DRAIN_H}h}}\n",
            last + 1 - first,
            quoted(&h.zone)
        );
        self.write_demand(&mut text);
        self.write_intents(&mut text);
        self.write_teams(&mut text);
        text
    }

    fn write_demand(&self, text: &mut String) {
        *text += "\ndemand:\n";
        let columns = match self.kept {
            Kept::All => {
                ", work: work_s, wrap_up: wrap_up_s, patience: left_after_s, waited: answered_after_s, unit: s"
            }
            Kept::Times => "",
        };
        let shares = 1.0 / self.queues().len().max(1) as f64;
        let names = self.queues().into_iter().map(|q| quoted(self.queue_name(q)));
        let mix: Vec<String> = names.map(|name| format!("{name}: {shares}")).collect();
        for channel in self.record.channels(self.header) {
            let name = quoted(self.channel_name(channel));
            let _ = writeln!(
                text,
                "  - name: {name}\n    channel: {name}\n    times: {{csv: contacts.csv, time: at, rows: {{channel: {name}}}, intent: queue{columns}}}\n    intents: {{{}}}",
                mix.join(", ")
            );
        }
    }

    fn write_intents(&self, text: &mut String) {
        *text += "\nintents:    # one for each queue of the record\n";
        for (n, queue) in self.queues().into_iter().enumerate() {
            let (work, wrap_up_s) = laws::work_s(self.learned, queue);
            let law = match work.is_empty() {
                true => "1s    # nobody was answered: not known".to_owned(),
                false => format!("{{empirical: {{csv: work_{n}.csv, column: work_s, unit: s}}}}"),
            };
            let name = quoted(self.queue_name(queue));
            let wrap_up_s = wrap_up_s + self.more_wrap_up_s;
            let _ = writeln!(
                text,
                "  {name}:\n    work: {law}\n    wrap_up: {wrap_up_s:.6}s\n    human_solves: 100%"
            );
        }
        *text += "\nchannels:\n";
        let patience = laws::patience_s(self.learned);
        let values: Vec<String> = patience.iter().map(|s| format!("{s:.3}s")).collect();
        for channel in self.record.channels(self.header) {
            let name = quoted(self.channel_name(channel));
            let _ = match values.is_empty() {
                true => writeln!(text, "  {name}: {{}}    # nobody left: everybody waits"),
                false => writeln!(
                    text,
                    "  {name}:    # Kaplan-Meier: those who were answered would have waited longer\n    patience: {{empirical: [{}]}}",
                    values.join(", ")
                ),
            };
        }
    }

    fn write_teams(&self, text: &mut String) {
        *text += "\nqueues:\n";
        let several = self.queues().len() > 1 && *self.staffing == Staffing::Recorded;
        for queue in self.queues() {
            let name = quoted(self.queue_name(queue));
            let facts = self.header.queues.get(queue.index());
            let within = facts.and_then(|q| q.thresholds.first()).map_or(20.0, |t| t.as_s());
            let skill = if several { format!(", skill: {name}") } else { String::new() };
            let _ = writeln!(
                text,
                "  {name}: {{intents: [{name}]{skill}, service_level: {{within: {within}s}}}}"
            );
        }
        *text += "\nteams:\n";
        let channels = self.record.channels(self.header).into_iter();
        let channels: Vec<String> =
            channels.map(|c| format!("{}: {{}}", quoted(self.channel_name(c)))).collect();
        let channels = channels.join(", ");
        let from_file = "csv: staffing.csv, date: date, from: from, to: to, agents: agents";
        let staff = match self.staffing {
            Staffing::Recorded => return self.write_recorded_teams(text, &channels, several),
            Staffing::Always(agents) => format!("agents: {agents}"),
            Staffing::Table(_) => format!("shifts: [{{{from_file}}}]"),
        };
        let _ = writeln!(text, "  agents: {{channels: {{{channels}}}, {staff}}}");
    }

    fn write_recorded_teams(&self, text: &mut String, channels: &str, several: bool) {
        for team in self.teams() {
            let facts = self.header.teams.get(usize::from(team));
            let name = quoted(facts.map_or("agents", |t| &t.name));
            let served: Vec<String> =
                self.served(team).into_iter().map(|q| quoted(self.queue_name(q))).collect();
            let skills = match several {
                true => format!(", skills: [{}]", served.join(", ")),
                false => String::new(),
            };
            let _ = writeln!(
                text,
                "  {name}: {{channels: {{{channels}}}{skills}, shifts: [{{csv: staffing_{team}.csv, date: date, from: from, to: to, agents: agents}}]}}"
            );
        }
    }

    fn team_of(&self, agent: AgentId) -> u8 {
        self.header.agent_teams.get(agent.index()).copied().unwrap_or(0)
    }

    /// Teams whose agents were there.
    fn teams(&self) -> BTreeSet<u8> {
        self.record.spans.iter().map(|(agent, _)| self.team_of(*agent)).collect()
    }

    /// Queues from which agents of a team took contacts.
    fn served(&self, team: u8) -> BTreeSet<QueueId> {
        let taken = self.record.contacts.iter().filter_map(|c| Some((c.agent?, c.queue)));
        taken.filter(|(agent, _)| self.team_of(*agent) == team).map(|(_, queue)| queue).collect()
    }

    /// When agents of a team were on the queue, a row for each span within a day.
    fn spans_of(&self, team: u8) -> String {
        let mut text = "date,from,to,agents\n".to_owned();
        let of_team = self.record.spans.iter().filter(|(agent, _)| self.team_of(*agent) == team);
        for (_, span) in of_team {
            let mut start = span.start;
            while start < span.end {
                let next = self.header.day_starts.iter().copied().find(|day| *day > start);
                let end = span.end.min(next.unwrap_or(span.end));
                let (date, from) = self.local(start);
                let to = if Some(end) == next { "24:00".to_owned() } else { self.local(end).1 };
                if from != to {
                    let _ = writeln!(text, "{date},{from},{to},1");
                }
                start = end;
            }
        }
        text
    }

    /// What the record has of each contact.
    fn contacts(&self) -> String {
        let mut text =
            "at,channel,queue,work_s,wrap_up_s,left_after_s,answered_after_s\n".to_owned();
        let seconds =
            |s: Option<SimDuration>| s.map_or(String::new(), |s| format!("{:.6}", s.as_s()));
        for c in &self.record.contacts {
            let left = (c.end == WaitEnd::Left).then_some(c.waited);
            let answered = (c.end != WaitEnd::Left).then_some(c.waited);
            let names = [self.channel_name(c.channel), self.queue_name(c.queue)];
            let [channel, queue] = names.map(csv_field);
            let _ = writeln!(
                text,
                "{},{channel},{queue},{},{},{},{}",
                self.stamp(c.at),
                seconds(c.work),
                seconds(c.wrap_up),
                seconds(left),
                seconds(answered)
            );
        }
        text
    }

    fn timestamp(&self, at: SimTime) -> Timestamp {
        let us = i64::try_from(at.0).unwrap_or(i64::MAX);
        let unix_us = self.header.epoch_s.saturating_mul(1_000_000).saturating_add(us);
        Timestamp::from_microsecond(unix_us).unwrap_or(Timestamp::MAX)
    }

    /// A moment with its offset, as `2026-03-02T08:00:00.25Z`.
    fn stamp(&self, at: SimTime) -> String {
        self.timestamp(at).to_string()
    }

    /// The local date, and the time of day in whole seconds.
    fn local(&self, at: SimTime) -> (String, String) {
        let zone = TimeZone::get(&self.header.zone).unwrap_or(TimeZone::UTC);
        let local = self.timestamp(at).to_zoned(zone);
        (local.date().to_string(), local.strftime("%H:%M:%S").to_string())
    }
}

/// A cell, in quotes where it must be.
fn csv_field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r', '#']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
