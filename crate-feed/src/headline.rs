//! Headlines.

use serde::{Deserialize, Serialize};

/// A true statement about the prices up to `date`, computed on adjusted closes. It carries facts, not a
/// sentence, so that a page can say it in its reader's language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Number within topic `news`, from 1.
    pub sequence: u64,
    /// Ticker symbol, such as `AAPL`.
    pub symbol: String,
    /// Trading day, `YYYY-MM-DD`.
    pub date: String,
    /// What happened.
    pub kind: HeadlineKind,
}

/// What a headline says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadlineKind {
    /// The adjusted close is above every one of the 52 weeks before.
    #[serde(rename = "high-52-weeks")]
    High52Weeks {
        /// That day's close as quoted, US dollars.
        close: f64,
    },
    /// The adjusted close is below every one of the 52 weeks before.
    #[serde(rename = "low-52-weeks")]
    Low52Weeks {
        /// That day's close as quoted, US dollars.
        close: f64,
    },
    /// The largest gain or loss of one day since a date.
    LargestMove {
        /// Change of the adjusted close, as a fraction; negative is a loss.
        change: f64,
        /// The last trading day, `YYYY-MM-DD`, on which the move in that direction was at least as large; none
        /// if there is none in the data.
        since: Option<String>,
    },
    /// Far more shares were traded than usual.
    VolumeSpike {
        /// Shares traded that day.
        volume: u64,
        /// How many times the mean of the 20 trading days before.
        times: f64,
    },
    /// The adjusted close rose, or fell, on this many trading days in a row.
    Streak {
        /// Trading days in a row.
        days: u32,
        /// Whether it rose.
        rising: bool,
    },
}
