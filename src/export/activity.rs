//! Events as activities of a process: names, attributes, who did them.

use super::{Cell, team_of, word};
use crate::event::{Closing, Event, Header};
use crate::id::AgentId;
use crate::log::{Kind, agents_of, name};

/// Attributes of events in OCEL and XES, by kind of event. Names that begin with
/// `true_` hold hidden facts.
pub const ATTRIBUTES: &[(&str, &[(&str, Kind)])] = &[
    ("ArticleViewed", &[("segment", Kind::Word), ("channel", Kind::Word), ("intent", Kind::Word)]),
    (
        "ContactStarted",
        &[
            ("segment", Kind::Word),
            ("channel", Kind::Word),
            ("intent", Kind::Word),
            ("tier", Kind::Word),
            ("language", Kind::Word),
            ("attempt", Kind::Whole),
        ],
    ),
    ("ContactReturned", &[("reason", Kind::Word)]),
    ("BotSkipped", &[("reason", Kind::Word)]),
    ("BotAsked", &[("turn", Kind::Whole), ("held_s", Kind::Real)]),
    (
        "TurnMeasured",
        &[
            ("turn", Kind::Whole),
            ("class", Kind::Word),
            ("meaning", Kind::Word),
            ("status", Kind::Whole),
            ("lag_s", Kind::Real),
            ("first_s", Kind::Real),
            ("answer_s", Kind::Real),
            ("latency_s", Kind::Real),
            ("connect_s", Kind::Real),
            ("parts", Kind::Whole),
        ],
    ),
    ("BotGivenUp", &[("turn", Kind::Whole)]),
    ("BotReplied", &[("turn", Kind::Whole), ("true_right", Kind::Flag)]),
    ("BotFailed", &[("turn", Kind::Whole)]),
    ("BotEscalated", &[("reason", Kind::Word)]),
    ("BotClosed", &[("confirmed", Kind::Flag)]),
    ("Queued", &[("level", Kind::Whole), ("true_wrong", Kind::Flag)]),
    ("WaitAnnounced", &[("wait_s", Kind::Real)]),
    ("Abandoned", &[("true_silent", Kind::Flag)]),
    ("Assigned", &[("concurrency", Kind::Whole), ("true_work_s", Kind::Real)]),
    ("Transferred", &[("reason", Kind::Word)]),
    ("HandlingEnded", &[("true_wrap_up_s", Kind::Real), ("true_left_s", Kind::Real)]),
    ("Resolved", &[("party", Kind::Word), ("true_resolved", Kind::Flag)]),
    ("ContactEnded", &[("outcome", Kind::Word)]),
    ("ReturnPlanned", &[("reason", Kind::Word)]),
    (
        "SurveyAnswered",
        &[("party", Kind::Word), ("csat", Kind::Whole), ("ces", Kind::Whole), ("nps", Kind::Whole)],
    ),
    ("ShiftStarted", &[("paid_s", Kind::Real)]),
    ("AgentClosing", &[("then", Kind::Word)]),
    ("AgentAbsent", &[("paid_s", Kind::Real)]),
];

/// The attributes that [`ATTRIBUTES`] lists for a kind of event.
#[must_use]
pub fn activity_attributes(kind: &str) -> &'static [(&'static str, Kind)] {
    let found = ATTRIBUTES.iter().find(|(name, _)| *name == kind);
    found.map_or(&[], |(_, attributes)| attributes)
}

/// The values of the attributes of an event, in the order of [`ATTRIBUTES`].
pub(super) fn values<'h>(header: &'h Header, event: &Event) -> Vec<Cell<'h>> {
    match *event {
        Event::ArticleViewed { segment, channel, intent, .. } => vec![
            word(&header.segments, segment.index()),
            word(&header.channels, channel.index()),
            word(&header.intents, intent.index()),
        ],
        Event::ContactStarted { segment, channel, intent, tier, language, attempt, .. } => vec![
            word(&header.segments, segment.index()),
            word(&header.channels, channel.index()),
            word(&header.intents, intent.index()),
            word(&header.tiers, tier.index()),
            word(&header.languages, language.index()),
            Cell::Whole(attempt.into()),
        ],
        Event::ContactReturned { reason, .. } | Event::ReturnPlanned { reason, .. } => {
            vec![Cell::Word(reason.name())]
        }
        Event::BotSkipped { reason } | Event::BotEscalated { reason } => {
            vec![Cell::Word(reason.name())]
        }
        Event::BotAsked { turn, held, .. } => {
            vec![Cell::Whole(turn.into()), Cell::Real(held.as_s())]
        }
        Event::TurnMeasured { .. } => turn_values(event),
        Event::BotReplied { turn, right } => vec![Cell::Whole(turn.into()), Cell::Flag(right)],
        Event::BotFailed { turn } | Event::BotGivenUp { turn } => {
            vec![Cell::Whole(turn.into())]
        }
        Event::BotClosed { confirmed } => vec![Cell::Flag(confirmed)],
        Event::Queued { level, wrong, .. } => vec![Cell::Whole(level.into()), Cell::Flag(wrong)],
        Event::WaitAnnounced { wait } => vec![Cell::Real(wait.as_s())],
        Event::Abandoned { silent } => vec![Cell::Flag(silent)],
        Event::Transferred { reason, .. } => vec![Cell::Word(reason.name())],
        _ => later_values(event),
    }
}

/// The same for a turn with a real bot.
fn turn_values(event: &Event) -> Vec<Cell<'static>> {
    let Event::TurnMeasured {
        turn,
        class,
        meaning,
        status,
        lag_us,
        first_us,
        answer_us,
        latency_us,
        connect_us,
        parts,
    } = *event
    else {
        return Vec::new();
    };
    let seconds = |us: u32| Cell::Real(f64::from(us) * 1e-6);
    vec![
        Cell::Whole(turn.into()),
        Cell::Word(class.name()),
        Cell::Word(meaning.name()),
        Cell::Whole(status.into()),
        seconds(lag_us),
        first_us.map_or(Cell::Null, |us| seconds(us.get())),
        answer_us.map_or(Cell::Null, |us| seconds(us.get())),
        seconds(latency_us),
        seconds(connect_us),
        Cell::Whole(parts.into()),
    ]
}

/// The same for what follows the queue, and for agents.
fn later_values(event: &Event) -> Vec<Cell<'static>> {
    match *event {
        Event::Assigned { concurrency, work_s, .. } => {
            vec![Cell::Whole(concurrency.into()), Cell::Real(work_s)]
        }
        Event::HandlingEnded { wrap_up_s, left_s, .. } => {
            vec![Cell::Real(wrap_up_s), Cell::Real(left_s)]
        }
        Event::Resolved { party, truly } => vec![Cell::Word(party.name()), Cell::Flag(truly)],
        Event::ContactEnded { outcome } => vec![Cell::Word(outcome.name())],
        Event::SurveyAnswered { party, csat, ces, nps } => vec![
            Cell::Word(party.name()),
            Cell::Whole(csat.into()),
            Cell::Whole(ces.into()),
            Cell::Whole(nps.into()),
        ],
        Event::ShiftStarted { paid, .. } | Event::AgentAbsent { paid, .. } => {
            vec![Cell::Real(paid.as_s())]
        }
        Event::AgentClosing { then, .. } => vec![Cell::Word(match then {
            Closing::Leave => "leave",
            Closing::Break(_) => "break",
            Closing::ClearLine => "clear_line",
            Closing::LeaveByHeadcount => "leave_by_headcount",
        })],
        _ => Vec::new(),
    }
}

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
        other => (name(other), "complete"),
    }
}

/// Who did it: the agent with the team, or the bot; nobody for the customer and the rules.
pub(super) fn resource<'h>(header: &'h Header, event: &Event) -> Option<(String, Option<&'h str>)> {
    if let [Some(agent), _] = agents_of(event) {
        return Some((format!("agent {agent}"), team_of(header, AgentId(agent))));
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

/// Whether an event belongs to the run as a whole: no contact and no agent.
pub(super) fn is_of_the_run(event: &Event) -> bool {
    matches!(
        event,
        Event::RunStarted | Event::RunEnded | Event::FaultStarted { .. } | Event::FaultEnded { .. }
    )
}
