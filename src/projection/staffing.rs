//! Agents: who is there, how busy, with how many contacts, and what it is paid.

use super::{Book, Gauge, IntervalClock, Projection};
use crate::counters;
use crate::event::{Closing, Envelope, Event, Header};
use crate::id::{AgentId, SlotId};
use crate::time::SimTime;

counters! {
    /// Totals of a team over the measured window.
    TeamTotals {
        /// Paid time of duties within the window, overtime included, microseconds.
        paid_us: f64,
        /// Of it: after the end of a duty, microseconds.
        overtime_us: f64,
        /// Time on the queue, agent-microseconds.
        staffed_us: f64,
        /// Time with at least one agent on the queue, microseconds.
        manned_us: f64,
        /// Time with at least one contact, agent-microseconds.
        busy_us: f64,
        /// Contacts and wrap-ups with agents, contact-microseconds.
        in_service_us: f64,
        /// Of it: paused by another contact of the agent, contact-microseconds.
        paused_us: f64,
        /// Share of full productivity in use, agent-microseconds.
        productive_us: f64,
        /// Shifts that nobody came to.
        absences: u64,
    }
}

counters! {
    /// A team in one interval.
    TeamInterval {
        /// Agents on the queue, integral in microseconds.
        staffed_us: f64,
        /// Agents with at least one contact, integral in microseconds.
        busy_us: f64,
        /// Contacts with agents, integral in microseconds.
        in_service_us: f64,
        /// Contacts with agents at the end.
        in_service_at_end: f64,
        /// 1 when no agent had room at the end.
        full_at_end: f64,
    }
}

#[derive(Clone, Copy, Debug)]
struct AgentNow {
    tasks: u16,
    /// The contact that pauses the others until it is done, wrap-up included.
    pausing: Option<SlotId>,
    /// Share of full productivity in use.
    productive: f64,
    on_queue: bool,
    takes_more: bool,
    /// Until when the latest duty is paid.
    paid_until: SimTime,
    /// Since when the agent works beyond the end of a duty.
    over: Option<SimTime>,
}

impl AgentNow {
    /// Contacts and wrap-ups that stand still.
    fn paused(&self) -> u16 {
        self.pausing.map_or(0, |_| self.tasks.saturating_sub(1))
    }

    /// Takes on a contact, which may pause the others.
    fn take(&mut self, slot: SlotId, pauses: bool) {
        self.tasks += 1;
        if pauses {
            self.pausing = Some(slot);
        }
    }

    /// Is done with a contact.
    fn end(&mut self, slot: SlotId) {
        self.tasks -= 1;
        self.pausing = self.pausing.filter(|pausing| *pausing != slot);
    }

    /// Is done with a wrap-up: the one that pauses the others, where one does.
    fn end_wrap_up(&mut self) {
        self.tasks -= 1;
        self.pausing = None;
    }
}

#[derive(Clone, Debug, Default)]
struct TeamGauges {
    staffed: Gauge,
    manned: Gauge,
    busy: Gauge,
    in_service: Gauge,
    paused: Gauge,
    productive: Gauge,
    with_room: i64,
}

/// Everything about agents.
#[derive(Clone, Debug)]
pub struct Staffing {
    /// Totals by team.
    pub totals: Vec<TeamTotals>,
    /// `intervals[interval][team]`.
    pub intervals: Vec<Vec<TeamInterval>>,
    agents: Vec<AgentNow>,
    gauges: Vec<TeamGauges>,
    interval: IntervalClock,
}

impl Staffing {
    /// Before the first event.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let teams = header.teams.len();
        let away = AgentNow {
            tasks: 0,
            pausing: None,
            productive: 0.0,
            on_queue: false,
            takes_more: false,
            paid_until: SimTime::ZERO,
            over: None,
        };
        let row = vec![TeamInterval::default(); teams];
        Self {
            totals: vec![TeamTotals::default(); teams],
            intervals: vec![row; header.interval_labels.len()],
            agents: vec![away; header.agent_teams.len()],
            gauges: vec![TeamGauges::default(); teams],
            interval: IntervalClock::new(header),
        }
    }

    fn read_all(&mut self, at: SimTime, measured: (SimTime, SimTime)) {
        for (gauges, totals) in self.gauges.iter_mut().zip(&mut self.totals) {
            for gauge in gauges.all() {
                gauge.read(at, measured);
            }
            totals.manned_us = gauges.manned.integral_us;
            totals.staffed_us = gauges.staffed.integral_us;
            totals.busy_us = gauges.busy.integral_us;
            totals.in_service_us = gauges.in_service.integral_us;
            totals.paused_us = gauges.paused.integral_us;
            totals.productive_us = gauges.productive.integral_us;
        }
    }

    #[cold]
    fn close_interval(&mut self, header: &Header, (row, end): (usize, SimTime)) {
        self.read_all(end, header.measured);
        for (interval, gauges) in self.intervals[row].iter_mut().zip(&mut self.gauges) {
            interval.staffed_us += gauges.staffed.take();
            interval.busy_us += gauges.busy.take();
            interval.in_service_us += gauges.in_service.take();
            interval.in_service_at_end += gauges.in_service.level;
            interval.full_at_end += f64::from(u8::from(gauges.with_room == 0));
        }
    }

    /// Changes an agent and the gauges of the team.
    #[inline]
    fn change(
        &mut self,
        header: &Header,
        id: AgentId,
        at: SimTime,
        change: impl FnOnce(&mut AgentNow),
    ) {
        let team = header.agent_teams[id.index()] as usize;
        let facts = &header.teams[team];
        let agent = &mut self.agents[id.index()];
        let before = *agent;
        change(agent);
        let after = *agent;
        let gauges = &mut self.gauges[team];
        let measured = header.measured;
        if before.on_queue != after.on_queue {
            let before_level = gauges.staffed.level;
            gauges.staffed.change(at, sign(after.on_queue), measured);
            let manned = |level: f64| f64::from(u8::from(level > 0.0));
            let by = manned(gauges.staffed.level) - manned(before_level);
            gauges.manned.change(at, by, measured);
        }
        if (before.tasks > 0) != (after.tasks > 0) {
            gauges.busy.change(at, sign(after.tasks > 0), measured);
        }
        if before.tasks != after.tasks {
            gauges.in_service.change(
                at,
                f64::from(after.tasks) - f64::from(before.tasks),
                measured,
            );
            let paused = f64::from(after.paused()) - f64::from(before.paused());
            gauges.paused.change(at, paused, measured);
            let productive = facts.productivity(after.tasks - after.paused(), at);
            self.agents[id.index()].productive = productive;
            gauges.productive.change(at, productive - before.productive, measured);
        }
        let room =
            |a: AgentNow| a.takes_more && a.pausing.is_none() && a.tasks < facts.max_contacts;
        gauges.with_room += i64::from(room(after)) - i64::from(room(before));
    }

    /// A fork may have changed what agents do at once.
    fn fork(&mut self, header: &Header, at: SimTime) {
        for (agent, team) in self.agents.iter_mut().zip(&header.agent_teams) {
            let working = agent.tasks - agent.paused();
            let productive = header.teams[*team as usize].productivity(working, at);
            let by = productive - std::mem::replace(&mut agent.productive, productive);
            let gauge = &mut self.gauges[*team as usize].productive;
            gauge.change(at, by, header.measured);
        }
    }

    fn leave_queue(&mut self, header: &Header, id: AgentId, at: SimTime) {
        self.change(header, id, at, |a| {
            (a.on_queue, a.takes_more) = (false, false);
        });
    }

    /// Pays the part of a duty that lies in the measured window. No duty is paid beyond
    /// its end: one that would be began before its agent came, who was late.
    fn pay(&mut self, header: &Header, id: AgentId, at: SimTime, paid_us: u64) {
        let until = SimTime(at.0 + paid_us).min(header.measured.1.max(at));
        let at = SimTime(until.0.saturating_sub(paid_us));
        self.agents[id.index()].paid_until = until;
        self.totals[header.agent_teams[id.index()] as usize].paid_us +=
            measured_part_us(header, at, until);
    }

    /// Pays what the agent has worked beyond the end of a duty.
    fn pay_overtime(&mut self, header: &Header, id: AgentId, at: SimTime) {
        if let Some(since) = self.agents[id.index()].over.take() {
            let over_us = measured_part_us(header, since, at);
            let totals = &mut self.totals[header.agent_teams[id.index()] as usize];
            totals.overtime_us += over_us;
            totals.paid_us += over_us;
        }
    }

    /// The one works on in the place of the other, who is paid no longer than that.
    fn swap(&mut self, stays: AgentId, leaves: AgentId) {
        let (one, other) = (self.agents[stays.index()], self.agents[leaves.index()]);
        let stays = &mut self.agents[stays.index()];
        (stays.paid_until, stays.over) = (other.paid_until, other.over);
        let leaves = &mut self.agents[leaves.index()];
        (leaves.paid_until, leaves.over) = (one.paid_until, one.over);
    }

    /// Takes back the pay of what is left of a duty.
    fn take_back(&mut self, header: &Header, id: AgentId, at: SimTime) {
        let until = self.agents[id.index()].paid_until;
        self.totals[header.agent_teams[id.index()] as usize].paid_us -=
            measured_part_us(header, at, until);
    }
}

impl TeamGauges {
    fn all(&mut self) -> [&mut Gauge; 6] {
        [
            &mut self.staffed,
            &mut self.manned,
            &mut self.busy,
            &mut self.in_service,
            &mut self.paused,
            &mut self.productive,
        ]
    }
}

fn measured_part_us(header: &Header, start: SimTime, end: SimTime) -> f64 {
    let (from, to) = header.measured;
    end.min(to).0.saturating_sub(start.max(from).0) as f64
}

fn sign(up: bool) -> f64 {
    if up { 1.0 } else { -1.0 }
}

impl Projection for Staffing {
    #[inline(always)]
    fn apply(&mut self, header: &Header, book: &Book, env: &Envelope) {
        while let Some(ended) = self.interval.ended(env.at) {
            self.close_interval(header, ended);
        }
        let at = env.at;
        match env.event {
            Event::Assigned { agent, .. } => {
                let team = &header.teams[header.agent_teams[agent.index()] as usize];
                let pauses = team.pauses(book.get(env.slot).channel);
                self.change(header, agent, at, |a| a.take(env.slot, pauses));
            }
            Event::HandlingEnded { agent, wrap_up_s, .. } if wrap_up_s <= 0.0 => {
                self.change(header, agent, at, |a| a.end(env.slot));
            }
            Event::WrapUpEnded { agent, .. } => {
                self.change(header, agent, at, AgentNow::end_wrap_up);
            }
            Event::ShiftStarted { agent, paid, .. } => {
                self.pay_overtime(header, agent, at);
                self.pay(header, agent, at, paid.0);
                self.change(header, agent, at, |a| (a.on_queue, a.takes_more) = (true, true));
            }
            Event::ShiftEnded { agent } => {
                self.pay_overtime(header, agent, at);
                self.leave_queue(header, agent, at);
            }
            Event::BreakStarted { agent, .. } => self.leave_queue(header, agent, at),
            Event::BreakEnded { agent } => {
                self.change(header, agent, at, |a| (a.on_queue, a.takes_more) = (true, true));
            }
            Event::AgentClosing { agent, then } => {
                self.change(header, agent, at, |a| {
                    a.takes_more &= then == Closing::LeaveByHeadcount;
                    if !matches!(then, Closing::Break(_)) {
                        a.over = Some(at);
                    }
                });
            }
            Event::DutySwapped { stays, leaves } => self.swap(stays, leaves),
            Event::AgentAbsent { agent, paid } => {
                self.pay(header, agent, at, paid.0);
                let (from, to) = header.measured;
                if from <= at && at < to {
                    self.totals[header.agent_teams[agent.index()] as usize].absences += 1;
                }
            }
            Event::Forked { .. } => self.fork(header, at),
            Event::DutyChanged { agent, paid } => {
                self.take_back(header, agent, at);
                self.pay(header, agent, at, paid.0);
            }
            Event::RunEnded => {
                for agent in 0..self.agents.len() {
                    self.pay_overtime(header, AgentId(agent as u32), at);
                }
                self.read_all(at, header.measured);
            }
            _ => {}
        }
    }
}
