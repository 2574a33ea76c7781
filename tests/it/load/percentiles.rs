//! Intervals of percentiles within a run, against ranks worked out by hand and
//! against the binomial law that they come from.

use convoq::experiment::order_interval;
use convoq::projection::Durations;

/// The values 1 to n: each is its own rank, and up to 2,047 they are kept exactly.
fn ranks(n: u64) -> Durations {
    let mut ranks = Durations::default();
    (1..=n).for_each(|value| ranks.record(value));
    ranks
}

#[test]
fn an_interval_has_the_ranks_of_order_statistics() {
    let of = |n, q, rho| order_interval(&ranks(n), q, rho, 0.95);
    // 50 -+ 1.96 * 5; the table of every textbook has 40 and 61.
    assert_eq!(of(100, 0.5, 0.0), Some([40.0, 61.0]));
    // 380 -+ 1.96 * sqrt(19): floor(371.46) and ceil(388.54) + 1.
    assert_eq!(of(400, 0.95, 0.0), Some([371.0, 390.0]));
    // 1,980 -+ 1.96 * sqrt(19.8): floor(1,971.28) and ceil(1,988.72) + 1.
    assert_eq!(of(2000, 0.99, 0.0), Some([1971.0, 1990.0]));
    // A correlation of 0.6 leaves a quarter of 400: ranks 40 and 61 of 100 are 160 and 244 of 400.
    assert_eq!(of(400, 0.5, 0.6), Some([160.0, 244.0]));
    assert_eq!(of(400, 0.5, -0.6), of(400, 0.5, 0.0), "never more than n");
}

#[test]
fn a_percentile_whose_rank_is_outside_has_no_interval() {
    let of = |n, q| order_interval(&ranks(n), q, 0.0, 0.95);
    // 0.99 * 500 + 1.96 * sqrt(4.95) = 499.4: the rank would be 501.
    assert_eq!(of(500, 0.99), None);
    // 110 is the first n whose upper rank is n: 104.5 + 1.96 * sqrt(5.225) = 108.98.
    assert_eq!(of(109, 0.95), None);
    assert_eq!(of(110, 0.95), Some([100.0, 110.0]));
    assert_eq!(of(5, 0.5), None, "2.5 - 1.96 * 1.118 = 0.3: the rank would be 0");
    assert_eq!(of(0, 0.5), None);
}

#[test]
fn each_rank_is_read_as_that_rank_and_no_neighbour() {
    // The ranks of any n, however its division rounds.
    for n in (20..2_000).step_by(7) {
        for q in [0.5, 0.9, 0.95] {
            let Some([low, high]) = order_interval(&ranks(n), q, 0.0, 0.95) else {
                continue;
            };
            let nq = n as f64 * q;
            let half = 1.959_963_984_540_054 * (nq * (1.0 - q)).sqrt();
            let wanted = [(nq - half).floor(), (nq + half).ceil() + 1.0];
            assert_eq!([low, high], wanted, "n {n}, q {q}");
        }
    }
}

/// P(B <= k) of a binomial law, by sums of logarithms: its terms may be too small for a float.
fn binomial_cdf(n: u64, q: f64, k: f64) -> f64 {
    let mut log_p = n as f64 * (1.0 - q).ln();
    let mut sum = 0.0;
    for i in (0..=n).take_while(|i| *i as f64 <= k) {
        sum += log_p.exp();
        log_p += ((n - i) as f64 / (i + 1) as f64 * q / (1.0 - q)).ln();
    }
    sum
}

#[test]
fn an_interval_holds_the_percentile_as_often_as_it_says() {
    // X(low) <= x < X(high) when at least low and fewer than high values are below x.
    for n in [60, 100, 250, 600] {
        for (q, confidence) in [(0.5, 0.95), (0.5, 0.8), (0.9, 0.95), (0.9, 0.8)] {
            let Some([low, high]) = order_interval(&ranks(n), q, 0.0, confidence) else {
                continue;
            };
            let below = |k: f64| binomial_cdf(n, q, k);
            let covers = below(high - 1.0) - below(low - 1.0);
            assert!(covers >= confidence - 0.003, "{n} {q}: {covers}");
            // Rounded outwards by a rank on either side, and no more.
            let slack = 3.0 / (n as f64 * q * (1.0 - q)).sqrt();
            assert!(covers <= confidence + 0.4 * slack, "{n} {q}: {covers}");
        }
    }
}
