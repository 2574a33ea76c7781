//! What follows a contact: its end, a survey, and the customer who comes again.

use super::Desk;
use crate::domain::{Outcome, Party, ReturnReason};
use crate::event::Event;
use crate::id::SlotId;
use crate::random::Purpose;
use crate::scenario::Survey;
use rand_distr::{Distribution as _, StandardNormal};

impl Desk<'_> {
    /// A party closes the contact.
    pub(super) fn close_contact(&mut self, slot: SlotId, party: Party, truly: bool) {
        self.emit(slot, Event::Resolved { party, truly });
        if let Some(survey) = &self.scenario.survey {
            self.ask_survey(slot, party, truly, survey);
        }
        let returns = &self.scenario.returns;
        let (reason, probability) = match (party, truly) {
            (Party::Bot, true) => (ReturnReason::AfterTrue, returns.after_true),
            (Party::Bot, false) => (ReturnReason::AfterFalse, returns.after_false),
            (Party::Human, true) => (ReturnReason::AfterHuman, returns.after_human),
            (Party::Human, false) => (ReturnReason::AfterHuman, returns.after_human_unsolved),
        };
        self.plan_return(slot, reason, probability);
        let outcome = match party {
            Party::Bot => Outcome::ClosedByBot,
            Party::Human => Outcome::ClosedByHuman,
        };
        self.emit(slot, Event::ContactEnded { outcome });
    }

    /// The contact ends without anybody having closed it.
    pub(super) fn end_contact(&mut self, slot: SlotId, outcome: Outcome) {
        self.plan_retry(slot, outcome);
        self.emit(slot, Event::ContactEnded { outcome });
    }

    /// A customer who was not served, or not to the end, may try again.
    pub(super) fn plan_retry(&mut self, slot: SlotId, outcome: Outcome) {
        let returns = &self.scenario.returns;
        let (reason, probability) = match outcome {
            Outcome::Abandoned | Outcome::AbandonedSilently | Outcome::BrokenOff => {
                (ReturnReason::AfterAbandon, returns.after_abandon)
            }
            Outcome::Balked => (ReturnReason::AfterBalk, returns.after_balk),
            Outcome::Blocked => (ReturnReason::AfterBlocked, returns.after_blocked),
            Outcome::TurnedAway => (ReturnReason::AfterClosed, returns.after_closed),
            Outcome::ClosedByBot | Outcome::ClosedByHuman => return,
        };
        self.plan_return(slot, reason, probability);
    }

    pub(super) fn plan_return_after_article(&mut self, slot: SlotId) {
        let probability = self.scenario.returns.after_article;
        self.plan_return(slot, ReturnReason::AfterArticle, probability);
    }

    fn plan_return(&mut self, slot: SlotId, reason: ReturnReason, probability: f64) {
        if probability <= 0.0 {
            return;
        }
        let c = self.state.contacts.get(slot);
        let returns = &self.scenario.returns;
        let (decision, delay, law) = if reason.is_retrial() {
            (Purpose::RetryDecision, Purpose::RetryDelay, &returns.retry_delay)
        } else {
            (Purpose::ReturnDecision, Purpose::ReturnDelay, &returns.delay)
        };
        if c.attempt + 1 >= returns.max_contacts
            || !self.draws.happens(decision, c.key, probability)
        {
            return;
        }
        let at = self.now + law.sample(&mut self.draws.of(delay, c.key));
        let channel = match &returns.channel_switch[c.channel.index()] {
            Some(mix) => {
                mix.values[self.draws.choose(Purpose::ChannelSwitch, c.key, &mix.cumulative)]
            }
            None => c.channel,
        };
        self.emit(slot, Event::ReturnPlanned { at, reason, channel });
    }

    /// One latent satisfaction gives the three scores; the very happy and the
    /// very unhappy answer more often.
    fn ask_survey(&mut self, slot: SlotId, party: Party, truly: bool, s: &Survey) {
        let c = self.state.contacts.get(slot);
        let waited_us = match party {
            Party::Bot => 0,
            Party::Human => c.waited_us,
        };
        let mut stream = self.draws.of(Purpose::Survey, c.key);
        let u = stream.unit();
        let noise: f64 = StandardNormal.sample(&mut stream);
        let situation = usize::from(party == Party::Human) * 2 + usize::from(!truly);
        let wait_min = waited_us as f64 / 60e6;
        let happy = (s.centres[situation] - s.wait_penalty_per_min * wait_min + s.sd * noise)
            .clamp(0.0, 1.0);
        let csat = 1 + (happy * 5.0).min(4.0) as u8;
        let extreme = if csat == 1 || csat == 5 { s.extreme_factor } else { 1.0 };
        if u >= s.response[usize::from(party == Party::Human)] * extreme {
            return;
        }
        let (ces, nps) = (1 + (happy * 7.0).min(6.0) as u8, (happy * 11.0).min(10.0) as u8);
        self.emit(slot, Event::SurveyAnswered { party, csat, ces, nps });
    }
}
