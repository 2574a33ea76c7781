//! JSON as bots send it: read as leniently as the best clients do.

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

/// Reads a document: after a byte order mark, as servers in .NET write it, and with half
/// of a surrogate pair, as servers cut it, as U+FFFD (RFC 8259, 8.1 and 8.2).
///
/// # Errors
/// What is no JSON, or of another shape.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice(bytes).or_else(|error| match without_half_pairs(bytes) {
        Some(mended) if error.is_syntax() => serde_json::from_slice(&mended),
        _ => Err(error),
    })
}

/// A field that is not needed: none where it is of another type.
pub(crate) fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    field: D,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(field)?;
    Ok(serde_json::from_value(value).ok())
}

/// The words of an error document, in the shapes that servers use.
#[must_use]
pub(crate) fn error_message(error: &Value) -> String {
    let inner = error.get("error").unwrap_or(error);
    let words = [inner.get("message"), error.get("message"), Some(inner)];
    words
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
        .map_or_else(|| error.to_string(), str::to_owned)
}

/// A value as it is sent.
pub(crate) fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() // it holds texts and numbers only
}

/// The document with U+FFFD for each escaped half of a surrogate pair; `None` where there
/// is none.
fn without_half_pairs(bytes: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| -> Option<u16> {
        let escape = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
    };
    let is_high = |u: u16| (0xD800..0xDC00).contains(&u);
    let is_low = |u: u16| (0xDC00..0xE000).contains(&u);
    let (mut mended, mut at, mut found) = (Vec::with_capacity(bytes.len()), 0, false);
    while at < bytes.len() {
        let step = match unit(at) {
            Some(u) if is_high(u) && unit(at + 6).is_some_and(is_low) => 12,
            Some(u) if is_high(u) || is_low(u) => {
                mended.extend_from_slice(b"\\uFFFD");
                (at, found) = (at + 6, true);
                continue;
            }
            Some(_) => 6,
            None if bytes[at] == b'\\' => 2, // whatever is escaped begins no escape
            None => 1,
        };
        let end = (at + step).min(bytes.len());
        mended.extend_from_slice(&bytes[at..end]);
        at = end;
    }
    found.then_some(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_and_half_pairs_do_no_harm() {
        let text = |json: &str| read::<String>(json.as_bytes()).ok();
        assert_eq!(text("\u{FEFF}\"a\""), Some("a".into()));
        assert_eq!(text(r#""\ud83d\ude00 \ud83d!""#), Some("😀 \u{FFFD}!".into()));
        assert_eq!(text(r#""\ude00\\ud83d""#), Some("\u{FFFD}\\ud83d".into()));
        assert_eq!(text(r#""\ud83d\n""#), Some("\u{FFFD}\n".into()));
        assert_eq!(text(r#""\ud83d"#), None, "broken is broken");
        assert_eq!(text("7"), None, "of another shape");
    }
}
