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
    let wanted = if level {
        "service_level"
    } else {
        lower.as_str()
    };
    TERMS.iter().find(|term| term.name == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOC: &str = include_str!("../../docs/metrics.md");

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
                let variant = [" {", ","]
                    .iter()
                    .any(|end| contract.contains(&format!("\n    {event}{end}")));
                assert!(variant, "{name}: no event `{event}`");
            }
        }
    }

    #[test]
    fn terms_are_found_by_any_spelling_of_their_case() {
        assert_eq!(find(" ROAR ").map(|t| t.name), Some("roar"));
        assert_eq!(find("SL3").map(|t| t.name), Some("service_level"));
        assert_eq!(find("sl9"), None);
    }
}
