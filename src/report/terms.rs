//! The glossary's entries, in the order of `docs/metrics.md`.

use super::glossary::Term;

/// Writes the entries down: name, title, unit, source, then definition and formula.
macro_rules! terms {
    ($($name:literal, $title:literal, $unit:literal, $source:literal,
        $definition:literal, $formula:literal;)*) => {
        /// Every metric of the reports.
        pub const TERMS: &[Term] = &[$(Term {
            name: $name,
            title: $title,
            definition: $definition,
            formula: $formula,
            source: $source,
            unit: $unit,
        }),*];
    };
}

terms! {
    // Contacts.
    "arrivals", "Contacts", "count",
        "domain.md 3, demand",
        "Contacts that began: first ones, returns and retrials.",
        "contacts that began in the measured time";
    "offered", "Offered to people", "count",
        "domain.md 3, demand",
        "Contacts that joined a queue for people.",
        "answered + abandoned + still waiting";
    "answered", "Answered by people", "count",
        "domain.md 3, service level",
        "Contacts that an agent took from a queue.",
        "A = offered contacts that were assigned";
    "abandoned", "Abandoned", "count",
        "domain.md 3, service level",
        "Contacts whose customer visibly left the queue.",
        "B = offered contacts left with a sign";
    "balked", "Did not join", "count",
        "domain.md 3, customer",
        "Contacts whose customer went away at the sight of the wait.",
        "contacts that ended by not joining a queue";
    "blocked", "Found no room", "count",
        "domain.md 3, service level (SL8)",
        "Contacts that found the queue or the bot full.",
        "contacts refused for want of room";
    "turned_away", "Turned away", "count",
        "domain.md 3, async",
        "Contacts that came outside opening hours and were not taken.",
        "contacts refused outside hours";
    "silent_abandoned", "Abandoned without a sign", "count",
        "methods.md 5; Castellanos, Yom-Tov and Goldberg",
        "Contacts whose customer left the queue unnoticed, so that an agent opened an empty conversation.",
        "offered contacts left without a sign";
    // Waiting.
    "abandonment_rate", "Abandonment", "ratio",
        "domain.md 3, service level; methods.md 5",
        "Share of offered contacts whose customer left the queue.",
        "known: B / (A + B); true: (B + silent) / (A + B)";
    "service_level", "Service level", "ratio",
        "domain.md 3, service level; ICMI, Koole, Genesys",
        "Share of contacts answered within a threshold. SL1 to SL8 differ in how they count those who left.",
        "SL3: A_T / (A + B); the others below and in docs/metrics.md";
    "asa_s", "Average speed of answer", "s",
        "domain.md 3, service level",
        "Mean wait of the contacts that were answered.",
        "sum of waits of answered contacts / A";
    "wait_s", "Wait", "s",
        "domain.md 3, service level; methods.md 6.3",
        "Time in the queue of all offered contacts, until answered or left.",
        "mean, p50, p90, p95, p99, max of the waits";
    "wait_probability", "Had to wait", "ratio",
        "methods.md 5, Erlang C and A",
        "Share of offered contacts that were not answered at once.",
        "offered contacts with a wait > 0 / offered";
    "backlog", "Backlog", "count",
        "domain.md 3, async",
        "Contacts waiting for people when the run ends.",
        "contacts in the queue at the end";
    "queue_length", "Queue length", "count",
        "methods.md 6.5, Little's law",
        "Contacts waiting for people, averaged over time.",
        "integral of the contacts waiting dt / measured time";
    "orbit", "Customers about to return", "count",
        "methods.md 5, retrial",
        "Customers who will come again and have not yet, averaged over time.",
        "integral of the planned returns dt / measured time";
    "in_bot", "Contacts in the bot", "count",
        "domain.md 3, bot",
        "Conversations with the bot, averaged over time.",
        "integral of the open bot sessions dt / measured time";
    // Times.
    "frt_s", "First response time", "s",
        "domain.md 3, service level",
        "Time from the start of a contact to the first answer of the party.",
        "bot: first reply - start; human: first human reply - start";
    "aht_s", "Handle time", "s",
        "domain.md 3, agents",
        "Time that a party has a contact, on the clock.",
        "bot: end - start of the session; human: end of handling and wrap-up - assignment";
    "ttr_s", "Time to resolution", "s",
        "domain.md 3, service level",
        "Time from the start of a contact to its resolution by the party.",
        "resolution - start";
    // People.
    "occupancy", "Occupancy", "ratio",
        "domain.md 3, agents",
        "Share of the time on the queue that agents are occupied, in one of three meanings.",
        "agent_busy: time with >= 1 contact / time on the queue; slots: contact time / (max x time); workload: integral of R(k)/R(max) dt / time";
    "utilisation", "Utilisation", "ratio",
        "domain.md 3, agents",
        "Share of paid time that agents have at least one contact.",
        "time with >= 1 contact / paid time";
    "concurrency", "Contacts per busy agent", "count",
        "domain.md 3, agents",
        "Contacts that an agent has at once, while having any.",
        "contact time / time with >= 1 contact";
    "staffed", "Agents on the queue", "count",
        "domain.md 3, agents",
        "Agents who can take contacts, averaged over the measured time.",
        "integral of the agents on the queue dt / measured time";
    // Bot and resolution.
    "involvement_rate", "Involvement", "ratio",
        "domain.md 3, bot; Intercom",
        "Share of contacts in which the bot gave at least one answer.",
        "i = contacts with a bot answer / contacts";
    "resolution_rate", "Resolution", "ratio",
        "domain.md 3, bot; methods.md 3.3",
        "bot: share of involved contacts that looked resolved. human: share of handled contacts truly resolved.",
        "bot: r = claimed resolutions / involved; human: truly resolved / handled";
    "roar", "ROAR", "ratio",
        "methods.md 3.3; Intercom 2022",
        "Rate of automated resolution: share of all demand that articles or the bot resolved, as far as anyone can see.",
        "A + C i r";
    "true_roar", "True ROAR", "ratio",
        "methods.md 3.3",
        "Share of all demand that articles or the bot truly resolved.",
        "A + C i r (1 - f)";
    "bot_share", "Bot's share of ROAR", "ratio",
        "methods.md 3.3; Intercom 2022",
        "Share of the automated resolutions that the bot made, not an article.",
        "C i r / ROAR";
    "bypass_rate", "Bypass", "ratio",
        "methods.md 3.3; Intercom 2023",
        "Share of contacts whose customer asked for a person before any answer of the bot.",
        "bypassed contacts / contacts";
    "containment_rate", "Containment", "ratio",
        "domain.md 3, bot",
        "Share of involved contacts that never reached people.",
        "1 - escalated / involved";
    "false_containment_rate", "False containment", "ratio",
        "methods.md 3.3; domain.md 3, bot",
        "Share of the bot's claimed resolutions that are none: the answer was wrong and the customer went away.",
        "f = false claims / claims";
    "deflection_rate", "Deflection", "ratio",
        "domain.md 3, bot; Intercom 2023",
        "Share of customers shown articles who made no contact within the deflection window.",
        "1 - contacts within the window / customers shown articles";
    "answered_turns", "Answers per involved contact", "count",
        "methods.md 3.2",
        "Answers that the bot gave to a contact that it was involved in.",
        "bot answers / involved";
    // Coming again.
    "fcr", "First-contact resolution", "ratio",
        "domain.md 3, service level; methods.md 3.6",
        "Share of issues that needed no second contact.",
        "issue: 1 - issues that returned / issues served; window: the same for returns within the window";
    "repeat_rate", "Repeat contacts", "ratio",
        "methods.md 3.6",
        "Share of contacts that come after an earlier one was closed.",
        "returns / contacts";
    "transfers_per_contact", "Transfers", "per_contact",
        "domain.md 3, routing",
        "Moves from one queue to another, for each contact that people handled.",
        "transfers / handled contacts";
    // Satisfaction.
    "csat", "CSAT", "ratio",
        "domain.md 3, service level",
        "Share of survey answers with 4 or 5 of 5.",
        "answers >= 4 / answers";
    "ces", "CES", "score",
        "domain.md 3, service level",
        "Mean customer effort score, 1 (hard) to 7 (easy).",
        "sum of scores / answers";
    "nps", "NPS", "score",
        "domain.md 3, service level",
        "Net promoter score, -100 to 100.",
        "100 x (answers of 9 and 10 - answers of 0 to 6) / answers";
    "response_rate", "Survey response", "ratio",
        "domain.md 3, service level",
        "Share of served contacts after which the survey was answered.",
        "answers / contacts closed by bot or people";
    // Money.
    "cost", "Cost", "currency",
        "domain.md 3, service level (cost)",
        "What the operation costs: wages, bot and other prices of contacts.",
        "total = wages + bot + contacts";
    "cost_per_contact", "Cost per contact", "currency",
        "domain.md 3, service level (cost)",
        "Total cost for each contact.",
        "total cost / contacts";
    "cost_per_true_resolution", "Cost per true resolution", "currency",
        "domain.md 3, service level (cost)",
        "Total cost for each contact that was truly resolved, by the bot or by people.",
        "total cost / truly resolved contacts";
    "roi", "ROI of the bot", "ratio",
        "domain.md 3, service level (cost); published claims, article 000",
        "Gain from the bot over what it costs.",
        "(true resolutions by the bot x price of a human contact - bot cost) / bot cost";
}
