//! What the driver needs from the world.

use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::Error;

/// A transport, a clock, timers and random numbers.
pub(crate) trait Platform: 'static {
    /// An open request. Dropping it closes it; afterwards it reports nothing.
    type Connection;
    /// A timer that is set. Dropping it cancels it.
    type Timer;

    /// Since any fixed origin; never goes back.
    fn now(&self) -> Duration;
    /// Random in `0.0..1.0`.
    fn jitter(&self) -> f64;
    /// Opens a connection that reports to the request's sink, never before this returns.
    fn connect(&self, request: &Request<'_>) -> Result<Self::Connection, Error>;
    /// Calls `fire` once after `delay`, never before this returns.
    fn set_timer(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> Self::Timer;
}

/// A connection to open.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) with_credentials: bool,
    /// The event names to listen to; the sink is told an index into them.
    pub(crate) names: &'a [&'a str],
    pub(crate) generation: u64,
    pub(crate) sink: &'a Weak<dyn Sink>,
}

/// Where a connection reports to.
pub(crate) trait Sink {
    /// The server answered with an event stream.
    fn opened(self: Rc<Self>, generation: u64);
    /// The connection was lost, or, if `closed`, failed for good.
    fn errored(self: Rc<Self>, generation: u64, closed: bool);
    /// An event of the name with that index, and the last event ID as it stands.
    fn event(self: Rc<Self>, generation: u64, name: usize, id: String, data: &str);
}
