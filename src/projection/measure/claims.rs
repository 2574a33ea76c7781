//! Metrics of published claims about automation: what was claimed, and where it went.

use super::{Collector, demand_cell};
use crate::domain::Party;
use crate::event::Header;
use crate::metric::{Definition, Metric};
use crate::projection::{DemandCell, Dims, Everything, HistogramKey};

/// Microseconds of an hour.
const HOUR_US: f64 = 3.6e9;

/// Short conversations with the bot, and how they ended: short is good, or frustrated.
pub(super) fn short_conversations(c: &mut Collector, cell: &DemandCell) {
    c.share(Metric::GivenUpRate, cell.given_up, cell.sessions);
    let [left, escalated, not_solved, solved] = cell.short;
    let named = [
        (Definition::All, left + escalated + not_solved + solved),
        (Definition::True, solved),
        (Definition::False, not_solved),
        (Definition::Escalated, escalated),
        (Definition::GivenUp, left),
    ];
    for (name, number) in named {
        c.quotient(Metric::ShortBotConversations, Some(name), number as f64, cell.sessions as f64);
    }
}

/// What the bot closed against the contacts that people no longer have. Only where some
/// contacts are induced: elsewhere `deflection_rate` says it.
pub(super) fn avoided(c: &mut Collector, header: &Header, cell: &DemandCell) {
    if header.induced.is_empty() {
        return;
    }
    c.count(Metric::InducedContacts, cell.induced);
    // Who would have come to people without it: the first contacts that are not induced.
    let without = cell.first_contacts as f64 - cell.induced as f64;
    let avoided = without - cell.to_people as f64;
    c.quotient(Metric::CasesAvoided, None, avoided, without);
    let reached = cell.bot_closed as f64 + cell.to_people as f64;
    let unserved = cell.contacts as f64 - reached;
    let parts = [
        (Definition::Closed, cell.bot_closed as f64),
        (Definition::Avoided, avoided),
        (Definition::Induced, cell.induced as f64),
        (Definition::CameAgain, (cell.repeats + cell.retrials) as f64),
        (Definition::Unserved, unserved),
    ];
    for (name, number) in parts {
        c.total(Metric::ClaimedResolutions, Some(name), number);
    }
}

/// The formulas of time saved by AI, and the time that goes into knowledge.
pub(super) fn time_saved(c: &mut Collector, header: &Header, all: &Everything) {
    let teams = || header.teams.iter().zip(&all.staffing.totals);
    if header.teams.iter().any(|t| t.knowledge > 0.0) {
        let hours = teams().map(|(team, t)| team.knowledge * t.paid_us / HOUR_US);
        c.total(Metric::KnowledgeHours, None, hours.sum());
    }
    let Some(given) = header.time_saved else {
        return;
    };
    let demand = demand_cell(header, all, Dims::ALL);
    let keys = all.speed.keys.iter().zip(&all.speed.sums_us);
    let of_people = |key: &HistogramKey| matches!(key, HistogramKey::Handling(Party::Human, _));
    let handling_us: f64 = keys.filter(|(k, _)| of_people(k)).map(|(_, us)| us).sum();
    let writing_us = given.per_message.0 as f64 * given.messages * demand.human_closed as f64;
    let transfer_us = given.per_transfer.0 as f64 * demand.transfers as f64;
    let parts = [
        (Definition::Addressable, given.addressable * handling_us),
        (Definition::Transfers, transfer_us),
        (Definition::Writing, writing_us),
    ];
    for (name, us) in parts {
        c.total(Metric::TimeSavedHours, Some(name), us / HOUR_US);
    }
}
