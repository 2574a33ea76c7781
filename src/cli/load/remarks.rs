//! What is to be known of the numbers of a load test, besides them.

use super::LoadArgs;
use super::prepare::Prepared;
use crate::doubt::Doubt;
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
) -> Vec<Doubt> {
    let target = &prepared.target;
    let mut remarks = Vec::new();
    if args.bot.insecure {
        remarks.push(Doubt::Unchecked);
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
        remarks.push(Doubt::Delayed { delayed, most, whose });
    }
    let problems = real.problems().iter().cloned();
    remarks.extend(problems.map(|(class, problem)| Doubt::FirstOf { class, problem }));
    remarks
}

fn posted(facts: CallbackFacts) -> Option<Doubt> {
    let CallbackFacts { unknown, overflown, refused, .. } = facts;
    (facts.lost() > 0).then_some(Doubt::PostedInVain { unknown, overflown, refused })
}

/// Which addresses of a name got the load, where it has several. This machine has two by
/// the same name, of which a bot often has one.
fn addresses(target: &Target, before: &Before) -> Option<Doubt> {
    let all = target.addresses();
    if all.len() < 2 || target.is_loopback() {
        return None;
    }
    let each = all.iter().map(|now| {
        let now = now.since(&before.addresses);
        format!("{}: {} requests, {} new connections", now.address, now.requests, now.connections)
    });
    let each: Vec<String> = each.collect();
    let (host, addresses) = (target.host().to_owned(), all.len());
    Some(Doubt::Addresses { host, addresses, each: each.join("; ") })
}

fn connections(facts: &ConnectionFacts) -> impl Iterator<Item = Doubt> {
    let waited = facts.waited - facts.waited_for_stream;
    let counted = [
        (facts.resent, Doubt::Resent { requests: facts.resent }),
        (facts.lost_when_reused, Doubt::LostWhenReused { requests: facts.lost_when_reused }),
        (waited, Doubt::WaitedForConnection { requests: waited }),
        (facts.waited_for_stream, Doubt::WaitedForStream { requests: facts.waited_for_stream }),
    ];
    counted.into_iter().filter(|(number, _)| *number > 0).map(|(_, doubt)| doubt)
}

/// What the bot said that is in no measure.
fn strays(target: &Target, before: &Before) -> impl Iterator<Item = Doubt> {
    let StrayFacts { late, unasked } = target.strays().since(before.strays);
    let late = (late > 0).then(|| match target.settle() {
        Some(settle) => {
            Doubt::AfterTheReply { late, settle: SimDuration::from_s(settle.as_secs_f64()) }
        }
        None => Doubt::AfterTheEnd { late },
    });
    late.into_iter().chain((unasked > 0).then_some(Doubt::Unasked { unasked }))
}
