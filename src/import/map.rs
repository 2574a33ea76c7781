//! What the columns of a foreign table are: a mapping, which is data and no code.
//!
//! A mapping is a small YAML file. Shipped ones are such files, too (`maps/`); whoever has
//! another table writes one, or has `convoq import probe` begin it.

mod read;
mod shipped;

pub use read::{Part, Top};
pub use shipped::{SHIPPED, Shipped};

use super::length::Unit;
use super::stamp::Layout;
use super::table::Wanted;
use crate::domain::words;
use std::collections::BTreeMap;

words! {
    /// What a row of a table is.
    Rows {
        /// One contact.
        Contacts = "contacts",
        /// Something that happened to a case.
        Events = "events",
        /// What was counted in an interval.
        Intervals = "intervals",
    }

    /// What a column can be.
    Role {
        /// Number or name of the contact or case. Of events, those of one case have the same.
        Id = "id",
        /// When the contact began.
        Begin = "begin",
        /// When it left the bot or the voice menu.
        BotEnd = "bot_end",
        /// How long it was with the bot or the voice menu, from its beginning.
        Bot = "bot",
        /// When it joined the queue. Default the end of the bot's part, else its beginning.
        Queued = "queued",
        /// How long it waited in the queue, until an agent had it or the customer left.
        Wait = "wait",
        /// When an agent had it.
        Answered = "answered",
        /// How long an agent had it, without wrap-up.
        Handle = "handle",
        /// Work after it, which keeps the agent.
        WrapUp = "wrap_up",
        /// When it was over: the agent done, or the customer gone.
        End = "end",
        /// How it ended: words of the file and, under `values`, what they mean.
        Outcome = "outcome",
        /// Who had it.
        Agent = "agent",
        /// The team of the agent.
        Team = "team",
        /// How it came: phone, chat, e-mail.
        Way = "channel",
        /// The queue in which it waited.
        Queue = "queue",
        /// What it was about.
        Intent = "intent",
        /// What kind of customer it was.
        Segment = "segment",
        /// Of events: when it happened.
        At = "at",
        /// Of events: what happened: words of the file and, under `values`, what they mean.
        Event = "event",
        /// Of intervals: their beginning.
        Start = "start",
        /// Of intervals: contacts that were offered.
        Offered = "offered",
        /// Of intervals: contacts that agents had.
        Handled = "handled",
        /// Of intervals: contacts whose customer left the queue.
        Abandoned = "abandoned",
        /// Of intervals: the mean time of an agent on one, wrap-up included.
        Aht = "aht",
        /// Of intervals: the time of agents on all of them, wrap-up included.
        HandleTotal = "handle_total",
        /// Of intervals: the mean wait of those who were answered.
        Asa = "asa",
    }

    /// How a contact of a file ended.
    End {
        /// An agent had it.
        Served = "served",
        /// The customer left the queue.
        Abandoned = "abandoned",
        /// The bot or the voice menu was the end of it: no queue was joined.
        Bot = "bot",
        /// The customer left: the queue where one was joined, else the bot.
        Left = "left",
        /// There was no place.
        Blocked = "blocked",
        /// It is not over.
        Open = "open",
        /// It is no contact, and is left out and counted.
        Skip = "skip",
    }

    /// What happened to a case.
    Step {
        /// It began. Without one its first event does.
        Opened = "opened",
        /// Somebody has it now, or somebody else than before.
        Assigned = "assigned",
        /// Somebody answered the customer.
        Replied = "replied",
        /// It waits for the customer or for others.
        Waiting = "waiting",
        /// It goes to another queue or team.
        Transferred = "transferred",
        /// It is done.
        Resolved = "resolved",
        /// It is done, and nothing more comes of it.
        Closed = "closed",
        /// It was done and is not: the customer came again.
        Reopened = "reopened",
        /// It says nothing that is kept, and is counted.
        Skip = "skip",
    }
}

impl Role {
    /// Whether its cells are moments.
    #[must_use]
    pub fn is_moment(self) -> bool {
        use Role::{Answered, At, Begin, BotEnd, End, Queued, Start};
        matches!(self, Begin | BotEnd | Queued | Answered | End | At | Start)
    }

    /// Whether its cells are lengths of time.
    #[must_use]
    pub fn is_length(self) -> bool {
        use Role::{Aht, Asa, Bot, Handle, HandleTotal, Wait, WrapUp};
        matches!(self, Bot | Wait | Handle | WrapUp | Aht | HandleTotal | Asa)
    }

    /// Whether its cells are numbers of contacts.
    #[must_use]
    pub fn is_count(self) -> bool {
        matches!(self, Role::Offered | Role::Handled | Role::Abandoned)
    }
}

/// Where a role is found in a table, and how it is written there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Its column; none where it is the same everywhere.
    pub column: Option<String>,
    /// The column of the date, where `column` has the time of day only.
    pub date: Option<String>,
    /// How its moments are written; what the column shows without it.
    pub layout: Option<Layout>,
    /// Whether day and month are swapped on the days 1 to 12 of each month.
    pub swapped: bool,
    /// Unit of its lengths of time where they are numbers.
    pub unit: Option<Unit>,
    /// Cells that stand for nothing, besides empty ones.
    pub none: Vec<String>,
    /// What its words mean.
    pub values: BTreeMap<String, String>,
    /// What all other words mean; themselves without it.
    pub other: Option<String>,
    /// What it is everywhere.
    pub constant: Option<String>,
}

/// A mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// Its name.
    pub name: String,
    /// What tables it is for.
    pub about: String,
    /// Columns by which such a table is known.
    pub header: Vec<String>,
    /// What a row is.
    pub rows: Rows,
    /// Time zone of moments that have none.
    pub zone: Option<String>,
    /// Length of an interval, microseconds; of intervals only.
    pub interval_us: Option<u64>,
    /// How the file is to be read.
    pub wanted: Wanted,
    /// The mark before decimals, `,` or `.`; what the columns show without it.
    pub decimal: Option<char>,
    /// The columns.
    pub fields: BTreeMap<Role, Field>,
    /// Its text.
    pub text: String,
}

impl Map {
    /// The field of a role.
    #[must_use]
    pub fn field(&self, role: Role) -> Option<&Field> {
        self.fields.get(&role)
    }
}
