//! A record of contacts as a queue saw them: what a replay is made of.

use crate::event::Header;
use crate::id::{AgentId, ChannelId, QueueId};
use crate::observed::{Observed, PartEnd, Stay, StayEnd};
use crate::time::{SimDuration, SimTime, Span};

/// A contact that came to a queue of people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Came {
    /// When it joined the queue.
    pub at: SimTime,
    /// The channel.
    pub channel: ChannelId,
    /// The queue that it joined first.
    pub queue: QueueId,
    /// How long it waited.
    pub waited: SimDuration,
    /// How the wait ended.
    pub end: WaitEnd,
    /// The agent who had it last.
    pub agent: Option<AgentId>,
    /// Time of agents on it, without wrap-up; none where nobody took it.
    pub work: Option<SimDuration>,
    /// Wrap-up after it; none where nobody took it.
    pub wrap_up: Option<SimDuration>,
}

/// How a wait for people ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    /// An agent answered.
    Answered,
    /// The customer left.
    Left,
    /// It was not over, or the operation ended it: the customer would have waited on.
    Cut,
}

/// What a record has, and what it leaves out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Contacts in the order in which they joined their queues.
    pub contacts: Vec<Came>,
    /// Spans in which agents were on the queue, with whom.
    pub spans: Vec<(AgentId, Span)>,
    /// Contacts that never came to a queue: the bot kept them, or they were turned away.
    pub without_queue: usize,
    /// Of the contacts: taken by an agent who had another one at the time.
    pub concurrent: usize,
    /// Of the contacts: taken more than once, by transfer or at the end of a shift. Their
    /// work is replayed as one piece.
    pub in_parts: usize,
}

impl Record {
    /// What was seen of contacts that joined their first queue in a span. Spans of agents
    /// are cut to it.
    #[must_use]
    pub fn of(seen: &Observed, span: Span) -> Self {
        let mut record = Self::default();
        let mut parts = vec![0_usize; seen.contacts.len()];
        for part in seen.parts.iter().filter(|p| p.end != PartEnd::FoundEmpty) {
            if let Some(count) = parts.get_mut(part.contact) {
                *count += 1;
            }
        }
        for (contact, parts) in seen.contacts.iter().zip(parts) {
            let Some(stay) = contact.stay.filter(|stay| span.contains(stay.joined)) else {
                let begins_here = contact.stay.is_none() && span.contains(contact.started);
                record.without_queue += usize::from(begins_here);
                continue;
            };
            let was_taken = stay.end == StayEnd::Answered && contact.ended.is_some();
            record.concurrent += usize::from(was_taken && contact.concurrency > 1);
            record.in_parts += usize::from(parts > 1);
            record.contacts.push(Came {
                at: stay.joined,
                channel: contact.channel,
                queue: stay.queue,
                waited: stay.waited(),
                end: wait_end(&stay),
                agent: contact.agent.filter(|_| was_taken),
                work: was_taken.then_some(contact.handled),
                wrap_up: was_taken.then_some(contact.wrap_up),
            });
        }
        record.contacts.sort_by_key(|c| c.at);
        for duty in &seen.duties {
            let mut start = duty.span.start;
            for off in &duty.off {
                record.add_span(duty.agent, Span { start, end: off.start }, span);
                start = off.end;
            }
            record.add_span(duty.agent, Span { start, end: duty.span.end }, span);
        }
        record
    }

    fn add_span(&mut self, agent: AgentId, on: Span, within: Span) {
        let cut = Span { start: on.start.max(within.start), end: on.end.min(within.end) };
        if cut.start < cut.end {
            self.spans.push((agent, cut));
        }
    }

    /// Queues that contacts came to, in the order of their ids.
    #[must_use]
    pub fn queues(&self, header: &Header) -> Vec<QueueId> {
        let came = |q: &QueueId| self.contacts.iter().any(|c| c.queue == *q);
        (0..header.queues.len()).map(|q| QueueId(q as u8)).filter(came).collect()
    }

    /// Channels that contacts came by, in the order of their ids.
    #[must_use]
    pub fn channels(&self, header: &Header) -> Vec<ChannelId> {
        let came = |n: &ChannelId| self.contacts.iter().any(|c| c.channel == *n);
        (0..header.channels.len()).map(|n| ChannelId(n as u8)).filter(came).collect()
    }

    /// Mean patience, seconds, by the exponential law: all time waited by the number of
    /// those who left; none where nobody did.
    #[must_use]
    pub fn mean_patience_s(&self) -> Option<f64> {
        let left = self.contacts.iter().filter(|c| c.end == WaitEnd::Left).count();
        let waited_s: f64 = self.contacts.iter().map(|c| c.waited.as_s()).sum();
        (left > 0).then(|| waited_s / left as f64)
    }
}

fn wait_end(stay: &Stay) -> WaitEnd {
    match stay.end {
        StayEnd::Answered => WaitEnd::Answered,
        // Who was found to be gone had left before: the wait is the most that it can be.
        StayEnd::Left | StayEnd::FoundEmpty | StayEnd::Balked => WaitEnd::Left,
        StayEnd::Refused | StayEnd::FlowedOut | StayEnd::TurnedAway | StayEnd::Open => WaitEnd::Cut,
    }
}
