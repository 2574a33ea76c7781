//! OCEL 2.0 as JSON: events and the objects that they touch.
//!
//! The run is read twice, once for the events and once for the objects, so that
//! only what is live is in memory.

use super::activity::is_of_the_run;
use super::clock::Clock;
use super::rows::{json, string};
use super::{End, Fold, Part, Seen, Span, UNWRITABLE, follow, names, team_of};
use crate::domain::TransferReason;
use crate::event::{Cell, Envelope, Event, EventKind, Header, Kind};
use crate::id::{AgentId, ConversationId, QueueId};
use crate::log::{LogError, Run};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

/// The value of an attribute that never changes holds from this moment on (OCEL 2.0).
const ALWAYS: &str = "1970-01-01T00:00:00Z";

/// Writes the chosen part of a run and gives the numbers of its events and objects.
///
/// # Errors
/// When a file of the run is damaged, or the target cannot be written.
pub fn ocel<W: Write>(run: &Run, part: Part, out: W, name: &Path) -> Result<(u64, u64), LogError> {
    let header = &names::exported(&run.manifest.header);
    let mut writer = Ocel {
        header,
        clock: Clock::new(header),
        span: part.span,
        objects: false,
        replication: 0,
        live: Vec::new(),
        out,
        text: head(),
        counts: [0; 2],
    };
    follow(run, part, &mut writer, name)?;
    writer.text += "\n],\n\"objects\": [";
    writer.objects = true;
    follow(run, part, &mut writer, name)?;
    writer.text += "\n]}\n";
    let done = writer.flush(0).and_then(|()| writer.out.flush());
    done.map_err(LogError::io(name, UNWRITABLE))?;
    Ok((writer.counts[0], writer.counts[1]))
}

/// The types, and the beginning of the events.
fn head() -> String {
    let entry = |name: &str, attributes: &[(&str, Kind)]| {
        let attributes = attributes
            .iter()
            .map(|(name, kind)| format!("{{\"name\":\"{name}\",\"type\":\"{}\"}}", type_of(*kind)));
        let attributes = attributes.collect::<Vec<_>>().join(",");
        format!("\n{{\"name\":\"{name}\",\"attributes\":[{attributes}]}}")
    };
    let mut contact = vec![("replication", Kind::Whole)];
    contact.extend(EventKind::ContactStarted.attributes());
    contact.push(("outcome", Kind::Word));
    let objects = [
        entry("conversation", &contact),
        entry("customer", &[("segment", Kind::Word)]),
        entry("agent", &[]),
        entry("team", &[]),
        entry("queue", &[]),
    ];
    let kinds = EventKind::ALL.into_iter().filter(|kind| !is_of_the_run(*kind));
    let events = kinds.map(|kind| entry(kind.name(), &kind.attributes().collect::<Vec<_>>()));
    format!(
        "{{\"objectTypes\": [{}\n],\n\"eventTypes\": [{}\n],\n\"events\": [",
        objects.join(","),
        events.collect::<Vec<_>>().join(",")
    )
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Whole => "integer",
        Kind::Real => "float",
        Kind::Flag => "boolean",
        Kind::Word => "string",
        Kind::Moment => "time",
    }
}

/// A live contact.
#[derive(Clone, Debug, Default)]
struct Live {
    conversation: ConversationId,
    chain: ConversationId,
    /// Whether it begins in the span.
    inside: bool,
    /// Whether the customer is among the objects.
    customer: bool,
    /// Its object as far as it is known; empty once written.
    object: String,
}

struct Ocel<'h, W: Write> {
    header: &'h Header,
    clock: Clock,
    span: Span,
    /// The second reading, which writes objects.
    objects: bool,
    replication: u32,
    live: Vec<Option<Live>>,
    out: W,
    text: String,
    /// Events and objects.
    counts: [u64; 2],
}

impl<W: Write> Ocel<'_, W> {
    /// Writes the text where there is more than `most` of it.
    fn flush(&mut self, most: usize) -> io::Result<()> {
        if self.text.len() > most {
            self.out.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    /// Parts one entry of a list from the one before.
    fn next(&mut self) {
        let count = &mut self.counts[usize::from(self.objects)];
        self.text += if *count == 0 { "\n" } else { ",\n" };
        *count += 1;
    }

    fn id(&self, kind: &str, number: u32) -> String {
        format!("{kind}/{}/{number}", self.replication)
    }

    fn named(&self, kind: &str, name: &str) -> String {
        format!("{kind}/{}/{name}", self.replication)
    }

    fn queue(&self, queue: QueueId) -> String {
        let facts = self.header.queues.get(queue.index());
        self.named("queue", facts.map_or("", |q| &q.name))
    }

    /// Notes a contact that begins, and its object.
    fn open(&mut self, seen: &Seen<'_>) {
        let place = seen.env.slot.index();
        let returns =
            matches!(seen.env.event, Event::ContactStarted { attempt, .. } if attempt > 0);
        let before = super::place_of(&mut self.live, place, None).take().filter(|_| returns);
        let conversation = seen.env.conversation;
        let mut live = Live {
            conversation,
            chain: before.as_ref().map_or(conversation, |b| b.chain),
            inside: self.span.holds(seen.env.at),
            customer: before.as_ref().is_some_and(|b| b.customer),
            object: String::new(),
        };
        if live.inside && self.objects {
            let mut links = vec![(self.id("customer", live.chain.0), "contact of")];
            let inside = before.filter(|b| b.inside);
            links.extend(inside.map(|b| (self.id("conversation", b.conversation.0), "return of")));
            if !live.customer {
                live.customer = true;
                self.customer(&live, &seen.env.event);
            }
            let id = self.id("conversation", conversation.0);
            let _ = write!(live.object, "{{\"id\":\"{id}\",\"type\":\"conversation\"");
            live.object += &relationships(&links);
            live.object += ",\"attributes\":[";
            let number = Cell::Whole(self.replication.into());
            attribute(&mut live.object, "replication", number, ALWAYS, &self.clock);
        }
        self.live[place] = Some(live);
    }

    fn customer(&mut self, live: &Live, event: &Event) {
        let id = self.id("customer", live.chain.0);
        let segment = event.attributes(self.header).first().map(|(_, _, cell)| *cell);
        self.next();
        let _ = write!(
            self.text,
            "{{\"id\":\"{id}\",\"type\":\"customer\",\"relationships\":[],\"attributes\":["
        );
        let segment = segment.unwrap_or(Cell::Null);
        attribute(&mut self.text, "segment", segment, ALWAYS, &self.clock);
        self.text += "]}";
    }

    /// Adds what an event says of the object of its contact.
    fn describe(&mut self, env: &Envelope) {
        let Some(Some(live)) = self.live.get_mut(env.slot.index()) else {
            return;
        };
        if live.object.is_empty() {
            return;
        }
        match env.event {
            Event::ContactStarted { .. } => {
                for (name, _, cell) in env.event.attributes(self.header) {
                    attribute(&mut live.object, name, cell, ALWAYS, &self.clock);
                }
            }
            Event::ContactEnded { outcome } => {
                let at = self.clock.text(env.at);
                let cell = Cell::Word(outcome.name());
                attribute(&mut live.object, "outcome", cell, &at, &self.clock);
            }
            _ => {}
        }
        if matches!(env.event, Event::ContactEnded { .. } | Event::ArticleSolved) {
            let object = std::mem::take(&mut live.object);
            self.next();
            self.text += &object;
            self.text += "]}";
        }
    }

    /// The objects that an event touches, each with the part that it plays.
    fn touched(&self, seen: &Seen<'_>) -> Vec<(String, &'static str)> {
        let env = seen.env;
        let mut links = Vec::with_capacity(4);
        if let Some(Some(live)) = self.live.get(env.slot.index()) {
            links.push((self.id("conversation", live.conversation.0), "contact"));
            links.push((self.id("customer", live.chain.0), "customer"));
        }
        match env.event.agents() {
            [Some(stays), Some(leaves)] => {
                links.push((self.id("agent", stays.0), "stays"));
                links.push((self.id("agent", leaves.0), "leaves"));
            }
            [Some(agent), None] => {
                links.push((self.id("agent", agent.0), "agent"));
                let team = team_of(self.header, agent);
                links.extend(team.map(|team| (self.named("team", team), "team")));
            }
            [None, _] => {}
        }
        match env.event.queues() {
            [Some(from), Some(to)] => {
                links.push((self.queue(from), "from"));
                let back = TransferReason::ShiftEnd;
                let back = matches!(env.event, Event::Transferred { reason, .. } if reason == back);
                if from != to || !back {
                    links.push((self.queue(to), "to"));
                }
            }
            [Some(queue), None] => links.push((self.queue(queue), "queue")),
            [None, _] => {}
        }
        if let (Event::Assigned { .. } | Event::Abandoned { .. }, Some(r)) =
            (env.event, seen.record())
        {
            links.push((self.queue(r.queue), "queue"));
        }
        links
    }

    fn write_event(&mut self, seen: &Seen<'_>) {
        let env = seen.env;
        let (kind, at) = (env.event.kind().name(), self.clock.text(env.at));
        let links = relationships(&self.touched(seen));
        self.next();
        let (replication, seq) = (self.replication, env.seq);
        let _ = write!(
            self.text,
            "{{\"id\":\"event/{replication}/{seq}\",\"type\":\"{kind}\",\"time\":\"{at}\",\"attributes\":["
        );
        for (name, _, cell) in env.event.attributes(self.header) {
            attribute(&mut self.text, name, cell, "", &self.clock);
        }
        self.text += "]";
        self.text += &links;
        self.text += "}";
    }

    /// The objects that are there all the time.
    fn standing(&mut self) {
        let header = self.header;
        for team in &header.teams {
            self.standing_object("team", self.named("team", &team.name), &[]);
        }
        for queue in &header.queues {
            self.standing_object("queue", self.named("queue", &queue.name), &[]);
        }
        for agent in 0..header.agent_teams.len() as u32 {
            let team = team_of(header, AgentId(agent));
            let links = team.map(|team| (self.named("team", team), "member of"));
            let links: Vec<_> = links.into_iter().collect();
            self.standing_object("agent", self.id("agent", agent), &links);
        }
    }

    fn standing_object(&mut self, kind: &str, id: String, links: &[(String, &str)]) {
        self.next();
        self.text += "{\"id\":";
        string(&id, &mut self.text);
        let _ =
            write!(self.text, ",\"type\":\"{kind}\"{},\"attributes\":[]}}", relationships(links));
    }
}

/// Appends an attribute to an open list of them. Only those of objects have a time.
fn attribute(text: &mut String, name: &str, cell: Cell<'_>, time: &str, clock: &Clock) {
    if cell == Cell::Null {
        return;
    }
    if !text.ends_with('[') {
        text.push(',');
    }
    let _ = write!(text, "{{\"name\":\"{name}\"");
    if !time.is_empty() {
        let _ = write!(text, ",\"time\":\"{time}\"");
    }
    text.push_str(",\"value\":");
    json(cell, clock, text);
    text.push('}');
}

fn relationships(links: &[(String, &str)]) -> String {
    let mut text = String::from(",\"relationships\":[");
    for (id, qualifier) in links {
        if !text.ends_with('[') {
            text.push(',');
        }
        text.push_str("{\"objectId\":");
        string(id, &mut text);
        let _ = write!(text, ",\"qualifier\":\"{qualifier}\"}}");
    }
    text + "]"
}

impl<W: Write> Fold for Ocel<'_, W> {
    fn begin(&mut self, replication: u32) {
        self.replication = replication;
        self.live.clear();
        if self.objects {
            self.standing();
        }
    }

    fn event(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let env = seen.env;
        if seen.begins() {
            self.open(seen);
        }
        if self.objects {
            self.describe(env);
        } else {
            let live = self.live.get(env.slot.index()).and_then(Option::as_ref);
            let inside = live.map_or_else(|| self.span.holds(env.at), |live| live.inside);
            if inside && !is_of_the_run(env.event.kind()) {
                self.write_event(seen);
            }
        }
        self.flush(1 << 16)
    }

    /// Contacts that are open at the end are objects too.
    fn end(&mut self, _end: &End<'_>) -> io::Result<()> {
        let mut open = std::mem::take(&mut self.live);
        open.sort_by_key(|live| live.as_ref().map(|l| l.conversation));
        for live in open.into_iter().flatten().filter(|l| !l.object.is_empty()) {
            self.next();
            self.text += &live.object;
            self.text += "]}";
        }
        self.flush(1 << 16)
    }
}
