//! Numbers: integers exact, floating-point numbers rounded correctly.

use serde::de::Visitor;

use super::error::Error;
use super::read::Json;

/// So many digits always fit a `u64`.
const MAX_DIGITS: usize = 19;

/// A number as serde is to see it: an integer if it is written as one and fits.
pub(super) enum Number {
    Unsigned(u64),
    /// Below zero.
    Signed(i64),
    Float(f64),
}

impl<'de> Json<'de> {
    /// A number, whose sign or first digit is next; one that is not wanted may have any size, and becomes 0.
    pub(super) fn number(&mut self, wanted: bool) -> Result<Number, Error> {
        let negative = self.peek() == b'-';
        if negative {
            self.at += 1;
        }
        let start = self.at;
        let (mut mantissa, whole) = self.digits(0, start);
        self.at = whole;
        // Nor may a zero lead.
        if whole == start || (whole > start + 1 && self.byte(start) == b'0') {
            self.at = whole.min(start + 1);
            return Err(self.no_digit());
        }
        let mut digits = whole - start;
        let mut integer = true;
        let mut exponent = 0;
        if self.peek() == b'.' {
            integer = false;
            (mantissa, self.at) = self.digits(mantissa, whole + 1);
            let fraction = self.at - whole - 1;
            if fraction == 0 {
                return Err(self.no_digit());
            }
            digits += fraction;
            exponent = -fraction.cast_signed();
        }
        if let b'e' | b'E' = self.peek() {
            integer = false;
            exponent = exponent.saturating_add(self.exponent()?);
        }
        if !wanted {
            return Ok(Number::Unsigned(0));
        }
        let decimal = Decimal { negative, mantissa, exponent };
        let long = digits > MAX_DIGITS && digits - self.leading_zeros(start) > MAX_DIGITS;
        if integer && !(long && Decimal::wrapped(self.since(start))) {
            return Ok(decimal.integer());
        }
        let float = if long { None } else { decimal.float() };
        match float {
            Some(number) => Ok(number),
            None => {
                decimal.rounded(self.since(start)).ok_or_else(|| self.error("number out of range"))
            }
        }
    }

    /// Appends the digits from `at` on to `mantissa`, which wraps if there are too many; the end of them.
    #[inline(always)]
    fn digits(&self, mut mantissa: u64, mut at: usize) -> (u64, usize) {
        loop {
            let digit = self.byte(at).wrapping_sub(b'0');
            if digit > 9 {
                return (mantissa, at);
            }
            mantissa = mantissa.wrapping_mul(10).wrapping_add(digit.into());
            at += 1;
        }
    }

    /// Zeros before the first other digit of the number that starts there, for one with a point.
    #[cold]
    fn leading_zeros(&self, start: usize) -> usize {
        let digits = self.since(start).bytes().filter(|&byte| byte != b'.');
        digits.take_while(|&digit| digit == b'0').count()
    }

    /// The power of ten after `e`.
    fn exponent(&mut self) -> Result<isize, Error> {
        self.at += 1;
        let negative = self.peek() == b'-';
        if negative || self.peek() == b'+' {
            self.at += 1;
        }
        let start = self.at;
        let mut exponent = 0_isize;
        while let digit @ b'0'..=b'9' = self.peek() {
            exponent = exponent.saturating_mul(10).saturating_add((digit - b'0').into());
            self.at += 1;
        }
        if self.at == start {
            return Err(self.no_digit());
        }
        Ok(if negative { -exponent } else { exponent })
    }

    #[cold]
    fn no_digit(&self) -> Error {
        self.unexpected("EOF while parsing a value", "invalid number")
    }

    /// An integer of any length.
    pub(super) fn long_integer(&mut self) -> Result<&'de str, Error> {
        let sign = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        let end = self.at;
        if end > start + 1 && self.byte(start) == b'0' {
            self.at = start + 1;
        }
        if self.at != end || end == start {
            return Err(self.no_digit());
        }
        Ok(self.since(sign))
    }
}

impl Number {
    pub(super) fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Unsigned(number) => visitor.visit_u64(number),
            Self::Signed(number) => visitor.visit_i64(number),
            Self::Float(number) => visitor.visit_f64(number),
        }
    }
}

/// `mantissa` × 10^`exponent`.
#[derive(Clone, Copy)]
struct Decimal {
    negative: bool,
    mantissa: u64,
    exponent: isize,
}

impl Decimal {
    /// What is written as an integer.
    fn integer(self) -> Number {
        if !self.negative {
            return Number::Unsigned(self.mantissa);
        }
        match 0_i64.checked_sub_unsigned(self.mantissa) {
            Some(number @ ..0) => Number::Signed(number),
            // -0, or below all integers.
            _ => Number::Float(-(self.mantissa as f64)),
        }
    }

    /// What is written with a point or an exponent. `None`: it is not so easy.
    fn float(self) -> Option<Number> {
        self.exact().or_else(|| self.quotient()).map(|float| self.signed(float))
    }

    fn signed(self, float: f64) -> Number {
        Number::Float(if self.negative { -float } else { float })
    }

    /// Any number, as `text` has it, without its sign. `None`: it is beyond all floating-point numbers.
    #[cold]
    fn rounded(self, text: &str) -> Option<Number> {
        Some(round(text)).filter(|float| float.is_finite()).map(|float| self.signed(float))
    }

    /// The magnitude, if mantissa and power of ten are floating-point numbers as they are: one multiplication
    /// or division rounds once, which is correct.
    fn exact(self) -> Option<f64> {
        /// 10^22 is the last that is one.
        const POWERS: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
        ];
        if self.mantissa > 1 << f64::MANTISSA_DIGITS {
            return None;
        }
        let power = POWERS.get(self.exponent.unsigned_abs())?;
        let mantissa = self.mantissa as f64;
        Some(if self.exponent < 0 { mantissa / power } else { mantissa * power })
    }

    /// The magnitude of what was computed, with 16 or 17 digits and a small negative exponent: the division by
    /// a power of five in integers, with more bits than a floating-point number has, then rounded once.
    fn quotient(self) -> Option<f64> {
        /// 5^27 is the last of 64 bits.
        const LAST: u32 = 27;
        const BIAS: u32 = f64::MAX_EXP as u32 - 1;
        let power =
            u32::try_from(self.exponent.checked_neg()?).ok().filter(|&power| power <= LAST)?;
        let divisor = 5_u64.pow(power);
        // Both to the left: the divisor as far as it goes, the mantissa a bit less, so that it is smaller.
        let left = self.mantissa.leading_zeros().checked_sub(1)?;
        let divisor_left = divisor.leading_zeros();
        let (quotient, rest) = divide(self.mantissa.checked_shl(left)?, divisor << divisor_left);
        // 62 bits at least: the last one only tells on which side of a tie the number is.
        let float = (quotient | u64::from(rest != 0)) as f64;
        let exponent = BIAS + divisor_left - left - power - u64::BITS;
        Some(float * f64::from_bits(u64::from(exponent) << (f64::MANTISSA_DIGITS - 1)))
    }

    /// Whether the mantissa of an integer of more than 19 digits is too large.
    #[cold]
    fn wrapped(text: &str) -> bool {
        const MAX: &str = "18446744073709551615";
        // No zero leads, so that texts of equal length compare as the numbers do.
        text.len() > MAX.len() || text > MAX
    }
}

/// Quotient and remainder of `dividend` × 2^64, which is less than `divisor` × 2^64; the divisor's first bit is set.
/// In digits of 32 bits, as Knuth has it (The Art of Computer Programming, volume 2, 4.3.1, algorithm D).
fn divide(dividend: u64, divisor: u64) -> (u64, u64) {
    let (high, low) = (divisor >> 32, divisor & 0xFFFF_FFFF);
    let mut quotient = 0;
    let mut rest = dividend;
    for _ in 0..2 {
        // By the divisor's first half the digit is right, or one or two too large.
        let mut digit = rest / high;
        let mut over = rest % high;
        while over >> 32 == 0 && (digit >> 32 != 0 || digit * low > over << 32) {
            digit -= 1;
            over += high;
        }
        rest = (rest << 32).wrapping_sub(digit.wrapping_mul(divisor));
        quotient = quotient << 32 | digit;
    }
    (quotient, rest)
}

/// The floating-point number nearest to the one that is written, or infinity.
#[cfg(not(target_arch = "wasm32"))]
fn round(text: &str) -> f64 {
    // Every JSON number is one for Rust too.
    text.parse().unwrap_or(f64::INFINITY)
}

/// JavaScript rounds as correctly, and is there already: Rust's tables would take 14 KB, compressed.
#[cfg(target_arch = "wasm32")]
fn round(text: &str) -> f64 {
    js_sys::parse_float(text)
}
