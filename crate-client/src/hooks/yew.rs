//! [`use_event_source`]: an event stream in Yew's function components.
//!
//! ```
//! use serde::Deserialize;
//! use sse_signals::Options;
//! use sse_signals::hooks::yew::{use_event_source, use_latest};
//! use yew::prelude::*;
//!
//! #[derive(Clone, Deserialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Feed {
//!     Greeting(String),
//! }
//!
//! #[component]
//! fn Greeting() -> Html {
//!     let feed = use_event_source::<Feed>("/events", Options::new());
//!     let greeting = use_latest(&feed, |Feed::Greeting(text)| Some(text.clone()));
//!     html! { <p>{ greeting.unwrap_or_default() }{ " (" }{ feed.state().to_string() }{ ")" }</p> }
//! }
//! # #[cfg(not(target_arch = "wasm32"))]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! #     let html = yew::LocalServerRenderer::<Greeting>::new().hydratable(false).render();
//! #     assert_eq!(tokio::task::LocalSet::new().run_until(html).await, "<p> (idle)</p>");
//! # });
//! ```
//!
//! # When a component is rendered
//!
//! At most once an animation frame, however much arrives and however many of these hooks it calls; once a second
//! while the tab is hidden, where the browser draws no frames. Between two frames every event is handed to the
//! hooks' closures at once and in order: none is skipped.
//!
//! # Which closure is called
//!
//! That of the last render, so it may capture properties and state. It sees what comes from then on: a value that
//! was picked before stays until another is. To start anew, give the component another `key`.
//!
//! # On a server
//!
//! On a native target (server-side rendering) the hooks are inert: the state is [`State::Idle`], every value is the
//! initial one, and no handler is called. The first render in the browser is the same, as hydration wants it.

mod handle;
mod url;

use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use yew::functional::{Hook, HookContext};

pub use url::IntoUrl;

#[cfg(feature = "tabs")]
use crate::Sharing;
use crate::{Error, Item, Options, State};
use handle::Handle;

/// Subscribes to an event stream for as long as the component is mounted.
///
/// `url` is a `&str`, `String` or `AttrValue`, or an `Option` of one: see [`IntoUrl`]. It is followed from render to
/// render: another URL replaces the connection and starts without a last event ID, `None` means not connected
/// ([`State::Idle`]). `options` are those of the first render. The connection is opened by an effect, once the
/// component is mounted.
///
/// See [`schema`](crate::schema) for how `T` decides which events are listened to, and [`Options`] for every
/// default. A URL that the browser can't parse is told by [`error`](UseEventSource::error); the state stays
/// [`State::Idle`].
///
/// # Drop behaviour
///
/// When the component is unmounted the connection is closed and nothing fires afterwards, whoever still holds the
/// handle.
pub fn use_event_source<T>(
    url: impl IntoUrl,
    options: Options,
) -> impl Hook<Output = UseEventSource<T>>
where
    T: DeserializeOwned + 'static,
{
    let url = url.into_url();
    FromFn(move |context: &mut HookContext| UseEventSource(handle::connect(url, options, context)))
}

/// The latest value that `select` picks; `None` before the first, and again when `feed` comes from another
/// [`use_event_source`]: another URL alone changes nothing here. The component is re-rendered with each.
///
/// ```
/// # use yew::prelude::*;
/// # use serde::Deserialize;
/// # use sse_signals::{Options, hooks::yew::{use_event_source, use_latest}};
/// #[derive(Deserialize)]
/// enum Feed {
///     Price { symbol: String, cents: u32 },
///     News(String),
/// }
///
/// #[derive(PartialEq, Properties)]
/// struct Symbol {
///     name: AttrValue,
/// }
///
/// #[component]
/// fn Price(symbol: &Symbol) -> Html {
///     let feed = use_event_source::<Feed>("/events", Options::new());
///     let name = symbol.name.clone();
///     let cents = use_latest(&feed, move |event| match event {
///         Feed::Price { symbol, cents } => (*symbol == *name).then_some(*cents),
///         Feed::News(_) => None,
///     });
///     html! { <p>{ cents.map_or_else(|| "–".to_owned(), |cents| cents.to_string()) }</p> }
/// }
/// ```
pub fn use_latest<T, U>(
    feed: &UseEventSource<T>,
    select: impl Fn(&T) -> Option<U> + 'static,
) -> impl Hook<Output = Option<U>>
where
    T: DeserializeOwned + 'static,
    U: Clone + 'static,
{
    let step = move |latest: &mut Option<U>, item: &Item<T>| {
        let value = select_from(item, &select);
        let picked = value.is_some();
        if picked {
            *latest = value;
        }
        picked
    };
    FromFn(move |context: &mut HookContext| handle::accumulate(&feed.0, || None, step, context))
}

/// The last `cap` values that `select` picks, the newest at the back. Otherwise as [`use_latest`].
///
/// ```
/// # use yew::prelude::*;
/// # use sse_signals::{Options, hooks::yew::{use_event_source, use_history}};
/// #[component]
/// fn LastTen() -> Html {
///     let messages = use_event_source::<String>("/events", Options::new());
///     let last_ten = use_history(&messages, |text| Some(text.clone()), 10);
///     html! { <ul>{ for last_ten.iter().map(|text| html! { <li>{ text }</li> }) }</ul> }
/// }
/// ```
pub fn use_history<T, U>(
    feed: &UseEventSource<T>,
    select: impl Fn(&T) -> Option<U> + 'static,
    cap: usize,
) -> impl Hook<Output = Rc<VecDeque<U>>>
where
    T: DeserializeOwned + 'static,
    U: Clone + 'static,
{
    let step = move |history: &mut Rc<VecDeque<U>>, item: &Item<T>| {
        let Some(value) = select_from(item, &select) else { return false };
        let history = Rc::make_mut(history);
        history.push_back(value);
        while history.len() > cap {
            history.pop_front();
        }
        true
    };
    FromFn(move |context: &mut HookContext| handle::accumulate(&feed.0, Rc::default, step, context))
}

/// A value that grows with every item in order, gaps and losses too; `initial` again when `feed` comes from another
/// [`use_event_source`]: another URL alone changes nothing here. The component is re-rendered with each item.
///
/// It is cloned at most once a frame, if what was rendered still holds it.
///
/// ```
/// # use yew::prelude::*;
/// # use sse_signals::{Item, Options, hooks::yew::{use_event_source, use_fold}};
/// #[component]
/// fn Length() -> Html {
///     let messages = use_event_source::<String>("/events", Options::new());
///     let length = use_fold(&messages, || 0, |length, item| {
///         if let Item::Event(event) = item {
///             *length += event.data.len();
///         }
///     });
///     html! { <p>{ *length }</p> }
/// }
/// ```
pub fn use_fold<T, A>(
    feed: &UseEventSource<T>,
    initial: impl FnOnce() -> A,
    mut step: impl FnMut(&mut A, &Item<T>) + 'static,
) -> impl Hook<Output = Rc<A>>
where
    T: DeserializeOwned + 'static,
    A: Clone + 'static,
{
    let step = move |folded: &mut Rc<A>, item: &Item<T>| {
        step(Rc::make_mut(folded), item);
        true
    };
    FromFn(move |context: &mut HookContext| {
        handle::accumulate(&feed.0, || Rc::new(initial()), step, context)
    })
}

/// Calls `handler` with every [`Item`] in order, for as long as the component is mounted. It may call the handle's own
/// methods. By itself it re-renders nothing.
///
/// ```
/// # use yew::prelude::*;
/// # use sse_signals::{Item, Options, hooks::yew::{use_event_source, use_items}};
/// #[component]
/// fn UntilBye() -> Html {
///     let messages = use_event_source::<String>("/events", Options::new());
///     let until_bye = messages.clone();
///     use_items(&messages, move |item| match item {
///         Item::Event(event) if event.data == "bye" => until_bye.close(),
///         _ => {}
///     });
///     html! { <p>{ messages.state().to_string() }</p> }
/// }
/// ```
pub fn use_items<T>(
    feed: &UseEventSource<T>,
    handler: impl FnMut(&Item<T>) + 'static,
) -> impl Hook<Output = ()>
where
    T: DeserializeOwned + 'static,
{
    FromFn(move |context: &mut HookContext| handle::listen(&feed.0, handler, context))
}

fn select_from<T, U>(item: &Item<T>, select: impl Fn(&T) -> Option<U>) -> Option<U> {
    if let Item::Event(event) = item { select(&event.data) } else { None }
}

/// What [`use_event_source`] returns: the state to show, the connection to steer, and what the other hooks listen to.
///
/// Hand it to child components as a property or by context. Two handles are equal if they are of the same connection
/// and neither its state nor its error has changed from the one to the other, so that a child is rendered
/// anew when they have.
///
/// ```
/// # use yew::prelude::*;
/// # use sse_signals::{Options, hooks::yew::{UseEventSource, use_event_source, use_latest}};
/// #[component]
/// fn Page() -> Html {
///     let messages = use_event_source::<String>("/events", Options::new());
///     html! {
///         <ContextProvider<UseEventSource<String>> context={messages}>
///             <Latest />
///         </ContextProvider<UseEventSource<String>>>
///     }
/// }
///
/// #[component]
/// fn Latest() -> Html {
///     let messages = use_context::<UseEventSource<String>>().expect("it is inside of Page");
///     let latest = use_latest(&messages, |text| Some(text.clone()));
///     html! { <p>{ latest }{ messages.state().to_string() }</p> }
/// }
/// # #[cfg(not(target_arch = "wasm32"))]
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// #     let html = yew::LocalServerRenderer::<Page>::new().hydratable(false).render();
/// #     assert_eq!(tokio::task::LocalSet::new().run_until(html).await, "<p>idle</p>");
/// # });
/// ```
pub struct UseEventSource<T: 'static>(Handle<T>);

impl<T: DeserializeOwned + 'static> UseEventSource<T> {
    /// The connection's state as it is now, also in a callback. The component that called [`use_event_source`] is
    /// re-rendered when it changes. [`State::Idle`] once that component is unmounted.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, hooks::yew::use_event_source};
    /// #[component]
    /// fn Badge() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     let class = if messages.state().is_open() { "good" } else { "bad" };
    ///     html! { <p {class} role="status">{ messages.state().to_string() }</p> }
    /// }
    /// ```
    #[must_use]
    pub fn state(&self) -> State {
        self.0.state()
    }

    /// How the connection is shared at present, with [`Options::share`]. The component that called [`use_event_source`] is
    /// re-rendered when it changes.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, Share, hooks::yew::use_event_source};
    /// #[component]
    /// fn Note() -> Html {
    ///     let options = Options::new().share(Share::Browser("1.4".into()));
    ///     let messages = use_event_source::<String>("/events", options);
    ///     html! { <p>{ messages.sharing().to_string() }</p> }
    /// }
    /// ```
    #[cfg(feature = "tabs")]
    #[must_use]
    pub fn sharing(&self) -> Sharing {
        self.0.sharing()
    }

    /// The last thing that went wrong: a URL that the browser can't parse, a failed connection, an event that
    /// does not fit the type. `None` again once the connection is open, or the next event fits.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, hooks::yew::use_event_source};
    /// #[component]
    /// fn Problem() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     html! { <p>{ messages.error().map(|error| error.to_string()) }</p> }
    /// }
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        self.0.error()
    }

    /// Connects now, in place of the connection or wait there is, or anew after a close.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, hooks::yew::use_event_source};
    /// #[component]
    /// fn RetryNow() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     let onclick = move |_| messages.reconnect();
    ///     html! { <button {onclick}>{ "Retry now" }</button> }
    /// }
    /// ```
    pub fn reconnect(&self) {
        self.0.reconnect();
    }

    /// Closes the connection until [`open`](Self::open) or [`reconnect`](Self::reconnect), whatever the URL
    /// does meanwhile. Items that wait are still delivered.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, hooks::yew::use_event_source};
    /// #[component]
    /// fn Stop() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     let onclick = move |_| messages.close();
    ///     html! { <button {onclick}>{ "Stop" }</button> }
    /// }
    /// ```
    pub fn close(&self) {
        self.0.close();
    }

    /// Connects again after [`close`](Self::close) or an end of any other kind; otherwise, and while paused, nothing
    /// happens.
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, hooks::yew::use_event_source};
    /// #[component]
    /// fn Start() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     let onclick = move |_| messages.open();
    ///     html! { <button {onclick}>{ "Start again" }</button> }
    /// }
    /// ```
    pub fn open(&self) {
        self.0.open();
    }

    /// Keeps the connection, but hands nothing out until [`resume`](Self::resume): see
    /// [`EventSource::hold`](crate::EventSource::hold).
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, hooks::yew::use_event_source};
    /// #[component]
    /// fn Hold() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     let onclick = move |_| messages.hold();
    ///     html! { <button {onclick}>{ "Let me read" }</button> }
    /// }
    /// ```
    pub fn hold(&self) {
        self.0.hold();
    }

    /// Gives the connection up until [`resume`](Self::resume) or [`reconnect`](Self::reconnect), whatever the URL does
    /// meanwhile: see [`EventSource::pause`](crate::EventSource::pause).
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, hooks::yew::use_event_source};
    /// #[component]
    /// fn Pause() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     let onclick = move |_| messages.pause();
    ///     html! { <button {onclick}>{ "Pause" }</button> }
    /// }
    /// ```
    pub fn pause(&self) {
        self.0.pause();
    }

    /// Hands out again after [`hold`](Self::hold), connects again after [`pause`](Self::pause).
    ///
    /// ```
    /// # use yew::prelude::*;
    /// # use sse_signals::{Options, State, hooks::yew::use_event_source};
    /// #[component]
    /// fn Pause() -> Html {
    ///     let messages = use_event_source::<String>("/events", Options::new());
    ///     let paused = matches!(messages.state(), State::Paused(_));
    ///     let onclick = move |_| if paused { messages.resume() } else { messages.pause() };
    ///     html! { <button {onclick}>{ if paused { "Resume" } else { "Pause" } }</button> }
    /// }
    /// ```
    pub fn resume(&self) {
        self.0.resume();
    }
}

impl<T> Clone for UseEventSource<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for UseEventSource<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: DeserializeOwned> fmt::Debug for UseEventSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseEventSource").field("state", &self.0.state()).finish_non_exhaustive()
    }
}

/// A hook that is a function, of which the compiler knows everything: Yew's macro would box it.
struct FromFn<F>(F);

impl<F: FnOnce(&mut HookContext) -> O, O> Hook for FromFn<F> {
    type Output = O;

    fn run(self, context: &mut HookContext) -> O {
        (self.0)(context)
    }
}
