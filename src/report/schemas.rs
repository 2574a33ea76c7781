//! The shapes of the JSON of commands (draft-07): what a reader may count on. A change that
//! breaks one raises the number in its `schema`; a new field does not.

use crate::domain::{Dimension, Grain};
use crate::experiment::{GRID_SCHEMA, GridColumn, SUMMARY_SCHEMA};
use crate::metric::Unit;
use serde_json::{Map, Value, json};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// Fields with what each is; neighbours of one kind stand together.
macro_rules! fields {
    ($($($name:ident)|+: $of:expr,)*) => { [$($((stringify!($name), $of),)+)*] };
}

/// An object with these fields, all of them there. Others may come with a new version.
macro_rules! object {
    ($($fields:tt)*) => { object(&fields! { $($fields)* }) };
}
pub(super) mod fit;
pub(super) mod forecast;

/// A kind with what it means where the name of its field does not say so.
fn said(mut of: Value, about: &str) -> Value {
    of["description"] = json!(about);
    of
}

fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties = fields.iter().map(|(name, of)| ((*name).to_owned(), of.clone()));
    let properties: Map<String, Value> = properties.collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

/// An object of the summary: what it is stands before its fields.
fn told(kinds: Value, about: &str, object: &Value) -> Value {
    let (names, fields) = (&object["required"], &object["properties"]);
    json!({ "type": kinds, "description": about, "required": names, "properties": fields })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn one(kind: &str) -> Value {
    json!({ "type": kind })
}

fn of(kinds: &[&str]) -> Value {
    json!({ "type": kinds })
}

/// Kinds of values by a short name.
macro_rules! kinds {
    ($($name:ident: $($kind:literal)|+,)*) => {
        $(fn $name() -> Value { of(&[$($kind),+]) })*
    };
}

kinds! {
    text: "string",
    word: "string" | "null",
    number: "number",
    maybe: "number" | "null",
    integer: "integer",
    flag: "boolean",
}

fn natural() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// So many items, each of which may be missing.
fn items(count: u32, about: &str, of: &Value) -> Value {
    json!({
        "type": ["array", "null"], "description": about, "items": of,
        "minItems": count, "maxItems": count,
    })
}

/// The JSON Schema of what [`super::json`] prints.
#[must_use]
pub fn json_schema() -> Value {
    let mut summary = object! {
        schema: json!({ "const": SUMMARY_SCHEMA }),
        version: said(one("string"), "Version of convoq."),
        scenario: object! {
            name: one("string"),
            sha256: said(one("string"), "Of the scenario as run, after overrides."),
        },
        seed | replications: natural(),
        confidence: said(json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }), "Confidence of the intervals."),
        percentile_rounding: said(one("number"), "By which share a percentile or greatest value of a duration (stat p50 to max) may be too high at most; means are exact."),
        metrics: list(metric()),
        targets: list(target()),
        warnings: said(list(one("string")), "What makes these numbers doubtful, most serious first."),
        precision: precision(),
        analytic: list(analytic()),
    };
    let about =
        "The result of an experiment over one scenario. Metrics are defined in docs/metrics.md.";
    let mut schema = json!({ "$schema": DRAFT, "title": "convoq summary", "description": about });
    for part in ["type", "required", "properties"] {
        schema[part] = summary[part].take();
    }
    // Only a load test has it.
    schema["properties"]["generator"] = generator();
    schema
}

fn metric() -> Value {
    let which = fields! {
        metric: one("string"),
        definition: said(word(), "Which of several definitions, as SL3."),
        threshold_s: said(maybe(), "Threshold that the definition needs, seconds."),
    };
    let dimensions = Dimension::ALL.map(|by| match by {
        Dimension::Party => (by.name(), json!({ "enum": ["bot", "human", null] })),
        _ => (by.name(), word()),
    });
    let measured = fields! {
        stat: json!({ "enum": ["mean", "p50", "p90", "p95", "p99", "p99.9", "max", null] }),
        value: said(maybe(), "Ratio of sums, pooled quantile, or mean per replication; null where n is too small, which the note says."),
        ci: items(2, "Confidence interval of the value.", &maybe()),
        se: said(maybe(), "Standard error of the value."),
        spread: items(3, "5 %, 50 % and 95 % points of single replications; null with fewer than 20: n too small.", &maybe()),
        spread_ci: items(3, "Confidence intervals of these points, by order statistics; null for a point where n is too small.", &items(2, "Of one point.", &maybe())),
        unit: json!({ "enum": Unit::ALL.map(Unit::name) }),
        numerator: said(maybe(), "Sum over replications, where the value is a ratio of sums."),
        denominator: said(maybe(), "Sum over replications, where the value is a ratio of sums."),
        note: json!({ "enum": ["n too small", "n too small for an interval", "at least", "batch means", null] }),
    };
    let row = object(&[&which[..], &dimensions, &measured].concat());
    told(json!("object"), "One number. A dimension that is null means all together.", &row)
}

fn target() -> Value {
    let worst = "Local start of the interval that misses most, and its value.";
    object! {
        target: said(one("string"), "As written in the scenario."),
        value: said(maybe(), "The measured value."),
        ci: items(2, "Confidence interval of the value.", &maybe()),
        unit: one("string"),
        verdict: json!({ "enum": ["met", "missed", "undecided", "not_measured"] }),
        worst: items(2, worst, &json!([one("string"), maybe()])),
        with_open: said(maybe(), "The value with those who still wait at the end, whom the metric leaves out, where the target is not met for that."),
    }
}

fn generator() -> Value {
    let used = object! {
        process_share: said(maybe(), "Processor time of the process / wall-clock time: 1 is one core."),
        thread_share: said(maybe(), "The same of the one thread that sends and receives."),
    };
    told(
        json!("object"),
        "What the load generator used of the machine in the measured window; only of a load test.",
        &used,
    )
}

fn analytic() -> Value {
    let row = object! {
        formula: said(one("string"), "As in docs/erlang.md."),
        metric: one("string"),
        definition: word(),
        threshold_s: said(maybe(), "Threshold that the definition needs, seconds."),
        unit: json!({ "enum": ["ratio", "s"] }),
        value: said(maybe(), "By the formula; null where it covers too few of the contacts."),
        simulated: said(maybe(), "By the simulation; null where it measures nothing of the kind."),
        ci: items(2, "Confidence interval of the simulated value.", &maybe()),
    };
    let queue = object! {
        queue: one("string"),
        none: said(word(), "Why no formula applies; null where one does."),
        rows: list(row),
        left_out: said(list(one("string")), "What the formulas leave out and the simulation has."),
    };
    told(json!("object"), "What formulas say of a queue beside the simulation.", &queue)
}

fn precision() -> Value {
    let width = object! {
        metric: said(one("string"), "As a target names it."),
        value: said(maybe(), "Its value."),
        half_width: said(maybe(), "Half the width of its interval."),
        wanted: said(maybe(), "The half-width that was asked for."),
        unit: one("string"),
    };
    let about = "What was looked at, the least well known first.";
    let reached = object! {
        asked: said(one("string"), "As 1% or 2%,1pt."),
        reached: one("boolean"),
        replications: said(natural(), "Those that it took, or that were not enough."),
        confidence: said(one("number"), "Confidence that all intervals hold together (Bonferroni)."),
        metrics: json!({ "type": "array", "description": about, "items": width }),
    };
    told(
        json!(["object", "null"]),
        "Whether the precision that --precision asked for is reached; null without it.",
        &reached,
    )
}

/// The shape of a whole output other than the summary.
fn whole(title: &str, name: &str, about: &str, own: &[(&str, Value)]) -> Value {
    let head = fields! { schema: json!({ "const": name }), version: text(), };
    let mut schema = object(&[&head, own].concat());
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!(title);
    said(schema, about)
}

/// The same where it is one of several shapes.
fn either(mut schema: Value, ways: &[Value]) -> Value {
    schema["anyOf"] = json!(ways);
    schema
}

fn scenario() -> Value {
    object! { name | sha256: text(), }
}

/// Fields that a row of every comparison has.
fn difference() -> Vec<(&'static str, Value)> {
    let which = fields! {
        metric | unit: text(),
        ci: json!({ "type": ["array", "null"], "items": { "type": "number" } }),
        definition: word(),
    };
    let dimensions = Dimension::ALL.map(|by| (by.name(), word()));
    let measured = fields! {
        stat: word(),
        threshold_s | unchanged | changed | difference | se | independent_se | df: maybe(),
    };
    [&which[..], &dimensions, &measured].concat()
}

/// Of `--by` of `simulate` and `report`.
#[must_use]
pub fn grid_schema() -> Value {
    let figure = object! {
        value: maybe(),
        ci: json!({ "type": ["array", "null"], "items": { "type": ["number", "null"] } }),
        sd | numerator | denominator: maybe(),
    };
    let place = fields! {
        start: said(text(), "Local start of the interval, date of the day, or week as 2026-W10; `later`: joined after all intervals."),
        queue | team: word(),
        threshold_s | target: maybe(),
    };
    let columns = GridColumn::ALL.iter().zip(GridColumn::ABOUT);
    let columns = columns.map(|(c, about)| (c.name(), said(figure.clone(), about.trim())));
    let columns: Vec<(&str, Value)> = columns.collect();
    let row = object(&[&place[..], &columns].concat());
    let own = fields! {
        scenario: scenario(),
        seed | replications: natural(),
        confidence | interval_s: number(),
        by: json!({ "enum": Grain::ALL.map(Grain::name) }),
        rows: list(row),
    };
    let about = "What happened by interval, day or week, queue by queue and team by team. Each number with its confidence interval, the standard deviation of single replications, and the sums that it is a ratio of.";
    whole("convoq grid", GRID_SCHEMA, about, &own)
}

/// Of `erlang b|c|a|x|chat`, and of `erlang day`.
#[must_use]
pub fn erlang_schema() -> Value {
    let metric = object! {
        metric: text(),
        definition | stat: word(),
        threshold_s | value: maybe(),
        unit: text(),
    };
    let answer = object! {
        agents: integer(),
        calls_per_h | aht_s | within_s | load_erlangs: number(),
        stable | exact: flag(),
        metrics: list(metric),
    };
    let formula = object! {
        target: word(),
        solved: of(&["object", "null"]),
        missed: flag(),
        answers: list(answer),
        assumptions: list(text()),
        warnings: list(text()),
    };
    let interval = object! {
        interval: integer(),
        start: text(),
        arrivals | work_s | load_erlangs: number(),
        needed | to_schedule: of(&["integer", "null"]),
        on_duty: number(),
        service_level | abandonment_rate | occupancy: maybe(),
    };
    let day = object! {
        scenario: scenario(),
        queue: text(),
        day: of(&["integer", "null"]),
        target | definition: text(),
        threshold_s: number(),
        intervals: list(interval),
        left_out: list(text()),
    };
    let about = "The answers of a formula, or those of a scenario's day by interval. Definitions are those of docs/erlang.md.";
    let head = fields! { formula: text(), };
    either(whole("convoq erlang", "convoq.erlang/1", about, &head), &[formula, day])
}

/// Of `compare`.
#[must_use]
pub fn compare_schema() -> Value {
    let finding = fields! {
        p | p_adjusted: maybe(),
        finding: word(),
        within_margin: of(&["boolean", "null"]),
        width_ratio: maybe(),
        independent_replications: of(&["integer", "null"]),
    };
    let row = object(&[difference(), finding.to_vec()].concat());
    let fields = fields! {
        scenario: scenario(),
        standard: text(),
        seed | replications: integer(),
        confidence: number(),
        margin: maybe(),
        systems: list(object! { name: text(), sha256: text(), rows: list(row), }),
        warnings: list(text()),
    };
    let about = "Systems beside a standard, on the same customers. See docs/compare.md.";
    whole("convoq compare", "convoq.compare/1", about, &fields)
}

/// Of `sweep`. Each row has a field for each factor as well, by its name.
#[must_use]
pub fn sweep_schema() -> Value {
    let effect = object! {
        metric | effect: text(),
        factor | other | level: word(),
        value | ci_low | ci_high | exact: maybe(),
        note: word(),
    };
    let row = object! {
        point | replication: integer(),
        metric | unit: text(),
        numerator | denominator | value: maybe(),
    };
    let fields = fields! {
        scenario: scenario(),
        seed | replications: integer(),
        confidence: number(),
        design: text(),
        planned_points | points | violations: integer(),
        factors: list(object! { name: text(), about: word(), levels: list(text()), }),
        metrics: list(object! { metric | unit: text(), }),
        effects: list(effect),
        rows: list(row),
        reproduce: text(),
    };
    let about = "A scenario at the points of a design. Under calibrations it has these and the identified sets, and each row and effect names its calibration. See docs/experiments.md.";
    let mut schema = whole("convoq sweep", "convoq.sweep/1", about, &fields);
    let calibration = object! { name: text(), about: word(), sha256: text(), };
    schema["properties"]["calibrations"] = list(calibration);
    schema["properties"]["identified"] = list(object! {
        metric: text(),
        factor: word(),
        least | greatest | ci_low | ci_high: maybe(),
        largest_under: list(text()),
    });
    schema
}

/// Of `fork` with a change.
#[must_use]
pub fn fork_schema() -> Value {
    let mut summary = json_schema();
    if let Some(map) = summary.as_object_mut() {
        map.remove("$schema");
    }
    let rows = list(object(&difference()));
    let fields = fields! {
        at: text(),
        futures: integer(),
        unchanged: summary.clone(),
        changed: summary,
        whole: rows.clone(),
        from_fork: rows,
    };
    let about = "What follows a moment of a run with a change and without it. See docs/fork.md.";
    let mut schema = whole("convoq fork", "convoq.fork/1", about, &fields);
    // Its version is that of the summaries in it.
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name != "version");
    }
    schema
}

/// Of `solve`: a roster, or the limit of a number.
#[must_use]
pub fn solve_schema() -> Value {
    let goal = object! { value: maybe(), good: integer(), runs: integer(), met: flag(), };
    let plan = object! {
        agents | shifts: integer(),
        paid_hours | cost: number(),
        targets: list(goal),
    };
    let shift = object! {
        days | from | to: text(),
        breaks_s: list(integer()),
        agents: integer(),
        cost: number(),
    };
    let interval = object! {
        days | from: text(),
        contacts | formula_agents | agents: number(),
    };
    let proof = fields! { share: number(), verdict: text(), low: number(), high: number(), };
    let roster = object! {
        team | queue: text(),
        holds | interrupted: flag(),
        proof: list(told(json!(["object", "null"]), "Where a share of runs is asked.", &object(&proof))),
        shifts: list(shift),
        fresh: plan.clone(),
        searched: plan.clone(),
        one_fewer: of(&["object", "null"]),
        now: plan.clone(),
        formula: plan,
        formula_gap: maybe(),
        scale: number(),
        fresh_seed | runs_simulated: integer(),
        intervals: list(interval),
        set: list(object! { path | value: text(), }),
    };
    let tried = object! { value: number(), targets: list(maybe()), met: flag(), certain: text(), };
    let limit = object! {
        path | unit: text(),
        now | value: number(),
        beyond: maybe(),
        more_helps: flag(),
        certain | certain_miss: maybe(),
        runs: integer(),
        tried: list(tried),
    };
    let head = fields! {
        scenario: object! { name: text(), },
        targets: list(object! { target: text(), share: maybe(), }),
        seed: integer(),
        reproduce: text(),
    };
    let about = "The cheapest roster of a team that meets targets, or how far a number of the scenario may go. See docs/staffing.md.";
    either(whole("convoq solve", "convoq.solve/1", about, &head), &[roster, limit])
}

/// Of `load --step` and `load --search`.
#[must_use]
pub fn load_search_schema() -> Value {
    let tried = object! {
        rate_per_s: number(),
        turns_offered | turns_finished | ttft_p95_s | turn_latency_p95_s: maybe(),
        at_least: said(flag(), "Whether these two are no more than the least that they can be."),
        answered_per_s | error_rate | lag_p99_s: maybe(),
        missed: list(text()),
        undecided: list(text()),
        saturated | hardly_answered | generator_late | bot_was_idle: flag(),
        outcome: json!({ "enum": ["met", "missed", "undecided", "invalid"] }),
        met: flag(),
    };
    let fields = fields! {
        scenario | target: text(),
        largest_rate_per_s: said(maybe(), "The largest rate that met all targets."),
        smallest_failed_per_s: said(maybe(), "The smallest rate that did not."),
        most_answered_per_s: said(maybe(), "What the bot answered at most at rates that did not."),
        arrivals: json!({ "enum": ["poisson", "constant"] }),
        tried: list(tried),
    };
    let about =
        "The rates that were tried, and the largest that met all targets. See docs/load.md.";
    whole("convoq load search", "convoq.load_search/1", about, &fields)
}
