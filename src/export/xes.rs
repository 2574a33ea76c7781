//! XES (IEEE 1849-2016): a trace for each contact, or for each customer's issue.
//!
//! A trace is written when it is complete; until then only its own events are in
//! memory.

use super::activity::{activity, resource};
use super::clock::Clock;
use super::rows::plain;
use super::{End, Fold, Part, Seen, Span, UNWRITABLE, follow, names};
use crate::event::{Cell, Envelope, Event, Header, Kind, Origin};
use crate::id::SlotId;
use crate::log::{LogError, Run};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

/// What a trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// One contact.
    Conversation,
    /// All contacts of one issue.
    Chain,
}

/// Writes the chosen part of a run and gives the numbers of its traces and events.
///
/// # Errors
/// When a file of the run is damaged, or the target cannot be written.
pub fn xes<W: Write>(
    run: &Run,
    part: Part,
    case: Case,
    out: W,
    name: &Path,
) -> Result<(u64, u64), LogError> {
    let header = &names::exported(&run.manifest.header);
    let mut writer = Xes {
        header,
        clock: Clock::new(header),
        span: part.span,
        case,
        replication: 0,
        live: BTreeMap::new(),
        places: Vec::new(),
        out,
        counts: (0, 0),
    };
    let failed = LogError::io(name, UNWRITABLE);
    writer.out.write_all(head(header).as_bytes()).map_err(failed)?;
    follow(run, part, &mut writer, name)?;
    let done = writer.out.write_all(b"</log>\n").and_then(|()| writer.out.flush());
    done.map_err(LogError::io(name, UNWRITABLE))?;
    Ok(writer.counts)
}

/// The schema of the standard has no name space and takes a decimal as version.
fn head(header: &Header) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1849.2016\" xes.features=\"\">\n",
    );
    for (name, prefix) in [
        ("Concept", "concept"),
        ("Time", "time"),
        ("Lifecycle", "lifecycle"),
        ("Organizational", "org"),
    ] {
        let _ = writeln!(
            text,
            "<extension name=\"{name}\" prefix=\"{prefix}\" uri=\"http://www.xes-standard.org/{prefix}.xesext\"/>"
        );
    }
    text += "<global scope=\"trace\">\n<string key=\"concept:name\" value=\"\"/>\n</global>\n<global scope=\"event\">\n";
    text += "<string key=\"concept:name\" value=\"\"/>\n<string key=\"lifecycle:transition\" value=\"complete\"/>\n";
    text += "<date key=\"time:timestamp\" value=\"1970-01-01T00:00:00Z\"/>\n</global>\n";
    text += "<classifier name=\"Activity\" scope=\"event\" keys=\"concept:name lifecycle:transition\"/>\n";
    attribute(&mut text, Kind::Word, "concept:name", &header.scenario);
    attribute(&mut text, Kind::Word, "lifecycle:model", "standard");
    text.push('\n');
    text
}

struct Live {
    origin: Origin,
    /// Contacts that may still add to it: an empty chat and the return of its customer
    /// can be there at once.
    open: u16,
    inside: bool,
    text: String,
    events: u64,
}

struct Xes<'h, W: Write> {
    header: &'h Header,
    clock: Clock,
    span: Span,
    case: Case,
    replication: u32,
    /// Traces that are not written, by the number of their first contact.
    live: BTreeMap<u32, Live>,
    /// The trace of the contact in each place, and whether the customer came back elsewhere.
    places: Vec<(u32, bool)>,
    out: W,
    /// Traces and events.
    counts: (u64, u64),
}

impl<W: Write> Xes<'_, W> {
    /// Begins a trace, unless the contact goes on with the one of its issue.
    fn open(&mut self, env: &Envelope) {
        let (origin, returns) = match env.event {
            Event::ContactStarted { origin, attempt, .. } => (origin, attempt > 0),
            Event::ArticleViewed { origin, .. } => (origin, false),
            _ => return,
        };
        let place = env.slot.index();
        super::place_of(&mut self.places, place, (u32::MAX, false));
        if returns && self.case == Case::Chain && self.goes_on(place, origin) {
            return;
        }
        self.places[place] = (env.conversation.0, false);
        let mut text = String::from("<trace>\n");
        let kind = match self.case {
            Case::Conversation => "conversation",
            Case::Chain => "customer",
        };
        let name = format!("{kind}/{}/{}", self.replication, env.conversation.0);
        attribute(&mut text, Kind::Word, "concept:name", &name);
        attribute(&mut text, Kind::Whole, "replication", &self.replication.to_string());
        text.push('\n');
        let live = Live { origin, open: 1, inside: self.span.holds(env.at), text, events: 0 };
        self.live.entry(env.conversation.0).or_insert(live);
    }

    /// Whether the trace of the issue is there already: in the contact's place, or in that
    /// of an empty chat.
    fn goes_on(&mut self, place: usize, origin: Origin) -> bool {
        let here = self.places[place].0;
        if self.live.get(&here).is_some_and(|live| live.origin == origin) {
            self.places[place].1 = false;
            return true;
        }
        let Some((key, live)) = self.live.iter_mut().find(|(_, l)| l.origin == origin) else {
            return false;
        };
        live.open += 1;
        for (_, elsewhere) in self.places.iter_mut().filter(|(k, _)| k == key) {
            *elsewhere = true;
        }
        self.places[place] = (*key, false);
        true
    }

    fn add(&mut self, env: &Envelope) {
        let key = self.places.get(env.slot.index()).map_or(u32::MAX, |(key, _)| *key);
        let Some(live) = self.live.get_mut(&key) else {
            return;
        };
        if !live.inside {
            return;
        }
        let (name, transition) = activity(&env.event);
        let text = &mut live.text;
        live.events += 1;
        *text += "<event>";
        attribute(text, Kind::Word, "concept:name", name);
        attribute(text, Kind::Word, "lifecycle:transition", transition);
        attribute(text, Kind::Moment, "time:timestamp", &self.clock.text(env.at));
        if let Some((who, team)) = resource(self.header, &env.event) {
            attribute(text, Kind::Word, "org:resource", &who);
            if let Some(team) = team {
                attribute(text, Kind::Word, "org:group", team);
            }
        }
        attribute(text, Kind::Word, "event", env.event.kind().name());
        attribute(text, Kind::Whole, "seq", &env.seq.to_string());
        if self.case == Case::Chain {
            attribute(text, Kind::Whole, "conversation", &env.conversation.0.to_string());
        }
        for (key, queue) in ["queue", "to_queue"].into_iter().zip(env.event.queues()) {
            if let Some(q) = queue.and_then(|q| self.header.queues.get(q.index())) {
                attribute(text, Kind::Word, key, &q.name);
            }
        }
        let mut value = String::new();
        for (name, kind, cell) in env.event.attributes(self.header) {
            if cell != Cell::Null {
                value.clear();
                plain(cell, &self.clock, &mut value);
                attribute(text, kind, name, &value);
            }
        }
        *text += "</event>\n";
    }

    fn write(&mut self, live: Live) -> io::Result<()> {
        if !live.inside {
            return Ok(());
        }
        self.counts.0 += 1;
        self.counts.1 += live.events;
        self.out.write_all(live.text.as_bytes())?;
        self.out.write_all(b"</trace>\n")
    }
}

/// Appends an attribute with its value, which is made fit for XML.
fn attribute(text: &mut String, kind: Kind, key: &str, value: &str) {
    let tag = match kind {
        Kind::Whole => "int",
        Kind::Real => "float",
        Kind::Flag => "boolean",
        Kind::Word => "string",
        Kind::Moment => "date",
    };
    let _ = write!(text, "<{tag} key=\"{key}\" value=\"");
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(text, "&#{};", c as u32);
            }
            // XML 1.0 has no way to write these.
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
    text.push_str("\"/>");
}

impl<W: Write> Fold for Xes<'_, W> {
    fn begin(&mut self, replication: u32) {
        self.replication = replication;
        self.live.clear();
        self.places.clear();
    }

    fn event(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let env = seen.env;
        if env.slot == SlotId::NONE {
            return Ok(());
        }
        if seen.begins() {
            self.open(env);
        }
        self.add(env);
        let ended = matches!(env.event, Event::ContactEnded { .. } | Event::ArticleSolved);
        if !ended {
            return Ok(());
        }
        let (key, elsewhere) = self.places[env.slot.index()];
        let planned = seen.record().is_some_and(|r| r.planned) && !elsewhere;
        if self.case == Case::Chain && planned {
            return Ok(());
        }
        let Some(live) = self.live.get_mut(&key) else {
            return Ok(());
        };
        live.open -= 1;
        match live.open {
            0 => self.live.remove(&key).map_or(Ok(()), |live| self.write(live)),
            _ => Ok(()),
        }
    }

    /// Traces that are open at the end of the run, in the order of their numbers.
    fn end(&mut self, _end: &End<'_>) -> io::Result<()> {
        let open = std::mem::take(&mut self.live);
        open.into_values().try_for_each(|live| self.write(live))
    }
}
