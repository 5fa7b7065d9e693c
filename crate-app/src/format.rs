//! Numbers and dates as English text, on integers: the code that formats an `f64` would add kilobytes.

use std::time::Duration;

/// The direction of a change, as the page shows it: after rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
    Flat,
}

impl Direction {
    /// Of a fraction that [`percent`] shows.
    pub(crate) fn of(fraction: f64) -> Self {
        match hundredths(fraction * 100.0) {
            0 => Self::Flat,
            change if change > 0 => Self::Up,
            _ => Self::Down,
        }
    }

    /// A name for style sheets.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Flat => "flat",
        }
    }

    /// A sign that can be told apart without colour.
    pub(crate) const fn arrow(self) -> &'static str {
        match self {
            Self::Up => "▲",
            Self::Down => "▼",
            Self::Flat => "■",
        }
    }
}

/// `1234.5` as `1,234.50`.
pub(crate) fn price(dollars: f64) -> String {
    let cents = hundredths(dollars);
    let sign = if cents < 0 { "−" } else { "" };
    fixed(sign, cents.unsigned_abs())
}

/// `0.0123` as `+1.23 %`; the sign agrees with [`Direction::of`].
pub(crate) fn percent(fraction: f64) -> String {
    let change = hundredths(fraction * 100.0);
    let sign = match change {
        0 => "",
        1.. => "+",
        _ => "−",
    };
    format!("{}\u{a0}%", fixed(sign, change.unsigned_abs()))
}

/// `0.0123` and `-0.0123` as `1.23 %`.
pub(crate) fn percent_unsigned(fraction: f64) -> String {
    format!("{}\u{a0}%", fixed("", hundredths(fraction * 100.0).unsigned_abs()))
}

/// `3.24` as `3.2`.
pub(crate) fn one_decimal(number: f64) -> String {
    let tenths = hundredths(number / 10.0);
    let sign = if tenths < 0 { "−" } else { "" };
    let tenths = tenths.unsigned_abs();
    format!("{sign}{}.{}", integer(tenths / 10), tenths % 10)
}

/// `1234567` as `1,234,567`.
pub(crate) fn integer(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `9616100` as `9.62 M`: three digits that count.
pub(crate) fn compact(number: u64) -> String {
    // From the first number that would round up to the next unit.
    let (unit, name) = match number {
        ..1_000 => return integer(number),
        1_000..999_500 => (1_000, "K"),
        999_500..999_500_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "B"),
    };
    // What overflows here is far above the digits looked at.
    let rounded = |parts| number.saturating_mul(parts).saturating_add(unit / 2) / unit;
    match (rounded(100), rounded(10)) {
        (hundredths @ ..1_000, _) => format!("{}\u{a0}{name}", fixed("", hundredths)),
        (_, tenths @ ..1_000) => format!("{}.{}\u{a0}{name}", tenths / 10, tenths % 10),
        _ => format!("{}\u{a0}{name}", integer(rounded(1))),
    }
}

/// `2000-03-01` as `1 Mar 2000`; what is no such date stays as it is.
pub(crate) fn date(iso: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = iso.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return iso.to_owned();
    };
    let month = month.parse().ok().and_then(|month: usize| MONTHS.get(month.wrapping_sub(1)));
    let (Some(month), Ok(day)) = (month, day.parse::<u8>()) else {
        return iso.to_owned();
    };
    format!("{day}\u{a0}{month}\u{a0}{year}")
}

/// Whole seconds as `14 s` or `2 min 5 s`.
pub(crate) fn seconds(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}\u{a0}s"),
        (minutes, seconds) => format!("{}\u{a0}min {seconds}\u{a0}s", integer(minutes)),
    }
}

/// What is left of a wait, in whole seconds: 0 only once nothing is left.
pub(crate) const fn seconds_left(wait: Duration, passed: Duration) -> u64 {
    let left = wait.saturating_sub(passed);
    left.as_secs() + (left.subsec_nanos() > 0) as u64
}

fn hundredths(number: f64) -> i64 {
    // A cast saturates, and makes 0 of what is not a number.
    (number * 100.0).round() as i64
}

fn fixed(sign: &str, hundredths: u64) -> String {
    format!("{sign}{}.{:02}", integer(hundredths / 100), hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_have_two_decimals_and_groups() {
        assert_eq!(price(130.31), "130.31");
        assert_eq!(price(118.5), "118.50");
        assert_eq!(price(1_234_567.006), "1,234,567.01");
        assert_eq!(price(-0.1), "−0.10");
        assert_eq!(price(0.0), "0.00");
    }

    #[test]
    fn a_change_has_a_sign_that_agrees_with_its_direction() {
        for (fraction, text, direction) in [
            (0.0123, "+1.23\u{a0}%", Direction::Up),
            (-0.5187, "−51.87\u{a0}%", Direction::Down),
            (0.00004, "0.00\u{a0}%", Direction::Flat),
            (-0.00004, "0.00\u{a0}%", Direction::Flat),
            (0.0, "0.00\u{a0}%", Direction::Flat),
        ] {
            assert_eq!(percent(fraction), text);
            assert_eq!(Direction::of(fraction), direction);
        }
        assert_eq!(percent_unsigned(-0.0501), "5.01\u{a0}%");
    }

    #[test]
    fn volumes_keep_three_digits() {
        for (volume, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.00\u{a0}K"),
            (9_616_100, "9.62\u{a0}M"),
            (9_999_999, "10.0\u{a0}M"),
            (12_349_999, "12.3\u{a0}M"),
            (12_350_000, "12.4\u{a0}M"),
            (123_456_789, "123\u{a0}M"),
            (999_499, "999\u{a0}K"),
            (999_500, "1.00\u{a0}M"),
            (1_855_410_200, "1.86\u{a0}B"),
        ] {
            assert_eq!(compact(volume), text, "{volume}");
        }
        assert!(compact(u64::MAX).ends_with('B'));
    }

    #[test]
    fn dates_are_spelt_out_and_odd_ones_kept() {
        assert_eq!(date("2000-03-01"), "1\u{a0}Mar\u{a0}2000");
        assert_eq!(date("2012-12-31"), "31\u{a0}Dec\u{a0}2012");
        for odd in ["", "2000", "2000-13-01", "2000-00-01", "2000-01-x", "<b>"] {
            assert_eq!(date(odd), odd);
        }
    }

    #[test]
    fn numbers_with_one_decimal_round() {
        assert_eq!(one_decimal(3.25), "3.3");
        assert_eq!(one_decimal(12.04), "12.0");
    }

    #[test]
    fn a_countdown_reaches_zero_only_at_its_end() {
        let wait = Duration::from_millis(2_500);
        let left = |passed| seconds_left(wait, Duration::from_millis(passed));
        assert_eq!([left(0), left(1_500), left(2_499), left(2_500), left(9_000)], [3, 1, 1, 0, 0]);
    }

    #[test]
    fn seconds_turn_into_minutes() {
        assert_eq!(seconds(59), "59\u{a0}s");
        assert_eq!(seconds(125), "2\u{a0}min 5\u{a0}s");
    }

    #[test]
    fn what_is_no_number_does_not_panic() {
        assert_eq!(price(f64::NAN), "0.00");
        assert!(!price(f64::INFINITY).is_empty());
        assert!(!percent(f64::MIN).is_empty());
    }
}
