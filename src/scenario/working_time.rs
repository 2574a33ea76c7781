//! How much of a shift its agent is on the queue: one rule for the roster of a run,
//! the formulas, `convoq solve` and `convoq check`.

use crate::distribution::Distribution;
use crate::time::{SimDuration, SimTime, Span};

/// One shift of one agent.
#[derive(Clone, PartialEq, Debug)]
pub struct Duty {
    /// From start to end of the shift; the end may lie after the horizon.
    pub span: Span,
    /// Breaks of the plan with fixed times, disjoint and in order.
    pub breaks: Vec<Span>,
    /// Breaks whose time the agent chooses in the middle of the shift.
    pub free_breaks: Vec<SimDuration>,
    /// The same by the clock on the wall.
    pub clock: ShiftClock,
}

/// A shift by the clock on the wall, which nights on which clocks change leave as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShiftClock {
    /// Day of the run on which it begins; -1 for the night before the run.
    pub day: i32,
    /// Start, seconds after midnight.
    pub from_s: u32,
    /// End, seconds after the same midnight: past 86,400 on the next day.
    pub to_s: u32,
    /// Starts of the breaks with fixed times, seconds after the same midnight.
    pub breaks_s: Vec<u32>,
}

/// What keeps the agents of a team off the queue, beside their breaks.
#[derive(Clone, PartialEq, Debug)]
pub struct Away {
    /// Share of the shift, from start to end, planned off the queue.
    pub planned: f64,
    /// Probability that an agent does not come to a shift.
    pub absence: f64,
    /// Probability that an agent comes late.
    pub late_share: f64,
    /// How late, seconds.
    pub late_by: Distribution,
}

/// A shift in seconds of any clock.
#[derive(Clone, Copy, Debug)]
pub struct ShiftHours<'a> {
    /// Start.
    pub from_s: f64,
    /// End.
    pub to_s: f64,
    /// Starts and ends of the breaks with fixed times.
    pub fixed_s: &'a [(f64, f64)],
    /// Sum of the breaks whose time the agent chooses.
    pub free_s: f64,
}

impl Away {
    /// Nothing but breaks.
    pub const NEVER: Self = Self {
        planned: 0.0,
        absence: 0.0,
        late_share: 0.0,
        late_by: Distribution::Constant { value_s: 0.0 },
    };

    /// Share of the time between fixed breaks that an agent who is there spends on
    /// the queue: shrinkage is a share of the whole shift, and breaks come beside it.
    /// Zero or less where breaks and shrinkage leave nothing.
    #[must_use]
    pub fn share_between_breaks(&self, shift: &ShiftHours<'_>) -> f64 {
        let whole_s = shift.to_s - shift.from_s;
        let fixed_s: f64 = shift.fixed_s.iter().map(|(a, b)| b - a).sum();
        let left_s = whole_s - fixed_s;
        if left_s <= 0.0 {
            return 0.0;
        }
        (left_s - shift.free_s - self.planned * whole_s) / left_s
    }

    /// Expected time on the queue of one agent with this shift between two moments.
    #[must_use]
    pub fn on_queue_s(&self, shift: &ShiftHours<'_>, (from_s, to_s): (f64, f64)) -> f64 {
        let (from_s, to_s) = (from_s.max(shift.from_s), to_s.min(shift.to_s));
        if to_s <= from_s {
            return 0.0;
        }
        let inside = |(a, b): &(f64, f64)| (b.min(to_s) - a.max(from_s)).max(0.0);
        let fixed_s: f64 = shift.fixed_s.iter().map(inside).sum();
        let between_s = to_s - from_s - fixed_s;
        let on_s = between_s * self.share_between_breaks(shift).max(0.0);
        on_s * (1.0 - self.absence)
            * (1.0 - self.missed(from_s - shift.from_s, to_s - shift.from_s))
    }

    /// Share of a part of the shift that those who are late miss of it.
    fn missed(&self, from_s: f64, to_s: f64) -> f64 {
        if self.late_share <= 0.0 {
            return 0.0;
        }
        // The integral of the survival function is the mean limited to the time.
        let until = |s: f64| self.late_by.limited_mean_s(s);
        self.late_share * (until(to_s) - until(from_s)) / (to_s - from_s)
    }
}

/// Those of an agent's duties, which are in the order of time, that reach into a window.
#[must_use]
pub fn duties_within(duties: &[Duty], window: Span) -> &[Duty] {
    let first = duties.partition_point(|d| d.span.end <= window.start);
    let rest = &duties[first..];
    &rest[..rest.partition_point(|d| d.span.start < window.end)]
}

impl Duty {
    /// When its agent leaves. Whoever is there at the horizon, the end of the last day, stays
    /// for the contacts in progress until the end of the run.
    #[must_use]
    pub fn left_at(&self, horizon: SimTime, end: SimTime) -> SimTime {
        if self.span.end == horizon { end } else { self.span.end }
    }

    /// What is paid of it: from its start to its end, or to the horizon of the run.
    #[must_use]
    pub fn paid(&self, horizon: SimTime) -> SimDuration {
        self.span.end.min(horizon).since(self.span.start)
    }

    /// Expected time on the queue within a window, seconds.
    #[must_use]
    pub fn on_queue_s(&self, away: &Away, window: Span) -> f64 {
        self.hours(|shift| away.on_queue_s(&shift, (window.start.as_s(), window.end.as_s())))
    }

    /// Whether breaks and planned shrinkage leave any time on the queue.
    #[must_use]
    pub fn has_time_on_queue(&self, away: &Away) -> bool {
        self.hours(|shift| away.share_between_breaks(&shift) > 1e-9)
    }

    fn hours<T>(&self, read: impl FnOnce(ShiftHours<'_>) -> T) -> T {
        let each = self.breaks.iter();
        let fixed_s: Vec<(f64, f64)> = each.map(|b| (b.start.as_s(), b.end.as_s())).collect();
        read(ShiftHours {
            from_s: self.span.start.as_s(),
            to_s: self.span.end.as_s(),
            fixed_s: &fixed_s,
            free_s: self.free_breaks.iter().map(|b| b.as_s()).sum(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinkage_is_a_share_of_the_shift_and_breaks_come_beside_it() {
        let mut away = Away { planned: 0.3, ..Away::NEVER };
        let hour = 3600.0;
        let free = ShiftHours { from_s: 8.0 * hour, to_s: 16.0 * hour, fixed_s: &[], free_s: hour };
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        near(away.on_queue_s(&free, (0.0, 24.0 * hour)) / hour, 4.6);
        let fixed = ShiftHours { fixed_s: &[(12.0 * hour, 13.0 * hour)], free_s: 0.0, ..free };
        near(away.on_queue_s(&fixed, (0.0, 24.0 * hour)) / hour, 4.6);
        near(away.on_queue_s(&fixed, (12.0 * hour, 13.0 * hour)), 0.0);
        // A tenth does not come; half come an hour late.
        away.absence = 0.1;
        near(away.on_queue_s(&free, (0.0, 24.0 * hour)) / hour, 0.9 * 4.6);
        away.absence = 0.0;
        (away.late_share, away.late_by) = (0.5, Distribution::Constant { value_s: hour });
        near(away.on_queue_s(&free, (8.0 * hour, 9.0 * hour)) / hour, 0.5 * 4.6 / 8.0);
        near(away.on_queue_s(&free, (9.0 * hour, 10.0 * hour)) / hour, 4.6 / 8.0);
    }
}
