//! The declaration of the events: all that is said of each stands here, once.
//!
//! [`each_event!`] hands the list to a macro of another file. The enum, the kinds, what
//! `log show` and process logs tell, and the page `docs/events.md` come from it in `kinds.rs`;
//! what turns events into columns and back in `log/codec.rs`. Whoever adds an event adds it here,
//! where it is emitted, in `State::apply`, and in the projections that count it.
//!
//! ```text
//! "SECTION OF THE PAGE" {
//!     /// When it happens.
//!     ///
//!     /// Use: what it is counted for.
//!     Name = NUMBER says("what {field} adds to the name in `log show`") {
//!         /// What it is. Hidden.
//!         field: Type as column shown "attribute in process logs",
//!     }
//! }
//! ```
//!
//! - `NUMBER` is that of the word in the column `type`: the next one that is free. It never changes.
//! - Columns are those of `log/columns.rs`; `or NEVER` stands for no value. A type that takes two
//!   columns has them with a `/`.
//! - Names that begin with `true_` are those of hidden facts.

/// Hands all events to a macro.
macro_rules! each_event {
    ($then:ident) => {
        $then! {
            "The run" {
                /// The run began: always the first event, at time 0. The header goes with it.
                ///
                /// Use: Opens a log; a reader takes names, thresholds and prices from the header that
                /// comes with it.
                RunStarted = 0
                /// A scheduled fault began to act: bot outage, slow bot, accuracy regression, absent
                /// agents, demand spike.
                ///
                /// Use: Marks the time in which numbers are not those of an ordinary day.
                FaultStarted = 37 says("{fault}") {
                    /// Which fault of the scenario.
                    fault: FaultId as fault,
                }
                /// A scheduled fault ceased to act.
                ///
                /// Use: Closes the span that `FaultStarted` opened.
                FaultEnded = 38 says("{fault}") {
                    /// Which fault of the scenario.
                    fault: FaultId as fault,
                }
                /// The run was forked here: what follows belongs to a changed scenario, or to another
                /// future (`convoq fork`, [fork.md](fork.md)). An unchanged continuation has no such
                /// event.
                ///
                /// Use: Tells a reader where the settings changed. The events of the moment that come
                /// before it are the past. Here, and only here, the state of the engine passes from one
                /// scenario to the next.
                Forked = 40 says("into {}", if future == 0 { "a changed scenario".into() } else { format!("future {future}") }) {
                    /// Number of the future, from 1: what was hidden and not yet over was drawn anew; 0
                    /// = the run's own future.
                    future: u32 as number,
                }
                /// The run ended: always the last event, at the end of the horizon and its drain.
                /// Contacts without an end are open.
                ///
                /// Use: Integrals over time are read for the last time; the audit closes its books.
                RunEnded = 41
            }
            "Before the contact" {
                /// A customer who was about to make contact was shown help articles.
                ///
                /// Use: The denominator of content deflection, and the start of the deflection window.
                ArticleViewed = 1 says("{segment} by {channel}, {intent}") {
                    /// Which customer: source, interval and number within it.
                    origin: Origin as source / interval / number,
                    /// The customer's segment.
                    segment: SegmentId as segment shown "segment",
                    /// The channel that the customer was about to use.
                    channel: ChannelId as channel shown "channel",
                    /// What the customer wants.
                    intent: IntentId as intent shown "intent",
                }
                /// The article solved the issue as far as anyone can see: no contact followed the view.
                /// A `ReturnPlanned` may precede it.
                ///
                /// Use: Automated resolution by content (`roar`), one issue of the demand.
                ArticleSolved = 2
            }
            "The contact" {
                /// A customer made contact: for the first time, or again as planned. Follows
                /// `ArticleViewed` of the same contact if the article did not help.
                ///
                /// Use: Opens the contact; every later event of the same `conversation` belongs to it.
                ContactStarted = 3 says("{segment} by {channel}, {intent}") {
                    /// Which customer: source, interval and number within it; the identity of the
                    /// issue.
                    origin: Origin as source / interval / number,
                    /// The customer's segment.
                    segment: SegmentId as segment shown "segment",
                    /// The channel.
                    channel: ChannelId as channel shown "channel",
                    /// What the customer wants.
                    intent: IntentId as intent shown "intent",
                    /// The customer's tier.
                    tier: TierId as tier shown "tier",
                    /// The customer's language.
                    language: LanguageId as language shown "language",
                    /// Number of the contact among those of its issue, from 0.
                    attempt: u16 as attempt shown "attempt",
                }
                /// Directly after the `ContactStarted` of a return or a retrial. The contact has the
                /// place of the one before it, unless that is an empty chat that is still there.
                ///
                /// Use: Tells repeats from retrials (`repeat_rate`), and joins the contacts of one
                /// issue.
                ContactReturned = 4 says("of #{of}, {reason}") {
                    /// The contact before it of the same issue.
                    of: ConversationId as of,
                    /// The first contact of the issue.
                    chain: ConversationId as chain,
                    /// Why the customer came again.
                    reason: ReturnReason as reason shown "reason",
                    /// When the contact before it ended.
                    ended: SimTime as ended_us,
                }
                /// A party closed the contact: the bot by a confirmation or by silence, an agent by
                /// ending the work. `ContactEnded` follows at the same moment.
                ///
                /// Use: Claimed and true resolution, time to resolution, who was asked for a survey.
                Resolved = 26 says("by {party}, {}", if truly { "truly" } else { "not truly" }) {
                    /// Who closed it.
                    party: Party as party shown "party",
                    /// Whether the issue is resolved indeed. Hidden.
                    truly: bool as truly shown "true_resolved",
                }
                /// The customer answered a survey about the contact.
                ///
                /// Use: CSAT, CES, NPS.
                SurveyAnswered = 29 says("csat {csat}, ces {ces}, nps {nps}") {
                    /// Who served the customer last.
                    party: Party as party shown "party",
                    /// Satisfaction, 1 to 5.
                    csat: u8 as csat shown "csat",
                    /// Effort, 1 (hard) to 7 (easy).
                    ces: u8 as ces shown "ces",
                    /// Would recommend, 0 to 10.
                    nps: u8 as nps shown "nps",
                }
                /// The customer decided to come again. Comes before the end of the contact (or of the
                /// article view) that it follows.
                ///
                /// Use: The number of customers about to return, and first-contact resolution: counted
                /// here and not when they come, so that the end of the run does not cut returns off.
                ReturnPlanned = 28 says("{reason}, by {channel}") {
                    /// When the customer will come. Hidden until then.
                    at: SimTime as until_us or NEVER,
                    /// Why.
                    reason: ReturnReason as reason shown "reason",
                    /// The channel of the next contact.
                    channel: ChannelId as channel,
                }
                /// The contact ended. Exactly once for each contact that is not open when the run ends.
                ///
                /// Use: Outcomes add up to arrivals; a contact that nobody served and that plans no
                /// return is lost.
                ContactEnded = 27 says("{outcome}") {
                    /// How: one of the outcomes below.
                    outcome: Outcome as outcome shown "outcome",
                }
            }
            "The bot" {
                /// The contact did not come to the bot. It goes to people, or ends if it is turned away
                /// for want of capacity.
                ///
                /// Use: Bypass, human-only share, reasons of escalation.
                BotSkipped = 5 says("{reason}") {
                    /// Why.
                    reason: EscalationReason as reason shown "reason",
                }
                /// No bot session was free, and the contact waits for one.
                ///
                /// Use: Wait for the bot; contacts waiting for it.
                BotQueued = 6
                /// A bot session began.
                ///
                /// Use: Sessions, contacts in the bot, price per session.
                BotEngaged = 7
                /// The customer sent a message to the bot. In a load test the moment is the planned
                /// one.
                ///
                /// Use: State of the contact; on a resume, questions that wait for an answer are asked
                /// again. In a load test, turns offered.
                BotAsked = 8 says("turn {turn}") {
                    /// Number of the message, from 1.
                    turn: u16 as turn shown "turn",
                    /// How long the rate limit of the bot holds the message back.
                    held: SimDuration as duration_us shown "held_s",
                    /// When the customer will no longer wait for the answer. Hidden.
                    deadline: SimTime as until_us or NEVER,
                }
                /// The reply of a real bot came, or it is clear that none will. Load tests only: the
                /// simulator never writes it. `BotReplied` or `BotFailed` follows.
                ///
                /// Times are wall-clock microseconds, whatever the speed of the run. The service time
                /// is `latency_us - lag_us`. A message that `BotAsked` wrote and that has no
                /// `TurnMeasured` was cancelled by the customer (`BotGivenUp`, or `BotEscalated` with
                /// `too_slow`), or the run ended first.
                ///
                /// Use: Latency, time to first content, lateness, errors by class.
                TurnMeasured = 9 {
                    /// Number of the message.
                    turn: u16 as turn shown "turn",
                    /// How the turn ended, one of the classes below.
                    class: TurnClass as class shown "class",
                    /// What the reply means by the rules of the load test: `answered`, `handoff`,
                    /// `fallback`, `resolved`, `failed`.
                    meaning: Meaning as meaning shown "meaning",
                    /// HTTP status or WebSocket close code; 0 for none.
                    status: u16 as status shown "status",
                    /// How late the request went out.
                    lag_us: u32 as lag_us shown "lag_s",
                    /// From the intended moment to the first part that says something, where there was
                    /// one.
                    first_us: Option<NonZeroU32> as first_us shown "first_s",
                    /// From the intended moment to the first part that is an answer, not reasoning,
                    /// where there was one; null in logs of older versions.
                    answer_us: Option<NonZeroU32> as answer_us shown "answer_s",
                    /// From the intended moment to the last part that says something, or to the
                    /// failure.
                    latency_us: u32 as latency_us shown "latency_s",
                    /// Of that, spent on making a connection; 0 where one was used again.
                    connect_us: u32 as connect_us shown "connect_s",
                    /// Parts that say something.
                    parts: u16 as parts shown "parts",
                    /// Longest pause between two of them.
                    pause_us: u32 as pause_us shown "pause_s",
                    /// Tokens of the reply, as the bot counts them.
                    tokens: Option<NonZeroU32> as tokens shown "tokens",
                    /// Tokens of the prompt, as the bot counts them.
                    prompt_tokens: Option<NonZeroU32> as prompt_tokens shown "prompt_tokens",
                }
                /// The customer gave the bot up and left: would not wait longer for its answer, or
                /// found no way on (`bot.escape_hatch: false`). Ends the session.
                ///
                /// Use: Cancelled turns, session time.
                BotGivenUp = 10 says("turn {turn}") {
                    /// Number of the message.
                    turn: u16 as turn shown "turn",
                }
                /// The bot answered the message.
                ///
                /// Use: Involvement (the first answer), answers per contact, first response time of the
                /// bot, accuracy.
                BotReplied = 11 says("turn {turn}, {}", if right { "right" } else { "wrong" }) {
                    /// Number of the message.
                    turn: u16 as turn shown "turn",
                    /// Whether the answer is right. Hidden.
                    right: bool as right shown "true_right",
                }
                /// The bot failed to answer: outage, error or time-out. `BotEscalated` follows.
                ///
                /// Use: State of the contact.
                BotFailed = 12 says("turn {turn}") {
                    /// Number of the message.
                    turn: u16 as turn shown "turn",
                }
                /// After an answer that did not end it, the customer takes time before the next
                /// message.
                ///
                /// Use: State of the contact: when the next `BotAsked` is due.
                CustomerThinking = 13 {
                    /// When the customer will write. Hidden until then.
                    until: SimTime as until_us or NEVER,
                }
                /// The bot gave the contact to people, or had to turn it away. Ends its session.
                ///
                /// Use: Containment, reasons of escalation, session time.
                BotEscalated = 14 says("{reason}") {
                    /// Why.
                    reason: EscalationReason as reason shown "reason",
                }
                /// The session ended and no person is needed, as far as anyone can see. `Resolved` by
                /// the bot follows.
                ///
                /// Use: Claimed resolutions: what vendors bill and publish.
                BotClosed = 15 says("{}", if confirmed { "confirmed" } else { "not confirmed" }) {
                    /// The customer said that it helped; else the customer left without asking more.
                    confirmed: bool as confirmed shown "confirmed",
                }
            }
            "Queues" {
                /// The contact joined a queue for people. One that an agent takes at once joins it too,
                /// and is assigned at the same moment. After a transfer of a contact that was being
                /// handled, it joins again.
                ///
                /// Use: Offered contacts, the start of every wait.
                Queued = 16 says("{queue}") {
                    /// The queue.
                    queue: QueueId as queue,
                    /// Priority level there, 0 to 7.
                    level: u8 as level shown "level",
                    /// When the customer gives up; never for one who is taken at once. Hidden.
                    deadline: SimTime as until_us or NEVER,
                    /// Whether the customer would give up without a sign. Hidden.
                    silent: bool as silent,
                    /// Whether the queue is the wrong one. Hidden.
                    wrong: bool as wrong shown "true_wrong",
                }
                /// A wait was announced to a customer about to join a queue.
                ///
                /// Use: What the customer knew when balking or joining.
                WaitAnnounced = 17 says("{wait}") {
                    /// The announced wait.
                    wait: SimDuration as duration_us shown "wait_s",
                }
                /// The customer did not join a queue because of the announced wait. `ContactEnded`
                /// follows.
                ///
                /// Use: Balking, SL8.
                Balked = 18 says("{queue}") {
                    /// The queue that the customer did not join.
                    queue: QueueId as queue,
                }
                /// The contact found a queue full and no other queue takes it. `ContactEnded` follows,
                /// unless the contact waits already: then its overflow found no place, and it stays
                /// where it is.
                ///
                /// Use: Blocking, SL8.
                Refused = 19 says("{queue}") {
                    /// The queue that it came to first; for one that waits, the one that it would have
                    /// gone on to.
                    queue: QueueId as queue,
                }
                /// The customer left the queue, or was turned away from it at closing. With a sign the
                /// contact ends; without one it keeps its place until an agent takes it and finds
                /// nobody there. A `ReturnPlanned` of a silent leaver follows at once. A contact that
                /// was handed back has been answered: it breaks off.
                ///
                /// Use: Abandonment, known and true.
                Abandoned = 20 says("{}", if silent { "without a sign" } else { "" }) {
                    /// Without a sign: nobody knows yet. Hidden if so.
                    silent: bool as silent shown "true_silent",
                }
                /// The contact goes from one queue to another. A waiting contact (overflow) is in the
                /// new queue at once, keeps its place in time and takes the level of the new line; for
                /// one that was being handled `Queued` follows.
                ///
                /// Use: Transfers, contacts that flowed out of a queue.
                Transferred = 23 says("{from} to {to}, {reason}") {
                    /// The queue it leaves.
                    from: QueueId as queue,
                    /// The queue it goes to.
                    to: QueueId as to_queue,
                    /// Why.
                    reason: TransferReason as reason shown "reason",
                }
            }
            "Handling" {
                /// An agent took the contact from its queue.
                ///
                /// Use: Ends the wait; occupancy, concurrency.
                Assigned = 21 says("agent {agent}, contact {concurrency} of theirs") {
                    /// The agent.
                    agent: AgentId as agent,
                    /// How many contacts the agent has now, this one included.
                    concurrency: u16 as concurrency shown "concurrency",
                    /// Work that the contact holds for this agent: seconds if it were the only one.
                    /// Hidden.
                    work_s: f64 as work_s shown "true_work_s",
                }
                /// The agent wrote or spoke to the customer: on a live channel with the assignment, on
                /// an asynchronous one when the work is done. Not from triage, nor from an agent who
                /// only passes the contact on.
                ///
                /// Use: First response time of people. A handed-back contact has it again; only its
                /// first one counts.
                FirstHumanReply = 22
                /// The agent ended the contact, or this part of it: solved, sorted, passed on, found
                /// empty, or cut off by the end of a shift.
                ///
                /// Use: Handle time; frees the place, unless a wrap-up follows in it.
                HandlingEnded = 24 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                    /// Wrap-up that follows in the same place, seconds if it were the only task; 0 for
                    /// none. Hidden.
                    wrap_up_s: f64 as wrap_up_s shown "true_wrap_up_s",
                    /// Work left when a shift end took the contact from the agent, seconds; else 0.
                    /// Hidden.
                    left_s: f64 as left_s shown "true_left_s",
                }
                /// The agent ended the wrap-up of an earlier contact. Belongs to no contact: that one
                /// has ended.
                ///
                /// Use: Frees the place.
                WrapUpEnded = 25 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                    /// Place of the finished work among the agent's open ones.
                    place: u16 as place,
                }
            }
            "Staff" {
                /// An agent came to work, or goes straight on from one duty to the next.
                ///
                /// Use: Time on the queue, paid time, wages.
                ShiftStarted = 30 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                    /// Which duty of the agent.
                    duty: u16 as duty,
                    /// Time of the duty that is paid; overtime comes on top.
                    paid: SimDuration as duration_us shown "paid_s",
                }
                /// An agent is to leave or to go on a break and has contacts open: takes no more, and
                /// goes when the running ones are done. Under the rule `hand_back` only wrap-ups can be
                /// open. With `at_closing: serve` the agent takes those who came in opening hours and
                /// still wait, and then leaves. Under the rule `first_free` the agent goes on taking
                /// contacts, and whoever of the team is free first leaves.
                ///
                /// Use: Capacity from here on; the agent still counts as on the queue. One who is to
                /// leave works overtime from here on.
                AgentClosing = 31 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                    /// What follows: leaving, a break and its length (0: what is left of a fault),
                    /// leaving when the line is clear, or leaving by headcount.
                    then: Closing as then / duration_us shown "then",
                }
                /// An agent left work, with no contact open.
                ///
                /// Use: Ends the time on the queue.
                ShiftEnded = 32 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                }
                /// Two agents exchanged the rest of their duties: at the end of a shift under the rule
                /// `first_free` whoever is free leaves first.
                ///
                /// Use: Who follows which line of the roster from here on.
                DutySwapped = 33 says("agent {stays} stays, agent {leaves} leaves") {
                    /// The agent who should have left.
                    stays: AgentId as agent,
                    /// The agent who leaves instead.
                    leaves: AgentId as other_agent,
                }
                /// An agent went off the queue for a while: break, planned shrinkage or a fault. Again
                /// for one who is off already and stays off longer: what falls due meanwhile is added.
                ///
                /// Use: Time on the queue.
                BreakStarted = 34 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                    /// When the agent is back.
                    until: SimTime as until_us or NEVER,
                }
                /// An agent came back to the queue, or takes contacts again because the fault ended
                /// before the agent could go.
                ///
                /// Use: Time on the queue.
                BreakEnded = 35 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                }
                /// An agent did not come to a duty.
                ///
                /// Use: Absences; paid time without presence.
                AgentAbsent = 36 says("agent {agent}") {
                    /// The agent.
                    agent: AgentId as agent,
                    /// Time of the duty that is paid all the same.
                    paid: SimDuration as duration_us shown "paid_s",
                }
                /// The duty of an agent ends at another time than was planned: a fork changed it.
                ///
                /// Use: Paid time of duties that a fork lengthens, shortens or ends.
                DutyChanged = 39 says("agent {agent}") {
                    /// The agent whose duty it is.
                    agent: AgentId as agent,
                    /// Time that is paid from now on, in place of what was left of the duty; 0 = the
                    /// duty is over.
                    paid: SimDuration as duration_us,
                }
            }
        }
    };
}
pub(crate) use each_event;
