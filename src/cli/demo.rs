//! `convoq demo`: a tour without a file.

use super::new::TEMPLATES;
use super::simulate::simulate;
use super::{Cli, Command, Failure, INTERNAL, parse, print, scenario_file};
use std::ffi::OsString;

pub(super) fn run() -> Result<u8, Failure> {
    let template = &TEMPLATES[0];
    let file = format!("{}.yaml", template.name);
    let words = ["convoq", "simulate", &file, "--log", "none"].map(OsString::from);
    let Ok(Cli { command: Command::Simulate(args) }) = parse(words) else {
        return Ok(INTERNAL); // no option of these is unknown
    };
    print(&format!("This is the scenario `{}`: {}.\n\n", template.name, template.about))?;
    let loaded = scenario_file::load_text(template.name, template.text, &args.scenario, false)?;
    let reproduce =
        format!("convoq new {0}.yaml --template {0} && convoq simulate {0}.yaml", template.name);
    let code = simulate(&loaded, &Vec::new(), &args, reproduce)?;
    print(
        "\nNext: `convoq new my.yaml` writes this scenario with comments; `convoq explain roar` explains a number.\n",
    )?;
    // The tour is not a test: a missed target is part of it.
    Ok(if code == super::TARGET_MISSED { super::OK } else { code })
}
