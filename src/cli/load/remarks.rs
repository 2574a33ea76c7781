//! What is to be known of the numbers of a load test, besides them.

use super::LoadArgs;
use super::prepare::Prepared;
use crate::load::Bot;
use crate::protocol::Target;
use crate::target::{AddressFacts, CallbackFacts, ConnectionFacts, StrayFacts};
use crate::time::SimDuration;

/// What was counted before a run began: several share their target.
pub(super) struct Before {
    connections: ConnectionFacts,
    addresses: Vec<AddressFacts>,
    strays: StrayFacts,
}

impl Before {
    pub(super) fn of(target: &Target) -> Self {
        Before {
            connections: target.connections(),
            addresses: target.addresses(),
            strays: target.strays(),
        }
    }
}

pub(super) fn remarks(
    args: &LoadArgs,
    bot: &Bot,
    prepared: &Prepared,
    before: &Before,
) -> Vec<String> {
    let target = &prepared.target;
    let mut remarks = Vec::new();
    if args.bot.insecure {
        remarks.push("certificates were not checked (--insecure)".to_owned());
    }
    remarks.extend(target.callback_facts().and_then(posted));
    remarks.extend(strays(target, before));
    remarks.extend(addresses(target, before));
    remarks.extend(connections(&target.connections().since(&before.connections)));
    let Bot::Real(real) = bot else {
        return remarks;
    };
    let delayed = real.traffic().delayed;
    if delayed > 0 {
        let most = prepared.limits.in_flight;
        let whose = match args.limits.max_in_flight {
            Some(_) => "--max-in-flight",
            None => "as many as there are file descriptors for: `ulimit -n`",
        };
        remarks.push(format!(
            "{delayed} messages had to wait until fewer than {most} were under way ({whose})"
        ));
    }
    let problems = real.problems().iter();
    remarks.extend(problems.map(|(class, problem)| {
        format!("the first turn that ended as {}: {problem}", class.name())
    }));
    remarks
}

fn posted(facts: CallbackFacts) -> Option<String> {
    (facts.lost() > 0).then(|| {
        format!(
            "of what the bot posted, {} messages were of no conversation that is there, {} were too many at once, and {} requests were no JSON of at most 1 MiB",
            facts.unknown, facts.overflown, facts.refused
        )
    })
}

/// Which addresses of a name got the load, where it has several. This machine has two by
/// the same name, of which a bot often has one.
fn addresses(target: &Target, before: &Before) -> Option<String> {
    let all = target.addresses();
    if all.len() < 2 || target.is_loopback() {
        return None;
    }
    let each = all.iter().map(|now| {
        let now = now.since(&before.addresses);
        format!("{}: {} requests, {} new connections", now.address, now.requests, now.connections)
    });
    let each: Vec<String> = each.collect();
    Some(format!(
        "{} has {} addresses, at which connections took turns ({})",
        target.host(),
        all.len(),
        each.join("; ")
    ))
}

fn connections(facts: &ConnectionFacts) -> Vec<String> {
    let counted = [
        (
            facts.resent,
            "were sent again, as the bot said that it had not processed them (GOAWAY or REFUSED_STREAM of HTTP/2); they count from their intended moments",
        ),
        (
            facts.lost_when_reused,
            "were lost on a connection that had been kept open, before a byte of the reply: the bot may have closed it because it was idle, which `--reuse per-turn` avoids",
        ),
        (
            facts.waited - facts.waited_for_stream,
            "had to wait for a connection: as many were open as there are file descriptors for (`ulimit -n`)",
        ),
        (
            facts.waited_for_stream,
            "had to wait for a stream (HTTP/2): the bot allows no more on a connection, and as many connections were open as there are file descriptors for (`ulimit -n`)",
        ),
    ];
    let found = counted.into_iter().filter(|(number, _)| *number > 0);
    found.map(|(number, what)| format!("{number} requests {what}")).collect()
}

/// What the bot said that is in no measure.
fn strays(target: &Target, before: &Before) -> Vec<String> {
    let StrayFacts { late, unasked } = target.strays().since(before.strays);
    let mut told = Vec::new();
    if late > 0 {
        let what = "messages of the bot came after their reply was over";
        told.push(match target.settle() {
            Some(settle) => format!(
                "{late} {what} (settle {}): they are in no measure; raise --settle, or say in a template what ends a reply (reply_done)",
                SimDuration::from_s(settle.as_secs_f64())
            ),
            None => format!(
                "{late} {what}, by what the template says ends one (reply_done, messages): they are in no measure"
            ),
        });
    }
    if unasked > 0 {
        told.push(format!(
            "the bot said something before it was asked, or that answers no message, {unasked} times: it is in no measure"
        ));
    }
    told
}
