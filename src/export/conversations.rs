//! The table `conversations`: a row for each contact, written when it ends.

use super::clock::Clock;
use super::rows::RowSink;
use super::{Fold, Seen, Span, word};
use crate::domain::Party;
use crate::event::{Cell, Envelope, Event, Header};
use crate::id::{AgentId, ConversationId, IntentId, LanguageId, QueueId, SourceId, TierId};
use crate::projection::{Book, Record, VisitEnd};
use crate::time::{SimDuration, SimTime};
use std::io;

super::columns! {
    /// The columns of `conversations`.
    CONVERSATIONS {
        "replication" Whole "the replication",
        "conversation" Whole "number of the contact in its replication",
        "chain" Whole "number of the first contact of the same issue; its own for a first contact",
        "previous" Whole "number of the contact before it of the same issue",
        "attempt" Whole "number of the contact among those of its issue, from 0",
        "return_reason" Word "why the customer came again",
        "source" Word "source of demand",
        "segment" Word "the customer's segment",
        "tier" Word "the customer's tier",
        "language" Word "the customer's language",
        "channel" Word "the channel",
        "intent" Word "what the customer wants",
        "after_article" Flag "whether it followed an article view of the same customer",
        "measured" Flag "whether it began in the measured window: reports count only these",
        "started_s" Real "when it began",
        "started_at" Moment "the same on the wall clock",
        "ended_s" Real "when it ended; none if it was open at the end of the run",
        "ended_at" Moment "the same on the wall clock",
        "outcome" Word "how it ended, one of the outcomes of events.md",
        "answered_by" Word "`human` if an agent took it while the customer was there, else `bot` if the bot answered",
        "bot_result" Word "`closed`, `escalated` or `skipped`: what came of the bot",
        "bot_reason" Word "why it was skipped or escalated",
        "bot_turns" Whole "answers of the bot",
        "bot_wait_s" Real "wait for a bot session, where it had to wait",
        "bot_s" Real "length of the bot session",
        "first_bot_reply_s" Real "from its beginning to the first answer of the bot",
        "queue" Word "the queue it is or was in last",
        "offered" Whole "how often it was offered to a queue, triage left out: joined, found full, or not joined",
        "answered" Whole "how often an agent took it from a queue, triage left out, the customer being there; a part after a shift end is not a new one",
        "wait_answered_s" Real "waits that ended with an agent, on the clock of the queue",
        "wait_abandoned_s" Real "waits that ended with the customer leaving, on the clock of the queue",
        "wait_triage_s" Real "waits for triage, however they ended, on the clock of the queue",
        "abandoned" Flag "whether the customer left a queue with a sign",
        "transfers" Whole "moves from one queue to another",
        "first_human_reply_s" Real "from its beginning to the first word of a person",
        "agent" Whole "number of the agent who had it last",
        "team" Word "the team of that agent",
        "agents_taken" Whole "how often an agent took it, whatever the reason",
        "handling_s" Real "time of agents on it, without wrap-up, on the wall clock",
        "resolved_claimed" Flag "whether the bot or an agent closed it as resolved",
        "resolved_by" Word "who closed it",
        "csat" Whole "satisfaction, 1 to 5; none without an answer",
        "ces" Whole "effort, 1 (hard) to 7 (easy)",
        "nps" Whole "would recommend, 0 to 10",
        "true_resolved" Flag "hidden: whether the issue was resolved indeed",
        "true_right_answers" Whole "hidden: right answers of the bot",
        "true_left_silently" Flag "hidden: whether the customer left a queue without a sign",
        "true_wrong_queue" Flag "hidden: whether it ever joined a wrong queue",
        "true_work_s" Real "hidden: work that it held for its agents, seconds if it were their only task",
        "true_wrap_up_s" Real "hidden: wrap-up after it, seconds if it were the only task",
        "true_returns" Flag "hidden: whether the customer decided to come again",
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
pub(super) struct Conversations<'h> {
    header: &'h Header,
    clock: Clock,
    span: Span,
    replication: u32,
    /// By place; `None` where no contact is live.
    live: Vec<Option<Contact>>,
}

impl<'h> Conversations<'h> {
    pub(super) fn new(header: &'h Header, span: Span) -> Self {
        Self { header, clock: Clock::new(header), span, replication: 0, live: Vec::new() }
    }

    fn open(&mut self, seen: &Seen<'_>) {
        let Event::ContactStarted { origin, intent, tier, language, attempt, .. } = seen.env.event
        else {
            return;
        };
        let place = seen.env.slot.index();
        if place >= self.live.len() {
            self.live.resize(place + 1, None);
        }
        self.live[place] = Some(Contact {
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

    fn write(&self, r: &Record, c: &Contact, end: Ending, out: &mut dyn RowSink) -> io::Result<()> {
        if !self.span.holds(c.started) {
            return Ok(());
        }
        let h = self.header;
        let [started_s, started_at] = self.clock.cells(c.started);
        let [ended_s, ended_at] = self.clock.cells_of(end.map(|(at, _)| at));
        let queue = h.queues.get(r.queue.index()).filter(|_| r.queue != QueueId::NONE);
        let agent = Some(r.agent).filter(|a| *a != AgentId::NONE);
        let team = agent.and_then(|a| super::team_of(h, a));
        let score = |n: usize| c.scores.map_or(Cell::Null, |s| Cell::Whole(s[n].into()));
        let cells: [Cell<'_>; CONVERSATIONS.len()] = [
            Cell::Whole(self.replication.into()),
            Cell::Whole(r.id.0.into()),
            Cell::Whole(c.chain.0.into()),
            c.previous.map_or(Cell::Null, |p| Cell::Whole(p.0.into())),
            Cell::Whole(c.attempt.into()),
            words(c.return_reason),
            word(&h.sources, c.source.index()),
            word(&h.segments, r.segment.index()),
            word(&h.tiers, c.tier.index()),
            word(&h.languages, c.language.index()),
            word(&h.channels, r.channel.index()),
            word(&h.intents, c.intent.index()),
            Cell::Flag(r.after_article),
            Cell::Flag(r.measured),
            started_s,
            started_at,
            ended_s,
            ended_at,
            words(end.map(|(_, outcome)| outcome)),
            words(c.answered_by(r)),
            words(c.bot_result),
            words(c.bot_reason),
            Cell::Whole(r.bot_answers.into()),
            seconds(c.bot_wait),
            seconds(c.bot),
            seconds(c.first_bot_reply),
            queue.map_or(Cell::Null, |q| Cell::Word(&q.name)),
            Cell::Whole(c.offered.into()),
            Cell::Whole(c.answered.into()),
            seconds(c.wait_answered),
            seconds(c.wait_abandoned),
            seconds(c.wait_triage),
            Cell::Flag(c.abandoned),
            Cell::Whole(c.transfers.into()),
            seconds(c.first_human_reply),
            agent.map_or(Cell::Null, |a| Cell::Whole(a.0.into())),
            team.map_or(Cell::Null, Cell::Word),
            Cell::Whole(c.taken.into()),
            seconds(Some(c.handling).filter(|_| c.taken > 0)),
            Cell::Flag(c.resolved.is_some()),
            words(c.resolved.map(|(party, _)| party)),
            score(0),
            score(1),
            score(2),
            c.resolved.map_or(Cell::Null, |(_, truly)| Cell::Flag(truly)),
            Cell::Whole(c.right_answers.into()),
            Cell::Flag(c.left_silently),
            Cell::Flag(c.wrong_queue),
            Cell::Real(c.work_s),
            Cell::Real(c.wrap_up_s),
            Cell::Flag(c.returns),
        ];
        out.row(&cells)
    }
}

/// When and how a contact ended.
type Ending = Option<(SimTime, &'static str)>;

fn words(word: Option<&str>) -> Cell<'_> {
    word.map_or(Cell::Null, Cell::Word)
}

fn seconds<'a>(length: Option<SimDuration>) -> Cell<'a> {
    length.map_or(Cell::Null, |length| Cell::Real(length.as_s()))
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

impl Fold for Conversations<'_> {
    fn begin(&mut self, replication: u32) {
        self.replication = replication;
        self.live.clear();
    }

    fn event(&mut self, seen: &Seen<'_>, out: &mut dyn RowSink) -> io::Result<()> {
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
        c.queue(self.header, seen.book, env);
        c.later(r, &env.event, env.at);
        let contact = *c;
        match env.event {
            Event::ContactEnded { outcome } => {
                self.live[env.slot.index()] = None;
                self.write(r, &contact, Some((env.at, outcome.name())), out)
            }
            _ => Ok(()),
        }
    }

    /// Contacts that are open at the end of the run, in the order of their numbers.
    fn end(&mut self, seen: &super::End<'_>, out: &mut dyn RowSink) -> io::Result<()> {
        let live = std::mem::take(&mut self.live);
        let places = live.iter().enumerate();
        let mut open: Vec<_> = places
            .filter_map(|(place, c)| Some((seen.book.get(super::slot(place)), (*c)?)))
            .collect();
        open.sort_by_key(|(r, _)| r.id);
        for (r, c) in &open {
            self.write(r, c, None, out)?;
        }
        Ok(())
    }
}
