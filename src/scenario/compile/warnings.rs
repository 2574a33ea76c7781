//! What is not wrong, but perhaps not meant.

use std::collections::BTreeMap;

use crate::id::IntentId;
use crate::scenario::expectation::reaches_people;
use crate::scenario::file::File;
use crate::scenario::target;
use crate::scenario::{Arrivals, Scenario, Source, duties_within};
use crate::time::Span;

use super::cx::{Cx, Kind};
use super::demand::{mean, shares, volume};

/// A load in words: beyond ten times nobody reads a percentage.
fn share(load: f64) -> String {
    if load < 10.0 { format!("{:.0}% of", load * 100.0) } else { format!("{load:.0} times") }
}

impl Cx<'_> {
    /// All warnings about a whole scenario. They presume that it is right.
    pub fn warnings(&mut self, file: &File, scenario: &Scenario) {
        if self.problems.iter().any(|p| p.severity == crate::scenario::Severity::Error) {
            return;
        }
        self.impatient_channels(file, scenario);
        self.unmeasured_targets(file, scenario);
        self.overload(scenario);
    }

    /// On a live channel nobody waits without end.
    fn impatient_channels(&mut self, file: &File, scenario: &Scenario) {
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
    fn unmeasured_targets(&mut self, file: &File, scenario: &Scenario) {
        for (n, text) in file.targets.iter().enumerate() {
            let Ok(target) = target::parse(text) else {
                continue;
            };
            // Customers who come again on another channel may go anywhere.
            let switches = scenario.returns.channel_switch.iter().any(Option::is_some);
            let reaches = |source: &Source| {
                let named = |wanted: &Option<String>, names: &[String], id: usize| {
                    wanted.as_ref().is_none_or(|w| names.get(id) == Some(w))
                };
                named(&target.which.segment, self.names(Kind::Segment), source.segment.index())
                    && (named(
                        &target.which.channel,
                        self.names(Kind::Channel),
                        source.channel.index(),
                    ) || switches)
                    && target
                        .which
                        .queue
                        .as_ref()
                        .is_none_or(|q| switches || self.reaches_queue(scenario, source, q))
                    && shares(&source.intents).any(|(i, share)| {
                        share > 0.0
                            && named(&target.which.intent, self.names(Kind::Intent), i.index())
                    })
            };
            if !scenario.sources.iter().any(|s| volume(s) > 0.0 && reaches(s)) {
                let message = format!("`{text}` is never measured: no customer comes there");
                self.warn(
                    "W0701",
                    &format!("targets[{n}]"),
                    message,
                    "check its queue, segment, channel and intent",
                );
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
        let some_tier = takes.tiers.is_empty()
            || shares(&source.tiers).any(|(t, s)| s > 0.0 && takes.tiers.contains(&t));
        let some_intent = takes.intents.is_empty()
            || shares(&source.intents).any(|(i, s)| s > 0.0 && takes.intents.contains(&i));
        by_overflow
            || takes.nothing
            || ((takes.channels.is_empty() || takes.channels.contains(&source.channel))
                && (takes.segments.is_empty() || takes.segments.contains(&source.segment))
                && some_tier
                && some_intent)
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
            match &source.arrivals {
                Arrivals::Intervals { pieces, .. } => {
                    for piece in pieces {
                        *offered.entry(piece.day).or_default() += mean(piece.volume) * work;
                    }
                }
                Arrivals::Burst { at, .. } => {
                    *offered.entry(self.calendar.day_of(*at)).or_default() += volume(source) * work
                }
                Arrivals::Recorded { times } => {
                    times.iter().for_each(|t| {
                        *offered.entry(self.calendar.day_of(*t)).or_default() += work
                    });
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
            format!(
                "the work for people is {} what they can do on {}",
                share(*load),
                self.calendar.date(*day)
            )
        } else {
            let dates = dates.join(", ");
            format!("work for people comes on {dates} and nobody is on duty")
        };
        self.warn(
            "W0201",
            "teams",
            message,
            "queues will grow and customers leave; add agents, or take this as the question",
        );
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
        let day = Span {
            start: self.calendar.starts[day as usize],
            end: self.calendar.starts[day as usize + 1],
        };
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
