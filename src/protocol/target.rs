//! A deployment of a bot and the client of its protocol.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;

use super::Protocol;
use super::client::Client;
use super::conversation::Conversation;
use crate::target::callback::Callbacks;
use crate::target::deployment::{Deployment, Setup};
use crate::target::secret::Vault;
use crate::target::template::Scene;
use crate::target::{
    AddressFacts, CallbackFacts, ConnectionFacts, Customer, Message, StrayFacts, TargetError,
    TargetOptions, Unready,
};

macro_rules! clients {
    ($($name:ident: $room:ident,)*) => {
        /// The client of a protocol.
        fn client(setup: &mut Setup<'_, '_>) -> Result<Rc<dyn Client>, Vec<TargetError>> {
            Ok(match setup.options.protocol {
                $(Protocol::$name => Rc::new(super::$room::Plan::new(setup)?),)*
            })
        }
    };
}

each_protocol!(clients);

/// A deployment of a bot. Cloning is cheap; clones share connections and counts.
/// It lives on one thread, within a tokio runtime.
#[derive(Clone)]
pub struct Target {
    deployment: Rc<Deployment>,
    client: Rc<dyn Client>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("protocol", &self.deployment.options.protocol)
            .field("host", &self.host())
            .finish_non_exhaustive()
    }
}

impl Target {
    /// Prepares a deployment: no connection is made yet. `env` looks up environment
    /// variables.
    ///
    /// # Errors
    /// Everything that is wrong with the options.
    pub fn new(
        options: TargetOptions,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Target, Vec<TargetError>> {
        let mut vault = Vault::new(env);
        Deployment::new(options, &mut vault, client)
            .map(|(deployment, client)| Target { deployment: Rc::new(deployment), client })
            .map_err(|mut problems| {
                for problem in &mut problems {
                    vault.secrets.strike(&mut problem.problem);
                    vault.secrets.strike(&mut problem.help);
                }
                problems
            })
    }

    /// The requests of a conversation's first turn as text, without secrets.
    #[must_use]
    pub fn dry_run(&self, customer: &Customer, message: &Message) -> String {
        let deployment = &*self.deployment;
        let history = [json!({"role": "user", "content": message.text})];
        let scene = Scene {
            customer,
            message: Some(message),
            history: &history,
            vars: &BTreeMap::new(),
            shown: true,
        };
        let mut text = self.client.show(deployment, &scene).join("\n");
        deployment.secrets.strike(&mut text);
        text
    }

    /// Asks once whether the deployment answers and is not loading.
    ///
    /// # Errors
    /// Why it is not ready, and whether waiting can help.
    pub async fn ready(&self) -> Result<(), Unready> {
        let deployment = &*self.deployment;
        let path = self.client.health().cloned().unwrap_or_else(|| deployment.root());
        let probed = deployment.probe(path).await;
        probed.map_err(|failure| Unready {
            problem: deployment.secrets.told(failure.problem),
            advice: failure.advice,
        })
    }

    /// Begins a conversation. Nothing is sent yet.
    #[must_use]
    pub fn open(&self, customer: Customer) -> Conversation {
        let talk = Rc::clone(&self.client).open();
        Conversation::new(Rc::clone(&self.deployment), talk, customer)
    }

    /// The host that is connected to.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.deployment.address.origin.host
    }

    /// Whether that is this machine. No other host is ever connected to.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.deployment.address.origin.is_loopback()
    }

    /// Where the bot posts its replies, where a template says so.
    #[must_use]
    pub fn callback_address(&self) -> Option<SocketAddr> {
        self.client.callbacks().map(|callbacks| callbacks.address)
    }

    /// What came of the messages that the bot posted so far.
    #[must_use]
    pub fn callback_facts(&self) -> Option<CallbackFacts> {
        self.client.callbacks().map(Callbacks::facts)
    }

    /// What the bot said so far that is part of no reply.
    #[must_use]
    pub fn strays(&self) -> StrayFacts {
        self.deployment.strays.facts()
    }

    /// Whether replies have tokens: those of a language model.
    #[must_use]
    pub fn has_tokens(&self) -> bool {
        self.client.has_tokens()
    }

    /// The quiet that ends a reply, where nothing else does.
    #[must_use]
    pub fn settle(&self) -> Option<Duration> {
        self.client.settle(self.deployment.options.settle)
    }

    /// What became of connections so far.
    #[must_use]
    pub fn connections(&self) -> ConnectionFacts {
        self.deployment.pool.counters.facts()
    }

    /// The addresses of the bot's name that are known by now, and what each got.
    #[must_use]
    pub fn addresses(&self) -> Vec<AddressFacts> {
        self.deployment.pool.counters.addresses.facts()
    }
}
