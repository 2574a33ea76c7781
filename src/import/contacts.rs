//! What a foreign log comes to: contacts, and the names that they use.

/// A moment that is not there.
pub const NEVER: i64 = i64::MAX;
/// Nobody in particular, or nothing more.
pub const NOBODY: u32 = u32::MAX;

/// How a contact ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// An agent had it and was done.
    Served,
    /// The customer left the queue.
    Abandoned,
    /// It ended with the bot or the voice menu.
    Bot,
    /// There was no place.
    Blocked,
    /// It had not ended.
    Open,
}

/// A stay in a queue and with an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Visit {
    /// When the contact joined the queue, Unix microseconds; [`NEVER`] where it joined none.
    pub queued_us: i64,
    /// When an agent had it; [`NEVER`] where none did.
    pub answered_us: i64,
    /// When the agent was done, or the customer gone; [`NEVER`] where it was not over.
    pub ended_us: i64,
    /// The agent, or [`NOBODY`] where the log does not say.
    pub agent: u32,
    /// The queue.
    pub queue: u8,
    /// The team of an agent whom the log does not name.
    pub team: u8,
}

/// A contact of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contact {
    /// When it began, Unix microseconds.
    pub begin_us: i64,
    /// When it left the bot or the voice menu; its beginning where there was none.
    pub bot_end_us: i64,
    /// Its first stay.
    pub visit: Visit,
    /// Wrap-up after its last stay, microseconds.
    pub wrap_us: u64,
    /// Where its further stays begin among those of the operation.
    pub more: u32,
    /// How many further stays there are.
    pub further: u16,
    /// What it was about.
    pub intent: u16,
    /// How it came.
    pub channel: u8,
    /// Which kind of customer.
    pub segment: u8,
    /// How it ended.
    pub ending: Ending,
    /// Number of the contact among those of its issue.
    pub attempt: u16,
    /// The next contact of the same issue, as a place among the contacts before they are
    /// sorted; [`NOBODY`] for the last.
    pub next: u32,
}

/// Names of a kind, numbered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names, in the order of their numbers.
    pub all: Vec<String>,
    /// How many contacts have a name that is not among them: they have the last, `other`.
    pub others: u64,
}

/// A log as contacts.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// Its contacts, in the order in which they begin.
    pub contacts: Vec<Contact>,
    /// Stays after the first of each.
    pub visits: Vec<Visit>,
    /// The channels.
    pub channels: Names,
    /// The queues.
    pub queues: Names,
    /// What contacts are about.
    pub intents: Names,
    /// The segments.
    pub segments: Names,
    /// The teams.
    pub teams: Names,
    /// The team of each agent whom the log names.
    pub agent_teams: Vec<u8>,
    /// Whether a bot or a voice menu comes first.
    pub has_bot: bool,
    /// Whether agents have contacts on their own, so that their times are times of work;
    /// else they hold cases.
    pub live: bool,
}

impl Operation {
    /// The stays of a contact.
    pub fn visits<'o>(&'o self, contact: &'o Contact) -> impl Iterator<Item = &'o Visit> {
        let begin = contact.more as usize;
        let more = self.visits.get(begin..begin + usize::from(contact.further));
        std::iter::once(&contact.visit).chain(more.unwrap_or_default())
    }

    /// The same as places: stay `n` of a contact.
    #[must_use]
    pub fn visit(&self, contact: &Contact, n: u16) -> Visit {
        match n.checked_sub(1) {
            None => contact.visit,
            Some(n) => {
                let place = contact.more as usize + usize::from(n);
                self.visits.get(place).copied().unwrap_or(contact.visit)
            }
        }
    }

    /// The latest moment of a contact.
    #[must_use]
    pub fn last_us(&self, contact: &Contact) -> i64 {
        let mut last = contact.begin_us.max(contact.bot_end_us);
        for visit in self.visits(contact) {
            let each = [visit.queued_us, visit.answered_us, visit.ended_us];
            last = each.into_iter().filter(|at| *at != NEVER).fold(last, i64::max);
        }
        last.saturating_add(contact.wrap_us as i64)
    }
}
