//! Designs and their estimators, the command `sweep`, its cache, and the study.

mod command;
mod designs;
mod identified;
mod study;

use std::process::Output;

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
