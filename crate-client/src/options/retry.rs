//! What follows a connection that failed or was lost.

use std::time::Duration;

/// What happens once the browser fails a native connection for good (`error` with
/// [`readyState`](https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-readystate) `CLOSED`),
/// which it never explains: a missing page and a server that restarts look the same. Over fetch it is an answer that is no
/// event stream.
///
/// ```
/// # use sse_signals::{OnClosed, Options};
/// // A server that answers 204 to say "do not come back".
/// let options = Options::new().on_closed(OnClosed::Stop);
/// # assert_ne!(options, Options::new());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnClosed {
    /// Try again with a new connection, under the [`Retry`] policy; over fetch, where the server's answer allows that.
    #[default]
    Retry,
    /// Stay closed, as [`CloseReason::Refused`](crate::CloseReason::Refused).
    Stop,
}

/// The delays between attempts that are ours to make: exponential with full jitter.
///
/// Before attempt _n_ + 1 the delay is random between zero and `base` × 2ⁿ⁻¹, at most `cap`, at least `floor`.
///
/// | option                               | default | unit     | what                                                             |
/// | ------------------------------------ | ------- | -------- | ---------------------------------------------------------------- |
/// | [`base`](Self::base)                 | 1 s     | time     | the upper bound of the first delay                               |
/// | [`cap`](Self::cap)                   | 30 s    | time     | the upper bound of every delay                                   |
/// | [`floor`](Self::floor)               | 250 ms  | time     | the lower bound of every delay                                   |
/// | [`limit`](Self::limit)               | never   | failures | when to give up                                                  |
/// | [`stable_after`](Self::stable_after) | 5 s     | time     | how long a connection must stand before failures count from zero |
///
/// ```
/// # use std::time::Duration;
/// # use sse_signals::Retry;
/// let patient = Retry::new().base(Duration::from_secs(5)).cap(Duration::from_secs(300));
/// let impatient = Retry::new().limit(3);
/// # assert_ne!(patient, impatient);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    pub(crate) base: Duration,
    pub(crate) cap: Duration,
    pub(crate) floor: Duration,
    pub(crate) limit: Option<u32>,
    pub(crate) stable_after: Duration,
}

impl Retry {
    /// The defaults, as each method states them.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(30),
            floor: Duration::from_millis(250),
            limit: None,
            stable_after: Duration::from_secs(5),
        }
    }

    /// The upper bound of the first delay. Default: 1 s. Over fetch, a
    /// [reconnection time](https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-reconnection-time)
    /// that the server sends (`retry:`) takes its place.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::Retry};
    /// let retry = Retry::new().base(Duration::from_millis(200));
    /// # assert_ne!((retry, Duration::ZERO), (Retry::new(), Duration::ZERO));
    /// ```
    #[must_use]
    pub const fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The upper bound of every delay. Default: 30 s.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::Retry};
    /// let retry = Retry::new().cap(Duration::from_secs(300));
    /// # assert_ne!((retry, Duration::ZERO), (Retry::new(), Duration::ZERO));
    /// ```
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// The lower bound of every delay, above the cap too, so that nothing ever spins: a browser whose own tries
    /// fail faster than this, as after a server's `retry: 0`, is taken over from at the third (without
    /// [`Resume::Query`](crate::Resume::Query) at the price of a [`Gap`](crate::Gap)). Default: 250 ms.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::Retry};
    /// let retry = Retry::new().floor(Duration::from_secs(1));
    /// # assert_ne!((retry, Duration::ZERO), (Retry::new(), Duration::ZERO));
    /// ```
    #[must_use]
    pub const fn floor(mut self, floor: Duration) -> Self {
        self.floor = floor;
        self
    }

    /// After how many failures in a row to give up, those counted that the browser retries by itself. At least
    /// 1. Default: never.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::Retry};
    /// let retry = Retry::new().limit(20);
    /// # assert_ne!((retry, Duration::ZERO), (Retry::new(), Duration::ZERO));
    /// ```
    #[must_use]
    pub const fn limit(mut self, failures: u32) -> Self {
        self.limit = Some(failures);
        self
    }

    /// How long a connection must stand before the count of failures starts again from zero, so that one that
    /// opens and drops at once still backs off. Default: 5 s.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::Retry};
    /// let retry = Retry::new().stable_after(Duration::from_secs(60));
    /// # assert_ne!((retry, Duration::ZERO), (Retry::new(), Duration::ZERO));
    /// ```
    #[must_use]
    pub const fn stable_after(mut self, standing: Duration) -> Self {
        self.stable_after = standing;
        self
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self::new()
    }
}
