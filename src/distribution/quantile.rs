//! Quantiles by exact inversion, and the incomplete gamma function under them.
//!
//! These decide results, so they are own code over the `libm` crate: no value
//! depends on the platform's mathematics or on what features another
//! dependency switches on. Tails are computed as tails: `p` and `q` are the
//! lower and upper probability, `p + q = 1`, and the smaller one is used.

#[cfg(test)]
mod tests;

use std::f64::consts::TAU;

/// The standard normal quantile of `u` in (0, 1), to about 16 digits.
///
/// Wichura's PPND16, Algorithm AS 241, Applied Statistics 37 (1988). 0 and 1
/// give the infinities.
#[inline]
#[must_use]
pub fn normal_quantile(u: f64) -> f64 {
    normal_quantile_pq(u, 1.0 - u)
}

/// [`normal_quantile`] from both probabilities, exact in either tail.
#[inline]
pub(super) fn normal_quantile_pq(p: f64, q: f64) -> f64 {
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        return central_quantile(centred);
    }
    let tail = tail_quantile(p.min(q));
    if centred < 0.0 { -tail } else { tail }
}

/// Horner's rule, highest power first.
#[inline]
fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients.into_iter().fold(0.0, |sum, c| sum * x + c)
}

#[inline]
fn central_quantile(centred: f64) -> f64 {
    let r = 0.180_625 - centred * centred;
    let above = polynomial(
        r,
        [
            2.509_080_928_730_122_7e3,
            3.343_057_558_358_813e4,
            6.726_577_092_700_87e4,
            4.592_195_393_154_987e4,
            1.373_169_376_550_946e4,
            1.971_590_950_306_551_4e3,
            1.331_416_678_917_843_8e2,
            3.387_132_872_796_366_5,
        ],
    );
    let below = polynomial(
        r,
        [
            5.226_495_278_852_854e3,
            2.872_908_573_572_194_3e4,
            3.930_789_580_009_271e4,
            2.121_379_430_158_659_7e4,
            5.394_196_021_424_751e3,
            6.871_870_074_920_579e2,
            4.231_333_070_160_091e1,
            1.0,
        ],
    );
    centred * above / below
}

/// The positive quantile whose tail has this probability, below 0.075.
fn tail_quantile(probability: f64) -> f64 {
    let r = libm::sqrt(-libm::log(probability));
    if r.is_infinite() {
        return r;
    }
    if r <= 5.0 { near_tail(r - 1.6) } else { far_tail(r - 5.0) }
}

fn near_tail(r: f64) -> f64 {
    let above = polynomial(
        r,
        [
            7.745_450_142_783_414e-4,
            2.272_384_498_926_918_4e-2,
            2.417_807_251_774_506e-1,
            1.270_458_252_452_368_4,
            3.647_848_324_763_204_5,
            5.769_497_221_460_691,
            4.630_337_846_156_546,
            1.423_437_110_749_683_5,
        ],
    );
    let below = polynomial(
        r,
        [
            1.050_750_071_644_416_9e-9,
            5.475_938_084_995_345e-4,
            1.519_866_656_361_645_7e-2,
            1.481_039_764_274_800_8e-1,
            6.897_673_349_851e-1,
            1.676_384_830_183_803_8,
            2.053_191_626_637_759,
            1.0,
        ],
    );
    above / below
}

fn far_tail(r: f64) -> f64 {
    let above = polynomial(
        r,
        [
            2.010_334_399_292_288_1e-7,
            2.711_555_568_743_487_6e-5,
            1.242_660_947_388_078_4e-3,
            2.653_218_952_657_612_4e-2,
            2.965_605_718_285_048_7e-1,
            1.784_826_539_917_291_3,
            5.463_784_911_164_114,
            6.657_904_643_501_103,
        ],
    );
    let below = polynomial(
        r,
        [
            2.044_263_103_389_939_8e-15,
            1.421_511_758_316_446e-7,
            1.846_318_317_510_054_8e-5,
            7.868_691_311_456_133e-4,
            1.487_536_129_085_061_5e-2,
            1.369_298_809_227_358e-1,
            5.998_322_065_558_88e-1,
            1.0,
        ],
    );
    above / below
}

/// `x^a e^-x / Gamma(a + 1)`: the Poisson probability of `a` at mean `x`, to
/// full relative precision (Loader's saddle-point form, 2000). `a >= 0`, `x > 0`.
pub(super) fn poisson_mass(a: f64, x: f64) -> f64 {
    if a < 10.0 {
        return libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0));
    }
    let s = 1.0 / (a * a);
    // The error of Stirling's formula; the next term is below 1e-15.
    let stirling = polynomial(
        s,
        [-691.0 / 360_360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0],
    ) / a;
    libm::exp(-stirling - deviance(a, x)) / libm::sqrt(TAU * a)
}

/// `a ln(a/x) + x - a` without cancellation when `a` and `x` are close.
fn deviance(a: f64, x: f64) -> f64 {
    let v = (a - x) / (a + x);
    if v.abs() >= 0.1 {
        return a * libm::log(a / x) + x - a;
    }
    let mut sum = (a - x) * v;
    let mut term = 2.0 * a * v;
    let mut odd = 1.0;
    loop {
        term *= v * v;
        odd += 2.0;
        let next = sum + term / odd;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

/// The regularised incomplete gamma functions `(P(a, x), Q(a, x))`, `a > 0`.
/// Series and continued fraction as in Abramowitz & Stegun 6.5.29 and 6.5.31.
pub(super) fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    // NaN is 0/0, a law without length, which is over at once.
    if x <= 0.0 || !x.is_finite() {
        return if x <= 0.0 { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    let mass = poisson_mass(a, x);
    // Past the representable tail neither expansion is worth its steps.
    if mass == 0.0 {
        return if x < a { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    if x < a + 1.0 {
        let p = (mass * ascending_sum(a, x)).min(1.0);
        (p, 1.0 - p)
    } else {
        let q = (mass * a * upper_fraction(a, x)).min(1.0);
        (1.0 - q, q)
    }
}

/// `1 + x/(a+1) + x^2/((a+1)(a+2)) + ...`; short of a sum when `x < a + 2`.
fn ascending_sum(a: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, a);
    // Two terms a round: the chain of multiplications is what takes the time.
    while term > sum * 1e-17 {
        let (first, second) = (x / (k + 1.0), x / (k + 2.0));
        sum += term * (first + first * second);
        term *= first * second;
        k += 2.0;
    }
    sum
}

/// The continued fraction of `Gamma(a, x) e^x x^-a` by Lentz's method.
fn upper_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    let mut i = 0.0;
    // About 10 sqrt(a) steps at worst; the bound only guards against NaN.
    let bound = 1000.0 + 100.0 * libm::sqrt(a);
    while i < bound {
        i += 1.0;
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + an / c;
        c = if c.abs() < TINY { TINY } else { c };
        let change = c * d;
        h *= change;
        if (change - 1.0).abs() < 2e-16 {
            break;
        }
    }
    h
}

/// The quantile of the gamma law: shape > 0, `scale` in the unit of the
/// result, `u` in (0, 1); increasing in `u`.
#[must_use]
pub fn gamma_quantile(shape: f64, scale: f64, u: f64) -> f64 {
    scale * gamma_quantile_pq(shape, u, 1.0 - u)
}

/// The quantile of the gamma law of scale 1 from both probabilities.
pub(super) fn gamma_quantile_pq(shape: f64, p: f64, q: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if q <= 0.0 {
        return f64::INFINITY;
    }
    let start = gamma_start(shape, p, q);
    // The start is exact to rounding at such a shape, and the series are long.
    if shape > 1e10 || start < f64::MIN_POSITIVE {
        return start;
    }
    // Newton's method on the logarithm of the smaller tail over ln x, which is
    // concave there: it converges from anywhere once the steps are bounded.
    let mut x = start;
    for _ in 0..100 {
        let (lower, upper) = incomplete_gamma(shape, x);
        let slope = poisson_mass(shape, x) * shape;
        let step = if p <= q {
            libm::log(p / lower) * lower / slope
        } else {
            libm::log(upper / q) * upper / slope
        };
        // A tail that underflowed says nothing but the direction back.
        let step =
            if step.is_finite() { step.clamp(-1.0, 1.0) } else { libm::copysign(1.0, shape - x) };
        x *= libm::exp(step);
        if step.abs() < 1e-15 {
            break;
        }
    }
    x
}

/// Wilson and Hilferty's cube-root normal quantile, or the leading term of the
/// series where that approximation is of no use (near 0).
fn gamma_start(shape: f64, p: f64, q: f64) -> f64 {
    let ninth = 1.0 / (9.0 * shape);
    let root = 1.0 - ninth + normal_quantile_pq(p, q) * libm::sqrt(ninth);
    let cubed = shape * root * root * root;
    let leading = libm::exp((libm::log(p) + libm::lgamma(shape + 1.0)) / shape);
    // The series' term is a lower bound of the quantile; it rules near 0.
    if leading < 0.1 * (shape + 1.0) || root < 0.05 { leading } else { cubed }
}

/// The smallest `n` whose Poisson cdf at this mean reaches `u`, in (0, 1).
///
/// Exact inversion: the result never falls when the mean or `u` rises, so a
/// greater rate under the same `u` keeps the old arrivals and adds new ones.
/// A mean of 0 or less (or NaN) gives 0; means beyond 4e9 count as 4e9.
#[must_use]
pub fn poisson_quantile(mean: f64, u: f64) -> u32 {
    if mean.is_nan() || mean <= 0.0 {
        return 0;
    }
    let mean = mean.min(4e9);
    // Cornish and Fisher's expansion without its third term, which leaves the
    // guess on the outer side of the answer, where the walks below start.
    let z = normal_quantile(u.clamp(1e-17, 1.0 - 1e-16));
    let guess = libm::floor(mean + z * libm::sqrt(mean) + (z * z - 1.0) / 6.0);
    let n = if u <= 0.5 {
        poisson_from_below(mean, u, guess - 1.0)
    } else {
        poisson_from_above(mean, (1.0 - u).max(1e-17), guess + 1.0)
    };
    n as u32
}

/// Walks up from a guess to the first `n` with `P(N <= n) >= p`, `p <= 0.5`.
fn poisson_from_below(mean: f64, p: f64, guess: f64) -> f64 {
    let mut n = guess.max(0.0);
    let (mut mass, mut cdf) = poisson_lower(mean, n);
    while n > 0.0 && cdf >= p {
        n = (n - 2.0).max(0.0);
        (mass, cdf) = poisson_lower(mean, n);
    }
    while cdf < p {
        n += 1.0;
        mass *= mean / n;
        cdf += mass;
    }
    n
}

/// Walks down from a guess to the first `n` with `P(N > n) <= q`, `q < 0.5`.
fn poisson_from_above(mean: f64, q: f64, guess: f64) -> f64 {
    let mut n = guess.max(0.0);
    let (mut mass, mut tail) = poisson_upper(mean, n);
    while tail > q {
        n += 2.0;
        (mass, tail) = poisson_upper(mean, n);
    }
    while n > 0.0 && tail + mass <= q {
        tail += mass;
        mass *= n / mean;
        n -= 1.0;
    }
    n
}

/// `(P(N = n), P(N <= n))`, summed downwards: all terms positive.
fn poisson_lower(mean: f64, n: f64) -> (f64, f64) {
    let mass = poisson_mass(n, mean);
    let (mut sum, mut term, mut k) = (1.0, 1.0, n);
    let inverse = 1.0 / mean;
    // Two terms a round; the factor of k = 0 ends the sum.
    while term > sum * 1e-17 {
        let (first, second) = (k * inverse, (k - 1.0) * inverse);
        sum += term * (first + first * second);
        term *= first * second;
        k -= 2.0;
    }
    (mass, mass * sum)
}

/// `(P(N = n), P(N > n))`, summed upwards: all terms positive.
fn poisson_upper(mean: f64, n: f64) -> (f64, f64) {
    let mass = poisson_mass(n, mean);
    let next = mass * mean / (n + 1.0);
    (mass, next * ascending_sum(n + 1.0, mean))
}
