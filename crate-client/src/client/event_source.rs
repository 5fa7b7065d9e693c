//! The plain client, for wasm without a framework.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use super::{Driver, States};
use crate::browser::Browser;
use crate::{Error, Item, Options, State};

/// Without one everything is inert.
const HAS_BROWSER: bool = cfg!(target_arch = "wasm32");

/// Whether there is an `EventSource` to read streams with: in every browser but Internet Explorer, in windows and
/// workers; not on a native target.
///
/// ```
/// if !sse_signals::is_supported() {
///     println!("Please use a current browser.");
/// }
/// ```
#[must_use]
pub fn is_supported() -> bool {
    Browser::has_event_source()
}

/// A subscription to an event stream: a [`Stream`] of [`Item`]s and a watched [`State`].
///
/// `T`'s serde shape decides which events are listened to and how their data is decoded: see
/// [`schema`](crate::schema). It works in windows and in workers. On a native target it compiles and is inert:
/// the state stays [`State::Idle`] and no item ever comes.
///
/// The stream ends (`None`) when the state is [`State::Closed`] and every item was handed out; after
/// [`reconnect`](Self::reconnect) it goes on.
///
/// # Drop behaviour
///
/// Dropping it closes the connection, removes every listener and cancels the timer. Nothing fires afterwards;
/// items not yet read are dropped, and every [`States`] ends.
///
/// # Examples
///
/// ```no_run
/// use serde::Deserialize;
/// use sse_signals::{EventSource, Item, Options};
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "kebab-case")]
/// enum Feed {
///     Greeting(String),
///     Price { symbol: String, last: f64 },
/// }
///
/// # fn show(text: &str) {}
/// # async fn example() -> Result<(), sse_signals::Error> {
/// let mut source = EventSource::<Feed>::open("/events", Options::new())?;
/// while let Some(item) = source.next().await {
///     match item {
///         Item::Event(event) => match event.data {
///             Feed::Greeting(text) => show(&text),
///             Feed::Price { symbol, last } => show(&format!("{symbol} {last}")),
///         },
///         Item::Gap(_) | Item::Lagged(_) => show("events are missing: reload"),
///         Item::Malformed(malformed) => show(&malformed.error.to_string()),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping an EventSource closes its connection"]
pub struct EventSource<T>(Driver<T, Browser>);

impl<T: DeserializeOwned + 'static> EventSource<T> {
    /// Opens a connection to `url`, relative to the page or worker if it is relative.
    ///
    /// # Errors
    ///
    /// [`Error::is_invalid_url`] if the browser can't parse the URL, [`Error::is_unsupported`] if it has no
    /// `EventSource`. Whatever fails later is told by the
    /// [`state`](Self::state).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use sse_signals::{EventSource, Options};
    /// let messages = EventSource::<String>::open("https://example.org/events", Options::new());
    /// let refused = EventSource::<String>::open("http://[", Options::new());
    /// assert!(refused.is_err_and(|error| error.is_invalid_url()));
    /// # drop(messages);
    /// ```
    pub fn open(url: &str, options: Options) -> Result<Self, Error> {
        if cfg!(debug_assertions)
            && let Some(warning) = crate::schema::lint::<T>()
        {
            crate::browser::warn(&warning);
        }
        let driver = Driver::new(Browser::new(), url, options);
        if HAS_BROWSER {
            driver.connect()?;
        }
        Ok(Self(driver))
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> State {
        self.0.state()
    }

    /// The next item; `None` once the state is [`State::Closed`] and every item was handed out. The same as
    /// `StreamExt::next`, for programs without a crate that has it.
    ///
    /// Cancel safe: a future that is dropped has taken nothing.
    pub async fn next(&mut self) -> Option<Item<T>> {
        poll_fn(|cx| self.0.poll_next(cx)).await
    }

    /// The states as a stream: the present one at once, then each change. See [`States`].
    pub fn states(&self) -> States {
        self.0.states()
    }

    /// Connects now: in place of the connection or wait there is, or anew after a close. It resumes as
    /// [`Options::resume`] says, and counts failures from zero if the state was [`State::Closed`].
    ///
    /// ```no_run
    /// # use sse_signals::{EventSource, State};
    /// # fn example(source: &EventSource<String>) {
    /// // "Retry now", while the next attempt is still some seconds away.
    /// if matches!(source.state(), State::Waiting { .. }) {
    ///     source.reconnect();
    /// }
    /// # }
    /// ```
    pub fn reconnect(&self) {
        if HAS_BROWSER {
            self.0.reconnect();
        }
    }

    /// Ends the subscription as [`CloseReason::ByCaller`](crate::CloseReason::ByCaller), unless it is over
    /// already. Items that wait can still be read.
    ///
    /// ```no_run
    /// # use sse_signals::{CloseReason, EventSource, State};
    /// # async fn example(mut source: EventSource<String>) {
    /// source.close();
    /// assert_eq!(source.state(), State::Closed(CloseReason::ByCaller));
    /// while let Some(item) = source.next().await {
    ///     println!("had come before: {item:?}");
    /// }
    /// # }
    /// ```
    pub fn close(&self) {
        if HAS_BROWSER {
            self.0.close();
        }
    }

    /// Gives the connection up until [`resume`](Self::resume); the state is [`State::Paused`]. Events sent
    /// meanwhile come when the server can resume from the last event ID, else a gap tells of them. Nothing
    /// happens once the subscription is over.
    ///
    /// ```no_run
    /// # use sse_signals::EventSource;
    /// # fn example(source: &EventSource<String>, page_is_hidden: bool) {
    /// if page_is_hidden { source.pause() } else { source.resume() }
    /// # }
    /// ```
    pub fn pause(&self) {
        if HAS_BROWSER {
            self.0.pause();
        }
    }

    /// Connects again after [`pause`](Self::pause), from the last event ID if [`Options::resume`] says how; otherwise
    /// nothing happens.
    pub fn resume(&self) {
        if HAS_BROWSER {
            self.0.resume();
        }
    }
}

impl<T: DeserializeOwned + 'static> Stream for EventSource<T> {
    type Item = Item<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        self.0.poll_next(cx)
    }
}

impl<T: DeserializeOwned + 'static> fmt::Debug for EventSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource").field("state", &self.state()).finish_non_exhaustive()
    }
}
