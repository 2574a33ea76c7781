//! The table `agents`: a row for each span in which an agent's state stands still.

use super::rows::Rows;
use super::{End, Fold, Seen};
use crate::event::{Closing, Event};
use crate::id::AgentId;
use crate::time::{SimDuration, SimTime};
use std::io;

super::columns! {
    /// The columns of `agents`.
    AGENTS<'a>(to: &Rows<'a>, agent: u32, state: &'a str, p: &Present, end: SimTime) {
        "replication" Whole = to.replication => "the replication",
        "agent" Whole = agent => "number of the agent, through all teams",
        "team" Word = super::team_of(to.header, AgentId(agent)) => "the agent's team",
        "state" Word = state => "`idle`: on the queue without a contact; `busy`: with at least one; `break`: off the queue, also for lateness and planned shrinkage; `absent`: did not come",
        "contacts" Whole = p.contacts => "contacts and wrap-ups that the agent has in this span",
        "takes_more" Flag = p.takes_more => "whether the agent takes contacts; not while closing before a break or the end of a shift",
        "start_s" Real = p.since => "when the span began",
        "start_at" Moment = to.clock.wall(p.since) => "the same on the wall clock",
        "end_s" Real = end => "when it ended; the end of the run if it lasted so long",
        "end_at" Moment = to.clock.wall(end) => "the same on the wall clock",
        "duration_s" Real = end.since(p.since) => "its length",
        "paid_s" Real = p.paid => "paid time of the duty, in the row that begins it or is `absent`; none in others",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    OnQueue,
    Break,
}

/// An agent at work.
#[derive(Clone, Copy, Debug)]
struct Present {
    state: State,
    contacts: u32,
    takes_more: bool,
    /// Number of the block off the queue: of two that touch each has its own row.
    block: u32,
    since: SimTime,
    paid: Option<SimDuration>,
}

/// The fold behind `agents`.
pub(super) struct Agents<'r, 'h> {
    to: &'r mut Rows<'h>,
    present: Vec<Option<Present>>,
}

impl<'r, 'h> Agents<'r, 'h> {
    pub(super) fn new(to: &'r mut Rows<'h>) -> Self {
        Self { to, present: Vec::new() }
    }

    fn write(&mut self, agent: u32, state: &str, p: &Present, end: SimTime) -> io::Result<()> {
        if !self.to.span.holds(p.since) {
            return Ok(());
        }
        let cells = cells(self.to, agent, state, p, end);
        self.to.row(&cells)
    }

    /// Ends the running span of an agent, and begins the next if it is another.
    /// A span without length is no row, but what is paid goes on to the next.
    fn change(
        &mut self,
        agent: AgentId,
        at: SimTime,
        change: impl FnOnce(Option<Present>) -> Option<Present>,
    ) -> io::Result<()> {
        let place = agent.index();
        let before = *super::place_of(&mut self.present, place, None);
        let mut after = change(before);
        let mut written = Ok(());
        if let Some(was) = before {
            let same = |a: &Present| {
                (a.state, a.contacts, a.takes_more, a.block)
                    == (was.state, was.contacts, was.takes_more, was.block)
            };
            if after.as_ref().is_some_and(same) {
                return Ok(());
            }
            let carried = at == was.since && after.is_some();
            if !carried {
                written = self.write(agent.0, was.state_name(), &was, at);
            }
            if let Some(next) = &mut after {
                next.since = at;
                next.paid = was.paid.filter(|_| carried);
            }
        }
        self.present[place] = after;
        written
    }
}

impl Present {
    fn state_name(&self) -> &'static str {
        match (self.state, self.contacts) {
            (State::Break, _) => "break",
            (State::OnQueue, 0) => "idle",
            (State::OnQueue, _) => "busy",
        }
    }

    fn begun(at: SimTime, paid: Option<SimDuration>) -> Self {
        Self { state: State::OnQueue, contacts: 0, takes_more: true, block: 0, since: at, paid }
    }

    fn with(self, state: State, takes_more: bool) -> Self {
        Self { state, takes_more, block: self.block + u32::from(state == State::Break), ..self }
    }
}

impl Fold for Agents<'_, '_> {
    fn begin(&mut self, replication: u32) {
        self.to.replication = replication;
        self.present.clear();
    }

    fn event(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let at = seen.env.at;
        let more = |by: i64| {
            move |p: Option<Present>| {
                p.map(|p| Present { contacts: (i64::from(p.contacts) + by).max(0) as u32, ..p })
            }
        };
        match seen.env.event {
            Event::ShiftStarted { agent, paid, .. } => {
                // Of one duty after another each has its own row: it has what is paid.
                let contacts = match self.present.get_mut(agent.index()) {
                    Some(place) if place.is_some_and(|p| p.since == at) => place.take(),
                    Some(place) => *place,
                    None => None,
                };
                let contacts = contacts.map_or(0, |p| p.contacts);
                self.change(agent, at, |_| None)?;
                let begun = Present::begun(at, Some(paid));
                self.change(agent, at, |_| Some(Present { contacts, ..begun }))
            }
            Event::ShiftEnded { agent } => self.change(agent, at, |_| None),
            Event::BreakStarted { agent, .. } => self.change(agent, at, |p| {
                Some(p.unwrap_or_else(|| Present::begun(at, None)).with(State::Break, false))
            }),
            Event::BreakEnded { agent } => self.change(agent, at, |p| {
                Some(p.unwrap_or_else(|| Present::begun(at, None)).with(State::OnQueue, true))
            }),
            // Goes on taking contacts.
            Event::AgentClosing { then: Closing::LeaveByHeadcount, .. } => Ok(()),
            Event::AgentClosing { agent, .. } => {
                self.change(agent, at, |p| p.map(|p| Present { takes_more: false, ..p }))
            }
            Event::Assigned { agent, .. } => self.change(agent, at, more(1)),
            Event::HandlingEnded { agent, wrap_up_s, .. } if wrap_up_s <= 0.0 => {
                self.change(agent, at, more(-1))
            }
            Event::WrapUpEnded { agent, .. } => self.change(agent, at, more(-1)),
            Event::AgentAbsent { agent, paid } => {
                let row = Present { takes_more: false, ..Present::begun(at, Some(paid)) };
                self.write(agent.0, "absent", &row, at + paid)
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End<'_>) -> io::Result<()> {
        let present = std::mem::take(&mut self.present);
        for (agent, p) in present.iter().enumerate() {
            if let Some(p) = p {
                self.write(agent as u32, p.state_name(), p, end.at)?;
            }
        }
        Ok(())
    }
}
