//! The `convoq` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    convoq::cli::run(std::env::args_os())
}
