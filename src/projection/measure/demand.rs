//! Metrics of demand: contacts and issues, what became of them, and who resolved them.

use super::{Collector, Unit, claims};
use crate::domain::{EscalationReason, Outcome, Party};
use crate::event::Header;
use crate::projection::{DemandCell, Dims, Everything};

pub(super) fn demand_cell(header: &Header, all: &Everything, dims: Dims) -> DemandCell {
    let mut sum = DemandCell::default();
    for (number, cell) in all.resolution.cells.iter().enumerate() {
        if dims.takes(number, header.channels.len(), header.intents.len()) {
            sum.add(cell);
        }
    }
    sum
}

pub(super) fn demand_measures(c: &mut Collector, header: &Header, cell: &DemandCell, dims: Dims) {
    let issues = cell.first_contacts + cell.articles_solved;
    c.count("arrivals", cell.contacts);
    c.count("issues", issues);
    c.count("to_people", cell.to_people);
    outcomes(c, cell);
    c.share("lost_rate", cell.lost, issues);
    if header.has_articles {
        c.count("articles_solved", cell.articles_solved);
    }
    if header.has_retries {
        c.count("retrials", cell.retrials);
    }
    if header.has_returns {
        returns(c, cell);
    }
    c.quotient(
        "transfers_per_contact",
        None,
        Unit::PerContact,
        cell.transfers as f64,
        cell.to_people as f64,
    );
    if header.has_wrong_turns {
        c.share("right_first_try", cell.rule_right, cell.rule_assigned);
    }
    c.key.party = Some(Party::Human);
    c.share("resolution_rate", cell.human_true, cell.human_closed);
    c.key.party = None;
    if header.has_bot || header.has_articles || header.has_retries {
        deflection(c, header, cell, dims, issues);
    }
    let automatic = cell.bot_closed + cell.articles_solved;
    if header.has_bot || header.has_articles {
        let demand = cell.contacts + cell.articles_solved;
        c.share("roar", automatic, demand);
        c.share("true_roar", cell.bot_true + cell.articles_solved, demand);
    }
    if header.has_bot {
        bot_measures(c, cell, automatic);
        claims::short_conversations(c, cell);
    }
    claims::avoided(c, header, cell);
}

/// How contacts ended. Those that have not are open: the same contacts as `arrivals`.
fn outcomes(c: &mut Collector, cell: &DemandCell) {
    for outcome in Outcome::ALL {
        let count = cell.outcomes[outcome as usize] as f64;
        c.total("outcomes", Some(outcome.name()), count, Unit::Count);
    }
    let ended: u64 = cell.outcomes.iter().sum();
    c.count("open_contacts", cell.contacts.saturating_sub(ended));
    c.count("turned_away", cell.outcomes[Outcome::TurnedAway as usize]);
    c.count("blocked_contacts", cell.outcomes[Outcome::Blocked as usize]);
    c.count("broken_off", cell.outcomes[Outcome::BrokenOff as usize]);
}

fn returns(c: &mut Collector, cell: &DemandCell) {
    c.count("repeats", cell.repeats);
    c.share("repeat_rate", cell.repeats, cell.contacts);
    let (closed, resolved) = (cell.first_closed as f64, cell.first_resolved as f64);
    c.quotient("fcr", Some("window"), Unit::Ratio, resolved, closed);
    let all = cell.first_contacts as f64;
    c.quotient("fcr", Some("gross"), Unit::Ratio, resolved, all);
}

fn deflection(c: &mut Collector, header: &Header, cell: &DemandCell, dims: Dims, issues: u64) {
    let share = |c: &mut Collector, definition, num: u64, den: u64| {
        let (num, den) = (num as f64, den as f64);
        c.quotient("deflection_rate", Some(definition), Unit::Ratio, num, den);
    };
    if header.has_bot || header.has_articles {
        let demand = cell.contacts + cell.articles_solved;
        let deflected = cell.bot_closed + cell.articles_solved;
        share(c, "demand", deflected, demand);
    }
    if header.has_articles {
        share(c, "content", cell.articles_deflected, cell.article_views);
    }
    if dims.channel.is_some() {
        share(c, "channel", cell.served_elsewhere, issues);
    }
}

fn bot_measures(c: &mut Collector, cell: &DemandCell, automatic: u64) {
    c.count("sessions", cell.sessions);
    c.share("involvement_rate", cell.involved, cell.contacts);
    let bypassed = cell.skipped[EscalationReason::Bypass as usize];
    c.share("bypass_rate", bypassed, cell.contacts);
    c.share("human_only_rate", cell.skipped[EscalationReason::HumanOnly as usize], cell.contacts);
    c.share(
        "containment_rate",
        cell.involved.saturating_sub(cell.escalated_involved),
        cell.involved,
    );
    c.share("false_containment_rate", cell.bot_closed - cell.bot_true, cell.bot_closed);
    c.share("bot_share", cell.bot_closed, automatic);
    c.quotient("answered_turns", None, Unit::Count, cell.answers as f64, cell.involved as f64);
    c.share("answer_accuracy", cell.right_answers, cell.answers);
    c.key.party = Some(Party::Bot);
    c.share("resolution_rate", cell.bot_closed, cell.involved);
    c.quotient(
        "resolution_rate",
        Some("true"),
        Unit::Ratio,
        cell.bot_true as f64,
        cell.involved as f64,
    );
    let sessions = cell.sessions as f64;
    c.quotient("asa_s", Some("session"), Unit::Seconds, cell.bot_wait_us * 1e-6, sessions);
    c.quotient("wait_probability", Some("session"), Unit::Ratio, cell.bot_waited as f64, sessions);
    c.quotient("session_time_s", None, Unit::Seconds, cell.bot_time_us * 1e-6, sessions);
    c.key.party = None;
    for reason in EscalationReason::ALL {
        let count = cell.escalated[reason as usize] + cell.skipped[reason as usize];
        c.total("escalations", Some(reason.name()), count as f64, Unit::Count);
    }
}
