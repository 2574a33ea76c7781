//! One deployment, shared by all its conversations, whatever its protocol.

use hyper::{HeaderMap, Uri};
use serde_json::Value;

use super::Turn;
use super::address::{Address, Origin};
use super::check::Check;
use super::failure::Failure;
use super::options::{Reuse, TargetError, TargetOptions};
use super::pool::Pool;
use super::progress::Progress;
use super::request::{Draft, common_headers};
use super::secret::{Secrets, Vault};
use super::strays::Strays;
use super::tls;
use crate::domain::TurnClass;

pub(crate) struct Deployment {
    pub options: TargetOptions,
    pub address: Address,
    /// Headers of every request.
    pub headers: HeaderMap,
    pub pool: Pool,
    pub strays: Strays,
    pub secrets: Secrets,
    soft: Vec<Check>,
    hard: Vec<Check>,
}

/// What the client of a protocol is made of, and what it says of itself.
pub(crate) struct Setup<'a, 'e> {
    pub options: &'a TargetOptions,
    pub address: &'a Address,
    pub vault: &'a mut Vault<'e>,
    /// Text of a template. A protocol that has templates takes it.
    pub template: Option<&'a str>,
    /// Fields of every request. A protocol whose requests are those of a model takes them.
    pub body: &'a [(String, Value)],
    /// What becomes of connections where the user does not say.
    pub reuse: Reuse,
}

impl Deployment {
    /// Prepares a deployment, and the client of its protocol once its address is known.
    ///
    /// # Errors
    /// Everything that is wrong with the options.
    pub fn new<C>(
        options: TargetOptions,
        vault: &mut Vault<'_>,
        client: impl FnOnce(&mut Setup<'_, '_>) -> Result<C, Vec<TargetError>>,
    ) -> Result<(Self, C), Vec<TargetError>> {
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
                common_headers(&options, &Origin::nowhere(), vault, &mut problems);
                return Err(problems);
            }
        };
        let headers = common_headers(&options, &address.origin, vault, &mut problems);
        let mut setup = Setup {
            options: &options,
            address: &address,
            vault,
            template: options.template.as_deref(),
            body: &options.body,
            reuse: Reuse::Pooled,
        };
        let client = client(&mut setup);
        if setup.template.is_some() {
            problems.push(TargetError::new(
                "template",
                format!("the protocol {} takes no template", options.protocol.name()),
                "leave it out, or use the protocol http or websocket",
            ));
        }
        if !setup.body.is_empty() {
            problems.push(TargetError::new(
                "body",
                format!("the protocol {} has no fields to set", options.protocol.name()),
                "leave it out, or write the request in a template of the protocol http",
            ));
        }
        let (usual_reuse, secrets) = (setup.reuse, setup.vault.secrets.clone());
        let client = client.map_err(|found| problems.extend(found));
        match (tls, client) {
            (Ok(tls), Ok(client)) if problems.is_empty() => {
                let reuse = options.reuse.unwrap_or(usual_reuse);
                let pool = Pool::new(tls, options.http2, reuse, options.max_connections);
                let strays = Strays::default();
                let deployment =
                    Deployment { address, headers, pool, strays, secrets, soft, hard, options };
                Ok((deployment, client))
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
            (None, None) if progress.cut => (TurnClass::OkCut, None),
            (None, None) => (TurnClass::Ok, None),
        }
    }

    /// The address of the deployment itself.
    pub fn root(&self) -> Uri {
        let path = self.address.with_query(self.address.path.clone());
        path.parse().unwrap_or_default()
    }

    /// A request as text, or why there is none.
    pub fn show(&self, draft: Result<Draft, Failure>) -> String {
        match draft {
            Ok(draft) => draft.show(&self.address.origin),
            Err(failure) => failure.problem,
        }
    }
}
