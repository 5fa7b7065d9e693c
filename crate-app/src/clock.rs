//! The browser's clocks.

/// Milliseconds since the page was opened, which no change of the system's time moves; 0 where there is no such
/// clock.
pub(crate) fn now() -> f64 {
    leptos::prelude::window().performance().map_or(0.0, |performance| performance.now())
}

/// The local time of day, `HH:MM:SS`.
pub(crate) fn time_of_day() -> String {
    let date = js_sys::Date::new_0();
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}
