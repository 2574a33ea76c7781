//! What a bot and articles resolve, in closed form, for customers who come once.
//!
//! `ROAR = A + C i r`: articles solve a share A of all issues, the rest C = 1 - A
//! become contacts; of these the bot is involved in a share i, and of those it closes
//! a share r. Exact where the bot is always there and nobody comes again.

/// One kind of issue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IssueKind {
    /// Share of all issues, 0 to 1.
    pub share: f64,
    /// Probability that an article solves it once shown.
    pub article_solves: f64,
    /// Probability that articles are shown.
    pub exposure: f64,
    /// Probability that rules send the contact to people.
    pub human_only: f64,
    /// Probability that the customer asks for a person before any answer.
    pub bypass: f64,
    /// Probability that the bot has content.
    pub coverage: f64,
    /// Probability that an answer would be right.
    pub accuracy: f64,
    /// Probability that a right answer is confident enough to be given.
    pub confident_right: f64,
    /// Probability that a wrong answer is confident enough to be given.
    pub confident_wrong: f64,
}

/// What customers do with answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnswerHabits {
    /// Right answer: probability that the customer accepts it.
    pub accept: f64,
    /// Wrong answer: probability that the customer leaves silently.
    pub leave_silently: f64,
    /// Neither: probability of asking for a person instead of rephrasing.
    pub ask_human: f64,
    /// Largest number of answers.
    pub max_turns: u16,
    /// Factor on accuracy with each further turn.
    pub accuracy_decay: f64,
}

/// The parts of the rate of automated resolution, each a share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Automation {
    /// A: of all issues, those that articles solve.
    pub articles: f64,
    /// C i: of all issues, those in which the bot gives an answer.
    pub involved: f64,
    /// C i r: of all issues, those that the bot closes.
    pub closed: f64,
}

impl Automation {
    /// A + C i r.
    #[must_use]
    pub fn roar(self) -> f64 {
        self.articles + self.closed
    }

    /// i: of contacts, those in which the bot gives an answer; NaN without contacts.
    #[must_use]
    pub fn involvement(self) -> f64 {
        self.involved / (1.0 - self.articles)
    }

    /// r: of these, those that it closes; NaN when there are none.
    #[must_use]
    pub fn resolution(self) -> f64 {
        self.closed / self.involved
    }
}

/// The derivative of ROAR by each assumption of one kind of issue, the others held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gradient {
    /// By the share that rules send to people.
    pub human_only: f64,
    /// By the share that asks for a person at once.
    pub bypass: f64,
    /// By coverage.
    pub coverage: f64,
    /// By accuracy.
    pub accuracy: f64,
    /// By the share that sees articles.
    pub exposure: f64,
}

/// A number and its derivative by accuracy: forward differentiation, exact.
#[derive(Clone, Copy)]
struct Dual(f64, f64);

impl Dual {
    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0, self.0 * other.1 + self.1 * other.0)
    }
}

impl IssueKind {
    /// Of contacts for which the bot has content: given a first answer, and closed,
    /// both with their derivatives by accuracy.
    fn chain(&self, habits: &AnswerHabits) -> (Dual, Dual) {
        let mut accuracy = Dual(self.accuracy, 1.0);
        let (mut asks, mut closed, mut involved) = (Dual(1.0, 0.0), Dual(0.0, 0.0), None);
        for _ in 0..habits.max_turns {
            let right = Dual(accuracy.0 * self.confident_right, accuracy.1 * self.confident_right);
            let wrong =
                Dual((1.0 - accuracy.0) * self.confident_wrong, -accuracy.1 * self.confident_wrong);
            let ends = |p: f64, q: f64| Dual(right.0 * p + wrong.0 * q, right.1 * p + wrong.1 * q);
            let closes = asks.times(ends(habits.accept, habits.leave_silently));
            closed = Dual(closed.0 + closes.0, closed.1 + closes.1);
            involved.get_or_insert(ends(1.0, 1.0));
            let on = 1.0 - habits.ask_human;
            asks = asks.times(ends((1.0 - habits.accept) * on, (1.0 - habits.leave_silently) * on));
            let decay = habits.accuracy_decay;
            accuracy = Dual(accuracy.0 * decay, accuracy.1 * decay);
        }
        (involved.unwrap_or(Dual(0.0, 0.0)), closed)
    }

    fn solved(&self) -> f64 {
        self.exposure * self.article_solves
    }
}

/// The parts of ROAR over a mix of issues.
#[must_use]
pub fn automation(kinds: &[IssueKind], habits: &AnswerHabits) -> Automation {
    let mut sum = Automation::default();
    for kind in kinds {
        let (involved, closed) = kind.chain(habits);
        let to_bot = kind.share
            * (1.0 - kind.solved())
            * (1.0 - kind.human_only)
            * (1.0 - kind.bypass)
            * kind.coverage;
        sum.articles += kind.share * kind.solved();
        sum.involved += to_bot * involved.0;
        sum.closed += to_bot * closed.0;
    }
    sum
}

/// The exact derivatives of ROAR, for each kind of issue.
#[must_use]
pub fn gradients(kinds: &[IssueKind], habits: &AnswerHabits) -> Vec<Gradient> {
    let each = |kind: &IssueKind| {
        let (_, closed) = kind.chain(habits);
        let written = kind.share * (1.0 - kind.solved());
        let (rules, asks) = (1.0 - kind.human_only, 1.0 - kind.bypass);
        Gradient {
            human_only: -written * asks * kind.coverage * closed.0,
            bypass: -written * rules * kind.coverage * closed.0,
            coverage: written * rules * asks * closed.0,
            accuracy: written * rules * asks * kind.coverage * closed.1,
            exposure: kind.share
                * kind.article_solves
                * (1.0 - rules * asks * kind.coverage * closed.0),
        }
    };
    kinds.iter().map(each).collect()
}
