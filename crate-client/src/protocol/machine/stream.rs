//! What only a transport tells that reads the stream itself.

use std::time::Duration;

use super::Machine;
use crate::{Cause, CloseReason};

/// What follows a failure whose cause is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Retry,
    /// But not before that much time has passed.
    RetryAfter(Duration),
    /// At once, with other credentials.
    Renew,
    Stop,
    Finish,
}

impl Machine {
    /// Whether the attempt under way brings other credentials than the last, which were refused.
    pub(crate) fn renews(&self) -> bool {
        self.connection.as_ref().is_some_and(|it| it.renews)
    }

    /// Which attempt is under way: 1 for the first.
    pub(crate) const fn attempt(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// Bytes, whatever they mean. Returns whether they count: false from an older generation.
    pub(crate) fn on_bytes(&mut self, generation: u64, now: Duration) -> bool {
        let is_current = self.is_current(generation);
        if is_current {
            self.on_heard(now);
        }
        is_current
    }

    /// A [reconnection time](https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-reconnection-time).
    pub(crate) const fn on_reconnection_time(&mut self, milliseconds: u64) {
        self.reconnection_time = Some(Duration::from_millis(milliseconds));
    }

    /// Whether we have stopped reading for want of room.
    pub(crate) const fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// We have stopped reading for want of room, or go on.
    pub(crate) fn on_blocked(&mut self, generation: u64, blocked: bool, now: Duration) {
        if self.is_current(generation) {
            self.blocked = blocked;
            self.on_heard(now);
        }
    }

    /// The connection is over, and why is known.
    pub(crate) fn on_failure(
        &mut self,
        generation: u64,
        cause: Cause,
        then: Then,
        now: Duration,
        jitter: f64,
    ) {
        if !self.is_current(generation) {
            return;
        }
        match then {
            Then::Finish => self.end(CloseReason::Finished),
            Then::Stop => self.end(CloseReason::Refused(cause)),
            Then::Retry => self.fail(cause, None, now, jitter),
            Then::RetryAfter(delay) => self.fail(cause, Some(delay), now, jitter),
            Then::Renew => {
                let delay = if self.renews() { None } else { Some(Duration::ZERO) };
                self.fail(cause, delay, now, jitter);
                self.renew = true;
            }
        }
    }
}
