//! People: queues and their lines, who takes whom, and the work on a contact.

use super::model::{Contact, Desk, Presence, Stage, Task};
use super::story::{Door, Visit};
use convoq::domain::Party;
use convoq::id::{AgentId, QueueId, TeamId};
use convoq::random::Purpose;
use convoq::scenario::{AfterHours, AgentChoice, AtClosing, Balk, Takes};
use convoq::time::{SimDuration, SimTime};

/// The order of a line, smallest first.
type Order = (bool, u64, SimTime, SimTime, usize);

impl Desk<'_> {
    /// The contact needs a person: rules, triage or a wrong assignment find its queue.
    pub fn come_to_people(&mut self, contact: usize) {
        let c = &self.contacts[contact];
        let channel = &self.scenario.channels[c.channel.index()];
        if channel.after_hours == AfterHours::BotOnly && !channel.open.contains(self.now) {
            return self.end_unserved(contact, "turned_away");
        }
        let routing = &self.scenario.routing;
        let right = self.right_queue(contact);
        let key = c.key;
        let by_rule = self.draws.happens(Purpose::RouteRule, key, routing.rules_cover);
        let rightly = self.draws.happens(Purpose::RouteRight, key, routing.right_first_try);
        match &routing.triage {
            Some(triage) if !by_rule => self.come_to_queue(contact, triage.queue, false),
            _ if rightly => self.come_to_queue(contact, right, false),
            _ => self.come_to_queue(contact, self.wrong_queue(contact, right), true),
        }
    }

    /// A contact goes to the first queue that takes it; an empty list takes all.
    fn right_queue(&self, contact: usize) -> QueueId {
        let c = &self.contacts[contact];
        fn has<T: PartialEq>(list: &[T], one: &T) -> bool {
            list.is_empty() || list.contains(one)
        }
        let takes = |t: &Takes| {
            !t.nothing
                && has(&t.channels, &c.channel)
                && has(&t.segments, &c.segment)
                && has(&t.intents, &c.intent)
                && has(&t.tiers, &c.tier)
                && has(&t.languages, &c.language)
        };
        let first = self.scenario.queues.iter().position(|q| takes(&q.takes));
        QueueId(first.unwrap_or(0) as u8)
    }

    fn wrong_queue(&self, contact: usize, right: QueueId) -> QueueId {
        let others = &self.scenario.queues[right.index()].mistaken_for;
        if others.is_empty() {
            return right;
        }
        let u = self.draws.unit(Purpose::RouteWrong, self.contacts[contact].key);
        others[(u * others.len() as f64) as usize]
    }

    /// The contact comes to a queue: an agent with room takes it, or it waits, or it
    /// goes on because the line is full, or it is refused where it came first.
    fn come_to_queue(&mut self, contact: usize, first: QueueId, wrong: bool) {
        let mut queue = first;
        let mut full = Vec::new();
        loop {
            if let Some(agent) = self.agent_with_room(contact, queue) {
                self.join(contact, queue, wrong, SimTime::NEVER, false);
                return self.assign(contact, agent);
            }
            if self.has_a_place(queue) {
                return self.wait_in(contact, queue, wrong);
            }
            full.push(queue);
            match self.scenario.queues[queue.index()].full_to {
                Some(next) if !full.contains(&next) => queue = next,
                _ => break,
            }
        }
        self.story(contact).door = Some((first, Door::Refused));
        self.end_unserved(contact, "blocked");
    }

    fn has_a_place(&self, queue: QueueId) -> bool {
        let capacity = self.scenario.queues[queue.index()].capacity;
        capacity.is_none_or(|places| self.line(queue).len() < places as usize)
    }

    /// All who wait in a queue, empty chats included.
    fn line(&self, queue: QueueId) -> Vec<usize> {
        let waits = |c: &Contact| c.stage == Stage::Waits && c.queue == queue;
        let all = 0..self.contacts.len();
        all.filter(|i| waits(&self.contacts[*i])).collect()
    }

    /// The wait is announced, where the channel announces; the customer goes away or joins.
    fn wait_in(&mut self, contact: usize, queue: QueueId, wrong: bool) {
        let channel = &self.scenario.channels[self.contacts[contact].channel.index()];
        let key = self.contacts[contact].key;
        let mut patience = self.patience(contact);
        if let Some(announcement) = channel.announcement {
            let wait = self.expected_wait(queue);
            let goes = match announcement.balk {
                Balk::Rational => patience.is_some_and(|p| p < wait),
                Balk::Probability(p) => self.draws.happens(Purpose::Balk, key, p),
            };
            if goes {
                self.story(contact).door = Some((queue, Door::Balked));
                return self.end_unserved(contact, "balked");
            }
            let factor = announcement.patience_factor;
            patience = patience.map(|p| SimDuration::from_s(p.as_s() * factor));
        }
        let silent = channel.silent_abandonment;
        let silent = self.draws.happens(Purpose::Silent, key, silent);
        let deadline = self.deadline(contact, patience);
        self.join(contact, queue, wrong, deadline, silent);
    }

    /// Each line that a contact joins has a patience of its own.
    fn patience(&self, contact: usize) -> Option<SimDuration> {
        let c = &self.contacts[contact];
        let intent = &self.scenario.intents[c.intent.index()];
        let channel = &self.scenario.channels[c.channel.index()];
        let law = intent.patience.as_ref().or(channel.patience.as_ref())?;
        let factor = self.scenario.tiers[c.tier.index()].patience_factor;
        let mut stream = self.draws.sub(Purpose::Patience, c.key, c.joins);
        Some(SimDuration::from_s(law.sample_s(&mut stream) * factor))
    }

    fn deadline(&self, contact: usize, patience: Option<SimDuration>) -> SimTime {
        let channel = &self.scenario.channels[self.contacts[contact].channel.index()];
        let own = match patience {
            None => SimTime::NEVER,
            Some(p) if channel.open_hours_clock => channel.open.advance(self.now, p),
            Some(p) => self.now + p,
        };
        // What is open until the end of the run does not close.
        let ends = channel.open.0.iter().map(|span| span.end);
        let mut closings = ends.filter(|end| *end > self.now && *end < self.scenario.horizon);
        match (channel.at_closing, closings.next()) {
            (AtClosing::TurnAway, Some(closing)) => own.min(closing),
            (AtClosing::CallBack, Some(closing)) if own >= closing => SimTime::NEVER,
            _ => own,
        }
    }

    /// Those ahead and this one, times the mean work, over the speed of all who take contacts.
    fn expected_wait(&self, queue: QueueId) -> SimDuration {
        let q = &self.scenario.queues[queue.index()];
        let ahead = self.line(queue).len() as f64 + 1.0;
        let mut speed = 0.0;
        for team in &q.teams {
            let open = |a: &&super::model::Agent| a.team == *team && a.presence == Presence::Open;
            let open = self.agents.iter().filter(open).count() as f64;
            let curve = &self.scenario.teams[team.index()].speed;
            let most = curve.len() - 1;
            speed += open * (curve[most] * most as f64);
        }
        if speed <= 0.0 {
            return SimDuration::from_s(86_400.0);
        }
        SimDuration::from_s(ahead * q.mean_work_s / speed)
    }

    /// The contact joins a line, anew.
    fn join(
        &mut self,
        contact: usize,
        queue: QueueId,
        wrong: bool,
        deadline: SimTime,
        silent: bool,
    ) {
        let now = self.now;
        let c = &mut self.contacts[contact];
        c.since = now;
        c.been_in = vec![queue];
        c.wrong = wrong;
        c.deadline = deadline;
        c.silent = silent;
        self.stand_in(contact, queue);
        let level = self.contacts[contact].level;
        let visit = Visit::new(queue, now, Some(level), wrong);
        self.story(contact).visits.push(visit);
    }

    /// The contact is in the line of a queue and has its level there.
    fn stand_in(&mut self, contact: usize, queue: QueueId) {
        let now = self.now;
        let q = &self.scenario.queues[queue.index()];
        let c = &mut self.contacts[contact];
        let tier = &self.scenario.tiers[c.tier.index()];
        c.stage = Stage::Waits;
        c.queue = queue;
        c.level = (q.priority + tier.priority).min(7);
        c.overflow_at = q.overflow.map_or(SimTime::NEVER, |o| now + o.after);
        c.joins += 1;
    }

    /// The customer's patience is over, or the channel closes and turns away who waits.
    pub fn leave_line(&mut self, contact: usize) {
        let now = self.now;
        let c = &mut self.contacts[contact];
        let channel = &self.scenario.channels[c.channel.index()];
        let closes = channel.open.0.iter().any(|span| span.end == now);
        let turned_away = channel.at_closing == AtClosing::TurnAway && closes;
        let silent = c.silent && !turned_away;
        let outcome = match (c.handed_back, turned_away) {
            (true, _) => "broken_off",
            (false, true) => "turned_away",
            (false, false) => "abandoned",
        };
        if let Some(visit) = c.story.visits.last_mut() {
            visit.left = Some((now, silent));
        }
        if silent {
            // Nobody knows yet: the empty chat keeps its place. The customer may try again.
            c.gone = true;
            self.plan_retry(contact, outcome);
        } else {
            c.stage = Stage::Moving;
            self.end_unserved(contact, outcome);
        }
    }

    /// After the wait of the overflow the contact goes on, where there is room or a
    /// place in a queue that it has not come by; else it stays where it is for good.
    pub fn waited_long(&mut self, contact: usize) {
        let now = self.now;
        self.contacts[contact].overflow_at = SimTime::NEVER;
        let from = self.contacts[contact].queue;
        let mut been_in = self.contacts[contact].been_in.clone();
        let mut next = self.scenario.queues[from.index()].overflow.map(|o| o.to);
        while let Some(queue) = next.filter(|q| !been_in.contains(q)) {
            been_in.push(queue);
            let agent = self.agent_with_room(contact, queue);
            if agent.is_some() || self.has_a_place(queue) {
                if let Some(visit) = self.story(contact).visits.last_mut() {
                    visit.gone_on = Some(now);
                }
                self.stand_in(contact, queue);
                self.contacts[contact].been_in = been_in;
                let visit = Visit::new(queue, now, None, self.contacts[contact].wrong);
                self.story(contact).visits.push(visit);
                if let Some(agent) = agent {
                    self.assign(contact, agent);
                }
                return;
            }
            next = self.scenario.queues[queue.index()].full_to;
        }
    }

    /// Handed back first; then by priority level, where waiting time may count for
    /// levels; then by the time of joining; then by number. Aged to one moment, they go by
    /// the time of joining.
    fn order(&self, contact: usize) -> Order {
        let c = &self.contacts[contact];
        let below = u64::from(7 - c.level);
        let (level, since) = match self.scenario.routing.ageing {
            None => (below, c.since),
            Some(worth) => (0, c.since + SimDuration(worth.0.saturating_mul(below))),
        };
        (!c.handed_back, level, since, c.since, contact)
    }

    fn units(&self, contact: usize, team: TeamId) -> u16 {
        let channel = self.contacts[contact].channel;
        self.scenario.teams[team.index()].channel_units[channel.index()]
    }

    fn has_room(&self, agent: usize, contact: usize) -> bool {
        let a = &self.agents[agent];
        let units = self.units(contact, a.team);
        a.presence == Presence::Open && units > 0 && self.fits(agent, contact)
    }

    /// The agent who takes a contact that comes to a queue: the one who had the customer
    /// before, where that rule holds, else one by the rule of choice.
    fn agent_with_room(&self, contact: usize, queue: QueueId) -> Option<usize> {
        let c = &self.contacts[contact];
        let teams = &self.scenario.queues[queue.index()].teams;
        let choice = self.scenario.routing.agent_choice;
        let can = |agent: &usize| {
            teams.contains(&self.agents[*agent].team) && self.has_room(*agent, contact)
        };
        if self.scenario.routing.sticky
            && c.story.attempt > 0
            && let Some(agent) = c.agent.map(AgentId::index).filter(can)
        {
            return Some(agent);
        }
        let all = (0..self.agents.len()).filter(can);
        let best = all.min_by(|a, b| self.compare(*a, *b, teams, choice));
        if best.is_some() {
            return best;
        }
        // Nobody has room: an agent puts the other work aside, the least loaded first.
        let choice = match choice {
            AgentChoice::SkillRank => choice,
            _ => AgentChoice::LeastLoaded,
        };
        let could = |agent: &usize| {
            teams.contains(&self.agents[*agent].team)
                && self.agents[*agent].presence == Presence::Open
                && self.may_pause(*agent, contact)
        };
        let all = (0..self.agents.len()).filter(could);
        all.min_by(|a, b| self.compare(*a, *b, teams, choice))
    }

    /// Which of two agents comes first by the rule of choice. Ties go to whoever has
    /// been in that state longest, then to the lower number.
    fn compare(
        &self,
        a: usize,
        b: usize,
        teams: &[TeamId],
        choice: AgentChoice,
    ) -> std::cmp::Ordering {
        let load = |agent: usize| {
            let a = &self.agents[agent];
            let capacity = self.scenario.teams[a.team.index()].capacity;
            f64::from(a.used()) / f64::from(capacity)
        };
        let rank = |agent: usize| {
            let team = self.agents[agent].team;
            teams.iter().position(|t| *t == team)
        };
        let (fullest, by_team) = match choice {
            AgentChoice::LongestIdle | AgentChoice::LeastLoaded => (false, false),
            AgentChoice::MostLoaded => (true, false),
            AgentChoice::SkillRank => (false, true),
        };
        let by_load = load(a).total_cmp(&load(b));
        let by_load = if fullest { by_load.reverse() } else { by_load };
        let by_team = if by_team { rank(a).cmp(&rank(b)) } else { std::cmp::Ordering::Equal };
        let since = |agent: usize| self.agents[agent].so_since;
        by_team.then(by_load).then(since(a).cmp(&since(b))).then(a.cmp(&b))
    }

    /// The agent takes the first of the order whom there is room for, while there is one.
    pub fn take_waiting(&mut self, agent: usize) {
        while let Some(next) = self.next_waiting(agent) {
            self.assign(next, agent);
        }
    }

    pub fn next_waiting(&self, agent: usize) -> Option<usize> {
        let takes = |i: &usize| match self.agents[agent].presence {
            Presence::Open => true,
            Presence::Clearing => self.is_to_be_served_after_closing(*i),
            _ => false,
        };
        let fits = |i: &usize| self.fits(agent, *i) || self.may_pause(agent, *i);
        let could = |i: &usize| self.waits_for(agent, *i) && fits(i) && takes(i);
        let all = (0..self.contacts.len()).filter(could);
        all.min_by_key(|i| self.order(*i))
    }

    /// Whether somebody waits whom this agent is to serve after closing.
    pub fn has_line_to_clear(&self, agent: usize) -> bool {
        let all = 0..self.contacts.len();
        let mut waits = all.filter(|i| self.waits_for(agent, *i));
        waits.any(|i| self.is_to_be_served_after_closing(i))
    }

    /// Whether the contact came in opening hours that are over, and is to be served all
    /// the same.
    pub fn is_to_be_served_after_closing(&self, contact: usize) -> bool {
        let c = &self.contacts[contact];
        let channel = &self.scenario.channels[c.channel.index()];
        channel.at_closing == AtClosing::Serve
            && channel.open.contains(c.since)
            && !channel.open.contains(self.now)
    }

    /// Whether the contact waits in a queue that the agent serves.
    fn waits_for(&self, agent: usize, contact: usize) -> bool {
        let c = &self.contacts[contact];
        let team = self.agents[agent].team;
        let serves = &self.scenario.teams[team.index()].serves;
        c.stage == Stage::Waits
            && serves.iter().any(|s| s.queue == c.queue)
            && self.units(contact, team) > 0
    }

    /// Whether the agent's attention has room for the contact, and no agent is used up who
    /// is kept for another channel.
    fn fits(&self, agent: usize, contact: usize) -> bool {
        let a = &self.agents[agent];
        let team = &self.scenario.teams[a.team.index()];
        let more = self.units(contact, a.team);
        a.pausing().is_none()
            && a.used() + more <= team.capacity
            && self.keeps_reserves(agent, contact)
    }

    /// Whether the agent may put all other work aside for the contact: for one at a time.
    fn may_pause(&self, agent: usize, contact: usize) -> bool {
        let a = &self.agents[agent];
        let channel = self.contacts[contact].channel;
        self.scenario.teams[a.team.index()].pauses[channel.index()]
            && a.pausing().is_none()
            && self.keeps_reserves(agent, contact)
    }

    /// Whether no agent is used up who is kept for another channel.
    fn keeps_reserves(&self, agent: usize, contact: usize) -> bool {
        let a = &self.agents[agent];
        let team = &self.scenario.teams[a.team.index()];
        let more = self.units(contact, a.team);
        let has_room = |used: u16, units: u16| used + units <= team.capacity;
        team.reserves.iter().all(|reserve| {
            let units = team.channel_units[reserve.channel.index()];
            let loses = has_room(a.used(), units) && !has_room(a.used() + more, units);
            let able = self.agents.iter().filter(|other| {
                other.team == a.team
                    && other.presence == Presence::Open
                    && has_room(other.used(), units)
            });
            reserve.channel == self.contacts[contact].channel
                || !loses
                || able.count() > reserve.agents as usize
        })
    }

    /// The agent takes the contact.
    fn assign(&mut self, contact: usize, agent: usize) {
        let now = self.now;
        let work_s = self.work_s(contact, agent);
        let units = self.units(contact, self.agents[agent].team);
        let triage = self.is_triage(self.contacts[contact].queue);
        let c = &mut self.contacts[contact];
        let channel = &self.scenario.channels[c.channel.index()];
        // On a live channel the agent answers at once, on another one with the end of the work.
        if !channel.open_hours_clock && !c.gone && !c.wrong && !triage {
            c.story.replies[1].get_or_insert(now);
        }
        if let Some(visit) = c.story.visits.last_mut() {
            visit.answered = Some((now, AgentId(agent as u32)));
            visit.at_once = self.agents[agent].tasks.len() as u16 + 1;
        }
        let team = &self.scenario.teams[self.agents[agent].team.index()];
        let pauses = team.pauses[c.channel.index()];
        // What the agent does alone ends so much later.
        let held_until = match pauses {
            _ if c.gone => Some(now + channel.silent_hold),
            true => Some(later(now, work_s)),
            false => None,
        };
        if !c.gone {
            c.agent = Some(AgentId(agent as u32));
            c.waited_us += now.since(c.since).0;
        }
        c.stage = Stage::WithAgent;
        c.handed_back = false;
        c.left_s = 0.0;
        self.read_clock(agent);
        let a = &mut self.agents[agent];
        if a.tasks.iter().all(|t| t.held_until.is_some()) {
            a.clock_s = 0.0;
        }
        a.tasks.push(Task {
            contact,
            wraps_up: false,
            done_s: a.clock_s + work_s,
            held_until,
            pauses,
            units,
        });
        a.so_since = now;
    }

    fn is_triage(&self, queue: QueueId) -> bool {
        let triage = self.scenario.routing.triage.as_ref();
        triage.is_some_and(|t| t.queue == queue)
    }

    /// Work that the contact holds for this agent: what a shift end left over, or the
    /// time to sort, to pass on, or to solve.
    fn work_s(&self, contact: usize, agent: usize) -> f64 {
        let c = &self.contacts[contact];
        let routing = &self.scenario.routing;
        let small = || self.draws.sub(Purpose::TriageWork, c.key, c.joins);
        let standard_s = if c.left_s > 0.0 {
            c.left_s
        } else if let Some(triage) = routing.triage.as_ref().filter(|t| t.queue == c.queue) {
            triage.work.sample_s(&mut small())
        } else if c.wrong {
            routing.misroute_work.sample_s(&mut small())
        } else {
            let work = &self.scenario.intents[c.intent.index()].work;
            let factor = self.scenario.tiers[c.tier.index()].work_factor;
            work.sample_s(&mut self.draws.of(Purpose::HumanWork, c.key)) * factor
        };
        (standard_s / self.speed(agent, c.queue)).max(1e-6)
    }

    pub fn speed(&self, agent: usize, queue: QueueId) -> f64 {
        let a = &self.agents[agent];
        let team = &self.scenario.teams[a.team.index()];
        let served = team.serves.iter().find(|s| s.queue == queue);
        served.map_or(1.0, |s| s.speed) * a.speed
    }

    /// While an agent works on `k` pieces each of them gets `speed[k]` seconds of work
    /// in a second.
    pub fn clock_s(&self, agent: usize) -> f64 {
        let a = &self.agents[agent];
        let speed = &self.scenario.teams[a.team.index()].speed;
        match a.working() {
            0 => a.clock_s,
            k => a.clock_s + speed[k] * (self.now.0 - a.read.0) as f64 * 1e-6,
        }
    }

    /// The clock goes on from here: where what the agent works on changes, and only there.
    pub fn read_clock(&mut self, agent: usize) {
        self.agents[agent].clock_s = self.clock_s(agent);
        self.agents[agent].read = self.now;
    }

    /// When a piece of work is done: rounded up to a whole microsecond.
    fn done_at(&self, agent: usize, task: &Task) -> SimTime {
        let a = &self.agents[agent];
        if let Some(until) = task.held_until {
            return until;
        }
        let speed = self.scenario.teams[a.team.index()].speed[a.working()];
        later(a.read, (task.done_s - a.clock_s) / speed)
    }

    /// The place of the piece that is done first. What is done at one moment ends in the
    /// order in which it was begun; pieces of work in the order of their clock readings.
    fn first_task(&self, agent: usize) -> Option<usize> {
        let tasks = &self.agents[agent].tasks;
        let moves_on = |place: &usize| self.agents[agent].moves_on(&tasks[*place]);
        let places = 0..tasks.len();
        let work = places.clone().filter(moves_on);
        let work = work.min_by(|a, b| tasks[*a].done_s.total_cmp(&tasks[*b].done_s));
        let held = places.filter(|place| tasks[*place].held_until.is_some());
        let first = work.into_iter().chain(held);
        first.min_by_key(|place| (self.done_at(agent, &tasks[*place]), *place))
    }

    pub fn agent_due_at(&self, agent: usize) -> SimTime {
        match (self.first_task(agent), self.agents[agent].presence) {
            (Some(place), _) => self.done_at(agent, &self.agents[agent].tasks[place]),
            (None, Presence::Break(until)) => until,
            (None, _) => SimTime::NEVER,
        }
    }

    /// The agent ends a piece of work, or a break.
    pub fn agent_due(&mut self, agent: usize) {
        let Some(place) = self.first_task(agent) else {
            return self.end_break(agent);
        };
        self.read_clock(agent);
        let a = &mut self.agents[agent];
        let task = a.tasks[place];
        if task.held_until.is_none() {
            // The moment was rounded up; the clock is not.
            a.clock_s = a.clock_s.min(task.done_s);
        }
        let mut passed_on = false;
        if task.wraps_up {
            self.end_task(agent, place);
        } else {
            passed_on = self.end_handling(task.contact, agent, place);
        }
        // Whoever waits has come before the contact that is passed on.
        self.room_made(agent);
        if passed_on {
            self.pass_on(task.contact);
        }
    }

    fn end_task(&mut self, agent: usize, place: usize) {
        let now = self.now;
        let a = &mut self.agents[agent];
        let task = a.tasks.remove(place);
        a.so_since = now;
        if let Some(visit) = self.story(task.contact).visits.last_mut() {
            visit.done = Some(now);
        }
    }

    /// The agent's part of the contact is over; true where it is passed on.
    pub fn end_handling(&mut self, contact: usize, agent: usize, place: usize) -> bool {
        let now = self.now;
        let triage = self.is_triage(self.contacts[contact].queue);
        let c = &mut self.contacts[contact];
        c.stage = Stage::Moving;
        if let Some(visit) = c.story.visits.last_mut() {
            visit.handled = Some(now);
        }
        let (gone, passed_on) = (c.gone, c.wrong || triage);
        if gone {
            self.end_task(agent, place);
            self.end(contact, "abandoned_silently");
        } else if passed_on {
            self.end_task(agent, place);
        } else {
            self.solve(contact, agent, place);
        }
        passed_on && !gone
    }

    fn solve(&mut self, contact: usize, agent: usize, place: usize) {
        let now = self.now;
        let c = &self.contacts[contact];
        let key = c.key;
        let intent = &self.scenario.intents[c.intent.index()];
        if self.scenario.channels[c.channel.index()].open_hours_clock {
            self.story(contact).replies[1].get_or_insert(now);
        }
        let wrap_up = intent.wrap_up.as_ref();
        let wrap_up_s = wrap_up.map(|w| w.sample_s(&mut self.draws.of(Purpose::WrapUp, key)));
        match wrap_up_s.filter(|s| *s > 0.0) {
            Some(wrap_up_s) => {
                let a = &mut self.agents[agent];
                a.tasks[place].wraps_up = true;
                a.tasks[place].done_s = a.clock_s + wrap_up_s;
                if a.tasks[place].pauses {
                    a.tasks[place].held_until = Some(later(now, wrap_up_s));
                }
                a.so_since = now;
            }
            None => self.end_task(agent, place),
        }
        let truly = self.draws.happens(Purpose::HumanSolves, key, intent.human_solves);
        self.close(contact, Party::Human, truly);
    }

    /// Triage sends the contact to the right queue or to a wrong one; whoever got it
    /// by mistake sends it to the right one.
    pub fn pass_on(&mut self, contact: usize) {
        let (from, key) = (self.contacts[contact].queue, self.contacts[contact].key);
        let right = self.right_queue(contact);
        let triage = self.scenario.routing.triage.as_ref();
        let rightly = triage
            .filter(|t| t.queue == from)
            .is_none_or(|t| self.draws.happens(Purpose::RouteRight, key, t.right));
        let to = if rightly { right } else { self.wrong_queue(contact, right) };
        self.come_to_queue(contact, to, !rightly);
    }

    /// A contact that a shift end took from its agent goes back to the line it came
    /// from, ahead of all who wait and whatever its capacity.
    pub fn wait_again(&mut self, contact: usize) {
        let c = &self.contacts[contact];
        let (queue, wrong) = (c.queue, c.wrong);
        let agent = self.agent_with_room(contact, queue);
        let deadline = match agent {
            Some(_) => SimTime::NEVER,
            None => self.deadline(contact, self.patience(contact)),
        };
        self.contacts[contact].handed_back = true;
        self.join(contact, queue, wrong, deadline, false);
        if let Some(agent) = agent {
            self.assign(contact, agent);
        }
    }
}

/// So many seconds later, rounded up to a whole microsecond.
fn later(at: SimTime, s: f64) -> SimTime {
    SimTime(at.0.saturating_add((s * 1e6).ceil() as u64))
}
