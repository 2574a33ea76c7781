//! Who was at work, as far as contacts show it.
//!
//! A log of contacts says nothing of agents who wait. An agent is taken to be at work from
//! the first contact to the end of the last, where no pause between is longer than
//! [`LONGEST_PAUSE_US`]. Whom the log does not name is one of as few agents as could have had
//! all contacts: whoever has been free for longest, of those who are at work.

use super::contacts::{NEVER, NOBODY, Operation};
use std::collections::BTreeSet;

/// A longer pause without a contact ends a duty: an assumption, 2 to 6 hours.
pub(super) const LONGEST_PAUSE_US: i64 = 4 * 3_600_000_000;

/// A time that an agent was at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) agent: u32,
    /// Unix microseconds.
    pub(super) from_us: i64,
    /// Unix microseconds; [`NEVER`] where a contact had no end.
    pub(super) to_us: i64,
}

/// The agents of a log.
#[derive(Clone, Debug, Default)]
pub struct Staff {
    /// The team of each agent.
    pub teams: Vec<u8>,
    /// Agents whom the log names; the others follow.
    pub named: usize,
    /// Most contacts that one agent of each team has at once.
    pub most: Vec<u16>,
    /// Contacts that an agent took while having another.
    pub overlaps: u64,
    pub(super) duties: Vec<Duty>,
}

/// A stay with an agent.
#[derive(Clone, Copy)]
struct Work {
    from_us: i64,
    to_us: i64,
    contact: u32,
    stay: u16,
}

impl Staff {
    /// Finds the agents of an operation, and gives each stay that names none its agent.
    #[must_use]
    pub fn of(operation: &mut Operation) -> Self {
        let works = works(operation);
        let mut staff = Self {
            teams: operation.agent_teams.clone(),
            named: operation.agent_teams.len(),
            most: vec![1; operation.teams.all.len()],
            overlaps: 0,
            duties: Vec::new(),
        };
        staff.name_others(operation, &works);
        staff.spans(operation, &works);
        staff.duties.sort_by_key(|d| (d.from_us, d.agent));
        staff
    }

    fn name_others(&mut self, operation: &mut Operation, works: &[Work]) {
        let mut pools: Vec<Pool> = self.most.iter().map(|_| Pool::default()).collect();
        for work in works {
            let contact = operation.contacts[work.contact as usize];
            let visit = operation.visit(&contact, work.stay);
            if visit.agent != NOBODY {
                continue;
            }
            let Some(pool) = pools.get_mut(usize::from(visit.team)) else { continue };
            let agent = pool.take(work, || {
                self.teams.push(visit.team);
                self.teams.len() as u32 - 1
            });
            let stay = match work.stay.checked_sub(1) {
                None => Some(&mut operation.contacts[work.contact as usize].visit),
                Some(n) => operation.visits.get_mut(contact.more as usize + usize::from(n)),
            };
            if let Some(stay) = stay {
                stay.agent = agent;
            }
        }
    }

    /// The duties, and how many contacts agents have at once.
    fn spans(&mut self, operation: &Operation, works: &[Work]) {
        let mut open: Vec<Option<Duty>> = vec![None; self.teams.len()];
        let mut ends: Vec<Vec<i64>> = vec![Vec::new(); self.teams.len()];
        for work in works {
            let contact = &operation.contacts[work.contact as usize];
            let agent = operation.visit(contact, work.stay).agent;
            let Some(duty) = open.get_mut(agent as usize) else { continue };
            let has = &mut ends[agent as usize];
            has.retain(|end| *end > work.from_us);
            self.overlaps += u64::from(!has.is_empty());
            has.push(work.to_us);
            let team = usize::from(self.teams[agent as usize]);
            self.most[team] = self.most[team].max(has.len().min(usize::from(u16::MAX - 1)) as u16);
            match duty {
                Some(duty) if work.from_us.saturating_sub(duty.to_us) <= LONGEST_PAUSE_US => {
                    duty.to_us = duty.to_us.max(work.to_us);
                }
                _ => {
                    self.duties.extend(duty.take());
                    *duty = Some(Duty { agent, from_us: work.from_us, to_us: work.to_us });
                }
            }
        }
        self.duties.extend(open.into_iter().flatten());
    }
}

/// All stays with agents, in the order of their beginnings.
fn works(operation: &Operation) -> Vec<Work> {
    let mut works = Vec::with_capacity(operation.contacts.len());
    for (number, contact) in operation.contacts.iter().enumerate() {
        for (stay, visit) in operation.visits(contact).enumerate() {
            if visit.answered_us == NEVER {
                continue;
            }
            let last = stay == usize::from(contact.further);
            let wrap_us = if last { contact.wrap_us as i64 } else { 0 };
            let to_us = visit.ended_us.saturating_add(wrap_us);
            works.push(Work {
                from_us: visit.answered_us,
                to_us,
                contact: number as u32,
                stay: stay as u16,
            });
        }
    }
    works.sort_by_key(|w| (w.from_us, w.to_us, w.contact, w.stay));
    works
}

/// Agents of a team whom the log does not name.
#[derive(Default)]
struct Pool {
    /// Busy ones by when they are free.
    busy: BTreeSet<(i64, u32)>,
    /// Those at work who are free, by since when.
    free: BTreeSet<(i64, u32)>,
    /// Those who have gone home.
    home: BTreeSet<u32>,
}

impl Pool {
    fn take(&mut self, work: &Work, new: impl FnOnce() -> u32) -> u32 {
        while let Some((end, agent)) = self.busy.first().copied().filter(|b| b.0 <= work.from_us) {
            self.busy.pop_first();
            self.free.insert((end, agent));
        }
        let gone = |since: i64| work.from_us.saturating_sub(since) > LONGEST_PAUSE_US;
        while let Some((_, agent)) = self.free.first().copied().filter(|f| gone(f.0)) {
            self.free.pop_first();
            self.home.insert(agent);
        }
        let at_work = self.free.pop_first().map(|(_, agent)| agent);
        let agent = at_work.or_else(|| self.home.pop_first()).unwrap_or_else(new);
        self.busy.insert((work.to_us, agent));
        agent
    }
}
