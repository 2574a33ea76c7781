//! Integrals of smooth functions: adaptive Gauss-Kronrod.

/// Nodes of the 15-point Kronrod rule on \[0, 1\] of the half panel, outermost
/// first; the odd ones belong to the 7-point Gauss rule too (QUADPACK, `qk15`).
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_82,
];
const GAUSS: [f64; 4] = [
    0.129_484_966_168_869_7,
    0.279_705_391_489_276_64,
    0.381_830_050_505_118_9,
    0.417_959_183_673_469_4,
];

/// Relative error at which a panel is good enough.
const TOLERANCE: f64 = 1e-12;
/// Panels at most: kinks that nobody names cost some, a loop without end none.
const PANELS: usize = 20_000;

/// Integrals of several functions at once, from the first of the ascending
/// `points` to the last; the functions may jump or bend at the points.
pub fn integrate<const N: usize>(f: impl Fn(f64) -> [f64; N], points: &[f64]) -> [f64; N] {
    let mut open: Vec<(f64, f64, Panel<N>)> = Vec::new();
    let mut size = [0.0; N];
    for ends in points.windows(2).filter(|w| w[1] > w[0]) {
        let panel = rule(&f, ends[0], ends[1]);
        for (s, v) in size.iter_mut().zip(panel.value) {
            *s += v.abs();
        }
        open.push((ends[0], ends[1], panel));
    }
    let mut sum = [0.0; N];
    let mut panels = open.len();
    while let Some((a, b, panel)) = open.pop() {
        let middle = 0.5 * (a + b);
        let narrow = middle <= a || middle >= b || panels >= PANELS;
        if narrow || panel.good_beside(&size) {
            for (s, v) in sum.iter_mut().zip(panel.value) {
                *s += v;
            }
            continue;
        }
        panels += 1;
        for (a, b) in [(a, middle), (middle, b)] {
            let part = rule(&f, a, b);
            for (s, v) in size.iter_mut().zip(part.value) {
                *s = s.max(v.abs());
            }
            open.push((a, b, part));
        }
    }
    sum
}

struct Panel<const N: usize> {
    value: [f64; N],
    error: [f64; N],
}

impl<const N: usize> Panel<N> {
    fn good_beside(&self, size: &[f64; N]) -> bool {
        self.error.iter().zip(size).all(|(error, size)| {
            // The two rules differ by the error of the poorer one; that of the
            // better one is about this power of it (QUADPACK).
            let share = error / size.max(f64::MIN_POSITIVE);
            share.min((200.0 * share).powf(1.5)) <= TOLERANCE
        })
    }
}

fn rule<const N: usize>(f: &impl Fn(f64) -> [f64; N], a: f64, b: f64) -> Panel<N> {
    let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
    let (mut kronrod, mut gauss) = ([0.0; N], [0.0; N]);
    for (k, (node, weight)) in NODES.iter().zip(KRONROD).enumerate() {
        let sides: &[f64] = if k == 7 { &[1.0] } else { &[1.0, -1.0] };
        for side in sides {
            let y = f(centre + side * half * node);
            for n in 0..N {
                kronrod[n] += weight * y[n];
                if k % 2 == 1 {
                    gauss[n] += GAUSS[k / 2] * y[n];
                }
            }
        }
    }
    Panel {
        value: kronrod.map(|v| v * half),
        error: std::array::from_fn(|n| (kronrod[n] - gauss[n]).abs() * half),
    }
}
