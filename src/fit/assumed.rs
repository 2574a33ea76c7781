//! What a reader must know of everything that was fitted.

use super::{After, Figure, Fitted, FittedLaw};
use crate::event::Header;

impl Fitted {
    /// Whether the bot took contacts of a channel.
    #[must_use]
    pub fn bot_on(&self, channel: usize) -> bool {
        self.bot.as_ref().is_some_and(|bot| bot.channels.get(channel) == Some(&true))
    }

    /// Whether a team only sorts.
    #[must_use]
    pub fn is_triage(&self, header: &Header, team: usize) -> bool {
        let served = &self.serves[team];
        !served.is_empty() && served.iter().all(|queue| header.queues[*queue].triage)
    }

    /// Laws that belong to no intent, each with its words.
    #[must_use]
    pub fn others(&self) -> Vec<(&'static str, &FittedLaw)> {
        let bot = self.bot.as_ref();
        let all = [
            ("bot_latency", bot.and_then(|bot| bot.latency.as_ref())),
            ("think_time", bot.and_then(|bot| bot.think.as_ref())),
            ("triage_work", self.routing.triage.as_ref()),
            ("misroute_work", self.routing.misroute.as_ref()),
        ];
        all.into_iter().filter_map(|(what, law)| Some((what, law?))).collect()
    }

    /// Shares: what, of what, and how large.
    #[must_use]
    pub fn shares(&self) -> Vec<(&'static str, String, Figure)> {
        let mut all = Vec::new();
        if let Some(bot) = &self.bot {
            let own = || "contacts on the bot's channels".to_owned();
            let involved = || "contacts that the bot answered".to_owned();
            let answers = || "answers of the bot".to_owned();
            all.push(("involved", own(), bot.involved));
            all.push(("human only", own(), bot.human_only));
            all.push(("closed by the bot", involved(), bot.claimed));
            all.push(("given to people", involved(), bot.escalated));
            all.push(("confirmed", answers(), bot.confirmed));
            all.push(("left without asking more", answers(), bot.left));
        }
        for (after, words) in After::ALL {
            let found = self.returns.iter().flatten().find_map(|r| r.shares.get(&after));
            all.extend(found.map(|share| ("come again", format!("contacts that {words}"), *share)));
        }
        let routing = &self.routing;
        let people = || "contacts of people".to_owned();
        all.extend(routing.rules_cover.map(|share| ("assigned by rule", people(), share)));
        all.extend(routing.right_first_try.map(|share| ("not passed on", people(), share)));
        all
    }

    /// What the log did not show, and what stands in for it.
    #[must_use]
    pub fn assumed(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.demand.iter().any(|source| source.busyness_cv2.is_none()) {
            all.push("days are too few to tell how much they differ: no busyness".to_owned());
        }
        if self.wrap_up.iter().all(Option::is_none) {
            all.push("no work after contacts, because none was seen: compare simulated waits with those seen".to_owned());
        }
        if self.work.iter().all(Option::is_none) {
            all.push("handle time: no agent was seen to end a contact".to_owned());
        }
        let unlimited =
            |p: &Option<super::FittedPatience>| p.as_ref().is_some_and(|p| p.law.is_none());
        if self.patience.iter().any(unlimited) {
            all.push("patience without limit, where nobody was seen to leave".to_owned());
        }
        if self.returns.iter().all(Option::is_none) {
            all.push("nobody comes again, because no contact is marked as a return".to_owned());
        }
        if let Some(bot) = &self.bot {
            all.push(format!(
                "{:.0} % of the bot's answers are right, which no log shows",
                100.0 * bot.accuracy()
            ));
        }
        if self.staffing.iter().any(|s| !s.recorded && s.agents > 0) {
            all.push("shifts from each agent's first contact to the last one".to_owned());
        }
        if self.work.iter().any(Option::is_some) {
            all.push(
                "agents solve 90 % of what they close, the default: no log shows it".to_owned(),
            );
        }
        all
    }
}
