//! The weather that comes with the server, replayed; `data/README.md` says where it is from.

use std::collections::BTreeMap;
use std::fmt;

use flate2::read::GzDecoder;
use serde::Deserialize;
use sse_signals_feed::{Condition, Feed, Weather};

use crate::replay::Replay;

const COMPRESSED: &[u8] = include_bytes!("../data/daily-weather.csv.gz");

/// A row can't be used; `row` counts from 1, the header not included.
#[derive(Debug)]
pub struct WeatherError {
    row: usize,
    reason: String,
}

#[derive(Deserialize)]
struct Row {
    location: String,
    date: String,
    precipitation: f64,
    temp_max: f64,
    temp_min: f64,
    wind: f64,
    weather: Condition,
}

/// The weather as a loop of days, from the first one on: each is one event a place, in alphabetical order.
///
/// # Errors
///
/// A row that can't be read, or comes twice.
pub fn replay() -> Result<Replay, WeatherError> {
    let mut days: BTreeMap<String, BTreeMap<String, Feed>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(GzDecoder::new(COMPRESSED));
    for (index, row) in reader.deserialize().enumerate() {
        let error = |reason| WeatherError { row: index + 1, reason };
        let row: Row = row.map_err(|e| error(e.to_string()))?;
        let day = days.entry(row.date.clone()).or_default();
        let event = Feed::Weather(Weather {
            sequence: 0,
            location: row.location.clone(),
            date: row.date.clone(),
            precipitation: row.precipitation,
            temp_max: row.temp_max,
            temp_min: row.temp_min,
            wind: row.wind,
            condition: row.weather,
        });
        if day.insert(row.location, event).is_some() {
            return Err(error(format!("{} comes twice for this place", row.date)));
        }
    }
    Ok(Replay::of(days.into_values().map(|day| day.into_values().collect())))
}

impl fmt::Display for WeatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the weather that comes with the server is damaged: row {}: {}",
            self.row, self.reason
        )
    }
}

impl std::error::Error for WeatherError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_one_event_a_place_and_the_days_are_in_order() {
        let mut days = replay().expect("the shipped weather is sound");
        assert_eq!(days.len(), 1_461, "2012 to 2015");
        let mut last = String::new();
        for _ in 0..days.len() {
            let day = days.next_day();
            let places: Vec<_> = day
                .iter()
                .map(|event| {
                    let Feed::Weather(weather) = event else { panic!("{event:?}") };
                    assert!(weather.date >= last && weather.temp_min <= weather.temp_max);
                    last.clone_from(&weather.date);
                    weather.location.as_str()
                })
                .collect();
            assert_eq!(places, ["New York", "Seattle"]);
        }
        let Some(Feed::Weather(first)) = days.next_day().first() else { panic!("a loop") };
        assert_eq!(first.date, "2012-01-01");
    }
}
