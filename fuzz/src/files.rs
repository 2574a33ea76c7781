//! Files besides scenarios: traces, messages, manifests.

use super::text;
use convoq::bot::Messages;
use convoq::load::trace_moments;
use convoq::log::Manifest;
use convoq::scenario::{self, Loaded};
use std::path::Path;
use std::sync::OnceLock;

/// Recorded moments: sorted, from zero on.
pub fn trace(input: &[u8]) {
    let Some(text) = text(input) else { return };
    match trace_moments(text, "Europe/Bucharest") {
        Ok(trace) => {
            let moments = trace.moments;
            assert!(moments.is_sorted());
            assert!(moments.first().is_none_or(|first| first.0 == 0), "the first is the start");
            // A carriage return alone ends a line of CSV, too.
            assert!(moments.len() <= text.split(['\n', '\r']).count());
        }
        Err(words) => assert!(!words.is_empty()),
    }
}

/// A file of customers' messages: a problem has a line of the file.
pub fn messages(input: &[u8]) {
    static LOADED: OnceLock<Option<(Loaded, Messages)>> = OnceLock::new();
    let Some(text) = text(input) else { return };
    let loaded = LOADED.get_or_init(|| {
        let scenario = include_str!("../../tests/data/one_turn.yaml");
        let loaded = scenario::load(scenario, None, &[], &|_| Err(String::new())).ok()?;
        let messages = Messages::of(&loaded.scenario);
        Some((loaded, messages))
    });
    let Some((_, built_in)) = loaded else { panic!("the scenario is not valid") };
    match built_in.clone().with_file(text) {
        Ok(all) => {
            for (text, intent) in all.all() {
                assert_eq!(all.intent_of(text), Some(intent));
            }
        }
        Err(problems) => {
            let lines = text.lines().count();
            assert!(!problems.is_empty());
            assert!(problems.iter().all(|p| (1..=lines).contains(&p.line)), "{problems:?}");
        }
    }
}

/// The manifest of a run: any text is refused or read; what is written is read again.
pub fn manifest(input: &[u8]) {
    let path = Path::new("manifest.json");
    if let Some(text) = text(input) {
        let _ = Manifest::from_text(text, path);
    }
    // With the checksum mended: what stands before it is read whatever it is.
    let Ok(manifest) = serde_json::from_slice::<Manifest>(input) else {
        return;
    };
    let written = manifest.to_text();
    let again = Manifest::from_text(&written, path);
    let again = again.unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again, manifest);
}
