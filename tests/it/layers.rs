//! House rules: who may use whom, what the core may not know, and how long things may be.

use crate::source::{Source, bare, files, has_word, read, sources};

/// What each module may use of the others. `a` allows all of `a`, `a::b` only that.
/// `docs/architecture.md` gives the reasons.
const MAY_USE: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("id", &[]),
    ("domain", &[]),
    ("metric", &["domain"]),
    ("doubt", &["time", "domain"]),
    ("safe_text", &[]),
    ("random", &["time"]),
    ("distribution", &["time", "random"]),
    ("analytic", &["distribution"]),
    ("event", &["time", "id", "domain"]),
    (
        "scenario",
        &[
            "time",
            "id",
            "domain",
            "metric",
            "random",
            "distribution",
            "safe_text",
            "event::Header",
            "event::Costs",
            "event::LoadFacts",
            "event::QueueFacts",
            "event::TeamFacts",
            "event::TimeSaved",
        ],
    ),
    ("engine", &["time", "id", "domain", "random", "distribution", "event", "scenario"]),
    ("projection", &["time", "id", "domain", "metric", "event"]),
    (
        "observed",
        &[
            "time",
            "id",
            "domain",
            "event",
            "projection::Book",
            "projection::Visit",
            "projection::VisitEnd",
        ],
    ),
    ("design", &["random"]),
    (
        "experiment",
        &[
            "time",
            "id",
            "domain",
            "metric",
            "doubt",
            "event",
            "projection",
            "design",
            "scenario::target",
        ],
    ),
    (
        "planning",
        &[
            "time",
            "id",
            "distribution",
            "analytic",
            "scenario",
            "experiment::clopper_pearson",
            "experiment::ratio",
        ],
    ),
    (
        "fit",
        &[
            "time",
            "id",
            "random",
            "distribution",
            "analytic",
            "event",
            "observed",
            "domain",
            "experiment::wilson",
            "experiment::t_quantile",
        ],
    ),
    ("forecast", &[]),
    ("backtest", &["time", "id", "distribution", "analytic", "event", "observed"]),
    ("disk", &[]),
    ("log", &["disk", "time", "id", "domain", "doubt", "event"]),
    (
        "export",
        &[
            "time",
            "id",
            "domain",
            "metric",
            "safe_text",
            "event",
            "log",
            "projection::Book",
            "projection::Record",
            "projection::Projection",
            "projection::Staffing",
            "projection::Visit",
            "projection::VisitEnd",
            "projection::TURN_DURATIONS",
            "projection::TurnDuration",
            "projection::new_histogram",
            "projection::turn_durations",
        ],
    ),
    ("target", &["domain"]),
    ("bot", &["time", "id", "domain", "random", "scenario", "engine", "target::Protocol"]),
    ("protocol", &["time", "domain", "scenario", "target", "bot"]),
    (
        "store",
        &["disk", "time", "id", "domain", "metric", "event", "log", "projection", "experiment"],
    ),
    (
        "run",
        &["time", "id", "event", "log", "store", "scenario", "engine", "projection", "experiment"],
    ),
    (
        "import",
        &[
            "time",
            "id",
            "domain",
            "safe_text",
            "event",
            "scenario::Problem",
            "scenario::Problems",
            "scenario::SourceTree",
            "scenario::nearest_name",
            "scenario::source_tree",
        ],
    ),
    (
        "load",
        &[
            "safe_text",
            "target",
            "protocol",
            "bot::Messages",
            "time",
            "id",
            "domain",
            "doubt",
            "random",
            "event",
            "log",
            "scenario",
            "engine",
            "experiment::order_interval",
            "experiment::wilson",
            "projection::BotFit",
        ],
    ),
    (
        "report",
        &[
            "time",
            "id",
            "domain",
            "metric",
            "doubt",
            "safe_text",
            "event",
            "projection",
            "design",
            "experiment",
            "planning",
            "fit",
            "forecast",
            "backtest",
        ],
    ),
    (
        "cli",
        &[
            "disk",
            "time",
            "id",
            "domain",
            "metric",
            "doubt",
            "safe_text",
            "distribution",
            "analytic",
            "planning",
            "fit",
            "forecast",
            "backtest",
            "observed",
            "event",
            "log",
            "export",
            "scenario",
            "projection",
            "design",
            "experiment",
            "target",
            "bot",
            "protocol",
            "engine::expected_work_s",
            "engine::offered_work_s",
            "store",
            "run",
            "import",
            "load",
            "report",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// The core: it does no IO, knows no clock and cannot fail.
const CORE: &[&str] = &[
    "time",
    "id",
    "domain",
    "metric",
    "doubt",
    "safe_text",
    "random",
    "distribution",
    "analytic",
    "event",
    "scenario",
    "planning",
    "forecast",
    "backtest",
    "engine",
    "projection",
    "observed",
    "design",
    "experiment",
    "fit",
];

/// What the core never names.
const BANNED_IN_CORE: &[&str] = &[
    "tokio",
    "std::io",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime",
    "HashMap",
    "HashSet",
    "RefCell",
    "unsafe",
    ".unwrap()",
    "panic!",
    "todo!",
    "unimplemented!",
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "dbg!",
];

/// Crates that stay at the edge, and where.
const EDGE_CRATES: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("indicatif", &["cli"]),
    ("microlp", &["planning"]),
    ("rust_xlsxwriter", &["report"]),
    ("tokio", &["cli", "load", "target", "bot", "protocol"]),
    ("hyper", &["target", "bot", "protocol", "load"]),
    ("hyper_util", &["target", "bot", "load"]),
    ("http_body_util", &["target", "bot", "protocol", "load"]),
    ("tokio_rustls", &["target"]),
    ("tokio_tungstenite", &["target", "bot", "protocol"]),
    ("rustix", &["load", "disk", "cli"]),
    ("arrow_array", &["log"]),
    ("arrow_buffer", &["log"]),
    ("arrow_ipc", &["log"]),
    ("arrow_schema", &["log"]),
    ("arrow_select", &["log"]),
    ("crc32c", &["log"]),
    ("encoding_rs", &["import"]),
    ("zstd", &["import"]),
    ("parquet", &["log"]),
];

/// Longest function, and longest file before its unit tests, in lines.
const FUNCTION_LINES: usize = 70;
const FILE_LINES: usize = 500;

/// What may be longer, how long, and why. An entry that is not needed is an error.
const LONGER: &[(&str, usize, &str)] = &[
    ("src/engine/state.rs fn apply", 130, "one match with an arm for each event"),
    ("src/projection/book.rs fn apply", 95, "one match with an arm for each event"),
    ("src/scenario/model.rs", 595, "the whole model, half of it comments"),
];

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let area = source.area().to_owned();
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == area) else {
            wrong.push(format!("{}: module `{area}` has no entry in MAY_USE", source.path));
            continue;
        };
        for used in used_paths(&source) {
            let first = used.split("::").next().unwrap_or_default();
            let below = allowed.iter().any(|a| used == *a || used.starts_with(&format!("{a}::")));
            if first != area && !below {
                wrong.push(format!("{}: uses crate::{used}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_protocol_knows_its_own_room_only_and_is_named_in_two_lists_besides() {
    for source in sources().iter().filter(|s| s.area() == "protocol" && s.module.len() == 3) {
        let own = format!("protocol::{}", source.module[1]);
        for used in used_paths(source).iter().filter(|used| used.starts_with("protocol")) {
            let below = ["protocol::client", "protocol::server", "protocol::completion", &own];
            assert!(below.iter().any(|b| used.starts_with(b)), "{} uses {used}", source.path);
        }
    }
    // Its word among the options, its module and its row, and its reader for whoever has the bytes.
    let named = sources()
        .into_iter()
        .filter(|s| !s.path.starts_with("src/protocol/rasa/"))
        .map(|s| {
            let lines = s.text.lines().filter(|line| !line.trim_start().starts_with("//"));
            (lines.filter(|line| line.to_lowercase().contains("rasa")).count(), s.path)
        })
        .filter(|(lines, _)| *lines > 0)
        .collect::<Vec<_>>();
    let places =
        [(2, "src/protocol/mod.rs"), (2, "src/protocol/reading.rs"), (1, "src/target/options.rs")];
    assert_eq!(named, places.map(|(lines, path)| (lines, path.to_owned())));
}

#[test]
fn every_module_of_the_crate_has_its_rules() {
    let lib = read("src/lib.rs");
    let declared: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let ruled: Vec<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    for name in &declared {
        assert!(ruled.contains(name), "module `{name}` has no entry in MAY_USE");
    }
    for name in ruled.iter().filter(|n| !["lib", "main"].contains(n)) {
        assert!(declared.contains(name), "MAY_USE names `{name}`, which is no module");
    }
    for (number, (name, allowed)) in MAY_USE.iter().enumerate() {
        for used in allowed.iter().filter_map(|path| path.split("::").next()) {
            assert!(ruled[..number].contains(&used), "{name} may use {used}, which comes after it");
        }
    }
}

#[test]
fn the_core_knows_no_io_no_clock_and_no_chance_order() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| CORE.contains(&s.area())) {
        let code = source.code() + &uses_in(&source.code()).join("\n");
        for word in BANNED_IN_CORE.iter().filter(|word| has_word(&code, word)) {
            wrong.push(format!("{}: {word}", source.path));
        }
        if source.area() == "engine" && has_word(&code, "dyn") {
            wrong.push(format!("{}: dyn", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_of_the_edge_stay_there() {
    for source in sources() {
        let code = source.code();
        for (name, areas) in EDGE_CRATES {
            let path = format!("{name}::");
            let used = has_word(&code, &path);
            assert!(!used || areas.contains(&source.area()), "{}: {name}", source.path);
        }
    }
}

#[test]
fn functions_and_files_are_short() {
    let mut long = Vec::new();
    for Source { path, text, .. } in sources() {
        let length = text.lines().count();
        if length > FILE_LINES {
            long.push((path.clone(), length));
        }
        for (name, lines) in functions(&text) {
            if lines > FUNCTION_LINES {
                long.push((format!("{path} fn {name}"), lines));
            }
        }
    }
    let granted = |name: &str| LONGER.iter().find(|(n, ..)| *n == name).map(|(_, most, _)| *most);
    let over = |(name, lines): &&(String, usize)| granted(name).is_none_or(|most| *lines > most);
    let over: Vec<_> = long.iter().filter(over).collect();
    assert!(over.is_empty(), "too long: {over:?}");
    for (name, ..) in LONGER {
        assert!(long.iter().any(|(n, _)| n == name), "{name} is short: take it off LONGER");
    }
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    // Put together here, so that this file does not contain them.
    let places = ["work", "root", "home", "Users"].map(|name| format!("/{name}/"));
    let registries = ["sparse+http", "registry+http", "replace-with"];
    let known = concat!("registry+https", "://github.com/rust-lang/crates.io-index");
    for path in files() {
        let Ok(text) = std::fs::read_to_string(crate::source::root().join(&path)) else {
            continue; // not text
        };
        for place in &places {
            assert!(!text.contains(place), "{path} names {place}");
        }
        if path.ends_with("Cargo.lock") {
            let sources = text.lines().filter_map(|line| line.strip_prefix("source = "));
            for source in sources {
                assert_eq!(source.trim_matches('"'), known, "{path}");
            }
        } else if path != "tests/it/layers.rs" {
            for word in registries {
                assert!(!text.contains(word), "{path} names a registry ({word})");
            }
        }
    }
}

/// Paths below `crate::` that a file names, in `use` and in between.
fn used_paths(source: &Source) -> Vec<String> {
    let code = source.code();
    let mut paths = uses_in(&code);
    paths.extend(inline_paths(&code));
    let mut module = source.module.clone();
    if module == ["main"] {
        module.clear();
    }
    let depth = module.len();
    let absolute = paths.iter().filter_map(|path| {
        if let Some(rest) = path.strip_prefix("crate::").or(path.strip_prefix("convoq::")) {
            return Some(rest.to_owned());
        }
        let ups = path.split("::").take_while(|p| *p == "super").count();
        // A path that climbs as far as the root names another module there.
        (ups > 0 && ups >= depth).then(|| path.split("::").skip(ups).collect::<Vec<_>>().join("::"))
    });
    // The one macro that lives at the root belongs to the projections.
    absolute
        .map(|path| if path.starts_with("counters") { format!("projection::{path}") } else { path })
        .collect()
}

/// The paths of all `use` items, groups written out.
pub fn uses_in(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find("use ") {
        let own_word = !rest[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let after = &rest[start + 4..];
        let end = after.find(';').unwrap_or(after.len());
        if own_word {
            expand("", &after[..end], &mut paths);
        }
        rest = &after[if own_word { end } else { 0 }..];
    }
    paths
}

/// Writes `a::{b, c::{d, e}}` out as `a::b`, `a::c::d`, `a::c::e`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let close = tree.rfind('}').unwrap_or(tree.len());
        let prefix = format!("{prefix}{}", tree[..open].trim());
        let (mut depth, mut start) = (0, open + 1);
        for (at, c) in tree.char_indices().skip(open + 1).take_while(|(at, _)| *at <= close) {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if (c == ',' && depth == 0) || depth < 0 {
                expand(&prefix, &tree[start..at], paths);
                start = at + 1;
            }
        }
    } else if !tree.is_empty() {
        let name = tree.split(" as ").next().unwrap_or_default().trim();
        paths.push(format!("{prefix}{name}"));
    }
}

/// Paths that begin with `crate::` or climb with `super::`, wherever they stand.
pub fn inline_paths(code: &str) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    ["crate::", "super::", "convoq::"]
        .iter()
        .flat_map(|head| code.match_indices(head))
        .filter(|(at, _)| !code[..*at].ends_with(word))
        .filter_map(|(at, _)| {
            let rest = &code[at..];
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            let group = rest[end..].starts_with('{'); // `uses_in` writes it out
            (!group).then(|| rest[..end].trim_end_matches(':').to_owned())
        })
        .collect()
}

/// Functions with their numbers of lines, by the indentation that rustfmt gives.
fn functions(text: &str) -> Vec<(String, usize)> {
    let code = bare(text);
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let mut words = line.trim_start().split(' ');
        let is_head = |w: &&str| matches!(*w, "const" | "async" | "unsafe") || w.starts_with("pub");
        let head = words.by_ref().find(|w| !is_head(w));
        let (Some("fn"), Some(name)) = (head, words.next()) else {
            continue;
        };
        let closing = format!("{indent}}}");
        let ends =
            |l: &&str| l.trim_end() == closing || (l.starts_with(indent) && l.ends_with(';'));
        let one_line = line.trim_end().ends_with(['}', ';']);
        let first_brace = lines[number..].iter().position(|l| l.contains('{'));
        let length = match first_brace {
            _ if one_line => 1,
            Some(open) if !lines[number..number + open].iter().any(ends) => {
                let body = lines[number..].iter().position(|l| l.trim_end() == closing);
                body.map_or(lines.len() - number, |last| last + 1)
            }
            _ => 1, // a declaration without a body
        };
        let name = name.split(['(', '<']).next().unwrap_or_default();
        found.push((name.to_owned(), length));
    }
    found
}

#[test]
fn groups_of_uses_are_written_out() {
    let code = "use crate::a::{self, b::{c, d as e}, f};\npub use super::super::g;\nlet x = crate::h::i::<u8>();";
    let expected =
        ["crate::a::self", "crate::a::b::c", "crate::a::b::d", "crate::a::f", "super::super::g"];
    assert_eq!(uses_in(code), expected);
    assert!(inline_paths(code).contains(&"crate::h::i".to_owned()));
}

#[test]
fn functions_are_measured_from_head_to_brace() {
    let text = "fn a() {\n    b(\"fn c() {\");\n}\n\nimpl X {\n    pub(super) fn long(\n        x: u8,\n    ) -> u8 {\n        x\n    }\n    fn one() {}\n}\ntrait T {\n    fn d(&self);\n}\n";
    let expected = [("a", 3), ("long", 5), ("one", 1), ("d", 1)];
    let found = functions(text);
    assert_eq!(found, expected.map(|(name, lines)| (name.to_owned(), lines)));
}
