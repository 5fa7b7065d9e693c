//! Clock, timers and random numbers of the browser, in windows and in workers.

use std::time::Duration;

use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Performance;

use super::native::NativeConnection;
use crate::Error;
use crate::client::{Platform, Request};

/// The longest delay of `setTimeout`, in milliseconds; a longer one would fire at once. The machine asks again
/// when a timer fires early.
const LONGEST_DELAY: u32 = i32::MAX as u32;

pub(crate) struct Browser {
    /// Both windows and workers have one.
    performance: Option<Performance>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let performance =
            js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("performance"))
                .ok()
                .and_then(|value| value.dyn_into().ok());
        Self { performance }
    }

    pub(crate) fn has_event_source() -> bool {
        js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("EventSource"))
            .is_ok_and(|constructor| constructor.is_function())
    }
}

impl Platform for Browser {
    type Connection = NativeConnection;
    type Timer = Timeout;

    fn now(&self) -> Duration {
        // Without a monotonic clock the wall clock must do.
        let milliseconds =
            self.performance.as_ref().map_or_else(js_sys::Date::now, Performance::now);
        Duration::try_from_secs_f64(milliseconds / 1_000.0).unwrap_or_default()
    }

    fn jitter(&self) -> f64 {
        js_sys::Math::random()
    }

    fn connect(&self, request: &Request<'_>) -> Result<NativeConnection, Error> {
        NativeConnection::open(request)
    }

    fn set_timer(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> Timeout {
        // Rounded up, so that it does not fire a fraction of a millisecond too early.
        let milliseconds = delay.as_nanos().div_ceil(1_000_000);
        Timeout::new(u32::try_from(milliseconds).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY), fire)
    }
}

pub(crate) fn warn(message: &str) {
    web_sys::console::warn_1(&JsValue::from_str(message));
}
