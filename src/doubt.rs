//! Doubts: what makes numbers worth less than they look, each declared once.
//!
//! A declaration gives a doubt its code, how serious it is, its title, the text of reports and,
//! by its comment, what `convoq explain` and [the page of codes](../docs/codes.md) say of it.
//! Whoever decides something by a doubt looks at the variant or the severity, never at the text.

use serde::{Serialize, Serializer};

/// What a doubt does to a run, the most serious first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// A defect of convoq or of the log: no number may be used.
    Defect,
    /// A file of the run is damaged: something is left out.
    Damaged,
    /// The run did not come to its end.
    Interrupted,
    /// The load was not the planned one.
    Invalid,
    /// The bot answered next to nothing.
    NotAnswered,
    /// The numbers stand, with what is said.
    Doubtful,
}

/// What is the same of all doubts with one code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Stable code, as `W0901`: `convoq explain W0901` tells more.
    pub code: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means and what to do.
    pub meaning: &'static str,
}

/// Declares doubts: meaning, code, severity, variant with the values of its text, title, text.
macro_rules! doubts {
    ($(
        $(#[doc = $meaning:literal])+
        $code:ident $severity:ident $doubt:ident
        $({ $($(#[doc = $about:literal])+ $value:ident: $type:ty,)+ })?
        = $title:literal: $text:literal $(, $part:expr)*;
    )+) => {
        /// What makes numbers doubtful. Its text is the line of a report.
        #[derive(Clone, PartialEq, Debug)]
        pub enum Doubt {$(
            $(#[doc = $meaning])+
            $doubt $({ $($(#[doc = $about])+ $value: $type,)+ })?,
        )+
            /// One that a run on disk has kept.
            Kept {
                /// What is the same of all with its code.
                kind: &'static Kind,
                /// Its text.
                text: String,
            },
        }

        impl Doubt {
            /// All kinds of doubts, in the order of their codes.
            pub const KINDS: &[Kind] = &[$(Kind {
                code: stringify!($code),
                severity: Severity::$severity,
                title: $title,
                meaning: concat!($($meaning),+).trim_ascii_start(),
            }),+];

            /// How serious it is.
            #[must_use]
            pub fn severity(&self) -> Severity {
                match self {
                    $(Doubt::$doubt { .. } => Severity::$severity,)+
                    Doubt::Kept { kind, .. } => kind.severity,
                }
            }

            /// Its code.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $(Doubt::$doubt { .. } => stringify!($code),)+
                    Doubt::Kept { kind, .. } => kind.code,
                }
            }
        }

        impl fmt::Display for Doubt {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {$(
                    Doubt::$doubt $({ $($value),+ })? => write!(f, $text $(, $part)*),
                )+
                    Doubt::Kept { text, .. } => f.write_str(text),
                }
            }
        }
    };
}

mod kinds;
pub use kinds::Doubt;

/// What stands on top of numbers that were counted with violations of conservation laws.
#[must_use]
pub fn audit_failed(violations: u64) -> String {
    format!("AUDIT FAILED: {violations} violations of conservation laws; do not use these numbers")
}

impl Doubt {
    /// A doubt as it was told and kept; none of a code that is not known.
    #[must_use]
    pub fn kept(code: &str, text: &str) -> Option<Self> {
        let kind = Self::KINDS.iter().find(|kind| kind.code == code)?;
        Some(Doubt::Kept { kind, text: text.to_owned() })
    }
}

impl Serialize for Doubt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_everything_is_explained() {
        assert!(Doubt::KINDS.is_sorted_by(|a, b| a.code < b.code));
        for kind in Doubt::KINDS {
            assert!(kind.meaning.ends_with('.') && !kind.meaning.starts_with(' '), "{kind:?}");
        }
    }

    #[test]
    fn a_mean_is_whole_where_it_is_large() {
        let left = |left| Doubt::StillWaiting { queue: "chat".into(), left, share: 0.125 };
        let start = |doubt: Doubt| doubt.to_string().split(':').next().map(str::to_owned);
        let one = "queue chat ends with 1 contact waiting (12.5 % of those offered)";
        assert_eq!(start(left(1.0)).as_deref(), Some(one));
        assert!(left(0.25).to_string().contains(" 0.25 contacts "));
        assert!(left(41.3).to_string().contains(" 41 contacts "));
    }
}
