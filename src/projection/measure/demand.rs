//! Metrics of demand: contacts and issues, what became of them, and who resolved them.

use super::{Collector, claims};
use crate::domain::{EscalationReason, Outcome, Party};
use crate::event::Header;
use crate::metric::{Definition, Metric};
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
    c.count(Metric::Arrivals, cell.contacts);
    c.count(Metric::Issues, issues);
    c.count(Metric::ToPeople, cell.to_people);
    outcomes(c, cell);
    c.share(Metric::LostRate, cell.lost, issues);
    if header.has_articles {
        c.count(Metric::ArticlesSolved, cell.articles_solved);
    }
    if header.has_retries {
        c.count(Metric::Retrials, cell.retrials);
    }
    if header.has_returns {
        returns(c, cell);
    }
    c.quotient(Metric::TransfersPerContact, None, cell.transfers as f64, cell.to_people as f64);
    if header.has_wrong_turns {
        c.share(Metric::RightFirstTry, cell.rule_right, cell.rule_assigned);
    }
    c.key.party = Some(Party::Human);
    c.share(Metric::ResolutionRate, cell.human_true, cell.human_closed);
    c.key.party = None;
    if header.has_bot || header.has_articles || header.has_retries {
        deflection(c, header, cell, dims, issues);
    }
    let automatic = cell.bot_closed + cell.articles_solved;
    if header.has_bot || header.has_articles {
        let demand = cell.contacts + cell.articles_solved;
        c.share(Metric::Roar, automatic, demand);
        c.share(Metric::TrueRoar, cell.bot_true + cell.articles_solved, demand);
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
        c.total(Metric::Outcomes, Some(Definition::Outcome(outcome)), count);
    }
    let ended: u64 = cell.outcomes.iter().sum();
    c.count(Metric::OpenContacts, cell.contacts.saturating_sub(ended));
    c.count(Metric::TurnedAway, cell.outcomes[Outcome::TurnedAway as usize]);
    c.count(Metric::BlockedContacts, cell.outcomes[Outcome::Blocked as usize]);
    c.count(Metric::BrokenOff, cell.outcomes[Outcome::BrokenOff as usize]);
}

fn returns(c: &mut Collector, cell: &DemandCell) {
    c.count(Metric::Repeats, cell.repeats);
    c.share(Metric::RepeatRate, cell.repeats, cell.contacts);
    let (closed, resolved) = (cell.first_closed as f64, cell.first_resolved as f64);
    c.quotient(Metric::Fcr, Some(Definition::Window), resolved, closed);
    let all = cell.first_contacts as f64;
    c.quotient(Metric::Fcr, Some(Definition::Gross), resolved, all);
}

fn deflection(c: &mut Collector, header: &Header, cell: &DemandCell, dims: Dims, issues: u64) {
    let share = |c: &mut Collector, definition, num: u64, den: u64| {
        let (num, den) = (num as f64, den as f64);
        c.quotient(Metric::DeflectionRate, Some(definition), num, den);
    };
    if header.has_bot || header.has_articles {
        let demand = cell.contacts + cell.articles_solved;
        let deflected = cell.bot_closed + cell.articles_solved;
        share(c, Definition::Demand, deflected, demand);
    }
    if header.has_articles {
        share(c, Definition::Content, cell.articles_deflected, cell.article_views);
    }
    if dims.channel.is_some() {
        share(c, Definition::Channel, cell.served_elsewhere, issues);
    }
}

fn bot_measures(c: &mut Collector, cell: &DemandCell, automatic: u64) {
    c.count(Metric::Sessions, cell.sessions);
    c.share(Metric::InvolvementRate, cell.involved, cell.contacts);
    let bypassed = cell.skipped[EscalationReason::Bypass as usize];
    c.share(Metric::BypassRate, bypassed, cell.contacts);
    c.share(
        Metric::HumanOnlyRate,
        cell.skipped[EscalationReason::HumanOnly as usize],
        cell.contacts,
    );
    c.share(
        Metric::ContainmentRate,
        cell.involved.saturating_sub(cell.escalated_involved),
        cell.involved,
    );
    c.share(Metric::FalseContainmentRate, cell.bot_closed - cell.bot_true, cell.bot_closed);
    c.share(Metric::BotShare, cell.bot_closed, automatic);
    c.quotient(Metric::AnsweredTurns, None, cell.answers as f64, cell.involved as f64);
    c.share(Metric::AnswerAccuracy, cell.right_answers, cell.answers);
    c.key.party = Some(Party::Bot);
    c.share(Metric::ResolutionRate, cell.bot_closed, cell.involved);
    c.quotient(
        Metric::ResolutionRate,
        Some(Definition::True),
        cell.bot_true as f64,
        cell.involved as f64,
    );
    let sessions = cell.sessions as f64;
    c.quotient(Metric::Asa, Some(Definition::Session), cell.bot_wait_us * 1e-6, sessions);
    c.quotient(
        Metric::WaitProbability,
        Some(Definition::Session),
        cell.bot_waited as f64,
        sessions,
    );
    c.quotient(Metric::SessionTime, None, cell.bot_time_us * 1e-6, sessions);
    c.key.party = None;
    for reason in EscalationReason::ALL {
        let count = cell.escalated[reason as usize] + cell.skipped[reason as usize];
        c.total(Metric::Escalations, Some(Definition::Reason(reason)), count as f64);
    }
}
