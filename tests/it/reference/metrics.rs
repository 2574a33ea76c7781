//! Every metric of docs/metrics.md that is about contacts, computed from the reference's
//! stories in the plainest way: filter, count, add up.

use super::ledger::{Ledger, Wait};
use super::story::{Door, LeftBot, Story, Visit};
use convoq::domain::{EscalationReason, Party};
use convoq::id::QueueId;
use convoq::projection::{Dims, MetricKey};
use convoq::time::{SimDuration, SimTime};
use std::collections::BTreeMap;

/// Metrics that contacts do not tell: of staff on duty, and of money.
const NOT_OF_CONTACTS: &[&str] = &[
    "occupancy",
    "paused_share",
    "utilisation",
    "staffed",
    "paid_hours",
    "overtime_hours",
    "knowledge_hours",
    "absences",
    "cost",
    "cost_per_contact",
    "cost_per_true_resolution",
    "roi",
];

/// Metrics of queues; `broken_off` and `aht_s` are others without a queue.
const OF_QUEUES: &[&str] = &[
    "offered",
    "answered",
    "abandoned",
    "silent_abandoned",
    "balked",
    "blocked",
    "broken_off",
    "went_on",
    "asa_s",
    "wait_s",
    "wait_probability",
    "balking_rate",
    "blocking_rate",
    "abandonment_rate",
    "aht_s",
];

/// Metrics of contacts and issues, whoever served them.
const OF_DEMAND: &[&str] = &[
    "arrivals",
    "issues",
    "to_people",
    "outcomes",
    "open_contacts",
    "turned_away",
    "blocked_contacts",
    "broken_off",
    "lost_rate",
    "articles_solved",
    "retrials",
    "repeats",
    "repeat_rate",
    "fcr",
    "transfers_per_contact",
    "right_first_try",
    "resolution_rate",
    "deflection_rate",
    "roar",
    "true_roar",
];

/// Whether a metric is one of those.
pub fn is_of_contacts(key: &MetricKey) -> bool {
    // Contacts with agents are theirs, time on the queue is not.
    let of_staff = key.definition.map(|d| d.name()) == Some("staffed");
    !of_staff && !NOT_OF_CONTACTS.contains(&key.metric.name()) || bot_occupancy(key)
}

fn bot_occupancy(key: &MetricKey) -> bool {
    key.metric.name() == "occupancy" && key.party == Some(Party::Bot)
}

impl Ledger<'_> {
    /// The metric's numerator and denominator.
    pub fn measure(&self, key: &MetricKey) -> Option<(f64, f64)> {
        let dims = key.dims;
        if let Some(team) = key.team {
            return self.of_team(key.metric.name(), key.definition.map(|d| d.name()), team.0);
        }
        if let Some(threshold) = key.threshold {
            return self.service_level(key, threshold);
        }
        self.of_queues(key, dims)
            .or_else(|| self.of_demand(key, dims))
            .or_else(|| self.of_bot(key, dims))
            .or_else(|| self.of_times(key, dims))
            .or_else(|| self.of_surveys(key, dims))
            .or_else(|| self.of_levels(key, dims))
            .or_else(|| self.of_claims(key, dims))
            .or_else(|| self.of_time_saved(key))
    }

    fn doors(&self, dims: Dims, door: Door) -> usize {
        let at = |queue: QueueId| match dims.queue {
            Some(wanted) => queue == wanted,
            None => !self.is_triage(queue),
        };
        let here = |s: &&&Story| s.door.is_some_and(|(q, d)| d == door && at(q));
        self.contacts(dims).iter().filter(here).count()
    }

    fn of_queues(&self, key: &MetricKey, dims: Dims) -> Option<(f64, f64)> {
        if key.party.is_some() || !OF_QUEUES.contains(&key.metric.name()) {
            return None;
        }
        let all = self.waits(dims);
        let waits = || all.iter().filter(|w| !w.again);
        let taken = |w: &&Wait| w.visit.left.is_none() && w.visit.answered.is_some();
        let left = |w: &&Wait| w.visit.left.is_some();
        let with_sign = |w: &&Wait| w.visit.left.is_some_and(|(_, silent)| !silent);
        let end = |w: &Wait| {
            let answered = w.visit.answered.map(|(at, _)| at);
            w.visit.left.map(|(at, _)| at).or(answered)
        };
        let length = |w: &Wait| self.length(w, end(w).unwrap_or(self.header.end)).as_s();
        let found_nobody = |w: &&Wait| end(w).is_some_and(|at| at > w.since);
        let open = |w: &&Wait| w.visit.waits();
        let (a, b) = (count(waits().filter(taken)), count(waits().filter(left)));
        let sum = |of: &dyn Fn(&&Wait) -> bool| -> f64 { waits().filter(of).map(length).sum() };
        let balked = self.doors(dims, Door::Balked) as f64;
        let refused = self.doors(dims, Door::Refused) as f64;
        let offered = count(waits()) + balked + refused;
        let visits = || all.iter().filter(|w| handled_to_its_end(w));
        let in_hands = |w: &Wait| {
            let (from, to) = (w.visit.answered?.0, w.visit.done?);
            Some((w.before_us + to.since(from).0) as f64 * 1e-6)
        };
        Some(match (key.metric.name(), key.definition.map(|d| d.name())) {
            ("offered", _) => total(offered),
            ("answered", _) => total(a),
            ("abandoned", _) => total(count(waits().filter(with_sign))),
            ("silent_abandoned", _) => total(b - count(waits().filter(with_sign))),
            ("balked", _) => total(balked),
            ("blocked", _) => total(refused),
            ("broken_off", _) if dims.queue.is_some() => {
                total(count(all.iter().filter(|w| w.again).filter(left)))
            }
            ("went_on", _) => total(count(waits().filter(|w| w.visit.gone_on.is_some()))),
            ("asa_s", None) => (sum(&taken), a),
            ("asa_s", Some("waited")) => {
                (sum(&taken), count(waits().filter(taken).filter(found_nobody)))
            }
            ("wait_s", Some("mean")) => {
                (sum(&taken) + sum(&left) + sum(&open), a + b + count(waits().filter(open)))
            }
            ("wait_s", Some("abandoned")) => (sum(&left), b),
            ("wait_probability", None) => {
                (b + count(waits().filter(taken).filter(found_nobody)), a + b)
            }
            ("balking_rate", _) => (balked, offered),
            ("blocking_rate", _) => (refused, offered),
            ("abandonment_rate", Some("true")) => (b, a + b),
            ("abandonment_rate", Some("known")) => (count(waits().filter(with_sign)), a + b),
            ("aht_s", Some("queue")) => (
                visits().filter_map(in_hands).sum(),
                count(visits().filter(|w| in_hands(w).is_some())),
            ),
            _ => return None,
        })
    }

    fn service_level(&self, key: &MetricKey, threshold: SimDuration) -> Option<(f64, f64)> {
        let dims = key.dims;
        let all = self.waits(dims);
        let waits = || all.iter().filter(|w| !w.again);
        let taken = |w: &&Wait| w.visit.left.is_none() && w.visit.answered.is_some();
        let within = |w: &&Wait, most: SimDuration| {
            let end = w.visit.left.map(|(at, _)| at);
            let end = end.or(w.visit.answered.map(|(at, _)| at));
            self.length(w, end.unwrap_or(self.header.end)) <= most
        };
        let left = |w: &&Wait| w.visit.left.is_some();
        let a = count(waits().filter(taken));
        let a_t = count(waits().filter(taken).filter(|w| within(w, threshold)));
        let b = count(waits().filter(left));
        let b_t = count(waits().filter(left).filter(|w| within(w, threshold)));
        let short = self.header.short_abandon;
        let b_s = count(waits().filter(left).filter(|w| within(w, short)));
        let open = waits().filter(|w| w.visit.waits());
        let o_t = count(open.filter(|w| !within(w, threshold)));
        let gone_on = count(waits().filter(|w| w.visit.gone_on.is_some()));
        let f = gone_on + (self.doors(dims, Door::Balked) + self.doors(dims, Door::Refused)) as f64;
        if key.metric.name() == "abandoned_within" {
            return Some((b_t, a + b));
        }
        Some(match (key.metric.name(), key.definition.map(|d| d.name())?) {
            ("service_level", "SL1") => (a_t + b_t, a + b + o_t),
            ("service_level", "SL2") => (a_t, a),
            ("service_level", "SL3") => (a_t, a + b + o_t),
            ("service_level", "SL4") => (a_t, a + b + o_t - b_t),
            ("service_level", "SL5") => (a_t + b_s, a + b + o_t),
            ("service_level", "SL6") => (a_t, a + b + o_t - b_s),
            ("service_level", "SL8") => (a_t, a + b + o_t + f),
            _ => return None,
        })
    }

    fn of_demand(&self, key: &MetricKey, dims: Dims) -> Option<(f64, f64)> {
        let of_people = dims.queue.is_none() && key.party != Some(Party::Bot);
        if !of_people || !OF_DEMAND.contains(&key.metric.name()) {
            return None;
        }
        let contacts = self.contacts(dims);
        let of = |test: &dyn Fn(&&&Story) -> bool| count(contacts.iter().filter(test));
        let n = contacts.len() as f64;
        let views: Vec<&Story> = self.views(dims);
        let views = || views.iter().filter(|s| s.article.is_some());
        let solved = count(views().filter(|s| s.article == Some(true)));
        let first = of(&|s| s.attempt == 0);
        let issues = first + solved;
        let to_people = of(&|s| came_to_people(s));
        let retrials = of(&|s| self.retrial(s) == Some(true));
        let repeats = of(&|s| self.retrial(s) == Some(false));
        let by = |party| of(&|s| s.closed.is_some_and(|(p, _)| p == party));
        let truly = |party| of(&|s| s.closed == Some((party, true)));
        let bot = by(Party::Bot);
        let ended = |outcome: &str| of(&|s| outcome_of(s) == Some(outcome));
        let closed = of(&|s| s.attempt == 0 && s.closed.is_some());
        let comes_back = |s: &Story| {
            let (end, again) = (s.end.map(|(at, _)| at), s.again);
            again.zip(end).is_some_and(|((at, reason, _), end)| {
                !reason.is_retrial() && at.since(end) <= self.header.fcr_window
            })
        };
        let resolved = of(&|s| s.attempt == 0 && s.closed.is_some() && !comes_back(s));
        Some(match (key.metric.name(), key.definition.map(|d| d.name())) {
            ("arrivals", _) => total(n),
            ("issues", _) => total(issues),
            ("to_people", _) => total(to_people),
            ("outcomes", Some(outcome)) => total(ended(outcome)),
            ("open_contacts", _) => total(of(&|s| outcome_of(s).is_none())),
            ("turned_away", _) => total(ended("turned_away")),
            ("blocked_contacts", _) => total(ended("blocked")),
            ("broken_off", _) => total(ended("broken_off")),
            ("lost_rate", _) => (self.lost(dims), issues),
            ("articles_solved", _) => total(solved),
            ("retrials", _) => total(retrials),
            ("repeats", _) => total(repeats),
            ("repeat_rate", _) => (repeats, n),
            ("fcr", Some("window")) => (resolved, closed),
            ("fcr", Some("gross")) => (resolved, first),
            ("transfers_per_contact", _) => {
                let moves = contacts.iter().map(|s| self.transfers(s));
                (moves.sum(), to_people)
            }
            ("right_first_try", _) => {
                let right = |s: &Story| {
                    let first = s.visits.first().filter(|v| !self.is_triage(v.queue));
                    first.map(|v| !v.wrong)
                };
                let ruled = of(&|s| right(s).is_some());
                (of(&|s| right(s) == Some(true)), ruled)
            }
            ("resolution_rate", _) => (truly(Party::Human), by(Party::Human)),
            ("deflection_rate", Some("demand")) | ("roar", _) => (bot + solved, n + solved),
            ("deflection_rate", Some("content")) => {
                let kept = views().filter(|s| self.kept_by_article(s));
                (count(kept), count(views()))
            }
            ("deflection_rate", Some("channel")) => (self.served_elsewhere(dims), issues),
            ("true_roar", _) => (truly(Party::Bot) + solved, n + solved),
            _ => return None,
        })
    }

    /// Issues whose customer was never served and tries no more.
    fn lost(&self, dims: Dims) -> f64 {
        let lost = |of: &&&Vec<&Story>| {
            let served = |s: &&Story| s.closed.is_some() || s.article == Some(true);
            let last = of[of.len() - 1];
            let gave_up = outcome_of(last).is_some() && last.again.is_none();
            gave_up && !of.iter().any(served)
        };
        count(self.issues(dims).iter().filter(lost))
    }

    /// Issues that were served, and never by the people of the channel that their
    /// customer meant to use first.
    fn served_elsewhere(&self, dims: Dims) -> f64 {
        let elsewhere = |of: &&&Vec<&Story>| {
            let served = |s: &&Story| s.closed.is_some() || s.article == Some(true);
            let by_its_people = |s: &&Story| {
                s.closed.is_some_and(|(p, _)| p == Party::Human) && s.channel == of[0].channel
            };
            of.iter().any(served) && !of.iter().any(by_its_people)
        };
        count(self.issues(dims).iter().filter(elsewhere))
    }

    /// An article was shown and no contact came of it within the window.
    fn kept_by_article(&self, story: &Story) -> bool {
        let window = self.header.deflection_window;
        let soon = |(at, ..): (SimTime, _, _)| at.since(story.began) <= window;
        story.article == Some(true) && !story.again.is_some_and(soon)
    }

    fn transfers(&self, story: &Story) -> f64 {
        let moves = |v: &&Visit| {
            let passed_on =
                v.handled.is_some() && v.left.is_none() && (v.wrong || self.is_triage(v.queue));
            v.gone_on.is_some() || v.handed_back || passed_on
        };
        count(story.visits.iter().filter(moves))
    }

    fn of_bot(&self, key: &MetricKey, dims: Dims) -> Option<(f64, f64)> {
        if dims.queue.is_some() || key.party == Some(Party::Human) {
            return None;
        }
        let contacts = self.contacts(dims);
        let of = |test: &dyn Fn(&&&Story) -> bool| count(contacts.iter().filter(test));
        let n = contacts.len() as f64;
        let skipped = |reason: EscalationReason| of(&|s| s.skipped == Some(reason));
        let escalated = |reason| of(&|s| escalation(s) == Some(reason));
        let involved = of(&|s| s.replies[0].is_some());
        let kept = of(&|s| s.replies[0].is_some() && escalation(s).is_none());
        let claims = of(&|s| is_claim(s));
        let truly = of(&|s| s.closed == Some((Party::Bot, true)));
        let solved = self.views(dims).into_iter();
        let solved = count(solved.filter(|s| s.article == Some(true)));
        let turns = || contacts.iter().flat_map(|s| &s.turns);
        let answers = count(turns().filter(|t| t.replied.is_some()));
        let right = count(turns().filter(|t| t.replied.is_some_and(|(_, right)| right)));
        let sessions = of(&|s| s.session.is_some());
        let wait = |s: &Story| s.session.map(|at| at.since(s.began).as_s());
        let length = |s: &Story| Some(s.left_bot?.0.since(s.session?).as_s());
        Some(match (key.metric.name(), key.definition.map(|d| d.name())) {
            ("sessions", _) => total(sessions),
            ("involvement_rate", _) => (involved, n),
            ("bypass_rate", _) => (skipped(EscalationReason::Bypass), n),
            ("human_only_rate", _) => (skipped(EscalationReason::HumanOnly), n),
            ("containment_rate", _) => (kept, involved),
            ("false_containment_rate", _) => (claims - truly, claims),
            ("bot_share", _) => (claims, claims + solved),
            ("answered_turns", _) => (answers, involved),
            ("answer_accuracy", _) => (right, answers),
            ("resolution_rate", None) => (claims, involved),
            ("resolution_rate", Some("true")) => (truly, involved),
            ("asa_s", Some("session")) => (contacts.iter().filter_map(|s| wait(s)).sum(), sessions),
            ("wait_probability", Some("session")) => {
                (of(&|s| wait(s).is_some_and(|w| w > 0.0)), sessions)
            }
            ("session_time_s", _) => (contacts.iter().filter_map(|s| length(s)).sum(), sessions),
            ("escalations", Some(name)) => {
                let all = EscalationReason::ALL.into_iter();
                let reason = all.into_iter().find(|r| r.name() == name)?;
                total(skipped(reason) + escalated(reason))
            }
            _ => return None,
        })
    }

    /// What the bot claims, and what became of the rest.
    fn of_claims(&self, key: &MetricKey, dims: Dims) -> Option<(f64, f64)> {
        let contacts = self.contacts(dims);
        let of = |test: &dyn Fn(&&&Story) -> bool| count(contacts.iter().filter(test));
        let sessions = of(&|s| s.session.is_some());
        let left = |s: &Story, how: LeftBot| s.left_bot.is_some_and(|(_, l)| l == how);
        let short = |s: &Story| {
            let length = s.left_bot.zip(s.session).map(|((to, _), from)| to.since(from));
            length.is_some_and(|length| length <= self.header.short_bot)
        };
        let closed = |s: &Story| s.closed.filter(|(party, _)| *party == Party::Bot);
        let induced = of(&|s| s.attempt == 0 && self.header.induced.contains(&s.origin.source.0));
        let without = of(&|s| s.attempt == 0) - induced;
        let to_people = of(&|s| came_to_people(s));
        let again = of(&|s| s.attempt > 0);
        let claims = of(&|s| is_claim(s));
        Some(match (key.metric.name(), key.definition.map(|d| d.name())) {
            ("given_up_rate", _) => (of(&|s| left(s, LeftBot::GivenUp)), sessions),
            ("short_bot_conversations", Some("all")) => (of(&|s| short(s)), sessions),
            ("short_bot_conversations", Some("true")) => {
                (of(&|s| short(s) && closed(s).is_some_and(|(_, t)| t)), sessions)
            }
            ("short_bot_conversations", Some("false")) => {
                (of(&|s| short(s) && closed(s).is_some_and(|(_, t)| !t)), sessions)
            }
            ("short_bot_conversations", Some("escalated")) => {
                (of(&|s| short(s) && escalation(s).is_some()), sessions)
            }
            ("short_bot_conversations", Some("given_up")) => {
                (of(&|s| short(s) && left(s, LeftBot::GivenUp)), sessions)
            }
            ("induced_contacts", _) => total(induced),
            ("cases_avoided", _) => (without - to_people, without),
            ("claimed_resolutions", Some("closed")) => total(claims),
            ("claimed_resolutions", Some("avoided")) => total(without - to_people),
            ("claimed_resolutions", Some("induced")) => total(induced),
            ("claimed_resolutions", Some("came_again")) => total(again),
            ("claimed_resolutions", Some("unserved")) => {
                let unserved = |s: &Story| !is_claim(s) && !came_to_people(s);
                total(of(&|s| unserved(s)))
            }
            _ => return None,
        })
    }

    /// Hours that AI would save.
    fn of_time_saved(&self, key: &MetricKey) -> Option<(f64, f64)> {
        let given = self.header.time_saved.filter(|_| key.metric.name() == "time_saved_hours")?;
        let contacts = self.contacts(Dims::ALL);
        let people = |s: &&&Story| s.closed.is_some_and(|(party, _)| party == Party::Human);
        let us = match key.definition.map(|d| d.name())? {
            "addressable" => {
                let hands = contacts.iter().filter_map(|s| self.in_hands(s));
                given.addressable * hands.sum::<u64>() as f64
            }
            "transfers" => {
                let moves: f64 = contacts.iter().map(|s| self.transfers(s)).sum();
                given.per_transfer.0 as f64 * moves
            }
            "writing" => {
                let messages = given.messages * count(contacts.iter().filter(people));
                given.per_message.0 as f64 * messages
            }
            _ => return None,
        };
        Some(total(us / 3.6e9))
    }

    /// Durations: their sum and their number.
    fn of_times(&self, key: &MetricKey, dims: Dims) -> Option<(f64, f64)> {
        let party = key.party?;
        let contacts = self.contacts(dims);
        let until = |s: &Story| match key.metric.name() {
            "frt_s" => s.replies[usize::from(party == Party::Human)],
            _ => s.end.filter(|_| s.closed.is_some_and(|(p, _)| p == party)).map(|e| e.0),
        };
        let lengths: Vec<u64> = match (key.metric.name(), key.definition.map(|d| d.name())) {
            ("frt_s" | "ttr_s", None) => {
                let length = |s: &&Story| Some(until(s)?.since(s.began).0);
                contacts.iter().filter_map(length).collect()
            }
            ("frt_s" | "ttr_s", Some("open_hours")) => {
                let length =
                    |s: &&Story| Some(self.open_time(s.channel.index(), s.began, until(s)?).0);
                let closed = self.header.channel_hours.iter().any(|hours| {
                    let open: u64 = hours.0.iter().map(|s| s.end.since(s.start).0).sum();
                    open < self.header.end.0
                });
                let lengths = contacts.iter().filter_map(length);
                lengths.filter(|_| closed).collect()
            }
            ("ttr_s", Some("customer_paused")) => {
                let length = |s: &&Story| {
                    until(s)?;
                    Some(self.waited_for_the_desk(s))
                };
                // Without bot and returns it would be the same as the plain one.
                let told = self.header.has_bot || self.header.has_returns;
                let lengths = contacts.iter().filter_map(length);
                lengths.filter(|_| told).collect()
            }
            ("aht_s", None) if party == Party::Bot => {
                let answered = contacts.iter().filter(|s| s.replies[0].is_some());
                let length = |s: &&Story| Some(s.left_bot?.0.since(s.session?).0);
                answered.filter_map(length).collect()
            }
            ("aht_s", None) => contacts.iter().filter_map(|s| self.in_hands(s)).collect(),
            _ => return None,
        };
        Some((lengths.iter().sum::<u64>() as f64 * 1e-6, lengths.len() as f64))
    }

    /// Time of people on a contact that they have ended, with its wrap-up, without triage
    /// and wrong turns.
    fn in_hands(&self, story: &Story) -> Option<u64> {
        let last = story.visits.last()?;
        let counts = |v: &&Visit| !v.wrong && !self.is_triage(v.queue) && v.left.is_none();
        if !counts(&last) || last.handed_back {
            return None;
        }
        last.done?;
        let time = |v: &Visit| Some(v.done?.since(v.answered?.0).0);
        let parts = story.visits.iter().filter(counts);
        Some(parts.filter_map(time).sum())
    }

    /// Time for which the customer of the issue has waited for the desk, up to the end of
    /// this contact: not before messages to the bot, nor between contacts.
    fn waited_for_the_desk(&self, story: &Story) -> u64 {
        let (source, interval, index, attempt) = story.identity();
        let of_issue = &self.chains[&(source, interval, index)];
        let contacts = of_issue.iter().filter(|s| s.attempt <= attempt);
        let time = |s: &&Story| {
            let left = s.visits.iter().filter_map(|v| v.left).find(|(_, silent)| *silent);
            let end = left.or(s.end.map(|(at, _)| (at, false)));
            let whole = end.map_or(0, |(at, _)| at.since(s.began).0);
            let asked = s.turns.iter().skip(1).map(|t| t.asked);
            let pauses = asked.zip(&s.turns).map(|(next, turn)| {
                let (replied, _) = turn.replied.unwrap_or((next, false));
                next.since(replied).0
            });
            whole - pauses.sum::<u64>()
        };
        contacts.map(time).sum()
    }

    fn of_surveys(&self, key: &MetricKey, dims: Dims) -> Option<(f64, f64)> {
        let contacts = self.contacts(dims);
        let of_party = |s: &&&Story| {
            let party = s.closed.map(|(p, _)| p);
            party.is_some() && (key.party.is_none() || key.party == party)
        };
        let asked = count(contacts.iter().filter(of_party));
        let scores = || contacts.iter().filter(of_party).filter_map(|s| s.survey);
        let n = count(scores());
        // Only where anybody answered.
        let asked = if n > 0.0 { asked } else { 0.0 };
        Some(match key.metric.name() {
            "csat" => (count(scores().filter(|(csat, ..)| *csat >= 4)), n),
            "ces" => (scores().map(|(_, ces, _)| f64::from(ces)).sum(), n),
            "nps" => {
                let promoters = count(scores().filter(|(.., nps)| *nps >= 9));
                let detractors = count(scores().filter(|(.., nps)| *nps <= 6));
                ((promoters - detractors) * 100.0, n)
            }
            "response_rate" => (n, asked),
            _ => return None,
        })
    }

    /// The part of a span within the measured time, microseconds.
    fn inside(&self, from: SimTime, to: Option<SimTime>) -> f64 {
        let (start, end) = self.header.measured;
        let to = to.unwrap_or(self.header.end);
        to.min(end).since(from.max(start)).0 as f64
    }

    /// Levels in time: integral over the measured time, and its length.
    fn of_levels(&self, key: &MetricKey, dims: Dims) -> Option<(f64, f64)> {
        let window = self.header.measured.1.since(self.header.measured.0).0 as f64;
        let in_bot = || -> f64 {
            let span = |s: &Story| Some(self.inside(s.session?, s.left_bot.map(|(at, _)| at)));
            self.stories.iter().filter_map(span).sum()
        };
        let waiting = |v: &&Visit| Some(v.queue) == dims.queue;
        let visits = || self.stories.iter().flat_map(|s| &s.visits).filter(waiting);
        Some(match (key.metric.name(), key.definition.map(|d| d.name())) {
            ("in_bot", _) => (in_bot(), window),
            ("occupancy", Some("slots")) if bot_occupancy(key) => {
                (in_bot(), window * f64::from(self.header.bot_sessions?))
            }
            ("orbit", definition) => {
                let retrials_only = definition == Some("retrials");
                let span = |s: &Story| {
                    let (at, reason, _) = s.again?;
                    let counts = !retrials_only || reason.is_retrial();
                    counts.then(|| self.inside(planned_at(s), Some(at.min(self.header.end))))
                };
                (self.stories.iter().filter_map(span).sum(), window)
            }
            ("queue_length", _) => {
                let span = |v: &Visit| {
                    let left = v.left.filter(|(_, silent)| !silent).map(|(at, _)| at);
                    let end = v.gone_on.or(left).or(v.answered.map(|(at, _)| at));
                    self.inside(v.joined, end)
                };
                (visits().map(span).sum(), window)
            }
            ("backlog", _) => total(count(visits().filter(|v| v.waits()))),
            _ => return None,
        })
    }

    fn of_team(&self, metric: &str, definition: Option<&str>, team: u8) -> Option<(f64, f64)> {
        let window = self.header.measured.1.since(self.header.measured.0).0 as f64;
        let mut by_agent: BTreeMap<u32, Vec<(SimTime, SimTime)>> = BTreeMap::new();
        for visit in self.stories.iter().flat_map(|s| &s.visits) {
            let Some((from, agent)) = visit.answered else {
                continue;
            };
            if self.teams[agent.index()] == team {
                let to = visit.done.unwrap_or(self.header.end);
                by_agent.entry(agent.0).or_default().push((from, to));
            }
        }
        let spans = by_agent.values().flatten();
        let in_service: f64 = spans.map(|(from, to)| self.inside(*from, Some(*to))).sum();
        let busy: f64 = by_agent.values_mut().map(|spans| self.covered(spans)).sum();
        match (metric, definition) {
            ("in_service", _) => Some((in_service, window)),
            ("concurrency", None) => Some((in_service, busy)),
            _ => None,
        }
    }

    /// Measured time that the spans cover together.
    fn covered(&self, spans: &mut [(SimTime, SimTime)]) -> f64 {
        spans.sort();
        let (mut covered, mut until) = (0.0, SimTime::ZERO);
        for (from, to) in spans.iter() {
            covered += self.inside((*from).max(until), Some((*to).max(until)));
            until = until.max(*to);
        }
        covered
    }
}

fn count<T>(all: impl Iterator<Item = T>) -> f64 {
    all.count() as f64
}

fn total(number: f64) -> (f64, f64) {
    (number, 1.0)
}

fn came_to_people(story: &Story) -> bool {
    !story.visits.is_empty() || story.door.is_some()
}

/// How the contact ended. Whoever left without a sign has ended it then.
fn outcome_of(story: &Story) -> Option<&'static str> {
    let silently = |v: &Visit| v.left.is_some_and(|(_, silent)| silent);
    if story.visits.iter().any(silently) {
        return Some("abandoned_silently");
    }
    story.end.map(|(_, outcome)| outcome)
}

/// When the customer decided to come again.
fn planned_at(story: &Story) -> SimTime {
    let silently = |v: &Visit| v.left.filter(|(_, silent)| *silent);
    let left = story.visits.iter().find_map(silently);
    let end = left.or(story.end.map(|(at, _)| (at, false)));
    end.map_or(story.began, |(at, _)| at)
}

fn escalation(story: &Story) -> Option<EscalationReason> {
    match story.left_bot {
        Some((_, LeftBot::Escalated(reason))) => Some(reason),
        _ => None,
    }
}

fn is_claim(story: &Story) -> bool {
    matches!(story.left_bot, Some((_, LeftBot::Closed)))
}

/// The last part of a visit: an agent has ended it, and the customer was there.
fn handled_to_its_end(wait: &Wait<'_>) -> bool {
    wait.visit.left.is_none() && !wait.visit.handed_back && wait.visit.done.is_some()
}
