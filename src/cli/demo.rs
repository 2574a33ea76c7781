//! `convoq demo`: a tour without a file.

use super::new::TEMPLATES;
use super::simulate::simulate;
use super::{Failure, Format, ScenarioArgs, SimulateArgs, print, scenario_file};

pub(super) fn run() -> Result<u8, Failure> {
    let template = &TEMPLATES[0];
    let args = SimulateArgs {
        scenario: ScenarioArgs {
            file: format!("{}.yaml", template.name).into(),
            set: Vec::new(),
            variant: None,
        },
        replications: None,
        precision: None,
        seed: None,
        threads: None,
        log: crate::run::Keep::None,
        live: false,
        out: None,
        format: Format::Text,
        report: None,
        yes: false,
        quiet: false,
        asked: Default::default(),
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
