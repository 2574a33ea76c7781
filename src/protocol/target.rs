//! A deployment of a bot and the client of its protocol.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use hyper::Uri;
use serde_json::json;

use super::Protocol;
use super::client::Client as _;
use super::conversation::{Conversation, Talk};
use crate::target::address::Address;
use crate::target::callback::Callbacks;
use crate::target::deployment::Deployment;
use crate::target::secret::Vault;
use crate::target::template::Scene;
use crate::target::{
    AddressFacts, CallbackFacts, ConnectionFacts, Customer, Message, Reuse, StrayFacts,
    TargetError, TargetOptions, Unready,
};

macro_rules! plans {
    ($($name:ident: $room:ident,)*) => {
        /// What a protocol prepares once for all its conversations.
        enum Plan {
            $($name(Rc<super::$room::Plan>),)*
        }

        impl Plan {
            fn new(
                options: &TargetOptions,
                address: &Address,
                vault: &mut Vault<'_>,
            ) -> Result<Plan, Vec<TargetError>> {
                match options.protocol {
                    $(Protocol::$name => {
                        let plan = super::$room::Plan::new(options, address, vault)?;
                        Ok(Plan::$name(Rc::new(plan)))
                    })*
                }
            }

            fn open(&self) -> Talk {
                match self {
                    $(Plan::$name(plan) => Talk::$name(Rc::clone(plan), Default::default()),)*
                }
            }

            fn show(&self, at: &Deployment, scene: &Scene<'_>, message: &Message) -> Vec<String> {
                match self {
                    $(Plan::$name(plan) => plan.show(at, scene, message),)*
                }
            }

            fn health(&self) -> Option<&Uri> {
                match self {
                    $(Plan::$name(plan) => plan.health(),)*
                }
            }

            fn settle(&self, usual: Duration) -> Option<Duration> {
                match self {
                    $(Plan::$name(plan) => plan.settle(usual),)*
                }
            }

            fn callbacks(&self) -> Option<&Callbacks> {
                match self {
                    $(Plan::$name(plan) => plan.callbacks(),)*
                }
            }
        }

        fn usual_reuse(protocol: Protocol) -> Reuse {
            match protocol {
                $(Protocol::$name => super::$room::Plan::REUSE,)*
            }
        }

        fn takes_template(protocol: Protocol) -> bool {
            match protocol {
                $(Protocol::$name => super::$room::Plan::TAKES_TEMPLATE,)*
            }
        }
    };
}

each_protocol!(plans);

/// A deployment of a bot. Cloning is cheap; clones share connections and counts.
/// It lives on one thread, within a tokio runtime.
#[derive(Clone)]
pub struct Target {
    deployment: Rc<Deployment>,
    plan: Rc<Plan>,
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
        let reuse = usual_reuse(options.protocol);
        Deployment::new(options, &mut vault, reuse, plan)
            .map(|(deployment, plan)| Target {
                deployment: Rc::new(deployment),
                plan: Rc::new(plan),
            })
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
        let mut text = self.plan.show(deployment, &scene, message).join("\n");
        deployment.secrets.strike(&mut text);
        text
    }

    /// Asks once whether the deployment answers and is not loading.
    ///
    /// # Errors
    /// Why it is not ready, and whether waiting can help.
    pub async fn ready(&self) -> Result<(), Unready> {
        let deployment = &*self.deployment;
        let path = self.plan.health().cloned().unwrap_or_else(|| deployment.root());
        let probed = deployment.probe(path).await;
        probed.map_err(|failure| Unready {
            problem: deployment.secrets.told(failure.problem),
            advice: failure.advice,
        })
    }

    /// Begins a conversation. Nothing is sent yet.
    #[must_use]
    pub fn open(&self, customer: Customer) -> Conversation {
        Conversation::new(Rc::clone(&self.deployment), self.plan.open(), customer)
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
        self.plan.callbacks().map(|callbacks| callbacks.address)
    }

    /// What came of the messages that the bot posted so far.
    #[must_use]
    pub fn callback_facts(&self) -> Option<CallbackFacts> {
        self.plan.callbacks().map(Callbacks::facts)
    }

    /// What the bot said so far that is part of no reply.
    #[must_use]
    pub fn strays(&self) -> StrayFacts {
        self.deployment.strays.facts()
    }

    /// The quiet that ends a reply, where nothing else does.
    #[must_use]
    pub fn settle(&self) -> Option<Duration> {
        self.plan.settle(self.deployment.options.settle)
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

/// The plan of a deployment, and whether the template is one for its protocol.
fn plan(
    options: &TargetOptions,
    address: &Address,
    vault: &mut Vault<'_>,
) -> Result<Plan, Vec<TargetError>> {
    let plan = Plan::new(options, address, vault);
    if options.template.is_none() || takes_template(options.protocol) {
        return plan;
    }
    let name = options.protocol.name();
    let mut problems = vec![TargetError::new(
        "template",
        format!("the protocol {name} takes no template"),
        "leave it out, or use the protocol http or websocket",
    )];
    // That it takes none is said first.
    problems.extend(plan.err().unwrap_or_default());
    Err(problems)
}
