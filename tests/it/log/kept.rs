//! Logs of released versions stay readable, and older words and columns are read
//! as if this version had written them.

use super::build::{small as small_scenario, told, write};
use super::runs::convoq;
use crate::common::{events, load_shipped};
use arrow_array::{Array as _, ArrayRef, Int32Array, Int64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use convoq::event::{Event, Header};
use convoq::log::{Decoder, Encoder, Policy, Renamed, Run, RunFolder, Table, Values};
use convoq::store::record;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs of the first version of the events: one sealed, one whose writer was
/// killed. Not to be written anew; a later version gets its own folder.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/log-v1").join(name)
}

/// Makes the two runs of a version that has none yet.
fn make() {
    let place = fixture("");
    std::fs::create_dir_all(&place).unwrap();
    let file = "../../../scenarios/quickstart.yaml";
    let args = ["simulate", file, "-n", "2", "--seed", "1", "--log", "first"];
    let small = ["--set", "demand[0].per_day=25", "--out", "sealed"];
    convoq(&place, &[&args[..], &small].concat());
    let scenario = load_shipped("quickstart", &[("demand[0].per_day", "25")]);
    write(&fixture("died"), &scenario, Policy::Live, &[&[0, 1]]);
    std::fs::remove_file(fixture("died/log/part-0000/000000.parquet")).unwrap();
    let stream = fixture("died/log/part-0000/000000.arrows");
    let bytes = std::fs::read(&stream).unwrap();
    std::fs::write(&stream, &bytes[..bytes.len() - 700]).unwrap();
}

/// What is compared: events of each kind, and some metrics over everything.
fn numbers(name: &str) -> Value {
    let (run, rows) = told(&fixture(name)).unwrap();
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, envelope, _) in &rows {
        *kinds.entry(envelope.event.kind().name()).or_default() += 1;
    }
    let pool = pool(&run);
    let metrics = ["arrivals", "answered", "wait_s", "asa_s", "roar", "issues", "cost"];
    let value = |metric: &&str| {
        let key = |(n, _): &(usize, _)| pool.keys[*n].dims == Default::default();
        let named = pool.keys.iter().enumerate().filter(key);
        let mut named = named.filter(|(_, k)| k.metric.name() == *metric && k.team.is_none());
        let found = named.next();
        let (n, _) = found.unwrap_or_else(|| panic!("{metric} is not measured"));
        let sums: Vec<_> = pool.measures[n].iter().map(|m| [m.num, m.den]).collect();
        ((*metric).to_owned(), json!(sums))
    };
    json!({
        "events": rows.len(),
        "kinds": kinds,
        "lost": run.lost(),
        "metrics": metrics.iter().map(value).collect::<serde_json::Map<_, _>>(),
        "tables": run.table("measures").unwrap().whole("replication").len(),
    })
}

fn pool(run: &Run) -> convoq::experiment::Pool<'_> {
    let all: Vec<u32> = run.replications().iter().map(|(n, _)| *n).collect();
    record::fold(run, &all).unwrap()
}

#[test]
fn logs_of_version_1_stay_readable() {
    let path = fixture("expected.json");
    if !path.exists() {
        make();
        let found = json!({ "sealed": numbers("sealed"), "died": numbers("died") });
        std::fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let found = json!({ "sealed": numbers("sealed"), "died": numbers("died") });
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(found, expected);
    assert!(expected["died"]["lost"]["bytes"].as_u64().unwrap() > 0);
}

/// A batch as an invented version 0 would have written it: waits for the rate
/// limit of `BotAsked` in a column of their own, and `agent` called `person`.
fn older(batch: &RecordBatch) -> RecordBatch {
    let schema = batch.schema();
    let kinds = batch.column_by_name("type").unwrap();
    let kinds = arrow_array::cast::as_dictionary_array::<arrow_array::types::UInt16Type>(kinds);
    let words = kinds.downcast_dict::<arrow_array::StringArray>().unwrap();
    let asked: Vec<bool> = words.into_iter().map(|w| w == Some("BotAsked")).collect();
    let durations = batch.column_by_name("duration_us").unwrap();
    let durations: &Int64Array = durations.as_any().downcast_ref().unwrap();
    let only = |wanted: bool| -> ArrayRef {
        let rows = durations.iter().zip(&asked);
        Arc::new(Int64Array::from_iter(rows.map(|(d, a)| d.filter(|_| *a == wanted))))
    };
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let rows = batch.num_rows();
        let (name, array) = match field.name().as_str() {
            "duration_us" => ("duration_us", only(false)),
            "schema_v" => ("schema_v", Arc::new(Int32Array::from(vec![0; rows])) as _),
            "agent" => ("person", Arc::clone(array)),
            same => (same, Arc::clone(array)),
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        columns.push(array);
    }
    fields.push(Field::new("held_us", durations.data_type().clone(), true));
    columns.push(only(true));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

const SINCE_0: &[(i32, Renamed)] = &[
    (0, Renamed::ColumnOf { kind: "BotAsked", from: "held_us", to: "duration_us" }),
    (0, Renamed::Column { from: "person", to: "agent" }),
];

#[test]
fn a_column_that_one_kind_of_event_called_otherwise_is_read_as_today() {
    let scenario = small_scenario();
    let all = events(&scenario, 1, 0);
    let asked = |e: &&convoq::event::Envelope| matches!(e.event, Event::BotAsked { .. });
    assert!(all.iter().filter(asked).count() > 5);
    let mut encoder = Encoder::new(&scenario.header);
    let batch = encoder.batch(0, &all, &[]).unwrap();
    let old = older(&batch);
    let read = |header: &Header, batch: &RecordBatch, list| {
        let mut back = Vec::new();
        let mut decoder = Decoder::with_renamed(header, list);
        let read = decoder.batch(batch, &mut |_, events, _| back.extend_from_slice(events));
        read.map(|()| back)
    };
    assert!(read(&scenario.header, &old, SINCE_0).unwrap() == all);
    assert!(read(&scenario.header, &batch, SINCE_0).unwrap() == all, "today's are left alone");
    let lost = read(&scenario.header, &old, &[]).unwrap_err().to_string();
    assert!(lost.contains("has no value"), "{lost}");
}

/// All durations of a pool: how many values there are, and their sum in buckets.
fn durations(pool: &mut convoq::experiment::Pool<'_>) -> (u64, u64) {
    let rows = pool.numbers().histograms;
    let count = rows.iter().map(|r| r.3).sum();
    (count, rows.iter().map(|r| r.2 * r.3).sum())
}

#[test]
fn durations_that_were_stored_by_number_are_read_by_name() {
    let run = Run::open(&fixture("sealed")).unwrap();
    let (mut pool, unknown) = record::pool_of(&run).unwrap();
    assert!(unknown.is_empty(), "{unknown:?}");
    let table = run.table("durations").unwrap();
    let rows = table.whole("value").iter().zip(table.whole("count"));
    let wanted = rows
        .fold((0, 0), |(n, sum), (value, count)| (n + *count as u64, sum + (value * count) as u64));
    assert!(wanted.0 > 100);
    assert_eq!(durations(&mut pool), wanted);
}

#[test]
fn tables_are_read_by_name_and_what_is_not_known_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = super::runs::scenario("quickstart");
    let small = ["-n", "2", "--set", "demand[0].per_day=25", "--out", "run"];
    convoq(folder.path(), &[&["simulate", &file], &small[..]].concat());
    let told = |args: &[&str]| {
        let said = convoq(folder.path(), &[&["report", "run", "-q"], args].concat());
        super::runs::stdout(&said)
    };
    let before = told(&["--format", "csv"]);
    let path = folder.path().join("run");
    let run = Run::open(&path).unwrap();
    // In another order, and with one duration more, as another version would have them.
    let other = |name: &'static str, whole: &[&'static str], text: &[&'static str]| {
        let table = run.table(name).unwrap();
        let whole = whole.iter().map(|column| {
            let own = table.whole(column).iter().rev().copied().chain([7]);
            (*column, Values::Whole(own.collect()))
        });
        let text = text.iter().map(|column| {
            let more = (*column == text[0]).then(|| "future_s".to_owned());
            let own = table.text(column).iter().rev().cloned().chain([more]);
            (*column, Values::Text(own.collect()))
        });
        let columns = whole.chain(text).collect();
        Table { name, columns }
    };
    let words = ["duration", "definition", "party", "queue", "segment"];
    let durations = other("durations", &["group", "value", "count"], &words);
    let mut manifest = run.manifest.clone();
    let kept = RunFolder::reopen(&path).unwrap();
    let facts = kept.write_tables(&[durations]).unwrap().remove(0);
    let place = manifest.tables.iter().position(|t| t.file == facts.file);
    manifest.tables[place.unwrap()] = facts;
    manifest.write(&path).unwrap();
    drop(kept);
    assert_eq!(told(&["--format", "csv"]), before);
    let text = told(&[]);
    assert!(text.contains("it is left out: future_s"), "{text}");
}
