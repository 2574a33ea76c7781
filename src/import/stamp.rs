//! Moments as tables write them, and how they are told apart.
//!
//! Which way a column writes its dates is decided by all of its cells (`evidence`), never by
//! one, and where they leave it open somebody is asked. A [`Clock`] makes moments of them.

mod clock;
mod evidence;
mod parse;

pub use clock::{Clock, Local};
pub use evidence::{Evidence, Verdict};
pub use parse::parse;

use crate::domain::words;

words! {
    /// How a column writes its moments.
    Layout {
        /// Year first: `2026-03-02 08:15:00`, `2026/3/2`, with `T`, `Z` or an offset where they are there.
        Ymd = "ymd",
        /// Day first: `02-03-2026 08:15`, `2.3.26`.
        Dmy = "dmy",
        /// Month first: `03/02/2026 8:15 AM`.
        Mdy = "mdy",
        /// Eight digits, year first: `20260302`, with `0815` or `081500` after it.
        CompactYmd = "yyyymmdd",
        /// Six digits, year first: `990801`.
        ShortYmd = "yymmdd",
        /// Eight digits, day first: `02032026`.
        CompactDmy = "ddmmyyyy",
        /// Eight digits, month first: `03022026`.
        CompactMdy = "mmddyyyy",
        /// With the month's English name: `2 Mar 2026 08:15`, `Mar 2, 2026 8:15 AM`.
        Named = "named",
        /// Seconds since 1970, in UTC.
        UnixSeconds = "unix_s",
        /// Thousandths of a second since 1970, in UTC.
        UnixMillis = "unix_ms",
        /// Days since the end of 1899, as spreadsheets count: `46083.34375`.
        Serial = "serial",
        /// The time of day alone; its date is in another column.
        TimeOnly = "time",
    }
}

/// Days of the calendar from 1 January 1970; none of a day that does not exist.
#[must_use]
pub fn day_number(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year as i32;
    Some(era * 146_097 + days - 719_468)
}

fn days_of_month(year: i32, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of a day number.
#[must_use]
pub fn date_of(day: i32) -> (i32, u32, u32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i32::from(month <= 2), month as u32, day as u32)
}

/// `2026-03-02`.
#[must_use]
pub fn date_text(day: i32) -> String {
    let (year, month, day) = date_of(day);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(day_number(1970, 1, 1), Some(0));
        assert_eq!(day_number(2000, 3, 1), Some(11_017));
        assert_eq!(day_number(2026, 2, 29), None);
        assert_eq!(day_number(2026, 13, 1), None);
        for day in (-100_000..100_000).step_by(7) {
            let (y, m, d) = date_of(day);
            assert_eq!(day_number(y, m, d), Some(day));
        }
    }
}
