//! Every row of a summary as CSV (RFC 4180, with bare newlines).

use super::grid::{csv_line, csv_number as number, which_columns, which_fields};
use crate::experiment::{MetricRow, Summary};

/// Names of the columns after those that say which number it is: the other fields of a
/// row, with intervals taken apart.
const COLUMNS: [&str; 12] = [
    "value",
    "ci_low",
    "ci_high",
    "se",
    "spread_p05",
    "spread_p50",
    "spread_p95",
    "unit",
    "numerator",
    "denominator",
    "note",
    "scenario",
];

fn columns() -> Vec<&'static str> {
    [which_columns(), COLUMNS.to_vec()].concat()
}

/// Prints one line for each metric row, after a line of column names.
///
/// The scenario's name closes each line, so that files of several runs can be
/// put together. Empty means "all together" in a dimension and "unknown" in a number.
#[must_use]
pub fn csv(summary: &Summary) -> String {
    let mut out = columns().join(",") + "\n";
    for row in &summary.metrics {
        out += &csv_line(fields(row, &summary.scenario.name));
    }
    out
}

fn fields(row: &MetricRow, scenario: &str) -> Vec<String> {
    let name = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let ci = |end: usize| number(row.ci.map(|ci| ci[end]));
    let spread = |point: usize| number(row.spread.map(|points| points[point]));
    let mut fields = which_fields(&row.which);
    fields.extend([
        number(Some(row.value)),
        ci(0),
        ci(1),
        number(row.se),
        spread(0),
        spread(1),
        spread(2),
        name(Some(row.unit)),
        number(row.numerator),
        number(row.denominator),
        name(row.note),
        name(Some(scenario)),
    ]);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_reader_gets_every_row_back() {
        let mut summary = sample::summary();
        let awkward = "a, \"b\"\nc";
        summary.metrics[0].which.queue = Some(awkward.to_owned());
        summary.metrics[1].value = f64::NAN;
        let text = csv(&summary);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let heads = reader.headers().expect("has a head").clone();
        assert_eq!(heads.iter().collect::<Vec<_>>(), columns());
        let rows: Vec<_> = reader.records().map(|r| r.expect("is a row")).collect();
        assert_eq!(rows.len(), summary.metrics.len());
        assert_eq!(&rows[0][3], awkward);
        assert_eq!(&rows[1][10], "");
        let level = rows.iter().find(|r| &r[0] == "service_level");
        let level = level.expect("has a service level");
        assert_eq!((&level[1], &level[2]), ("SL3", "60"));
        assert_eq!((&level[10], &level[11], &level[12]), ("0.741", "0.73", "0.752"));
    }
}
