//! Metrics of systems in steady state: from the names of the cases to those of convoq.

use super::observe::{Number, Observed, Row};

/// What the names need beside what was simulated.
#[derive(Clone, Debug)]
pub struct Steady {
    /// Threshold of the service level.
    pub threshold: Option<f64>,
    /// Measured time of a replication, seconds.
    pub window: f64,
    /// Whether there is a bot before the people.
    pub bot: bool,
}

const TEAM: &str = "people";

impl Steady {
    /// The value of a metric.
    pub fn read(&self, metric: &str, o: &Observed<'_>) -> Result<Number, String> {
        if let Some((name, class)) = split_class(metric) {
            let queue = format!("class{class}");
            let row = people_row(&name, Some(&queue));
            return o.row(row.ok_or_else(|| format!("the metric {metric} is unknown"))?);
        }
        if let Some(q) = percentile(metric) {
            return o.wait_quantile(q);
        }
        if self.bot
            && let Some(number) = self.bot_metric(metric, o)
        {
            return number;
        }
        let name = if self.bot { metric.strip_prefix("human_") } else { Some(metric) };
        let Some(name) = name else {
            return Err(format!("the metric {metric} is unknown"));
        };
        if let Some(row) = people_row(name, None) {
            return o.row(row);
        }
        if let Some(definition) = service_level(name) {
            let threshold = self.threshold.ok_or("no threshold_s")?;
            let virtually = (definition == "SL7").then_some("line");
            let row = if definition == "left" {
                Row::of("abandoned_within")
            } else {
                Row::defined("service_level", definition)
            };
            return o.row(Row { threshold: Some(threshold), queue: virtually, ..row });
        }
        match name {
            "mean_in_system" => {
                let waiting = o.measures(Row::of("queue_length").queue("line"))?;
                let in_service = o.measures(Row::of("in_service").team(TEAM))?;
                o.ratio(|r| (waiting[r].num + in_service[r].num, waiting[r].den))
            }
            "total_rate_per_s" => self.rate("arrivals", o),
            // The cases count a customer as lost at every contact that nobody served and
            // after which no other comes, those who were served before included.
            "p_first_customers_lost" => {
                let issues = o.measures(Row::of("issues"))?;
                let left = o.measures(Row::of("abandoned"))?;
                let again = o.measures(Row::of("retrials"))?;
                o.ratio(|r| (left[r].num - again[r].num, issues[r].num))
            }
            _ => Err(format!("the metric {metric} is unknown")),
        }
    }

    /// A count as a rate per second.
    fn rate(&self, count: &str, o: &Observed<'_>) -> Result<Number, String> {
        let counts = o.measures(Row::of(count))?;
        o.ratio(|r| (counts[r].num, self.window))
    }

    /// Metrics of the bot and of both stages together.
    fn bot_metric(&self, metric: &str, o: &Observed<'_>) -> Option<Result<Number, String>> {
        let bot = |row: Row<'static>| o.row(row.party("bot"));
        Some(match metric {
            "escalation_rate_per_s" | "human_arrival_rate" => self.rate("to_people", o),
            "bot_arrival_rate" => self.rate("sessions", o),
            "mean_chats_in_bot" => o.row(Row::of("in_bot")),
            "deflection_rate" => o.row(Row::defined("deflection_rate", "demand")),
            "bot_asa_s" => bot(Row::defined("asa_s", "session")),
            "bot_p_wait" => bot(Row::defined("wait_probability", "session")),
            "bot_occupancy" => bot(Row::defined("occupancy", "slots")),
            "mean_bot_visits" => per_first_contact(o, &[Row::of("sessions")]),
            "mean_sojourn_s" => per_first_contact(
                o,
                &[
                    Row::defined("asa_s", "session").party("bot"),
                    Row::of("session_time_s").party("bot"),
                    Row::defined("wait_s", "mean"),
                    Row::defined("aht_s", "queue").queue("line"),
                ],
            ),
            "mean_total_time_escalated_served_s" => {
                o.row(Row { stat: Some("mean"), ..Row::of("ttr_s").party("human") })
            }
            _ => return None,
        })
    }
}

/// Sums of counts or times over first contacts: what all contacts of an issue
/// take together, as the system is in steady state.
fn per_first_contact(o: &Observed<'_>, rows: &[Row<'static>]) -> Result<Number, String> {
    let issues = o.measures(Row::of("issues"))?;
    let parts: Vec<_> = rows.iter().map(|row| o.measures(*row)).collect::<Result<_, _>>()?;
    o.ratio(|r| (parts.iter().map(|p| p[r].num).sum(), issues[r].num))
}

/// Metrics that are a row of the summary.
fn people_row<'a>(name: &str, queue: Option<&'a str>) -> Option<Row<'a>> {
    let mean = |definition: Option<&'static str>| Row {
        metric: "wait_s",
        definition,
        stat: Some("mean"),
        queue,
        ..Row::default()
    };
    let of_queue = |row: Row<'a>| Row { queue, ..row };
    Some(match name {
        "p_wait" | "p_wait_accepted" => of_queue(Row::of("wait_probability")),
        "p_abandon" | "p_abandon_per_attempt" => of_queue(Row::defined("abandonment_rate", "true")),
        "p_block" => of_queue(Row::of("blocking_rate")),
        "asa_s" | "mean_wait_served_s" => of_queue(Row::of("asa_s")),
        "asa_given_wait_s" => of_queue(Row::defined("asa_s", "waited")),
        "mean_wait_all_s" | "mean_wait_accepted_s" => mean(None),
        "mean_wait_abandoned_s" => mean(Some("abandoned")),
        "mean_queue_len" => Row::of("queue_length").queue(queue.unwrap_or("line")),
        "mean_handle_time_s" => Row::defined("aht_s", "queue").queue(queue.unwrap_or("line")),
        "occupancy" | "p_agent_busy" => Row::defined("occupancy", "agent_busy").team(TEAM),
        "mean_chats_in_service" | "mean_in_service" => Row::of("in_service").team(TEAM),
        "mean_concurrency_per_agent" => Row::defined("concurrency", "staffed").team(TEAM),
        "mean_orbit" => Row::defined("orbit", "retrials"),
        _ => return None,
    })
}

/// Which definition of the service level.
fn service_level(name: &str) -> Option<&'static str> {
    Some(match name {
        "service_level" | "sl_offered" => "SL3",
        "sl_answered" => "SL2",
        "sl_virtual" => "SL7",
        "sl_excl_short_abandon" => "SL4",
        "p_abandon_within_T" => "left",
        _ => return None,
    })
}

/// `asa_class2_s` is `asa_s` of class 2; `p_wait_class0` is `p_wait` of class 0.
fn split_class(metric: &str) -> Option<(String, u32)> {
    let (name, rest) = metric.split_once("_class")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let class = rest[..digits].parse().ok()?;
    Some((format!("{name}{}", &rest[digits..]), class))
}

/// `wait_p95_s` is 0.95.
fn percentile(metric: &str) -> Option<f64> {
    let digits = metric.strip_prefix("wait_p")?.strip_suffix("_s")?;
    let number: f64 = digits.parse().ok()?;
    (number < 100.0).then_some(number / 100.0)
}
