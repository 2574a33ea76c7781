//! Events as activities of a process: names, who did them.

use super::team_of;
use crate::event::{Event, EventKind, Header};

/// The activity and the transition of its life cycle that an event is. What lasts
/// has two events; everything else is complete at once.
pub(super) fn activity(event: &Event) -> (&'static str, &'static str) {
    match event {
        Event::BotEngaged => ("BotSession", "start"),
        Event::BotEscalated { .. } | Event::BotClosed { .. } | Event::BotGivenUp { .. } => {
            ("BotSession", "complete")
        }
        Event::Assigned { .. } => ("Handling", "start"),
        Event::HandlingEnded { .. } => ("Handling", "complete"),
        other => (other.kind().name(), "complete"),
    }
}

/// Who did it: the agent with the team, or the bot; nobody for the customer and the rules.
pub(super) fn resource<'h>(header: &'h Header, event: &Event) -> Option<(String, Option<&'h str>)> {
    if let [Some(agent), _] = event.agents() {
        return Some((format!("agent {}", agent.0), team_of(header, agent)));
    }
    let bot = matches!(
        event,
        Event::BotEngaged
            | Event::BotReplied { .. }
            | Event::BotFailed { .. }
            | Event::TurnMeasured { .. }
            | Event::BotEscalated { .. }
            | Event::BotClosed { .. }
    );
    bot.then(|| ("bot".to_owned(), None))
}

/// Whether events of a kind belong to the run as a whole: no contact and no agent.
pub(super) fn is_of_the_run(kind: EventKind) -> bool {
    use EventKind::{FaultEnded, FaultStarted, RunEnded, RunStarted};
    matches!(kind, RunStarted | RunEnded | FaultStarted | FaultEnded)
}
