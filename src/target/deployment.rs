//! One deployment, shared by all its conversations.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use hyper::{HeaderMap, Uri};

use super::address::Address;
use super::callback::{CallbackFacts, Callbacks};
use super::check::Check;
use super::conversation::Conversation;
use super::counts::{AddressFacts, ConnectionFacts};
use super::options::{Protocol, TargetError, TargetOptions};
use super::pool::Pool;
use super::progress::{Failure, Progress};
use super::readiness::Unready;
use super::request::common_headers;
use super::secret::{Secrets, Vault};
use super::strays::{StrayFacts, Strays};
use super::template::Scene;
use super::tls;
use super::{Customer, Message, Turn};
use super::{directline, http, openai, rasa, websocket};
use crate::domain::TurnClass;

/// A deployment of a bot. Cloning is cheap; clones share connections and counts.
/// It lives on one thread, within a tokio runtime.
#[derive(Clone)]
pub struct Target {
    deployment: Rc<Deployment>,
}

/// What a protocol prepares once for all its conversations.
pub(super) enum Plan {
    Openai(openai::Plan),
    Rasa(rasa::Plan),
    Directline(directline::Plan),
    Websocket(Box<websocket::Plan>),
    Http(http::Plan),
}

pub(super) struct Deployment {
    pub options: TargetOptions,
    pub address: Address,
    /// Headers of every request.
    pub headers: HeaderMap,
    pub pool: Pool,
    pub plan: Plan,
    pub strays: Strays,
    soft: Vec<Check>,
    hard: Vec<Check>,
    secrets: Secrets,
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
        Deployment::new(options, &mut vault)
            .map(|deployment| Target { deployment: Rc::new(deployment) })
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
        let requests = deployment.drafts(customer, message);
        let mut text = requests.join("\n");
        deployment.secrets.strike(&mut text);
        text
    }

    /// Asks once whether the deployment answers and is not loading.
    ///
    /// # Errors
    /// Why it is not ready, and whether waiting can help.
    pub async fn ready(&self) -> Result<(), Unready> {
        let deployment = &*self.deployment;
        let probed = deployment.probe().await;
        probed.map_err(|failure| Unready {
            problem: deployment.secrets.told(failure.problem),
            advice: failure.advice,
        })
    }

    /// Begins a conversation. Nothing is sent yet.
    #[must_use]
    pub fn open(&self, customer: Customer) -> Conversation {
        Conversation::new(Rc::clone(&self.deployment), customer)
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
        self.callbacks().map(|callbacks| callbacks.address)
    }

    /// What came of the messages that the bot posted so far.
    #[must_use]
    pub fn callback_facts(&self) -> Option<CallbackFacts> {
        self.callbacks().map(Callbacks::facts)
    }

    fn callbacks(&self) -> Option<&Callbacks> {
        match &self.deployment.plan {
            Plan::Http(plan) => plan.callbacks(),
            _ => None,
        }
    }

    /// What the bot said so far that is part of no reply.
    #[must_use]
    pub fn strays(&self) -> StrayFacts {
        self.deployment.strays.facts()
    }

    /// The quiet that ends a reply, where nothing else does.
    #[must_use]
    pub fn settle(&self) -> Option<Duration> {
        let settle = self.deployment.options.settle;
        match &self.deployment.plan {
            Plan::Openai(_) | Plan::Rasa(_) => None,
            Plan::Directline(_) => Some(settle),
            Plan::Websocket(plan) => plan.settle(settle),
            Plan::Http(plan) => plan.settle(settle),
        }
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

impl Deployment {
    fn new(options: TargetOptions, vault: &mut Vault<'_>) -> Result<Self, Vec<TargetError>> {
        let mut problems = Vec::new();
        let tls = tls::config(&options);
        let soft = Check::all("reply-should", &options.soft, &mut problems);
        let hard = Check::all("reply-must", &options.hard, &mut problems);
        let address =
            vault.resolve("url", &options.url).and_then(|url| Address::parse("url", &url));
        let address = match address {
            Ok(address) => address,
            Err(problem) => {
                problems.push(problem);
                problems.extend(tls.err());
                // Its variables are worth checking all the same.
                let nowhere = super::address::Origin::nowhere();
                common_headers(&options, &nowhere, vault, &mut problems);
                return Err(problems);
            }
        };
        let headers = common_headers(&options, &address.origin, vault, &mut problems);
        let plan = Plan::new(&options, &address, vault, &mut problems);
        match (tls, plan) {
            (Ok(tls), Some(plan)) if problems.is_empty() => {
                let reuse = options.reuse.unwrap_or(options.protocol.reuse());
                let pool = Pool::new(tls, options.http2, reuse, options.max_connections);
                Ok(Deployment {
                    address,
                    headers,
                    pool,
                    plan,
                    strays: Strays::default(),
                    soft,
                    hard,
                    secrets: vault.secrets.clone(),
                    options,
                })
            }
            (tls, _) => {
                problems.extend(tls.err());
                Err(problems)
            }
        }
    }

    /// How a turn ended, all considered.
    pub fn conclude(&self, result: Result<(), Failure>, mut progress: Progress) -> Turn {
        self.secrets.strike(&mut progress.reply.text);
        for document in &mut progress.reply.documents {
            self.secrets.strike_json(document);
        }
        let (class, problem) = match result {
            Err(failure) => (failure.class, Some(failure.told())),
            Ok(()) => self.judge(&progress),
        };
        progress.turn(class, problem.map(|text| self.secrets.told(text)))
    }

    fn judge(&self, progress: &Progress) -> (TurnClass, Option<String>) {
        if progress.handed_off {
            return (TurnClass::Handoff, None);
        }
        if progress.first_answer.is_none() && progress.reply.activities.is_empty() {
            let words = "the bot replied without saying anything";
            return (TurnClass::EmptyReply, Some(words.into()));
        }
        let miss = |checks: &[Check]| {
            let mut missed = checks.iter();
            missed.find_map(|c| c.miss(progress.status, &progress.reply))
        };
        match (miss(&self.hard), miss(&self.soft)) {
            (Some(miss), _) => (TurnClass::AssertionFailed, Some(miss)),
            (None, Some(miss)) => (TurnClass::OkPartial, Some(miss)),
            (None, None) => (TurnClass::Ok, None),
        }
    }

    /// The address of the deployment itself.
    pub(super) fn root(&self) -> Uri {
        let path = self.address.with_query(self.address.path.clone());
        path.parse().unwrap_or_default()
    }

    fn drafts(&self, customer: &Customer, message: &Message) -> Vec<String> {
        let origin = &self.address.origin;
        let history = [serde_json::json!({"role": "user", "content": message.text})];
        let scene = Scene {
            customer,
            message: Some(message),
            history: &history,
            vars: &BTreeMap::new(),
            shown: true,
        };
        let drafts = match &self.plan {
            Plan::Openai(plan) => {
                let history = [openai::said("user", &message.text)];
                vec![Ok(plan.draft(self, customer, &history))]
            }
            Plan::Rasa(plan) => vec![Ok(plan.draft(self, customer, message))],
            Plan::Directline(plan) => plan.drafts(self, customer, message),
            Plan::Http(plan) => plan.drafts(self, &scene),
            Plan::Websocket(plan) => return plan.shown(self, &scene),
        };
        drafts
            .into_iter()
            .map(|draft| match draft {
                Ok(draft) => draft.show(origin),
                Err(failure) => failure.problem,
            })
            .collect()
    }
}

impl Plan {
    fn new(
        options: &TargetOptions,
        address: &Address,
        vault: &mut Vault<'_>,
        problems: &mut Vec<TargetError>,
    ) -> Option<Plan> {
        let one = |problem| vec![problem];
        let plan = match options.protocol {
            Protocol::Openai => openai::Plan::new(options, address).map(Plan::Openai).map_err(one),
            Protocol::Rasa => rasa::Plan::new(options, address).map(Plan::Rasa).map_err(one),
            Protocol::Directline => {
                directline::Plan::new(options, address).map(Plan::Directline).map_err(one)
            }
            Protocol::Websocket => {
                websocket::Plan::new(options, address, vault).map(|p| Plan::Websocket(Box::new(p)))
            }
            Protocol::Http => http::Plan::new(options, address, vault).map(Plan::Http),
        };
        let takes_template = matches!(options.protocol, Protocol::Websocket | Protocol::Http);
        if options.template.is_some() && !takes_template {
            let name = options.protocol.name();
            problems.push(TargetError::new(
                "template",
                format!("the protocol {name} takes no template"),
                "leave it out, or use the protocol http or websocket",
            ));
        }
        plan.map_err(|found| problems.extend(found)).ok()
    }
}
