//! What happened in the scenarios: a generator that reaches nothing proves nothing.

use super::story::{Door, LeftBot, Story, Visit};
use convoq::domain::{EscalationReason, Outcome};
use convoq::scenario::{Scenario, ShiftEnd};
use std::collections::BTreeMap;

/// How many contacts met each thing that the rules are about.
#[derive(Debug, Default)]
pub struct Reach {
    /// Files of the generator that were not valid.
    pub refused: u64,
    pub contacts: u64,
    things: BTreeMap<String, u64>,
}

impl Reach {
    pub fn add(&mut self, other: &Self) {
        self.refused += other.refused;
        self.contacts += other.contacts;
        for (thing, number) in &other.things {
            *self.things.entry(thing.clone()).or_default() += number;
        }
    }

    fn one(&mut self, thing: impl Into<String>) {
        *self.things.entry(thing.into()).or_default() += 1;
    }

    pub fn count(&mut self, scenario: &Scenario, stories: &[Story]) {
        for story in stories {
            self.contacts += 1;
            self.one(story.end.map_or("open", |(_, outcome)| outcome));
            if let Some(reason) = story.skipped {
                self.one(reason.name());
            }
            match story.left_bot {
                Some((_, LeftBot::Escalated(reason))) => self.one(reason.name()),
                Some((_, LeftBot::GivenUp)) => self.one("bot given up"),
                _ => {}
            }
            if let Some((_, reason, channel)) = story.again {
                self.one(reason.name());
                if channel != story.channel {
                    self.one("other channel");
                }
            }
            match story.door {
                Some((_, Door::Balked)) => self.one("balked"),
                Some((_, Door::Refused)) => self.one("refused"),
                None => {}
            }
            if story.waited_for_bot {
                self.one("waited for the bot");
            }
            for (place, visit) in story.visits.iter().enumerate() {
                self.visit(scenario, story, place, visit);
            }
        }
    }

    fn visit(&mut self, scenario: &Scenario, story: &Story, place: usize, visit: &Visit) {
        let before = place.checked_sub(1).map(|p| &story.visits[p]);
        if visit.gone_on.is_some() {
            self.one("overflow after a wait");
        }
        if visit.wrong {
            self.one("wrong queue");
        }
        if visit.handed_back {
            self.one("handed back");
        }
        if before.is_some_and(|v| v.handed_back) && visit.answered.is_some() {
            self.one("served after a hand back");
        }
        if visit.left.is_some_and(|(_, silent)| silent) && visit.answered.is_none() {
            self.one("empty chat never found");
        }
        if visit.done > visit.handled {
            self.one("wrap-up");
        }
        if let Some((_, agent)) = visit.answered {
            let team = &scenario.teams[scenario.agents[agent.index()].team.index()];
            if team.pauses[story.channel.index()] && visit.at_once > 1 {
                self.one("paused others");
            }
            match team.shift_end {
                ShiftEnd::Finish => {}
                ShiftEnd::HandBack => self.one("agent of a team that hands back"),
                ShiftEnd::FirstFree => self.one("agent of a team of which the first free leaves"),
            }
        }
    }

    /// Each thing must have happened so often.
    pub fn assert_everything_happened(&self, least: u64) {
        let outcomes = Outcome::ALL.iter().map(|o| o.name());
        // Only real bots give a conversation to people by themselves.
        let reasons = EscalationReason::ALL.into_iter();
        let reasons = reasons.filter(|r| *r != EscalationReason::HandedOff);
        let others = [
            "open",
            "bot given up",
            "waited for the bot",
            "refused",
            "other channel",
            "overflow after a wait",
            "wrong queue",
            "handed back",
            "served after a hand back",
            "empty chat never found",
            "wrap-up",
            "paused others",
            "agent of a team that hands back",
            "agent of a team of which the first free leaves",
            "after_true",
            "after_false",
            "after_human",
            "after_article",
            "after_abandon",
            "after_balk",
            "after_blocked",
            "after_closed",
        ];
        let all = outcomes.chain(reasons.map(|r| r.name())).chain(others);
        let rare: Vec<&str> =
            all.filter(|thing| self.things.get(*thing).copied().unwrap_or(0) < least).collect();
        assert!(rare.is_empty(), "hardly ever: {rare:?}");
    }
}
