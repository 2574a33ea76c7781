//! Everything that can be wrong before the first message is sent.

use super::super::{Failure, bot, input};
use super::args::{Full, LoadArgs};
use super::good;
use crate::bot::Messages;
use crate::event::{Header, LoadFacts, TurnLimits};
use crate::id::{IntentId, LanguageId};
use crate::load::{Judge, Limits, WhenFull, file_limit};
use crate::protocol::Target;
use crate::scenario::{Loaded, target};
use crate::target::{Customer, Expectation, Message, TargetError, TargetOptions};
use crate::time::{SimDuration, SimTime};
use std::time::Duration;

/// File descriptors that are not for connections: the log, the terminal, the timer.
const OTHER_FILES: usize = 64;

/// What a load test needs besides the scenario.
pub(super) struct Prepared {
    pub(super) target: Target,
    pub(super) messages: Messages,
    pub(super) judge: Judge,
    pub(super) limits: Limits,
    pub(super) facts: LoadFacts,
}

/// Reads and checks all options; every problem at once.
pub(super) fn prepare(args: &LoadArgs, loaded: &Loaded) -> Result<Prepared, Failure> {
    let mut problems: Vec<String> = Vec::new();
    if loaded.scenario.bot.is_none() {
        problems.push(
            "the scenario has no `bot`, so its customers talk to none: add one, as `bot: {}`"
                .into(),
        );
    }
    if !(args.when.speed > 0.0 && args.when.speed.is_finite()) {
        problems.push("--speed must be above 0".into());
    }
    for text in &args.expect {
        let wrong = match target::parse(text) {
            Err(e) => Some((e.message, e.help)),
            Ok(target) => target.unnamed(),
        };
        problems.extend(wrong.map(|(what, help)| format!("--expect \"{text}\": {what}; {help}")));
    }
    let good = good::limits(&args.good, &mut problems);
    let messages = bot::messages(&loaded.scenario, args.messages.as_deref());
    let messages = messages.map_err(|all| problems.extend(all)).ok();
    let rules = &args.rules;
    let judge = Judge::new(&rules.handoff, &rules.failed, &rules.fallback, &rules.resolved);
    let judge = judge.map_err(|all| problems.extend(all)).ok();
    let files = file_limit().saturating_sub(OTHER_FILES).max(1);
    let in_flight = in_flight(args, files, &mut problems);
    let options = options(args, files, &mut problems);
    let env = |name: &str| std::env::var(name).ok();
    let target = options.and_then(|options| {
        let made = Target::new(options, &env);
        made.map_err(|all| problems.extend(all.iter().map(ToString::to_string))).ok()
    });
    if let Some(target) = &target {
        problems.extend(ownership(target, args));
    }
    match (target, messages, judge) {
        (Some(target), Some(messages), Some(judge)) if problems.is_empty() => Ok(Prepared {
            facts: LoadFacts { limits: good, ..facts(args, &target) },
            target,
            messages,
            judge,
            limits: limits(args, in_flight),
        }),
        _ => Err(Failure::problems(&problems)),
    }
}

/// How many messages may be under way: as many as there are connections for.
fn in_flight(args: &LoadArgs, files: usize, problems: &mut Vec<String>) -> usize {
    match args.limits.max_in_flight {
        None => files,
        Some(most) if most.get() <= files => most.get(),
        Some(most) => {
            problems.push(format!(
                "--max-in-flight {most} needs more file descriptors than the {files} that are left here: raise the limit with `ulimit -n`"
            ));
            files
        }
    }
}

fn options(
    args: &LoadArgs,
    connections: usize,
    problems: &mut Vec<String>,
) -> Option<TargetOptions> {
    let bot = &args.bot;
    let mut options = TargetOptions::new(&bot.target, bot.protocol);
    for header in &bot.headers {
        match header.split_once(':') {
            Some((name, value)) => {
                let pair = (name.trim().to_owned(), value.trim().to_owned());
                options.headers.push(pair);
            }
            None => problems.push(format!("--header \"{header}\": write `NAME: VALUE`")),
        }
    }
    if let Some(path) = &bot.template {
        match input::text(path) {
            Ok(text) => options.template = Some(text),
            Err(why) => problems.push(format!("{}: {why}", path.display())),
        }
    }
    options.hard = expectations("--reply-must", &args.rules.must, problems);
    options.soft = expectations("--reply-should", &args.rules.should, problems);
    options.http2 = bot.http2;
    options.reuse = bot.reuse;
    options.model.clone_from(&bot.model);
    options.system.clone_from(&bot.system);
    options.bearer.clone_from(&bot.bearer);
    options.max_history = bot.max_history;
    options.body = bot.body.clone();
    options.path_prefix.clone_from(&bot.path_prefix);
    for path in [&bot.ca, &bot.client_cert, &bot.client_key].into_iter().flatten() {
        if let Err(why) = input::check(path) {
            problems.push(format!("{}: {why}", path.display()));
            return None;
        }
    }
    options.ca_file.clone_from(&bot.ca);
    options.client_cert_file.clone_from(&bot.client_cert);
    options.client_key_file.clone_from(&bot.client_key);
    options.insecure = bot.insecure;
    options.max_connections = Some(connections);
    options.stream = (options.stream || bot.stream) && !bot.no_stream;
    let set = |own: &mut Duration, given: Option<SimDuration>| {
        if let Some(given) = given {
            *own = Duration::from_micros(given.0);
        }
    };
    set(&mut options.timeouts.connect, bot.connect_timeout);
    set(&mut options.timeouts.first_event, bot.first_event_timeout);
    set(&mut options.timeouts.idle, bot.idle_timeout);
    set(&mut options.timeouts.turn, bot.turn_timeout);
    set(&mut options.poll_interval, bot.poll_interval);
    set(&mut options.settle, bot.settle);
    Some(options)
}

fn expectations(option: &str, texts: &[String], problems: &mut Vec<String>) -> Vec<Expectation> {
    let mut read = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(expectation) => read.push(expectation),
            Err(TargetError { problem, help, .. }) => {
                problems.push(format!("{option} \"{text}\": {problem}; {help}"));
            }
        }
    }
    read
}

/// A load test of somebody else's server is an attack.
fn ownership(target: &Target, args: &LoadArgs) -> Option<String> {
    let host = target.host();
    if target.is_loopback() || args.bot.i_own.as_deref() == Some(host) {
        return None;
    }
    Some(format!(
        "{host} is not this machine: a load test can bring a server down. If you may load it, say so with --i-own {host}"
    ))
}

fn limits(args: &LoadArgs, in_flight: usize) -> Limits {
    Limits {
        in_flight,
        when_full: match args.limits.when_full {
            Full::Delay => WhenFull::Delay,
            Full::Drop => WhenFull::Drop,
            Full::Abort => WhenFull::Abort,
        },
        conversations: args.limits.max_conversations,
        turns: args.limits.max_turns,
    }
}

fn facts(args: &LoadArgs, target: &Target) -> LoadFacts {
    LoadFacts {
        target: target.host().to_owned(),
        protocol: args.bot.protocol.name().to_owned(),
        speed: args.when.speed,
        lag_budget_us: u32::try_from(args.limits.lag_budget.0).unwrap_or(u32::MAX),
        from: SimTime::ZERO, // known with the window
        tokens: target.has_tokens(),
        limits: TurnLimits::default(), // read with what may be wrong of the arguments
    }
}

impl Prepared {
    /// One request of each step of the protocol, secrets hidden.
    pub(super) fn dry_run(&self, loaded: &Loaded) -> String {
        let (customer, message) = self.example(&loaded.scenario.header);
        self.target.dry_run(&customer, &message)
    }

    /// A customer of the first segment, intent and language, and what that customer says.
    pub(super) fn example(&self, header: &Header) -> (Customer, Message) {
        let first = |names: &[String]| names.first().cloned().unwrap_or_default();
        let customer = Customer {
            id: "c-0000000000000001".into(),
            segment: first(&header.segments),
            intent: first(&header.intents),
            language: first(&header.languages),
        };
        let text = self.messages.text(IntentId(0), LanguageId(0), 1, 1);
        let message = Message { turn: 1, text: text.to_owned() };
        (customer, message)
    }
}
