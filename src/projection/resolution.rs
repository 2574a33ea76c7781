//! Bot, articles, outcomes and returns: who resolved what, in appearance and in truth.

use super::{Book, Gauge, IntervalClock, Projection, Record};
use crate::counters;
use crate::domain::{EscalationReason, Outcome, Party};
use crate::event::{Envelope, Event, Header};
use crate::time::SimTime;

counters! {
    /// Counters of one combination of segment, channel and intent.
    DemandCell {
        /// Customers who were shown articles.
        article_views: u64,
        /// Issues that an article seemed to solve.
        articles_solved: u64,
        /// Of these: no contact within the deflection window.
        articles_deflected: u64,
        /// Contacts, returns and retrials included.
        contacts: u64,
        /// First contacts of an issue.
        first_contacts: u64,
        /// Of these: by customers who came only because the channel or the bot is there.
        induced: u64,
        /// Contacts that are returns of a served customer.
        repeats: u64,
        /// Contacts that are retrials of one that nobody served.
        retrials: u64,
        /// Contacts that did not come to the bot, by reason.
        skipped: [u64; EscalationReason::COUNT],
        /// Bot sessions.
        sessions: u64,
        /// Contacts that waited for a bot session.
        bot_waited: u64,
        /// Their waits for a session, microseconds.
        bot_wait_us: f64,
        /// Contacts with at least one answer of the bot.
        involved: u64,
        /// Answers of the bot.
        answers: u64,
        /// Right answers.
        right_answers: u64,
        /// Contacts that the bot gave to people, by reason.
        escalated: [u64; EscalationReason::COUNT],
        /// Contacts that the bot gave to people after an answer.
        escalated_involved: u64,
        /// Contacts that the bot closed.
        bot_closed: u64,
        /// Of these: confirmed by the customer.
        bot_confirmed: u64,
        /// Of these: truly resolved.
        bot_true: u64,
        /// Bot sessions that the customer gave up.
        given_up: u64,
        /// Short bot sessions: given up, given to people, closed and not solved, truly solved.
        short: [u64; 4],
        /// Time in bot sessions, microseconds.
        bot_time_us: f64,
        /// Contacts that came to people.
        to_people: u64,
        /// Contacts whose first queue a rule chose, triage apart, when they joined it.
        rule_assigned: u64,
        /// Of these: it was the right one.
        rule_right: u64,
        /// Contacts that people closed.
        human_closed: u64,
        /// Of these: truly resolved.
        human_true: u64,
        /// Moves from one queue to another.
        transfers: u64,
        /// Ends, by outcome.
        outcomes: [u64; Outcome::COUNT],
        /// First contacts that were closed by the bot or by people.
        first_closed: u64,
        /// Of these: no return within the window.
        first_resolved: u64,
        /// Issues whose customer was never served in any contact and tries no more,
        /// counted where the first contact belongs.
        lost: u64,
        /// Issues that were served, and not by the people of the channel that their
        /// customer meant to use first; counted there.
        served_elsewhere: u64,
    }
}

/// Everything about resolution.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// Counters by combination of segment, channel and intent.
    pub cells: Vec<DemandCell>,
    /// Contacts that begin, by interval.
    pub arrivals: Vec<f64>,
    /// Contacts in bot sessions, integral by interval in microseconds.
    pub in_bot_us: Vec<f64>,
    /// Contacts in bot sessions.
    pub in_bot: Gauge,
    /// Contacts that wait for a bot session.
    pub bot_waiting: Gauge,
    /// Customers who will come again.
    pub orbit: Gauge,
    /// Of these: those whom nobody served.
    pub retrial_orbit: Gauge,
    interval: IntervalClock,
}

impl Resolution {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let cells = header.segments.len() * header.channels.len() * header.intents.len();
        Self {
            cells: vec![DemandCell::default(); cells],
            arrivals: vec![0.0; header.interval_labels.len()],
            in_bot_us: vec![0.0; header.interval_labels.len()],
            in_bot: Gauge::default(),
            bot_waiting: Gauge::default(),
            orbit: Gauge::default(),
            retrial_orbit: Gauge::default(),
            interval: IntervalClock::new(header),
        }
    }

    #[cold]
    fn close_interval(&mut self, header: &Header, (row, end): (usize, SimTime)) {
        self.in_bot.read(end, header.measured);
        self.in_bot_us[row] += self.in_bot.take();
    }

    #[inline(always)]
    fn session_over(&mut self, header: &Header, r: &Record, env: &Envelope) {
        self.in_bot.change(env.at, -1.0, header.measured);
        if !r.measured {
            return;
        }
        let cell = &mut self.cells[r.cell as usize];
        let length = env.at.since(r.bot_since);
        cell.bot_time_us += length.0 as f64;
        let short = u64::from(length <= header.short_bot);
        match env.event {
            Event::BotGivenUp { .. } => {
                cell.given_up += 1;
                cell.short[0] += short;
            }
            Event::BotEscalated { .. } => cell.short[1] += short,
            _ => {}
        }
    }

    /// Events of the bot stage.
    #[inline(always)]
    fn apply_bot(&mut self, header: &Header, r: &Record, env: &Envelope) {
        let measured = header.measured;
        match env.event {
            Event::BotQueued => self.bot_waiting.change(env.at, 1.0, measured),
            Event::BotEngaged => {
                self.in_bot.change(env.at, 1.0, measured);
                if r.bot_queued {
                    self.bot_waiting.change(env.at, -1.0, measured);
                }
            }
            Event::BotEscalated { .. } | Event::BotClosed { .. } | Event::BotGivenUp { .. } => {
                self.session_over(header, r, env)
            }
            _ => {}
        }
        if !r.measured {
            return;
        }
        let cell = &mut self.cells[r.cell as usize];
        match env.event {
            Event::BotSkipped { reason } => cell.skipped[reason as usize] += 1,
            Event::BotEngaged => {
                cell.sessions += 1;
                let wait_us = if r.bot_queued { env.at.since(r.bot_since).0 } else { 0 };
                cell.bot_waited += u64::from(wait_us > 0);
                cell.bot_wait_us += wait_us as f64;
            }
            Event::BotReplied { right, .. } => {
                cell.involved += u64::from(r.bot_answers == 0);
                cell.answers += 1;
                cell.right_answers += u64::from(right);
            }
            Event::BotEscalated { reason } => {
                cell.escalated[reason as usize] += 1;
                cell.escalated_involved += u64::from(r.bot_answers > 0);
            }
            Event::BotClosed { confirmed } => {
                cell.bot_closed += 1;
                cell.bot_confirmed += u64::from(confirmed);
            }
            _ => {}
        }
    }

    fn started(&mut self, header: &Header, book: &Book, env: &Envelope) {
        let Event::ContactStarted { origin, segment, channel, intent, attempt, .. } = env.event
        else {
            return;
        };
        let (from, to) = header.measured;
        if from <= env.at && env.at < to {
            let first = attempt == 0;
            let cell = &mut self.cells[book.cell(segment, channel, intent) as usize];
            cell.contacts += 1;
            cell.first_contacts += u64::from(first);
            cell.induced += u64::from(first && header.induced.contains(&origin.source.0));
            cell.articles_deflected -= u64::from(book.follows_article(env));
        }
        if let Some(row) = self.arrivals.get_mut(self.interval.current) {
            *row += 1.0;
        }
    }

    fn resolved(&mut self, header: &Header, r: &Record, env: &Envelope) {
        let Event::Resolved { party, truly } = env.event else {
            return;
        };
        self.served(r, Some(party));
        if !r.measured {
            return;
        }
        let cell = &mut self.cells[r.cell as usize];
        match party {
            Party::Bot => {
                cell.bot_true += u64::from(truly);
                let short = env.at.since(r.bot_since) <= header.short_bot;
                cell.short[2 + usize::from(truly)] += u64::from(short);
            }
            Party::Human => {
                cell.human_closed += 1;
                cell.human_true += u64::from(truly);
            }
        }
        cell.first_closed += u64::from(r.first);
        cell.first_resolved += u64::from(r.first); // taken back by a return within the window
    }

    /// An article, the bot or people serve an issue.
    fn served(&mut self, r: &Record, by: Option<Party>) {
        let (before, mut after) = (r.issue, r.issue);
        after.serve(by, r.channel);
        if before.measured {
            let cell = &mut self.cells[before.cell as usize];
            cell.served_elsewhere += u64::from(after.elsewhere);
            cell.served_elsewhere -= u64::from(before.elsewhere);
        }
    }

    /// The customer of a contact is gone unserved. Whether a return is planned may be
    /// known by now or be said by the next event, which then takes this back.
    fn gave_up(&mut self, r: &Record) {
        if r.issue.measured && !r.issue.served && !r.planned {
            self.cells[r.issue.cell as usize].lost += 1;
        }
    }

    /// The customer leaves without a sign: the contact has ended for everybody but the
    /// agent who will find nobody there.
    fn left_silently(&mut self, r: &Record) {
        self.gave_up(r);
        if r.measured {
            self.cells[r.cell as usize].outcomes[Outcome::AbandonedSilently as usize] += 1;
        }
    }

    fn ended(&mut self, r: &Record, outcome: Outcome) {
        if r.gone {
            return; // counted when the customer left
        }
        if !matches!(outcome, Outcome::ClosedByBot | Outcome::ClosedByHuman) {
            self.gave_up(r);
        }
        if r.measured {
            // Logs of older versions call it abandoned.
            let broken_off = outcome == Outcome::Abandoned && r.handed_back;
            let outcome = if broken_off { Outcome::BrokenOff } else { outcome };
            self.cells[r.cell as usize].outcomes[outcome as usize] += 1;
        }
    }

    fn return_planned(
        &mut self,
        header: &Header,
        r: &Record,
        env: &Envelope,
        due: SimTime,
        retrial: bool,
    ) {
        self.orbit.change(env.at, 1.0, header.measured);
        if retrial {
            self.retrial_orbit.change(env.at, 1.0, header.measured);
        }
        if r.gone && r.issue.measured && !r.issue.served {
            self.cells[r.issue.cell as usize].lost -= 1;
        }
        if !r.measured {
            return;
        }
        let cell = &mut self.cells[r.cell as usize];
        let delay = due.since(env.at);
        if r.article {
            cell.articles_deflected -= u64::from(delay <= header.deflection_window);
        } else if r.first && !retrial && delay <= header.fcr_window {
            cell.first_resolved -= 1;
        }
    }
}

impl Projection for Resolution {
    #[inline(always)]
    fn apply(&mut self, header: &Header, book: &Book, env: &Envelope) {
        while let Some(ended) = self.interval.ended(env.at) {
            self.close_interval(header, ended);
        }
        let (from, to) = header.measured;
        match env.event {
            Event::ArticleViewed { segment, channel, intent, .. }
                if from <= env.at && env.at < to =>
            {
                let cell = &mut self.cells[book.cell(segment, channel, intent) as usize];
                cell.article_views += 1;
                // Taken back when the view leads to a contact, at once or within the window.
                cell.articles_deflected += 1;
            }
            Event::ContactStarted { attempt, .. } => {
                if attempt > 0 {
                    self.orbit.change(env.at, -1.0, header.measured);
                }
                self.started(header, book, env);
            }
            Event::BotQueued
            | Event::BotSkipped { .. }
            | Event::BotEngaged
            | Event::BotReplied { .. }
            | Event::BotEscalated { .. }
            | Event::BotGivenUp { .. }
            | Event::BotClosed { .. } => self.apply_bot(header, book.get(env.slot), env),
            Event::Resolved { .. } => self.resolved(header, book.get(env.slot), env),
            Event::ReturnPlanned { at, reason, .. } => {
                self.return_planned(header, book.get(env.slot), env, at, reason.is_retrial());
            }
            Event::ContactEnded { outcome } => self.ended(book.get(env.slot), outcome),
            Event::Abandoned { silent: true } => self.left_silently(book.get(env.slot)),
            Event::ArticleSolved
            | Event::ContactReturned { .. }
            | Event::Queued { .. }
            | Event::Balked { .. }
            | Event::Refused { .. }
            | Event::Transferred { .. } => {
                if matches!(env.event, Event::ContactReturned { reason, .. } if reason.is_retrial())
                {
                    self.retrial_orbit.change(env.at, -1.0, header.measured);
                }
                let r = book.get(env.slot);
                if matches!(env.event, Event::ArticleSolved) {
                    self.served(r, None);
                }
                if r.measured {
                    count_plain(header, &mut self.cells[r.cell as usize], r, env);
                }
            }
            Event::RunEnded => {
                let gauges = [
                    &mut self.in_bot,
                    &mut self.bot_waiting,
                    &mut self.orbit,
                    &mut self.retrial_orbit,
                ];
                for gauge in gauges {
                    gauge.read(env.at, header.measured);
                }
            }
            _ => {}
        }
    }
}

/// Events that only count.
#[inline(always)]
fn count_plain(header: &Header, cell: &mut DemandCell, r: &Record, env: &Envelope) {
    if let Event::Queued { queue, wrong, .. } = env.event
        && !r.to_people
        && !header.queues[queue.index()].triage
    {
        cell.rule_assigned += 1;
        cell.rule_right += u64::from(!wrong);
    }
    match env.event {
        Event::ArticleSolved => cell.articles_solved += 1,
        Event::ContactReturned { reason, .. } => {
            cell.retrials += u64::from(reason.is_retrial());
            cell.repeats += u64::from(!reason.is_retrial());
        }
        Event::Queued { .. } | Event::Balked { .. } | Event::Refused { .. } => {
            cell.to_people += u64::from(!r.to_people);
        }
        Event::Transferred { .. } => cell.transfers += 1,
        _ => {}
    }
}
