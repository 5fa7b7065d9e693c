//! What is drawn: trading days in their order, and the part of them that the reader chose.

use std::collections::VecDeque;
use std::ops;

use sse_signals_feed::Quote;

/// One trading day as the chart draws it: US dollars, comparable across splits and dividends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    /// `YYYY-MM-DD`.
    pub(crate) date: String,
    pub(crate) open: f64,
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) close: f64,
    /// Shares, as traded on that day.
    pub(crate) volume: f64,
}

impl Bar {
    /// Scales the day's prices by what its close was adjusted by, so that a split is no crash. A quote without a
    /// usable close stays as it is.
    pub(crate) fn from_quote(quote: &Quote) -> Self {
        let factor = quote.adjusted_close / quote.close;
        let factor = if factor.is_finite() && factor > 0.0 { factor } else { 1.0 };
        Self {
            date: quote.date.clone(),
            open: quote.open * factor,
            high: quote.high * factor,
            low: quote.low * factor,
            close: quote.close * factor,
            volume: quote.volume as f64,
        }
    }
}

/// The days of one symbol, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series {
    pub(crate) symbol: String,
    pub(crate) bars: VecDeque<Bar>,
    /// Positions in `bars`, ascending, before which days may be missing. One that equals the length is about the
    /// next day to come.
    breaks: VecDeque<usize>,
}

impl Series {
    /// Days that are kept: about four years.
    pub(crate) const DAYS: usize = 1_000;

    /// Without a day yet.
    pub(crate) fn new(symbol: impl Into<String>) -> Self {
        Self { symbol: symbol.into(), ..Self::default() }
    }

    /// Adds the newest day; the oldest leaves once there are [`Self::DAYS`].
    pub(crate) fn push(&mut self, bar: Bar) {
        if self.bars.len() == Self::DAYS {
            self.bars.pop_front();
            for position in &mut self.breaks {
                *position -= 1;
            }
            // Nothing is drawn before the first day, so nothing is broken there.
            if self.breaks.front() == Some(&0) {
                self.breaks.pop_front();
            }
        }
        self.bars.push_back(bar);
    }

    /// Days may be missing before the next one: the line is broken there.
    pub(crate) fn break_off(&mut self) {
        let position = self.bars.len();
        if position > 0 && self.breaks.back() != Some(&position) {
            self.breaks.push_back(position);
        }
    }

    /// The positions of the newest days that `range` takes in.
    pub(super) fn window(&self, range: Range) -> ops::Range<usize> {
        let end = self.bars.len();
        let days = range.days().unwrap_or(end);
        end.saturating_sub(days)..end
    }

    /// The breaks within a window, as positions in it.
    pub(super) fn breaks_in(&self, window: &ops::Range<usize>) -> Vec<u32> {
        let within = |position: &&usize| (window.start + 1..window.end).contains(*position);
        self.breaks.iter().filter(within).map(|position| (position - window.start) as u32).collect()
    }

    /// The change of a day's close against the day before, as a fraction; none where that is not known.
    pub(super) fn change(&self, position: usize) -> Option<f64> {
        let before = self.bars.get(position.checked_sub(1)?)?.close;
        let change = self.bars.get(position)?.close / before - 1.0;
        (change.is_finite() && !self.breaks.contains(&position)).then_some(change)
    }

    /// The position of that day, or of the next one after it where it has left.
    pub(super) fn position(&self, date: &str) -> usize {
        // ISO dates are ordered as text.
        self.bars.partition_point(|bar| bar.date.as_str() < date)
    }
}

/// How far back the chart goes, in trading days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Range {
    Month,
    Quarter,
    HalfYear,
    #[default]
    Year,
    All,
}

impl Range {
    /// Every range, the shortest first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Month, Self::Quarter, Self::HalfYear, Self::Year, Self::All];

    /// A name for the form and for tests.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Month => "1m",
            Self::Quarter => "3m",
            Self::HalfYear => "6m",
            Self::Year => "1y",
            Self::All => "all",
        }
    }

    /// Trading days; none for all there are.
    pub(crate) const fn days(self) -> Option<usize> {
        match self {
            Self::Month => Some(21),
            Self::Quarter => Some(63),
            Self::HalfYear => Some(126),
            Self::Year => Some(252),
            Self::All => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use sse_signals_feed::Feed;

    use super::*;
    use crate::samples;

    fn bar(day: usize) -> Bar {
        let price = day as f64;
        Bar {
            date: format!("{:04}-01-01", 2000 + day),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: price,
        }
    }

    fn series(days: usize) -> Series {
        let mut series = Series::new("IBM");
        (1..=days).for_each(|day| series.push(bar(day)));
        series
    }

    fn quote(close: f64, adjusted_close: f64) -> Quote {
        let Feed::Quote(quote) = samples::quote("IBM", 1) else { panic!("a quote") };
        Quote {
            open: close - 4.0,
            high: close + 4.0,
            low: close - 8.0,
            close,
            adjusted_close,
            ..quote
        }
    }

    #[test]
    fn all_prices_of_a_day_are_scaled_as_its_close_is() {
        let bar = Bar::from_quote(&quote(120.0, 30.0));
        assert_eq!([bar.open, bar.high, bar.low, bar.close], [29.0, 31.0, 28.0, 30.0]);
        assert_eq!((bar.date.as_str(), bar.volume), ("2000-03-01", 1_000_000.0));
    }

    #[test]
    fn a_split_is_no_change() {
        let (before, after) = (quote(120.0, 30.0), quote(60.0, 30.0));
        let mut series = Series::new("IBM");
        series.push(Bar::from_quote(&before));
        series.push(Bar::from_quote(&after));
        assert_eq!(series.change(1), Some(0.0));
    }

    #[test]
    fn a_day_without_a_usable_close_stays_as_it_was_quoted() {
        for (close, adjusted_close) in
            [(0.0, 0.0), (0.0, 5.0), (8.0, 0.0), (8.0, -1.0), (8.0, f64::NAN)]
        {
            let bar = Bar::from_quote(&quote(close, adjusted_close));
            assert_eq!((bar.close, bar.high), (close, close + 4.0));
        }
    }

    #[test]
    fn a_range_takes_in_the_newest_days() {
        let series = series(100);
        assert_eq!(series.window(Range::Month), 79..100);
        assert_eq!(series.window(Range::Quarter), 37..100);
        assert_eq!(series.window(Range::Year), 0..100);
        assert_eq!(series.window(Range::All), 0..100);
        assert_eq!(Series::default().window(Range::All), 0..0);
    }

    #[test]
    fn days_are_bounded_and_the_newest_stay() {
        let series = series(Series::DAYS + 5);
        assert_eq!(series.bars.len(), Series::DAYS);
        assert_eq!((series.bars[0].close, series.bars[Series::DAYS - 1].close), (6.0, 1005.0));
    }

    #[test]
    fn a_break_stays_with_its_day_until_that_leaves() {
        let mut series = series(3);
        series.break_off();
        series.break_off();
        series.push(bar(4));
        assert_eq!(series.breaks_in(&(0..4)), [3]);
        for day in 5..=Series::DAYS + 2 {
            series.push(bar(day));
        }
        assert_eq!(series.breaks_in(&series.window(Range::All)), [1]);
        series.push(bar(Series::DAYS + 3));
        assert_eq!(series.breaks_in(&series.window(Range::All)), [0; 0]);
        assert_eq!(series.breaks.len(), 0);
    }

    #[test]
    fn breaks_are_told_by_their_place_in_the_window() {
        let mut series = series(40);
        series.break_off();
        (41..=50).for_each(|day| series.push(bar(day)));
        assert_eq!(series.breaks_in(&series.window(Range::Month)), [11]);
        // Before the window's first day there is no line to break.
        assert_eq!(series.breaks_in(&(40..50)), [0; 0]);
    }

    #[test]
    fn nothing_breaks_before_the_first_day() {
        let mut series = Series::new("IBM");
        series.break_off();
        series.push(bar(1));
        assert_eq!(series.breaks_in(&(0..1)), [0; 0]);
        assert_eq!(series.change(0), None);
    }

    #[test]
    fn a_change_is_against_the_day_before_and_unknown_across_a_break() {
        let mut series = series(2);
        assert_eq!(series.change(1), Some(1.0));
        series.break_off();
        series.push(bar(4));
        assert_eq!((series.change(2), series.change(3)), (None, None));
    }

    #[test]
    fn a_day_that_left_gives_way_to_the_next() {
        let series = series(9);
        assert_eq!(series.position("2003-01-01"), 2);
        assert_eq!(series.position("2003-06-01"), 3);
        assert_eq!((series.position("1990-01-01"), series.position("2100-01-01")), (0, 9));
    }
}
