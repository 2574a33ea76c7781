//! Lines, and who takes whom: docs/lines.md, rule by rule, on days that one can follow.

use crate::common::{events, load};
use crate::fork;
use convoq::domain::Outcome;
use convoq::doubt::Severity;
use convoq::event::{Closing, Envelope, Event};
use convoq::id::{AgentId, ConversationId, QueueId};
use convoq::log::{Decoder, Encoder};
use convoq::scenario::Scenario;
use convoq::time::{SimDuration, SimTime};

const HEAD: &str = "
convoq: 1
name: lines
replications: 1
time: {start: 2026-03-02, days: 1, interval: 1h}
";

/// A moment of the day, as `9:30` or `9:30:15`.
fn clock(text: &str) -> SimTime {
    let parts: Vec<u64> = text.split(':').map(|p| p.parse().unwrap()).collect();
    let s = parts[0] * 3600 + parts[1] * 60 + parts.get(2).unwrap_or(&0);
    SimTime(s * 1_000_000)
}

struct Day {
    scenario: Scenario,
    events: Vec<Envelope>,
}

impl Day {
    fn of(body: &str) -> Self {
        Self::with(body, &[])
    }

    fn with(body: &str, set: &[(&str, &str)]) -> Self {
        let scenario = load(&format!("{HEAD}{body}"), set);
        let events = events(&scenario, 1, 0);
        let day = Self { scenario, events };
        day.check();
        day
    }

    /// Every day here keeps the laws of the audit, comes back from the log as it was, and
    /// goes on from any moment as it did.
    fn check(&self) {
        let summary = crate::common::summary(&self.scenario, 1, 1, 1);
        let audit = summary.doubt(Severity::Defect);
        assert!(audit.is_none(), "{audit:?}");
        let batch = Encoder::new(&self.scenario.header).batch(0, &self.events, &[]).unwrap();
        let mut back = Vec::new();
        let mut keep =
            |_: u32, events: &[Envelope], _: &[Option<i64>]| back.extend_from_slice(events);
        Decoder::new(&self.scenario.header).batch(&batch, &mut keep).unwrap();
        fork::assert_same(&back, &self.events, "from the log");
        let last = self.events.last().unwrap().at.0;
        for part in 1..20 {
            let at = SimTime(last * part / 20);
            let past = fork::past(&self.scenario, 1, &self.events, at);
            let whole = fork::play(&past, None, false, 0);
            fork::assert_same(&whole, &self.events, "from the middle of the day");
        }
        for event in self.events.iter().map(|e| e.at).filter(|at| at.0 < last) {
            let past = fork::past(&self.scenario, 1, &self.events, event);
            fork::assert_same(&fork::play(&past, None, false, 0), &self.events, "from an event");
        }
    }

    fn of_contact(&self, number: u32) -> impl Iterator<Item = &Envelope> {
        self.events.iter().filter(move |e| e.conversation == ConversationId(number))
    }

    /// When agents took the contact, and which.
    fn taken(&self, number: u32) -> Vec<(SimTime, u32)> {
        let taken = |e: &Envelope| match e.event {
            Event::Assigned { agent, .. } => Some((e.at, agent.0)),
            _ => None,
        };
        self.of_contact(number).filter_map(taken).collect()
    }

    fn end(&self, number: u32) -> Option<(SimTime, Outcome)> {
        self.of_contact(number).find_map(|e| match e.event {
            Event::ContactEnded { outcome } => Some((e.at, outcome)),
            _ => None,
        })
    }

    fn count(&self, test: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|e| test(&e.event)).count()
    }

    fn queues_of(&self, number: u32) -> Vec<(SimTime, QueueId)> {
        let comes = |e: &Envelope| match e.event {
            Event::Queued { queue, .. } => Some((e.at, queue)),
            Event::Transferred { to, .. } => Some((e.at, to)),
            _ => None,
        };
        self.of_contact(number).filter_map(comes).collect()
    }
}

const HANDOVER: &str = "
intents: {q: {work: {constant: 20m}}}
demand: [{channel: phone, times: ['mon 09:20', 'mon 09:25', 'mon 09:31']}]
channels: {phone: {patience: {constant: 8h}}}
teams: {t: {channels: {phone: {}}, shift_end: hand_back,
  shifts: [{agents: 1, from: '09:00', to: '09:30'}, {agents: 1, from: '09:30', to: '12:00'}]}}
";

#[test]
fn at_a_handover_what_was_cut_off_goes_on_before_all_who_wait() {
    let day = Day::of(HANDOVER);
    assert_eq!(day.taken(0), [(clock("9:20"), 0), (clock("9:30"), 1)]);
    assert_eq!(day.end(0), Some((clock("9:40"), Outcome::ClosedByHuman)));
    assert_eq!(day.taken(1), [(clock("9:40"), 1)]);
    assert_eq!(day.taken(2), [(clock("10:00"), 1)]);
}

#[test]
fn handed_back_goes_before_a_higher_priority_and_past_a_full_line_without_announcement() {
    let day = Day::of(
        "
segments: {gold: {}, std: {}}
intents: {q: {work: {constant: 20m}}}
demand:
  - {name: s, segment: std, channel: phone, times: ['mon 09:20']}
  - {name: g, segment: gold, channel: phone, times: ['mon 09:25']}
channels: {phone: {patience: {constant: 8h}, announce: {balk: 0%}}}
queues:
  gold: {channels: [phone], segments: [gold], priority: 7}
  std: {channels: [phone], segments: [std], capacity: 1}
teams: {t: {channels: {phone: {}}, shift_end: hand_back,
  shifts: [{agents: 1, from: '09:00', to: '09:30'}, {agents: 1, from: '10:00', to: '12:00'}]}}
",
    );
    assert_eq!(day.taken(0), [(clock("9:20"), 0), (clock("10:00"), 1)]);
    assert_eq!(day.taken(1), [(clock("10:10"), 1)]);
    assert_eq!(day.count(|e| matches!(e, Event::WaitAnnounced { .. })), 1);
    assert_eq!(day.count(|e| matches!(e, Event::Refused { .. })), 0);
}

#[test]
fn all_who_leave_at_a_moment_hand_back_before_anybody_takes_it() {
    let day = Day::with(
        HANDOVER,
        &[
            ("teams.t.shifts[0].agents", "2"),
            ("demand[0].times[1]", "mon 09:29"),
            ("demand[0].times[2]", "mon 09:35"),
        ],
    );
    // Agent 0 and agent 1 leave at 9:30 with contacts 0 and 1; agent 2 takes them in order.
    assert_eq!(day.taken(0).last(), Some(&(clock("9:30"), 2)));
    assert_eq!(day.taken(1).last(), Some(&(clock("9:40"), 2)));
    assert_eq!(day.taken(2), [(clock("9:59"), 2)]);
    assert_eq!(day.taken(1).len(), 2, "nobody who leaves takes what a colleague hands back");
}

#[test]
fn who_will_not_wait_to_be_served_on_breaks_off_and_may_try_again() {
    let late = [
        ("channels.phone.patience", "{constant: 10m}"),
        ("teams.t.shifts[1].from", "10:00"),
        ("demand[0].times", "['mon 09:20']"),
    ];
    let day = Day::with(HANDOVER, &late);
    assert_eq!(day.end(0), Some((clock("9:40"), Outcome::BrokenOff)));
    let again =
        [&late[..], &[("returns", "{retries: {after_abandon: 100%, delay: {constant: 1h}}}")]]
            .concat();
    let day = Day::with(HANDOVER, &again);
    assert_eq!(day.taken(1), [(clock("10:40"), 1)]);
}

#[test]
fn what_ends_with_the_shift_ends_and_is_not_handed_back() {
    let day = Day::with(HANDOVER, &[("intents.q.work", "{constant: 10m}")]);
    assert_eq!(day.end(0), Some((clock("9:30"), Outcome::ClosedByHuman)));
    assert_eq!(day.taken(0).len(), 1);
}

const OVERFLOW: &str = "
segments: {a: {}, b: {}}
intents: {q: {work: {constant: 10m}}}
demand:
  - {name: first, segment: b, channel: phone, times: ['mon 09:00']}
  - {name: b, segment: b, channel: phone, times: ['mon 09:01', 'mon 09:02']}
  - {name: a, segment: a, channel: phone, times: ['mon 09:00:30']}
channels: {phone: {patience: {constant: 5h}}}
queues:
  a: {channels: [phone], segments: [a], priority: 5, overflow: {to: b, after: 3m}}
  b: {channels: [phone], segments: [b], priority: 1}
teams:
  t: {channels: {phone: {}}, serves: [b], shifts: [{agents: 1, from: '09:00', to: '12:00'}]}
  u: {channels: {phone: {}}, serves: [a], shifts: [{agents: 1, from: '20:00', to: '21:00'}]}
";

#[test]
fn overflow_keeps_the_time_and_takes_the_level_of_the_line_it_enters() {
    let day = Day::of(OVERFLOW);
    // Number 1 joined at 9:00:30, before 2 and 3; by its old level it would win anyhow.
    assert_eq!(day.taken(1), [(clock("9:10"), 0)]);
    let day = Day::with(OVERFLOW, &[("demand[2].times", "['mon 09:01:30']")]);
    // By its old level 5 it would go before number 1, who came first.
    assert_eq!(day.taken(1), [(clock("9:10"), 0)]);
    assert_eq!(day.taken(2), [(clock("9:20"), 0)]);
}

#[test]
fn overflow_respects_the_capacity_of_the_next_line_and_then_stays() {
    let day = Day::with(OVERFLOW, &[("queues.b.capacity", "2")]);
    assert_eq!(day.queues_of(1), [(clock("9:00:30"), QueueId(0))]);
    let missed = |e: &Event| *e == Event::Refused { queue: QueueId(1) };
    assert_eq!(day.count(missed), 1);
    assert_eq!(day.taken(1), [], "its patience ends at 14:00");
    assert_eq!(day.end(1), Some((clock("14:00:30"), Outcome::Abandoned)));
}

#[test]
fn a_circle_of_overflows_is_gone_round_once() {
    for after in ["0s", "1m"] {
        let back = format!("{{to: a, after: {after}}}");
        let there = format!("{{to: b, after: {after}}}");
        let set = [("queues.b.overflow", back.as_str()), ("queues.a.overflow", &there)];
        let day = Day::with(OVERFLOW, &set);
        assert_eq!(day.queues_of(1).len(), 2, "{after}: {:?}", day.queues_of(1));
        let went_on = |e: &Event| matches!(e, Event::Transferred { .. });
        assert_eq!(day.count(went_on), 3, "{after}: each of those who wait goes on once");
    }
}

#[test]
fn two_full_queues_that_help_each_other_refuse_and_each_contact_counts_once() {
    let day = Day::of(
        "
intents: {sales: {work: {constant: 1h}}, support: {work: {constant: 1h}}}
demand:
  - {name: sales, channel: phone, times: ['mon 09:00', 'mon 09:01', 'mon 09:03', 'mon 09:05'], intents: {sales: 100%}}
  - {name: support, channel: phone, times: ['mon 09:00', 'mon 09:02'], intents: {support: 100%}}
channels: {phone: {patience: {constant: 10h}}}
queues:
  sales: {channels: [phone], intents: [sales], capacity: 1, when_full: overflow, overflow: {to: support}}
  support: {channels: [phone], intents: [support], capacity: 2, when_full: overflow, overflow: {to: sales}}
teams:
  sales: {channels: {phone: {}}, serves: [sales], agents: 1}
  support: {channels: {phone: {}}, serves: [support], agents: 1}
",
    );
    // 9:00 both served, 9:01 waits in sales, 9:02 in support, 9:03 goes on to support, 9:05 finds both full.
    assert_eq!(day.queues_of(4), [(clock("9:03"), QueueId(1))]);
    assert_eq!(day.end(5), Some((clock("9:05"), Outcome::Blocked)));
    let of_sales = |e: &Event| *e == Event::Refused { queue: QueueId(0) };
    assert_eq!(day.count(of_sales), 1);
}

const MIXED: &str = "
intents: {short: {work: {constant: 2m}}, long: {work: {constant: 30m}}, call: {work: {constant: 5m}}}
demand:
  - {name: a, channel: chat, times: ['mon 09:00'], intents: {short: 100%}}
  - {name: bc, channel: chat, times: ['mon 09:00', 'mon 09:00'], intents: {long: 100%}}
  - {name: p, channel: phone, times: ['mon 09:00:30'], intents: {call: 100%}}
  - {name: d, channel: chat, times: ['mon 09:01'], intents: {long: 100%}}
  - {name: e, channel: chat, times: ['mon 09:03'], intents: {long: 100%}}
channels: {chat: {patience: {constant: 10h}}, phone: {patience: {constant: 10h}}}
queues: {all: {channels: [chat, phone]}}
teams: {t: {channels: {chat: {max: 3}, phone: {}}, shifts: [{agents: 1, from: '09:00', to: '12:00'}]}}
";

#[test]
fn a_mixed_queue_gives_the_first_for_whom_there_is_room_and_nobody_later_passes() {
    let day = Day::of(MIXED);
    assert_eq!(day.taken(4), [(clock("9:02"), 0)], "a chat passes the call that has no room");
    assert_eq!(day.taken(5), [(clock("9:30"), 0)], "the later chat does not pass the earlier");
    assert_eq!(day.taken(3), [(clock("10:00"), 0)], "the call needs the agent alone");
}

#[test]
fn agents_kept_for_calls_take_chats_only_while_more_than_that_are_free() {
    let body = "
intents: {q: {work: {constant: 30m}}}
demand:
  - {name: chats, channel: chat, times: ['mon 09:00', 'mon 09:01', 'mon 09:02', 'mon 09:03']}
  - {name: call, channel: phone, times: ['mon 09:05']}
channels: {chat: {patience: {constant: 10h}}, phone: {patience: {constant: 10h}}}
teams: {t: {channels: {chat: {max: 2}, phone: {}}, shifts: [{agents: 2, from: '09:00', to: '12:00'}]}}
";
    let day = Day::of(body);
    assert_eq!(day.taken(4), [(clock("9:32"), 0)], "without a reserve the call waits for chats");
    let day = Day::with(body, &[("teams.t.channels.phone.reserve", "1")]);
    assert_eq!(day.taken(4), [(clock("9:05"), 1)]);
    let agents: Vec<_> = (0..4).map(|n| day.taken(n)[0]).collect();
    // The first two share agent 0; the others wait until there is room beside the reserve.
    assert_eq!(agents[0], (clock("9:00"), 0));
    assert_eq!(agents[1], (clock("9:01"), 0));
    assert_eq!(agents[2], (clock("9:30"), 0));
    assert_eq!(agents[3], (clock("9:31"), 0));
}

const LEAVERS: &str = "
intents: {a: {work: 10m}}
demand: [{channel: chat, times: ['mon 09:00', 'mon 09:00:01', 'mon 09:00:02']}]
channels: {chat: {patience: 1m, silent_abandonment: 100%, silent_hold: 2m}}
teams: {t: {channels: {chat: {max: 2, slowdown: [1, 1]}}, shifts: [{agents: 1, from: '09:00', to: '10:00'}]}}
returns: {retries: {after_abandon: 100%, delay: 1m}, max_contacts: 2}
";

#[test]
fn a_silent_leaver_is_back_a_delay_after_leaving_found_or_not() {
    let day = Day::of(LEAVERS);
    // Number 2 joins at 9:00:02, leaves at 9:01:02 and is back at 9:02:02 as number 3.
    let back = day.of_contact(3).next().unwrap();
    assert_eq!(back.at, clock("9:02:02"));
    let of = |e: &Envelope| match e.event {
        Event::ContactReturned { of, ended, .. } => Some((of, ended)),
        _ => None,
    };
    let of: Vec<_> = day.of_contact(3).filter_map(of).collect();
    assert_eq!(of, [(ConversationId(2), clock("9:01:02"))]);
    assert_eq!(day.end(2).map(|(_, outcome)| outcome), Some(Outcome::AbandonedSilently));
    // Nobody finds the second of them before the shift ends.
    let day = Day::with(LEAVERS, &[("intents.a.work", "2h")]);
    assert_eq!(day.end(2), None);
    assert_eq!(day.of_contact(3).next().unwrap().at, clock("9:02:02"));
}

#[test]
fn an_empty_chat_is_held_by_the_clock_and_slows_nobody() {
    let late = [
        ("teams.t.channels.chat", "{max: 3, slowdown: [1, 1, 1]}"),
        ("teams.t.shifts[0].from", "09:02"),
        ("demand[0].times", "['mon 09:00', 'mon 09:02', 'mon 09:02']"),
        ("returns", "{}"),
    ];
    let day = Day::with(LEAVERS, &late);
    assert_eq!(
        day.end(0),
        Some((clock("9:04"), Outcome::AbandonedSilently)),
        "two minutes by the clock"
    );
    // Two chats at half speed each for 20 minutes; the empty one beside them is no third.
    assert_eq!(day.end(1).unwrap().0, clock("9:22"));
    assert_eq!(day.end(2).unwrap().0, clock("9:22"));
}

#[test]
fn agent_choice_never_chooses_contacts() {
    let body = "
intents: {a: {work: 10m}, b: {work: 10m}}
demand:
  - {name: da, channel: chat, times: ['mon 09:00', 'mon 09:01'], intents: {a: 100%}}
  - {name: db, channel: chat, times: ['mon 09:00:30'], intents: {b: 100%}}
queues:
  qa: {channels: [chat], intents: [a], priority: 5}
  qb: {channels: [chat], intents: [b]}
teams: {t: {channels: {chat: {}}, serves: [qb, qa], agents: 1}}
";
    for rule in ["longest_idle", "least_loaded", "most_loaded", "skill_rank"] {
        let day = Day::with(body, &[("routing.agent_choice", rule)]);
        assert_eq!(day.taken(2), [(clock("9:10"), 0)], "{rule}: the higher level first");
        // With ageing the earlier of them is worth five levels more after 50 seconds each.
        let aged = [("routing.agent_choice", rule), ("routing.ageing", "5s")];
        let day = Day::with(body, &aged);
        assert_eq!(day.taken(1), [(clock("9:10"), 0)], "{rule}: ageing counts");
    }
}

#[test]
fn ties_go_to_whoever_has_been_idle_longest_across_teams() {
    let body = "
intents: {a: {work: 1m}}
demand: [{channel: chat, times: ['mon 09:00', 'mon 09:10', 'mon 09:20', 'mon 09:30', 'mon 09:40', 'mon 09:50']}]
teams: {t1: {channels: {chat: {}}, agents: 2}, t2: {channels: {chat: {}}, agents: 2}}
";
    for rule in ["longest_idle", "least_loaded"] {
        let day = Day::with(body, &[("routing.agent_choice", rule)]);
        let agents: Vec<u32> = (0..6).map(|n| day.taken(n)[0].1).collect();
        assert_eq!(agents, [0, 1, 2, 3, 0, 1], "{rule}");
    }
}

const CLOSING: &str = "
intents: {q: {work: {constant: 10m}}}
demand: [{channel: phone, times: ['mon 19:55', 'mon 19:58', 'mon 20:01']}]
channels: {phone: {patience: {constant: 30m}, open: {daily: '08:00-20:00'}}}
teams: {t: {channels: {phone: {}}, shifts: [{agents: 1, from: '08:00', to: '20:00'}]}}
";

#[test]
fn at_closing_agents_serve_those_who_came_in_time_and_nobody_else() {
    let day = Day::with(CLOSING, &[("channels.phone.at_closing", "serve")]);
    assert_eq!(day.taken(1), [(clock("20:05"), 0)]);
    assert_eq!(day.end(2), Some((clock("20:31"), Outcome::Abandoned)));
    let left = |e: &&Envelope| e.event == Event::ShiftEnded { agent: AgentId(0) };
    assert_eq!(day.events.iter().find(left).unwrap().at, clock("20:15"));
    let clears = |e: &Event| matches!(e, Event::AgentClosing { then: Closing::ClearLine, .. });
    assert_eq!(day.count(clears), 1);
}

#[test]
fn at_closing_nobody_who_is_to_be_served_is_handed_back() {
    let back = [("demand[0].times", "['mon 19:55']"), ("teams.t.shift_end", "hand_back")];
    let day = Day::with(CLOSING, &back);
    assert_eq!(day.end(0), Some((clock("20:30"), Outcome::BrokenOff)));
    let serve = [back[0], back[1], ("channels.phone.at_closing", "serve")];
    let day = Day::with(CLOSING, &serve);
    assert_eq!(day.end(0), Some((clock("20:05"), Outcome::ClosedByHuman)));
}

#[test]
fn at_closing_customers_wait_are_turned_away_or_called_back() {
    let day = Day::of(CLOSING);
    assert_eq!(day.end(1), Some((clock("20:28"), Outcome::Abandoned)));
    let day = Day::with(CLOSING, &[("channels.phone.at_closing", "turned_away")]);
    assert_eq!(day.end(1), Some((clock("20:00"), Outcome::TurnedAway)));
    assert_eq!(day.end(2), Some((clock("20:31"), Outcome::Abandoned)), "came after closing");
    let set = [("channels.phone.at_closing", "call_back"), ("time.days", "2")];
    let day = Day::with(CLOSING, &set);
    let next_day = SimTime(clock("8:00").0) + SimDuration(24 * 3_600_000_000);
    assert_eq!(day.taken(1)[0].0, next_day);
}

#[test]
fn the_limit_of_requests_is_a_bucket_that_holds_the_number_as_written() {
    let body = "
intents: {q: {work: 1m, bot: {coverage: 100%, accuracy: 100%}}}
demand: [{channel: chat, times: ['mon 09:00', 'mon 09:00', 'mon 09:00', 'mon 09:00', 'mon 09:00:40']}]
bot: {max_turns: 1, accept: 100%, latency: 0s, rate: 3/min, beyond: wait}
teams: {t: {channels: {chat: {}}, agents: 1}}
";
    let held = |set: &[(&str, &str)]| -> Vec<f64> {
        let held = |e: &Envelope| match e.event {
            Event::BotAsked { held, .. } => Some(held.as_s()),
            _ => None,
        };
        Day::with(body, set).events.iter().filter_map(held).collect()
    };
    // Three tokens, then one every 20 s: the fourth waits for one; at 0:40 one more has come.
    assert_eq!(held(&[]), [0.0, 0.0, 0.0, 20.0, 0.0]);
    assert_eq!(held(&[("bot.burst", "1")]), [0.0, 20.0, 40.0, 60.0, 40.0]);
    assert_eq!(held(&[("bot.rate", "1/s")]), [0.0, 1.0, 2.0, 3.0, 0.0]);
}
