//! Random choices of the generator: a function of a seed and of how many came before.

use convoq::random::mix64;

pub struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    fn throw(&mut self) -> u64 {
        self.thrown += 1;
        mix64(mix64(self.seed) ^ self.thrown.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A number from 0 to below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.throw() % n
    }

    /// A number from `low` to `high`, both possible.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    /// Some of them, at least one, in their order.
    pub fn some_of<T: Clone>(&mut self, all: &[T], percent: u64) -> Vec<T> {
        let mut some: Vec<T> = Vec::new();
        for one in all {
            if self.chance(percent) {
                some.push(one.clone());
            }
        }
        if some.is_empty() {
            some.push(self.one_of(all));
        }
        some
    }
}
