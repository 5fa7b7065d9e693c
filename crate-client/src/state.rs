//! The state of a connection, as honestly as the transport allows.

use std::fmt;
use std::time::Duration;

use crate::Error;
use crate::error::Kind;

/// The state of a subscription's connection.
///
/// [`Display`](fmt::Display) gives a short English phrase:
///
/// ```
/// use std::time::Duration;
/// use sse_signals::{Cause, State};
///
/// let retry_in = Some(Duration::from_millis(1_500));
/// let state = State::Waiting { attempt: 2, retry_in, cause: Cause::Failed };
/// assert_eq!(state.to_string(), "waiting, attempt 2, connection failed, retry in 1.5 s");
/// assert!(!state.is_open() && !state.is_closed());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Not started, or rendered on a server.
    #[default]
    Idle,
    /// A request is under way.
    Connecting {
        /// 1 for the first, then one more for each failure since the connection last stood.
        attempt: u32,
    },
    /// The server has answered with an event stream.
    Open,
    /// The connection counts as open, but nothing has arrived for
    /// [`Options::stale_after`](crate::Options::stale_after).
    Stale {
        /// How long nothing had arrived when the state was entered.
        silent_for: Duration,
    },
    /// Between two attempts.
    Waiting {
        /// Failures since the connection last stood, this one counted.
        attempt: u32,
        /// The delay until the next attempt, from the state's entry; `None` while the browser retries by
        /// itself, which it does without telling when.
        retry_in: Option<Duration>,
        /// What ended the last attempt.
        cause: Cause,
    },
    /// Held without a connection, to be resumed.
    Paused(PauseReason),
    /// Over, until the caller asks for a new connection.
    Closed(CloseReason),
}

/// What ended a connection, or an attempt at one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The connection was lost or could not be made; over fetch, it broke after the stream had begun. Natively the browser
    /// [reestablishes](https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection)
    /// it by itself, unless its tries come faster than [`Retry::floor`](crate::Retry::floor).
    Lost,
    /// Natively the browser
    /// [failed the connection](https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection)
    /// for good and hides why: a status other than 200 (204 and 503 look the same), a content type other than
    /// `text/event-stream`, and in Firefox any network error. Over fetch no answer came: the server was not reached, or
    /// the browser keeps its answer from a page of another origin.
    Failed,
    /// Nothing arrived for [`Options::reconnect_after`](crate::Options::reconnect_after).
    Silent,
    /// Over fetch: the server has ended the stream cleanly. See `Fetch::on_end`.
    Ended,
    /// Over fetch: the server has answered with this HTTP status. The
    /// [error](crate::EventSource::error) has a piece of the body.
    Status(u16),
    /// Over fetch: the server has answered with a content type other than `text/event-stream`.
    ContentType,
    /// Over fetch: a line or an event was larger than `Fetch::limits` allows.
    TooLarge,
    /// Over fetch: `Fetch::headers_with` has failed, or gave what is no header.
    Headers,
}

/// Why a subscription is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PauseReason {
    /// The caller asked for it.
    ByCaller,
    /// The page is hidden: see [`Options::when_hidden`](crate::Options::when_hidden). Or it was left, and waits to be
    /// returned to.
    Hidden,
    /// The browser is offline, and the connection was lost or not made: see
    /// [`Options::follow_network`](crate::Options::follow_network).
    Offline,
}

/// Why a subscription is over.
///
/// ```
/// # use sse_signals::{CloseReason, State};
/// let closed = State::Closed(CloseReason::GaveUp { attempts: 20 });
/// assert_eq!(closed.to_string(), "gave up after 20 attempts");
/// assert_eq!(CloseReason::Finished.to_string(), "finished");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// The caller closed it.
    ByCaller,
    /// The server sent the end event ([`Options::end_event`](crate::Options::end_event)); over fetch also: it answered
    /// 204, or ended the stream where `Fetch::on_end` takes that for the end.
    Finished,
    /// The connection failed and [`OnClosed::Stop`](crate::OnClosed::Stop) forbids another attempt; or, over fetch, the
    /// server's answer does: a status such as 404 (see `Fetch::on_status`), or a wrong content type.
    Refused(Cause),
    /// [`Retry::limit`](crate::Retry::limit) was reached.
    GaveUp {
        /// Failures in a row.
        attempts: u32,
    },
}

impl State {
    /// Whether events can arrive: `Open` or `Stale`.
    ///
    /// ```
    /// # use {sse_signals::State, std::time::Duration};
    /// assert!(State::Open.is_open());
    /// assert!(State::Stale { silent_for: Duration::from_secs(40) }.is_open());
    /// assert!(!State::Connecting { attempt: 1 }.is_open());
    /// ```
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open | Self::Stale { .. })
    }

    /// Whether it is over until the caller asks for a new connection.
    ///
    /// ```
    /// # use sse_signals::{CloseReason, State};
    /// assert!(State::Closed(CloseReason::Finished).is_closed());
    /// assert!(!State::Idle.is_closed());
    /// ```
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// What ended the last connection or attempt, where the state tells it: while waiting and once refused. What the server
    /// said besides is in [`EventSource::error`](crate::EventSource::error).
    ///
    /// ```
    /// # use sse_signals::{Cause, State};
    /// let state = State::Waiting { attempt: 1, retry_in: None, cause: Cause::Lost };
    /// assert!(state.error().is_some_and(|error| error.is_connection()));
    /// assert_eq!(State::Open.error(), None);
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        match self {
            Self::Waiting { cause, .. } | Self::Closed(CloseReason::Refused(cause)) => {
                Some(Kind::Connection { cause: *cause, detail: None }.into())
            }
            Self::Idle
            | Self::Connecting { .. }
            | Self::Open
            | Self::Stale { .. }
            | Self::Paused(_)
            | Self::Closed(_) => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle => f.write_str("idle"),
            Self::Connecting { attempt } => write!(f, "connecting, attempt {attempt}"),
            Self::Open => f.write_str("open"),
            Self::Stale { silent_for } => {
                write!(f, "stale, silent for ")?;
                seconds(f, *silent_for)
            }
            Self::Waiting { attempt, retry_in, cause } => {
                write!(f, "waiting, attempt {attempt}, {cause}, retry ")?;
                match retry_in {
                    Some(delay) => {
                        f.write_str("in ")?;
                        seconds(f, *delay)
                    }
                    None => f.write_str("by the browser"),
                }
            }
            Self::Paused(reason) => reason.fmt(f),
            Self::Closed(reason) => reason.fmt(f),
        }
    }
}

impl fmt::Display for PauseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByCaller => "paused",
            Self::Hidden => "paused while hidden",
            Self::Offline => "paused while offline",
        })
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByCaller => f.write_str("closed"),
            Self::Finished => f.write_str("finished"),
            Self::Refused(cause) => write!(f, "closed, {cause}"),
            Self::GaveUp { attempts } => write!(f, "gave up after {attempts} attempts"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "connection lost",
            Self::Failed => "connection failed",
            Self::Silent => "connection silent",
            Self::Ended => "stream ended",
            Self::Status(status) => return write!(f, "status {status}"),
            Self::ContentType => "no event stream",
            Self::TooLarge => "event too large",
            Self::Headers => "no headers to send",
        })
    }
}

/// Seconds with one decimal, without the size of `f64`'s formatting or that of 128 bits.
fn seconds(f: &mut fmt::Formatter<'_>, duration: Duration) -> fmt::Result {
    let duration = duration.saturating_add(Duration::from_millis(50));
    write!(f, "{}.{} s", duration.as_secs(), duration.subsec_millis() / 100)
}
