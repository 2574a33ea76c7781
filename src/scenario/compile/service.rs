//! Channels, intents, tiers, the bot and opening hours.

use crate::id::{ChannelId, LanguageId, SegmentId};
use crate::scenario::file::{self, BySegment, Complexity, File, IntentBot, Prob};
use crate::scenario::{Announcement, Balk, Bot, BotSkill, Channel, Intent, RateLimit, Tier};
use crate::time::{Hours, SimDuration};

use super::at::{At, at};
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

/// What the bot can do with an intent; `usual` is the accuracy by complexity.
fn bot_skill(file: &File, given: Option<&IntentBot>, usual: f64) -> BotSkill {
    let none = file::BotSkill::default();
    let (never, skill) = match given {
        Some(IntentBot::Word(file::NeverWord::Never)) => (true, &none),
        Some(IntentBot::Skill(skill)) => (false, skill),
        None => (false, &none),
    };
    let (own, bot) = (&skill.confidence, file.bot.as_ref());
    let general = bot.map(|b| &b.confidence);
    let sure = |own: &Option<Prob>, general: Option<&Option<Prob>>| {
        own.as_ref().or(general.and_then(Option::as_ref)).map_or(1.0, |p| p.0)
    };
    BotSkill {
        never,
        coverage: skill.coverage.0,
        accuracy: accuracy(bot, skill, usual),
        confident_right: sure(&own.right, general.map(|g| &g.right)),
        confident_wrong: sure(&own.wrong, general.map(|g| &g.wrong)),
        bypass: skill.bypass.0,
    }
}

/// Accuracy as given; else the ideal less the gaps of the content; else by complexity.
fn accuracy(bot: Option<&file::Bot>, skill: &file::BotSkill, usual: f64) -> f64 {
    let ideal = bot.and_then(|b| b.ideal_accuracy.as_ref());
    let gaps = skill.content_gaps.as_ref().or(bot.and_then(|b| b.content_gaps.as_ref()));
    match &skill.accuracy {
        Some(own) => own.0,
        None if ideal.or(gaps).is_none() => usual,
        None => ideal.map_or(IDEAL_ACCURACY, |p| p.0) * (1.0 - gaps.map_or(0.0, |p| p.0)),
    }
}

impl Cx<'_> {
    /// All channels: those of the file, and those that are only used.
    pub fn channels(&mut self, file: &At<File>, open: &Hours) -> Vec<Channel> {
        let default = file::Channel::default();
        let names = self.names(Kind::Channel).to_vec();
        let mut channels = Vec::new();
        for name in &names {
            let given = file.channels.get(name).unwrap_or(&default);
            let given = At::new(given, &format!("channels.{name}"));
            // People write to a bot; a call or a letter goes to people unless the file says otherwise.
            let bot = given.bot.unwrap_or(name != "phone" && name != "email");
            channels.push(self.channel(&given, open, file.bot.is_some() && bot));
        }
        let list = at!(file.bot).given().and_then(|bot| at!(bot.channels).given());
        if let Some(list) = list {
            let served = self.marked::<ChannelId>(list);
            channels.iter_mut().zip(served).for_each(|(channel, served)| channel.bot = served);
        }
        channels
    }

    fn channel(&mut self, given: &At<file::Channel>, open: &Hours, bot: bool) -> Channel {
        let announcement = given.announce.as_ref().map(|announce| Announcement {
            balk: match &announce.balk {
                file::Balk::Rule(file::BalkRule::Rational) => Balk::Rational,
                file::Balk::Probability(p) => Balk::Probability(p.0),
            },
            patience_factor: announce.patience_factor.0,
        });
        Channel {
            patience: self.law_option(at!(given.patience)),
            silent_abandonment: given.silent_abandonment.0,
            silent_hold: given.silent_hold.0,
            announcement,
            after_hours: given.after_hours,
            at_closing: given.at_closing,
            open: match at!(given.open).given() {
                Some(hours) => self.hours(hours),
                None => open.clone(),
            },
            bot,
            open_hours_clock: given.clock == file::WaitClock::OpenHours,
        }
    }

    /// All intents.
    pub fn intents(&mut self, file: &At<File>) -> Vec<Intent> {
        at!(file.intents).each().map(|(_, intent)| self.intent(file, &intent)).collect()
    }

    fn intent(&mut self, file: &File, given: &At<file::Intent>) -> Intent {
        let (accuracy, solves) = by_complexity(given.complexity);
        let shown = 1.0 - file.self_service.suppressed.0;
        let at = at!(given.work).path;
        let work = self.law(at!(given.work));
        if work.mean_s() <= 0.0 && self.clean(&at) {
            self.error("E0211", &at, "work that takes no time", "give a length above zero");
        }
        Intent {
            work,
            wrap_up: self.law_option(at!(given.wrap_up)),
            bot: bot_skill(file, given.bot.as_ref(), accuracy),
            article_exposure: given.articles.exposure.0 * shown,
            article_solves: given.articles.solves.as_ref().map_or(solves, |p| p.0),
            human_solves: given.human_solves.0,
            patience: self.law_option(at!(given.patience)),
        }
    }

    /// All tiers; entry 0 is the standard.
    pub fn tiers(&self, file: &File) -> Vec<Tier> {
        let default = file::Tier::default();
        let given = self.names(Kind::Tier).iter().map(|n| file.tiers.get(n).unwrap_or(&default));
        given
            .map(|given| Tier {
                priority: given.priority.min(7),
                human_only: given.human_only,
                patience_factor: given.patience_factor.0,
                work_factor: given.work_factor.0,
            })
            .collect()
    }

    /// The bot.
    pub fn bot(&mut self, given: &At<file::Bot>) -> Bot {
        let rate = self.rate_limit(given);
        Bot {
            accept: given.accept.0,
            leave_silently: given.leave_silently.0,
            ask_human: given.ask_human.0,
            human_only: self.human_only(given),
            max_turns: given.max_turns,
            escape_hatch: given.escape_hatch,
            lost_trust: given.lost_trust.0,
            accuracy_decay: given.accuracy_decay.0,
            latency: self.law(at!(given.latency)),
            think: self.law_option(at!(given.think)),
            patience: self.law_option(at!(given.patience)),
            sessions: given.sessions,
            rate,
            beyond: given.beyond,
            hours: self.hours(at!(given.hours)),
            languages: match at!(given.languages).given() {
                Some(list) => self.marked::<LanguageId>(list),
                None => vec![true; self.names(Kind::Language).len()],
            },
        }
    }

    fn rate_limit(&mut self, given: &At<file::Bot>) -> Option<RateLimit> {
        if given.burst.is_some() && given.rate.is_none() {
            let help = "give `bot.rate`, or leave `burst` out";
            let message = "there is no rate that it goes with";
            self.error("E0201", &at!(given.burst).path, message, help);
        }
        let rate = given.rate.as_ref()?.0;
        let gap = SimDuration::from_s(rate.unit_s / rate.count);
        let burst = given.burst.unwrap_or(rate.count as u32).max(1);
        Some(RateLimit { gap, burst })
    }

    fn human_only(&mut self, given: &At<file::Bot>) -> Vec<f64> {
        let count = self.names(Kind::Segment).len();
        match &given.human_only {
            None => vec![0.0; count],
            Some(BySegment::All(p)) => vec![p.0; count],
            Some(BySegment::Each(map)) => {
                let mut shares = vec![0.0; count];
                for (id, share) in self.named_shares(&given.within(map, ".human_only")) {
                    shares[SegmentId::index(id)] = share;
                }
                shares
            }
        }
    }
}
