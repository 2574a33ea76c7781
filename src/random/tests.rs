//! Fixed seeds throughout; statistics within four standard errors.

use super::*;
use rand::Rng;

/// The known answers of Random123 (`kat_vectors`, philox2x64 10).
#[test]
fn philox_gives_the_known_answers() {
    let zeros = philox2x64_10([0, 0], 0);
    assert_eq!(zeros, [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]);
    let ones = philox2x64_10([u64::MAX; 2], u64::MAX);
    assert_eq!(ones, [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20]);
    let pi = philox2x64_10([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344], 0xa409_3822_299f_31d0);
    assert_eq!(pi, [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d]);
}

#[test]
fn purposes_keep_their_numbers() {
    use Purpose::*;
    let frozen = [
        ArrivalCount,
        ArrivalPosition,
        BusyDay,
        Segment,
        Intent,
        Complexity,
        ArticleExposed,
        ArticleSolved,
        HumanOnly,
        Bypass,
        BotConfidence,
        BotCorrect,
        Accept,
        LeaveSilently,
        AskHuman,
        HumanWork,
        WrapUp,
        Patience,
        Balk,
        RetryDecision,
        RetryDelay,
        ReturnDecision,
        ReturnDelay,
        HumanSolves,
        Survey,
        AgentAbsence,
        AgentBreak,
        AgentSpeed,
        ThinkTime,
        TypeTime,
        Text,
        RouteTie,
        Fault,
        Tier,
        Language,
        Coverage,
        BotLatency,
        RouteRule,
        RouteRight,
        RouteWrong,
        Silent,
        Lateness,
        ChannelSwitch,
        CampaignContact,
        CampaignDelay,
        TriageWork,
        Design,
    ];
    assert_eq!(frozen.len(), 47);
    for (i, purpose) in frozen.into_iter().enumerate() {
        assert_eq!(purpose as usize, i + 1, "{purpose:?}");
    }
}

/// The definition of `docs/architecture.md`, written out once more.
#[test]
fn a_draw_is_the_documented_function_of_its_address() {
    let key = mix64(
        mix64(42_u64.wrapping_add(0x9E37_79B9_7F4A_7C15))
            ^ 7_u64.wrapping_mul(0xD6E8_FEB8_6659_FD93),
    );
    let mut stream = Streams::new(42, 7).sub(Purpose::Patience, 99, 3);
    for draw in 0..9_u64 {
        let block = philox2x64_10([18 << 48 | 3 << 32 | (draw / 2), 99], key);
        assert_eq!(stream.next_u64(), block[(draw % 2) as usize]);
    }
    let s = Streams::new(42, 7);
    let mut of = s.of(Purpose::Patience, 99);
    let expected = (of.unit(), of.unit());
    assert_eq!(s.pair(Purpose::Patience, 99, 0), expected);
    assert_eq!(s.unit(Purpose::Patience, 99), expected.0);
    assert_ne!(s.pair(Purpose::Patience, 99, 1), expected);
    assert_ne!(Streams::new(42, 8).unit(Purpose::Patience, 99), expected.0);
}

#[test]
fn uniforms_never_reach_the_ends() {
    assert!(to_unit(0) > 0.0);
    assert!(to_unit(u64::MAX) < 1.0);
    // 1 - u is exact and on the same grid, so antithetic draws are too.
    for x in [0, 1 << 12, 77 << 30, u64::MAX / 3, u64::MAX / 2, u64::MAX] {
        assert_eq!(1.0 - to_unit(x), to_unit(!x));
        assert_eq!(1.0 - (1.0 - to_unit(x)), to_unit(x));
    }
    assert_eq!(to_unit(0x8000_0000_0000_0000), 0.5 + 0.5 * UNIT);
}

/// Mean, variance, lag-1 correlation and a chi-square over 256 cells of
/// the first draws of adjacent entities, each within 4 standard errors.
#[test]
fn adjacent_entities_are_uniform_and_uncorrelated() {
    let streams = Streams::new(20_261, 0);
    let n = 400_000_u32;
    let (mut sum, mut squares, mut products, mut previous) = (0.0, 0.0, 0.0, 0.0);
    let mut cells = [0_u32; 256];
    for entity in 0..u64::from(n) {
        let u = streams.unit(Purpose::HumanWork, entity);
        let d = u - 0.5;
        sum += d;
        squares += d * d - 1.0 / 12.0;
        products += d * previous;
        previous = d;
        cells[(u * 256.0) as usize] += 1;
    }
    let root_n = f64::from(n).sqrt();
    let mean_z = sum / root_n * 12_f64.sqrt();
    let variance_z = squares / root_n * 180_f64.sqrt();
    let lag_z = products / root_n * 12.0;
    let expected = f64::from(n) / 256.0;
    let chi: f64 = cells.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    let chi_z = (chi - 255.0) / 510_f64.sqrt();
    for z in [mean_z, variance_z, lag_z, chi_z] {
        assert!(z.abs() < 4.0, "{mean_z} {variance_z} {lag_z} {chi_z}");
    }
}

#[test]
fn a_greater_probability_keeps_what_happened() {
    let s = Streams::new(5, 1);
    let (mut low, mut high) = (0, 0);
    for entity in 0..20_000 {
        let (a, b) =
            (s.happens(Purpose::Accept, entity, 0.3), s.happens(Purpose::Accept, entity, 0.4));
        assert!(b || !a);
        low += i32::from(a);
        high += i32::from(b);
    }
    // 4 standard errors of the binomial counts.
    assert!((low - 6_000).abs() < 260 && (high - 8_000).abs() < 278, "{low} {high}");
    assert!(!s.happens(Purpose::Accept, 1, 0.0) && s.happens(Purpose::Accept, 1, 1.0));
}

#[test]
fn choose_follows_the_mix() {
    let s = Streams::new(6, 0);
    let mut counts = [0_i32; 4];
    for entity in 0..20_000 {
        // The second entry has no probability and must never be chosen.
        counts[s.choose(Purpose::Intent, entity, &[0.2, 0.2, 0.7, 1.0])] += 1;
    }
    assert_eq!(counts[1], 0);
    assert!((counts[0] - 4_000).abs() < 227 && (counts[2] - 10_000).abs() < 283, "{counts:?}");
    assert_eq!(s.choose(Purpose::Intent, 1, &[0.4]), 0);
    assert_eq!(s.choose(Purpose::Intent, 1, &[]), 0);
    // A last value that rounding left short of 1 still takes the rest.
    assert!((0..200).all(|e| s.choose(Purpose::Intent, e, &[0.0, 1e-300]) == 1));
}

#[test]
fn identities_are_pinned() {
    assert_eq!(mix64(0x9E37_79B9_7F4A_7C15), 0xE220_A839_7B1D_CDAF);
    assert_eq!(hash_name("chat"), mix64(0xF2A3_8D91_0B5B_348B));
    assert_ne!(combine(1, 2), combine(2, 1));
    assert_ne!(combine(4, 1), combine(5, 0));
}
