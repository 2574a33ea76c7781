//! Bot Framework Direct Line 3.0.

pub(super) mod activity;
pub(super) mod client;
pub(super) mod rooms;
pub(super) mod server;
mod way;

pub(super) use way::Plan;

use serde_json::Value;

/// What the service says of a conversation or a token.
struct Opened {
    id: Option<String>,
    token: Option<String>,
    /// Life of the token, seconds.
    expires_s: Option<f64>,
    stream_url: Option<String>,
}

impl Opened {
    fn read(document: &Value) -> Opened {
        let text = |key: &str| {
            let text = document.get(key).and_then(Value::as_str);
            text.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let expires = document.get("expires_in").or(document.get("expiresIn"));
        Opened {
            id: text("conversationId"),
            token: text("token"),
            expires_s: expires.and_then(Value::as_f64).filter(|s| (0.0..=1e9).contains(s)),
            stream_url: text("streamUrl"),
        }
    }

    /// The same as the service says it.
    fn document(&self) -> Value {
        let fields = [
            ("conversationId", self.id.as_deref().map(Value::from)),
            ("token", self.token.as_deref().map(Value::from)),
            ("expires_in", self.expires_s.map(|s| Value::from(s as u64))),
            ("streamUrl", self.stream_url.as_deref().map(Value::from)),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}
