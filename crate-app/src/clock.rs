//! The browser's clocks.

use leptos::prelude::window;

/// Milliseconds since the page was opened, which no change of the system's time moves; 0 where there is no such
/// clock.
pub(crate) fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Milliseconds since 1970, of a time of [`now`].
pub(crate) fn since_1970(now: f64) -> f64 {
    window().performance().map_or(0.0, |performance| performance.time_origin()) + now
}
