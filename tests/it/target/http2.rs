//! HTTP/2: what the bot did not process is sent again, and its limit of streams is kept.

use std::time::{Duration, Instant};

use convoq::domain::TurnClass;
use convoq::protocol::{Protocol, Target};
use convoq::target::{TargetOptions, Turn};

use super::h2_bot::{H2Bot, Manners, Seen};
use super::server::{Server, json};
use super::{customer, first_turn, message, run, target};

const HELLO: &str = r#"[{"recipient_id":"c-1","text":"hi"}]"#;
const SHORT: Duration = Duration::from_millis(150);

fn options(url: &str) -> TargetOptions {
    let mut options = TargetOptions::new(url, Protocol::Rasa);
    options.http2 = true;
    options
}

/// First turns that begin at once.
async fn turns(target: &Target, number: usize) -> Vec<Turn> {
    let begun: Vec<_> = (0..number)
        .map(|_| {
            let target = target.clone();
            tokio::task::spawn_local(async move { first_turn(&target).await })
        })
        .collect();
    let mut turns = Vec::new();
    for turn in begun {
        turns.push(turn.await.unwrap());
    }
    turns
}

fn all_ok(turns: &[Turn]) {
    for turn in turns {
        assert_eq!((turn.class, &turn.problem), (TurnClass::Ok, &None));
    }
}

#[test]
fn what_comes_after_the_last_stream_of_a_goaway_is_sent_again() {
    run(async {
        let manners = Manners {
            takes: SHORT * 2,
            away_after: Some(3),
            away_later: SHORT,
            ..Manners::default()
        };
        let bot = H2Bot::start(HELLO, manners).await;
        let target = target(options(&bot.url));
        let start = Instant::now();
        let turns = turns(&target, 6).await;
        all_ok(&turns);
        let (seen, facts) = (bot.seen(), target.connections());
        assert_eq!((seen.processed, seen.not_processed), (6, 3));
        assert_eq!((facts.resent, facts.made, facts.failed), (3, 2, 0));
        // They left at once, and their time counts from then on: that of the GOAWAY too.
        for (n, turn) in turns.iter().enumerate() {
            assert!(turn.stamps.first_written.unwrap() - start < SHORT, "{n}");
            let least = if n < 3 { SHORT * 2 } else { SHORT * 3 };
            assert!(turn.stamps.end - start >= least, "{n}");
        }
    });
}

#[test]
fn a_refused_stream_is_sent_again_a_few_times() {
    run(async {
        let refuses = |refuses| Manners { refuses, ..Manners::default() };
        let bot = H2Bot::start(HELLO, refuses(2)).await;
        let willing = target(options(&bot.url));
        all_ok(&turns(&willing, 1).await);
        assert_eq!((willing.connections().resent, bot.seen().processed), (2, 1));

        let bot = H2Bot::start(HELLO, refuses(usize::MAX)).await;
        let turn = first_turn(&target(options(&bot.url))).await;
        let problem = turn.problem.unwrap();
        assert_eq!(turn.class, TurnClass::Reset, "{problem}");
        assert!(problem.contains("REFUSED_STREAM"), "{problem}");
        assert_eq!(bot.seen().refused, 4);
    });
}

#[test]
fn where_the_bot_allows_no_more_streams_another_connection_is_made() {
    run(async {
        let manners = Manners { streams: 2, takes: SHORT, ..Manners::default() };
        let bot = H2Bot::start(HELLO, manners).await;
        let target = target(options(&bot.url));
        let start = Instant::now();
        let turns = turns(&target, 6).await;
        all_ok(&turns);
        let expected = Seen { connections: 3, processed: 6, at_once: 2, ..Seen::default() };
        assert_eq!(bot.seen(), expected);
        let facts = target.connections();
        assert_eq!((facts.made, facts.reused, facts.waited), (3, 3, 0));
        // One after the other they would take three times as long.
        assert!(start.elapsed() < SHORT * 2, "{:?}", start.elapsed());
    });
}

#[test]
fn where_no_connection_may_be_made_the_wait_is_not_the_bots_time() {
    run(async {
        let manners = Manners { streams: 2, takes: SHORT, ..Manners::default() };
        let bot = H2Bot::start(HELLO, manners).await;
        let mut options = options(&bot.url);
        options.max_connections = Some(1);
        // Waiting for a stream is not waiting for a connection.
        options.timeouts.connect = SHORT;
        let target = target(options);
        let start = Instant::now();
        let turns = turns(&target, 6).await;
        all_ok(&turns);
        let facts = target.connections();
        assert_eq!((facts.made, facts.waited, facts.waited_for_stream), (1, 4, 4));
        assert_eq!((bot.seen().processed, bot.seen().at_once), (6, 2));
        // Two by two, in the order in which they came.
        for (n, turn) in turns.iter().enumerate() {
            let left = turn.stamps.first_written.unwrap() - start;
            let before = SHORT * (n as u32 / 2);
            assert!(left >= before, "{n}: {left:?}");
            let bots = turn.stamps.end - turn.stamps.first_written.unwrap();
            assert!(bots >= SHORT && bots < SHORT * 2, "{n}: {bots:?}");
        }
    });
}

#[test]
fn a_customer_who_leaves_makes_room_for_the_next_who_waits() {
    run(async {
        let manners = Manners { streams: 1, takes: SHORT * 4, ..Manners::default() };
        let bot = H2Bot::start(HELLO, manners).await;
        let mut options = options(&bot.url);
        options.max_connections = Some(1);
        let target = target(options);
        let leaving = target.clone();
        let leaves = tokio::task::spawn_local(async move {
            let _ = tokio::time::timeout(SHORT, first_turn(&leaving)).await;
        });
        tokio::task::yield_now().await;
        let start = Instant::now();
        let waits = first_turn(&target).await;
        leaves.await.unwrap();
        all_ok(std::slice::from_ref(&waits));
        let left = waits.stamps.first_written.unwrap() - start;
        assert!(left >= SHORT / 2 && left < SHORT * 3, "{left:?}");
        assert_eq!(target.connections().made, 1);
    });
}

#[test]
fn waiting_in_vain_for_a_connection_is_no_failure_of_the_bot() {
    run(async {
        let server = Server::start(|_| json(HELLO)).await;
        let mut options = TargetOptions::new(&server.url, Protocol::Rasa);
        options.reuse = Some(convoq::target::Reuse::PerConversation);
        options.max_connections = Some(1);
        options.timeouts.turn = SHORT;
        let target = target(options);
        let mut holds = target.open(customer());
        assert_eq!(holds.ask(&message(1, "hello")).await.class, TurnClass::Ok);
        let turn = first_turn(&target).await;
        let problem = turn.problem.unwrap();
        assert_eq!(turn.class, TurnClass::GeneratorLimit, "{problem}");
        assert!(problem.contains("of 1 at most"), "{problem}");
        assert_eq!((server.asked().len(), target.connections().waited), (1, 1));
    });
}

#[test]
fn what_does_not_speak_http_2_is_told_and_not_waited_for() {
    run(async {
        let server = Server::start(|_| json(HELLO)).await;
        let target = target(options(&server.url));
        let turn = first_turn(&target).await;
        let problem = turn.problem.unwrap();
        assert_eq!(turn.class, TurnClass::Protocol, "{problem}");
        assert!(problem.contains("is not HTTP/2"), "{problem}");
        let unready = target.ready().await.unwrap_err();
        assert_eq!(unready.advice, Some("leave out --http2"));
    });
}
