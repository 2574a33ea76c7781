//! Events in words, for people.

use super::words::{RUN_ENDED, TYPES, name};
use crate::event::{Envelope, Event, Header};

/// Whether there is such a kind of event.
#[must_use]
pub fn is_type(name: &str) -> bool {
    TYPES.contains(&name) || name == RUN_ENDED
}

/// The agents that an event is about.
#[must_use]
pub fn agents_of(event: &Event) -> [Option<u32>; 2] {
    match *event {
        Event::Assigned { agent, .. }
        | Event::HandlingEnded { agent, .. }
        | Event::WrapUpEnded { agent, .. }
        | Event::ShiftStarted { agent, .. }
        | Event::AgentClosing { agent, .. }
        | Event::ShiftEnded { agent }
        | Event::BreakStarted { agent, .. }
        | Event::BreakEnded { agent }
        | Event::AgentAbsent { agent, .. }
        | Event::DutyChanged { agent, .. } => [Some(agent.0), None],
        Event::DutySwapped { stays, leaves } => [Some(stays.0), Some(leaves.0)],
        _ => [None, None],
    }
}

/// What happened, with the names of the header.
#[must_use]
pub fn describe(header: &Header, envelope: &Envelope) -> String {
    let event = &envelope.event;
    let of = |names: &[String], id: usize| names.get(id).cloned().unwrap_or_default();
    let queue = |id: usize| header.queues.get(id).map_or("", |q| q.name.as_str()).to_owned();
    let more = match *event {
        Event::ArticleViewed { segment, channel, intent, .. }
        | Event::ContactStarted { segment, channel, intent, .. } => format!(
            "{} by {}, {}",
            of(&header.segments, segment.index()),
            of(&header.channels, channel.index()),
            of(&header.intents, intent.index())
        ),
        Event::ContactReturned { of, reason, .. } => format!("of #{}, {}", of.0, reason.name()),
        Event::BotSkipped { reason } | Event::BotEscalated { reason } => reason.name().to_owned(),
        Event::BotAsked { turn, .. } | Event::BotFailed { turn } | Event::BotGivenUp { turn } => {
            format!("turn {turn}")
        }
        Event::BotReplied { turn, right } => {
            format!("turn {turn}, {}", if right { "right" } else { "wrong" })
        }
        Event::BotClosed { confirmed } => {
            if confirmed { "confirmed" } else { "not confirmed" }.to_owned()
        }
        Event::Queued { queue: id, .. }
        | Event::Balked { queue: id }
        | Event::Refused { queue: id } => queue(id.index()),
        Event::WaitAnnounced { wait } => wait.to_string(),
        Event::Abandoned { silent: true } => "without a sign".to_owned(),
        Event::Assigned { agent, concurrency, .. } => {
            format!("agent {}, contact {concurrency} of theirs", agent.0)
        }
        Event::FaultStarted { fault } | Event::FaultEnded { fault } => {
            of(&header.faults, fault.index())
        }
        _ => ending(header, event),
    };
    format!("{:<17} {more}", name(event)).trim_end().to_owned()
}

/// What events say of the end of a contact, and of agents.
fn ending(header: &Header, event: &Event) -> String {
    let of = |names: &[String], id: usize| names.get(id).cloned().unwrap_or_default();
    let queue = |id: usize| header.queues.get(id).map_or("", |q| q.name.as_str());
    match *event {
        Event::Transferred { from, to, reason } => {
            format!("{} to {}, {}", queue(from.index()), queue(to.index()), reason.name())
        }
        Event::Resolved { party, truly } => {
            format!("by {}, {}", party.name(), if truly { "truly" } else { "not truly" })
        }
        Event::ContactEnded { outcome } => outcome.name().to_owned(),
        Event::ReturnPlanned { reason, channel, .. } => {
            format!("{}, by {}", reason.name(), of(&header.channels, channel.index()))
        }
        Event::SurveyAnswered { csat, ces, nps, .. } => {
            format!("csat {csat}, ces {ces}, nps {nps}")
        }
        Event::Forked { future: 0 } => "into a changed scenario".to_owned(),
        Event::Forked { future } => format!("into future {future}"),
        _ => match agents_of(event) {
            [Some(agent), Some(other)] => format!("agent {agent} stays, agent {other} leaves"),
            [Some(agent), None] => format!("agent {agent}"),
            _ => String::new(),
        },
    }
}
