//! Cookies of one conversation, as RFC 6265 has them: read by the crate `cookie`, kept and
//! sent by the rules of its sections 5.3 and 5.4.

use std::net::IpAddr;
use std::str;
use std::time::SystemTime;

use cookie::Cookie;
use hyper::header::{COOKIE, HeaderValue, SET_COOKIE};
use hyper::{HeaderMap, Uri};

use super::address::Origin;

#[derive(Default)]
pub(crate) struct Cookies {
    jar: Vec<Kept>,
}

struct Kept {
    name: String,
    value: String,
    domain: String,
    /// It goes to no other host than that which set it.
    host_only: bool,
    path: String,
    secure: bool,
    ends: Option<SystemTime>,
}

impl Cookies {
    /// Takes what the reply to a request sets or removes.
    pub fn take(&mut self, origin: &Origin, asked: &Uri, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let text = str::from_utf8(header.as_bytes()).ok();
            let cookie = text.and_then(|text| Cookie::parse(text).ok());
            if let Some(kept) = cookie.and_then(|cookie| Kept::of(&cookie, origin, asked)) {
                self.keep(kept);
            }
        }
    }

    /// A cookie takes the place of the one with its name, domain and path.
    fn keep(&mut self, new: Kept) {
        let same = |k: &Kept| k.name == new.name && k.domain == new.domain && k.path == new.path;
        let place = self.jar.iter().position(same);
        match (place, new.is_over()) {
            (Some(n), true) => drop(self.jar.remove(n)),
            (Some(n), false) => self.jar[n] = new,
            (None, true) => {}
            (None, false) => self.jar.push(new),
        }
    }

    /// Adds to a request those that are for it, longer paths first.
    pub fn put(&self, origin: &Origin, asked: &Uri, headers: &mut HeaderMap) {
        let mut fit: Vec<&Kept> = self.jar.iter().filter(|k| k.fits(origin, asked)).collect();
        if fit.is_empty() {
            return;
        }
        fit.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let mut pairs: Vec<String> = Vec::new();
        // The user's own come in the same header: there may be only one.
        let own = headers.get(COOKIE).and_then(|own| own.to_str().ok());
        pairs.extend(own.map(str::to_owned));
        pairs.extend(fit.iter().map(|k| format!("{}={}", k.name, k.value)));
        if let Ok(value) = HeaderValue::from_str(&pairs.join("; ")) {
            headers.insert(COOKIE, value);
        }
    }
}

impl Kept {
    /// `None` of a cookie for another host than that which sets it.
    fn of(cookie: &Cookie<'_>, origin: &Origin, asked: &Uri) -> Option<Kept> {
        let host = origin.host.to_ascii_lowercase();
        let named = cookie.domain().map(str::to_ascii_lowercase);
        let named = named.filter(|domain| !domain.is_empty());
        let (domain, host_only) = match named {
            None => (host, true),
            Some(domain) if domain == host => (domain, false),
            // Whoever owns a name without a dot owns more than one host of it.
            Some(domain) if domain.contains('.') && is_within(&host, &domain) => (domain, false),
            Some(_) => return None,
        };
        let path = cookie.path().filter(|path| path.starts_with('/'));
        let now = SystemTime::now();
        let ends = match (cookie.max_age(), cookie.expires_datetime()) {
            (Some(age), _) if !age.is_positive() => Some(SystemTime::UNIX_EPOCH),
            // What lasts longer than times can be told lasts.
            (Some(age), _) => age.try_into().ok().and_then(|age| now.checked_add(age)),
            (None, Some(date)) => Some(SystemTime::from(date)),
            (None, None) => None,
        };
        Some(Kept {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            domain,
            host_only,
            path: path.map_or_else(|| folder(asked.path()).to_owned(), str::to_owned),
            secure: cookie.secure() == Some(true),
            ends,
        })
    }

    fn is_over(&self) -> bool {
        self.ends.is_some_and(|end| end <= SystemTime::now())
    }

    fn fits(&self, origin: &Origin, asked: &Uri) -> bool {
        let host = origin.host.to_ascii_lowercase();
        let (own, path) = (&self.path, asked.path());
        let below = path.strip_prefix(own.as_str());
        let below = below
            .is_some_and(|rest| rest.is_empty() || own.ends_with('/') || rest.starts_with('/'));
        let at_home = host == self.domain || (!self.host_only && is_within(&host, &self.domain));
        at_home && below && (origin.tls || !self.secure) && !self.is_over()
    }
}

/// Whether a host is one of a domain; addresses are of none.
fn is_within(host: &str, domain: &str) -> bool {
    let before = host.strip_suffix(domain);
    before.is_some_and(|before| before.ends_with('.')) && host.parse::<IpAddr>().is_err()
}

/// The path of a cookie that names none: that of the request up to its last slash.
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        super::super::address::Address::parse("url", url).unwrap().origin
    }

    /// What goes with a request to a URL after a reply from another has set these.
    fn sent(from: &str, set: &[&str], to: &str) -> String {
        let mut headers = HeaderMap::new();
        for text in set {
            headers.append(SET_COOKIE, text.parse().unwrap());
        }
        let mut cookies = Cookies::default();
        let uri = |url: &str| url.parse::<Uri>().unwrap();
        cookies.take(&origin(from), &uri(from), &headers);
        let mut headers = HeaderMap::new();
        cookies.put(&origin(to), &uri(to), &mut headers);
        assert!(headers.get_all(COOKIE).iter().count() <= 1);
        let cookie = headers.get(COOKIE).map(|c| c.to_str().unwrap().to_owned());
        cookie.unwrap_or_default()
    }

    const CHAT: &str = "http://bot.test/api/chat";

    #[test]
    fn what_is_over_is_removed() {
        let again = |end: &str| sent(CHAT, &["a=1", "b=2", &format!("a=; {end}")], CHAT);
        for end in [
            "Max-Age=0",
            "Max-Age=-1",
            "max-age=0; path=/api",
            "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "expires=Thu, 01-Jan-1970 00:00:01 GMT",
            "Expires=Sunday, 06-Nov-94 08:49:37 GMT",
            "Max-Age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            assert_eq!(again(end), "b=2", "{end}");
        }
        // Max-Age has the last word; what is no date says nothing.
        for end in [
            "Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "Max-Age=99999999999999999999",
            "Expires=Fri, 31 Dec 9999 23:59:59 GMT",
            "Expires=soon",
        ] {
            assert_eq!(again(end), "a=; b=2", "{end}");
        }
        // Another path is another cookie.
        assert_eq!(again("Path=/; Max-Age=0"), "a=1; b=2");
    }

    #[test]
    fn paths_are_heeded() {
        assert_eq!(sent(CHAT, &["a=1"], "http://bot.test/api/other"), "a=1");
        assert_eq!(sent(CHAT, &["a=1"], "http://bot.test/apis"), "");
        assert_eq!(sent(CHAT, &["a=1"], "http://bot.test/"), "");
        assert_eq!(sent(CHAT, &["a=1; Path=/"], "http://bot.test/x"), "a=1");
        assert_eq!(sent(CHAT, &["a=1; Path=/x/"], "http://bot.test/x/y"), "a=1");
        assert_eq!(sent(CHAT, &["a=1; Path=/x"], "http://bot.test/xy"), "");
        assert_eq!(sent(CHAT, &["a=1; Path=x"], CHAT), "a=1");
        // The longer path comes first, whatever came first.
        assert_eq!(sent(CHAT, &["a=1; Path=/", "a=2"], CHAT), "a=2; a=1");
    }

    #[test]
    fn domains_are_heeded() {
        let bot = "http://eu.bot.test/";
        for (set, here, above, beside) in [
            ("a=1", "a=1", "", ""),
            ("a=1; Domain=", "a=1", "", ""),
            ("a=1; Domain=bot.test", "a=1", "a=1", "a=1"),
            ("a=1; Domain=.BOT.test", "a=1", "a=1", "a=1"),
            ("a=1; Domain=eu.bot.test", "a=1", "", ""),
            ("a=1; Domain=us.bot.test", "", "", ""),
            ("a=1; Domain=ot.test", "", "", ""),
            ("a=1; Domain=test", "", "", ""),
        ] {
            assert_eq!(sent(bot, &[set], bot), here, "{set}");
            assert_eq!(sent(bot, &[set], "http://bot.test/"), above, "{set}");
            assert_eq!(sent(bot, &[set], "http://us.bot.test/"), beside, "{set}");
        }
        let address = "http://127.0.0.1/";
        assert_eq!(sent(address, &["a=1; Domain=0.0.1"], address), "");
        assert_eq!(sent(address, &["a=1; Domain=127.0.0.1"], address), "a=1");
    }

    #[test]
    fn a_secure_cookie_goes_over_tls_alone() {
        let tls = "https://bot.test/api/chat";
        assert_eq!(sent(tls, &["a=1; Secure", "b=2"], tls), "a=1; b=2");
        assert_eq!(sent(tls, &["a=1; Secure", "b=2"], CHAT), "b=2");
    }

    #[test]
    fn values_go_back_as_they_came() {
        assert_eq!(sent(CHAT, &["a=\"x y\"; HttpOnly"], CHAT), "a=\"x y\"");
        assert_eq!(sent(CHAT, &["a=b=c==", "no pair", "=x"], CHAT), "a=b=c==");
    }

    #[test]
    fn the_users_own_cookies_share_the_header() {
        let mut cookies = Cookies::default();
        let mut headers = HeaderMap::new();
        headers.insert(SET_COOKIE, HeaderValue::from_static("a=1"));
        let uri: Uri = CHAT.parse().unwrap();
        cookies.take(&origin(CHAT), &uri, &headers);
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("own=x"));
        cookies.put(&origin(CHAT), &uri, &mut headers);
        assert_eq!(headers.get(COOKIE).unwrap(), "own=x; a=1");
    }
}
