//! The summary and the grid as a spreadsheet.
//!
//! Dates and times are dates and times, shares are percentages, and whatever a scenario names
//! is text: nothing is a formula. The file has no time of its own, so the same run gives the
//! same bytes.

use super::format;
use crate::domain::{Dimension, Grain};
use crate::experiment::{Grid, GridColumn, GridRow, Summary};
use crate::metric::{Definition, Stat};
use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, DocProperties, ExcelDateTime, Format,
    FormatBorder, Workbook, Worksheet, XlsxError,
};

/// Behind what is missed, and its letters: 4.5:1 and more.
const BAD: (Color, Color) = (Color::RGB(0xFFC7CE), Color::RGB(0x9C0006));
/// Behind what holds, and its letters.
const GOOD: (Color, Color) = (Color::RGB(0xC6EFCE), Color::RGB(0x005000));
/// Behind the heads of columns.
const HEAD: Color = Color::RGB(0xE7ECF1);
/// Columns of the grid's sheet.
const SERVICE: [GridColumn; 8] = [
    GridColumn::Offered,
    GridColumn::Answered,
    GridColumn::Abandoned,
    GridColumn::AbandonmentRate,
    GridColumn::ServiceLevel,
    GridColumn::TargetHeld,
    GridColumn::Asa,
    GridColumn::Waiting,
];
/// Columns of the sheet of staffing.
const STAFFING: [GridColumn; 5] = [
    GridColumn::Required,
    GridColumn::Scheduled,
    GridColumn::OnQueue,
    GridColumn::Net,
    GridColumn::Occupancy,
];

/// What a workbook is made of.
pub(crate) struct Sources<'s> {
    /// The summary.
    pub(crate) summary: &'s Summary,
    /// The grids by interval and by day.
    pub(crate) grids: &'s [Grid],
    /// The scenario as it is written.
    pub(crate) scenario: &'s str,
    /// What was changed of it: variant and `--set`.
    pub(crate) changes: &'s [String],
}

/// The bytes of the workbook: sheets `summary`, `grid`, `days`, `targets`, `staffing`,
/// `assumptions`.
///
/// # Errors
/// Where a sheet cannot hold what it is to hold, as more than a million rows.
pub(crate) fn xlsx(of: &Sources<'_>) -> Result<Vec<u8>, String> {
    workbook(of).map_err(|error| error.to_string())
}

fn workbook(of: &Sources<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let start = &of.summary.about.start_date;
    let made =
        ExcelDateTime::parse_from_str(start).or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
    let title = format!("convoq: {}", of.summary.scenario.name);
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    metrics(&mut Sheet::new(&mut book, "summary")?, of.summary)?;
    for grid in of.grids {
        let name = if grid.by == Grain::Interval { "grid" } else { "days" };
        let rows: Vec<&GridRow> = grid.rows.iter().filter(|r| r.queue.is_some()).collect();
        let columns = match grid.by {
            Grain::Interval => SERVICE.to_vec(),
            Grain::Day | Grain::Week => [&SERVICE[..7], &STAFFING[..]].concat(),
        };
        cells(&mut Sheet::new(&mut book, name)?, grid, &rows, &columns)?;
    }
    targets(&mut Sheet::new(&mut book, "targets")?, of.summary)?;
    if let Some(grid) = of.grids.iter().find(|grid| grid.by == Grain::Interval) {
        let rows: Vec<&GridRow> = grid.rows.iter().filter(|r| r.start.contains(' ')).collect();
        cells(&mut Sheet::new(&mut book, "staffing")?, grid, &rows, &STAFFING)?;
    }
    assumptions(&mut Sheet::new(&mut book, "assumptions")?, of)?;
    book.save_to_buffer()
}

/// A value for a cell.
enum Value<'v> {
    Text(&'v str),
    Number(Option<f64>, &'static str),
    /// `2026-03-02`, or text where it is none.
    Date(&'v str),
    /// `08:00`.
    Time(&'v str),
}

/// A sheet that is written from top to bottom.
struct Sheet<'b> {
    sheet: &'b mut Worksheet,
    row: u32,
}

impl<'b> Sheet<'b> {
    fn new(book: &'b mut Workbook, name: &str) -> Result<Self, XlsxError> {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?.set_landscape();
        Ok(Self { sheet, row: 0 })
    }

    /// The heads of the columns, which stay in sight.
    fn heads(&mut self, heads: &[&str], frozen: u16) -> Result<(), XlsxError> {
        let format = Format::new()
            .set_bold()
            .set_background_color(HEAD)
            .set_border_bottom(FormatBorder::Thin);
        for (column, head) in (0..).zip(heads) {
            self.sheet.write_string_with_format(self.row, column, *head, &format)?;
            let width = head.chars().count().clamp(9, 24) as f64 + 1.0;
            self.sheet.set_column_width(column, width)?;
        }
        self.row += 1;
        self.sheet.set_freeze_panes(self.row, frozen)?;
        Ok(())
    }

    fn put(&mut self, values: &[Value<'_>]) -> Result<(), XlsxError> {
        for (column, value) in (0..).zip(values) {
            let (sheet, row) = (&mut *self.sheet, self.row);
            match value {
                Value::Text("") => {}
                Value::Text(text) => drop(sheet.write_string(row, column, *text)?),
                Value::Number(number, code) => {
                    if let Some(number) = number.filter(|v| v.is_finite()) {
                        let format = Format::new().set_num_format(*code);
                        sheet.write_number_with_format(row, column, number, &format)?;
                    }
                }
                Value::Date(text) => match ExcelDateTime::parse_from_str(text) {
                    Ok(date) if text.len() == 10 => {
                        let format = Format::new().set_num_format("yyyy-mm-dd");
                        sheet.write_datetime_with_format(row, column, date, &format)?;
                    }
                    _ => drop(sheet.write_string(row, column, *text)?),
                },
                Value::Time(text) => {
                    if let Some(time) = clock(text) {
                        let format = Format::new().set_num_format("hh:mm");
                        sheet.write_datetime_with_format(row, column, time, &format)?;
                    }
                }
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Colours what of a column is below a value, or not, in rows from `first` on.
    fn judge(
        &mut self,
        column: u16,
        (first, last): (u32, u32),
        rule: ConditionalFormatCellRule<f64>,
        (back, ink): (Color, Color),
    ) -> Result<(), XlsxError> {
        let look = Format::new().set_background_color(back).set_font_color(ink);
        let rule = ConditionalFormatCell::new().set_rule(rule).set_format(look);
        self.sheet.add_conditional_format(first, column, last, column, &rule)?;
        Ok(())
    }
}

fn clock(text: &str) -> Option<ExcelDateTime> {
    let (hour, minute) = text.split_once(':')?;
    ExcelDateTime::from_hms(hour.parse().ok()?, minute.parse().ok()?, 0).ok()
}

/// Every number of the summary.
fn metrics(sheet: &mut Sheet<'_>, summary: &Summary) -> Result<(), XlsxError> {
    let dimensions = Dimension::ALL.map(Dimension::name);
    let before = ["metric", "definition", "threshold_s"];
    let after =
        ["stat", "value", "ci_low", "ci_high", "se", "unit", "numerator", "denominator", "note"];
    sheet.heads(&[&before[..], &dimensions, &after].concat(), 1)?;
    for row in &summary.metrics {
        let which = &row.which;
        let code = if row.unit == "ratio" { "0.0%" } else { "#,##0.00" };
        let end = |place: usize| row.ci.map(|ci| ci[place]);
        let mut values = vec![
            Value::Text(which.metric.name()),
            Value::Text(which.definition.map_or("", Definition::name)),
            Value::Number(which.threshold_s, "0.###"),
        ];
        values.extend(Dimension::ALL.map(|by| Value::Text(which.of_one(by).unwrap_or(""))));
        values.extend([
            Value::Text(which.stat.map_or("", Stat::name)),
            Value::Number(Some(row.value), code),
            Value::Number(end(0), code),
            Value::Number(end(1), code),
            Value::Number(row.se, "0.0000"),
            Value::Text(row.unit),
            Value::Number(row.numerator, "#,##0.###"),
            Value::Number(row.denominator, "#,##0.###"),
            Value::Text(row.note.unwrap_or("")),
        ]);
        sheet.put(&values)?;
    }
    let last = (sheet.row.max(2) - 1, (before.len() + dimensions.len() + after.len() - 1) as u16);
    sheet.sheet.autofilter(0, 0, last.0, last.1)?;
    Ok(())
}

/// Columns before the numbers of a grid.
const PLACE: [&str; 6] = ["date", "time", "queue", "team", "threshold_s", "target"];

/// Rows of a grid, each number with the ends of its interval.
fn cells(
    sheet: &mut Sheet<'_>,
    grid: &Grid,
    rows: &[&GridRow],
    columns: &[GridColumn],
) -> Result<(), XlsxError> {
    let heads = columns.iter().flat_map(|c| heads_of(*c));
    let heads: Vec<String> = PLACE.map(str::to_owned).into_iter().chain(heads).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    sheet.heads(&heads, 3)?;
    let mut blocks: Vec<(&GridRow, u32, u32)> = Vec::new();
    for row in rows {
        let same = |block: &&mut (&GridRow, u32, u32)| {
            block.0.queue == row.queue && block.0.team == row.team
        };
        match blocks.last_mut().filter(same) {
            Some(block) => block.2 = sheet.row,
            None => blocks.push((row, sheet.row, sheet.row)),
        }
        let (date, time) = row.start.split_once(' ').unwrap_or((&row.start, ""));
        let mut values = vec![
            Value::Date(date),
            Value::Time(time),
            Value::Text(row.queue.as_deref().unwrap_or("")),
            Value::Text(row.team.as_deref().unwrap_or("")),
            Value::Number(row.threshold_s, "0.###"),
            Value::Number(row.target, "0.0%"),
        ];
        for column in columns {
            let figure = row.figure(*column);
            let code = if column.unit(grid.by) == "ratio" { "0.0%" } else { "#,##0.0" };
            values.push(Value::Number(figure.value, code));
            if is_measured(*column) {
                values.extend([0, 1].map(|end| Value::Number(figure.ci.map(|ci| ci[end]), code)));
            }
        }
        sheet.put(&values)?;
    }
    for (row, first, last) in blocks {
        let mut place = PLACE.len() as u16;
        for column in columns {
            let range = (first, last);
            match (column, row.target) {
                (GridColumn::ServiceLevel, Some(target)) => {
                    sheet.judge(
                        place,
                        range,
                        ConditionalFormatCellRule::Between(0.0, target - 1e-9),
                        BAD,
                    )?;
                    sheet.judge(
                        place,
                        range,
                        ConditionalFormatCellRule::GreaterThanOrEqualTo(target),
                        GOOD,
                    )?;
                }
                (GridColumn::Net, _) => {
                    sheet.judge(place, range, ConditionalFormatCellRule::LessThan(-0.05), BAD)?;
                }
                _ => {}
            }
            place += heads_of(*column).len() as u16;
        }
    }
    let last = (sheet.row.max(2) - 1, (heads.len() - 1) as u16);
    sheet.sheet.autofilter(0, 0, last.0, last.1)?;
    Ok(())
}

/// Whether replications measure it, so that it has an interval.
fn is_measured(column: GridColumn) -> bool {
    !matches!(column, GridColumn::Required | GridColumn::Scheduled)
}

fn heads_of(column: GridColumn) -> Vec<String> {
    let name = column.name();
    let ends: &[&str] = if is_measured(column) { &["", "_low", "_high"] } else { &[""] };
    ends.iter().map(|end| format!("{name}{end}")).collect()
}

fn targets(sheet: &mut Sheet<'_>, summary: &Summary) -> Result<(), XlsxError> {
    let heads = ["target", "verdict", "value", "ci_low", "ci_high", "unit", "worst", "value there"];
    sheet.heads(&heads, 1)?;
    sheet.sheet.set_column_width(0, 48)?;
    for target in &summary.targets {
        let code = if target.unit == "ratio" { "0.0%" } else { "#,##0.00" };
        let worst = target.worst.as_ref();
        sheet.put(&[
            Value::Text(&target.target),
            Value::Text(format::verdict(target.verdict).1),
            Value::Number(target.value, code),
            Value::Number(target.ci.map(|ci| ci[0]), code),
            Value::Number(target.ci.map(|ci| ci[1]), code),
            Value::Text(target.unit),
            Value::Text(worst.map_or("", |(at, _)| at)),
            Value::Number(worst.map(|(_, value)| *value), code),
        ])?;
    }
    Ok(())
}

/// How it was made, what the columns mean, and the scenario as it is written.
fn assumptions(sheet: &mut Sheet<'_>, of: &Sources<'_>) -> Result<(), XlsxError> {
    let summary = of.summary;
    sheet.heads(&["what", "value"], 0)?;
    sheet.sheet.set_column_width(0, 22)?.set_column_width(1, 100)?;
    let about = &summary.about;
    for (what, value) in [
        ("scenario", summary.scenario.name.as_str()),
        ("sha256", &summary.scenario.sha256),
        ("time zone", &about.zone),
        ("currency", &about.currency),
        ("convoq", summary.version),
        ("reproduce", &about.reproduce),
    ] {
        sheet.put(&[Value::Text(what), Value::Text(value)])?;
    }
    sheet.put(&[Value::Text("start"), Value::Date(&about.start_date)])?;
    for (what, value) in [
        ("days", about.days as f64),
        ("seed", summary.seed as f64),
        ("replications", f64::from(summary.replications)),
        ("confidence", summary.confidence),
    ] {
        sheet.put(&[Value::Text(what), Value::Number(Some(value), "0.##")])?;
    }
    for warning in &summary.warnings {
        sheet.put(&[Value::Text("warning"), Value::Text(&warning.to_string())])?;
    }
    for change in of.changes {
        sheet.put(&[Value::Text("change"), Value::Text(change)])?;
    }
    for (column, about) in GridColumn::ALL.iter().zip(GridColumn::ABOUT) {
        sheet.put(&[Value::Text(column.name()), Value::Text(about.trim())])?;
    }
    for line in of.scenario.lines() {
        let line: String = line.chars().take(MOST_CHARACTERS).collect();
        sheet.put(&[Value::Text("scenario file"), Value::Text(&line)])?;
    }
    Ok(())
}

/// Characters that a cell of a spreadsheet holds.
const MOST_CHARACTERS: usize = 32_767;
