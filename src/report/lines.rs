//! Which metrics the tables show, in the order in which a planner asks for them.

use super::rows::Query;
use crate::domain::TurnClass;

/// What a row of a table shows.
#[derive(Clone, Copy)]
pub(crate) enum Show {
    /// A metric.
    Metric,
    /// A metric, unless it is zero in every column.
    NonZero,
    /// A time, in milliseconds below a second.
    Fine,
    /// The same, where it is another than a second metric in some column.
    FineUnless(Query<'static>),
    /// The threshold that a service level was measured at.
    Threshold,
    /// The product with a second metric: exact for ratios of sums over each other.
    Times(Query<'static>),
}

/// Label, term of the glossary, metric and how to show it.
pub(crate) type Line = (&'static str, &'static str, Query<'static>, Show);

/// A line that shows a metric under a label.
fn line(label: &'static str, query: Query<'static>) -> Line {
    (label, query.name(), query, Show::Metric)
}

/// A line of a time of machines.
fn fine(label: &'static str, query: Query<'static>) -> Line {
    (label, query.name(), query, Show::Fine)
}

/// A line of the time to the first answer, left out where it is that to the first content.
fn answer(label: &'static str, stat: &'static str) -> Line {
    let query = Query::of("first_answer_s").stat(stat);
    let content = Query::of("ttft_s").stat(stat);
    (label, query.name(), query, Show::FineUnless(content))
}

/// A line that is left out where it is zero.
fn non_zero(label: &'static str, query: Query<'static>) -> Line {
    (label, query.name(), query, Show::NonZero)
}

/// The few numbers that open a page.
pub(crate) fn headline() -> Vec<(&'static str, Query<'static>)> {
    let q = Query::of;
    vec![
        ("contacts", q("arrivals")),
        ("wait p90", q("wait_s").stat("p90")),
        ("abandonment", q("abandonment_rate").definition("true")),
        ("bot involvement", q("involvement_rate")),
        ("ROAR", q("roar")),
        ("true ROAR", q("true_roar")),
        ("first response, people", q("frt_s").party("human")),
        ("time to resolution, people", q("ttr_s").party("human")),
        ("first-contact resolution", q("fcr").definition("window")),
        ("CSAT", q("csat")),
        ("cost per contact", q("cost_per_contact")),
        ("cost per true resolution", q("cost_per_true_resolution")),
    ]
}

/// The share answered in time by a queue's own threshold.
pub(crate) fn service_level() -> Query<'static> {
    Query::of("service_level").definition("SL3")
}

/// What is shown of single replications, besides the service level of each queue.
pub(crate) fn singles() -> Vec<(&'static str, Query<'static>)> {
    let q = Query::of;
    vec![
        ("abandonment", q("abandonment_rate").definition("true")),
        ("average speed of answer", q("asa_s")),
        ("ROAR", q("roar")),
        ("contacts", q("arrivals")),
        ("cost per contact", q("cost_per_contact")),
    ]
}

/// What a load test did to the bot, by segment: what was sent first, how it ended last.
pub(crate) fn load() -> Vec<Line> {
    let q = Query::of;
    let turns = |name| q("turns").definition(name);
    let mut lines = vec![
        line("turns offered", turns("offered")),
        line("sent", turns("sent")),
        non_zero("never sent", turns("not_sent")),
        non_zero("  no port, file or memory left", turns("generator_limit")),
        line("finished", turns("finished")),
        line("sent late", turns("late")),
        line("dropped", turns("dropped_in_flight")),
        line("cancelled by the customer", turns("cancelled_by_customer")),
        line("open at the end", turns("censored_at_end")),
        line("offered per second", q("turns_per_s").definition("offered")),
        line("answered per second", q("turns_per_s").definition("answered")),
        line("under way on average", q("turns_in_flight")),
        line("  = rate x latency", q("rate_times_latency")),
        line("  gap (Little's law)", q("littles_law_gap")),
        fine("dispatch lag p50", q("dispatch_lag_s").stat("p50")),
        fine("dispatch lag p99", q("dispatch_lag_s").stat("p99")),
        fine("dispatch lag max", q("dispatch_lag_s").stat("max")),
        fine("first content p50", q("ttft_s").stat("p50")),
        fine("first content p95", q("ttft_s").stat("p95")),
        fine("first content p99", q("ttft_s").stat("p99")),
        answer("first answer p50", "p50"),
        answer("first answer p95", "p95"),
        answer("first answer p99", "p99"),
        fine("turn latency p50", q("turn_latency_s").stat("p50")),
        fine("turn latency p90", q("turn_latency_s").stat("p90")),
        fine("turn latency p95", q("turn_latency_s").stat("p95")),
        fine("turn latency p99", q("turn_latency_s").stat("p99")),
        fine("turn latency max", q("turn_latency_s").stat("max")),
        fine("service time p50", q("service_time_s").stat("p50")),
        fine("service time p99", q("service_time_s").stat("p99")),
        fine("worst turn p95", q("worst_turn_s").stat("p95")),
        line("answered", q("answered_rate")),
        line("errors", q("error_rate")),
        line("handoffs", q("handoff_rate")),
        line("fallbacks", q("fallback_rate")),
        fine("time to failure p50", q("failed_after_s").stat("p50")),
        fine("without an answer p50", q("unanswered_s").stat("p50")),
        non_zero("new connections", q("reconnect_rate")),
    ];
    let unfinished = [
        "dropped_in_flight",
        "cancelled_by_customer",
        "censored_at_end",
        "not_sent",
        "generator_limit",
    ];
    let classes = TurnClass::ALL.into_iter().map(TurnClass::name);
    let classes = classes.filter(|name| !unfinished.contains(name));
    lines.extend(classes.map(|name| non_zero(name, turns(name))));
    lines
}

/// Waiting, by queue.
pub(crate) fn waits() -> Vec<Line> {
    let q = Query::of;
    let level = service_level();
    vec![
        line("offered", q("offered")),
        line("answered in time (SL3)", level),
        ("  within", "service_level", level, Show::Threshold),
        line("average speed of answer", q("asa_s")),
        line("wait p50", q("wait_s").stat("p50")),
        line("wait p90", q("wait_s").stat("p90")),
        line("wait p95", q("wait_s").stat("p95")),
        line("had to wait", q("wait_probability")),
        line("abandonment", q("abandonment_rate").definition("true")),
        non_zero("left without a sign", q("silent_abandoned")),
        non_zero("did not join", q("balked")),
        non_zero("found no room", q("blocked")),
        non_zero("turned away", q("turned_away")),
        non_zero("broken off", q("broken_off")),
        non_zero("waiting at the end", q("backlog")),
    ]
}

/// Who resolves what, by segment.
pub(crate) fn resolution() -> Vec<Line> {
    let q = Query::of;
    let involved = q("involvement_rate");
    let of_involved = q("resolution_rate").party("bot");
    let claim = |part| q("claimed_resolutions").definition(part);
    let rate = "involvement_rate";
    vec![
        line("contacts", q("arrivals")),
        line("bot involvement", involved),
        line("x its resolution rate", of_involved),
        ("= automation rate", rate, involved, Show::Times(of_involved)),
        line("ROAR (with articles)", q("roar")),
        line("true ROAR", q("true_roar")),
        line("bot's share of ROAR", q("bot_share")),
        line("answers per involved", q("answered_turns")),
        line("containment", q("containment_rate")),
        line("false containment", q("false_containment_rate")),
        line("deflection", q("deflection_rate").definition("demand")),
        line("closed by the bot", claim("closed")),
        line("  fewer cases for people", claim("avoided")),
        line("  induced contacts", claim("induced")),
        line("  came again", claim("came_again")),
        non_zero("  less those not served", claim("unserved")),
        line("cases avoided", q("cases_avoided")),
        non_zero("bot given up", q("given_up_rate")),
        line("bypass of the bot", q("bypass_rate")),
        line("people truly resolve", q("resolution_rate").party("human")),
        line("first-contact resolution", q("fcr").definition("window")),
        line("repeat contacts", q("repeat_rate")),
        line("right at the first try", q("right_first_try")),
        non_zero("transfers per contact", q("transfers_per_contact")),
    ]
}

/// Times, by party.
pub(crate) fn times() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("first response, mean", q("frt_s")),
        line("first response p50", q("frt_s").stat("p50")),
        line("first response p90", q("frt_s").stat("p90")),
        line("first response p95", q("frt_s").stat("p95")),
        line("  in open hours, mean", q("frt_s").definition("open_hours")),
        line("time to resolution, mean", q("ttr_s")),
        line("time to resolution p50", q("ttr_s").stat("p50")),
        line("time to resolution p90", q("ttr_s").stat("p90")),
        line("  in open hours, mean", q("ttr_s").definition("open_hours")),
        line("  customer not awaited", q("ttr_s").definition("customer_paused")),
        line("handle time, mean", q("aht_s")),
        line("handle time p90", q("aht_s").stat("p90")),
    ]
}

/// People, by team.
pub(crate) fn people() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("agents on the queue", q("staffed")),
        line("occupancy (agent busy)", q("occupancy").definition("agent_busy")),
        line("occupancy (slots)", q("occupancy").definition("slots")),
        line("occupancy (workload)", q("occupancy").definition("workload")),
        line("utilisation of paid time", q("utilisation")),
        non_zero("overtime hours", q("overtime_hours")),
        line("contacts per busy agent", q("concurrency")),
        line("contact time paused", q("paused_share")),
    ]
}

/// Surveys, by party.
pub(crate) fn satisfaction() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("CSAT", q("csat")),
        line("customer effort (CES)", q("ces")),
        line("NPS", q("nps")),
        line("answered the survey", q("response_rate")),
    ]
}

/// Money.
pub(crate) fn cost() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("total", q("cost").definition("total")),
        line("wages", q("cost").definition("wages")),
        line("bot", q("cost").definition("bot")),
        line("contacts", q("cost").definition("contacts")),
        line("per contact", q("cost_per_contact")),
        line("per true resolution", q("cost_per_true_resolution")),
        line("return on the bot (ROI)", q("roi")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::glossary;

    #[test]
    fn every_line_is_a_metric_of_the_glossary_and_short_enough() {
        let lines = [waits(), resolution(), times(), people(), satisfaction(), cost()].concat();
        let mut names: Vec<(&str, &str)> = headline().iter().map(|l| (l.0, l.1.name())).collect();
        for (label, term, query, show) in lines {
            names.push((label, term));
            names.push((label, query.name()));
            if let Show::Times(other) = show {
                names.push((label, other.name()));
            }
            // Longer labels push the third column with intervals off 100 columns.
            assert!(label.len() <= 25, "{label}");
        }
        for (label, name) in names {
            assert!(glossary::find(name).is_some(), "{label}: {name}");
        }
    }
}
