//! A connection that a freeze can stop, and that can be reset.

use super::counters::Counters;
use super::faults::{InjectedFault, InjectedKind};
use super::link::{Link, TOO_SLOW};
use crate::time::SimTime;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until};

/// When the server stands still.
#[derive(Debug)]
pub(crate) struct Freezes {
    /// Those of the injected faults that are freezes, and their numbers.
    list: Vec<(usize, InjectedFault)>,
    started: Instant,
    first_request: OnceLock<Instant>,
    counters: Arc<Counters>,
}

impl Freezes {
    pub(crate) fn new(faults: &[InjectedFault], started: Instant, counters: Arc<Counters>) -> Self {
        let all = faults.iter().copied().enumerate();
        let list = all.filter(|(_, fault)| matches!(fault.kind, InjectedKind::Freeze { .. }));
        Self { list: list.collect(), started, first_request: OnceLock::new(), counters }
    }

    /// A request is there: some freezes count from the first.
    pub(crate) fn request_came(&self) {
        if !self.list.is_empty() {
            self.first_request.get_or_init(Instant::now);
        }
    }

    /// The end of the freeze that holds now, if one does.
    pub(crate) fn until(&self) -> Option<Instant> {
        if self.list.is_empty() {
            return None;
        }
        let now = Instant::now();
        let mut latest = None;
        for (number, fault) in &self.list {
            let base = match fault.kind {
                InjectedKind::Freeze { after_first: true, .. } => self.first_request.get().copied(),
                _ => Some(self.started),
            };
            let after = |time: SimTime| base?.checked_add(Duration::from_micros(time.0));
            let span = after(fault.from).zip(after(fault.to));
            if let Some((_, end)) = span.filter(|(start, end)| *start <= now && now < *end) {
                self.counters.freeze_met(*number);
                latest = latest.max(Some(end));
            }
        }
        latest
    }

    /// Waits until no freeze holds.
    pub(crate) async fn pass(&self) {
        while let Some(end) = self.until() {
            sleep_until(end).await;
        }
    }
}

/// A client's connection.
pub(crate) struct Connection {
    stream: TcpStream,
    freezes: Arc<Freezes>,
    /// Wakes at the end of a freeze.
    thaw: Option<Pin<Box<Sleep>>>,
    link: Arc<Link>,
    /// Its place among all connections, free when it ends.
    _place: OwnedSemaphorePermit,
}

impl Connection {
    pub(crate) fn new(
        stream: TcpStream,
        freezes: Arc<Freezes>,
        link: Arc<Link>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { stream, freezes, thaw: None, link, _place: place }
    }

    /// Ready when no freeze holds.
    fn poll_thawed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(end) = self.freezes.until() {
            let sleep = self.thaw.get_or_insert_with(|| Box::pin(sleep_until(end)));
            ready!(sleep.as_mut().poll(cx));
            self.thaw = None;
        }
        self.thaw = None;
        Poll::Ready(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.link.is_reset() {
            // Without lingering the close is a reset; if that cannot be set it is a plain close.
            let _ = self.stream.set_zero_linger();
        } else if self.link.is_too_slow() {
            // Best effort: such a client may have gone, or may not listen.
            let _ = self.stream.try_write(TOO_SLOW);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_thawed(cx));
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.link.read(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_thawed(cx));
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_thawed(cx));
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.link.is_reset() {
            // An orderly end would come before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
