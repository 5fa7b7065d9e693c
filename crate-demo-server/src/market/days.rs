//! Prices and headlines, day by day.

use std::collections::BTreeMap;

use sse_signals_feed::{Feed, Headline, Quote};

use super::headlines::headlines;
use super::prices::Series;
use crate::replay::Replay;

/// The prices as a loop of trading days, from the first of any symbol on. Each day is one quote a symbol, in alphabetical
/// order, then that day's headlines. At the loop's seam nothing is compared: the first day's quotes carry no change, and
/// no headline looks back over it. All is computed once, when it is made.
#[must_use]
pub fn replay(prices: &[Series]) -> Replay {
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
            let headline =
                Headline { sequence: 0, symbol: series.symbol.clone(), date: date.clone(), kind };
            days.entry(date).or_default().1.push(Feed::News(headline));
        }
    }
    Replay::of(days.into_values().map(|(quotes, news)| [quotes, news].concat()))
}
