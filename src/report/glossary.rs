//! What the words of a report mean: for `convoq explain TERM` and for the tool
//! tips of the HTML report. `docs/metrics.md` says the same at length.

use crate::metric::Metric;

/// Finds a metric by its name, whatever the case. `SL1` to `SL8` are the definitions of
/// `service_level`.
#[must_use]
pub fn find(name: &str) -> Option<Metric> {
    let name = name.trim();
    let level = Metric::ServiceLevel.definition(&name.to_uppercase());
    level.map(|_| Metric::ServiceLevel).or_else(|| Metric::find(&name.to_lowercase()))
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
    let facts = names.filter_map(Metric::find).map(Metric::facts);
    let lines: String = facts.map(|of| format!("  {:<26} {}\n", of.name, of.title)).collect();
    Some(format!("{head}\n\n{lines}"))
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
        assert_eq!(find(" ROAR "), Some(Metric::Roar));
        assert_eq!(find("SL3"), Some(Metric::ServiceLevel));
        assert_eq!(find("sl9"), None);
    }
}
