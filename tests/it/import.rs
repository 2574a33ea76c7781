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
    waits.sort_unstable();
    found.sort_unstable();
    assert_eq!(waits, found);
}

/// The counts of a column's words.
fn counts(rows: &[BTreeMap<String, String>], column: &str) -> String {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row[column].clone()).or_insert(0) += 1;
    }
    counts.iter().map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", ")
}

/// Each shipped map on a made-up sample: what is said of the rows, how contacts end, how
/// long they waited in all.
#[test]
fn every_shipped_map_reads_its_sample() {
    let waits = |rows: &[BTreeMap<String, String>]| -> f64 {
        let each = rows.iter().filter_map(|r| r["wait_answered_s"].parse::<f64>().ok());
        each.sum()
    };
    for (file, more, said, ends, wait_s) in [
        ("simmer.csv", &[][..], "7 rows read, 6 contacts", "closed_by_human 6", 115.0),
        (
            "anonymous-bank.csv",
            &[],
            "6 rows read, 5 contacts",
            "abandoned 1, closed_by_bot 1, closed_by_human 3",
            110.0,
        ),
        ("counts.csv", &["--zone", "UTC"], "3 rows read, 5 contacts", " 5", 0.0),
        (
            "helpdesk.csv",
            &[],
            "11 rows read, 4 contacts",
            " 1, closed_by_human 3",
            90_000.0 + 86_400.0,
        ),
        (
            "servicenow.csv",
            &["--zone", "UTC"],
            "6 rows read, 2 contacts",
            " 1, closed_by_human 1",
            3_600.0,
        ),
        ("genesys-cloud.csv", &[], "3 rows read, 7 contacts", " 7", 0.0),
        ("nice-like.txt", &["--zone", "Europe/Berlin"], "2 rows read, 5 contacts", " 5", 0.0),
        ("avaya-like.csv", &["--zone", "America/New_York"], "2 rows read, 3 contacts", " 3", 0.0),
        (
            "zendesk.csv",
            &["--zone", "UTC"],
            "4 rows read, 3 contacts",
            " 1, closed_by_human 2",
            7_200.0,
        ),
        (
            "freshdesk.csv",
            &["--zone", "UTC"],
            "2 rows read, 2 contacts",
            " 1, closed_by_human 1",
            3_600.0,
        ),
        (
            "intercom.csv",
            &[],
            "3 rows read, 3 contacts",
            " 1, closed_by_bot 1, closed_by_human 1",
            120.0,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = imported(folder.path(), &[&[&*sample(file)][..], more].concat());
        assert!(text.contains(said), "{file}: {text}");
        let name = Path::new(file).file_stem().unwrap().to_str().unwrap();
        assert!(text.contains(&format!("map {name}")), "{file}: {text}");
        is_sound(folder.path());
        let rows = table(folder.path(), "conversations");
        assert_eq!((counts(&rows, "outcome"), waits(&rows)), (ends.to_owned(), wait_s), "{file}");
    }
}

#[test]
fn cases_that_are_opened_again_are_returns_and_others_who_take_them_transfers() {
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), &[&sample("helpdesk.csv")]);
    let rows = table(folder.path(), "conversations");
    assert_eq!(counts(&rows, "attempt"), "0 3, 1 1");
    assert_eq!(counts(&rows, "return_reason"), " 3, after_human 1");
    let folder = tempfile::tempdir().unwrap();
    imported(folder.path(), &[&sample("servicenow.csv"), "--zone", "UTC"]);
    let rows = table(folder.path(), "conversations");
    assert_eq!(counts(&rows, "transfers"), "0 1, 1 1");
    assert_eq!(rows[0]["handling_s"], "7200");
}

#[test]
fn our_own_export_gives_the_same_report_again() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("scenarios/quickstart.yaml");
    let own = ["simulate", scenario.to_str().unwrap(), "-n", "1", "--out", "own", "-q"];
    let set = ["--set", "channels.chat.silent_abandonment=0%", "--set", "returns={}"];
    convoq_in(folder.path(), &[&own[..], &set].concat());
    let args = ["log", "export", "own", "--to", "csv", "--table", "conversations"];
    let csv = convoq_in(folder.path(), &args);
    assert!(csv.status.success(), "{}", stderr(&csv));
    std::fs::write(folder.path().join("own.csv"), &csv.stdout).unwrap();
    imported(folder.path(), &["own.csv", "--zone", "Europe/Bucharest"]);
    is_sound(folder.path());
    let metrics = |run: &str| {
        let out = stdout(&convoq_in(folder.path(), &["report", run, "--format", "json"]));
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        let value = |name: &str| {
            let rows = json["metrics"].as_array().unwrap().iter();
            let plain = |r: &&serde_json::Value| {
                r["metric"] == name
                    && ["queue", "segment", "channel", "intent"].iter().all(|by| r[*by].is_null())
            };
            rows.filter(plain).map(|r| r["value"].as_f64()).next()
        };
        ["arrivals", "to_people", "asa_s", "abandonment_rate"].map(value)
    };
    let (own, again) = (metrics("own"), metrics("run"));
    assert!(own[0].flatten().is_some_and(|n| n > 100.0), "{own:?}");
    for (a, b) in own.iter().zip(&again) {
        let (a, b) = (a.flatten().unwrap_or(0.0), b.flatten().unwrap_or(0.0));
        assert!((a - b).abs() <= 1e-4 * a.abs(), "{own:?} {again:?}");
    }
}

/// Seconds that all callers with an agent waited, of rows whose voice menu has no negative time.
fn bank_waits_s(path: &Path) -> f64 {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    let served = rows.filter(|r| &r[12] == "AGENT" && !r[8].starts_with('-'));
    served.map(|r| r[11].parse::<f64>().unwrap()).sum()
}

#[test]
fn the_bank_keeps_its_waits_and_outcomes() {
    let Some(path) = truth("anonymous_bank_1999_08_01-19.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let said = imported(folder.path(), &[path.to_str().unwrap()]);
    // The 13 left the voice menu before they entered it.
    let read = "29,412 rows read, 29,172 contacts, 0 outside the span, 13 refused, 227 left out by the map";
    assert!(said.contains(read), "{said}");
    is_sound(folder.path());
    let rows = table(folder.path(), "conversations");
    // HANG in the queue, HANG in the menu, AGENT.
    assert_eq!(
        counts(&rows, "outcome"),
        "abandoned 6349, closed_by_bot 2332, closed_by_human 20491"
    );
    // Of those whom an agent had, the waits of the file but for the refused rows.
    let waits =
        |column: &str| rows.iter().filter_map(|r| r[column].parse::<f64>().ok()).sum::<f64>();
    assert_eq!(waits("wait_answered_s"), bank_waits_s(&path));
}

#[test]
fn the_published_dates_of_the_help_desk_are_found_out() {
    let Some(path) = truth("helpdesk_events.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let said = imported(folder.path(), &[path.to_str().unwrap()]);
    assert!(said.contains("0 refused"), "{said}");
    is_sound(folder.path());
    let map = crate::source::read("maps/helpdesk.yaml")
        .replace("at: timestamp_fixed", "at: timestamp_as_published");
    std::fs::write(folder.path().join("map.yaml"), &map).unwrap();
    let args = ["import", path.to_str().unwrap(), "--map", "map.yaml", "--out", "other"];
    let refused = convoq_in(folder.path(), &args);
    assert_eq!(refused.status.code(), Some(2));
    let text = stderr(&refused);
    assert!(text.contains("day and month exchanged on the days 1 to 12"), "{text}");
    assert!(text.contains("map.yaml:11:") && !folder.path().join("other").exists(), "{text}");
    // Put right they give the same run.
    let map = map.replace(
        "at: timestamp_as_published",
        "at: {column: timestamp_as_published, swapped: true}",
    );
    std::fs::write(folder.path().join("map.yaml"), map).unwrap();
    assert!(convoq_in(folder.path(), &args).status.success());
    let report = |run: &str| {
        let text = stdout(&convoq_in(folder.path(), &["report", run, "--format", "csv"]));
        text.lines().filter(|l| !l.contains("convoq import")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(report("run"), report("other"));
}

#[test]
fn counts_of_a_bank_are_its_contacts() {
    let Some(path) = truth("bank_calls_2003-03..07.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let args = [
        path.to_str().unwrap(),
        "--zone",
        "America/New_York",
        "--from",
        "2003-03-03",
        "--to",
        "2003-03-07",
    ];
    let said = imported(folder.path(), &args);
    // What the same five days are as `counts` of a scenario.
    assert!(said.contains(" 171,878 contacts,"), "{said}");
}

#[test]
fn incidents_of_servicenow_become_contacts() {
    let Some(path) = truth("servicenow_incident_events.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let said = imported(folder.path(), &[path.to_str().unwrap(), "--zone", "UTC"]);
    assert!(said.contains("3,611 rows read") && said.contains("has the day first"), "{said}");
    is_sound(folder.path());
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
    let row = |map: &convoq::import::Shipped| {
        let about = convoq::import::Map::from_text(map.text).map_or(String::new(), |map| map.about);
        format!("| `{}` | {about} |\n", map.name)
    };
    let maps: String = convoq::import::SHIPPED.iter().map(row).collect();
    let begin = "| map | for |\n|---|---|\n";
    if let Some(at) = page.find(begin).map(|at| at + begin.len()) {
        let end = page[at..].find("\n\n").map_or(page.len(), |end| at + end + 1);
        page.replace_range(at..end, &maps);
    }
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
