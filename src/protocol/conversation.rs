//! One customer's talk with a bot.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::client::Talk;
use crate::target::deployment::Deployment;
use crate::target::exchange::{Exchange, Session};
use crate::target::progress::{Limits, Progress};
use crate::target::{Customer, Departure, Message, Timeouts, Turn};

/// How long the end step of a template may take.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);

/// One customer's talk with a bot.
pub struct Conversation {
    deployment: Rc<Deployment>,
    customer: Customer,
    session: Session,
    talk: Box<dyn Talk>,
    departure: Rc<Departure>,
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("customer", &self.customer).finish_non_exhaustive()
    }
}

impl Conversation {
    pub(super) fn new(deployment: Rc<Deployment>, talk: Box<dyn Talk>, customer: Customer) -> Self {
        let (session, departure) = (Session::default(), Rc::default());
        Conversation { deployment, customer, session, talk, departure }
    }

    /// Whether the message that is asked now has left this machine.
    #[must_use]
    pub fn departure(&self) -> Rc<Departure> {
        Rc::clone(&self.departure)
    }

    /// Says something and waits for the reply. It never fails: every end is a class.
    ///
    /// Dropping the future midway is the customer leaving: the connection is closed
    /// (over HTTP/2 the stream is reset).
    pub async fn ask(&mut self, message: &Message) -> Turn {
        self.departure.begin();
        let mut progress = Progress {
            departure: Rc::clone(&self.departure),
            room: self.deployment.pool.memory.room(),
            ..Progress::default()
        };
        let timeouts = self.deployment.options.timeouts;
        let (talk, mut exchange) = self.exchange(Some(message), timeouts, &mut progress);
        let result = talk.ask(&mut exchange).await;
        self.deployment.conclude(result, progress)
    }

    /// Whether its end takes more than forgetting it.
    #[must_use]
    pub fn has_end(&self) -> bool {
        self.talk.has_end()
    }

    /// Listens on for a while after the last reply, for what the bot still says: it is
    /// counted ([`crate::target::StrayFacts`]). Few conversations do so at once, beside the limit of
    /// connections.
    pub async fn listen_on(&mut self) {
        // Others may need it.
        self.session.close();
        let Some(_place) = self.deployment.strays.place() else {
            return;
        };
        let timeouts = self.deployment.options.timeouts;
        let mut side = Progress::default();
        let (talk, mut exchange) = self.exchange(None, timeouts, &mut side);
        talk.listen_on(&mut exchange).await;
    }

    /// Ends the conversation: the end step of a template, the closing of a WebSocket.
    /// It takes a few seconds at most.
    pub async fn close(&mut self) {
        let mut timeouts = self.deployment.options.timeouts;
        timeouts.turn = timeouts.turn.min(CLOSES_WITHIN);
        let mut side = Progress::default();
        let (talk, mut exchange) = self.exchange(None, timeouts, &mut side);
        talk.close(&mut exchange).await;
        self.session.close();
    }

    /// The talk, and what it needs from now on.
    fn exchange<'a>(
        &'a mut self,
        message: Option<&'a Message>,
        timeouts: Timeouts,
        progress: &'a mut Progress,
    ) -> (&'a mut dyn Talk, Exchange<'a>) {
        let exchange = Exchange {
            deployment: &self.deployment,
            session: &mut self.session,
            customer: &self.customer,
            message,
            limits: Limits::new(timeouts),
            progress,
        };
        (&mut *self.talk, exchange)
    }
}
