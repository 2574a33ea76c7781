//! What a bot says that is part of no reply: too late, or unasked.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// A quiet that settles a reply, so many times, leaves little that still comes.
const SETTLES: u32 = 10;
/// The longest such time.
const MOST: Duration = Duration::from_secs(10);
/// Conversations that are listened to at once after their end: each keeps a connection.
const LISTENING: usize = 32;

/// Messages of the bot that are part of no reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StrayFacts {
    /// That came when the reply that they belong to was taken for over.
    pub late: u64,
    /// That came before the bot was asked, or that name no message of the customer where
    /// this bot's replies do.
    pub unasked: u64,
}

impl StrayFacts {
    /// Those that came after the earlier count.
    #[must_use]
    pub fn since(self, earlier: StrayFacts) -> StrayFacts {
        StrayFacts { late: self.late - earlier.late, unasked: self.unasked - earlier.unasked }
    }
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(crate) struct Strays {
    facts: Cell<StrayFacts>,
    listening: Rc<Cell<usize>>,
}

/// A place among those who are listened to. Dropping it leaves it.
pub(crate) struct Place(Rc<Cell<usize>>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Strays {
    pub fn facts(&self) -> StrayFacts {
        self.facts.get()
    }

    pub fn late(&self, messages: usize) {
        self.facts.update(|facts| StrayFacts { late: facts.late + messages as u64, ..facts });
    }

    pub fn unasked(&self, messages: usize) {
        let more = messages as u64;
        self.facts.update(|facts| StrayFacts { unasked: facts.unasked + more, ..facts });
    }

    /// A place to listen on after the end of a conversation, if there is one.
    pub fn place(&self) -> Option<Place> {
        let taken = self.listening.get();
        (taken < LISTENING).then(|| {
            self.listening.set(taken + 1);
            Place(Rc::clone(&self.listening))
        })
    }
}

/// How long something that belongs to a reply may still come, by the quiet that settles it.
pub(crate) fn afterwards(settle: Duration) -> Duration {
    settle.max(MOST.min(settle * SETTLES))
}
