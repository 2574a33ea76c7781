//! Cookies of one conversation. They go to the one host it talks to, so paths and
//! domains play no part; a conversation is short, so of expiry only removal counts.

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue, SET_COOKIE};

#[derive(Default)]
pub(super) struct Cookies {
    pairs: Vec<(String, String)>,
}

impl Cookies {
    /// Takes what a reply sets or removes.
    pub fn take(&mut self, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let Ok(text) = header.to_str() else { continue };
            let mut parts = text.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            self.pairs.retain(|(known, _)| known != name);
            let removed = parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
            if !removed {
                self.pairs.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// Adds them to a request.
    pub fn put(&self, headers: &mut HeaderMap) {
        if self.pairs.is_empty() {
            return;
        }
        let pairs = self
            .pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let text = pairs.collect::<Vec<_>>().join("; ");
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(COOKIE, value);
        }
    }
}
