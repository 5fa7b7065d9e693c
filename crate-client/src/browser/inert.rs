//! A native target has no browser: nothing is ever connected there, so none of this is ever asked.

use std::rc::Weak;
use std::time::Duration;

use crate::client::{Platform, Request, Sink};
#[cfg(feature = "tabs")]
use crate::client::{Refused, TabSink};
#[cfg(feature = "tabs")]
use crate::options::share::Obstacle;
use crate::{Error, KeepCursor};

#[derive(Clone)]
pub(crate) struct Browser;

/// A connection, a timer, whatever there would be.
pub(crate) struct Nothing;

impl Browser {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) const fn has_event_source() -> bool {
        false
    }

    /// Whether anything is ever connected here.
    pub(crate) const fn is_live() -> bool {
        false
    }
}

impl Platform for Browser {
    type Connection = Nothing;
    type Timer = Nothing;
    type Page = Nothing;
    type Soon = Nothing;

    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall(&self) -> Duration {
        Duration::ZERO
    }

    fn jitter(&self) -> f64 {
        0.0
    }

    fn connect(&self, _: &Request<'_>) -> Result<Nothing, Error> {
        Ok(Nothing)
    }

    #[cfg(feature = "tabs")]
    fn check(&self, _: &Request<'_>) -> Result<(), Error> {
        Ok(())
    }

    #[cfg(feature = "tabs")]
    fn listen(_: &mut Nothing, _: &str, _: usize) {}

    fn set_timer(&self, _: Duration, _: Box<dyn FnOnce()>) -> Nothing {
        Nothing
    }

    fn soon(&self, _: Box<dyn Fn()>) -> Nothing {
        Nothing
    }

    fn ask(_: &Nothing) {}

    fn watch_page(&self, _: Weak<dyn Sink>) -> Nothing {
        Nothing
    }

    fn is_hidden(&self) -> bool {
        false
    }

    fn load(&self, _: &KeepCursor) -> Option<String> {
        None
    }

    fn store(&self, _: &KeepCursor, _: &str) -> Result<(), String> {
        Ok(())
    }

    #[cfg(feature = "tabs")]
    type Lock = Nothing;
    #[cfg(feature = "tabs")]
    type Channel = Nothing;

    #[cfg(feature = "tabs")]
    fn tab(&self) -> u64 {
        0
    }

    #[cfg(feature = "tabs")]
    fn is_same(&self, _: &Self) -> bool {
        true
    }

    #[cfg(feature = "tabs")]
    fn obstacle(&self) -> Option<Obstacle> {
        Some(Obstacle::NoWebLocks)
    }

    #[cfg(feature = "tabs")]
    fn absolute(&self, url: &str) -> String {
        url.to_owned()
    }

    #[cfg(feature = "tabs")]
    fn lock(&self, _: &str, _: bool, _: u64, _: Weak<dyn TabSink>) -> Result<Nothing, Refused> {
        Err(Refused)
    }

    #[cfg(feature = "tabs")]
    fn channel(&self, _: &str, _: Weak<dyn TabSink>) -> Result<Nothing, Refused> {
        Err(Refused)
    }

    #[cfg(feature = "tabs")]
    fn post(_: &Nothing, _: &str) -> Result<(), Refused> {
        Ok(())
    }
}

#[cfg(any(feature = "leptos", feature = "yew"))]
pub(crate) struct Frame;

#[cfg(any(feature = "leptos", feature = "yew"))]
impl Frame {
    pub(crate) fn request(_: fn()) -> Self {
        Self
    }
}

#[cfg(any(feature = "leptos", feature = "yew"))]
pub(crate) fn spawn(_: impl Future<Output = ()> + 'static) {}

pub(crate) fn warn(message: &str) {
    eprintln!("warning: {message}");
}
