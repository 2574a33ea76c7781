//! Live files: what a killed writer leaves is read up to the last good batch,
//! and never anything else.

use super::build::{Rows, manifest, small, told, wall_us, write};
use crate::common::events;
use convoq::doubt::Doubt;
use convoq::log::{LogError, LogWriter, Lost, Policy, Run, RunFolder, RunState};
use convoq::random::mix64;
use convoq::report;
use convoq::run::{Plan, replicate_all};
use convoq::scenario::Scenario;
use convoq::store::record;
use std::cmp::Ordering;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

fn files(run: &Path) -> (PathBuf, PathBuf) {
    let part = run.join("log/part-0000");
    (part.join("000000.arrows"), part.join("000000.idx"))
}

/// A record of the sidecar, as docs/events.md has it.
struct Told {
    end: u64,
    rows: u32,
    flags: u32,
}

fn records(sidecar: &[u8]) -> Vec<Told> {
    let word = |r: &[u8], at: usize| u32::from_le_bytes(r[at..at + 4].try_into().unwrap());
    let record = |r: &[u8]| Told {
        end: u64::from_le_bytes(r[..8].try_into().unwrap()),
        rows: word(r, 16),
        flags: word(r, 24),
    };
    sidecar.chunks_exact(32).map(record).collect()
}

/// A run whose writer stopped without ending anything: eight replications that
/// had been synced, then four.
fn died(path: &Path, scenario: &Scenario) -> Rows {
    let folder = RunFolder::create(path).unwrap();
    manifest(scenario, 12).write(path).unwrap();
    let writer = LogWriter::start(path, &scenario.header, Policy::Live);
    let mut sink = writer.partition(0);
    let mut rows = Rows::new();
    for replication in 0..12 {
        if replication == 8 {
            std::thread::sleep(Duration::from_millis(1300));
        }
        let all = events(scenario, 1, replication);
        let walls: Vec<_> = all.iter().map(wall_us).collect();
        sink.events_at(replication, &all, &walls);
        rows.extend(all.iter().map(|e| (replication, *e, wall_us(e))));
    }
    drop(sink);
    assert!(writer.finish().unwrap().is_empty());
    drop(folder);
    rows
}

#[test]
fn what_is_older_than_a_second_is_on_disk_though_nothing_follows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let scenario = small();
    let held = RunFolder::create(&path).unwrap();
    manifest(&scenario, 1).write(&path).unwrap();
    let writer = LogWriter::start(&path, &scenario.header, Policy::Live);
    let mut sink = writer.partition(0);
    let all = events(&scenario, 1, 0);
    sink.events(0, &all[..10]);
    std::thread::sleep(Duration::from_millis(1500));
    let (run, rows) = told(&path).unwrap();
    assert_eq!(rows.len(), 10);
    assert!(run.is_written() && matches!(run.doubt(None), Some(Doubt::BeingWritten { .. })));
    assert_eq!(run.lost(), Lost::default());
    assert!(!writer.has_stopped());
    drop((sink, held));
    writer.finish().unwrap();
}

#[test]
fn wall_clocks_are_kept_by_both_kinds_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = small();
    let all = events(&scenario, 1, 0);
    for policy in [Policy::Sealed, Policy::Live] {
        let path = folder.path().join(format!("{policy:?}"));
        let held = RunFolder::create(&path).unwrap();
        let mut manifest = manifest(&scenario, 1);
        let writer = LogWriter::start(&path, &scenario.header, policy);
        let mut sink = writer.partition(0);
        let walls: Vec<_> = all.iter().map(wall_us).collect();
        // None, fewer and as many wall clocks as events.
        sink.events(0, &all[..7]);
        sink.events_at(0, &all[7..100], &walls[7..50]);
        sink.events_at(0, &all[100..], &walls[100..]);
        sink.end();
        manifest.partitions = writer.finish().unwrap();
        manifest.state = RunState::Sealed;
        let expected = |row: usize| match row {
            0..7 | 50..100 => None,
            _ => walls[row],
        };
        for state in [RunState::Sealed, RunState::Running] {
            if state == RunState::Running && policy == Policy::Sealed {
                continue;
            }
            manifest.state = state;
            if state == RunState::Running {
                manifest.partitions.clear();
            }
            manifest.write(&path).unwrap();
            let (_, rows) = told(&path).unwrap();
            assert_eq!(rows.len(), all.len());
            for (row, (_, envelope, wall)) in rows.iter().enumerate() {
                assert_eq!((*envelope, *wall), (all[row], expected(row)), "{policy:?} {row}");
            }
        }
        drop(held);
    }
}

#[test]
fn two_thousand_cuts_leave_the_exact_valid_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let rows = died(&path, &small());
    let (stream, sidecar) = files(&path);
    let (whole, index) = (fs::read(&stream).unwrap(), fs::read(&sidecar).unwrap());
    let records = records(&index);
    assert!(records.len() == 13 && records[0].flags == 3 && records[9].flags == 2);
    let mut levels = [0; 3];
    for round in 0..2000_u64 {
        let cut = |salt: u64, length: usize| (mix64(round ^ salt) % (length as u64 + 1)) as usize;
        let (mut s, mut i) = (whole.len(), index.len());
        match round % 4 {
            0 => s = cut(1 << 40, s),
            1 => i = cut(2 << 40, i),
            // At the ends of records, and independently of them.
            2 => (s, i) = (records[cut(3 << 40, 12)].end as usize, 32 * cut(4 << 40, 13)),
            _ => (s, i) = (cut(5 << 40, s), cut(6 << 40, i)),
        }
        fs::write(&stream, &whole[..s]).unwrap();
        fs::write(&sidecar, &index[..i]).unwrap();
        let good = records.iter().take(i / 32).take_while(|r| r.end <= s as u64);
        let good = good.count();
        let (end, count) =
            records[..good].iter().fold((0, 0), |(_, n), r| (r.end, n + r.rows as usize));
        let behind = records[good..i / 32].iter().filter(|r| r.rows > 0).count() as u64;
        let (run, found) = told(&path).unwrap();
        assert!(found == rows[..count], "round {round}: {} rows", found.len());
        let lost =
            Lost { batches: behind + u64::from(i % 32 > 0), bytes: s as u64 - end, cut_us: None };
        assert_eq!(run.lost(), lost, "round {round}");
        let told = records[..i / 32].last().map_or(0, |r| r.end);
        levels[match (s as u64).cmp(&told) {
            Ordering::Less => 0,
            Ordering::Equal => 1,
            Ordering::Greater => 2,
        }] += 1;
    }
    // The sidecar was ahead of the stream, behind it, and level with it.
    assert!(levels.iter().all(|n| *n > 20), "{levels:?}");
}

#[test]
fn two_thousand_flipped_bits_of_live_files_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = small();
    let (ended, torn) = (folder.path().join("ended"), folder.path().join("torn"));
    write(&ended, &scenario, Policy::Live, &[&[0, 1, 2, 3]]);
    let (_, all) = told(&ended).unwrap();
    let rest = died(&torn, &scenario);
    let (mut errors, mut same, mut shorter) = (0, 0, 0);
    for round in 0..2000_u64 {
        let (path, rows) = if round % 2 == 0 { (&ended, &all) } else { (&torn, &rest) };
        let (stream, sidecar) = files(path);
        let records = records(&fs::read(&sidecar).unwrap());
        let target = if round % 8 < 6 { &stream } else { &sidecar };
        let good = fs::read(target).unwrap();
        let bit = mix64(round ^ 99) % (good.len() as u64 * 8);
        let mut bad = good.clone();
        bad[(bit / 8) as usize] ^= 1 << (bit % 8);
        fs::write(target, &bad).unwrap();
        match told(path) {
            Err(error) => {
                assert!(error.contains("batch") && error.contains("byte"), "{error}");
                errors += 1;
            }
            Ok((_, found)) if found == *rows => same += 1,
            Ok((run, found)) => {
                // Only what had not been synced can be taken for a torn end.
                let settled = records.iter().rposition(|r| r.flags & 2 > 0).unwrap();
                let place = match target == &stream {
                    true => records.iter().position(|r| bit / 8 < r.end).unwrap(),
                    false => (bit / 256) as usize,
                };
                assert!(place >= settled && path == &torn, "round {round}: {place}");
                assert!(found == rows[..found.len()] && run.lost().batches > 0);
                shorter += 1;
            }
        }
        fs::write(target, &good).unwrap();
    }
    assert!(errors > 1300 && shorter > 100 && same > 5, "{errors} {shorter} {same}");
}

#[test]
fn damage_before_the_end_is_named_with_batch_and_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    write(&path, &small(), Policy::Live, &[&[0, 1, 2, 3, 4]]);
    let (stream, sidecar) = files(&path);
    let records = records(&fs::read(&sidecar).unwrap());
    let mut bytes = fs::read(&stream).unwrap();
    let begins = records[2].end;
    bytes[begins as usize + 100] ^= 4;
    fs::write(&stream, &bytes).unwrap();
    let error = told(&path).map(|_| ()).unwrap_err();
    assert!(error.contains("000000.arrows"), "{error}");
    assert!(error.contains(&format!("in batch 3 at byte {begins}:")), "{error}");
}

#[cfg(unix)]
#[test]
fn a_failure_stops_the_writer_and_keeps_what_was_good() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = small();
    let path = folder.path().join("run");
    let held = RunFolder::create(&path).unwrap();
    manifest(&scenario, 2).write(&path).unwrap();
    // Something is in the way of the second stream.
    fs::create_dir_all(path.join("log/part-0001/000000.arrows")).unwrap();
    let writer = LogWriter::start(&path, &scenario.header, Policy::Live);
    let mut first = writer.partition(0);
    first.events(0, &events(&scenario, 1, 0));
    first.end();
    let mut second = writer.partition(1);
    second.events(1, &events(&scenario, 1, 1));
    for _ in 0..40 {
        std::thread::sleep(Duration::from_millis(100));
        if writer.has_stopped() {
            break;
        }
    }
    assert!(writer.has_stopped());
    for _ in 0..100 {
        second.events(1, &events(&scenario, 1, 1)); // goes nowhere
    }
    drop((second, held));
    let error = writer.finish().unwrap_err();
    assert!(matches!(error, LogError::Io { .. }));
    assert!(error.to_string().contains("cannot be created"), "{error}");
    fs::remove_dir(path.join("log/part-0001/000000.arrows")).unwrap();
    let (_, rows) = told(&path).unwrap();
    assert_eq!(rows.len(), events(&scenario, 1, 0).len());
}

#[test]
fn any_partitioning_live_or_sealed_folds_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = small();
    let json = |summary| report::json(&summary);
    let expected: Vec<_> = [1, 2]
        .map(|threads| Plan {
            seed: 1,
            replications: NonZeroU32::new(6).unwrap(),
            threads: NonZeroU32::new(threads).unwrap(),
        })
        .map(|plan| {
            let pool = replicate_all(&scenario, plan, &AtomicBool::new(false), |_| {});
            json(pool.summary(1, 0.95, String::new()))
        })
        .into();
    assert_eq!(expected[0], expected[1]);
    let partitionings: [&[&[u32]]; 5] = [
        &[&[0, 1, 2, 3, 4, 5]],
        &[&[0, 1, 2], &[3, 4, 5]],
        &[&[0, 3], &[1, 4], &[2, 5]],
        &[&[0], &[1], &[2], &[3], &[4], &[5]],
        &[&[5], &[4], &[3], &[2, 1, 0]],
    ];
    for (number, parts) in partitionings.iter().enumerate() {
        for policy in [Policy::Sealed, Policy::Live] {
            let path = folder.path().join(format!("{number}-{policy:?}"));
            write(&path, &scenario, policy, parts);
            let run = Run::open(&path).unwrap();
            assert_eq!(run.is_live(), policy == Policy::Live);
            let pool = record::fold(&run, &[0, 1, 2, 3, 4, 5]).unwrap();
            let folded = json(pool.summary(1, 0.95, String::new()));
            assert!(folded == expected[0], "{number} {policy:?}");
        }
    }
}
