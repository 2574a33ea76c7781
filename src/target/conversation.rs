//! One customer's talk with a bot.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::connection::Departure;
use super::deployment::{Deployment, Plan};
use super::exchange::Session;
use super::progress::{Failure, Limits, Progress};
use super::{Customer, Message, Turn};
use super::{directline, http, openai, websocket};

/// How long the end step of a template may take.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);

/// One customer's talk with a bot.
pub struct Conversation {
    deployment: Rc<Deployment>,
    customer: Customer,
    session: Session,
    talk: Talk,
    departure: Rc<Departure>,
}

/// What a protocol remembers of a conversation.
enum Talk {
    Openai(openai::Talk),
    Rasa,
    Directline(directline::Talk),
    Websocket(websocket::Talk),
    Http(http::Talk),
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("customer", &self.customer).finish_non_exhaustive()
    }
}

impl Conversation {
    pub(super) fn new(deployment: Rc<Deployment>, customer: Customer) -> Self {
        let talk = match &deployment.plan {
            Plan::Openai(_) => Talk::Openai(openai::Talk::default()),
            Plan::Rasa(_) => Talk::Rasa,
            Plan::Directline(_) => Talk::Directline(directline::Talk::default()),
            Plan::Websocket(_) => Talk::Websocket(websocket::Talk::default()),
            Plan::Http(_) => Talk::Http(http::Talk::default()),
        };
        Conversation {
            deployment,
            customer,
            session: Session::default(),
            talk,
            departure: Rc::default(),
        }
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
        let deployment = &*self.deployment;
        let limits = Limits::new(deployment.options.timeouts);
        let mut progress = Progress::new();
        self.departure.begin();
        progress.departure = Rc::clone(&self.departure);
        progress.room = deployment.pool.memory.room();
        let asked = (&self.customer, message);
        // The larger futures are boxed: they would be room that every turn takes.
        let session = &mut self.session;
        let seen = &mut progress;
        let result = match (&mut self.talk, &deployment.plan) {
            (Talk::Openai(talk), Plan::Openai(plan)) => {
                let asking = talk.ask(plan, deployment, session, asked, &limits, seen);
                asking.await
            }
            (Talk::Rasa, Plan::Rasa(plan)) => {
                let asking = plan.ask(deployment, session, asked, &limits, seen);
                asking.await
            }
            (Talk::Directline(talk), Plan::Directline(plan)) => {
                let asking = talk.ask(plan, deployment, session, asked, &limits, seen);
                Box::pin(asking).await
            }
            (Talk::Websocket(talk), Plan::Websocket(plan)) => {
                let asking = talk.ask(plan, deployment, session, asked, &limits, seen);
                Box::pin(asking).await
            }
            (Talk::Http(talk), Plan::Http(plan)) => {
                let asking = talk.ask(plan, deployment, session, asked, &limits, seen);
                Box::pin(asking).await
            }
            // A conversation is made of its deployment's plan.
            _ => Err(Failure::protocol("the conversation is of another protocol")),
        };
        deployment.conclude(result, progress)
    }

    /// Whether its end takes more than forgetting it.
    #[must_use]
    pub fn has_end(&self) -> bool {
        match &self.talk {
            Talk::Openai(_) | Talk::Rasa => false,
            Talk::Http(talk) => talk.is_begun(),
            Talk::Directline(_) | Talk::Websocket(_) => true,
        }
    }

    /// Listens on for a while after the last reply, for what the bot still says: it is
    /// counted ([`super::StrayFacts`]). Few conversations do so at once, beside the limit of
    /// connections.
    pub async fn listen_on(&mut self) {
        let deployment = &*self.deployment;
        // Others may need it.
        self.session.close();
        let Some(_place) = deployment.strays.place() else {
            return;
        };
        match (&mut self.talk, &deployment.plan) {
            (Talk::Websocket(talk), Plan::Websocket(plan)) => {
                talk.listen_on(plan, deployment).await;
            }
            (Talk::Directline(talk), Plan::Directline(plan)) => {
                let session = &mut self.session;
                talk.listen_on(plan, deployment, session, &self.customer).await;
            }
            _ => {}
        }
    }

    /// Ends the conversation: the end step of a template, the closing of a WebSocket.
    /// It takes a few seconds at most.
    pub async fn close(&mut self) {
        let deployment = &*self.deployment;
        match (&mut self.talk, &deployment.plan) {
            (Talk::Http(talk), Plan::Http(plan)) => {
                let mut timeouts = deployment.options.timeouts;
                timeouts.turn = timeouts.turn.min(CLOSES_WITHIN);
                let limits = Limits::new(timeouts);
                let session = &mut self.session;
                talk.close(plan, deployment, session, &self.customer, &limits).await;
            }
            (Talk::Websocket(talk), _) => talk.close().await,
            (Talk::Directline(talk), _) => talk.close().await,
            _ => {}
        }
        self.session.close();
    }
}
