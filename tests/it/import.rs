//! `convoq import`: logs of other systems become runs.

use crate::common::{convoq_in, stderr, stdout};
use crate::source::root;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A made-up sample.
fn sample(name: &str) -> String {
    root().join("tests/data/import").join(name).display().to_string()
}

/// A real file that may not be in the repository; nothing where it is not there.
fn truth(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/truth/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {name} is not there");
    }
    path.exists().then_some(path)
}

/// Imports into `run`, which must go well; what was said.
fn imported(folder: &Path, args: &[&str]) -> String {
    let args = [&["import"], args, &["--out", "run"]].concat();
    let done = convoq_in(folder, &args);
    assert!(done.status.success(), "{}", stderr(&done));
    stderr(&done)
}

/// A table of the run: a map from column to cell for each row.
fn table(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let args = ["log", "export", "run", "--to", "csv", "--table", name];
    let out = convoq_in(folder, &args);
    assert!(out.status.success(), "{}", stderr(&out));
    let mut reader = csv::Reader::from_reader(out.stdout.as_slice());
    let header = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
    };
    let mut rows: Vec<BTreeMap<String, String>> =
        reader.records().map(|r| row(r.unwrap())).collect();
    rows.sort_by_key(|r| r.get("conversation").and_then(|n| n.parse::<u64>().ok()));
    rows
}

/// Every law of conservation holds in the run, and every byte.
fn is_sound(folder: &Path) {
    let verified = convoq_in(folder, &["log", "verify", "run"]);
    assert!(verified.status.success(), "{}{}", stdout(&verified), stderr(&verified));
    let report = convoq_in(folder, &["report", "run"]);
    let text = stdout(&report);
    assert!(report.status.success() && !text.contains("AUDIT"), "{text}");
}

#[test]
fn a_log_of_calls_becomes_a_run_with_the_same_waits() {
    let folder = tempfile::tempdir().unwrap();
    let said = imported(folder.path(), &[&sample("simmer.csv")]);
    assert!(said.contains("7 rows read, 6 contacts, 0 outside the span, 1 refused"), "{said}");
    let rejects = std::fs::read_to_string(folder.path().join("run/rejects.csv")).unwrap();
    let refused =
        "simmer.csv,8,call_ended,,\"it is over before it began, or before an agent had it\"";
    assert!(rejects.lines().any(|l| l == refused), "{rejects}");
    is_sound(folder.path());
    let contacts = table(folder.path(), "conversations");
    let column = |name: &str| contacts.iter().map(|c| c[name].as_str()).collect::<Vec<_>>();
    assert_eq!(column("wait_answered_s"), ["0", "0", "40", "75", "0", "0"]);
    assert_eq!(column("handling_s"), ["300", "190", "350", "90", "140", "45"]);
    assert_eq!(column("started_at")[4], "2024-02-05T11:59:40.000000+00:00");
    assert_eq!(column("channel"), ["phone"; 6]);
    assert!(column("outcome").iter().all(|o| *o == "closed_by_human"));
}

#[test]
fn what_nobody_saw_is_in_no_number() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), &[&sample("simmer.csv")]);
    let json = stdout(&convoq_in(folder.path(), &["report", "run", "--format", "json"]));
    for hidden in ["true_roar", "false_containment_rate", "answer_accuracy", "right_first_try"] {
        assert!(!json.contains(hidden), "{hidden}");
    }
    assert!(!stdout(&convoq_in(folder.path(), &["report", "run"])).contains("truly"));
    let fork = convoq_in(folder.path(), &["fork", "run", "--at", "08:02"]);
    assert_eq!(fork.status.code(), Some(2));
    assert!(stderr(&fork).contains("it is an imported log"), "{}", stderr(&fork));
}

#[test]
fn simmers_calls_keep_their_waits() {
    let Some(path) = truth("simmer_calls_2021-01..07.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), &[path.to_str().unwrap()]);
    is_sound(folder.path());
    let mut text = String::new();
    let file = std::fs::File::open(&path).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut waits: Vec<u64> = reader.records().map(|r| r.unwrap()[6].parse().unwrap()).collect();
    let contacts = table(folder.path(), "conversations");
    let mut found: Vec<u64> =
        contacts.iter().map(|c| c["wait_answered_s"].parse::<f64>().unwrap() as u64).collect();
    (waits.sort_unstable(), found.sort_unstable());
    assert_eq!(waits, found);
}

/// A table of the page, from the words of a declaration.
fn listed(head: &str, words: &[(&str, &str)]) -> String {
    let rows = words.iter().map(|(name, about)| format!("| `{name}` | {} |\n", about.trim()));
    format!("| {head} | meaning |\n|---|---|\n{}", rows.collect::<String>())
}

/// `docs/import.md` with its tables as the declarations have them.
fn page() -> String {
    use convoq::import::{End, Layout, Part, Role, Step, Top};
    macro_rules! words {
        ($kind:ident) => {
            $kind::ALL.map(|one| (one.name(), $kind::ABOUT[one as usize])).to_vec()
        };
    }
    let mut page = crate::source::read("docs/import.md");
    let tables = [
        ("field", words!(Top)),
        ("role", words!(Role)),
        ("part", words!(Part)),
        ("layout", words!(Layout)),
        ("word", words!(End)),
        ("step", words!(Step)),
    ];
    for (head, words) in tables {
        let begin = format!("| {head} | meaning |\n|---|---|\n");
        let Some(at) = page.find(&begin) else { continue };
        let end = page[at..].find("\n\n").map_or(page.len(), |end| at + end + 1);
        page.replace_range(at..end, &listed(head, &words));
    }
    page
}

#[test]
fn the_page_lists_all_that_a_map_can_say() {
    crate::source::assert_page("docs/import.md", &page());
}
