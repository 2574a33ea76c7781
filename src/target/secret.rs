//! Secrets: taken from the environment by reference, and struck out of all that goes out.

use serde_json::Value;

use super::options::TargetError;

/// What stands for a secret.
const HIDDEN: &str = "***";

/// Of what a bot said of a problem so many characters are told.
const PROBLEM_CHARS: usize = 240;

/// A shorter value in Base64 could be a part of any text.
const BASE64_LEAST: usize = 6;

/// The values that nobody may read.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    values: Vec<String>,
}

impl Secrets {
    /// Keeps a value secret: as it is, as it looks in JSON and in a URL, and in Base64,
    /// alone or within something longer.
    pub fn keep(&mut self, value: &str) {
        let quoted = Value::from(value).to_string();
        let escaped = quoted[1..quoted.len() - 1].to_owned();
        let mut forms = vec![value.to_owned(), escaped];
        forms.extend([in_url(value, "+"), in_url(value, "%20")]);
        forms.extend(in_base64(value.as_bytes()));
        for form in forms {
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

    /// Words for people: without secrets, and then short. In the other order a cut could
    /// leave the beginning of a secret that nobody knows for one.
    pub fn told(&self, mut text: String) -> String {
        self.strike(&mut text);
        if let Some((end, _)) = text.char_indices().nth(PROBLEM_CHARS) {
            text.truncate(end);
            text.push('…');
        }
        text
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

/// A value as it stands in a URL (RFC 3986), with this for a blank.
fn in_url(value: &str, blank: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b' ' => text.push_str(blank),
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => text.push(b.into()),
            b => text.push_str(&format!("%{b:02X}")),
        }
    }
    text
}

/// The characters that a value gives in Base64, wherever in a longer text it begins: a
/// character stands for six bits, so those at the ends may hold bits of its neighbours.
fn in_base64(value: &[u8]) -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    if value.len() < BASE64_LEAST {
        return Vec::new();
    }
    let mut forms = Vec::new();
    for before in 0..3 {
        let bytes = [&[0; 2][..before], value].concat();
        let from = (before * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        for text in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            forms.extend(text.get(from..to).map(str::to_owned));
        }
    }
    forms
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

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const SECRET: &str = "sk-live/AAAA+BBBB?CCCC DDDD=0123";

    fn kept() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.keep(SECRET);
        secrets
    }

    /// The longest piece of the secret that a text shows.
    fn shown(text: &str) -> usize {
        let all = (0..SECRET.len()).flat_map(|a| (a + 1..=SECRET.len()).map(move |b| (a, b)));
        let found = all.filter(|(a, b)| text.contains(&SECRET[*a..*b]));
        found.map(|(a, b)| b - a).max().unwrap_or(0)
    }

    #[test]
    fn a_secret_is_struck_before_a_text_is_cut_wherever_it_stands() {
        let secrets = kept();
        for before in 0..2 * PROBLEM_CHARS {
            let text = format!("{}{SECRET} and more", "x".repeat(before));
            let told = secrets.told(text);
            assert!(shown(&told) < 2, "{before}: {told}");
            assert!(told.chars().count() <= PROBLEM_CHARS + 1);
        }
    }

    #[test]
    fn a_secret_is_struck_in_a_url_and_in_base64_at_every_offset() {
        let secrets = kept();
        let mut text = format!("at {} or {}", in_url(SECRET, "+"), in_url(SECRET, "%20"));
        secrets.strike(&mut text);
        assert_eq!(text, "at *** or ***");
        for before in 0..8 {
            for after in 0..4 {
                let whole = format!("{}{SECRET}{}", "u".repeat(before), "z".repeat(after));
                for coded in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    let mut text = coded.clone();
                    secrets.strike(&mut text);
                    let left = text.replace(HIDDEN, "").len();
                    // At most the characters that hold bits of the neighbours.
                    let neighbours = (before * 8).div_ceil(6) + (after * 8).div_ceil(6) + 4;
                    assert!(left <= neighbours, "{coded} -> {text}");
                }
            }
        }
    }
}
