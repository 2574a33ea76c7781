//! The language of targets: `service_level(queue=chat, within=20s) >= 80%`.

use super::file::Scalar;
use super::problem::similar;
use super::units;

/// How a value is compared with its bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
}

impl Comparison {
    /// Whether a value compares so with a bound.
    #[must_use]
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Comparison::AtLeast => value >= bound,
            Comparison::AtMost => value <= bound,
            Comparison::Above => value > bound,
            Comparison::Below => value < bound,
        }
    }

    /// The sign, as written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::AtLeast => ">=",
            Comparison::AtMost => "<=",
            Comparison::Above => ">",
            Comparison::Below => "<",
        }
    }
}

/// What a metric is narrowed to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Args {
    /// A queue.
    pub queue: Option<String>,
    /// A segment.
    pub segment: Option<String>,
    /// A channel.
    pub channel: Option<String>,
    /// An intent.
    pub intent: Option<String>,
    /// `bot` or `human`.
    pub party: Option<String>,
    /// A team.
    pub team: Option<String>,
    /// A threshold, seconds.
    pub within_s: Option<f64>,
    /// A definition, as `SL3`.
    pub definition: Option<String>,
}

/// A target.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// As written.
    pub text: String,
    /// For `probability(...) >= 95%`: how the probability is compared, and with what.
    pub probability: Option<(Comparison, f64)>,
    /// Name of the metric.
    pub metric: String,
    /// What it is narrowed to.
    pub args: Args,
    /// `mean`, `p50`, `p90`, `p95`, `p99` or `max`.
    pub stat: Option<String>,
    /// How the value is compared.
    pub comparison: Comparison,
    /// With what: shares as 0..1, lengths of time in seconds.
    pub value: f64,
}

/// Why a text is no target.
#[derive(Clone, PartialEq, Debug)]
pub struct TargetError {
    /// Character of the text, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// Names of the metrics.
#[rustfmt::skip]
pub const METRICS: [&str; 88] = [
    "arrivals", "issues", "offered", "answered", "abandoned", "silent_abandoned", "balked", "blocked", "turned_away", "broken_off", "went_on", "outcomes", "right_first_try", "abandonment_rate", "balking_rate", "blocking_rate", "abandoned_within", "service_level", "wait_probability", "asa_s", "wait_s", "frt_s", "aht_s", "ttr_s", "occupancy", "utilisation", "concurrency", "staffed", "in_service", "paid_hours", "overtime_hours", "absences", "roar", "true_roar", "involvement_rate", "bypass_rate", "human_only_rate", "containment_rate", "false_containment_rate", "bot_share", "answered_turns", "answer_accuracy", "deflection_rate", "resolution_rate", "fcr", "repeat_rate", "lost_rate", "transfers_per_contact", "csat", "ces", "nps", "response_rate", "cost", "cost_per_contact", "cost_per_true_resolution", "roi", "backlog", "queue_length", "in_bot", "orbit", "sessions", "session_time_s", "escalations", "repeats", "retrials", "to_people", "articles_solved", "blocked_contacts", "open_contacts", "turn_latency_s", "ttft_s", "dispatch_lag_s", "error_rate", "turns", "service_time_s", "failed_after_s", "worst_turn_s", "bot_wait_s", "late_rate", "cancelled_rate", "handoff_rate", "fallback_rate", "reconnect_rate", "connect_time_s", "latency_autocorrelation", "turns_in_flight", "rate_times_latency", "littles_law_gap",
];

/// Those of them that only a load test of a real bot measures.
#[rustfmt::skip]
pub const LOAD_METRICS: [&str; 19] = [
    "turns", "turn_latency_s", "ttft_s", "service_time_s", "dispatch_lag_s", "failed_after_s", "worst_turn_s", "bot_wait_s", "error_rate", "late_rate", "cancelled_rate", "handoff_rate", "fallback_rate", "reconnect_rate", "connect_time_s", "latency_autocorrelation", "turns_in_flight", "rate_times_latency", "littles_law_gap",
];

/// Names of the statistics of a metric that has a distribution.
pub const STATS: [&str; 6] = ["mean", "p50", "p90", "p95", "p99", "max"];

const ARGS: [&str; 8] = [
    "queue",
    "segment",
    "channel",
    "intent",
    "party",
    "team",
    "within",
    "definition",
];
const DEFINITIONS: [&str; 29] = [
    "SL1",
    "SL2",
    "SL3",
    "SL4",
    "SL5",
    "SL6",
    "SL7",
    "SL8",
    "known",
    "true",
    "agent_busy",
    "slots",
    "workload",
    "staffed",
    "window",
    "gross",
    "demand",
    "content",
    "total",
    "wages",
    "bot",
    "contacts",
    "session",
    "waited",
    "abandoned",
    "queue",
    "open_hours",
    "customer_paused",
    "channel",
];

/// Parses a target.
///
/// # Errors
/// When the text is no target: where, why, and what would be right.
pub fn parse(text: &str) -> Result<Target, TargetError> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    let start = reader.at;
    if reader.word() == "probability" && reader.take("(") {
        let mut target = reader.comparison_of_metric(text)?;
        if !reader.take(")") {
            return Err(reader.wrong(
                "`)` is missing",
                "write `probability(METRIC >= 80%) >= 95%`",
            ));
        }
        let comparison = reader.comparison()?;
        reader.space();
        let at = reader.at;
        let value = reader.value()?;
        if !(0.0..=1.0).contains(&value) {
            reader.at = at;
            return Err(reader.wrong("a probability outside 0..1", "write `95%` or `0.95`"));
        }
        target.probability = Some((comparison, value));
        reader.end()?;
        return Ok(target);
    }
    reader.at = start;
    let target = reader.comparison_of_metric(text)?;
    reader.end()?;
    Ok(target)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn wrong(&self, message: impl Into<String>, help: impl Into<String>) -> TargetError {
        let column = self.text[..self.at].chars().count() + 1;
        TargetError {
            column,
            message: message.into(),
            help: help.into(),
        }
    }

    /// Reads while characters belong to a name.
    fn word(&mut self) -> &'t str {
        self.space();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn comparison_of_metric(&mut self, text: &str) -> Result<Target, TargetError> {
        self.space();
        let start = self.at;
        let metric = self.word().to_owned();
        if !METRICS.contains(&metric.as_str()) {
            self.at = start;
            let message = if metric.is_empty() {
                "a metric is expected".to_owned()
            } else {
                format!("there is no metric `{metric}`")
            };
            return Err(self.wrong(message, nearest(&metric, &METRICS, "metric")));
        }
        let args = if self.take("(") {
            self.args()?
        } else {
            Args::default()
        };
        let stat = if self.take(".") {
            Some(self.one_of(&STATS, "statistic")?)
        } else {
            None
        };
        let comparison = self.comparison()?;
        let value = self.value()?;
        Ok(Target {
            text: text.to_owned(),
            probability: None,
            metric,
            args,
            stat,
            comparison,
            value,
        })
    }

    fn one_of(&mut self, words: &[&str], what: &str) -> Result<String, TargetError> {
        self.space();
        let start = self.at;
        let word = self.word();
        if words.contains(&word) {
            return Ok(word.to_owned());
        }
        self.at = start;
        Err(self.wrong(
            format!("there is no {what} `{word}`"),
            nearest(word, words, what),
        ))
    }

    fn args(&mut self) -> Result<Args, TargetError> {
        let mut args = Args::default();
        if self.take(")") {
            return Ok(args);
        }
        loop {
            let name = self.one_of(&ARGS, "argument")?;
            if !self.take("=") {
                return Err(self.wrong("`=` is missing", format!("write `{name}=VALUE`")));
            }
            self.space();
            let start = self.at;
            let value = self.argument_value();
            match self.set(&mut args, &name, value) {
                Ok(()) => {}
                Err((message, help)) => {
                    self.at = start;
                    return Err(self.wrong(message, help));
                }
            }
            if self.take(")") {
                return Ok(args);
            }
            if !self.take(",") {
                return Err(self.wrong(
                    "`,` or `)` is missing",
                    "write `METRIC(queue=chat, within=20s)`",
                ));
            }
        }
    }

    fn argument_value(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find([',', ')']).unwrap_or(rest.len());
        self.at += end;
        rest[..end].trim().trim_matches(['"', '\'']).to_owned()
    }

    fn set(&self, args: &mut Args, name: &str, value: String) -> Result<(), (String, String)> {
        if value.is_empty() {
            return Err((
                format!("`{name}` has no value"),
                format!("write `{name}=VALUE`"),
            ));
        }
        match name {
            "within" => {
                let bare = value.parse().map(Scalar::Number);
                let length = units::duration(&bare.unwrap_or(Scalar::Text(value)))
                    .map_err(|e| (e.message, e.help))?;
                args.within_s = Some(length.as_s());
            }
            "party" if value != "bot" && value != "human" => {
                return Err((
                    format!("there is no party `{value}`"),
                    "write `bot` or `human`".to_owned(),
                ));
            }
            "definition" if !DEFINITIONS.contains(&value.as_str()) => {
                return Err((
                    format!("there is no definition `{value}`"),
                    format!("write one of {}", DEFINITIONS.join(", ")),
                ));
            }
            "queue" => args.queue = Some(value),
            "segment" => args.segment = Some(value),
            "channel" => args.channel = Some(value),
            "intent" => args.intent = Some(value),
            "party" => args.party = Some(value),
            "team" => args.team = Some(value),
            _ => args.definition = Some(value),
        }
        Ok(())
    }

    fn comparison(&mut self) -> Result<Comparison, TargetError> {
        self.space();
        let signs = [
            (">=", Comparison::AtLeast),
            ("<=", Comparison::AtMost),
            (">", Comparison::Above),
            ("<", Comparison::Below),
        ];
        for (sign, comparison) in signs {
            if self.take(sign) {
                return Ok(comparison);
            }
        }
        Err(self.wrong(
            "a comparison is missing",
            "write `>=`, `<=`, `>` or `<` and a value",
        ))
    }

    /// A number, a share, a length of time or an amount of money.
    fn value(&mut self) -> Result<f64, TargetError> {
        self.space();
        let start = self.at;
        let rest = self.rest();
        let end = rest.find(')').unwrap_or(rest.len());
        let text = rest[..end].trim();
        self.at += end;
        let scalar = Scalar::Text(text.to_owned());
        let number = text.parse::<f64>().ok().filter(|v| v.is_finite());
        let percent = || {
            text.strip_suffix('%')?
                .trim_end()
                .parse::<f64>()
                .ok()
                .map(|p| p / 100.0)
        };
        let length = || units::duration(&scalar).ok().map(|d| d.as_s());
        let money = || units::money(&scalar).ok().map(|m| m.0);
        number
            .or_else(percent)
            .or_else(length)
            .or_else(money)
            .ok_or_else(|| {
                self.at = start;
                self.wrong(
                    format!("`{text}` is not a value"),
                    "write `80%`, `90s`, `2m`, `6 EUR` or a number",
                )
            })
    }

    fn end(&mut self) -> Result<(), TargetError> {
        self.space();
        if self.rest().is_empty() {
            return Ok(());
        }
        Err(self.wrong(
            format!("`{}` is too much", self.rest()),
            "a target ends after its value",
        ))
    }
}

fn nearest(word: &str, words: &[&str], what: &str) -> String {
    match similar(word, words.iter().copied()) {
        Some(near) => format!("a similar {what} exists: `{near}`"),
        None => format!("{what}s: {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests;
