//! A difference of two systems: what it is called, and what its cells say.

use super::format::{self, plain};
use super::grid::{Right, csv_number, which_columns, which_fields};
use crate::domain::Dimension;
use crate::experiment::Difference;
use crate::metric::{Definition, Stat};

/// Columns of numbers beside a label: without and with the change.
pub(super) const NUMBERS: Right<'_> = Right::These(&[1, 2]);

/// Columns of [`fields`], as CSV.
pub(super) fn columns() -> String {
    which_columns().join(",") + ",unit,unchanged,changed,difference,ci_low,ci_high"
}

/// What a CSV line says of it.
pub(super) fn fields(d: &Difference) -> Vec<String> {
    let mut fields = which_fields(&d.which);
    fields.push(d.unit.to_owned());
    let ends = [0, 1].map(|end| d.ci.map(|c| c[end]));
    fields.extend([d.unchanged, d.changed, d.difference].into_iter().chain(ends).map(csv_number));
    fields
}

/// Which number it is, in the fewest words: who dealt with it and where, then with whom.
pub(super) fn label(d: &Difference) -> String {
    let which = &d.which;
    let first = [Dimension::Party, Dimension::Queue, Dimension::Team];
    let then = Dimension::ALL.into_iter().filter(|by| !first.contains(by));
    let names = first.into_iter().chain(then).filter_map(|by| which.of_one(by)).map(plain);
    let within = which.threshold_s.map(|s| format!("within {}", format::value(s, "s")));
    let parts = [Some(which.metric.name()), which.definition.map(Definition::name)];
    let parts = parts.into_iter().flatten().map(str::to_owned).chain(names);
    let stat = which.stat.filter(|s| *s != Stat::Mean).map(|s| s.name().to_owned());
    parts.chain(stat).chain(within).collect::<Vec<_>>().join(" ")
}

/// A value, or that there is none.
pub(super) fn cell(value: Option<f64>, unit: &str) -> String {
    value.map_or("-".to_owned(), |v| format::value(v, unit))
}

/// A difference with its sign.
pub(super) fn signed(value: f64, unit: &str) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", format::value(value, unit))
}

/// The same with its interval, where there is one.
pub(super) fn change(d: &Difference) -> String {
    let Some(value) = d.difference else {
        return "-".to_owned();
    };
    let interval = d.ci.map(|ci| format!(" {}", format::interval(ci, d.unit)));
    signed(value, d.unit) + &interval.unwrap_or_default()
}
