//! Customers come: new ones from the sources, and those who come again.

use super::{Arrival, Desk, Stage, issue_key};
use crate::domain::{Outcome, ReturnReason};
use crate::event::{Event, Origin};
use crate::id::{ConversationId, LanguageId, SlotId, SourceId, TierId};
use crate::random::Purpose;
use crate::scenario::{AfterHours, Mix};

impl Desk<'_> {
    /// A new customer comes, perhaps by way of an article.
    pub(super) fn arrive(&mut self, number: usize, arrival: Arrival) {
        let source = &self.scenario.sources[number];
        let origin = Origin {
            source: SourceId(number as u16),
            interval: arrival.interval,
            index: arrival.index,
        };
        let key = issue_key(source.key, origin.interval, origin.index);
        let recorded = source.recorded(arrival.index).and_then(|r| r.intent);
        let intent = recorded.unwrap_or_else(|| self.pick(Purpose::Intent, key, &source.intents));
        let slot = self.state.contacts.next_slot();
        let (segment, channel) = (source.segment, source.channel);
        let exposure = self.scenario.intents[intent.index()].article_exposure;
        if source.articles && self.draws.happens(Purpose::ArticleExposed, key, exposure) {
            let viewed = Event::ArticleViewed { origin, segment, channel, intent };
            self.begin(slot, viewed);
            let solves = self.scenario.intents[intent.index()].article_solves;
            if self.draws.happens(Purpose::ArticleSolved, key, solves) {
                self.plan_return_after_article(slot);
                self.emit(slot, Event::ArticleSolved);
                return;
            }
        }
        let (tier, language) = self.kind_of_customer(origin.source, key);
        let started =
            Event::ContactStarted { origin, segment, channel, intent, tier, language, attempt: 0 };
        self.begin(slot, started);
        self.receive(slot, true);
    }

    /// A customer comes again, as planned. Where the empty chat of a silent leaver is
    /// still there, the contact has another place.
    pub(super) fn come_again(&mut self, slot: SlotId) {
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
        self.put(place, conversation, started);
        self.emit(place, returned);
        self.receive(place, self.scenario.returns.through_bot);
    }

    /// The first event of a contact; it has the number of the live article
    /// reader in its place, or the next number.
    fn begin(&mut self, slot: SlotId, event: Event) {
        let taken = slot != self.state.contacts.next_slot();
        let conversation = if taken {
            self.state.contacts.get(slot).id
        } else {
            ConversationId(self.state.next_conversation)
        };
        self.put(slot, conversation, event);
        self.touch_contact(slot);
    }

    /// The contact is there: turned away, to the bot, or to people.
    fn receive(&mut self, slot: SlotId, may_use_bot: bool) {
        let channel = &self.scenario.channels[self.state.contacts.get(slot).channel.index()];
        if channel.after_hours == AfterHours::TurnAway && !channel.open.contains(self.now) {
            self.end_contact(slot, Outcome::TurnedAway);
            return;
        }
        self.send_to_bot(slot, may_use_bot);
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
        mix.values[self.draws.choose(purpose, key, &mix.cumulative)]
    }
}
