//! Which metrics the tables show, in the order in which a planner asks for them.

use super::rows::Query;
use crate::domain::{Party, TurnClass};
use crate::metric::{Definition, Metric, Stat};

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

/// Label, metric and how to show it.
pub(crate) type Line = (&'static str, Query<'static>, Show);

/// A line that shows a metric under a label.
fn line(label: &'static str, query: Query<'static>) -> Line {
    (label, query, Show::Metric)
}

/// A line of a time of machines.
fn fine(label: &'static str, query: Query<'static>) -> Line {
    (label, query, Show::Fine)
}

/// A line of the time to the first answer, left out where it is that to the first content.
fn answer(label: &'static str, stat: Stat) -> Line {
    let query = Query::of(Metric::FirstAnswer).stat(stat);
    let content = Query::of(Metric::Ttft).stat(stat);
    (label, query, Show::FineUnless(content))
}

/// A line that is left out where it is zero.
fn non_zero(label: &'static str, query: Query<'static>) -> Line {
    (label, query, Show::NonZero)
}

/// The few numbers that open a page.
pub(crate) fn headline() -> Vec<(&'static str, Query<'static>)> {
    let q = Query::of;
    vec![
        ("contacts", q(Metric::Arrivals)),
        ("wait p90", q(Metric::Wait).stat(Stat::P90)),
        ("abandonment", q(Metric::AbandonmentRate).definition(Definition::True)),
        ("bot involvement", q(Metric::InvolvementRate)),
        ("ROAR", q(Metric::Roar)),
        ("true ROAR", q(Metric::TrueRoar)),
        ("first response, people", q(Metric::Frt).party(Party::Human)),
        ("time to resolution, people", q(Metric::Ttr).party(Party::Human)),
        ("first-contact resolution", q(Metric::Fcr).definition(Definition::Window)),
        ("CSAT", q(Metric::Csat)),
        ("cost per contact", q(Metric::CostPerContact)),
        ("cost per true resolution", q(Metric::CostPerTrueResolution)),
    ]
}

/// The share answered in time by a queue's own threshold.
pub(crate) fn service_level() -> Query<'static> {
    Query::of(Metric::ServiceLevel).definition(Definition::SL3)
}

/// What is shown of single replications, besides the service level of each queue.
pub(crate) fn singles() -> Vec<(&'static str, Query<'static>)> {
    let q = Query::of;
    vec![
        ("abandonment", q(Metric::AbandonmentRate).definition(Definition::True)),
        ("average speed of answer", q(Metric::Asa)),
        ("ROAR", q(Metric::Roar)),
        ("contacts", q(Metric::Arrivals)),
        ("cost per contact", q(Metric::CostPerContact)),
    ]
}

/// What a load test did to the bot, by segment: what was sent first, how it ended last.
pub(crate) fn load() -> Vec<Line> {
    let q = Query::of;
    let turns = |of| q(Metric::Turns).definition(of);
    let class = |class| turns(Definition::Turn(class));
    let mut lines = vec![
        line("turns offered", turns(Definition::Offered)),
        line("sent", turns(Definition::Sent)),
        non_zero("never sent", class(TurnClass::NotSent)),
        non_zero("  no port, file or memory left", class(TurnClass::GeneratorLimit)),
        line("finished", turns(Definition::Finished)),
        line("sent late", turns(Definition::Late)),
        line("dropped", class(TurnClass::DroppedInFlight)),
        line("cancelled by the customer", class(TurnClass::CancelledByCustomer)),
        line("open at the end", class(TurnClass::CensoredAtEnd)),
        line("offered per second", q(Metric::TurnsPerS).definition(Definition::Offered)),
        line("answered per second", q(Metric::TurnsPerS).definition(Definition::Answered)),
        line("under way on average", q(Metric::TurnsInFlight)),
        line("  = rate x latency", q(Metric::RateTimesLatency)),
        line("  gap (Little's law)", q(Metric::LittlesLawGap)),
        fine("dispatch lag p50", q(Metric::DispatchLag).stat(Stat::P50)),
        fine("dispatch lag p99", q(Metric::DispatchLag).stat(Stat::P99)),
        fine("dispatch lag max", q(Metric::DispatchLag).stat(Stat::Max)),
        fine("first content p50", q(Metric::Ttft).stat(Stat::P50)),
        fine("first content p95", q(Metric::Ttft).stat(Stat::P95)),
        fine("first content p99", q(Metric::Ttft).stat(Stat::P99)),
        answer("first answer p50", Stat::P50),
        answer("first answer p95", Stat::P95),
        answer("first answer p99", Stat::P99),
        fine("turn latency p50", q(Metric::TurnLatency).stat(Stat::P50)),
        fine("turn latency p90", q(Metric::TurnLatency).stat(Stat::P90)),
        fine("turn latency p95", q(Metric::TurnLatency).stat(Stat::P95)),
        fine("turn latency p99", q(Metric::TurnLatency).stat(Stat::P99)),
        fine("turn latency max", q(Metric::TurnLatency).stat(Stat::Max)),
        fine("service time p50", q(Metric::ServiceTime).stat(Stat::P50)),
        fine("service time p99", q(Metric::ServiceTime).stat(Stat::P99)),
        fine("worst turn p95", q(Metric::WorstTurn).stat(Stat::P95)),
        fine("inter-token time p50", q(Metric::Itl).stat(Stat::P50)),
        fine("inter-token time p99", q(Metric::Itl).stat(Stat::P99)),
        fine("time per output token p50", q(Metric::Tpot).stat(Stat::P50)),
        fine("longest pause p99", q(Metric::Pause).stat(Stat::P99)),
        non_zero("output tokens per second", q(Metric::TokensPerS)),
        non_zero("tokens of an answer", q(Metric::TokensPerAnswer)),
        non_zero("tokens of a prompt", q(Metric::TokensPerPrompt)),
        non_zero("  parts counted as tokens", q(Metric::UncountedTokens)),
        line("goodput", q(Metric::Goodput)),
        non_zero("good turns per second", q(Metric::TurnsPerS).definition(Definition::Good)),
        line("answered", q(Metric::AnsweredRate)),
        line("errors", q(Metric::ErrorRate)),
        line("handoffs", q(Metric::HandoffRate)),
        line("fallbacks", q(Metric::FallbackRate)),
        fine("time to failure p50", q(Metric::FailedAfter).stat(Stat::P50)),
        fine("without an answer p50", q(Metric::Unanswered).stat(Stat::P50)),
        non_zero("new connections", q(Metric::ReconnectRate)),
    ];
    let unfinished = [
        TurnClass::DroppedInFlight,
        TurnClass::CancelledByCustomer,
        TurnClass::CensoredAtEnd,
        TurnClass::NotSent,
        TurnClass::GeneratorLimit,
    ];
    let classes = TurnClass::ALL.into_iter().filter(|of| !unfinished.contains(of));
    lines.extend(classes.map(|of| non_zero(of.name(), class(of))));
    lines
}

/// Waiting, by queue.
pub(crate) fn waits() -> Vec<Line> {
    let q = Query::of;
    let level = service_level();
    vec![
        line("offered", q(Metric::Offered)),
        line("answered in time (SL3)", level),
        ("  within", level, Show::Threshold),
        line("average speed of answer", q(Metric::Asa)),
        line("wait p50", q(Metric::Wait).stat(Stat::P50)),
        line("wait p90", q(Metric::Wait).stat(Stat::P90)),
        line("wait p95", q(Metric::Wait).stat(Stat::P95)),
        line("had to wait", q(Metric::WaitProbability)),
        line("abandonment", q(Metric::AbandonmentRate).definition(Definition::True)),
        non_zero("left without a sign", q(Metric::SilentAbandoned)),
        non_zero("did not join", q(Metric::Balked)),
        non_zero("found no room", q(Metric::Blocked)),
        non_zero("turned away", q(Metric::TurnedAway)),
        non_zero("broken off", q(Metric::BrokenOff)),
        non_zero("waiting at the end", q(Metric::Backlog)),
    ]
}

/// Who resolves what, by segment.
pub(crate) fn resolution() -> Vec<Line> {
    let q = Query::of;
    let involved = q(Metric::InvolvementRate);
    let of_involved = q(Metric::ResolutionRate).party(Party::Bot);
    let claim = |part| q(Metric::ClaimedResolutions).definition(part);
    vec![
        line("contacts", q(Metric::Arrivals)),
        line("bot involvement", involved),
        line("x its resolution rate", of_involved),
        ("= automation rate", involved, Show::Times(of_involved)),
        line("ROAR (with articles)", q(Metric::Roar)),
        line("true ROAR", q(Metric::TrueRoar)),
        line("bot's share of ROAR", q(Metric::BotShare)),
        line("answers per involved", q(Metric::AnsweredTurns)),
        line("containment", q(Metric::ContainmentRate)),
        line("false containment", q(Metric::FalseContainmentRate)),
        line("deflection", q(Metric::DeflectionRate).definition(Definition::Demand)),
        line("closed by the bot", claim(Definition::Closed)),
        line("  fewer cases for people", claim(Definition::Avoided)),
        line("  induced contacts", claim(Definition::Induced)),
        line("  came again", claim(Definition::CameAgain)),
        non_zero("  less those not served", claim(Definition::Unserved)),
        line("cases avoided", q(Metric::CasesAvoided)),
        non_zero("bot given up", q(Metric::GivenUpRate)),
        line("bypass of the bot", q(Metric::BypassRate)),
        line("people truly resolve", q(Metric::ResolutionRate).party(Party::Human)),
        line("first-contact resolution", q(Metric::Fcr).definition(Definition::Window)),
        line("repeat contacts", q(Metric::RepeatRate)),
        line("right at the first try", q(Metric::RightFirstTry)),
        non_zero("transfers per contact", q(Metric::TransfersPerContact)),
    ]
}

/// Times, by party.
pub(crate) fn times() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("first response, mean", q(Metric::Frt)),
        line("first response p50", q(Metric::Frt).stat(Stat::P50)),
        line("first response p90", q(Metric::Frt).stat(Stat::P90)),
        line("first response p95", q(Metric::Frt).stat(Stat::P95)),
        line("  in open hours, mean", q(Metric::Frt).definition(Definition::OpenHours)),
        line("time to resolution, mean", q(Metric::Ttr)),
        line("time to resolution p50", q(Metric::Ttr).stat(Stat::P50)),
        line("time to resolution p90", q(Metric::Ttr).stat(Stat::P90)),
        line("  in open hours, mean", q(Metric::Ttr).definition(Definition::OpenHours)),
        line("  customer not awaited", q(Metric::Ttr).definition(Definition::CustomerPaused)),
        line("handle time, mean", q(Metric::Aht)),
        line("handle time p90", q(Metric::Aht).stat(Stat::P90)),
    ]
}

/// People, by team.
pub(crate) fn people() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("agents on the queue", q(Metric::Staffed)),
        line("occupancy (agent busy)", q(Metric::Occupancy).definition(Definition::AgentBusy)),
        line("occupancy (slots)", q(Metric::Occupancy).definition(Definition::Slots)),
        line("occupancy (workload)", q(Metric::Occupancy).definition(Definition::Workload)),
        line("utilisation of paid time", q(Metric::Utilisation)),
        non_zero("overtime hours", q(Metric::OvertimeHours)),
        line("contacts per busy agent", q(Metric::Concurrency)),
        line("contact time paused", q(Metric::PausedShare)),
    ]
}

/// Surveys, by party.
pub(crate) fn satisfaction() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("CSAT", q(Metric::Csat)),
        line("customer effort (CES)", q(Metric::Ces)),
        line("NPS", q(Metric::Nps)),
        line("answered the survey", q(Metric::ResponseRate)),
    ]
}

/// Money.
pub(crate) fn cost() -> Vec<Line> {
    let q = Query::of;
    vec![
        line("total", q(Metric::Cost).definition(Definition::Total)),
        line("wages", q(Metric::Cost).definition(Definition::Wages)),
        line("bot", q(Metric::Cost).definition(Definition::Bot)),
        line("contacts", q(Metric::Cost).definition(Definition::Contacts)),
        line("per contact", q(Metric::CostPerContact)),
        line("per true resolution", q(Metric::CostPerTrueResolution)),
        line("return on the bot (ROI)", q(Metric::Roi)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_short_enough() {
        let lines = [waits(), resolution(), times(), people(), satisfaction(), cost()].concat();
        for (label, ..) in lines {
            // Longer labels push the third column with intervals off 100 columns.
            assert!(label.len() <= 25, "{label}");
        }
    }
}
