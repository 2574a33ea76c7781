//! What customers write: texts by intent, language and turn, and the way back
//! from a text to the intent it belongs to.
//!
//! The built-in set is `messages.jsonl`, in the format that a user's file has.
//! An intent it does not know is asked for by its name.

use super::phrases::{PHRASES, Phrases, asks_for_person};
use crate::id::{IntentId, LanguageId};
use crate::random::{Purpose, Streams};
use crate::scenario::Scenario;
use serde::Deserialize;
use std::collections::HashMap;

/// The built-in texts.
const BUILT_IN: &str = include_str!("messages.jsonl");

/// The language that a line without one, or a scenario in a language unknown here, gets.
const ENGLISH: &str = "en";

/// What the customers of a scenario write.
#[derive(Clone, Debug)]
pub struct Messages {
    intents: Vec<String>,
    languages: Vec<String>,
    /// By intent, then by language; ascending by turn, never empty.
    texts: Vec<Vec<Vec<Text>>>,
    /// The intent of every text, in whatever language.
    known: HashMap<String, IntentId>,
}

/// One text, and the first turn it is for.
#[derive(Clone, Debug)]
struct Text {
    turn: u16,
    text: String,
}

/// A line of a file of messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    intent: String,
    /// Without it the text serves all languages of the scenario.
    language: Option<String>,
    text: String,
    turn: Option<u16>,
}

/// What is wrong with a line of a file of messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineProblem {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl Messages {
    /// The built-in messages for the intents and languages of a scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let header = &scenario.header;
        let built_in: Vec<Line> =
            BUILT_IN.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let mut messages = Self {
            intents: header.intents.clone(),
            languages: header.languages.clone(),
            texts: vec![Vec::new(); header.intents.len()],
            known: HashMap::new(),
        };
        let groups = groups(&header.intents, &built_in);
        let names = spoken_names(&header.intents);
        for (number, (group, name)) in groups.iter().zip(&names).enumerate() {
            let mut by_language = vec![Vec::new(); header.languages.len()];
            for phrases in PHRASES {
                let texts = texts_of(group.as_deref(), name, phrases, &built_in);
                for text in &texts {
                    let intent = IntentId(number as u16);
                    messages.known.insert(text.text.clone(), intent);
                }
                for (list, language) in by_language.iter_mut().zip(&header.languages) {
                    if phrases.language == spoken(language) {
                        list.clone_from(&texts);
                    }
                }
            }
            messages.texts[number] = by_language;
        }
        messages
    }

    /// Adds the texts of a file: JSON Lines with `intent`, `text` and perhaps
    /// `language` (all of the scenario without it) and `turn` (the first turn the
    /// text is for, 1 without it). They replace the built-in texts of the same
    /// intent, language and turn.
    ///
    /// # Errors
    /// All lines that cannot be used.
    pub fn with_file(mut self, jsonl: &str) -> Result<Self, Vec<LineProblem>> {
        let mut problems = Vec::new();
        let mut replaced: Vec<(usize, usize, u16)> = Vec::new();
        for (number, line) in jsonl.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            if let Err(problem) = self.add_line(line, &mut replaced) {
                let line = number + 1;
                problems.push(LineProblem { line, problem });
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    fn add_line(
        &mut self,
        line: &str,
        replaced: &mut Vec<(usize, usize, u16)>,
    ) -> Result<(), String> {
        let line: Line = serde_json::from_str(line).map_err(|error| {
            format!("{error}; a line is {{\"intent\": \"...\", \"language\": \"en\", \"text\": \"...\", \"turn\": 2}}")
        })?;
        let Some(intent) = self.intents.iter().position(|name| *name == line.intent) else {
            let names = self.intents.join(", ");
            return Err(format!("the scenario has no intent `{}`; it has {names}", line.intent));
        };
        let text = line.text.trim().to_owned();
        if text.is_empty() {
            return Err("the text is empty".into());
        }
        let turn = line.turn.unwrap_or(1);
        if turn == 0 {
            return Err("turn 0 does not exist: turns count from 1".into());
        }
        let id = IntentId(intent as u16);
        if let Some(other) = self.known.insert(text.clone(), id)
            && other != id
        {
            let name = &self.intents[other.index()];
            return Err(format!(
                "`{text}` is a message of the intent `{name}` as well: a text has one intent"
            ));
        }
        for (number, list) in self.texts[intent].iter_mut().enumerate() {
            let here = line.language.as_ref().is_none_or(|tag| *tag == self.languages[number]);
            if !here {
                continue;
            }
            if !replaced.contains(&(intent, number, turn)) {
                list.retain(|t| t.turn != turn);
                replaced.push((intent, number, turn));
            }
            let place = list.partition_point(|t| t.turn <= turn);
            let text = text.clone();
            list.insert(place, Text { turn, text });
        }
        Ok(())
    }

    /// What the customer with this key writes at a turn (from 1). The same
    /// arguments give the same text.
    #[must_use]
    pub fn text(&self, intent: IntentId, language: LanguageId, turn: u16, key: u64) -> &str {
        let by_language = self.texts.get(intent.index());
        let list = by_language.and_then(|l| l.get(language.index()).or_else(|| l.first()));
        let Some(list) = list.filter(|list| !list.is_empty()) else {
            return "";
        };
        // The texts of the latest turn that has any, up to this one.
        let end = list.partition_point(|t| t.turn <= turn).max(1);
        let of_turn = list[end - 1].turn;
        let start = list.partition_point(|t| t.turn < of_turn);
        let choices = &list[start..end];
        // The seed of the run plays no part: a customer has one way of writing.
        let (u, _) = Streams::new(0, 0).pair(Purpose::Text, key, turn);
        let chosen = (u * choices.len() as f64) as usize;
        choices.get(chosen).map_or("", |t| t.text.as_str())
    }

    /// The intent of a text of the set, exactly as it stands there apart from
    /// white space around it.
    #[must_use]
    pub fn intent_of(&self, text: &str) -> Option<IntentId> {
        self.known.get(text.trim()).copied()
    }

    /// What a customer writes who wants a person.
    #[must_use]
    pub fn person_wanted(&self, language: LanguageId) -> &'static str {
        let tag = self.languages.get(language.index());
        let spoken = tag.map_or(ENGLISH, |tag| spoken(tag));
        let found = PHRASES.iter().find(|p| p.language == spoken);
        found.map_or(PHRASES[0].person_wanted, |p| p.person_wanted)
    }

    /// Whether a text asks for a person, in one of the languages known here.
    /// A text of the set never does.
    #[must_use]
    pub fn wants_person(&self, text: &str) -> bool {
        self.intent_of(text).is_none() && asks_for_person(text)
    }

    /// Every text with its intent, in no order.
    pub fn all(&self) -> impl Iterator<Item = (&str, IntentId)> {
        self.known.iter().map(|(text, id)| (text.as_str(), *id))
    }
}

/// The language whose texts serve a tag: its first part if it is known here, else English.
fn spoken(tag: &str) -> &str {
    let first = tag.split(['-', '_']).next().unwrap_or(tag);
    if PHRASES.iter().any(|p| p.language == first) { first } else { ENGLISH }
}

/// The built-in intent whose texts serve each intent: the same name, else a name
/// that is one of its words. Each serves one intent, or a text would have two.
fn groups(intents: &[String], built_in: &[Line]) -> Vec<Option<String>> {
    let mut names: Vec<&str> = built_in.iter().map(|line| line.intent.as_str()).collect();
    names.dedup();
    let mut groups: Vec<Option<String>> = intents
        .iter()
        .map(|intent| names.contains(&intent.as_str()).then(|| intent.clone()))
        .collect();
    for number in 0..intents.len() {
        if groups[number].is_none() {
            let found = names.iter().find(|name| {
                let is_word = intents[number].split(['_', '-', ' ']).any(|w| w == **name);
                is_word && !groups.iter().flatten().any(|taken| taken == *name)
            });
            groups[number] = found.map(|name| (*name).to_owned());
        }
    }
    groups
}

/// Names as people say them: `order_status` becomes "order status", unless another
/// intent would have the same.
fn spoken_names(intents: &[String]) -> Vec<String> {
    let plain = |name: &String| name.replace(['_', '-'], " ");
    intents
        .iter()
        .map(|name| {
            let spoken = plain(name);
            let same = intents.iter().filter(|other| plain(other) == spoken);
            if same.count() == 1 { spoken } else { name.clone() }
        })
        .collect()
}

/// The texts of an intent in one language, ascending by turn.
fn texts_of(group: Option<&str>, name: &str, phrases: &Phrases, built_in: &[Line]) -> Vec<Text> {
    let mut texts: Vec<Text> = built_in
        .iter()
        .filter(|line| Some(line.intent.as_str()) == group)
        .filter(|line| line.language.as_deref() == Some(phrases.language))
        .map(|line| Text { turn: line.turn.unwrap_or(1), text: line.text.clone() })
        .collect();
    if texts.is_empty() {
        let named = |turn, patterns: &[&str]| {
            let texts = patterns.iter().map(|p| p.replace("{}", name));
            texts.map(|text| Text { turn, text }).collect::<Vec<_>>()
        };
        texts.extend(named(1, phrases.first));
        texts.extend(named(2, phrases.later));
    }
    texts.sort_by_key(|t| t.turn);
    texts
}
