//! `convoq erlang day`: the formula for each interval of a scenario's day.

use super::{DayArgs, Failure};

pub(super) fn run(_args: &DayArgs) -> Result<u8, Failure> {
    Err(Failure::invalid("error: not yet"))
}
