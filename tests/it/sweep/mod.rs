//! Designs and their estimators, the command `sweep`, its cache, and the study.

mod command;
mod designs;
mod identified;
mod study;

use crate::common::stderr;
use std::process::Output;

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    crate::common::stdout(output)
}
