//! What was measured of the bot, beside the scenario's assumptions, and as a variant of it.

use crate::experiment::wilson;
use crate::projection::BotFit;
use crate::scenario::{BotSkill, Loaded, Scenario};
use std::fmt::Write as _;

/// Confidence of the intervals of the table.
const CONFIDENCE: f64 = 0.95;
/// Points of the measured law of latency, evenly spaced in probability.
const POINTS: usize = 100;
/// Name of the variant that the measured bot becomes.
pub const MEASURED: &str = "measured";

/// An assumption and what was measured of it.
struct Row {
    what: String,
    assumed: f64,
    measured: f64,
    ci: Option<[f64; 2]>,
    n: u64,
    seconds: bool,
}

impl Row {
    fn share(what: String, assumed: f64, hits: u64, n: u64) -> Self {
        Self {
            what,
            assumed,
            measured: hits as f64 / n as f64,
            ci: (n > 0).then(|| wilson(hits as f64, n as f64, CONFIDENCE)),
            n,
            seconds: false,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.ci {
            None => "not measured",
            Some([low, high]) if low <= self.assumed && self.assumed <= high => "as assumed",
            Some([low, _]) if self.assumed < low => "higher than assumed",
            Some(_) => "lower than assumed",
        }
    }

    fn cells(&self) -> Vec<String> {
        let show = |v: f64| match self.seconds {
            true => format!("{v:.3} s"),
            false => format!("{:.1}%", 100.0 * v),
        };
        let ci = self.ci.map_or_else(
            || "-".to_owned(),
            |[low, high]| format!("[{}, {}]", show(low), show(high)),
        );
        let measured = match self.ci {
            Some(_) => show(self.measured),
            None => "-".to_owned(),
        };
        vec![
            self.what.clone(),
            show(self.assumed),
            measured,
            ci,
            self.n.to_string(),
            self.verdict().to_owned(),
        ]
    }
}

/// The chance that the scenario's bot gives no answer to the first message.
fn unanswered(skill: &BotSkill) -> f64 {
    let sure =
        skill.accuracy * skill.confident_right + (1.0 - skill.accuracy) * skill.confident_wrong;
    1.0 - skill.coverage * sure
}

/// The assumptions of the scenario and what was measured, as rows below a head.
#[must_use]
pub fn divergence(scenario: &Scenario, fit: &BotFit) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let names = &scenario.header.intents;
    for ((intent, name), counts) in scenario.intents.iter().zip(names).zip(&fit.first) {
        if intent.bot.never || counts.finished == 0 {
            continue;
        }
        let what = format!("{name}: first message given to people");
        let hits = counts.handoff + counts.failed;
        rows.push(Row::share(what, unanswered(&intent.bot), hits, counts.finished));
    }
    let mut all = fit.all_first();
    all.add(&fit.later);
    rows.push(Row::share("a turn fails".into(), 0.0, all.failed, all.finished));
    rows.push(Row::share(
        "an answer says that the bot did not understand".into(),
        0.0,
        all.fallback,
        all.answered,
    ));
    rows.extend(latency_rows(scenario, fit));
    let head = ["", "assumed", "measured", "95% interval", "n", "verdict"];
    let head = head.map(str::to_owned).to_vec();
    std::iter::once(head).chain(rows.iter().map(Row::cells)).collect()
}

/// Quantiles of the latency. A single run's turns depend on each other, so the
/// intervals are those of independent turns, and narrow.
fn latency_rows(scenario: &Scenario, fit: &BotFit) -> Vec<Row> {
    let Some(bot) = &scenario.bot else {
        return Vec::new();
    };
    let n = fit.latency_us.len();
    let points = [("p50", 0.5), ("p95", 0.95)];
    let row = |(name, q): (&str, f64)| Row {
        what: format!("latency {name}"),
        assumed: bot.latency.quantile(q),
        measured: fit.latency_us.value_at_quantile(q) as f64 * 1e-6,
        ci: crate::experiment::order_interval(&fit.latency_us, q, 0.0, CONFIDENCE)
            .map(|ci| ci.map(|us| us * 1e-6)),
        n,
        seconds: true,
    };
    points.map(row).into()
}

/// The changes of the scenario that make its bot the measured one: path and value.
fn changes(scenario: &Scenario, fit: &BotFit) -> Vec<(String, String)> {
    let mut changes = Vec::new();
    let share = |hits: u64, n: u64| hits as f64 / n.max(1) as f64;
    let percent = |v: f64| format!("{:.2}%", 100.0 * v.clamp(0.0, 1.0));
    // Later messages are answered as often as the bot is sure; the first also needs content.
    let later = &fit.later;
    let sure = match later.finished {
        0 => 1.0,
        n => share(later.answered, n),
    };
    let both = percent(sure);
    for ((intent, name), counts) in
        scenario.intents.iter().zip(&scenario.header.intents).zip(&fit.first)
    {
        if intent.bot.never || counts.finished == 0 {
            continue;
        }
        let path = format!("intents.{name}.bot");
        let covered = share(counts.answered, counts.finished) / sure.max(1e-9);
        changes.push((format!("{path}.coverage"), percent(covered)));
        changes.push((format!("{path}.confidence"), format!("{{right: {both}, wrong: {both}}}")));
        if counts.fallback > 0 {
            // Who is told "I did not understand" has no right answer.
            let kept = 1.0 - share(counts.fallback, counts.answered);
            let accuracy = percent(intent.bot.accuracy * kept);
            changes.push((format!("{path}.accuracy"), accuracy));
        }
    }
    if !fit.latency_us.is_empty() {
        let at = |i: usize| {
            let q = (i as f64 + 0.5) / POINTS as f64;
            format!("{}us", fit.latency_us.value_at_quantile(q).max(1))
        };
        let values: Vec<String> = (0..POINTS).map(at).collect();
        let law = format!("{{empirical: [{}]}}", values.join(", "));
        changes.push(("bot.latency".into(), law));
    }
    changes
}

/// The text of the scenario with the measured bot as one more variant.
#[must_use]
pub fn calibrated(loaded: &Loaded, fit: &BotFit, target: &str) -> String {
    with_variant(&loaded.text, &changes(&loaded.scenario, fit), target)
}

/// The text with one more variant: at the head of its variants, or at its end.
fn with_variant(text: &str, changes: &[(String, String)], target: &str) -> String {
    let mut block = format!(
        "  {MEASURED}:\n    description: The bot as a load test of {target} measured it.\n    set:\n"
    );
    for (path, value) in changes {
        let _ = writeln!(block, "      \"{path}\": {value}");
    }
    let head = "variants:";
    let place =
        text.lines().position(|line| line.trim_end() == head || line.starts_with("variants: #"));
    let mut lines: Vec<&str> = text.lines().collect();
    match place {
        Some(line) => {
            lines.insert(line + 1, block.trim_end());
            lines.join("\n") + "\n"
        }
        None => format!("{}\n\n{head}\n{block}", text.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::TurnCounts;
    use crate::scenario;

    const TEXT: &str = "
convoq: 1
name: believed
time: {start: 2026-03-02, days: 1, zone: UTC}
segments: {b2c: {}}
intents:
  order: {work: {constant: 60s}, bot: {coverage: 80%, accuracy: 75%}}
  never_asked: {work: {constant: 60s}, bot: {coverage: 80%, accuracy: 75%}}
demand: [{channel: chat, per_day: 100, intents: {order: 50%, never_asked: 50%}}]
channels: {chat: {patience: 1h}}
bot: {confidence: {right: 90%, wrong: 50%}, latency: {constant: 150us}}
teams: {chat: {channels: {chat: {max: 1}}, wage: 14 EUR/h, agents: 4}}
";

    fn loaded(text: &str, variant: Option<&str>) -> Loaded {
        let none = |_: &str| Err("no file".to_owned());
        scenario::load(text, variant, &[], &none).unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    /// 100 first messages and 50 later ones; latencies of 1 to 200 microseconds.
    fn measured(scenario: &Scenario) -> BotFit {
        let mut fit = BotFit::new(&scenario.header);
        fit.first[0] =
            TurnCounts { finished: 100, answered: 58, handoff: 30, fallback: 10, failed: 12 };
        fit.later = TurnCounts { finished: 50, answered: 40, handoff: 8, fallback: 5, failed: 2 };
        (1..=200).for_each(|us| fit.latency_us.record(us));
        fit
    }

    #[test]
    fn a_verdict_says_on_which_side_of_the_assumption_the_interval_lies() {
        let of = |hits, n| Row::share(String::new(), 0.5, hits, n).verdict();
        assert_eq!(of(90, 100), "higher than assumed");
        assert_eq!(of(10, 100), "lower than assumed");
        assert_eq!(of(52, 100), "as assumed");
        assert_eq!(of(0, 0), "not measured");
    }

    #[test]
    fn the_table_has_each_assumption_beside_what_was_counted() {
        let scenario = loaded(TEXT, None).scenario;
        let rows = divergence(&scenario, &measured(&scenario));
        let table: String = rows.iter().map(|row| row.join("  ") + "\n").collect();
        let has = |start: &str, parts: &[&str]| {
            let line = table.lines().find(|l| l.trim_start().starts_with(start));
            let line = line.unwrap_or_else(|| panic!("no {start}: {table}"));
            assert!(parts.iter().all(|p| line.contains(p)), "{parts:?}: {line}");
        };
        // Not covered, or covered and not sure: 1 - 0.8 * (0.75 * 0.9 + 0.25 * 0.5).
        has("order: first", &["36.0%", "42.0%", " 100 ", "as assumed"]);
        assert!(!table.contains("never_asked"));
        has("a turn fails", &["0.0%", "9.3%", " 150 ", "higher"]);
        has("an answer says", &["15.3%", " 98 ", "higher"]);
        has("latency p50", &["0.000 s", " 200 ", "lower than assumed"]);
    }

    #[test]
    fn the_variant_has_the_measured_shares_and_latencies() {
        let believed = loaded(TEXT, None);
        let fit = measured(&believed.scenario);
        let changes = changes(&believed.scenario, &fit);
        let other = format!("{TEXT}variants:\n  slow:\n    set: {{bot.latency: 9s}}\n");
        for text in [TEXT, &other] {
            let text = with_variant(text, &changes, "bot.test");
            let scenario = loaded(&text, Some(MEASURED)).scenario;
            let skill = &scenario.intents[0].bot;
            let near = |value: f64, wanted: f64| assert!((value - wanted).abs() < 1e-9, "{value}");
            // 58 % of first messages had an answer, 80 % of later ones.
            near(skill.coverage, 0.725);
            near(skill.confident_right, 0.8);
            near(skill.confident_wrong, 0.8);
            // 10 of 58 answers were no right ones: 0.75 * 48 / 58.
            near(skill.accuracy, 0.6207);
            let untouched = &scenario.intents[1].bot;
            assert_eq!((untouched.coverage, untouched.accuracy), (0.8, 0.75));
            let latency = scenario.bot.map(|b| b.latency).unwrap();
            // The middles of a hundred parts of the values 1 to 200: 1, 3, 5 ... 199, or next to them.
            assert!((latency.mean_s() - 100e-6).abs() < 1e-6, "{}", latency.mean_s());
            assert_eq!(loaded(&text, None).scenario.intents[0].bot.coverage, 0.8);
        }
        let text = with_variant(&other, &changes, "bot.test");
        let slow = loaded(&text, Some("slow")).scenario;
        assert_eq!(slow.bot.map(|b| b.latency.quantile(0.5)), Some(9.0));
    }
}
