//! `convoq log show`: events as a timeline, with their causes.

use super::ShowArgs;
use crate::cli::{Failure, OK, moment, print};
use crate::event::{Envelope, Event, EventKind, Header};
use crate::id::{AgentId, ConversationId};
use crate::log::Run;
use crate::time::SimTime;
use std::collections::BTreeSet;
use std::fmt::Write as _;

pub(super) fn run(args: &ShowArgs) -> Result<u8, Failure> {
    let run = Run::open(&args.run)?;
    let number = super::chosen(&run, args.replication)?;
    let header = &run.manifest.header;
    let from = args.from.as_deref().map(|t| moment::parse(header, t)).transpose()?;
    let to = args.to.as_deref().map(|t| moment::parse(header, t)).transpose()?;
    let span = (from.unwrap_or(SimTime::ZERO), to.unwrap_or(SimTime::NEVER));
    for kind in &args.types {
        if EventKind::named(kind).is_none() {
            return Err(Failure::invalid(format!(
                "error: --type {kind}: there is no such kind of event\n  help: `convoq log stat {}` lists those of this run",
                args.run.display()
            )));
        }
    }
    let events = run.replication(number)?;
    let contacts = args.conversation.map(|c| with_returns(&events, ConversationId(c)));
    if contacts.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(Failure::invalid(format!(
            "error: --conversation {}: replication {number} has no such contact",
            args.conversation.unwrap_or_default()
        )));
    }
    let wanted = |e: &&Envelope| {
        (span.0..=span.1).contains(&e.at)
            && contacts.as_ref().is_none_or(|c| c.contains(&e.conversation.0))
            && args.agent.is_none_or(|a| e.event.agents().contains(&Some(AgentId(a))))
            && (args.types.is_empty() || args.types.iter().any(|t| t == e.event.kind().name()))
    };
    let limit = args.limit.unwrap_or(usize::MAX);
    let mut text = String::new();
    let mut shown = 0;
    for envelope in events.iter().filter(wanted).take(limit) {
        let _ = writeln!(text, "{}", line(header, envelope));
        shown += 1;
        if text.len() > 1 << 16 {
            print(&text)?;
            text.clear();
        }
    }
    print(&text)?;
    tell!("{shown} of {} events of replication {number}", events.len());
    super::warn(&run);
    Ok(OK)
}

/// The contact, and those before and after it of the same issue.
fn with_returns(events: &[Envelope], conversation: ConversationId) -> BTreeSet<u32> {
    let mut chain = conversation;
    let mut found = BTreeSet::new();
    for envelope in events {
        if let Event::ContactReturned { chain: first, .. } = envelope.event
            && envelope.conversation == conversation
        {
            chain = first;
        }
        if envelope.conversation == conversation {
            found.insert(conversation.0);
        }
    }
    for envelope in events {
        if let Event::ContactReturned { chain: first, .. } = envelope.event
            && first == chain
        {
            found.extend([chain.0, envelope.conversation.0]);
        }
    }
    found
}

/// One event as a line: local time, number, cause, contact, what happened.
pub(super) fn line(header: &Header, envelope: &Envelope) -> String {
    let contact = match envelope.conversation {
        ConversationId::NONE => String::from("-"),
        id => format!("#{}", id.0),
    };
    let cause = if envelope.cause == envelope.seq {
        String::from("first cause")
    } else {
        format!("<- {}", envelope.cause)
    };
    format!(
        "{}  {:>8} {cause:<12} {contact:<8} {}",
        moment::label(header, envelope.at),
        envelope.seq,
        envelope.event.describe(header)
    )
}
