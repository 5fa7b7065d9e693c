//! The chart's words, numbers and dates, in the page's language.

use super::series::Range;
use super::stage::Readout;
use super::ticks::Unit;
use crate::format::{self, DateStyle};
use crate::i18n::text;

/// A day's figures as text, in the order that they are shown in.
#[derive(Clone, PartialEq)]
pub(super) struct Figures {
    pub(super) date: String,
    pub(super) open: String,
    pub(super) high: String,
    pub(super) low: String,
    pub(super) close: String,
    pub(super) change: String,
    pub(super) volume: String,
}

impl Figures {
    pub(super) fn new(Readout { bar, change }: &Readout) -> Self {
        Self {
            date: format::date(&bar.date),
            open: format::price(bar.open),
            high: format::price(bar.high),
            low: format::price(bar.low),
            close: format::price(bar.close),
            change: change.map_or_else(|| text!(chart.unknown).to_owned(), format::percent),
            volume: format::compact(bar.volume as u64),
        }
    }

    /// In one sentence.
    pub(super) fn sentence(self) -> String {
        text!(
            chart.day,
            date = self.date,
            open = self.open,
            high = self.high,
            low = self.low,
            close = self.close,
            change = self.change,
            volume = self.volume
        )
    }
}

/// The short name on a range's button.
pub(super) fn range(range: Range) -> &'static str {
    match range {
        Range::Month => text!(chart.month),
        Range::Quarter => text!(chart.quarter),
        Range::HalfYear => text!(chart.half_year),
        Range::Year => text!(chart.year),
        Range::All => text!(chart.all),
    }
}

/// A price beside the axis, where prices are a step apart.
pub(super) fn axis_price(price: f64, step: f64) -> String {
    if step < 1.0 { format::price(price) } else { format::integer(price as u64) }
}

/// A date below the axis, as short as its unit allows.
pub(super) fn axis_date(iso: &str, unit: Unit) -> String {
    let style = match unit {
        Unit::Day => DateStyle::Day,
        Unit::Month => DateStyle::Month,
        Unit::Year => DateStyle::Year,
    };
    format::date_as(style, iso)
}
