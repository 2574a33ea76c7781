//! What was written on the command line, to be written again.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use std::num::NonZeroU32;

/// What stands for a secret that was written instead of a reference to one.
const HIDDEN: &str = "***";

/// Options that say what becomes of the output and how fast it comes: the numbers are the
/// same without them.
const OUTPUTS: [&str; 14] = [
    "xlsx", "out", "by", "report", "junit", "hdr", "format", "quiet", "metrics", "log", "live",
    "threads", "no-cache", "yes",
];

/// The options of a command as they were given, in the order of its help.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    command: String,
    options: Vec<Given>,
    /// Long names that have a short one, and that.
    short: Vec<(String, char)>,
}

/// An option by its long name or, without one, an argument.
#[derive(Clone, Debug)]
struct Given {
    name: Option<String>,
    /// None for a flag.
    values: Vec<String>,
}

impl Asked {
    /// What `matches` has from the command line.
    pub(super) fn of(command: &Command, matches: &ArgMatches) -> Self {
        let mut options = Vec::new();
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            if matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            let takes_values = arg.get_action().takes_values();
            let values = matches.get_raw(id).filter(|_| takes_values);
            let values = values.into_iter().flatten();
            let mut values: Vec<_> = values.map(|v| v.to_string_lossy().into_owned()).collect();
            // A list that was taken apart is one value again.
            if let Some(between) = arg.get_value_delimiter() {
                values = vec![values.join(&between.to_string())];
            }
            options.push(Given { name: arg.get_long().map(str::to_owned), values });
        }
        // Arguments first, as people write them.
        options.sort_by_key(|given| given.name.is_some());
        let short = command.get_arguments();
        let short = short.filter_map(|arg| Some((arg.get_long()?.to_owned(), arg.get_short()?)));
        Self { command: command.get_name().to_owned(), options, short: short.collect() }
    }

    /// The command for a shell that makes the same numbers: without the options named in
    /// `without`, and with these others, as what was decided where nothing was said.
    pub(super) fn again(&self, without: &[&str], with: &[(&str, String)]) -> String {
        let mut line = format!("convoq {}", self.command);
        let changed = |name: &str| {
            OUTPUTS.contains(&name)
                || without.contains(&name)
                || with.iter().any(|(n, _)| *n == name)
        };
        for Given { name, values } in &self.options {
            match name.as_deref() {
                Some(name) if changed(name) => {}
                Some(name) if values.is_empty() => line += &format!(" {}", self.flag(name)),
                Some(name) => {
                    for value in values {
                        line += &format!(" {} {}", self.flag(name), quoted(&told(name, value)));
                    }
                }
                None => {
                    for value in values {
                        line += &format!(" {}", quoted(value));
                    }
                }
            }
        }
        for (name, value) in with {
            line += &format!(" {} {}", self.flag(name), quoted(value));
        }
        line
    }

    /// The same where only seed and number of replications were decided.
    pub(super) fn decided(&self, seed: u64, replications: NonZeroU32) -> String {
        self.again(&[], &[("seed", seed.to_string()), ("replications", replications.to_string())])
    }

    /// How people write an option.
    fn flag(&self, name: &str) -> String {
        match self.short.iter().find(|(long, _)| long == name) {
            Some((_, short)) => format!("-{short}"),
            None => format!("--{name}"),
        }
    }
}

/// A value that may be told: a secret only as the reference to it.
fn told(option: &str, value: &str) -> String {
    let refers = value.contains("${env:");
    match option {
        "bearer" if !refers => HIDDEN.to_owned(),
        "header" if !refers => {
            let name = value.split_once(':').map_or(value, |(name, _)| name);
            format!("{name}: {HIDDEN}")
        }
        _ => value.to_owned(),
    }
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction};

    fn command() -> Command {
        let list = |name: &'static str| Arg::new(name).long(name).action(ArgAction::Append);
        Command::new("load")
            .arg(list("header"))
            .arg(Arg::new("rate").long("rate").default_value("5/s"))
            .arg(Arg::new("no-stream").long("no-stream").action(ArgAction::SetTrue))
            .arg(list("expect"))
            .arg(list("bearer"))
            .arg(Arg::new("out").long("out"))
            .arg(Arg::new("seed").long("seed"))
            .arg(Arg::new("file"))
    }

    fn again(args: &[&str]) -> String {
        let mut command = command();
        let matches = command.try_get_matches_from_mut(args).unwrap();
        Asked::of(&command, &matches).again(&["out"], &[("seed", "7".into())])
    }

    #[test]
    fn the_command_has_all_that_was_given_and_nothing_that_was_not() {
        let args = [
            "load",
            "my file.yaml",
            "--no-stream",
            "--out",
            "a",
            "--expect",
            "ttft_s.p95 < 1s",
            "--expect",
            "it's",
            "--seed",
            "3",
        ];
        let wanted = r"convoq load 'my file.yaml' --no-stream --expect 'ttft_s.p95 < 1s' --expect 'it'\''s' --seed 7";
        assert_eq!(again(&args), wanted);
        assert_eq!(again(&["load", "f.yaml"]), "convoq load f.yaml --seed 7");
    }

    #[test]
    fn what_is_left_out_is_an_option_of_some_command() {
        use clap::CommandFactory as _;
        let cli = super::super::Cli::command();
        let has = |c: &Command, name| c.get_arguments().any(|a| a.get_long() == Some(name));
        for name in OUTPUTS {
            assert!(cli.get_subcommands().any(|c| has(c, name)), "{name}");
        }
    }

    #[test]
    fn a_secret_that_was_written_out_is_not_repeated() {
        let args =
            ["load", "--header", "X-Key: abc", "--bearer", "sk-1", "--header", "A: ${env:A}"];
        let wanted =
            "convoq load --header 'X-Key: ***' --header 'A: ${env:A}' --bearer '***' --seed 7";
        assert_eq!(again(&args), wanted);
    }
}
