//! One request and its reply.

use std::collections::BTreeMap;
use std::io::Write as _;
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

use super::body::{Body, broken};
use super::cookies::Cookies;
use super::deployment::Deployment;
use super::failure::Failure;
use super::http2;
use super::json::error_message;
use super::link::Sender;
use super::pool::{Lease, Outgoing, Reach};
use super::progress::{Limits, Progress, Wait};
use super::request::Draft;
use super::room::{REPLY_BYTES, Room, too_long};
use super::template::Scene;
use super::{Customer, Message};
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
    /// Closes what is held.
    pub fn close(&mut self) {
        self.held = None;
    }
}

/// Whom a turn goes to, for whom, how long it may take and how far it is.
pub(crate) struct Exchange<'a> {
    pub deployment: &'a Deployment,
    pub session: &'a mut Session,
    pub customer: &'a Customer,
    /// What the customer says; nothing where it is no turn.
    pub message: Option<&'a Message>,
    pub limits: Limits,
    pub progress: &'a mut Progress,
}

impl<'a> Exchange<'a> {
    /// What the customer says.
    pub fn text(&self) -> &'a str {
        self.message.map_or("", |message| &message.text)
    }

    /// What the templates of a conversation are filled from.
    pub fn scene<'b>(&self, history: &'b [Value], vars: &'b BTreeMap<String, Value>) -> Scene<'b>
    where
        'a: 'b,
    {
        Scene { customer: self.customer, message: self.message, history, vars, shown: false }
    }

    /// The same for a step besides the message's own request, with a progress of its own.
    pub fn step<'b>(&'b mut self, progress: &'b mut Progress) -> Exchange<'b> {
        Exchange { session: self.session, progress, ..*self }
    }

    /// Takes a step besides the message's own request: its times and connections are counted
    /// apart.
    pub async fn aside<T>(
        &mut self,
        step: impl AsyncFnOnce(&mut Exchange<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut side = Progress::default();
        let result = step(&mut self.step(&mut side)).await;
        self.progress.absorb_step(&side, result.is_err());
        result
    }

    /// Sends a request and waits for the head of a reply with status 200 to 299.
    ///
    /// # Errors
    /// No connection, no reply, or a reply with another status.
    pub async fn send(&mut self, draft: Draft) -> Result<Answer, Failure> {
        let answer = self.answer(draft.request()).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let status = answer.status;
        let (headers, body) = Box::pin(self.read(answer)).await?;
        self.progress.retry_after_s = retry_after(&headers);
        Err(bad_status(status, &headers, &body))
    }

    /// Sends a request and reads the whole reply.
    pub async fn fetch(&mut self, draft: Draft) -> Result<(HeaderMap, Bytes), Failure> {
        let answer = self.send(draft).await?;
        self.read(answer).await
    }

    /// Reads what is left of a reply.
    pub async fn read(&mut self, mut answer: Answer) -> Result<(HeaderMap, Bytes), Failure> {
        let mut room = self.deployment.pool.memory.room();
        let mut whole = Vec::new();
        let mut only = Bytes::new();
        while let Some(bytes) = self.next(&mut answer).await? {
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
        self.finish(answer);
        Ok((headers, if whole.is_empty() { only } else { whole.into() }))
    }

    /// The next bytes of a reply, decoded; `None` at its end.
    ///
    /// # Errors
    /// The connection broke, the body is not what it says, or a limit passed.
    pub async fn next(&mut self, answer: &mut Answer) -> Result<Option<Bytes>, Failure> {
        loop {
            let (wait, since) = match self.progress.begun {
                true => (Wait::NextEvent, Instant::now()),
                false => (Wait::FirstEvent, answer.sent),
            };
            let data = self.limits.wait(wait, since, pin!(answer.body.data())).await?;
            let Some(data) = data? else {
                answer.ended = true;
                return Ok(None);
            };
            let data = answer.decode(data)?;
            if !data.is_empty() {
                self.progress.begun = true;
                answer.received += data.len();
                if answer.received > REPLY_BYTES {
                    return Err(too_long());
                }
                return Ok(Some(data));
            }
        }
    }

    /// Keeps the connection of a reply that was read to its end; closes it otherwise.
    pub fn finish(&mut self, answer: Answer) {
        if answer.ended {
            let held = &mut self.session.held;
            self.deployment.pool.give_back(answer.lease, answer.good_until, held);
        }
    }

    /// What the reply says, if anything, with room for it made: the conversation keeps it.
    pub fn remembered(&mut self) -> Result<Option<&str>, Failure> {
        let (text, room) = (&self.progress.reply.text, &mut self.session.remembered);
        if text.is_empty() {
            return Ok(None);
        }
        if room.bytes() == 0 {
            *room = self.deployment.pool.memory.room();
        }
        room.add(text.len())?;
        Ok(Some(text))
    }

    /// Where its connections lead.
    fn reach(&mut self) -> Reach<'_> {
        let origin = &self.deployment.address.origin;
        Reach { origin, limits: self.limits, progress: self.progress }
    }

    async fn answer(&mut self, mut request: Outgoing) -> Result<Answer, Failure> {
        let Deployment { pool, address, .. } = self.deployment;
        let asked = request.uri().clone();
        self.session.cookies.put(&address.origin, &asked, request.headers_mut());
        let held = self.session.held.take();
        let mut lease = pool.lease(held, &mut self.reach()).await?;
        let mut left = RESENDS;
        let (head, body, sent) = loop {
            // A connection that is new and has one exchange breaks for nobody else's sake.
            let spare = (lease.h2 || !lease.fresh).then(|| request.clone());
            let sent = Instant::now();
            let reply = match lease.h2 {
                true => self.stream(&lease, request, sent).await,
                false => self.alone(&lease, request, sent).await,
            };
            let unanswered = match reply {
                Ok((head, body)) => break (head, body, sent),
                Err(unanswered) => unanswered,
            };
            let spare = spare.filter(|_| unanswered.unsent && left > 0);
            let Some(again) = spare else {
                if unanswered.kept {
                    pool.counters.up(|facts| &mut facts.lost_when_reused);
                }
                return Err(unanswered.failure);
            };
            (left, request) = (left - 1, again);
            if self.progress.departure.has_left() {
                pool.counters.up(|facts| &mut facts.resent);
            }
            self.progress.departure.begin();
            let shared = lease.h2;
            drop(lease); // its place may be the only one
            lease = match shared {
                true => Box::pin(pool.lease(None, &mut self.reach())).await?,
                false => Box::pin(pool.fresh(&mut self.reach())).await?,
            };
        };
        self.progress.headers.get_or_insert_with(Instant::now);
        self.progress.status = Some(head.status.as_u16());
        self.session.cookies.take(&address.origin, &asked, &head.headers);
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

    /// An exchange that has its connection for itself.
    async fn alone(
        &mut self,
        lease: &Lease,
        request: Outgoing,
        sent: Instant,
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
        self.progress.departure.watch(&clock);
        let reply = self.limits.wait(Wait::FirstEvent, sent, pin!(reply)).await;
        let wrote = clock.bytes() > before;
        if wrote {
            self.progress.written.get_or_insert(clock.last());
        }
        let mut error = match reply? {
            Ok(response) => return Ok(Body::of(response, Body::H1)),
            Err(error) => error,
        };
        let unsent = error.take_message().is_some() || !wrote;
        let mut failure = broken(&error.into_error());
        let silent = clock.received() == received;
        let kept = !lease.fresh && silent && failure.class == TurnClass::Reset;
        if kept {
            failure.problem.push_str(KEPT);
        }
        Err(Unanswered { failure, unsent, kept })
    }

    /// An exchange that shares its connection.
    async fn stream(
        &mut self,
        lease: &Lease,
        request: Outgoing,
        sent: Instant,
    ) -> Result<(Parts, Body), Unanswered> {
        let begun = {
            let link = lease.link.borrow();
            let Sender::H2(sender) = &link.sender else {
                return Err(Failure::protocol("the connection is of another HTTP").into());
            };
            self.progress.departure.watch(&link.clock);
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
        self.progress.written.get_or_insert_with(Instant::now);
        let reply = self.limits.wait(Wait::FirstEvent, sent, pin!(reply)).await?;
        reply.map(|reply| Body::of(reply, Body::H2)).map_err(|error| {
            let unsent = http2::not_processed(&error);
            unanswered(error, unsent)
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

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Unanswered { failure, unsent: false, kept: false }
    }
}

/// What is to be known of a connection that broke before a byte of the reply.
const KEPT: &str =
    ", on a connection that had been kept open: the bot may have closed it because it was idle";

impl Answer {
    /// Before a reply that comes in parts: headers are parts of the connection's buffer,
    /// which would be held beside the next one, 8 KiB, for as long as the bot speaks.
    pub fn forget_headers(&mut self) {
        self.headers = HeaderMap::new();
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
