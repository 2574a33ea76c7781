//! What the client of a protocol is, and what a turn has at hand.

use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::{HeaderMap, Uri};

use crate::target::address::Address;
use crate::target::callback::Callbacks;
use crate::target::deployment::Deployment;
use crate::target::exchange::{Answer, Session};
use crate::target::progress::{Failure, Limits, Progress, Wait};
use crate::target::request::Draft;
use crate::target::secret::Vault;
use crate::target::template::Scene;
use crate::target::{Customer, Message, Reuse, TargetError, TargetOptions};

/// The client of a protocol: what all conversations with a deployment share.
pub(super) trait Client: Sized {
    /// What is remembered of a conversation.
    type Talk: Default;

    /// What becomes of connections where the user does not say.
    const REUSE: Reuse = Reuse::Pooled;
    /// Whether templates tell how to talk.
    const TAKES_TEMPLATE: bool = false;

    /// # Errors
    /// Everything that is wrong with the options for this protocol.
    fn new(
        options: &TargetOptions,
        address: &Address,
        vault: &mut Vault<'_>,
    ) -> Result<Self, Vec<TargetError>>;

    /// The requests of a first turn as text.
    fn show(&self, deployment: &Deployment, scene: &Scene<'_>, message: &Message) -> Vec<String>;

    /// Where to ask whether the bot is up, if not at the deployment's own address.
    fn health(&self) -> Option<&Uri> {
        None
    }

    /// The quiet that ends a reply, where nothing else does.
    fn settle(&self, _usual: Duration) -> Option<Duration> {
        None
    }

    /// Where the bot posts its replies, if it does.
    fn callbacks(&self) -> Option<&Callbacks> {
        None
    }

    /// Says something and takes in the reply. The larger futures of it are boxed: they
    /// would be room that every turn takes.
    async fn ask(
        &self,
        talk: &mut Self::Talk,
        message: &Message,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Failure>;

    /// Whether the end of a conversation takes more than forgetting it.
    fn has_end(_talk: &Self::Talk) -> bool {
        false
    }

    /// Counts what the bot still says for a while after the last reply.
    async fn listen_on(&self, _talk: &mut Self::Talk, _exchange: &mut Exchange<'_>) {}

    /// Ends the conversation.
    async fn close(&self, _talk: &mut Self::Talk, _exchange: &mut Exchange<'_>) {}
}

/// Whom a turn goes to, for whom, how long it may take and how far it is.
pub(super) struct Exchange<'a> {
    pub deployment: &'a Deployment,
    pub session: &'a mut Session,
    pub customer: &'a Customer,
    pub limits: Limits,
    pub progress: &'a mut Progress,
}

impl Exchange<'_> {
    /// A step besides the message's own request: its times and connections are counted apart.
    pub fn step<'b>(&'b mut self, side: &'b mut Progress) -> Exchange<'b> {
        Exchange {
            deployment: self.deployment,
            session: self.session,
            customer: self.customer,
            limits: self.limits,
            progress: side,
        }
    }

    /// Sends a request and waits for the head of a reply with status 200 to 299.
    pub async fn send(&mut self, draft: Draft) -> Result<Answer, Failure> {
        let Deployment { pool, address, .. } = self.deployment;
        let (limits, request) = (&self.limits, draft.request());
        self.session.send(pool, &address.origin, request, limits, self.progress).await
    }

    /// Sends a request and reads the whole reply.
    pub async fn fetch(&mut self, draft: Draft) -> Result<(HeaderMap, Bytes), Failure> {
        let Deployment { pool, address, .. } = self.deployment;
        let (limits, request) = (&self.limits, draft.request());
        self.session.fetch(pool, &address.origin, request, limits, self.progress).await
    }

    /// The next bytes of a reply; `None` at its end.
    pub async fn next(&mut self, answer: &mut Answer) -> Result<Option<Bytes>, Failure> {
        answer.next(&self.limits, self.progress).await
    }

    /// What is left of a reply.
    pub async fn read(&mut self, answer: Answer) -> Result<Bytes, Failure> {
        let (pool, limits) = (&self.deployment.pool, &self.limits);
        Ok(self.session.read(pool, answer, limits, self.progress).await?.1)
    }

    /// Keeps the connection of a reply that was read to its end; closes it otherwise.
    pub fn finish(&mut self, answer: Answer) {
        self.session.finish(&self.deployment.pool, answer);
    }

    /// What the reply says, if anything, with room for it made: the conversation keeps it.
    pub fn remembered(&mut self) -> Result<Option<&str>, Failure> {
        let text = &self.progress.reply.text;
        if text.is_empty() {
            return Ok(None);
        }
        self.session.remember(&self.deployment.pool, text)?;
        Ok(Some(text))
    }

    /// Waits until the limit of the step or of the turn, whichever is sooner.
    pub async fn wait<T>(
        &self,
        what: Wait,
        since: Instant,
        future: impl Future<Output = T> + Unpin,
    ) -> Result<T, Failure> {
        self.limits.wait(what, since, future).await
    }
}
