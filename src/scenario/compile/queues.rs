//! Queues and who serves them.

use crate::id::{ChannelId, IntentId, LanguageId, QueueId, SegmentId, TeamId, TierId};
use crate::scenario::file;
use crate::scenario::file::{File, Skills, WhenFull};
use crate::scenario::{Overflow, Queue, Served, Takes, Team};

use super::cx::{Cx, Kind};

/// Name of the triage queue.
pub fn triage_name(file: &File) -> Option<String> {
    Some(file.routing.triage.as_ref()?.queue.clone())
}

/// Whether a queue takes every contact of a channel.
fn takes_all(takes: &Takes, channel: ChannelId) -> bool {
    !takes.nothing
        && (takes.channels.is_empty() || takes.channels.contains(&channel))
        && takes.segments.is_empty()
        && takes.intents.is_empty()
        && takes.tiers.is_empty()
        && takes.languages.is_empty()
}

fn share_a_channel(a: &Takes, b: &Takes) -> bool {
    a.channels.is_empty()
        || b.channels.is_empty()
        || a.channels.iter().any(|c| b.channels.contains(c))
}

impl Cx<'_> {
    /// All queues, still without their teams: those of the file, then what is left of each channel, then triage.
    pub fn queues(&mut self, file: &File, used: &[bool]) -> Vec<Queue> {
        let mut queues = Vec::new();
        for (name, given) in &file.queues.0 {
            let path = format!("queues.{name}");
            self.add(Kind::Queue, name);
            let takes = self.takes(given, name, &path);
            queues.push(Queue {
                takes,
                priority: given.priority.min(7),
                capacity: given.capacity,
                full_to: None,
                overflow: None,
                teams: Vec::new(),
                mistaken_for: Vec::new(),
                mean_work_s: 0.0,
            });
        }
        for (channel, used) in used.iter().enumerate() {
            let id = ChannelId(channel as u8);
            let covered = queues.iter().any(|q: &Queue| takes_all(&q.takes, id))
                || self.covered_by_parts(&queues, id);
            if *used && !covered {
                let name = self.names(Kind::Channel)[channel].clone();
                let taken = self.lookup(Kind::Queue, &name).is_some();
                self.add(Kind::Queue, &if taken { format!("{name}-other") } else { name });
                queues.push(plain_queue(Takes { channels: vec![id], ..Takes::default() }));
            }
        }
        if let Some(name) = triage_name(file) {
            if self.lookup(Kind::Queue, &name).is_some() {
                let help = "give `routing.triage.queue` another name";
                self.error(
                    "E0302",
                    "routing.triage",
                    format!("a queue is called `{name}` already"),
                    help,
                );
            }
            self.add(Kind::Queue, &name);
            queues.push(plain_queue(Takes { nothing: true, ..Takes::default() }));
        }
        self.at_most("queues", queues.len(), 250, "queues");
        self.overflows(file, &mut queues);
        for n in 0..queues.len() {
            let takes = &queues[n].takes;
            let near = |(m, q): &(usize, &Queue)| {
                *m != n
                    && !q.takes.nothing
                    && !takes.nothing
                    && share_a_channel(&q.takes, takes)
                    && told_by_content(&q.takes)
            };
            queues[n].mistaken_for =
                queues.iter().enumerate().filter(near).map(|(m, _)| QueueId(m as u8)).collect();
        }
        queues
    }

    /// Whether queues that each take some segments, or some intents, of a channel
    /// take all of them together.
    fn covered_by_parts(&self, queues: &[Queue], channel: ChannelId) -> bool {
        let of_channel = || {
            queues.iter().map(|q| &q.takes).filter(move |t| {
                !t.nothing
                    && (t.channels.is_empty() || t.channels.contains(&channel))
                    && t.tiers.is_empty()
                    && t.languages.is_empty()
            })
        };
        let all = |kind, taken: &dyn Fn(usize) -> bool| {
            let count = self.names(kind).len();
            count > 0 && (0..count).all(taken)
        };
        all(Kind::Segment, &|s| {
            of_channel().any(|t| t.intents.is_empty() && t.segments.contains(&SegmentId(s as u8)))
        }) || all(Kind::Intent, &|i| {
            of_channel().any(|t| t.segments.is_empty() && t.intents.contains(&IntentId(i as u16)))
        })
    }

    fn takes(&mut self, given: &file::Queue, name: &str, path: &str) -> Takes {
        let channels = match &given.channels {
            Some(list) => self.ids(Kind::Channel, list, &format!("{path}.channels")),
            None => self.lookup(Kind::Channel, name).into_iter().collect(),
        };
        let segments = self.ids(Kind::Segment, &given.segments, &format!("{path}.segments"));
        let intents = self.ids(Kind::Intent, &given.intents, &format!("{path}.intents"));
        let tiers = self.ids(Kind::Tier, &given.tiers, &format!("{path}.tiers"));
        let languages = self.ids(Kind::Language, &given.languages, &format!("{path}.languages"));
        Takes {
            channels: channels.into_iter().map(|i| ChannelId(i as u8)).collect(),
            segments: segments.into_iter().map(|i| SegmentId(i as u8)).collect(),
            intents: intents.into_iter().map(|i| IntentId(i as u16)).collect(),
            tiers: tiers.into_iter().map(|i| TierId(i as u8)).collect(),
            languages: languages.into_iter().map(|i| LanguageId(i as u8)).collect(),
            nothing: false,
        }
    }

    fn overflows(&mut self, file: &File, queues: &mut [Queue]) {
        for (n, (name, given)) in file.queues.0.iter().enumerate() {
            let path = format!("queues.{name}");
            if given.when_full == WhenFull::Overflow
                && (given.overflow.is_none() || given.capacity.is_none())
            {
                let help = "give `capacity`, and `overflow: {to: QUEUE}`";
                self.error(
                    "E0105",
                    &format!("{path}.when_full"),
                    "overflow needs a capacity and another queue",
                    help,
                );
            }
            let Some(overflow) = &given.overflow else {
                continue;
            };
            let Some(to) = self.find(Kind::Queue, &overflow.to, &format!("{path}.overflow.to"))
            else {
                continue;
            };
            if to == n {
                self.error(
                    "E0105",
                    &format!("{path}.overflow.to"),
                    "a queue that overflows into itself",
                    "name another queue",
                );
                continue;
            }
            let to = QueueId(to as u8);
            if given.when_full == WhenFull::Overflow {
                queues[n].full_to = Some(to);
            }
            queues[n].overflow =
                overflow.after.as_ref().map(|after| Overflow { to, after: after.0 });
        }
    }

    /// Tells each queue its teams and each team its queues.
    pub fn serve(&mut self, file: &File, queues: &mut [Queue], teams: &mut [Team]) {
        let mut ranked: Vec<Vec<(usize, f64, usize)>> = vec![Vec::new(); queues.len()];
        for (t, (name, given)) in file.teams.0.iter().enumerate() {
            let speed = given.speed.0;
            let skills = skills(given);
            let order = self.served_queues(file, name, given, &skills, &teams[t], queues);
            for (position, q) in order {
                let skill = file.queues.0.get(q).and_then(|(_, queue)| queue.skill.as_ref());
                let by_skill = skill
                    .and_then(|s| skills.iter().find(|(n, _)| n == s))
                    .map_or(1.0, |(_, f)| *f);
                teams[t].serves.push(Served { queue: QueueId(q as u8), speed: speed * by_skill });
                ranked[q].push((position, speed * by_skill, t));
            }
        }
        for (queue, mut list) in queues.iter_mut().zip(ranked) {
            list.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
            queue.teams = list.into_iter().map(|(.., t)| TeamId(t as u8)).collect();
        }
    }

    /// The queues that a team serves, best first, with their rank for the team.
    fn served_queues(
        &mut self,
        file: &File,
        name: &str,
        given: &file::Team,
        skills: &[(String, f64)],
        team: &Team,
        queues: &[Queue],
    ) -> Vec<(usize, usize)> {
        let triage = file.routing.triage.as_ref().filter(|t| t.team == name);
        let mut order: Vec<(usize, usize)> = Vec::new();
        if let Some(list) = &given.serves {
            let ids = self.ids(Kind::Queue, list, &format!("teams.{name}.serves"));
            order.extend(ids.into_iter().enumerate());
        }
        if triage.is_some()
            && let Some(q) = queues.iter().position(|q| q.takes.nothing)
        {
            if !order.iter().any(|(_, known)| *known == q) {
                order.insert(0, (0, q));
            }
            // A team that only sorts has no channels of its own.
            if given.channels.0.is_empty() {
                return order;
            }
        }
        if given.serves.is_some() {
            return order;
        }
        for (q, queue) in queues.iter().enumerate().filter(|(_, q)| !q.takes.nothing) {
            let reached = |c: &ChannelId| team.channel_units[c.index()] > 0;
            let channel =
                queue.takes.channels.is_empty() || queue.takes.channels.iter().any(reached);
            let skill = file.queues.0.get(q).and_then(|(_, queue)| queue.skill.as_ref());
            match skill {
                _ if !channel => {}
                Some(skill) if skills.iter().any(|(s, _)| s == skill) => order.push((0, q)),
                Some(_) => {}
                None => order.push((usize::from(!skills.is_empty()), q)),
            }
        }
        // Queues that need a skill of the team come first.
        order.sort_by_key(|(rank, _)| *rank);
        order
    }

    /// Every queue must have somebody, for each of its channels.
    pub fn check_served(&mut self, file: &File, queues: &[Queue], teams: &[Team], used: &[bool]) {
        if file.teams.0.is_empty() {
            let help = "fine for the bot alone; else describe `teams`";
            self.warn(
                "W0301",
                "teams",
                "there are no people: whoever needs a person waits without end",
                help,
            );
            return;
        }
        // Names that lead nowhere leave queues without teams; telling both would blame twice.
        if !self.clean("teams") || !self.clean("queues") {
            return;
        }
        for (q, queue) in queues.iter().enumerate() {
            let name = self.names(Kind::Queue)[q].clone();
            let path =
                if q < file.queues.0.len() { format!("queues.{name}") } else { "teams".to_owned() };
            let skill = file.queues.0.get(q).and_then(|(_, queue)| queue.skill.clone());
            if let (Some(skill), true) = (&skill, queue.teams.is_empty()) {
                let help = self.similar_skill(file, skill);
                let message = format!(
                    "nobody can serve the queue `{name}`: no agent ever has the skill `{skill}`"
                );
                self.error("E0303", &format!("{path}.skill"), message, help);
                continue;
            }
            if queue.takes.nothing {
                continue;
            }
            for (channel, _) in used.iter().enumerate().filter(|(_, used)| **used) {
                let id = ChannelId(channel as u8);
                let takes = queue.takes.channels.is_empty() || queue.takes.channels.contains(&id);
                let served =
                    queue.teams.iter().any(|t| teams[t.index()].channel_units[channel] > 0);
                if takes && !served {
                    let channel = self.names(Kind::Channel)[channel].clone();
                    let message = format!(
                        "nobody can serve the queue `{name}`: no team of it has the channel `{channel}`"
                    );
                    self.error(
                        "E0303",
                        &path,
                        message,
                        format!("add `{channel}` to `channels` of a team"),
                    );
                }
            }
        }
    }

    fn similar_skill(&self, file: &File, skill: &str) -> String {
        let mut all = Vec::new();
        for (_, team) in &file.teams.0 {
            match &team.skills {
                Some(Skills::List(list)) => all.extend(list.clone()),
                Some(Skills::Speeds(map)) => all.extend(map.names()),
                None => {}
            }
        }
        match crate::scenario::problem::similar(skill, all.iter().map(String::as_str)) {
            Some(near) => format!("a similar skill exists: `{near}`"),
            None => format!("give a team the skill: `skills: [{skill}]`"),
        }
    }
}

/// The skills of a team and their speeds.
fn skills(given: &file::Team) -> Vec<(String, f64)> {
    match &given.skills {
        None => Vec::new(),
        Some(Skills::List(list)) => list.iter().map(|s| (s.clone(), 1.0)).collect(),
        Some(Skills::Speeds(map)) => map.0.iter().map(|(s, f)| (s.clone(), f.0)).collect(),
    }
}

fn plain_queue(takes: Takes) -> Queue {
    Queue {
        takes,
        priority: 0,
        capacity: None,
        full_to: None,
        overflow: None,
        teams: Vec::new(),
        mistaken_for: Vec::new(),
        mean_work_s: 0.0,
    }
}

/// Whether a reader of the message could take a contact to belong here: a queue
/// for certain segments, tiers or languages is known by the customer, not by the content.
fn told_by_content(takes: &Takes) -> bool {
    takes.segments.is_empty() && takes.tiers.is_empty() && takes.languages.is_empty()
}
