//! A native target has no browser: nothing is ever connected there, so none of this is ever asked.

use std::time::Duration;

use crate::Error;
use crate::client::{Platform, Request};

pub(crate) struct Browser;

impl Browser {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) const fn has_event_source() -> bool {
        false
    }
}

impl Platform for Browser {
    type Connection = ();
    type Timer = ();

    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn jitter(&self) -> f64 {
        0.0
    }

    fn connect(&self, _: &Request<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn set_timer(&self, _: Duration, _: Box<dyn FnOnce()>) {}
}

pub(crate) fn warn(message: &str) {
    eprintln!("warning: {message}");
}
