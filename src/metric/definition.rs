//! The definitions of metrics that have several.

use crate::domain::{EscalationReason, Outcome, TurnClass};
use serde::{Serialize, Serializer};

macro_rules! definitions {
    ($($variant:ident $name:literal $meaning:literal;)*) => {
        /// Which of several definitions of a metric.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Definition {
            $(#[doc = $meaning] $variant,)*
            /// Contacts that ended so.
            Outcome(Outcome),
            /// Contacts that came to people for this reason.
            Reason(EscalationReason),
            /// Turns that ended so.
            Turn(TurnClass),
        }

        impl Definition {
            /// The name in JSON, CSV and targets.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Definition::$variant => $name,)*
                    Definition::Outcome(outcome) => outcome.name(),
                    Definition::Reason(reason) => reason.name(),
                    Definition::Turn(class) => class.name(),
                }
            }
        }
    };
}

definitions! {
    SL1 "SL1" "Whoever leaves in time counts as served.";
    SL2 "SL2" "Of the answered.";
    SL3 "SL3" "Of all.";
    SL4 "SL4" "Of all but those who left in time.";
    SL5 "SL5" "Short abandons count as served.";
    SL6 "SL6" "Of all but short abandons.";
    SL7 "SL7" "Of customers of endless patience.";
    SL8 "SL8" "Of all and those whom the queue lost at its door or to another.";
    Known "known" "As far as anyone sees.";
    True "true" "As it is.";
    False "false" "Not solved.";
    AgentBusy "agent_busy" "Time of agents with at least one contact.";
    Slots "slots" "Places for contacts that are taken.";
    Workload "workload" "Time that contacts would have taken one at a time.";
    Staffed "staffed" "Of the time of agents on the queue.";
    Window "window" "Of the closed within the window.";
    Gross "gross" "Of all first contacts.";
    Demand "demand" "Of the whole demand.";
    Content "content" "Of views of articles.";
    Channel "channel" "Of issues that other channels served.";
    Total "total" "All together.";
    Wages "wages" "Paid hours of people.";
    Bot "bot" "What the bot costs.";
    Contacts "contacts" "What contacts cost.";
    Session "session" "Of sessions with the bot.";
    Waited "waited" "Of those who waited at all.";
    Abandoned "abandoned" "Of those who left.";
    Mean "mean" "Of all: the mean of the distribution itself.";
    Queue "queue" "By the queue that the contact came from.";
    OpenHours "open_hours" "On a clock that runs in open hours.";
    CustomerPaused "customer_paused" "Without the time in which the customer was awaited.";
    Retrials "retrials" "Of those who were not served.";
    All "all" "Whatever became of them.";
    Escalated "escalated" "That went on to people.";
    GivenUp "given_up" "That the customer gave up.";
    Closed "closed" "By the bot.";
    Avoided "avoided" "That people no longer have.";
    Induced "induced" "That would not have come without the bot.";
    CameAgain "came_again" "Returns and retrials.";
    Unserved "unserved" "That neither bot nor people served.";
    Addressable "addressable" "Handling that help makes shorter.";
    Transfers "transfers" "Handing contacts on.";
    Writing "writing" "Writing messages.";
    Offered "offered" "That had to be sent.";
    Sent "sent" "That were sent.";
    Finished "finished" "That have an end.";
    Late "late" "That were sent late.";
    Answered "answered" "That were answered.";
    Good "good" "That were answered within the limits of a good turn.";
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The definitions that are the words of an enum of the domain, behind `$first`.
macro_rules! of_each {
    ($variant:ident, $all:expr, [$($first:ident),*]) => {{
        const FIRST: &[Definition] = &[$(Definition::$first),*];
        let mut all = [Definition::All; FIRST.len() + $all.len()];
        let mut n = 0;
        while n < all.len() {
            all[n] = if n < FIRST.len() {
                FIRST[n]
            } else {
                Definition::$variant($all[n - FIRST.len()])
            };
            n += 1;
        }
        all
    }};
}

pub(super) const OUTCOMES: [Definition; Outcome::ALL.len()] = of_each!(Outcome, Outcome::ALL, []);
pub(super) const REASONS: [Definition; EscalationReason::ALL.len()] =
    of_each!(Reason, EscalationReason::ALL, []);
pub(super) const TURNS: [Definition; 4 + TurnClass::ALL.len()] =
    of_each!(Turn, TurnClass::ALL, [Offered, Sent, Finished, Late]);
