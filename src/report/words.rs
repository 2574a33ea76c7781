//! The words of a page that name no metric: labels, titles, heads of columns.

use super::lines;
use crate::metric::Metric;

/// Words with their meaning: heads of columns, verdicts, what stands around the tables.
pub const WORDS: [(&str, &str); 23] = [
    ("all", "Everything together: all queues, segments or parties, whichever the table is by."),
    ("bot", "The party that answers first. Under Cost: what the bot costs."),
    (
        "human",
        "The party of people: what agents did, and what became of the contacts that came to them.",
    ),
    ("segment", "A kind of customer of the scenario, as b2c and b2b."),
    ("party", "Who served the contact: `bot` or `human`."),
    (
        "simulated",
        "The value of the simulation with its confidence interval, beside what formulas say.",
    ),
    ("headline", "The few numbers that a page begins with; each stands in a table below as well."),
    ("waits", "What became of the contacts that came to queues for people, by queue."),
    (
        "resolution",
        "Who resolved what, by segment: ROAR = articles + involvement x resolution rate of the bot.",
    ),
    ("times", "First response, handling and resolution, by party."),
    (
        "the day",
        "The mean day of each queue in bars: when contacts come, beside the peak, and how many are answered in time (SL3), beside all of them.",
    ),
    ("people", "How busy agents are, by team."),
    (
        "formulas",
        "What Erlang C, A, X or Erlang-chat say of the same queue, and what they leave out. See docs/erlang.md.",
    ),
    ("single replications", "Like `Single days`, where a replication is longer than a day."),
    (
        "5% point",
        "Single days: one replication in twenty has less; `95% point`: one in twenty has more; `50% point`: the middle one. Their own intervals stand in brackets.",
    ),
    ("within", "The threshold of the service level above it: a wait up to it is in time."),
    ("met", "The whole confidence interval is on the good side of the target."),
    ("missed", "The whole confidence interval is on the bad side of the target; exit code 99."),
    ("undecided", "The target lies inside the confidence interval: more replications would tell."),
    ("not measured", "The target names something that this run has no number of."),
    (
        "worst",
        "The interval of the day that is furthest from the target, among those with a tenth of the peak's contacts.",
    ),
    ("ci", "The confidence interval of a value, from the differences between replications."),
    (
        "made by",
        "Version, scenario and seed: the same three give the same bytes. `Reproduce` is the command.",
    ),
];

/// The metric behind a label of a table, or behind the name of a definition.
#[must_use]
pub fn metric_of(label: &str) -> Option<Metric> {
    let wanted = bare(label);
    let lines = [
        lines::waits(),
        lines::resolution(),
        lines::times(),
        lines::people(),
        lines::satisfaction(),
        lines::cost(),
        lines::load(),
    ];
    let lines = lines.into_iter().flatten().map(|(label, query, _)| (label, query));
    let mut all = lines.chain(lines::headline()).chain(lines::singles());
    if let Some((_, query)) = all.find(|(label, _)| bare(label) == wanted) {
        return Some(query.metric);
    }
    // Labels that hold a threshold or a queue: "answered in 20 s (SL3)", "in time (SL3), chat".
    if wanted.starts_with("answered in ") || wanted.starts_with("in time") {
        return Some(Metric::ServiceLevel);
    }
    let word = wanted.replace(' ', "_").replace("agents_", "agent_");
    EXPLAINED.into_iter().find(|metric| metric.definition(&word).is_some())
}

/// The metrics that explain the names of their definitions, each before those that have
/// another of the same name.
const EXPLAINED: [Metric; 7] = [
    Metric::Occupancy,
    Metric::AbandonmentRate,
    Metric::Fcr,
    Metric::DeflectionRate,
    Metric::Cost,
    Metric::Asa,
    Metric::Escalations,
];

/// What a word of a page means.
#[must_use]
pub fn meaning(word: &str) -> Option<&'static str> {
    let wanted = bare(word);
    let title = title(word);
    let known = WORDS.iter().find(|(name, _)| *name == wanted || *name == title);
    let point = wanted.ends_with("% point") || wanted.contains("% points");
    let known = known.or_else(|| WORDS.iter().find(|(name, _)| point && *name == "5% point"));
    known.map(|(_, text)| *text)
}

/// A title of a table without what follows it: `Waits by queue`, `Cost (EUR)` and
/// `Formulas, chat` are Waits, Cost and Formulas.
#[must_use]
pub fn title(word: &str) -> String {
    let wanted = bare(word);
    let title = wanted.split([',', '(']).next().unwrap_or_default();
    let title = title.split(" by ").next().unwrap_or_default();
    let title = title.split(" of ").next().unwrap_or_default();
    title.trim().to_owned()
}

/// A label without the signs that show how it is added up, in small letters.
fn bare(label: &str) -> String {
    let label = label.trim().to_lowercase();
    let label = label.trim_start_matches(['=', ' ']);
    label.strip_prefix("x ").unwrap_or(label).to_owned()
}
