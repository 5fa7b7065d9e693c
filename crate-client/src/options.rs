//! How a subscription behaves.

use std::borrow::Cow;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// How a subscription connects, reconnects and delivers.
///
/// | option                                       | default             | unit            | what                                                   |
/// | -------------------------------------------- | ------------------- | --------------- | ------------------------------------------------------ |
/// | [`with_credentials`](Self::with_credentials) | false               |                 | cookies go to another origin, too                      |
/// | [`resume`](Self::resume)                     | [`Resume::Never`]   |                 | how a new connection learns the last event ID          |
/// | [`retry`](Self::retry)                       | [`Retry::new`]      |                 | the delays between attempts                            |
/// | [`on_closed`](Self::on_closed)               | [`OnClosed::Retry`] |                 | what follows once the browser gives up                 |
/// | [`stale_after`](Self::stale_after)           | never               | time of silence | when an open connection counts as stale                |
/// | [`reconnect_after`](Self::reconnect_after)   | never               | time of silence | when it is opened anew                                 |
/// | [`heartbeat_event`](Self::heartbeat_event)   | `ping`              | event name      | says only that the server is alive                     |
/// | [`resync_event`](Self::resync_event)         | `resync`            | event name      | says that the server can't go on where we left         |
/// | [`end_event`](Self::end_event)               | none                | event name      | says that the stream is over                           |
/// | [`queue_capacity`](Self::queue_capacity)     | 4,096               | items           | how many wait at most for the subscriber               |
///
/// ```
/// use std::time::Duration;
/// use sse_signals::{Options, Resume, Retry};
///
/// let options = Options::new()
///     .resume(Resume::Query("lastEventId".into()))
///     .stale_after(Duration::from_secs(40))
///     .retry(Retry::new().limit(20));
/// assert_eq!(options, options.clone());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub(crate) with_credentials: bool,
    pub(crate) resume: Resume,
    pub(crate) retry: Retry,
    pub(crate) on_closed: OnClosed,
    pub(crate) stale_after: Option<Duration>,
    pub(crate) reconnect_after: Option<Duration>,
    pub(crate) heartbeat_event: Option<Cow<'static, str>>,
    pub(crate) resync_event: Option<Cow<'static, str>>,
    pub(crate) end_event: Option<Cow<'static, str>>,
    /// Items, at least 1.
    pub(crate) queue_capacity: usize,
}

/// How a new `EventSource` learns where the last one ended. While the browser reconnects by itself it sends
/// [`Last-Event-ID`](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header) and
/// none of this is used.
///
/// ```
/// # use sse_signals::{Options, Resume};
/// // After an event with the id 4-17, "/events?topic=news" becomes "/events?topic=news&since=4-17".
/// let options = Options::new().resume(Resume::Query("since".into()));
/// # assert_ne!(options, Options::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resume {
    /// Not at all: the URL stays as it is, as a signed one must, and [`Gap::Unconfirmed`](crate::Gap) tells of
    /// the hand-over.
    #[default]
    Never,
    /// The last event ID is put into the URL's query under this name, in place of any value there. The server
    /// must prefer a `Last-Event-ID` header, which the browser adds when it reconnects to that same URL later.
    Query(Cow<'static, str>),
}

/// What happens once the browser fails the connection for good (`error` with
/// [`readyState`](https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-readystate) `CLOSED`),
/// which it never explains: a missing page and a server that restarts look the same.
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
    /// Try again with a new `EventSource`, under the [`Retry`] policy.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    pub(crate) base: Duration,
    pub(crate) cap: Duration,
    pub(crate) floor: Duration,
    pub(crate) limit: Option<u32>,
    pub(crate) stable_after: Duration,
}

impl Options {
    /// The defaults, as each method states them.
    #[must_use]
    pub fn new() -> Self {
        Self {
            with_credentials: false,
            resume: Resume::default(),
            retry: Retry::default(),
            on_closed: OnClosed::default(),
            stale_after: None,
            reconnect_after: None,
            heartbeat_event: Some(Cow::Borrowed("ping")),
            resync_event: Some(Cow::Borrowed("resync")),
            end_event: None,
            queue_capacity: 4_096,
        }
    }

    /// Whether a cross-origin request carries cookies
    /// ([`withCredentials`](https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-withcredentials)).
    /// Default: false.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// // Read from another origin, with the user's cookies for it.
    /// let options = Options::new().with_credentials(true);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn with_credentials(mut self, with_credentials: bool) -> Self {
        self.with_credentials = with_credentials;
        self
    }

    /// How a new connection resumes from the last event ID. Default: [`Resume::Never`].
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// let options = Options::new().resume(Resume::Query("lastEventId".into()));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn resume(mut self, resume: Resume) -> Self {
        self.resume = resume;
        self
    }

    /// The delays between attempts. Default: [`Retry::new`].
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::{Options, Retry}};
    /// let options = Options::new().retry(Retry::new().cap(Duration::from_secs(10)));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// What happens once the browser fails the connection for good. Default: [`OnClosed::Retry`].
    ///
    /// ```
    /// # use sse_signals::{OnClosed, Options};
    /// let options = Options::new().on_closed(OnClosed::Stop);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn on_closed(mut self, on_closed: OnClosed) -> Self {
        self.on_closed = on_closed;
        self
    }

    /// After how long without any event an open connection counts as [`State::Stale`](crate::State::Stale).
    /// Default: never, since only the server's author knows how often it speaks. A little over two heartbeats
    /// is a good value. Comments do not count: a native `EventSource` can't see them.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::{Options, Retry}};
    /// // For a server with a heartbeat every 15 s.
    /// let options = Options::new().stale_after(Duration::from_secs(40));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn stale_after(mut self, silence: Duration) -> Self {
        self.stale_after = Some(silence);
        self
    }

    /// After how long without any event an open connection is closed and opened anew, or a request that is not
    /// answered is given up. A browser that retries by itself gets at least [`Retry::cap`] for it. Default: never.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::{Options, Retry}};
    /// let seconds = Duration::from_secs;
    /// let options = Options::new().stale_after(seconds(40)).reconnect_after(seconds(60));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn reconnect_after(mut self, silence: Duration) -> Self {
        self.reconnect_after = Some(silence);
        self
    }

    /// The event that only says that the server is alive. It counts for [`stale_after`](Self::stale_after); it
    /// is delivered only if the type has a variant of that name. Default: `ping`; an empty name: none.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// let options = Options::new().heartbeat_event("keep-alive");
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn heartbeat_event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.heartbeat_event = named(name.into());
        self
    }

    /// The event by which the server says that it can't resume from our last event ID; delivered as
    /// [`Gap::Resync`](crate::Gap::Resync), and before that as an event if the type has a variant of that name.
    /// Default: `resync`; an empty name: none.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// // "resync" is an event like any other here.
    /// let options = Options::new().resync_event("");
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn resync_event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.resync_event = named(name.into());
        self
    }

    /// The event by which the server says that the stream is over; without one, a stream that ends is
    /// reconnected, as the standard says. It is delivered too if the type has a variant of that name.
    /// Default: none.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// // A stream of tokens that ends with `event: done`.
    /// let options = Options::new().end_event("done");
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn end_event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.end_event = named(name.into());
        self
    }

    /// How many items wait at most for the subscriber; beyond that the oldest are dropped and
    /// [`Item::Lagged`](crate::Item::Lagged) says how many. At least 1. Default: 4,096 items.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// let options = Options::new().queue_capacity(100_000);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn queue_capacity(mut self, items: usize) -> Self {
        self.queue_capacity = items.max(1);
        self
    }
}

/// No event has an empty name, so that stands for none.
fn named(name: Cow<'static, str>) -> Option<Cow<'static, str>> {
    (!name.is_empty()).then_some(name)
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
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

    /// The upper bound of the first delay. Default: 1 s.
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
    /// [`Resume::Query`] at the price of a [`Gap`](crate::Gap)). Default: 250 ms.
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
