//! The plain client, for wasm without a framework.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use serde::de::DeserializeOwned;

#[cfg(any(feature = "recording", feature = "tabs"))]
use super::member::Member;
use super::{Driver, States, Typed};
#[cfg(feature = "tabs")]
use crate::Sharing;
use crate::host::Host;
use crate::{Error, Item, Options, State};

/// Whether there is an `EventSource` to read streams with: in every browser but Internet Explorer, in windows and
/// workers; not on a native target. Every browser that has it and WebAssembly has `fetch` too.
///
/// ```
/// if !sse_signals::is_supported() {
///     println!("Please use a current browser.");
/// }
/// ```
#[must_use]
pub fn is_supported() -> bool {
    Host::has_event_source()
}

/// A subscription to an event stream: a [`Stream`] of [`Item`]s and a watched [`State`].
///
/// `T`'s serde shape decides which events are listened to and how their data is decoded: see
/// [`schema`](crate::schema). It works in windows and in workers. On a native target it compiles and is inert:
/// the state stays [`State::Idle`] and no item ever comes, except in a `World` of feature `testing`.
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
pub struct EventSource<T>(Source<T>);

/// Where it comes from.
enum Source<T> {
    /// A connection of its own.
    Own(Driver<T, Host>),
    #[cfg(any(feature = "recording", feature = "tabs"))]
    Member(Member<T, Host>),
}

/// The same for each.
macro_rules! with {
    ($source:expr, $inner:ident => $act:expr) => {
        match &$source.0 {
            Source::Own($inner) => $act,
            #[cfg(any(feature = "recording", feature = "tabs"))]
            Source::Member($inner) => $act,
        }
    };
}

impl<T: DeserializeOwned + 'static> EventSource<T> {
    /// Opens a connection to `url`, relative to the page or worker if it is relative.
    ///
    /// # Errors
    ///
    /// [`Error::is_invalid_url`] if the browser can't parse the URL, [`Error::is_unsupported`] if it has no
    /// `EventSource` or, where that is asked for, no `fetch`; then also `Error::is_invalid_request` for a method, a header or
    /// a body that no request can have. Whatever fails later is told by the [`state`](Self::state).
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
        let source = Self(Source::of(url, options));
        if Host::is_live() {
            with!(source, it => it.connect())?;
        }
        Ok(source)
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> State {
        with!(self, it => it.state())
    }

    /// What ended the last connection or attempt, while the state tells of it ([`State::Waiting`] and
    /// [`CloseReason::Refused`](crate::CloseReason::Refused)), with what the server or the browser said besides.
    ///
    /// ```no_run
    /// # use sse_signals::EventSource;
    /// # fn example(source: &EventSource<String>) {
    /// if let Some(error) = source.error() {
    ///     println!("{error}"); // "status 503: come back at noon", over fetch
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        with!(self, it => it.error())
    }

    /// Over fetch, the URL of the answer that is read or was read last, after redirects: its origin is the one that the
    /// events are from. `None` before the first answer, and natively, where the browser tells it with events only.
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn response_url(&self) -> Option<String> {
        with!(self, it => it.response_url())
    }

    /// How its connection is shared at present: see [`Options::share`].
    ///
    /// ```no_run
    /// # use sse_signals::{EventSource, Options, Share, Sharing};
    /// # fn example() -> Result<(), sse_signals::Error> {
    /// let options = Options::new().share(Share::Page);
    /// let source = EventSource::<String>::open("/events", options)?;
    /// assert_eq!(source.sharing(), Sharing::Page);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tabs")]
    #[must_use]
    pub fn sharing(&self) -> Sharing {
        match &self.0 {
            Source::Own(_) => Sharing::Alone,
            Source::Member(member) => member.sharing(),
        }
    }

    /// The next item; `None` once the state is [`State::Closed`] and every item was handed out. The same as
    /// `StreamExt::next`, for programs without a crate that has it.
    ///
    /// Cancel safe: a future that is dropped has taken nothing.
    pub async fn next(&mut self) -> Option<Item<T>> {
        poll_fn(|cx| with!(self, it => it.poll_next(cx))).await
    }

    /// The states as a stream: the present one at once, then each change. See [`States`].
    pub fn states(&self) -> States {
        with!(self, it => it.states())
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
        if Host::is_live() {
            with!(self, it => it.reconnect());
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
        if Host::is_live() {
            with!(self, it => it.close());
        }
    }

    /// Gives the connection up until [`resume`](Self::resume); the state is [`State::Paused`]. Events sent
    /// meanwhile come when the server can resume from the last event ID, else a gap tells of them. Nothing
    /// happens once the subscription is over. To keep the connection, and what comes, see [`hold`](Self::hold).
    ///
    /// ```no_run
    /// # use sse_signals::EventSource;
    /// # fn example(source: &EventSource<String>, page_is_hidden: bool) {
    /// if page_is_hidden { source.pause() } else { source.resume() }
    /// # }
    /// ```
    pub fn pause(&self) {
        if Host::is_live() {
            with!(self, it => it.pause());
        }
    }

    /// Keeps the connection, but hands nothing out until [`resume`](Self::resume): what comes meanwhile waits in the
    /// queue, and the state goes on telling the truth of the connection. Once the queue is full
    /// ([`Options::queue_capacity`]) the connection is given up as by [`pause`](Self::pause), so that nothing is dropped.
    /// [`close`](Self::close) and [`reconnect`](Self::reconnect) end the hold too. Nothing happens once the subscription
    /// is over.
    ///
    /// ```no_run
    /// # use sse_signals::EventSource;
    /// # fn example(source: &EventSource<String>, reader_scrolls: bool) {
    /// if reader_scrolls { source.hold() } else { source.resume() }
    /// # }
    /// ```
    pub fn hold(&self) {
        if Host::is_live() {
            with!(self, it => it.hold());
        }
    }

    /// Hands out again what was held after [`hold`](Self::hold), and connects again after [`pause`](Self::pause), from the
    /// last event ID if [`Options::resume`] says how; otherwise nothing happens.
    pub fn resume(&self) {
        if Host::is_live() {
            with!(self, it => it.resume());
        }
    }
}

impl<T: DeserializeOwned + 'static> Source<T> {
    /// What the options ask for, not connected yet.
    fn of(url: &str, options: Options) -> Self {
        #[cfg(feature = "recording")]
        if let Some(player) = &options.player {
            return Self::Member(Member::new(Host::new(), url, &options, player.attach()));
        }
        #[cfg(feature = "tabs")]
        if Host::is_live()
            && let Some(attach) = super::share::attach(url, &options)
        {
            return Self::Member(Member::new(Host::new(), url, &options, attach));
        }
        Self::Own(Driver::new(Host::new(), Typed, url, options))
    }
}

impl<T: DeserializeOwned + 'static> Stream for EventSource<T> {
    type Item = Item<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        with!(self, it => it.poll_next(cx))
    }
}

impl<T: DeserializeOwned + 'static> fmt::Debug for EventSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource").field("state", &self.state()).finish_non_exhaustive()
    }
}
