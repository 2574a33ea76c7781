//! Formulas of time: `0.1*(1+0.5*sin(2*pi*t/14400))`.

/// A formula that was parsed.
#[derive(Clone, Debug)]
pub enum Formula {
    Number(f64),
    Time,
    Negative(Box<Formula>),
    Binary(char, Box<Formula>, Box<Formula>),
    Function(Function, Box<Formula>),
}

impl Formula {
    /// Parses a formula.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text };
        let formula = parser.sum()?;
        parser.skip();
        if parser.rest.is_empty() {
            return Ok(formula);
        }
        Err(format!("the formula {text:?} is not understood from {:?} on", parser.rest))
    }

    /// Its value at a time.
    pub fn at(&self, t: f64) -> f64 {
        match self {
            Formula::Number(n) => *n,
            Formula::Time => t,
            Formula::Negative(f) => -f.at(t),
            Formula::Function(function, f) => function(f.at(t)),
            Formula::Binary(op, a, b) => {
                let (a, b) = (a.at(t), b.at(t));
                match op {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    _ => a.powf(b),
                }
            }
        }
    }

    /// Its integral from `a` to `b`: five-point Gauss-Legendre on short pieces.
    pub fn integral(&self, a: f64, b: f64) -> f64 {
        const NODES: [(f64, f64); 5] = [
            (0.0, 0.568_888_888_888_888_9),
            (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
            (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
            (0.906_179_845_938_664, 0.236_926_885_056_189_08),
            (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
        ];
        let half = (b - a) / 2.0;
        NODES.iter().map(|(x, w)| w * half * self.at(a + half + half * x)).sum()
    }

    /// The shortest period of a whole number of seconds.
    pub fn period(&self) -> Option<u32> {
        let points: Vec<f64> = (0..500).map(|k| f64::from(k) * 173.31).collect();
        let values: Vec<f64> = points.iter().map(|t| self.at(*t)).collect();
        let most = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let same = |period: f64| {
            let mut pairs = points.iter().zip(&values);
            pairs.all(|(t, v)| (self.at(t + period) - v).abs() < 1e-9 * most)
        };
        (60..=7 * 86_400).find(|p| same(f64::from(*p)))
    }
}

type Function = fn(f64) -> f64;

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn sum(&mut self) -> Result<Formula, String> {
        let mut left = self.product()?;
        loop {
            let op = match () {
                () if self.take("+") => '+',
                () if self.take("-") => '-',
                () => return Ok(left),
            };
            left = Formula::Binary(op, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Formula, String> {
        let mut left = self.signed()?;
        loop {
            self.skip();
            let op = match () {
                () if !self.rest.starts_with("**") && self.take("*") => '*',
                () if self.take("/") => '/',
                () => return Ok(left),
            };
            left = Formula::Binary(op, Box::new(left), Box::new(self.signed()?));
        }
    }

    fn signed(&mut self) -> Result<Formula, String> {
        if self.take("-") {
            return Ok(Formula::Negative(Box::new(self.signed()?)));
        }
        if self.take("+") {
            return self.signed();
        }
        let base = self.atom()?;
        if self.take("**") || self.take("^") {
            return Ok(Formula::Binary('^', Box::new(base), Box::new(self.signed()?)));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Formula, String> {
        if self.take("(") {
            let inner = self.sum()?;
            return if self.take(")") { Ok(inner) } else { Err("a ) is missing".to_owned()) };
        }
        self.skip();
        let word = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        let (name, rest) = self.rest.split_at(word.unwrap_or(self.rest.len()));
        let functions: [(&str, Function); 7] = [
            ("sin", f64::sin),
            ("cos", f64::cos),
            ("tan", f64::tan),
            ("exp", f64::exp),
            ("log", f64::ln),
            ("sqrt", f64::sqrt),
            ("abs", f64::abs),
        ];
        if name.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number();
        }
        self.rest = rest;
        match name {
            "t" => Ok(Formula::Time),
            "pi" => Ok(Formula::Number(std::f64::consts::PI)),
            _ => match functions.iter().find(|(f, _)| *f == name) {
                Some((_, function)) if self.rest.trim_start().starts_with('(') => {
                    Ok(Formula::Function(*function, Box::new(self.atom()?)))
                }
                _ => Err(format!("{name:?} is unknown in a formula")),
            },
        }
    }

    fn number(&mut self) -> Result<Formula, String> {
        let bytes = self.rest.as_bytes();
        let mut end = 0;
        while end < bytes.len() {
            let exponent = end > 0 && matches!(bytes[end - 1], b'e' | b'E');
            let part = match bytes[end] {
                b'0'..=b'9' | b'.' | b'e' | b'E' => true,
                b'+' | b'-' => exponent,
                _ => false,
            };
            if !part {
                break;
            }
            end += 1;
        }
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().map(Formula::Number).map_err(|_| format!("{digits:?} is not a number"))
    }
}

#[test]
fn formulas_have_their_values() {
    for (text, t, value) in [
        ("0.1*(1+0.5*sin(2*pi*t/14400))", 3600.0, 0.15),
        ("2 - 3 - 4", 0.0, -5.0),
        ("-2^2 + 2**-1", 0.0, -3.5),
        ("1.5e-1 * exp(0) / t", 3.0, 0.05),
        ("8/4/2", 0.0, 1.0),
    ] {
        let found = Formula::parse(text).expect("a formula").at(t);
        assert!((found - value).abs() < 1e-12, "{text}: {found}");
    }
    for wrong in ["", "1+", "foo(2)", "2 t", "(1", "sin 2", "1..2"] {
        assert!(Formula::parse(wrong).is_err(), "{wrong}");
    }
    let wave = Formula::parse("0.1*(1+0.5*sin(2*pi*t/14400))").expect("a formula");
    assert_eq!(wave.period(), Some(14_400));
    assert!((wave.integral(0.0, 60.0) - 6.0 - 0.05 * 0.785).abs() < 1e-3);
}
