//! The documents say what the code does: events, metrics, shipped scenarios.

use crate::source::{assert_page, assert_table, bare, before_tests, read, root};
use convoq::domain::{
    EscalationReason, Meaning, Outcome, Party, ReturnReason, TransferReason, TurnClass,
};
use convoq::event::EventKind;
use convoq::metric::Metric;
use std::collections::{BTreeMap, BTreeSet};

/// The fields below an item's head in Rust text that rustfmt has laid out.
fn fields(body: &str) -> Vec<String> {
    let declared = body.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'));
    declared.map(|(name, _)| name.to_owned()).collect()
}

/// Text of an item from its head to the brace that ends it.
fn item<'t>(text: &'t str, head: &str) -> &'t str {
    let start = text.find(head).unwrap_or_else(|| panic!("no `{head}`")) + head.len();
    let end = text[start..].find("\n}").unwrap();
    &text[start..start + end]
}

/// Headings of a level with the text below each.
fn sections<'t>(text: &'t str, mark: &str) -> Vec<(&'t str, &'t str)> {
    let starts = format!("\n{mark} ");
    text.split(starts.as_str())
        .skip(1)
        .map(|part| part.split_once('\n').unwrap_or((part, "")))
        .map(|(head, body)| {
            (head.trim().trim_matches('`'), body.split("\n## ").next().unwrap_or(body))
        })
        .collect()
}

/// Names in the first column of the tables of a section.
fn first_column(body: &str) -> Vec<String> {
    body.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The paragraphs of a comment, each in one line.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let joined = |part: &[&str]| part.iter().map(|l| l.trim()).collect::<Vec<_>>().join(" ");
    lines.split(|line| line.is_empty()).map(joined).collect()
}

/// A comment as an entry of a list: without the capital and the full stop of a sentence.
fn entry(about: &str) -> String {
    let text = about.trim().trim_end_matches('.').replace("Hidden", "*Hidden*");
    match text.as_bytes() {
        [first, second, ..] if !second.is_ascii_uppercase() => {
            format!("{}{}", first.to_ascii_lowercase() as char, &text[1..])
        }
        _ => text,
    }
}

/// The projections that name each event.
fn folds() -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut folds: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for path in crate::source::files() {
        let Some(file) = path.strip_prefix("src/projection/").and_then(|p| p.strip_suffix(".rs"))
        else {
            continue;
        };
        let code = bare(before_tests(&read(&path)));
        for kind in EventKind::ALL {
            if crate::source::has_word(&code, &format!("Event::{}", kind.name())) {
                folds.entry(kind.name()).or_default().insert(format!("`{file}`"));
            }
        }
    }
    folds
}

#[test]
fn events_md_has_every_event_once_with_its_fields() {
    let folds = folds();
    let (mut made, mut section) = (String::new(), "");
    for event in EventKind::DECLARED {
        if event.section != section {
            section = event.section;
            made += &format!("## {section}\n\n");
        }
        let mut about = paragraphs(event.about);
        let last = about.pop().unwrap();
        let name = event.kind.name();
        let usage = last.strip_prefix("Use: ").unwrap_or_else(|| panic!("{name} lacks `Use:`"));
        made += &format!("### `{name}`\n\n**When:** {}\n\n", about.remove(0));
        for field in event.fields {
            made += &format!("- `{}`: {}\n", field.name, entry(&paragraphs(field.about).join(" ")));
        }
        made += if event.fields.is_empty() { "" } else { "\n" };
        made.extend(about.iter().map(|more| format!("{more}\n\n")));
        let by: Vec<String> = folds.get(name).into_iter().flatten().cloned().collect();
        let by = if by.is_empty() { "none yet".into() } else { by.join(", ") };
        made += &format!("**Use:** {usage}\\\n**Folded by:** {by}\n\n");
    }
    let page = read("docs/events.md");
    let start = page.find("## The run\n").unwrap();
    let end = page.find("## Words\n").unwrap();
    assert_page("docs/events.md", &[&page[..start], &made, &page[end..]].concat());
}

#[test]
fn events_md_has_every_field_of_envelope_and_header() {
    let page = read("docs/events.md");
    let contract = read("src/event/mod.rs");
    let header = read("src/event/header.rs");
    for (heading, mark, text, head) in [
        ("Envelope", "##", &contract, "pub struct Envelope {"),
        ("Origin", "##", &contract, "pub struct Origin {"),
        ("Header", "##", &header, "pub struct Header {"),
        ("Facts of a queue", "###", &header, "pub struct QueueFacts {"),
        ("Facts of a team", "###", &header, "pub struct TeamFacts {"),
        ("Facts of a load test", "###", &header, "pub struct LoadFacts {"),
        ("Prices", "###", &header, "pub struct Costs {"),
    ] {
        let (_, body) = *sections(&page, mark)
            .iter()
            .find(|(name, _)| *name == heading)
            .unwrap_or_else(|| panic!("no section {heading}"));
        let body = body.split("\n###").next().unwrap_or(body);
        assert_eq!(first_column(body), fields(item(text, head)), "{heading}");
    }
}

#[test]
fn events_md_has_every_column_of_the_file() {
    use arrow_schema::DataType;
    let schema = convoq::log::schema();
    let mut table = String::new();
    for (name, meaning) in convoq::log::COLUMNS {
        let kind = match schema.field_with_name(name).unwrap().data_type() {
            DataType::Int64 => "int64",
            DataType::Int32 => "int32",
            DataType::Float64 => "float64",
            DataType::Boolean => "boolean",
            DataType::Dictionary(..) => "word",
            other => panic!("{name}: {other}"),
        };
        table += &format!("| `{name}` | {kind} | {} |\n", meaning.trim());
    }
    assert_table("docs/events.md", "| column | type | meaning |\n|---|---|---|\n", &table);
}

#[test]
fn events_md_has_every_word_of_the_vocabulary() {
    macro_rules! words {
        ($($heading:literal $type:ident)+) => {$({
            let rows = $type::ALL.map($type::name).into_iter().zip($type::ABOUT);
            let rows = rows.map(|(word, about)| {
                format!("| `{word}` | {} |\n", about.trim().trim_end_matches('.'))
            });
            let head = concat!("| ", $heading, " | meaning |\n|---|---|\n");
            assert_table("docs/events.md", head, &rows.collect::<String>());
        })+};
    }
    words! {
        "party" Party
        "outcome" Outcome
        "reason of escalation" EscalationReason
        "reason of return" ReturnReason
        "reason of transfer" TransferReason
        "class of a turn" TurnClass
        "meaning of a reply" Meaning
    }
}

/// A day with everything that a metric can be about.
const EVERYTHING: &str = r#"
convoq: 1
name: everything
time: {start: 2026-03-02, days: 1, open: {daily: "08:00-20:00"}}
segments: {b2c: {}, b2b: {}}
intents:
  easy: {work: {exponential: 4m}, wrap_up: 30s, bot: {accuracy: 60%}, articles: {exposure: 30%, solves: 30%}}
  hard: {work: {exponential: 8m}, bot: never}
demand:
  - {segment: b2c, channel: chat, per_day: 500, intents: {easy: 80%, hard: 20%}}
  - {segment: b2b, channel: email, per_day: 100, intents: {easy: 50%, hard: 50%}}
channels:
  chat: {patience: {exponential: 3m}, silent_abandonment: 20%}
  email: {answer_within: 24h, clock: open_hours}
bot: {latency: 2s, sessions: 5}
routing: {rules_cover: 50%, right_first_try: 60%, triage: {team: triage, work: 45s}}
teams:
  chat: {channels: {chat: {max: 3}}, wage: 15 EUR/h, agents: 8, shrinkage: {planned: 10%, absence: 5%}}
  mail: {channels: {email: {}}, wage: 15 EUR/h, agents: 4}
  triage: {wage: 12 EUR/h, agents: 2}
returns: {after_false: 60%, after_human: 10%, retries: {after_abandon: 40%}}
survey: {response: {bot: 20%, human: 40%}}
costs: {per_contact: {chat: 0.10 EUR}, bot: {per_resolution: 0.99 EUR}, human_contact: 6 EUR}
"#;

/// Metrics with their definitions, as a run of everything gives them.
fn produced() -> BTreeSet<(&'static str, Option<&'static str>)> {
    let loaded = convoq::scenario::load(EVERYTHING, None, &[], &|_| Err("no files".into()))
        .unwrap_or_else(|problems| panic!("{problems}"));
    let mut pool = convoq::experiment::Pool::new(&loaded.scenario.header, 2);
    for number in 0..2 {
        pool.add(&convoq::run::replicate(&loaded.scenario, 1, number));
    }
    let summary = pool.summary(1, 0.95, String::new());
    summary
        .metrics
        .iter()
        .map(|row| (row.which.metric.name(), row.which.definition.map(|d| d.name())))
        .collect()
}

#[test]
fn every_metric_is_measured() {
    let files = crate::source::files();
    let folds = files.iter().filter(|f| f.starts_with("src/projection/"));
    let text: String = folds.map(|file| before_tests(&read(file)).to_owned()).collect();
    let named = |m: &&Metric| crate::source::has_word(&text, &format!("Metric::{m:?}"));
    let silent: Vec<_> = Metric::ALL.iter().filter(|m| !named(m)).collect();
    assert!(silent.is_empty(), "nothing measures {silent:?}");
}

/// What the page says of a metric: its facts from the catalogue, its events and what follows
/// by hand.
fn section(metric: Metric, by_hand: &str) -> String {
    let facts = metric.facts();
    let line = |of: &str| by_hand.lines().find(|l| l.starts_with(of)).unwrap_or_default();
    let (events, source) = (line("**Events:**"), line("**Source:**"));
    let rest = by_hand.split_once(source).map_or("", |(_, rest)| rest);
    format!(
        "\n### `{}`\n\n{}. {}\n\n**Formula:** {}\\\n{events}\n**Unit:** {}\\\n**Source:** {}{rest}",
        facts.name,
        facts.title,
        facts.meaning,
        facts.formula,
        metric.unit().name(),
        facts.source
    )
}

#[test]
fn metrics_md_says_what_the_catalogue_says() {
    let page = read("docs/metrics.md");
    let by_hand: BTreeMap<_, _> = sections(&page, "###").into_iter().collect();
    let mut made = String::new();
    for (number, chapter) in page.split("\n## ").enumerate() {
        let intro = chapter.split("\n### ").next().unwrap_or_default();
        made += if number == 0 { "" } else { "\n## " };
        made += intro;
        let heading = intro.lines().next().unwrap_or_default();
        let own = Metric::ALL.iter().filter(|m| m.facts().chapter == heading);
        made.extend(own.map(|m| section(*m, by_hand.get(m.name()).copied().unwrap_or("\n"))));
    }
    crate::source::assert_page("docs/metrics.md", &made);
    let silent = Metric::ALL.iter().filter(|m| !made.contains(&format!("\n### `{}`\n", m.name())));
    assert_eq!(silent.count(), 0, "a metric has a chapter that the page has not");
    for (name, body) in sections(&made, "###") {
        assert!(body.contains("**Events:** `"), "{name} lacks **Events:**");
    }
}

#[test]
fn metrics_md_explains_every_definition() {
    let page = read("docs/metrics.md");
    let sections: BTreeMap<_, _> = sections(&page, "###").into_iter().collect();
    let reasons = |metric: &str| matches!(metric, "escalations" | "outcomes"); // the words of events.md
    for (metric, definition) in produced() {
        let Some(definition) = definition.filter(|_| !reasons(metric)) else {
            continue;
        };
        let body = sections.get(metric).copied().unwrap_or_default();
        let marks = [format!("`{definition}`"), format!("| {definition} |")];
        let found = marks.iter().any(|mark| body.contains(mark));
        assert!(found, "docs/metrics.md, {metric}: no definition {definition}");
    }
}

#[test]
fn scenarios_readme_lists_the_shipped_scenarios() {
    let page = read("scenarios/README.md");
    let shipped: BTreeSet<String> = std::fs::read_dir(root().join("scenarios"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    let (_, table) =
        *sections(&page, "##").iter().find(|(name, _)| *name == "What each shows").unwrap();
    let first_cells = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
    let named: BTreeSet<String> = first_cells
        .flat_map(|(cell, _)| cell.split('`').step_by(2))
        .map(|name| format!("{name}.yaml"))
        .filter(|name| name != ".yaml")
        .collect();
    assert_eq!(named, shipped, "scenarios/README.md (left) and scenarios/*.yaml (right)");
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in crate::source::files().iter().filter(|p| p.ends_with(".md")) {
        let text = read(path);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (target, _) in text.split("](").skip(1).filter_map(|after| after.split_once(')')) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            assert!(root().join(folder).join(file).exists(), "{path} links to {target}");
        }
    }
}
