//! A search for a roster, and what fresh periods say of its result.

use super::{Found, Goal, NoRoster, Proof, Search, Standing, proof};

/// Periods of one seed; later ones are those of the next seeds.
pub const ROUND: u32 = 1 << 20;
/// Rounds of checking on fresh periods and going on with them, at most.
const ROUNDS: u32 = 4;
/// Fresh periods at most, while they neither prove nor refute a share.
const MOST_FRESH: u32 = 400;

/// What the search and its checks say.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the search found.
    pub found: Found,
    /// Agents of each shift, after the checks.
    pub counts: Vec<u32>,
    /// How the goals stand in the periods of the search.
    pub searched: Vec<Standing>,
    /// How they stand in fresh periods.
    pub fresh: Vec<Standing>,
    /// How they stand with the roster of the formula alone.
    pub formula_standing: Vec<Standing>,
    /// One agent fewer, the way that hurts least: the shift, and how the goals stand.
    pub fewer: Option<(usize, Vec<Standing>)>,
    /// It was stopped.
    pub interrupted: bool,
    /// Whether the first look at fresh periods was good.
    pub checked: bool,
    /// Replications simulated.
    pub simulated: u64,
    /// Rounds of checking on fresh periods.
    pub rounds: u32,
}

/// Fresh periods are looked at so often at most: their number is doubled each time.
#[must_use]
pub fn looks(first: u32) -> u32 {
    let doubled = (0..).take_while(|k| first.saturating_mul(1 << k) < MOST_FRESH);
    1 + doubled.count() as u32
}

/// The outcome of a search whose result is checked on fresh periods; of one that was
/// stopped the cheapest roster until then.
///
/// # Errors
/// Why there is no roster.
pub fn checked(search: &mut Search<'_>, goals: &[Goal]) -> Result<Outcome, NoRoster> {
    match look_whole(search, goals) {
        Err(NoRoster::Stopped) => {
            let (found, searched) = search.so_far().ok_or(NoRoster::Stopped)?;
            let sample = search.sample().to_vec();
            Ok(Outcome {
                counts: found.counts.clone(),
                searched,
                fresh: Vec::new(),
                formula_standing: search.known_standings(&found.formula.counts, &sample),
                fewer: None,
                interrupted: true,
                checked: false,
                simulated: search.simulated,
                rounds: 1,
                found,
            })
        }
        done => done,
    }
}

/// Searches, checks on fresh periods, and goes on with them where they miss.
fn look_whole(search: &mut Search<'_>, goals: &[Goal]) -> Result<Outcome, NoRoster> {
    let sample = search.sample().to_vec();
    let found = search.find()?;
    let mut counts = found.counts.clone();
    let mut rounds = 0;
    let (fresh, checked) = loop {
        rounds += 1;
        let first = rounds * ROUND;
        let (fresh, number) = check(search, &counts, (first, sample.len() as u32), goals)?;
        let periods: Vec<u32> = (first..first + number).collect();
        if fresh.iter().all(|s| s.met) {
            break (fresh, true);
        }
        if rounds == ROUNDS {
            break (fresh, false);
        }
        counts = search.widen(counts, &periods)?;
    };
    let all = search.sample().to_vec();
    let searched = search.standings(&counts, &all)?;
    let formula_standing = search.standings(&found.formula.counts, &sample)?;
    let fewer = one_fewer(search, &counts, &all)?;
    Ok(Outcome {
        counts,
        searched,
        fresh,
        formula_standing,
        fewer,
        interrupted: false,
        checked,
        simulated: search.simulated,
        rounds,
        found,
    })
}

/// Looks at fresh periods, and at more of them while the goals hold there and they
/// neither prove nor refute the shares asked; how many there were.
fn check(
    search: &mut Search<'_>,
    counts: &[u32],
    (first, mut number): (u32, u32),
    goals: &[Goal],
) -> Result<(Vec<Standing>, u32), NoRoster> {
    let periods: Vec<u32> = (first..first + number).collect();
    let mut fresh = search.standings(counts, &periods)?;
    let looks = looks(number);
    let undecided = |fresh: &[Standing]| {
        let mut each = fresh.iter().zip(goals);
        each.any(|(s, goal)| {
            let proof = goal.share.map(|share| proof(s, share, looks));
            proof == Some(Proof::Consistent)
        })
    };
    let holds = |fresh: &[Standing]| fresh.iter().all(|s| s.met);
    while holds(&fresh) && undecided(&fresh) && number < MOST_FRESH {
        number = number.saturating_mul(2).min(MOST_FRESH);
        let periods: Vec<u32> = (first..first + number).collect();
        fresh = search.standings(counts, &periods)?;
    }
    Ok((fresh, number))
}

/// Of all rosters with one agent fewer the one that comes nearest to the goals.
fn one_fewer(
    search: &mut Search<'_>,
    counts: &[u32],
    periods: &[u32],
) -> Result<Option<(usize, Vec<Standing>)>, NoRoster> {
    let Some((column, fewer)) = search.nearest_below(counts) else {
        return Ok(None);
    };
    let standings = search.standings(&fewer, periods)?;
    Ok(Some((column, standings)))
}
