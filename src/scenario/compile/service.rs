//! Channels, intents, tiers, the bot and opening hours.

use crate::distribution::Distribution;
use crate::scenario::file;
use crate::scenario::file::{BySegment, Complexity, File, IntentBot};
use crate::scenario::units;
use crate::scenario::{
    AfterHours, Announcement, AtClosing, Balk, BeyondCapacity, Bot, BotSkill, Channel, Intent,
    RateLimit, Tier,
};
use crate::time::{Hours, SimDuration};

use super::cx::{Cx, Kind};

/// Accuracy of a bot in ideal conditions: published bots top out there.
const IDEAL_ACCURACY: f64 = 0.85;

/// Accuracy of the bot and effect of articles by complexity.
fn by_complexity(complexity: Complexity) -> (f64, f64) {
    match complexity {
        Complexity::Simple => (0.60, 0.30),
        Complexity::Moderate => (0.40, 0.12),
        Complexity::Complex => (0.20, 0.03),
    }
}

impl Cx<'_> {
    /// All channels: those of the file, and those that are only used.
    pub fn channels(&mut self, file: &File, open: &Hours) -> Vec<Channel> {
        let default = file::Channel::default();
        let names = self.names(Kind::Channel).to_vec();
        let mut channels = Vec::new();
        for name in &names {
            let path = format!("channels.{name}");
            let given = file.channels.get(name).unwrap_or(&default);
            channels.push(self.channel(given, name, file, open, &path));
        }
        if let Some(list) = file.bot.as_ref().and_then(|b| b.channels.as_ref()) {
            channels.iter_mut().for_each(|c| c.bot = false);
            for (n, name) in list.iter().enumerate() {
                if let Some(id) = self.find(Kind::Channel, name, &format!("bot.channels[{n}]")) {
                    channels[id].bot = true;
                }
            }
        }
        channels
    }

    fn channel(
        &mut self,
        given: &file::Channel,
        name: &str,
        file: &File,
        open: &Hours,
        path: &str,
    ) -> Channel {
        let announcement = given.announce.as_ref().map(|announce| Announcement {
            balk: match &announce.balk {
                None | Some(file::Balk::Rule(file::BalkRule::Rational)) => Balk::Rational,
                Some(file::Balk::Probability(p)) => {
                    Balk::Probability(self.prob(p, &format!("{path}.announce.balk")))
                }
            },
            patience_factor: {
                let at = format!("{path}.announce.patience_factor");
                self.positive_factor_or(announce.patience_factor.as_ref(), 1.0, &at)
            },
        });
        Channel {
            patience: self.law_option(given.patience.as_ref(), &format!("{path}.patience")),
            silent_abandonment: self.prob_or(
                given.silent_abandonment.as_ref(),
                0.0,
                &format!("{path}.silent_abandonment"),
            ),
            silent_hold: self.dur_or(
                given.silent_hold.as_ref(),
                SimDuration::from_s(120.0),
                &format!("{path}.silent_hold"),
            ),
            announcement,
            after_hours: match given.after_hours {
                None | Some(file::AfterHours::Queue) => AfterHours::Queue,
                Some(file::AfterHours::BotOnly) => AfterHours::BotOnly,
                Some(file::AfterHours::TurnedAway) => AfterHours::TurnAway,
            },
            at_closing: match given.at_closing {
                None | Some(file::AtClosing::Wait) => AtClosing::Wait,
                Some(file::AtClosing::Serve) => AtClosing::Serve,
                Some(file::AtClosing::TurnedAway) => AtClosing::TurnAway,
                Some(file::AtClosing::CallBack) => AtClosing::CallBack,
            },
            open: match &given.open {
                Some(hours) => self.hours(Some(hours), &format!("{path}.open")),
                None => open.clone(),
            },
            // People write to a bot; a call or a letter goes to people unless the file says otherwise.
            bot: file.bot.is_some() && given.bot.unwrap_or(name != "phone" && name != "email"),
            open_hours_clock: given.clock == Some(file::WaitClock::OpenHours),
        }
    }

    /// All intents.
    pub fn intents(&mut self, file: &File) -> Vec<Intent> {
        let at = "self_service.suppressed";
        let suppressed = file.self_service.as_ref().and_then(|s| s.suppressed.as_ref());
        let shown = 1.0 - self.prob_or(suppressed, 0.0, at);
        file.intents
            .0
            .iter()
            .map(|(name, intent)| self.intent(file, intent, shown, &format!("intents.{name}")))
            .collect()
    }

    fn intent(&mut self, file: &File, given: &file::Intent, shown: f64, path: &str) -> Intent {
        let (accuracy, solves) = by_complexity(given.complexity.unwrap_or(Complexity::Moderate));
        let none = file::Articles::default();
        let articles = given.articles.as_ref().unwrap_or(&none);
        let exposure =
            self.prob_or(articles.exposure.as_ref(), 0.0, &format!("{path}.articles.exposure"));
        let work = self.law(&given.work, &format!("{path}.work"));
        if work.mean_s() <= 0.0 && self.clean(&format!("{path}.work")) {
            self.error(
                "E0211",
                &format!("{path}.work"),
                "work that takes no time",
                "give a length above zero",
            );
        }
        Intent {
            work,
            wrap_up: self.law_option(given.wrap_up.as_ref(), &format!("{path}.wrap_up")),
            bot: self.bot_skill(file, given.bot.as_ref(), accuracy, &format!("{path}.bot")),
            article_exposure: exposure * shown,
            article_solves: self.prob_or(
                articles.solves.as_ref(),
                solves,
                &format!("{path}.articles.solves"),
            ),
            human_solves: self.prob_or(
                given.human_solves.as_ref(),
                0.9,
                &format!("{path}.human_solves"),
            ),
            patience: self.law_option(given.patience.as_ref(), &format!("{path}.patience")),
        }
    }

    fn bot_skill(
        &mut self,
        file: &File,
        given: Option<&IntentBot>,
        accuracy: f64,
        path: &str,
    ) -> BotSkill {
        let none = file::BotSkill::default();
        let (never, skill) = match given {
            Some(IntentBot::Word(file::NeverWord::Never)) => (true, &none),
            Some(IntentBot::Skill(skill)) => (false, skill),
            None => (false, &none),
        };
        let unsure = file::Confidence::default();
        let general = file.bot.as_ref().and_then(|b| b.confidence.as_ref()).unwrap_or(&unsure);
        let right = self.prob_or(general.right.as_ref(), 1.0, "bot.confidence.right");
        let wrong = self.prob_or(general.wrong.as_ref(), 1.0, "bot.confidence.wrong");
        let own = skill.confidence.as_ref().unwrap_or(&unsure);
        BotSkill {
            never,
            coverage: self.prob_or(skill.coverage.as_ref(), 1.0, &format!("{path}.coverage")),
            accuracy: self.accuracy(file, skill, accuracy, path),
            confident_right: self.prob_or(
                own.right.as_ref(),
                right,
                &format!("{path}.confidence.right"),
            ),
            confident_wrong: self.prob_or(
                own.wrong.as_ref(),
                wrong,
                &format!("{path}.confidence.wrong"),
            ),
            bypass: self.prob_or(skill.bypass.as_ref(), 0.0, &format!("{path}.bypass")),
        }
    }

    /// Accuracy as given; else the ideal less the gaps of the content; else by complexity.
    fn accuracy(&mut self, file: &File, skill: &file::BotSkill, usual: f64, path: &str) -> f64 {
        let bot = file.bot.as_ref();
        let given = bot.and_then(|b| b.ideal_accuracy.as_ref());
        let ideal = self.prob_or(given, IDEAL_ACCURACY, "bot.ideal_accuracy");
        let everywhere = bot.and_then(|b| b.content_gaps.as_ref());
        let gaps = self.prob_or(everywhere, 0.0, "bot.content_gaps");
        let own = skill.content_gaps.as_ref();
        let gaps = self.prob_or(own, gaps, &format!("{path}.content_gaps"));
        let at = format!("{path}.accuracy");
        if skill.accuracy.is_some() {
            return self.prob_or(skill.accuracy.as_ref(), usual, &at);
        }
        if given.or(everywhere).or(own).is_some() { ideal * (1.0 - gaps) } else { usual }
    }

    /// All tiers; entry 0 is the standard.
    pub fn tiers(&mut self, file: &File) -> Vec<Tier> {
        let default = file::Tier::default();
        let names = self.names(Kind::Tier).to_vec();
        let mut tiers = Vec::new();
        for name in &names {
            let path = format!("tiers.{name}");
            let given = file.tiers.get(name).unwrap_or(&default);
            tiers.push(Tier {
                priority: self.level(given.priority, &format!("{path}.priority")),
                human_only: given.human_only.unwrap_or(false),
                patience_factor: self.positive_factor_or(
                    given.patience_factor.as_ref(),
                    1.0,
                    &format!("{path}.patience_factor"),
                ),
                work_factor: self.positive_factor_or(
                    given.work_factor.as_ref(),
                    1.0,
                    &format!("{path}.work_factor"),
                ),
            });
        }
        tiers
    }

    /// A priority level.
    pub fn level(&mut self, given: Option<u8>, path: &str) -> u8 {
        let level = given.unwrap_or(0);
        if level > 7 {
            self.error(
                "E0211",
                path,
                format!("the priority {level} is above 7"),
                "give a level from 0 to 7",
            );
        }
        level.min(7)
    }

    /// The bot.
    pub fn bot(&mut self, given: &file::Bot) -> Bot {
        let turns = given.max_turns.unwrap_or(3);
        if turns == 0 {
            self.error(
                "E0211",
                "bot.max_turns",
                "a bot that never answers",
                "give 1 or more, or leave `bot` out",
            );
        }
        if given.sessions == Some(0) {
            self.error(
                "E0211",
                "bot.sessions",
                "a bot without sessions",
                "give 1 or more, or leave `bot` out",
            );
        }
        let rate = self.rate_limit(given);
        Bot {
            accept: self.prob_or(given.accept.as_ref(), 0.23, "bot.accept"),
            leave_silently: self.prob_or(given.leave_silently.as_ref(), 0.25, "bot.leave_silently"),
            ask_human: self.prob_or(given.ask_human.as_ref(), 0.35, "bot.ask_human"),
            human_only: self.human_only(given.human_only.as_ref()),
            max_turns: turns,
            escape_hatch: given.escape_hatch.unwrap_or(true),
            lost_trust: self.prob_or(given.lost_trust.as_ref(), 0.0, "bot.lost_trust"),
            accuracy_decay: self.prob_or(given.accuracy_decay.as_ref(), 1.0, "bot.accuracy_decay"),
            latency: self
                .law_option(given.latency.as_ref(), "bot.latency")
                .unwrap_or(Distribution::Constant { value_s: 1.0 }),
            think: self.law_option(given.think.as_ref(), "bot.think"),
            patience: self.law_option(given.patience.as_ref(), "bot.patience"),
            sessions: given.sessions,
            rate,
            beyond: match given.beyond {
                Some(file::Beyond::Wait) => BeyondCapacity::Wait,
                None | Some(file::Beyond::Escalate) => BeyondCapacity::Escalate,
                Some(file::Beyond::TurnedAway) => BeyondCapacity::TurnAway,
            },
            hours: self.hours(given.hours.as_ref(), "bot.hours"),
            languages: self.bot_languages(given),
        }
    }

    fn rate_limit(&mut self, given: &file::Bot) -> Option<RateLimit> {
        if let Some(0) = given.burst {
            let help = "give 1 or more, or leave it out";
            self.error("E0201", "bot.burst", "a bucket for no request lets none pass", help);
        }
        if given.burst.is_some() && given.rate.is_none() {
            let help = "give `bot.rate`, or leave `burst` out";
            self.error("E0201", "bot.burst", "there is no rate that it goes with", help);
        }
        let rate = given.rate.as_ref()?;
        let rate = self.unit("E0207", "bot.rate", units::count_per(&rate.0))?;
        let gap = SimDuration::from_s(rate.unit_s / rate.count);
        let burst = given.burst.unwrap_or(rate.count as u32).max(1);
        Some(RateLimit { gap, burst })
    }

    fn human_only(&mut self, given: Option<&BySegment>) -> Vec<f64> {
        let count = self.names(Kind::Segment).len();
        match given {
            None => vec![0.0; count],
            Some(BySegment::All(p)) => vec![self.prob(p, "bot.human_only"); count],
            Some(BySegment::Each(map)) => {
                let mut shares = vec![0.0; count];
                for (name, share) in &map.0 {
                    let at = format!("bot.human_only.{name}");
                    let share = self.prob(share, &at);
                    if let Some(id) = self.find(Kind::Segment, name, &at) {
                        shares[id] = share;
                    }
                }
                shares
            }
        }
    }

    fn bot_languages(&mut self, given: &file::Bot) -> Vec<bool> {
        let count = self.names(Kind::Language).len();
        let Some(list) = &given.languages else {
            return vec![true; count];
        };
        let mut speaks = vec![false; count];
        for (n, name) in list.iter().enumerate() {
            if let Some(id) = self.find(Kind::Language, name, &format!("bot.languages[{n}]")) {
                speaks[id] = true;
            }
        }
        speaks
    }
}
