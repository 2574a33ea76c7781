//! The table `intervals`: a row for each queue and interval.

use super::rows::Rows;
use super::{End, Fold, Seen};
use crate::event::{Cell, Envelope, Event, Header};
use crate::id::QueueId;
use crate::projection::{Book, Projection as _, Staffing, Visit, VisitEnd};
use crate::time::SimTime;
use std::io;

super::columns! {
    /// The columns of `intervals`.
    INTERVALS<'a>(to: &Rows<'a>, queue: usize, row: usize, c: &Counts, people: [Cell<'a>; 2]) {
        "replication" Whole = to.replication => "the replication",
        "queue" Word = &to.header.queues[queue].name => "the queue",
        "interval" Whole = row => "number of the interval from the start of the run, from 0",
        "start_s" Real = row_start(to.header, row) => "when it begins",
        "start_at" Moment = to.clock.wall(row_start(to.header, row)) => "the same on the wall clock",
        "offered" Whole = c.offered => "contacts that joined the queue in the interval or were lost at its door",
        "waited" Whole = c.waited => "of these: answered or left, and no agent had room",
        "answered" Whole = c.answered => "of these: taken by an agent while the customer was there",
        "threshold_s" Real = to.header.queues[queue].watched_threshold() => "the threshold of the queue's target on its service level, else its own",
        "answered_within" Whole = c.answered_within => "of the answered: within the threshold",
        "abandoned" Whole = c.abandoned => "of the offered: left the queue with a sign",
        "abandoned_silently" Whole = c.abandoned_silently => "of the offered: left it without a sign",
        "short_abandoned" Whole = c.short_abandoned => "of those who left: within the short-abandon time",
        "balked" Whole = c.balked => "did not join",
        "refused" Whole = c.refused => "found the queue full",
        "flowed_out" Whole = c.flowed_out => "of the offered: went on to another queue after waiting",
        "wait_answered_s" Real = seconds(c.wait_answered_us) => "sum of the waits of the answered, on the clock of the queue",
        "wait_abandoned_s" Real = seconds(c.wait_abandoned_us) => "sum of the waits of those who left, on the clock of the queue",
        "wait_max_s" Real = seconds(c.wait_max_us) => "longest of these waits",
        "handled" Whole = c.handled => "of the answered: parts that agents ended, with the wrap-up",
        "handling_s" Real = seconds(c.handling_us) => "sum of the time of agents on them with the wrap-up, on the wall clock",
        "agents" Real = people[0] => "mean number of agents on the queue in the interval, of the teams that took a contact from this queue in the replication; an agent who serves several queues counts in each",
        "occupancy" Real = people[1] => "share of the time of these agents with at least one contact",
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    offered: u32,
    waited: u32,
    answered: u32,
    answered_within: u32,
    abandoned: u32,
    abandoned_silently: u32,
    short_abandoned: u32,
    balked: u32,
    refused: u32,
    flowed_out: u32,
    wait_answered_us: u64,
    wait_abandoned_us: u64,
    wait_max_us: u64,
    handled: u32,
    handling_us: u64,
}

/// The fold behind `intervals`. Counts those that reports count: contacts that
/// began in the measured window.
pub(super) struct Intervals<'r, 'h> {
    to: &'r mut Rows<'h>,
    /// `counts[queue][interval]`.
    counts: Vec<Vec<Counts>>,
    /// Whether a team took a contact from a queue: `served[queue][team]`.
    served: Vec<Vec<bool>>,
    staffing: Staffing,
}

impl<'r, 'h> Intervals<'r, 'h> {
    pub(super) fn new(to: &'r mut Rows<'h>) -> Self {
        let staffing = Staffing::new(to.header);
        Self { to, counts: Vec::new(), served: Vec::new(), staffing }
    }

    /// The interval of a moment; the last one takes what lies at the very end.
    fn counts(&mut self, queue: QueueId, at: SimTime) -> &mut Counts {
        let row = (at.0 / self.to.header.interval.0.max(1)) as usize;
        let rows = &mut self.counts[queue.index()];
        if row >= rows.len() {
            rows.resize(row + 1, Counts::default());
        }
        &mut rows[row]
    }

    /// Counts a stay in a queue, by the interval in which it began.
    fn visited(&mut self, v: &Visit) {
        if v.end == VisitEnd::BrokenOff {
            return; // counted where it was answered
        }
        let header = self.to.header;
        let threshold = header.queues[v.queue.index()].watched_threshold();
        let c = self.counts(v.queue, v.joined);
        match v.end {
            VisitEnd::Answered => {
                c.answered += 1;
                c.answered_within += u32::from(threshold.is_some_and(|t| v.within(&t)));
                c.wait_answered_us += v.wait.0;
            }
            VisitEnd::Left { silent } => {
                c.abandoned += u32::from(!silent);
                c.abandoned_silently += u32::from(silent);
                c.short_abandoned += u32::from(v.within(&header.short_abandon));
                c.wait_abandoned_us += v.wait.0;
            }
            VisitEnd::Balked => return c.balked += 1,
            VisitEnd::Refused => return c.refused += 1,
            VisitEnd::FlowedOut => return c.flowed_out += 1,
            VisitEnd::BrokenOff | VisitEnd::Open => return,
        }
        c.waited += u32::from(v.waited);
        c.wait_max_us = c.wait_max_us.max(v.wait.0);
    }

    /// Counts what an event says of a contact.
    fn count(&mut self, book: &Book, env: &Envelope) {
        if let Some(queue) = book.offered(env) {
            self.counts(queue, book.offered_at(env)).offered += 1;
        }
        if let Some(visit) = book.visit(self.to.header, env) {
            self.visited(&visit);
        }
    }

    /// Agents on the queue and the share of them at work, of the teams of a queue.
    fn people(&self, queue: usize, row: usize) -> [Cell<'static>; 2] {
        let Some(teams) = self.staffing.intervals.get(row) else {
            return [Cell::Null; 2]; // after the horizon
        };
        let serving = teams.iter().zip(&self.served[queue]);
        let (staffed_us, busy_us) = serving
            .filter(|(_, serves)| **serves)
            .fold((0.0, 0.0), |sum, (team, _)| (sum.0 + team.staffed_us, sum.1 + team.busy_us));
        let share = |busy_us: f64| match staffed_us {
            0.0 => Cell::Null,
            all => Cell::Real(busy_us / all),
        };
        let interval_us = self.to.header.interval.0.max(1) as f64;
        [Cell::Real(staffed_us / interval_us), share(busy_us)]
    }

    fn write(&mut self, queue: usize, row: usize) -> io::Result<()> {
        if !self.to.span.holds(row_start(self.to.header, row)) {
            return Ok(());
        }
        let c = self.counts[queue].get(row).copied().unwrap_or_default();
        let cells = cells(self.to, queue, row, &c, self.people(queue, row));
        self.to.row(&cells)
    }
}

fn row_start(header: &Header, row: usize) -> SimTime {
    SimTime(row as u64 * header.interval.0)
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

impl Fold for Intervals<'_, '_> {
    fn begin(&mut self, replication: u32) {
        let header = self.to.header;
        let rows = vec![Counts::default(); header.interval_labels.len()];
        self.to.replication = replication;
        self.counts = vec![rows; header.queues.len()];
        self.served = vec![vec![false; header.teams.len()]; header.queues.len()];
        self.staffing = Staffing::new(header);
    }

    fn event(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        self.staffing.apply(self.to.header, seen.book, seen.env);
        let env = seen.env;
        let handled = seen.book.handled(self.to.header, env);
        if let Some(h) = handled.filter(|h| h.measured && !h.gone) {
            let c = self.counts(h.queue, h.joined);
            c.handled += 1;
            c.handling_us += h.visit_us;
        }
        let Some(r) = seen.record() else {
            return Ok(());
        };
        if let Event::Assigned { agent, .. } = env.event
            && let Some(team) = self.to.header.agent_teams.get(agent.index())
            && let Some(serves) = self.served[r.queue.index()].get_mut(*team as usize)
        {
            *serves = true;
        }
        if r.measured {
            self.count(seen.book, env);
        }
        Ok(())
    }

    fn end(&mut self, _end: &End<'_>) -> io::Result<()> {
        for queue in 0..self.counts.len() {
            for row in 0..self.counts[queue].len() {
                self.write(queue, row)?;
            }
        }
        Ok(())
    }
}
