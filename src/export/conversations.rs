//! The table `conversations`: a row for each contact, written when it ends.

use super::rows::Rows;
use super::{End, Fold, Seen};
use crate::domain::Party;
use crate::event::{Envelope, Event, Header};
use crate::id::{AgentId, ConversationId, IntentId, LanguageId, QueueId, SlotId, SourceId, TierId};
use crate::projection::{Book, Record, VisitEnd};
use crate::time::{SimDuration, SimTime};
use std::io;

super::columns! {
    /// The columns of `conversations`.
    CONVERSATIONS<'a>(to: &Rows<'a>, r: &Record, c: &Contact, end: Ending) {
        "replication" Whole = to.replication => "the replication",
        "conversation" Whole = r.id.0 => "number of the contact in its replication",
        "chain" Whole = c.chain.0 => "number of the first contact of the same issue; its own for a first contact",
        "previous" Whole = c.previous.map(|p| p.0) => "number of the contact before it of the same issue",
        "attempt" Whole = c.attempt => "number of the contact among those of its issue, from 0",
        "return_reason" Word = c.return_reason => "why the customer came again",
        "source" Word = to.header.sources.get(c.source.index()) => "source of demand",
        "segment" Word = to.header.segments.get(r.segment.index()) => "the customer's segment",
        "tier" Word = to.header.tiers.get(c.tier.index()) => "the customer's tier",
        "language" Word = to.header.languages.get(c.language.index()) => "the customer's language",
        "channel" Word = to.header.channels.get(r.channel.index()) => "the channel",
        "intent" Word = to.header.intents.get(c.intent.index()) => "what the customer wants",
        "after_article" Flag = r.after_article => "whether it followed an article view of the same customer",
        "measured" Flag = r.measured => "whether it began in the measured window: reports count only these",
        "started_s" Real = c.started => "when it began",
        "started_at" Moment = to.clock.wall(c.started) => "the same on the wall clock",
        "ended_s" Real = end.map(|(at, _)| at) => "when it ended; none if it was open at the end of the run",
        "ended_at" Moment = end.map(|(at, _)| to.clock.wall(at)) => "the same on the wall clock",
        "outcome" Word = end.map(|(_, outcome)| outcome) => "how it ended, one of the outcomes of events.md",
        "answered_by" Word = c.answered_by(r) => "`human` if an agent took it while the customer was there, else `bot` if the bot answered",
        "bot_result" Word = c.bot_result => "`closed`, `escalated` or `skipped`: what came of the bot",
        "bot_reason" Word = c.bot_reason => "why it was skipped or escalated",
        "bot_turns" Whole = r.bot_answers => "answers of the bot",
        "bot_wait_s" Real = c.bot_wait => "wait for a bot session, where it had to wait",
        "bot_s" Real = c.bot => "length of the bot session",
        "first_bot_reply_s" Real = c.first_bot_reply => "from its beginning to the first answer of the bot",
        "queue" Word = queue_of(to.header, r) => "the queue it is or was in last",
        "offered" Whole = c.offered => "how often it was offered to a queue, triage left out: joined, found full, or not joined",
        "answered" Whole = c.answered => "how often an agent took it from a queue, triage left out, the customer being there; a part after a shift end is not a new one",
        "wait_answered_s" Real = c.wait_answered => "waits that ended with an agent, on the clock of the queue",
        "wait_abandoned_s" Real = c.wait_abandoned => "waits that ended with the customer leaving, on the clock of the queue",
        "wait_triage_s" Real = c.wait_triage => "waits for triage, however they ended, on the clock of the queue",
        "abandoned" Flag = c.abandoned => "whether the customer left a queue with a sign",
        "transfers" Whole = c.transfers => "moves from one queue to another",
        "first_human_reply_s" Real = c.first_human_reply => "from its beginning to the first word of a person",
        "agent" Whole = agent_of(r).map(|a| a.0) => "number of the agent who had it last",
        "team" Word = agent_of(r).and_then(|a| super::team_of(to.header, a)) => "the team of that agent",
        "agents_taken" Whole = c.taken => "how often an agent took it, whatever the reason",
        "handling_s" Real = Some(c.handling).filter(|_| c.taken > 0) => "time of agents on it, without wrap-up, on the wall clock",
        "resolved_claimed" Flag = c.resolved.is_some() => "whether the bot or an agent closed it as resolved",
        "resolved_by" Word = c.resolved.map(|(party, _)| party) => "who closed it",
        "csat" Whole = c.scores.map(|s| s[0]) => "satisfaction, 1 to 5; none without an answer",
        "ces" Whole = c.scores.map(|s| s[1]) => "effort, 1 (hard) to 7 (easy)",
        "nps" Whole = c.scores.map(|s| s[2]) => "would recommend, 0 to 10",
        "true_resolved" Flag = c.resolved.map(|(_, truly)| truly) => "hidden: whether the issue was resolved indeed",
        "true_right_answers" Whole = c.right_answers => "hidden: right answers of the bot",
        "true_left_silently" Flag = c.left_silently => "hidden: whether the customer left a queue without a sign",
        "true_wrong_queue" Flag = c.wrong_queue => "hidden: whether it ever joined a wrong queue",
        "true_work_s" Real = c.work_s => "hidden: work that it held for its agents, seconds if it were their only task",
        "true_wrap_up_s" Real = c.wrap_up_s => "hidden: wrap-up after it, seconds if it were the only task",
        "true_returns" Flag = c.returns => "hidden: whether the customer decided to come again",
    }
}

/// What is known of a live contact beside the book.
#[derive(Clone, Copy, Debug, Default)]
struct Contact {
    started: SimTime,
    chain: ConversationId,
    previous: Option<ConversationId>,
    return_reason: Option<&'static str>,
    attempt: u16,
    source: SourceId,
    tier: TierId,
    language: LanguageId,
    intent: IntentId,
    bot_result: Option<&'static str>,
    bot_reason: Option<&'static str>,
    bot_wait: Option<SimDuration>,
    bot: Option<SimDuration>,
    first_bot_reply: Option<SimDuration>,
    first_human_reply: Option<SimDuration>,
    offered: u32,
    answered: u32,
    wait_answered: Option<SimDuration>,
    wait_abandoned: Option<SimDuration>,
    wait_triage: Option<SimDuration>,
    abandoned: bool,
    transfers: u32,
    served: bool,
    taken: u32,
    handling: SimDuration,
    resolved: Option<(&'static str, bool)>,
    scores: Option<[u8; 3]>,
    right_answers: u32,
    left_silently: bool,
    wrong_queue: bool,
    work_s: f64,
    wrap_up_s: f64,
    returns: bool,
}

/// The fold behind `conversations`.
pub(super) struct Conversations<'r, 'h> {
    to: &'r mut Rows<'h>,
    /// By place; `None` where no contact is live.
    live: Vec<Option<Contact>>,
}

impl<'r, 'h> Conversations<'r, 'h> {
    pub(super) fn new(to: &'r mut Rows<'h>) -> Self {
        Self { to, live: Vec::new() }
    }

    fn open(&mut self, seen: &Seen<'_>) {
        let Event::ContactStarted { origin, intent, tier, language, attempt, .. } = seen.env.event
        else {
            return;
        };
        *super::place_of(&mut self.live, seen.env.slot.index(), None) = Some(Contact {
            started: seen.env.at,
            chain: seen.env.conversation,
            attempt,
            source: origin.source,
            tier,
            language,
            intent,
            ..Contact::default()
        });
    }

    fn write(&mut self, r: &Record, c: &Contact, end: Ending) -> io::Result<()> {
        if !self.to.span.holds(c.started) {
            return Ok(());
        }
        let cells = cells(self.to, r, c, end);
        self.to.row(&cells)
    }
}

/// When and how a contact ended.
type Ending = Option<(SimTime, &'static str)>;

fn queue_of<'h>(header: &'h Header, r: &Record) -> Option<&'h str> {
    let queue = header.queues.get(r.queue.index()).filter(|_| r.queue != QueueId::NONE);
    queue.map(|q| q.name.as_str())
}

fn agent_of(r: &Record) -> Option<AgentId> {
    Some(r.agent).filter(|a| *a != AgentId::NONE)
}

fn add(sum: &mut Option<SimDuration>, length: SimDuration) {
    *sum = Some(sum.unwrap_or_default() + length);
}

impl Contact {
    fn answered_by(&self, r: &Record) -> Option<&'static str> {
        match (self.served, r.bot_answers > 0) {
            (true, _) => Some(Party::Human.name()),
            (_, true) => Some(Party::Bot.name()),
            _ => None,
        }
    }

    /// The bot's part of a contact.
    fn bot(&mut self, r: &Record, event: &Event, at: SimTime) {
        match *event {
            Event::BotSkipped { reason } => {
                self.bot_result = Some("skipped");
                self.bot_reason = Some(reason.name());
            }
            Event::BotEngaged if r.bot_queued => self.bot_wait = Some(at.since(r.bot_since)),
            Event::BotReplied { right, .. } => {
                self.first_bot_reply.get_or_insert(at.since(r.started));
                self.right_answers += u32::from(right);
            }
            Event::BotEscalated { reason } => {
                self.bot_result = Some("escalated");
                self.bot_reason = Some(reason.name());
                self.bot = Some(at.since(r.bot_since));
            }
            Event::BotClosed { .. } => {
                self.bot_result = Some("closed");
                self.bot = Some(at.since(r.bot_since));
            }
            _ => {}
        }
    }

    /// Queues; triage queues stand apart.
    fn queue(&mut self, header: &Header, book: &Book, env: &Envelope) {
        let triage = |queue: QueueId| header.queues[queue.index()].triage;
        match env.event {
            Event::Queued { wrong, .. } => self.wrong_queue |= wrong,
            Event::Transferred { .. } => self.transfers += 1,
            Event::Abandoned { silent } => {
                self.abandoned |= !silent;
                self.left_silently |= silent;
            }
            Event::Assigned { work_s, .. } => {
                self.taken += 1;
                self.served |= !book.get(env.slot).gone;
                self.work_s += work_s;
            }
            _ => {}
        }
        if let Some(queue) = book.offered(env) {
            self.offered += u32::from(!triage(queue));
        }
        let Some(visit) = book.visit(header, env) else {
            return;
        };
        match visit.end {
            VisitEnd::Answered | VisitEnd::Left { .. } if triage(visit.queue) => {
                add(&mut self.wait_triage, visit.wait);
            }
            VisitEnd::Answered => {
                self.answered += 1;
                add(&mut self.wait_answered, visit.wait);
            }
            VisitEnd::Left { .. } => add(&mut self.wait_abandoned, visit.wait),
            _ => {}
        }
    }

    /// What follows the queue.
    fn later(&mut self, r: &Record, event: &Event, at: SimTime) {
        match *event {
            Event::ContactReturned { of, chain, reason, .. } => {
                self.previous = Some(of);
                self.chain = chain;
                self.return_reason = Some(reason.name());
            }
            Event::FirstHumanReply => {
                self.first_human_reply.get_or_insert(at.since(r.started));
            }
            Event::HandlingEnded { wrap_up_s, .. } => {
                self.handling += at.since(r.assigned);
                self.wrap_up_s += wrap_up_s;
            }
            Event::Resolved { party, truly } => self.resolved = Some((party.name(), truly)),
            Event::SurveyAnswered { csat, ces, nps, .. } => self.scores = Some([csat, ces, nps]),
            Event::ReturnPlanned { .. } => self.returns = true,
            _ => {}
        }
    }
}

impl Fold for Conversations<'_, '_> {
    fn begin(&mut self, replication: u32) {
        self.to.replication = replication;
        self.live.clear();
    }

    fn event(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let env = seen.env;
        if let Event::ContactStarted { .. } = env.event {
            self.open(seen);
            return Ok(());
        }
        let Some(Some(c)) = self.live.get_mut(env.slot.index()) else {
            return Ok(());
        };
        let r = seen.book.get(env.slot);
        c.bot(r, &env.event, env.at);
        c.queue(self.to.header, seen.book, env);
        c.later(r, &env.event, env.at);
        let contact = *c;
        match env.event {
            Event::ContactEnded { outcome } => {
                self.live[env.slot.index()] = None;
                self.write(r, &contact, Some((env.at, outcome.name())))
            }
            _ => Ok(()),
        }
    }

    /// Contacts that are open at the end of the run, in the order of their numbers.
    fn end(&mut self, end: &End<'_>) -> io::Result<()> {
        let live = std::mem::take(&mut self.live);
        let places = live.iter().enumerate();
        let mut open: Vec<_> = places
            .filter_map(|(place, c)| Some((end.book.get(SlotId(place as u32)), (*c)?)))
            .collect();
        open.sort_by_key(|(r, _)| r.id);
        for (r, c) in &open {
            self.write(r, c, None)?;
        }
        Ok(())
    }
}
