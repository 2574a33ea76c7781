//! How contacts find their queue, and how much work a queue's contacts are.

use crate::distribution::Distribution;
use crate::id::QueueId;
use crate::scenario::file;
use crate::scenario::file::File;
use crate::scenario::{AgentChoice, Intent, Queue, Routing, Source, Triage};

use super::cx::{Cx, Kind};
use super::demand::{shares, volume};

impl Cx<'_> {
    /// Mean work of each queue's contacts: by the volumes of the sources.
    pub fn mean_work(
        &self,
        queues: &mut [Queue],
        sources: &[Source],
        intents: &[Intent],
        triage_work: Option<f64>,
    ) {
        let plain =
            intents.iter().map(|i| i.work.mean_s()).sum::<f64>() / intents.len().max(1) as f64;
        for queue in queues {
            if queue.takes.nothing {
                queue.mean_work_s = triage_work.unwrap_or(plain);
                continue;
            }
            let (mut weight, mut work) = (0.0, 0.0);
            for source in sources {
                let takes = &queue.takes;
                let fits = (takes.channels.is_empty() || takes.channels.contains(&source.channel))
                    && (takes.segments.is_empty() || takes.segments.contains(&source.segment));
                for (intent, share) in shares(&source.intents) {
                    if fits && (takes.intents.is_empty() || takes.intents.contains(&intent)) {
                        weight += volume(source) * share;
                        work += volume(source)
                            * share
                            * intents.get(intent.index()).map_or(plain, |i| i.work.mean_s());
                    }
                }
            }
            queue.mean_work_s = if weight > 0.0 { work / weight } else { plain };
        }
    }

    /// Routing.
    pub fn routing(&mut self, file: &File) -> Routing {
        let none = file::Routing::default();
        let given = file.routing.as_ref().unwrap_or(&none);
        let rules_cover = self.prob_or(given.rules_cover.as_ref(), 1.0, "routing.rules_cover");
        if rules_cover < 1.0 && given.triage.is_none() {
            let help = "add `triage: {team: TEAM, work: 45s}` or set `rules_cover: 100%`";
            self.error(
                "E0105",
                "routing.rules_cover",
                "rules do not cover all contacts and there is no triage",
                help,
            );
        }
        let triage = given.triage.as_ref().map(|triage| {
            self.find(Kind::Team, &triage.team, "routing.triage.team");
            let name = triage.queue.as_deref().unwrap_or("triage");
            Triage {
                // It is the last queue of that name, also when another has taken it.
                queue: QueueId(
                    self.names(Kind::Queue).iter().rposition(|q| q == name).unwrap_or(0) as u8,
                ),
                work: self.law(&triage.work, "routing.triage.work"),
                right: self.prob_or(triage.right.as_ref(), 1.0, "routing.triage.right"),
            }
        });
        Routing {
            rules_cover,
            right_first_try: self.prob_or(
                given.right_first_try.as_ref(),
                1.0,
                "routing.right_first_try",
            ),
            misroute_work: self
                .law_option(given.misroute_work.as_ref(), "routing.misroute_work")
                .unwrap_or(Distribution::Constant { value_s: 60.0 }),
            triage,
            agent_choice: match given.agent_choice {
                Some(file::AgentChoice::LongestIdle) => AgentChoice::LongestIdle,
                None | Some(file::AgentChoice::LeastLoaded) => AgentChoice::LeastLoaded,
                Some(file::AgentChoice::MostLoaded) => AgentChoice::MostLoaded,
                Some(file::AgentChoice::SkillRank) => AgentChoice::SkillRank,
            },
            sticky: given.sticky.unwrap_or(false),
            ageing: given.ageing.as_ref().and_then(|a| self.positive_dur(a, "routing.ageing")),
        }
    }
}
