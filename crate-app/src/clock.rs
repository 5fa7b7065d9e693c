//! The browser's clocks.

use leptos::prelude::window;

/// Milliseconds since the page was opened, which no change of the system's time moves; 0 where there is no such
/// clock.
pub(crate) fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Milliseconds since 1970, of a time of [`now`] after which the machine has not slept: this clock may stand still
/// then.
pub(crate) fn since_1970(time: f64) -> f64 {
    js_sys::Date::now() - (now() - time)
}
