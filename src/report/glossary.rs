//! What the words of a report mean: for `convoq explain TERM` and for the tool
//! tips of the HTML report. `docs/metrics.md` says the same at length.

pub use super::terms::TERMS;

/// A metric in short.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// Its name in JSON, CSV and targets.
    pub name: &'static str,
    /// Its name in words.
    pub title: &'static str,
    /// What it is.
    pub definition: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
}

/// Finds a term by its name, whatever the case. `SL1` to `SL8` are the
/// definitions of `service_level`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Term> {
    let lower = name.trim().to_lowercase();
    let level = matches!(lower.as_bytes(), [b's', b'l', b'1'..=b'8']);
    let wanted = if level { "service_level" } else { lower.as_str() };
    find_exactly(wanted)
}

/// The page that says at length what the glossary says in short.
const DOC: &str = include_str!("../../docs/metrics.md");
/// The page of how far numbers can be trusted.
const STATISTICS: &str = include_str!("../../docs/statistics.md");

/// What `docs/metrics.md` says of a metric beyond its definition: tables of definitions,
/// examples, what to beware of. Empty where it says no more.
#[must_use]
pub fn details(name: &str) -> &'static str {
    let heading = format!("\n### `{name}`\n");
    let Some((_, section)) = DOC.split_once(&heading) else {
        return "";
    };
    let section = section.split("\n### ").next().unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let after = section.split_once("**Source:**").map_or("", |(_, rest)| rest);
    after.split_once('\n').map_or("", |(_, rest)| rest).trim()
}

/// A chapter of the pages on metrics and statistics, by its heading, as `Targets` or
/// `Waiting`: its text, or the metrics that it has.
#[must_use]
pub fn chapter(heading: &str) -> Option<String> {
    let wanted = heading.trim().to_lowercase();
    let find = |page: &'static str| {
        let parts = page.split("\n## ").skip(1);
        let mut parts = parts.filter_map(|part| part.split_once('\n'));
        parts.find(|(head, _)| head.trim().to_lowercase() == wanted)
    };
    if let Some((head, text)) = find(STATISTICS) {
        return Some(format!("{head}\n\n{}\n", text.trim()));
    }
    let (head, text) = find(DOC)?;
    let names = text.split("### `").skip(1);
    let names = names.filter_map(|part| part.split('`').next());
    let terms = names.filter_map(find_exactly);
    let lines: String = terms.map(|term| format!("  {:<26} {}\n", term.name, term.title)).collect();
    Some(format!("{head}\n\n{lines}"))
}

fn find_exactly(name: &str) -> Option<&'static Term> {
    TERMS.iter().find(|term| term.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names under `### ` headings of the document, with the text of each.
    fn headings() -> Vec<(&'static str, &'static str)> {
        DOC.split("\n### ")
            .skip(1)
            .map(|part| part.split_once('\n').unwrap_or((part, "")))
            .map(|(head, body)| (head.trim().trim_matches('`'), body))
            .collect()
    }

    #[test]
    fn document_and_glossary_name_the_same_metrics_in_the_same_order() {
        let documented: Vec<&str> = headings().iter().map(|(name, _)| *name).collect();
        let known: Vec<&str> = TERMS.iter().map(|term| term.name).collect();
        assert_eq!(documented, known);
        let mut unique = known.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), known.len());
    }

    #[test]
    fn every_metric_says_its_unit_formula_events_and_source() {
        for (name, body) in headings() {
            for part in ["**Formula:**", "**Events:**", "**Unit:**", "**Source:**"] {
                assert!(body.contains(part), "{name} lacks {part}");
            }
            let term = find(name).expect("is in the glossary");
            for part in [
                format!("{}. {}", term.title, term.definition),
                format!("**Formula:** {}", term.formula),
                format!("**Unit:** {}", term.unit),
                format!("**Source:** {}", term.source),
            ] {
                assert!(body.contains(&part), "{name}: no {part:?}");
            }
        }
    }

    #[test]
    fn the_events_of_the_document_exist() {
        let contract = include_str!("../event/mod.rs");
        for (name, body) in headings() {
            let line = body.lines().find(|line| line.starts_with("**Events:**"));
            let words = line.unwrap_or_default().split('`').skip(1).step_by(2);
            for word in words {
                let event = word.split(['{', '.', ' ']).next().unwrap_or_default();
                let variant =
                    [" {", ","].iter().any(|end| contract.contains(&format!("\n    {event}{end}")));
                assert!(variant, "{name}: no event `{event}`");
            }
        }
    }

    #[test]
    fn what_the_page_says_further_follows_its_term() {
        assert!(details("service_level").contains("| SL8 |"));
        assert!(details("occupancy").contains("| `slots` |"));
        assert!(!details("occupancy").contains("Utilisation"));
        assert_eq!(details("no_such"), "");
        assert!(chapter("targets").is_some_and(|t| t.contains("*missed*")));
        assert!(chapter("Waiting").is_some_and(|t| t.contains("service_level")));
    }

    #[test]
    fn terms_are_found_by_any_spelling_of_their_case() {
        assert_eq!(find(" ROAR ").map(|t| t.name), Some("roar"));
        assert_eq!(find("SL3").map(|t| t.name), Some("service_level"));
        assert_eq!(find("sl9"), None);
    }
}
