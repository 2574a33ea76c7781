//! How contacts find their queue, and how much work a queue's contacts are.

use crate::id::{QueueId, TeamId};
use crate::scenario::file::File;
use crate::scenario::{Intent, Queue, Routing, Source, Triage};

use super::at::{At, at};
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
            for source in sources.iter().filter(|source| queue.takes.source(source)) {
                for (intent, share) in shares(&source.intents) {
                    if queue.takes.intent(intent) {
                        let mean_s = intents.get(intent.index()).map_or(plain, |i| i.work.mean_s());
                        weight += volume(source) * share;
                        work += volume(source) * share * mean_s;
                    }
                }
            }
            queue.mean_work_s = if weight > 0.0 { work / weight } else { plain };
        }
    }

    /// Routing.
    pub fn routing(&mut self, file: &At<File>) -> Routing {
        let given = at!(file.routing);
        let (rules_cover, path) = (given.rules_cover.0, at!(given.rules_cover).path);
        if rules_cover < 1.0 && given.triage.is_none() && self.clean(&path) {
            let message = "rules do not cover all contacts and there is no triage";
            let help = "add `triage: {team: TEAM, work: 45s}` or set `rules_cover: 100%`";
            self.error("E0105", &path, message, help);
        }
        let triage = at!(given.triage).given().map(|triage| {
            self.find::<TeamId>(&at!(triage.team));
            // It is the last queue of that name, also when another has taken it.
            let queue = self.names(Kind::Queue).iter().rposition(|q| *q == triage.queue);
            Triage {
                queue: QueueId(queue.unwrap_or(0) as u8),
                work: self.law(at!(triage.work)),
                right: triage.right.0,
            }
        });
        Routing {
            rules_cover,
            right_first_try: given.right_first_try.0,
            misroute_work: self.law(at!(given.misroute_work)),
            triage,
            agent_choice: given.agent_choice,
            sticky: given.sticky,
            ageing: given.ageing.as_ref().map(|a| a.0),
        }
    }
}
