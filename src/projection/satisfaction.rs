//! Surveys: what customers answered, and how many of those asked.

use super::{Book, Projection};
use crate::counters;
use crate::domain::Party;
use crate::event::{Envelope, Event, Header};

counters! {
    /// Survey counters of one party in one segment.
    PartyScores {
        /// Contacts that the party closed: asked.
        asked: u64,
        /// Answers.
        answers: u64,
        /// Satisfaction of 4 or 5.
        satisfied: u64,
        /// Sum of the effort scores.
        effort: u64,
        /// Would recommend: 9 or 10.
        promoters: u64,
        /// Would recommend: 0 to 6.
        detractors: u64,
    }
}

/// Surveys by party and segment.
#[derive(Clone, Debug)]
pub struct Satisfaction {
    /// `scores[party][segment]`, the bot first.
    pub scores: [Vec<PartyScores>; 2],
}

impl Satisfaction {
    /// Without answers.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let empty = vec![PartyScores::default(); header.segments.len()];
        Self { scores: [empty.clone(), empty] }
    }
}

impl Projection for Satisfaction {
    #[inline(always)]
    fn apply(&mut self, _header: &Header, book: &Book, env: &Envelope) {
        let party = match env.event {
            Event::Resolved { party, .. } | Event::SurveyAnswered { party, .. } => party,
            _ => return,
        };
        let r = book.get(env.slot);
        if !r.measured {
            return;
        }
        let scores = &mut self.scores[usize::from(party == Party::Human)][r.segment.index()];
        match env.event {
            Event::SurveyAnswered { csat, ces, nps, .. } => {
                scores.answers += 1;
                scores.satisfied += u64::from(csat >= 4);
                scores.effort += u64::from(ces);
                scores.promoters += u64::from(nps >= 9);
                scores.detractors += u64::from(nps <= 6);
            }
            _ => scores.asked += 1,
        }
    }
}
