//! Events for the unit tests.

use sse_signals_feed::{Feed, Headline, HeadlineKind, Quote};

/// A quote of 2000-03-01.
pub(crate) fn quote(symbol: &str, sequence: u64) -> Feed {
    quote_on(symbol, sequence, "2000-03-01", Some(0.01))
}

/// A quote whose adjusted close is its sequence.
pub(crate) fn quote_on(symbol: &str, sequence: u64, date: &str, change: Option<f64>) -> Feed {
    Feed::Quote(Quote {
        sequence,
        symbol: symbol.to_owned(),
        date: date.to_owned(),
        open: 100.0,
        high: 110.0,
        low: 90.0,
        close: 105.0,
        adjusted_close: sequence as f64,
        change,
        volume: 1_000_000,
    })
}

/// A headline.
pub(crate) fn news(sequence: u64) -> Feed {
    Feed::News(Headline {
        sequence,
        symbol: "IBM".to_owned(),
        date: "2000-03-01".to_owned(),
        kind: HeadlineKind::Streak { days: 5, rising: true },
    })
}
