//! Values with units, as they are written, and what each may be.
//!
//! Whether a text is right is judged by the structure check, which knows its place
//! ([`wrong`]); what is told as wrong there reads as a stand-in here, so that the rest of
//! the file can still be checked.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::scalar::Scalar;
use crate::scenario::units::{self, CountPer, Wrong};
use crate::time::{DAY_US, HOUR_US, SECOND_US, SimDuration};

const MINUTE_US: u64 = 60 * SECOND_US;

/// Largest factor where more is not meant: a spread, a speed, a weekday.
const MOST_FACTOR: f64 = 10.0;

/// Declares the kinds of scalars: how the JSON of a kind looks and how it is written, and its
/// types, each with its bounds, how it is read, and what stands in for a text that cannot be
/// read. The schema names kind and bounds (`x-kind`, `x-bounds`).
macro_rules! quantities {
    ($($kind:literal: $json_type:tt, $pattern:literal; $about:literal { $(
        $(#[$doc:meta])*
        $name:ident($held:ty) $($bounds:literal)? = $read:expr, $stand_in:expr;
    )* })*) => {
        $($(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq)]
            pub struct $name(pub $held);

            impl Default for $name {
                fn default() -> Self {
                    $name($stand_in)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let read: fn(&Scalar) -> Result<$held, Wrong> = $read;
                    Ok(read(&Scalar::deserialize(deserializer)?).map_or_else(|_| Self::default(), $name))
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({
                        "type": $json_type,
                        "pattern": $pattern,
                        "description": $about,
                        $("x-bounds": $bounds,)?
                        "x-kind": $kind
                    })
                }
            }
        )*)*

        /// What is wrong with a scalar of a kind within its bounds, if anything is.
        pub fn wrong(kind: &str, bounds: &str, value: &Scalar) -> Option<Wrong> {
            $($(
                if kind == $kind && bounds == concat!($($bounds)?) {
                    let read: fn(&Scalar) -> Result<$held, Wrong> = $read;
                    return read(value).err();
                }
            )*)*
            None
        }
    };
}

quantities! {
    "duration": "string", r"^\s*([0-9]+(\.[0-9]+)?\s*(us|ms|s|m|h|d)\s*)+$";
    "A length of time with its unit: `90s`, `4m30s`, `1.5h`, `350ms`, `2d`." {
        /// A length of time.
        Dur(SimDuration) = units::duration, SimDuration::ZERO;
        /// A length of time above zero.
        PositiveDur(SimDuration) "above zero" = above_zero, SimDuration(30 * MINUTE_US);
    }

    "probability": ["string", "number"], r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$";
    "A probability or a share: `35%`, `0.5%`, or a number from 0 to 1." {
        /// A probability or a share, 0 to 1.
        Prob(f64) = units::probability, 0.0;
        /// A share of a day's demand, read where all of them are known: they may be counts.
        Share(Scalar) "with the others" = |v| Ok(v.clone()), Scalar::Number(0.0);
    }

    "factor": ["string", "number"], r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$";
    "A factor that is not negative: `1.5` or `150%`." {
        /// A factor, 0 or more.
        Factor(f64) = units::factor, 1.0;
        /// A factor that is never as large as a percentage without its sign: `cv: 100` would
        /// give samples that have nothing to do with their mean.
        SmallFactor(f64) "up to 10" = small, 1.0;
        /// A factor of speed, of patience, of work.
        PositiveFactor(f64) "above zero, up to 10" = small_above_zero, 1.0;
    }

    "money": "string", r"^\s*[0-9]+(\.[0-9]+)?\s*[A-Za-z]{3}\s*$";
    "An amount of money with its currency: `12.50 EUR`." {
        /// An amount of money and its currency, none where nothing is given.
        Money((f64, String)) = units::money, (0.0, String::new());
    }

    "wage": "string", r"^\s*[0-9]+(\.[0-9]+)?\s*[A-Za-z]{3}\s*/\s*h\s*$";
    "An amount of money per hour: `14 EUR/h`." {
        /// An amount of money per hour and its currency, none where nothing is given.
        Wage((f64, String)) = units::wage, (0.0, String::new());
    }

    "months": ["string", "number"], r"^\s*[0-9]+(\.[0-9]+)?\s*(months?|years?)\s*$";
    "A number of months: `24 months`, `2 years`." {
        /// A number of months.
        Months(f64) = units::months, 1.0;
    }

    "rate": "string", r"^\s*[0-9]+(\.[0-9]+)?\s*/\s*(s|min|h)\s*$";
    "A rate: `50/s`, `600/min`, `1000/h`." {
        /// A rate of requests.
        Rate(CountPer) = units::count_per, CountPer { count: 1.0, unit_s: 1.0 };
    }

    "clock": "string", r"^\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\s*$";
    "A local time of day: `08:00`; `24:00` is allowed as an end." {
        /// A local time of day, in seconds since midnight.
        Clock(u32) = units::clock, 0;
        /// A local time of day, or the column of a CSV file that has it: read where that is known.
        ClockOrColumn(Scalar) "or a column" = |v| Ok(v.clone()), Scalar::Number(0.0);
    }

    "clock span": "string", r"^\s*(closed|24h|[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2})\s*$";
    "Part of a day: `08:00-22:00`, `24h` or `closed`." {
        /// Part of a day, in seconds since midnight; none where it is closed.
        ClockSpan(Option<(u32, u32)>) = units::clock_span, None;
    }

    "days": "string", r"^.+$";
    "Days: `mon`, `mon-fri`, `mon,wed,fri`, `daily` or a date `2026-03-04`." {
        /// Days of the run: the calendar reads them.
        Days(Scalar) = |v| Ok(v.clone()), Scalar::Number(0.0);
    }

    "date": "string", r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$";
    "A local date: `2026-03-02`." {
        /// A local date: the calendar reads it.
        Date(Scalar) = |v| Ok(v.clone()), Scalar::Number(0.0);
    }

    "moment": "string", r"^.+$";
    "A moment of the run: `wed 13:00` (the first such day), `day 2 13:00`, `2026-03-04 13:00`." {
        /// A moment of the run: the calendar reads it.
        Moment(Scalar) = |v| Ok(v.clone()), Scalar::Number(0.0);
    }
}

impl Share {
    /// The share.
    ///
    /// # Errors
    /// When the text is no probability.
    pub fn share(&self) -> Result<f64, Wrong> {
        units::probability(&self.0)
    }
}

impl ClockOrColumn {
    /// The time of day, in seconds since midnight.
    ///
    /// # Errors
    /// When the text is no time of day.
    pub fn clock(&self) -> Result<u32, Wrong> {
        units::clock(&self.0)
    }
}

fn wrong_bounds<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::new("E0211", message, help))
}

fn above_zero(value: &Scalar) -> Result<SimDuration, Wrong> {
    match units::duration(value)? {
        SimDuration::ZERO => wrong_bounds("a length of zero", "give a length above zero"),
        length => Ok(length),
    }
}

fn small(value: &Scalar) -> Result<f64, Wrong> {
    let factor = units::factor(value)?;
    if factor <= MOST_FACTOR {
        return Ok(factor);
    }
    let written = value.to_string();
    let help = match written.trim().ends_with('%') {
        true => format!("the largest is {MOST_FACTOR}"),
        false => format!("say `{written}%` for a percentage; the largest is {MOST_FACTOR}"),
    };
    wrong_bounds(format!("the factor {written} is too large"), help)
}

fn small_above_zero(value: &Scalar) -> Result<f64, Wrong> {
    match small(value)? {
        factor if factor > 0.0 => Ok(factor),
        _ => wrong_bounds("a factor of zero", "give a factor above zero: `1.5` or `150%`"),
    }
}

/// So many percent.
pub fn percent(n: f64) -> Prob {
    Prob(n / 100.0)
}

/// So many seconds.
pub fn seconds(n: u64) -> Dur {
    Dur(SimDuration(n * SECOND_US))
}

/// So many minutes.
pub fn minutes(n: u64) -> Dur {
    Dur(SimDuration(n * MINUTE_US))
}

/// So many hours.
pub fn hours(n: u64) -> Dur {
    Dur(SimDuration(n * HOUR_US))
}

/// So many days.
pub fn days(n: u64) -> Dur {
    Dur(SimDuration(n * DAY_US))
}

/// A length that is above zero.
pub fn positive(length: Dur) -> PositiveDur {
    PositiveDur(length.0)
}

/// Defaults are written into the schema as a file would say them.
macro_rules! written {
    ($($name:ident: $write:expr;)*) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write = $write;
                write(&self.0).serialize(serializer)
            }
        }
    )* };
}

written! {
    Dur: length;
    PositiveDur: length;
    Prob: |p: &f64| format!("{}%", libm::rint(p * 1e6) / 1e4);
    Factor: number;
    SmallFactor: number;
    PositiveFactor: number;
    Months: |n: &f64| format!("{n} months");
}

fn length(value: &SimDuration) -> String {
    match value.0 {
        0 => "0s".to_owned(),
        us if us > DAY_US && us.is_multiple_of(DAY_US) => format!("{}d", us / DAY_US),
        _ => units::write_duration(*value),
    }
}

/// Whole numbers without a point.
fn number(n: &f64) -> serde_json::Value {
    match *n as u64 {
        whole if whole as f64 == *n => whole.into(),
        _ => (*n).into(),
    }
}
