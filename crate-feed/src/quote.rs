//! Prices.

use serde::{Deserialize, Serialize};

/// One symbol's trading day. Prices are US dollars as they were quoted on that day, so they halve at a 2:1
/// split; only `adjusted_close` is comparable across splits and dividends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Number within topic `quotes`, from 1.
    pub sequence: u64,
    /// Ticker symbol, such as `AAPL`.
    pub symbol: String,
    /// Trading day, `YYYY-MM-DD`.
    pub date: String,
    /// First price of the day, US dollars.
    pub open: f64,
    /// Highest price of the day, US dollars.
    pub high: f64,
    /// Lowest price of the day, US dollars.
    pub low: f64,
    /// Last price of the day, US dollars.
    pub close: f64,
    /// Last price, adjusted for splits and dividends, US dollars of the last day in the data.
    pub adjusted_close: f64,
    /// Change of the adjusted close against the trading day before, as a fraction (0.01 is 1 %); none on a
    /// symbol's first day.
    pub change: Option<f64>,
    /// Shares traded.
    pub volume: u64,
}
