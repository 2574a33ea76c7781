//! The scenario file as it is written: a mirror of the YAML, field by field.
//! Nothing is resolved here; `compile` makes a [`Scenario`](super::Scenario) of it.

/// Declares parts of the file: each field with what it may be, its default and where that
/// comes from.
///
/// `name: Type;` may be left out and is empty then, `name: Type = value;` has a default that
/// changes nothing, `name: Type = value, "source";` one that somebody has to answer for, and
/// `name: Type => required;` must be there: the structure check sees to it. The schema,
/// docs/scenario.md and `convoq explain` say the default and its source from here.
///
/// Of an `all`, every field must be there. `words` are a closed list of words, and an `either`
/// is one of several kinds of values.
macro_rules! fields {
    (@value $value:expr) => { $value };
    (@value) => { Default::default() };
    () => {};
    ($(#[$about:meta])* words $name:ident { $($word:tt)* } $($rest:tt)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        $(#[$about])*
        pub enum $name { $($word)* }

        fields! { $($rest)* }
    };
    ($(#[$about:meta])* either $name:ident { $($kind:tt)* } $($rest:tt)*) => {
        #[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
        #[serde(untagged)]
        $(#[$about])*
        pub enum $name { $($kind)* }

        fields! { $($rest)* }
    };
    ($(#[$about:meta])* all $name:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty;)*
    } $($rest:tt)*) => {
        #[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$about])*
        pub struct $name { $($(#[$doc])* pub $field: $type,)* }

        fields! { $($rest)* }
    };
    ($(#[$about:meta])* $name:ident { $(
        $(#[$doc:meta])*
        $field:ident: $type:ty $(= $value:expr)? $(, $source:literal)? $(=> $required:ident)?;
    )* } $($rest:tt)*) => {
        #[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        $(#[$about])*
        pub struct $name { $(
            $(#[$doc])*
            $(#[schemars(extend("x-source" = $source))])?
            $(#[schemars(extend("x-required" = stringify!($required)))])?
            pub $field: $type,
        )* }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: fields!(@value $($value)?),)* }
            }
        }

        fields! { $($rest)* }
    };
}

mod after;
mod demand;
mod people;
mod quantity;
mod scalar;
mod service;
mod values;

pub use after::*;
pub use demand::*;
pub use people::*;
pub use quantity::*;
pub use scalar::*;
pub use service::*;
pub use values::*;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

fields! {
    /// A convoq scenario: who comes, what they want, what the bot does, who works and what is promised.
    File {
        /// Version of the format: 1.
        convoq: u32 => required;
        /// Name of the scenario.
        name: String => required;
        /// What it shows.
        description: Option<String>;
        /// Where the numbers come from.
        source: Option<String>;
        /// A remark.
        note: Option<String>;
        /// Seed of the random draws.
        seed: u64 = 1;
        /// Number of replications.
        #[schemars(range(min = 1), extend("x-wrong" = "no replications", "x-help" = "give 1 or more"))]
        replications: u32 = 20, "Assumption, 10 to 200.";
        /// When: days, zone, opening hours.
        time: Time => required;
        /// Customer segments. Default one, `all`.
        segments: Named<Segment>;
        /// Customers that get special care, besides `standard`. Default none.
        tiers: Named<Tier>;
        /// Languages. Default one, `any`.
        languages: Vec<String>;
        /// What customers want; at least one.
        intents: Named<Intent> => required;
        /// The help centre.
        self_service: SelfService;
        /// Who comes; at least one source.
        demand: Vec<Demand> => required;
        /// How customers reach the operation. Channels that are used and not named here have all defaults.
        channels: Named<Channel>;
        /// The bot. Default none.
        bot: Option<Bot>;
        /// How contacts find their queue.
        routing: Routing;
        /// Queues; a contact goes to the first that takes it. Default one for each channel that people serve.
        queues: Named<Queue>;
        /// Teams of people.
        teams: Named<Team>;
        /// Who comes again. Default nobody.
        returns: Returns;
        /// Customer surveys. Default none.
        survey: Option<Survey>;
        /// Prices.
        costs: Costs;
        /// What knowledge work of the teams does to articles and bot. Default nothing.
        knowledge: Knowledge;
        /// What the formulas of time saved by AI need besides the run. Default none: they are not computed.
        time_saved: Option<TimeSaved>;
        /// Scheduled faults.
        faults: Vec<Fault>;
        /// Default threshold of all queues. Default 20s. Assumption, 10 to 60s: usual on the phone.
        service_level: Option<ServiceLevel>;
        /// Abandonments up to this wait are "short".
        short_abandon: Dur = seconds(5), "Assumption, 3 to 10s.";
        /// What is promised, as `service_level(queue=chat, within=60s) >= 80%`.
        targets: Vec<String>;
        /// Named changes of the scenario.
        variants: Named<Variant>;
    }

    /// When.
    Time {
        /// First local date.
        start: Date => required;
        /// Number of days, 1 to 3660.
        #[schemars(range(min = 1, max = 3660), extend("x-wrong" = "{} days", "x-help" = "give 1 to 3660 days"))]
        days: u32 => required;
        /// IANA name of the time zone.
        zone: String = "UTC".to_owned();
        /// Length of an interval of reports and of default demand; divides a day.
        interval: Dur = minutes(30), "Assumption, 5m to 1h.";
        /// Opening hours. Default 24h every day.
        open: Open;
        /// Time before statistics start.
        warm_up: Dur = seconds(0);
        /// Time after the last day in which contacts in progress go on and nobody new comes.
        drain: Dur = seconds(0);
    }

    /// A named change of the scenario.
    Variant {
        /// What it shows.
        description: Option<String>;
        /// Path and value of each field that changes; numbers may be relative: `+1`, `-2m`, `*1.1`, `+20%` (a fifth more; of a share `+20 points`). Whole numbers are rounded.
        set: Named<Value>;
    }
}
