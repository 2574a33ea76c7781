//! Turns as an HdrHistogram interval log, read back with the reader of HdrHistogram.

use super::{Bot, LOAD_DEMO, Loaded, convoq, load, number};
use base64::Engine as _;
use convoq::log::Run;
use convoq::projection::{HistogramKey, TURN_DURATIONS, TurnDuration};
use convoq::store::record;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use std::collections::BTreeMap;
use std::path::Path;

/// A histogram of one second: its start, seconds, its tag, and what it holds.
type Second = (f64, String, Histogram<u64>);

fn read(path: &Path) -> Vec<Second> {
    let text = std::fs::read(path).unwrap();
    let head = String::from_utf8_lossy(&text).into_owned();
    assert!(head.contains("#all values in microseconds"), "{head:.300}");
    let (mut seconds, mut base) = (Vec::new(), None);
    for entry in IntervalLogIterator::new(&text) {
        match entry.unwrap() {
            LogEntry::BaseTime(time) => base = Some(time.as_secs_f64()),
            LogEntry::StartTime(time) => assert!(time.as_secs_f64() > 1.7e9),
            LogEntry::Interval(interval) => {
                assert_eq!(interval.duration().as_secs_f64(), 1.0);
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(interval.encoded_histogram())
                    .unwrap();
                let held = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
                let tag = interval.tag().unwrap().as_str().to_owned();
                seconds.push((interval.start_timestamp().as_secs_f64(), tag, held));
            }
        }
    }
    assert!(base.is_some_and(|base| base > 1.7e9));
    assert!(seconds.is_sorted_by(|a, b| a.0 <= b.0));
    seconds
}

/// All seconds of each tag together.
fn merged(seconds: &[Second]) -> BTreeMap<String, Histogram<u64>> {
    let mut all = BTreeMap::new();
    for (_, tag, held) in seconds {
        let sum = all.entry(tag.clone()).or_insert_with(|| {
            let mut sum = Histogram::<u64>::new(3).unwrap();
            sum.auto(true);
            sum
        });
        sum.add(held).unwrap();
    }
    all
}

/// A load test of two segments with failures and a warm-up, and its interval log.
fn demo(folder: &Path) -> (Loaded, Vec<Second>) {
    let bot = Bot::start(LOAD_DEMO, &["--set", "bot.latency=30ms", "--fault", "status 500 20%"]);
    let file = folder.join("turns.hlog");
    let mut plan = vec!["--rate", "60/s", "--arrivals", "constant", "--for", "4s"];
    plan.extend(["--warm-up", "1s", "--set", "bot.think=50ms", "--drain", "5s"]);
    plan.extend(["--hdr", file.to_str().unwrap()]);
    let run = load(LOAD_DEMO, &bot, "openai", &plan);
    assert!(run.stderr.contains("hdr: "), "{}", run.stderr);
    let seconds = read(&file);
    // A run on disk gives the same bytes.
    let (again, kept) = (folder.join("again.hlog"), run.folder.to_str().unwrap());
    convoq(&["report", kept, "--hdr", again.to_str().unwrap()]);
    assert_eq!(std::fs::read(again).unwrap(), std::fs::read(file).unwrap());
    (run, seconds)
}

#[test]
fn the_seconds_add_up_to_the_histograms_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let (run, seconds) = demo(folder.path());
    let kept = Run::open(&run.folder).unwrap();
    let segments = kept.manifest.header.segments.clone();
    let pool = record::fold(&kept, &[0]).unwrap();
    let mut tags = merged(&seconds);
    tags.retain(|tag, _| tag.contains(".measured."));
    assert!(segments.len() > 1 && tags.len() > segments.len());
    for (key, held) in pool.histogram_keys.iter().zip(&pool.histograms[0]) {
        let HistogramKey::Turn(what, segment) = *key else {
            continue;
        };
        if matches!(what, TurnDuration::Worst | TurnDuration::Waited) || held.is_empty() {
            continue; // of conversations, not of turns
        }
        let (_, metric) = TURN_DURATIONS[what as usize];
        let name = metric.name().trim_end_matches("_s");
        let tag = format!("{name}_us.measured.{}", segments[segment.index()]);
        let found = tags.remove(&tag).unwrap_or_else(|| panic!("no {tag}"));
        let values = found.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value()));
        assert_eq!(values.collect::<Vec<_>>(), held.counts(), "{tag}: the same values");
        for q in [0.5, 0.99, 1.0] {
            assert_eq!(found.value_at_quantile(q), held.value_at_quantile(q), "{tag} {q}");
        }
    }
    assert!(tags.is_empty(), "{:?}", tags.keys());
}

#[test]
fn a_turn_stands_in_the_second_and_the_phase_in_which_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (run, seconds) = demo(folder.path());
    let of = |part: &str| -> u64 {
        let fits = |(_, tag, _): &&Second| tag.starts_with("dispatch_lag_us") && tag.contains(part);
        seconds.iter().filter(fits).map(|(.., h)| h.len()).sum()
    };
    let finished = number(&run.json, "turns", Some("finished"), None);
    assert_eq!(of(".measured.") as f64, finished);
    // 60 customers came in the second of the warm-up; most have several turns.
    assert!(of(".warm_up.") >= 60, "{}", of(".warm_up."));
    let at = |second: f64| -> u64 {
        let fits =
            |(start, tag, _): &&Second| *start == second && tag.starts_with("dispatch_lag_us");
        seconds.iter().filter(fits).map(|(.., h)| h.len()).sum()
    };
    let failed = |(_, tag, _): &&Second| tag.starts_with("failed_after_us.measured");
    let failed: u64 = seconds.iter().filter(failed).map(|(.., h)| h.len()).sum();
    assert_eq!(failed as f64, number(&run.json, "turns", Some("http_5xx"), None));
    // The head is the first moment: conversations come from then on, 60 a second.
    for second in [0.0, 1.0, 2.0, 3.0] {
        assert!((50..400).contains(&at(second)), "{second}: {}", at(second));
    }
    let all: u64 = (0..12).map(|second| at(f64::from(second))).sum();
    assert_eq!(all, of("."), "each in one second");
}

#[test]
fn a_simulation_has_no_turns_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let (run, file) = (folder.path().join("run"), folder.path().join("x.hlog"));
    let run = run.to_str().unwrap();
    let simulated = ["simulate", "scenarios/quickstart.yaml", "-n", "1", "--out", run];
    assert!(convoq(&simulated).status.code().is_some_and(|c| c == 0 || c == 99));
    let output = convoq(&["report", run, "--hdr", file.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("is no load test"), "{text}");
    assert!(output.stdout.is_empty() && !file.exists());
}
