//! What customers write, and the way back from it.

use super::SCENARIO;
use crate::common::{load_shipped, shipped};
use convoq::bot::Messages;
use convoq::id::{IntentId, LanguageId};
use std::collections::BTreeSet;

#[test]
fn every_text_of_every_shipped_scenario_leads_back_to_its_intent() {
    for name in shipped() {
        let scenario = load_shipped(&name, &[]);
        let messages = Messages::of(&scenario);
        let mut seen = BTreeSet::new();
        for intent in 0..scenario.header.intents.len() {
            let intent = IntentId(intent as u16);
            for language in 0..scenario.header.languages.len() {
                for (turn, key) in (1..=4).flat_map(|t| (0..40).map(move |k| (t, k))) {
                    let text = messages.text(intent, LanguageId(language as u8), turn, key);
                    assert!(!text.is_empty());
                    assert_eq!(messages.intent_of(text), Some(intent), "{name}: {text}");
                    assert_eq!(messages.intent_of(&format!("\n {text}\t")), Some(intent));
                    assert!(!messages.wants_person(text), "{name}: {text}");
                    seen.insert(text.to_owned());
                }
            }
        }
        assert!(messages.all().count() >= seen.len());
        for (text, intent) in messages.all() {
            assert_eq!(messages.intent_of(text), Some(intent));
        }
    }
}

#[test]
fn a_customer_writes_the_same_again_and_others_write_otherwise() {
    let scenario = crate::common::load(SCENARIO, &[]);
    let messages = Messages::of(&scenario);
    let texts = |turn| -> BTreeSet<&str> {
        let all = (0..200).map(|key| messages.text(IntentId(0), LanguageId(0), turn, key));
        all.collect()
    };
    assert_eq!((texts(1).len(), texts(2).len()), (3, 2));
    assert!(texts(1).is_disjoint(&texts(2)));
    assert_eq!(texts(2), texts(3));
    for key in 0..50 {
        let again = Messages::of(&scenario);
        let text = |m: &Messages| m.text(IntentId(1), LanguageId(0), 1, key).to_owned();
        assert_eq!(text(&messages), text(&again));
        assert!(text(&messages).contains("warranty"));
    }
}

#[test]
fn languages_have_their_own_texts_and_others_get_english() {
    let text = SCENARIO.replace("intents:\n", "languages: [en, de-AT, ar, ja, hu]\nintents:\n");
    let scenario = crate::common::load(&text, &[]);
    let messages = Messages::of(&scenario);
    let of = |language| messages.text(IntentId(0), LanguageId(language), 1, 1);
    assert!(of(1).contains("Bestellung"));
    assert!(of(2).contains("طلبي"));
    assert!(of(3).contains('注'));
    assert!(of(4).contains("order"));
    for language in 0..5 {
        let wanted = messages.person_wanted(LanguageId(language));
        assert!(messages.wants_person(wanted), "{wanted}");
    }
    for other in ["superhuman effort", "agentur", "Personal", "my order"] {
        assert!(!messages.wants_person(other), "{other}");
    }
}

#[test]
fn a_file_adds_texts_and_all_of_its_problems_are_told() {
    let scenario = crate::common::load(SCENARIO, &[]);
    let file = "{\"intent\": \"warranty\", \"text\": \" Ist das noch Garantie? \"}\n\n\
                {\"intent\": \"warranty\", \"language\": \"any\", \"text\": \"Na?\", \"turn\": 3}\n\
                {\"intent\": \"legal\", \"language\": \"sv\", \"text\": \"Hej!\"}\n";
    let messages = Messages::of(&scenario).with_file(file).unwrap();
    let text = |turn, key| messages.text(IntentId(1), LanguageId(0), turn, key);
    assert!((0..50).all(|key| text(1, key) == "Ist das noch Garantie?"));
    assert!((0..50).all(|key| text(2, key).contains("warranty")));
    assert!((0..50).all(|key| text(3, key) == "Na?" && text(9, key) == "Na?"));
    // A language that the scenario does not have is understood and not written.
    assert_eq!(messages.intent_of("Hej!"), Some(IntentId(2)));

    let wrong = "{\"intent\": \"warranty\", \"text\": \"fine\"}\nnonsense\n{\"intent\": \"waranty\", \"text\": \"x\"}\n\
                 {\"intent\": \"legal\", \"text\": \" \"}\n{\"intent\": \"legal\", \"text\": \"fine\"}\n\
                 {\"intent\": \"legal\", \"text\": \"y\", \"turn\": 0}\n{\"intent\": \"legal\", \"text\": \"z\", \"trun\": 2}\n";
    let problems = Messages::of(&scenario).with_file(wrong).unwrap_err();
    let lines: Vec<usize> = problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7], "{problems:?}");
    assert!(problems[1].to_string().contains("order_status, warranty, legal"));
}
