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

impl IssueKind {
    /// Of contacts for which the bot has content: given a first answer, and closed.
    fn chain(&self, habits: &AnswerHabits) -> (f64, f64) {
        let mut accuracy = self.accuracy;
        let (mut asks, mut closed, mut involved) = (1.0, 0.0, None);
        for _ in 0..habits.max_turns {
            let right = accuracy * self.confident_right;
            let wrong = (1.0 - accuracy) * self.confident_wrong;
            let ends = |p: f64, q: f64| right * p + wrong * q;
            closed += asks * ends(habits.accept, habits.leave_silently);
            involved.get_or_insert(ends(1.0, 1.0));
            let on = 1.0 - habits.ask_human;
            asks *= ends((1.0 - habits.accept) * on, (1.0 - habits.leave_silently) * on);
            accuracy *= habits.accuracy_decay;
        }
        (involved.unwrap_or(0.0), closed)
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
        sum.involved += to_bot * involved;
        sum.closed += to_bot * closed;
    }
    sum
}
