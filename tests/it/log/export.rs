//! Exports hold what the events say: the same in every format, and the same sums as reports.

use super::runs::{convoq, scenario};
use crate::common::{load, load_shipped, shipped_of_usual_size};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use convoq::event::{Envelope, Event, EventKind};
use convoq::export::{self, Case, Format, Part, Span, Table};
use convoq::log::{Manifest, Run, RunState};
use convoq::projection::Everything;
use convoq::run::replicate;
use convoq::time::{HOUR_US, SimTime};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

const ALL: Part = Part { replication: None, span: Span::ALL };

/// A run of a shipped scenario with the events of all replications.
fn run_of(folder: &Path, name: &str, more: &[&str]) -> Run {
    let file = scenario(name);
    let args = ["simulate", &file, "--log", "full", "--out", name, "--quiet"];
    let done = convoq(folder, &[&args, more].concat());
    assert!(matches!(done.status.code(), Some(0 | 99)), "{done:?}");
    Run::open(&folder.join(name)).unwrap()
}

fn bytes(run: &Run, table: Table, format: Format, part: Part) -> Vec<u8> {
    let mut out = Vec::new();
    export::table(run, table, format, part, &mut out, Path::new("memory")).unwrap();
    out
}

/// The rows of a table by the names of its columns, from CSV.
fn rows(run: &Run, table: Table, part: Part) -> Vec<BTreeMap<String, String>> {
    let text = bytes(run, table, Format::Csv, part);
    let mut reader = csv::Reader::from_reader(text.as_slice());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    let text = row.get(column).unwrap_or_else(|| panic!("no column {column}"));
    if text.is_empty() { 0.0 } else { text.parse().unwrap() }
}

fn close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-6 * (1.0 + a.abs()), "{what}: {a} and {b}");
}

/// A value of a Parquet column as the CSV has it.
fn as_csv(array: &ArrayRef, row: usize, json: &Value) -> String {
    if array.is_null(row) {
        assert!(json.is_null());
        return String::new();
    }
    if let Some(a) = array.as_primitive_opt::<Int64Type>() {
        assert_eq!(json.as_i64(), Some(a.value(row)));
        a.value(row).to_string()
    } else if let Some(a) = array.as_primitive_opt::<Float64Type>() {
        assert_eq!(json.as_f64(), Some(a.value(row)));
        a.value(row).to_string()
    } else if let Some(a) = array.as_boolean_opt() {
        assert_eq!(json.as_bool(), Some(a.value(row)));
        a.value(row).to_string()
    } else if let Some(a) = array.as_primitive_opt::<TimestampMicrosecondType>() {
        let text = json.as_str().unwrap();
        let moment: jiff::Timestamp = text.parse().unwrap();
        assert_eq!(moment.as_microsecond(), a.value(row));
        text.to_owned()
    } else {
        let word = array.as_string::<i32>().value(row);
        assert_eq!(json.as_str(), Some(word));
        word.to_owned()
    }
}

#[test]
fn every_format_of_a_table_holds_the_same_values() {
    let folder = tempfile::tempdir().unwrap();
    for (name, more) in [("quickstart", &["-n", "2"][..]), ("night_and_day", &["-n", "1"])] {
        let run = run_of(folder.path(), name, more);
        for table in Table::ALL {
            let names: Vec<_> = table.columns().iter().map(|c| c.name.to_owned()).collect();
            let text = bytes(&run, table, Format::Csv, ALL);
            let mut csv = csv::Reader::from_reader(text.as_slice());
            assert_eq!(csv.headers().unwrap().iter().collect::<Vec<_>>(), names);
            let mut csv = csv.records();
            let json = bytes(&run, table, Format::NdJson, ALL);
            let mut json = std::str::from_utf8(&json).unwrap().lines();
            let file = tempfile::tempfile().unwrap();
            let written = file.try_clone().unwrap();
            export::table(&run, table, Format::Parquet, ALL, written, Path::new("file")).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            let mut count = 0;
            for batch in reader.build().unwrap().map(|b| b.unwrap()) {
                let found: Vec<_> =
                    batch.schema().fields().iter().map(|f| f.name().clone()).collect();
                assert_eq!(found, names);
                for row in 0..batch.num_rows() {
                    let line: Value = serde_json::from_str(json.next().unwrap()).unwrap();
                    let keys: Vec<_> = line.as_object().unwrap().keys().cloned().collect();
                    assert_eq!(keys, names);
                    let record = csv.next().unwrap().unwrap();
                    for (column, array) in batch.columns().iter().enumerate() {
                        let expected = as_csv(array, row, &line[&names[column]]);
                        assert_eq!(record[column], expected, "{name} {table:?} {}", names[column]);
                    }
                    count += 1;
                }
            }
            assert!(count > 50, "{name} {table:?}: {count} rows");
            assert!(csv.next().is_none() && json.next().is_none());
        }
    }
}

/// Numerator of a metric over everything in a replication.
fn measured(
    scenario: &convoq::scenario::Scenario,
    seed: u64,
) -> impl Fn(&str, Option<&str>) -> f64 + use<> {
    let all = replicate(scenario, seed, 0).measures;
    move |metric, definition| {
        let found = all.iter().find(|(key, _)| {
            let whole = key.dims == Default::default() && key.team.is_none() && key.party.is_none();
            whole && key.metric.name() == metric && key.definition.map(|d| d.name()) == definition
        });
        found.map_or(0.0, |(_, m)| m.num)
    }
}

#[test]
fn every_shipped_scenario_exports_with_the_sums_of_its_report() {
    let folder = tempfile::tempdir().unwrap();
    for name in shipped_of_usual_size() {
        let run = run_of(folder.path(), &name, &["-n", "1"]);
        let events = run.replication(0).unwrap();
        sums_are_those_of_the_report(&run, &events, &load_shipped(&name, &[]), &name);
        agents_are_those_of_the_projection(&run, &events);
        process_logs_hold_every_event(&run, &events);
    }
}

#[test]
fn parts_given_back_and_overflows_without_a_place_are_counted_as_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("{}/tests/data/given_back.yaml", env!("CARGO_MANIFEST_DIR"));
    let args = ["simulate", &file, "--log", "full", "--out", "run", "--quiet"];
    assert!(convoq(folder.path(), &args).status.success());
    let run = Run::open(&folder.path().join("run")).unwrap();
    let events = run.replication(0).unwrap();
    let scenario = load(&std::fs::read_to_string(&file).unwrap(), &[]);
    sums_are_those_of_the_report(&run, &events, &scenario, &file);
}

/// Queues and customers of the exported tables, added up, are those of the report.
fn sums_are_those_of_the_report(
    run: &Run,
    events: &[Envelope],
    scenario: &convoq::scenario::Scenario,
    name: &str,
) {
    let report = measured(scenario, run.manifest.seed);
    let contacts = rows(run, Table::Conversations, ALL);
    let counted: Vec<_> = contacts.iter().filter(|r| r["measured"] == "true").collect();
    let sum = |column| counted.iter().map(|r| number(r, column)).sum::<f64>();
    let having = |column: &str, value| counted.iter().filter(|r| r[column] == value).count() as f64;
    // As in reports, triage is no customer's last queue.
    let header = &run.manifest.header;
    let triage = |name: &str| header.queues.iter().any(|q| q.triage && q.name == name);
    let mut intervals = rows(run, Table::Intervals, ALL);
    intervals.retain(|row| !triage(&row["queue"]));
    let total = |column| intervals.iter().map(|r| number(r, column)).sum::<f64>();
    close(counted.len() as f64, report("arrivals", None), name);
    for table in [&sum as &dyn Fn(&'static str) -> f64, &total] {
        close(table("offered"), report("offered", None), name);
        close(table("answered"), report("answered", None), name);
        close(table("wait_answered_s"), report("asa_s", None), name);
        // Open waits are in `wait_s`, and in no column.
        close(table("wait_abandoned_s"), report("wait_s", Some("abandoned")), name);
    }
    close(total("abandoned"), report("abandoned", None), name);
    close(total("balked"), report("balked", None), name);
    close(having("outcome", "balked"), report("balked", None), name);
    // One who leaves does so once, with a sign or without.
    let left = |silent| events.iter().filter(|e| e.event == Event::Abandoned { silent }).count();
    let with = |column| contacts.iter().filter(|r| r[column] == "true").count();
    assert_eq!(with("abandoned"), left(false), "{name}");
    assert_eq!(with("true_left_silently"), left(true), "{name}");
    close(sum("transfers"), report("transfers_per_contact", None), name);
}

/// Time on the queue, time with contacts, and contacts in hand, team by team.
fn agents_are_those_of_the_projection(run: &Run, events: &[Envelope]) {
    let header = &run.manifest.header;
    let mut everything = Everything::new(header);
    everything.apply_all(header, events);
    let (from, to) = (header.measured.0.as_s(), header.measured.1.as_s());
    let rows = rows(run, Table::Agents, ALL);
    for (team, totals) in header.teams.iter().zip(&everything.staffing.totals) {
        let (mut staffed, mut busy, mut in_service) = (0.0, 0.0, 0.0);
        for row in rows.iter().filter(|r| r["team"] == team.name) {
            let (start, end) = (number(row, "start_s").max(from), number(row, "end_s").min(to));
            let inside = (end - start).max(0.0);
            let here = matches!(row["state"].as_str(), "idle" | "busy");
            staffed += if here { inside } else { 0.0 };
            busy += if row["contacts"] == "0" { 0.0 } else { inside };
            in_service += number(row, "contacts") * inside;
        }
        close(staffed, totals.staffed_us / 1e6, "time on the queue");
        close(busy, totals.busy_us / 1e6, "time with contacts");
        close(in_service, totals.in_service_us / 1e6, "contacts in hand");
    }
}

/// Numbers of events by kind.
fn kinds(run: &Run) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    run.events(&|_| true, &mut |_, events, _| {
        for envelope in events {
            *kinds.entry(envelope.event.kind().name().to_owned()).or_default() += 1;
        }
    })
    .unwrap();
    kinds
}

/// A process log in OCEL's JSON, as far as it is looked into.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ocel {
    event_types: Vec<Declared>,
    object_types: Vec<Declared>,
    events: Vec<Entry>,
    objects: Vec<Entry>,
}

/// A kind of event or object, or an attribute of one, with its type.
#[derive(Deserialize)]
struct Declared {
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    attributes: Vec<Declared>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    attributes: Vec<Attribute>,
    relationships: Vec<Link>,
}

#[derive(Debug, Deserialize)]
struct Attribute {
    name: String,
    value: Value,
}

#[derive(Debug, Deserialize)]
struct Link {
    #[serde(rename = "objectId")]
    object: String,
}

fn process_logs_hold_every_event(run: &Run, all: &[Envelope]) {
    let mut expected = kinds(run);
    for kind in ["RunStarted", "RunEnded", "FaultStarted", "FaultEnded"] {
        expected.remove(kind);
    }
    let mut out = Vec::new();
    let told = export::ocel(run, ALL, &mut out, Path::new("memory")).unwrap();
    assert_eq!(ocel_kinds(&out, told), expected);
    let mut of_contacts = 0;
    let mut cases =
        BTreeMap::from([(Case::Conversation as u8, BTreeSet::new()), (1, BTreeSet::new())]);
    let mut chain_of = BTreeMap::new();
    for envelope in all {
        let id = envelope.conversation.0;
        if id == u32::MAX {
            continue;
        }
        of_contacts += 1;
        if let Event::ContactReturned { chain, .. } = envelope.event {
            chain_of.insert(id, chain.0);
        }
        cases.get_mut(&0).unwrap().insert(id);
    }
    let chains = cases[&0].iter().map(|id| *chain_of.get(id).unwrap_or(id)).collect();
    cases.insert(1, chains);
    for case in [Case::Conversation, Case::Chain] {
        let mut out = Vec::new();
        let (traces, events) = export::xes(run, ALL, case, &mut out, Path::new("memory")).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(traces as usize, cases[&(case as u8)].len());
        let found = traces_are_in_order(&text);
        assert_eq!((events, found), (of_contacts, (traces, of_contacts)));
    }
}

/// Events by kind; every link leads to an object, every attribute is declared.
fn ocel_kinds(text: &[u8], told: (u64, u64)) -> BTreeMap<String, usize> {
    let log: Ocel = serde_json::from_slice(text).unwrap();
    let mut declared = HashMap::new();
    for kind in log.event_types.iter().chain(&log.object_types) {
        let types: HashMap<_, _> =
            kind.attributes.iter().map(|a| (a.name.as_str(), a.kind.as_str())).collect();
        declared.insert(kind.name.as_str(), types);
    }
    let objects: HashSet<_> = log.objects.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(objects.len(), log.objects.len(), "objects have names of their own");
    let events: HashSet<_> = log.events.iter().map(|e| e.id.as_str()).collect();
    assert_eq!((events.len() as u64, objects.len() as u64), told);
    let mut kinds = BTreeMap::new();
    for entry in log.events.iter().chain(&log.objects) {
        let types = &declared[entry.kind.as_str()];
        for attribute in &entry.attributes {
            let (kind, value) = (types[attribute.name.as_str()], &attribute.value);
            let fits = match kind {
                "integer" => value.is_i64(),
                "float" => value.is_number(),
                "boolean" => value.is_boolean(),
                _ => value.is_string(),
            };
            assert!(fits, "{attribute:?} is no {kind}");
        }
        for link in &entry.relationships {
            assert!(objects.contains(link.object.as_str()), "{link:?} leads nowhere");
        }
    }
    for event in log.events {
        assert!(!event.relationships.is_empty(), "{}", event.id);
        *kinds.entry(event.kind).or_default() += 1;
    }
    kinds
}

/// Within a trace time does not go back, and what starts completes; numbers of traces and
/// events.
fn traces_are_in_order(text: &str) -> (u64, u64) {
    fn value<'t>(event: &'t str, key: &str) -> Option<&'t str> {
        let after = &event[event.find(&format!("key=\"{key}\""))?..];
        after.split('"').nth(3)
    }
    let (mut traces, mut events) = (0, 0);
    for trace in text.split("<trace>").skip(1) {
        traces += 1;
        let mut last = None;
        // An empty chat and the return of its customer can be in hand at once.
        let mut contacts: BTreeMap<Option<&str>, i32> = BTreeMap::new();
        for event in trace.split("<event>").skip(1) {
            events += 1;
            let at: jiff::Timestamp = value(event, "time:timestamp").unwrap().parse().unwrap();
            assert!(last.is_none_or(|before| before <= at));
            last = Some(at);
            let name = value(event, "concept:name").unwrap();
            let open = contacts.entry(value(event, "conversation")).or_default();
            if name == "Handling" {
                *open +=
                    if value(event, "lifecycle:transition").unwrap() == "start" { 1 } else { -1 };
            }
            assert!((0..=1).contains(open), "{event}");
        }
    }
    (traces, events)
}

#[test]
fn spans_and_replications_divide_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of(folder.path(), "quickstart", &["-n", "2"]);
    let middle = SimTime(12 * HOUR_US);
    let parts = |replication| {
        let span = |since, until| Part { replication, span: Span { since, until } };
        [span(SimTime::ZERO, middle), span(middle, SimTime::NEVER)]
    };
    for table in Table::ALL {
        let whole = rows(&run, table, ALL);
        let mut pieces: Vec<_> = [Some(0), Some(1)]
            .into_iter()
            .flat_map(parts)
            .flat_map(|part| {
                let piece = rows(&run, table, part);
                assert!(!piece.is_empty() && piece.len() < whole.len() / 2 + whole.len() / 4);
                piece
            })
            .collect();
        let mut whole = whole;
        pieces.sort();
        whole.sort();
        assert!(pieces == whole, "{table:?}");
    }
    let [early, late] = parts(None).map(|part| {
        let mut out = Vec::new();
        let told = export::ocel(&run, part, &mut out, Path::new("memory")).unwrap();
        let kinds = ocel_kinds(&out, told);
        let xes = export::xes(&run, part, Case::Conversation, &mut out, Path::new("memory"));
        (kinds, xes.unwrap())
    });
    let both = |kind| early.0.get(kind).unwrap_or(&0) + late.0.get(kind).unwrap_or(&0);
    for (kind, count) in kinds(&run).iter().filter(|(kind, _)| !kind.starts_with("Run")) {
        assert_eq!(both(kind), *count, "{kind}");
    }
    let all = export::xes(&run, ALL, Case::Conversation, std::io::sink(), Path::new("memory"));
    let all = all.unwrap();
    assert_eq!((early.1.0 + late.1.0, early.1.1 + late.1.1), all);
}

#[test]
fn the_wall_clock_has_the_offset_of_its_moment() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of(folder.path(), "night_and_day", &["-n", "1"]);
    let rows = rows(&run, Table::Intervals, ALL);
    let offsets: BTreeSet<_> = rows.iter().map(|r| r["start_at"][26..].to_owned()).collect();
    assert_eq!(offsets.len(), 2, "the clock changes in this scenario: {offsets:?}");
    for row in &rows {
        let moment: jiff::Timestamp = row["start_at"].parse().unwrap();
        let since = moment.as_second() - run.manifest.header.epoch_s;
        close(since as f64, number(row, "start_s"), "start_s");
    }
}

#[test]
fn a_closed_pipe_ends_an_export_quietly() {
    let folder = tempfile::tempdir().unwrap();
    run_of(folder.path(), "quickstart", &["-n", "4"]);
    for format in ["csv", "ndjson", "parquet", "ocel", "xes"] {
        let table: &[&str] =
            if matches!(format, "ocel" | "xes") { &[] } else { &["--table", "events"] };
        let mut child = crate::common::program()
            .args([&["log", "export", "quickstart", "--to", format], table].concat())
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut head = Vec::new();
        let mut out = BufReader::with_capacity(64, child.stdout.take().unwrap());
        out.read_until(b'\n', &mut head).unwrap();
        drop(out);
        let done = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!((done.status.code(), errors.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn what_cannot_be_exported_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    run_of(folder.path(), "quickstart", &["-n", "2"]);
    std::fs::write(folder.path().join("used.csv"), "mine").unwrap();
    let before = std::fs::read_dir(folder.path()).unwrap().count();
    for (args, says) in [
        (&["--to", "cvs"][..], "[possible values: csv, ndjson, parquet, ocel, xes]"),
        (&["--to", "csv", "--table", "calls"], "conversations, agents, intervals, events, all"),
        (&["--to", "csv", "--replication", "7"], "kept are: 0, 1"),
        (&["--to", "csv", "--table", "all"], "--out DIR"),
        (&["--to", "ocel", "--table", "agents"], "leave --table out"),
        (&["--to", "csv", "--case", "chain"], "leave --case out"),
        (&["--to", "csv", "--since", "9h", "--until", "9h"], "not later"),
        (&["--to", "csv", "--since", "soon"], "no time of this run"),
        (&["--to", "csv", "--out", "used.csv"], "--force"),
        (&["--to", "csv", "--out", "no/such/folder.csv"], "its folder does not exist"),
    ] {
        let done = convoq(folder.path(), &[&["log", "export", "quickstart"], args].concat());
        let errors = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{args:?}: {errors}");
        assert!(errors.contains(says) && done.stdout.is_empty(), "{args:?}: {errors}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), before);
    assert_eq!(std::fs::read(folder.path().join("used.csv")).unwrap(), b"mine");
}

#[test]
fn files_are_written_whole_and_replaced_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of(folder.path(), "quickstart", &["-n", "2"]);
    let export = ["log", "export", "quickstart", "--to"];
    let out = ["csv", "--out", "used.csv", "--force"];
    std::fs::write(folder.path().join("used.csv"), "mine").unwrap();
    let done = convoq(folder.path(), &[&export[..], &out].concat());
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let written = std::fs::read(folder.path().join("used.csv")).unwrap();
    assert!(written == bytes(&run, Table::Conversations, Format::Csv, ALL));
    let shown = convoq(folder.path(), &[&export[..], &["csv"]].concat());
    assert!(shown.stdout == written);
    let all = ["parquet", "--table", "all", "--out", "tables"];
    let done = convoq(folder.path(), &[&export[..], &all].concat());
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let mut names: Vec<_> = std::fs::read_dir(folder.path().join("tables"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["agents.parquet", "conversations.parquet", "events.parquet", "intervals.parquet"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    run_of(folder.path(), "quickstart", &["-n", "1"]);
    for format in ["csv", "ndjson", "parquet", "ocel", "xes"] {
        let args = ["log", "export", "quickstart", "--to", format];
        let out = convoq(folder.path(), &[&args[..], &["--out", "/dev/full", "--force"]].concat());
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let shown = crate::common::program()
            .args(args)
            .current_dir(folder.path())
            .stdout(full)
            .output()
            .unwrap();
        for (done, place) in [(out, "/dev/full"), (shown, "standard output")] {
            let errors = String::from_utf8_lossy(&done.stderr).into_owned();
            assert_eq!(done.status.code(), Some(1), "{format}: {errors}");
            assert!(errors.contains(&format!("{place}: cannot be written")), "{errors}");
        }
    }
}

#[test]
fn a_run_without_contacts_gives_heads_only() {
    let folder = tempfile::tempdir().unwrap();
    let few = ["-n", "1", "--set", "demand[0].per_day=0.000001"];
    let run = run_of(folder.path(), "quickstart", &few);
    let text = bytes(&run, Table::Conversations, Format::Csv, ALL);
    assert_eq!(text.iter().filter(|b| **b == b'\n').count(), 1);
    assert!(text.starts_with(b"replication,conversation,"));
    assert!(bytes(&run, Table::Conversations, Format::NdJson, ALL).is_empty());
    assert!(bytes(&run, Table::Conversations, Format::Parquet, ALL).starts_with(b"PAR1"));
    process_logs_hold_every_event(&run, &run.replication(0).unwrap());
}

#[test]
fn an_interrupted_run_exports_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    run_of(folder.path(), "quickstart", &["-n", "2"]);
    let path = folder.path().join("quickstart");
    let mut manifest = Manifest::read(&path).unwrap();
    (manifest.state, manifest.planned) = (RunState::Interrupted, 5);
    manifest.write(&path).unwrap();
    let done = convoq(folder.path(), &["log", "export", "quickstart", "--to", "csv"]);
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(0));
    assert!(errors.contains("interrupted after 2 of 5 replications"), "{errors}");
    assert!(done.stdout.len() > 1000);
}

/// The columns of a table, as the page shows them.
fn column_table(table: Table) -> String {
    let mut text = String::from("| column | type | meaning |\n|---|---|---|\n");
    for column in table.columns() {
        let (name, kind) = (column.name, column.kind.name());
        text += &format!("| `{name}` | {kind} | {} |\n", column.about);
    }
    text
}

#[test]
fn export_md_has_every_column_of_every_table() {
    let page = crate::source::read("docs/export.md");
    let mut made = String::new();
    let mut current = None;
    let mut written = false;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let named = heading.trim_matches('`');
            current = Table::ALL.into_iter().find(|table| table.name() == named);
            written = false;
        }
        match current {
            Some(table) if line.starts_with('|') => {
                if !std::mem::replace(&mut written, true) {
                    made += &column_table(table);
                }
            }
            _ => made += &format!("{line}\n"),
        }
    }
    for table in Table::ALL {
        assert!(page.contains(&format!("## `{}`", table.name())), "{table:?}");
    }
    crate::source::assert_page("docs/export.md", &made);
}

#[test]
fn export_md_has_every_attribute_of_the_process_logs() {
    let mut table = String::new();
    for kind in EventKind::ALL {
        let names: Vec<_> = kind.attributes().map(|(name, _)| format!("`{name}`")).collect();
        if !names.is_empty() {
            table += &format!("| `{}` | {} |\n", kind.name(), names.join(", "));
        }
    }
    crate::source::assert_table("docs/export.md", "| event | attributes |\n|---|---|\n", &table);
}
