//! The spreadsheet, read again by another program's library.

use crate::common::{convoq_in, stderr};
use calamine::{Data, DataType as _, Range, Reader as _, Xlsx, open_workbook};
use convoq::experiment::GridColumn;
use std::path::Path;

/// Writes the workbook of a small run: the scenario's name would be a formula.
fn workbook(folder: &Path, name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string("scenarios/quickstart.yaml").unwrap();
    let text = text.replacen("name: quickstart", "name: '=HYPERLINK(\"http://x\",\"y\")'", 1);
    std::fs::write(folder.join("q.yaml"), text).unwrap();
    let args = ["simulate", "q.yaml", "-n", "3", "-q", "--xlsx", name, "--out", name_of(name)];
    let done = convoq_in(folder, &args);
    assert!(matches!(done.status.code(), Some(0 | 99)), "{}", stderr(&done));
    std::fs::read(folder.join(name)).unwrap()
}

fn name_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn place(sheet: &Range<Data>, head: &str) -> usize {
    let heads = sheet.rows().next().expect("has heads");
    let found = heads.iter().position(|cell| cell.get_string() == Some(head));
    found.unwrap_or_else(|| panic!("no column {head}"))
}

#[test]
fn a_workbook_has_real_numbers_dates_and_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = workbook(folder.path(), "a.xlsx");
    assert!(bytes == workbook(folder.path(), "b.xlsx"), "the same run gives other bytes");
    let mut book: Xlsx<_> = open_workbook(folder.path().join("a.xlsx")).unwrap();
    let names = ["summary", "grid", "days", "targets", "staffing", "assumptions"];
    assert_eq!(book.sheet_names(), names);
    for name in names {
        assert!(book.worksheet_formula(name).unwrap().is_empty(), "{name} has a formula");
        assert!(book.worksheet_range(name).unwrap().height() > 1, "{name} is empty");
    }
    let assumptions = book.worksheet_range("assumptions").unwrap();
    let has = |what: &str, value: &str| {
        assumptions
            .rows()
            .any(|row| row[0].get_string() == Some(what) && row[1].get_string() == Some(value))
    };
    assert!(has("scenario", "=HYPERLINK(\"http://x\",\"y\")"));
    assert!(has("scenario file", "convoq: 1"));

    // What the sheet says is what the JSON of the same run says.
    let json =
        convoq_in(folder.path(), &["report", "a", "-q", "--by", "interval", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let rows = json["rows"].as_array().unwrap();
    let rows: Vec<_> = rows.iter().filter(|row| row["queue"].is_string()).collect();
    let grid = book.worksheet_range("grid").unwrap();
    assert_eq!(grid.height(), rows.len() + 1);
    let [date, time, level] = ["date", "time", "service_level"].map(|head| place(&grid, head));
    let mut compared = 0;
    for (cells, row) in grid.rows().skip(1).zip(&rows) {
        let start = row["start"].as_str().unwrap();
        // 2026-03-02 is day 46083 of a spreadsheet.
        let serial = cells[date].get_datetime().expect("is a date").as_f64();
        assert_eq!(serial, 46083.0, "{start}");
        let clock = cells[time].get_datetime().expect("is a time").as_f64() * 24.0;
        let wanted: f64 =
            start[11..13].parse::<f64>().unwrap() + start[14..16].parse::<f64>().unwrap() / 60.0;
        assert!((clock - wanted).abs() < 1e-6, "{start}: {clock}");
        if let Some(wanted) = row["service_level"]["value"].as_f64() {
            let found = cells[level].get_float().expect("is a number");
            assert!((found - wanted).abs() < 1e-12, "{start}");
            compared += 1;
        }
    }
    assert!(compared >= 24, "{compared}");
    for column in [GridColumn::Required, GridColumn::Net] {
        place(&book.worksheet_range("staffing").unwrap(), column.name());
    }
    let targets = book.worksheet_range("targets").unwrap();
    assert_eq!(targets.height(), 4);
}

#[test]
fn report_writes_the_same_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = workbook(folder.path(), "a.xlsx");
    let args = ["report", "a", "-q", "--xlsx", "again.xlsx"];
    let done = convoq_in(folder.path(), &args);
    assert!(matches!(done.status.code(), Some(0 | 99)), "{}", stderr(&done));
    assert!(bytes == std::fs::read(folder.path().join("again.xlsx")).unwrap());
    let lost = convoq_in(folder.path(), &["report", "a", "--xlsx", "nowhere/x.xlsx"]);
    assert_eq!(lost.status.code(), Some(2));
    assert!(stderr(&lost).contains("its folder does not exist"), "{}", stderr(&lost));
}
