//! The head of the log: names, thresholds, prices.

use crate::domain::Dimension;
use crate::event::{Header, QueueFacts, TeamFacts};
use crate::metric::Metric;
use crate::scenario::file::{self, File};
use crate::scenario::target::{self, Target};
use crate::scenario::{Returns, Scenario, Team};
use crate::time::{SECOND_US, SimDuration, SimTime};

use super::at::{At, at};
use super::cx::{Cx, Kind};
use super::induced;
use super::knowledge::{self, knowledge_share};

/// Threshold of a service level that nobody gives: an assumption, 10 to 60s, usual on the phone.
const ANSWERED_WITHIN: SimDuration = SimDuration(20 * SECOND_US);

impl Cx<'_> {
    /// The header of a scenario whose other parts are made.
    pub fn header(&mut self, file: &At<File>, made: &Scenario, faults: Vec<String>) -> Header {
        let measured = self.measured(file);
        let targets = self.targets(file);
        let teams = self.team_facts(file, &made.teams);
        let costs = self.costs(&at!(file.costs), measured.1.since(measured.0));
        let queues = self.queue_facts(file, made, &targets);
        self.compare_targets(file, &targets, &queues);
        let no_bot = file::Bot::default();
        let exposed = made.intents.iter().any(|i| i.article_exposure > 0.0);
        Header {
            scenario: file.name.clone(),
            // The caller knows the text that the hash is of.
            sha256: String::new(),
            start_date: self.calendar.start.to_string(),
            zone: file.time.zone.clone(),
            epoch_s: self.calendar.epoch.as_second(),
            interval_labels: self.interval_labels(),
            interval: self.calendar.interval,
            day_starts: self.calendar.starts.clone(),
            measured,
            end: self.calendar.end,
            channel_hours: made.channels.iter().map(|c| c.open.clone()).collect(),
            sources: self.names(Kind::Source).to_vec(),
            induced: induced::numbers(&made.sources),
            segments: self.names(Kind::Segment).to_vec(),
            channels: self.names(Kind::Channel).to_vec(),
            intents: self.names(Kind::Intent).to_vec(),
            tiers: self.names(Kind::Tier).to_vec(),
            languages: self.names(Kind::Language).to_vec(),
            queues,
            teams,
            agent_teams: made.agents.iter().map(|a| a.team.0).collect(),
            faults,
            has_bot: made.bot.is_some(),
            has_returns: after_service(&made.returns),
            has_retries: after_failure(&made.returns),
            has_articles: exposed && made.sources.iter().any(|s| s.articles),
            has_wrong_turns: made.routing.right_first_try < 1.0,
            bot_sessions: made.bot.as_ref().and_then(|b| b.sessions),
            short_bot: file.bot.as_ref().unwrap_or(&no_bot).short.0,
            deflection_window: file.self_service.deflection_window.0,
            fcr_window: file.returns.fcr_window.0,
            short_abandon: file.short_abandon.0,
            costs,
            time_saved: knowledge::time_saved(file),
            targets: file.targets.clone(),
            imported: false,
            load: None,
        }
    }

    /// The window of statistics: from the end of the warm-up to the horizon.
    fn measured(&mut self, file: &File) -> (SimTime, SimTime) {
        let warm_up = file.time.warm_up.0;
        let horizon = self.calendar.horizon;
        if SimTime::ZERO + warm_up >= horizon {
            let help = "nothing would be measured: shorten it or add days";
            self.error("E0404", "time.warm_up", "the warm-up is as long as the run", help);
        }
        ((SimTime::ZERO + warm_up).min(horizon), horizon)
    }

    fn interval_labels(&self) -> Vec<String> {
        let mut labels = Vec::new();
        let mut at = SimTime::ZERO;
        while at < self.calendar.horizon {
            labels.push(self.calendar.label(at));
            at = at + self.calendar.interval;
        }
        labels
    }

    fn team_facts(&mut self, file: &At<File>, teams: &[Team]) -> Vec<TeamFacts> {
        let mut facts = Vec::new();
        for (team, (name, given)) in teams.iter().zip(at!(file.teams).each()) {
            let total: Vec<f64> =
                team.speed.iter().zip(0_u32..).map(|(s, k)| s * f64::from(k)).collect();
            let full = total.last().copied().filter(|r| *r > 0.0).unwrap_or(1.0);
            facts.push(TeamFacts {
                name: name.value.clone(),
                wage_per_hour: self.money(&given.wage.0, &at!(given.wage).path),
                knowledge: knowledge_share(&given),
                max_contacts: (team.speed.len() - 1) as u16,
                pauses: team.pauses.clone(),
                relative_speed: total.iter().map(|r| r / full).collect(),
                earlier_speed: Vec::new(),
            });
        }
        facts
    }

    fn queue_facts(&self, file: &File, made: &Scenario, targets: &[Target]) -> Vec<QueueFacts> {
        let default = file.service_level.as_ref().map_or(ANSWERED_WITHIN, |s| s.within.0);
        let mut facts = Vec::new();
        for (n, (name, queue)) in self.names(Kind::Queue).iter().zip(&made.queues).enumerate() {
            let channel = queue.takes.channels.first().map_or(0, |c| c.index());
            let by_channel = self.names(Kind::Channel).get(channel);
            let by_channel = by_channel.and_then(|c| file.channels.get(c)?.answer_within.as_ref());
            let own = file.queues.0.get(n).and_then(|(_, q)| q.service_level.as_ref());
            let named = promised(targets, |queue| queue == Some(name));
            let mut others = promised(targets, |queue| queue.is_none_or(|q| q == name));
            let first = match (own, named.as_slice(), by_channel) {
                (Some(level), ..) => level.within.0,
                // What is promised of a queue is what its reports are about.
                (None, [promised], _) => *promised,
                (None, _, Some(within)) if !queue.takes.nothing => within.0,
                _ => match others.as_slice() {
                    [promised] if file.service_level.is_none() => *promised,
                    _ => default,
                },
            };
            others.retain(|t| *t != first);
            let thresholds: Vec<_> = std::iter::once(first).chain(others).collect();
            let asked = target::promise_of(targets, name).and_then(|t| t.which.threshold_s);
            let watched =
                asked.and_then(|s| thresholds.iter().position(|t| *t == SimDuration::from_s(s)));
            facts.push(QueueFacts {
                name: name.clone(),
                open_hours_clock: made.channels.get(channel).is_some_and(|c| c.open_hours_clock),
                clock_channel: channel as u8,
                thresholds,
                triage: queue.takes.nothing,
                watched: watched.unwrap_or(0) as u8,
                teams: queue.teams.iter().map(|t| t.0).collect(),
            });
        }
        facts
    }

    /// The targets that can be read; names in them must exist.
    fn targets(&mut self, file: &At<File>) -> Vec<Target> {
        let mut targets = Vec::new();
        for text in at!(file.targets).each() {
            let (path, text) = (&text.path, text.value);
            match target::parse(text) {
                Ok(target) => {
                    self.target_names(&target, path);
                    if let Some((message, help)) = target.unnamed() {
                        self.error("E0701", path, format!("`{text}`: {message}"), help);
                    }
                    targets.push(target);
                }
                Err(e) => {
                    let message = format!("`{text}`: {} (at character {})", e.message, e.column);
                    self.error("E0701", path, message, e.help);
                }
            }
        }
        targets
    }

    /// What targets say against what else the scenario says: currency and thresholds.
    fn compare_targets(&mut self, file: &At<File>, targets: &[Target], queues: &[QueueFacts]) {
        let first = |q: &QueueFacts| q.thresholds.first().copied();
        let alike = queues.windows(2).all(|w| first(&w[0]) == first(&w[1]));
        for target in targets {
            // The path of a target is its place in the file, which its text leads to.
            let Some(At { path, .. }) = at!(file.targets).each().find(|t| *t.value == target.text)
            else {
                continue;
            };
            if let Some(currency) = &target.currency {
                self.currency(currency, &path);
            }
            let by_threshold =
                matches!(target.which.metric, Metric::ServiceLevel | Metric::AbandonedWithin);
            let named = target.which.queue.is_some() || target.which.threshold_s.is_some();
            if by_threshold && !named && !alike {
                let message = format!("`{}`: the queues have different thresholds", target.text);
                let help =
                    "name a queue, as `queue=chat`, or one threshold for all, as `within=60s`";
                self.error("E0701", &path, message, help);
            }
        }
    }

    fn target_names(&mut self, target: &Target, path: &str) {
        for by in Dimension::ALL {
            let kind = match by {
                Dimension::Queue => Kind::Queue,
                Dimension::Segment => Kind::Segment,
                Dimension::Channel => Kind::Channel,
                Dimension::Intent => Kind::Intent,
                Dimension::Team => Kind::Team,
                Dimension::Party => continue, // no name of the scenario
            };
            if let Some(name) = target.which.of_one(by) {
                self.find_named(kind, name, path);
            }
        }
    }
}

/// The thresholds that targets on certain queues name, ascending. `None` is a target on
/// all queues.
fn promised(targets: &[Target], on: impl Fn(Option<&str>) -> bool) -> Vec<SimDuration> {
    let chosen = targets.iter().filter(|t| on(t.which.queue.as_deref()));
    let mut all: Vec<SimDuration> =
        chosen.filter_map(|t| t.which.threshold_s).map(SimDuration::from_s).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a customer who was served may come again.
fn after_service(returns: &Returns) -> bool {
    let reasons = [
        returns.after_true,
        returns.after_false,
        returns.after_human,
        returns.after_human_unsolved,
        returns.after_article,
    ];
    reasons.into_iter().any(|p| p > 0.0)
}

/// Whether a customer whom nobody served may try again.
fn after_failure(returns: &Returns) -> bool {
    let reasons =
        [returns.after_abandon, returns.after_balk, returns.after_blocked, returns.after_closed];
    reasons.into_iter().any(|p| p > 0.0)
}
