//! The metrics that a target can be about: on what scale, and of what.

/// What the values of a metric can be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scale {
    /// A share, 0 to 1.
    Share,
    /// A share or a ratio without limits, as a return on money.
    Ratio,
    /// A number from 0 on.
    Count,
    /// A length of time, seconds.
    Time,
    /// An amount of money from 0 on.
    Money,
    /// A score between two ends.
    Score(f64, f64),
}

/// A metric, as far as targets have to know it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MetricFacts {
    /// Its name.
    pub name: &'static str,
    /// What its values can be.
    pub scale: Scale,
    /// What it can be narrowed to.
    pub by: &'static [&'static str],
    /// What it is measured of: one of these has to be named. Empty where it is measured
    /// of everything as well.
    pub of: &'static [&'static str],
}

/// The facts of a metric.
#[must_use]
pub fn facts(name: &str) -> Option<&'static MetricFacts> {
    METRICS.iter().find(|m| m.name == name)
}

const QUEUE: &[&str] = &["queue", "segment", "channel", "intent", "within"];
const WAIT: &[&str] = &["queue", "segment", "channel", "intent", "party"];
const CONTACT: &[&str] = &["segment", "channel", "intent"];
const PARTY: &[&str] = &["party", "segment", "channel", "intent"];
const TIMES: &[&str] = &["party", "queue", "segment", "channel", "intent"];
const LENGTH: &[&str] = &["queue"];
const TEAM: &[&str] = &["team", "party"];
const WHOLE: &[&str] = &[];
const ANY: &[&str] = &[];

macro_rules! metrics {
    ($($name:literal $scale:expr, $by:ident, of $of:expr;)*) => {
        /// All metrics of targets.
        pub const METRICS: &[MetricFacts] = &[$(MetricFacts {
            name: $name,
            scale: $scale,
            by: $by,
            of: $of,
        }),*];
    };
}

metrics! {
    "arrivals" Scale::Count, CONTACT, of ANY;
    "issues" Scale::Count, CONTACT, of ANY;
    "repeats" Scale::Count, CONTACT, of ANY;
    "retrials" Scale::Count, CONTACT, of ANY;
    "to_people" Scale::Count, CONTACT, of ANY;
    "articles_solved" Scale::Count, CONTACT, of ANY;
    "turned_away" Scale::Count, CONTACT, of ANY;
    "blocked_contacts" Scale::Count, CONTACT, of ANY;
    "open_contacts" Scale::Count, CONTACT, of ANY;
    "offered" Scale::Count, QUEUE, of ANY;
    "answered" Scale::Count, QUEUE, of ANY;
    "abandoned" Scale::Count, QUEUE, of ANY;
    "silent_abandoned" Scale::Count, QUEUE, of ANY;
    "balked" Scale::Count, QUEUE, of ANY;
    "blocked" Scale::Count, QUEUE, of ANY;
    "broken_off" Scale::Count, QUEUE, of ANY;
    "went_on" Scale::Count, QUEUE, of ANY;
    "outcomes" Scale::Count, CONTACT, of ANY;
    "right_first_try" Scale::Share, CONTACT, of ANY;
    "abandonment_rate" Scale::Share, QUEUE, of ANY;
    "balking_rate" Scale::Share, QUEUE, of ANY;
    "blocking_rate" Scale::Share, QUEUE, of ANY;
    "abandoned_within" Scale::Share, QUEUE, of ANY;
    "service_level" Scale::Share, QUEUE, of ANY;
    "wait_probability" Scale::Share, WAIT, of ANY;
    "asa_s" Scale::Time, WAIT, of ANY;
    "wait_s" Scale::Time, QUEUE, of ANY;
    "queue_length" Scale::Count, LENGTH, of &["queue"];
    "backlog" Scale::Count, LENGTH, of &["queue"];
    "orbit" Scale::Count, WHOLE, of ANY;
    "in_bot" Scale::Count, WHOLE, of ANY;
    "frt_s" Scale::Time, PARTY, of &["party"];
    "aht_s" Scale::Time, TIMES, of &["party", "queue"];
    "ttr_s" Scale::Time, PARTY, of &["party"];
    "session_time_s" Scale::Time, PARTY, of &["party"];
    "occupancy" Scale::Share, TEAM, of &["team", "party"];
    "utilisation" Scale::Share, TEAM, of &["team"];
    "concurrency" Scale::Count, TEAM, of &["team"];
    "paused_share" Scale::Share, TEAM, of &["team"];
    "staffed" Scale::Count, TEAM, of &["team"];
    "in_service" Scale::Count, TEAM, of &["team"];
    "paid_hours" Scale::Count, TEAM, of &["team"];
    "overtime_hours" Scale::Count, TEAM, of &["team"];
    "absences" Scale::Count, TEAM, of &["team"];
    "involvement_rate" Scale::Share, CONTACT, of ANY;
    "sessions" Scale::Count, CONTACT, of ANY;
    "resolution_rate" Scale::Share, PARTY, of &["party"];
    "roar" Scale::Share, CONTACT, of ANY;
    "true_roar" Scale::Share, CONTACT, of ANY;
    "bot_share" Scale::Share, CONTACT, of ANY;
    "bypass_rate" Scale::Share, CONTACT, of ANY;
    "human_only_rate" Scale::Share, CONTACT, of ANY;
    "escalations" Scale::Count, CONTACT, of ANY;
    "containment_rate" Scale::Share, CONTACT, of ANY;
    "false_containment_rate" Scale::Share, CONTACT, of ANY;
    "deflection_rate" Scale::Share, CONTACT, of ANY;
    "answered_turns" Scale::Count, CONTACT, of ANY;
    "answer_accuracy" Scale::Share, CONTACT, of ANY;
    "fcr" Scale::Share, CONTACT, of ANY;
    "repeat_rate" Scale::Share, CONTACT, of ANY;
    "lost_rate" Scale::Share, CONTACT, of ANY;
    "transfers_per_contact" Scale::Count, CONTACT, of ANY;
    "csat" Scale::Share, PARTY, of ANY;
    "ces" Scale::Score(1.0, 7.0), PARTY, of ANY;
    "nps" Scale::Score(-100.0, 100.0), PARTY, of ANY;
    "response_rate" Scale::Share, PARTY, of ANY;
    "cost" Scale::Money, WHOLE, of ANY;
    "cost_per_contact" Scale::Money, WHOLE, of ANY;
    "cost_per_true_resolution" Scale::Money, WHOLE, of ANY;
    "roi" Scale::Ratio, WHOLE, of ANY;
    "cases_avoided" Scale::Ratio, CONTACT, of ANY;
    "claimed_resolutions" Scale::Count, CONTACT, of ANY;
    "given_up_rate" Scale::Share, CONTACT, of ANY;
    "induced_contacts" Scale::Count, CONTACT, of ANY;
    "knowledge_hours" Scale::Count, CONTACT, of ANY;
    "short_bot_conversations" Scale::Share, CONTACT, of ANY;
    "time_saved_hours" Scale::Count, CONTACT, of ANY;
    "turns" Scale::Count, CONTACT, of ANY;
    "turn_latency_s" Scale::Time, CONTACT, of ANY;
    "ttft_s" Scale::Time, CONTACT, of ANY;
    "first_answer_s" Scale::Time, CONTACT, of ANY;
    "service_time_s" Scale::Time, CONTACT, of ANY;
    "dispatch_lag_s" Scale::Time, CONTACT, of ANY;
    "failed_after_s" Scale::Time, CONTACT, of ANY;
    "unanswered_s" Scale::Time, CONTACT, of ANY;
    "worst_turn_s" Scale::Time, CONTACT, of ANY;
    "bot_wait_s" Scale::Time, CONTACT, of ANY;
    "answered_rate" Scale::Share, CONTACT, of ANY;
    "error_rate" Scale::Share, CONTACT, of ANY;
    "late_rate" Scale::Share, CONTACT, of ANY;
    "cancelled_rate" Scale::Share, CONTACT, of ANY;
    "handoff_rate" Scale::Share, CONTACT, of ANY;
    "fallback_rate" Scale::Share, CONTACT, of ANY;
    "reconnect_rate" Scale::Share, CONTACT, of ANY;
    "connect_time_s" Scale::Time, CONTACT, of ANY;
    "latency_autocorrelation" Scale::Ratio, CONTACT, of ANY;
    "turns_in_flight" Scale::Count, CONTACT, of ANY;
    "turns_per_s" Scale::Count, CONTACT, of ANY;
    "rate_times_latency" Scale::Count, CONTACT, of ANY;
    "littles_law_gap" Scale::Ratio, CONTACT, of ANY;
}

/// Those of them that only a load test of a real bot measures.
#[rustfmt::skip]
pub const LOAD_METRICS: [&str; 23] = [
    "turns", "turn_latency_s", "ttft_s", "first_answer_s", "service_time_s", "dispatch_lag_s", "failed_after_s", "unanswered_s", "worst_turn_s", "bot_wait_s", "answered_rate", "error_rate", "late_rate", "cancelled_rate", "handoff_rate", "fallback_rate", "reconnect_rate", "connect_time_s", "latency_autocorrelation", "turns_in_flight", "turns_per_s", "rate_times_latency", "littles_law_gap",
];
