//! What the client of a protocol is.

use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::Uri;

use crate::target::callback::Callbacks;
use crate::target::deployment::Deployment;
use crate::target::exchange::Exchange;
use crate::target::failure::Failure;
use crate::target::template::Scene;

/// What takes its time. Boxed: it would be room that every turn takes.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The client of a protocol: what all conversations with a deployment share.
pub(super) trait Client {
    /// Begins a conversation. Nothing is sent yet.
    fn open(self: Rc<Self>) -> Box<dyn Talk>;

    /// The requests of a first turn as text.
    fn show(&self, deployment: &Deployment, scene: &Scene<'_>) -> Vec<String>;

    /// Where to ask whether the bot is up, if not at the deployment's own address.
    fn health(&self) -> Option<&Uri> {
        None
    }

    /// Whether replies have tokens: those of a language model.
    fn has_tokens(&self) -> bool {
        false
    }

    /// The quiet that ends a reply, where nothing else does.
    fn settle(&self, _usual: Duration) -> Option<Duration> {
        None
    }

    /// Where the bot posts its replies, if it does.
    fn callbacks(&self) -> Option<&Callbacks> {
        None
    }
}

/// A conversation, and what is remembered of it.
pub(super) trait Talk {
    /// Says something and takes in the reply.
    fn ask<'a>(&'a mut self, exchange: &'a mut Exchange<'_>) -> Doing<'a, Result<(), Failure>>;

    /// Whether the end of a conversation takes more than forgetting it.
    fn has_end(&self) -> bool {
        false
    }

    /// Counts what the bot still says for a while after the last reply.
    fn listen_on<'a>(&'a mut self, _: &'a mut Exchange<'_>) -> Doing<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Ends the conversation.
    fn close<'a>(&'a mut self, _: &'a mut Exchange<'_>) -> Doing<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}
