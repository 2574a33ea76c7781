//! The table of metrics: one row each, in the order of `docs/metrics.md`.
//!
//! A row is the variant, the name in JSON, CSV and targets, the title, the scale, which
//! direction is wanted, and what the metric is measured of; where it has several
//! definitions, the one that a bare name means and all of them. Then follow the source,
//! the meaning and the formula.

use super::Better::{Less, More, Neither};
use super::Definition::*;
use super::Scale::{Count, Money, OpenShare, PerContact, Ratio, Score, Share, Time};
use super::definition::{OUTCOMES, REASONS, TURNS};
use super::row::metrics;
use super::{Along, Facts};
use crate::domain::Dimension as By;

const CONTACT: Along = Along::of(&[By::Segment, By::Channel, By::Intent]);
const QUEUE: Along =
    Along { within: true, ..Along::of(&[By::Queue, By::Segment, By::Channel, By::Intent]) };
const WAIT: Along = Along::of(&[By::Queue, By::Segment, By::Channel, By::Intent, By::Party]);
const PARTY: Along = Along::of(&[By::Party, By::Segment, By::Channel, By::Intent]);
const WHOLE: Along = Along::of(&[]);
const LENGTH: Along = Along { of: &[By::Queue], ..Along::of(&[By::Queue]) };
const OF_PARTY: Along = Along { of: &[By::Party], ..PARTY };
const TIMES: Along = Along {
    of: &[By::Party, By::Queue],
    ..Along::of(&[By::Party, By::Queue, By::Segment, By::Channel, By::Intent])
};
const TEAM: Along = Along { of: &[By::Team], ..Along::of(&[By::Team, By::Party]) };
const POOL: Along = Along { of: &[By::Team, By::Party], ..TEAM };

metrics! {
    "Contacts" {
        Arrivals "arrivals", "Contacts", Count, Neither, CONTACT;
            "usual in workforce management"
            "Contacts that began: first ones, returns and retrials."
            "contacts that began in the measured time";
        Issues "issues", "Issues", Count, Neither, CONTACT;
            "own definition"
            "What customers wanted done: first contacts, and issues that an article solved."
            "first contacts + issues solved by articles";
        Repeats "repeats", "Returns", Count, Neither, CONTACT;
            "usual in workforce management"
            "Contacts of a customer who was served before in the same issue."
            "contacts that are returns";
        Retrials "retrials", "Retrials", Count, Neither, CONTACT;
            "retrial queues"
            "Contacts of a customer whose contact before was not served."
            "contacts that are retrials";
        ArticlesSolved "articles_solved", "Solved by articles", Count, Neither, CONTACT;
            "[intercom2022]"
            "Issues that an article solved as far as anyone can see: no contact followed."
            "issues whose customer read an article and made no contact";
        ToPeople "to_people", "Came to people", Count, Neither, CONTACT;
            "own definition"
            "Contacts that came to a queue for people, whether they joined it or not."
            "contacts with a queue, each once";
        Offered "offered", "Offered to people", Count, Neither, QUEUE;
            "usual in workforce management"
            "Contacts that came to a queue for people: joined it, or were lost at its door."
            "answered + abandoned with or without a sign + balked + blocked + went on + still waiting";
        Answered "answered", "Answered by people", Count, More, QUEUE;
            "usual in workforce management"
            "Contacts that an agent took from a queue while the customer was there."
            "A = contacts assigned to an agent, without silent leavers";
        Abandoned "abandoned", "Abandoned", Count, Less, QUEUE;
            "usual in workforce management"
            "Contacts whose customer visibly left the queue."
            "contacts that left a queue with a sign";
        Balked "balked", "Did not join", Count, Less, QUEUE;
            "queueing theory: balking"
            "Contacts whose customer went away at the sight of the wait."
            "contacts that ended by not joining a queue";
        Blocked "blocked", "Found no room", Count, Less, QUEUE;
            "queueing theory: blocking"
            "Contacts that found a queue full, with no other queue to take them."
            "contacts refused at a queue";
        TurnedAway "turned_away", "Turned away", Count, Less, CONTACT;
            "usual in workforce management"
            "Contacts that came outside opening hours and were not taken."
            "contacts refused outside hours";
        BlockedContacts "blocked_contacts", "Ended for want of room", Count, Less, CONTACT;
            "own definition"
            "Contacts that ended because a queue or the bot was full."
            "contacts with the outcome blocked";
        BrokenOff "broken_off", "Broken off", Count, Less, QUEUE;
            "own definition"
            "Contacts that an agent had, that a shift end gave back, and whose customer then left the queue."
            "contacts with the outcome broken_off";
        WentOn "went_on", "Went on", Count, Neither, QUEUE;
            "usual in workforce management"
            "Contacts that waited in a queue and went on to another (overflow)."
            "contacts that left a queue for another after waiting";
        Outcomes "outcomes", "Ends", Count, Neither, CONTACT, None, &OUTCOMES;
            "own definition"
            "Contacts by how they ended; with the open ones they add up to the arrivals."
            "contacts with the outcome that the definition names";
        SilentAbandoned "silent_abandoned", "Abandoned without a sign", Count, Less, QUEUE;
            "Castellanos, Yom-Tov and Goldberg"
            "Contacts whose customer left the queue unnoticed, so that an agent opened an empty conversation."
            "contacts that left a queue without a sign";
        OpenContacts "open_contacts", "Open at the end", Count, Neither, CONTACT;
            "own definition"
            "Contacts of the measured time that had no end when the run ended."
            "arrivals - outcomes";
        LostRate "lost_rate", "Lost", Share, Less, CONTACT;
            "own definition"
            "Share of issues whose customer was never served and tries no more."
            "issues given up unserved / issues";
    }
    "Waiting" {
        AbandonmentRate "abandonment_rate", "Abandonment", Share, Less, QUEUE, Some(True), &[True, Known];
            "usual; silent leavers after Castellanos, Yom-Tov and Goldberg"
            "Share of contacts, answered or not, whose customer gave up waiting."
            "known: B / (A + B + S); true: (B + S) / (A + B + S)";
        BalkingRate "balking_rate", "Balking", Share, Less, QUEUE;
            "queueing theory: balking"
            "Share of offered contacts whose customer did not join the queue."
            "balked / offered";
        BlockingRate "blocking_rate", "Blocking", Share, Less, QUEUE;
            "Erlang B"
            "Share of offered contacts that found the queue full."
            "blocked / offered";
        AbandonedWithin "abandoned_within", "Left within the threshold", Share, Less, QUEUE;
            "ICMI, Koole, Genesys"
            "Share of contacts whose customer left before the threshold of the service level."
            "B_T / (A + B)";
        ServiceLevel "service_level", "Service level", Share, More, QUEUE, Some(SL3), &[SL1, SL2, SL3, SL4, SL5, SL6, SL7, SL8];
            "ICMI, Koole, Genesys"
            "Share of contacts answered within a threshold. SL1 to SL8 differ in how they count those who left."
            "SL3: A_T / (A + B + O_T); the others below";
        Asa "asa_s", "Average speed of answer", Time, Less, WAIT, None, &[Waited, Session];
            "ICMI"
            "Mean wait of the contacts that were answered."
            "sum of waits of answered contacts / A";
        Wait "wait_s", "Wait", Time, Less, QUEUE, None, &[Mean, Abandoned];
            "usual in workforce management"
            "Time in the queue of all contacts that came to wait in it; who waits at the end of the run counts with the wait so far."
            "mean, p50, p90, p95, p99, max of the waits";
        WaitProbability "wait_probability", "Had to wait", Share, Less, WAIT, None, &[Session];
            "Erlang C and A"
            "Share of contacts that found no agent with room when they joined the queue."
            "contacts not assigned at the moment of joining / (answered + abandoned)";
        Backlog "backlog", "Backlog", Count, Less, LENGTH;
            "usual in workforce management"
            "Customers waiting for people when the run ends."
            "contacts in the queue at the end whose customer is there";
        QueueLength "queue_length", "Queue length", Count, Less, LENGTH;
            "Little's law"
            "Contacts waiting for people, averaged over time."
            "integral of the contacts waiting dt / measured time";
        Orbit "orbit", "Customers about to return", Count, Neither, WHOLE, None, &[Retrials];
            "retrial queues"
            "Customers who will come again and have not yet, averaged over time; `retrials`: those of them whom nobody has served."
            "integral of the planned returns dt / measured time";
        InBot "in_bot", "Contacts in the bot", Count, Neither, WHOLE;
            "own definition"
            "Conversations with the bot, averaged over time."
            "integral of the open bot sessions dt / measured time";
    }
    "Times" {
        Frt "frt_s", "First response time", Time, Less, OF_PARTY, None, &[OpenHours];
            "[intercom2023]: separately for bot and human"
            "Time from the start of a contact to the first answer of the party."
            "bot: first reply - start; human: first human reply - start";
        Aht "aht_s", "Handle time", Time, Less, TIMES, None, &[Queue];
            "[intercom2023]: separately for bot and human"
            "Time that a party has a contact, on the clock."
            "bot: end - start of the session; human: sum over the visits of (end of handling and wrap-up - assignment) / contacts";
        Ttr "ttr_s", "Time to resolution", Time, Less, OF_PARTY, None, &[OpenHours, CustomerPaused];
            "[intercom2023]: separately for bot and human"
            "Time from the start of a contact to its resolution by the party."
            "resolution - start";
        SessionTime "session_time_s", "Session time", Time, Neither, OF_PARTY;
            "Little's law"
            "Time that a bot session lasts, over all sessions."
            "sum of session times / sessions";
    }
    "People" {
        Occupancy "occupancy", "Occupancy", Share, Neither, POOL, Some(AgentBusy), &[AgentBusy, Slots, Workload];
            "usual in workforce management; three readings for chat"
            "Share of the time on the queue that agents are occupied, in one of three meanings."
            "agent_busy: time with >= 1 contact / time on the queue; slots: time of contacts that are not paused / (max x time); workload: integral of R(k)/R(max) dt / time";
        Utilisation "utilisation", "Utilisation", OpenShare, Neither, TEAM;
            "usual in workforce management"
            "Share of paid time that agents have at least one contact."
            "time with >= 1 contact / paid time";
        Concurrency "concurrency", "Contacts per busy agent", Count, Neither, TEAM, None, &[Staffed];
            "usual in workforce management"
            "Contacts that an agent has at once, while having any."
            "contact time / time with >= 1 contact";
        PausedShare "paused_share", "Share of contact time paused", Share, Neither, TEAM;
            "our definition, see docs/lines.md"
            "Share of the time of contacts with agents in which they stand still because another contact of the agent has paused them."
            "paused contact time / contact time";
        Staffed "staffed", "Agents on the queue", Count, Neither, TEAM;
            "usual in workforce management"
            "Agents who can take contacts, averaged over the time with at least one of them."
            "integral of the agents on the queue dt / time with at least one on the queue";
        InService "in_service", "Contacts with agents", Count, Neither, TEAM;
            "Little's law"
            "Contacts and wrap-ups with agents, averaged over the measured time."
            "integral of the open contacts dt / measured time";
        PaidHours "paid_hours", "Paid hours", Count, Neither, TEAM;
            "usual in workforce management"
            "Hours of duty within the measured time that are paid, overtime included."
            "sum of paid time";
        OvertimeHours "overtime_hours", "Overtime hours", Count, Neither, TEAM;
            "usual in workforce management"
            "Paid hours after the end of a shift, in which agents finish what they have begun."
            "sum of the times from the end of a shift until its agent leaves";
        Absences "absences", "Absences", Count, Neither, TEAM;
            "usual in workforce management"
            "Duties that nobody came to."
            "duties with an absent agent";
        KnowledgeHours "knowledge_hours", "Time for knowledge", Count, Neither, CONTACT;
            "[intercom2023]"
            "Paid hours of agents for articles and the content of the bot."
            "paid hours x share for knowledge work, over the teams";
        TimeSavedHours "time_saved_hours", "Time saved", Count, Neither, CONTACT, None, &[Addressable, Transfers, Writing];
            "[intercom2023]"
            "Hours that AI would save if it did all of it: addressable contacts, transfers, writing."
            "addressable: share that AI could handle x contacts x handle time of people; transfers: time of one x transfers; writing: time of one message x messages";
    }
    "Bot and resolution" {
        InvolvementRate "involvement_rate", "Involvement", Share, Neither, CONTACT;
            "[intercom2022]"
            "Share of contacts in which the bot gave at least one answer."
            "i = contacts with a bot answer / contacts";
        Sessions "sessions", "Bot sessions", Count, Neither, CONTACT;
            "own definition"
            "Sessions that the bot began."
            "sessions begun";
        ResolutionRate "resolution_rate", "Resolution", Share, More, OF_PARTY, None, &[True];
            "[intercom2022]"
            "bot: share of involved contacts that looked resolved. human: share of contacts closed by people that are truly resolved."
            "bot: r = claimed resolutions / involved; human: truly resolved / closed by people";
        Roar "roar", "ROAR", Share, More, CONTACT;
            "[intercom2022]"
            "Rate of automated resolution: share of all demand that articles or the bot resolved, as far as anyone can see."
            "A + C i r";
        TrueRoar "true_roar", "True ROAR", Share, More, CONTACT;
            "own definition"
            "Share of all demand that articles or the bot truly resolved."
            "A + C i r (1 - f)";
        BotShare "bot_share", "Bot's share of ROAR", Share, Neither, CONTACT;
            "[intercom2022]"
            "Share of the automated resolutions that the bot made, not an article."
            "C i r / ROAR";
        BypassRate "bypass_rate", "Bypass", Share, Neither, CONTACT;
            "[intercom2023]"
            "Share of contacts whose customer asked for a person before any answer of the bot."
            "bypassed contacts / contacts";
        HumanOnlyRate "human_only_rate", "Never automated", Share, Neither, CONTACT;
            "[intercom2022]"
            "Share of contacts that rules send to people past the bot."
            "contacts on the never-automate list / contacts";
        Escalations "escalations", "To people, by reason", Count, Neither, CONTACT, None, &REASONS;
            "own definition"
            "Contacts that came past the bot, or that it gave away, by reason."
            "skipped + escalated contacts of a reason";
        ContainmentRate "containment_rate", "Containment", Share, Neither, CONTACT;
            "vendors' usual definition"
            "Share of involved contacts that never reached people."
            "1 - escalated / involved";
        FalseContainmentRate "false_containment_rate", "False containment", Share, Less, CONTACT;
            "own definition"
            "Share of the bot's claimed resolutions that are none: the answer was wrong and the customer went away."
            "f = false claims / claims";
        DeflectionRate "deflection_rate", "Deflection", Share, More, CONTACT, Some(Demand), &[Demand, Content, Channel];
            "[intercom2023] (content)"
            "Share of demand, or of article readers, that never came to people, or to a contact."
            "demand: (contacts closed by the bot + issues solved by articles) / (contacts + issues solved by articles); content: 1 - contacts within the window / customers shown articles; channel: issues served elsewhere / issues";
        GivenUpRate "given_up_rate", "Given up", Share, Neither, CONTACT;
            "own definition"
            "Share of bot sessions that the customer left without an end: an answer took too long, or there was no way on to people."
            "sessions given up / bot sessions";
        ShortBotConversations "short_bot_conversations", "Short bot conversations", Share, Neither, CONTACT, Some(All), &[All, True, False, Escalated, GivenUp];
            "own definition; published: the duration is ambiguous"
            "Share of bot sessions not longer than `bot.short`, by what they were in truth: short is good, or frustrated."
            "sessions up to the threshold that ended so / bot sessions";
        InducedContacts "induced_contacts", "Induced contacts", Count, Neither, CONTACT;
            "own definition"
            "First contacts that would not have been without the channel or the bot."
            "first contacts of induced sources";
        CasesAvoided "cases_avoided", "Cases avoided", Ratio(f64::NEG_INFINITY, 1.0), Neither, CONTACT;
            "own definition"
            "By how much contacts for people fell against those that would have come without the bot."
            "1 - contacts that came to people / (first contacts - induced contacts)";
        ClaimedResolutions "claimed_resolutions", "Claimed resolutions", Count, Neither, CONTACT, Some(Closed), &[Closed, Avoided, Induced, CameAgain, Unserved];
            "own definition"
            "What the bot closed, and where it went: fewer cases, induced contacts, customers who came again."
            "closed = avoided + induced + came_again - unserved";
        AnsweredTurns "answered_turns", "Answers per involved contact", Count, Neither, CONTACT;
            "own definition"
            "Answers that the bot gave to a contact that it was involved in."
            "bot answers / involved";
        AnswerAccuracy "answer_accuracy", "Accuracy of answers", Share, More, CONTACT;
            "own definition"
            "Share of the answers of the bot that are right."
            "right answers / answers";
    }
    "Coming again" {
        Fcr "fcr", "First-contact resolution", Share, More, CONTACT, Some(Window), &[Window, Gross];
            "MetricNet, Medallia"
            "Share of first contacts that were closed and did not come back within the window."
            "window: first contacts closed without a return planned within the window / first contacts closed; gross: the same / all first contacts";
        RepeatRate "repeat_rate", "Repeat contacts", Share, Less, CONTACT;
            "usual in workforce management"
            "Share of contacts that come after an earlier one was closed."
            "returns / contacts";
        RightFirstTry "right_first_try", "Right at the first try", Share, Neither, CONTACT;
            "own definition"
            "Share of contacts that a rule sent to their first queue and that were right there."
            "contacts whose first queue is the right one / contacts that joined a first queue that is not triage";
        TransfersPerContact "transfers_per_contact", "Transfers", PerContact, Less, CONTACT;
            "usual in workforce management"
            "Moves from one queue to another, for each contact that came to people."
            "transfers / contacts that came to people";
    }
    "Satisfaction" {
        Csat "csat", "CSAT", Share, More, PARTY;
            "usual"
            "Share of survey answers with 4 or 5 of 5."
            "answers >= 4 / answers";
        Ces "ces", "CES", Score(1.0, 7.0), More, PARTY;
            "usual"
            "Mean customer effort score, 1 (hard) to 7 (easy)."
            "sum of scores / answers";
        Nps "nps", "NPS", Score(-100.0, 100.0), More, PARTY;
            "usual"
            "Net promoter score, -100 to 100."
            "100 x (answers of 9 and 10 - answers of 0 to 6) / answers";
        ResponseRate "response_rate", "Survey response", Share, Neither, PARTY;
            "usual"
            "Share of closed contacts after which the survey was answered."
            "answers / contacts closed by bot or people";
    }
    "Money" {
        Cost "cost", "Cost", Money, Less, WHOLE, Some(Total), &[Total, Wages, Contacts, Bot];
            "usual"
            "What the operation costs: wages, bot and other prices of contacts."
            "total = wages + bot + contacts";
        CostPerContact "cost_per_contact", "Cost per contact", Money, Less, WHOLE;
            "usual"
            "Total cost for each contact."
            "total cost / contacts";
        CostPerTrueResolution "cost_per_true_resolution", "Cost per true resolution", Money, Less, WHOLE;
            "own definition"
            "Total cost for each issue that was truly resolved: by the bot, by people or by an article."
            "total cost / (true resolutions of bot and people + issues solved by articles)";
        Roi "roi", "ROI of the bot", Ratio(f64::NEG_INFINITY, f64::INFINITY), More, WHOLE;
            "usual, on true resolutions"
            "Gain from the bot over what it costs."
            "(true resolutions by the bot x price of a human contact - bot cost) / bot cost";
    }
    "The bot under load" {
        Turns "turns", "Turns", Count, Neither, CONTACT, Some(Offered), &TURNS;
            "own definition"
            "Messages that customers wrote to a real bot, by what became of them."
            "offered: messages to be sent; sent: offered - dropped_in_flight - not_sent - generator_limit; finished: sent - cancelled_by_customer - censored_at_end; late: sent later than the budget of the generator; and each class of `TurnMeasured`";
        TurnLatency "turn_latency_s", "Turn latency", Time, Less, CONTACT;
            "own definition"
            "Time from the moment at which a message had to be sent to the last part of the bot's answer. Messages without an answer when their customer gave up or the run ended count as no less than that; failed ones do not count."
            "last part of the answer - intended moment, wall clock";
        Ttft "ttft_s", "Time to first content", Time, Less, CONTACT;
            "vendors of language models: TTFT"
            "Time from the moment at which a message had to be sent to the first part of the answer that says something. Messages without an answer count as in the turn latency."
            "first part - intended moment, wall clock";
        FirstAnswer "first_answer_s", "Time to first answer", Time, Less, CONTACT;
            "own definition"
            "Time from the moment at which a message had to be sent to the first part of the answer that the customer sees: text or a tool call, not what a model thinks before. The time to first content where nothing tells the two apart. Messages without an answer count as in the turn latency."
            "first part that is no reasoning - intended moment, wall clock";
        ServiceTime "service_time_s", "Service time", Time, Less, CONTACT;
            "own definition"
            "Time from the moment at which a message was sent to the last part of the answer."
            "turn latency - dispatch lag, for each turn";
        DispatchLag "dispatch_lag_s", "Dispatch lag", Time, Less, CONTACT;
            "own definition"
            "How late messages were sent: what the load generator, its limit of messages under way and new connections cost."
            "moment of sending - intended moment, wall clock";
        FailedAfter "failed_after_s", "Time to failure", Time, Neither, CONTACT;
            "own definition"
            "Time from the moment at which a message had to be sent to its failure. Failed turns only."
            "failure - intended moment, wall clock";
        Unanswered "unanswered_s", "Time without an answer", Time, Less, CONTACT;
            "own definition"
            "Time from the moment at which a message had to be sent until its customer gave up or the run ended, of messages without an answer by then."
            "end of waiting - intended moment, wall clock";
        WorstTurn "worst_turn_s", "Worst turn", Time, Less, CONTACT;
            "own definition"
            "The longest turn latency of a conversation; a message without an answer counts as no less than it waited."
            "largest turn latency, for each conversation";
        BotWait "bot_wait_s", "Waiting for the bot", Time, Less, CONTACT;
            "own definition"
            "All turn latencies of a conversation together; a message without an answer counts as no less than it waited."
            "sum of turn latencies, for each conversation";
        AnsweredRate "answered_rate", "Answered turns", Share, More, CONTACT;
            "own definition"
            "Share of messages that the bot answered, or for which it gave the conversation to people."
            "turns whose class is ok, ok_partial, ok_cut or handoff / turns offered";
        ErrorRate "error_rate", "Errors", Share, Less, CONTACT;
            "own definition"
            "Share of messages that were not answered: failed, dropped, without an answer when the customer gave up or when the run ended."
            "turns whose class is neither ok, ok_partial, ok_cut nor handoff / (turns offered - not_sent - generator_limit)";
        Goodput "goodput", "Goodput", Share, More, CONTACT;
            "Zhong and others, DistServe (OSDI 2024): requests within their latency objectives"
            "Share of messages that were answered within all limits of a good turn (`load --good`)."
            "answered turns within all limits / (turns offered - not_sent - generator_limit)";
        Itl "itl_s", "Inter-token time", Time, Less, CONTACT;
            "NVIDIA AIPerf and GuideLLM: inter-token latency, of each request"
            "Mean time from token to token of an answer that came in parts. A distribution over answers, not over tokens."
            "(last part - first part) / (tokens - 1), for each answer";
        Tpot "tpot_s", "Time per output token", Time, Less, CONTACT;
            "GuideLLM: time per output token"
            "Time of the whole answer for each of its tokens, the wait for the first one included."
            "service time / tokens, for each answer";
        Pause "pause_s", "Longest pause", Time, Less, CONTACT;
            "own definition"
            "The longest time between two parts of an answer: what a stall looks like to whoever reads along."
            "largest time between neighbouring parts, for each answer that came in parts";
        TokensPerS "tokens_per_s", "Output tokens per second", Count, More, CONTACT;
            "NVIDIA AIPerf: output token throughput"
            "Tokens of the answers that ended in the measured window, for each second of it."
            "tokens of answers / length of the measured window, wall clock";
        TokensPerAnswer "tokens_per_answer", "Output tokens", Count, Neither, CONTACT;
            "usual"
            "Mean tokens of an answer, as the bot counts them; its parts where it does not."
            "tokens of answers / answers";
        TokensPerPrompt "tokens_per_prompt", "Prompt tokens", Count, Neither, CONTACT;
            "usual"
            "Mean tokens of a prompt, as the bot counts them, of the answers that say so."
            "tokens of prompts / answers that say them";
        UncountedTokens "uncounted_tokens", "Answers without a count of tokens", Share, Less, CONTACT;
            "own definition"
            "Share of answers of which the bot says no tokens: their parts are counted in their place."
            "answers without usage / answers";
        LateRate "late_rate", "Late turns", Share, Less, CONTACT;
            "own definition"
            "Share of turns that were sent later than the budget of the generator, or never."
            "late turns / (finished turns + not_sent + generator_limit)";
        CancelledRate "cancelled_rate", "Cancelled turns", Share, Neither, CONTACT;
            "own definition"
            "Share of turns that the customer did not wait for."
            "turns cancelled by the customer / turns offered";
        HandoffRate "handoff_rate", "Handoffs", Share, Neither, CONTACT;
            "own definition"
            "Share of finished turns in which the bot gave the conversation to people."
            "turns that mean handoff / finished turns";
        FallbackRate "fallback_rate", "Fallbacks", Share, Less, CONTACT;
            "own definition"
            "Share of finished turns in which the bot said that it did not understand."
            "turns that mean fallback / finished turns";
        ReconnectRate "reconnect_rate", "New connections", Share, Neither, CONTACT;
            "own definition"
            "Share of finished turns for which a connection had to be made."
            "turns with a new connection / finished turns";
        ConnectTime "connect_time_s", "Connecting", Time, Less, CONTACT;
            "own definition"
            "Mean time that a new connection took, TLS included."
            "time spent on connections / turns with a new connection";
        LatencyAutocorrelation "latency_autocorrelation", "Correlation of latencies", Ratio(-1.0, 1.0), Neither, CONTACT;
            "AIPerf's proposal for effective sample sizes"
            "How alike neighbouring turn latencies are: the more, the fewer independent values there are."
            "covariance of neighbours / variance, in the order of the ends";
        TurnsInFlight "turns_in_flight", "Turns under way", Count, Neither, CONTACT;
            "Little (1961): L"
            "Messages to the bot that had to be sent and had no end yet, on average over the measured window."
            "integral of messages under way over the measured window / its length";
        TurnsPerS "turns_per_s", "Turns per second", Count, Neither, CONTACT, Some(Offered), &[Offered, Answered, Good];
            "own definition"
            "Rate at which messages had to be sent to the bot, and at which it answered, over the measured window, wall clock."
            "turns asked in the measured window, or answered in it (within all limits) / its length";
        RateTimesLatency "rate_times_latency", "Rate x latency", Count, Neither, CONTACT;
            "Little (1961): lambda W"
            "How many messages must be under way on average by Little's law."
            "(turns asked in the measured window / its length) x their mean time until they ended";
        LittlesLawGap "littles_law_gap", "Gap to Little's law", Ratio(-1.0, f64::INFINITY), Neither, CONTACT;
            "own definition"
            "How far rate times latency is from the messages under way: 0 in a long steady test."
            "rate x latency / turns under way - 1";
    }
}
