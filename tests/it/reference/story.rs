//! What became of a contact, in words that the reference and the events share.

use convoq::domain::{EscalationReason, Party, ReturnReason};
use convoq::event::{Envelope, Event, Origin};
use convoq::id::{AgentId, ChannelId, IntentId, LanguageId, QueueId, SegmentId, TierId};
use convoq::time::SimTime;

/// A contact from its beginning to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub origin: Origin,
    pub attempt: u16,
    pub began: SimTime,
    pub segment: SegmentId,
    pub channel: ChannelId,
    pub intent: IntentId,
    pub tier: TierId,
    pub language: LanguageId,
    /// An article was shown; whether it solved the issue.
    pub article: Option<bool>,
    /// Why it did not come to the bot.
    pub skipped: Option<EscalationReason>,
    pub waited_for_bot: bool,
    pub session: Option<SimTime>,
    pub turns: Vec<Turn>,
    pub left_bot: Option<(SimTime, LeftBot)>,
    pub visits: Vec<Visit>,
    /// The queue that it did not join, and why.
    pub door: Option<(QueueId, Door)>,
    /// First answers of the bot and of people.
    pub replies: [Option<SimTime>; 2],
    pub closed: Option<(Party, bool)>,
    pub survey: Option<(u8, u8, u8)>,
    /// When the customer comes again, why and by which channel.
    pub again: Option<(SimTime, ReturnReason, ChannelId)>,
    pub end: Option<(SimTime, &'static str)>,
}

/// A message to the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub asked: SimTime,
    pub replied: Option<(SimTime, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeftBot {
    Escalated(EscalationReason),
    Closed,
    GivenUp,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Door {
    Balked,
    Refused,
}

/// A stay in a queue and with the agent who took the contact from there.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    pub queue: QueueId,
    pub joined: SimTime,
    /// Priority level; the events do not say it of a contact that has waited elsewhere.
    pub level: Option<u8>,
    pub wrong: bool,
    pub gone_on: Option<SimTime>,
    /// When the customer left, and whether without a sign.
    pub left: Option<(SimTime, bool)>,
    pub answered: Option<(SimTime, AgentId)>,
    /// Pieces of work that the agent had open then, with this one.
    pub at_once: u16,
    pub handled: Option<SimTime>,
    /// The same with the wrap-up.
    pub done: Option<SimTime>,
    /// Whether the end of a shift took it from the agent.
    pub handed_back: bool,
}

impl Visit {
    pub fn new(queue: QueueId, joined: SimTime, level: Option<u8>, wrong: bool) -> Self {
        Self {
            queue,
            joined,
            level,
            wrong,
            gone_on: None,
            left: None,
            answered: None,
            at_once: 0,
            handled: None,
            done: None,
            handed_back: false,
        }
    }

    pub fn waits(&self) -> bool {
        self.answered.is_none() && self.gone_on.is_none() && self.left.is_none()
    }
}

impl Story {
    pub fn new(origin: Origin, began: SimTime, of: (SegmentId, ChannelId, IntentId)) -> Self {
        let (segment, channel, intent) = of;
        Self {
            origin,
            attempt: 0,
            began,
            segment,
            channel,
            intent,
            tier: TierId(0),
            language: LanguageId(0),
            article: None,
            skipped: None,
            waited_for_bot: false,
            session: None,
            turns: Vec::new(),
            left_bot: None,
            visits: Vec::new(),
            door: None,
            replies: [None, None],
            closed: None,
            survey: None,
            again: None,
            end: None,
        }
    }

    /// Who it is: the customer, and the number of the contact.
    pub fn identity(&self) -> (u16, u32, u32, u16) {
        let o = self.origin;
        (o.source.0, o.interval, o.index, self.attempt)
    }
}

/// Folds the events of a run into stories, in the order of the contacts' numbers.
pub fn fold(events: &[Envelope]) -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    // The contacts of each agent, by place; a wrap-up takes the place of its contact.
    let mut tasks: Vec<Vec<usize>> = Vec::new();
    for envelope in events {
        let number = envelope.conversation.0 as usize;
        match envelope.event {
            Event::ArticleViewed { origin, segment, channel, intent } => {
                stories.push(Story::new(origin, envelope.at, (segment, channel, intent)));
                stories[number].article = Some(false);
            }
            Event::ContactStarted { origin, segment, channel, intent, tier, language, attempt } => {
                if stories.len() == number {
                    stories.push(Story::new(origin, envelope.at, (segment, channel, intent)));
                }
                let story = &mut stories[number];
                (story.attempt, story.tier, story.language) = (attempt, tier, language);
            }
            Event::WrapUpEnded { agent, place } => {
                let ended = tasks[agent.index()].remove(place as usize);
                end_of_work(&mut stories[ended], envelope.at);
            }
            _ => {
                if let Some(story) = stories.get_mut(number) {
                    follow(story, envelope);
                    follow_work(&mut tasks, story, envelope);
                }
            }
        }
    }
    stories
}

fn follow_work(tasks: &mut Vec<Vec<usize>>, story: &mut Story, envelope: &Envelope) {
    let number = envelope.conversation.0 as usize;
    match envelope.event {
        Event::Assigned { agent, .. } => {
            if tasks.len() <= agent.index() {
                tasks.resize(agent.index() + 1, Vec::new());
            }
            tasks[agent.index()].push(number);
        }
        Event::HandlingEnded { agent, wrap_up_s, .. } if wrap_up_s <= 0.0 => {
            tasks[agent.index()].retain(|task| *task != number);
            end_of_work(story, envelope.at);
        }
        _ => {}
    }
}

fn end_of_work(story: &mut Story, at: SimTime) {
    if let Some(visit) = story.visits.last_mut() {
        visit.done = Some(at);
    }
}

fn follow(story: &mut Story, envelope: &Envelope) {
    let at = envelope.at;
    match envelope.event {
        Event::ArticleSolved => story.article = Some(true),
        Event::BotSkipped { reason } => story.skipped = Some(reason),
        Event::BotQueued => story.waited_for_bot = true,
        Event::BotEngaged => story.session = Some(at),
        Event::BotAsked { .. } => story.turns.push(Turn { asked: at, replied: None }),
        Event::BotReplied { right, .. } => {
            if let Some(turn) = story.turns.last_mut() {
                turn.replied = Some((at, right));
            }
            story.replies[0].get_or_insert(at);
        }
        Event::BotEscalated { reason } => {
            story.left_bot = Some((at, LeftBot::Escalated(reason)));
        }
        Event::BotClosed { .. } => story.left_bot = Some((at, LeftBot::Closed)),
        Event::BotGivenUp { .. } => story.left_bot = Some((at, LeftBot::GivenUp)),
        Event::Balked { queue } => story.door = Some((queue, Door::Balked)),
        // A contact whose overflow finds no place waits on where it is.
        Event::Refused { queue } if !story.visits.last().is_some_and(Visit::waits) => {
            story.door = Some((queue, Door::Refused));
        }
        Event::FirstHumanReply => {
            story.replies[1].get_or_insert(at);
        }
        Event::Resolved { party, truly } => story.closed = Some((party, truly)),
        Event::SurveyAnswered { csat, ces, nps, .. } => story.survey = Some((csat, ces, nps)),
        Event::ReturnPlanned { at, reason, channel } => story.again = Some((at, reason, channel)),
        Event::ContactEnded { outcome } => story.end = Some((at, outcome.name())),
        _ => follow_visit(&mut story.visits, envelope),
    }
}

fn follow_visit(visits: &mut Vec<Visit>, envelope: &Envelope) {
    let at = envelope.at;
    if let Event::Queued { queue, level, wrong, .. } = envelope.event {
        visits.push(Visit::new(queue, at, Some(level), wrong));
        return;
    }
    let Some(visit) = visits.last_mut() else {
        return;
    };
    match envelope.event {
        Event::Abandoned { silent } => visit.left = Some((at, silent)),
        Event::Assigned { agent, concurrency, .. } => {
            visit.answered = Some((at, agent));
            visit.at_once = concurrency;
        }
        Event::HandlingEnded { left_s, .. } => {
            visit.handled = Some(at);
            visit.handed_back = left_s > 0.0;
        }
        // A contact that waits goes on by itself; `Queued` follows for one that was handled.
        Event::Transferred { to, .. } if visit.answered.is_none() => {
            visit.gone_on = Some(at);
            let next = Visit::new(to, at, None, visit.wrong);
            visits.push(next);
        }
        _ => {}
    }
}
