//! The commands of the README work as they stand there.

use crate::source::{assert_page, read, root};
use std::fs;
use std::path::Path;

/// Commands in the `sh` blocks of the README that run convoq.
fn commands() -> Vec<String> {
    let readme = read("README.md");
    let blocks = readme.split("```sh\n").skip(1).filter_map(|b| b.split("```").next());
    blocks
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .map(|line| line.split(" # ").next().unwrap_or_default().trim().to_owned())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|line| {
            !["./test", "cargo bench", "cargo install", "git clone", "cd "]
                .iter()
                .any(|s| line.starts_with(s))
        })
        .collect()
}

/// The command whose output the README shows.
const SHOWN: &str = "simulate scenarios/b2c_retail_week.yaml";

/// What stands before a row's numbers; the first word of a line that is no row.
fn label(line: &str) -> &str {
    match line.split_once(" ..") {
        Some((label, _)) => label.trim(),
        None => line.split_whitespace().next().unwrap_or_default(),
    }
}

/// The lines that the README shows are lines of the output, in its order; `...`
/// stands for what is left out. `UPDATE=1` puts the lines of now in their place.
fn shown_output_is_real(output: &str) {
    let readme = read("README.md");
    let shown = readme.split("```text\n").nth(1).and_then(|b| b.split("```").next()).unwrap();
    let mut real = output.lines();
    let mut now = String::new();
    for line in shown.lines() {
        let found = match line {
            "..." => line,
            _ => real.find(|l| label(l) == label(line)).unwrap_or_else(|| {
                panic!("README.md shows `{line}`, and the output has no `{}` there", label(line))
            }),
        };
        now += &format!("{found}\n");
    }
    assert_page("README.md", &readme.replacen(shown, &now, 1));
}

/// The first answer of a study, in bold, stands in the README as well, under the command
/// that makes it. `UPDATE=1` puts it there.
fn the_readme_gives_the_answer_of(study: &str, command: &str) {
    let answer = |text: &str| {
        let line = text.lines().find(|l| l.starts_with("**")).map(str::to_owned);
        line.expect("a study has its answer in bold")
    };
    let readme = read("README.md");
    let under = readme.find(command).map_or("", |at| &readme[at..]);
    let now = readme.replacen(&answer(under), &answer(study), 1);
    assert_page("README.md", &now);
}

/// The words of a command line; quotes keep words together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => words.push(String::new()),
            (_, c) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Copies a folder, so that what a command writes stays out of the repository.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn every_command_of_the_readme_works() {
    let folder = tempfile::tempdir().unwrap();
    for data in ["scenarios", "tests/data/import"] {
        copy(&root().join(data), &folder.path().join(data));
    }
    let commands = commands();
    assert!(commands.len() > 5, "{commands:?}");
    let mut bot = None;
    for line in commands {
        let mut words = words(&line);
        let output = words.iter().position(|w| w == ">").map(|at| {
            let file = words[at + 1].clone();
            words.truncate(at);
            file
        });
        let args: Vec<String> = match words[0].as_str() {
            "convoq" => words[1..].to_vec(),
            "cargo" => words.split(|w| w == "--").nth(1).unwrap().to_vec(),
            _ => panic!("README.md: `{line}` is no command of convoq"),
        };
        if args[0] == "bot" {
            bot = Some(crate::load::Bot::start(&args[1], &[]));
            continue;
        }
        let args: Vec<String> = match &bot {
            // The page's port may be taken, and a shorter test tells as much here.
            Some(bot) if args[0] == "load" => {
                let there = |a: &String| a.replace("http://127.0.0.1:8080", &bot.url);
                let shorter = ["--for", "6s", "--lag-budget", "10s"].map(str::to_owned);
                args.iter().map(there).chain(shorter).collect()
            }
            _ => args,
        };
        let done =
            crate::common::program().args(&args).current_dir(folder.path()).output().unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        let code = done.status.code();
        assert!(matches!(code, Some(0 | 99)), "README.md: `{line}` ends with {code:?}\n{errors}");
        // What writes a file or a run says so on standard error.
        let writes = ["new", "import", "fit"].contains(&args[0].as_str()) && !errors.is_empty();
        let said = !done.stdout.is_empty() || args[0] == "new" || writes;
        assert!(said, "README.md: `{line}` says nothing");
        if line.ends_with(SHOWN) {
            shown_output_is_real(&String::from_utf8_lossy(&done.stdout));
        }
        if let Some(at) = args.iter().position(|a| a.starts_with("reports/")) {
            let made = fs::read_to_string(folder.path().join(&args[at])).unwrap();
            assert_page(&args[at], &made);
            the_readme_gives_the_answer_of(&made, &line);
        }
        if let Some(file) = output {
            fs::write(folder.path().join(file), &done.stdout).unwrap();
        }
    }
}

#[test]
fn the_commands_of_the_workflow_are_understood() {
    let workflow = read("targets/github-actions.yml");
    let commands = workflow.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("run: ").unwrap_or(line);
        line.starts_with("convoq ").then(|| words(line.trim_end_matches(" &")))
    });
    let commands: Vec<Vec<String>> = commands.collect();
    let of = |name: &str| commands.iter().find(|c| c[1] == name).expect("has the command");
    let run =
        |args: &[String]| crate::common::program().args(args).current_dir(root()).output().unwrap();
    let load = [&of("load")[1..], &["--dry-run".to_owned()]].concat();
    let shown = run(&load);
    let errors = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert_eq!(shown.status.code(), Some(0), "{errors}");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("/v1/chat/completions"));
    // Neither of these can run here; what they ask for is understood where only that is missing.
    let report = of("report")[1..].iter().take_while(|w| *w != ">>").cloned();
    let errors = run(&report.collect::<Vec<_>>()).stderr;
    assert!(String::from_utf8_lossy(&errors).contains("load-run"), "no run is there yet");
    assert_eq!(of("bot")[2], "scenarios/load_demo.yaml");
}

/// The scenario that the README shows is one that runs.
#[test]
fn the_scenario_of_the_readme_is_valid() {
    let readme = read("README.md");
    let text = readme.split("```yaml\n").nth(1).and_then(|b| b.split("```").next()).unwrap();
    let loaded = convoq::scenario::load(text, None, &[], &|_| Err("no files".into()));
    assert!(loaded.is_ok(), "{}", loaded.err().unwrap());
    assert!(text.lines().count() <= 20, "the scenario of the README is to stay short");
}

/// What the README says of seed and threads.
#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let run = |threads: &str| {
        let scenario = "scenarios/quickstart.yaml";
        crate::common::program()
            .args(["simulate", scenario, "--seed", "7", "-n", "8", "--quiet"])
            .args(["--format", "json", "--threads", threads])
            .current_dir(root())
            .output()
            .unwrap()
            .stdout
    };
    let one = run("1");
    assert!(!one.is_empty());
    assert!(one == run("2") && one == run("5"), "the threads show in the output");
}
