//! Numbers, dates and times as text, by the browser's `Intl` in the page's language. Each is reactive on that
//! language: reading it inside a closure or an effect subscribes.

use std::time::Duration;

use crate::i18n::{self, Locale, text};

/// The browser's formatters, or what stands in for them in native unit tests.
#[cfg_attr(not(target_arch = "wasm32"), path = "format/plain.rs")]
mod intl;

/// The direction of a change, as the page shows it: after rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
    Flat,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Price,
    SignedPercent,
    Percent,
    OneDecimal,
    Integer,
    Compact,
}

impl Direction {
    /// Of a fraction that [`percent`] shows.
    pub(crate) fn of(fraction: f64) -> Self {
        match hundredths_of_percent(fraction) {
            0 => Self::Flat,
            1.. => Self::Up,
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

/// How much of a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateStyle {
    /// `Mar 1, 2000`.
    Full,
    /// `Mar 1`.
    Day,
    /// `Mar`.
    Month,
    /// `2000`.
    Year,
}

/// `1234.5` as `1,234.50`.
pub(crate) fn price(dollars: f64) -> String {
    intl::number(Style::Price, dollars)
}

/// `0.0123` as `+1.23%`; the sign agrees with [`Direction::of`].
pub(crate) fn percent(fraction: f64) -> String {
    // Rounded here and not by `Intl`, so that both see the same.
    let rounded = hundredths_of_percent(fraction) as f64 / 10_000.0;
    // As wide as the plus sign.
    intl::number(Style::SignedPercent, rounded).replace('-', "−")
}

/// `0.0123` and `-0.0123` as `1.23%`.
pub(crate) fn percent_unsigned(fraction: f64) -> String {
    intl::number(Style::Percent, fraction.abs())
}

/// `3.24` as `3.2`.
pub(crate) fn one_decimal(number: f64) -> String {
    intl::number(Style::OneDecimal, number)
}

/// `1234567` as `1,234,567`.
pub(crate) fn integer(number: u64) -> String {
    intl::number(Style::Integer, number as f64)
}

/// `9616100` as `9.62M` or `962万`: three digits that count.
pub(crate) fn compact(number: u64) -> String {
    let first_unit = match i18n::locale() {
        Locale::en => 1_000,
        Locale::zh => 10_000,
    };
    if number < first_unit { integer(number) } else { intl::number(Style::Compact, number as f64) }
}

/// `2000-03-01` as `Mar 1, 2000`, `1 Mar 2000` or `2000年3月1日`; what is no such date stays as it is.
pub(crate) fn date(iso: &str) -> String {
    date_as(DateStyle::Full, iso)
}

/// As much of a date as the style says; what is no date as `YYYY-MM-DD` stays as it is.
pub(crate) fn date_as(style: DateStyle, iso: &str) -> String {
    intl::date(style, iso).unwrap_or_else(|| iso.to_owned())
}

/// The local time of day, of milliseconds since 1970.
pub(crate) fn time_of_day(milliseconds: f64) -> String {
    intl::time_of_day(milliseconds)
}

/// Whole seconds as `14 s`, `2 min 5 s` or `3 h 7 min`.
pub(crate) fn seconds(seconds: u64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => text!(shell.seconds, seconds = seconds),
        (0, minutes, seconds) => text!(shell.minutes, minutes = minutes, seconds = seconds),
        (hours, minutes, _) => text!(shell.hours, hours = integer(hours), minutes = minutes),
    }
}

/// What is left of a wait, in whole seconds: 0 only once nothing is left.
pub(crate) const fn seconds_left(wait: Duration, passed: Duration) -> u64 {
    let left = wait.saturating_sub(passed);
    left.as_secs() + (left.subsec_nanos() > 0) as u64
}

fn hundredths_of_percent(fraction: f64) -> i64 {
    // A cast saturates, and makes 0 of what is not a number.
    (fraction * 10_000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_a_sign_that_agrees_with_its_direction() {
        for (fraction, text, direction) in [
            (0.0123, "+1.23%", Direction::Up),
            (-0.5187, "−51.87%", Direction::Down),
            (0.00004, "0.00%", Direction::Flat),
            (-0.00004, "0.00%", Direction::Flat),
            (0.0, "0.00%", Direction::Flat),
            (f64::NAN, "0.00%", Direction::Flat),
        ] {
            assert_eq!(percent(fraction), text);
            assert_eq!(Direction::of(fraction), direction);
        }
        assert_eq!(percent_unsigned(-0.0501), "5.01%");
    }

    #[test]
    fn a_countdown_reaches_zero_only_at_its_end() {
        let wait = Duration::from_millis(2_500);
        let left = |passed| seconds_left(wait, Duration::from_millis(passed));
        assert_eq!([left(0), left(1_500), left(2_499), left(2_500), left(9_000)], [3, 1, 1, 0, 0]);
    }

    #[test]
    fn seconds_turn_into_minutes_and_hours() {
        assert_eq!(seconds(59), "59\u{a0}s");
        assert_eq!(seconds(125), "2\u{a0}min 5\u{a0}s");
        assert_eq!(seconds(11_299), "3\u{a0}h 8\u{a0}min");
    }

    #[test]
    fn seconds_follow_the_language() {
        i18n::set_locale(Locale::zh);
        assert_eq!(seconds(125), "2\u{a0}分\u{a0}5\u{a0}秒");
    }
}
