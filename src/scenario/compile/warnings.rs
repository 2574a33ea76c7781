//! What is not wrong, but perhaps not meant.

use std::collections::BTreeMap;

use crate::id::IntentId;
use crate::scenario::expectation::reaches_people;
use crate::scenario::file::File;
use crate::scenario::target;
use crate::scenario::{Arrivals, Scenario, Source, duties_within};

use super::at::{At, at};
use super::cx::{Cx, Kind};
use super::demand::{mean, shares, volume};

/// A load in words: beyond ten times nobody reads a percentage.
fn share(load: f64) -> String {
    if load < 10.0 { format!("{:.0}% of", load * 100.0) } else { format!("{load:.0} times") }
}

impl Cx<'_> {
    /// All warnings about a whole scenario. They presume that it is right.
    pub fn warnings(&mut self, file: &At<File>, scenario: &Scenario) {
        if self.problems.iter().any(|p| p.severity == crate::scenario::Severity::Error) {
            return;
        }
        self.impatient_channels(file, scenario);
        self.unmeasured_targets(file, scenario);
        self.overload(scenario);
    }

    /// On a live channel nobody waits without end.
    fn impatient_channels(&mut self, file: &At<File>, scenario: &Scenario) {
        for (n, channel) in scenario.channels.iter().enumerate() {
            let name = self.names(Kind::Channel)[n].clone();
            let live = name.contains("chat") || name.contains("phone") || name.contains("voice");
            let used = scenario.sources.iter().any(|s| s.channel.index() == n);
            let everywhere = scenario.intents.iter().all(|i| i.patience.is_some());
            if live && used && channel.patience.is_none() && !everywhere && !file.teams.0.is_empty()
            {
                let message =
                    format!("customers of `{name}` wait without end: no patience is given");
                let help = "add `patience`, as `{weibull: {mean: 4m, shape: 0.8}}`";
                self.warn("W0303", &format!("channels.{name}"), message, help);
            }
        }
    }

    /// A target on a queue, segment or channel to which nobody comes can never be measured.
    fn unmeasured_targets(&mut self, file: &At<File>, scenario: &Scenario) {
        // Customers who come again on another channel may go anywhere.
        let switches = scenario.returns.channel_switch.iter().any(Option::is_some);
        for text in at!(file.targets).each() {
            let Ok(target) = target::parse(&text) else {
                continue;
            };
            let which = &target.which;
            let named = |wanted: &Option<String>, kind: Kind, id: usize| {
                wanted.as_ref().is_none_or(|w| self.names(kind).get(id) == Some(w))
            };
            let reaches = |source: &Source| {
                let mut wanted = shares(&source.intents).filter(|(_, share)| *share > 0.0);
                let queue = which.queue.as_ref();
                named(&which.segment, Kind::Segment, source.segment.index())
                    && (switches || named(&which.channel, Kind::Channel, source.channel.index()))
                    && (switches || queue.is_none_or(|q| self.reaches_queue(scenario, source, q)))
                    && wanted.any(|(i, _)| named(&which.intent, Kind::Intent, i.index()))
            };
            if !scenario.sources.iter().any(|s| volume(s) > 0.0 && reaches(s)) {
                let message = format!("`{}` is never measured: no customer comes there", *text);
                let help = "check its queue, segment, channel and intent";
                self.warn("W0701", &text.path, message, help);
            }
        }
    }

    fn reaches_queue(&self, scenario: &Scenario, source: &Source, queue: &str) -> bool {
        let Some(id) = self.lookup(Kind::Queue, queue) else {
            return false;
        };
        // Contacts also come by overflow and by triage; only plain queues can be judged here.
        let by_overflow = scenario.queues.iter().any(|q| {
            q.full_to.is_some_and(|f| f.index() == id)
                || q.overflow.is_some_and(|o| o.to.index() == id)
        });
        let takes = &scenario.queues[id].takes;
        by_overflow
            || takes.nothing
            || (takes.source(source)
                && shares(&source.tiers).any(|(t, share)| share > 0.0 && takes.tier(t))
                && shares(&source.intents).any(|(i, share)| share > 0.0 && takes.intent(i)))
    }

    /// Work that comes in a day against the work that the people on duty can do.
    fn overload(&mut self, scenario: &Scenario) {
        if scenario.agents.is_empty() {
            return;
        }
        let mut offered: BTreeMap<u32, f64> = BTreeMap::new();
        for source in &scenario.sources {
            let work: f64 = shares(&source.intents)
                .map(|(i, share)| share * self.human_work(scenario, source, i.index()))
                .sum();
            let mut add = |day: u32, contacts: f64| {
                *offered.entry(day).or_default() += contacts * work;
            };
            match &source.arrivals {
                Arrivals::Intervals { pieces, .. } => {
                    pieces.iter().for_each(|piece| add(piece.day, mean(piece.volume)));
                }
                Arrivals::Burst { at, .. } => add(self.calendar.day_of(*at), volume(source)),
                Arrivals::Recorded { times, .. } => {
                    times.iter().for_each(|at| add(self.calendar.day_of(*at), 1.0));
                }
            }
        }
        let loads: Vec<(u32, f64)> = offered
            .into_iter()
            .map(|(day, work_s)| (day, work_s / self.capacity_s(scenario, day)))
            .filter(|(_, load)| *load > 1.0)
            .collect();
        let nobody = loads.iter().filter(|(_, load)| load.is_infinite());
        let dates: Vec<String> = nobody.map(|(d, _)| self.calendar.date(*d).to_string()).collect();
        let worst = loads.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((day, load)) = worst else {
            return;
        };
        let message = if dates.is_empty() {
            let (share, date) = (share(*load), self.calendar.date(*day));
            format!("the work for people is {share} what they can do on {date}")
        } else {
            format!("work for people comes on {} and nobody is on duty", dates.join(", "))
        };
        let help = "queues will grow and customers leave; add agents, or take this as the question";
        self.warn("W0201", "teams", message, help);
    }

    /// Mean seconds of work for people that a contact of an intent brings, at its first coming.
    fn human_work(&self, scenario: &Scenario, source: &Source, number: usize) -> f64 {
        let Some(intent) = scenario.intents.get(number) else {
            return 0.0;
        };
        let work = intent.work.mean_s()
            + intent.wrap_up.as_ref().map_or(0.0, crate::distribution::Distribution::mean_s);
        let to_people = reaches_people(scenario, source, IntentId(number as u16));
        work * to_people
    }

    /// Seconds of solo work that all people on duty can do in a day.
    fn capacity_s(&self, scenario: &Scenario, day: u32) -> f64 {
        let day = self.calendar.day(day);
        let mut capacity = 0.0;
        for agent in &scenario.agents {
            let team = &scenario.teams[agent.team.index()];
            let top =
                team.speed.iter().zip(0_u32..).map(|(s, k)| s * f64::from(k)).fold(0.0, f64::max);
            let best = team.serves.iter().map(|s| s.speed).fold(0.0, f64::max);
            let on = duties_within(&agent.duties, day).iter();
            let on_s: f64 = on.map(|d| d.on_queue_s(&team.away, day)).sum();
            capacity += on_s * top * best;
        }
        capacity
    }
}
