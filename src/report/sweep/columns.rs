//! Tidy tables of a sweep: a row for each point, replication and metric, and the
//! effects.

use crate::experiment::{Effect, Setting, Study, Sweep};
use crate::report::Swept as _;
use crate::report::grid::csv_field;
use serde_json::{Map, Value, json};

/// Name and version of the JSON of a sweep.
const SCHEMA: &str = "convoq.sweep/1";

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub cells: Cells,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Numbers; NaN where there is none.
    Real(Vec<f64>),
    /// Words; `None` where there is none.
    Text(Vec<Option<String>>),
}

fn column(name: &str, cells: Cells) -> Column {
    Column { name: name.to_owned(), cells }
}

/// The rows of a sweep.
pub(super) fn sweep_rows(sweep: &Sweep) -> Vec<Column> {
    let mut rows = Vec::new();
    for (place, point) in sweep.points.iter().enumerate() {
        for replication in 0..sweep.replications as usize {
            for (metric, all) in point.measures.iter().enumerate() {
                if let Some(measure) = all.get(replication) {
                    rows.push((place, replication, metric, *measure));
                }
            }
        }
    }
    let number = |place: usize| sweep.points.get(place).map_or(0, |p| p.number as i64);
    let mut columns =
        vec![column("point", Cells::Whole(rows.iter().map(|r| number(r.0)).collect()))];
    for (factor, about) in sweep.factors.iter().enumerate() {
        let each = || rows.iter().filter_map(|r| sweep.points.get(r.0)?.settings.get(factor));
        columns.push(column(&about.name, settings(each)));
    }
    let metric = |m: usize| sweep.metrics.get(m);
    let value = |num: f64, den: f64| if den == 0.0 { f64::NAN } else { num / den };
    columns.extend([
        column("replication", Cells::Whole(rows.iter().map(|r| r.1 as i64).collect())),
        column(
            "metric",
            Cells::Text(rows.iter().map(|r| metric(r.2).map(|m| m.text.clone())).collect()),
        ),
        column(
            "unit",
            Cells::Text(rows.iter().map(|r| metric(r.2).map(|m| m.unit.to_owned())).collect()),
        ),
        column("numerator", Cells::Real(rows.iter().map(|r| r.3.num).collect())),
        column("denominator", Cells::Real(rows.iter().map(|r| r.3.den).collect())),
        column("value", Cells::Real(rows.iter().map(|r| value(r.3.num, r.3.den)).collect())),
    ]);
    columns
}

/// Numbers where all settings are numbers; else words.
fn settings<'s, I: Iterator<Item = &'s Setting>>(each: impl Fn() -> I) -> Cells {
    if each().all(|s| s.number.is_some()) {
        return Cells::Real(each().map(|s| s.number.unwrap_or(f64::NAN)).collect());
    }
    Cells::Text(each().map(|s| Some(s.text.clone())).collect())
}

/// The effects of a sweep.
pub(super) fn sweep_effects(sweep: &Sweep) -> Vec<Column> {
    let effects = sweep.effects();
    let text =
        |cell: &dyn Fn(&Effect) -> Option<String>| Cells::Text(effects.iter().map(cell).collect());
    let real = |cell: &dyn Fn(&Effect) -> f64| Cells::Real(effects.iter().map(cell).collect());
    let factor = |number: usize| sweep.factors.get(number);
    let end = |e: &Effect, end: usize| e.estimate.ci.map_or(f64::NAN, |ci| ci[end]);
    vec![
        column("metric", text(&|e| sweep.metrics.get(e.metric).map(|m| m.text.clone()))),
        column("effect", text(&|e| Some(e.kind.to_owned()))),
        column("factor", text(&|e| factor(e.factor).map(|f| f.name.clone()))),
        column("other", text(&|e| e.other.and_then(factor).map(|f| f.name.clone()))),
        column("level", text(&|e| factor(e.factor)?.levels.get(e.level?).map(|l| l.text.clone()))),
        column("value", real(&|e| e.estimate.value)),
        column("ci_low", real(&|e| end(e, 0))),
        column("ci_high", real(&|e| end(e, 1))),
        column("exact", real(&|e| e.exact)),
        column("note", text(&|e| e.note.map(str::to_owned))),
    ]
}

/// Tables of all calibrations one under the other, with a column of their names.
pub(super) fn stacked(study: &Study, table: impl Fn(&Sweep) -> Vec<Column>) -> Vec<Column> {
    let mut all: Vec<Column> = Vec::new();
    for calibration in &study.calibrations {
        let columns = table(&calibration.sweep);
        let name = vec![Some(calibration.name.clone()); length(&columns)];
        let names = column("calibration", Cells::Text(name));
        let columns = std::iter::once(names).chain(columns);
        if all.is_empty() {
            all = columns.collect();
            continue;
        }
        for (above, below) in all.iter_mut().zip(columns) {
            match (&mut above.cells, below.cells) {
                (Cells::Whole(a), Cells::Whole(b)) => a.extend(b),
                (Cells::Real(a), Cells::Real(b)) => a.extend(b),
                (Cells::Text(a), Cells::Text(b)) => a.extend(b),
                // One table makes all of them, from factors that have the same values.
                _ => {}
            }
        }
    }
    all
}

/// The identified set of every factor and metric.
fn identified(study: &Study) -> Vec<Value> {
    let Some(sweep) = study.first() else {
        return Vec::new();
    };
    let name = |number: &usize| study.calibrations.get(*number).map(|c| c.name.as_str());
    let of = |(metric, about): (usize, &crate::experiment::Metric)| {
        let set = |set: crate::experiment::IdentifiedSet| {
            let under: Vec<_> = set.largest_under.iter().filter_map(name).collect();
            json!({
                "metric": about.text,
                "factor": sweep.factors.get(set.factor).map(|f| f.name.as_str()),
                "least": set.least,
                "greatest": set.greatest,
                "ci_low": set.ci.map(|ci| ci[0]),
                "ci_high": set.ci.map(|ci| ci[1]),
                "largest_under": under,
            })
        };
        study.identified(metric).into_iter().map(set).collect::<Vec<_>>()
    };
    sweep.metrics.iter().enumerate().flat_map(of).collect()
}

/// A study under several calibrations.
pub(super) fn study_json(study: &Study) -> String {
    let calibrations = study.calibrations.iter();
    let calibrations =
        calibrations.map(|c| json!({ "name": c.name, "about": c.about, "sha256": c.sweep.sha256 }));
    let calibrations: Vec<Value> = calibrations.collect();
    let mut whole = study.first().map_or(Value::Null, object);
    if let Some(map) = whole.as_object_mut() {
        map.insert("calibrations".to_owned(), json!(calibrations));
        map.insert("identified".to_owned(), json!(identified(study)));
        map.insert("effects".to_owned(), json!(objects(&study.effects())));
        map.insert("rows".to_owned(), json!(objects(&study.rows())));
    }
    format!("{whole:#}\n")
}

/// Columns as CSV (RFC 4180, with bare newlines), after a line of names.
#[must_use]
pub fn columns_csv(columns: &[Column]) -> String {
    let names = columns.iter().map(|c| csv_field(&c.name));
    let mut out = names.collect::<Vec<_>>().join(",") + "\n";
    for row in 0..length(columns) {
        let cells = columns.iter().map(|c| match &c.cells {
            Cells::Whole(all) => all[row].to_string(),
            Cells::Real(all) if all[row].is_finite() => all[row].to_string(),
            Cells::Real(_) => String::new(),
            Cells::Text(all) => csv_field(all[row].as_deref().unwrap_or_default()),
        });
        out += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    out
}

fn length(columns: &[Column]) -> usize {
    let each = columns.iter().map(|c| match &c.cells {
        Cells::Whole(all) => all.len(),
        Cells::Real(all) => all.len(),
        Cells::Text(all) => all.len(),
    });
    each.min().unwrap_or(0)
}

/// Everything as one JSON object.
pub(super) fn object(sweep: &Sweep) -> Value {
    let factors: Vec<Value> = sweep
        .factors
        .iter()
        .map(|f| {
            let levels: Vec<&str> = f.levels.iter().map(|l| l.text.as_str()).collect();
            json!({ "name": f.name, "about": f.about, "levels": levels })
        })
        .collect();
    let metrics: Vec<Value> =
        sweep.metrics.iter().map(|m| json!({ "metric": m.text, "unit": m.unit })).collect();
    json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": { "name": sweep.scenario, "sha256": sweep.sha256 },
        "seed": sweep.seed,
        "replications": sweep.replications,
        "confidence": sweep.confidence,
        "design": sweep.design_name,
        "planned_points": sweep.design.len(),
        "points": sweep.points.len(),
        "violations": sweep.violations(),
        "factors": factors,
        "metrics": metrics,
        "effects": objects(&sweep_effects(sweep)),
        "rows": objects(&sweep_rows(sweep)),
        "reproduce": sweep.reproduce,
    })
}

fn objects(columns: &[Column]) -> Vec<Value> {
    let cell = |cells: &Cells, row: usize| match cells {
        Cells::Whole(all) => json!(all[row]),
        Cells::Real(all) => json!(Some(all[row]).filter(|v| v.is_finite())),
        Cells::Text(all) => json!(all[row]),
    };
    (0..length(columns))
        .map(|row| {
            let fields = columns.iter().map(|c| (c.name.clone(), cell(&c.cells, row)));
            Value::Object(fields.collect::<Map<_, _>>())
        })
        .collect()
}
