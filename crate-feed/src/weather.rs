//! Weather.

use serde::{Deserialize, Serialize};

/// A day's weather at one place, as it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weather {
    /// Number within topic `weather`, from 1.
    pub sequence: u64,
    /// The place, such as `Seattle`.
    pub location: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// Rain, or melted snow, in millimetres.
    pub precipitation: f64,
    /// The highest temperature, in °C.
    pub temp_max: f64,
    /// The lowest temperature, in °C.
    pub temp_min: f64,
    /// The mean wind, in km/h.
    pub wind: f64,
    /// In a word.
    pub condition: Condition,
}

/// What a day was like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Light rain.
    Drizzle,
    /// Fog.
    Fog,
    /// Rain.
    Rain,
    /// Snow.
    Snow,
    /// None of the others.
    Sun,
}
