//! What was fitted to a run, as a page: laws and observations side by side.

use super::grid::{Right, markdown};
use crate::event::Header;
use crate::fit::{Calendar, Figure, Fitted, FittedDemand, FittedLaw, FittedPatience, WEEKDAYS};
use crate::safe_text;
use std::fmt::Write as _;

/// The page of `convoq fit --explain`, in Markdown.
#[must_use]
pub fn fit_page(header: &Header, fitted: &Fitted) -> String {
    let calendar = Calendar::of(header);
    let mut text = format!(
        "# Fitted to {}\n\n{} contacts of {} days from {}. Brackets are 95 % intervals.\n",
        safe_text::plain(&header.scenario),
        safe_text::grouped(fitted.contacts),
        fitted.days.len(),
        calendar.date(fitted.days.start),
    );
    let assumed = fitted.assumed();
    if !assumed.is_empty() {
        text += "\n## Assumed, because the log does not show it\n\n";
        assumed.iter().for_each(|what| {
            let _ = writeln!(text, "- {what}");
        });
    }
    text += "\n## Volume\n";
    fitted.demand.iter().for_each(|source| volume(&mut text, header, source, &calendar));
    for (what, list) in [("Work", &fitted.work), ("Wrap-up", &fitted.wrap_up)] {
        for (found, intent) in list.iter().zip(&header.intents) {
            if let Some(found) = found {
                law(&mut text, &format!("{what}: {}", safe_text::plain(intent)), found);
            }
        }
    }
    for (what, found) in fitted.others() {
        law(&mut text, what, found);
    }
    for (found, channel) in fitted.patience.iter().zip(&header.channels) {
        if let Some(found) = found {
            patience(&mut text, channel, found);
        }
    }
    slowdown(&mut text, header, fitted);
    shares(&mut text, fitted);
    text
}

/// A number with its interval.
fn cell(figure: &Figure, scale: f64) -> String {
    let number = |x: f64| {
        let x = x * scale;
        let digits = if x.abs() >= 100.0 { 0 } else { 2 };
        format!("{x:.digits$}")
    };
    match figure.interval {
        Some([low, high]) => {
            format!("{} [{}, {}]", number(figure.value), number(low), number(high))
        }
        None => number(figure.value),
    }
}

fn words(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn volume(text: &mut String, header: &Header, source: &FittedDemand, calendar: &Calendar) {
    let (segment, channel) = (&header.segments[source.segment], &header.channels[source.channel]);
    let _ = writeln!(
        text,
        "\n### {} by {}\n\n{} first contacts on {} days: {} a day.\n",
        safe_text::plain(segment),
        safe_text::plain(channel),
        safe_text::grouped(source.n),
        source.days,
        cell(&source.per_day, 1.0)
    );
    let mut rows = vec![words(&["day", "factor", "days seen"])];
    for (day, found) in WEEKDAYS.iter().zip(&source.weekday) {
        if let Some(found) = found {
            rows.push(vec![(*day).to_owned(), cell(found, 1.0), found.n.to_string()]);
        }
    }
    *text += &markdown(&rows, Right::AllButFirst);
    for shape in &source.shapes {
        let days = WEEKDAYS.iter().zip(shape.weekdays).filter(|(_, own)| *own);
        let days: Vec<&str> = days.map(|(day, _)| *day).collect();
        let total: f64 = shape.counts.iter().sum();
        let _ = writeln!(text, "\nShape of {} (of {total} contacts):\n", days.join(", "));
        let mut rows = vec![words(&["from", "counted", "counted %", "smoothed %"])];
        for (bin, (count, share)) in shape.counts.iter().zip(&shape.shares).enumerate() {
            if *count > 0.0 || *share > 0.0 {
                let minute = (bin as f64 * calendar.interval_min()).round() as u32;
                rows.push(vec![
                    format!("{:02}:{:02}", minute / 60, minute % 60),
                    format!("{count}"),
                    format!("{:.2}", 100.0 * count / total),
                    format!("{:.2}", 100.0 * share),
                ]);
            }
        }
        *text += &markdown(&rows, Right::AllButFirst);
    }
}

fn law(text: &mut String, title: &str, law: &FittedLaw) {
    let family = law.family.map_or("observed values", |family| family.name());
    let _ = writeln!(text, "\n## {title}\n\n{family}, from {} observed", law.n);
    if law.censored > 0 {
        let _ = writeln!(text, "and {} that were not over", law.censored);
    }
    let _ = write!(text, "; mean {} s", cell(&law.mean, 1.0));
    if let Some(cv) = &law.cv {
        let _ = write!(text, ", cv {}", cell(cv, 1.0));
    }
    if let Some(zero) = &law.zero {
        let _ = write!(text, ", zeros {} %", cell(zero, 100.0));
    }
    if let Some(heaped) = law.heaped {
        let _ = write!(text, "; {:.0} % are whole minutes", 100.0 * heaped);
    }
    *text += ".\n";
    if let Some(good) = &law.goodness {
        let _ = writeln!(
            text,
            "\nGreatest distance {:.1} %; Kolmogorov-Smirnov p {:.2}, Anderson-Darling p {:.2}, by a parametric bootstrap of {}.",
            100.0 * good.distance,
            good.ks_p,
            good.ad_p,
            good.looked_at
        );
    }
    let mut rows = vec![words(&["quantile", "observed s", "fitted s"])];
    for (p, observed_s, fitted_s) in &law.quantiles {
        rows.push(vec![
            format!("{} %", 100.0 * p),
            format!("{observed_s:.1}"),
            format!("{fitted_s:.1}"),
        ]);
    }
    *text += "\n";
    *text += &markdown(&rows, Right::AllButFirst);
    let tried: Vec<String> =
        law.tried.iter().map(|(family, aicc)| format!("{} {aicc:.1}", family.name())).collect();
    let _ = writeln!(text, "\nAICc: {}.", tried.join(", "));
}

fn patience(text: &mut String, channel: &str, patience: &FittedPatience) {
    let family = patience.family.map_or("without limit", |family| family.name());
    let _ = writeln!(
        text,
        "\n## Patience: {}\n\n{family}: {} left, {} stayed until they were answered, {} were gone when an agent came.",
        safe_text::plain(channel),
        patience.left,
        patience.stayed,
        patience.found_empty
    );
    if let Some(mean) = &patience.mean {
        let _ = writeln!(text, "Mean {} s.", cell(mean, 1.0));
    }
    if patience.points.is_empty() {
        return;
    }
    let mut rows = vec![words(&["wait s", "stay longer, seen % (Kaplan-Meier)", "fitted %"])];
    for (wait_s, observed, fitted) in &patience.points {
        rows.push(vec![
            format!("{wait_s}"),
            format!("{:.1}", 100.0 * observed),
            format!("{:.1}", 100.0 * fitted),
        ]);
    }
    *text += "\n";
    *text += &markdown(&rows, Right::AllButFirst);
}

fn slowdown(text: &mut String, header: &Header, fitted: &Fitted) {
    for slow in &fitted.slowdown {
        let team = safe_text::plain(&header.teams[slow.team].name);
        let mut families: Vec<&str> = slow.families.iter().map(|family| family.name()).collect();
        families.sort_unstable();
        families.dedup();
        let _ = writeln!(
            text,
            "\n## Several at once: {team}\n\nFrom {} contacts with {} work.\n",
            slow.n,
            families.join(" and ")
        );
        let mut rows = vec![words(&["at once", "speed of each", "ends seen", "by exposure alone"])];
        for (k, (speed, plain)) in slow.speed.iter().zip(&slow.by_exposure).enumerate() {
            let row = [(k + 1).to_string(), cell(speed, 1.0), speed.n.to_string()];
            rows.push([&row[..], &[format!("{plain:.2}")]].concat());
        }
        *text += &markdown(&rows, Right::AllButFirst);
    }
}

fn shares(text: &mut String, fitted: &Fitted) {
    let shares = fitted.shares();
    if shares.is_empty() {
        return;
    }
    *text += "\n## Shares\n\n";
    let mut rows = vec![words(&["share", "of", "%", "observed"])];
    for (what, of, share) in shares {
        rows.push(vec![what.to_owned(), of, cell(&share, 100.0), share.n.to_string()]);
    }
    *text += &markdown(&rows, Right::These(&[2, 3]));
}
