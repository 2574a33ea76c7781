//! Lengths of time as they were seen: known, or known only to be longer, shorter or between.

/// A length and how often it was seen, in seconds.
pub(super) type Weighted = (f64, f64);

/// Observed lengths of time, seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    /// Known lengths, all above zero.
    pub exact: Vec<Weighted>,
    /// Longer than this: not over when it was looked at last.
    pub longer: Vec<Weighted>,
    /// At most this.
    pub shorter: Vec<Weighted>,
    /// From the first to the second, as whole seconds are.
    pub between: Vec<(f64, f64, f64)>,
}

impl Sample {
    /// Known lengths only.
    pub(super) fn known(lengths: impl IntoIterator<Item = f64>) -> Self {
        let mut sample = Self::default();
        sample.exact.extend(lengths.into_iter().map(|x| (x, 1.0)));
        sample.gathered()
    }

    /// Equal observations together: whole seconds make long lists short.
    pub(super) fn gathered(mut self) -> Self {
        for list in [&mut self.exact, &mut self.longer, &mut self.shorter] {
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
            list.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                kept.1 += if same { next.1 } else { 0.0 };
                same
            });
        }
        self.between.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.between.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 += if same { next.2 } else { 0.0 };
            same
        });
        self
    }

    /// Whether nothing is censored.
    pub(super) fn is_known(&self) -> bool {
        self.longer.is_empty() && self.shorter.is_empty() && self.between.is_empty()
    }

    /// How many lengths were seen to their end.
    pub(super) fn ended(&self) -> f64 {
        let between: f64 = self.between.iter().map(|b| b.2).sum();
        total(&self.exact) + total(&self.shorter) + between
    }

    /// All observations.
    pub(super) fn n(&self) -> f64 {
        self.ended() + total(&self.longer)
    }

    /// Time under observation: the sum of all lengths as far as they were seen.
    pub(super) fn exposure_s(&self) -> f64 {
        let sum = |list: &[Weighted]| list.iter().map(|(x, w)| x * w).sum::<f64>();
        let between: f64 = self.between.iter().map(|(a, b, w)| w * (a + b) / 2.0).sum();
        sum(&self.exact) + sum(&self.longer) + sum(&self.shorter) / 2.0 + between
    }
}

/// How many observations a list has.
pub(super) fn total(list: &[Weighted]) -> f64 {
    list.iter().map(|(_, w)| w).sum()
}
