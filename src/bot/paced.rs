//! A body whose parts are sent at their moments.

use super::link::InService;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// From the last part of a body that is cut to the end of its connection.
const BEFORE_CUT: Duration = Duration::from_millis(1);

/// A body in parts.
pub(crate) struct Paced {
    parts: VecDeque<(Duration, Bytes)>,
    /// What the moments of the parts count from.
    start: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
    /// Bytes still to come, where the head says how many.
    declared: Option<u64>,
    /// Whether the connection is broken after the parts.
    cut: bool,
    /// The request that it answers, until all of it is out.
    answers: Option<InService>,
}

/// The body was cut on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the answer is cut here on purpose")]
pub(crate) struct Cut;

impl Paced {
    /// A body that is there at once.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        let declared = Some(bytes.len() as u64);
        Self { declared, ..Self::stream(VecDeque::from([(Duration::ZERO, bytes)])) }
    }

    /// A body whose parts come at moments from now.
    pub(crate) fn stream(parts: VecDeque<(Duration, Bytes)>) -> Self {
        Self {
            parts,
            start: Instant::now(),
            sleep: None,
            declared: None,
            cut: false,
            answers: None,
        }
    }

    /// Until it is out, a request is being answered.
    pub(crate) fn answering(mut self, request: InService) -> Self {
        self.answers = Some(request);
        self
    }

    /// Half of it, and then the connection breaks.
    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        if self.parts.len() > 1 {
            let half = self.parts.len() / 2;
            self.parts.truncate(half);
        } else if let Some((_, bytes)) = self.parts.front_mut() {
            let half = bytes.len() / 2;
            bytes.truncate(half);
        }
        self
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let Some((after, _)) = self.parts.front() else {
            if !self.cut {
                return Poll::Ready(None);
            }
            // What was given so far goes out while this waits: an error drops what is buffered.
            let pause = || Box::pin(sleep(BEFORE_CUT));
            let sleep = self.sleep.get_or_insert_with(pause);
            ready!(sleep.as_mut().poll(cx));
            return Poll::Ready(Some(Err(Cut)));
        };
        if !after.is_zero() {
            let due = self.start + *after;
            if self.sleep.is_some() || Instant::now() < due {
                let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
                ready!(sleep.as_mut().poll(cx));
                self.sleep = None;
            }
        }
        let Some((_, bytes)) = self.parts.pop_front() else {
            return Poll::Ready(None);
        };
        if let Some(left) = &mut self.declared {
            *left = left.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        self.declared.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
