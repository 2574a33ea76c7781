//! Moments of a place's clock as moments of the world.

use crate::time::{DAY_US, SECOND_US};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::collections::BTreeMap;

/// What a time on the clock is in the world, Unix microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Local {
    /// It comes once.
    Once(i64),
    /// Clocks go back over it: it comes twice.
    Twice(i64, i64),
    /// Clocks go forward over it: it does not exist. What clocks show in its place.
    Never(i64),
}

/// The clock of a time zone. It remembers days, since tables go through them one by one.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    /// Of days without a change of the clock the seconds that it is before UTC.
    steady: BTreeMap<i32, Option<i32>>,
    latest: Option<(i32, i32)>,
}

impl Clock {
    /// The clock of a zone.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, steady: BTreeMap::new(), latest: None }
    }

    /// What a time of a day is; `day` counts from 1970.
    pub fn unix_us(&mut self, day: i32, time_us: u64) -> Local {
        let naive = i64::from(day) * DAY_US as i64 + time_us as i64;
        let offset = match self.latest {
            Some((latest, offset)) if latest == day => Some(offset),
            _ => self.offset(day),
        };
        match offset {
            Some(offset_s) => {
                self.latest = Some((day, offset_s));
                Local::Once(naive - i64::from(offset_s) * SECOND_US as i64)
            }
            None => self.slowly(naive),
        }
    }

    /// The day and the time of day that the clock shows at a moment.
    #[must_use]
    pub fn shown(&self, unix_us: i64) -> (i32, u64) {
        let offset_s = self.offset_at(unix_us.div_euclid(SECOND_US as i64));
        let naive = unix_us + i64::from(offset_s) * SECOND_US as i64;
        let day = naive.div_euclid(DAY_US as i64);
        (day as i32, naive.rem_euclid(DAY_US as i64) as u64)
    }

    /// Seconds before UTC all through a day and around it; none where they change.
    fn offset(&mut self, day: i32) -> Option<i32> {
        if let Some(known) = self.steady.get(&day) {
            return *known;
        }
        let midnight = i64::from(day) * 86_400;
        // From 15 hours before to 15 hours after: as far as clocks are from UTC.
        let each = (-15..=39).step_by(3).map(|hour| self.offset_at(midnight + hour * 3600));
        let all: Vec<i32> = each.collect();
        let same = all.windows(2).all(|pair| pair[0] == pair[1]);
        let offset = all.first().copied().filter(|_| same);
        self.steady.insert(day, offset);
        offset
    }

    fn offset_at(&self, unix_s: i64) -> i32 {
        jiff::Timestamp::from_second(unix_s).map_or(0, |at| self.zone.to_offset(at).seconds())
    }

    fn slowly(&self, naive_us: i64) -> Local {
        let since =
            |offset: jiff::tz::Offset| naive_us - i64::from(offset.seconds()) * SECOND_US as i64;
        let Ok(shown) = jiff::Timestamp::from_microsecond(naive_us) else {
            return Local::Once(naive_us);
        };
        let civil: DateTime = jiff::tz::Offset::UTC.to_datetime(shown);
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => Local::Once(since(offset)),
            AmbiguousOffset::Gap { before, .. } => Local::Never(since(before)),
            AmbiguousOffset::Fold { before, after } => Local::Twice(since(before), since(after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::stamp::day_number;

    #[test]
    fn clocks_skip_and_repeat() {
        let mut clock = Clock::new(TimeZone::get("Europe/Bucharest").unwrap());
        let hour = 3_600 * SECOND_US;
        let at = |y, m, d| day_number(y, m, d).unwrap();
        let spring = i64::from(at(2026, 3, 29)) * DAY_US as i64;
        let three = clock.unix_us(at(2026, 3, 29), 3 * hour + hour / 2);
        assert_eq!(three, Local::Never(spring + (hour + hour / 2) as i64));
        let autumn = i64::from(at(2026, 10, 25)) * DAY_US as i64;
        let twice = clock.unix_us(at(2026, 10, 25), 3 * hour);
        assert_eq!(twice, Local::Twice(autumn, autumn + hour as i64));
        let summer = clock.unix_us(at(2026, 7, 1), 12 * hour);
        let Local::Once(noon) = summer else { panic!("{summer:?}") };
        assert_eq!(clock.shown(noon), (at(2026, 7, 1), 12 * hour));
    }
}
