//! The bot stage: who comes to the bot, the chain of its turns,
//! its sessions and its rate limit.

use super::replies::PendingReply;
use super::{BotReply, BotRequest, Engine, Outbox, Stage, TurnFacts};
use crate::domain::{EscalationReason, Outcome, Party};
use crate::event::Event;
use crate::id::SlotId;
use crate::random::Purpose;
use crate::scenario::{BeyondCapacity, Bot, FaultKind};
use crate::time::{SimDuration, SimTime};

impl<'s> Engine<'s> {
    /// The contact comes to the bot, or past it to people.
    pub(super) fn send_to_bot(&mut self, slot: SlotId, may_use_bot: bool, out: &mut Outbox) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else {
            self.send_to_people(slot, out);
            return;
        };
        if let Some(reason) = self.skips_bot(slot, bot, may_use_bot) {
            self.emit(slot, Event::BotSkipped { reason }, out);
            self.send_to_people(slot, out);
        } else if bot.sessions.is_none_or(|most| self.state.bot.sessions < most) {
            self.engage_bot(slot, out);
        } else if bot.beyond == BeyondCapacity::Wait {
            self.emit(slot, Event::BotQueued, out);
        } else {
            self.emit(slot, Event::BotSkipped { reason: EscalationReason::NoCapacity }, out);
            self.beyond_capacity(slot, bot, out);
        }
    }

    fn skips_bot(&self, slot: SlotId, bot: &Bot, may_use_bot: bool) -> Option<EscalationReason> {
        let c = self.state.contacts.get(slot);
        let skill = &self.scenario.intents[c.intent.index()].bot;
        let draws = self.streams;
        let served = may_use_bot
            && self.scenario.channels[c.channel.index()].bot
            && bot.languages[c.language.index()]
            && bot.hours.contains(self.state.now);
        let human_only = skill.never
            || self.scenario.tiers[c.tier.index()].human_only
            || draws.happens(Purpose::HumanOnly, c.key, bot.human_only[c.segment.index()]);
        if !served {
            Some(EscalationReason::NotServed)
        } else if human_only {
            Some(EscalationReason::HumanOnly)
        } else if c.failed && draws.happens(Purpose::Distrust, c.key, bot.lost_trust) {
            Some(EscalationReason::Distrust)
        } else if bot.escape_hatch && draws.happens(Purpose::Bypass, c.key, skill.bypass) {
            Some(EscalationReason::Bypass)
        } else if self.state.fault(self.scenario, |f| f == FaultKind::BotOutage) {
            Some(EscalationReason::Failure)
        } else {
            None
        }
    }

    fn beyond_capacity(&mut self, slot: SlotId, bot: &Bot, out: &mut Outbox) {
        if bot.beyond == BeyondCapacity::TurnAway {
            self.end_contact(slot, Outcome::Blocked, out);
        } else {
            self.send_to_people(slot, out);
        }
    }

    pub(super) fn engage_bot(&mut self, slot: SlotId, out: &mut Outbox) {
        self.emit(slot, Event::BotEngaged, out);
        self.ask_bot(slot, 1, out);
    }

    /// The customer writes to the bot.
    pub(super) fn ask_bot(&mut self, slot: SlotId, turn: u16, out: &mut Outbox) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else { return };
        let held = bot.rate.map_or(SimDuration::ZERO, |limit| {
            limit.held(self.state.bot.bucket_full, self.state.now)
        });
        if held > SimDuration::ZERO && bot.beyond != BeyondCapacity::Wait {
            self.emit(slot, Event::BotEscalated { reason: EscalationReason::NoCapacity }, out);
            self.beyond_capacity(slot, bot, out);
            self.session_ended(out);
            return;
        }
        let key = self.state.contacts.get(slot).key;
        let deadline = bot.patience.as_ref().map_or(SimTime::NEVER, |law| {
            let mut stream = self.streams.sub(Purpose::BotPatience, key, turn);
            self.state.now + held + law.sample(&mut stream)
        });
        let asked = Event::BotAsked { turn, held, deadline };
        self.emit(slot, asked, out);
        self.request(slot, turn, self.state.now + held, out);
    }

    /// Puts a question in the outbox, with what the faults of the moment do to it.
    pub(super) fn request(&mut self, slot: SlotId, turn: u16, at: SimTime, out: &mut Outbox) {
        let c = self.state.contacts.get(slot);
        let mut request = BotRequest {
            conversation: c.id,
            slot,
            key: c.key,
            intent: c.intent,
            turn,
            at,
            elapsed: SimDuration::ZERO,
            latency_factor: 1.0,
            accuracy_factor: 1.0,
            down: false,
        };
        // By the span, not by the state: a question asked again at a fork meets the same faults.
        for fault in self.scenario.faults.iter().filter(|f| f.span.contains(at)) {
            match fault.kind {
                FaultKind::BotOutage => request.down = true,
                FaultKind::SlowBot(factor) => request.latency_factor *= factor,
                FaultKind::AccuracyRegression(factor) => request.accuracy_factor *= factor,
                FaultKind::AgentsAbsent { .. } | FaultKind::DemandSpike => {}
            }
        }
        out.requests.push(request);
    }

    /// Says what was measured of a real bot's reply.
    pub(super) fn measured(
        &mut self,
        slot: SlotId,
        reply: BotReply,
        facts: Option<TurnFacts>,
        out: &mut Outbox,
    ) {
        let Some(facts) = facts else { return };
        let measured = Event::TurnMeasured {
            turn: self.state.contacts.get(slot).turn,
            class: facts.class,
            meaning: reply.meaning(),
            status: facts.status,
            lag_us: facts.lag_us,
            first_us: facts.first_us,
            answer_us: facts.answer_us,
            latency_us: facts.latency_us,
            connect_us: facts.connect_us,
            parts: facts.parts,
        };
        self.emit(slot, measured, out);
    }

    /// The answer takes too long: the customer asks for a person, or leaves.
    pub(super) fn give_up_bot(&mut self, slot: SlotId, out: &mut Outbox) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else { return };
        let (key, turn) = {
            let c = self.state.contacts.get(slot);
            (c.key, c.turn)
        };
        let (_, u_ask) = self.streams.pair(Purpose::Accept, key, turn);
        if bot.escape_hatch && u_ask < bot.ask_human {
            return self.escalate(slot, EscalationReason::TooSlow, out);
        }
        self.leave_bot(slot, turn, out);
    }

    /// The customer gives the bot up.
    fn leave_bot(&mut self, slot: SlotId, turn: u16, out: &mut Outbox) {
        self.emit(slot, Event::BotGivenUp { turn }, out);
        self.end_contact(slot, Outcome::Abandoned, out);
        self.session_ended(out);
    }

    /// The bot's answer is there: the customer accepts, leaves, asks for a person or rephrases.
    pub(super) fn bot_replied(&mut self, slot: SlotId, pending: PendingReply, out: &mut Outbox) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else { return };
        let c = self.state.contacts.get(slot);
        let (key, turn) = (c.key, c.turn);
        let right = match pending.reply {
            BotReply::Answer { right } => right,
            BotReply::Fallback => false,
            BotReply::Resolved { right } => return self.closed_by_bot(slot, turn, right, out),
            BotReply::Handoff => {
                self.emit(slot, Event::BotReplied { turn, right: false }, out);
                return self.escalate(slot, EscalationReason::HandedOff, out);
            }
            // Without a way out the bot says that it did not understand.
            BotReply::Unsure | BotReply::NoContent if !bot.escape_hatch => false,
            BotReply::Unsure => return self.escalate(slot, EscalationReason::LowConfidence, out),
            BotReply::NoContent => return self.escalate(slot, EscalationReason::NoContent, out),
            BotReply::Failed => {
                self.emit(slot, Event::BotFailed { turn }, out);
                return self.escalate(slot, EscalationReason::Failure, out);
            }
        };
        self.emit(slot, Event::BotReplied { turn, right }, out);
        let (u_close, u_ask) = self.streams.pair(Purpose::Accept, key, turn);
        let closes = u_close < if right { bot.accept } else { bot.leave_silently };
        if closes {
            self.emit(slot, Event::BotClosed { confirmed: right }, out);
            self.close_contact(slot, Party::Bot, right, out);
            self.session_ended(out);
        } else if bot.escape_hatch && u_ask < bot.ask_human {
            self.escalate(slot, EscalationReason::AskedHuman, out);
        } else if turn >= bot.max_turns && bot.escape_hatch {
            self.escalate(slot, EscalationReason::MaxTurns, out);
        } else if turn >= bot.max_turns {
            self.leave_bot(slot, turn, out);
        } else {
            // The customer thinks from the end of the reply on, whenever that became known.
            let planned = bot.think.as_ref().map(|think| {
                let mut stream = self.streams.sub(Purpose::ThinkTime, key, turn);
                pending.ended + think.sample(&mut stream)
            });
            let earliest = pending.known.max(self.state.now);
            if planned.is_none() && earliest == self.state.now {
                return self.ask_bot(slot, turn + 1, out);
            }
            let until = planned.map_or(earliest, |at| at.max(earliest));
            self.emit(slot, Event::CustomerThinking { until }, out);
        }
    }

    /// The bot said goodbye: nobody asks the customer.
    fn closed_by_bot(&mut self, slot: SlotId, turn: u16, right: bool, out: &mut Outbox) {
        self.emit(slot, Event::BotReplied { turn, right }, out);
        self.emit(slot, Event::BotClosed { confirmed: right }, out);
        self.close_contact(slot, Party::Bot, right, out);
        self.session_ended(out);
    }

    fn escalate(&mut self, slot: SlotId, reason: EscalationReason, out: &mut Outbox) {
        self.emit(slot, Event::BotEscalated { reason }, out);
        self.send_to_people(slot, out);
        self.session_ended(out);
    }

    /// A session is free: the first who waits for one gets it.
    fn session_ended(&mut self, out: &mut Outbox) {
        let next = self.state.bot.waiting.head;
        if next != SlotId::NONE && self.state.contacts.get(next).stage == Stage::BotQueued {
            self.engage_bot(next, out);
        }
    }
}
