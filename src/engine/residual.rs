//! Another future: what has begun and is not over is drawn anew, given how long it
//! has lasted.
//!
//! What a length of time is known to exceed at the fork is its *elapsed* part, and
//! the rest follows the law conditional on it, `F^-1(F(e) + (1 - F(e)) u) - e`. The
//! uniform `u` has the future's key of the thing itself, so that every scenario
//! continued into one future shares it. What a contact is (its intent, whether it is
//! in a wrong queue, whether its customer has left without a sign, whether a return
//! is planned) stays as it is.

use super::past::elapsed_s;
use super::state::{issue_key, overflow_due};
use super::{Contact, Desk, Stage};
use crate::distribution::Distribution;
use crate::event::{Envelope, Event};
use crate::id::{AgentId, IntentId, QueueId, SlotId};
use crate::random::{Purpose, combine};
use crate::scenario::Balk;
use crate::time::{SimDuration, SimTime};

/// What the past says of a live contact, and the state does not need to know.
#[derive(Clone, Debug)]
struct Known {
    key: u64,
    /// Whether the work after the contact is recorded.
    wraps_up_as_recorded: bool,
    intent: IntentId,
    queue: QueueId,
    /// When it joined its queue, began to think, or ended with a return planned.
    since: SimTime,
    /// The wait that was announced when it joined, seconds.
    announced_s: f64,
    /// Standard work that earlier agents did before their shifts ended, seconds.
    done_s: f64,
    /// Standard work that it held for its agent, seconds.
    held_s: f64,
}

/// A piece of an agent's open work, beside [`super::Task`].
#[derive(Clone, Copy, Debug)]
struct Piece {
    slot: SlotId,
    key: u64,
    intent: IntentId,
    /// All of its work, seconds of this agent alone.
    work_s: f64,
    /// Whether the work after the contact is recorded.
    wraps_up_as_recorded: bool,
}

/// What the past says of everything that is not over.
struct Facts {
    contacts: Vec<Known>,
    /// Open work of each agent, in the order of the agent's tasks.
    pieces: Vec<Vec<Piece>>,
}

impl Facts {
    fn of(desk: &Desk<'_>, past: &[Envelope]) -> Self {
        let nothing = Known {
            key: 0,
            wraps_up_as_recorded: false,
            intent: IntentId(0),
            queue: QueueId(0),
            since: SimTime::ZERO,
            announced_s: 0.0,
            done_s: 0.0,
            held_s: 0.0,
        };
        let mut facts = Self {
            contacts: vec![nothing; desk.state.contacts.places()],
            pieces: vec![Vec::new(); desk.state.agents.len()],
        };
        for envelope in past {
            facts.take(desk, envelope);
        }
        facts
    }

    fn take(&mut self, desk: &Desk<'_>, env: &Envelope) {
        if let Event::WrapUpEnded { agent, place } = env.event {
            self.pieces[agent.index()].remove(place as usize);
        }
        let Some(known) = self.contacts.get_mut(env.slot.index()) else {
            return;
        };
        match env.event {
            Event::ContactStarted { origin, intent, attempt, .. } => {
                let source = &desk.scenario.sources[origin.source.index()];
                let issue = issue_key(source.key, origin.interval, origin.index);
                known.key = match attempt {
                    0 => issue,
                    _ => combine(issue, u64::from(attempt)),
                };
                known.intent = intent;
                let recorded = source.recorded(origin.index).filter(|_| attempt == 0);
                known.wraps_up_as_recorded = recorded.is_some_and(|r| r.wrap_up_s.is_some());
                (known.announced_s, known.done_s, known.held_s) = (0.0, 0.0, 0.0);
            }
            Event::WaitAnnounced { wait } => known.announced_s = wait.as_s(),
            Event::Queued { queue, .. } => (known.queue, known.since) = (queue, env.at),
            Event::Transferred { to, .. } => known.queue = to,
            Event::CustomerThinking { .. } | Event::ReturnPlanned { .. } => known.since = env.at,
            Event::Assigned { agent, work_s, .. } => {
                known.held_s = work_s * desk.agent_speed(agent, known.queue);
                let piece = Piece {
                    slot: env.slot,
                    key: known.key,
                    intent: known.intent,
                    work_s,
                    wraps_up_as_recorded: known.wraps_up_as_recorded,
                };
                self.pieces[agent.index()].push(piece);
            }
            Event::HandlingEnded { agent, wrap_up_s, left_s } => {
                known.done_s += if left_s > 0.0 { known.held_s - left_s } else { 0.0 };
                let pieces = &mut self.pieces[agent.index()];
                let place = pieces.iter().position(|p| p.slot == env.slot);
                match place {
                    Some(place) if wrap_up_s > 0.0 => {
                        (pieces[place].slot, pieces[place].work_s) = (SlotId::NONE, wrap_up_s);
                    }
                    Some(place) => {
                        pieces.remove(place);
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }
}

impl Desk<'_> {
    /// Draws anew what is hidden and not over, with the keys of this future.
    pub(super) fn redraw(&mut self, past: &[Envelope], at: SimTime) {
        let facts = Facts::of(self, past);
        for (number, known) in facts.contacts.iter().enumerate() {
            let slot = SlotId(number as u32);
            let c = self.state.contacts.get(slot).clone();
            let stage = if c.gone && c.planned { Stage::Pending } else { c.stage };
            match stage {
                Stage::Queued => self.redraw_waiting(slot, &c, known, at),
                Stage::Thinking => {
                    let think = self.scenario.bot.as_ref().and_then(|b| b.think.as_ref());
                    let u = self.draws.pair(Purpose::ThinkTime, c.key, c.turn).0;
                    self.redraw_due(slot, think, known.since, at, u);
                }
                Stage::Pending => {
                    let returns = &self.scenario.returns;
                    let (law, purpose) = if c.reason.is_retrial() {
                        (&returns.retry_delay, Purpose::RetryDelay)
                    } else {
                        (&returns.delay, Purpose::ReturnDelay)
                    };
                    let u = self.draws.unit(purpose, c.key);
                    self.redraw_due(slot, Some(law), known.since, at, u);
                }
                _ => {}
            }
        }
        for (number, pieces) in facts.pieces.iter().enumerate() {
            self.redraw_tasks(AgentId(number as u32), pieces, &facts.contacts, at);
        }
    }

    fn redraw_due(
        &mut self,
        slot: SlotId,
        law: Option<&Distribution>,
        since: SimTime,
        at: SimTime,
        u: f64,
    ) {
        if let Some(law) = law {
            let rest_s = law.conditional_residual_s(elapsed_s(since, at), u);
            self.state.contacts.get_mut(slot).due = at + SimDuration::from_s(rest_s);
        }
    }

    fn redraw_waiting(&mut self, slot: SlotId, c: &Contact, known: &Known, at: SimTime) {
        if c.deadline != SimTime::NEVER
            && let Some(deadline) = self.other_deadline(c, known, at)
        {
            let overflow = overflow_due(self.scenario, c.queue, c.entered);
            let c = self.state.contacts.get_mut(slot);
            c.deadline = deadline;
            c.due = deadline.min(overflow);
        }
        if c.left_s > 0.0
            && let Some(left_s) = self.rest_of_work_s(c, known.done_s)
        {
            self.state.contacts.get_mut(slot).left_s = left_s;
        }
    }

    /// When the customer gives up, who has waited until now and, where those who
    /// will not wait so long go away at once, meant to wait as long as was announced.
    fn other_deadline(&self, c: &Contact, known: &Known, at: SimTime) -> Option<SimTime> {
        // What is recorded is known: no other future has it otherwise.
        let recorded = self.recorded(c).filter(|_| c.joins == 1);
        if recorded.is_some_and(|r| r.patience_s.is_some()) {
            return None;
        }
        let channel = &self.scenario.channels[c.channel.index()];
        let own = self.scenario.intents[c.intent.index()].patience.as_ref();
        let law = own.or(channel.patience.as_ref())?;
        let tier = self.scenario.tiers[c.tier.index()].patience_factor;
        let told = channel.announcement.map_or(1.0, |a| a.patience_factor);
        if tier <= 0.0 || told <= 0.0 {
            return None;
        }
        let waited = if channel.open_hours_clock {
            channel.open.open_between(known.since, at)
        } else {
            at.since(known.since)
        };
        let rational = channel.announcement.is_some_and(|a| a.balk == Balk::Rational);
        let meant_s = if rational { known.announced_s } else { 0.0 };
        let served_after_s = recorded.map_or(0.0, |r| r.waited_s);
        let elapsed =
            (waited.as_s() / (tier * told)).max(meant_s / tier).max(served_after_s / tier);
        let sub = c.joins.wrapping_sub(1);
        let u = self.draws.pair(Purpose::Patience, c.key, sub).0;
        let patience_s = (elapsed + law.conditional_residual_s(elapsed, u)) * tier * told;
        let rest = SimDuration::from_s((patience_s - waited.as_s()).max(0.0));
        Some(if channel.open_hours_clock { channel.open.advance(at, rest) } else { at + rest })
    }

    /// Standard work that is left of a contact on which so much was done, seconds;
    /// `None` where it is not by chance.
    fn rest_of_work_s(&self, c: &Contact, done_s: f64) -> Option<f64> {
        let routing = &self.scenario.routing;
        let triage = routing.triage.as_ref().filter(|t| t.queue == c.queue);
        let (law, factor, purpose, sub) = if c.gone {
            return None;
        } else if let Some(triage) = triage {
            (&triage.work, 1.0, Purpose::TriageWork, c.joins)
        } else if c.wrong {
            (&routing.misroute_work, 1.0, Purpose::TriageWork, c.joins)
        } else if self.recorded(c).is_some_and(|r| r.work_s.is_some()) {
            return None;
        } else {
            let factor = self.scenario.tiers[c.tier.index()].work_factor;
            let work = &self.scenario.intents[c.intent.index()].work;
            (work, factor, Purpose::HumanWork, 0)
        };
        if factor <= 0.0 {
            return None;
        }
        let u = self.draws.pair(purpose, c.key, sub).0;
        Some((law.conditional_residual_s(done_s / factor, u) * factor).max(1e-6))
    }

    fn redraw_tasks(&mut self, agent: AgentId, pieces: &[Piece], known: &[Known], at: SimTime) {
        if pieces.is_empty() {
            return;
        }
        let team = self.state.agents[agent.index()].team;
        let speed = &self.scenario.teams[team.index()].speed;
        self.state.agents[agent.index()].advance(at, speed);
        for (place, piece) in pieces.iter().enumerate() {
            let a = &self.state.agents[agent.index()];
            let Some(task) = a.tasks.get(place).copied() else {
                continue;
            };
            let done_s = (piece.work_s - a.left_s(&task, at, speed)).max(0.0);
            let rest_s = if task.slot == SlotId::NONE {
                let law = self.scenario.intents[piece.intent.index()].wrap_up.as_ref();
                let law = law.filter(|_| !piece.wraps_up_as_recorded);
                let u = self.draws.unit(Purpose::WrapUp, piece.key);
                law.map(|law| law.conditional_residual_s(done_s, u))
            } else {
                let c = self.state.contacts.get(task.slot);
                let speed = self.agent_speed(agent, c.queue);
                let before_s = known[task.slot.index()].done_s;
                let rest_s = self.rest_of_work_s(c, before_s + done_s * speed);
                rest_s.map(|s| s / speed)
            };
            if let Some(rest_s) = rest_s {
                let a = &mut self.state.agents[agent.index()];
                a.set_left_s(place, rest_s.max(1e-6), at);
            }
        }
    }
}
