//! What was fitted to a run, as JSON.

use crate::event::Header;
use crate::fit::{Calendar, Figure, Fitted, FittedDemand, FittedLaw, FittedPatience, WEEKDAYS};
use serde_json::{Map, Value, json};

/// Name and version of the JSON of `convoq fit`.
pub(super) const FIT_SCHEMA: &str = "convoq.fit/1";

/// All that was fitted, each number with its interval and what it is from.
#[must_use]
pub fn fit_json(header: &Header, fitted: &Fitted) -> Value {
    let calendar = Calendar::of(header);
    let team = |index: usize| &header.teams[index].name;
    let demand = fitted.demand.iter().map(|source| demand(header, source));
    let of_intents = |what: &'static str, list: &[Option<FittedLaw>]| {
        let found =
            list.iter().zip(&header.intents).filter_map(|(f, intent)| Some((f.as_ref()?, intent)));
        found.map(|(found, intent)| law(what, Some(intent), found)).collect::<Vec<_>>()
    };
    let mut laws = of_intents("work", &fitted.work);
    laws.extend(of_intents("wrap_up", &fitted.wrap_up));
    laws.extend(fitted.others().iter().map(|(what, found)| law(what, None, found)));
    let patience = fitted.patience.iter().zip(&header.channels);
    let patience = patience.filter_map(|(p, channel)| Some(patience_of(channel, p.as_ref()?)));
    let slowdown = fitted.slowdown.iter().map(|slow| {
        json!({
            "team": team(slow.team),
            "speed": slow.speed.iter().map(figure).collect::<Vec<_>>(),
            "by_exposure": slow.by_exposure,
            "families": slow.families.iter().map(|family| family.name()).collect::<Vec<_>>(),
            "n": slow.n,
            "open": slow.open,
        })
    });
    let staffing = fitted.staffing.iter().map(|staffing| {
        json!({
            "team": team(staffing.team),
            "recorded": staffing.recorded,
            "agents": staffing.agents,
            "hours": staffing.hours,
            "off_queue": staffing.off,
        })
    });
    let shares = fitted
        .shares()
        .into_iter()
        .map(|(what, of, share)| json!({ "what": what, "of": of, "share": figure(&share) }));
    json!({
        "schema": FIT_SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "run": header.scenario,
        "first_day": calendar.date(fitted.days.start).to_string(),
        "days": fitted.days.len(),
        "contacts": fitted.contacts,
        "demand": demand.collect::<Vec<_>>(),
        "laws": laws,
        "patience": patience.collect::<Vec<_>>(),
        "slowdown": slowdown.collect::<Vec<_>>(),
        "staffing": staffing.collect::<Vec<_>>(),
        "shares": shares.collect::<Vec<_>>(),
        "assumed": fitted.assumed(),
    })
}

fn figure(figure: &Figure) -> Value {
    let bound = |i: usize| figure.interval.map(|interval| interval[i]);
    json!({ "value": figure.value, "low": bound(0), "high": bound(1), "n": figure.n })
}

fn demand(header: &Header, source: &FittedDemand) -> Value {
    let weekday: Map<String, Value> = WEEKDAYS
        .iter()
        .zip(&source.weekday)
        .map(|(day, found)| ((*day).to_owned(), found.as_ref().map_or(Value::Null, figure)))
        .collect();
    let intents: Map<String, Value> =
        header.intents.iter().cloned().zip(source.intents.iter().map(figure)).collect();
    let special = source.special.iter();
    let special =
        special.map(|(date, factor)| json!({ "date": date.to_string(), "factor": factor }));
    let shapes = source.shapes.iter().map(|shape| {
        let days = WEEKDAYS.iter().zip(shape.weekdays).filter(|(_, own)| *own);
        json!({
            "weekdays": days.map(|(day, _)| *day).collect::<Vec<_>>(),
            "shares": shape.shares,
            "counts": shape.counts,
            "penalty": shape.penalty,
        })
    });
    json!({
        "segment": header.segments[source.segment],
        "channel": header.channels[source.channel],
        "n": source.n,
        "days": source.days,
        "per_day": figure(&source.per_day),
        "weekday": weekday,
        "special_days": special.collect::<Vec<_>>(),
        "trend_per_week": source.trend.as_ref().map(figure),
        "busyness_cv2": source.busyness_cv2.as_ref().map(figure),
        "shapes": shapes.collect::<Vec<_>>(),
        "intents": intents,
    })
}

fn law(what: &str, intent: Option<&String>, law: &FittedLaw) -> Value {
    let tried = law.tried.iter();
    let tried = tried.map(|(family, aicc)| json!({ "family": family.name(), "aicc": aicc }));
    let quantiles = law.quantiles.iter().map(|(p, observed_s, fitted_s)| {
        json!({ "p": p, "observed_s": observed_s, "fitted_s": fitted_s })
    });
    let goodness = law.goodness.map(|g| {
        json!({
            "distance": g.distance, "ks_p": g.ks_p, "ad_p": g.ad_p, "looked_at": g.looked_at,
        })
    });
    json!({
        "what": what,
        "intent": intent,
        "family": law.family.map(|family| family.name()),
        "n": law.n,
        "censored": law.censored,
        "mean_s": figure(&law.mean),
        "cv": law.cv.as_ref().map(figure),
        "zero": law.zero.as_ref().map(figure),
        "goodness": goodness,
        "tried": tried.collect::<Vec<_>>(),
        "whole_minutes": law.heaped,
        "quantiles": quantiles.collect::<Vec<_>>(),
    })
}

fn patience_of(channel: &str, patience: &FittedPatience) -> Value {
    let points = patience.points.iter().map(|(wait_s, observed, fitted)| {
        json!({ "wait_s": wait_s, "observed": observed, "fitted": fitted })
    });
    json!({
        "channel": channel,
        "family": patience.family.map(|family| family.name()),
        "mean_s": patience.mean.as_ref().map(figure),
        "cv": patience.cv.as_ref().map(figure),
        "left": patience.left,
        "found_empty": patience.found_empty,
        "stayed": patience.stayed,
        "not_joined": patience.not_joined,
        "unclear": patience.unclear,
        "silent": figure(&patience.silent),
        "distance": patience.distance,
        "points": points.collect::<Vec<_>>(),
    })
}
