//! Numbers as people write them elsewhere: `40,000`, `600,5`, `1.200`.

/// One to three digits, a point, and three digits: 1.200 is 1.2, and often meant as 1200.
#[must_use]
pub fn looks_like_thousands(text: &str) -> bool {
    text.split_once('.')
        .is_some_and(|(whole, part)| !whole.starts_with('0') && group(whole) && triple(part))
}

/// What to write instead of a text that is a number with a thousands separator or a
/// decimal comma; `None` where it is no such number.
#[must_use]
pub fn written_otherwise(text: &str) -> Option<String> {
    let text = text.trim();
    let separator = |c: char| ",.'_ \u{a0}\u{202f}\u{2019}".contains(c);
    let parts: Vec<&str> = text.split(separator).collect();
    let (first, rest) = parts.split_first()?;
    if rest.is_empty() || !parts.iter().all(|p| is_digits(p)) {
        return None;
    }
    let whole = parts.concat();
    let grouped = group(first) && rest.iter().all(|p| triple(p));
    match (grouped, rest) {
        (true, [one]) if text.contains(',') => Some(format!(
            "for {whole} write `{whole}`, without a thousands separator; for {first}.{one} write `{first}.{one}`, with a decimal point"
        )),
        (true, _) => Some(format!("write `{whole}`, without thousands separators")),
        (false, [one]) if text.contains(',') => {
            Some(format!("write `{first}.{one}`: decimals have a point, not a comma"))
        }
        _ => None,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn group(text: &str) -> bool {
    text.len() <= 3 && is_digits(text)
}

fn triple(text: &str) -> bool {
    text.len() == 3 && is_digits(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_and_decimal_commas_are_told_apart() {
        for (text, has) in [
            ("40,000", "`40000`"),
            ("1 200", "`1200`"),
            ("1.200.000", "`1200000`"),
            ("600,5", "`600.5`"),
            ("12,75", "`12.75`"),
        ] {
            let help = written_otherwise(text).unwrap();
            assert!(help.contains(has), "{text}: {help}");
        }
        for text in ["5", "soon", "1-2", "08:00", ",", "1,2,3"] {
            assert_eq!(written_otherwise(text), None, "{text}");
        }
        assert!(looks_like_thousands("1.200") && looks_like_thousands("120.000"));
        for text in ["0.125", "1.25", "1200.000", "1.2000", "12"] {
            assert!(!looks_like_thousands(text), "{text}");
        }
    }
}
