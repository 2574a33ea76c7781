//! Why a turn cannot go on.

use crate::domain::TurnClass;

/// Why a turn cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub class: TurnClass,
    pub problem: String,
    /// What mends it, where waiting does not.
    pub advice: Option<&'static str>,
}

impl Failure {
    pub fn new(class: TurnClass, problem: impl Into<String>) -> Self {
        Failure { class, problem: problem.into(), advice: None }
    }

    pub fn advised(self, advice: &'static str) -> Self {
        let advice = Some(advice);
        Failure { advice, ..self }
    }

    /// The problem, and what mends it.
    pub fn told(self) -> String {
        match self.advice {
            Some(advice) => format!("{}; {advice}", self.problem),
            None => self.problem,
        }
    }

    pub fn protocol(problem: impl Into<String>) -> Self {
        Failure::new(TurnClass::Protocol, problem)
    }

    pub fn json(problem: impl Into<String>) -> Self {
        Failure::new(TurnClass::MalformedJson, problem)
    }
}
