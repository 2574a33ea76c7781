//! Whether a reply is what it must be.

use regex::Regex;
use serde_json::Value;

use super::Reply;
use super::options::{Expectation, TargetError};

/// An expectation that is ready to be checked.
pub(crate) struct Check {
    expectation: Expectation,
    regex: Option<Regex>,
}

impl Check {
    pub fn all(
        place: &str,
        expectations: &[Expectation],
        problems: &mut Vec<TargetError>,
    ) -> Vec<Check> {
        let checks = expectations.iter().map(|expectation| Check::new(place, expectation));
        checks.filter_map(|check| check.map_err(|problem| problems.push(problem)).ok()).collect()
    }

    fn new(place: &str, expectation: &Expectation) -> Result<Check, TargetError> {
        let regex = match expectation {
            Expectation::Matches(pattern) => Some(regex(place, pattern)?),
            Expectation::Json { pointer: to, .. } => pointer(place, to).map(|_| None)?,
            _ => None,
        };
        Ok(Check { expectation: expectation.clone(), regex })
    }

    /// What is missing, in words.
    pub fn miss(&self, status: Option<u16>, reply: &Reply) -> Option<String> {
        match &self.expectation {
            Expectation::Status(expected) if status != Some(*expected) => {
                let status = status.map_or_else(|| "none".into(), |s| s.to_string());
                Some(format!("the status is {status}, not {expected}"))
            }
            Expectation::Json { pointer, equals } if !has(reply, pointer, equals.as_ref()) => {
                Some(match equals {
                    Some(value) => format!("{pointer} is not {value}"),
                    None => format!("there is no {pointer}"),
                })
            }
            Expectation::Contains(text) if !reply.text.contains(text) => {
                Some(format!("the text does not contain `{text}`"))
            }
            Expectation::Matches(pattern) => {
                let found = self.regex.as_ref().is_some_and(|r| r.is_match(&reply.text));
                (!found).then(|| format!("the text does not match `{pattern}`"))
            }
            Expectation::MaxLength(most) => {
                let length = reply.text.chars().count();
                (length > *most).then(|| format!("the text has {length} characters, not {most}"))
            }
            _ => None,
        }
    }
}

fn has(reply: &Reply, pointer: &str, equals: Option<&Value>) -> bool {
    let mut found = reply.documents.iter().filter_map(|d| d.pointer(pointer));
    match equals {
        Some(value) => found.any(|v| v == value),
        None => found.any(|v| !v.is_null()),
    }
}

pub(crate) fn regex(place: &str, pattern: &str) -> Result<Regex, TargetError> {
    Regex::new(pattern).map_err(|error| {
        let error = error.to_string();
        let why = error.lines().last().unwrap_or_default().to_owned();
        TargetError::new(
            place,
            format!("`{pattern}` is not a regular expression ({why})"),
            "escape . * + ? ( ) [ ] { } | with \\ where they mean themselves",
        )
    })
}

/// A text as a JSON pointer.
pub(crate) fn pointer(place: &str, text: &str) -> Result<String, TargetError> {
    if text.is_empty() || text.starts_with('/') {
        return Ok(text.to_owned());
    }
    let help = format!("begin it with a slash: /{}", text.replace('.', "/"));
    Err(TargetError::new(place, format!("`{text}` is not a JSON pointer"), help))
}
