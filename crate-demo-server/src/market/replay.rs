//! The replay: one trading day after the other, for ever.

use std::collections::BTreeMap;

use sse_signals_feed::{Feed, Headline, Quote};

use super::headlines::headlines;
use super::prices::Series;

/// The prices as a loop of trading days. Each day is one quote a symbol, in alphabetical order, then that day's
/// headlines. At the loop's seam nothing is compared: the first day's quotes carry no change, and no headline
/// looks back over it. All is computed once, when it is made.
#[derive(Debug)]
pub struct Replay {
    days: Vec<Vec<Feed>>,
    next: usize,
}

impl Replay {
    /// A replay that starts with the first trading day of any symbol.
    #[must_use]
    pub fn new(prices: &[Series]) -> Self {
        let mut days: BTreeMap<&str, (Vec<Feed>, Vec<Feed>)> = BTreeMap::new();
        for series in prices {
            for (index, day) in series.days.iter().enumerate() {
                let quote = Quote {
                    sequence: 0,
                    symbol: series.symbol.clone(),
                    date: day.date.clone(),
                    open: day.open,
                    high: day.high,
                    low: day.low,
                    close: day.close,
                    adjusted_close: day.adjusted_close,
                    change: series.change(index),
                    volume: day.volume,
                };
                days.entry(&day.date).or_default().0.push(Feed::Quote(quote));
            }
            for (index, kind) in headlines(series) {
                let date = &series.days[index].date;
                let headline = Headline {
                    sequence: 0,
                    symbol: series.symbol.clone(),
                    date: date.clone(),
                    kind,
                };
                days.entry(date).or_default().1.push(Feed::News(headline));
            }
        }
        let days = days.into_values().map(|(quotes, news)| [quotes, news].concat()).collect();
        Self { days, next: 0 }
    }

    /// How many trading days the loop has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether there is no trading day at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The next trading day's events; their sequences are left to the log. Empty if there are no prices.
    pub fn next_day(&mut self) -> &[Feed] {
        let day = self.days.get(self.next).map(Vec::as_slice).unwrap_or_default();
        self.next = (self.next + 1).checked_rem(self.days.len()).unwrap_or(0);
        day
    }
}
