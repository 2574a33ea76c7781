//! Secrets: taken from the environment by reference, and struck out of all that goes out.

use serde_json::Value;

use super::options::TargetError;

/// What stands for a secret.
const HIDDEN: &str = "***";

/// The values that nobody may read.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    values: Vec<String>,
}

impl Secrets {
    /// Keeps a value secret, as it is and as it looks in JSON.
    pub fn keep(&mut self, value: &str) {
        let quoted = Value::from(value).to_string();
        let escaped = quoted[1..quoted.len() - 1].to_owned();
        for form in [value.to_owned(), escaped] {
            if !form.is_empty() && !self.values.contains(&form) {
                self.values.push(form);
            }
        }
        // One secret may begin with another: the longer one goes first.
        self.values.sort_by_key(|v| std::cmp::Reverse(v.len()));
    }

    /// The text without secrets.
    pub fn strike(&self, text: &mut String) {
        for value in &self.values {
            if text.contains(value.as_str()) {
                *text = text.replace(value.as_str(), HIDDEN);
            }
        }
    }

    /// The document without secrets.
    pub fn strike_json(&self, document: &mut Value) {
        if self.values.is_empty() {
            return;
        }
        match document {
            Value::String(text) => self.strike(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.strike_json(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.strike_json(item)),
            _ => {}
        }
    }
}

/// Where secrets come from, and those that came.
pub(super) struct Vault<'e> {
    env: &'e dyn Fn(&str) -> Option<String>,
    pub secrets: Secrets,
}

impl<'e> Vault<'e> {
    pub fn new(env: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Vault {
            env,
            secrets: Secrets::default(),
        }
    }

    /// The value of an environment variable, secret from now on.
    pub fn variable(&mut self, place: &str, name: &str) -> Result<String, TargetError> {
        match (self.env)(name) {
            Some(value) if !value.is_empty() => {
                self.secrets.keep(&value);
                Ok(value)
            }
            found => {
                let what = if found.is_some() { "empty" } else { "not set" };
                Err(TargetError::new(
                    place,
                    format!("the environment variable {name} is {what}"),
                    format!("set it: export {name}=..."),
                ))
            }
        }
    }

    /// The text with every `${env:NAME}` replaced.
    pub fn resolve(&mut self, place: &str, text: &str) -> Result<String, TargetError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            let after = &rest[at + 2..];
            let Some(end) = after.find('}') else {
                return Err(bad_reference(place, &rest[at..]));
            };
            let Some(name) = after[..end].strip_prefix("env:").filter(|n| is_name(n)) else {
                return Err(bad_reference(place, &rest[at..at + end + 3]));
            };
            out.push_str(&self.variable(place, name)?);
            rest = &after[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn bad_reference(place: &str, text: &str) -> TargetError {
    TargetError::new(
        place,
        format!("`{text}` refers to nothing"),
        "write ${env:NAME} for the environment variable NAME",
    )
}
