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
        "usual in workforce management",
        "Contacts that began: first ones, returns and retrials.",
        "contacts that began in the measured time";
    "issues", "Issues", "count",
        "own definition",
        "What customers wanted done: first contacts, and issues that an article solved.",
        "first contacts + issues solved by articles";
    "repeats", "Returns", "count",
        "usual in workforce management",
        "Contacts of a customer who was served before in the same issue.",
        "contacts that are returns";
    "retrials", "Retrials", "count",
        "retrial queues",
        "Contacts of a customer whose contact before was not served.",
        "contacts that are retrials";
    "articles_solved", "Solved by articles", "count",
        "[intercom2022]",
        "Issues that an article solved as far as anyone can see: no contact followed.",
        "issues whose customer read an article and made no contact";
    "to_people", "Came to people", "count",
        "own definition",
        "Contacts that came to a queue for people, whether they joined it or not.",
        "contacts with a queue, each once";
    "offered", "Offered to people", "count",
        "usual in workforce management",
        "Contacts that came to a queue for people: joined it, or were lost at its door.",
        "answered + abandoned with or without a sign + balked + blocked + went on + still waiting";
    "answered", "Answered by people", "count",
        "usual in workforce management",
        "Contacts that an agent took from a queue while the customer was there.",
        "A = contacts assigned to an agent, without silent leavers";
    "abandoned", "Abandoned", "count",
        "usual in workforce management",
        "Contacts whose customer visibly left the queue.",
        "contacts that left a queue with a sign";
    "balked", "Did not join", "count",
        "queueing theory: balking",
        "Contacts whose customer went away at the sight of the wait.",
        "contacts that ended by not joining a queue";
    "blocked", "Found no room", "count",
        "queueing theory: blocking",
        "Contacts that found a queue full, with no other queue to take them.",
        "contacts refused at a queue";
    "turned_away", "Turned away", "count",
        "usual in workforce management",
        "Contacts that came outside opening hours and were not taken.",
        "contacts refused outside hours";
    "blocked_contacts", "Ended for want of room", "count",
        "own definition",
        "Contacts that ended because a queue or the bot was full.",
        "contacts with the outcome blocked";
    "broken_off", "Broken off", "count",
        "own definition",
        "Contacts that an agent had, that a shift end gave back, and whose customer then left the queue.",
        "contacts with the outcome broken_off";
    "went_on", "Went on", "count",
        "usual in workforce management",
        "Contacts that waited in a queue and went on to another (overflow).",
        "contacts that left a queue for another after waiting";
    "outcomes", "Ends", "count",
        "own definition",
        "Contacts by how they ended; with the open ones they add up to the arrivals.",
        "contacts with the outcome that the definition names";
    "silent_abandoned", "Abandoned without a sign", "count",
        "Castellanos, Yom-Tov and Goldberg",
        "Contacts whose customer left the queue unnoticed, so that an agent opened an empty conversation.",
        "contacts that left a queue without a sign";
    "open_contacts", "Open at the end", "count",
        "own definition",
        "Contacts of the measured time that had no end when the run ended.",
        "arrivals - outcomes";
    "lost_rate", "Lost", "ratio",
        "own definition",
        "Share of issues whose customer was never served and tries no more.",
        "issues given up unserved / issues";
    // Waiting.
    "abandonment_rate", "Abandonment", "ratio",
        "usual; silent leavers after Castellanos, Yom-Tov and Goldberg",
        "Share of contacts, answered or not, whose customer gave up waiting.",
        "known: B / (A + B + S); true: (B + S) / (A + B + S)";
    "balking_rate", "Balking", "ratio",
        "queueing theory: balking",
        "Share of offered contacts whose customer did not join the queue.",
        "balked / offered";
    "blocking_rate", "Blocking", "ratio",
        "Erlang B",
        "Share of offered contacts that found the queue full.",
        "blocked / offered";
    "abandoned_within", "Left within the threshold", "ratio",
        "ICMI, Koole, Genesys",
        "Share of contacts whose customer left before the threshold of the service level.",
        "B_T / (A + B)";
    "service_level", "Service level", "ratio",
        "ICMI, Koole, Genesys",
        "Share of contacts answered within a threshold. SL1 to SL8 differ in how they count those who left.",
        "SL3: A_T / (A + B + O_T); the others below";
    "asa_s", "Average speed of answer", "s",
        "ICMI",
        "Mean wait of the contacts that were answered.",
        "sum of waits of answered contacts / A";
    "wait_s", "Wait", "s",
        "usual in workforce management",
        "Time in the queue of all contacts that came to wait in it; who waits at the end of the run counts with the wait so far.",
        "mean, p50, p90, p95, p99, max of the waits";
    "wait_probability", "Had to wait", "ratio",
        "Erlang C and A",
        "Share of contacts that found no agent with room when they joined the queue.",
        "contacts not assigned at the moment of joining / (answered + abandoned)";
    "backlog", "Backlog", "count",
        "usual in workforce management",
        "Customers waiting for people when the run ends.",
        "contacts in the queue at the end whose customer is there";
    "queue_length", "Queue length", "count",
        "Little's law",
        "Contacts waiting for people, averaged over time.",
        "integral of the contacts waiting dt / measured time";
    "orbit", "Customers about to return", "count",
        "retrial queues",
        "Customers who will come again and have not yet, averaged over time; `retrials`: those of them whom nobody has served.",
        "integral of the planned returns dt / measured time";
    "in_bot", "Contacts in the bot", "count",
        "own definition",
        "Conversations with the bot, averaged over time.",
        "integral of the open bot sessions dt / measured time";
    // Times.
    "frt_s", "First response time", "s",
        "[intercom2023]: separately for bot and human",
        "Time from the start of a contact to the first answer of the party.",
        "bot: first reply - start; human: first human reply - start";
    "aht_s", "Handle time", "s",
        "[intercom2023]: separately for bot and human",
        "Time that a party has a contact, on the clock.",
        "bot: end - start of the session; human: sum over the visits of (end of handling and wrap-up - assignment) / contacts";
    "ttr_s", "Time to resolution", "s",
        "[intercom2023]: separately for bot and human",
        "Time from the start of a contact to its resolution by the party.",
        "resolution - start";
    "session_time_s", "Session time", "s",
        "Little's law",
        "Time that a bot session lasts, over all sessions.",
        "sum of session times / sessions";
    // People.
    "occupancy", "Occupancy", "ratio",
        "usual in workforce management; three readings for chat",
        "Share of the time on the queue that agents are occupied, in one of three meanings.",
        "agent_busy: time with >= 1 contact / time on the queue; slots: time of contacts that are not paused / (max x time); workload: integral of R(k)/R(max) dt / time";
    "utilisation", "Utilisation", "ratio",
        "usual in workforce management",
        "Share of paid time that agents have at least one contact.",
        "time with >= 1 contact / paid time";
    "concurrency", "Contacts per busy agent", "count",
        "usual in workforce management",
        "Contacts that an agent has at once, while having any.",
        "contact time / time with >= 1 contact";
    "paused_share", "Share of contact time paused", "ratio",
        "our definition, see docs/lines.md",
        "Share of the time of contacts with agents in which they stand still because another contact of the agent has paused them.",
        "paused contact time / contact time";
    "staffed", "Agents on the queue", "count",
        "usual in workforce management",
        "Agents who can take contacts, averaged over the time with at least one of them.",
        "integral of the agents on the queue dt / time with at least one on the queue";
    "in_service", "Contacts with agents", "count",
        "Little's law",
        "Contacts and wrap-ups with agents, averaged over the measured time.",
        "integral of the open contacts dt / measured time";
    "paid_hours", "Paid hours", "count",
        "usual in workforce management",
        "Hours of duty within the measured time that are paid, overtime included.",
        "sum of paid time";
    "overtime_hours", "Overtime hours", "count",
        "usual in workforce management",
        "Paid hours after the end of a shift, in which agents finish what they have begun.",
        "sum of the times from the end of a shift until its agent leaves";
    "absences", "Absences", "count",
        "usual in workforce management",
        "Duties that nobody came to.",
        "duties with an absent agent";
    "knowledge_hours", "Time for knowledge", "count",
        "[intercom2023]",
        "Paid hours of agents for articles and the content of the bot.",
        "paid hours x share for knowledge work, over the teams";
    "time_saved_hours", "Time saved", "count",
        "[intercom2023]",
        "Hours that AI would save if it did all of it: addressable contacts, transfers, writing.",
        "addressable: share that AI could handle x contacts x handle time of people; transfers: time of one x transfers; writing: time of one message x messages";
    // Bot and resolution.
    "involvement_rate", "Involvement", "ratio",
        "[intercom2022]",
        "Share of contacts in which the bot gave at least one answer.",
        "i = contacts with a bot answer / contacts";
    "sessions", "Bot sessions", "count",
        "own definition",
        "Sessions that the bot began.",
        "sessions begun";
    "resolution_rate", "Resolution", "ratio",
        "[intercom2022]",
        "bot: share of involved contacts that looked resolved. human: share of contacts closed by people that are truly resolved.",
        "bot: r = claimed resolutions / involved; human: truly resolved / closed by people";
    "roar", "ROAR", "ratio",
        "[intercom2022]",
        "Rate of automated resolution: share of all demand that articles or the bot resolved, as far as anyone can see.",
        "A + C i r";
    "true_roar", "True ROAR", "ratio",
        "own definition",
        "Share of all demand that articles or the bot truly resolved.",
        "A + C i r (1 - f)";
    "bot_share", "Bot's share of ROAR", "ratio",
        "[intercom2022]",
        "Share of the automated resolutions that the bot made, not an article.",
        "C i r / ROAR";
    "bypass_rate", "Bypass", "ratio",
        "[intercom2023]",
        "Share of contacts whose customer asked for a person before any answer of the bot.",
        "bypassed contacts / contacts";
    "human_only_rate", "Never automated", "ratio",
        "[intercom2022]",
        "Share of contacts that rules send to people past the bot.",
        "contacts on the never-automate list / contacts";
    "escalations", "To people, by reason", "count",
        "own definition",
        "Contacts that came past the bot, or that it gave away, by reason.",
        "skipped + escalated contacts of a reason";
    "containment_rate", "Containment", "ratio",
        "vendors' usual definition",
        "Share of involved contacts that never reached people.",
        "1 - escalated / involved";
    "false_containment_rate", "False containment", "ratio",
        "own definition",
        "Share of the bot's claimed resolutions that are none: the answer was wrong and the customer went away.",
        "f = false claims / claims";
    "deflection_rate", "Deflection", "ratio",
        "[intercom2023] (content)",
        "Share of demand, or of article readers, that never came to people, or to a contact.",
        "demand: (contacts closed by the bot + issues solved by articles) / (contacts + issues solved by articles); content: 1 - contacts within the window / customers shown articles; channel: issues served elsewhere / issues";
    "given_up_rate", "Given up", "ratio",
        "own definition",
        "Share of bot sessions that the customer left without an end: an answer took too long, or there was no way on to people.",
        "sessions given up / bot sessions";
    "short_bot_conversations", "Short bot conversations", "ratio",
        "own definition; published: the duration is ambiguous",
        "Share of bot sessions not longer than `bot.short`, by what they were in truth: short is good, or frustrated.",
        "sessions up to the threshold that ended so / bot sessions";
    "induced_contacts", "Induced contacts", "count",
        "own definition",
        "First contacts that would not have been without the channel or the bot.",
        "first contacts of induced sources";
    "cases_avoided", "Cases avoided", "ratio",
        "own definition",
        "By how much contacts for people fell against those that would have come without the bot.",
        "1 - contacts that came to people / (first contacts - induced contacts)";
    "claimed_resolutions", "Claimed resolutions", "count",
        "own definition",
        "What the bot closed, and where it went: fewer cases, induced contacts, customers who came again.",
        "closed = avoided + induced + came_again - unserved";
    "answered_turns", "Answers per involved contact", "count",
        "own definition",
        "Answers that the bot gave to a contact that it was involved in.",
        "bot answers / involved";
    "answer_accuracy", "Accuracy of answers", "ratio",
        "own definition",
        "Share of the answers of the bot that are right.",
        "right answers / answers";
    // Coming again.
    "fcr", "First-contact resolution", "ratio",
        "MetricNet, Medallia",
        "Share of first contacts that were closed and did not come back within the window.",
        "window: first contacts closed without a return planned within the window / first contacts closed; gross: the same / all first contacts";
    "repeat_rate", "Repeat contacts", "ratio",
        "usual in workforce management",
        "Share of contacts that come after an earlier one was closed.",
        "returns / contacts";
    "right_first_try", "Right at the first try", "ratio",
        "own definition",
        "Share of contacts that a rule sent to their first queue and that were right there.",
        "contacts whose first queue is the right one / contacts that joined a first queue that is not triage";
    "transfers_per_contact", "Transfers", "per_contact",
        "usual in workforce management",
        "Moves from one queue to another, for each contact that came to people.",
        "transfers / contacts that came to people";
    // Satisfaction.
    "csat", "CSAT", "ratio",
        "usual",
        "Share of survey answers with 4 or 5 of 5.",
        "answers >= 4 / answers";
    "ces", "CES", "score",
        "usual",
        "Mean customer effort score, 1 (hard) to 7 (easy).",
        "sum of scores / answers";
    "nps", "NPS", "score",
        "usual",
        "Net promoter score, -100 to 100.",
        "100 x (answers of 9 and 10 - answers of 0 to 6) / answers";
    "response_rate", "Survey response", "ratio",
        "usual",
        "Share of closed contacts after which the survey was answered.",
        "answers / contacts closed by bot or people";
    // Money.
    "cost", "Cost", "currency",
        "usual",
        "What the operation costs: wages, bot and other prices of contacts.",
        "total = wages + bot + contacts";
    "cost_per_contact", "Cost per contact", "currency",
        "usual",
        "Total cost for each contact.",
        "total cost / contacts";
    "cost_per_true_resolution", "Cost per true resolution", "currency",
        "own definition",
        "Total cost for each issue that was truly resolved: by the bot, by people or by an article.",
        "total cost / (true resolutions of bot and people + issues solved by articles)";
    "roi", "ROI of the bot", "ratio",
        "usual, on true resolutions",
        "Gain from the bot over what it costs.",
        "(true resolutions by the bot x price of a human contact - bot cost) / bot cost";
    // The bot under load.
    "turns", "Turns", "count",
        "own definition",
        "Messages that customers wrote to a real bot, by what became of them.",
        "offered: messages to be sent; sent: offered - dropped_in_flight - not_sent - generator_limit; finished: sent - cancelled_by_customer - censored_at_end; late: sent later than the budget of the generator; and each class of `TurnMeasured`";
    "turn_latency_s", "Turn latency", "s",
        "own definition",
        "Time from the moment at which a message had to be sent to the last part of the bot's answer. Messages without an answer when their customer gave up or the run ended count as no less than that; failed ones do not count.",
        "last part of the answer - intended moment, wall clock";
    "ttft_s", "Time to first content", "s",
        "vendors of language models: TTFT",
        "Time from the moment at which a message had to be sent to the first part of the answer that says something. Messages without an answer count as in the turn latency.",
        "first part - intended moment, wall clock";
    "first_answer_s", "Time to first answer", "s",
        "own definition",
        "Time from the moment at which a message had to be sent to the first part of the answer that the customer sees: text or a tool call, not what a model thinks before. The time to first content where nothing tells the two apart. Messages without an answer count as in the turn latency.",
        "first part that is no reasoning - intended moment, wall clock";
    "service_time_s", "Service time", "s",
        "own definition",
        "Time from the moment at which a message was sent to the last part of the answer.",
        "turn latency - dispatch lag, for each turn";
    "dispatch_lag_s", "Dispatch lag", "s",
        "own definition",
        "How late messages were sent: what the load generator, its limit of messages under way and new connections cost.",
        "moment of sending - intended moment, wall clock";
    "failed_after_s", "Time to failure", "s",
        "own definition",
        "Time from the moment at which a message had to be sent to its failure. Failed turns only.",
        "failure - intended moment, wall clock";
    "unanswered_s", "Time without an answer", "s",
        "own definition",
        "Time from the moment at which a message had to be sent until its customer gave up or the run ended, of messages without an answer by then.",
        "end of waiting - intended moment, wall clock";
    "worst_turn_s", "Worst turn", "s",
        "own definition",
        "The longest turn latency of a conversation; a message without an answer counts as no less than it waited.",
        "largest turn latency, for each conversation";
    "bot_wait_s", "Waiting for the bot", "s",
        "own definition",
        "All turn latencies of a conversation together; a message without an answer counts as no less than it waited.",
        "sum of turn latencies, for each conversation";
    "answered_rate", "Answered turns", "ratio",
        "own definition",
        "Share of messages that the bot answered, or for which it gave the conversation to people.",
        "turns whose class is ok, ok_partial or handoff / turns offered";
    "error_rate", "Errors", "ratio",
        "own definition",
        "Share of messages that were not answered: failed, dropped, without an answer when the customer gave up or when the run ended.",
        "turns whose class is neither ok, ok_partial nor handoff / (turns offered - not_sent - generator_limit)";
    "late_rate", "Late turns", "ratio",
        "own definition",
        "Share of turns that were sent later than the budget of the generator, or never.",
        "late turns / (finished turns + not_sent + generator_limit)";
    "cancelled_rate", "Cancelled turns", "ratio",
        "own definition",
        "Share of turns that the customer did not wait for.",
        "turns cancelled by the customer / turns offered";
    "handoff_rate", "Handoffs", "ratio",
        "own definition",
        "Share of finished turns in which the bot gave the conversation to people.",
        "turns that mean handoff / finished turns";
    "fallback_rate", "Fallbacks", "ratio",
        "own definition",
        "Share of finished turns in which the bot said that it did not understand.",
        "turns that mean fallback / finished turns";
    "reconnect_rate", "New connections", "ratio",
        "own definition",
        "Share of finished turns for which a connection had to be made.",
        "turns with a new connection / finished turns";
    "connect_time_s", "Connecting", "s",
        "own definition",
        "Mean time that a new connection took, TLS included.",
        "time spent on connections / turns with a new connection";
    "latency_autocorrelation", "Correlation of latencies", "ratio",
        "AIPerf's proposal for effective sample sizes",
        "How alike neighbouring turn latencies are: the more, the fewer independent values there are.",
        "covariance of neighbours / variance, in the order of the ends";
    "turns_in_flight", "Turns under way", "count",
        "Little (1961): L",
        "Messages to the bot that had to be sent and had no end yet, on average over the measured window.",
        "integral of messages under way over the measured window / its length";
    "turns_per_s", "Turns per second", "count",
        "own definition",
        "Rate at which messages had to be sent to the bot, and at which it answered, over the measured window, wall clock.",
        "turns asked in the measured window, or answered in it / its length";
    "rate_times_latency", "Rate x latency", "count",
        "Little (1961): lambda W",
        "How many messages must be under way on average by Little's law.",
        "(turns asked in the measured window / its length) x their mean time until they ended";
    "littles_law_gap", "Gap to Little's law", "ratio",
        "own definition",
        "How far rate times latency is from the messages under way: 0 in a long steady test.",
        "rate x latency / turns under way - 1";
}
