//! Queues and who serves them.

use crate::id::{ChannelId, IntentId, QueueId, SegmentId, TeamId};
use crate::scenario::file::{self, File, Skills, WhenFull};
use crate::scenario::problem::similar;
use crate::scenario::{Overflow, Queue, Served, Takes, Team};

use super::at::{At, at};
use super::cx::{Cx, Kind};

fn share_a_channel(a: &Takes, b: &Takes) -> bool {
    a.channels.is_empty() || a.channels.iter().any(|c| b.channel(*c))
}

impl Cx<'_> {
    /// All queues, still without their teams: those of the file, then what is left of each channel, then triage.
    pub fn queues(&mut self, file: &At<File>, used: &[bool]) -> Vec<Queue> {
        let mut queues: Vec<Queue> = Vec::new();
        for (name, given) in at!(file.queues).each() {
            self.add(Kind::Queue, &name);
            let takes = self.takes(&given, &name);
            let (priority, capacity) = (given.priority.min(7), given.capacity);
            queues.push(Queue { takes, priority, capacity, ..Queue::default() });
        }
        for (channel, used) in used.iter().enumerate() {
            let id = ChannelId(channel as u8);
            let covered = queues.iter().any(|q| q.takes.channel(id) && q.takes.by_channel_alone())
                || self.covered_by_parts(&queues, id);
            if *used && !covered {
                let name = self.names(Kind::Channel)[channel].clone();
                let taken = self.lookup(Kind::Queue, &name).is_some();
                self.add(Kind::Queue, &if taken { format!("{name}-other") } else { name });
                let takes = Takes { channels: vec![id], ..Takes::default() };
                queues.push(Queue { takes, ..Queue::default() });
            }
        }
        if let Some(triage) = at!(file.routing.triage).given() {
            let name = &triage.queue;
            if self.lookup(Kind::Queue, name).is_some() {
                let message = format!("a queue is called `{name}` already");
                let help = "give `routing.triage.queue` another name";
                self.error("E0302", &triage.path, message, help);
            }
            self.add(Kind::Queue, name);
            let takes = Takes { nothing: true, ..Takes::default() };
            queues.push(Queue { takes, ..Queue::default() });
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
            let takes = queues.iter().map(|q| &q.takes);
            takes
                .filter(move |t| t.channel(channel) && t.tiers.is_empty() && t.languages.is_empty())
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

    fn takes(&mut self, given: &At<file::Queue>, name: &str) -> Takes {
        Takes {
            channels: match at!(given.channels).given() {
                Some(list) => self.find_each(list),
                None => self.known(name).into_iter().collect(),
            },
            segments: self.find_each(at!(given.segments)),
            intents: self.find_each(at!(given.intents)),
            tiers: self.find_each(at!(given.tiers)),
            languages: self.find_each(at!(given.languages)),
            nothing: false,
        }
    }

    fn overflows(&mut self, file: &At<File>, queues: &mut [Queue]) {
        for (n, (_, given)) in at!(file.queues).each().enumerate() {
            let when_full = given.when_full == WhenFull::Overflow;
            if when_full && (given.overflow.is_none() || given.capacity.is_none()) {
                let message = "overflow needs a capacity and another queue";
                let help = "give `capacity`, and `overflow: {to: QUEUE}`";
                self.error("E0105", &at!(given.when_full).path, message, help);
            }
            let Some(overflow) = at!(given.overflow).given() else {
                continue;
            };
            let Some(to) = self.find::<QueueId>(&at!(overflow.to)) else {
                continue;
            };
            if to.index() == n {
                let message = "a queue that overflows into itself";
                self.error("E0105", &at!(overflow.to).path, message, "name another queue");
                continue;
            }
            queues[n].full_to = when_full.then_some(to);
            let after = overflow.after.as_ref();
            queues[n].overflow = after.map(|after| Overflow { to, after: after.0 });
        }
    }

    /// Tells each queue its teams and each team its queues.
    pub fn serve(&mut self, file: &At<File>, queues: &mut [Queue], teams: &mut [Team]) {
        let mut ranked: Vec<Vec<(usize, f64, usize)>> = vec![Vec::new(); queues.len()];
        for (t, (name, given)) in at!(file.teams).each().enumerate() {
            let speed = given.speed.0;
            let skills = skills(&given);
            let order = self.served_queues(file, &name, &given, &skills, &teams[t], queues);
            for (position, q) in order {
                let of_skill = |wanted| skills.iter().find(|(name, _)| *name == wanted);
                let by_skill = skill(file, q).and_then(of_skill).map_or(1.0, |(_, factor)| *factor);
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
        given: &At<file::Team>,
        skills: &[(&str, f64)],
        team: &Team,
        queues: &[Queue],
    ) -> Vec<(usize, usize)> {
        let triage = file.routing.triage.as_ref().filter(|t| t.team == name);
        let mut order: Vec<(usize, usize)> = Vec::new();
        if let Some(list) = at!(given.serves).given() {
            let queues = self.find_each::<QueueId>(list).into_iter();
            order.extend(queues.map(QueueId::index).enumerate());
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
            match skill(file, q) {
                _ if !channel => {}
                Some(skill) if skills.iter().any(|(s, _)| *s == skill) => order.push((0, q)),
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
            let message = "there are no people: whoever needs a person waits without end";
            let help = "fine for the bot alone; else describe `teams`";
            return self.warn("W0301", "teams", message, help);
        }
        // Names that lead nowhere leave queues without teams; telling both would blame twice.
        if !self.clean("teams") || !self.clean("queues") {
            return;
        }
        for (q, queue) in queues.iter().enumerate() {
            let name = self.names(Kind::Queue)[q].clone();
            let told = format!("nobody can serve the queue `{name}`:");
            let path =
                if q < file.queues.0.len() { format!("queues.{name}") } else { "teams".to_owned() };
            if let (Some(skill), true) = (skill(file, q), queue.teams.is_empty()) {
                let all = file.teams.0.iter().flat_map(|(_, team)| skills(team));
                let help = match similar(skill, all.map(|(skill, _)| skill)) {
                    Some(near) => format!("a similar skill exists: `{near}`"),
                    None => format!("give a team the skill: `skills: [{skill}]`"),
                };
                let message = format!("{told} no agent ever has the skill `{skill}`");
                self.error("E0303", &format!("{path}.skill"), message, help);
                continue;
            }
            for (channel, _) in used.iter().enumerate().filter(|(_, used)| **used) {
                let served =
                    queue.teams.iter().any(|t| teams[t.index()].channel_units[channel] > 0);
                if queue.takes.channel(ChannelId(channel as u8)) && !served {
                    let channel = self.names(Kind::Channel)[channel].clone();
                    let message = format!("{told} no team of it has the channel `{channel}`");
                    let help = format!("add `{channel}` to `channels` of a team");
                    self.error("E0303", &path, message, help);
                }
            }
        }
    }
}

/// The skill that a queue needs.
fn skill(file: &File, queue: usize) -> Option<&str> {
    file.queues.0.get(queue)?.1.skill.as_deref()
}

/// The skills of a team and their speeds.
fn skills(given: &file::Team) -> Vec<(&str, f64)> {
    match &given.skills {
        None => Vec::new(),
        Some(Skills::List(list)) => list.iter().map(|s| (s.as_str(), 1.0)).collect(),
        Some(Skills::Speeds(map)) => map.0.iter().map(|(s, f)| (s.as_str(), f.0)).collect(),
    }
}

/// Whether a reader of the message could take a contact to belong here: a queue
/// for certain segments, tiers or languages is known by the customer, not by the content.
fn told_by_content(takes: &Takes) -> bool {
    takes.segments.is_empty() && takes.tiers.is_empty() && takes.languages.is_empty()
}
