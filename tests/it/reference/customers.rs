//! Customers: who comes, the bot that answers them first, and who comes again.

use super::model::{Desk, Stage};
use super::story::{LeftBot, Turn};
use convoq::domain::{EscalationReason, Party, ReturnReason};
use convoq::engine::answer;
use convoq::engine::{BotReply, BotRequest, issue_key};
use convoq::event::Origin;
use convoq::id::{ConversationId, SlotId, SourceId};
use convoq::random::{Purpose, combine};
use convoq::scenario::{AfterHours, BeyondCapacity, FaultKind};
use convoq::time::{SimDuration, SimTime};
use rand_distr::{Distribution as _, StandardNormal};

impl Desk<'_> {
    /// A new customer comes, perhaps by way of an article.
    pub fn arrive(&mut self) {
        let Some((number, arrival)) = self.arrivals.pop(self.scenario) else {
            return;
        };
        let source = &self.scenario.sources[number];
        let origin = Origin {
            source: SourceId(number as u16),
            interval: arrival.interval,
            index: arrival.index,
        };
        let issue = issue_key(source.key, arrival.interval, arrival.index);
        let contact = self.contacts.len();
        self.contacts.push(self.new_contact(origin, issue, source.channel));
        self.contacts[contact].place = self.take_place(contact);
        let intent = &self.scenario.intents[self.contacts[contact].intent.index()];
        let shown = self.draws.happens(Purpose::ArticleExposed, issue, intent.article_exposure);
        if source.articles && shown {
            let solved = self.draws.happens(Purpose::ArticleSolved, issue, intent.article_solves);
            self.story(contact).article = Some(solved);
            if solved {
                let p = self.scenario.returns.after_article;
                self.plan_return(contact, ReturnReason::AfterArticle, p);
                self.contacts[contact].stage = Stage::Over;
                self.give_place_back(contact);
                return;
            }
        }
        self.receive(contact, true);
    }

    /// A customer comes again, as planned: in the same place, or in another one while
    /// the empty chat of the contact before is still there.
    pub fn come_again(&mut self, before: usize) {
        let Some((_, channel)) = self.contacts[before].again.take() else {
            return;
        };
        let b = self.contacts[before].clone();
        let contact = self.contacts.len();
        let mut c = self.new_contact(b.story.origin, b.issue, channel);
        c.story.attempt = b.story.attempt + 1;
        c.key = combine(b.issue, u64::from(c.story.attempt));
        c.agent = b.agent;
        c.failed = b.failed;
        self.contacts.push(c);
        self.contacts[contact].place = if b.stage == Stage::Over {
            self.places[b.place] = Some(contact);
            b.place
        } else {
            self.take_place(contact)
        };
        self.receive(contact, self.scenario.returns.through_bot);
    }

    /// Outside opening hours a channel may turn contacts away.
    fn receive(&mut self, contact: usize, may_use_bot: bool) {
        let c = &mut self.contacts[contact];
        (c.story.tier, c.story.language) = (c.tier, c.language);
        let channel = &self.scenario.channels[self.contacts[contact].channel.index()];
        if channel.after_hours == AfterHours::TurnAway && !channel.open.contains(self.now) {
            self.end_unserved(contact, "turned_away");
        } else {
            self.come_to_bot(contact, may_use_bot);
        }
    }

    /// The bot takes the contact, lets it wait, or passes it on.
    fn come_to_bot(&mut self, contact: usize, may_use_bot: bool) {
        let Some(bot) = &self.scenario.bot else {
            return self.come_to_people(contact);
        };
        if let Some(reason) = self.past_the_bot(contact, may_use_bot) {
            self.story(contact).skipped = Some(reason);
            self.come_to_people(contact);
        } else if bot.sessions.is_none_or(|most| self.sessions < most) {
            self.begin_session(contact);
        } else if bot.beyond == BeyondCapacity::Wait {
            self.story(contact).waited_for_bot = true;
            self.contacts[contact].stage = Stage::WaitsForBot;
            self.bot_line.push(contact);
        } else {
            self.story(contact).skipped = Some(EscalationReason::NoCapacity);
            self.beyond_capacity(contact);
        }
    }

    fn past_the_bot(&self, contact: usize, may_use_bot: bool) -> Option<EscalationReason> {
        let bot = self.scenario.bot.as_ref()?;
        let c = &self.contacts[contact];
        let skill = &self.scenario.intents[c.intent.index()].bot;
        let channel = &self.scenario.channels[c.channel.index()];
        let here = bot.languages[c.language.index()] && bot.hours.contains(self.now);
        if !(may_use_bot && channel.bot && here) {
            return Some(EscalationReason::NotServed);
        }
        let share = bot.human_only[c.segment.index()];
        if skill.never
            || self.scenario.tiers[c.tier.index()].human_only
            || self.draws.happens(Purpose::HumanOnly, c.key, share)
        {
            return Some(EscalationReason::HumanOnly);
        }
        if c.failed && self.draws.happens(Purpose::Distrust, c.key, bot.lost_trust) {
            return Some(EscalationReason::Distrust);
        }
        if bot.escape_hatch && self.draws.happens(Purpose::Bypass, c.key, skill.bypass) {
            return Some(EscalationReason::Bypass);
        }
        let down = |f: &&convoq::scenario::Fault| {
            f.kind == FaultKind::BotOutage && f.span.contains(self.now)
        };
        let down = self.scenario.faults.iter().find(down);
        down.map(|_| EscalationReason::Failure)
    }

    fn beyond_capacity(&mut self, contact: usize) {
        let turned_away = |b: &convoq::scenario::Bot| b.beyond == BeyondCapacity::TurnAway;
        if self.scenario.bot.as_ref().is_some_and(turned_away) {
            self.end_unserved(contact, "blocked");
        } else {
            self.come_to_people(contact);
        }
    }

    fn begin_session(&mut self, contact: usize) {
        self.sessions += 1;
        let now = self.now;
        self.story(contact).session = Some(now);
        self.ask_bot(contact, 1);
    }

    /// A session ends. Unless the customer confirmed the answer, the bot has failed.
    fn end_session(&mut self, contact: usize, left: LeftBot) {
        self.sessions -= 1;
        let now = self.now;
        let c = &mut self.contacts[contact];
        let last = c.story.turns.last().and_then(|turn| turn.replied);
        let confirmed = left == LeftBot::Closed && last.is_some_and(|(_, right)| right);
        c.failed = c.failed || !confirmed;
        c.stage = Stage::Moving;
        c.story.left_bot = Some((now, left));
    }

    /// A session is free: whoever waits longest for one gets it.
    fn next_session(&mut self) {
        if !self.bot_line.is_empty() {
            let next = self.bot_line.remove(0);
            self.begin_session(next);
        }
    }

    /// How long the rate limit holds a request back: until the bucket has one.
    fn held(&mut self) -> SimDuration {
        let Some(rate) = self.scenario.bot.as_ref().and_then(|b| b.rate) else {
            return SimDuration::ZERO;
        };
        let gap = rate.gap.0 as i64;
        let full = gap * i64::from(rate.burst);
        let passed = self.now.since(self.bucket_at).0 as i64;
        self.bucket_us = self.bucket_us.saturating_add(passed).min(full);
        self.bucket_at = self.now;
        SimDuration((gap - self.bucket_us).max(0) as u64)
    }

    /// The customer writes to the bot.
    pub fn ask_bot(&mut self, contact: usize, turn: u16) {
        let Some(bot) = &self.scenario.bot else {
            return;
        };
        let held = self.held();
        if held > SimDuration::ZERO && bot.beyond != BeyondCapacity::Wait {
            self.end_session(contact, LeftBot::Escalated(EscalationReason::NoCapacity));
            self.beyond_capacity(contact);
            self.next_session();
            return;
        }
        if let Some(rate) = bot.rate {
            self.bucket_us -= rate.gap.0 as i64;
        }
        let key = self.contacts[contact].key;
        let patience = bot.patience.as_ref();
        let patience =
            patience.map(|p| p.sample(&mut self.draws.sub(Purpose::BotPatience, key, turn)));
        let deadline = patience.map_or(SimTime::NEVER, |p| self.now + held + p);
        let (replied, reply) = self.reply_of_bot(contact, turn, self.now + held);
        let c = &mut self.contacts[contact];
        c.turn = turn;
        c.stage = Stage::Asked { replied, reply, deadline };
        c.story.turns.push(Turn { asked: self.now, replied: None });
    }

    /// The scenario's bot is not under test; what faults do to it is.
    fn reply_of_bot(&self, contact: usize, turn: u16, at: SimTime) -> (SimTime, BotReply) {
        let c = &self.contacts[contact];
        let acts = || self.scenario.faults.iter().filter(|f| f.span.contains(at));
        let factor = |of: fn(FaultKind) -> Option<f64>| acts().filter_map(|f| of(f.kind)).product();
        let request = BotRequest {
            conversation: ConversationId::NONE,
            slot: SlotId::NONE,
            key: c.key,
            intent: c.intent,
            turn,
            at,
            elapsed: SimDuration::ZERO,
            latency_factor: factor(|f| match f {
                FaultKind::SlowBot(factor) => Some(factor),
                _ => None,
            }),
            accuracy_factor: factor(|f| match f {
                FaultKind::AccuracyRegression(factor) => Some(factor),
                _ => None,
            }),
            down: acts().any(|f| f.kind == FaultKind::BotOutage),
        };
        let (at, reply) = answer(self.scenario, self.draws, &request);
        (at.max(self.now), reply)
    }

    /// The answer takes too long: the customer asks for a person, or leaves.
    pub fn give_up_bot(&mut self, contact: usize) {
        let Some(bot) = &self.scenario.bot else {
            return;
        };
        let c = &self.contacts[contact];
        let (_, asks) = self.draws.pair(Purpose::Accept, c.key, c.turn);
        if bot.escape_hatch && asks < bot.ask_human {
            return self.escalate(contact, EscalationReason::TooSlow);
        }
        self.leave_bot(contact);
    }

    /// The customer gives the bot up.
    fn leave_bot(&mut self, contact: usize) {
        self.end_session(contact, LeftBot::GivenUp);
        self.end_unserved(contact, "abandoned");
        self.next_session();
    }

    /// The bot's answer is there: the customer accepts, leaves, asks for a person or
    /// writes again.
    pub fn bot_replied(&mut self, contact: usize, reply: BotReply) {
        let Some(bot) = &self.scenario.bot else {
            return;
        };
        let right = match reply {
            BotReply::Answer { right } => right,
            // Without a way to people the bot says that it did not understand.
            BotReply::Unsure | BotReply::NoContent if !bot.escape_hatch => false,
            BotReply::Unsure => return self.escalate(contact, EscalationReason::LowConfidence),
            BotReply::NoContent => return self.escalate(contact, EscalationReason::NoContent),
            _ => return self.escalate(contact, EscalationReason::Failure),
        };
        let now = self.now;
        let (key, turn) = (self.contacts[contact].key, self.contacts[contact].turn);
        let story = self.story(contact);
        if let Some(turn) = story.turns.last_mut() {
            turn.replied = Some((now, right));
        }
        story.replies[0].get_or_insert(now);
        let (closes, asks) = self.draws.pair(Purpose::Accept, key, turn);
        let ends = if right { bot.accept } else { bot.leave_silently };
        if closes < ends {
            self.end_session(contact, LeftBot::Closed);
            self.close(contact, Party::Bot, right);
            self.next_session();
        } else if bot.escape_hatch && asks < bot.ask_human {
            self.escalate(contact, EscalationReason::AskedHuman);
        } else if turn >= bot.max_turns && !bot.escape_hatch {
            self.leave_bot(contact);
        } else if turn >= bot.max_turns {
            self.escalate(contact, EscalationReason::MaxTurns);
        } else if let Some(think) = &bot.think {
            let mut stream = self.draws.sub(Purpose::ThinkTime, key, turn);
            self.contacts[contact].stage = Stage::Thinks(self.now + think.sample(&mut stream));
        } else {
            self.ask_bot(contact, turn + 1);
        }
    }

    fn escalate(&mut self, contact: usize, reason: EscalationReason) {
        self.end_session(contact, LeftBot::Escalated(reason));
        self.come_to_people(contact);
        self.next_session();
    }

    /// A party closes the contact.
    pub fn close(&mut self, contact: usize, party: Party, truly: bool) {
        self.story(contact).closed = Some((party, truly));
        self.ask_survey(contact, party, truly);
        let returns = &self.scenario.returns;
        let (reason, p, outcome) = match (party, truly) {
            (Party::Bot, true) => (ReturnReason::AfterTrue, returns.after_true, "closed_by_bot"),
            (Party::Bot, false) => (ReturnReason::AfterFalse, returns.after_false, "closed_by_bot"),
            (Party::Human, true) => {
                (ReturnReason::AfterHuman, returns.after_human, "closed_by_human")
            }
            (Party::Human, false) => {
                (ReturnReason::AfterHuman, returns.after_human_unsolved, "closed_by_human")
            }
        };
        self.plan_return(contact, reason, p);
        self.end(contact, outcome);
    }

    /// The contact ends without anybody having closed it; the customer may try again.
    pub fn end_unserved(&mut self, contact: usize, outcome: &'static str) {
        self.plan_retry(contact, outcome);
        self.end(contact, outcome);
    }

    pub fn plan_retry(&mut self, contact: usize, outcome: &'static str) {
        let returns = &self.scenario.returns;
        let (reason, p) = match outcome {
            "balked" => (ReturnReason::AfterBalk, returns.after_balk),
            "blocked" => (ReturnReason::AfterBlocked, returns.after_blocked),
            "turned_away" => (ReturnReason::AfterClosed, returns.after_closed),
            _ => (ReturnReason::AfterAbandon, returns.after_abandon),
        };
        self.plan_return(contact, reason, p);
    }

    pub fn end(&mut self, contact: usize, outcome: &'static str) {
        let now = self.now;
        self.story(contact).end = Some((now, outcome));
        self.contacts[contact].stage = Stage::Over;
        self.give_place_back(contact);
    }

    fn plan_return(&mut self, contact: usize, reason: ReturnReason, probability: f64) {
        let c = &self.contacts[contact];
        let returns = &self.scenario.returns;
        let (decision, delay, law) = if reason.is_retrial() {
            (Purpose::RetryDecision, Purpose::RetryDelay, &returns.retry_delay)
        } else {
            (Purpose::ReturnDecision, Purpose::ReturnDelay, &returns.delay)
        };
        if c.story.attempt + 1 >= returns.max_contacts
            || !self.draws.happens(decision, c.key, probability)
        {
            return;
        }
        let at = self.now + law.sample(&mut self.draws.of(delay, c.key));
        let switch = returns.channel_switch[c.channel.index()].as_ref();
        let channel = switch.map_or(c.channel, |mix| {
            let choice = self.draws.choose(Purpose::ChannelSwitch, c.key, &mix.cumulative);
            mix.values[choice]
        });
        let c = &mut self.contacts[contact];
        c.again = Some((at, channel));
        c.story.again = Some((at, reason, channel));
    }

    /// One latent satisfaction gives the three scores; the very happy and the very
    /// unhappy answer more often.
    fn ask_survey(&mut self, contact: usize, party: Party, truly: bool) {
        let Some(survey) = &self.scenario.survey else {
            return;
        };
        let c = &self.contacts[contact];
        let mut stream = self.draws.of(Purpose::Survey, c.key);
        let answers = stream.unit();
        let noise: f64 = StandardNormal.sample(&mut stream);
        let (mean, response, waited_us) = match (party, truly) {
            (Party::Bot, true) => (survey.centres[0], survey.response[0], 0),
            (Party::Bot, false) => (survey.centres[1], survey.response[0], 0),
            (Party::Human, true) => (survey.centres[2], survey.response[1], c.waited_us),
            (Party::Human, false) => (survey.centres[3], survey.response[1], c.waited_us),
        };
        let penalty = survey.wait_penalty_per_min * (waited_us as f64 / 60e6);
        let happy = (mean - penalty + survey.sd * noise).clamp(0.0, 1.0);
        let csat = 1 + (happy * 5.0).min(4.0) as u8;
        let factor = if csat == 1 || csat == 5 { survey.extreme_factor } else { 1.0 };
        if answers < response * factor {
            let (ces, nps) = (1 + (happy * 7.0).min(6.0) as u8, (happy * 11.0).min(10.0) as u8);
            self.story(contact).survey = Some((csat, ces, nps));
        }
    }
}
