//! Bot, routing and returns in a scenario.

use super::page::{Page, name, told, told_share};
use super::returns::{After, FittedReturns};
use super::{Fitted, FittedBot, notes};
use crate::event::Header;

fn share(x: f64) -> String {
    format!("{:.5}", x.clamp(0.0, 1.0))
}

/// The bot's part in an intent.
pub(super) fn skill(page: &mut Page, bot: &FittedBot, intent: usize) {
    match bot.intents.get(intent).and_then(Option::as_ref) {
        Some((bypass, coverage)) => {
            page.says(2, &format!(
                "bot: of {}, {} asked for a person first; of {} that it took it had an answer for {}",
                bypass.n, told_share(bypass), coverage.n, told_share(coverage)
            ));
            // What it never took says nothing of what it could have answered.
            let coverage = if coverage.n == 0 { 1.0 } else { coverage.value };
            page.line(
                2,
                &format!("bot: {{bypass: {}, coverage: {}}}", share(bypass.value), share(coverage)),
            );
        }
        None => page.line(2, "bot: never"),
    }
}

/// The bot.
pub(super) fn bot(page: &mut Page, fitted: &Fitted) {
    let Some(bot) = &fitted.bot else {
        return;
    };
    page.line(0, "");
    page.says(0, &format!(
        "bot: {} of the contacts on its channels had an answer of it; of those it closed {} and gave {} to people. Of its answers {} were confirmed, and after {} the customer left without asking more. Which answers were right no log shows: that {} % were is assumed, the confirmed ones among them and none of those left; ask for a review of a sample.",
        told_share(&bot.involved), told_share(&bot.claimed), told_share(&bot.escalated),
        told_share(&bot.confirmed), told_share(&bot.left), (100.0 * bot.accuracy()).round()
    ));
    page.line(0, "bot:");
    page.line(1, &format!("ideal_accuracy: {}", share(bot.accuracy())));
    page.line(1, &format!("accept: {}", share(bot.accept())));
    page.line(1, &format!("leave_silently: {}", share(bot.leave_silently())));
    page.line(1, &format!("ask_human: {}", share(bot.ask_human.value)));
    page.line(1, &format!("max_turns: {}", bot.most_answers.max(1)));
    if bot.human_only.value > 0.0 {
        page.line(1, &format!("human_only: {}", share(bot.human_only.value)));
    }
    for (field, law) in [("latency", &bot.latency), ("think", &bot.think)] {
        if let Some(law) = law {
            page.says(1, &notes::law(field, law));
            page.law(1, field, &law.law);
        }
    }
    if bot.given_up > 0 {
        page.says(
            1,
            &format!(
                "{} customers gave it up while it was answering; here they wait",
                bot.given_up
            ),
        );
    }
}

/// How contacts find their queue.
pub(super) fn routing(page: &mut Page, header: &Header, fitted: &Fitted) {
    let routing = &fitted.routing;
    let mut lines: Vec<(String, String)> = Vec::new();
    // One queue leaves no wrong way.
    if let (Some(right), true) = (&routing.right_first_try, fitted.queues.len() > 1) {
        let says = format!(
            "of {} contacts {} were not passed on by who had them first",
            right.n,
            told_share(right)
        );
        lines.push((says, format!("right_first_try: {}", share(right.value))));
    }
    let team = (0..header.teams.len()).find(|team| fitted.is_triage(header, *team));
    let sorted = (&routing.triage, &routing.rules_cover, team);
    if lines.is_empty() && sorted.2.is_none() {
        return;
    }
    page.line(0, "");
    page.line(0, "routing:");
    for (says, line) in lines {
        page.says(1, &says);
        page.line(1, &line);
        if let Some(law) = &routing.misroute {
            page.says(1, &notes::law("misroute_work", law));
            page.law(1, "misroute_work", &law.law);
        }
    }
    if let (Some(law), Some(cover), Some(team)) = sorted {
        page.says(1, &format!("of {} contacts rules assigned {}", cover.n, told_share(cover)));
        page.line(1, &format!("rules_cover: {}", share(cover.value)));
        page.line(1, "triage:");
        page.line(2, &format!("team: {}", name(&header.teams[team].name)));
        let queue = header.queues.iter().find(|queue| queue.triage);
        if let Some(queue) = queue {
            page.line(2, &format!("queue: {}", name(&queue.name)));
        }
        page.says(2, &notes::law("work", law));
        page.law(2, "work", &law.law);
    }
}

/// Who comes again.
pub(super) fn returns(page: &mut Page, fitted: &Fitted) {
    let [served, tries] = &fitted.returns;
    if served.is_none() && tries.is_none() {
        return;
    }
    page.line(0, "");
    page.line(0, "returns:");
    let field = |after: After| match after {
        After::Bot => &["after_true", "after_false"][..],
        After::Human => &["after_human"],
        After::Abandon => &["after_abandon"],
        After::Balk => &["after_balk"],
        After::Blocked => &["after_blocked"],
        After::Closed => &["after_closed"],
    };
    let write = |page: &mut Page, depth: usize, returns: &FittedReturns| {
        for (after, words) in After::ALL {
            let Some(found) = returns.shares.get(&after).filter(|found| found.value > 0.0) else {
                continue;
            };
            page.says(
                depth,
                &format!("{words}: of {} come again {}, however late", found.n, told_share(found)),
            );
            field(after)
                .iter()
                .for_each(|f| page.line(depth, &format!("{f}: {}", share(found.value))));
        }
        page.says(
            depth,
            &format!("delay: {} returns; mean {}", returns.n, told(&returns.mean, " s")),
        );
        page.law(depth, "delay", &returns.delay);
    };
    if let Some(served) = served {
        write(page, 1, served);
    }
    if let Some(tries) = tries {
        page.line(1, "retries:");
        write(page, 2, tries);
    }
}
