//! One customer's talk with a bot.

use std::fmt;
use std::rc::Rc;

use super::deployment::{Deployment, Plan};
use super::exchange::Session;
use super::openai;
use super::progress::{Limits, Progress};
use super::{Customer, Message, Turn};

/// One customer's talk with a bot.
pub struct Conversation {
    deployment: Rc<Deployment>,
    customer: Customer,
    session: Session,
    talk: Talk,
}

/// What a protocol remembers of a conversation.
enum Talk {
    Openai(openai::Talk),
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("customer", &self.customer)
            .finish_non_exhaustive()
    }
}

impl Conversation {
    pub(super) fn new(deployment: Rc<Deployment>, customer: Customer) -> Self {
        let talk = match &deployment.plan {
            Plan::Openai(_) => Talk::Openai(openai::Talk::default()),
        };
        Conversation {
            deployment,
            customer,
            session: Session::default(),
            talk,
        }
    }

    /// Says something and waits for the reply. It never fails: every end is a class.
    ///
    /// Dropping the future midway is the customer leaving: the connection is closed
    /// (over HTTP/2 the stream is reset).
    pub async fn ask(&mut self, message: &Message) -> Turn {
        let deployment = &*self.deployment;
        let limits = Limits::new(deployment.options.timeouts);
        let mut progress = Progress::new();
        let asked = (&self.customer, message);
        let result = match (&mut self.talk, &deployment.plan) {
            (Talk::Openai(talk), Plan::Openai(plan)) => {
                talk.ask(
                    plan,
                    deployment,
                    &mut self.session,
                    asked,
                    &limits,
                    &mut progress,
                )
                .await
            }
        };
        deployment.conclude(result, progress)
    }

    /// Ends the conversation: the end step of a template, the closing of a WebSocket.
    /// It takes its time, but not long.
    pub async fn close(&mut self) {
        self.session.close();
    }
}
