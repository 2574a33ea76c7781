//! The driver in real time with a real bot, in this process: the bot is a server that
//! does what a test wants, and the events are compared with what it did.

use crate::common;
use crate::target::server::{SSE, Server, Step, json, reply, send};
use convoq::bot::Messages;
use convoq::domain::{EscalationReason, Meaning, TurnClass};
use convoq::doubt::Doubt;
use convoq::event::{Envelope, Event, LoadFacts, TurnLimits};
use convoq::id::ConversationId;
use convoq::load::{Bot, End, Judge, Limits, Pace, RealBot, Watch, WhenFull, play_real_time};
use convoq::protocol::{Protocol, Target};
use convoq::scenario::Window;
use convoq::target::TargetOptions;
use convoq::time::{SimDuration, SimTime};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const FROM: SimTime = SimTime(36_000_000_000);

/// How a run is to go.
struct Plan {
    /// Changes of the scenario.
    set: Vec<(&'static str, &'static str)>,
    /// When customers come, milliseconds of the run.
    at_ms: Vec<u64>,
    limits: Limits,
    /// Rules of replies that mean a failure.
    failed: Vec<String>,
    speed: f64,
    grace_ms: u64,
    /// Stops the run at the first glance after so long.
    stop_after: Option<Duration>,
    /// At the first glance after this the driver stands still for that.
    stall: Option<(Duration, Duration)>,
}

impl Plan {
    fn of(at_ms: &[u64]) -> Self {
        Self {
            set: Vec::new(),
            at_ms: at_ms.to_vec(),
            limits: Limits {
                in_flight: 1000,
                when_full: WhenFull::Delay,
                conversations: 1000,
                turns: 1000,
            },
            failed: Vec::new(),
            speed: 1.0,
            grace_ms: 3_000,
            stop_after: None,
            stall: None,
        }
    }

    fn one_at_a_time(at_ms: &[u64]) -> Self {
        let mut plan = Self::of(at_ms);
        plan.limits.in_flight = 1;
        plan
    }
}

/// What came of it.
struct Driven {
    end: End,
    events: Vec<Envelope>,
    walls_us: Vec<i64>,
    took: Duration,
    /// Connections that are open at the end.
    open: u64,
}

struct Kept {
    events: Vec<Envelope>,
    walls_us: Vec<i64>,
    stop: Arc<AtomicBool>,
    start: Instant,
    stop_after: Option<Duration>,
    stall: Option<(Duration, Duration)>,
}

impl Watch for Kept {
    fn events(&mut self, events: &[Envelope], wall_us: &[Option<i64>]) {
        self.events.extend_from_slice(events);
        self.walls_us.extend(wall_us.iter().flatten());
    }

    fn glance(&mut self, bot: &Bot) -> Result<(), Doubt> {
        if self.stop_after.is_some_and(|at| self.start.elapsed() >= at) {
            self.stop.store(true, Ordering::Relaxed);
        }
        if let Some((_, long)) = self.stall.take_if(|s| self.start.elapsed() >= s.0) {
            std::thread::sleep(long);
        }
        match bot {
            Bot::Real(real) => real.objection().map_or(Ok(()), Err),
            Bot::Simulated => Ok(()),
        }
    }
}

async fn drive(options: TargetOptions, plan: Plan) -> Driven {
    let text = std::fs::read_to_string(super::ONE_TURN).unwrap();
    let mut scenario = common::load(&text, &plan.set);
    let times = plan.at_ms.iter().map(|ms| FROM + SimDuration(ms * 1000));
    let last_ms = plan.at_ms.iter().max().unwrap();
    let window = Window {
        from: FROM,
        warm_up: SimDuration::ZERO,
        length: SimDuration((last_ms + 1) * 1000),
        drain: SimDuration::from_s(3600.0),
    };
    let load = LoadFacts {
        target: "test".into(),
        protocol: options.protocol.name().into(),
        speed: plan.speed,
        lag_budget_us: 1_000_000,
        from: window.from,
        tokens: false,
        limits: TurnLimits::default(),
    };
    scenario.narrow(window, vec![times.collect()], load);
    let target = Target::new(options, &|_| None).unwrap();
    let judge = Judge::new(&[], &plan.failed, &[], &[]).unwrap();
    let messages = Messages::of(&scenario);
    let scenario = Rc::new(scenario);
    let (real, limits) = (Rc::clone(&scenario), plan.limits);
    let real = RealBot::new(real, 3, target.clone(), messages, judge, limits);
    let mut bot = Bot::Real(Box::new(real));
    let stop = Arc::new(AtomicBool::new(false));
    let mut kept = Kept {
        events: Vec::new(),
        walls_us: Vec::new(),
        stop: Arc::clone(&stop),
        start: Instant::now(),
        stop_after: plan.stop_after,
        stall: plan.stall,
    };
    let pace = Pace {
        from: FROM,
        horizon: window.horizon(),
        speed: plan.speed,
        grace: SimDuration(plan.grace_ms * 1000),
        exact: true,
    };
    let end = play_real_time(&scenario, 3, &mut bot, pace, &mut kept, &stop).await;
    let took = kept.start.elapsed();
    // What the run has left behind ends by itself.
    tokio::time::sleep(Duration::from_millis(30)).await;
    Driven {
        end,
        events: kept.events,
        walls_us: kept.walls_us,
        took,
        open: target.connections().open,
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    crate::target::run(future)
}

fn at(server: &Server, protocol: Protocol) -> TargetOptions {
    TargetOptions::new(&server.url, protocol)
}

#[derive(Clone, Copy, Debug)]
struct Measured {
    id: ConversationId,
    at: SimTime,
    class: TurnClass,
    meaning: Meaning,
    status: u16,
    lag_ms: f64,
    first_ms: f64,
    latency_ms: f64,
    connect_ms: f64,
    parts: u16,
}

impl Driven {
    fn measured(&self) -> Vec<Measured> {
        let ms = |us: u32| f64::from(us) * 1e-3;
        let all = self.events.iter().filter_map(|e| match e.event {
            Event::TurnMeasured {
                class,
                meaning,
                status,
                lag_us,
                first_us,
                latency_us,
                connect_us,
                parts,
                ..
            } => Some(Measured {
                id: e.conversation,
                at: e.at,
                class,
                meaning,
                status,
                lag_ms: ms(lag_us),
                first_ms: first_us.map_or(f64::NAN, |us| ms(us.get())),
                latency_ms: ms(latency_us),
                connect_ms: ms(connect_us),
                parts,
            }),
            _ => None,
        });
        all.collect()
    }

    /// Of a conversation, in order.
    fn of(&self, id: ConversationId) -> Vec<&Event> {
        let own = self.events.iter().filter(|e| e.conversation == id);
        own.map(|e| &e.event).collect()
    }

    fn count(&self, fits: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|e| fits(&e.event)).count()
    }

    fn asked_at(&self, id: ConversationId) -> SimTime {
        let own = self.events.iter().filter(|e| e.conversation == id);
        let mut asked = own.filter(|e| matches!(e.event, Event::BotAsked { .. }));
        asked.next().unwrap().at
    }
}

const ROLE: &str =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const END: &str =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn chunk(text: &str) -> Step {
    send(format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"))
}

#[test]
fn a_turn_is_measured_from_its_intended_moment_to_its_last_content() {
    // The role at once, content after 100 and 200 ms, and the end of the stream after 800.
    let steps = |_: &_| {
        vec![
            send(format!("{SSE}{ROLE}")),
            Step::WaitMs(100),
            chunk("Your order"),
            Step::WaitMs(100),
            chunk(" is here."),
            Step::WaitMs(600),
            send(END),
            Step::Close,
        ]
    };
    run(async {
        let server = Server::start(steps).await;
        let driven = drive(at(&server, Protocol::Openai), Plan::one_at_a_time(&[0, 1])).await;
        assert_eq!(driven.end, End::Whole);
        let turns = driven.measured();
        assert_eq!(turns.len(), 2);
        for turn in &turns {
            assert_eq!((turn.class, turn.status, turn.parts), (TurnClass::Ok, 200, 2));
            assert!(turn.connect_ms > 0.0 && turn.connect_ms < turn.latency_ms);
            let service_ms = turn.latency_ms - turn.lag_ms;
            assert!((199.0..700.0).contains(&service_ms), "{turn:?}");
            let first_ms = turn.first_ms - turn.lag_ms;
            assert!((99.0..service_ms - 90.0).contains(&first_ms), "{turn:?}");
        }
        assert!(turns[0].lag_ms < 400.0, "{turns:?}");
        // The second had to wait for the end of the first one's stream.
        assert!((795.0..1300.0).contains(&turns[1].lag_ms), "{turns:?}");
    });
}

#[test]
fn a_failure_is_measured_until_it_is_seen_and_not_until_its_last_words() {
    let steps = |_: &_| {
        let words = send(format!("{SSE}{ROLE}"));
        vec![words, chunk("Your"), Step::WaitMs(300), Step::Close]
    };
    run(async {
        let server = Server::start(steps).await;
        let driven = drive(at(&server, Protocol::Openai), Plan::of(&[0])).await;
        let turns = driven.measured();
        assert_eq!(turns[0].class, TurnClass::StreamTruncated);
        assert_eq!(turns[0].meaning, Meaning::Failed);
        assert!(turns[0].latency_ms >= 299.0, "{turns:?}");
        assert!(turns[0].first_ms < 250.0, "{turns:?}");
    });
}

#[test]
fn what_a_reply_means_decides_where_its_customer_goes() {
    const REPLIES: [&str; 8] = [
        r#"{"text":"It is on its way."}"#,
        r#"{"text":"One moment.","handoff":true}"#,
        r#"{"text":"I did not understand that."}"#,
        r#"{"text":"Goodbye.","resolved":true}"#,
        r#"{"text":"Oops.","broken":1}"#,
        r#"{"text":"","handoff":true}"#,
        r#"{"text":""}"#,
        r#"{"text":"One moment.","handoff":true}"#,
    ];
    run(async {
        let server = Server::start(|asked| match asked.number {
            7 => reply("500 Oh", "content-type: application/json\r\n", REPLIES[7]),
            n => json(REPLIES[n]),
        })
        .await;
        let mut plan = Plan::one_at_a_time(&[0, 10, 20, 30, 40, 50, 60, 70]);
        plan.failed = vec!["json:/broken".into()];
        // Nobody accepts an answer, nobody leaves: who is answered goes to people.
        plan.set = vec![("bot.accept", "0%"), ("bot.leave_silently", "0%")];
        plan.set.push(("bot.ask_human", "0%"));
        let driven = drive(at(&server, Protocol::Http), plan).await;
        let turns = driven.measured();
        let shown: Vec<_> = turns.iter().map(|t| (t.class, t.meaning)).collect();
        let wanted = [
            (TurnClass::Ok, Meaning::Answered),
            (TurnClass::Handoff, Meaning::Handoff),
            (TurnClass::Ok, Meaning::Fallback),
            (TurnClass::Ok, Meaning::Resolved),
            (TurnClass::AssertionFailed, Meaning::Failed),
            (TurnClass::Handoff, Meaning::Handoff),
            (TurnClass::EmptyReply, Meaning::Failed),
            (TurnClass::Http5xx, Meaning::Failed),
        ];
        assert_eq!(shown, wanted);
        for (number, turn) in turns.iter().enumerate() {
            let own = driven.of(turn.id);
            let reason = own.iter().find_map(|e| match e {
                Event::BotEscalated { reason } => Some(*reason),
                _ => None,
            });
            let wanted = match number {
                0 | 2 => Some(EscalationReason::MaxTurns),
                1 | 5 => Some(EscalationReason::HandedOff),
                3 => None,
                _ => Some(EscalationReason::Failure),
            };
            assert_eq!(reason, wanted, "{number}");
            let queued = own.iter().any(|e| matches!(e, Event::Queued { .. }));
            assert_eq!(queued, number != 3, "{number}");
            let closed = own.iter().any(|e| matches!(e, Event::BotClosed { .. }));
            assert_eq!(closed, number == 3, "{number}");
            let silent = Event::BotReplied { turn: 1, right: false };
            assert!(number != 2 || own.contains(&&silent));
        }
    });
}

#[test]
fn who_loses_patience_drops_the_connection_and_makes_room_for_the_next() {
    run(async {
        let server = Server::start(|_| vec![Step::WaitMs(5_000)]).await;
        let mut plan = Plan::one_at_a_time(&[0, 250]);
        plan.set = vec![("bot.patience", "500ms"), ("bot.ask_human", "0%")];
        let driven = drive(at(&server, Protocol::Http), plan).await;
        assert_eq!(driven.end, End::Whole);
        let left = driven.count(|e| matches!(e, Event::BotGivenUp { .. }));
        assert_eq!((left, driven.measured().len()), (2, 0));
        assert_eq!(server.asked().len(), 2, "the second is sent when the first leaves");
        assert_eq!(driven.open, 0, "nobody waits for the bot any more");
        assert!(driven.took < Duration::from_secs(3), "{:?}", driven.took);
    });
}

#[test]
fn who_leaves_while_waiting_for_room_is_never_sent() {
    run(async {
        let server = Server::start(|_| vec![Step::WaitMs(20_000)]).await;
        let mut plan = Plan::one_at_a_time(&[0; 12]);
        let patience = ("bot.patience", "{exponential: 600ms}");
        plan.set = vec![patience, ("bot.ask_human", "0%")];
        let driven = drive(at(&server, Protocol::Http), plan).await;
        // In the order in which they came, each is sent who stays longer than all before.
        let mut left: Vec<_> = driven
            .events
            .iter()
            .filter(|e| matches!(e.event, Event::BotGivenUp { .. }))
            .map(|e| (e.conversation, e.at))
            .collect();
        left.sort_unstable();
        assert_eq!(left.len(), 12);
        let mut latest = SimTime::ZERO;
        let mut sent = 0;
        for (_, at) in left {
            sent += usize::from(at > latest);
            latest = latest.max(at);
        }
        assert!((2..9).contains(&sent), "{sent}");
        assert_eq!(server.asked().len(), sent);
        assert_eq!(driven.open, 0);
    });
}

#[test]
fn a_limit_allows_as_many_as_it_says() {
    let ended = |limits: Limits, customers: &[u64]| {
        run(async {
            let server = Server::start(|_| json(r#"{"text":"hi"}"#)).await;
            let mut plan = Plan::of(customers);
            plan.limits = limits;
            // The run goes on for as long as it takes to look at the limits.
            plan.set = vec![("bot.accept", "0%"), ("bot.ask_human", "100%")];
            let driven = drive(at(&server, Protocol::Http), plan).await;
            (driven.end, server.asked().len())
        })
    };
    let all = Limits { in_flight: 9, when_full: WhenFull::Abort, conversations: 3, turns: 9 };
    let few = Limits { conversations: 9, turns: 3, ..all };
    for (limits, option) in [(all, "--max-conversations"), (few, "--max-turns")] {
        assert_eq!(ended(limits, &[0, 10, 20]), (End::Whole, 3));
        let (end, asked) = ended(limits, &[0, 10, 20, 30]);
        assert!(matches!(end, End::Refused(what) if what.to_string().contains(option)));
        assert_eq!(asked, 3);
    }
}

#[test]
fn a_full_limit_can_end_the_run() {
    run(async {
        let server = Server::start(|_| vec![Step::WaitMs(5_000)]).await;
        let mut plan = Plan::of(&[0, 10, 20, 10_000]);
        plan.limits.in_flight = 2;
        plan.limits.when_full = WhenFull::Abort;
        let driven = drive(at(&server, Protocol::Http), plan).await;
        assert_eq!(driven.end, End::Refused(Doubt::Full { in_flight: 2 }));
        assert!(driven.took < Duration::from_secs(3));
        assert_eq!(server.asked().len(), 2);
    });
}

#[test]
fn a_stop_waits_for_what_is_under_way_and_no_longer_than_its_grace() {
    run(async {
        let server = Server::start(|_| vec![Step::WaitMs(5_000)]).await;
        let mut plan = Plan::of(&[0, 50, 60_000]);
        plan.stop_after = Some(Duration::from_millis(200));
        plan.grace_ms = 300;
        let driven = drive(at(&server, Protocol::Http), plan).await;
        assert_eq!(driven.end, End::Stopped);
        let took = driven.took;
        assert!(took >= Duration::from_millis(500), "{took:?}");
        assert!(took < Duration::from_secs(3), "{took:?}");
        assert_eq!(driven.count(|e| matches!(e, Event::BotAsked { .. })), 2);
        assert_eq!(driven.events.last().map(|e| &e.event), Some(&Event::RunEnded));
    });
}

#[test]
fn a_driver_that_stands_still_makes_its_messages_late_and_says_so() {
    run(async {
        let server = Server::start(|_| json(r#"{"text":"hi"}"#)).await;
        let at_ms: Vec<u64> = (0..20).map(|n| 50 * n).collect();
        let mut plan = Plan::of(&at_ms);
        plan.stall = Some((Duration::from_millis(200), Duration::from_millis(500)));
        let driven = drive(at(&server, Protocol::Http), plan).await;
        let mut turns = driven.measured();
        turns.sort_by_key(|t| t.id);
        assert_eq!(turns.len(), 20);
        // From a moment between 200 and 250 ms on nothing is sent for 500 ms: who is due
        // at 250 ms waits for 450 at least, and each after that for 50 less.
        for (number, turn) in turns.iter().enumerate().skip(5).take(8) {
            let due_ms = 50.0 * number as f64;
            assert!(turn.lag_ms >= 700.0 - due_ms - 2.0, "{number}: {turn:?}");
            assert!(turn.latency_ms >= turn.lag_ms);
        }
        let quiet = turns.iter().filter(|t| t.lag_ms < 40.0).count();
        assert!(quiet >= 5, "{turns:?}");
    });
}

#[test]
fn a_faster_run_shortens_its_own_time_and_not_the_bots() {
    run(async {
        let server =
            Server::start(|_| [vec![Step::WaitMs(120)], json(r#"{"text":"hi"}"#)].concat()).await;
        // Ten seconds of the run in one.
        let at_ms: Vec<u64> = (0..=20).map(|n| 500 * n).collect();
        let mut plan = Plan::of(&at_ms);
        plan.speed = 10.0;
        let driven = drive(at(&server, Protocol::Http), plan).await;
        assert!(driven.took >= Duration::from_millis(1_100), "{:?}", driven.took);
        assert!(driven.took < Duration::from_secs(4), "{:?}", driven.took);
        let turns = driven.measured();
        assert_eq!(turns.len(), 21);
        let mut beyond: Vec<f64> = Vec::new();
        for turn in &turns {
            assert!((119.0..1_000.0).contains(&turn.latency_ms), "{turn:?}");
            // In the run the reply came after ten times its latency, and was taken then.
            let in_run_ms = turn.at.since(driven.asked_at(turn.id)).as_s() * 1e3;
            let late_ms = in_run_ms / 10.0 - turn.latency_ms;
            assert!(late_ms > -0.01, "{late_ms}: {turn:?}");
            beyond.push(late_ms);
        }
        beyond.sort_by(f64::total_cmp);
        assert!(beyond[10] < 1.0, "{beyond:?}");
        // The wall clock of each event goes a tenth as fast as the run.
        let past = driven.events.len() - driven.walls_us.len();
        let walls = driven.events[past..].iter().zip(&driven.walls_us);
        let (first, first_us) = (&driven.events[past], driven.walls_us[0]);
        assert!(driven.walls_us.len() > 80);
        for (envelope, wall_us) in walls {
            let run_us = envelope.at.since(first.at).0 as f64;
            let wall_us = (wall_us - first_us) as f64;
            assert!((run_us / 10.0 - wall_us).abs() <= 2.0, "{run_us} {wall_us}");
        }
    });
}

const WITH_END: &str = r#"
turn:
  url: /say
  body: {text: "{{turn.text}}"}
  reply: {json: /text}
end:
  method: DELETE
  url: "/sessions/{{customer.id}}"
"#;

#[test]
fn a_conversation_that_is_over_is_ended_with_the_bot_too() {
    run(async {
        let server = Server::start(|_| json(r#"{"text":"hi"}"#)).await;
        let mut options = at(&server, Protocol::Http);
        options.template = Some(WITH_END.into());
        drive(options, Plan::of(&[0, 20, 40])).await;
        let asked = server.asked();
        let ends = asked.iter().filter(|a| a.method == "DELETE");
        let paths: std::collections::BTreeSet<_> = ends.map(|a| a.path.clone()).collect();
        assert_eq!(paths.len(), 3, "{asked:?}");
        assert_eq!(asked.len(), 6);
    });
}
