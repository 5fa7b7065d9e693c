//! The prices that come with the server; `data/README.md` says where they are from.

use std::collections::BTreeMap;
use std::fmt;

use flate2::read::GzDecoder;
use serde::Deserialize;

const COMPRESSED: &[u8] = include_bytes!("../../data/daily-prices.csv.gz");

/// One symbol's trading days, oldest first; never empty.
#[derive(Debug)]
pub struct Series {
    /// Ticker symbol, such as `AAPL`.
    pub symbol: String,
    /// Trading days, oldest first.
    pub days: Vec<Day>,
}

/// One symbol's trading day. Prices are US dollars as quoted on that day, except for `adjusted_close`.
#[derive(Debug)]
pub struct Day {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// The same date as days since 1970-01-01.
    pub number: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Shares traded, as counted on that day: a 2:1 split doubles what is usual.
    pub volume: u64,
    /// Last price, adjusted for all later splits and dividends.
    pub adjusted_close: f64,
}

/// A row of the prices can't be used; `row` counts from 1, the header not included.
#[derive(Debug)]
pub struct PricesError {
    row: usize,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    ticker: String,
    date: String,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: u64,
    #[serde(rename = "Adj Close")]
    adjusted_close: f64,
}

/// The prices that come with the server, by symbol in alphabetical order.
///
/// # Errors
///
/// A row that can't be read, a date that is none, or days of a symbol out of order.
pub fn read_prices() -> Result<Vec<Series>, PricesError> {
    let mut series: BTreeMap<String, Vec<Day>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(GzDecoder::new(COMPRESSED));
    for (index, row) in reader.deserialize().enumerate() {
        let error = |reason: String| PricesError { row: index + 1, reason };
        let row: Row = row.map_err(|e| error(e.to_string()))?;
        let number = day_number(&row.date)
            .ok_or_else(|| error(format!("{:?} is not a date YYYY-MM-DD", row.date)))?;
        let days = series.entry(row.ticker).or_default();
        if days.last().is_some_and(|last| last.number >= number) {
            return Err(error(format!("{} does not come after the row before", row.date)));
        }
        days.push(Day {
            date: row.date,
            number,
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            volume: row.volume,
            adjusted_close: row.adjusted_close,
        });
    }
    Ok(series.into_iter().map(|(symbol, days)| Series { symbol, days }).collect())
}

impl Series {
    /// Change of the adjusted close against the trading day before, as a fraction; none on the first day.
    #[must_use]
    pub fn change(&self, index: usize) -> Option<f64> {
        let before = self.days.get(index.checked_sub(1)?)?;
        Some(self.days.get(index)?.adjusted_close / before.adjusted_close - 1.0)
    }

    /// Whether the shares were split between the trading day before and this one: the quoted close fell against
    /// the adjusted one by more than any dividend could explain (the largest here, MSFT 2004-11-15, is 11 %).
    #[must_use]
    pub fn is_split(&self, index: usize) -> bool {
        let ratio = |day: &Day| day.close / day.adjusted_close;
        match (index.checked_sub(1).and_then(|before| self.days.get(before)), self.days.get(index))
        {
            (Some(before), Some(day)) => ratio(before) / ratio(day) > 1.4,
            _ => false,
        }
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn day_number(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let mut next = |digits: usize| {
        let part = parts.next()?;
        (part.len() == digits).then(|| part.parse::<u16>().ok()).flatten().map(i64::from)
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // A year that starts in March has its leap day at the end, and its months' lengths follow one line.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap_days + day_of_year - 719_468)
}

impl fmt::Display for PricesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of the daily prices: {}", self.row, self.reason)
    }
}

impl std::error::Error for PricesError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_numbers_count_from_1970_and_know_leap_years() {
        assert_eq!(day_number("1970-01-01"), Some(0));
        assert_eq!(day_number("2000-02-29"), Some(11_016));
        assert_eq!(day_number("2000-03-01"), Some(11_017));
        assert_eq!(day_number("2013-03-01"), Some(15_765));
    }

    #[test]
    fn what_is_no_date_has_no_day_number() {
        for text in [
            "",
            "2000",
            "2000-13-01",
            "2000-00-01",
            "2000-01-32",
            "01-01-2000",
            "2000-1-1",
            "a-b-c",
        ] {
            assert_eq!(day_number(text), None, "{text:?}");
        }
    }

    #[test]
    fn all_rows_are_read() {
        let prices = read_prices().expect("the shipped prices are sound");
        let counts: Vec<_> = prices.iter().map(|s| (s.symbol.as_str(), s.days.len())).collect();
        assert_eq!(
            counts,
            [("AAPL", 3270), ("FB", 196), ("GOOG", 2148), ("IBM", 3270), ("MSFT", 3270)]
        );
    }

    #[test]
    fn the_three_splits_are_found_and_no_dividend_is_taken_for_one() {
        let prices = read_prices().expect("the shipped prices are sound");
        let splits: Vec<_> = prices
            .iter()
            .flat_map(|series| {
                (0..series.days.len())
                    .filter(|&day| series.is_split(day))
                    .map(|day| (series.symbol.as_str(), series.days[day].date.as_str()))
            })
            .collect();
        assert_eq!(
            splits,
            [("AAPL", "2000-06-21"), ("AAPL", "2005-02-28"), ("MSFT", "2003-02-18")]
        );
    }
}
