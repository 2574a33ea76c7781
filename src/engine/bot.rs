//! The bot stage: who comes to the bot, the chain of its turns,
//! its sessions and its rate limit.

use super::replies::PendingReply;
use super::{BotReply, BotRequest, Desk, Stage, TurnFacts};
use crate::domain::{EscalationReason, Outcome, Party};
use crate::event::Event;
use crate::id::SlotId;
use crate::random::Purpose;
use crate::scenario::{BeyondCapacity, Bot, FaultKind};
use crate::time::{SimDuration, SimTime};

impl<'s> Desk<'s> {
    /// The contact comes to the bot, or past it to people.
    pub(super) fn send_to_bot(&mut self, slot: SlotId, may_use_bot: bool) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else {
            self.send_to_people(slot);
            return;
        };
        if let Some(reason) = self.skips_bot(slot, bot, may_use_bot) {
            self.emit(slot, Event::BotSkipped { reason });
            self.send_to_people(slot);
        } else if bot.sessions.is_none_or(|most| self.state.bot.sessions < most) {
            self.engage_bot(slot);
        } else if bot.beyond == BeyondCapacity::Wait {
            self.emit(slot, Event::BotQueued);
        } else {
            self.emit(slot, Event::BotSkipped { reason: EscalationReason::NoCapacity });
            self.beyond_capacity(slot, bot);
        }
    }

    fn skips_bot(&self, slot: SlotId, bot: &Bot, may_use_bot: bool) -> Option<EscalationReason> {
        let c = self.state.contacts.get(slot);
        let skill = &self.scenario.intents[c.intent.index()].bot;
        let draws = self.draws;
        let served = may_use_bot
            && self.scenario.channels[c.channel.index()].bot
            && bot.languages[c.language.index()]
            && bot.hours.contains(self.now);
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

    fn beyond_capacity(&mut self, slot: SlotId, bot: &Bot) {
        if bot.beyond == BeyondCapacity::TurnAway {
            self.end_contact(slot, Outcome::Blocked);
        } else {
            self.send_to_people(slot);
        }
    }

    pub(super) fn engage_bot(&mut self, slot: SlotId) {
        self.emit(slot, Event::BotEngaged);
        self.ask_bot(slot, 1);
    }

    /// The customer writes to the bot.
    pub(super) fn ask_bot(&mut self, slot: SlotId, turn: u16) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else { return };
        let held = bot
            .rate
            .map_or(SimDuration::ZERO, |limit| limit.held(self.state.bot.bucket_full, self.now));
        if held > SimDuration::ZERO && bot.beyond != BeyondCapacity::Wait {
            self.emit(slot, Event::BotEscalated { reason: EscalationReason::NoCapacity });
            self.beyond_capacity(slot, bot);
            self.session_ended();
            return;
        }
        let key = self.state.contacts.get(slot).key;
        let deadline = bot.patience.as_ref().map_or(SimTime::NEVER, |law| {
            let mut stream = self.draws.sub(Purpose::BotPatience, key, turn);
            self.now + held + law.sample(&mut stream)
        });
        let asked = Event::BotAsked { turn, held, deadline };
        self.emit(slot, asked);
        self.request(slot, turn, self.now + held);
    }

    /// Puts a question in the outbox, with what the faults of the moment do to it.
    pub(super) fn request(&mut self, slot: SlotId, turn: u16, at: SimTime) {
        let c = self.state.contacts.get(slot);
        let request = BotRequest {
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
        self.out.requests.push(request.with_faults(self.scenario));
    }

    /// The bot's reply is there, or the customer's patience with it ends.
    pub(super) fn bot_due(&mut self, slot: SlotId, reply: Option<PendingReply>) {
        match reply {
            Some(pending) => {
                self.measured(slot, pending.reply, pending.measured);
                self.bot_replied(slot, pending);
            }
            None => self.give_up_bot(slot),
        }
    }

    /// Says what was measured of a real bot's reply.
    pub(super) fn measured(&mut self, slot: SlotId, reply: BotReply, facts: Option<TurnFacts>) {
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
            pause_us: facts.pause_us,
            tokens: facts.tokens,
            prompt_tokens: facts.prompt_tokens,
        };
        self.emit(slot, measured);
    }

    /// The answer takes too long: the customer asks for a person, or leaves.
    fn give_up_bot(&mut self, slot: SlotId) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else { return };
        let (key, turn) = {
            let c = self.state.contacts.get(slot);
            (c.key, c.turn)
        };
        let (_, u_ask) = self.draws.pair(Purpose::Accept, key, turn);
        if bot.escape_hatch && u_ask < bot.ask_human {
            return self.escalate(slot, EscalationReason::TooSlow);
        }
        self.leave_bot(slot, turn);
    }

    /// The customer gives the bot up.
    fn leave_bot(&mut self, slot: SlotId, turn: u16) {
        self.emit(slot, Event::BotGivenUp { turn });
        self.end_contact(slot, Outcome::Abandoned);
        self.session_ended();
    }

    /// The bot's answer is there: the customer accepts, leaves, asks for a person or rephrases.
    fn bot_replied(&mut self, slot: SlotId, pending: PendingReply) {
        let scenario = self.scenario;
        let Some(bot) = &scenario.bot else { return };
        let c = self.state.contacts.get(slot);
        let (key, turn) = (c.key, c.turn);
        let right = match pending.reply {
            BotReply::Answer { right } => right,
            BotReply::Fallback => false,
            BotReply::Resolved { right } => return self.closed_by_bot(slot, turn, right),
            BotReply::Handoff => {
                self.emit(slot, Event::BotReplied { turn, right: false });
                return self.escalate(slot, EscalationReason::HandedOff);
            }
            // Without a way out the bot says that it did not understand.
            BotReply::Unsure | BotReply::NoContent if !bot.escape_hatch => false,
            BotReply::Unsure => return self.escalate(slot, EscalationReason::LowConfidence),
            BotReply::NoContent => return self.escalate(slot, EscalationReason::NoContent),
            BotReply::Failed => {
                self.emit(slot, Event::BotFailed { turn });
                return self.escalate(slot, EscalationReason::Failure);
            }
        };
        self.emit(slot, Event::BotReplied { turn, right });
        let (u_close, u_ask) = self.draws.pair(Purpose::Accept, key, turn);
        let closes = u_close < if right { bot.accept } else { bot.leave_silently };
        if closes {
            self.emit(slot, Event::BotClosed { confirmed: right });
            self.close_contact(slot, Party::Bot, right);
            self.session_ended();
        } else if bot.escape_hatch && u_ask < bot.ask_human {
            self.escalate(slot, EscalationReason::AskedHuman);
        } else if turn >= bot.max_turns && bot.escape_hatch {
            self.escalate(slot, EscalationReason::MaxTurns);
        } else if turn >= bot.max_turns {
            self.leave_bot(slot, turn);
        } else {
            // The customer thinks from the end of the reply on, whenever that became known.
            let planned = bot.think.as_ref().map(|think| {
                let mut stream = self.draws.sub(Purpose::ThinkTime, key, turn);
                pending.ended + think.sample(&mut stream)
            });
            let earliest = pending.known.max(self.now);
            if planned.is_none() && earliest == self.now {
                return self.ask_bot(slot, turn + 1);
            }
            let until = planned.map_or(earliest, |at| at.max(earliest));
            self.emit(slot, Event::CustomerThinking { until });
        }
    }

    /// The bot said goodbye: nobody asks the customer.
    fn closed_by_bot(&mut self, slot: SlotId, turn: u16, right: bool) {
        self.emit(slot, Event::BotReplied { turn, right });
        self.emit(slot, Event::BotClosed { confirmed: right });
        self.close_contact(slot, Party::Bot, right);
        self.session_ended();
    }

    fn escalate(&mut self, slot: SlotId, reason: EscalationReason) {
        self.emit(slot, Event::BotEscalated { reason });
        self.send_to_people(slot);
        self.session_ended();
    }

    /// A session is free: the first who waits for one gets it.
    fn session_ended(&mut self) {
        let next = self.state.bot.waiting.head;
        if next != SlotId::NONE && self.state.contacts.get(next).stage == Stage::BotQueued {
            self.engage_bot(next);
        }
    }
}
