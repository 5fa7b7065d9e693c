//! [`use_event_source`]: an event stream as Leptos signals.
//!
//! ```
//! use leptos::prelude::*;
//! use serde::Deserialize;
//! use sse_signals::Options;
//! use sse_signals::hooks::leptos::use_event_source;
//!
//! #[derive(Clone, Deserialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Feed {
//!     Greeting(String),
//! }
//!
//! #[component]
//! fn Greeting() -> impl IntoView {
//!     let feed = use_event_source::<Feed>("/events", Options::new());
//!     let greeting = feed.latest(|Feed::Greeting(text)| Some(text.clone()));
//!     view! { <p>{greeting} " (" {move || feed.state().get().to_string()} ")"</p> }
//! }
//! # let owner = Owner::new();
//! # owner.with(|| drop(Greeting()));
//! ```
//!
//! On a native target (server-side rendering) a hook is inert: the state is [`State::Idle`], no subscriber is
//! kept or called, and nothing is bound to a thread.

mod handle;
mod url;

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

pub use url::IntoUrl;

#[cfg(feature = "tabs")]
use crate::Sharing;
use crate::{Error, Item, Options, State};
use handle::{Handle, Signals};

/// Subscribes to an event stream for as long as the current reactive owner lives, usually the component.
///
/// `url` is a `&str` or `String`, or a closure or signal of `String` or `Option<String>`: see [`IntoUrl`]. A reactive
/// URL is followed: another URL replaces the connection and starts without a last event ID, `None`
/// means not connected ([`State::Idle`]). A fixed URL is opened at once, a reactive one by an effect; in either case nothing
/// is delivered before the component's function has returned.
///
/// The signals of [`latest`](UseEventSource::latest), [`history`](UseEventSource::history) and
/// [`fold`](UseEventSource::fold) have each event at once, in order, and tell their readers so at most once an animation
/// frame, or once a second while the page is hidden.
///
/// See [`schema`](crate::schema) for how `T` decides which events are listened to, and [`Options`] for every
/// default. A URL that the browser can't parse is told by [`error`](UseEventSource::error); the state stays
/// [`State::Idle`].
///
/// # Drop behaviour
///
/// When the owner is cleaned up the connection is closed and nothing fires afterwards.
pub fn use_event_source<T>(url: impl IntoUrl, options: Options) -> UseEventSource<T>
where
    T: DeserializeOwned + 'static,
{
    let (state, set_state) = signal(State::Idle);
    let (error, set_error) = signal(None);
    #[cfg(feature = "tabs")]
    let (sharing, set_sharing) = signal(Sharing::default());
    let signals = Signals {
        state: set_state,
        error: set_error,
        #[cfg(feature = "tabs")]
        sharing: set_sharing,
    };
    UseEventSource {
        state,
        error,
        #[cfg(feature = "tabs")]
        sharing,
        handle: Handle::new(url, options, signals),
        marker: PhantomData,
    }
}

/// What [`use_event_source`] returns: signals to read, subscribers to register and a connection to steer.
///
/// It is `Copy`: hand it to child components by value or by context. Subscribers live as long as the reactive
/// owner under which they are registered, and see what comes after that. Where there is none, as in a subscriber that
/// registers another, that is the owner of the hook.
pub struct UseEventSource<T: 'static> {
    state: ReadSignal<State>,
    error: ReadSignal<Option<Error>>,
    #[cfg(feature = "tabs")]
    sharing: ReadSignal<Sharing>,
    handle: Handle<T>,
    marker: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + 'static> UseEventSource<T> {
    /// The connection's state.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, State, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// assert_eq!(messages.state().get_untracked(), State::Idle);
    /// # });
    /// ```
    #[must_use]
    pub fn state(self) -> ReadSignal<State> {
        self.state
    }

    /// How the connection is shared at present, with [`Options::share`].
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, Share, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let options = Options::new().share(Share::Browser("1.4".into()));
    /// let messages = use_event_source::<String>("/events", options);
    /// let note = view! { <p>{move || messages.sharing().get().to_string()}</p> };
    /// # drop(note);
    /// # });
    /// ```
    #[cfg(feature = "tabs")]
    #[must_use]
    pub fn sharing(self) -> ReadSignal<Sharing> {
        self.sharing
    }

    /// The last thing that went wrong: a URL that the browser can't parse, a failed connection, an event that
    /// does not fit the type. `None` again once the connection is open, or the next event fits.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// let problem = move || messages.error().get().map(|error| error.to_string());
    /// let note = view! { <p>{problem}</p> };
    /// # drop(note);
    /// # });
    /// ```
    #[must_use]
    pub fn error(self) -> ReadSignal<Option<Error>> {
        self.error
    }

    /// The latest value that `select` picks; `None` before the first.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use serde::Deserialize;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # #[derive(Deserialize)] enum Feed { Price(f64), News(String) }
    /// # Owner::new().with(|| {
    /// let feed = use_event_source::<Feed>("/events", Options::new());
    /// let price = feed.latest(|event| match event {
    ///     Feed::Price(price) => Some(*price),
    ///     Feed::News(_) => None,
    /// });
    /// assert_eq!(price.get_untracked(), None);
    /// # });
    /// ```
    #[must_use]
    pub fn latest<U>(self, select: impl Fn(&T) -> Option<U> + 'static) -> ReadSignal<Option<U>>
    where
        U: Clone + Send + Sync + 'static,
    {
        let latest = ArcRwSignal::new(None);
        self.handle.fold(&latest, move |latest, item| {
            let selected = selected(&select, item);
            let is_new = selected.is_some();
            if is_new {
                *latest = selected;
            }
            is_new
        });
        latest.read_only().into()
    }

    /// The last `cap` values that `select` picks, the newest at the back.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// let last_ten = messages.history(|text| Some(text.clone()), 10);
    /// assert!(last_ten.get_untracked().is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn history<U>(
        self,
        select: impl Fn(&T) -> Option<U> + 'static,
        cap: usize,
    ) -> ReadSignal<VecDeque<U>>
    where
        U: Clone + Send + Sync + 'static,
    {
        let history = ArcRwSignal::new(VecDeque::new());
        self.handle.fold(&history, move |history, item| {
            let Some(value) = selected(&select, item) else { return false };
            history.push_back(value);
            while history.len() > cap {
                history.pop_front();
            }
            true
        });
        history.read_only().into()
    }

    /// A value that grows with every item in order, gaps and losses too.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Item, Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// let length = messages.fold(0, |length, item| {
    ///     if let Item::Event(event) = item {
    ///         *length += event.data.len();
    ///     }
    /// });
    /// assert_eq!(length.get_untracked(), 0);
    /// # });
    /// ```
    #[must_use]
    pub fn fold<A>(
        self,
        initial: A,
        mut step: impl FnMut(&mut A, &Item<T>) + 'static,
    ) -> ReadSignal<A>
    where
        A: Clone + Send + Sync + 'static,
    {
        let folded = ArcRwSignal::new(initial);
        self.handle.fold(&folded, move |folded, item| {
            step(folded, item);
            true
        });
        folded.read_only().into()
    }

    /// Calls `handler` with every [`Item`] in order. It may call the hook's own methods.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Item, Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// messages.on(move |item| match item {
    ///     Item::Event(event) if event.data == "bye" => messages.close(),
    ///     _ => {}
    /// });
    /// # });
    /// ```
    pub fn on(self, handler: impl FnMut(&Item<T>) + 'static) {
        self.handle.subscribe(handler);
    }

    /// Connects now, in place of the connection or wait there is, or anew after a close.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// let button = view! { <button on:click=move |_| messages.reconnect()>"Retry now"</button> };
    /// # drop(button);
    /// # });
    /// ```
    pub fn reconnect(self) {
        self.handle.reconnect();
    }

    /// Closes the connection until [`open`](Self::open) or [`reconnect`](Self::reconnect), whatever the URL
    /// does meanwhile. Items that wait are still delivered.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// let button = view! { <button on:click=move |_| messages.close()>"Stop"</button> };
    /// # drop(button);
    /// # });
    /// ```
    pub fn close(self) {
        self.handle.close();
    }

    /// Connects again after [`close`](Self::close) or an end of any other kind; otherwise, and while paused, nothing
    /// happens.
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// messages.close();
    /// let button = view! { <button on:click=move |_| messages.open()>"Start again"</button> };
    /// # drop(button);
    /// # });
    /// ```
    pub fn open(self) {
        self.handle.open();
    }

    /// Keeps the connection, but hands nothing out until [`resume`](Self::resume): see
    /// [`EventSource::hold`](crate::EventSource::hold).
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// let reading = RwSignal::new(false);
    /// Effect::new(move |_| if reading.get() { messages.hold() } else { messages.resume() });
    /// # });
    /// ```
    pub fn hold(self) {
        self.handle.hold();
    }

    /// Gives the connection up until [`resume`](Self::resume) or [`reconnect`](Self::reconnect), whatever the URL does
    /// meanwhile: see [`EventSource::pause`](crate::EventSource::pause).
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// let hidden = RwSignal::new(false);
    /// Effect::new(move |_| if hidden.get() { messages.pause() } else { messages.resume() });
    /// # });
    /// ```
    pub fn pause(self) {
        self.handle.pause();
    }

    /// Hands out again after [`hold`](Self::hold), connects again after [`pause`](Self::pause).
    ///
    /// ```
    /// # use leptos::prelude::*;
    /// # use sse_signals::{Options, hooks::leptos::use_event_source};
    /// # Owner::new().with(|| {
    /// let messages = use_event_source::<String>("/events", Options::new());
    /// messages.pause();
    /// messages.resume();
    /// # });
    /// ```
    pub fn resume(self) {
        self.handle.resume();
    }
}

/// The value that `select` picks of an event.
fn selected<T, U>(select: impl Fn(&T) -> Option<U>, item: &Item<T>) -> Option<U> {
    match item {
        Item::Event(event) => select(&event.data),
        _ => None,
    }
}

impl<T> Clone for UseEventSource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UseEventSource<T> {}

impl<T> fmt::Debug for UseEventSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseEventSource")
            .field("state", &self.state.try_get_untracked())
            .finish_non_exhaustive()
    }
}
