//! One request and its reply.

use std::error::Error as _;
use std::io::{self, Write as _};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use flate2::write::MultiGzDecoder;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_ENCODING, LOCATION, RETRY_AFTER};
use hyper::http::response::Parts;
use hyper::{HeaderMap, StatusCode};
use serde_json::Value;

use super::address::Origin;
use super::body::Body;
use super::cookies::Cookies;
use super::counts::Counters;
use super::http2;
use super::json::error_message;
use super::pool::{Lease, Outgoing, Pool, Sender};
use super::progress::{Failure, Limits, Progress, Wait};
use super::room::{REPLY_BYTES, Room, too_long};
use super::tls;
use crate::domain::TurnClass;

/// Compressed bytes that are decoded at once: deflate makes at most 1032 times as many of
/// them (zlib, technical details), and no more than one reply may be too long by.
const GZIP_BYTES: usize = 1 << 10;
/// How often a request is sent again that the bot did not process.
const RESENDS: u32 = 3;

/// What a conversation keeps between its requests.
#[derive(Default)]
pub(crate) struct Session {
    held: Option<Lease>,
    cookies: Cookies,
    /// What the conversation remembers of replies.
    remembered: Room,
}

/// A reply whose head is there.
pub(crate) struct Answer {
    pub headers: HeaderMap,
    status: StatusCode,
    body: Body,
    lease: Lease,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    received: usize,
    ended: bool,
    sent: Instant,
    /// The bot closes the connection then, by its own words.
    good_until: Option<Instant>,
}

impl Session {
    /// Sends a request and waits for the head of a reply with status 200 to 299.
    ///
    /// # Errors
    /// No connection, no reply, or a reply with another status.
    pub async fn send(
        &mut self,
        pool: &Pool,
        origin: &Origin,
        request: Outgoing,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Answer, Failure> {
        let answer = self.answer(pool, origin, request, limits, progress).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let status = answer.status;
        let (headers, body) = Box::pin(self.read(pool, answer, limits, progress)).await?;
        progress.retry_after_s = retry_after(&headers);
        Err(bad_status(status, &headers, &body))
    }

    /// Sends a request and reads the whole reply.
    pub async fn fetch(
        &mut self,
        pool: &Pool,
        origin: &Origin,
        request: Outgoing,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(HeaderMap, Bytes), Failure> {
        let answer = self.send(pool, origin, request, limits, progress).await?;
        self.read(pool, answer, limits, progress).await
    }

    /// Reads what is left of a reply.
    pub async fn read(
        &mut self,
        pool: &Pool,
        mut answer: Answer,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<(HeaderMap, Bytes), Failure> {
        let mut room = pool.memory.room();
        let mut whole = Vec::new();
        let mut only = Bytes::new();
        while let Some(bytes) = answer.next(limits, progress).await? {
            if only.is_empty() && whole.is_empty() {
                room.set(bytes.len())?;
                only = bytes;
                continue;
            }
            if whole.is_empty() {
                whole.extend_from_slice(&only);
            }
            whole.extend_from_slice(&bytes);
            room.set(whole.len())?;
        }
        let headers = std::mem::take(&mut answer.headers);
        self.finish(pool, answer);
        Ok((headers, if whole.is_empty() { only } else { whole.into() }))
    }

    /// Keeps the connection of a reply that was read to its end; closes it otherwise.
    pub fn finish(&mut self, pool: &Pool, answer: Answer) {
        if answer.ended {
            pool.give_back(answer.lease, answer.good_until, &mut self.held);
        }
    }

    /// Makes room for what the conversation keeps of a reply for its later requests.
    ///
    /// # Errors
    /// There is none.
    pub fn remember(&mut self, pool: &Pool, text: &str) -> Result<(), Failure> {
        if self.remembered.bytes() == 0 {
            self.remembered = pool.memory.room();
        }
        self.remembered.add(text.len())
    }

    /// Closes what is held.
    pub fn close(&mut self) {
        self.held = None;
    }

    async fn answer(
        &mut self,
        pool: &Pool,
        origin: &Origin,
        mut request: Outgoing,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Answer, Failure> {
        let asked = request.uri().clone();
        self.cookies.put(origin, &asked, request.headers_mut());
        let held = self.held.take();
        let mut lease = pool.lease(held, origin, limits, progress).await?;
        let mut left = RESENDS;
        let (head, body, sent) = loop {
            // A connection that is new and has one exchange breaks for nobody else's sake.
            let spare = (lease.h2 || !lease.fresh).then(|| request.clone());
            let sent = Instant::now();
            let reply = exchange(&lease, request, limits, sent, progress).await;
            let unanswered = match reply {
                Ok((head, body)) => break (head, body, sent),
                Err(unanswered) => unanswered,
            };
            let spare = spare.filter(|_| unanswered.unsent && left > 0);
            let Some(again) = spare else {
                unanswered.count(pool);
                return Err(unanswered.failure);
            };
            (left, request) = (left - 1, again);
            if progress.departure.has_left() {
                Counters::up(&pool.counters.resent);
            }
            progress.departure.begin();
            let shared = lease.h2;
            drop(lease); // its place may be the only one
            lease = match shared {
                true => Box::pin(pool.lease(None, origin, limits, progress)).await?,
                false => Box::pin(pool.fresh(origin, limits, progress)).await?,
            };
        };
        progress.headers.get_or_insert_with(Instant::now);
        progress.status = Some(head.status.as_u16());
        self.cookies.take(origin, &asked, &head.headers);
        Ok(Answer {
            gzip: decoder(&head.headers)?,
            good_until: keep_alive(&head.headers).map(|time| Instant::now() + time),
            headers: head.headers,
            status: head.status,
            body,
            lease,
            received: 0,
            ended: false,
            sent,
        })
    }
}

/// No head of a reply came.
struct Unanswered {
    failure: Failure,
    /// The bot has not acted on it, so it may be sent again.
    unsent: bool,
    /// A connection that had served before broke, before a byte of the reply.
    kept: bool,
}

impl Unanswered {
    fn count(&self, pool: &Pool) {
        if self.kept {
            Counters::up(&pool.counters.lost_when_reused);
        }
    }
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Unanswered { failure, unsent: false, kept: false }
    }
}

async fn exchange(
    lease: &Lease,
    request: Outgoing,
    limits: &Limits,
    sent: Instant,
    progress: &mut Progress,
) -> Result<(Parts, Body), Unanswered> {
    if lease.h2 {
        stream(lease, request, limits, sent, progress).await
    } else {
        alone(lease, request, limits, sent, progress).await
    }
}

/// An exchange that has its connection for itself.
async fn alone(
    lease: &Lease,
    request: Outgoing,
    limits: &Limits,
    sent: Instant,
    progress: &mut Progress,
) -> Result<(Parts, Body), Unanswered> {
    let (reply, clock) = {
        let mut link = lease.link.borrow_mut();
        let clock = Arc::clone(&link.clock);
        link.counters.addresses.asked(link.address);
        let Sender::H1(sender) = &mut link.sender else {
            return Err(Failure::protocol("the connection is of another HTTP").into());
        };
        (sender.try_send_request(request.map(Full::new)), clock)
    };
    let (before, received) = (clock.bytes(), clock.received());
    progress.departure.watch(&clock);
    let reply = limits.wait(Wait::FirstEvent, sent, pin!(reply)).await;
    let wrote = clock.bytes() > before;
    if wrote {
        progress.written.get_or_insert(clock.last());
    }
    match reply? {
        Ok(response) => Ok(Body::of_h1(response)),
        Err(mut error) => {
            let unsent = error.take_message().is_some() || !wrote;
            let mut failure = broken(&error.into_error());
            let silent = clock.received() == received;
            let kept = !lease.fresh && silent && failure.class == TurnClass::Reset;
            if kept {
                failure.problem.push_str(KEPT);
            }
            Err(Unanswered { failure, unsent, kept })
        }
    }
}

/// What is to be known of a connection that broke before a byte of the reply.
const KEPT: &str =
    ", on a connection that had been kept open: the bot may have closed it because it was idle";

/// An exchange that shares its connection.
async fn stream(
    lease: &Lease,
    request: Outgoing,
    limits: &Limits,
    sent: Instant,
    progress: &mut Progress,
) -> Result<(Parts, Body), Unanswered> {
    let begun = {
        let link = lease.link.borrow();
        let Sender::H2(sender) = &link.sender else {
            return Err(Failure::protocol("the connection is of another HTTP").into());
        };
        progress.departure.watch(&link.clock);
        http2::send(sender, *request, &link.origin).inspect(|_| {
            link.counters.addresses.asked(link.address);
        })
    };
    let unanswered = |error: h2::Error, unsent| Unanswered {
        failure: http2::broken(&error),
        unsent,
        kept: false,
    };
    let reply = begun.map_err(|error| unanswered(error, true))?;
    progress.written.get_or_insert_with(Instant::now);
    let reply = limits.wait(Wait::FirstEvent, sent, pin!(reply)).await?;
    reply.map(Body::of_h2).map_err(|error| {
        let unsent = http2::not_processed(&error);
        unanswered(error, unsent)
    })
}

impl Answer {
    /// Before a reply that comes in parts: headers are parts of the connection's buffer,
    /// which would be held beside the next one, 8 KiB, for as long as the bot speaks.
    pub fn forget_headers(&mut self) {
        self.headers = HeaderMap::new();
    }

    /// The next bytes of the body, decoded; `None` at its end.
    ///
    /// # Errors
    /// The connection broke, the body is not what it says, or a limit passed.
    pub async fn next(
        &mut self,
        limits: &Limits,
        progress: &mut Progress,
    ) -> Result<Option<Bytes>, Failure> {
        loop {
            let (wait, since) = match progress.begun {
                true => (Wait::NextEvent, Instant::now()),
                false => (Wait::FirstEvent, self.sent),
            };
            let data = limits.wait(wait, since, pin!(self.body.data())).await?;
            let Some(data) = data? else {
                self.ended = true;
                return Ok(None);
            };
            let data = self.decode(data)?;
            if !data.is_empty() {
                progress.begun = true;
                self.received += data.len();
                if self.received > REPLY_BYTES {
                    return Err(too_long());
                }
                return Ok(Some(data));
            }
        }
    }

    fn decode(&mut self, data: Bytes) -> Result<Bytes, Failure> {
        let Some(gzip) = &mut self.gzip else {
            return Ok(data);
        };
        for part in data.chunks(GZIP_BYTES) {
            gzip.write_all(part)
                .and_then(|()| gzip.flush())
                .map_err(|error| Failure::protocol(format!("the reply is not gzip: {error}")))?;
            if self.received + gzip.get_ref().len() > REPLY_BYTES {
                return Err(too_long());
            }
        }
        Ok(std::mem::take(gzip.get_mut()).into())
    }
}

fn decoder(headers: &HeaderMap) -> Result<Option<MultiGzDecoder<Vec<u8>>>, Failure> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else {
        return Ok(None);
    };
    match encoding.as_bytes() {
        b"gzip" | b"x-gzip" => Ok(Some(MultiGzDecoder::new(Vec::new()))),
        b"identity" | b"" => Ok(None),
        other => Err(Failure::protocol(format!(
            "the reply is encoded as {}, which was not asked for",
            String::from_utf8_lossy(other)
        ))),
    }
}

/// How long the bot keeps the connection, by `Keep-Alive: timeout=5`, less a second: a
/// request that crosses the closing on its way would look like a failure of the bot.
fn keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    let seconds = value
        .split(',')
        .find_map(|part| part.trim().strip_prefix("timeout="))?
        .parse::<u64>()
        .ok()?;
    Some(Duration::from_secs(seconds.min(86_400)).saturating_sub(Duration::from_secs(1)))
}

/// What a broken exchange was.
pub(crate) fn broken(error: &hyper::Error) -> Failure {
    if error.is_parse() {
        return Failure::protocol(format!("the reply is not HTTP: {}", causes(error)));
    }
    let mut source = error.source();
    while let Some(cause) = source {
        let broke = cause.downcast_ref::<io::Error>();
        if let Some(refusal) = broke.and_then(tls::refusal) {
            return refusal;
        }
        // Bodies that end early and chunks that are none come as these.
        let kind = broke.map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) {
            return Failure::protocol(format!("the reply is not HTTP: {}", causes(error)));
        }
        source = cause.source();
    }
    Failure::new(
        TurnClass::Reset,
        format!("the connection broke before the reply was complete: {}", causes(error)),
    )
}

fn causes(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// What a status means that is not 200 to 299.
pub(crate) fn bad_status(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let class = match status.as_u16() {
        429 => TurnClass::RateLimited,
        503 if says_loading(body) => TurnClass::NotReady,
        500.. => TurnClass::Http5xx,
        400.. => TurnClass::Http4xx,
        _ => TurnClass::Protocol,
    };
    let mut problem = format!("HTTP {status}");
    if status.is_redirection() {
        let to = headers.get(LOCATION).map_or(&b"nowhere"[..], |l| l.as_bytes());
        problem = format!(
            "{problem}: redirected to {}, which is not followed; give that URL instead",
            String::from_utf8_lossy(to)
        );
    } else if !body.is_empty() {
        let words = serde_json::from_slice::<Value>(body).map_or_else(
            |_| String::from_utf8_lossy(body).into_owned(),
            |document| error_message(&document),
        );
        problem = format!("{problem}: {}", words.trim());
    }
    Failure::new(class, problem)
}

/// Whether the body of a 503 says that the bot is on its way up, as llama.cpp's does.
fn says_loading(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    text.contains("loading") || text.contains("unavailable_error")
}

/// Seconds of `Retry-After`, which holds seconds or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<f64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then_some(seconds);
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let date = SystemTime::from(date.timestamp());
    let ahead = date.duration_since(SystemTime::now()).unwrap_or_default();
    Some(ahead.as_secs_f64())
}
