//! Where requests go.

use hyper::Uri;
use hyper::http::uri::Scheme;
use std::net::IpAddr;

use super::options::TargetError;

/// A host that is connected to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    pub port: u16,
}

impl Origin {
    /// A stand-in where there is no address.
    pub fn nowhere() -> Self {
        Origin { tls: false, host: String::new(), port: 0 }
    }

    /// The `Host` of requests: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match (self.tls, self.port) {
            (false, 80) | (true, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    pub fn http(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    pub fn websocket(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}", self.authority())
    }

    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }
}

/// An origin, and a path with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub origin: Origin,
    /// Path without a slash at its end: empty or `/...`.
    pub path: String,
    /// Query without its question mark.
    pub query: Option<String>,
}

impl Address {
    /// # Errors
    /// What is no absolute `http`, `https`, `ws` or `wss` URL.
    pub fn parse(place: &str, text: &str) -> Result<Address, TargetError> {
        let wrong = |problem: String| {
            TargetError::new(place, problem, "write it like https://bot.example.com/path")
        };
        let uri: Uri =
            text.parse().map_err(|error| wrong(format!("`{text}` is not a URL ({error})")))?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(wrong(format!("`{text}` has no scheme or no host")));
        };
        let tls = if *scheme == Scheme::HTTP || scheme.as_str() == "ws" {
            false
        } else if *scheme == Scheme::HTTPS || scheme.as_str() == "wss" {
            true
        } else {
            return Err(wrong(format!("`{scheme}` is not a scheme for bots")));
        };
        if authority.as_str().contains('@') {
            return Err(TargetError::new(
                place,
                "the URL holds a user or a password",
                "give it as a header: authorization with ${env:NAME}",
            ));
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = match (authority.port_u16(), authority.as_str().rsplit_once(':')) {
            (Some(port), _) if port > 0 => port,
            // A colon within brackets is part of an address.
            (_, Some((_, after))) if !after.is_empty() && !after.contains(']') => {
                return Err(wrong(format!("`{after}` is no port: ports are 1 to 65535")));
            }
            _ if tls => 443,
            _ => 80,
        };
        Ok(Address {
            origin: Origin { tls, host, port },
            path: uri.path().trim_end_matches('/').to_owned(),
            query: uri.query().map(str::to_owned),
        })
    }

    /// The path of a request below this address, with the address's own query.
    pub fn below(&self, path: &str) -> String {
        self.with_query(format!("{}{path}", self.path))
    }

    /// A path of this host, with the address's own query.
    pub fn with_query(&self, path: String) -> String {
        let path = if path.is_empty() { "/".into() } else { path };
        match &self.query {
            Some(query) => {
                let joint = if path.contains('?') { '&' } else { '?' };
                format!("{path}{joint}{query}")
            }
            None => path,
        }
    }
}
