//! The doubts: those of results, of load tests and of formulas.

use super::{Kind, Severity, audit_failed};
use crate::domain::TurnClass;
use crate::time::SimDuration;
use std::fmt;

/// A mean number of contacts in words, whole where it is large.
fn contacts(mean: f64) -> String {
    let digits = if mean >= 10.0 || mean.fract() == 0.0 { 0 } else { 2 };
    let one = if mean == 1.0 { "contact" } else { "contacts" };
    format!("{mean:.digits$} {one}")
}

doubts! {
    /// Every contact ends in one way, and agents' time adds up. The audit inside each replication
    /// found it otherwise: a defect of convoq, or of a log that something else wrote. Keep the
    /// run and report it.
    W0901 Defect AuditFailed {
        /// How often, in all replications.
        violations: u64,
        /// The first of them.
        first: String,
    } = "laws of conservation are violated":
        "{}. First: {first}", audit_failed(*violations);

    /// The copy of a file that the scenario names is not as the run wrote it. Numbers are counted
    /// from events and tables and stand; the formulas beside them need the scenario and are left out.
    W0902 Damaged CopyDamaged {
        /// The file and what is wrong with it.
        error: String,
        /// As the scenario names it.
        name: String,
    } = "a damaged file of the run":
        "{error}; it is the run's copy of {name}, without which the formulas beside the simulation are left out";

    /// The run was stopped. The numbers are those of the replications that were done by then.
    W0903 Interrupted Interrupted {
        /// Replications that are done.
        done: u32,
        /// Replications that were asked for.
        planned: u32,
        /// What they are: `replications`, or the `futures` of a fork.
        unit: &'static str,
    } = "an interrupted run": "interrupted after {done} of {planned} {unit}";

    /// The program that wrote the run died, and `convoq log recover --seal` sealed what was there.
    W0904 Interrupted WriterDied {
        /// Replications that are done.
        done: u32,
        /// Replications that were asked for.
        planned: u32,
        /// What was lost, in words.
        lost: String,
    } = "a run that was sealed unfinished":
        "interrupted: the writer died after {done} of {planned} replications; {lost}";

    /// A program is writing the run. Ask again when it is done.
    W0905 Interrupted BeingWritten {
        /// Replications whose events are all there.
        ended: usize,
        /// Replications that were asked for.
        planned: u32,
        /// What is told of a replication that is cut, in words.
        cut: String,
    } = "a run that is being written":
        "not finished: it is being written, and {ended} of {planned} replications have ended in its log so far{cut}";

    /// The program that wrote the run died. `convoq log recover` completes the run.
    W0906 Interrupted Unfinished {
        /// Replications whose events are all there.
        ended: usize,
        /// Replications that were asked for.
        planned: u32,
        /// What was lost, in words.
        lost: String,
        /// Where the run is.
        path: String,
        /// What is told of a replication that is cut, in words.
        cut: String,
    } = "a run whose writer died":
        "not finished: the writer died after {ended} of {planned} replications; {lost} (`convoq log recover {path}` completes it){cut}";

    /// The precision that was asked for takes more replications than were allowed.
    W0907 Doubtful ImpreciseStill {
        /// The precision, as it was asked for.
        asked: String,
        /// Replications that were not enough.
        replications: u32,
    } = "a precision that is not reached":
        "the precision of {asked} is not reached with {replications} replications; a larger -n allows more";

    /// Nothing was measured that the precision speaks of: a share, where it is in points alone.
    W0908 Doubtful NothingToBePrecise {
        /// The precision, as it was asked for.
        asked: String,
    } = "a precision of nothing":
        "the precision of {asked} applies to nothing that was measured: `pt` is for shares, `%` for everything";

    /// How far a number would be off on another day is seen between replications only.
    W0909 Doubtful OneReplication = "one replication":
        "one replication: no interval can be given; use -n 20 or more";

    /// The load does not change with the clock, so the intervals of one long replication are
    /// estimated from means of its parts. Numbers without a series have none.
    W0910 Doubtful OneReplicationInBatches = "one long replication":
        "one replication: intervals are by batch means, and only some numbers have one; use -n 20 or more for all";

    /// Intervals rest on the spread between replications, and that is hardly known from so few.
    W0911 Doubtful FewReplications {
        /// How many.
        replications: u32,
    } = "few replications": "only {replications} replications: intervals are rough; use -n 20 or more";

    /// A target names a percentile, a group or a definition of which too little happened. It
    /// counts as failed.
    W0912 Doubtful TargetNotMeasured = "a target of which nothing was measured":
        "a target names something of which nothing, or too little, was measured";

    /// The interval of the target's number lies across its limit.
    W0913 Doubtful Undecided = "a target that is not decided":
        "a target is not decided at this precision; more replications would tell";

    /// More contacts wait at the end than at the same time of the day before. Longer runs have
    /// longer waits: more people, or customers who leave, make the queue stable.
    W0914 Doubtful Unstable {
        /// The queue.
        queue: String,
        /// Contacts that wait when the run ends, a mean over replications.
        left: f64,
        /// Their share of those offered.
        share: f64,
    } = "a queue that does not keep up":
        "queue {queue} ends with {} waiting ({:.1} % of those offered): it does not keep up, and its numbers depend on the length of the run",
        contacts(*left), 100.0 * share;

    /// Contacts that wait when the run ends have no result yet, and numbers without them look
    /// better than they are.
    W0915 Doubtful StillWaiting {
        /// The queue.
        queue: String,
        /// Contacts that wait when the run ends, a mean over replications.
        left: f64,
        /// Their share of those offered.
        share: f64,
    } = "contacts that still wait at the end":
        "queue {queue} ends with {} waiting ({:.1} % of those offered): beyond the threshold they count as late, before it not yet; speed of answer and abandonment leave them out",
        contacts(*left), 100.0 * share;

    /// By the rule MSER-5 the contacts waiting are still on their way to the steady state in the
    /// second half of the run: it is too short, or there is no steady state.
    W0916 Doubtful Unsettled {
        /// Until when they have not settled, hours.
        late_h: f64,
        /// From when they are measured, hours.
        declared_h: f64,
    } = "a run that does not settle":
        "the contacts waiting have not settled after half of the run ({late_h:.1} h, MSER-5), and are measured from {declared_h:.1} h on: make `time.days` longer, and then `time.warm_up`";

    /// By the rule MSER-5 the run begins to be in its steady state later than it is measured.
    W0917 Doubtful ShortWarmUp {
        /// When they settle, hours.
        late_h: f64,
        /// From when they are measured, hours.
        declared_h: f64,
    } = "a warm-up that is too short":
        "the contacts waiting settle after {late_h:.1} h (MSER-5), and are measured from {declared_h:.1} h on: make `time.warm_up` longer";

    /// Another version wrote the run. What both know is as it was written.
    W0918 Doubtful UnknownRows {
        /// Names of what is left out.
        names: String,
    } = "tables with unknown rows":
        "the run's tables have what this version does not know, and it is left out: {names}";

    /// The scenario is valid and doubtful. `convoq check` shows the line, and a code of its own.
    W0919 Doubtful OfScenario {
        /// What `convoq check` says.
        warning: String,
    } = "a warning of the scenario": "{warning}";

    /// The events are those of a foreign log (`convoq import`). What nobody saw is in none of them:
    /// whether an issue was truly resolved, how long a customer would have waited. Who was at work is
    /// taken from the contacts: from an agent's first to the last, pauses up to four hours included.
    W0920 Doubtful Imported {
        /// What was read, and what was left out, in words.
        read: String,
    } = "an imported log":
        "imported: {read}; who was at work is an estimate from the contacts that agents had, and what nobody could see (true resolution, patience) is in no number";

    /// Messages left later than they were meant to. Latencies count from the intended moments and
    /// stay true, but the load was not the planned one: load less, or from a faster machine.
    W1001 Invalid GeneratorLate {
        /// Of the lags: `p99`, or `max` where there are few.
        stat: &'static str,
        /// The lag, milliseconds.
        lag_ms: f64,
        /// The largest that is fine, milliseconds (`--lag-budget`).
        budget_ms: f64,
    } = "a load generator that was late":
        "INVALID: the load generator was late: dispatch lag {stat} {lag_ms:.1} ms, budget {budget_ms:.1} ms; latencies count from the intended moments and stay true, but the load was not the planned one";

    /// What the bot would have done with these messages nobody knows. `ulimit -n` allows more
    /// files; HTTP/2 and kept connections need fewer.
    W1002 Invalid AtOwnLimit {
        /// Messages that were not sent.
        kept: f64,
        /// Messages that were to be.
        offered: f64,
    } = "a machine at its own limit":
        "INVALID: for {kept:.0} of {offered:.0} messages this machine had no port, file descriptor or memory left: the load was not the planned one";

    /// Fewer than one in ten messages were answered, so nothing has passed, whatever the targets say.
    W1003 NotAnswered NotAnswered {
        /// Messages that were.
        answered: f64,
        /// Messages that were to be.
        offered: f64,
    } = "a bot that answers next to nothing":
        "NOT ANSWERED: the bot answered {answered:.0} of {offered:.0} messages";

    /// What was under way had time to end (`--drain`). The rest counts as open.
    W1004 Interrupted Stopped = "an interrupted load test": "interrupted before the end";

    /// More and more messages were under way, and first words took longer and longer.
    W1005 Interrupted Oversaturated = "a backlog without end":
        "stopped before the end: the backlog grows without end: the bot is over-saturated";

    /// `--when-full abort` ends a load test that would have to hold messages back.
    W1006 Interrupted Full {
        /// Messages under way.
        in_flight: usize,
    } = "as many messages as may be under way":
        "stopped before the end: {in_flight} messages are under way at once, and --when-full is abort";

    /// `--max-conversations` ends a load test.
    W1007 Interrupted ConversationsSpent {
        /// The limit.
        conversations: u64,
    } = "as many conversations as may be":
        "stopped before the end: the limit of {conversations} conversations is reached (--max-conversations)";

    /// `--max-turns` ends a load test.
    W1008 Interrupted TurnsSpent {
        /// The limit.
        turns: u64,
    } = "as many messages as may be":
        "stopped before the end: the limit of {turns} messages is reached (--max-turns)";

    /// The disk is full, or the folder is gone.
    W1009 Interrupted LogStopped = "a log that cannot be written":
        "stopped before the end: the log cannot be written any more";

    /// The thread that sends and receives was busy for more than 85 % of the time, and then its
    /// own messages wait.
    W1010 Doubtful BusyGenerator {
        /// Share of the time.
        share: f64,
    } = "a load generator near its limit":
        "the load generator was busy {:.0}% of the time with its one thread: part of the latencies may be its own; load less, or from a faster machine",
        100.0 * share;

    /// Whether a customer goes on to people is decided by the scenario's accuracy, not by what
    /// the real bot said.
    W1011 Doubtful RightUnseen = "accuracy is the scenario's":
        "whether an answer of the bot was right is not seen: it is drawn from the scenario's accuracy";

    /// Whoever stands between could read and change everything.
    W1012 Doubtful Unchecked = "certificates that were not checked":
        "certificates were not checked (--insecure)";

    /// Some of what the bot posted to the callback reached no conversation.
    W1013 Doubtful PostedInVain {
        /// Messages of conversations that are not there.
        unknown: u64,
        /// Messages that were too many at once.
        overflown: u64,
        /// Requests that could not be read.
        refused: u64,
    } = "posted in vain":
        "of what the bot posted, {unknown} messages were of no conversation that is there, {overflown} were too many at once, and {refused} requests were no JSON of at most 1 MiB";

    /// A reply was taken for over, and then more of it came.
    W1014 Doubtful AfterTheReply {
        /// Messages.
        late: u64,
        /// The quiet that ends a reply.
        settle: SimDuration,
    } = "messages after their reply":
        "{late} messages of the bot came after their reply was over (settle {settle}): they are in no measure; raise --settle, or say in a template what ends a reply (reply_done)";

    /// A reply was over by what the template says, and then more of it came.
    W1015 Doubtful AfterTheEnd {
        /// Messages.
        late: u64,
    } = "messages after the end of their reply":
        "{late} messages of the bot came after their reply was over, by what the template says ends one (reply_done, messages): they are in no measure";

    /// A welcome, or what belongs to no message. A template's `greeting` waits for a welcome.
    W1016 Doubtful Unasked {
        /// How often.
        unasked: u64,
    } = "said unasked":
        "the bot said something before it was asked, or that answers no message, {unasked} times: it is in no measure";

    /// The load was spread over these machines.
    W1017 Doubtful Addresses {
        /// The name.
        host: String,
        /// How many it has.
        addresses: usize,
        /// What each got.
        each: String,
    } = "several addresses":
        "{host} has {addresses} addresses, at which connections took turns ({each})";

    /// The bot closes connections of HTTP/2 now and then; not a byte of these messages was used.
    W1018 Doubtful Resent {
        /// How many.
        requests: u64,
    } = "requests that were sent again":
        "{requests} requests were sent again, as the bot said that it had not processed them (GOAWAY or REFUSED_STREAM of HTTP/2); they count from their intended moments";

    /// The bot, or something before it, closes idle connections sooner than they are used.
    W1019 Doubtful LostWhenReused {
        /// How many.
        requests: u64,
    } = "requests that were lost on a kept connection":
        "{requests} requests were lost on a connection that had been kept open, before a byte of the reply: the bot may have closed it because it was idle, which `--reuse per-turn` avoids";

    /// The wait is this machine's and counts as lag.
    W1020 Doubtful WaitedForConnection {
        /// How many.
        requests: u64,
    } = "requests that waited for a connection":
        "{requests} requests had to wait for a connection: as many were open as there are file descriptors for (`ulimit -n`)";

    /// The wait is the bot's limit and this machine's together.
    W1021 Doubtful WaitedForStream {
        /// How many.
        requests: u64,
    } = "requests that waited for a stream":
        "{requests} requests had to wait for a stream (HTTP/2): the bot allows no more on a connection, and as many connections were open as there are file descriptors for (`ulimit -n`)";

    /// Messages left later than they were meant to, as no more were allowed at once.
    W1022 Doubtful Delayed {
        /// Messages.
        delayed: u64,
        /// Messages that may be under way at once.
        most: usize,
        /// Whose limit it is.
        whose: &'static str,
    } = "messages that were held back":
        "{delayed} messages had to wait until fewer than {most} were under way ({whose})";

    /// One example of each class of turns that failed.
    W1023 Doubtful FirstOf {
        /// The class.
        class: TurnClass,
        /// What was wrong.
        problem: String,
    } = "how the first of a class of turns failed":
        "the first turn that ended as {}: {problem}", class.name();

    /// Erlang C supposes that nobody gives up. Where customers do, waits are shorter than it says.
    W1101 Doubtful PatienceLeftOut = "Erlang C with customers who give up":
        "customers who give up shorten the queue: with abandonment Erlang C overstates waits, the more the busier (compare `convoq erlang a`)";

    /// Close to full occupancy waits grow without limit, and no load is known so well.
    W1102 Doubtful NearlyFull {
        /// As it is printed.
        occupancy: String,
    } = "agents who are nearly always busy":
        "at {occupancy} occupancy waits depend on the last per cent of load; real days drift more than that";

    /// Customers who try again are counted exactly in a small chain only.
    W1103 Doubtful RedialsAtRandom = "redials taken as random":
        "rates, waits of all and losses are those of the exact chain where it is small; service levels take redials as random";

    /// The formula takes handle times as exponential.
    W1104 Doubtful OtherLaws = "other laws of handle times":
        "other laws of handle times move these numbers by some per cent; simulate where they matter";

    /// An agent with several chats is neither as fast as with one nor several agents.
    W1105 Doubtful ChatsDivided {
        /// Agents of the answer.
        agents: u32,
        /// The metric that was asked for.
        metric: &'static str,
        /// What each such shortcut would say.
        said: String,
    } = "what dividing by the number of chats would say":
        "dividing by the number of chats misleads; {agents} agents would give {metric} ({said})";

    /// Who gets the next chat matters, and is left out here.
    W1106 Doubtful SpreadEvenly = "a team too large for the exact chain":
        "the team is too large for the exact chain: chats are spread evenly";
}
