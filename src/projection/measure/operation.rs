//! Metrics of the operation as a whole: satisfaction, people, cost, levels in time.

use super::Collector;
use super::demand::demand_cell;
use crate::domain::Party;
use crate::event::Header;
use crate::id::{ChannelId, QueueId, SegmentId, TeamId};
use crate::metric::{Definition, Metric};
use crate::projection::{Dims, Everything, PartyScores};

pub(super) fn satisfaction_measures(c: &mut Collector, header: &Header, all: &Everything) {
    let mut segments: Vec<Option<SegmentId>> = vec![None];
    if header.segments.len() > 1 {
        segments.extend((0..header.segments.len()).map(|s| Some(SegmentId(s as u8))));
    }
    for segment in segments {
        c.key.dims.segment = segment;
        for party in [None, Some(Party::Bot), Some(Party::Human)] {
            let mut sum = PartyScores::default();
            for (number, scores) in all.satisfaction.scores.iter().enumerate() {
                if party.is_some_and(|p| usize::from(p == Party::Human) != number) {
                    continue;
                }
                for (s, scores) in scores.iter().enumerate() {
                    if segment.is_none_or(|selected| selected.index() == s) {
                        sum.add(scores);
                    }
                }
            }
            c.key.party = party;
            let answers = sum.answers as f64;
            c.share(Metric::Csat, sum.satisfied, sum.answers);
            c.quotient(Metric::Ces, None, sum.effort as f64, answers);
            let net = (sum.promoters as f64 - sum.detractors as f64) * 100.0;
            c.quotient(Metric::Nps, None, net, answers);
            let asked = if sum.answers == 0 { 0 } else { sum.asked };
            c.share(Metric::ResponseRate, sum.answers, asked);
        }
        c.key.party = None;
    }
}

pub(super) fn staffing_measures(c: &mut Collector, header: &Header, all: &Everything) {
    let window_us = header.measured.1.since(header.measured.0).0 as f64;
    for (number, totals) in all.staffing.totals.iter().enumerate() {
        c.key.team = Some(TeamId(number as u8));
        let slots = f64::from(header.teams[number].max_contacts);
        let t = totals;
        c.quotient(Metric::Occupancy, Some(Definition::AgentBusy), t.busy_us, t.staffed_us);
        c.quotient(
            Metric::Occupancy,
            Some(Definition::Slots),
            t.in_service_us - t.paused_us,
            t.staffed_us * slots,
        );
        c.quotient(Metric::Occupancy, Some(Definition::Workload), t.productive_us, t.staffed_us);
        c.quotient(Metric::Utilisation, None, t.busy_us, t.paid_us);
        c.quotient(Metric::Concurrency, None, t.in_service_us, t.busy_us);
        c.quotient(Metric::Concurrency, Some(Definition::Staffed), t.in_service_us, t.staffed_us);
        if header.teams[number].pauses.contains(&true) {
            c.quotient(Metric::PausedShare, None, t.paused_us, t.in_service_us);
        }
        c.quotient(Metric::Staffed, None, t.staffed_us, t.manned_us);
        c.quotient(Metric::InService, None, t.in_service_us, window_us);
        c.total(Metric::PaidHours, None, t.paid_us / 3.6e9);
        c.total(Metric::OvertimeHours, None, t.overtime_us / 3.6e9);
        c.total(Metric::Absences, None, t.absences as f64);
    }
    c.key.team = None;
}

pub(super) fn cost_measures(c: &mut Collector, header: &Header, all: &Everything) {
    let costs = &header.costs;
    let teams = header.teams.iter().zip(&all.staffing.totals);
    let wages: f64 = teams.map(|(team, t)| team.wage_per_hour * t.paid_us / 3.6e9).sum();
    let whole = demand_cell(header, all, Dims::ALL);
    let mut contacts = 0.0;
    for (number, price) in costs.per_contact.iter().enumerate() {
        let dims = Dims { channel: Some(ChannelId(number as u8)), ..Dims::ALL };
        contacts += price * demand_cell(header, all, dims).human_closed as f64;
    }
    let bot = costs.bot_fixed
        + costs.bot_per_session * whole.sessions as f64
        + costs.bot_per_resolution * whole.bot_closed as f64;
    let total = wages + contacts + bot;
    // By the prices, not by the sums: every replication has the same rows.
    let bot_prices = [costs.bot_fixed, costs.bot_per_session, costs.bot_per_resolution];
    let bot_costs = bot_prices.iter().any(|p| *p > 0.0);
    let people_cost = header.teams.iter().any(|t| t.wage_per_hour > 0.0);
    if !bot_costs && !people_cost && costs.per_contact.iter().all(|p| *p <= 0.0) {
        return;
    }
    c.total(Metric::Cost, Some(Definition::Total), total);
    c.total(Metric::Cost, Some(Definition::Wages), wages);
    c.total(Metric::Cost, Some(Definition::Contacts), contacts);
    c.total(Metric::Cost, Some(Definition::Bot), bot);
    c.quotient(Metric::CostPerContact, None, total, whole.contacts as f64);
    // Where neither bot nor articles nor returns tell of truth, it would only repeat
    // what the scenario assumes of people.
    if header.has_bot || header.has_articles || header.has_returns {
        let truly = whole.bot_true + whole.human_true + whole.articles_solved;
        c.quotient(Metric::CostPerTrueResolution, None, total, truly as f64);
    }
    if bot_costs && costs.human_contact > 0.0 {
        let saved = costs.human_contact * whole.bot_true as f64;
        c.quotient(Metric::Roi, None, saved - bot, bot);
    }
}

/// Levels in time, averaged over the measured window.
pub(super) fn time_averages(c: &mut Collector, header: &Header, all: &Everything) {
    let window_us = header.measured.1.since(header.measured.0).0 as f64;
    let mean = |integral_us: f64| (integral_us, window_us);
    let (num, den) = mean(all.resolution.in_bot.integral_us);
    if header.has_bot {
        c.quotient(Metric::InBot, None, num, den);
    }
    if let Some(sessions) = header.bot_sessions {
        c.key.party = Some(Party::Bot);
        c.quotient(Metric::Occupancy, Some(Definition::Slots), num, den * f64::from(sessions));
        c.key.party = None;
    }
    if header.has_returns || header.has_retries {
        let (num, den) = mean(all.resolution.orbit.integral_us);
        c.quotient(Metric::Orbit, None, num, den);
    }
    if header.has_retries {
        let (num, den) = mean(all.resolution.retrial_orbit.integral_us);
        c.quotient(Metric::Orbit, Some(Definition::Retrials), num, den);
    }
    for (number, gauge) in all.service.waiting.iter().enumerate() {
        c.key.dims.queue = Some(QueueId(number as u8));
        let (num, den) = mean(gauge.integral_us);
        c.quotient(Metric::QueueLength, None, num, den);
        let backlog = all.service.backlog[number] as f64;
        c.total(Metric::Backlog, None, backlog);
    }
    c.key.dims.queue = None;
}
