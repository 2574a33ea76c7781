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
pub(crate) struct Secrets {
    values: Vec<Vec<u8>>,
    /// What stands for them in Base64.
    coded: Vec<String>,
}

impl Secrets {
    /// Keeps a value secret: as it is, as JSON, URLs and HTML may spell it, and in Base64,
    /// alone or within something longer.
    pub fn keep(&mut self, value: &str) {
        if value.is_empty() || self.values.iter().any(|v| v == value.as_bytes()) {
            return;
        }
        self.values.push(value.as_bytes().to_vec());
        self.coded.extend(in_base64(value.as_bytes()));
        // One secret may begin with another: the longer one goes first.
        self.values.sort_by_key(|v| std::cmp::Reverse(v.len()));
        self.coded.sort_by_key(|v| std::cmp::Reverse(v.len()));
    }

    /// The text without secrets.
    pub fn strike(&self, text: &mut String) {
        for value in &self.values {
            if let Some(struck) = without(text, value) {
                *text = struck;
            }
        }
        for form in &self.coded {
            if text.contains(form.as_str()) {
                *text = text.replace(form.as_str(), HIDDEN);
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

/// The text with the places hidden that spell a value; `None` where there is none.
fn without(text: &str, value: &[u8]) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut out, mut from) = (String::new(), 0);
    let mut at = 0;
    while at < bytes.len() {
        match spelled(&bytes[at..], value) {
            // A part of a character would be no text.
            Some(length) if text.is_char_boundary(at) && text.is_char_boundary(at + length) => {
                out.push_str(&text[from..at]);
                out.push_str(HIDDEN);
                at += length;
                from = at;
            }
            _ => at += 1,
        }
    }
    (from > 0).then(|| out + &text[from..])
}

/// How many bytes at the beginning of a text spell a value, each character of it in any
/// way. What looks like a code may be one, or be meant as it is.
fn spelled(text: &[u8], value: &[u8]) -> Option<usize> {
    let (mut at, mut done) = (0, 0);
    while done < value.len() {
        let (rest, wanted) = (text.get(at..)?, &value[done..]);
        let code = code(rest, wanted);
        match (rest.first()? == &wanted[0], code) {
            (true, None) => (at, done) = (at + 1, done + 1),
            (false, Some((length, bytes))) => (at, done) = (at + length, done + bytes),
            (false, None) => return None,
            (true, Some((length, bytes))) => {
                let as_code = spelled(&rest[length..], &wanted[bytes..]);
                let as_is = || spelled(&rest[1..], &wanted[1..]);
                let coded = as_code.map(|found| found + length);
                return coded.or_else(|| Some(as_is()? + 1)).map(|found| at + found);
            }
        }
    }
    Some(at)
}

/// A code for the next of a value: its length, and how many bytes it stands for.
/// URLs write `%2F` for a byte and `+` for a blank, JSON `\/` and `\u002f`, HTML `&amp;`,
/// `&#47;` and `&#x2f;`.
fn code(text: &[u8], value: &[u8]) -> Option<(usize, usize)> {
    if !matches!(text.first()?, b'%' | b'+' | b'\\' | b'&') {
        return None;
    }
    let next = *value.first()?;
    let (first, rest) = text.split_first()?;
    let hex = |digits: &[u8]| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    let stands = |code: u32| {
        let mut room = [0; 4];
        let wanted = char::from_u32(code)?.encode_utf8(&mut room).as_bytes();
        value.starts_with(wanted).then_some(wanted.len())
    };
    match first {
        b'%' if hex(rest.get(..2)?)? == u32::from(next) => Some((3, 1)),
        b'+' if next == b' ' => Some((1, 1)),
        b'\\' if rest.first() == Some(&b'u') => Some((6, stands(hex(rest.get(1..5)?)?)?)),
        b'\\' if b"\\/\"'".contains(&next) && rest.first() == Some(&next) => Some((2, 1)),
        b'&' => {
            let end = rest.iter().take(10).position(|b| *b == b';')?;
            let code = match &rest[..end] {
                b"amp" => u32::from(b'&'),
                b"lt" => u32::from(b'<'),
                b"gt" => u32::from(b'>'),
                b"quot" => u32::from(b'"'),
                [b'#', b'x' | b'X', digits @ ..] => hex(digits)?,
                [b'#', digits @ ..] => std::str::from_utf8(digits).ok()?.parse().ok()?,
                _ => return None,
            };
            Some((end + 2, stands(code)?))
        }
        _ => None,
    }
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
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            forms.extend(text.get(from..to).map(str::to_owned));
        }
    }
    forms
}

/// Where secrets come from, and those that came.
pub(crate) struct Vault<'e> {
    env: &'e dyn Fn(&str) -> Option<String>,
    pub secrets: Secrets,
}

impl<'e> Vault<'e> {
    pub fn new(env: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Vault { env, secrets: Secrets::default() }
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
    fn a_secret_is_struck_however_it_is_spelled() {
        let secrets = kept();
        for spelled in [
            "sk-live%2FAAAA%2BBBBB%3FCCCC+DDDD%3D0123",
            "sk-live%2fAAAA%2bBBBB%3fCCCC%20DDDD%3d0123",
            "sk-live/AAAA%2BBBBB%3FCCCC%20DDDD=0123",
            "%73%6B%2D%6C%69%76%65/AAAA+BBBB?CCCC DDDD=0123",
            r"sk-live\/AAAA\u002BBBBB?CCCC DDDD\u003d0123",
            "sk-live&#47;AAAA&#x2B;BBBB?CCCC DDDD&#x3d;0123",
        ] {
            let mut text = format!("at {spelled}{spelled} or é{spelled}é");
            secrets.strike(&mut text);
            assert_eq!(text, "at ****** or é***é", "{spelled}");
        }
        let mut odd = Secrets::default();
        odd.keep(r#"ä%2F\"&amp;"#);
        for spelled in [
            r#"ä%2F\"&amp;"#,
            "%c3%a4%252F%5C%22%26amp%3B",
            r#"\u00e4%2F\\\"&amp;"#,
            r"ä%2F\&quot;&amp;amp;",
        ] {
            let mut text = format!("<{spelled}>");
            odd.strike(&mut text);
            assert_eq!(text, "<***>", "{spelled}");
        }
        let mut other = "sk-live/AAAA+BBBB?CCCC DDDD=012".to_owned();
        secrets.strike(&mut other);
        assert!(other.ends_with("012"), "not all of it");
    }

    #[test]
    fn a_secret_is_struck_in_base64_at_every_offset() {
        let secrets = kept();
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
