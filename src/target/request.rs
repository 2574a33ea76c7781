//! Requests, and how they are shown.

use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::{HeaderMap, Method, Request, Uri};

use super::address::Origin;
use super::options::{TargetError, TargetOptions};
use super::pool::Outgoing;
use super::secret::Vault;

pub(crate) const JSON: &str = "application/json";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// Headers whose values are shown to nobody.
const HIDDEN: [&str; 6] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "api-key",
    "ocp-apim-subscription-key",
];

/// A request before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Draft {
    /// A request with the headers that all have.
    pub fn new(method: Method, uri: Uri, common: &HeaderMap) -> Self {
        Draft { method, uri, headers: common.clone(), body: Bytes::new() }
    }

    pub fn body(mut self, kind: &'static str, body: impl Into<Bytes>) -> Self {
        let kind = HeaderValue::from_static(kind);
        self.headers.entry(CONTENT_TYPE).or_insert(kind);
        self.body = body.into();
        self
    }

    /// Replaces the authorization that all have.
    pub fn bearer(mut self, token: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) {
            self.headers.insert(AUTHORIZATION, value);
        }
        self
    }

    pub fn request(self) -> Outgoing {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        Box::new(request)
    }

    /// The request as text, without what identifies its sender.
    pub fn show(&self, origin: &Origin) -> String {
        // Names of variables that are not known yet stand in braces.
        let path = self.uri.to_string().replace("%7B", "{").replace("%7D", "}");
        let mut text = format!("{} {}{path}\n", self.method, origin.http());
        for (name, value) in &self.headers {
            let hidden = HIDDEN.contains(&name.as_str());
            let value = match value.to_str() {
                _ if hidden && value.as_bytes().starts_with(b"Bearer ") => "Bearer ***",
                Ok(value) if !hidden => value,
                _ => "***",
            };
            text.push_str(&format!("{name}: {value}\n"));
        }
        if !self.body.is_empty() {
            let body = String::from_utf8_lossy(&self.body);
            text.push_str(&format!("\n{}\n", body.trim_end()));
        }
        text
    }
}

/// A text as a string of JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default() // a text always is one
}

/// A path as an address within its host.
pub(crate) fn uri(place: &str, path: &str) -> Result<Uri, TargetError> {
    path.parse::<Uri>().map_err(|error| {
        TargetError::new(
            place,
            format!("`{path}` is not a path ({error})"),
            "write it like /api/chat",
        )
    })
}

/// The headers that all requests have.
pub(crate) fn common_headers(
    options: &TargetOptions,
    origin: &Origin,
    vault: &mut Vault<'_>,
    problems: &mut Vec<TargetError>,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(host) = HeaderValue::from_str(&origin.authority()) {
        headers.insert(HOST, host);
    }
    let agent = concat!("convoq/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    if let Some(bearer) = &options.bearer {
        match vault.resolve("bearer", bearer) {
            Ok(token) => {
                vault.secrets.keep(&token);
                match HeaderValue::from_str(&format!("Bearer {token}")) {
                    Ok(value) => drop(headers.insert(AUTHORIZATION, value)),
                    Err(_) => problems.push(not_a_header("bearer")),
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    for (name, value) in &options.headers {
        match header(&format!("header {name}"), name, value, vault) {
            Ok((name, value)) => drop(headers.insert(name, value)),
            Err(problem) => problems.push(problem),
        }
    }
    headers
}

fn header(
    place: &str,
    name: &str,
    value: &str,
    vault: &mut Vault<'_>,
) -> Result<(HeaderName, HeaderValue), TargetError> {
    let value = vault.resolve(place, value)?;
    let name = header_name(place, name)?;
    let mut value = HeaderValue::from_str(&value).map_err(|_| not_a_header(place))?;
    if HIDDEN.contains(&name.as_str()) {
        value.set_sensitive(true);
    }
    Ok((name, value))
}

/// The name of a header.
pub(crate) fn header_name(place: &str, name: &str) -> Result<HeaderName, TargetError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let help = "use letters, digits and hyphens";
        TargetError::new(place, "this is not the name of a header", help)
    })
}

fn not_a_header(place: &str) -> TargetError {
    TargetError::new(
        place,
        "the value cannot be a header",
        "take out line breaks and control characters",
    )
}
