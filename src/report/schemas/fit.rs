//! The shape of the JSON of `convoq fit`.

use super::super::fit::FIT_SCHEMA;
use super::{flag, integer, list, maybe, number, object, of, text, told, whole, word};
use serde_json::{Value, json};

/// Of `fit --format json`.
#[must_use]
pub fn fit_schema() -> Value {
    let figure = object! { value: number(), low | high: maybe(), n: integer(), };
    let some = || told(json!(["object", "null"]), "None where it was not seen.", &figure);
    let goodness = object! { distance | ks_p | ad_p: number(), looked_at: integer(), };
    let demand = object! {
        segment | channel: text(),
        n | days: integer(),
        per_day: figure.clone(),
        weekday | intents: of(&["object"]),
        special_days: list(object! { date: text(), factor: number(), }),
        trend_per_week | busyness_cv2: some(),
        shapes: list(object! {
            weekdays: list(text()), shares | counts: list(number()), penalty: number(),
        }),
    };
    let law = object! {
        what: text(),
        intent | family: word(),
        n | censored: integer(),
        mean_s: figure.clone(),
        cv | zero: some(),
        goodness: told(json!(["object", "null"]), "How near the likeliest law is.", &goodness),
        tried: list(object! { family: text(), aicc: number(), }),
        whole_minutes: maybe(),
        quantiles: list(object! { p | observed_s | fitted_s: number(), }),
    };
    let patience = object! {
        channel: text(),
        family: word(),
        mean_s | cv: some(),
        left | found_empty | stayed | not_joined | unclear: integer(),
        silent: figure.clone(),
        distance: maybe(),
        points: list(object! { wait_s | observed | fitted: number(), }),
    };
    let slowdown = object! {
        team: text(),
        speed: list(figure.clone()),
        by_exposure: list(number()),
        families: list(text()),
        n | open: integer(),
    };
    let staffing = object! {
        team: text(), recorded: flag(), agents: integer(), hours | off_queue: number(),
    };
    let fields = fields! {
        version | run | first_day: text(),
        days | contacts: integer(),
        demand: list(demand),
        laws: list(law),
        patience: list(patience),
        slowdown: list(slowdown),
        staffing: list(staffing),
        shares: list(object! { what | of: text(), share: figure.clone(), }),
        assumed: list(text()),
    };
    let about = "What was fitted to a run: each number with its interval and the number of observations. See docs/fit.md.";
    whole("convoq fit", FIT_SCHEMA, about, &fields)
}
