//! The points of designs, and estimators against exact values.

use convoq::design::{
    Design, Place, bootstrap, elementary_effects, rank_correlation, screening, shapley_weights,
    sobol,
};
use std::collections::BTreeSet;
use std::f64::consts::PI;

fn shares(point: &[Place]) -> Vec<f64> {
    let share = |place: &Place| match place {
        Place::Share(share) => *share,
        other => panic!("{other:?} is no share"),
    };
    point.iter().map(share).collect()
}

fn values(design: &Design, model: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let at = |number| model(&shares(&design.point(number)));
    (0..design.len()).map(at).collect()
}

/// The function of Ishigami and Homma (1990) over the unit cube.
fn ishigami(u: &[f64]) -> f64 {
    let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

#[test]
fn vt_30_sobol_indices_of_ishigami_are_the_exact_ones() {
    let design = Design::Sobol { rows: 8192, factors: 3, seed: 1 };
    assert_eq!(design.len(), 8192 * 5);
    let values = values(&design, ishigami);
    let n = values.len() as f64;
    let ab: Vec<f64> = values.chunks(5).flat_map(|row| [row[0], row[1]]).collect();
    let mean = ab.iter().sum::<f64>() / ab.len() as f64;
    let variance = ab.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (ab.len() as f64 - 1.0);
    assert!((variance - 13.844588).abs() < 0.1, "{variance} of {n}");
    let indices = sobol(3, &values).expect("the values vary");
    let exact = [(0.313905, 0.557589), (0.442411, 0.442411), (0.0, 0.243684)];
    for (found, (first, total)) in indices.iter().zip(exact) {
        assert!((found.first - first).abs() < 0.02, "{found:?}: S {first}");
        assert!((found.total - total).abs() < 0.02, "{found:?}: ST {total}");
    }
    // A row that could not be measured is left out, not counted as zero.
    let mut holes = values.clone();
    holes[7] = f64::NAN;
    let without = sobol(3, &holes).expect("the values vary");
    assert!((without[0].total - indices[0].total).abs() < 0.001);
    assert_eq!(sobol(3, &[1.0; 50]), None);
}

#[test]
fn vt_30_morris_ranks_the_factors_of_ishigami_and_measures_a_line_exactly() {
    let Design::Morris { points } = Design::morris(3, 400, 5) else {
        panic!("a Morris design");
    };
    let all: Vec<f64> = points.iter().map(|p| ishigami(p)).collect();
    let found = screening(&elementary_effects(&points, &all));
    // On four levels sin(x1) is seen at +-pi and +-pi/3 only; x3 acts through x1 alone.
    assert!(found[0].mu_star > found[2].mu_star && found[1].mu_star > found[2].mu_star);
    assert!(found[2].mu.abs() < 0.35 * found[2].mu_star, "{:?}", found[2]);
    assert!(found[2].sigma > found[2].mu_star / 2.0);
    let line: Vec<f64> = points.iter().map(|p| 3.0 * p[0] - 2.0 * p[1]).collect();
    let found = screening(&elementary_effects(&points, &line));
    let exact = [(3.0, 3.0), (-2.0, 2.0), (0.0, 0.0)];
    for (found, (mu, mu_star)) in found.iter().zip(exact) {
        assert!((found.mu - mu).abs() < 1e-9 && (found.mu_star - mu_star).abs() < 1e-9);
        assert!(found.sigma < 1e-9);
    }
}

#[test]
fn a_morris_trajectory_moves_every_factor_once_by_one_step() {
    let Design::Morris { points } = Design::morris(5, 30, 9) else {
        panic!("a Morris design");
    };
    assert_eq!(points.len(), 30 * 6);
    for trajectory in points.chunks(6) {
        let mut moved = BTreeSet::new();
        for pair in trajectory.windows(2) {
            let changed: Vec<usize> = (0..5).filter(|&f| pair[0][f] != pair[1][f]).collect();
            assert_eq!(changed.len(), 1);
            let step = (pair[1][changed[0]] - pair[0][changed[0]]).abs();
            assert!((step - 2.0 / 3.0).abs() < 1e-12);
            assert!((-1e-9..=1.0 + 1e-9).contains(&pair[1][changed[0]]));
            moved.insert(changed[0]);
        }
        assert_eq!(moved.len(), 5);
    }
}

#[test]
fn a_latin_hypercube_has_one_point_in_each_slice_of_each_factor() {
    let design = Design::latin_hypercube(4, 25, 3);
    for factor in 0..4 {
        let slices: BTreeSet<usize> =
            (0..25).map(|n| (shares(&design.point(n))[factor] * 25.0) as usize).collect();
        assert_eq!(slices, (0..25).collect());
    }
    assert_eq!(design, Design::latin_hypercube(4, 25, 3));
    assert_ne!(design, Design::latin_hypercube(4, 25, 4));
    let first: Vec<f64> = (0..25).map(|n| shares(&design.point(n))[0]).collect();
    let cubes: Vec<f64> = first.iter().map(|x| x * x * x).collect();
    assert!((rank_correlation(&first, &cubes) - 1.0).abs() < 1e-12);
    let down: Vec<f64> = first.iter().map(|x| -x).collect();
    assert!((rank_correlation(&first, &down) + 1.0).abs() < 1e-12);
}

#[test]
fn a_factorial_has_every_combination_once_and_one_at_a_time_changes_one() {
    let design = Design::Factorial { levels: vec![2, 3, 4] };
    let key = |number| format!("{:?}", design.point(number));
    let all: BTreeSet<String> = (0..design.len()).map(key).collect();
    assert_eq!((design.len(), all.len()), (24, 24));
    assert_eq!(design.point(1), [0, 0, 1].map(Place::Level));
    let design = Design::OneAtATime { levels: vec![2, 3] };
    assert_eq!(design.len(), 6);
    assert_eq!(design.point(0), [Place::Base, Place::Base]);
    assert_eq!(design.point(5), [Place::Base, Place::Level(2)]);
}

#[test]
fn parts_add_up_to_the_whole_difference_and_are_the_effects_where_nothing_interacts() {
    let k = 4;
    // Any values at all: the parts add up.
    let values: Vec<f64> = (0..1 << k).map(|p| f64::from(p * p % 11) + 0.5).collect();
    let part = |factor: usize, values: &[f64]| -> f64 {
        let weights = shapley_weights(k, factor);
        weights.iter().zip(values).map(|(w, v)| w * v).sum()
    };
    let sum: f64 = (0..k).map(|f| part(f, &values)).sum();
    assert!((sum - (values[15] - values[0])).abs() < 1e-12);
    let plain: Vec<f64> = (0..1usize << k)
        .map(|p| (0..k).filter(|f| p & (8 >> f) != 0).map(|f| (f + 1) as f64).sum())
        .collect();
    for factor in 0..k {
        assert!((part(factor, &plain) - (factor + 1) as f64).abs() < 1e-12);
    }
    // A product of two: each carries half.
    let product: Vec<f64> = (0..1usize << k).map(|p| f64::from(u8::from(p & 12 == 12))).collect();
    assert!((part(0, &product) - 0.5).abs() < 1e-12 && part(2, &product).abs() < 1e-12);
}

/// Of 200 designs of Ishigami's function, as many intervals hold the exact index as they
/// say, for the measures of which there is an exact value.
#[test]
fn bootstrap_intervals_cover_as_they_say() {
    let (rows, runs) = (64, 200);
    let exact = [0.313905, 0.557589, 0.442411, 0.442411, 0.0, 0.243684];
    let mut covered = [0; 6];
    for seed in 0..runs {
        // Rows of independent draws, for which alone the coverage is known.
        let design = Design::latin_hypercube(6, rows, seed);
        let rows: Vec<Vec<f64>> = (0..rows).map(|n| shares(&design.point(n))).collect();
        let values: Vec<f64> = rows.iter().flat_map(|row| jansen_row(row)).collect();
        let intervals = bootstrap(rows.len(), seed, 0.95, |chosen| {
            let all = chosen.iter().flat_map(|&r| values[5 * r..5 * r + 5].to_vec());
            let indices = sobol(3, &all.collect::<Vec<_>>()).expect("they vary");
            indices.iter().flat_map(|i| [i.first, i.total]).collect()
        });
        for ((interval, exact), covered) in intervals.iter().zip(exact).zip(&mut covered) {
            let [low, high] = interval.expect("an interval");
            *covered += u32::from((low..=high).contains(&exact));
        }
    }
    // 95% of 200 is 190, three standard errors 9; Latin rows only add to the coverage.
    assert!(covered.iter().all(|c| *c >= 178), "{covered:?}");
    assert!(covered.iter().sum::<u32>() < 6 * runs as u32, "{covered:?}");
}

/// The values of Ishigami's function at A, B, AB_1, AB_2, AB_3 of a row of six shares.
fn jansen_row(row: &[f64]) -> Vec<f64> {
    let (a, b) = row.split_at(3);
    let mixed = (0..3).map(|f| {
        let mut mixed = a.to_vec();
        mixed[f] = b[f];
        ishigami(&mixed)
    });
    [ishigami(a), ishigami(b)].into_iter().chain(mixed).collect()
}

#[test]
fn a_bootstrap_is_seeded_and_says_where_there_is_nothing_to_resample() {
    let data = [1.0, 2.0, 4.0, 8.0, 16.0, 3.0];
    let mean = |seed| {
        bootstrap(data.len(), seed, 0.95, |rows| {
            vec![rows.iter().map(|&r| data[r]).sum::<f64>() / rows.len() as f64]
        })
    };
    assert_eq!(mean(1), mean(1));
    assert_ne!(mean(1), mean(2));
    let [low, high] = mean(1)[0].expect("an interval");
    let mean = data.iter().sum::<f64>() / 6.0;
    assert!(low < mean && mean < high && low > 1.0 && high < 16.0);
    assert!(bootstrap(1, 1, 0.95, |_| vec![1.0]).is_empty());
    assert_eq!(bootstrap(3, 1, 0.95, |_| vec![f64::NAN]), [None]);
}
