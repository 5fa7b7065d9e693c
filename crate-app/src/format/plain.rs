//! Stands in for `Intl` where there is no browser: in native unit tests, which look at the words around a number.

use super::{DateStyle, Style};

pub(super) fn number(style: Style, number: f64) -> String {
    match style {
        Style::Price => format!("{number:.2}"),
        Style::SignedPercent if number == 0.0 => "0.00%".to_owned(),
        Style::SignedPercent => format!("{:+.2}%", number * 100.0),
        Style::Percent => format!("{:.2}%", number * 100.0),
        Style::OneDecimal => format!("{number:.1}"),
        Style::Integer | Style::Compact => format!("{number:.0}"),
    }
}

pub(super) fn date(style: DateStyle, iso: &str) -> Option<String> {
    let part = match style {
        DateStyle::Full => iso.get(..),
        DateStyle::Day => iso.get(5..),
        DateStyle::Month => iso.get(5..7),
        DateStyle::Year => iso.get(..4),
    };
    part.map(str::to_owned)
}

pub(super) fn time_of_day(milliseconds: f64) -> String {
    format!("{milliseconds:.0}")
}
