//! Files that are awkward to import: each is read, or refused with a clear message.

use crate::common::{convoq_in, stderr};
use std::io::Write as _;

/// A map for all of them.
const MAP: &str = "convoq_map: 1\nname: t\nrows: contacts\nzone: Europe/Bucharest\ncolumns:\n  begin: begin\n  wait: {column: wait, unit: s}\n  end: end\n";

/// A table with these lines below its header.
fn rows(lines: &str) -> Vec<u8> {
    format!("begin,wait,end\n{lines}\n").into_bytes()
}

/// The lines of a sound row.
const SOUND: &str = "2024-03-04 08:00:00,5,2024-03-04 08:01:00";

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

/// What is awkward, its bytes, whether it is read, and what is said.
fn files() -> Vec<(&'static str, Vec<u8>, bool, &'static str)> {
    let wide = |text: &str, mark: &[u8]| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        mark.iter().copied().chain(units).collect()
    };
    let text = String::from_utf8(rows(SOUND)).unwrap();
    let cut = packed(&rows(&[SOUND; 2000].join("\n")));
    vec![
        ("no bytes", vec![], false, "it is empty"),
        ("a line end only", b"\n\n".to_vec(), false, "it is empty"),
        ("header only", b"begin,wait,end\n".to_vec(), false, "no contact is left"),
        ("header without a line end", b"begin,wait,end".to_vec(), false, "no contact is left"),
        ("semicolons", text.replace(',', ";").into_bytes(), true, "semicolon"),
        ("tabs", text.replace(',', "\t").into_bytes(), true, "tab"),
        ("pipes", text.replace(',', "|").into_bytes(), true, "pipe"),
        (
            "CRLF",
            text.replace('\n', "\r\n").into_bytes(),
            true,
            "1 contacts, 0 outside the span, 0 refused",
        ),
        ("CR alone", text.replace('\n', "\r").into_bytes(), true, "1 contacts"),
        ("no last line end", text.trim_end().as_bytes().to_vec(), true, "1 contacts"),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into_bytes(), true, "UTF-8"),
        ("UTF-16 with a mark", wide(&text, &[0xff, 0xfe]), true, "UTF-16LE"),
        ("UTF-16 without one", wide(&text, &[]), true, "UTF-16LE"),
        (
            "Windows-1252",
            [
                text.replace("begin,", "begin,n,").replace(":00,5", ":00,x,5").into_bytes(),
                b"2024-03-04 09:00,caf\xe9,5,2024-03-04 09:01\n".to_vec(),
            ]
            .concat(),
            true,
            "windows-1252",
        ),
        ("gzip", packed(text.as_bytes()), true, "gzip of text"),
        ("gzip that is cut", cut[..cut.len() / 2].to_vec(), false, "cannot be read"),
        ("gzip of nothing", packed(b""), false, "it is empty"),
        ("gzip within gzip", packed(&packed(text.as_bytes())), false, "no text"),
        (
            "a ZIP that is no workbook",
            b"PK\x03\x04aaaaaaaaaaaaaaaaaaaa".to_vec(),
            false,
            "it is a ZIP file",
        ),
        (
            "an old workbook",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
            false,
            "save it as .xlsx or .csv",
        ),
        ("a PDF", b"%PDF-1.7 aaaa".to_vec(), false, "it is a PDF"),
        ("a page of a login", b"<!DOCTYPE html><html>log in</html>".to_vec(), false, "not a table"),
        ("binary", (0..=255).cycle().take(5000).map(|n: u16| n as u8).collect(), false, "no text"),
        ("a million columns", [&b"a,"[..]].concat().repeat(1_000_000), false, "1000001 columns"),
        ("another header", b"a,b,c\n1,2,3\n".to_vec(), false, "the table has no column `begin`"),
        (
            "a header that is nearly right",
            text.replace("begin", "beginn").into_bytes(),
            false,
            "a similar column exists: `beginn`",
        ),
        (
            "a header in other case",
            text.replace("begin", " BEGIN ").into_bytes(),
            true,
            "1 contacts",
        ),
        (
            "a row that is too short",
            rows(&format!("{SOUND}\n2024-03-04 09:00:00")),
            true,
            "1 contacts, 0 outside the span, 1 refused",
        ),
        ("a row that is too long", rows(&format!("{SOUND},x,y,z")), true, "1 contacts"),
        ("an open quote", rows(&format!("{SOUND}\n\"2024-03-04")), true, "1 refused"),
        (
            "a cell with line ends",
            rows(&format!("\"2024-03-04 08:00:00\",\"\n5\n\",2024-03-04 08:01:00\n{SOUND}")),
            true,
            "2 contacts",
        ),
        (
            "mixed dates",
            rows("29/02/2024 08:00,5,29/02/2024 08:01\n02/29/2024 08:00,5,02/29/2024 08:01"),
            false,
            "in several ways",
        ),
        (
            "dates that leave it open",
            rows("03/04/2024 08:00,5,03/04/2024 08:01"),
            false,
            "no cell decides",
        ),
        (
            "dates that do not exist",
            rows(&format!("{SOUND}\n2024-02-30 08:00,5,2024-02-30 08:01")),
            false,
            "has no moments: `2024-02-30 08:00`",
        ),
        (
            "an hour that does not exist",
            rows(&format!("{SOUND}\n2024-03-31 03:30:00,5,2024-03-31 04:30:00")),
            true,
            "it does not exist",
        ),
        (
            "an hour that comes twice",
            rows("2024-10-27 03:30:00,5,2024-10-27 04:30:00"),
            true,
            "1 moments in an hour that came twice",
        ),
        (
            "a negative wait",
            rows(&format!("{SOUND}\n2024-03-04 09:00:00,-5,2024-03-04 09:01:00")),
            true,
            "it is negative",
        ),
        (
            "an end before its beginning",
            rows(&format!("{SOUND}\n2024-03-04 09:00:00,5,2024-03-04 08:01:00")),
            true,
            "it is over before it began",
        ),
        (
            "a wait that is no number",
            rows(&format!("{SOUND}\n2024-03-04 09:00:00,soon,2024-03-04 09:01:00")),
            true,
            "it is no length of time",
        ),
        (
            "a wait beyond belief",
            rows(&format!("{SOUND}\n2024-03-04 09:00:00,1e300,2024-03-04 09:01:00")),
            true,
            "longer than a century",
        ),
        (
            "decimal commas",
            rows("2024-03-04 08:00:00,\"5,5\",2024-03-04 08:01:00"),
            true,
            "decimals stand after a comma",
        ),
        (
            "a comma that leaves it open",
            rows("2024-03-04 08:00:00,\"1,234\",2024-03-04 09:01:00"),
            false,
            "is 1.234 or 1234",
        ),
        ("formulas", rows(&format!("{SOUND}\n=1+1,5,=A1")), false, "has no moments: `=1+1`"),
        (
            "what a terminal would obey",
            rows(&format!("{}\n\u{1b}[2Jx,5,y", [SOUND; 30].join("\n"))),
            true,
            "1 refused",
        ),
        (
            "a century between rows",
            rows(&format!("{SOUND}\n1924-03-04 08:00:00,5,1924-03-04 08:01:00")),
            false,
            "a run has at most 3,660",
        ),
    ]
}

#[test]
fn awkward_files_are_read_or_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("map.yaml"), MAP).unwrap();
    let files = files();
    assert!(files.len() >= 40);
    let mut wrong = Vec::new();
    for (number, (what, bytes, is_read, said)) in files.iter().enumerate() {
        let (name, run) = (format!("{number}.csv"), format!("run-{number}"));
        std::fs::write(folder.path().join(&name), bytes).unwrap();
        let done = convoq_in(folder.path(), &["import", &name, "--map", "map.yaml", "--out", &run]);
        let text = stderr(&done);
        let code = if *is_read { 0 } else { 2 };
        let made = folder.path().join(&run).exists();
        if done.status.code() != Some(code) || !text.contains(said) || made != *is_read {
            wrong.push(format!("{what}: {:?}, {said}: {text}", done.status.code()));
        }
        if text.contains('\u{1b}') {
            wrong.push(format!("{what}: raw on the terminal"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
}

#[test]
fn every_problem_of_a_map_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), rows(SOUND)).unwrap();
    let map = "convoq_map: 1\nrows: contact\nzone: Europe/Bukarest\ncolumns:\n  begin: {column: begin, layot: ymd}\n  wait: {column: wait, unit: parsec}\n  outcome: {column: end, values: {x: gone}}\n";
    std::fs::write(folder.path().join("map.yaml"), map).unwrap();
    let done = convoq_in(folder.path(), &["import", "a.csv", "--map", "map.yaml", "--out", "run"]);
    let text = stderr(&done);
    assert_eq!(done.status.code(), Some(2));
    for told in [
        "map.yaml:2:7",
        "a similar word exists: `contacts`",
        "map.yaml:5:26",
        "a similar field exists: `layout`",
        "map.yaml:6:30",
        "unknown word `parsec`",
        "map.yaml:7:38",
        "unknown word `gone`",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!folder.path().join("run").exists());
}

#[test]
fn a_probe_says_what_it_sees_and_begins_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "call,Started,Ended,Wait,Result\n1,29/02/2024 08:00,29/02/2024 08:10,60,ANS\n2,01/03/2024 08:00,01/03/2024 07:50,120,ABN\n2,01/03/2024 08:00,01/03/2024 07:50,120,ABN\n3,09/03/2024 08:00,09/03/2024 08:20,180,ANS\n";
    std::fs::write(folder.path().join("calls.csv"), lines).unwrap();
    let done = convoq_in(folder.path(), &["import", "probe", "calls.csv", "--out", "map.yaml"]);
    let text = String::from_utf8(done.stdout.clone()).unwrap();
    assert!(done.status.success(), "{}", stderr(&done));
    for told in [
        "text, comma, UTF-8",
        "no shipped map has its columns",
        "moments, dmy: 4 of 4 cells can be read so, as `29/02/2024 08:00` can only be",
        "words: ABN (2), ANS (2)",
        "4 rows; 1 word for word as the one before",
        "2024-02-29 to 2024-03-09, 10 days, 7 without a row",
        "gaps: 2024-03-02 to 2024-03-08",
        "100.0 % in the order of time, 25.0 % on Saturday or Sunday",
        "2 end before they begin",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let map = std::fs::read_to_string(folder.path().join("map.yaml")).unwrap();
    assert!(map.contains("begin: \"Started\"") && map.contains("unit: s"), "{map}");
    let args = ["import", "calls.csv", "--map", "map.yaml", "--zone", "UTC", "--out", "run"];
    let done = convoq_in(folder.path(), &args);
    assert!(done.status.success(), "{}\n{map}", stderr(&done));
    assert!(stderr(&done).contains("4 rows read, 2 contacts"), "{}", stderr(&done));
}
