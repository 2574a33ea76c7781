//! Customers come: new ones from the sources, and those who come again.

use super::{Engine, Outbox, Stage, issue_key};
use crate::domain::{Outcome, ReturnReason};
use crate::event::{Event, Origin};
use crate::id::{ConversationId, LanguageId, SlotId, SourceId, TierId};
use crate::random::Purpose;
use crate::scenario::{AfterHours, Mix};

impl Engine<'_> {
    /// A new customer comes, perhaps by way of an article.
    pub(super) fn arrive(&mut self, out: &mut Outbox) {
        let Some((number, arrival)) = self.arrivals.pop(self.scenario) else {
            return;
        };
        let source = &self.scenario.sources[number];
        let origin = Origin {
            source: SourceId(number as u16),
            interval: arrival.interval,
            index: arrival.index,
        };
        let key = issue_key(source.key, origin.interval, origin.index);
        let intent = self.pick(Purpose::Intent, key, &source.intents);
        let slot = self.state.contacts.next_slot();
        let (segment, channel) = (source.segment, source.channel);
        let exposure = self.scenario.intents[intent.index()].article_exposure;
        if source.articles && self.streams.happens(Purpose::ArticleExposed, key, exposure) {
            let viewed = Event::ArticleViewed { origin, segment, channel, intent };
            self.begin(slot, viewed, out);
            let solves = self.scenario.intents[intent.index()].article_solves;
            if self.streams.happens(Purpose::ArticleSolved, key, solves) {
                self.plan_return_after_article(slot, out);
                self.emit(slot, Event::ArticleSolved, out);
                return;
            }
        }
        let (tier, language) = self.kind_of_customer(origin.source, key);
        let started =
            Event::ContactStarted { origin, segment, channel, intent, tier, language, attempt: 0 };
        self.begin(slot, started, out);
        self.receive(slot, true, out);
    }

    /// A customer comes again, as planned. Where the empty chat of a silent leaver is
    /// still there, the contact has another place.
    pub(super) fn come_again(&mut self, slot: SlotId, out: &mut Outbox) {
        let c = self.state.contacts.get(slot);
        // Who had only read an article is made known now.
        let (tier, language) = match c.reason {
            ReturnReason::AfterArticle => self.kind_of_customer(c.origin.source, c.issue),
            _ => (c.tier, c.language),
        };
        let returned =
            Event::ContactReturned { of: c.id, chain: c.chain, reason: c.reason, ended: c.ended };
        let started = Event::ContactStarted {
            origin: c.origin,
            segment: c.segment,
            channel: c.next_channel,
            intent: c.intent,
            tier,
            language,
            attempt: c.attempt + 1,
        };
        let place = match c.stage {
            Stage::Pending => slot,
            _ => self.state.contacts.next_slot(),
        };
        let conversation = ConversationId(self.state.next_conversation);
        self.put(place, conversation, started, self.state.now, out);
        self.emit(place, returned, out);
        self.receive(place, self.scenario.returns.through_bot, out);
    }

    /// The first event of a contact; it has the number of the live article
    /// reader in its place, or the next number.
    fn begin(&mut self, slot: SlotId, event: Event, out: &mut Outbox) {
        let taken = slot != self.state.contacts.next_slot();
        let conversation = if taken {
            self.state.contacts.get(slot).id
        } else {
            ConversationId(self.state.next_conversation)
        };
        self.put(slot, conversation, event, self.state.now, out);
        self.touch_contact(slot);
    }

    /// The contact is there: turned away, to the bot, or to people.
    fn receive(&mut self, slot: SlotId, may_use_bot: bool, out: &mut Outbox) {
        let channel = &self.scenario.channels[self.state.contacts.get(slot).channel.index()];
        if channel.after_hours == AfterHours::TurnAway && !channel.open.contains(self.state.now) {
            self.end_contact(slot, Outcome::TurnedAway, out);
            return;
        }
        self.send_to_bot(slot, may_use_bot, out);
    }

    /// Tier and language of the customer of an issue.
    fn kind_of_customer(&self, source: SourceId, issue: u64) -> (TierId, LanguageId) {
        let source = &self.scenario.sources[source.index()];
        let tier = self.pick(Purpose::Tier, issue, &source.tiers);
        (tier, self.pick(Purpose::Language, issue, &source.languages))
    }

    fn pick<T: Copy>(&self, purpose: Purpose, key: u64, mix: &Mix<T>) -> T {
        if mix.values.len() == 1 {
            return mix.values[0];
        }
        mix.values[self.streams.choose(purpose, key, &mix.cumulative)]
    }
}
