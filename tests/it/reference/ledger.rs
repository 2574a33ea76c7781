//! The reference's stories as they are to be counted: which are measured and belong to a
//! selection, which waits count, and how long they are.

use super::story::{Story, Visit};
use convoq::event::Header;
use convoq::id::QueueId;
use convoq::projection::Dims;
use convoq::time::{SimDuration, SimTime};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A wait in a queue that counts: not one after a hand back.
pub struct Wait<'a> {
    pub visit: &'a Visit,
    /// When it joined the first line that it has kept.
    pub since: SimTime,
    /// After a shift end had taken it from an agent.
    pub again: bool,
    /// Time of agents on the earlier parts of it.
    pub before_us: u64,
}

/// What happened, and how it is to be counted.
pub struct Ledger<'a> {
    pub header: &'a Header,
    pub stories: &'a [Story],
    /// Each story's issue: its stories in their order.
    pub chains: BTreeMap<(u16, u32, u32), Vec<&'a Story>>,
    pub teams: Vec<u8>,
    /// The selection asked for last: its contacts and its waits.
    last: RefCell<Option<Selected<'a>>>,
}

/// What a selection selects.
type Selected<'a> = (Dims, Rc<Vec<&'a Story>>, Rc<Vec<Wait<'a>>>);

impl<'a> Ledger<'a> {
    pub fn new(header: &'a Header, stories: &'a [Story]) -> Self {
        let mut issues: BTreeMap<_, Vec<&Story>> = BTreeMap::new();
        for story in stories {
            let (source, interval, index, _) = story.identity();
            issues.entry((source, interval, index)).or_default().push(story);
        }
        for of_issue in issues.values_mut() {
            of_issue.sort_by_key(|s| s.attempt);
        }
        Self {
            header,
            stories,
            chains: issues,
            teams: header.agent_teams.clone(),
            last: RefCell::new(None),
        }
    }

    pub fn measured(&self, story: &Story) -> bool {
        self.header.measured.0 <= story.began && story.began < self.header.measured.1
    }

    /// Contacts and article views that are measured and belong to the selection.
    pub fn views(&self, dims: Dims) -> Vec<&'a Story> {
        let all = self.stories.iter();
        let takes = |s: &&Story| self.measured(s) && belongs(s, dims);
        all.filter(takes).collect()
    }

    /// Contacts that are measured and belong to the selection, and their waits.
    fn selected(&self, dims: Dims) -> (Rc<Vec<&'a Story>>, Rc<Vec<Wait<'a>>>) {
        if let Some((last, contacts, waits)) = &*self.last.borrow()
            && *last == dims
        {
            return (Rc::clone(contacts), Rc::clone(waits));
        }
        let mut contacts = self.views(dims);
        contacts.retain(|s| s.article != Some(true));
        let waits = Rc::new(self.waits_of(&contacts, dims));
        let contacts = Rc::new(contacts);
        *self.last.borrow_mut() = Some((dims, Rc::clone(&contacts), Rc::clone(&waits)));
        (contacts, waits)
    }

    pub fn contacts(&self, dims: Dims) -> Rc<Vec<&'a Story>> {
        self.selected(dims).0
    }

    pub fn waits(&self, dims: Dims) -> Rc<Vec<Wait<'a>>> {
        self.selected(dims).1
    }

    /// Issues whose first contact, or article view, is measured and belongs to the selection.
    pub fn issues(&self, dims: Dims) -> Vec<&Vec<&'a Story>> {
        let takes = |of: &&Vec<&Story>| self.measured(of[0]) && belongs(of[0], dims);
        self.chains.values().filter(takes).collect()
    }

    /// The contact before, of the same issue.
    pub fn before(&self, story: &Story) -> Option<&'a Story> {
        let (source, interval, index, _) = story.identity();
        let of_issue = self.chains.get(&(source, interval, index))?;
        let before = of_issue.iter().filter(|s| s.attempt < story.attempt);
        before.copied().next_back()
    }

    /// Whether the contact is a retrial of one that nobody served; none for a first one.
    pub fn retrial(&self, story: &Story) -> Option<bool> {
        let (_, reason, _) = self.before(story)?.again?;
        Some(reason.is_retrial())
    }

    fn waits_of(&self, contacts: &[&'a Story], dims: Dims) -> Vec<Wait<'a>> {
        let mut waits = Vec::new();
        for story in contacts {
            let (mut since, mut again, mut before_us) = (story.began, false, 0);
            for (place, visit) in story.visits.iter().enumerate() {
                if place == 0 || story.visits[place - 1].gone_on.is_none() {
                    since = visit.joined;
                }
                waits.push(Wait { visit, since, again, before_us });
                again = visit.handed_back || again && visit.answered.is_none();
                before_us = match (visit.answered, visit.handled) {
                    (Some((from, _)), Some(to)) if visit.handed_back => {
                        before_us + to.since(from).0
                    }
                    (None, _) => before_us,
                    _ => 0,
                };
            }
        }
        let in_queue = |w: &Wait| match dims.queue {
            Some(queue) => w.visit.queue == queue,
            None => !self.is_triage(w.visit.queue),
        };
        waits.retain(in_queue);
        waits
    }

    pub fn is_triage(&self, queue: QueueId) -> bool {
        self.header.queues[queue.index()].triage
    }

    /// The wait until a moment, on the queue's clock.
    pub fn length(&self, wait: &Wait<'_>, to: SimTime) -> SimDuration {
        let facts = &self.header.queues[wait.visit.queue.index()];
        if facts.open_hours_clock {
            self.open_time(usize::from(facts.clock_channel), wait.since, to)
        } else {
            to.since(wait.since)
        }
    }

    pub fn open_time(&self, channel: usize, from: SimTime, to: SimTime) -> SimDuration {
        let spans = self.header.channel_hours[channel].0.iter();
        let parts = spans.map(|span| span.end.min(to).since(span.start.max(from)).0);
        SimDuration(parts.sum())
    }
}

fn belongs(story: &Story, dims: Dims) -> bool {
    dims.segment.is_none_or(|s| s == story.segment)
        && dims.channel.is_none_or(|c| c == story.channel)
        && dims.intent.is_none_or(|i| i == story.intent)
}
