//! Whether the bot has done what came before: each run of a search begins with an idle one.

use crate::target::{Customer, Message, Target};
use std::time::{Duration, Instant};

/// Longest time for the answer of an idle bot. A slower one is not waited for.
const LONGEST: Duration = Duration::from_secs(10);
/// Time between two looks.
const BETWEEN: Duration = Duration::from_millis(250);
/// By so much an answer may take longer than that of the idle bot.
const MARGIN: Duration = Duration::from_millis(50);

/// A bot with nothing to do, and how fast it answers then.
#[derive(Debug)]
pub struct Idle<'t> {
    target: &'t Target,
    /// Who asks, and what.
    probe: (Customer, Message),
    /// Longest time to wait for the bot.
    most: Duration,
    answers_in: Option<Duration>,
}

impl<'t> Idle<'t> {
    /// Asks the bot once, before anything else. `most` is the longest time to wait for it later.
    pub async fn measure(target: &'t Target, probe: (Customer, Message), most: Duration) -> Self {
        let answers_in = answer_time(target, &probe).await;
        Self { target, probe, most, answers_in }
    }

    /// Waits until the bot answers as fast as when it was idle, at most twice as slow;
    /// false where it does not in time.
    pub async fn wait(&self) -> bool {
        let Some(idle) = self.answers_in else { return true };
        let start = Instant::now();
        loop {
            let found = answer_time(self.target, &self.probe).await;
            if found.is_some_and(|time| time <= 2 * idle + MARGIN) {
                // The message itself is no part of the load either.
                tokio::time::sleep(BETWEEN).await;
                return true;
            }
            if start.elapsed() >= self.most {
                return false;
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

/// How long the bot takes for one message of a customer of its own.
async fn answer_time(
    target: &Target,
    (customer, message): &(Customer, Message),
) -> Option<Duration> {
    let mut talk = target.open(customer.clone());
    let start = Instant::now();
    let turn = tokio::time::timeout(LONGEST, talk.ask(message)).await.ok()?;
    let taken = start.elapsed();
    if talk.has_end() {
        let _ = tokio::time::timeout(LONGEST, talk.close()).await;
    }
    turn.class.is_success().then_some(taken)
}
