//! Randomness addressed by meaning: a keyed, counter-based generator.
//!
//! Every draw is a pure function of the run's seed, the replication, what the
//! draw is for ([`Purpose`]), whom it is about (the entity) and its place in
//! that stream. Nothing is drawn "in order", so adding an agent or changing
//! the bot never shifts the draws of anything else: two scenarios under one
//! seed meet the same customers (common random numbers), on any number of
//! threads. The generator is Philox2x64-10 of Salmon, Moraes, Dror and Shaw,
//! "Parallel random numbers: as easy as 1, 2, 3" (2011).

use std::convert::Infallible;

use rand::TryRng;
use rand::rand_core::utils::fill_bytes_via_next_word;

/// The golden-ratio increment of SplitMix64, also Philox's key increment.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// Spreads small numbers (replications, attempts, turns) over 64 bits.
const SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;
/// Keeps the futures of a replication apart from other replications: `FUTURE` in ASCII.
const FUTURE: u64 = 0x0046_5554_5552_4500;
/// The multiplier of Philox2x64.
const PHILOX_MULTIPLIER: u64 = 0xD2B7_4407_B1CE_6E93;
/// 2^-52, the spacing of the uniforms.
const UNIT: f64 = 1.0 / (1_u64 << 52) as f64;

/// What a draw decides. The numbers are part of the format version: they are
/// never changed or reused, or every recorded seed would mean another run.
#[repr(u16)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// How many customers an interval brings.
    ArrivalCount = 1,
    /// Where inside its interval a customer arrives.
    ArrivalPosition = 2,
    /// The busy-day factor of a source.
    BusyDay = 3,
    /// The customer's segment.
    Segment = 4,
    /// What the customer wants.
    Intent = 5,
    /// How hard the issue is.
    Complexity = 6,
    /// Whether a help article is shown.
    ArticleExposed = 7,
    /// Whether that article solves the issue.
    ArticleSolved = 8,
    /// Whether only a person can solve the issue.
    HumanOnly = 9,
    /// Whether the customer passes the bot by.
    Bypass = 10,
    /// The bot's confidence in a turn.
    BotConfidence = 11,
    /// Whether the bot's answer is correct.
    BotCorrect = 12,
    /// Whether the customer accepts the bot's answer.
    Accept = 13,
    /// Whether the customer leaves the bot without a word.
    LeaveSilently = 14,
    /// Whether the customer asks for a person.
    AskHuman = 15,
    /// The work a person has with the contact.
    HumanWork = 16,
    /// The work after the conversation.
    WrapUp = 17,
    /// How long the customer will wait in a queue.
    Patience = 18,
    /// Whether the customer refuses to queue at all.
    Balk = 19,
    /// Whether an abandoned customer tries again.
    RetryDecision = 20,
    /// How long until that retry.
    RetryDelay = 21,
    /// Whether an unsolved customer returns.
    ReturnDecision = 22,
    /// How long until that return.
    ReturnDelay = 23,
    /// Whether the person solves the issue.
    HumanSolves = 24,
    /// The answer to the survey.
    Survey = 25,
    /// Whether an agent is absent that day.
    AgentAbsence = 26,
    /// The jitter of an agent's breaks.
    AgentBreak = 27,
    /// An agent's own speed.
    AgentSpeed = 28,
    /// How long the customer thinks before writing.
    ThinkTime = 29,
    /// How long a message takes to type.
    TypeTime = 30,
    /// Which words are used.
    Text = 31,
    /// Reserved for ties in routing.
    RouteTie = 32,
    /// Injected faults.
    Fault = 33,
    /// The customer's tier.
    Tier = 34,
    /// The customer's language.
    Language = 35,
    /// Whether the bot's knowledge covers the issue.
    Coverage = 36,
    /// How long the bot takes to answer.
    BotLatency = 37,
    /// Which routing rule applies.
    RouteRule = 38,
    /// Whether the contact is routed to the right place.
    RouteRight = 39,
    /// Which wrong place it is routed to otherwise.
    RouteWrong = 40,
    /// Whether the customer falls silent.
    Silent = 41,
    /// How late an agent starts.
    Lateness = 42,
    /// Whether the customer changes the channel.
    ChannelSwitch = 43,
    /// Whether a campaign's recipient makes contact.
    CampaignContact = 44,
    /// How long after the campaign that contact comes.
    CampaignDelay = 45,
    /// The work of triage before the answer.
    TriageWork = 46,
    /// Points of a design of experiments; the entity is the number of a try, a trajectory or a
    /// resample.
    Design = 47,
    /// How long the customer waits for the bot's answer.
    BotPatience = 48,
    /// Whether a customer whom the bot failed goes past it the next time.
    Distrust = 49,
}

/// All random numbers of one replication of a run.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    key: u64,
}

impl Streams {
    /// The streams of a replication. Runs with one `run_seed` and the same
    /// `replication` share every draw, whatever else differs between them.
    #[must_use]
    pub fn new(run_seed: u64, replication: u32) -> Self {
        Self { key: combine(run_seed, u64::from(replication)) }
    }

    /// The streams of another future of the same replication, numbered from 1: what
    /// has not happened yet is drawn anew. Every scenario that is continued into this
    /// future shares its draws.
    #[must_use]
    pub fn future(self, number: u32) -> Self {
        Self { key: combine(self.key ^ FUTURE, u64::from(number)) }
    }

    /// The stream of a purpose and an entity, at its first draw.
    #[inline]
    #[must_use]
    pub fn of(self, purpose: Purpose, entity: u64) -> Stream {
        self.sub(purpose, entity, 0)
    }

    /// A further stream of the same purpose and entity, one per turn for
    /// example; `sub` 0 is the stream that [`Streams::of`] gives.
    #[inline]
    #[must_use]
    pub fn sub(self, purpose: Purpose, entity: u64, sub: u16) -> Stream {
        Stream {
            key: self.key,
            counter: first_counter(purpose, sub),
            entity,
            second: 0,
            pending: false,
        }
    }

    /// The first uniform of the stream, in (0, 1).
    #[inline]
    #[must_use]
    pub fn unit(self, purpose: Purpose, entity: u64) -> f64 {
        self.pair(purpose, entity, 0).0
    }

    /// The first two uniforms of a stream, each in (0, 1). They cost one block
    /// of the generator, so two decisions can be had for the price of one.
    #[inline]
    #[must_use]
    pub fn pair(self, purpose: Purpose, entity: u64, sub: u16) -> (f64, f64) {
        let [x0, x1] = philox2x64_10([first_counter(purpose, sub), entity], self.key);
        (to_unit(x0), to_unit(x1))
    }

    /// Whether an event of this probability happens: `U < probability`. A
    /// greater probability keeps all that happened and adds to it. Nothing is
    /// computed for a probability of 0 or less, or of 1 or more.
    #[inline]
    #[must_use]
    pub fn happens(self, purpose: Purpose, entity: u64, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        probability >= 1.0 || self.unit(purpose, entity) < probability
    }

    /// Chooses an index by the inverse cdf over a fixed order, so that a small
    /// change of the mix moves few entities. `cumulative` ascends to 1; its
    /// last value is taken as 1. Nothing is computed with one entry or none.
    #[must_use]
    pub fn choose(self, purpose: Purpose, entity: u64, cumulative: &[f64]) -> usize {
        let last = cumulative.len().saturating_sub(1);
        if last == 0 {
            return 0;
        }
        let u = self.unit(purpose, entity);
        cumulative.partition_point(|&c| c <= u).min(last)
    }
}

/// The draws of one purpose and entity, in order: 2^33 of them. It implements
/// rand's core trait, so that anything of `rand_distr` can sample from it, and
/// a rejection there shifts no draw of another stream.
#[derive(Clone, Debug)]
pub struct Stream {
    key: u64,
    counter: u64,
    entity: u64,
    /// The second half of the last block, to be given out when `pending`.
    second: u64,
    pending: bool,
}

impl Stream {
    /// The next uniform, in (0, 1): never 0 nor 1, and `1 - u` is exact.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        to_unit(self.next())
    }

    #[inline]
    fn next(&mut self) -> u64 {
        if self.pending {
            self.pending = false;
            return self.second;
        }
        let [x0, x1] = philox2x64_10([self.counter, self.entity], self.key);
        self.counter = self.counter.wrapping_add(1);
        self.second = x1;
        self.pending = true;
        x0
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    /// The high half of a draw; the low half is not used.
    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    #[inline]
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(dst, || self.try_next_u64())
    }
}

/// The first counter word: purpose, sub-stream, and block 0.
#[inline]
fn first_counter(purpose: Purpose, sub: u16) -> u64 {
    (purpose as u64) << 48 | u64::from(sub) << 32
}

/// The middle of one of 2^52 equal cells: the half keeps 0 out. 52 bits, as
/// with 53 the half does not fit beside them: the greatest would round to 1.
#[inline]
fn to_unit(x: u64) -> f64 {
    ((x >> 12) as f64 + 0.5) * UNIT
}

/// The finaliser of SplitMix64: a bijection that scatters all 64 bits.
#[inline]
#[must_use]
pub fn mix64(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The identity that belongs to a name, the same on every machine and in every
/// version: 64-bit FNV-1a over the UTF-8 bytes, then [`mix64`].
#[must_use]
pub fn hash_name(name: &str) -> u64 {
    let fnv = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    mix64(fnv)
}

/// The identity of part `b` of entity `a`, such as an attempt of an issue. It
/// is not symmetric, and one-to-one in either argument.
#[inline]
#[must_use]
pub fn combine(a: u64, b: u64) -> u64 {
    mix64(mix64(a.wrapping_add(GOLDEN)) ^ b.wrapping_mul(SPREAD))
}

/// Philox2x64 with ten rounds: 128 random bits for a counter under a key.
#[inline]
#[must_use]
pub fn philox2x64_10(counter: [u64; 2], key: u64) -> [u64; 2] {
    let [mut c0, mut c1] = counter;
    let mut k = key;
    for _ in 0..10 {
        let product = u128::from(c0) * u128::from(PHILOX_MULTIPLIER);
        c0 = (product >> 64) as u64 ^ k ^ c1;
        c1 = product as u64;
        k = k.wrapping_add(GOLDEN);
    }
    [c0, c1]
}

#[cfg(test)]
mod tests;
