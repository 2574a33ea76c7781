//! Whether the bot has done what came before: each run of a search begins with an idle one.

use super::trial::Session;
use std::time::{Duration, Instant};

/// Longest time for the answer of an idle bot. A slower one is not waited for.
const LONGEST: Duration = Duration::from_secs(10);
/// Time between two looks.
const BETWEEN: Duration = Duration::from_millis(250);
/// By so much an answer may take longer than that of the idle bot.
const MARGIN: Duration = Duration::from_millis(50);

/// How fast the bot answers when nothing else is asked of it.
pub(super) struct Idle(Option<Duration>);

impl Idle {
    /// Asks the bot once, before anything else.
    pub(super) async fn measure(session: &Session<'_>) -> Self {
        Self(answer_time(session).await)
    }

    /// Waits until the bot answers as fast as when it was idle, at most twice as slow;
    /// false where it does not within `--ready-timeout`.
    pub(super) async fn wait(&self, session: &Session<'_>) -> bool {
        let Some(idle) = self.0 else { return true };
        let most = Duration::from_micros(session.args.limits.ready_timeout.0);
        let start = Instant::now();
        loop {
            let found = answer_time(session).await;
            if found.is_some_and(|time| time <= 2 * idle + MARGIN) {
                // The message itself is no part of the load either.
                tokio::time::sleep(BETWEEN).await;
                return true;
            }
            if start.elapsed() >= most {
                return false;
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

/// How long the bot takes for one message of a customer of its own.
async fn answer_time(session: &Session<'_>) -> Option<Duration> {
    let prepared = &session.prepared;
    let (customer, message) = prepared.example(&session.loaded.scenario.header);
    let mut talk = prepared.target.open(customer);
    let start = Instant::now();
    let turn = tokio::time::timeout(LONGEST, talk.ask(&message)).await.ok()?;
    let taken = start.elapsed();
    if talk.has_end() {
        let _ = tokio::time::timeout(LONGEST, talk.close()).await;
    }
    turn.class.is_success().then_some(taken)
}
